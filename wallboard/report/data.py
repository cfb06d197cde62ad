"""A report as data: docs/report.md describes it, a stable interface. Fields are added, never renamed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from wallboard.core.entities import OTHER, Disposition
from wallboard.core.poll import PollFailure
from wallboard.report.figures import CallCounts, CallFigures, Group, Report, Stretch

Table = dict[str, Any]


def as_json(centres: Sequence[Table]) -> str:
    return msgspec.json.format(msgspec.json.encode({"centres": list(centres)}), indent=2).decode()


def failed(feed_id: str, name: str, failure: PollFailure) -> Table:
    return {"id": feed_id, "name": name, "failure": {"kind": failure.kind.value, "message": failure.message}}


def table(report: Report, *, districts: bool = True) -> Table:
    """Instants in the centre's own time, with their offset. Without `districts`, no place is told."""
    told, incidents = report.told, report.incidents
    by_district = incidents.by_district if incidents and districts else None
    tables: Table = {
        "id": told.feed_id,
        "name": told.snapshot.centre.name,
        "failure": None,
        "begins": told.begins,
        "ends": told.ends,
        "now": told.now,
        "dropped_rows": len(told.dropped_rows),
        "calls": None if report.calls is None else _calls(report.calls),
        "incidents": None
        if incidents is None
        else {
            "since": incidents.since,
            "response_limit_s": report.response_limit_s,
            **msgspec.to_builtins(incidents.figures),
        },
        "by_category": _groups(incidents.by_category if incidents else None),
        "by_priority": _groups(incidents.by_priority if incidents else None),
        "by_agency": _groups(incidents.by_agency if incidents else None),
        "by_district": _groups(by_district),
        "days": [{"day": day.days.first, **_stretch(day)} for day in report.days],
        "months": [{"month": f"{month.days.first:%Y-%m}", **_stretch(month)} for month in report.months],
        "hours": None
        if report.calls is None
        else [{"hour": hour, **_counts(counts)} for hour, counts in enumerate(report.calls.by_hour)],
    }
    local: Table = _local(tables, told.zone)
    return local


def _calls(calls: CallFigures) -> Table:
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


COUNTED = ("received", "answered", "abandoned", *map(str, Disposition), OTHER)


def _counts(counts: CallCounts | None) -> Table:
    if counts is None:
        return dict.fromkeys(COUNTED)
    told = {"received": counts.received, "answered": counts.answered, "abandoned": counts.abandoned}
    return {**told, **counts.dispositions}


def _stretch(stretch: Stretch) -> Table:
    return {"partial": stretch.partial, **_counts(stretch.calls), "incidents": stretch.incidents}


def _groups(groups: Sequence[Group] | None) -> list[Table] | None:
    if groups is None:
        return None
    return [{"key": group.key, "name": group.name, **msgspec.to_builtins(group.figures)} for group in groups]


def _local(value: Any, zone: ZoneInfo) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(zone)
    if isinstance(value, dict):
        return {key: _local(one, zone) for key, one in value.items()}
    if isinstance(value, list):
        return [_local(one, zone) for one in value]
    return value
