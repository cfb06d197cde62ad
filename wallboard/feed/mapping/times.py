"""Instants as dispatch systems write them, read and written."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from wallboard.core.epoch import EPOCH
from wallboard.feed.contract import CALENDAR, amid_the_calendar
from wallboard.feed.mapping.declaration import TimeFormat

LATEST_S = 300.0
"""How far a reading of an ambiguous time may lie after the server's clock: clocks of one system differ by minutes."""

_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,9})?", re.ASCII)
_WITH_TIME_OF_DAY = re.compile(r"\d[T ]\d")
_AS_MS = 10**11
"""Seconds up to here reach the year 5138; milliseconds from here begin in 1973."""

_NAMES = {
    TimeFormat.RFC3339: "a time with an offset (rfc3339)",
    TimeFormat.LOCAL: "a time without an offset (local)",
    TimeFormat.UTC: "a time without an offset (utc)",
    TimeFormat.EPOCH_S: "seconds since 1970 (epoch_s)",
    TimeFormat.EPOCH_MS: "milliseconds since 1970 (epoch_ms)",
}


class BadValue(Exception):  # noqa: N818 (it is not an error of the program's)
    """A value that is not what its field needs. The message says what it needs, and is free of the value."""


class TimeReader(Struct, frozen=True, kw_only=True):
    format: TimeFormat
    zone: ZoneInfo | None = None
    """Of local times."""
    pattern: str | None = None

    def __call__(self, value: Any, now: datetime, known: datetime | None = None) -> datetime:
        """In UTC. Raises BadValue.

        In the hour that a clock runs through twice, a local time has two readings: the one that is `known` of this
        same thing from an earlier answer, so that it does not move; else the later one that is not after `now`. In
        the hour that a clock leaps over, a time is read on the clock before the leap.
        """
        try:
            if self.format in (TimeFormat.EPOCH_S, TimeFormat.EPOCH_MS):
                instant = self._since_epoch(value)
            else:
                instant = self._written(value, now, known)
        except (ValueError, OverflowError):
            raise BadValue(f"it is not {self._wanted()}") from None
        if not amid_the_calendar(instant):
            raise BadValue(f"it is outside of the months {CALENDAR}")
        return instant

    def _since_epoch(self, value: Any) -> datetime:
        if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
            value = float(value) if "." in value else int(value)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise BadValue(f"it is not {self._wanted()}")
        if self.format is TimeFormat.EPOCH_MS:
            return EPOCH + timedelta(milliseconds=value)
        if abs(value) >= _AS_MS:
            raise BadValue("it is too large for seconds since 1970 (epoch_s): epoch_ms?")
        return EPOCH + timedelta(seconds=value)

    def _written(self, value: Any, now: datetime, known: datetime | None) -> datetime:
        if not isinstance(value, str):
            hint = ": epoch_s or epoch_ms?" if isinstance(value, int | float) and not isinstance(value, bool) else ""
            raise BadValue(f"it is not {self._wanted()}{hint}")
        text = value.strip()
        if self.pattern:
            written = datetime.strptime(text, self.pattern)  # noqa: DTZ007 (the zone is given below)
        elif _WITH_TIME_OF_DAY.search(text):
            written = datetime.fromisoformat(text)
        else:
            raise BadValue(f"it is not {self._wanted()}")
        if written.tzinfo is not None:
            return written.astimezone(UTC)
        if self.format is TimeFormat.UTC:
            return written.replace(tzinfo=UTC)
        if self.format is TimeFormat.RFC3339 or self.zone is None:
            raise BadValue("it has no offset (rfc3339): local or utc?")
        return _on_the_clock_of(self.zone, written, now, known)

    def _wanted(self) -> str:
        return f"{_NAMES[self.format]}, as {self.pattern}" if self.pattern else _NAMES[self.format]


def written(instant: datetime, format_: TimeFormat, zone: ZoneInfo | None) -> str:
    """The instant as a system wants it in a query."""
    if format_ is TimeFormat.EPOCH_S:
        return str(int(instant.timestamp()))
    if format_ is TimeFormat.EPOCH_MS:
        return str(int(instant.timestamp() * 1000))
    if format_ is TimeFormat.LOCAL and zone is not None:
        return instant.astimezone(zone).replace(tzinfo=None).isoformat(timespec="seconds")
    if format_ is TimeFormat.UTC:
        return instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds")
    return instant.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


@cache
def zone_named(name: str) -> ZoneInfo | None:
    """None where there is no such zone."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def _on_the_clock_of(zone: ZoneInfo, local: datetime, now: datetime, known: datetime | None) -> datetime:
    first = local.replace(tzinfo=zone).astimezone(UTC)
    second = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if first >= second:  # the same; or leapt over, where fold 1 is the clock after the leap
        return first
    if known in (first, second):
        return known or first
    return second if second <= now + timedelta(seconds=LATEST_S) else first
