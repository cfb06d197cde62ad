"""How good the wall's alarms are, over the last day: what happened to them is kept and judged as ISA-18.2 does."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from PySide6.QtCore import QObject, Slot

from wallboard.core import alarm_rates
from wallboard.core.alarm_rates import STALE_AFTER, Flood
from wallboard.core.alarms import SHOWN, AlarmEvent, Happening, Severity
from wallboard.models.centres import Centres
from wallboard.models.store import Store

JUDGED = timedelta(hours=24)
MOST_KEPT = 20_000
"""Events: ten times those of a day in which there are too many by EEMUA 191. Of more, the last are judged."""


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

    def __init__(self, centres: Centres, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._centres = centres
        self._events: deque[tuple[Store, AlarmEvent]] = deque(maxlen=MOST_KEPT)
        self._since: datetime | None = None
        self._judged: tuple[object, Judgement] | None = None
        self._heard = 0
        centres.happened.connect(self.hear)
        centres.advanced.connect(self._begin)

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

    def remember(self, store: Store, events: Iterable[AlarmEvent], since: datetime) -> None:
        """What happened before this start, from `since` on."""
        self._since = since if self._since is None else max(since, self._since)
        self.hear(store, events)

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
