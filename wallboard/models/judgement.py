"""Collects what happens to alarms, now and by the log, for the alarm system's judgement of itself."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable
from datetime import datetime

from PySide6.QtCore import QObject, Qt, Signal, Slot

from wallboard.core import lifecycle
from wallboard.core.alarms import AlarmEvent
from wallboard.core.judgement import JUDGED, Judgement, judge
from wallboard.history.entries import Searchable, UnreadableError
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
        self._judged: tuple[object, Judgement] | None = None
        self._heard = 0
        centres.happened.connect(self.hear)
        centres.advanced.connect(self._begin)
        self._recalled.connect(self._remember, Qt.ConnectionType.QueuedConnection)

    @Slot()
    def _begin(self) -> None:
        """Once there is a clock to count by."""
        if self._since is None:
            self._since = self._centres.leading.server_now

    @Slot(object, object)
    def hear(self, store: Store, events: Iterable[AlarmEvent]) -> None:
        for event in events:
            if lifecycle.counts(event):
                self._events.append((store, event))
                self._heard += 1

    def recall(self, log: Searchable, position: str) -> None:
        """Count what this position logged in the last day too. It is read in a thread of its own, and counts when it is
        there.
        """
        of = WallLog(log, position, frozenset(store.situation.settings.feed_id for store in self._centres.stores))
        arguments = (of, self._centres.leading.now)
        threading.Thread(target=self._read, args=arguments, name="recalling alarms", daemon=True).start()

    def _read(self, of: WallLog, now: datetime) -> None:
        try:
            told = recall(of, now - JUDGED, now)
        except UnreadableError:
            return  # the history says so; what happens from now on is judged
        self._recalled.emit(told)

    @Slot(object)
    def _remember(self, told: Recalled) -> None:
        before = [(self._centres[feed_id], event) for feed_id, event in told.events]
        room = MOST_RECALLED - len(self._events)
        self._events.extendleft(before[: -room - 1 : -1])
        self._heard += 1
        if told.since is not None:
            self._since = told.since if self._since is None else min(told.since, self._since)

    def judge(self) -> Judgement:
        """As of now; judged once a second, or when something has happened."""
        now = self._centres.leading.now
        state = (now.replace(microsecond=0), self._heard)
        if self._judged is None or self._judged[0] != state:
            while self._events and self._events[0][1].at < now - JUDGED:
                self._events.popleft()
            standing = [alarm for store in self._centres.stores for alarm in store.alarms()]
            self._judged = (state, judge(tuple(self._events), standing, self._since, now))
        return self._judged[1]
