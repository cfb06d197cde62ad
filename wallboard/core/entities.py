"""What a dispatch system tells: calls, incidents, units, agencies, call takers, and the snapshot that holds them.

The structs are frozen and are decoded straight from the dispatch API (docs/dispatch-api.yaml), so their field names are
the contract's. Every instant is aware. A status outside the enumerations is kept as it came: `known` maps it to OTHER
where it is shown. Texts are plain (core.text) by the time a struct leaves the feed.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from wallboard.core.text import LONGEST_TEXT

Identifier = Annotated[str, Meta(min_length=1, max_length=200)]
Instant = Annotated[datetime, Meta(tz=True)]
Text = Annotated[str, Meta(max_length=LONGEST_TEXT)]

OTHER = "other"


class UnitStatus(StrEnum):
    AVAILABLE = "available"
    DISPATCHED = "dispatched"
    EN_ROUTE = "en_route"
    ON_SCENE = "on_scene"
    TRANSPORTING = "transporting"
    RETURNING = "returning"
    OUT_OF_SERVICE = "out_of_service"


class CallTakerStatus(StrEnum):
    AVAILABLE = "available"
    ON_CALL = "on_call"
    WRAP_UP = "wrap_up"
    ON_BREAK = "on_break"
    OFFLINE = "offline"


class Disposition(StrEnum):
    PENDING = "pending"
    VERIFIED = "verified"
    INFORMATION = "information"
    PRANK = "prank"
    GHOST = "ghost"
    DUPLICATE = "duplicate"
    TEST = "test"


DISPOSITIONS = ("verified", "information", "prank", "ghost", "duplicate", "test", "pending", OTHER)
"""As they are told: what is verified first, apart from what merely rang; last those outside the contract."""


class Category(StrEnum):
    FIRE = "fire"
    ACCIDENT = "accident"
    UNREST = "unrest"
    DISASTER = "disaster"
    MEDICAL = "medical"
    SECURITY = "security"
    OTHER = OTHER


class IncidentStatus(StrEnum):
    NEW = "new"
    DISPATCHED = "dispatched"
    EN_ROUTE = "en_route"
    ON_SCENE = "on_scene"
    CLOSED = "closed"
    CANCELLED = "cancelled"


OPEN_STATUSES = (IncidentStatus.NEW, IncidentStatus.DISPATCHED, IncidentStatus.EN_ROUTE, IncidentStatus.ON_SCENE)
"""How far an incident has come, in order, until it has ended."""

ENDED_STATUSES = (IncidentStatus.CLOSED, IncidentStatus.CANCELLED)

PRIORITIES = (1, 2, 3, 4)
"""Of an incident, the most urgent first."""


def known(values: type[StrEnum], value: str) -> str:
    """The value where the contract names it, OTHER where it does not."""
    return value if value in values._value2member_map_ else OTHER


ROUNDING = timedelta(seconds=1)
"""By so much an instant that is told in whole seconds may lie before the one that it follows."""


class Entity(Struct, frozen=True, kw_only=True, gc=False):
    """A row of a snapshot's list. It cannot hold a cycle, so the garbage collector need not walk thousands of them."""

    id: Identifier


class ServiceHours(Struct, frozen=True):
    """Days are ISO weekdays, 1 (Monday) to 7; times are the centre's local HH:MM."""

    days: tuple[Annotated[int, Meta(ge=1, le=7)], ...]
    open: Annotated[str, Meta(pattern=r"^([01]\d|2[0-4]):[0-5]\d$")]
    close: Annotated[str, Meta(pattern=r"^([01]\d|2[0-4]):[0-5]\d$")]


class Centre(Entity, frozen=True, kw_only=True, gc=False):
    """`service_hours` empty means round the clock."""

    name: Text
    time_zone: Text
    service_hours: tuple[ServiceHours, ...] = ()


class Agency(Entity, frozen=True, kw_only=True, gc=False):
    name: Text
    short_name: Text
    units_total: int | None = None


class Unit(Entity, frozen=True, kw_only=True, gc=False):
    agency_id: Identifier
    name: Text
    status: Text
    incident_id: Identifier | None = None


class CallTaker(Entity, frozen=True, kw_only=True, gc=False):
    name: Text
    status: Text
    agency_id: Identifier | None = None


class Call(Entity, frozen=True, kw_only=True, gc=False):
    """A caller's number is never decoded: what is not in memory cannot leak."""

    received_at: Instant
    disposition: Text
    answered_at: Instant | None = None
    ended_at: Instant | None = None
    call_taker_id: Identifier | None = None
    incident_id: Identifier | None = None

    @property
    def misplaced(self) -> tuple[str, ...]:
        """The names of the instants that lie before the receipt: how long it took to them is not known."""
        return _before(self.received_at, answered_at=self.answered_at, ended_at=self.ended_at)

    @property
    def waiting(self) -> bool:
        return self.answered_at is None and self.ended_at is None

    @property
    def talking(self) -> bool:
        return self.answered_at is not None and self.ended_at is None

    @property
    def abandoned(self) -> bool:
        return self.answered_at is None and self.ended_at is not None


class Incident(Entity, frozen=True, kw_only=True, gc=False):
    """A caller's words (`notes` in the contract) are never decoded either."""

    number: Text
    category: Text
    priority: Annotated[int, Meta(ge=1, le=4)]
    status: Text
    title: Text
    reported_at: Instant
    address: Text | None = None
    district: Text | None = None
    latitude: Annotated[float, Meta(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Meta(ge=-180, le=180)] | None = None
    dispatched_at: Instant | None = None
    arrived_at: Instant | None = None
    closed_at: Instant | None = None
    agency_ids: tuple[Identifier, ...] = ()

    @property
    def misplaced(self) -> tuple[str, ...]:
        """As of a call: those that lie before the report."""
        return _before(self.reported_at, dispatched_at=self.dispatched_at, arrived_at=self.arrived_at)

    @property
    def active(self) -> bool:
        return self.closed_at is None and self.status not in ENDED_STATUSES

    @property
    def unassigned(self) -> bool:
        return self.active and self.dispatched_at is None


def _before(start: datetime, **instants: datetime | None) -> tuple[str, ...]:
    earliest = start - ROUNDING
    return tuple([name for name, instant in instants.items() if instant is not None and instant < earliest])


ANSWERED, ENDED = "calls.answered_at", "calls.ended_at"
DISPATCHED, ARRIVED, CLOSED = "incidents.dispatched_at", "incidents.arrived_at", "incidents.closed_at"
AT_WORK = "incidents.agency_ids"
FIELDS = frozenset({ANSWERED, ENDED, DISPATCHED, ARRIVED, CLOSED, AT_WORK})
"""The fields without which a row's state, or who works on it, is not known."""


class Snapshot(Struct, frozen=True, kw_only=True):
    """All that a centre knew at `server_time`. Identifiers are unique within each list.

    `untold` names the lists that this source does not tell: nobody waiting and nothing known are two things. Such a
    list is empty, and whatever would be counted in it is "no value". A name of no list, or of one with rows, is a
    ValueError. It may also name fields of FIELDS that no row tells, so that None there does not mean "not yet", nor an
    empty one "nobody". The dispatch contract tells every list and field: a list that its server leaves out is an error.

    `closings_seen`: nobody tells when an incident was closed, the source has to see it happen; of what was closed
    before it looked, it knows nothing. `only_running_calls`: of a call that has ended nobody tells anything, and one
    that leaves may have been answered since it was last seen, or given up.
    """

    server_time: Instant
    centre: Centre
    cursor: str | None = None
    agencies: tuple[Agency, ...]
    units: tuple[Unit, ...]
    call_takers: tuple[CallTaker, ...]
    calls: tuple[Call, ...]
    incidents: tuple[Incident, ...]
    untold: frozenset[str] = frozenset()
    closings_seen: bool = False
    only_running_calls: bool = False

    def __post_init__(self) -> None:
        if any(getattr(self, name, None) != () for name in self.untold - FIELDS):
            raise ValueError("only an empty list can be untold")
