"""A list that follows a model by nothing but its signals, as any view must be able to."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QModelIndex, QObject
from PySide6.QtTest import QAbstractItemModelTester

from wallboard.models.rows import RowsModel


class Mirror(QObject):
    """Runs the model under Qt's model tester too, which ends the process at the first offence."""

    def __init__(self, model: RowsModel[Any]) -> None:
        super().__init__()
        self._model = model
        self._tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, self)
        self.rows = list(model.rows)
        self.signals: list[tuple[Any, ...]] = []
        """Since they were last taken."""
        model.rowsInserted.connect(self._inserted)
        model.rowsRemoved.connect(self._removed)
        model.rowsMoved.connect(self._moved)
        model.dataChanged.connect(self._changed)
        model.modelReset.connect(self._reset)
        model.layoutChanged.connect(self._reset)

    def take(self) -> list[tuple[Any, ...]]:
        taken, self.signals = self.signals, []
        return taken

    def count(self, kind: str) -> int:
        return sum(signal[0] == kind for signal in self.signals)

    def _inserted(self, parent: QModelIndex, first: int, last: int) -> None:
        self.signals.append(("insert", first, last))
        self.rows[first:first] = self._model.rows[first : last + 1]

    def _removed(self, parent: QModelIndex, first: int, last: int) -> None:
        self.signals.append(("remove", first, last))
        del self.rows[first : last + 1]

    def _moved(self, parent: QModelIndex, first: int, last: int, destination: QModelIndex, target: int) -> None:
        self.signals.append(("move", first, target))
        moved = self.rows[first : last + 1]
        del self.rows[first : last + 1]
        at = target if target <= first else target - len(moved)
        self.rows[at:at] = moved

    def _changed(self, first: QModelIndex, last: QModelIndex, roles: list[int]) -> None:
        """Reads no role but those that are said to have changed."""
        model = self._model
        self.signals.append(("change", first.row(), last.row(), tuple(roles)))
        fields = [field for field in model.row_type.__struct_fields__ if model.role(field) in roles]
        for position in range(first.row(), last.row() + 1):
            index = model.index(position)
            old = self.rows[position]
            values = {field: getattr(old, field) for field in model.row_type.__struct_fields__}
            values |= {field: model.data(index, model.role(field)) for field in fields}
            self.rows[position] = model.row_type(**values)

    def _reset(self, *_: object) -> None:
        self.signals.append(("reset",))
