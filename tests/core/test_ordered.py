"""Rows kept in order by their changes, against sorting them anew."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from tests.core.builders import call
from wallboard.core.changes import diff_rows
from wallboard.core.entities import Call
from wallboard.core.ordered import Ordered


def waiting(row: Call) -> bool:
    return row.waiting


def received(row: Call) -> tuple[object, str]:
    return row.received_at, row.id


@st.composite
def lists(draw: st.DrawFn) -> list[Call]:
    """Of up to forty calls, few of which differ from list to list; many are received at the same time."""
    return [
        call(
            f"c{key}",
            key % 5 + 60 * draw(st.sampled_from([0, 0, 0, 0, 0, 1])),
            draw(st.sampled_from([None, None, 500])),
        )
        for key in draw(st.sets(st.integers(0, 40), min_size=draw(st.sampled_from([0, 30]))))
    ]


@given(st.lists(lists(), min_size=1, max_size=6))
def test_that_following_the_changes_is_sorting_the_wanted_rows(told):
    ordered = Ordered(waiting, received)
    rows: Mapping[str, Call] = {}
    for one in told:
        changes = diff_rows(rows, one)
        rows = changes.rows
        ordered.follow(changes)
        assert ordered.rows == sorted(filter(waiting, one), key=received)


def test_that_a_row_that_changes_among_many_finds_its_new_place():
    many = {f"c{second:02}": call(f"c{second:02}", second) for second in range(50)}
    ordered = Ordered(waiting, received)
    ordered.follow(diff_rows({}, many.values()))
    first = diff_rows(many, [*list(many.values())[1:], call("c00", 1000)])
    ordered.follow(first)
    assert [row.id for row in ordered.rows[-2:]] == ["c49", "c00"]
    ordered.follow(diff_rows(first.rows, [row for row in first.rows.values() if row.id != "c07"]))
    assert [row.id for row in ordered.rows][5:8] == ["c06", "c08", "c09"]
