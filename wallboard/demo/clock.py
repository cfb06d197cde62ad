"""The simulated clock, and instants as the simulation counts them: seconds since 1970, UTC."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from zoneinfo import ZoneInfo

from wallboard.core.epoch import EPOCH

MINUTE_S = 60.0
HOUR_S = 3600.0
DAY_S = 86400.0


class SimulatedClock:
    """Stands at `start` when made and then runs at `speed` simulated seconds to the real one.

    `monotonic` gives real seconds; tests put in their own. Raises ValueError for a naive start or a speed not above 0.
    """

    def __init__(self, start: datetime, speed: float = 1.0, monotonic: Callable[[], float] = time.monotonic) -> None:
        if start.tzinfo is None:
            raise ValueError("the start of the simulation needs a time zone")
        if not speed > 0:
            raise ValueError("the speed must be above 0")
        self.start_s = start.timestamp()
        self.speed = speed
        self.monotonic = monotonic
        self._origin_s = monotonic()

    def now_s(self) -> float:
        return self.start_s + (self.monotonic() - self._origin_s) * self.speed

    def real_seconds_until(self, instant_s: float) -> float:
        return max(0.0, (instant_s - self.now_s()) / self.speed)


def utc(instant_s: float) -> datetime:
    """To the millisecond, as the contract's examples write it."""
    return EPOCH + timedelta(seconds=round(instant_s, 3))


def local_date(instant_s: float, zone: ZoneInfo) -> date:
    return (EPOCH + timedelta(seconds=instant_s)).astimezone(zone).date()


def local_instant(day: date, hour: int, minute: int, zone: ZoneInfo) -> float:
    return datetime.combine(day, time_of_day(hour, minute), zone).timestamp()
