"""The alarm book: which conditions are alarms, since when, and how severe. Pure: time comes in as an argument.

A condition is what a rule watches on one subject (this call's wait, that agency's load). The book holds one alarm for
each rule and subject; its state names are those of ISA-18.2. Conditions that grow by themselves (a wait, an age) are
told once: the book knows when they cross a limit, so a second's tick costs nothing where nothing crosses.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Literal, NamedTuple

from msgspec import Struct

from wallboard.core.metrics import seconds_between

EDGE_DECIMALS = 9
"""Of a dead band's edge: far finer than any limit that a person writes, far coarser than the rounding of a float."""


class Severity(IntEnum):
    WARNING = 1
    CRITICAL = 2


class AlarmState(StrEnum):
    PENDING = "pending"
    """The limit is crossed, but not yet for as long as the rule's on-delay asks."""
    ACTIVE_UNACKNOWLEDGED = "active_unacknowledged"


class Scope(StrEnum):
    CALL = "call"
    INCIDENT = "incident"
    AGENCY = "agency"
    CENTRE = "centre"
    FEED = "feed"


class Subject(Struct, frozen=True, gc=False):
    """What an alarm is about: a rule and the identifier of a call, an incident, an agency, the centre or the feed."""

    rule: str
    scope: Scope
    key: str


class Lasting(Struct, frozen=True, gc=False):
    """Something that has been going on since `start`; it crosses a limit by lasting that many seconds (>=)."""

    start: datetime
    warning_s: float | None
    critical_s: float | None


class Measured(Struct, frozen=True, gc=False):
    """A value and its limits. `crossed` says which side is bad: the limit itself is bad with "at_least".

    `dead_band` is how far back beyond the limit an active alarm's value must come to clear. A value of None (no value)
    crosses nothing.
    """

    value: float | None
    warning: float | None
    critical: float | None
    crossed: Literal["at_least", "above", "below"] = "at_least"
    on_delay_s: float = 0.0
    dead_band: float = 0.0


Condition = Lasting | Measured


class Alarm(Struct, frozen=True, kw_only=True):
    """One alarm as it is shown. `since` is when its limit was crossed: an escalation to critical keeps it."""

    subject: Subject
    severity: Severity
    state: AlarmState
    value: float
    limit: float
    since: datetime


class AlarmGroup(Struct, frozen=True, kw_only=True):
    """The active alarms of one rule and severity: how many, the worst of them, and since when there are any."""

    rule: str
    severity: Severity
    count: int
    worst: Alarm
    since: datetime
    keys: frozenset[str]
    """Of the subjects."""


class _Watched:
    """A subject's condition, and since when each severity's limit has been crossed."""

    __slots__ = ("active", "condition", "crossed_at")

    def __init__(self, condition: Condition) -> None:
        self.condition = condition
        self.crossed_at: dict[Severity, datetime] = {}
        self.active: Severity | None = None


class _Members(NamedTuple):
    """Of a group; `first` is the oldest alarm's beginning and key."""

    first: tuple[datetime, str]
    keys: frozenset[str]
    worst: tuple[Subject, _Watched]


def _rank(condition: Condition) -> float:
    """The lower, the worse; comparable among the conditions of one rule."""
    if isinstance(condition, Lasting):
        return condition.start.timestamp()
    value = condition.value if condition.value is not None else 0.0
    return value if condition.crossed == "below" else -value


def display_order(alarm: Alarm) -> tuple[bool, int, datetime, str, str]:
    """What needs a person comes first: active before pending, then by severity, then the oldest."""
    subject = alarm.subject
    return (alarm.state is AlarmState.PENDING, -alarm.severity, alarm.since, subject.rule, subject.key)


class AlarmBook:
    def __init__(self) -> None:
        self._watched: dict[Subject, _Watched] = {}
        self._due: list[tuple[datetime, int, Subject, Condition]] = []
        self._entry = 0
        self._advanced_to: datetime | None = None
        self._shown: dict[Subject, _Watched] = {}
        self._severities: dict[Subject, Severity] = {}
        self.touched: set[Subject] = set()
        """Those whose alarm was raised, ended or changed its severity. Whoever shows them empties it."""
        self._members: dict[tuple[str, Severity], _Members] | None = None
        """By rule and severity; None when something has changed since they were told apart."""
        self.revision = 0
        """Rises whenever an alarm is raised, ends, or changes its severity or state."""

    def watch(self, subject: Subject, condition: Condition | None, now: datetime) -> None:
        """Set what is known of a subject; None ends it, and its alarm with it."""
        if condition is None:
            self._watched.pop(subject, None)
            if self._shown.pop(subject, None) is not None:
                self._members = None
                self.revision += 1
            self._note(subject, None)
            return
        watched = self._watched.get(subject)
        if watched is None:
            watched = self._watched[subject] = _Watched(condition)
        elif watched.condition == condition:
            return
        else:
            watched.condition = condition
        self._judge(subject, watched, now)

    def advance(self, now: datetime) -> None:
        """Let time pass; or judge everything anew where the server's clock was set back."""
        if self._advanced_to is not None and now < self._advanced_to:
            for subject, each in self._watched.items():
                self._judge(subject, each, now)
        self._advanced_to = now
        while self._due and self._due[0][0] <= now:
            _, _, subject, condition = heapq.heappop(self._due)
            watched = self._watched.get(subject)
            if watched is not None and watched.condition is condition:
                self._judge(subject, watched, now)

    def severities(self) -> Mapping[Subject, Severity]:
        """The severity of every active alarm, now and from now on."""
        return self._severities

    def alarms(self, now: datetime) -> list[Alarm]:
        """Every alarm, pending ones too, in display order."""
        return sorted(
            (self._alarm(subject, watched, now) for subject, watched in self._shown.items()), key=display_order
        )

    def groups(self, now: datetime) -> list[AlarmGroup]:
        """The active alarms by rule and severity, in display order of each group's first."""
        if self._members is None:
            self._members = self._told_apart()
        return [
            AlarmGroup(
                rule=rule,
                severity=severity,
                count=len(members.keys),
                worst=self._alarm(*members.worst, now),
                since=members.first[0],
                keys=members.keys,
            )
            for (rule, severity), members in self._members.items()
        ]

    def _told_apart(self) -> dict[tuple[str, Severity], _Members]:
        # Thousands of alarms, at every change: no sorting, and no call where a comparison will do.
        gathered: dict[tuple[str, Severity], list[tuple[datetime, str]]] = {}
        worst: dict[tuple[str, Severity], tuple[float, Subject, _Watched]] = {}
        for subject, watched in self._shown.items():
            if watched.active is None:
                continue
            group = (subject.rule, watched.active)
            since = watched.crossed_at.get(Severity.WARNING) or watched.crossed_at[watched.active]
            gathered.setdefault(group, []).append((since, subject.key))
            rank = _rank(watched.condition)
            if group not in worst or rank < worst[group][0]:
                worst[group] = (rank, subject, watched)
        told = {
            group: _Members(min(members), frozenset(key for _, key in members), worst[group][1:])
            for group, members in gathered.items()
        }
        return dict(
            sorted(told.items(), key=lambda item: (-item[0][1], item[1].first[0], item[0][0], item[1].first[1]))
        )

    def _judge(self, subject: Subject, watched: _Watched, now: datetime) -> None:
        before = _standing(watched)
        was_shown = subject in self._shown
        condition = watched.condition
        if isinstance(condition, Lasting):
            due = self._judge_lasting(watched, condition, now)
        else:
            due = self._judge_measured(watched, condition, now)
        if due is not None:
            self._entry += 1
            heapq.heappush(self._due, (due, self._entry, subject, condition))
        if watched.crossed_at:
            self._shown[subject] = watched
        else:
            self._shown.pop(subject, None)
        if was_shown or watched.crossed_at:
            self._members = None
        if _standing(watched) != before:
            self.revision += 1
        self._note(subject, watched.active)

    def _note(self, subject: Subject, active: Severity | None) -> None:
        if self._severities.get(subject) is active:
            return
        self.touched.add(subject)
        if active is None:
            del self._severities[subject]
        else:
            self._severities[subject] = active

    @staticmethod
    def _judge_lasting(watched: _Watched, condition: Lasting, now: datetime) -> datetime | None:
        """Returns when to judge again: at the next limit."""
        watched.crossed_at.clear()
        watched.active = None
        due: datetime | None = None
        for severity, limit in ((Severity.WARNING, condition.warning_s), (Severity.CRITICAL, condition.critical_s)):
            if limit is None:
                continue
            crosses = condition.start + timedelta(seconds=limit)
            if crosses <= now:
                watched.crossed_at[severity] = crosses
                watched.active = severity
            elif due is None or crosses < due:
                due = crosses
        return due

    @staticmethod
    def _judge_measured(watched: _Watched, condition: Measured, now: datetime) -> datetime | None:
        """Returns when to judge again: when an on-delay will have passed."""
        due: datetime | None = None
        active: Severity | None = None
        delay = timedelta(seconds=condition.on_delay_s)
        for severity, limit in ((Severity.WARNING, condition.warning), (Severity.CRITICAL, condition.critical)):
            held = watched.active is not None and watched.active >= severity
            if limit is None or not _crosses(condition, limit, condition.dead_band if held else 0.0):
                watched.crossed_at.pop(severity, None)
                continue
            watched.crossed_at[severity] = min(now, watched.crossed_at.get(severity, now))
            ripe = watched.crossed_at[severity] + delay
            if held or ripe <= now:
                active = severity
            elif due is None or ripe < due:
                due = ripe
        watched.active = active
        return due

    @staticmethod
    def _alarm(subject: Subject, watched: _Watched, now: datetime) -> Alarm:
        condition = watched.condition
        _, severity = _standing(watched)
        if isinstance(condition, Lasting):
            value = seconds_between(condition.start, now)
            limit = condition.critical_s if severity is Severity.CRITICAL else condition.warning_s
        else:
            value = condition.value if condition.value is not None else float("nan")
            limit = condition.critical if severity is Severity.CRITICAL else condition.warning
        assert severity is not None  # what is shown has crossed a limit,
        assert limit is not None  # and a severity is crossed only where it has one
        return Alarm(
            subject=subject,
            severity=severity,
            state=AlarmState.PENDING if watched.active is None else AlarmState.ACTIVE_UNACKNOWLEDGED,
            value=value,
            limit=limit,
            since=min(watched.crossed_at.values()),
        )


def _standing(watched: _Watched) -> tuple[Severity | None, Severity | None]:
    """The severity of the active alarm, and the one to show: of a pending alarm, the worst that is pending."""
    return watched.active, watched.active or max(watched.crossed_at, default=None)


def _crosses(condition: Measured, limit: float, dead_band: float) -> bool:
    """Whether the value is on the bad side of the limit, or within the dead band of an alarm that is already active."""
    value = condition.value
    if value is None:
        return False
    if dead_band:
        # Rounded, or 0.80 + 0.02 would lie above a share of 0.82.
        edge = round(limit + (dead_band if condition.crossed == "below" else -dead_band), EDGE_DECIMALS)
        return value < edge if condition.crossed == "below" else value > edge
    if condition.crossed == "below":
        return value < limit
    if condition.crossed == "above":
        return value > limit
    return value >= limit
