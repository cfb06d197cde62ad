"""What a centre told of Monday, 20 October 2025, which at 10:00 there, T0, goes on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from msgspec.structs import replace

from tests.core.builders import settings, snapshot
from wallboard.core.entities import Call, Incident, Snapshot
from wallboard.report.figures import Report, report
from wallboard.report.period import Days
from wallboard.report.reading import Past, Told, Unknown

MONDAY = Days(date(2025, 10, 20), date(2025, 10, 20))


def told(
    calls: Iterable[Call] | Unknown = (),
    incidents: Iterable[Incident] | Unknown = (),
    days: Days = MONDAY,
    of: Snapshot | None = None,
    *,
    calls_since: datetime | None = None,
    incidents_since: datetime | None = None,
) -> Told:
    """With a history that reaches back, but for what is counted since later."""
    rows = () if isinstance(incidents, Unknown) else tuple(incidents)
    return Told(
        feed_id="x",
        snapshot=of or snapshot(),
        days=days,
        calls=calls if isinstance(calls, Unknown) else Past(rows=tuple(calls), since=calls_since),
        incidents=incidents if isinstance(incidents, Unknown) else Past(rows=rows, since=incidents_since),
        going_on=frozenset(row.id for row in rows if row.active),
    )


def made(one: Told, **changes: object) -> Report:
    return report(replace(one, **changes), settings())
