"""Collects what happens to alarms, now and by the log, for the alarm system's judgement of itself."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from PySide6.QtCore import QObject, Qt, Signal, Slot

from wallboard.core import lifecycle
from wallboard.core.alarms import AlarmEvent
from wallboard.core.judgement import JUDGED, Heard, Judgement, heard, judge
from wallboard.history.entries import Recallable, UnreadableError
from wallboard.history.recall import MOST_RECALLED, Clocks, Recalled, WallLog, recall
from wallboard.models.centres import Centres
from wallboard.models.store import Store

_STEADY_ZERO = datetime(1970, 1, 1, tzinfo=UTC)
"""What the steady clock is said to show when it reads 0; any instant would do."""


class AlarmJudge(QObject):
    """Of all centres of the wall. Their servers' clocks differ and may be set, so that what happens is stamped here as
    it comes in, by this machine's monotonic clock; what is told of it is told in the server's time of now.
    """

    _recalled = Signal(object, object)

    def __init__(self, centres: Centres, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._centres = centres
        self._events: deque[Heard] = deque(maxlen=MOST_RECALLED)
        self._since: datetime | None = None
        """By the steady clock, like all that is judged."""
        self._to_recall: WallLog | None = None
        """Of the centres whose servers have not told the time since."""
        self._judged: tuple[object, Judgement] | None = None
        self._heard = 0
        centres.happened.connect(self.hear)
        centres.advanced.connect(self._begin)
        self._recalled.connect(self._remember, Qt.ConnectionType.QueuedConnection)

    @Slot()
    def _begin(self) -> None:
        """Once there is a server's time: alarms are logged by it, and the PC's clock may be wrong."""
        telling = self._telling
        if telling is None or telling.server_now is None:
            return
        steady_now = self._steady_now
        self._since = self._since or steady_now
        if self._to_recall is None:
            return
        left = self._to_recall
        ahead = {feed_id: now - steady_now for feed_id in left.feed_ids if (now := self._centres[feed_id].server_now)}
        if ahead:
            pc_ahead = telling.server_now - timedelta(seconds=telling.clock_offset_s or 0.0) - steady_now
            arguments = (left._replace(feed_ids=ahead.keys()), Clocks(steady_now, ahead, pc_ahead))
            unknown = left.feed_ids - ahead.keys()
            self._to_recall = left._replace(feed_ids=unknown) if unknown else None
            threading.Thread(target=self._read, args=arguments, name="recalling alarms", daemon=True).start()

    @property
    def _telling(self) -> Store | None:
        """The first centre that knows its server's time."""
        return next((store for store in self._centres.stores if store.server_now is not None), None)

    @property
    def _steady_now(self) -> datetime:
        return _STEADY_ZERO + timedelta(seconds=self._centres.leading.monotonic_s)

    @Slot(object, object)
    def hear(self, store: Store, events: Iterable[AlarmEvent]) -> None:
        now, feed_id = self._steady_now, store.situation.settings.feed_id
        for event in events:
            if lifecycle.counts(event):
                self._events.append(heard(feed_id, event, now))
                self._heard += 1
        self._forget_before(now - JUDGED)

    def _forget_before(self, begins: datetime) -> None:
        while self._events and self._events[0].at < begins:
            self._events.popleft()

    def recall(self, log: Recallable, position: str) -> None:
        """Count what this position logged in the last day too, of each centre once its server has told the time. It is
        read in a thread of its own, and counts when it is there.
        """
        feed_ids = frozenset(store.situation.settings.feed_id for store in self._centres.stores)
        self._to_recall = WallLog(log, position, feed_ids)
        self._begin()

    def _read(self, of: WallLog, clocks: Clocks) -> None:
        try:
            told = recall(of, JUDGED, clocks)
        except UnreadableError:
            return  # the history says so; what happens from now on is judged
        self._recalled.emit(told, clocks)

    @Slot(object, object)
    def _remember(self, told: Recalled, clocks: Clocks) -> None:
        # What was heard meanwhile may be in the log already.
        meanwhile = {event.identity for event in self._events if event.feed_id in clocks.servers_ahead}
        every = [*[event for event in told.events if event.identity not in meanwhile], *self._events]
        every.sort(key=lambda event: event.at)
        self._events = deque(every, maxlen=MOST_RECALLED)
        self._heard += 1
        if told.since is not None:
            self._since = min(told.since, self._since or told.since)

    def judge(self) -> Judgement:
        """As of now; judged once a second, or when something has happened."""
        now, steady_now = (self._telling or self._centres.leading).now, self._steady_now
        state = (now.replace(microsecond=0), self._heard)
        if self._judged is None or self._judged[0] != state:
            self._forget_before(steady_now - JUDGED)
            standing = [(alarm, store.now - alarm.since) for store in self._centres.stores for alarm in store.alarms()]
            judged = judge(self._events, standing, self._since, steady_now)
            self._judged = (state, judged.told_by(now - steady_now))
        return self._judged[1]
