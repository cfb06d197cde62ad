"""The figures as JSON: docs/check-json.md describes it, a stable interface. Fields are added, never renamed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from wallboard.check.polling import Polled, clock_offset_s
from wallboard.core.entities import ARRIVED, DISPATCHED, DISPOSITIONS
from wallboard.core.judgement import JUDGED, Record, judge
from wallboard.core.metrics import EstimatedShare, Share, dispatch_delay_s, response_s, seconds_between
from wallboard.core.polllog import PollLog
from wallboard.core.situation import Situation
from wallboard.history.entries import UnreadableError
from wallboard.history.recall import Clocks, WallLog, recall, standing
from wallboard.local_times import local

Table = dict[str, Any]


def as_json(polled: Sequence[Polled], log: WallLog | None = None) -> bytes:
    """The figures of the first feed, and those of each in `centres`; how good the alarms are, by the wall's log."""
    centres = [_centre(situation, monotonic_s) for situation, monotonic_s in polled]
    first = {name: value for name, value in centres[0].items() if name not in ("id", "name", "feed")}
    tables = {"now": first.pop("now"), "feeds": [centre["feed"] for centre in centres], **first, "centres": centres}
    tables["alarm_system"] = local(_alarm_system(polled, log), polled[0][0].zone or UTC)
    return msgspec.json.format(msgspec.json.encode(tables), indent=2)


def _centre(situation: Situation, monotonic_s: float) -> Table:
    now = situation.as_of
    tables = {
        "id": situation.settings.feed_id,
        "name": situation.name,
        "now": now,
        "feed": _feed(situation, monotonic_s),
        "kpis": _kpis(situation),
        "funnel_today": _funnel(situation),
        "calls": _calls(situation, now),
        "incidents": _incidents(situation, now),
        "agencies": _agencies(situation),
        "calls_per_hour": _hours(situation),
        "alarms": _alarms(situation, now),
    }
    told: Table = local(tables, situation.zone or UTC)
    return told


def _feed(situation: Situation, monotonic_s: float) -> Table:
    rows, failure = situation.rows, situation.failure
    return {
        "id": situation.settings.feed_id,
        "state": situation.state(monotonic_s),
        "data_age_s": situation.clock.age_s(monotonic_s),
        "clock_offset_s": clock_offset_s(situation),
        "clock_error_s": situation.clock.error_s(monotonic_s),
        "rows": None
        if rows is None
        else {
            name: len(getattr(rows, name).rows) if situation.tells(name) else None
            for name in ("calls", "incidents", "units", "agencies", "call_takers")
        },
        "untold": sorted(situation.untold),
        "dropped_rows": [{"path": row.path, "reason": row.reason} for row in situation.dropped_rows],
        "unknown_values": dict(situation.unknown_values),
        "misplaced_instants": situation.misplaced_instants,
        "failure": None if failure is None else {"kind": failure.kind, "message": failure.message},
        "polls": _polls(situation.polls, monotonic_s),
    }


def _polls(log: PollLog, monotonic_s: float) -> Table:
    latency = log.latency()
    return {
        "good": log.good,
        "failed": {kind.value: count for kind, count in log.failed.items()},
        "checks": log.checks,
        "differences": log.differences if log.checks else None,
        "latency": {
            "n": latency.n if latency else 0,
            "p50_s": latency.p50_s if latency else None,
            "p95_s": latency.p95_s if latency else None,
            "p99_s": latency.p99_s if latency else None,
        },
        "last": [
            {
                "ago_s": monotonic_s - one.at_s,
                "duration_s": one.duration_s,
                "way": one.way,
                "size_bytes": one.size_bytes if one.failure is None else None,
                "rows": one.rows,
                "dropped_rows": one.dropped_rows if one.failure is None else None,
                "failure": one.failure,
                "message": one.message or None,
            }
            for one in log.records
        ],
    }


def _share(share: Share | None) -> Table:
    return {"value": share.value if share else None, "n": share.n if share else None}


def _estimated(share: EstimatedShare | None) -> Table:
    return _share(share) | {"low": share.low if share else None, "high": share.high if share else None}


def _kpis(situation: Situation) -> Table:
    kpis = situation.kpis()
    calls, incidents, staffing = (kpis.calls, kpis.incidents, kpis.staffing) if kpis else (None, None, None)
    answering, today = (calls.answering, calls.today) if calls else (None, None)
    return {
        "waiting": calls.waiting if calls else None,
        "longest_waiting_s": calls.longest_waiting_s if calls else None,
        "talking": calls.talking if calls else None,
        "offered": answering.offered if answering else None,
        "service_level_15": _estimated(answering.service_level_15 if answering else None),
        "service_level_20": _estimated(answering.service_level_20 if answering else None),
        "average_speed_of_answer_s": answering.average_speed_of_answer_s if answering else None,
        "answer_p90_s": answering.answer_p90_s if answering else None,
        "abandonment_rate": _share(answering.abandonment_rate if answering else None),
        "calls_today": today.received if today else None,
        "verified_today": today.dispositions["verified"] if today else None,
        "verified_share_today": today.verified_share.value if today else None,
        "today_since": today.since if today else None,
        "active_incidents": incidents.active if incidents else None,
        "unassigned_incidents": incidents.unassigned if incidents else None,
        "call_takers_on_duty": staffing.on_duty if staffing else None,
        "call_takers_free": staffing.free if staffing else None,
        "occupancy": staffing.occupancy if staffing else None,
    }


def _funnel(situation: Situation) -> Table:
    kpis = situation.kpis()
    today = kpis.calls.today if kpis and kpis.calls else None
    incidents = kpis.incidents.today if kpis and kpis.incidents else None
    return {
        "received": today.received if today else None,
        "answered": today.answered if today else None,
        "abandoned": today.abandoned if today else None,
        **{name: today.dispositions[name] if today else None for name in DISPOSITIONS},
        "dispatched": incidents.dispatched if incidents else None,
        "closed": incidents.closed if incidents else None,
        "incidents_since": incidents.since if incidents else None,
        "closed_since": incidents.closed_since if incidents else None,
    }


def _calls(situation: Situation, now: datetime | None) -> Table:
    if now is None or not situation.tells_call_states:
        return {"waiting": None, "talking": None}
    return {
        "waiting": [{"id": c.id, "seconds": seconds_between(c.received_at, now)} for c in situation.waiting_calls()],
        "talking": [
            {"id": c.id, "seconds": seconds_between(c.answered_at, now)}
            for c in situation.talking_calls()
            if c.answered_at is not None
        ],
    }


def _incidents(situation: Situation, now: datetime | None) -> list[Table] | None:
    if now is None or not situation.tells("incidents"):
        return None
    dispatches, arrivals = situation.tells(DISPATCHED), situation.tells(ARRIVED)
    return [
        {
            "id": row.id,
            "number": row.number,
            "priority": row.priority,
            "status": row.status,
            "category": row.category,
            "age_s": seconds_between(row.reported_at, now),
            "dispatch_delay_s": dispatch_delay_s(row, now) if dispatches else None,
            "response_s": response_s(row, now) if arrivals else None,
            "unassigned": row.unassigned if dispatches else None,
        }
        for row in situation.active_incidents()
    ]


def _agencies(situation: Situation) -> list[Table] | None:
    if not situation.tells("agencies"):
        return None
    since = situation.compliance_since()
    return [
        {
            "id": agency.id,
            "name": agency.name,
            "busy": agency.load.busy if agency.load else None,
            "available": agency.load.available if agency.load else None,
            "out": agency.load.out if agency.load else None,
            "other": agency.load.other if agency.load else None,
            "load": agency.load.load if agency.load else None,
            "incidents": agency.incidents,
            "response_compliance_24h": _share(agency.compliance) | {"since": since if agency.compliance else None},
        }
        for agency in situation.agencies()
    ]


def _hours(situation: Situation) -> list[Table] | None:
    if not situation.tells("calls"):
        return None
    return [
        {
            "hour": hour.start,
            "total": hour.count.total,
            "answered": hour.count.answered,
            "abandoned": hour.count.abandoned,
            "verified": hour.count.verified,
            "partial": hour.partial,
            "elapsed": hour.elapsed,
        }
        for hour in situation.hours()
    ]


def _alarms(situation: Situation, now: datetime | None) -> list[Table] | None:
    if now is None:
        return None
    return [
        {
            "rule": alarm.subject.rule,
            "scope": alarm.subject.scope,
            "key": alarm.subject.key,
            "severity": alarm.severity.name.lower(),
            "state": alarm.state,
            "value": alarm.value,
            "limit": alarm.limit,
            "since": alarm.since,
        }
        for alarm in situation.alarms.alarms(now)
    ]


def _alarm_system(polled: Sequence[Polled], log: WallLog | None) -> Table | None:
    """None without a log that can be read, or a server's time to judge it by."""
    telling = next((situation for situation, _ in polled if situation.as_of is not None), None)
    if log is None or telling is None or telling.as_of is None:
        return None
    clocks = _clocks(telling.as_of, telling, polled, log)
    try:
        told = recall(log, JUDGED, clocks)
        # Not of the polls: an alarm that is found now does not tell since when it stands.
        judged = judge(Record(told.events), standing(log, clocks), told.since, clocks.now)
    except UnreadableError:
        return None
    performance = judged.performance
    return {
        "since": judged.since,
        "alarms": performance.alarms,
        "alarms_per_hour": performance.mean_per_hour,
        "last_hour": performance.last_hour,
        "last_10_minutes": performance.last_ten_minutes,
        "flood_since": judged.flood.begins if judged.flood is not None else None,
        "floods": len(performance.floods),
        "share_in_flood": performance.share_in_flood,
        "chattering": judged.chattering,
        "stale": judged.stale,
        "severities": {severity.name.lower(): share for severity, share in performance.distribution.items()},
    }


def _clocks(now: datetime, telling: Situation, polled: Sequence[Polled], log: WallLog) -> Clocks:
    """By that of the centre that tells; one that does not is taken to have the same time."""
    telling_s = clock_offset_s(telling) or 0.0
    offsets_s = {situation.settings.feed_id: clock_offset_s(situation) for situation, _ in polled}

    def ahead(feed_id: str) -> timedelta:
        offset_s = offsets_s.get(feed_id)
        return timedelta(seconds=0.0 if offset_s is None else offset_s - telling_s)

    return Clocks(now, {feed_id: ahead(feed_id) for feed_id in log.feed_ids}, timedelta(seconds=-telling_s))
