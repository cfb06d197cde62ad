"""A list that follows a model by what the model announces, and by nothing else."""

from __future__ import annotations

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, Slot

from wallboard.models.rows import RowsModel


class Mirror(QObject):
    """Holds the rows that the announcements say there are; `announced` counts the announcements."""

    def __init__(self, model: RowsModel) -> None:  # type: ignore[type-arg]
        super().__init__()
        self.model = model
        self.rows = list(model.rows)
        self.announced = 0
        model.rowsInserted.connect(self.insert)
        model.rowsRemoved.connect(self.remove)
        model.rowsMoved.connect(self.move)
        model.dataChanged.connect(self.change)
        model.modelReset.connect(self.reset)

    @Slot(QModelIndex, int, int)
    def insert(self, _parent: QModelIndex, first: int, last: int) -> None:
        self.announced += 1
        self.rows[first:first] = self.model.rows[first : last + 1]

    @Slot(QModelIndex, int, int)
    def remove(self, _parent: QModelIndex, first: int, last: int) -> None:
        self.announced += 1
        del self.rows[first : last + 1]

    @Slot(QModelIndex, int, int, QModelIndex, int)
    def move(self, _parent: QModelIndex, first: int, last: int, _target: QModelIndex, row: int) -> None:
        self.announced += 1
        moved = self.rows[first : last + 1]
        del self.rows[first : last + 1]
        place = row if row < first else row - len(moved)
        self.rows[place:place] = moved

    @Slot(QModelIndex, QModelIndex)
    def change(self, first: QModelIndex, last: QModelIndex) -> None:
        self.announced += 1
        self.rows[first.row() : last.row() + 1] = self.model.rows[first.row() : last.row() + 1]

    @Slot()
    def reset(self) -> None:
        raise AssertionError("a reset loses the selection and paints everything")


def watched(model: QAbstractItemModel) -> QObject:
    """Under Qt's own tester; a fault is a Qt warning at the least, and fails the test."""
    from PySide6.QtTest import QAbstractItemModelTester

    return QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
