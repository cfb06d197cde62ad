"""Many centres on one wall, each polled every 5 s: processor time, memory, and how long the GUI thread stalls.

A demo server with a world for each centre, and a wall on it in a process of its own (`centres.py child`), which keeps
the stalls; first on the page with a row for each centre, then on the pages of one centre.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from benchmarks.rig import TOKEN, processor_s, pss_mb, python, report, virtual_screen
from wallboard.demo.process import DemoProcess
from wallboard.demo.riau import centres

POLL_INTERVAL_S = 5.0
WARM_UP_S = 20.0
"""Every feed's first poll, its history, and the charts."""

FAREWELL_S = 3.0
"""For which the wall still stands when it has been measured."""

BEAT_MS = 4
"""A heartbeat in the GUI thread: what comes later than this after the one before was held up."""


def configuration(urls: tuple[str, ...], folder: str) -> str:
    path = Path(folder) / "wallboard.toml"
    feeds = (
        f'[[feed]]\nid = "{centre.id}"\nurl = "{url}"\nauth = "bearer"\npoll_interval_s = {POLL_INTERVAL_S}\n'
        for centre, url in zip(centres(len(urls)), urls, strict=True)
    )
    path.write_text("".join(feeds) + "[wall]\npixel_shift = false\n")
    return str(path)


def child(path: str, page: str, seconds: float) -> None:
    from PySide6.QtCore import QObject, Qt, QTimer, Slot

    from wallboard import app
    from wallboard.configuration.load import load
    from wallboard.views.wall import WallWindow

    class Probe(QObject):
        def __init__(self) -> None:
            super().__init__()
            self.stalls_ms: list[float] = []
            self.work_ms: list[float] = []
            """Of this thread's own between two beats, whatever else the machine did meanwhile."""
            self._last_s = self._last_work_s = 0.0
            self._beat = QTimer(self)
            self._beat.setTimerType(Qt.TimerType.PreciseTimer)
            self._beat.timeout.connect(self.beat)

        @Slot()
        def hold_page(self) -> None:
            (window,) = (one for one in application.topLevelWidgets() if isinstance(one, WallWindow))
            window.show_page(page)

        @Slot()
        def start(self) -> None:
            self._last_s, self._last_work_s = time.monotonic(), time.thread_time()
            self._beat.start(BEAT_MS)

        @Slot()
        def beat(self) -> None:
            now_s, work_s = time.monotonic(), time.thread_time()
            self.stalls_ms.append(max(0.0, (now_s - self._last_s) * 1000 - BEAT_MS))
            self.work_ms.append((work_s - self._last_work_s) * 1000)
            self._last_s, self._last_work_s = now_s, work_s

    application = app.application()
    probe = Probe()
    QTimer.singleShot(1000, probe.hold_page)
    QTimer.singleShot(round(WARM_UP_S * 1000), probe.start)
    QTimer.singleShot(round((WARM_UP_S + seconds + FAREWELL_S) * 1000), application.quit)
    app.run(load(Path(path)), lambda _: TOKEN)
    report("  stall of the GUI thread", probe.stalls_ms, "ms", "max <= 25")
    report("  its own work between two beats", probe.work_ms, "ms", "max <= 25")


def main(count: int, seconds: float) -> None:
    server = DemoProcess(["--scenario", "bengkalis"], centres=count)
    server.token = TOKEN
    started_s = time.monotonic()
    server.start()
    print(f"{count} centres: the demo server was ready after {time.monotonic() - started_s:.1f} s", flush=True)
    try:
        with virtual_screen() as screen, tempfile.TemporaryDirectory() as folder:
            path = configuration(server.urls, folder)
            for page in ("centres", f"{centres(1)[0].id}/overview"):
                arguments = ("-m", "benchmarks.centres", "child", path, page, str(seconds))
                with python(*arguments, DISPLAY=screen.display) as (process, _):
                    time.sleep(WARM_UP_S)
                    before_s, from_s = processor_s(process.pid), time.monotonic()
                    time.sleep(seconds)
                    used = (processor_s(process.pid) - before_s) / (time.monotonic() - from_s)
                    memory = pss_mb(process.pid)
                    print(f"page {page}: processor {used:.1%} of a core (to reach: <= 25 %), PSS {memory:.0f} MB")
                    assert process.stdout is not None
                    print(process.stdout.read(), end="", flush=True)
                    process.wait()
    finally:
        server.stop()


if __name__ == "__main__":
    if sys.argv[1:2] == ["child"]:
        child(sys.argv[2], sys.argv[3], float(sys.argv[4]))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 100, float(sys.argv[2]) if len(sys.argv) > 2 else 60.0)
