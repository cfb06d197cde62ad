"""The figures against an independent slow reference and against examples worked by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core import builders, slow_reference, strategies
from tests.core.builders import (
    RESPONSE_LIMIT_S,
    SHORT_ABANDON_S,
    agency,
    at,
    call,
    call_figures,
    call_taker,
    incident,
    incident_figures,
    snapshot,
    unit,
    without,
)
from wallboard.core import metrics
from wallboard.core.daybook import CallsToday, IncidentsToday
from wallboard.core.entities import Call, Incident, Snapshot
from wallboard.core.metrics import AgencyLoad, EstimatedShare, Share
from wallboard.core.situation import Situation

JAKARTA = ZoneInfo(builders.ZONE)
HOUR_S = 3600
NOON_S = 2 * HOUR_S
"""T0 is ten o'clock at the centre."""
MIDNIGHT_S = -10 * HOUR_S


@st.composite
def days(draw: st.DrawFn) -> tuple[Snapshot, list[Call], list[Incident], float]:
    """A snapshot at noon, everything that happened in the 14 hours before, and how long ago the snapshot was taken."""
    told = draw(strategies.snapshots(NOON_S, most=12))
    earlier_calls = [
        draw(strategies.calls(f"e{number}", NOON_S, 14 * HOUR_S)) for number in range(draw(st.integers(0, 15)))
    ]
    earlier_incidents = [
        draw(strategies.incidents(f"f{number}", NOON_S, 30 * HOUR_S)) for number in range(draw(st.integers(0, 10)))
    ]
    # As the contract asks of a snapshot: whatever has not ended, and what ended within the hour before.
    hour_ago = told.server_time - timedelta(hours=1)
    recent_calls = [row for row in earlier_calls if row.ended_at is None or row.ended_at >= hour_ago]
    recent_incidents = [row for row in earlier_incidents if row.closed_at is None or row.closed_at >= hour_ago]
    whole = snapshot(
        NOON_S,
        calls=(*told.calls, *recent_calls),
        incidents=(*told.incidents, *recent_incidents),
        units=told.units,
        agencies=told.agencies,
        call_takers=told.call_takers,
    )
    passed_s = draw(st.sampled_from([0.0, 0.001, 1.0, 6.0]))
    return whole, [*told.calls, *earlier_calls], [*told.incidents, *earlier_incidents], passed_s


def equals_share(share: Share | None, good: int, whole: int) -> bool:
    assert share is not None
    return share.n == whole and share.value == slow_reference.ratio(good, whole)


def equals_estimate(share: EstimatedShare | None, good: int, whole: int) -> bool:
    assert share is not None
    if whole == 0:
        return (share.low, share.high) == (None, None) and equals_share(share, good, whole)
    low, high = slow_reference.wilson(good, whole)
    return equals_share(share, good, whole) and (share.low, share.high) == pytest.approx((low, high), abs=1e-9)


def of_calls(today: CallsToday) -> dict[str, int | None]:
    return {
        "received": today.received,
        "answered": today.answered,
        "abandoned": today.abandoned,
        **today.dispositions,
    }


def of_incidents(today: IncidentsToday) -> dict[str, int | None]:
    return {"dispatched": today.dispatched, "closed": today.closed}


@given(days(), strategies.untold)
def test_that_every_figure_equals_the_slow_reference_and_is_no_value_where_its_list_is_not_told(day, untold):
    told, calls, incidents, passed_s = day
    one = builders.situation(without(told, untold))
    one.observe(builders.backfill(calls, at(MIDNIGHT_S), incidents, at(NOON_S - 48 * HOUR_S)), NOON_S)
    one.advance(NOON_S + passed_s)
    now = at(NOON_S + passed_s)
    assert one.as_of == now
    kpis = one.kpis()
    assert kpis is not None
    if "calls" in untold:
        assert (kpis.calls, one.hours(), one.waiting_calls(), one.talking_calls()) == (None, (), [], [])
    else:
        assert_that_calls_are_as_in_the_slow_reference(one, calls, now)
    if "incidents" in untold:
        assert (kpis.incidents, one.active_incidents()) == (None, [])
    else:
        assert_that_incidents_are_as_in_the_slow_reference(one, incidents, now)
    if "call_takers" in untold:
        assert kpis.staffing is None
    else:
        on_duty = builders.staffing(one)
        assert (on_duty.on_duty, on_duty.free, on_duty.occupancy) == slow_reference.occupancy(told.call_takers)
    assert [shown.id for shown in one.agencies()] == [row.id for row in told.agencies if "agencies" not in untold]
    for shown in one.agencies():
        if "units" in untold:
            assert shown.load is None
        else:
            busy, available, out, other = slow_reference.agency_units(told.units, shown.id)
            assert shown.load == AgencyLoad(busy, available, out, other)
            assert shown.load.load == slow_reference.ratio(busy, busy + available)
        if "incidents" in untold:
            assert (shown.incidents, shown.compliance) == (None, None)
        else:
            assert shown.incidents == slow_reference.agency_incidents(incidents, shown.id)
            assert shown.compliance is not None
            met = slow_reference.response_compliance(incidents, shown.id, now, RESPONSE_LIMIT_S)
            assert equals_share(shown.compliance, *met)


def assert_that_calls_are_as_in_the_slow_reference(one: Situation, calls: list[Call], now: datetime) -> None:
    told = call_figures(one)
    waiting = [row for row in calls if slow_reference.is_waiting(row)]
    assert told.waiting == len(waiting)
    assert told.longest_waiting_s == max(
        (slow_reference.seconds(row.received_at, now) for row in waiting), default=None
    )
    assert told.talking == len([row for row in calls if slow_reference.is_talking(row)])

    figures = told.answering
    offered = slow_reference.offered(calls, now)
    assert figures.offered == len(offered)
    for limit_s, level in ((15, figures.service_level_15), (20, figures.service_level_20)):
        assert equals_estimate(level, *slow_reference.service_level(calls, now, limit_s, SHORT_ABANDON_S))
    times = slow_reference.answer_times(offered)
    assert figures.average_speed_of_answer_s == pytest.approx(slow_reference.mean(times))
    assert figures.answer_p90_s == slow_reference.p90(times)
    assert equals_share(figures.abandonment_rate, *slow_reference.abandonment(calls, now, SHORT_ABANDON_S))

    funnel = slow_reference.funnel_today(calls, [], now, JAKARTA)
    assert of_calls(told.today).items() <= funnel.items()
    assert equals_share(told.today.verified_share, told.today.dispositions["verified"], told.today.received)
    assert told.today.since is None

    hours = [
        (
            hour.start,
            (hour.count.total, hour.count.answered, hour.count.abandoned, hour.count.verified),
            hour.partial,
            pytest.approx(hour.elapsed),
        )
        for hour in one.hours()
    ]
    expected: list[Any] = list(slow_reference.calls_per_hour(calls, now, JAKARTA, at(MIDNIGHT_S)))
    assert hours == expected


def assert_that_incidents_are_as_in_the_slow_reference(
    one: Situation, incidents: list[Incident], now: datetime
) -> None:
    told = incident_figures(one)
    assert one.active_incidents() == slow_reference.active_incidents(incidents)
    assert told.active == len(slow_reference.active_incidents(incidents))
    assert told.unassigned == len(slow_reference.unassigned_incidents(incidents))
    assert of_incidents(told.today).items() <= slow_reference.funnel_today([], incidents, now, JAKARTA).items()
    assert told.today.since is None


@given(st.integers(0, 200).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole))))
def test_that_the_interval_is_wilsons_and_holds_the_share(counts):
    good, whole = counts
    share = metrics.estimated_share(good, whole)
    assert equals_estimate(share, good, whole)
    if whole:
        assert share.low is not None
        assert share.value is not None
        assert share.high is not None
        assert 0 <= share.low <= share.value + 1e-12
        assert share.value - 1e-12 <= share.high <= 1


@pytest.mark.parametrize(
    ("good", "whole", "low", "high"),
    [(9, 10, 0.60, 0.98), (18, 20, 0.70, 0.97), (45, 50, 0.79, 0.96), (90, 100, 0.83, 0.94)],
)
def test_that_nine_in_ten_of_few_calls_says_little(good, whole, low, high):
    share = metrics.estimated_share(good, whole)
    assert (share.low, share.high) == pytest.approx((low, high), abs=0.006)


def test_that_the_share_of_verified_calls_is_of_all_received_as_the_centres_report_it():
    """Bengkalis, July to October 2025."""
    verified = metrics.share(1_026, 6_870)
    assert verified.value is not None
    assert f"{verified.value:.1%}" == "14.9%"
    assert verified.n == 6_870


def test_that_a_share_of_nothing_is_no_value():
    assert metrics.share(0, 0) == Share(None, 0)
    assert metrics.estimated_share(0, 0) == EstimatedShare(None, 0, None, None)
    assert metrics.nearest_rank([], 0.9) is None
    assert AgencyLoad(0, 0, 4).load is None


@pytest.mark.parametrize("count", [1, 2, 9, 10, 11, 19, 20, 21, 100, 1_000, 9_990])
def test_that_the_ninetieth_percentile_is_by_nearest_rank(count):
    values = [float(value) for value in range(1, count + 1)]
    assert metrics.nearest_rank(values, 0.9) == -(-9 * count // 10)


def test_the_answering_figures_worked_by_hand():
    calls = [
        call("in time", -600, answered=-590, ended=-500),
        call("at the limit", -500, answered=-485, ended=-480),
        call("late", -400, answered=-382, ended=-300),
        call("hung up at once", -300, ended=-295.001),
        call("gave up", -200, ended=-195),
        call("waits long", -16),
        call("waits", -15),
        call("an hour ago", -3600, answered=-3599),
    ]
    figures = metrics.answering(slow_reference.offered(calls, at(0)), at(0), SHORT_ABANDON_S)
    assert figures.offered == 7
    level_15, level_20 = figures.service_level_15, figures.service_level_20
    assert level_15 is not None
    assert level_20 is not None
    # 2 of: 3 answered, 1 gave up, 1 still waits longer than 15 s.
    assert (level_15.value, level_15.n) == (0.4, 5)
    # 3 of: 3 answered, 1 gave up; nobody has waited longer than 20 s.
    assert (level_20.value, level_20.n) == (0.75, 4)
    assert figures.average_speed_of_answer_s == pytest.approx(43 / 3)
    assert figures.answer_p90_s == 18
    assert figures.abandonment_rate == Share(0.25, 4)


def test_that_the_window_of_offered_calls_opens_after_and_ends_with_its_limits():
    one = builders.situation(snapshot(calls=[call("opens", -3600), call("in", -3599.999), call("now", 0)]))
    assert call_figures(one).answering.offered == 2


def test_that_a_stamp_from_the_future_has_lasted_no_time_yet():
    one = builders.situation(snapshot(calls=[call(received=30)], incidents=[incident(reported=30)]))
    assert call_figures(one).longest_waiting_s == 0
    assert call_figures(one).answering.offered == 0
    assert metrics.response_s(incident(reported=30), at(0)) == 0
    assert metrics.dispatch_delay_s(incident(reported=30), at(0)) == 0


def test_that_an_answer_before_its_call_came_is_an_answer_after_a_time_that_nobody_knows():
    calls = [
        call("backwards", -100, answered=-130, ended=-50),
        call("after 16 s", -100, answered=-84),
        call("gave up before it came", -100, ended=-130),
    ]
    figures = metrics.answering(calls, at(0), SHORT_ABANDON_S)
    assert figures.service_level_15 is not None
    assert (figures.service_level_15.value, figures.service_level_15.n) == (0.0, 1)
    assert figures.average_speed_of_answer_s == figures.answer_p90_s == 16
    assert figures.abandonment_rate == Share(0.0, 2)


def test_that_an_answer_in_whole_seconds_is_not_before_a_call_in_milliseconds():
    figures = metrics.answering([call("c1", -100.2, answered=-101)], at(0), SHORT_ABANDON_S)
    assert figures.average_speed_of_answer_s == 0
    assert call("c1", -100.2, answered=-101).misplaced == ()
    assert call("c1", -100, answered=-101.001).misplaced == ("answered_at",)


def test_that_an_arrival_before_the_report_is_no_response_within_the_limit():
    row = incident(reported=-60, dispatched=-70, arrived=-90, agencies=("a1",))
    assert metrics.dispatch_delay_s(row, at(0)) is metrics.response_s(row, at(0)) is None
    assert metrics.response_compliance([row], at(0), RESPONSE_LIMIT_S) == {}


@pytest.mark.parametrize(
    ("row", "delay_s", "response_s"),
    [
        (incident(reported=0), 100, 100),
        (incident(reported=0, dispatched=40), 40, 100),
        (incident(reported=0, dispatched=40, arrived=90), 40, 90),
    ],
)
def test_that_delay_and_response_count_from_the_report_and_run_until_they_end(row, delay_s, response_s):
    assert metrics.dispatch_delay_s(row, at(100)) == delay_s
    assert metrics.response_s(row, at(100)) == response_s


def test_that_a_response_within_exactly_the_limit_is_compliant_and_one_a_day_old_is_not_counted():
    day_s = 24 * HOUR_S
    rows = [
        incident("at the limit", -RESPONSE_LIMIT_S, arrived=0, agencies=("a1", "a2")),
        incident("late", -RESPONSE_LIMIT_S - 1, arrived=0, agencies=("a1",)),
        incident("a day ago", -day_s - 60, arrived=-day_s, agencies=("a1",)),
        incident("on the way", -60, agencies=("a1",)),
    ]
    met = metrics.response_compliance(rows, at(0), RESPONSE_LIMIT_S)
    assert met == {"a1": Share(0.5, 2), "a2": Share(1.0, 1)}


def test_that_an_incident_that_names_an_agency_twice_is_one_incident():
    row = incident(reported=-60, arrived=0, agencies=("a1", "a1"))
    one = builders.situation(snapshot(agencies=[agency("a1")], incidents=[row]))
    (shown,) = one.agencies()
    assert shown.incidents == 1
    assert shown.compliance == Share(1.0, 1)


def test_that_a_unit_of_unknown_status_is_neither_busy_nor_available_and_is_still_a_unit():
    loads = metrics.agency_loads([unit("u1", "on_scene"), unit("u2", "refuelling"), unit("u3", "returning")])
    assert loads == {"a1": AgencyLoad(1, 1, 0, 1)}
    assert loads["a1"].units == 3
    assert loads["a1"].load == 0.5


def test_that_whoever_is_not_offline_is_on_duty():
    takers = [
        call_taker(str(number), status) for number, status in enumerate(["on_call", "wrap_up", "on_break", "offline"])
    ]
    assert metrics.staffing(takers) == metrics.Staffing(3, 0, 2 / 3)
    assert metrics.staffing([call_taker(status="offline")]) == metrics.Staffing(0, 0, None)


def test_that_an_empty_centre_has_no_value_where_none_can_be_computed():
    one = builders.situation(snapshot())
    told, incidents = call_figures(one), incident_figures(one)
    figures = told.answering
    assert (told.waiting, told.talking, incidents.active, incidents.unassigned) == (0, 0, 0, 0)
    assert told.longest_waiting_s is None
    assert figures.offered == 0
    assert figures.service_level_15 == figures.service_level_20 == EstimatedShare(None, 0)
    assert figures.average_speed_of_answer_s is None
    assert figures.answer_p90_s is None
    assert figures.abandonment_rate == Share(None, 0)
    assert told.today.verified_share == Share(None, 0)
    assert builders.staffing(one).occupancy is None


def test_that_an_agency_without_units_has_no_load():
    (shown,) = builders.situation(snapshot(agencies=[agency("a1")])).agencies()
    assert shown.load == AgencyLoad()
    assert shown.load.load is None
    assert shown.compliance == Share(None, 0)


def test_that_before_the_first_good_poll_nothing_is_known_not_even_zero():
    one = builders.situation()
    one.observe(builders.bad(0), 0)
    one.advance(10)
    assert one.kpis() is None
    assert one.hours() == ()
    assert one.agencies() == ()
    assert one.as_of is None
    assert one.compliance_since() is None


@pytest.mark.parametrize("now", [at(0), at(NOON_S)])
def test_that_the_day_counts_from_local_midnight_inclusive(now: datetime):
    seconds = builders.monotonic_s(now)
    calls = [call("yesterday", MIDNIGHT_S - 0.001), call("today", MIDNIGHT_S)]
    one = builders.situation(snapshot(seconds, calls=calls))
    one.observe(builders.backfill([], at(MIDNIGHT_S), [], None), seconds)
    assert call_figures(one).today.received == 1


def test_that_a_day_that_is_not_known_whole_counts_from_when_it_is_and_says_since_when():
    """A call that rings since before the hour which a snapshot tells whole."""
    calls = [call("long", NOON_S - 2 * HOUR_S), call("new", NOON_S - 60)]
    old = incident("i", NOON_S - 3 * HOUR_S, NOON_S - 2 * HOUR_S)
    one = builders.situation(snapshot(NOON_S, calls=calls, incidents=[old]))
    today = call_figures(one).today
    assert (today.since, today.received, sum(today.dispositions.values())) == (at(NOON_S - HOUR_S), 1, 1)
    assert sum(hour.count.total or 0 for hour in one.hours()) == today.received
    assert incident_figures(one).today.dispatched == 0
