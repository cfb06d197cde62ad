"""The wall's figures without the wall: one poll of each feed, as a table for people or as JSON for programs.

docs/check-json.md describes the JSON, which is a stable interface: fields are added, never renamed.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from wallboard.configuration.options import Configuration, Feed
from wallboard.core.entities import ARRIVED, DISPATCHED
from wallboard.core.judgement import JUDGED, judge
from wallboard.core.metrics import EstimatedShare, Share, seconds_between
from wallboard.core.poll import FailureKind, PollFailure, PollSuccess
from wallboard.core.polllog import PollLog
from wallboard.core.situation import FeedState, Kpis, Situation
from wallboard.core.skew import SkewWatch
from wallboard.feed import credentials
from wallboard.feed.poller import Poller, TokenOf
from wallboard.history.entries import UnreadableError
from wallboard.history.recall import WallLog, recall, standing
from wallboard.language import Words, clock
from wallboard.steady import steady_s

Table = dict[str, Any]

CLOCK_DECIMALS = 3
"""Of seconds: the error of the clock is a matter of milliseconds."""

MS_PER_S = 1000

Polled = tuple[Situation, float]
"""What one poll and the history told, and the monotonic instant at which."""

MOST_AT_A_TIME = 32
"""Feeds that are polled beside each other: 200 that do not answer within 10 s then take a minute, not half an hour."""


def poll(
    configuration: Configuration,
    feeds: Sequence[Feed] | None = None,
    token_of: TokenOf = credentials.token,
    *,
    polls: int = 1,
) -> list[Polled]:
    """Of these feeds, or of all, in their order; with more `polls` than one, at each feed's interval."""
    wanted = configuration.feed if feeds is None else feeds
    with ThreadPoolExecutor(min(MOST_AT_A_TIME, len(wanted))) as threads:
        return list(threads.map(lambda feed: _poll(configuration, feed, token_of, polls), wanted))


def _poll(configuration: Configuration, feed: Feed, token_of: TokenOf, polls: int) -> Polled:
    situation = Situation(configuration.settings(feed))
    poller = Poller(feed, lambda _: None, token_of=token_of)
    try:
        for left in reversed(range(polls)):
            outcome = poller.poll()
            situation.observe(outcome, steady_s())
            if isinstance(outcome, PollFailure) and outcome.kind is FailureKind.UNAUTHORISED:
                break  # many systems lock an account that knocks with a wrong key too often
            if left and not (isinstance(outcome, PollSuccess) and outcome.held):
                time.sleep(max(feed.poll_interval_s, poller.retry_after_s or 0.0))
        if situation.backfill_wanted and (history := poller.backfill()) is not None:
            situation.observe(history, steady_s())
    finally:
        poller.close()
    now_s = steady_s()
    situation.advance(now_s)
    return situation, now_s


def as_json(polled: Sequence[Polled], log: WallLog | None = None) -> bytes:
    """The figures of the first feed, and those of each in `centres`; how good the alarms are, by the wall's log."""
    centres = [_centre(situation, monotonic_s) for situation, monotonic_s in polled]
    first = {name: value for name, value in centres[0].items() if name not in ("id", "name", "feed")}
    tables = {"now": first.pop("now"), "feeds": [centre["feed"] for centre in centres], **first, "centres": centres}
    tables["alarm_system"] = _local(_alarm_system(polled, log), polled[0][0])
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
    local: Table = _local(tables, situation)
    return local


def _local(value: Any, situation: Situation) -> Any:
    """Instants in the centre's own time, with their offset."""
    if isinstance(value, datetime):
        return value.astimezone(situation.zone or UTC)
    if isinstance(value, dict):
        return {key: _local(one, situation) for key, one in value.items()}
    if isinstance(value, list):
        return [_local(one, situation) for one in value]
    return value


def _feed(situation: Situation, monotonic_s: float) -> Table:
    rows, failure = situation.rows, situation.failure
    return {
        "id": situation.settings.feed_id,
        "state": situation.state(monotonic_s),
        "data_age_s": situation.clock.age_s(monotonic_s),
        "clock_offset_s": _clock_offset_s(situation),
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


def _clock_offset_s(situation: Situation) -> float | None:
    """Both clocks are read now: the PC's goes on while figures are put together."""
    return situation.clock.clock_offset_s(steady_s(), datetime.now(UTC))


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


FUNNEL_DISPOSITIONS = ("verified", "information", "prank", "ghost", "duplicate", "test", "pending", "other")


def _funnel(situation: Situation) -> Table:
    kpis = situation.kpis()
    today = kpis.calls.today if kpis and kpis.calls else None
    incidents = kpis.incidents.today if kpis and kpis.incidents else None
    return {
        "received": today.received if today else None,
        "answered": today.answered if today else None,
        "abandoned": today.abandoned if today else None,
        **{name: today.dispositions[name] if today else None for name in FUNNEL_DISPOSITIONS},
        "dispatched": incidents.dispatched if incidents else None,
        "closed": incidents.closed if incidents else None,
        "incidents_since": incidents.since if incidents else None,
    }


def _calls(situation: Situation, now: datetime | None) -> Table:
    if now is None or not situation.tells("calls"):
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
            "dispatch_delay_s": seconds_between(row.reported_at, row.dispatched_at or now) if dispatches else None,
            "response_s": seconds_between(row.reported_at, row.arrived_at or now) if arrivals else None,
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
    now, pc_ahead_s = telling.as_of, -(_clock_offset_s(telling) or 0.0)
    try:
        told = recall(log, now - JUDGED, now, timedelta(seconds=pc_ahead_s))
        # Not of the polls: an alarm that is found now does not tell since when it stands.
        judged = judge(told.events, standing(log), told.since, now)
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


def as_table(polled: Sequence[Polled], words: Words) -> str:
    """The figures as people read them: with several centres, first a line for each."""
    lines = _roll_up(polled, words) if len(polled) > 1 else []
    for situation, monotonic_s in polled:
        lines += [*([""] if lines else []), *_lines(situation, monotonic_s, words)]
    return "\n".join(lines) + "\n"


def _roll_up(polled: Sequence[Polled], words: Words) -> list[str]:
    none = words("format.none")
    headings = [
        words(f"centres.{name}") for name in ("waiting", "longest", "service_level", "incidents", "load", "age")
    ]
    table = [[words("centres.title"), *headings]]
    for situation, monotonic_s in polled:
        kpis = situation.kpis()
        if kpis is None:
            table.append([situation.name, *[none] * len(headings)])
            continue
        calls, incidents, units = kpis.calls, kpis.incidents, situation.units_at_work()
        longest_s = calls.longest_waiting_s if calls else None
        level = calls.answering.service_level_15 if calls else None
        unassigned = incidents.unassigned if incidents else 0
        beside = f" ({words('kpis.incidents_unassigned', count=unassigned)})" if unassigned else ""
        table.append(
            [
                situation.name,
                words.number(calls.waiting if calls else None),
                none if longest_s is None else words.lasting(longest_s),
                none if level is None or level.value is None else f"{words.percent(level.value)} (n {level.n})",
                words.number(incidents.active if incidents else None) + beside,
                none if units is None else f"{units[0]}/{units[1]}",
                words.seconds(situation.clock.age_s(monotonic_s)),
            ]
        )
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table]


def _lines(situation: Situation, monotonic_s: float, words: Words) -> list[str]:
    lines = [_feed_line(situation, monotonic_s, words), *_clock_lines(situation, monotonic_s, words)]
    lines.append(f"  {_poll_line(situation.polls, words)}")
    lines += [f"  {row.path}: {row.reason}" for row in situation.dropped_rows]
    kpis, now = situation.kpis(), situation.as_of
    if kpis is None or now is None:
        return lines

    def heading(key: str, told: str = "") -> None:
        lines.extend(("", words(key)))
        if told in situation.untold:
            lines.append(f"  {words(f'untold.{told}')}")

    lines += ["", *_kpi_lines(kpis, words)]
    heading("incidents.title", "incidents")
    for row in situation.active_incidents():
        status = words("incidents.unassigned") if row.unassigned and situation.tells(DISPATCHED) else row.status
        age = words.lasting(seconds_between(row.reported_at, now))
        lines.append(f"  P{row.priority}  {row.number:<14} {age:>9}  {status:<14} {row.title}")
    heading("calls.title", "calls")
    calls = _calls(situation, now)
    for state in ("waiting", "talking"):
        lines += [
            f"  {call['id']:<16} {words(f'calls.{state}'):<12} {clock(call['seconds']):>8}"
            for call in calls[state] or ()
        ]
    heading("agencies.title", "agencies")
    for agency in situation.agencies():
        load = agency.load
        units = f"{load.busy}/{load.available}/{load.out}" if load else words("format.none")
        lines.append(f"  {agency.name:<20} {words.percent(load.load if load else None):>5}  {units}")
    heading("hours.title", "calls")
    for hour in situation.hours():
        count, verified = words.number(hour.count.total), words.number(hour.count.verified)
        begins = f"{hour.start.astimezone(situation.zone):%H:%M}"
        lines.append(f"  {begins}  {count:>5}  {verified:>5}{'  …' if hour.partial else ''}")
    heading("check.alarms")
    for alarm in situation.alarms.alarms(now):
        since = f"{alarm.since.astimezone(situation.zone):%H:%M:%S}"
        severity = words(f"banner.{alarm.severity.name.lower()}")
        lines.append(f"  {severity:<10} {alarm.subject.rule:<20} {alarm.subject.key:<16} {since}  {alarm.state.value}")
    return lines


def _feed_line(situation: Situation, monotonic_s: float, words: Words) -> str:
    state = situation.state(monotonic_s)
    name = situation.name
    if situation.failure is not None:
        return f"{name}: {words(f'failure.{situation.failure.kind.value}')} ({situation.failure.message})"
    label = words("header.live" if state is FeedState.LIVE else "header.stale")
    when = f"{situation.as_of.astimezone(situation.zone):%Y-%m-%d %H:%M:%S %Z}" if situation.as_of else ""
    return f"{name}: {label} · {when}"


def _poll_line(log: PollLog, words: Words) -> str:
    latency = log.latency()
    counts = words("check.polls", good=words.number(log.good), failed=words.number(log.failed.total()))
    if latency is None:
        return counts
    p50, p95, p99 = (words.number(MS_PER_S * one_s) for one_s in (latency.p50_s, latency.p95_s, latency.p99_s))
    return " · ".join((counts, words("check.latency", p50=p50, p95=p95, p99=p99)))


def _clock_lines(situation: Situation, monotonic_s: float, words: Words) -> list[str]:
    error_s = situation.clock.error_s(monotonic_s)
    if error_s is None:
        return []
    error = words.seconds(error_s, CLOCK_DECIMALS)
    ahead_s = SkewWatch().pc_ahead_s(_clock_offset_s(situation), error_s)
    if ahead_s is None:
        shown = words("check.pc_clock_right", error=error)
    else:
        shown = words("check.pc_clock_wrong", ahead=words.ahead(ahead_s), error=error)
    return [f"  {shown}"]


def _kpi_lines(kpis: Kpis, words: Words) -> list[str]:
    def percent(share: Share | None) -> str:
        if share is None or share.value is None:
            return words("format.none")
        return f"{words.percent(share.value, 1)} (n {words.number(share.n)})"

    calls = kpis.calls
    answering, today = (calls.answering, calls.today) if calls else (None, None)
    verified = words.number(today.dispositions["verified"] if today else None)
    values = {
        "kpis.waiting": words.number(calls.waiting if calls else None),
        "kpis.service_level": percent(answering.service_level_15 if answering else None),
        "kpis.answer": words.seconds(answering.average_speed_of_answer_s if answering else None),
        "kpis.calls_today": words.number(today.received if today else None),
        "kpis.verified": f"{verified} · {percent(today.verified_share)}" if today else verified,
        "kpis.incidents": words.number(kpis.incidents.active if kpis.incidents else None),
    }
    width = max(len(words(key)) for key in values)
    return [f"  {words(key):<{width}}  {value}" for key, value in values.items()]
