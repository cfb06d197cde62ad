"""Every figure once more, from its definition alone: lists and loops, nothing kept, nothing shared with the core.

It takes rows and an instant and gives plain values, None for "no value".
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from statistics import NormalDist
from zoneinfo import ZoneInfo

from wallboard.core.entities import Call, CallTaker, Incident, Unit

MINUTE = timedelta(minutes=1)
KNOWN_DISPOSITIONS = ("pending", "verified", "information", "prank", "ghost", "duplicate", "test")


def seconds(start: datetime, end: datetime) -> float:
    return (end - start).total_seconds()


def in_window(instant: datetime, now: datetime, window: timedelta) -> bool:
    return now - window < instant <= now


def ratio(part: int, whole: int) -> float | None:
    return None if whole == 0 else part / whole


def is_waiting(call: Call) -> bool:
    return call.answered_at is None and call.ended_at is None


def is_talking(call: Call) -> bool:
    return call.answered_at is not None and call.ended_at is None


def is_abandoned(call: Call) -> bool:
    return call.answered_at is None and call.ended_at is not None


def is_told_backwards(call: Call) -> bool:
    """It stopped waiting before it began to: how long it waited is not known."""
    stopped = call.ended_at if call.answered_at is None else call.answered_at
    return stopped is not None and (call.received_at - stopped).total_seconds() > 1


def is_abandoned_late(call: Call, short_abandon_s: float) -> bool:
    if call.answered_at is not None or call.ended_at is None or is_told_backwards(call):
        return False
    return not seconds(call.received_at, call.ended_at) < short_abandon_s


def offered(calls: Sequence[Call], now: datetime) -> list[Call]:
    return [call for call in calls if in_window(call.received_at, now, timedelta(minutes=60))]


def answer_times(calls: Sequence[Call]) -> list[float]:
    return [
        max(0.0, seconds(call.received_at, call.answered_at))
        for call in calls
        if call.answered_at is not None and not is_told_backwards(call)
    ]


def service_level(calls: Sequence[Call], now: datetime, limit_s: float, short_abandon_s: float) -> tuple[int, int]:
    """How many of how many, over the calls offered."""
    good = whole = 0
    for call in offered(calls, now):
        if is_told_backwards(call):
            continue
        if call.answered_at is not None:
            whole += 1
            if seconds(call.received_at, call.answered_at) <= limit_s:
                good += 1
        elif is_abandoned_late(call, short_abandon_s) or (
            is_waiting(call) and seconds(call.received_at, now) > limit_s
        ):
            whole += 1
    return good, whole


def wilson(good: int, whole: int) -> tuple[float, float]:
    """The two shares p from which the observed one is exactly z standard errors away: the roots of a quadratic."""
    z = NormalDist().inv_cdf(0.975)
    observed = good / whole
    a = 1 + z * z / whole
    b = -(2 * observed + z * z / whole)
    c = observed * observed
    root = max(0.0, b * b - 4 * a * c) ** 0.5
    return (-b - root) / (2 * a), (-b + root) / (2 * a)


def mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def p90(values: Sequence[float]) -> float | None:
    """Nearest rank: the smallest value that at least nine in ten do not exceed."""
    for value in sorted(values):
        if 10 * len([other for other in values if other <= value]) >= 9 * len(values):
            return value
    return None


def abandonment(calls: Sequence[Call], now: datetime, short_abandon_s: float) -> tuple[int, int]:
    late = [call for call in offered(calls, now) if is_abandoned_late(call, short_abandon_s)]
    answered = [call for call in offered(calls, now) if call.answered_at is not None]
    return len(late), len(answered) + len(late)


def is_today(instant: datetime | None, now: datetime, zone: ZoneInfo) -> bool:
    return instant is not None and instant <= now and instant.astimezone(zone).date() == now.astimezone(zone).date()


def calls_today(calls: Sequence[Call], now: datetime, zone: ZoneInfo) -> list[Call]:
    return [call for call in calls if is_today(call.received_at, now, zone)]


def funnel_today(calls: Sequence[Call], incidents: Sequence[Incident], now: datetime, zone: ZoneInfo) -> dict[str, int]:
    today = calls_today(calls, now, zone)
    funnel = {
        "received": len(today),
        "answered": len([call for call in today if call.answered_at is not None]),
        "abandoned": len([call for call in today if is_abandoned(call)]),
        "other": len([call for call in today if call.disposition not in KNOWN_DISPOSITIONS]),
        "dispatched": len([row for row in incidents if is_today(row.dispatched_at, now, zone)]),
        "closed": len([row for row in incidents if is_today(row.closed_at, now, zone)]),
    }
    for disposition in KNOWN_DISPOSITIONS:
        funnel[disposition] = len([call for call in today if call.disposition == disposition])
    return funnel


def clock_hours(now: datetime, zone: ZoneInfo) -> list[list[datetime]]:
    """The clock hours of the local day of `now`, each as the instants (UTC) of its minutes: the day is walked minute by
    minute, and an hour ends where the clock shows another hour or has been put forward or back.
    """
    day = now.astimezone(zone).date()
    minute = now.astimezone(UTC).replace(second=0, microsecond=0) - timedelta(hours=27)
    hours: dict[tuple[int, timedelta | None], list[datetime]] = {}
    for _ in range(54 * 60):
        local = minute.astimezone(zone)
        if local.date() == day:
            hours.setdefault((local.hour, local.utcoffset()), []).append(minute)
        minute += MINUTE
    return list(hours.values())


HourTold = tuple[datetime, tuple[int, int, int, int] | None, bool, float]


def calls_per_hour(calls: Sequence[Call], now: datetime, zone: ZoneInfo, seen_since: datetime) -> list[HourTold]:
    """Start, (total, answered, abandoned, verified) or None where not seen, partial, elapsed."""
    told: list[HourTold] = []
    for minutes in clock_hours(now, zone):
        start, end = minutes[0], minutes[-1] + MINUTE
        if start > now:
            break
        running = now < end
        upto = now if running else end
        if start < seen_since and upto <= seen_since:
            told.append((start, None, running, 0.0))
            continue
        seen_s = seconds(max(start, seen_since), upto)
        here = [call for call in calls if start <= call.received_at < end]
        counts = (
            len(here),
            len([call for call in here if call.answered_at is not None]),
            len([call for call in here if is_abandoned(call)]),
            len([call for call in here if call.disposition == "verified"]),
        )
        told.append((start, counts, running or start < seen_since, seen_s / seconds(start, end)))
    return told


def active_incidents(incidents: Sequence[Incident]) -> list[Incident]:
    """By priority, then the oldest first."""
    active = [row for row in incidents if row.closed_at is None and row.status not in ("closed", "cancelled")]
    return sorted(active, key=lambda row: (row.priority, row.reported_at, row.id))


def unassigned_incidents(incidents: Sequence[Incident]) -> list[Incident]:
    return [row for row in active_incidents(incidents) if row.dispatched_at is None]


def agency_units(units: Sequence[Unit], agency: str) -> tuple[int, int, int, int]:
    """Busy, available, out, other."""
    own = [unit.status for unit in units if unit.agency_id == agency]
    busy = [status for status in own if status in ("dispatched", "en_route", "on_scene", "transporting")]
    available = [status for status in own if status in ("available", "returning")]
    out = [status for status in own if status == "out_of_service"]
    return len(busy), len(available), len(out), len(own) - len(busy) - len(available) - len(out)


def agency_incidents(incidents: Sequence[Incident], agency: str) -> int:
    return len([row for row in active_incidents(incidents) if agency in row.agency_ids])


def response_compliance(incidents: Sequence[Incident], agency: str, now: datetime, limit_s: float) -> tuple[int, int]:
    arrived = [
        seconds(row.reported_at, row.arrived_at)
        for row in incidents
        if agency in row.agency_ids
        and row.arrived_at is not None
        and in_window(row.arrived_at, now, timedelta(hours=24))
        and seconds(row.reported_at, row.arrived_at) >= -1
    ]
    return len([taken for taken in arrived if taken <= limit_s]), len(arrived)


def occupancy(takers: Sequence[CallTaker]) -> tuple[int, int, float | None]:
    """On duty, free, occupancy."""
    on_duty = [taker for taker in takers if taker.status != "offline"]
    free = [taker for taker in takers if taker.status == "available"]
    occupied = [taker for taker in takers if taker.status in ("on_call", "wrap_up")]
    return len(on_duty), len(free), ratio(len(occupied), len(on_duty))
