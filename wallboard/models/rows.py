"""A list model of frozen rows that announces exactly what changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Generic, TypeVar

from msgspec import Struct
from PySide6.QtCore import QAbstractListModel, QByteArray, QModelIndex, QObject, QPersistentModelIndex, Qt

from wallboard.core.alarms import Severity


class Row(Struct, frozen=True, kw_only=True, gc=False):
    id: str
    severity: Severity | None = None


AnyRow = TypeVar("AnyRow", bound=Row)
Index = QModelIndex | QPersistentModelIndex
NO_PARENT = QModelIndex()


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
        """Make these the rows: the fewest removals, insertions and moves, then one `dataChanged` for each run of rows
        that changed. A row that is the same object as before costs one comparison.
        """
        if len(rows) == len(self.rows) and all(map(_same_id, rows, self.rows)):
            held: set[str] = set()  # nobody came, went or moved
        else:
            self._remove_missing({row.id for row in rows})
            held = {row.id for row in self.rows}
        first_changed: int | None = None
        position = 0
        while position < len(rows):
            row = rows[position]
            if position >= len(self.rows) or self.rows[position].id != row.id:
                if row.id in held:
                    self._move(self._find(row.id, position), position)
                else:
                    count = self._insert_run(rows, position, held)
                    self._announce(first_changed, position - 1)
                    first_changed = None
                    position += count
                    continue
            if self.rows[position] is not row and self.rows[position] != row:
                self.rows[position] = row
                first_changed = position if first_changed is None else first_changed
            else:
                self._announce(first_changed, position - 1)
                first_changed = None
            position += 1
        self._announce(first_changed, position - 1)

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

    def _insert_run(self, rows: Sequence[AnyRow], position: int, held: set[str]) -> int:
        """Insert the new rows that stand together from here on; returns how many they are."""
        end = position
        while end < len(rows) and rows[end].id not in held:
            end += 1
        self.beginInsertRows(NO_PARENT, position, end - 1)
        self.rows[position:position] = rows[position:end]
        self.endInsertRows()
        return end - position

    def _find(self, key: str, start: int) -> int:
        return next(position for position in range(start, len(self.rows)) if self.rows[position].id == key)

    def _move(self, source: int, target: int) -> None:
        self.beginMoveRows(NO_PARENT, source, source, NO_PARENT, target)
        self.rows.insert(target, self.rows.pop(source))
        self.endMoveRows()

    def _announce(self, first: int | None, last: int) -> None:
        if first is not None:
            self.dataChanged.emit(self.index(first), self.index(last))


def _same_id(one: Row, other: Row) -> bool:
    return one.id == other.id
