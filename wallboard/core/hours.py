"""Calls per local clock hour, kept by adding and taking away, never by counting anew."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from wallboard.core.entities import Call, Disposition

HOUR = timedelta(hours=1)


class HourCount(Struct, frozen=True):
    """Calls by `received_at`. None is unknown: an hour the wall has not seen."""

    total: int | None = 0
    answered: int | None = 0
    abandoned: int | None = 0
    verified: int | None = 0


class Hour(Struct, frozen=True):
    """One hour of the day. `elapsed` is the share of it that has been seen: below 1 for the running hour and for the
    hour in which the wall began to see; both are `partial`.
    """

    start: datetime
    count: HourCount
    partial: bool
    elapsed: float


UNSEEN = HourCount(None, None, None, None)


def within_day(moment: time, begins: time, ends: time) -> bool:
    """Whether a time of the day lies in a part of it, which may span midnight; `ends` itself does not."""
    return begins <= moment < ends if begins <= ends else moment >= begins or moment < ends


def local_midnight(now: datetime, zone: ZoneInfo) -> datetime:
    """The instant (UTC) at which the local day of `now` began."""
    return datetime.combine(now.astimezone(zone).date(), time(), zone).astimezone(UTC)


def hour_start(instant: datetime, zone: ZoneInfo) -> datetime:
    """The instant (UTC) at which the local clock hour of `instant` began. An hour that the clocks repeat is two."""
    local = instant.astimezone(zone)
    past = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    return instant.astimezone(UTC) - past


def day_hours(now: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """The start (UTC) of each clock hour from local midnight to the running one: 23 or 25 of them on some days."""
    start = local_midnight(now, zone)
    while start <= now:
        yield start
        start = hour_start(start + HOUR, zone)


class HourlyCounts:
    """Counts by hour start (UTC). Tell it each call's change; an old and a new state of one call belong together."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._counts: dict[datetime, list[int]] = {}

    def replace(self, old: Call | None, new: Call | None) -> None:
        if old is not None:
            self._add(old, -1)
        if new is not None:
            self._add(new, 1)

    def _add(self, call: Call, step: int) -> None:
        count = self._counts.setdefault(hour_start(call.received_at, self._zone), [0, 0, 0, 0])
        count[0] += step
        count[1] += step * (call.answered_at is not None)
        count[2] += step * call.abandoned
        count[3] += step * (call.disposition == Disposition.VERIFIED)

    def forget_before(self, instant: datetime) -> None:
        for start in [start for start in self._counts if start + HOUR <= instant]:
            del self._counts[start]

    def today(self, now: datetime, seen_since: datetime) -> tuple[Hour, ...]:
        """Every hour from local midnight to now; those before `seen_since` are unseen."""
        hours: list[Hour] = []
        starts = list(day_hours(now, self._zone))
        for start, end in zip(starts, [*starts[1:], None], strict=True):
            length = ((end or hour_start(start + HOUR, self._zone)) - start).total_seconds()
            seen_from = max(start, seen_since)
            seen_to = end or now
            if seen_from >= seen_to and start < seen_since:
                hours.append(Hour(start, UNSEEN, partial=end is None, elapsed=0.0))
                continue
            elapsed = 1.0 if seen_from == start and end else (seen_to - seen_from).total_seconds() / length
            counts = self._counts.get(start)
            hours.append(Hour(start, HourCount(*counts) if counts else HourCount(), elapsed < 1.0, elapsed))
        return tuple(hours)
