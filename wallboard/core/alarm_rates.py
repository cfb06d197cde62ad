"""How good the alarms themselves are, by ISA-18.2 (IEC 62682) and EEMUA 191: how many a person is called to, and which
of them tell nothing.

Pure functions over the events of alarm books, in any order. An alarm counts when it rings (core.lifecycle): a raise, an
escalation to critical, and what comes from a shelf, into force or into service and was not heard before. What was there
when the wall began, or lies on a shelf, calls nobody.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from msgspec import Struct

from wallboard.core.alarms import AlarmEvent, Happening, Severity, Subject

HOUR = timedelta(hours=1)
TEN_MINUTES = timedelta(minutes=10)
MINUTE = timedelta(minutes=1)

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


class Counted(Protocol):
    """What rates are made from: an event of an alarm, or what is kept of one."""

    @property
    def at(self) -> datetime: ...
    @property
    def subject(self) -> Subject: ...
    @property
    def happening(self) -> Happening: ...
    @property
    def severity(self) -> Severity | None: ...
    @property
    def rings(self) -> bool: ...


AnyCounted = TypeVar("AnyCounted", bound=Counted)


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
    """None of a period without length."""
    last_hour: int
    last_ten_minutes: int
    most_in_ten_minutes: int
    floods: tuple[Flood, ...]
    share_in_flood: float | None
    distribution: dict[Severity, float]


def performance(events: Iterable[Counted], begins: datetime, now: datetime) -> Performance:
    """Of what happened from `begins` to `now`."""
    heard = annunciations(event for event in events if begins <= event.at <= now)
    found = floods(heard, now)
    length = now - begins
    return Performance(
        alarms=len(heard),
        mean_per_hour=len(heard) / (length / HOUR) if length else None,
        last_hour=count_within(heard, now, HOUR),
        last_ten_minutes=count_within(heard, now, TEN_MINUTES),
        most_in_ten_minutes=most_within(heard, TEN_MINUTES),
        floods=tuple(found),
        share_in_flood=sum([(flood.ends or now) - flood.begins for flood in found], timedelta()) / length
        if length
        else None,
        distribution=distribution(heard),
    )


def annunciations(events: Iterable[AnyCounted]) -> list[AnyCounted]:
    """The events that were heard, in the order of time."""
    return sorted((event for event in events if event.rings), key=_at)


def count_within(events: Iterable[Counted], now: datetime, window: timedelta) -> int:
    """Alarms heard in (now - window, now]."""
    return sum([event.rings and now - window < event.at <= now for event in events])


def most_within(events: Iterable[Counted], window: timedelta) -> int:
    """The most alarms heard within any window of this length."""
    return _most([event.at for event in annunciations(events)], window)


def floods(events: Iterable[Counted], now: datetime) -> list[Flood]:
    """More than ten alarms in ten minutes begin one; it ends when there are fewer than five in the last ten minutes."""
    found: list[Flood] = []
    window: deque[Counted] = deque()
    """What was heard in the last ten minutes; of a flood, all that is in it."""
    members: list[Counted] | None = None
    for event in annunciations(events):
        if event.at > now:
            break
        if members is not None and (over := _over(members)) <= event.at:
            found.append(Flood(begins=members[0].at, ends=over))
            window, members = deque(one for one in members if one.at > event.at - TEN_MINUTES), None
        if members is not None:
            members.append(event)
            continue
        window.append(event)
        while window[0].at <= event.at - TEN_MINUTES:
            window.popleft()
        if len(window) > FLOOD_BEGINS_ABOVE:
            members = list(window)
    if members is not None:
        over = _over(members)
        found.append(Flood(begins=members[0].at, ends=over if over <= now else None))
    return found


def chattering(events: Iterable[Counted]) -> dict[Subject, int]:
    """The alarms that were raised three times or more within a minute, with the most that there were; the worst first.
    Whether it was heard does not matter: a shelf does not make it sound.
    """
    raised: dict[Subject, list[datetime]] = {}
    for event in events:
        if event.happening is Happening.RAISED:
            raised.setdefault(event.subject, []).append(event.at)
    most = {subject: _most(sorted(instants), MINUTE) for subject, instants in raised.items()}
    return dict(
        Counter({subject: count for subject, count in most.items() if count >= CHATTERING_A_MINUTE}).most_common()
    )


def distribution(events: Iterable[Counted]) -> dict[Severity, float]:
    """The share of each severity among the alarms heard, to be held against PRIORITY_TARGET; empty without any."""
    heard = Counter(event.severity for event in events if event.rings)
    return {severity: heard[severity] / heard.total() for severity in Severity} if heard else {}


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


def _at(event: Counted) -> datetime:
    return event.at


def _most(instants: Sequence[datetime], window: timedelta) -> int:
    """The most of the instants, which rise, within any half-open window of this length."""
    most = first = 0
    for last, instant in enumerate(instants):
        while instants[first] <= instant - window:
            first += 1
        most = max(most, last - first + 1)
    return most


def _over(members: Sequence[Counted]) -> datetime:
    """When, without another alarm, fewer than five lie within ten minutes."""
    return members[-FLOOD_ENDS_BELOW].at + TEN_MINUTES
