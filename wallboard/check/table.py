"""The figures as people read them in a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from wallboard.check.polling import Polled, clock_offset_s
from wallboard.core.entities import DISPATCHED, IncidentStatus, known
from wallboard.core.metrics import EstimatedShare, Share, Staffing, seconds_between
from wallboard.core.polllog import PollLog
from wallboard.core.situation import FeedState, Kpis, Situation
from wallboard.core.skew import SkewWatch
from wallboard.language import MS_PER_S, Words, clock

CLOCK_DECIMALS = 3
"""Of seconds: the error of the clock is a matter of milliseconds."""


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
    lines += [f"  {path}: {_misplaced(count, words)}" for path, count in situation.misplaced_instants.items()]
    kpis, now = situation.kpis(), situation.as_of
    if kpis is None or now is None:
        return lines

    def heading(key: str, told: str = "") -> None:
        lines.extend(("", words(key)))
        if told in situation.untold:
            lines.append(f"  {words(f'untold.{told}')}")
        elif key == "calls.title" and not situation.tells_call_states:
            lines.append(f"  {words('untold.call_states')}")

    lines += ["", *_kpi_lines(kpis, situation.zone, words)]
    heading("incidents.title", "incidents")
    names = {agency.id: agency.name for agency in situation.agencies()}
    for row in situation.active_incidents():
        unassigned = row.unassigned and situation.tells(DISPATCHED)
        status = "incidents.unassigned" if unassigned else f"incident_status.{known(IncidentStatus, row.status)}"
        age = words.lasting(seconds_between(row.reported_at, now))
        agencies = ", ".join(names.get(key, key) for key in row.agency_ids)
        told = f"{row.title} · {agencies}" if agencies else row.title
        lines.append(f"  P{row.priority}  {row.number:<14} {age:>9}  {words(status):<16} {told}")
    heading("calls.title", "calls")
    timed = [("waiting", call.id, call.received_at) for call in situation.waiting_calls()]
    timed += [("talking", call.id, call.answered_at) for call in situation.talking_calls() if call.answered_at]
    for state, key, began in timed:
        lines.append(f"  {key:<16} {words(f'calls.{state}'):<12} {clock(seconds_between(began, now)):>8}")
    heading("agencies.title", "agencies")
    for agency in situation.agencies():
        load = agency.load
        units = f"{load.busy}/{load.available}/{load.out}" if load else words("format.none")
        share = words.percent(load.load if load else None)
        in_time = words("check.compliance", share=_percent(agency.compliance, words))
        lines.append(f"  {agency.name:<20} {share:>5}  {units:<9} {words.number(agency.incidents):>4}  {in_time}")
    heading("funnel.title")
    lines += _funnel_lines(kpis, situation.zone, words)
    heading("hours.title", "calls")
    for hour in situation.hours():
        count, verified = words.number(hour.count.total), words.number(hour.count.verified)
        begins = f"{hour.start.astimezone(situation.zone):%H:%M}"
        lines.append(f"  {begins}  {count:>5}  {verified:>5}{'  …' if hour.partial else ''}")
    heading("check.alarms")
    for alarm in situation.alarms.alarms(now):
        since = f"{alarm.since.astimezone(situation.zone):%H:%M:%S}"
        severity = words(f"banner.{alarm.severity.name.lower()}")
        state = words(f"alarm_state.{alarm.state.value}")
        lines.append(f"  {severity:<10} {alarm.subject.rule:<20} {alarm.subject.key:<16} {since}  {state}")
    return lines


def _feed_line(situation: Situation, monotonic_s: float, words: Words) -> str:
    state = situation.state(monotonic_s)
    name = situation.name
    if situation.failure is not None:
        return f"{name}: {words(f'failure.{situation.failure.kind.value}')} ({situation.failure.message})"
    label = words("header.live" if state is FeedState.LIVE else "header.stale")
    when = f"{situation.as_of.astimezone(situation.zone):%Y-%m-%d %H:%M:%S %Z}" if situation.as_of else ""
    why = f" · {words('old_answers.said')}" if situation.old_answer_s is not None else ""
    return f"{name}: {label} · {when}{why}"


def _misplaced(count: int, words: Words) -> str:
    return f"{words('diagnostics.misplaced_instant')} ({words.number(count)})"


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
    ahead_s = SkewWatch().pc_ahead_s(clock_offset_s(situation), error_s)
    if ahead_s is None:
        shown = words("check.pc_clock_right", error=error)
    else:
        shown = words("check.pc_clock_wrong", ahead=words.ahead(ahead_s), error=error)
    return [f"  {shown}"]


def _percent(share: Share | None, words: Words) -> str:
    if share is None or share.value is None:
        return words("format.none")
    return f"{words.percent(share.value, 1)} (n {words.number(share.n)})"


def _level(share: EstimatedShare | None, words: Words) -> str:
    """With its 95 % interval."""
    if share is None or share.value is None:
        return words("format.none")
    low, high = (words.percent(bound, 1) for bound in (share.low, share.high))
    return f"{words.percent(share.value, 1)} ({low} – {high}; n {words.number(share.n)})"


def _staffing(staffing: Staffing | None, words: Words) -> str:
    if staffing is None:
        return words("format.none")
    return words(
        "check.staffing",
        on_duty=words.number(staffing.on_duty),
        free=words.number(staffing.free),
        occupancy=words.percent(staffing.occupancy),
    )


def _counted_since(since: datetime | None, zone: ZoneInfo | None, words: Words) -> str:
    """Beside a number that is not of the whole day; of the funnel's, the first of each kind has it."""
    return f" · {words('kpis.calls_today_since', time=f'{since.astimezone(zone):%H:%M}')}" if since is not None else ""


def _funnel_lines(kpis: Kpis, zone: ZoneInfo | None, words: Words) -> list[str]:
    calls, incidents = kpis.calls.today if kpis.calls else None, kpis.incidents.today if kpis.incidents else None
    counts: dict[str, int | None] = {}
    since: dict[str, datetime | None] = {}
    if calls is not None:
        since = {"received": calls.since}
        counts |= {"received": calls.received, "answered": calls.answered, "abandoned": calls.abandoned}
        counts |= calls.dispositions
    if incidents is not None:
        since |= {"dispatched": incidents.since, "closed": incidents.closed_since}
        counts |= {"dispatched": incidents.dispatched, "closed": incidents.closed}
    width = max((len(words(f"funnel.{name}")) for name in counts), default=0)
    return [
        f"  {words(f'funnel.{name}'):<{width}}  {words.number(count):>6}"
        + (_counted_since(since.get(name), zone, words) if count is not None else "")
        for name, count in counts.items()
    ]


def _kpi_lines(kpis: Kpis, zone: ZoneInfo | None, words: Words) -> list[str]:
    calls = kpis.calls
    answering, today = (calls.answering, calls.today) if calls else (None, None)
    verified = words.number(today.dispositions["verified"] if today else None)
    since = _counted_since(today.since if today else None, zone, words)
    values = {
        "kpis.waiting": words.number(calls.waiting if calls else None),
        "kpis.service_level": _level(answering.service_level_15 if answering else None, words),
        "check.service_level_20": _level(answering.service_level_20 if answering else None, words),
        "kpis.answer": words.seconds(answering.average_speed_of_answer_s if answering else None),
        "check.answer_p90": words.seconds(answering.answer_p90_s if answering else None),
        "check.abandonment_rate": _percent(answering.abandonment_rate if answering else None, words),
        "kpis.calls_today": words.number(today.received if today else None) + since,
        "kpis.verified": f"{verified} · {_percent(today.verified_share, words)}{since}" if today else verified,
        "kpis.incidents": words.number(kpis.incidents.active if kpis.incidents else None),
        "incidents.unassigned": words.number(kpis.incidents.unassigned if kpis.incidents else None),
        "check.call_takers": _staffing(kpis.staffing, words),
    }
    width = max(len(words(key)) for key in values)
    return [f"  {words(key):<{width}}  {value}" for key, value in values.items()]
