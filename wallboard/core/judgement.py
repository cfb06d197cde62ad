"""The alarm system's judgement of itself over the last day, for people: rates, floods, and rules that tell nothing.

Of all centres together: it is the same people who are called.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from wallboard.core import alarm_rates
from wallboard.core.alarm_rates import CHATTERING_A_MINUTE, STALE_AFTER, Annunciations, Flood, Performance, Raises
from wallboard.core.alarms import SHOWN, Alarm, AlarmEvent, Happening

JUDGED = timedelta(hours=24)

MOST_JUDGED = 20_000
"""Events: ten times those of a day in which there are too many by EEMUA 191. Of more, the last are judged."""


class Heard(NamedTuple):
    """An event that is judged: `at` is by the clock of who judges, its own time by its centre's server."""

    at: datetime
    feed_id: str
    event: AlarmEvent

    @property
    def identity(self) -> tuple[object, ...]:
        return self.feed_id, self.event.at, self.event.subject, self.event.happening


class _Chatter(NamedTuple):
    at: datetime
    rule: str
    raises: int
    """Within the minute before."""


class Record:
    """What alarms did, as far as it is judged: of all centres, in the order of time and by one clock."""

    def __init__(self, events: Iterable[Heard] = ()) -> None:
        self.heard = Annunciations()
        self._raises = Raises()
        self._chatter: deque[_Chatter] = deque(maxlen=MOST_JUDGED)
        for one in events:
            self.add(one)

    def add(self, one: Heard) -> None:
        """The last that happened."""
        at, feed_id, event = one
        if event.rings:
            self.heard.add(at, event.severity)
            self.heard.keep_last(MOST_JUDGED)
        if event.happening is Happening.RAISED:
            raises = self._raises.add((feed_id, event.subject), at)  # two centres may call their things the same
            if raises >= CHATTERING_A_MINUTE:
                self._chatter.append(_Chatter(at, event.subject.rule, raises))

    def include(self, others: Record) -> None:
        """Of other events."""
        self.heard.include(others.heard)
        self.heard.keep_last(MOST_JUDGED)
        self._chatter = deque(sorted([*others._chatter, *self._chatter]), maxlen=MOST_JUDGED)

    def forget_before(self, begins: datetime) -> None:
        self.heard.forget_before(begins)
        while self._chatter and self._chatter[0].at < begins:
            self._chatter.popleft()

    def chattering(self, begins: datetime) -> tuple[str, ...]:
        """The rules whose alarms did, the worst first."""
        most: dict[str, int] = {}
        for chatter in self._chatter:
            if chatter.at >= begins:
                most[chatter.rule] = max(chatter.raises, most.get(chatter.rule, 0))
        return tuple(sorted(most, key=lambda rule: (-most[rule], rule)))


class Judgement(Struct, frozen=True, kw_only=True):
    """From `since` to `until`: a day, or as long as the wall has counted. `chattering` and `stale` are rules, the worst
    first.
    """

    since: datetime
    until: datetime
    performance: Performance
    chattering: tuple[str, ...]
    stale: tuple[str, ...]
    stale_alarms: int

    @property
    def flood(self) -> Flood | None:
        """The one that goes on now."""
        last = self.performance.floods[-1:]
        return last[0] if last and last[0].ends is None else None

    def told_by(self, ahead: timedelta) -> Judgement:
        """The same in the time of a clock that is so far ahead."""
        floods = tuple(
            [
                Flood(begins=flood.begins + ahead, ends=flood.ends and flood.ends + ahead)
                for flood in self.performance.floods
            ]
        )
        performance = replace(self.performance, floods=floods)
        return replace(self, since=self.since + ahead, until=self.until + ahead, performance=performance)


def judge(
    record: Record,
    standing: Iterable[tuple[Alarm, timedelta]],
    since: datetime | None,
    now: datetime,
) -> Judgement:
    """`standing` are the alarms that there are now, and for how long. `since` is when the wall began to count, None
    where it has not.
    """
    begins = min(now, max(since or now, now - JUDGED))
    old = sorted(
        (-stood, alarm.subject.rule) for alarm, stood in standing if alarm.state in SHOWN and stood > STALE_AFTER
    )
    return Judgement(
        since=begins,
        until=now,
        performance=alarm_rates.performance(record.heard, begins, now),
        chattering=record.chattering(begins),
        stale=tuple(dict.fromkeys([rule for _, rule in old])),
        stale_alarms=len(old),
    )
