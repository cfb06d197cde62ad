"""A centre through time: live, stale, failed; a clock that is moved; polls that bring nothing new."""

from __future__ import annotations

from datetime import time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.core import slow_reference, strategies
from tests.core.builders import (
    POLL_INTERVAL_S,
    SHORT_ABANDON_S,
    ZONE,
    agency,
    at,
    backfill,
    bad,
    call,
    call_figures,
    call_taker,
    good,
    incident,
    see,
    settings,
    situation,
    snapshot,
    staffing,
    unit,
    without,
)
from tests.core.test_alarmbook import rule
from wallboard.core.alarms import AlarmState, Happening, Scope, Severity, Shelf, Subject
from wallboard.core.clock import SMALLEST_STEP_BACK_S
from wallboard.core.entities import ANSWERED, ARRIVED, AT_WORK, CLOSED, DISPATCHED, ENDED, Centre, Snapshot
from wallboard.core.metrics import AgencyLoad
from wallboard.core.poll import DroppedRow, FailureKind, PollSuccess
from wallboard.core.rules import Period, Rule
from wallboard.core.situation import STALE_POLLS, FeedState, Situation
from wallboard.core.watchable import METRICS

STALE_S = STALE_POLLS * POLL_INTERVAL_S
MOMENT = 1e-6
HOUR_S = 3600.0
WAITING = Subject("call_waiting", Scope.CALL, "c1")


def lists(told: Snapshot) -> dict[str, Any]:
    """Its rows, for another snapshot."""
    return {name: getattr(told, name) for name in ("calls", "incidents", "units", "agencies", "call_takers")}


def of_rules(*rules: Rule) -> Situation:
    return Situation(replace(settings(), rules=rules))


def told_states(one: Situation, seconds: float) -> list[AlarmState]:
    return [alarm.state for alarm in one.alarms.alarms(at(seconds))]


def waiting_s(one: Situation) -> float | None:
    return call_figures(one).longest_waiting_s


def test_that_a_feed_is_connecting_until_its_first_poll_comes_to_an_end():
    one = situation()
    assert one.state(0) is FeedState.CONNECTING
    one.advance(100)
    assert one.state(100) is FeedState.CONNECTING


def test_that_a_feed_that_never_gave_data_has_failed():
    one = situation()
    one.observe(bad(0, FailureKind.UNAUTHORISED), 1)
    assert one.state(1) is FeedState.FAILED
    assert one.failure is not None
    assert one.failure.kind is FailureKind.UNAUTHORISED
    assert one.zone is None


def test_that_data_are_live_for_three_polls_then_stale_and_live_again_with_the_next_good_poll():
    one = situation(snapshot())
    one.observe(bad(2), 2)
    assert one.state(STALE_S) is FeedState.LIVE
    assert one.state(STALE_S + MOMENT) is FeedState.STALE
    assert one.state(1e6) is FeedState.STALE
    see(one, snapshot(100))
    assert one.state(100) is FeedState.LIVE
    assert one.failure is None


def test_that_a_failure_does_not_make_data_any_older_than_they_are():
    one = situation(snapshot())
    one.observe(bad(2, FailureKind.SERVER), 2)
    assert one.state(2) is FeedState.LIVE
    assert one.failure is not None


def test_that_figures_stand_still_at_the_last_moment_at_which_they_were_true():
    one = situation(snapshot(calls=[call()], incidents=[incident()], agencies=[agency()], units=[unit()]))
    one.advance(STALE_S)
    frozen = one.as_of, one.kpis(), one.hours(), one.agencies()
    assert frozen[0] == at(STALE_S)
    assert waiting_s(one) == STALE_S
    for seconds in (STALE_S + 1, 60, HOUR_S, 24 * HOUR_S):
        one.advance(seconds)
        one.observe(bad(seconds), seconds)
        assert (one.as_of, one.kpis(), one.hours(), one.agencies()) == frozen
        assert one.clock.now(seconds) == at(seconds)


def test_that_old_data_raise_no_alarm_about_now_but_that_they_are_old():
    one = situation(snapshot(calls=[call()]))
    for seconds in range(1, 100):
        one.advance(seconds)
    assert {subject.rule for subject in one.alarms.severities()} == {"data_stale"}
    see(one, snapshot(100, calls=[call()]))
    assert {subject.rule for subject in one.alarms.severities()} == {"call_waiting"}


def test_that_timers_and_alarms_go_on_between_polls():
    one = situation(snapshot(calls=[call(received=-13)]))
    assert one.alarms.severities() == {}
    one.advance(2)
    assert waiting_s(one) == 15
    assert list(one.alarms.severities().values()) == [Severity.WARNING]


def test_that_unchanged_answers_keep_the_data_fresh():
    one = situation(snapshot(calls=[call()]))
    for seconds in range(2, 1000, 2):
        one.observe(good(None, seconds), seconds)
        assert one.state(seconds) is FeedState.LIVE
        assert waiting_s(one) == seconds


def test_that_figures_are_computed_at_the_servers_now_not_at_this_machines():
    """The monotonic clock reads anything; the exchange took four seconds."""
    one = situation()
    one.observe(good(snapshot(calls=[call(received=-10)]), sent_s=5000, received_s=5004), 5004)
    assert one.as_of == at(2)
    assert waiting_s(one) == 12


def test_that_a_better_estimate_of_the_clock_never_makes_figures_run_backwards():
    one = situation()
    one.observe(good(snapshot(2, calls=[call()]), sent_s=0, received_s=4), 4)
    assert one.as_of == at(4)
    one.observe(good(snapshot(3.5, calls=[call()]), sent_s=4.5, received_s=4.5), 4.5)
    assert one.as_of == one.clock.now(4.5) == at(4.5 - 0.5 + 0.5)
    one.advance(5)
    assert one.as_of == at(4.5)
    one.advance(7)
    assert one.as_of == at(6)


@pytest.mark.parametrize("back_s", [SMALLEST_STEP_BACK_S + 1.5, 600.0, HOUR_S])
def test_that_figures_follow_a_server_whose_clock_is_set_back(back_s):
    """Or they would stand still until it has caught up, on a wall that says that they are live."""
    early = call("early", HOUR_S - 3600 - 1, HOUR_S - 3600, HOUR_S - 3500)
    now_s = HOUR_S
    one = Situation(situation().settings)
    one.observe(good(snapshot(now_s, calls=[early, call(received=now_s - 60)]), now_s), now_s)
    assert list(one.alarms.severities().values()) == [Severity.CRITICAL]
    assert call_figures(one).answering.offered == 1

    right_s = now_s - back_s
    calls = [early, call(received=right_s - 10)]
    one.observe(good(snapshot(right_s, calls=calls), now_s + 1), now_s + 1)
    assert one.as_of == at(right_s)
    assert waiting_s(one) == 10
    assert one.alarms.severities() == {}
    assert call_figures(one).answering.offered == len(slow_reference.offered(calls, at(right_s)))
    one.advance(now_s + 6)
    assert waiting_s(one) == 15
    assert list(one.alarms.severities().values()) == [Severity.WARNING]


def test_that_an_on_delay_is_not_lengthened_by_a_clock_that_is_set_back():
    units = [unit(status="on_scene")]
    one = situation()
    one.observe(good(snapshot(HOUR_S, agencies=[agency()], units=units), 0), 0)
    for seconds in range(1, 63):
        one.observe(good(snapshot(seconds, agencies=[agency()], units=units), seconds), seconds)
    assert list(one.alarms.severities().values()) == [Severity.CRITICAL]


def test_that_a_server_whose_clock_is_put_forward_is_believed():
    one = situation(snapshot(calls=[call()]))
    one.observe(good(snapshot(HOUR_S, calls=[call()]), 2), 2)
    assert one.as_of == at(HOUR_S)
    assert waiting_s(one) == HOUR_S


def test_that_a_poll_that_changes_nothing_changes_nothing():
    rows: dict[str, Any] = {"calls": [call()], "incidents": [incident()], "units": [unit()], "agencies": [agency()]}
    one = situation(snapshot(**rows))
    revision, active = one.revision, one.active_incidents()
    for seconds in (2, 4, 6):
        see(one, snapshot(seconds, **rows))
        assert one.revision == revision
        assert one.active_incidents() is active


def test_that_the_rows_are_still_there_after_a_poll_that_changed_nothing():
    """And a history that was read meanwhile: everything is computed anew, from what the last poll left behind."""
    rows: dict[str, Any] = {"calls": [call(), call("c2", -60, -50)], "incidents": [incident()]}
    one = situation(snapshot(**rows))
    see(one, snapshot(2, **rows))
    one.observe(backfill([], at(-24 * HOUR_S)), 3)
    assert len(one.waiting_calls()) == len(one.talking_calls()) == len(one.active_incidents()) == 1


def test_that_what_leaves_after_a_poll_that_changed_nothing_takes_its_alarm_along():
    calls = [call(received=-100)]
    one = situation(snapshot(calls=calls))
    see(one, snapshot(2, calls=calls))
    see(one, snapshot(4))
    assert one.waiting_calls() == []
    assert one.alarms.alarms(at(4)) == []


def test_that_the_history_is_asked_for_at_first_and_after_a_gap_only():
    one = situation(snapshot())
    assert one.backfill_wanted
    one.backfill_wanted = False
    see(one, snapshot(2, calls=[call()]))
    one.observe(good(None, 4), 4)
    one.observe(bad(6), 6)
    assert not one.backfill_wanted


@pytest.mark.parametrize("unchanged", ["304", "an equal snapshot"])
def test_that_a_gap_shows_although_nothing_has_changed_since(unchanged):
    one = situation(snapshot())
    one.observe(backfill([], at(-24 * HOUR_S), [], at(-48 * HOUR_S)), 0)
    one.backfill_wanted = False
    assert call_figures(one).today.since is None
    back_s = 3 * HOUR_S
    one.observe(good(None if unchanged == "304" else snapshot(back_s), back_s), back_s)
    assert one.backfill_wanted
    assert call_figures(one).today.since == at(back_s - HOUR_S)
    assert one.compliance_since() == at(back_s - HOUR_S)


def test_that_a_history_without_a_present_is_nothing():
    one = situation()
    one.observe(backfill([call()], at(-HOUR_S)), 0)
    assert one.kpis() is None


def test_that_a_centre_that_moves_to_another_zone_counts_its_day_there():
    calls = [call(received=-11 * HOUR_S), call("c2", received=-1)]
    one = situation(snapshot(calls=calls))
    one.backfill_wanted = False
    assert call_figures(one).today.received == 1
    see(one, snapshot(2, calls=calls, zone="Asia/Jayapura"))
    assert one.zone == ZoneInfo("Asia/Jayapura")
    assert one.backfill_wanted
    one.observe(backfill([], at(-12 * HOUR_S), [], None), 2)
    assert call_figures(one).today.received == 2


def test_that_the_usual_hour_is_the_centres_local_one():
    one = situation(snapshot(), usual=tuple(float(hour) for hour in range(24)))
    assert ZONE == "Asia/Jakarta"
    assert one.usual_hour(at(0)) == 10
    assert situation(snapshot()).usual_hour(at(0)) is None
    assert situation(usual=(1.0,) * 24).usual_hour(at(0)) is None


def test_that_what_the_feed_dropped_stays_known_until_the_next_snapshot():
    dropped = (DroppedRow("calls[3].received_at", "not an instant"),)
    told = PollSuccess(
        snapshot=snapshot(),
        sent_s=0,
        received_s=0,
        size_bytes=1,
        dropped_rows=dropped,
        unknown_values={"units.status": 2},
    )
    one = situation()
    one.observe(told, 0)
    one.observe(good(None, 2), 2)
    one.observe(bad(4), 4)
    assert (one.dropped_rows, one.unknown_values) == (dropped, {"units.status": 2})
    see(one, snapshot(6))
    assert (one.dropped_rows, one.unknown_values) == ((), {})
    assert one.polls.good == 3


def test_that_instants_before_their_beginning_are_counted_for_as_long_as_they_are_told():
    backwards = call("c1", 10, answered=5, ended=20)
    late = incident("i1", 10, dispatched=5, arrived=7)
    one = situation(snapshot(30, calls=[backwards, call("c2", 0, answered=5)], incidents=[late]))
    assert one.misplaced_instants == {
        "calls.answered_at": 1,
        "incidents.arrived_at": 1,
        "incidents.dispatched_at": 1,
    }
    see(one, snapshot(32, calls=[call("c1", 10, answered=15, ended=20)], incidents=[late]))
    assert one.misplaced_instants == {"incidents.arrived_at": 1, "incidents.dispatched_at": 1}
    see(one, snapshot(34))
    assert one.misplaced_instants == {}


def test_that_an_agency_is_called_by_its_short_name_where_it_has_one():
    one = situation(snapshot(agencies=[agency("a1", "BPBD"), agency("a2", "")]))
    assert [shown.name for shown in one.agencies()] == ["BPBD", "Dinas a2"]


def test_that_staffing_follows_the_call_takers():
    one = situation(snapshot(call_takers=[call_taker(status="on_call")]))
    see(one, snapshot(2, call_takers=[call_taker(status="available")]))
    assert (staffing(one).free, staffing(one).occupancy) == (1, 0)


@pytest.mark.parametrize("name", ["calls", "incidents", "units", "agencies", "call_takers"])
def test_that_a_list_is_unknown_told_empty_or_not_told_and_stays_so_as_it_grows_old(name):
    unknown, empty, untold = situation(), situation(snapshot()), situation(snapshot(untold={name}))
    for seconds in (0, STALE_S + 1):
        for one in (unknown, empty, untold):
            one.advance(seconds)
        assert (unknown.tells(name), empty.tells(name), untold.tells(name)) == (False, True, False)
    assert untold.state(STALE_S + 1) is FeedState.STALE


def test_that_nobody_waiting_is_a_figure_and_no_calls_told_is_none():
    empty, untold = situation(snapshot()), situation(snapshot(untold={"calls"}))
    assert situation().kpis() is None
    assert call_figures(empty).waiting == 0
    assert empty.hours()[-1].count.total == 0
    kpis = untold.kpis()
    assert kpis is not None
    assert kpis.calls is None
    assert kpis.incidents is not None
    assert untold.hours() == ()


def test_that_a_list_that_is_told_from_now_on_has_figures_although_no_row_changed():
    one = situation(snapshot(untold={"calls"}))
    see(one, snapshot(2))
    assert call_figures(one).waiting == 0
    one.observe(good(None, 4), 4)
    assert one.tells("calls")
    see(one, snapshot(6, untold={"calls"}))
    one.observe(good(None, 8), 8)
    assert not one.tells("calls")
    kpis = one.kpis()
    assert kpis is not None
    assert kpis.calls is None


def test_that_a_history_makes_no_figure_of_a_list_that_is_not_told():
    one = situation(snapshot(untold={"calls"}))
    one.observe(backfill([call(received=-60)], at(-24 * HOUR_S)), 0)
    kpis = one.kpis()
    assert kpis is not None
    assert (kpis.calls, one.hours()) == (None, ())


CALLS = (
    call("waits", -100),
    call("talks", -200, answered=-190),
    call("answered", -300, answered=-290, ended=-200),
    call("gave up", -400, ended=-300),
)


@pytest.mark.parametrize(
    ("untold", "answered", "speed_s"), [({ANSWERED}, None, None), ({ENDED}, 2, 10.0), ({ANSWERED, ENDED}, None, None)]
)
def test_that_without_answers_or_ends_nobody_knows_who_waits_and_how_well_calls_are_answered(untold, answered, speed_s):
    one = situation(without(snapshot(calls=CALLS), untold))
    figures = call_figures(one)
    speed, today, hour = figures.answering, figures.today, one.hours()[-1].count
    assert (figures.waiting, figures.longest_waiting_s, figures.talking) == (None, None, None)
    assert (speed.service_level_15, speed.service_level_20, speed.abandonment_rate) == (None, None, None)
    assert (speed.average_speed_of_answer_s, speed.answer_p90_s) == (speed_s, speed_s)
    assert (today.answered, today.abandoned, hour.abandoned) == (answered, None, None)
    assert (speed.offered, today.received) == (4, 4), "which follows from when they came"
    assert (one.waiting_calls(), one.talking_calls()) == ([], [])
    assert not one.tells_call_states
    assert list(one.alarms.alarms(at(0))) == []


def running(seconds: float, *calls: Any) -> Snapshot:
    return replace(snapshot(seconds, calls=calls), only_running_calls=True)


def test_that_of_a_list_of_running_calls_it_is_known_who_waits_and_not_how_calls_end():
    one = situation(running(0, call("talks", -200, answered=-190), call("waits", -3)))
    figures = call_figures(one)
    assert (figures.waiting, figures.talking, one.tells_call_states) == (1, 1, True)
    see(one, running(2, call("talks", -200, answered=-190)))
    see(one, running(40))
    figures, hour = call_figures(one), one.hours()[-1].count
    speed, today = figures.answering, figures.today
    assert (figures.waiting, figures.talking, speed.average_speed_of_answer_s) == (0, 0, 10.0)
    assert (speed.service_level_15, speed.service_level_20, speed.abandonment_rate) == (None, None, None)
    assert (today.abandoned, hour.abandoned) == (None, None), "who left without an answer may have had one since"


def test_that_of_a_list_of_running_calls_nothing_is_known_of_the_time_before_the_wall_looked():
    one = situation(running(0, call("before", -200, answered=-190)))
    see(one, running(30, call("since", 20)))
    figures = call_figures(one)
    assert (figures.today.since, figures.today.received, figures.answering.offered) == (at(0), 1, None)
    assert [hour.count.total for hour in one.hours()[:-1]] == [None] * 10
    for seconds in range(60, int(HOUR_S) + 30, 30):
        see(one, running(seconds))
    assert (call_figures(one).answering.offered, call_figures(one).today.since) == (1, at(0))


@pytest.mark.parametrize(("gap_s", "missed"), [(60, False), (61, True)])
def test_that_calls_that_only_ran_within_a_gap_are_missed_and_incidents_are_not(gap_s, missed):
    one = situation(running(0))
    one.observe(backfill(calls_since=at(-24 * HOUR_S), incidents_since=at(-48 * HOUR_S)), 0)
    one.backfill_wanted = False
    see(one, running(gap_s))
    kpis = one.kpis()
    assert kpis is not None
    assert kpis.incidents is not None
    assert (call_figures(one).today.since, one.backfill_wanted) == (at(gap_s) if missed else None, missed)
    assert kpis.incidents.today.since is None


def test_that_without_dispatches_nobody_knows_what_is_unassigned_and_no_rule_watches_it():
    long_ago = -4 * 3600.0
    told = snapshot(incidents=[incident(reported=long_ago)], untold={DISPATCHED, ARRIVED})
    one = situation(told)
    kpis = one.kpis()
    assert kpis is not None
    assert kpis.incidents is not None
    assert (kpis.incidents.active, kpis.incidents.unassigned, kpis.incidents.today.dispatched) == (1, None, None)
    assert {alarm.subject.rule for alarm in one.alarms.alarms(at(0))} == {"incident_open"}


def test_that_where_nobody_tells_what_is_over_none_is_closed_and_none_lasts():
    row = incident(reported=-4 * 3600.0, dispatched=-3 * 3600.0)
    one = situation(snapshot(incidents=[row], untold={ARRIVED, CLOSED}))
    kpis = one.kpis()
    assert kpis is not None
    assert kpis.incidents is not None
    assert (kpis.incidents.active, kpis.incidents.today.closed) == (1, None)
    assert list(one.alarms.alarms(at(0))) == []


@pytest.mark.parametrize(("seen", "since"), [(True, at(0)), (False, None)])
def test_that_closings_that_have_to_be_seen_count_since_the_wall_looked_whatever_the_history_tells(seen, since):
    def told(seconds, *rows):
        return replace(snapshot(seconds, incidents=rows), closings_seen=seen)

    one = situation(told(0, incident(reported=-7200.0)))
    one.observe(backfill(incidents=[incident("earlier", -9000.0, closed=-60.0)], incidents_since=at(-48 * HOUR_S)), 0)
    see(one, told(2, incident(reported=-7200.0, closed=2.0, status="closed")))
    kpis = one.kpis()
    assert kpis is not None
    assert kpis.incidents is not None
    today = kpis.incidents.today
    assert (today.since, today.closed_since, today.closed) == (None, since, 1 if seen else 2)


def test_that_without_arrivals_no_response_is_late():
    row = incident(reported=-4 * 3600.0, dispatched=-3 * 3600.0, agencies=("a1",))
    one = situation(snapshot(incidents=[row], agencies=[agency("a1")], untold={ARRIVED}))
    assert {alarm.subject.rule for alarm in one.alarms.alarms(at(0))} == {"incident_open"}
    assert [figures.compliance for figures in one.agencies()] == [None]


def test_that_where_no_incident_tells_who_works_on_it_no_agency_has_none():
    row = incident(reported=-60.0, dispatched=-50.0, arrived=-40.0)
    one = situation(snapshot(incidents=[row], agencies=[agency("a1")], units=[unit()], untold={AT_WORK}))
    (figures,) = one.agencies()
    assert (figures.incidents, figures.compliance) == (None, None)
    assert figures.load is not None


@pytest.mark.parametrize("name", ["call-takers", "centre", "server_time", "calls"])
def test_that_only_an_empty_list_can_be_untold(name):
    with pytest.raises(ValueError, match="untold"):
        snapshot(calls=[call()], untold={name})


events = st.sampled_from(["snapshot", "the same", "304", "failure", "a second"])


@st.composite
def feeds(draw: st.DrawFn) -> list[tuple[float, str, Snapshot]]:
    """What a feed brings, every two seconds."""
    told = draw(strategies.snapshots(0, most=5))
    history = [(0.0, "snapshot", told)]
    for number in range(draw(st.integers(1, 6))):
        seconds = 2.0 * (number + 1)
        event = draw(events)
        if event == "snapshot":
            told = draw(strategies.snapshots(seconds, most=5))
        history.append((seconds, event, told))
    return history


def fed(history: list[tuple[float, str, Snapshot]]) -> Situation:
    one = situation()
    for seconds, event, told in history:
        if event in ("snapshot", "the same"):
            see(one, snapshot(seconds, **lists(told)))
        elif event == "304":
            one.observe(good(None, seconds), seconds)
        elif event == "failure":
            one.observe(bad(seconds), seconds)
        else:
            one.advance(seconds)
    return one


@given(feeds())
def test_that_what_is_known_of_the_present_does_not_depend_on_how_one_came_to_know_it(history):
    """However often rows came, went and came back: as if the last snapshot had been the only one."""
    one = fed(history)
    now = one.as_of
    assert now is not None
    _, _, told = history[-1]
    waiting = sorted(filter(slow_reference.is_waiting, told.calls), key=lambda row: (row.received_at, row.id))
    assert one.waiting_calls() == waiting
    talking = [row for row in told.calls if slow_reference.is_talking(row)]
    assert sorted(one.talking_calls(), key=lambda row: row.id) == sorted(talking, key=lambda row: row.id)
    durations = [slow_reference.seconds(row.answered_at, now) for row in one.talking_calls() if row.answered_at]
    assert durations == sorted(durations, reverse=True)
    assert one.active_incidents() == slow_reference.active_incidents(told.incidents)
    on_duty = staffing(one)
    assert (on_duty.on_duty, on_duty.free, on_duty.occupancy) == slow_reference.occupancy(told.call_takers)
    for shown in one.agencies():
        assert shown.load == AgencyLoad(*slow_reference.agency_units(told.units, shown.id))

    fresh = situation()
    seconds = slow_reference.seconds(at(0), now)
    see(fresh, snapshot(seconds, **lists(told)))
    timed = (Scope.CALL, Scope.INCIDENT)
    assert [alarm for alarm in one.alarms.alarms(now) if alarm.subject.scope in timed] == [
        alarm for alarm in fresh.alarms.alarms(now) if alarm.subject.scope in timed
    ]
    crowded = [alarm.severity for alarm in fresh.alarms.alarms(now) if alarm.subject.rule == "calls_waiting"]
    assert [alarm.severity for alarm in one.alarms.alarms(now) if alarm.subject.rule == "calls_waiting"] == crowded


@given(feeds())
def test_that_every_call_ever_told_of_counts_in_its_hour(history):
    one = fed(history)
    now = one.as_of
    figures = call_figures(one).answering
    assert now is not None
    last_told = {row.id: row for _, event, told in history if event in ("snapshot", "the same") for row in told.calls}
    offered = slow_reference.offered(list(last_told.values()), now)
    good_ones, whole = slow_reference.service_level(offered, now, 15, SHORT_ABANDON_S)
    assert figures.offered == len(offered)
    level = figures.service_level_15
    assert level is not None
    assert (level.value, level.n) == (slow_reference.ratio(good_ones, whole), whole)


def test_that_what_the_history_tells_at_the_start_is_listed_and_not_heard():
    one = of_rules(rule("calls_today", 5, 10), rule("agency_compliance", 0.8, 0.5, minimum_sample=3))
    see(one, snapshot(0, agencies=[agency()]))
    early = [call(f"o{index}", -7200 - index, -7190 - index, -7000, "prank") for index in range(12)]
    late = [incident(f"x{index}", -9000, -8900, -5000, -4000, agencies=("a1",)) for index in range(6)]
    one.observe(backfill(early, at(-10 * HOUR_S), late, at(-25 * HOUR_S)), 0.4)
    told = one.alarms.events
    assert {event.subject.rule for event in told} == {"calls_today", "agency_compliance"}
    assert not any(event.rings for event in told)


def test_that_a_row_that_cannot_be_read_keeps_its_alarm_and_who_acknowledged_it():
    one = of_rules(rule("call_waiting", 15, 60))
    waits = call("c1", -16)
    see(one, snapshot(0, calls=[waits]))
    one.alarms.acknowledge([WAITING], at(0))
    one.alarms.events.clear()
    unread = (DroppedRow("calls[0].received_at", "missing", "calls", "c1"),)
    for second in (2, 4):
        one.observe(replace(good(snapshot(second), second), dropped_rows=unread), second)
    assert one.waiting_calls() == [], "what cannot be read is not shown as if it could"
    assert told_states(one, 4) == [AlarmState.ACTIVE_ACKNOWLEDGED]
    see(one, snapshot(6, calls=[waits]))
    assert one.alarms.events == []
    assert told_states(one, 6) == [AlarmState.ACTIVE_ACKNOWLEDGED]
    see(one, snapshot(8))
    assert told_states(one, 8) == []


def test_that_a_row_that_left_while_it_could_not_be_read_is_over():
    one = of_rules(rule("call_waiting", 15, 20))
    see(one, snapshot(0, calls=[call("c1", -16)]))
    one.observe(replace(good(snapshot(2), 2), dropped_rows=(DroppedRow("calls[0]", "missing", "calls", "c1"),)), 2)
    one.observe(replace(good(snapshot(4), 4), dropped_rows=(DroppedRow("calls[0]", "missing", "calls", "c2"),)), 4)
    assert told_states(one, 4) == []


def test_that_a_restored_alarm_about_a_row_that_cannot_be_read_at_first_stands_until_it_can_or_has_left():
    before = of_rules(rule("call_waiting", 15, 60))
    see(before, snapshot(0, calls=[call("c1", -16)]))
    before.alarms.acknowledge([WAITING], at(0))
    unread = (DroppedRow("calls[0].received_at", "missing", "calls", "c1"),)
    for later in ([call("c1", -16)], []):
        one = of_rules(rule("call_waiting", 15, 60))
        one.restore(before.alarms.events[-1:])
        for second in (2, 4):
            one.observe(replace(good(snapshot(second), second), dropped_rows=unread), second)
        one.advance(5)
        assert told_states(one, 5) == [AlarmState.ACTIVE_ACKNOWLEDGED]
        see(one, snapshot(6, calls=later))
        one.advance(7)
        assert [event.happening for event in one.alarms.events] == ([] if later else [Happening.CLEARED])
        assert told_states(one, 7) == ([AlarmState.ACTIVE_ACKNOWLEDGED] if later else [])


def test_that_a_shelf_ends_though_the_data_are_old():
    one = of_rules(rule("call_waiting", 15, 20))
    see(one, snapshot(0, calls=[call("c1", -16)]))
    one.alarms.shelve([WAITING], Shelf(at(60)), at(0))
    one.advance(59)
    assert told_states(one, 0) == [AlarmState.SHELVED]
    one.advance(60)
    assert one.state(60) is FeedState.STALE
    assert told_states(one, 0) == [AlarmState.ACTIVE_UNACKNOWLEDGED]


@pytest.mark.parametrize("set_by_s", [-3600, 3600])
def test_that_a_shelf_lasts_as_long_as_was_said_whatever_the_servers_clock_is_set_to(set_by_s):
    one = of_rules(rule("calls_waiting", 1, 3))
    subject = Subject("calls_waiting", Scope.CENTRE, "bengkalis")

    def see_at(monotonic_s: float, ahead_s: float) -> AlarmState:
        now_s = monotonic_s + ahead_s
        one.observe(good(snapshot(now_s, calls=[call("c1", now_s - 1)]), monotonic_s), monotonic_s)
        alarm = one.alarms.alarm(subject, at(now_s))
        assert alarm is not None
        return alarm.state

    see_at(0, 0)
    one.alarms.shelve([subject], Shelf(at(300)), at(0))
    assert see_at(10, set_by_s) is AlarmState.SHELVED
    moved = one.alarms.events[-1]
    assert (moved.happening, moved.note) == (Happening.SHELF_MOVED, f"{set_by_s:+d} s")
    assert moved.standing.shelf == Shelf(at(300 + set_by_s)), "as it is restored from"
    assert see_at(297, set_by_s) is AlarmState.SHELVED
    assert see_at(301, set_by_s) is AlarmState.ACTIVE_UNACKNOWLEDGED


def test_that_a_shelf_does_not_move_with_every_poll_of_a_source_whose_machines_clocks_differ():
    one = of_rules(rule("call_waiting", 15, 20))
    see(one, snapshot(0, calls=[call("c1", -16)]))
    one.alarms.shelve([WAITING], Shelf(at(300)), at(0))
    for monotonic_s in range(2, 60, 2):
        now_s = monotonic_s + (10 if monotonic_s % 4 else 0)
        one.observe(good(snapshot(now_s, calls=[call("c1", -16)]), monotonic_s), monotonic_s)
    assert not [event for event in one.alarms.events if event.happening is Happening.SHELF_MOVED]


@pytest.mark.parametrize("latched", [False, True])
def test_that_no_shelf_that_another_clock_made_outlasts_the_longest(latched):
    before = of_rules(rule("call_waiting", 15, 20, latched=latched))
    see(before, snapshot(0, calls=[call("c1", -16)]))
    before.alarms.shelve([WAITING], Shelf(at(300)), at(0))
    if latched:  # and over: nothing looks at it but its own time
        see(before, snapshot(2))
    after = of_rules(rule("call_waiting", 15, 20, latched=latched))
    after.restore([before.alarms.events[-1]])
    set_back_s = -10_800
    calls = [] if latched else [call("c1", set_back_s - 16)]
    after.observe(good(snapshot(set_back_s, calls=calls), 0), 0)
    (moved,) = [event for event in after.alarms.events if event.happening is Happening.SHELF_MOVED]
    assert (moved.note, moved.standing.shelf) == ("-7500 s", Shelf(at(set_back_s + HOUR_S)))
    after.observe(good(snapshot(set_back_s + HOUR_S - 1, calls=calls), HOUR_S - 1), HOUR_S - 1)
    assert told_states(after, 0) == [AlarmState.SHELVED]
    after.advance(HOUR_S)
    assert told_states(after, 0) != [AlarmState.SHELVED]


def test_that_a_rule_about_the_data_comes_into_force_while_they_are_old():
    at_noon = (Period(frozenset(range(1, 8)), time(10, 1), time(16)),)
    one = of_rules(rule("data_stale", 6, 60, in_force=at_noon))
    see(one, snapshot(0))
    one.advance(50)
    assert told_states(one, 50) == []
    one.advance(70)
    assert told_states(one, 70) == [AlarmState.ACTIVE_UNACKNOWLEDGED]


def test_that_what_was_about_a_centre_of_another_name_is_over():
    one = of_rules(rule("calls_waiting", 1, 3))
    see(one, snapshot(0, calls=[call("c1", -1)]))
    assert told_states(one, 0) == [AlarmState.ACTIVE_UNACKNOWLEDGED]
    see(one, replace(snapshot(2), centre=Centre(id="another", name="Another", time_zone=ZONE)))
    assert told_states(one, 2) == []


def test_that_restored_alarms_are_as_of_the_last_that_happened_until_there_are_data():
    before = of_rules(rule("call_waiting", 15, 20))
    see(before, snapshot(0, calls=[call("c1", -16)]))
    one = of_rules(rule("call_waiting", 15, 20))
    assert one.alarms_as_of is None
    one.restore(before.alarms.events)
    assert one.alarms_as_of == at(0)
    see(one, snapshot(100))
    assert one.alarms_as_of == at(100)


def test_that_every_metric_that_a_rule_can_name_is_told():
    """Each by a limit that any value crosses."""
    always = {"at_least": 0.0, "above": -1.0, "below": 1e6}
    one = of_rules(*[rule(name, always[metric.crossed], None) for name, metric in METRICS.items()])
    told = snapshot(
        0,
        calls=[call("c1", -20), call("c2", -60, -50), call("c3", -90, -80, -30, "verified"), call("c4", -99, ended=-9)],
        incidents=[
            incident("i1", -300),
            incident("i2", -600, -500),
            incident("i3", -900, -800, -700, agencies=("a1",)),
        ],
        agencies=[agency("a1")],
        units=[unit("u1", "available"), unit("u2", "on_scene")],
        call_takers=[call_taker("t1", "available"), call_taker("t2", "on_call")],
    )
    see(one, told)
    one.advance(1)
    assert {alarm.subject.rule for alarm in one.alarms.alarms(at(1))} == set(METRICS)


EARLY = [call(f"c{index}", -7000 + index, -6990 + index, -6900 + index) for index in range(6)]
"""Of two hours ago: in no snapshot any more."""


def tell_history(one: Situation, seconds: float) -> None:
    one.observe(backfill(EARLY, at(-10 * HOUR_S), (), at(-25 * HOUR_S)), seconds)


def a_busy_day() -> Situation:
    """With an alarm about it that somebody has acknowledged."""
    one = of_rules(rule("calls_today", 5, None))
    see(one, snapshot(0))
    tell_history(one, 0.5)
    one.alarms.acknowledge(one.alarms.shown(), at(1))
    assert told_states(one, 1) == [AlarmState.ACTIVE_ACKNOWLEDGED]
    return one


def test_that_a_day_that_is_not_known_whole_after_a_restart_ends_no_alarm_about_it():
    before = a_busy_day()
    one = of_rules(rule("calls_today", 5, None))
    one.restore(before.alarms.events[-1:])
    see(one, snapshot(60))
    assert told_states(one, 60) == [AlarmState.ACTIVE_ACKNOWLEDGED]
    tell_history(one, 61)
    assert told_states(one, 61) == [AlarmState.ACTIVE_ACKNOWLEDGED]
    assert one.alarms.events == []


def test_that_an_outage_that_leaves_a_gap_in_the_day_ends_no_alarm_about_it():
    one = a_busy_day()
    one.alarms.events.clear()
    gap_s = 65 * 60.0
    see(one, snapshot(gap_s))
    assert call_figures(one).today.since is not None
    assert told_states(one, gap_s) == [AlarmState.ACTIVE_ACKNOWLEDGED]
    tell_history(one, gap_s + 1)
    assert one.alarms.events == []


def test_that_a_day_that_is_known_whole_ends_it():
    one = a_busy_day()
    see(one, snapshot(15 * HOUR_S))
    one.observe(backfill((), at(0), (), at(0)), 15 * HOUR_S + 1)
    assert told_states(one, 15 * HOUR_S + 1) == [], "it is another day"


def test_that_the_history_silences_nothing_that_it_does_not_tell_of():
    one = of_rules(rule("agency_load", 0.8, 1.0, on_delay_s=60))
    see(one, snapshot(0, agencies=[agency("a1")], units=[unit("u1", "available")]))
    busy = [unit("u1", "on_scene")]
    see(one, snapshot(2, agencies=[agency("a1")], units=busy))
    tell_history(one, 3)
    for second in range(4, 70, 2):
        see(one, snapshot(second, agencies=[agency("a1")], units=busy))
    assert [event.rings for event in one.alarms.events] == [True]
