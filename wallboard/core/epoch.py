"""Instants as whole numbers: microseconds since 1970, exact, as a float's seconds are not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""Counted from here: datetime.fromtimestamp asks the system, and Windows knows no year after 3000."""

MICROSECOND = timedelta(microseconds=1)
"""The resolution of a datetime."""


def micros(at: datetime) -> int:
    return (at - EPOCH) // MICROSECOND


def instant(micros: int) -> datetime:
    return EPOCH + timedelta(microseconds=micros)
