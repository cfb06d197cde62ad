"""How good the wall's alarms are, over the last day: what happened to them is kept and judged as ISA-18.2 does."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from PySide6.QtCore import QObject, Qt, Signal, Slot

from wallboard.core import alarm_rates
from wallboard.core.alarm_rates import STALE_AFTER, Flood
from wallboard.core.alarms import SHOWN, AlarmEvent, Happening, Scope, Severity, Standing, Subject
from wallboard.history.entries import LONGEST_PAGE, Entry, Occurrence, Readable, Selection, UnreadableError
from wallboard.models.centres import Centres
from wallboard.models.store import Store

JUDGED = timedelta(hours=24)
MOST_KEPT = 20_000
"""Events: ten times those of a day in which there are too many by EEMUA 191. Of more, the last are judged."""

_RUNS = (Occurrence.PROGRAM_STARTED, Occurrence.PROGRAM_STOPPED, Occurrence.PROGRAM_BROKE_OFF)


class Judgement(Struct, frozen=True, kw_only=True):
    """From `since` to `until`: a day, or as long as the wall has counted.

    `chattering` and `stale` are rules, the worst first. `flood` is the one that goes on now.
    """

    since: datetime
    until: datetime
    alarms: int
    per_hour: float | None
    last_hour: int
    last_ten_minutes: int
    flood: Flood | None
    floods: int
    share_in_flood: float | None
    chattering: tuple[str, ...]
    stale: tuple[str, ...]
    stale_alarms: int
    distribution: dict[Severity, float]


class AlarmJudge(QObject):
    """Of all centres together: it is the same people who are called."""

    _recalled = Signal(object, object)

    def __init__(self, centres: Centres, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._centres = centres
        self._events: deque[tuple[Store, AlarmEvent]] = deque(maxlen=MOST_KEPT)
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
            if event.rings or event.happening is Happening.RAISED:
                self._events.append((store, event))
                self._heard += 1

    def recall(self, log: Readable) -> None:
        """Count what was logged in the last day too. It is read in a thread of its own, and counts when it is there."""
        now = self._centres.leading.now
        chosen = Selection(begins=now - JUDGED, ends=now, happenings=(Happening.RAISED, Happening.ESCALATED))
        threading.Thread(target=self._read, args=(log, chosen), name="recalling alarms", daemon=True).start()

    def _read(self, log: Readable, chosen: Selection) -> None:
        entries: list[Entry] = []
        try:
            while len(entries) < MOST_KEPT:
                page = log.read(chosen, before_id=entries[-1].id if entries else None)
                entries += page
                if len(page) < LONGEST_PAGE:
                    break
            runs = log.read(Selection(begins=chosen.begins, ends=chosen.ends, happenings=_RUNS))
        except UnreadableError:
            return  # the history says so; what happens from now on is judged
        since = None
        if runs:  # a program that stopped had been running when the day began
            since = runs[-1].at if runs[-1].happening is Occurrence.PROGRAM_STARTED else chosen.begins
        self._recalled.emit(entries[::-1], since)

    @Slot(object, object)
    def _remember(self, entries: Sequence[Entry], since: datetime | None) -> None:
        """The oldest first; `since` is when the wall began to count."""
        stores = {store.situation.settings.feed_id: store for store in self._centres.stores}
        before = [
            (stores[entry.feed_id], _event(entry, entry.scope))
            for entry in entries
            if entry.feed_id in stores and entry.scope is not None
        ]
        self._events.extendleft(reversed(before[-(MOST_KEPT - len(self._events)) :]))
        self._heard += 1
        if since is not None:
            self._since = since if self._since is None else min(since, self._since)

    def judge(self) -> Judgement:
        """As of now; judged once a second, or when something has happened."""
        now = self._centres.leading.now
        state = (now.replace(microsecond=0), self._heard)
        if self._judged is None or self._judged[0] != state:
            self._judged = (state, self._judge(now))
        return self._judged[1]

    def _judge(self, now: datetime) -> Judgement:
        while self._events and self._events[0][1].at < now - JUDGED:
            self._events.popleft()
        begins = max(self._since or now, now - JUDGED)
        events = [event for _, event in self._events]
        performance = alarm_rates.performance(events, begins, now)
        flood = performance.floods[-1] if performance.floods else None
        old = self._stale(now)
        return Judgement(
            since=begins,
            until=now,
            alarms=performance.alarms,
            per_hour=performance.mean_per_hour,
            last_hour=performance.last_hour,
            last_ten_minutes=performance.last_ten_minutes,
            flood=flood if flood is not None and flood.ends is None else None,
            floods=len(performance.floods),
            share_in_flood=performance.share_in_flood,
            chattering=self._chattering(),
            stale=tuple(dict.fromkeys(old)),
            stale_alarms=len(old),
            distribution=performance.distribution,
        )

    def _chattering(self) -> tuple[str, ...]:
        """By centre, for two of them may call their things the same."""
        most: dict[str, int] = {}
        for store in self._centres.stores:
            own = [event for whose, event in self._events if whose is store]
            for subject, count in alarm_rates.chattering(own).items():
                most[subject.rule] = max(count, most.get(subject.rule, 0))
        return tuple(sorted(most, key=lambda rule: (-most[rule], rule)))

    def _stale(self, now: datetime) -> Sequence[str]:
        """The rules of the alarms that are shown and have stood too long, the oldest first."""
        old = [
            (alarm.since, alarm.subject.rule)
            for store in self._centres.stores
            for alarm in store.alarms()
            if alarm.state in SHOWN and now - alarm.since > STALE_AFTER
        ]
        return [rule for _, rule in sorted(old)]


def _event(entry: Entry, scope: Scope) -> AlarmEvent:
    """As much of it as rates need."""
    return AlarmEvent(
        at=entry.at,
        subject=Subject(entry.rule, scope, entry.key),
        happening=Happening(entry.happening.value),
        standing=Standing(severity=entry.severity),
        severity=entry.severity,
        rings=entry.rings,
    )
