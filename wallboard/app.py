"""The running wall: owns the window, the feed's thread and their end."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import linecache
import logging
import os
import signal
import sys
import threading

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication, QScreen
from PySide6.QtWidgets import QApplication, QMessageBox

from wallboard import __version__
from wallboard.composition import compose
from wallboard.configuration.options import Configuration
from wallboard.feed import credentials
from wallboard.feed.poller import Poller, TokenOf
from wallboard.models.store import FeedBridge, Store
from wallboard.views.wall import WallWindow

LONGEST_FAREWELL_S = 3.0
"""For the feed's thread at the end; one that waits for the network longer ends with the process."""

CHARTS_AFTER_MS = 300
"""From the first answer: by then it is on the screen, and the history with it."""

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
"""Of glibc's malloc.h."""

LARGE_BLOCK_BYTES = 131_072
"""glibc's own start, which it raises to 32 MB as large blocks come and go."""

_log = logging.getLogger(__name__)


def application() -> QApplication:
    """The process' one application; sizes are the wall's own business, in pixels."""
    os.environ.setdefault("QT_ENABLE_HIGHDPI_SCALING", "0")
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    app = QApplication([sys.argv[0]])
    app.setApplicationName("wallboard")
    app.setApplicationDisplayName("Wallboard")
    app.setApplicationVersion(__version__)
    return app


def explain(text: str) -> None:
    """In a window, for a program that has no terminal to say it in."""
    application()
    QMessageBox(QMessageBox.Icon.Information, "Wallboard", text).exec()


class Wall(QObject):
    """A window on a feed, between `start` and `stop`."""

    charts_imported = Signal()

    def __init__(self, configuration: Configuration, token_of: TokenOf = credentials.token) -> None:
        super().__init__()
        self.store: Store
        self.window: WallWindow
        self.store, self.window = compose(configuration)
        self.bridge = FeedBridge()
        self.bridge.arrived.connect(self.store.receive, Qt.ConnectionType.QueuedConnection)
        (feed,) = configuration.feed
        self._poller = Poller(feed, self.bridge.deliver, token_of=token_of)
        self.store.backfill_wanted.connect(self._request_backfill)
        self._charts = threading.Thread(target=self._import_charts, name="import of charts", daemon=True)
        self._charts_due = QTimer(self)
        self._charts_due.setSingleShot(True)
        self._charts_due.timeout.connect(self._begin_charts)
        self.bridge.arrived.connect(self._await_charts, Qt.ConnectionType.QueuedConnection)
        self.charts_imported.connect(self.window.add_charts, Qt.ConnectionType.QueuedConnection)

    def start(self) -> None:
        self._poller.start()
        self.store.start()

    @Slot()
    def stop(self) -> None:
        self.store.stop()
        self._charts_due.stop()
        if not self._poller.stop(LONGEST_FAREWELL_S):
            _log.warning("the feed's thread still waits for the network; it ends with the program")
        if self._charts.ident is not None:
            self._charts.join(LONGEST_FAREWELL_S)

    @Slot()
    def _await_charts(self) -> None:
        """The first picture need not wait for the library that draws one of its panels."""
        self.bridge.arrived.disconnect(self._await_charts)
        self._charts_due.start(CHARTS_AFTER_MS)

    @Slot()
    def _begin_charts(self) -> None:
        self._charts.start()

    @Slot()
    def _request_backfill(self) -> None:
        self._poller.request_backfill()

    def _import_charts(self) -> None:
        import numpy  # noqa: F401 (in two steps: see _forget_sources)

        _forget_sources()
        import wallboard.views.chart  # noqa: F401 (add_charts finds it imported)

        _forget_sources()
        self.charts_imported.emit()


def _forget_sources() -> None:
    """PySide reads the source of every module that is imported after it, and linecache keeps them all: 25 MB."""
    linecache.clearcache()


def _bound_heap() -> None:
    """glibc keeps what large answers leave behind, an arena a thread: a tenth of a wall's memory for nothing."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):  # another C library has none of this
            mallopt = ctypes.CDLL(None).mallopt
            mallopt(M_ARENA_MAX, 1)
            mallopt(M_TRIM_THRESHOLD, LARGE_BLOCK_BYTES)
            mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK_BYTES)


def run(configuration: Configuration, token_of: TokenOf = credentials.token) -> int:
    """Open the wall and stay until it is closed. Returns the exit status."""
    _forget_sources()
    _bound_heap()
    app = application()
    wall = Wall(configuration, token_of)
    _open(wall.window, _screen(configuration.wall.screen), full=configuration.wall.full_screen)
    app.aboutToQuit.connect(wall.stop)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _quit)
    wall.start()
    (feed,) = configuration.feed
    _log.info("Wallboard %s shows feed %s", __version__, feed.id)
    # What lives now lives to the end: the collector need not walk it again at every turn.
    gc.collect()
    gc.freeze()
    status = app.exec()
    _log.info("the wall is closed")
    return status


def _quit(*_: object) -> None:
    # Runs at the wall's next tick, for Python sees a signal only when it has the word.
    QGuiApplication.quit()


def _screen(name: str) -> QScreen:
    screens = QGuiApplication.screens()
    for screen in screens:
        if screen.name() == name:
            return screen
    if name:
        _log.warning("there is no screen %r; there are: %s", name, ", ".join(screen.name() for screen in screens))
    return QGuiApplication.primaryScreen()


def _open(window: WallWindow, screen: QScreen, *, full: bool) -> None:
    window.setScreen(screen)
    if full:
        window.setGeometry(screen.geometry())
        window.setCursor(Qt.CursorShape.BlankCursor)
        window.showFullScreen()
    else:
        window.setGeometry(screen.availableGeometry())
        window.showMaximized()
