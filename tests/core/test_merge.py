"""Changes merged into a snapshot, against a server's own account of itself."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.core import strategies
from tests.core.builders import call, incident, snapshot
from wallboard.core.entities import Entity, Snapshot
from wallboard.core.merge import LISTS, Delta, merged, sharing, unexplained


def between(old: Snapshot, new: Snapshot, cursor: str = "next") -> Delta:
    """The changes that a server would tell."""
    upserts, removed = {}, {}
    for name in LISTS:
        before = {row.id: row for row in getattr(old, name)}
        after = {row.id: row for row in getattr(new, name)}
        upserts[name] = tuple(row for key, row in after.items() if before.get(key) != row)
        removed[name] = tuple(key for key in before if key not in after)
    return Delta(server_time=new.server_time, cursor=cursor, upserts=upserts, removed=removed)


def rows(one: Snapshot) -> dict[str, dict[str, Entity]]:
    return {name: {row.id: row for row in getattr(one, name)} for name in LISTS}


@given(strategies.snapshots(0, most=6), strategies.snapshots(60, most=6))
def test_that_changes_lead_from_one_state_to_the_next(old, new):
    after = merged(old, between(old, new))
    assert rows(after) == rows(new)
    assert (after.server_time, after.cursor, after.centre) == (new.server_time, "next", old.centre)


@given(strategies.snapshots(0, most=6), strategies.snapshots(60, most=6))
def test_that_changes_told_twice_change_nothing_more(old, new):
    delta = between(old, new)
    assert merged(merged(old, delta), delta) == merged(old, delta)


@given(st.lists(strategies.snapshots(most=5), min_size=3, max_size=3))
def test_that_two_changes_told_as_one_lead_to_the_same_state(states):
    first, second, third = states
    stepwise = merged(merged(first, between(first, second)), between(second, third))
    assert rows(stepwise) == rows(merged(first, between(first, third)))


def test_that_rows_keep_their_places_and_new_ones_come_last():
    old = snapshot(calls=[call("a"), call("b"), call("c")])
    delta = Delta(
        server_time=old.server_time,
        cursor="2",
        upserts={"calls": (call("new"), call("b", answered=5))},
        removed={"calls": ("a",)},
    )
    assert [row.id for row in merged(old, delta).calls] == ["b", "c", "new"]


def test_that_lists_without_changes_stay_the_very_objects():
    old = snapshot(calls=[call("a")], incidents=[incident("i")])
    after = merged(old, Delta(server_time=old.server_time, cursor="2", removed={"calls": ("a",)}))
    assert after.incidents is old.incidents
    assert not after.calls


def test_that_a_row_both_told_and_removed_is_there():
    old = snapshot(calls=[call("a")])
    delta = Delta(
        server_time=old.server_time, cursor="2", upserts={"calls": (call("a", answered=3),)}, removed={"calls": ("a",)}
    )
    assert merged(old, delta).calls == (call("a", answered=3),)


def test_that_the_removal_of_what_was_never_there_is_no_change():
    old = snapshot(calls=[call("a")])
    assert merged(old, Delta(server_time=old.server_time, cursor="2", removed={"calls": ("x",)})).calls == old.calls


@given(st.lists(strategies.snapshots(most=5), min_size=3, max_size=3))
def test_that_right_merging_leaves_nothing_unexplained_however_much_changes_meanwhile(states):
    held, told, later = states
    assert list(unexplained(held, told, _path(held, told, later))) == []


@given(strategies.snapshots(0, most=6), strategies.snapshots(60, most=6))
def test_that_what_differs_without_a_change_is_unexplained(held, told):
    nothing = Delta(server_time=told.server_time, cursor="2")
    wrong = {(name, key) for name in LISTS for key in _different(rows(held)[name], rows(told)[name])}
    assert set(unexplained(held, told, nothing)) == wrong
    assert len(list(unexplained(held, told, nothing))) == len(wrong)


def test_that_the_order_of_rows_is_no_difference():
    one = snapshot(calls=[call("a"), call("b")])
    other = replace(one, calls=one.calls[::-1])
    assert list(unexplained(one, other, Delta(server_time=one.server_time, cursor="2"))) == []


def _different(old: dict[str, Entity], new: dict[str, Entity]) -> set[str]:
    return {key for key in old.keys() | new.keys() if old.get(key) != new.get(key)}


def _path(first: Snapshot, second: Snapshot, third: Snapshot) -> Delta:
    """What a server tells that went from the first over the second to the third state: each row that was touched."""
    upserts, removed = {}, {}
    one, two, three = rows(first), rows(second), rows(third)
    for name in LISTS:
        touched = _different(one[name], two[name]) | _different(two[name], three[name])
        upserts[name] = tuple(row for key, row in three[name].items() if key in touched)
        removed[name] = tuple(key for key in touched if key not in three[name])
    return Delta(server_time=third.server_time, cursor="3", upserts=upserts, removed=removed)


@given(strategies.snapshots(0, most=6), strategies.snapshots(60, most=6))
def test_that_what_is_shared_with_an_earlier_snapshot_changes_nothing_in_a_later_one(old, new):
    assert sharing(old, new) == new
    assert sharing(None, new) is new


def test_that_rows_which_are_told_again_are_kept_once():
    def told() -> Snapshot:
        return snapshot(calls=[call("a"), call("b")], incidents=[incident("c")])

    old = told()
    new = replace(told(), calls=(call("b", answered=5), call("a")))
    shared = sharing(old, new)
    assert shared.incidents is old.incidents
    assert shared.calls[1] is old.calls[0]
    assert shared.calls[0] is new.calls[0], "it was answered since"
