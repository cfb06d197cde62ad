"""What a centre told of Monday, 20 October 2025, which at 10:00 there, T0, goes on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from msgspec.structs import replace

from tests.core.builders import settings, snapshot
from wallboard.core.entities import Call, Incident, Snapshot
from wallboard.report.figures import Report, report
from wallboard.report.period import Days
from wallboard.report.reading import Told

MONDAY = Days(date(2025, 10, 20), date(2025, 10, 20))


def told(
    calls: Iterable[Call] | None = (),
    incidents: Iterable[Incident] | None = (),
    days: Days = MONDAY,
    of: Snapshot | None = None,
) -> Told:
    """With a history that reaches back."""
    rows = None if incidents is None else tuple(incidents)
    return Told(
        feed_id="x",
        snapshot=of or snapshot(),
        days=days,
        calls=None if calls is None else tuple(calls),
        calls_since=None,
        incidents=rows,
        incidents_since=None,
        going_on=frozenset(row.id for row in rows or () if row.active),
    )


def made(one: Told, **changes: object) -> Report:
    return report(replace(one, **changes), settings())
