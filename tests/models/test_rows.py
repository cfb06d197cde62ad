"""The list model announces exactly what changed: replayed onto a mirror, and counted against the fewest."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt

from tests.models.mirror import Mirror
from wallboard.core.alarms import Severity
from wallboard.models.rows import Row, RowsModel


class NamedRow(Row, frozen=True, kw_only=True, gc=False):
    name: str = ""
    count: int = 0


class NamedModel(RowsModel[NamedRow]):
    row_type = NamedRow

    def describe(self, row: NamedRow) -> str:
        return row.name


def rows_of(keys: str, count: int = 0) -> list[NamedRow]:
    return [NamedRow(id=key, count=count) for key in keys]


@st.composite
def states(draw: st.DrawFn) -> list[NamedRow]:
    """Few keys and few values, so that rows come, go, move and change in every combination."""
    keys = draw(st.lists(st.sampled_from("abcdefgh"), unique=True))
    return [
        NamedRow(
            id=key,
            name=draw(st.sampled_from(["", "x"])),
            count=draw(st.integers(0, 1)),
            severity=draw(st.none() | st.just(Severity.WARNING)),
        )
        for key in keys
    ]


def runs(flags: list[bool]) -> int:
    """How many runs of true there are."""
    return sum(flag and not before for before, flag in zip([False, *flags], flags, strict=False))


def fewest_moves(old: list[str], new: list[str]) -> int:
    """Of the keys that stay: all but the most that are in order already, found by trying every choice."""
    kept = [key for key in new if key in old]
    places = [old.index(key) for key in kept]
    for moves in range(len(kept) + 1):
        for chosen in combinations(places, len(kept) - moves):
            if list(chosen) == sorted(chosen):
                return moves
    raise AssertionError("no row is always in order")


@given(st.lists(states(), min_size=1, max_size=6))
def test_that_the_signals_alone_tell_every_state(qapp, history):
    model = NamedModel()
    mirror = Mirror(model)
    for state in history:
        model.show_rows(state)
        assert model.rows == state
        assert mirror.rows == state
        assert mirror.count("reset") == 0


@given(states(), states())
def test_that_no_fewer_signals_could_tell_it(qapp, old, new):
    model = NamedModel()
    model.show_rows(old)
    mirror = Mirror(model)
    model.show_rows(new)
    old_keys, new_keys = [row.id for row in old], [row.id for row in new]
    assert mirror.count("remove") == runs([key not in new_keys for key in old_keys])
    assert mirror.count("insert") == runs([key not in old_keys for key in new_keys])
    assert mirror.count("move") == fewest_moves(old_keys, new_keys)
    before = {row.id: row for row in old}
    assert mirror.count("change") == runs([row.id in before and row != before[row.id] for row in new])


@given(states(), states())
def test_that_indexes_follow_their_rows(qapp, old, new):
    model = NamedModel()
    model.show_rows(old)
    held = {row.id: QPersistentModelIndex(model.index(position)) for position, row in enumerate(old)}
    model.show_rows(new)
    keys = [row.id for row in new]
    for key, index in held.items():
        assert index.isValid() == (key in keys)
        if index.isValid():
            assert index.row() == keys.index(key)


@given(states())
def test_that_the_same_rows_are_told_to_nobody(qapp, state):
    model = NamedModel()
    model.show_rows(state)
    mirror = Mirror(model)
    model.show_rows(state)
    model.show_rows([NamedRow(id=row.id, name=row.name, count=row.count, severity=row.severity) for row in state])
    assert mirror.take() == []


@pytest.mark.parametrize(
    ("old", "new", "signals"),
    [
        ("abcd", "bcda", [("move", 0, 4)]),
        ("abcd", "dabc", [("move", 3, 0)]),
        ("abcd", "acbd", [("move", 2, 1)]),
        ("abcd", "abxycd", [("insert", 2, 3)]),
        ("abcd", "ad", [("remove", 1, 2)]),
        ("abcd", "bd", [("remove", 2, 2), ("remove", 0, 0)]),
        ("", "abc", [("insert", 0, 2)]),
        ("abc", "", [("remove", 0, 2)]),
        ("abc", "xyz", [("remove", 0, 2), ("insert", 0, 2)]),
    ],
)
def test_what_is_announced(qapp, old, new, signals):
    model = NamedModel()
    model.show_rows(rows_of(old))
    mirror = Mirror(model)
    model.show_rows(rows_of(new))
    assert mirror.take() == signals


def test_that_a_change_names_its_roles_and_its_run_of_rows():
    model = NamedModel()
    model.show_rows(rows_of("abcde"))
    mirror = Mirror(model)
    a, _, _, _, e = rows_of("abcde")
    changed = [
        a,
        NamedRow(id="b", count=1),
        NamedRow(id="c", severity=Severity.CRITICAL),
        NamedRow(id="d", name="x"),
        e,
    ]
    model.show_rows(changed)
    count, severity, name = (model.role(field) for field in ("count", "severity", "name"))
    roles = sorted([Qt.ItemDataRole.DisplayRole, count, severity, name])
    assert mirror.take() == [("change", 1, 3, tuple(roles))]
    changed[4] = NamedRow(id="e", count=2)
    model.show_rows(changed)
    assert mirror.take() == [("change", 4, 4, (count,))]


def test_that_every_field_is_a_role_with_its_name():
    model = NamedModel()
    model.show_rows([NamedRow(id="a", name="x", count=3, severity=Severity.WARNING)])
    index = model.index(0)
    names = {bytes(name.data()).decode(): role for role, name in model.roleNames().items()}
    values = {name: model.data(index, role) for name, role in names.items()}
    assert values == {"id": "a", "name": "x", "count": 3, "severity": Severity.WARNING}
    assert model.data(index) == "x"


def test_that_there_is_nothing_beyond_the_rows():
    model = NamedModel()
    model.show_rows(rows_of("a"))
    index = model.index(0)
    assert model.rowCount() == 1
    assert model.rowCount(index) == 0
    assert model.data(QModelIndex()) is None
    assert model.data(index, Qt.ItemDataRole.ToolTipRole) is None
    assert model.data(index, model.role("count") + 1) is None
    assert not model.index(1).isValid()
    model.show_rows([])
    assert model.data(index) is None


def test_that_a_row_without_a_name_of_its_own_is_called_by_its_identifier(qtmodeltester):
    class PlainModel(RowsModel[Row]):
        row_type = Row

    model = PlainModel()
    model.show_rows([Row(id="a"), Row(id="b")])
    assert model.data(model.index(1)) == "b"
    qtmodeltester.check(model)


def test_that_many_rows_are_put_in_order_in_as_few_moves_as_it_takes(qapp):
    model = NamedModel()
    keys = [f"{number:03}" for number in range(300)]
    model.show_rows([NamedRow(id=key) for key in keys])
    mirror = Mirror(model)
    turned = [*keys[250:], *keys[:250]]
    model.show_rows([NamedRow(id=key) for key in turned])
    assert mirror.count("move") == 50
    assert [row.id for row in mirror.rows] == turned
    mirror.take()
    model.show_rows([NamedRow(id=key) for key in reversed(turned)])
    assert mirror.count("move") == 299
