"""docs/mappings.md: its lesson, run as it is written, and its reference."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.feed.mapping.systems import System, mapped
from wallboard import explain
from wallboard.configuration.load import loads as loads_configuration
from wallboard.declared.reading import FileErrors
from wallboard.feed.mapping.document import with_reference
from wallboard.feed.mapping.load import loads, presets
from wallboard.language import Language, Words

ROOT = Path(__file__).resolve().parents[3]
DOCUMENT = (ROOT / "docs" / "mappings.md").read_text(encoding="utf-8")

ANSWERS = {
    path: json.loads(body) for path, body in re.findall(r"`GET (/\w+)`\n\n```json\n(.*?)```", DOCUMENT, re.DOTALL)
}
TOML = re.findall(r"```toml\n(.*?)```", DOCUMENT, re.DOTALL)
TEXTS = re.findall(r"```text\n(.*?)```", DOCUMENT, re.DOTALL)
FIRST = next(block for block in TOML if block.startswith("# siaga.toml, first attempt"))
FINAL = next(block for block in TOML if block.startswith("# siaga.toml\n"))


def explained(mapping: str) -> str:
    with mapped(System(ANSWERS), mapping) as source:
        return explain.as_text([("siaga", source.explained())], Words(Language.ENGLISH))


def without_measures(text: str) -> str:
    return re.sub(r" +", " ", re.sub(r"\d+\.\d+ (s|kB)", r"\1", text)).strip()


@pytest.mark.parametrize(("mapping", "shown"), [(FIRST, TEXTS[0]), (FINAL, TEXTS[1])])
def test_that_the_lessons_mappings_give_what_the_lesson_shows(mapping: str, shown: str):
    assert without_measures(explained(mapping)) == without_measures(shown)


def test_that_the_lessons_wall_is_right():
    with mapped(System(ANSWERS), FINAL) as source:
        snapshot: Any = source.poll().snapshot
    fire, accident = snapshot.incidents
    assert (fire.category, fire.priority, fire.status, fire.agency_ids) == (
        "fire",
        1,
        "dispatched",
        ("damkar", "psc119"),
    )
    assert (fire.reported_at.isoformat(), fire.address) == ("2026-11-24T07:20:00+00:00", "Jl. Antara 5")
    assert (accident.category, accident.priority, accident.status, accident.address) == (
        "accident", 2, "new", "Jl. Sudirman",
    )  # fmt: skip
    assert [(unit.id, unit.status, unit.incident_id) for unit in snapshot.units] == [
        ("D-1", "en_route", "4501"), ("A-1", "available", None), ("A-2", "out_of_service", None),
    ]  # fmt: skip
    assert "0800" not in repr(snapshot)


def test_that_the_lessons_errors_are_those_that_are_told():
    broken = (
        FINAL.replace('rows = "data.rows"', 'rows = "data.rows["')
        .replace('"{place.street} {place.house}"', '"{place.street} {place.house"')
        .replace('time = "epoch_s"', 'time = "epoch"')
        .replace('dispatched_at = "sent"', 'dispatched = "sent"')
        .replace("split(agencies", "spilt(agencies")
    )
    with pytest.raises(FileErrors) as raised:
        loads(broken, "siaga.toml")
    assert str(raised.value) + "\n" == TEXTS[2]


def test_that_the_lessons_configurations_are_right_but_for_the_file_that_is_not_there():
    for block in TOML:
        if "[[feed]]" in block and "siaga" not in block:
            loads_configuration(block, "wallboard.toml")
    block = next(block for block in TOML if block.startswith("# wallboard.toml"))
    with pytest.raises(FileErrors, match=r"siaga\.toml: cannot be read"):
        loads_configuration(block, "wallboard.toml")


def test_that_the_reference_is_what_the_declarations_say():
    assert with_reference(DOCUMENT) == DOCUMENT


def test_that_every_preset_is_in_the_table():
    section = DOCUMENT.partition("## Presets")[2].partition("# Reference")[0]
    assert sorted(re.findall(r"^\| `([a-z0-9-]+)` \| ", section, re.MULTILINE)) == sorted(presets())
