"""The figures of a report: those of the wall (docs/figures.md), over what a period's days brought.

Calls count by their receipt and incidents by their report, with whatever became of them until now. None is "no value".
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from wallboard.core.entities import (
    ANSWERED,
    ARRIVED,
    AT_WORK,
    CLOSED,
    DISPATCHED,
    DISPOSITIONS,
    ENDED,
    PRIORITIES,
    Call,
    Category,
    Disposition,
    Incident,
    IncidentStatus,
    known,
)
from wallboard.core.hours import HOUR, hour_start
from wallboard.core.metrics import (
    AnsweringFigures,
    EstimatedShare,
    Share,
    answering,
    estimated_share,
    nearest_rank,
    share,
    told_duration_s,
)
from wallboard.core.situation import Settings
from wallboard.report.period import Days, month_of
from wallboard.report.reading import Past, Row, Told, Unknown

HOURS_OF_A_DAY = 24

SHORTEST_STEP = timedelta(minutes=30)
"""By which clocks are set, on Lord Howe Island: of an hour of the clock, so much may be left."""


class CallCounts(Struct, frozen=True, kw_only=True):
    """`answered` and `abandoned` are None where that is not told. `dispositions` has each of the contract's, zero or
    not; those outside it under OTHER.
    """

    received: int
    answered: int | None
    abandoned: int | None
    dispositions: dict[str, int]

    @property
    def verified_share(self) -> Share:
        return share(self.dispositions[Disposition.VERIFIED], self.received)


class BusiestHour(Struct, frozen=True):
    start: datetime
    received: int


class CallFigures(Struct, frozen=True, kw_only=True):
    """`since`: as in Past. `by_hour` is by the clock's hours of the centre, 0 to 23, over all days; None where no such
    hour has begun, or is known of.
    """

    since: datetime | None
    counts: CallCounts
    going_on: int | None
    answering: AnsweringFigures
    by_hour: tuple[CallCounts | None, ...]
    busiest_hour: BusiestHour | None


class IncidentFigures(Struct, frozen=True, kw_only=True):
    """Of a group of incidents. Delays are over those that were dispatched, responses over those that were reached;
    `dispatch_n` is how many of the delays are known, `in_time` the share of the responses within the limit.
    """

    reported: int
    dispatched: int | None
    reached: int | None
    closed: int | None
    cancelled: int | None
    going_on: int | None
    dispatch_mean_s: float | None
    dispatch_p90_s: float | None
    dispatch_n: int | None
    response_mean_s: float | None
    response_p90_s: float | None
    in_time: EstimatedShare | None


class Group(Struct, frozen=True):
    """`name` is the centre's own; None where the wall's words name it. An empty key is for those that have none."""

    key: str
    name: str | None
    figures: IncidentFigures


class AllIncidents(Struct, frozen=True, kw_only=True):
    """`since`: as in Past. An incident of two agencies is in both groups. `by_agency` is None where it is not told who
    works on what, `by_district` where no incident has one.
    """

    since: datetime | None
    figures: IncidentFigures
    by_category: tuple[Group, ...]
    by_priority: tuple[Group, ...]
    by_agency: tuple[Group, ...] | None
    by_district: tuple[Group, ...] | None


class Stretch(Struct, frozen=True, kw_only=True):
    """A day or a month, or as much of it as lies in the period. None: nothing is known of it. `partial`: it does not
    lie in the period whole, is not over, or not all of it is known.
    """

    days: Days
    calls: CallCounts | None
    incidents: int | None
    partial: bool


class Report(Struct, frozen=True, kw_only=True):
    """`calls` and `incidents` are None where nothing is known of them: `Told` says why."""

    told: Told
    short_abandon_s: float
    response_limit_s: float
    calls: CallFigures | None
    incidents: AllIncidents | None
    days: tuple[Stretch, ...]
    months: tuple[Stretch, ...]


def report(told: Told, settings: Settings) -> Report:
    calls = _calls(told, settings.short_abandon_s)
    incidents = _incidents(told, settings.response_limit_s)
    return Report(
        told=told,
        short_abandon_s=settings.short_abandon_s,
        response_limit_s=settings.response_limit_s,
        calls=calls,
        incidents=incidents,
        days=_stretches(told, lambda day: Days(day, day)),
        months=_stretches(told, month_of),
    )


# Calls.


def _calls(told: Told, short_abandon_s: float) -> CallFigures | None:
    if not isinstance(told.calls, Past):
        return None
    rows, since = told.calls.rows, told.calls.since
    figures = answering(rows, told.now, short_abandon_s)
    if not _tells_ends(told):
        figures = figures.without_ends() if _tells_answers(told) else figures.without_answers()
    by_hour: list[list[Call]] = [[] for _ in range(HOURS_OF_A_DAY)]
    for call in rows:
        by_hour[call.received_at.astimezone(told.zone).hour].append(call)
    known_hours = _hours_of_the_clock(since or told.begins, told.until, told.zone)
    hours = Counter([hour_start(call.received_at, told.zone) for call in rows])
    busiest = min(hours, key=lambda start: (-hours[start], start), default=None)
    return CallFigures(
        since=since,
        counts=_counts(told, rows),
        going_on=sum([call.ended_at is None for call in rows]) if _tells_ends(told) else None,
        answering=figures,
        by_hour=tuple([_counts(told, calls) if hour in known_hours else None for hour, calls in enumerate(by_hour)]),
        busiest_hour=None if busiest is None else BusiestHour(busiest, hours[busiest]),
    )


def _hours_of_the_clock(begins: datetime, until: datetime, zone: ZoneInfo) -> set[int]:
    """Those that a time touches. A day on which the clocks are set forward may lack one of them."""
    hours: set[int] = set()
    instant = begins
    while instant < until and len(hours) < HOURS_OF_A_DAY:
        hours.add(instant.astimezone(zone).hour)
        instant = min(instant + SHORTEST_STEP, hour_start(instant, zone) + HOUR)
    return hours


def _counts(told: Told, calls: Sequence[Call]) -> CallCounts:
    named = Counter([known(Disposition, call.disposition) for call in calls])
    return CallCounts(
        received=len(calls),
        answered=sum([call.answered_at is not None for call in calls]) if _tells_answers(told) else None,
        abandoned=sum([call.abandoned for call in calls]) if _tells_ends(told) else None,
        dispositions={name: named[name] for name in DISPOSITIONS},
    )


def _tells_answers(told: Told) -> bool:
    return ANSWERED not in told.snapshot.untold


def _tells_ends(told: Told) -> bool:
    """And so, how calls end: without an answer, for one."""
    snapshot = told.snapshot
    return _tells_answers(told) and ENDED not in snapshot.untold and not snapshot.only_running_calls


# Incidents.


def _incidents(told: Told, limit_s: float) -> AllIncidents | None:
    if not isinstance(told.incidents, Past):
        return None
    rows = told.incidents.rows

    def groups(names: Mapping[str, str | None], keys_of: Callable[[Incident], Iterable[str]]) -> tuple[Group, ...]:
        """In the order of the names, empty ones too; then those without a name."""
        members: dict[str, list[Incident]] = {key: [] for key in names}
        for row in rows:
            for key in dict.fromkeys(keys_of(row)):
                members.setdefault(key, []).append(row)
        return tuple([Group(key, names.get(key), _figures(told, some, limit_s)) for key, some in members.items()])

    districts = Counter([row.district for row in rows if row.district]).most_common()
    agencies = {agency.id: agency.short_name or agency.name for agency in told.snapshot.agencies}
    return AllIncidents(
        since=told.incidents.since,
        figures=_figures(told, rows, limit_s),
        by_category=groups(dict.fromkeys(map(str, Category)), lambda row: [known(Category, row.category)]),
        by_priority=groups(dict.fromkeys(map(str, PRIORITIES)), lambda row: [str(row.priority)]),
        by_agency=None if AT_WORK in told.snapshot.untold else groups(agencies, lambda row: row.agency_ids or ("",)),
        by_district=groups({name: name for name, _ in districts}, lambda row: (row.district or "",))
        if districts
        else None,
    )


def _figures(told: Told, incidents: Sequence[Incident], limit_s: float) -> IncidentFigures:
    untold = told.snapshot.untold
    delays_s = _durations_s(incidents, lambda row: row.dispatched_at)
    responses_s = _durations_s(incidents, lambda row: row.arrived_at)
    going_on = sum([row.id in told.going_on for row in incidents])
    cancelled = sum([row.status == IncidentStatus.CANCELLED for row in incidents])
    in_time = estimated_share(bisect_right(responses_s, limit_s), len(responses_s))
    return IncidentFigures(
        reported=len(incidents),
        dispatched=None if DISPATCHED in untold else sum([row.dispatched_at is not None for row in incidents]),
        reached=None if ARRIVED in untold else sum([row.arrived_at is not None for row in incidents]),
        closed=None if CLOSED in untold else len(incidents) - going_on - cancelled,
        cancelled=None if CLOSED in untold else cancelled,
        going_on=None if CLOSED in untold else going_on,
        dispatch_mean_s=_mean(delays_s),
        dispatch_p90_s=nearest_rank(delays_s, 0.90),
        dispatch_n=None if DISPATCHED in untold else len(delays_s),
        response_mean_s=_mean(responses_s),
        response_p90_s=nearest_rank(responses_s, 0.90),
        in_time=None if ARRIVED in untold else in_time,
    )


def _durations_s(incidents: Iterable[Incident], ended: Callable[[Incident], datetime | None]) -> list[float]:
    """From the report, in order; without those that are not known."""
    ends = [(row.reported_at, end) for row in incidents if (end := ended(row)) is not None]
    taken_s = [told_duration_s(reported, end) for reported, end in ends]
    return sorted([one_s for one_s in taken_s if one_s is not None])


def _mean(durations_s: Sequence[float]) -> float | None:
    return math.fsum(durations_s) / len(durations_s) if durations_s else None


# Days and months.


def _stretches(told: Told, of: Callable[[date], Days]) -> tuple[Stretch, ...]:
    """Those that have begun; `of` gives the one that a day belongs to."""
    zone = told.zone
    days: dict[Days, list[date]] = {}
    for day in told.days:
        if Days(day, day).begins(zone) <= told.now:
            days.setdefault(of(day), []).append(day)
    calls: dict[Days, list[Call]] = {}
    for call in _rows(told.calls):
        calls.setdefault(of(call.received_at.astimezone(zone).date()), []).append(call)
    incidents = Counter([of(row.reported_at.astimezone(zone).date()) for row in _rows(told.incidents)])

    def stretch(key: Days, some: Days) -> Stretch:
        begins, ends = some.begins(zone), some.ends(zone)
        seen_until = min(ends, told.now)
        since = [past.since for past in (told.calls, told.incidents) if isinstance(past, Past) and past.since]
        return Stretch(
            days=some,
            calls=_counts(told, calls.get(key, ())) if _is_seen(told.calls, seen_until) else None,
            incidents=incidents[key] if _is_seen(told.incidents, seen_until) else None,
            partial=some != key or told.now < ends or any(begins < one for one in since),
        )

    return tuple([stretch(key, Days(some[0], some[-1])) for key, some in days.items()])


def _rows(past: Past[Row] | Unknown) -> tuple[Row, ...]:
    return past.rows if isinstance(past, Past) else ()


def _is_seen(past: Past[Row] | Unknown, until: datetime) -> bool:
    return isinstance(past, Past) and (past.since is None or past.since < until)
