"""Every alarm rule at its limit and just short of it, through the situation, with the default limits."""

from __future__ import annotations

import math
from collections.abc import Iterable

import pytest
from msgspec.structs import replace

from tests.core import builders
from tests.core.builders import agency, at, bad, call, incident, see, situation, snapshot, unit, without
from wallboard.core.alarms import AlarmState, Severity
from wallboard.core.entities import ANSWERED, ENDED, Call, Incident, Unit
from wallboard.core.limits import CallLimits, CountLimits, Limits, StaleLimits
from wallboard.core.situation import Situation

MOMENT = 1e-6
MINUTE, HOUR = 60.0, 3600.0
NONE: tuple[str, ...] = ()


def told(one: Situation, rule: str) -> tuple[str, ...]:
    """Of that rule's alarms that are not suppressed: the severity, and "pending" with those that are."""
    now = one.as_of or at(0)
    return tuple(
        alarm.severity.name.lower() + (" pending" if alarm.state is AlarmState.PENDING else "")
        for alarm in one.alarms.alarms(now)
        if alarm.subject.rule == rule and alarm.state is not AlarmState.SUPPRESSED
    )


def keep_live(one: Situation, seconds: float) -> None:
    """The server says once a second that nothing has changed, up to that moment."""
    begin = math.ceil(builders.monotonic_s(one.as_of)) if one.as_of else 0
    for second in range(begin, math.ceil(seconds)):
        one.observe(builders.good(None, second), second)
    one.observe(builders.good(None, seconds), seconds)


def busy_units(busy: int, available: int) -> list[Unit]:
    return [
        *(unit(f"b{number}", "on_scene") for number in range(busy)),
        *(unit(f"f{number}") for number in range(available)),
    ]


def answered_calls(good: int, late: int) -> list[Call]:
    """All received within the last minute."""
    return [
        *(call(f"g{number}", -50, answered=-35, ended=-1) for number in range(good)),
        *(call(f"l{number}", -50, answered=-35 + MOMENT, ended=-1) for number in range(late)),
    ]


@pytest.mark.parametrize(
    ("waited_s", "severities"),
    [(15 - MOMENT, NONE), (15, ("warning",)), (20 - MOMENT, ("warning",)), (20, ("critical",))],
)
def test_call_waiting(waited_s, severities):
    assert told(situation(snapshot(calls=[call(received=-waited_s)])), "call_waiting") == severities


@pytest.mark.parametrize(
    ("talked_s", "severities"),
    [(300 - MOMENT, NONE), (300, ("warning",)), (600 - MOMENT, ("warning",)), (600, ("critical",))],
)
def test_call_talking(talked_s, severities):
    one = situation(snapshot(calls=[call(received=-1000, answered=-talked_s)]))
    assert told(one, "call_talking") == severities
    assert told(one, "call_waiting") == NONE


@pytest.mark.parametrize(
    ("count", "severities"), [(2, NONE), (3, ("warning",)), (4, ("warning",)), (5, ("critical",)), (50, ("critical",))]
)
def test_calls_waiting(count, severities):
    calls = [call(f"c{number}") for number in range(count)]
    assert told(situation(snapshot(calls=calls)), "calls_waiting") == severities


@pytest.mark.parametrize(
    ("priority", "warning_s", "critical_s"), [(1, 60, 120), (2, 120, 240), (3, 300, 600), (4, 300, 600)]
)
def test_incident_unassigned(priority, warning_s, critical_s):
    def after(seconds: float) -> tuple[str, ...]:
        rows = [incident(reported=-seconds, priority=priority)]
        return told(situation(snapshot(incidents=rows)), "incident_unassigned")

    assert after(warning_s - MOMENT) == NONE
    assert after(warning_s) == ("warning",)
    assert after(critical_s - MOMENT) == ("warning",)
    assert after(critical_s) == ("critical",)


@pytest.mark.parametrize(
    ("passed_s", "severities"),
    [
        (12 * MINUTE - MOMENT, NONE),
        (12 * MINUTE, ("warning",)),
        (15 * MINUTE - MOMENT, ("warning",)),
        (15 * MINUTE, ("critical",)),
    ],
)
def test_response_time_counts_from_the_report_once_somebody_is_dispatched(passed_s, severities):
    one = situation(snapshot(incidents=[incident(reported=-passed_s, dispatched=-1)]))
    assert told(one, "response_time") == severities
    assert told(one, "incident_unassigned") == NONE


@pytest.mark.parametrize(
    ("open_s", "severities"),
    [
        (2 * HOUR - MOMENT, NONE),
        (2 * HOUR, ("warning",)),
        (3 * HOUR - MOMENT, ("warning",)),
        (3 * HOUR, ("critical",)),
    ],
)
def test_incident_open(open_s, severities):
    rows = [incident(reported=-open_s, dispatched=-open_s, arrived=-open_s)]
    one = situation(snapshot(incidents=rows))
    assert told(one, "incident_open") == severities
    assert told(one, "response_time") == NONE


@pytest.mark.parametrize("status", ["closed", "cancelled"])
def test_that_an_incident_that_is_over_alarms_no_more(status):
    one = situation(snapshot(incidents=[incident(reported=-4 * HOUR)]))
    assert len(one.alarms.alarms(at(0))) == 2
    see(one, snapshot(1, incidents=[incident(reported=-4 * HOUR, status=status)]))
    assert one.alarms.alarms(at(1)) == []


@pytest.mark.parametrize(
    ("busy", "available", "severities"),
    [(7, 3, NONE), (79, 21, NONE), (8, 2, ("warning",)), (99, 1, ("warning",)), (10, 0, ("critical",)), (0, 0, NONE)],
)
def test_agency_load_is_held_for_a_minute(busy, available, severities):
    one = situation(snapshot(agencies=[agency()], units=busy_units(busy, available)))
    pending = tuple(f"{severity} pending" for severity in severities)
    assert told(one, "agency_load") == pending
    keep_live(one, 60 - MOMENT)
    assert told(one, "agency_load") == pending
    keep_live(one, 60)
    assert told(one, "agency_load") == severities


@pytest.mark.parametrize(("busy", "severities"), [(71, ("warning",)), (70, NONE)])
def test_agency_load_ends_ten_points_below_its_limit(busy, severities):
    one = situation(snapshot(agencies=[agency()], units=busy_units(80, 20)))
    keep_live(one, 60)
    see(one, snapshot(61, agencies=[agency()], units=busy_units(busy, 100 - busy)))
    assert told(one, "agency_load") == severities


def test_that_units_out_of_service_do_not_make_the_rest_any_less_busy():
    units = [*busy_units(8, 2), *(unit(f"o{number}", "out_of_service") for number in range(10))]
    one = situation(snapshot(agencies=[agency()], units=units))
    assert told(one, "agency_load") == ("warning pending",)


@pytest.mark.parametrize("gone", ["units", "agency"])
def test_that_an_agency_that_leaves_takes_its_alarm_along(gone):
    one = situation(snapshot(agencies=[agency()], units=busy_units(10, 0)))
    keep_live(one, 60)
    assert told(one, "agency_load") == ("critical",)
    left = [agency()] if gone == "units" else []
    see(one, snapshot(61, agencies=left, units=[] if gone == "units" else busy_units(10, 0)))
    assert told(one, "agency_load") == NONE


@pytest.mark.parametrize(
    ("good", "late", "severities"),
    [
        (18, 2, NONE),
        (17, 3, ("warning",)),
        (16, 4, ("warning",)),
        (15, 5, ("critical",)),
        (0, 19, NONE),
        (15, 4, NONE),
        (0, 0, NONE),
    ],
)
def test_service_level_needs_twenty_calls_and_is_held_for_a_minute(good, late, severities):
    one = situation(snapshot(calls=answered_calls(good, late)))
    pending = tuple(f"{severity} pending" for severity in severities)
    assert told(one, "service_level") == pending
    keep_live(one, 60 - MOMENT)
    assert told(one, "service_level") == pending
    keep_live(one, 60)
    assert told(one, "service_level") == severities


@pytest.mark.parametrize(("corrected", "severities"), [(2, ("warning",)), (3, NONE)])
def test_service_level_ends_two_points_above_its_limit(corrected, severities):
    """89 of 100 were answered in time; then it turns out that a few more were."""
    calls = answered_calls(89, 11)
    one = situation(snapshot(calls=calls))
    keep_live(one, 60)
    assert told(one, "service_level") == ("warning",)
    late = calls[89 : 89 + corrected]
    see(one, snapshot(61, calls=[replace(row, answered_at=at(-40)) if row in late else row for row in calls]))
    assert told(one, "service_level") == severities


@pytest.mark.parametrize(("count", "severities"), [(11, NONE), (12, ("warning",)), (100, ("warning",))])
def test_calls_per_hour_compares_the_running_hour_with_as_much_of_the_usual_one(count, severities):
    """Half of the hour has passed, in which 5 calls are usual: chance stays at or below 11 in 99 of 100."""
    half_past = 30 * MINUTE
    calls = [call(f"c{number}", half_past - 1, half_past - 1, half_past) for number in range(count)]
    one = situation(snapshot(half_past, calls=calls), usual=(0.0,) * 10 + (10.0,) + (0.0,) * 13)
    assert told(one, "calls_per_hour") == severities


@pytest.mark.parametrize(("count", "severities"), [(1, NONE), (2, NONE), (30, ("warning",))])
def test_that_the_first_calls_of_an_hour_are_no_surge(count, severities):
    calls = [call(f"c{number}", 0, 0, 1) for number in range(count)]
    one = situation(snapshot(2, calls=calls), usual=(15.3,) * 24)
    assert told(one, "calls_per_hour") == severities


def test_that_without_a_usual_hour_no_number_of_calls_is_too_many():
    calls = [call(f"c{number}", 0, 0, 0) for number in range(500)]
    assert told(situation(snapshot(1, calls=calls)), "calls_per_hour") == NONE


@pytest.mark.parametrize(
    ("age_s", "severities"),
    [(6, NONE), (6 + MOMENT, ("warning",)), (60, ("warning",)), (60 + MOMENT, ("critical",))],
)
def test_data_stale(age_s, severities):
    one = situation(snapshot())
    one.observe(bad(1), 1)
    one.advance(age_s)
    assert told(one, "data_stale") == severities


def test_that_good_data_end_the_alarm_that_they_were_stale():
    one = situation(snapshot())
    one.advance(100)
    see(one, snapshot(101))
    assert told(one, "data_stale") == NONE


@pytest.mark.parametrize(("age_s", "severities"), [(61, NONE), (90, NONE), (90.1, ("critical",))])
def test_that_slow_polling_is_not_critical_before_it_is_a_warning(age_s, severities):
    one = Situation(builders.settings(poll_interval_s=30))
    see(one, snapshot())
    one.advance(age_s)
    assert told(one, "data_stale") == severities


def test_that_without_a_warning_the_critical_limit_of_old_data_stands_alone():
    one = Situation(
        builders.settings(Limits(data_stale=StaleLimits(warning_polls=None, critical_s=60)), poll_interval_s=30)
    )
    see(one, snapshot())
    one.advance(61)
    assert told(one, "data_stale") == ("critical",)


def alarming(limits: Limits, untold: Iterable[str] = ()) -> Situation:
    """Everything is wrong at once, for long enough."""
    usual = (1.0,) * 24
    calls: Iterable[Call] = [
        *answered_calls(0, 20),
        *(call(f"w{number}", -100) for number in range(5)),
        *(call(f"n{number}", 0, 0, 0) for number in range(3)),
        call("t", -1000, answered=-1000),
    ]
    rows: Iterable[Incident] = [
        incident("unassigned", -4 * HOUR),
        incident("not reached", -4 * HOUR, dispatched=-3 * HOUR, status="dispatched"),
    ]
    told = snapshot(calls=calls, incidents=rows, agencies=[agency()], units=busy_units(3, 0))
    one = situation(without(told, untold), limits=limits, usual=usual)
    keep_live(one, 60)
    one.advance(60 + 61)
    return one


RULES = Limits.__struct_fields__


def test_that_every_rule_can_alarm_at_once():
    one = alarming(Limits())
    assert {alarm.subject.rule for alarm in one.alarms.alarms(at(121))} == {*RULES}


@pytest.mark.parametrize("rule", RULES)
def test_that_a_rule_that_is_off_never_alarms_and_leaves_the_others_alone(rule):
    limits = replace(Limits(), **{rule: replace(getattr(Limits(), rule), enabled=False)})
    one = alarming(limits)
    assert {alarm.subject.rule for alarm in one.alarms.alarms(at(121))} == {*RULES} - {rule}


ON_STATES_OF_CALLS = {"call_waiting", "call_talking", "calls_waiting", "service_level"}
WATCHED = {
    "calls": {*ON_STATES_OF_CALLS, "calls_per_hour"},
    "incidents": {"incident_unassigned", "response_time", "incident_open"},
    "units": {"agency_load"},
    "agencies": {"agency_load"},
    "call_takers": set(),
}
"""The rules that watch each list."""


@pytest.mark.parametrize(
    ("untold", "rules"), [*WATCHED.items(), (ANSWERED, ON_STATES_OF_CALLS), (ENDED, ON_STATES_OF_CALLS)]
)
def test_that_nothing_is_alarming_about_a_list_that_is_not_told(untold, rules):
    one = alarming(Limits(), {untold})
    assert {alarm.subject.rule for alarm in one.alarms.alarms(at(121))} == {*RULES} - rules


@pytest.mark.parametrize(("untold", "rules"), WATCHED.items())
def test_that_a_list_that_is_told_no_more_takes_its_alarms_along(untold, rules):
    one = alarming(Limits())
    assert one.rows is not None
    lists = {name: getattr(one.rows, name).rows.values() for name in WATCHED}
    see(one, without(snapshot(122, **lists), {untold}))
    assert {group.rule for group in one.alarms.groups(at(122))} == {*RULES} - rules - {"data_stale"}


def test_that_the_centres_own_limits_are_used():
    limits = Limits(
        call_waiting=CallLimits(warning_s=None, critical_s=5), calls_waiting=CountLimits(warning=1, critical=None)
    )
    one = situation(snapshot(calls=[call(received=-5)]), limits=limits)
    assert told(one, "call_waiting") == ("critical",)
    assert told(one, "calls_waiting") == ("warning",)
    assert set(one.alarms.severities().values()) == {Severity.WARNING, Severity.CRITICAL}
