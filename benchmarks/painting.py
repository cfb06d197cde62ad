"""From an answer to everything painted, and how long the GUI thread stalls, at 200 incidents and 40 calls and in storm.

Runs the wall in a process of its own (`painting.py child`), which keeps the times.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import time

from benchmarks.rig import TOKENS, configuration, demo_server, python, report, virtual_screen
from benchmarks.serve import STORM, USUAL

WARM_UP_S = 8.0
BEAT_MS = 4
"""A heartbeat in the GUI thread: what comes later than this after the one before was held up."""


def child(path: str, seconds: float) -> None:
    from collections.abc import Callable
    from pathlib import Path

    from PySide6.QtCore import QAbstractEventDispatcher, QObject, Qt, QTimer, Slot

    from wallboard import app
    from wallboard.configuration.load import load
    from wallboard.core.poll import FeedEvent, PollSuccess
    from wallboard.models.store import Store

    class Probe(QObject):
        def __init__(self) -> None:
            super().__init__()
            self.painted_ms: list[float] = []
            self.stalls_ms: list[float] = []
            self._received_s: float | None = None
            self._last_beat_s = time.monotonic()
            self._beat = QTimer(self)
            self._beat.setTimerType(Qt.TimerType.PreciseTimer)
            self._beat.timeout.connect(self.beat)

        @Slot()
        def start(self) -> None:
            dispatcher = QAbstractEventDispatcher.instance()
            assert dispatcher is not None
            self._received_s = None
            dispatcher.aboutToBlock.connect(self.idle)
            self._last_beat_s = time.monotonic()
            self._beat.start(BEAT_MS)

        def answered(self, event: FeedEvent) -> None:
            if isinstance(event, PollSuccess) and event.snapshot is not None:
                self._received_s = event.received_s

        @Slot()
        def idle(self) -> None:
            """Everything that had to be done is done, the painting included."""
            if self._received_s is not None:
                self.painted_ms.append((time.monotonic() - self._received_s) * 1000)
                self._received_s = None

        @Slot()
        def beat(self) -> None:
            now_s = time.monotonic()
            self.stalls_ms.append(max(0.0, (now_s - self._last_beat_s) * 1000 - BEAT_MS))
            self._last_beat_s = now_s

    application = app.application()
    probe = Probe()
    receive = Store.receive

    def watched(store: Store, event: FeedEvent, more: Callable[[], bool] | None = None) -> None:
        receive(store, event, more)
        probe.answered(event)

    Store.receive = Slot(object)(watched)  # type: ignore[assignment, method-assign]
    QTimer.singleShot(round(WARM_UP_S * 1000), probe.start)
    QTimer.singleShot(round((WARM_UP_S + seconds) * 1000), application.quit)
    app.run(load(Path(path)))
    report("  answer received to everything painted", probe.painted_ms, "ms", sys.argv[4])
    report("  stall of the GUI thread", probe.stalls_ms, "ms", sys.argv[5])


def main(seconds: float) -> None:
    for name, size, painted, stall in (
        ("200 incidents, 40 calls", USUAL, "p95 <= 25", "max <= 25"),
        ("storm", STORM, "p95 <= 40", "max <= 40"),
    ):
        print(name, flush=True)
        with virtual_screen() as screen, tempfile.TemporaryDirectory() as folder, demo_server(*size) as url:
            path = configuration(url, folder, 1.0)
            arguments = ("-m", "benchmarks.painting", "child", path, str(seconds), painted, stall)
            with python(*arguments, DISPLAY=screen.display, **TOKENS) as (process, _):
                assert process.stdout is not None
                print(process.stdout.read(), end="", flush=True)
                process.wait()


if __name__ == "__main__":
    if sys.argv[1:2] == ["child"]:
        sys.argv[1:3], arguments = [], sys.argv[2:4]
        sys.argv[1:1] = ["child", arguments[0]]
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.environ.setdefault("QT_ENABLE_HIGHDPI_SCALING", "0")
        child(arguments[0], float(arguments[1]))
    else:
        main(float(sys.argv[1]) if len(sys.argv) > 1 else 60.0)
