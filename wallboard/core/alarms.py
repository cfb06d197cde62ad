"""What an alarm is: its states, which are those of ISA-18.2 (IEC 62682), what happens to it, and how it is shown."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import IntEnum, StrEnum

from msgspec import Struct


class Severity(IntEnum):
    """Also the order in which an alarm grows: a higher one escalates, whoever has seen the lower."""

    WARNING = 1
    CRITICAL = 2


class AlarmState(StrEnum):
    NORMAL = "normal"
    PENDING = "pending"
    """The limit is crossed, but not yet for as long as the rule's on-delay asks."""
    ACTIVE_UNACKNOWLEDGED = "active_unacknowledged"
    ACTIVE_ACKNOWLEDGED = "active_acknowledged"
    RETURNED_UNACKNOWLEDGED = "returned_unacknowledged"
    """Over, and latched by configuration until somebody has seen it."""
    SHELVED = "shelved"
    """Put aside by a person, for a time and a reason."""
    SUPPRESSED = "suppressed"
    """By design: the rule is not in force now, or what it watches has no value, as a load whose units are not told."""
    OUT_OF_SERVICE = "out_of_service"
    """The rule is taken out of service by a person, until it is put back."""


SHOWN = frozenset(
    {AlarmState.ACTIVE_UNACKNOWLEDGED, AlarmState.ACTIVE_ACKNOWLEDGED, AlarmState.RETURNED_UNACKNOWLEDGED}
)
"""The states in which an alarm is to be seen."""

WANT_ACKNOWLEDGING = frozenset({AlarmState.ACTIVE_UNACKNOWLEDGED, AlarmState.RETURNED_UNACKNOWLEDGED})


class Happening(StrEnum):
    """What an alarm's step came to, for its history."""

    RAISED = "raised"
    ESCALATED = "escalated"
    DEESCALATED = "deescalated"
    RETURNED = "returned"
    """Over, and latched."""
    CLEARED = "cleared"
    ACKNOWLEDGED = "acknowledged"
    SHELVED = "shelved"
    UNSHELVED = "unshelved"
    SHELF_MOVED = "shelf_moved"
    """The server's clock was set or proved another than the shelf was made by, and its end was moved. Its note is by
    how much.
    """
    SUPPRESSED = "suppressed"
    UNSUPPRESSED = "unsuppressed"
    TAKEN_OUT_OF_SERVICE = "taken_out_of_service"
    PUT_INTO_SERVICE = "put_into_service"
    COMMENTED = "commented"


class Scope(StrEnum):
    CALL = "call"
    INCIDENT = "incident"
    AGENCY = "agency"
    CENTRE = "centre"
    FEED = "feed"


class Subject(Struct, frozen=True, gc=False):
    """What an alarm is about: a rule and the identifier of a call, an incident, an agency, the centre or the feed. Or
    the rule itself, as what is taken out of service: see `rule_itself`.
    """

    rule: str
    scope: Scope
    key: str

    @property
    def is_rule(self) -> bool:
        return not self.key


def rule_itself(name: str, scope: Scope) -> Subject:
    return Subject(name, scope, "")


LONGEST_SHELF = timedelta(hours=1)
"""The maximum time shelved of ISA-18.2: as long as a work on a line takes."""


class Shelf(Struct, frozen=True, gc=False):
    """`by` is the position of whoever put the alarm aside."""

    until: datetime
    reason: str = ""
    by: str = ""


class Standing(Struct, frozen=True, kw_only=True, gc=False):
    """Where an alarm stands. A raise begins when `severity` is first not None and ends when it is None again.

    `acknowledged`, `rung` and `listed` are the highest severity of this raise that somebody has seen, that was heard,
    and that was there when the wall began to look: none is asked for again, however often it comes and goes within the
    raise.
    """

    severity: Severity | None = None
    """What the condition says; None for normal."""
    pending: Severity | None = None
    returned: Severity | None = None
    """Of a latched alarm that is over and that nobody has seen."""
    acknowledged: Severity | None = None
    rung: Severity | None = None
    """Of one that is over and latched: in the raise before."""
    listed: Severity | None = None
    shelf: Shelf | None = None
    suppressed: bool = False
    out_of_service: bool = False

    @property
    def state(self) -> AlarmState:
        if self.out_of_service:
            return AlarmState.OUT_OF_SERVICE
        if self.suppressed:
            return AlarmState.SUPPRESSED
        if self.shelf is not None:
            return AlarmState.SHELVED
        if self.severity is not None:
            seen = self.acknowledged is not None and self.acknowledged >= self.severity
            return AlarmState.ACTIVE_ACKNOWLEDGED if seen else AlarmState.ACTIVE_UNACKNOWLEDGED
        if self.returned is not None:
            return AlarmState.RETURNED_UNACKNOWLEDGED
        return AlarmState.NORMAL if self.pending is None else AlarmState.PENDING

    @property
    def present_severity(self) -> Severity | None:
        """Of what is there, behind a shelf too: active, else latched, else pending."""
        return self.severity or self.returned or self.pending


class Alarm(Struct, frozen=True, kw_only=True):
    """One alarm as it is shown. `since` is when its limit was crossed: an escalation to critical keeps it.

    `value` and `limit` are in the unit of the rule's metric; of an alarm that is over they are the last. With `start`
    the value grows by itself from that instant on.
    """

    subject: Subject
    severity: Severity
    state: AlarmState
    value: float
    limit: float
    since: datetime
    shelf: Shelf | None = None
    start: datetime | None = None


class AlarmGroup(Struct, frozen=True, kw_only=True):
    """The shown alarms of one rule and severity: how many, the worst of them, and since when there are any."""

    rule: str
    metric: str
    """That the rule watches."""
    severity: Severity
    count: int
    unacknowledged: int
    state: AlarmState
    """Of the one that asks most for a person."""
    worst: Alarm
    since: datetime
    keys: frozenset[str]
    """Of the subjects."""


class AlarmEvent(Struct, frozen=True, kw_only=True, gc=False):
    """One line of the alarms' history. `at` is the server's time; `by` is the position of whoever acted, empty where
    nobody did; `note` is the reason or the comment.

    `standing` is what the alarm came to, `since` when this raise began, `value` and `limit` what it was raised on: with
    the last event of each alarm, the book is as it was.
    """

    at: datetime
    subject: Subject
    happening: Happening
    standing: Standing
    severity: Severity | None
    value: float | None = None
    limit: float | None = None
    since: datetime | None = None
    rings: bool = False
    """It is to be heard now: a raise, or an escalation beyond what was heard."""
    agencies: tuple[str, ...] = ()
    """The ids of those that the thing named then: an agency its own, a call and a centre none."""
    by: str = ""
    note: str = ""


def display_order(alarm: Alarm) -> tuple[int, int, datetime, str, str]:
    """What needs a person comes first: what nobody has seen before what somebody has, what is shown before what is put
    aside or pending; then by severity, then the oldest. It is not the order in which an alarm grows: an acknowledged
    critical alarm stands behind a warning that nobody has seen.
    """
    subject = alarm.subject
    return (_DISPLAY[alarm.state], -alarm.severity, alarm.since, subject.rule, subject.key)


def group_order(group: AlarmGroup) -> tuple[int, int, datetime, str, str]:
    """As that of single alarms: by what asks for a person, whichever member it is."""
    return (_DISPLAY[group.state], -group.severity, group.since, group.rule, "")


_DISPLAY = {
    AlarmState.ACTIVE_UNACKNOWLEDGED: 0,
    AlarmState.RETURNED_UNACKNOWLEDGED: 0,
    AlarmState.ACTIVE_ACKNOWLEDGED: 1,
    AlarmState.PENDING: 2,
    AlarmState.SHELVED: 3,
    AlarmState.SUPPRESSED: 4,
    AlarmState.OUT_OF_SERVICE: 5,
    AlarmState.NORMAL: 6,
}
