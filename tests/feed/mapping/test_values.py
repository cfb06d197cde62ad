from typing import Any

import pytest

from wallboard.core.entities import Category, IncidentStatus
from wallboard.feed.mapping import values
from wallboard.feed.mapping.times import BadValue
from wallboard.feed.mapping.values import Translation


@pytest.mark.parametrize(
    ("value", "text"),
    [(" a ", "a"), (None, ""), ("", ""), (12, "12"), (12.0, "12"), (1.5, "1.5"), (True, "true"), (False, "false")],
)
def test_that_texts_may_be_numbers_and_numbers_texts(value: Any, text: str):
    assert values.text(value) == text


@pytest.mark.parametrize(("value", "number"), [("1.4722", 1.4722), ("-80", -80), (" 7 ", 7), ("", None), (None, None)])
def test_that_a_coordinate_may_be_a_text(value: Any, number: float | None):
    assert values.latitude(value) == number


@pytest.mark.parametrize("value", ["95", 181, "1,5", "x", [], True, float("nan"), "1" * 40, 10**400])
def test_that_what_is_no_latitude_is_refused(value: Any):
    with pytest.raises(BadValue):
        values.latitude(value)


def test_that_agencies_are_one_or_a_list_each_once():
    assert values.identifiers(["a", 2, "", None, "a"]) == ("a", "2")
    assert values.identifiers("a") == ("a",)
    assert values.identifiers(None) == ()


def test_that_a_translation_takes_the_exact_value_first_then_patterns_in_their_order():
    one = Translation(
        {"Alarm": "fire", "*ALARM*": "security", "*medical alarm*": "medical", "*": "other", "": "disaster"}, Category
    )
    assert one("Alarm") == ("fire", True)
    assert one("ALARM") == ("fire", True)
    assert one("Medical Alarm") == ("security", True), "the first pattern that fits"
    assert one("") == ("disaster", True)
    assert one("Cat in tree") == ("other", False), "translated by the last resort, and counted as unknown"
    assert one("medical") == ("medical", True), "the contract's own value"


def test_that_a_pattern_knows_no_other_sign_than_the_star():
    one = Translation({"[A]?*": "fire"}, Category)
    assert one("[A]?1") == ("fire", True)
    assert one("Ab1") == ("Ab1", False)


def test_that_a_value_that_nothing_knows_stays_as_it_is():
    assert Translation({}, IncidentStatus)("Wheels up") == ("Wheels up", False)


def test_that_a_priority_counts_as_its_own_only_where_no_table_gives_the_figures_another_meaning():
    assert Translation({"*": 3}, None)("1") == ("1", True)
    assert Translation({"0": 4, "*": 3}, None)("1") == (3, False)
