"""The alarm log as a list: what was asked for, the newest first, read a page at a time in a thread of its own."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from datetime import tzinfo
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal, Slot

from wallboard.history.entries import EVERYTHING, Entry, Exportable, Selection, UnreadableError
from wallboard.models.rows import Row, RowsModel

PAGE = 300
"""Entries: ten screens of a near wall."""

_log = logging.getLogger(__name__)


class HistoryRow(Row, frozen=True, kw_only=True, gc=False):
    entry: Entry


class AlarmHistoryModel(RowsModel[HistoryRow]):
    """`chosen` is what was last asked for; `came` tells that its rows are here, or why they are not."""

    row_type = HistoryRow
    came = Signal()
    exported = Signal(int)
    """How many entries are in the file; -1 where it could not be written."""
    _read = Signal(int, object)

    def __init__(self, log: Exportable, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.chosen = EVERYTHING
        self.reading = False
        self.complete = False
        """There is nothing older that was asked for."""
        self.failed = False
        self._source = log
        self._asked = 0
        self._read.connect(self._take, Qt.ConnectionType.QueuedConnection)

    def describe(self, row: HistoryRow) -> str:
        return " · ".join((row.entry.at.isoformat(), row.entry.happening.value, row.entry.rule))

    def look_for(self, chosen: Selection) -> None:
        """From the newest on. What is asked for meanwhile takes the place of what was."""
        self.chosen = chosen
        self.complete = False
        self._begin(None)

    def read_on(self) -> None:
        """The next page, where there is one."""
        if self.rows and not (self.reading or self.complete or self.failed):
            self._begin(self.rows[-1].entry.id)

    def export(self, path: Path, zone: tzinfo | None) -> None:
        """All that was last asked for, as CSV; see `exported`."""
        arguments = (self.chosen, path, zone)
        threading.Thread(target=self._write, args=arguments, name="writing the alarm log as CSV", daemon=True).start()

    def _write(self, chosen: Selection, path: Path, zone: tzinfo | None) -> None:
        try:
            count = self._source.export(chosen, path, zone)
        except (UnreadableError, OSError) as error:
            _log.warning("the alarm history cannot be written to a file: %s", error)
            count = -1
        self.exported.emit(count)

    def _begin(self, before_id: int | None) -> None:
        self.reading, self.failed = True, False
        self._asked += 1
        arguments = (self._asked, self.chosen, before_id)
        threading.Thread(target=self._work, args=arguments, name="reading the alarm log", daemon=True).start()

    def _work(self, asked: int, chosen: Selection, before_id: int | None) -> None:
        try:
            entries: Sequence[Entry] | None = self._source.read(chosen, limit=PAGE, before_id=before_id)
        except UnreadableError:
            entries = None
        except Exception:  # noqa: BLE001 (a thread that ends without a word leaves the list waiting for ever)
            _log.exception("the alarm log cannot be read")
            entries = None
        self._read.emit(asked, (before_id, entries))

    @Slot(int, object)
    def _take(self, asked: int, result: tuple[int | None, Sequence[Entry] | None]) -> None:
        if asked != self._asked:
            return
        before_id, entries = result
        self.reading, self.failed = False, entries is None
        rows = [HistoryRow(id=str(entry.id), severity=entry.severity, entry=entry) for entry in entries or ()]
        self.complete = entries is not None and len(entries) < PAGE
        self.show_rows(rows if before_id is None else [*self.rows, *rows])
        self.came.emit()
