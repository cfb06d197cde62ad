"""Rows and outcomes of polls in one line each, on a time line that begins at T0."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import msgspec

from wallboard.core.entities import FIELDS, Agency, Call, CallTaker, Centre, Entity, Incident, Snapshot, Unit
from wallboard.core.limits import Limits
from wallboard.core.metrics import Staffing
from wallboard.core.poll import Backfill, FailureKind, PollFailure, PollSuccess
from wallboard.core.situation import CallFigures, IncidentFigures, Settings, Situation

T0 = datetime(2025, 10, 20, 3, 0, tzinfo=UTC)
"""10:00 in Bengkalis."""

ZONE = "Asia/Jakarta"
POLL_INTERVAL_S = 2.0
SHORT_ABANDON_S = 5.0
RESPONSE_LIMIT_S = 900.0


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def maybe_at(seconds: float | None) -> datetime | None:
    return None if seconds is None else at(seconds)


def call(
    key: str = "c1",
    received: float = 0,
    answered: float | None = None,
    ended: float | None = None,
    disposition: str = "pending",
    taker: str | None = None,
) -> Call:
    """Instants in seconds from T0."""
    return Call(
        id=key,
        received_at=at(received),
        answered_at=maybe_at(answered),
        ended_at=maybe_at(ended),
        disposition=disposition,
        call_taker_id=taker,
    )


def incident(
    key: str = "i1",
    reported: float = 0,
    dispatched: float | None = None,
    arrived: float | None = None,
    closed: float | None = None,
    *,
    priority: int = 1,
    status: str = "new",
    agencies: tuple[str, ...] = (),
    title: str = "Kebakaran rumah",
    address: str | None = "Jalan Ahmad Yani 12",
    district: str | None = "Mandau",
) -> Incident:
    """Instants in seconds from T0."""
    return Incident(
        id=key,
        number=f"BKS-{key}",
        category="fire",
        priority=priority,
        status=status,
        title=title,
        address=address,
        district=district,
        reported_at=at(reported),
        dispatched_at=maybe_at(dispatched),
        arrived_at=maybe_at(arrived),
        closed_at=maybe_at(closed),
        agency_ids=agencies,
    )


def agency(key: str = "a1", short_name: str | None = None) -> Agency:
    return Agency(id=key, name=f"Dinas {key}", short_name=key.upper() if short_name is None else short_name)


def unit(key: str = "u1", status: str = "available", agency_id: str = "a1") -> Unit:
    return Unit(id=key, agency_id=agency_id, name=f"Unit {key}", status=status)


def call_taker(key: str = "t1", status: str = "available", agency_id: str | None = None) -> CallTaker:
    return CallTaker(id=key, name=f"Operator {key}", status=status, agency_id=agency_id)


def snapshot(
    seconds: float = 0,
    *,
    calls: Iterable[Call] = (),
    incidents: Iterable[Incident] = (),
    units: Iterable[Unit] = (),
    agencies: Iterable[Agency] = (),
    call_takers: Iterable[CallTaker] = (),
    zone: str = ZONE,
    untold: Iterable[str] = (),
) -> Snapshot:
    """What the server knew `seconds` after T0."""
    return Snapshot(
        server_time=at(seconds),
        centre=Centre(id="bengkalis", name="Call Center 112 Bengkalis", time_zone=zone),
        agencies=tuple(agencies),
        units=tuple(units),
        call_takers=tuple(call_takers),
        calls=tuple(calls),
        incidents=tuple(incidents),
        untold=frozenset(untold),
    )


def without(told: Snapshot, untold: Iterable[str]) -> Snapshot:
    """The same by a source that does not tell these lists, or fields of calls ("calls.answered_at")."""
    names = frozenset(untold)
    lists: dict[str, tuple[Entity, ...]] = dict.fromkeys(names - FIELDS, ())
    unknown = {name.partition(".")[2]: None for name in names if name.startswith("calls.")}
    if unknown and "calls" not in names:
        lists["calls"] = tuple([msgspec.structs.replace(row, **unknown) for row in told.calls])
    return msgspec.structs.replace(told, untold=names, **lists)


def good(
    told: Snapshot | None, sent_s: float, received_s: float | None = None, date: datetime | None = None
) -> PollSuccess:
    """A good poll; instant, unless `received_s` says otherwise. Without a snapshot it is a 304."""
    return PollSuccess(
        snapshot=told, sent_s=sent_s, received_s=sent_s if received_s is None else received_s, size_bytes=0, date=date
    )


def bad(sent_s: float, kind: FailureKind = FailureKind.NETWORK) -> PollFailure:
    return PollFailure(kind=kind, message="no route to the server", sent_s=sent_s, failed_s=sent_s)


def backfill(
    calls: Iterable[Call] = (),
    calls_since: datetime | None = None,
    incidents: Iterable[Incident] = (),
    incidents_since: datetime | None = None,
) -> Backfill:
    return Backfill(
        calls=tuple(calls), calls_since=calls_since, incidents=tuple(incidents), incidents_since=incidents_since
    )


def settings(
    limits: Limits | None = None, usual: tuple[float, ...] = (), poll_interval_s: float = POLL_INTERVAL_S
) -> Settings:
    return Settings(
        feed_id="feed",
        poll_interval_s=poll_interval_s,
        rules=(limits or Limits()).rules(poll_interval_s),
        short_abandon_s=SHORT_ABANDON_S,
        response_limit_s=RESPONSE_LIMIT_S,
        usual_calls_per_hour=usual,
    )


def situation(
    told: Snapshot | None = None, *, limits: Limits | None = None, usual: tuple[float, ...] = ()
) -> Situation:
    """A situation whose monotonic clock reads 0 at T0; `told` has just arrived."""
    one = Situation(settings(limits, usual))
    if told is not None:
        see(one, told)
    return one


def call_figures(one: Situation) -> CallFigures:
    kpis = one.kpis()
    assert kpis is not None
    assert kpis.calls is not None
    return kpis.calls


def incident_figures(one: Situation) -> IncidentFigures:
    kpis = one.kpis()
    assert kpis is not None
    assert kpis.incidents is not None
    return kpis.incidents


def staffing(one: Situation) -> Staffing:
    kpis = one.kpis()
    assert kpis is not None
    assert kpis.staffing is not None
    return kpis.staffing


def monotonic_s(instant: datetime) -> float:
    """This machine's monotonic clock at that instant, where it read 0 at T0."""
    return (instant - T0).total_seconds()


def see(one: Situation, told: Snapshot) -> None:
    """Let a snapshot arrive at the instant at which it was made."""
    seconds = monotonic_s(told.server_time)
    one.observe(good(told, seconds), seconds)
