"""A screen for the smoke runs, and whether it shows the wall as this environment draws it."""

from __future__ import annotations

import contextlib
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

from PySide6.QtGui import QGuiApplication, QImage

from installer import pictures
from installer.checks import until
from installer.moment import TOKENS
from scripts import dev

ROOT = Path(__file__).resolve().parents[1]

SCREEN_PX = (1920, 1080)
INCIDENTS = (24, 400, 1060, 580)
"""Left, top, width and height of a panel on such a screen that has text once there are data."""

LAUNCHES = 5


class Screen:
    """The machine's or, on Debian, one of its own."""

    def __init__(self) -> None:
        self._server = None if sys.platform == "win32" else _virtual_screen()
        self._application = QGuiApplication([])

    def picture(self) -> QImage:
        return self._application.primaryScreen().grabWindow(0).toImage()

    def pixels(self) -> pictures.Pixels:
        return pictures.pixels(self.picture())

    def close(self) -> None:
        self._application.shutdown()
        if self._server is not None:
            self._server.terminate()
            self._server.wait()


def _virtual_screen() -> subprocess.Popen[bytes]:
    dev.require_debian_packages([*dev.virtual_screen_packages(), *dev.qt_packages(with_screen=True)])
    reading, writing = os.pipe()
    size = "x".join(map(str, SCREEN_PX))
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", f"{size}x24", "-nocursor"]
    nowhere = subprocess.DEVNULL  # whoever reads this run's words must not wait for a screen that outlives it
    server = subprocess.Popen(command, pass_fds=(writing,), stdin=nowhere, stdout=nowhere, stderr=nowhere)
    os.close(writing)
    with open(reading) as answer:
        os.environ["DISPLAY"] = f":{answer.readline().strip()}"
    os.environ["QT_QPA_PLATFORM"] = "xcb"
    return server


class Reference:
    """The wall as this environment draws it, and whether it is what the screen shows."""

    def __init__(self, screen: Screen, configuration: Path, folder: Path) -> None:
        self._screen = screen
        self._configuration = configuration
        self._folder = folder

    @cached_property
    def pixels(self) -> pictures.Pixels:
        """Drawn when it is first asked for, with the server running."""
        picture = self._folder / "reference.png"
        size = self._screen.pixels().shape
        command = [sys.executable, "main.py", "render", "--config", str(self._configuration), "--out", str(picture)]
        command += ["--size", f"{size[1]}x{size[0]}"]
        subprocess.run(command, cwd=ROOT, env={**os.environ, **TOKENS}, check=True, capture_output=True)
        return pictures.pixels(QImage(str(picture)))

    def comes(self, name: str) -> str:
        """Waits for it, and keeps the picture, of it or of what is there instead, in the file of that name."""
        wanted = self.pixels
        picture = self._screen.picture()
        complaints = ["nothing was looked at"]

        def is_there() -> bool:
            nonlocal picture, complaints
            picture = self._screen.picture()
            complaints = pictures.complaints(pictures.pixels(picture), wanted)
            return not complaints

        try:
            until(is_there, lambda: "; ".join(complaints))
        finally:
            picture.save(str(self._folder / name))
        same = pictures.agreement(pictures.pixels(picture), wanted)
        return f"{wanted.shape[1]}x{wanted.shape[0]}, text as it should be in {same:.1%} of the cells"

    def is_painted(self) -> bool:
        left, top, width, height = INCIDENTS
        area = slice(top, top + height), slice(left, left + width)
        return pictures.agreement(self._screen.pixels()[area], self.pixels[area]) >= pictures.LEAST_AGREEMENT

    def launches_s(self, *walls: Callable[[], contextlib.AbstractContextManager[object]]) -> list[float]:
        """From launch to first painted data, the median of five for each; in turn, so that the machine's other work
        meets all of them alike.
        """
        took_s: list[list[float]] = [[] for _ in walls]
        for _ in range(LAUNCHES):
            for wall, times_s in zip(walls, took_s, strict=True):
                times_s.append(self._launch_s(wall))
        return [statistics.median(times_s) for times_s in took_s]

    def _launch_s(self, wall: Callable[[], contextlib.AbstractContextManager[object]]) -> float:
        until(lambda: not self.is_painted(), lambda: "the last wall is still on the screen")
        started_s = time.monotonic()
        with wall():
            until(self.is_painted, lambda: "the data never came")
            return time.monotonic() - started_s
