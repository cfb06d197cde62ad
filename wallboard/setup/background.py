"""Work that may wait for a server or a keyring, away from the GUI thread."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal, Slot


class Background(QObject):
    """One piece of work at a time counts: what an earlier one brings is forgotten."""

    _ended = Signal(int, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._number = 0
        self._then: Callable[[object], None] | None = None
        self._ended.connect(self._hand_over, Qt.ConnectionType.QueuedConnection)

    @property
    def runs(self) -> bool:
        return self._then is not None

    def start(self, work: Callable[[], object], then: Callable[[object], None]) -> None:
        """`then` is called in this object's thread, with what `work` returns or the exception that ended it."""
        self._number += 1
        self._then = then
        threading.Thread(target=self._run, args=(self._number, work), name="setup", daemon=True).start()

    def forget(self) -> None:
        self._then = None

    def _run(self, number: int, work: Callable[[], object]) -> None:
        result: object
        try:
            result = work()
        except Exception as error:  # noqa: BLE001 (whoever asked is told)
            result = error
        with contextlib.suppress(RuntimeError):  # the window has been closed meanwhile, and its objects with it
            self._ended.emit(number, result)

    @Slot(int, object)
    def _hand_over(self, number: int, result: object) -> None:
        then = self._then
        if number != self._number or then is None:
            return
        self._then = None
        then(result)
