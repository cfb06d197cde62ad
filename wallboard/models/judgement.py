"""Collects what happens to alarms, now and by the log, for the alarm system's judgement of itself."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable
from datetime import datetime, timedelta

from PySide6.QtCore import QObject, Qt, Signal, Slot

from wallboard.core import lifecycle
from wallboard.core.alarms import AlarmEvent
from wallboard.core.judgement import JUDGED, Judgement, judge
from wallboard.history.entries import Recallable, UnreadableError
from wallboard.history.recall import MOST_RECALLED, Recalled, WallLog, recall
from wallboard.models.centres import Centres
from wallboard.models.store import Store


class AlarmJudge(QObject):
    """Of all centres of the wall."""

    _recalled = Signal(object)

    def __init__(self, centres: Centres, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._centres = centres
        self._events: deque[tuple[Store, AlarmEvent]] = deque(maxlen=MOST_RECALLED)
        self._since: datetime | None = None
        self._to_recall: WallLog | None = None
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
        self._since = self._since or telling.server_now
        if self._to_recall is not None:
            pc_ahead = -timedelta(seconds=telling.clock_offset_s or 0.0)
            arguments = (self._to_recall, telling.server_now, pc_ahead)
            self._to_recall = None
            threading.Thread(target=self._read, args=arguments, name="recalling alarms", daemon=True).start()

    @property
    def _telling(self) -> Store | None:
        """The first centre that knows its server's time."""
        return next((store for store in self._centres.stores if store.server_now is not None), None)

    @Slot(object, object)
    def hear(self, store: Store, events: Iterable[AlarmEvent]) -> None:
        for event in events:
            if lifecycle.counts(event):
                self._events.append((store, event))
                self._heard += 1

    def recall(self, log: Recallable, position: str) -> None:
        """Count what this position logged in the last day too, once a server has told the time. It is read in a thread
        of its own, and counts when it is there.
        """
        feed_ids = frozenset(store.situation.settings.feed_id for store in self._centres.stores)
        self._to_recall = WallLog(log, position, feed_ids)
        self._begin()

    def _read(self, of: WallLog, now: datetime, pc_ahead: timedelta) -> None:
        try:
            told = recall(of, now - JUDGED, now, pc_ahead)
        except UnreadableError:
            return  # the history says so; what happens from now on is judged
        self._recalled.emit(told)

    @Slot(object)
    def _remember(self, told: Recalled) -> None:
        heard = {(store, event.at, event.subject, event.happening) for store, event in self._events}
        logged = [(self._centres[feed_id], event) for feed_id, event in told.events]
        # What was heard meanwhile may be in the log already.
        before = [one for one in logged if (one[0], one[1].at, one[1].subject, one[1].happening) not in heard]
        room = MOST_RECALLED - len(self._events)
        self._events.extendleft(before[: -room - 1 : -1])
        self._heard += 1
        if told.since is not None:
            self._since = told.since if self._since is None else min(told.since, self._since)

    def judge(self) -> Judgement:
        """As of now; judged once a second, or when something has happened."""
        now = (self._telling or self._centres.leading).now
        state = (now.replace(microsecond=0), self._heard)
        if self._judged is None or self._judged[0] != state:
            while self._events and self._events[0][1].at < now - JUDGED:
                self._events.popleft()
            standing = [alarm for store in self._centres.stores for alarm in store.alarms()]
            self._judged = (state, judge(tuple(self._events), standing, self._since, now))
        return self._judged[1]
