"""A report as data: docs/report.md describes it, a stable interface. Fields are added, never renamed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from wallboard.core.entities import DISPOSITIONS
from wallboard.core.poll import PollFailure
from wallboard.local_times import local
from wallboard.report.figures import AllIncidents, CallCounts, CallFigures, Group, Report, Stretch
from wallboard.report.reading import Unknown

Table = dict[str, Any]

COUNTED = ("received", "answered", "abandoned", *DISPOSITIONS)
GROUPINGS = ("by_category", "by_priority", "by_agency", "by_district")


def as_json(centres: Sequence[Table]) -> str:
    return msgspec.json.format(msgspec.json.encode({"centres": list(centres)}), indent=2).decode()


def failed(feed_id: str, name: str, failure: PollFailure) -> Table:
    return {"id": feed_id, "name": name, "failure": {"kind": failure.kind.value, "message": failure.message}}


def table(report: Report, *, districts: bool = True) -> Table:
    """Instants in the centre's own time, with their offset. Without `districts`, no place is told."""
    told = report.told
    tables: Table = local(
        {
            "id": told.feed_id,
            "name": told.snapshot.centre.name,
            "failure": None,
            "begins": told.begins,
            "ends": told.ends,
            "now": told.now,
            "dropped_rows": len(told.dropped_rows),
            "calls_unknown": _unknown(told.calls),
            "calls": _calls(report.calls),
            "incidents_unknown": _unknown(told.incidents),
            "incidents": _incidents(report.incidents, report.response_limit_s),
            **_by_group(report.incidents, districts=districts),
            "days": [{"day": day.days.first, **_stretch(day)} for day in report.days],
            "months": [{"month": f"{month.days.first:%Y-%m}", **_stretch(month)} for month in report.months],
            "hours": _hours(report.calls),
        },
        told.zone,
    )
    return tables


def _unknown(past: object) -> str | None:
    return past.value if isinstance(past, Unknown) else None


def _calls(calls: CallFigures | None) -> Table | None:
    if calls is None:
        return None
    answering = msgspec.to_builtins(calls.answering)
    del answering["offered"]  # which is what was received
    return {
        "since": calls.since,
        **_counts(calls.counts),
        "going_on": calls.going_on,
        "verified_share": calls.counts.verified_share.value,
        **answering,
        "busiest_hour": calls.busiest_hour and calls.busiest_hour.start,
        "busiest_hour_received": calls.busiest_hour and calls.busiest_hour.received,
    }


def _counts(counts: CallCounts | None) -> Table:
    if counts is None:
        return dict.fromkeys(COUNTED)
    told = {"received": counts.received, "answered": counts.answered, "abandoned": counts.abandoned}
    return told | {name: counts.dispositions[name] for name in DISPOSITIONS}


def _stretch(stretch: Stretch) -> Table:
    return {"partial": stretch.partial, **_counts(stretch.calls), "incidents": stretch.incidents}


def _hours(calls: CallFigures | None) -> list[Table] | None:
    if calls is None:
        return None
    return [{"hour": hour, **_counts(counts)} for hour, counts in enumerate(calls.by_hour)]


def _incidents(incidents: AllIncidents | None, response_limit_s: float) -> Table | None:
    if incidents is None:
        return None
    figures = msgspec.to_builtins(incidents.figures)
    return {"since": incidents.since, "response_limit_s": response_limit_s, **figures}


def _by_group(incidents: AllIncidents | None, *, districts: bool) -> Table:
    if incidents is None:
        return dict.fromkeys(GROUPINGS)
    told = {name: _groups(getattr(incidents, name)) for name in GROUPINGS}
    return told if districts else told | {"by_district": None}


def _groups(groups: Sequence[Group] | None) -> list[Table] | None:
    if groups is None:
        return None
    return [{"key": group.key, "name": group.name, **msgspec.to_builtins(group.figures)} for group in groups]
