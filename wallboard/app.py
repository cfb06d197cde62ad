"""The running wall: owns the window, the feeds' threads and their end."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QCoreApplication, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication, QIcon, QScreen
from PySide6.QtWidgets import QApplication, QMessageBox

from wallboard import __version__, heap, running
from wallboard.attention import audio
from wallboard.attention.herald import Herald
from wallboard.attention.notices import Notices
from wallboard.composition import alarm_log, compose, passing_alarm_log, sound_settings
from wallboard.configuration.options import Configuration, Feed
from wallboard.core.alarms import AlarmEvent
from wallboard.core.situation import FeedState
from wallboard.feed import credentials
from wallboard.feed.poller import Poller, TokenOf
from wallboard.history.alarmlog import AlarmLog
from wallboard.history.entries import Occurrence
from wallboard.models.centres import FeedBridge
from wallboard.models.store import Store
from wallboard.resources import RESOURCES
from wallboard.views.wall import WallWindow

LONGEST_FAREWELL_S = 3.0
"""For the feeds' threads at the end; one that waits for the network longer ends with the process."""

LONGEST_LAST_WORDS_S = 2.0
"""For the alarm log to write what is left at the end: it takes a hundredth of that, unless the disk is in trouble."""

AT_ONCE = 4
"""Feeds that are polled as soon as the wall opens. More would answer all at a moment, now and at each interval."""

CHARTS_AFTER_MS = 300
"""From the first answer: by then it is on the screen, and the history with it."""

SETTLED_AFTER_MS = 30_000
"""By then every feed has told its history, which lives for a day."""

SETTLE_EVERY_MS = 600_000
"""What little comes and goes in circles in ten minutes is nothing; what lives was not walked for it meanwhile."""

QUIT_LOOK_MS = 500
"""The installer waits for 20 s."""

ICON = RESOURCES / "icons" / "wallboard.png"

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
    app.setWindowIcon(QIcon(str(ICON)))
    return app


def explain(text: str) -> None:
    """In a window, for a program that has no terminal to say it in."""
    application()
    QMessageBox(QMessageBox.Icon.Information, "Wallboard", text).exec()


def starts_s(feeds: Sequence[Feed]) -> list[float]:
    """When each feed is polled first, in seconds from the start: beyond a few, spread over their own intervals."""
    return [0.0 if index < AT_ONCE else feed.poll_interval_s * index / len(feeds) for index, feed in enumerate(feeds)]


class Wall(QObject):
    """A window on the feeds, between `start` and `stop`. `log` keeps what happens to the alarms."""

    libraries_imported = Signal()

    def __init__(
        self, configuration: Configuration, token_of: TokenOf = credentials.token, log: AlarmLog | None = None
    ) -> None:
        super().__init__()
        self.window: WallWindow
        self.centres, self.window = compose(configuration, log=log)
        self._log = log
        self._lost: dict[Store, bool] = {}
        """Of the centres that have given data, or none: whether they are lost now."""
        if log is not None:
            self.centres.happened.connect(self._log_alarms)
            self.centres.advanced.connect(self._log_feeds)
        self.herald = Herald(
            self.centres,
            self.window.words,
            self.window.attention,
            sound_settings(configuration),
            device=configuration.alarms.sound.device,
            speaks=configuration.alarms.speak,
            parent=self,
        )
        self.window.mute_wanted.connect(self.herald.toggle_mute)
        self._notices: Notices | None = None
        if configuration.alarms.notify and not configuration.wall.fills_screen:
            self._notices = Notices(self.window, self)
            self.herald.notify.connect(self._notices.notify)
        self.bridge = FeedBridge()
        self.bridge.arrived.connect(self.centres.receive, Qt.ConnectionType.QueuedConnection)
        self._pollers = {
            feed.id: Poller(feed, partial(self.bridge.deliver, feed.id), token_of=token_of)
            for feed in configuration.feed
        }
        starts = sorted(
            zip(starts_s(configuration.feed), self._pollers.values(), strict=True), key=lambda start: start[0]
        )
        self._waiting = deque(starts)
        self._started_s = 0.0
        self._starter = QTimer(self)
        self._starter.setSingleShot(True)
        self._starter.timeout.connect(self._start_pollers)
        for store in self.centres.stores:
            store.backfill_wanted.connect(self._request_backfill)
        self._charts_begun = False
        self._charts = threading.Thread(target=self._import_libraries, name="import of libraries", daemon=True)
        self._charts_due = QTimer(self)
        self._charts_due.setSingleShot(True)
        self._charts_due.timeout.connect(self._begin_charts)
        self.bridge.arrived.connect(self._await_charts, Qt.ConnectionType.QueuedConnection)
        self.libraries_imported.connect(self.window.add_charts, Qt.ConnectionType.QueuedConnection)
        self.libraries_imported.connect(self.herald.start, Qt.ConnectionType.QueuedConnection)

    @property
    def store(self) -> Store:
        """The first centre's."""
        return self.centres.stores[0]

    def start(self) -> None:
        self._open_log()
        self._started_s = time.monotonic()
        self._start_pollers()
        self.centres.start()

    @Slot()
    def stop(self) -> None:
        self._starter.stop()
        self.centres.stop()
        self._charts_begun = True  # an answer may be queued that would begin them
        self._charts_due.stop()
        if self._notices is not None:
            self._notices.close()
        pollers = list(self._pollers.values())
        for poller in pollers:  # all are told before one is waited for
            poller.stop(0.0)
        ends_s = time.monotonic() + LONGEST_FAREWELL_S
        left = sum(not poller.stop(max(0.0, ends_s - time.monotonic())) for poller in pollers)
        if left:
            _log.warning("%d feeds' threads still wait for the network; they end with the program", left)
        if self._charts.ident is not None:
            self._charts.join(LONGEST_FAREWELL_S)
        if self._log is not None:
            self._log.close(LONGEST_LAST_WORDS_S)

    def _open_log(self) -> None:
        """Before the first data: what had been heard before the program ended is not heard again."""
        if self._log is None:
            return
        settings = [store.situation.settings for store in self.centres.stores]
        self._log.open({of.feed_id: of.rules for of in settings}, __version__)
        for store in self.centres.stores:
            last_events = self._log.last_events(store.situation.settings.feed_id)
            store.restore(last_events)
            self.herald.recall(store, last_events)
        self.window.judge.recall(self._log, self._log.position)

    @Slot(object, object)
    def _log_alarms(self, store: Store, events: Sequence[AlarmEvent]) -> None:
        assert self._log is not None
        self._log.append(store.situation.settings.feed_id, events)

    @Slot(object)
    def _log_feeds(self, moved: frozenset[Store]) -> None:
        assert self._log is not None
        for store in moved:
            state = store.state
            lost = state is not FeedState.LIVE
            if state is FeedState.CONNECTING or self._lost.get(store) is lost:
                continue
            self._lost[store] = lost
            failure = store.situation.failure
            why = failure.kind.value if lost and failure is not None else ""
            occurrence = Occurrence.FEED_LOST if lost else Occurrence.FEED_RETURNED
            self._log.append_occurrence(occurrence, store.situation.settings.feed_id, store.now, why)

    @Slot()
    def _await_charts(self) -> None:
        """The first picture need not wait for the library that draws one of its panels."""
        if self._charts_begun:  # answers that were under way together
            return
        self._charts_begun = True
        self.bridge.arrived.disconnect(self._await_charts)
        self._charts_due.start(CHARTS_AFTER_MS)

    @Slot()
    def _begin_charts(self) -> None:
        self._charts.start()

    @Slot()
    def _start_pollers(self) -> None:
        passed_s = time.monotonic() - self._started_s
        while self._waiting and self._waiting[0][0] <= passed_s:
            self._waiting.popleft()[1].start()
        if self._waiting:
            self._starter.start(max(1, round((self._waiting[0][0] - passed_s) * 1000)))

    @Slot()
    def _request_backfill(self) -> None:
        store = self.sender()
        assert isinstance(store, Store)
        self._pollers[store.situation.settings.feed_id].request_backfill()

    def _import_libraries(self) -> None:
        import numpy  # noqa: F401 (in two steps: see heap.forget_sources)

        heap.forget_sources()
        import wallboard.views.chart  # noqa: F401 (add_charts finds it imported)

        heap.forget_sources()
        audio.import_libraries(speech=self.herald.voice is not None)
        heap.forget_sources()
        self.libraries_imported.emit()


class _QuitWatch(QObject):
    """Ends the windows when the installer asks. Python sees a signal only when it has the word: here it has it now and
    then.
    """

    def __init__(self, asked: Callable[[], bool]) -> None:
        super().__init__()
        self._asked = asked
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)
        self._timer.start(QUIT_LOOK_MS)

    def stop(self) -> None:
        self._timer.stop()

    @Slot()
    def _look(self) -> None:
        if self._asked():
            _quit()


def until_quit(app: QApplication) -> int:
    """Runs the windows until the last one is closed, a signal comes, or the installer asks: a wall that nobody sits at
    is closed by nobody else. Returns the exit status.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _quit)
    watch = _QuitWatch(running.quit_request())
    status = app.exec()
    watch.stop()
    return status


def run(configuration: Configuration, token_of: TokenOf = credentials.token, *, demo: bool = False) -> int:
    """Open the wall and stay until it is closed. Returns the exit status."""
    heap.forget_sources()
    heap.bound()
    app = application()
    wall = Wall(configuration, token_of, passing_alarm_log(configuration) if demo else alarm_log(configuration))
    _open(wall.window, _screen(configuration.wall.screen), full=configuration.wall.fills_screen)
    app.aboutToQuit.connect(wall.stop)
    wall.start()
    _log.info("Wallboard %s shows %s", __version__, ", ".join(feed.id for feed in configuration.feed))
    heap.settle()
    QTimer.singleShot(SETTLED_AFTER_MS, heap.keep)
    settling = QTimer()
    settling.timeout.connect(heap.settle)
    settling.start(SETTLE_EVERY_MS)
    status = until_quit(app)
    _log.info("the wall is closed")
    return status


def _quit(*_: object) -> None:
    """Without asking the windows, for one of them may ask a person."""
    QCoreApplication.exit()


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
        window.showFullScreen()
    else:
        window.setGeometry(screen.availableGeometry())
        window.showMaximized()
