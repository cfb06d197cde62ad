"""What differs between two snapshots, and what does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.core import strategies
from tests.core.builders import call, snapshot
from wallboard.core.changes import RowChanges, diff, diff_rows
from wallboard.core.entities import Call, Entity

LISTS = ("agencies", "units", "call_takers", "calls", "incidents")


@st.composite
def few_rows(draw: st.DrawFn) -> list[Call]:
    """Few keys and few states, so that every kind of change is frequent."""
    keys = draw(st.lists(st.integers(0, 7), unique=True))
    return [call(f"c{key}", 0, answered=draw(st.sampled_from([0, 1, 2]))) for key in keys]


@st.composite
def next_rows(draw: st.DrawFn, old: Sequence[Call]) -> list[Call]:
    """Any rows; or the same ones in their places, of which some are in another state, as most changes leave them."""
    if draw(st.booleans()):
        return draw(few_rows())
    return [call(row.id, 0, answered=draw(st.sampled_from([0, 1, 2]))) if draw(st.booleans()) else row for row in old]


def applied(old: Mapping[str, Entity], changes: RowChanges[Any]) -> dict[str, Entity]:
    """The old rows with the changes made, as a reader of the changes alone would make them."""
    state = dict(old)
    for row in changes.removed:
        assert state.pop(row.id) == row
    for before, after in changes.updated:
        assert state[before.id] == before
        assert before.id == after.id
        assert before != after
        state[after.id] = after
    for row in changes.added:
        assert row.id not in state
        state[row.id] = row
    return state


@given(few_rows(), st.data())
def test_that_the_changes_applied_to_the_old_rows_give_the_new(old: Sequence[Call], data: st.DataObject):
    new = data.draw(next_rows(old))
    held = {row.id: row for row in old}
    changes = diff_rows(held, new)
    assert applied(held, changes) == {row.id: row for row in new}
    assert list(changes.rows.values()) == list(new)
    assert held == {row.id: row for row in old}


@given(few_rows(), st.data())
def test_that_an_equal_row_stays_the_very_object(old, data):
    new = data.draw(next_rows(old))
    held = {row.id: row for row in old}
    for key, row in diff_rows(held, new).rows.items():
        if held.get(key) == row:
            assert row is held[key]
        else:
            assert any(row is one for one in new)


@given(few_rows(), st.randoms())
def test_that_the_same_rows_are_no_change_in_whatever_order(old, random):
    new = [type(row)(**{field: getattr(row, field) for field in row.__struct_fields__}) for row in old]
    random.shuffle(new)
    changes = diff_rows({row.id: row for row in old}, new)
    assert not changes
    assert list(changes.rows) == [row.id for row in new]


@given(st.lists(strategies.snapshots(most=6), min_size=1, max_size=4))
def test_that_a_sequence_of_snapshots_can_be_followed_by_its_changes(told):
    changes = None
    held: dict[str, dict[str, Entity]] = {name: {} for name in LISTS}
    for one in told:
        changes = diff(changes, one)
        different = False
        for name in LISTS:
            new = {row.id: row for row in getattr(one, name)}
            different |= new != held[name]
            held[name] = applied(held[name], getattr(changes, name))
            assert held[name] == new
        assert bool(changes) == different


def test_that_nothing_from_nothing_is_nothing():
    changes = diff(None, snapshot())
    assert not changes
    assert not diff(changes, snapshot(60))


def test_that_the_last_row_to_leave_is_removed():
    one = call()
    changes = diff(diff(None, snapshot(calls=[one])), snapshot())
    assert changes.calls.removed == (one,)
    assert changes.calls.rows == {}
