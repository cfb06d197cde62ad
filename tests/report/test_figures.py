"""The figures of a report against their definitions, reckoned once more without the program's own code."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.core import slow_reference as slow
from tests.core import strategies
from tests.core.builders import RESPONSE_LIMIT_S, SHORT_ABANDON_S, T0, agency, at, call, incident, snapshot, without
from tests.report.builders import MONDAY, made, told
from wallboard.core.entities import ANSWERED, ARRIVED, AT_WORK, CLOSED, DISPATCHED, ENDED, Centre
from wallboard.core.metrics import Share
from wallboard.report.figures import CallCounts
from wallboard.report.period import Days
from wallboard.report.reading import Told, Unknown

HOUR_S = 3600
MORNING_S = 10 * HOUR_S
AGENCIES = [agency("a1", "BPBD"), agency("a2", "Damkar"), agency("a3", "")]


@st.composite
def mornings(draw: st.DrawFn) -> Any:
    calls = [draw(strategies.calls(f"c{number}", 0, MORNING_S)) for number in range(draw(st.integers(1, 20)))]
    incidents = [draw(strategies.incidents(f"i{number}", 0, MORNING_S)) for number in range(draw(st.integers(1, 20)))]
    return calls, incidents


@given(mornings())
def test_that_the_figures_of_calls_are_their_definitions(rows):
    calls, incidents = rows
    figures = made(told(calls, incidents)).calls
    assert figures is not None
    funnel = slow.funnel_today(calls, incidents, T0, told().zone)
    counts = figures.counts
    assert {"received": counts.received, "answered": counts.answered, "abandoned": counts.abandoned} == {
        name: funnel[name] for name in ("received", "answered", "abandoned")
    }
    assert counts.dispositions == {name: funnel[name] for name in counts.dispositions}
    assert figures.going_on == sum(row.ended_at is None for row in calls)
    assert figures.answering.answer_p90_s == slow.p90(slow.answer_times(calls))
    mean = slow.mean(slow.answer_times(calls))
    assert figures.answering.average_speed_of_answer_s == (None if mean is None else pytest.approx(mean))
    hours = [row.received_at.astimezone(told().zone).hour for row in calls]
    begun = [hours.count(hour) for hour in range(10)]
    assert [one and one.received for one in figures.by_hour] == [*begun, *[None] * 14], "it is 10:00"
    assert figures.busiest_hour is not None
    assert figures.busiest_hour.received == max(hours.count(hour) for hour in hours)


@given(mornings())
def test_that_service_levels_are_over_all_calls_of_the_period(rows):
    within_an_hour = [row for row in rows[0] if row.received_at > T0 - timedelta(hours=1)]
    figures = made(told(within_an_hour)).calls
    assert figures is not None
    levels = {15: figures.answering.service_level_15, 20: figures.answering.service_level_20}
    for limit_s, level in levels.items():
        assert level is not None
        good, whole = slow.service_level(within_an_hour, T0, limit_s, SHORT_ABANDON_S)
        assert (level.value, level.n) == (slow.ratio(good, whole), whole)


@given(mornings())
def test_that_the_figures_of_incidents_are_their_definitions(rows):
    incidents = rows[1]
    one = made(told((), incidents, of=snapshot(agencies=AGENCIES))).incidents
    assert one is not None
    figures = one.figures
    assert figures.reported == len(incidents)
    assert figures.dispatched == sum(row.dispatched_at is not None for row in incidents)
    assert figures.reached == sum(row.arrived_at is not None for row in incidents)
    assert figures.going_on == len(slow.active_incidents(incidents))
    assert figures.closed is not None
    assert figures.going_on is not None
    assert figures.cancelled == sum(row.status == "cancelled" for row in incidents)
    assert figures.cancelled is not None
    assert figures.closed + figures.cancelled + figures.going_on == figures.reported
    assert one.by_agency is not None
    for group in one.by_agency:
        if group.key:
            named = [row for row in incidents if group.key in row.agency_ids]
            arrived = [row for row in named if row.arrived_at is not None and row.arrived_at >= row.reported_at]
            in_time = [row for row in arrived if slow.seconds(row.reported_at, row.arrived_at) <= RESPONSE_LIMIT_S]
            assert group.figures.reported == len(named)
            assert group.figures.in_time is not None
            assert (group.figures.in_time.value, group.figures.in_time.n) == (
                slow.ratio(len(in_time), len(arrived)),
                len(arrived),
            )


def test_that_delays_and_responses_count_from_the_report():
    rows = [
        incident("i1", -4000, -3940, -3400, -100, status="closed"),
        incident("i2", -4000, -3880, -2000, status="on_scene"),
        incident("i3", -60),
    ]
    one = made(told((), rows)).incidents
    assert one is not None
    figures = one.figures
    assert (figures.dispatch_mean_s, figures.dispatch_p90_s) == (90, 120)
    assert (figures.response_mean_s, figures.response_p90_s) == (1300, 2000)
    assert figures.in_time is not None
    assert (figures.in_time.value, figures.in_time.n) == (0.5, 2)
    assert (figures.closed, figures.going_on) == (1, 2)
    early = made(told((), [*rows, incident("i4", -1000, -2000)])).incidents
    assert early is not None
    assert (early.figures.dispatched, early.figures.dispatch_n) == (3, 2), "dispatched before the report: no delay"


def test_that_an_incident_counts_for_each_agency_at_work_and_for_those_that_are_not_named():
    rows = [incident("i1", -60, agencies=("a1", "a2")), incident("i2", -60, agencies=("x",)), incident("i3", -60)]
    one = made(told((), rows, of=snapshot(agencies=AGENCIES))).incidents
    assert one is not None
    assert one.by_agency is not None
    assert [(group.key, group.name, group.figures.reported) for group in one.by_agency] == [
        ("a1", "BPBD", 1),
        ("a2", "Damkar", 1),
        ("a3", "Dinas a3", 0),
        ("x", None, 1),
        ("", None, 1),
    ]


def test_that_districts_stand_by_the_number_of_incidents_and_those_without_stand_last():
    rows = [
        incident(f"i{number}", -60, district=name) for number, name in enumerate(["Rupat", None, "Bantan", "Bantan"])
    ]
    one = made(told((), rows)).incidents
    assert one is not None
    assert one.by_district is not None
    assert [(group.key, group.figures.reported) for group in one.by_district] == [("Bantan", 2), ("Rupat", 1), ("", 1)]
    nowhere = made(told((), [incident("i1", -60, district=None)])).incidents
    assert nowhere is not None
    assert nowhere.by_district is None


def test_that_kinds_and_priorities_are_all_there_zero_or_not():
    one = made(told((), [incident("i1", -60, priority=2)])).incidents
    assert one is not None
    assert {group.key: group.figures.reported for group in one.by_category} == {
        "fire": 1, "accident": 0, "unrest": 0, "disaster": 0, "medical": 0, "security": 0, "other": 0,
    }  # fmt: skip
    assert [group.figures.reported for group in one.by_priority] == [0, 1, 0, 0]


def known_hours(one: Told, **changes: object) -> list[int]:
    calls = made(one, **changes).calls
    assert calls is not None
    return [hour for hour, counts in enumerate(calls.by_hour) if counts is not None]


def test_that_an_hour_that_has_not_begun_or_is_not_known_is_no_hour_without_calls():
    assert known_hours(told([call("c1", -60)])) == list(range(10))
    assert known_hours(told([call("c1", -60)], calls_since=at(-2.5 * HOUR_S))) == [7, 8, 9]
    two_days = Days(date(2025, 10, 19), MONDAY.last)
    assert known_hours(told(days=two_days)) == list(range(24))
    assert known_hours(told(days=two_days, calls_since=at(-11 * HOUR_S))) == [*range(10), 23]


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", date(2025, 3, 30), [0, 1, *range(3, 24)]),
        ("Africa/Cairo", date(2025, 4, 25), list(range(1, 24))),
        ("Australia/Lord_Howe", date(2025, 10, 5), list(range(24))),
    ],
)
def test_that_an_hour_that_the_clocks_leap_over_is_not_one_without_calls(zone, day, hours):
    centre = Centre(id="x", name="112", time_zone=zone)
    assert known_hours(told(days=Days(day, day), of=replace(snapshot(), centre=centre))) == hours


def test_that_what_a_system_does_not_tell_has_no_value():
    calls = [call("c1", -60, ended=-10)]
    without_ends = made(told(calls, of=without(snapshot(), {ENDED}))).calls
    assert without_ends is not None
    assert (without_ends.counts.answered, without_ends.counts.abandoned, without_ends.going_on) == (0, None, None)
    assert without_ends.answering.service_level_15 is None
    without_answers = made(told(calls, of=without(snapshot(), {ANSWERED}))).calls
    assert without_answers is not None
    assert (without_answers.counts.answered, without_answers.counts.abandoned) == (None, None)
    assert without_answers.answering.average_speed_of_answer_s is None
    assert without_answers.counts.received == 1

    untold = {DISPATCHED, ARRIVED, CLOSED, AT_WORK}
    incidents = made(told((), [incident("i1", -60)], of=without(snapshot(), untold))).incidents
    assert incidents is not None
    assert incidents.by_agency is None
    figures = incidents.figures
    assert [
        figures.dispatched,
        figures.reached,
        figures.closed,
        figures.cancelled,
        figures.going_on,
        figures.in_time,
    ] == [None] * 6


def test_that_nothing_known_is_not_a_day_without_calls():
    unknown = made(told(Unknown.NO_HISTORY, Unknown.FORGOTTEN))
    assert (unknown.calls, unknown.incidents) == (None, None)
    assert [(day.calls, day.incidents) for day in unknown.days] == [(None, None)]
    empty = made(told())
    assert empty.calls is not None
    assert empty.calls.counts == CallCounts(
        received=0, answered=0, abandoned=0, dispositions=dict.fromkeys(empty.calls.counts.dispositions, 0)
    )
    assert empty.calls.counts.verified_share == Share(None, 0)
    assert empty.calls.busiest_hour is None


def test_that_days_before_the_systems_memory_are_unknown_and_those_to_come_are_not_there():
    week = Days(date(2025, 10, 17), date(2025, 10, 23))
    since = at(-34 * HOUR_S)
    one = made(told([call("c1", -34 * HOUR_S), call("c2", -60)], [incident("i1", -60)], week, calls_since=since))
    assert [
        (day.days.first.day, day.calls.received if day.calls else None, day.incidents, day.partial) for day in one.days
    ] == [
        (17, None, 0, True),
        (18, None, 0, True),
        (19, 1, 0, False),
        (20, 1, 1, True),
    ]
    assert [(month.days, month.partial) for month in one.months] == [(Days(date(2025, 10, 17), MONDAY.last), True)]


def test_that_a_month_of_which_the_period_holds_a_part_says_so():
    autumn = Days(date(2025, 7, 15), date(2025, 10, 17))
    months = made(told(days=autumn)).months
    assert [(month.days.first.month, month.partial) for month in months] == [
        (7, True), (8, False), (9, False), (10, True),
    ]  # fmt: skip
    sunday = Days(date(2025, 10, 19), date(2025, 10, 19))
    (month,) = made(told(days=sunday)).months
    assert month.partial, "it holds the figures of one day"


def test_that_a_day_of_which_the_beginning_is_unknown_says_so():
    one = made(told([call("c1", -60)], calls_since=at(-60)))
    assert [day.partial for day in one.days] == [True]
    sunday = Days(date(2025, 10, 19), date(2025, 10, 19))
    whole = made(told([call("c1", -20 * HOUR_S)], days=sunday))
    assert [day.partial for day in whole.days] == [False]
    part = made(told([call("c1", -20 * HOUR_S)], days=sunday, calls_since=at(-20 * HOUR_S)))
    assert [day.partial for day in part.days] == [True]
