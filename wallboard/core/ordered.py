"""Rows of a list that are wanted, in order, kept so by the list's changes."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from wallboard.core.changes import RowChanges
from wallboard.core.entities import Entity

AnyRow = TypeVar("AnyRow", bound=Entity)

SORTING_PAYS_FROM = 4
"""One changed row in so many: sorting thousands of rows costs about as much as moving that share of them."""


class Ordered(Generic[AnyRow]):
    """`order` tells rows apart: it never returns the same for two rows of the list."""

    def __init__(self, wanted: Callable[[AnyRow], bool], order: Callable[[AnyRow], Any]) -> None:
        self._wanted = wanted
        self._order = order
        self.rows: list[AnyRow] = []

    def follow(self, changes: RowChanges[AnyRow]) -> None:
        """Take in the changes that came after those before."""
        changed = len(changes.added) + len(changes.updated) + len(changes.removed)
        if changed * SORTING_PAYS_FROM > len(changes.rows):
            self.rows = sorted(filter(self._wanted, changes.rows.values()), key=self._order)
            return
        for row in changes.gone:
            self._take_out(row)
        for row in changes.come:
            if self._wanted(row):
                self.rows.insert(self._place(row), row)

    def _take_out(self, row: AnyRow) -> None:
        if self._wanted(row):
            del self.rows[self._place(row)]

    def _place(self, row: AnyRow) -> int:
        return bisect_left(self.rows, self._order(row), key=self._order)
