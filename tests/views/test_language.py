import re
import string
from pathlib import Path

import pytest

from wallboard.core.entities import Disposition, IncidentStatus
from wallboard.core.limits import Limits
from wallboard.core.poll import FailureKind
from wallboard.language import Language, Words, clock, read_catalogue

PACKAGE = Path(__file__).resolve().parents[2] / "wallboard"


def fields(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_that_both_languages_have_the_same_words_with_the_same_values():
    indonesian, english = read_catalogue(Language.INDONESIAN), read_catalogue(Language.ENGLISH)
    assert indonesian.keys() == english.keys()
    for key, text in english.items():
        assert fields(indonesian[key]) == fields(text), key


def test_that_every_word_is_used():
    code = "\n".join(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))
    composed = {match[1] for match in re.finditer(r'f"([a-z_]+)\.\{', code)}
    unused = [
        key for key in read_catalogue(Language.ENGLISH) if f'"{key}"' not in code and key.split(".")[0] not in composed
    ]
    assert unused == []


@pytest.mark.parametrize("language", list(Language))
def test_that_every_rule_failure_and_status_has_its_words(language):
    words = Words(language)
    for rule in Limits.__struct_fields__:
        assert words.has(f"rule.{rule}")
        assert words.has(f"rule_detail.{rule}")
    for kind in FailureKind:
        assert words.has(f"failure.{kind.value}")
    for disposition in Disposition:
        assert words.has(f"funnel.{disposition.value}")
    for status in set(IncidentStatus) - {IncidentStatus.CLOSED, IncidentStatus.CANCELLED}:
        assert words.has(f"incident_status.{status.value}")


def test_that_numbers_are_written_as_each_language_writes_them():
    assert Words(Language.INDONESIAN).number(6870.25, 1) == "6.870,2"
    assert Words(Language.ENGLISH).number(6870.25, 1) == "6,870.2"
    assert Words(Language.INDONESIAN).percent(0.1493, 1) == "14,9 %"
    assert Words(Language.ENGLISH).percent(0.1493, 1) == "14.9%"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "00:00"), (59.9, "00:59"), (60, "01:00"), (3599, "59:59"), (3600, "1:00:00"), (86399, "23:59:59")],
)
def test_that_durations_run_as_a_clock(seconds, shown):
    assert clock(seconds) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "<1 min"),
        (59.9, "<1 min"),
        (60, "~1 min"),
        (89, "~1 min"),
        (3569, "~59 min"),
        (3599, "~1 h"),
        (2 * 3600 + 48 * 60, "~3 h"),
        (86399, "~1 d"),
        (36 * 3600 + 1, "~2 d"),
    ],
)
def test_that_a_rough_duration_is_the_nearest_and_never_zero(seconds, shown):
    assert Words(Language.ENGLISH).about(seconds) == shown


def test_that_a_duration_of_days_is_told_in_days():
    assert Words(Language.ENGLISH).lasting(100 * 3600) == "4 days"


def test_that_an_unknown_word_is_a_fault():
    with pytest.raises(KeyError):
        Words(Language.ENGLISH)("no.such.word")


@pytest.mark.parametrize(
    ("seconds", "shown"), [(3603.2, "+1:00:03"), (-4.6, "−00:05"), (2.4, "+00:02"), (-40 * 86_400.0, "−40 hari")]
)
def test_that_a_wrong_clock_is_ahead_or_behind(seconds, shown):
    assert Words(Language.INDONESIAN).ahead(seconds) == shown
