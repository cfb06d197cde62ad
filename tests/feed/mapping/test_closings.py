"""When an incident that has left its list is over, and when nobody knows."""

from __future__ import annotations

from tests.core.builders import at, incident
from wallboard.feed.mapping.closings import DOUBTED_FOR, Closings

MINUTE_S = DOUBTED_FOR.total_seconds()


def over(rows):
    return {row.id for row in rows if not row.active}


def emptied(closings, seconds):
    return over(closings.observe((), frozenset(), at(seconds), sure=False, emptied=True))


def test_that_a_list_that_is_suddenly_empty_closes_nothing_for_a_minute():
    closings = Closings("disappearance")
    closings.observe([incident("a"), incident("b")], frozenset("ab"), at(0), sure=True)
    assert emptied(closings, 2) == set()
    assert emptied(closings, 4) == set(), "twice is not for long"
    assert emptied(closings, 2 + MINUTE_S) == {"a", "b"}


def test_that_what_comes_back_within_the_minute_was_never_over():
    closings = Closings("disappearance")
    closings.observe([incident("a")], frozenset("a"), at(0), sure=True)
    emptied(closings, 2)
    assert over(closings.observe([incident("a")], frozenset("a"), at(30), sure=True)) == set()
    assert emptied(closings, 2 + MINUTE_S) == set(), "the minute begins anew"


def test_that_one_that_leaves_a_list_which_others_stay_in_is_over_at_once():
    closings = Closings("disappearance")
    closings.observe([incident("a"), incident("b")], frozenset("ab"), at(0), sure=True)
    assert over(closings.observe([incident("b")], frozenset("b"), at(2), sure=True)) == {"a"}
