"""The shown alarms of one centre by rule and severity, kept by their changes: a storm has thousands of them."""

from __future__ import annotations

from collections.abc import Container
from datetime import datetime

from msgspec import Struct, field

from wallboard.core import lifecycle
from wallboard.core.alarms import (
    WANT_ACKNOWLEDGING,
    Alarm,
    AlarmGroup,
    AlarmState,
    Severity,
    Standing,
    Subject,
    group_order,
)
from wallboard.core.metrics import seconds_between
from wallboard.core.rules import Rule

_STATES = (AlarmState.ACTIVE_UNACKNOWLEDGED, AlarmState.RETURNED_UNACKNOWLEDGED, AlarmState.ACTIVE_ACKNOWLEDGED)
"""Those that are shown, what asks for a person first."""


class Entry(Struct, gc=False, eq=False):
    """One alarm that is not normal. Of these there may be tens of thousands, which the collector need not walk: they
    hold nothing that holds them.
    """

    subject: Subject
    rule: Rule
    since: datetime
    standing: Standing = lifecycle.NORMAL
    severity: Severity = Severity.WARNING
    """The last that was shown."""
    start: datetime | None = None
    """Of what lasts."""
    value: float | None = None
    """None while it lasts: it grows by itself."""
    limit: float = 0.0
    crossed: dict[Severity, datetime] = field(default_factory=dict)
    """Of what is measured: since when each limit is crossed."""
    partial: bool = False
    """It was raised on a reading of a period that had not been seen whole, and may end on one."""
    over_since: datetime | None = None
    """The condition is over, and the rule's off-delay runs."""
    due: datetime | None = None
    agencies: tuple[str, ...] = ()
    """Of the thing, as long as it was watched."""
    shown_as: Severity | None = None
    """The severity of its group; None while it is not shown."""
    counted_as: AlarmState | None = None
    """Its state, as its group counts it; None while it is not shown."""

    def value_at(self, now: datetime) -> float:
        if self.value is not None or self.start is None:
            return self.value or 0.0
        return seconds_between(self.start, now)

    def alarm(self, now: datetime) -> Alarm:
        return Alarm(
            subject=self.subject,
            severity=self.severity,
            state=self.standing.state,
            value=self.value_at(now),
            limit=self.limit,
            since=self.since,
            shelf=self.standing.shelf,
            start=self.start if self.value is None else None,
        )


class _Group:
    """The oldest and the worst are looked for only when they have left, the keys gathered when one has come or gone."""

    __slots__ = ("first", "in_state", "keys", "members", "worst")

    def __init__(self) -> None:
        self.members: dict[str, Entry] = {}
        self.in_state = dict.fromkeys(_STATES, 0)
        """How many members are in each."""
        self.first: tuple[datetime, str] | None = None
        self.worst: Entry | None = None
        self.keys: frozenset[str] | None = None

    def among(self, subjects: Container[Subject]) -> _Group:
        """Those of its members."""
        part = _Group()
        part.members = {key: entry for key, entry in self.members.items() if entry.subject in subjects}
        for entry in part.members.values():
            if entry.counted_as is not None:
                part.in_state[entry.counted_as] += 1
        return part


class AlarmGroups:
    def __init__(self) -> None:
        self._groups: dict[tuple[str, Severity], _Group] = {}

    def place(self, entry: Entry, shown_as: Severity | None) -> None:
        """Bring up to date where it is counted: nowhere, where it is not shown."""
        counted_as = entry.standing.state if shown_as is not None else None
        if entry.shown_as is shown_as and entry.counted_as is counted_as:
            return
        self._leave(entry)
        entry.shown_as, entry.counted_as = shown_as, counted_as
        self._join(entry)

    def forget_extremes(self, entry: Entry) -> None:
        """Its value changes, or since when it is there."""
        if entry.shown_as is not None:
            group = self._groups[entry.rule.name, entry.shown_as]
            group.worst = group.first = None

    def subjects(self) -> list[Subject]:
        return [entry.subject for group in self._groups.values() for entry in group.members.values()]

    def told(self, now: datetime, among: Container[Subject] | None = None) -> list[AlarmGroup]:
        """In display order: what nobody has seen first. With `among`, as if there were none but those."""
        groups = self._groups
        if among is not None:
            parts = {kind: group.among(among) for kind, group in groups.items()}
            groups = {kind: part for kind, part in parts.items() if part.members}
        return sorted((_told(*kind, group, now) for kind, group in groups.items()), key=group_order)

    def _join(self, entry: Entry) -> None:
        if entry.shown_as is None or entry.counted_as is None:
            return
        key = (entry.rule.name, entry.shown_as)
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = _Group()
            group.first, group.worst = (entry.since, entry.subject.key), entry
        group.members[entry.subject.key] = entry
        group.keys = None
        group.in_state[entry.counted_as] += 1
        if group.worst is not None and _rank(entry) < _rank(group.worst):
            group.worst = entry
        if group.first is not None:
            group.first = min(group.first, (entry.since, entry.subject.key))

    def _leave(self, entry: Entry) -> None:
        if entry.shown_as is None or entry.counted_as is None:
            return
        key = (entry.rule.name, entry.shown_as)
        group = self._groups[key]
        del group.members[entry.subject.key]
        group.keys = None
        group.in_state[entry.counted_as] -= 1
        if not group.members:
            del self._groups[key]
        elif group.worst is entry:
            group.worst = None
        if group.first is not None and group.first[1] == entry.subject.key:
            group.first = None


def _told(rule: str, severity: Severity, group: _Group, now: datetime) -> AlarmGroup:
    if group.worst is None:
        group.worst = min(group.members.values(), key=_rank)
    if group.first is None:
        group.first = min((entry.since, key) for key, entry in group.members.items())
    if group.keys is None:
        group.keys = frozenset(group.members)
    return AlarmGroup(
        rule=rule,
        metric=group.worst.rule.metric_name,
        severity=severity,
        count=len(group.members),
        unacknowledged=sum([group.in_state[state] for state in WANT_ACKNOWLEDGING]),
        state=next(state for state in _STATES if group.in_state[state]),
        worst=group.worst.alarm(now),
        since=group.first[0],
        keys=group.keys,
    )


def _rank(entry: Entry) -> float:
    """The lower, the worse; comparable among the alarms of one rule."""
    if entry.start is not None:
        return entry.start.timestamp()
    value = entry.value or 0.0
    return value if entry.rule.crossed == "below" else -value
