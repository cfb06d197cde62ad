"""Work that may wait for a server or a keyring, away from the GUI thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue

from PySide6.QtCore import QObject, QTimer, Slot

LOOK_MS = 50
"""How often the answer is looked for: at once, to whoever waits for it."""


class Background(QObject):
    """One piece of work at a time counts: what an earlier one brings is forgotten.

    The thread knows a queue and nothing of Qt: its window may be closed, and its objects deleted, at any moment.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._answer: SimpleQueue[object] = SimpleQueue()
        self._then: Callable[[object], None] | None = None
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)

    @property
    def runs(self) -> bool:
        return self._then is not None

    def start(self, work: Callable[[], object], then: Callable[[object], None]) -> None:
        """`then` is called in this object's thread, with what `work` returns or the exception that ended it."""
        self._answer, self._then = SimpleQueue(), then
        threading.Thread(target=_run, args=(work, self._answer), name="setup", daemon=True).start()
        self._timer.start(LOOK_MS)

    def forget(self) -> None:
        self._then = None
        self._timer.stop()

    @Slot()
    def _look(self) -> None:
        try:
            result = self._answer.get_nowait()
        except Empty:
            return
        then = self._then
        self.forget()
        if then is not None:
            then(result)


def _run(work: Callable[[], object], answer: SimpleQueue[object]) -> None:
    try:
        answer.put(work())
    except Exception as error:  # noqa: BLE001 (whoever asked is told)
        answer.put(error)
