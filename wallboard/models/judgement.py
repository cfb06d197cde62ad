"""Collects what happens to alarms, now and by the log, for the alarm system's judgement of itself."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from operator import attrgetter

from PySide6.QtCore import QObject, Qt, Signal, Slot

from wallboard.core import lifecycle
from wallboard.core.alarms import AlarmEvent
from wallboard.core.judgement import JUDGED, Heard, Judgement, Record, judge
from wallboard.history.entries import Recallable, UnreadableError
from wallboard.history.recall import Clocks, Recalled, WallLog, recall
from wallboard.models.centres import Centres
from wallboard.models.store import Store

_STEADY_ZERO = datetime(1970, 1, 1, tzinfo=UTC)
"""What the steady clock is said to show when it reads 0; any instant would do."""

MEANWHILE = timedelta(minutes=1)
"""Before a centre's log is read, in which this program may have written into it: a centre's log is read as soon as its
server has told the time, and nothing happens to its alarms before.
"""


class AlarmJudge(QObject):
    """Of all centres of the wall. Their servers' clocks differ and may be set, so that what happens is stamped here as
    it comes in, by this machine's monotonic clock; what is told of it is told in the server's time of now.
    """

    _recalled = Signal(object, object, object)

    def __init__(self, centres: Centres, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._centres = centres
        self._record = Record()
        self._meanwhile: dict[str, set[object]] = {}
        """Of each centre whose log is still to be read, the identities of what happens until then: the log may have it.
        """
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
        counted = [Heard(now, feed_id, event) for event in events if lifecycle.counts(event)]
        for one in counted:
            self._record.add(one)
        if feed_id in self._meanwhile:
            self._meanwhile[feed_id].update([one.identity for one in counted])
        self._heard += len(counted)
        self._record.forget_before(now - JUDGED)

    def recall(self, log: Recallable, position: str) -> None:
        """Count what this position logged in the last day too, of each centre once its server has told the time. It is
        read in a thread of its own, and counts when it is there. To be called before anything has happened.
        """
        feed_ids = frozenset(store.situation.settings.feed_id for store in self._centres.stores)
        self._meanwhile = {feed_id: set() for feed_id in feed_ids}
        self._to_recall = WallLog(log, position, feed_ids)
        self._begin()

    def _read(self, of: WallLog, clocks: Clocks) -> None:
        told = Recalled([], None)
        try:
            told = recall(of, JUDGED, clocks)
        except UnreadableError:
            pass  # the history says so; what happens from now on is judged
        finally:  # of thousands that were logged before, the work is done here
            place = bisect_left(told.events, clocks.now - MEANWHILE, key=attrgetter("at"))
            self._recalled.emit(Record(told.events[:place]), Recalled(told.events[place:], told.since), clocks)

    @Slot(object, object, object)
    def _remember(self, before: Record, told: Recalled, clocks: Clocks) -> None:
        meanwhile = set[object]().union(*[self._meanwhile.pop(feed_id) for feed_id in clocks.servers_ahead])
        for one in told.events:
            if one.identity not in meanwhile:
                before.add(one)
        self._record.include(before)
        self._heard += 1
        if told.since is not None:
            self._since = min(told.since, self._since or told.since)

    def judge(self) -> Judgement:
        """As of now; judged once a second, or when something has happened."""
        now, steady_now = (self._telling or self._centres.leading).now, self._steady_now
        state = (now.replace(microsecond=0), self._heard)
        if self._judged is None or self._judged[0] != state:
            self._record.forget_before(steady_now - JUDGED)
            standing = [(alarm, store.now - alarm.since) for store in self._centres.stores for alarm in store.alarms()]
            judged = judge(self._record, standing, self._since, steady_now)
            self._judged = (state, judged.told_by(now - steady_now))
        return self._judged[1]
