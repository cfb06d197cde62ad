"""How good the alarms themselves are, by ISA-18.2 (IEC 62682) and EEMUA 191: how many a person is called to, and which
of them tell nothing.

Pure functions over the events of alarm books, in any order. An alarm counts when it rings (core.lifecycle): a raise, an
escalation to critical, and what comes from a shelf, into force or into service and was not heard before. What was there
when the wall began, or lies on a shelf, calls nobody.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import Counter, deque
from collections.abc import Hashable, Iterable, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from wallboard.core.alarms import AlarmEvent, Happening, Severity, Subject
from wallboard.core.epoch import MICROSECOND, instant, micros

HOUR = timedelta(hours=1)
TEN_MINUTES = timedelta(minutes=10)
MINUTE = timedelta(minutes=1)
TEN_MINUTES_US = TEN_MINUTES // MICROSECOND

ACCEPTABLE_PER_HOUR = 6
"""ISA-18.2: about 150 a day, which one person can deal with; twice as many are the most that can be managed."""

ACCEPTABLE_IN_TEN_MINUTES = 1

FLOOD_BEGINS_ABOVE = 10
"""Alarms within ten minutes: more than one person can deal with."""

FLOOD_ENDS_BELOW = 5

ACCEPTABLE_SHARE_IN_FLOOD = 0.01

CHATTERING_A_MINUTE = 3
"""Raises of one alarm."""

STALE_AFTER = timedelta(hours=24)

PRIORITY_TARGET = {Severity.WARNING: 0.95, Severity.CRITICAL: 0.05}
"""80 % low, 15 % medium, 5 % high: with two severities, a warning stands for low and medium."""


class Flood(Struct, frozen=True, kw_only=True):
    """`begins` is the first alarm of those that were too many; `ends` is None as long as it goes on."""

    begins: datetime
    ends: datetime | None


class Spell(Struct, frozen=True, kw_only=True):
    """An alarm stands, from its raise to the moment at which its condition is over. `ends` is None while it goes on;
    without `cleared` it ended because its rule fell silent about it.
    """

    subject: Subject
    begins: datetime
    ends: datetime | None
    cleared: bool = False


class Performance(Struct, frozen=True, kw_only=True):
    """Of the alarms of a period. Rates are counts of alarms heard."""

    alarms: int
    mean_per_hour: float | None
    """None of a period of less than an hour: three alarms in its first minute are not 180 an hour."""
    last_hour: int
    last_ten_minutes: int
    most_in_ten_minutes: int
    floods: tuple[Flood, ...]
    share_in_flood: float | None
    distribution: dict[Severity, float]


class Annunciations:
    """The alarms that were heard, in the order of time. Nine bytes each: a day of them is kept, and a storm has ten a
    minute.
    """

    def __init__(self, events: Iterable[AlarmEvent] = ()) -> None:
        self._at_us = array("q")
        self._severities = bytearray()
        for event in sorted((event for event in events if event.rings), key=_at):
            self.add(event.at, event.severity)

    def __len__(self) -> int:
        return len(self._at_us)

    def add(self, at: datetime, severity: Severity | None) -> None:
        """The last of them."""
        self._at_us.append(micros(at))
        self._severities.append(severity or 0)

    def include(self, others: Annunciations) -> None:
        """Wherever they belong."""
        every = sorted([*others._told(), *self._told()])
        self._at_us = array("q", [at_us for at_us, _ in every])
        self._severities = bytearray([severity for _, severity in every])

    def _told(self) -> Iterable[tuple[int, int]]:
        return zip(self._at_us, self._severities, strict=True)

    def forget_before(self, begins: datetime) -> None:
        self._keep_from(bisect_left(self._at_us, micros(begins)))

    def keep_last(self, most: int) -> None:
        self._keep_from(max(0, len(self) - most))

    def _keep_from(self, place: int) -> None:
        if place:
            del self._at_us[:place]
            del self._severities[:place]

    def within(self, begins: datetime, ends: datetime) -> Annunciations:
        """Those in [begins, ends]."""
        chosen = slice(bisect_left(self._at_us, micros(begins)), bisect_right(self._at_us, micros(ends)))
        part = Annunciations()
        part._at_us, part._severities = self._at_us[chosen], self._severities[chosen]
        return part

    def count_within(self, now: datetime, window: timedelta) -> int:
        """Alarms heard in (now - window, now]."""
        return bisect_right(self._at_us, micros(now)) - bisect_right(self._at_us, micros(now - window))

    def most_within(self, window: timedelta) -> int:
        """The most alarms heard within any half-open window of this length."""
        most = first = 0
        length_us = window // MICROSECOND
        for last, at_us in enumerate(self._at_us):
            while self._at_us[first] <= at_us - length_us:
                first += 1
            most = max(most, last - first + 1)
        return most

    def floods(self, now: datetime) -> list[Flood]:
        """More than ten alarms in ten minutes begin one; it ends when there are fewer than five in the last ten
        minutes.
        """
        found: list[Flood] = []
        window: deque[int] = deque()
        """What was heard in the last ten minutes; of a flood, all that is in it."""
        members: list[int] | None = None
        for at_us in self._at_us:
            if at_us > micros(now):
                break
            if members is not None and (over_us := _over_us(members)) <= at_us:
                found.append(Flood(begins=instant(members[0]), ends=instant(over_us)))
                window, members = deque([one for one in members if one > at_us - TEN_MINUTES_US]), None
            if members is not None:
                members.append(at_us)
                continue
            window.append(at_us)
            while window[0] <= at_us - TEN_MINUTES_US:
                window.popleft()
            if len(window) > FLOOD_BEGINS_ABOVE:
                members = list(window)
        if members is not None:
            over = instant(_over_us(members))
            found.append(Flood(begins=instant(members[0]), ends=over if over <= now else None))
        return found

    def distribution(self) -> dict[Severity, float]:
        """The share of each severity, to be held against PRIORITY_TARGET; empty without any."""
        return {severity: self._severities.count(severity) / len(self) for severity in Severity} if len(self) else {}


def performance(heard: Annunciations, begins: datetime, now: datetime) -> Performance:
    """Of what was heard from `begins` to `now`."""
    heard = heard.within(begins, now)
    found = heard.floods(now)
    length = now - begins
    return Performance(
        alarms=len(heard),
        mean_per_hour=len(heard) / (length / HOUR) if length >= HOUR else None,
        last_hour=heard.count_within(now, HOUR),
        last_ten_minutes=heard.count_within(now, TEN_MINUTES),
        most_in_ten_minutes=heard.most_within(TEN_MINUTES),
        floods=tuple(found),
        share_in_flood=sum([(flood.ends or now) - flood.begins for flood in found], timedelta()) / length
        if length
        else None,
        distribution=heard.distribution(),
    )


class Raises:
    """How often an alarm was raised within a minute. Whether it was heard does not matter: a shelf does not make it
    sound.
    """

    def __init__(self) -> None:
        self._last_minute: deque[tuple[datetime, Hashable]] = deque()
        self._count: Counter[Hashable] = Counter()

    def add(self, alarm: Hashable, at: datetime) -> int:
        """One more, the last; returns how many of this alarm there are within the minute."""
        while self._last_minute and self._last_minute[0][0] <= at - MINUTE:
            _, over = self._last_minute.popleft()
            self._count[over] -= 1
            if not self._count[over]:
                del self._count[over]
        self._last_minute.append((at, alarm))
        self._count[alarm] += 1
        return self._count[alarm]


def chattering(events: Iterable[AlarmEvent]) -> dict[Subject, int]:
    """The alarms that were raised three times or more within a minute, with the most that there were; the worst
    first.
    """
    raises, most = Raises(), Counter[Subject]()
    for event in sorted(events, key=_at):
        if event.happening is Happening.RAISED:
            most[event.subject] = max(most[event.subject], raises.add(event.subject, event.at))
    return {subject: count for subject, count in most.most_common() if count >= CHATTERING_A_MINUTE}


def spells(events: Iterable[AlarmEvent]) -> list[Spell]:
    """How long each alarm stood, in the order of their beginnings. One that is shelved stands; one whose rule is
    suppressed or out of service does not.
    """
    found: list[Spell] = []
    begun: dict[Subject, datetime] = {}
    for event in sorted(events, key=_at):
        standing, subject = event.standing, event.subject
        stands = standing.severity is not None and not standing.suppressed and not standing.out_of_service
        if stands:
            begun.setdefault(subject, event.at)
        elif subject in begun:
            cleared = standing.severity is None
            found.append(Spell(subject=subject, begins=begun.pop(subject), ends=event.at, cleared=cleared))
    found += [Spell(subject=subject, begins=begins, ends=None) for subject, begins in begun.items()]
    return sorted(found, key=lambda spell: spell.begins)


def time_in_alarm(found: Sequence[Spell], now: datetime) -> timedelta:
    """The time in which at least one of them stood."""
    total, covered = timedelta(), datetime.min.replace(tzinfo=now.tzinfo)
    for spell in sorted(found, key=lambda spell: spell.begins):
        ends = spell.ends or now
        total += max(timedelta(), ends - max(spell.begins, covered))
        covered = max(covered, ends)
    return total


def _at(event: AlarmEvent) -> datetime:
    return event.at


def _over_us(members: Sequence[int]) -> int:
    """When, without another alarm, fewer than five lie within ten minutes."""
    return members[-FLOOD_ENDS_BELOW] + TEN_MINUTES_US
