"""The alarm system's judgement of itself over the last day, for people: rates, floods, and rules that tell nothing.

Of all centres together: it is the same people who are called.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from wallboard.core import alarm_rates
from wallboard.core.alarm_rates import STALE_AFTER, Flood, Performance
from wallboard.core.alarms import SHOWN, Alarm, AlarmEvent, Happening, Severity, Subject

JUDGED = timedelta(hours=24)


class Heard(Struct, frozen=True, kw_only=True, gc=False):
    """What is kept of an event: for a day, and in a storm there are ten a minute. `at` is by the clock of who judges,
    `logged_at` by its centre's server.
    """

    feed_id: str
    at: datetime
    logged_at: datetime
    subject: Subject
    happening: Happening
    severity: Severity | None
    rings: bool

    @property
    def identity(self) -> tuple[object, ...]:
        return self.feed_id, self.logged_at, self.subject, self.happening


def heard(feed_id: str, event: AlarmEvent, at: datetime) -> Heard:
    return Heard(
        feed_id=feed_id,
        at=at,
        logged_at=event.at,
        subject=event.subject,
        happening=event.happening,
        severity=event.severity,
        rings=event.rings,
    )


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
    events: Collection[Heard],
    standing: Iterable[tuple[Alarm, timedelta]],
    since: datetime | None,
    now: datetime,
) -> Judgement:
    """`events` are in the order of time and all by one clock; `standing` are the alarms that there are now, and for how
    long. `since` is when the wall began to count, None where it has not.
    """
    begins = min(now, max(since or now, now - JUDGED))
    old = sorted(
        (-stood, alarm.subject.rule) for alarm, stood in standing if alarm.state in SHOWN and stood > STALE_AFTER
    )
    return Judgement(
        since=begins,
        until=now,
        performance=alarm_rates.performance(events, begins, now),
        chattering=_chattering(events, begins),
        stale=tuple(dict.fromkeys([rule for _, rule in old])),
        stale_alarms=len(old),
    )


def _chattering(events: Collection[Heard], begins: datetime) -> tuple[str, ...]:
    """By centre, for two of them may call their things the same."""
    of: dict[str, list[Heard]] = {}
    for event in events:
        if event.at >= begins:
            of.setdefault(event.feed_id, []).append(event)
    most: dict[str, int] = {}
    for own in of.values():
        for subject, count in alarm_rates.chattering(own).items():
            most[subject.rule] = max(count, most.get(subject.rule, 0))
    return tuple(sorted(most, key=lambda rule: (-most[rule], rule)))
