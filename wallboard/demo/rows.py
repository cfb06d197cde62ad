"""The rows of the contract's lists as this server writes them. Frozen: a change is a new row in the old one's place.

They are not the client's entities on purpose: two readings of one contract find what one reading would hide.
"""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from wallboard.core.entities import CallTakerStatus, Category, Disposition, IncidentStatus, UnitStatus


class Centre(Struct, frozen=True, kw_only=True):
    """Every centre here is open round the clock, so there are no service hours to tell."""

    id: str
    name: str
    time_zone: str
    service_hours: tuple[()] = ()


class Agency(Struct, frozen=True, kw_only=True, omit_defaults=True):
    id: str
    name: str
    short_name: str
    units_total: int | None = None


class Unit(Struct, frozen=True, kw_only=True, omit_defaults=True):
    id: str
    agency_id: str
    name: str
    status: UnitStatus
    incident_id: str | None = None


class CallTaker(Struct, frozen=True, kw_only=True, omit_defaults=True):
    id: str
    name: str
    status: CallTakerStatus
    agency_id: str | None = None


class Call(Struct, frozen=True, kw_only=True, omit_defaults=True):
    id: str
    received_at: datetime
    disposition: Disposition
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    call_taker_id: str | None = None
    incident_id: str | None = None
    caller: str | None = None


class Incident(Struct, frozen=True, kw_only=True, omit_defaults=True):
    id: str
    number: str
    category: Category
    priority: int
    status: IncidentStatus
    title: str
    reported_at: datetime
    agency_ids: tuple[str, ...]
    address: str | None = None
    district: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    dispatched_at: datetime | None = None
    arrived_at: datetime | None = None
    closed_at: datetime | None = None
    notes: str | None = None


Row = Agency | Unit | CallTaker | Call | Incident
