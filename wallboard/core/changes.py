"""What differs between two snapshots, row by row, so that nothing downstream touches a row that stayed the same."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Generic, TypeVar

from msgspec import Struct

from wallboard.core.entities import Agency, Call, CallTaker, Entity, Incident, Snapshot, Unit

Row = TypeVar("Row", bound=Entity)


class RowChanges(Struct, Generic[Row], frozen=True):
    """One list's changes. `rows` is the new state by identifier, in the feed's order; a row equal to its predecessor
    is that very object.
    """

    rows: Mapping[str, Row]
    added: tuple[Row, ...] = ()
    updated: tuple[tuple[Row, Row], ...] = ()
    """Pairs of old and new."""
    removed: tuple[Row, ...] = ()
    told: Iterable[Row] = ()
    """What `rows` was made from: the same object again holds no change."""

    def __bool__(self) -> bool:
        return bool(self.added or self.updated or self.removed)

    @property
    def gone(self) -> list[Row]:
        """The rows that are no more, or no more so."""
        return [*self.removed, *[before for before, _ in self.updated]]

    @property
    def come(self) -> list[Row]:
        """The rows that are new, or newly so."""
        return [*self.added, *[after for _, after in self.updated]]


class Changes(Struct, frozen=True, kw_only=True):
    agencies: RowChanges[Agency]
    units: RowChanges[Unit]
    call_takers: RowChanges[CallTaker]
    calls: RowChanges[Call]
    incidents: RowChanges[Incident]

    def __bool__(self) -> bool:
        return any((self.agencies, self.units, self.call_takers, self.calls, self.incidents))


_NOTHING = Changes(
    agencies=RowChanges({}),
    units=RowChanges({}),
    call_takers=RowChanges({}),
    calls=RowChanges({}),
    incidents=RowChanges({}),
)


def diff_rows(old: Mapping[str, Row], new: Collection[Row]) -> RowChanges[Row]:
    in_place = _in_place(old, new)
    return _anywhere(old, new) if in_place is None else in_place


def _in_place(old: Mapping[str, Row], new: Collection[Row]) -> RowChanges[Row] | None:
    """Where every row has kept its place, as after most changes, a row among thousands costs one row."""
    if len(old) != len(new):
        return None
    other = [(before, row) for before, row in zip(old.values(), new, strict=True) if row is not before]
    if [row.id for _, row in other] != [before.id for before, _ in other]:
        return None
    updated = tuple([(before, row) for before, row in other if row != before])
    return RowChanges({**old, **{row.id: row for _, row in updated}}, updated=updated, told=new)


def _anywhere(old: Mapping[str, Row], new: Iterable[Row]) -> RowChanges[Row]:
    rows: dict[str, Row] = {}
    added: list[Row] = []
    updated: list[tuple[Row, Row]] = []
    for row in new:
        before = old.get(row.id)
        if before is row:
            rows[row.id] = row
        elif before is None:
            rows[row.id] = row
            added.append(row)
        elif before == row:
            rows[row.id] = before
        else:
            rows[row.id] = row
            updated.append((before, row))
    removed = [row for key, row in old.items() if key not in rows] if len(rows) != len(old) + len(added) else []
    return RowChanges(rows, tuple(added), tuple(updated), tuple(removed), new)


def _next(before: RowChanges[Row], new: tuple[Row, ...]) -> RowChanges[Row]:
    return RowChanges(before.rows, told=new) if new is before.told else diff_rows(before.rows, new)


def diff(old: Changes | None, new: Snapshot) -> Changes:
    """The changes that lead from the state `old` left behind (None: from nothing) to `new`."""
    # Not "if old": changes that hold no change are falsy, and still hold every row.
    before = old if old is not None else _NOTHING
    return Changes(
        agencies=_next(before.agencies, new.agencies),
        units=_next(before.units, new.units),
        call_takers=_next(before.call_takers, new.call_takers),
        calls=_next(before.calls, new.calls),
        incidents=_next(before.incidents, new.incidents),
    )
