"""A list model of frozen rows that announces exactly what changed."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from itertools import compress, count
from operator import is_, is_not
from typing import Any, ClassVar, Generic, TypeVar

from msgspec import Struct
from PySide6.QtCore import QAbstractListModel, QByteArray, QModelIndex, QObject, QPersistentModelIndex, Qt

from wallboard.core.alarms import Severity
from wallboard.core.entities import Entity


class Row(Struct, frozen=True, kw_only=True, gc=False):
    id: str
    severity: Severity | None = None


AnyRow = TypeVar("AnyRow", bound=Row)
AnyEntity = TypeVar("AnyEntity", bound=Entity)
SeverityOf = Callable[[str, str], Severity | None]
"""The severity of active alarms, by metric and identifier."""

Index = QModelIndex | QPersistentModelIndex
NO_PARENT = QModelIndex()


def worst(*severities: Severity | None) -> Severity | None:
    return max(filter(None, severities), default=None)


class RowsModel(QAbstractListModel, Generic[AnyRow]):
    """Each field of the row type is a role, in the order of the fields. Identifiers are unique.

    Views that paint whole rows read `rows`; a role costs a call for each cell.
    """

    row_type: ClassVar[type[Row]]

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: list[AnyRow] = []

    @classmethod
    def role(cls, field: str) -> int:
        return int(Qt.ItemDataRole.UserRole) + 1 + cls.row_type.__struct_fields__.index(field)

    def rowCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self.rows):
            return None
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self.describe(row)
        number = role - int(Qt.ItemDataRole.UserRole) - 1
        fields = self.row_type.__struct_fields__
        return getattr(row, fields[number]) if 0 <= number < len(fields) else None

    def roleNames(self) -> dict[int, QByteArray]:
        return {self.role(field): QByteArray(field.encode()) for field in self.row_type.__struct_fields__}

    def describe(self, row: AnyRow) -> str:
        """The row's name in one line, for whoever reads the model without its panel."""
        return row.id

    def show_rows(self, rows: Sequence[AnyRow]) -> None:
        """Make these the rows: the fewest removals, moves and insertions, then one `dataChanged` for each run of rows
        that changed, with the roles that did. A row that is the same object as before costs one comparison.
        """
        if len(rows) == len(self.rows) and all(map(is_, rows, self.rows)):
            return
        if [row.id for row in rows] != [row.id for row in self.rows]:
            self._remove_missing({row.id for row in rows})
            held = {row.id: position for position, row in enumerate(self.rows)}
            self._bring_into_order([row.id for row in rows if row.id in held], held)
            self._insert_new(rows, held)
        self._replace(enumerate(rows))

    def _remove_missing(self, wanted: set[str]) -> None:
        last = len(self.rows) - 1
        while last >= 0:
            if self.rows[last].id in wanted:
                last -= 1
                continue
            first = last
            while first > 0 and self.rows[first - 1].id not in wanted:
                first -= 1
            self.beginRemoveRows(NO_PARENT, first, last)
            del self.rows[first : last + 1]
            self.endRemoveRows()
            last = first - 1

    def _bring_into_order(self, keys: Sequence[str], held: Mapping[str, int]) -> None:
        """Move what must move to behind its predecessor; the most rows that are in order already stay."""
        places = [held[key] for key in keys]
        if places == sorted(places):
            return
        staying = {keys[index] for index in _longest_rise(places)}
        for before, key in zip([None, *keys], keys, strict=False):
            if key in staying:
                continue
            source = self._find(key)
            target = 0 if before is None else self._find(before) + 1
            if source != target:
                self.beginMoveRows(NO_PARENT, source, source, NO_PARENT, target)
                self.rows.insert(target - (source < target), self.rows.pop(source))
                self.endMoveRows()

    def _insert_new(self, rows: Sequence[AnyRow], held: Container[str]) -> None:
        first = 0
        while first < len(rows):
            last = first
            while last < len(rows) and rows[last].id not in held:
                last += 1
            if last > first:
                self.beginInsertRows(NO_PARENT, first, last - 1)
                self.rows[first:first] = rows[first:last]
                self.endInsertRows()
            first = last + 1

    def _replace(self, rows: Iterable[tuple[int, AnyRow]]) -> None:
        """Each with its position, in their order; one that is as before is no change."""
        runs: list[tuple[int, int, set[int]]] = []
        for position, row in rows:
            old = self.rows[position]
            if old is row or old == row:
                continue
            self.rows[position] = row
            first, roles = position, self._changed_roles(old, row)
            if runs and runs[-1][1] == position - 1:
                first, _, others = runs.pop()
                roles |= others
            runs.append((first, position, roles))
        for first, last, roles in runs:
            self.dataChanged.emit(self.index(first), self.index(last), sorted(roles))

    def _changed_roles(self, old: AnyRow, new: AnyRow) -> set[int]:
        fields = self.row_type.__struct_fields__
        roles = {self.role(field) for field in fields if getattr(old, field) != getattr(new, field)}
        if self.describe(old) != self.describe(new):
            roles.add(int(Qt.ItemDataRole.DisplayRole))
        return roles

    def _find(self, key: str) -> int:
        return next(position for position, row in enumerate(self.rows) if row.id == key)


class EntityRowsModel(RowsModel[AnyRow]):
    """Rows made from entities, each kept until its entity changes or it is forgotten."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._entities: Sequence[Entity] = ()
        """What each of the rows was made from."""
        self._forgotten: set[str] = set()

    def forget(self, key: str) -> None:
        """Something else that this row shows has changed: make it anew."""
        self._forgotten.add(key)

    def forget_all(self) -> None:
        self._forgotten.update([row.id for row in self.rows])

    def show_entities(self, entities: Iterable[AnyEntity], make: Callable[[AnyEntity], AnyRow]) -> None:
        """Make these the rows, as `show_rows` does; an entity is frozen, so the same object is the same row."""
        wanted, before, forgotten = list(entities), self._entities, self._forgotten
        self._entities, self._forgotten = wanted, set()
        if len(wanted) == len(before):
            changed = list(compress(count(), map(is_not, wanted, before)))
            if all(wanted[place].id == before[place].id for place in changed):
                if forgotten:
                    changed = [
                        place for place, new in enumerate(wanted) if new.id in forgotten or new is not before[place]
                    ]
                self._replace([(place, make(wanted[place])) for place in changed])
                return
        made = {
            entity.id: (entity, row)
            for entity, row in zip(before, self.rows, strict=True)
            if entity.id not in forgotten
        }
        rows = []
        for entity in wanted:
            held = made.get(entity.id)
            rows.append(held[1] if held is not None and held[0] is entity else make(entity))
        self.show_rows(rows)


def _longest_rise(numbers: Sequence[int]) -> list[int]:
    """The indices of a longest rising subsequence (Schensted, 1961): the cards that end each pile of a patience."""
    ends: list[int] = []
    """Of the rises of length 1, 2, ... the index of the lowest number that one ends with."""
    before: list[int] = []
    """Each index's predecessor in the best rise that ends with it; -1 for none."""
    for index, number in enumerate(numbers):
        length = bisect_left(ends, number, key=numbers.__getitem__)
        before.append(ends[length - 1] if length else -1)
        ends[length : length + 1] = [index]
    rise: list[int] = []
    index = ends[-1] if ends else -1
    while index >= 0:
        rise.append(index)
        index = before[index]
    return rise
