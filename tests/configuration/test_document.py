import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import Struct

from wallboard.configuration import locations
from wallboard.configuration.document import EXAMPLE, document
from wallboard.configuration.load import loads
from wallboard.configuration.options import Configuration
from wallboard.declared.declarations import Option, arguments, options

ROOT = Path(__file__).resolve().parents[2]


def declared(table: type[Struct], prefix: str = "") -> Iterator[tuple[str, Option]]:
    for option in options(table):
        yield f"{prefix}{option.name}", option
        inner = option.table or option.tables
        if inner and not option.inherits:
            yield from declared(inner, f"{prefix}{option.name}.")


def test_that_the_documentation_is_what_the_declarations_say():
    assert (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8") == document()


def test_that_the_module_prints_the_documentation():
    command = [sys.executable, "-m", "wallboard.configuration.document"]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, timeout=30)
    assert printed.stdout.decode() == document()


def test_that_every_option_says_what_it_means():
    assert [name for name, option in declared(Configuration) if not option.description] == []


def test_that_every_option_is_documented():
    rows = document()
    common: set[str] = set()
    for name, option in declared(Configuration):
        if option.common and option.name in common:
            continue
        if option.common:
            common.add(option.name)
        if option.table or option.tables:
            assert f"[{name}]" in rows
        else:
            assert f"\n| `{option.name}` | " in rows


def test_that_the_example_loads_and_is_in_the_documentation():
    configuration = loads(EXAMPLE, "example")
    assert EXAMPLE in document()
    assert configuration.rules.service_level.critical is None
    assert len(configuration.page) == 3
    first, second = configuration.feed
    assert configuration.settings(first).rules == configuration.rules.rules(first.poll_interval_s)
    call_waiting = next(rule for rule in configuration.settings(second).rules if rule.name == "call_waiting")
    assert call_waiting.levels == ((10, 30),), "the warning is as for every centre"


def test_that_every_default_is_itself_allowed():
    """A file that writes every default out means the same as the smallest one."""
    smallest = loads(locations.SMALLEST, "smallest")
    section = ""
    written = locations.SMALLEST
    for line in document().splitlines():
        if line.startswith("## `["):
            section = line.strip("# `")
            written += f"{section}\n" if has_defaults(section) else ""
        elif line.startswith("| `") and has_defaults(section):
            key, _, default, *_ = (cell.strip() for cell in line.strip("|").split(" | "))
            if default != "not set":
                written += f"{key.strip('`')} = {default.strip('`')}\n"
    assert "[rules.data_stale]\nenabled = true\n" in written
    assert "\nwarning_polls = 3\n" in written
    assert loads(written, "defaults") == smallest


def has_defaults(section: str) -> bool:
    """An array of tables has none, or it would be there by default."""
    return section in ("[wall]", "[metrics]", "[usual]") or section.startswith("[rules")


def test_that_the_panels_and_places_are_those_that_the_wall_has():
    incidents = pytest.importorskip("wallboard.models.incidents")
    pages = pytest.importorskip("wallboard.views.pages")
    found = dict(declared(Configuration))
    assert set(arguments(found["page.panels.panel"].hint)) == {panel.value for panel in pages.PanelName}
    assert set(arguments(found["wall.location"].hint)) == {place.value for place in incidents.Location}
