"""The alarms of all centres that are not normal, in display order: one by one, or by rule and severity."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from heapq import merge
from itertools import islice
from typing import NamedTuple

from msgspec.structs import replace
from PySide6.QtCore import QObject

from wallboard.core.alarms import (
    SHOWN,
    WANT_ACKNOWLEDGING,
    Alarm,
    AlarmGroup,
    AlarmState,
    Scope,
    Severity,
    Shelf,
    Subject,
    group_order,
    rule_itself,
)
from wallboard.core.alarms import display_order as _order
from wallboard.models.alarm_filter import EVERY_ALARM, Span
from wallboard.models.centres import Centres
from wallboard.models.rows import Row, RowsModel
from wallboard.models.store import Store

MOST_ROWS = 500
"""More than anybody reads. They are the first in display order; what is left out is counted."""

Order = tuple[int, int, datetime, str, str]

LISTED = frozenset(AlarmState) - {AlarmState.NORMAL, AlarmState.PENDING}


class AlarmRow(Row, frozen=True, kw_only=True, gc=False):
    """An alarm, or `count` of them of one rule, severity and centre. `subjects` are what acting on the row acts on.

    `value` and `limit` are in the unit of the rule's metric, of the worst where there are several; with `start` the
    value grows from that instant on. `name` is what the alarm is about, as far as the wall may say it.
    """

    feed_id: str
    rule: str
    state: AlarmState
    subjects: tuple[Subject, ...]
    value: float
    limit: float
    since: datetime
    start: datetime | None = None
    shelf: Shelf | None = None
    name: str = ""
    count: int = 1
    unacknowledged: int = 0

    @property
    def of_the_rule(self) -> bool:
        """It is the rule that is out of service, whatever it has to say."""
        return self.subjects[0].is_rule


class Hidden(NamedTuple):
    """How many alarms the filter hides, and how many of them are critical and acknowledged by nobody."""

    alarms: int = 0
    critical: int = 0


class _Part(NamedTuple):
    """A centre's: the rows that may be among the first, in their order, and how many there are in all."""

    made: list[tuple[Order, AlarmRow]]
    total: int
    span: Span = Span()
    """For which it holds, as long as the alarms are the same."""
    hidden: Hidden = Hidden()
    subjects: list[Subject] | None = None
    """Of the shown alarms that pass the filter; None without one."""


class AlarmListModel(RowsModel[AlarmRow]):
    """Brought up to date by `refresh`, for as long as somebody looks at it.

    `grouped`: what is shown of a rule and severity is one row. The worst of each is what the row tells. Of both, only
    what passes the `filter`.
    """

    row_type = AlarmRow

    def __init__(self, centres: Centres, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.grouped = False
        self.filter = EVERY_ALARM
        self.hidden = Hidden()
        self.left_out = 0
        """Rows beyond MOST_ROWS."""
        self._centres = centres
        self._made: dict[Store, tuple[object, _Part]] = {}

    def describe(self, row: AlarmRow) -> str:
        return " · ".join(filter(None, (row.rule, row.name)))

    def refresh(self) -> None:
        parts = [self._part_of(store) for store in self._centres.stores]
        self.left_out = max(0, sum([part.total for part in parts]) - MOST_ROWS)
        self.hidden = Hidden(sum([part.hidden.alarms for part in parts]), sum([part.hidden.critical for part in parts]))
        made = merge(*[part.made for part in parts], key=_order_of)
        self.show_rows([row for _, row in islice(made, MOST_ROWS)])

    def shown_subjects(self) -> dict[Store, list[Subject]]:
        """What the shown alarms are about that pass the filter, also those that are left out of the rows."""
        return {
            store: store.situation.alarms.shown() if (chosen := self._part_of(store).subjects) is None else chosen
            for store in self._centres.stores
        }

    def _part_of(self, store: Store) -> _Part:
        situation = store.situation
        state = (situation.alarms.revision, situation.revision, self.grouped, self.filter)
        held = self._made.get(store)
        if held is None or held[0] != state or not held[1].span.holds(store.now):
            held = self._made[store] = (state, self._build(store))
        return held[1]

    def _build(self, store: Store) -> _Part:
        names = Names(store)
        listed = [alarm for alarm in store.alarms() if alarm.state in LISTED]
        out_of_service = store.situation.alarms.out_of_service
        passing = self.filter.of(store, listed, out_of_service)
        alarms, groups, hidden, subjects = passing.alarms, list[AlarmGroup](), Hidden(), None
        if self.filter != EVERY_ALARM:
            subjects = [alarm.subject for alarm in alarms if alarm.state in SHOWN]
            hidden = Hidden(
                len(listed) + len(out_of_service) - len(alarms) - len(passing.rules),
                _critical(listed) - _critical(alarms),
            )
        if self.grouped:
            groups = store.alarm_groups(None if subjects is None else frozenset(subjects))
            alarms = [alarm for alarm in alarms if alarm.state not in SHOWN]
        made = [(_order(alarm), _row(store, alarm, names)) for alarm in alarms[:MOST_ROWS]]
        made += [(group_order(group), _group_row(store, group, names)) for group in groups]
        made += [(_rule_order(rule, since), _rule_row(store, rule, since)) for rule, since in passing.rules.items()]
        total = len(alarms) + len(groups) + len(passing.rules)
        return _Part(sorted(made, key=_order_of), total, passing.span, hidden, subjects)


def _critical(alarms: Iterable[Alarm]) -> int:
    """How many are, and nobody has acknowledged them."""
    return sum([alarm.severity is Severity.CRITICAL and alarm.state in WANT_ACKNOWLEDGING for alarm in alarms])


def _order_of(made: tuple[Order, AlarmRow]) -> Order:
    return made[0]


def _rule_order(rule: str, since: datetime) -> Order:
    """Behind all alarms."""
    return (len(AlarmState), 0, since, rule, "")


def _id(store: Store, subject: Subject) -> str:
    return "\n".join((store.situation.settings.feed_id, subject.rule, subject.key))


def _row(store: Store, alarm: Alarm, names: Names) -> AlarmRow:
    return AlarmRow(
        id=_id(store, alarm.subject),
        severity=alarm.severity,
        feed_id=store.situation.settings.feed_id,
        rule=alarm.subject.rule,
        state=alarm.state,
        subjects=(alarm.subject,),
        value=alarm.value,
        limit=alarm.limit,
        since=alarm.since,
        start=alarm.start,
        shelf=alarm.shelf,
        name=names.of(alarm.subject),
        unacknowledged=int(alarm.state in WANT_ACKNOWLEDGING),
    )


def _group_row(store: Store, group: AlarmGroup, names: Names) -> AlarmRow:
    worst = group.worst
    scope = worst.subject.scope
    row = _row(store, worst, names)
    if group.count == 1:
        return row
    return replace(
        row,
        id="\n".join((_id(store, Subject(group.rule, scope, "")), group.severity.name)),
        state=group.state,
        subjects=tuple([Subject(group.rule, scope, key) for key in sorted(group.keys)]),
        since=group.since,
        count=group.count,
        unacknowledged=group.unacknowledged,
    )


def _rule_row(store: Store, rule: str, since: datetime) -> AlarmRow:
    subject = rule_itself(rule, store.situation.alarms.rules[rule].metric.scope)
    return AlarmRow(
        id=_id(store, subject),
        feed_id=store.situation.settings.feed_id,
        rule=rule,
        state=AlarmState.OUT_OF_SERVICE,
        subjects=(subject,),
        value=0.0,
        limit=0.0,
        since=since,
    )


class Names:
    """What subjects are called on this wall: an incident by its title and place, as exactly as places are shown here, a
    conversation by whoever leads it, an agency by its name. Empty for what has no name or is no longer there.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._incidents = {row.id: row for row in store.incidents.rows}
        self._calls = {row.id: row for row in store.calls.rows}

    def of(self, subject: Subject) -> str:
        if subject.scope is Scope.INCIDENT:
            incident = self._incidents.get(subject.key)
            return " · ".join(filter(None, (incident.title, incident.place))) if incident else ""
        if subject.scope is Scope.CALL:
            call = self._calls.get(subject.key)
            return " · ".join(filter(None, (call.call_taker, call.agency))) if call else ""
        if subject.scope is Scope.AGENCY:
            return ", ".join(self._store.agency_names((subject.key,)))
        return ""
