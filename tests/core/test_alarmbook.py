"""The alarm book: life cycles by hand, and random histories against an evaluation of everything at every second."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.core.builders import at
from wallboard.core.alarmbook import AlarmBook
from wallboard.core.alarms import Alarm, AlarmState, Happening, Scope, Severity, Shelf, Subject, display_order
from wallboard.core.crossing import Reading
from wallboard.core.rules import Levels, Period, Rule, Traits
from wallboard.core.watchable import METRICS, Crossed

CALL = Subject("call_waiting", Scope.CALL, "c1")
LOAD = Subject("agency_load", Scope.AGENCY, "a1")
MICROSECOND = 1e-6
WARNING, CRITICAL = Severity.WARNING, Severity.CRITICAL
PENDING, ACTIVE = AlarmState.PENDING, AlarmState.ACTIVE_UNACKNOWLEDGED


def rule(
    metric: str,
    warning: float | None,
    critical: float | None,
    crossed: Crossed | None = None,
    *,
    name: str = "",
    on_delay_s: float = 0.0,
    off_delay_s: float = 0.0,
    dead_band: float = 0.0,
    latched: bool = False,
    minimum_sample: int = 0,
    in_force: tuple[Period, ...] = (),
    agencies: frozenset[str] | None = None,
    priorities: frozenset[int] | None = None,
    replaces: frozenset[str] = frozenset(),
) -> Rule:
    return Rule(
        name=name or metric,
        metric_name=metric,
        levels=(Levels(warning, critical),),
        crossed=crossed or METRICS[metric].crossed,
        on_delay_s=on_delay_s,
        off_delay_s=off_delay_s,
        dead_band=dead_band,
        latched=latched,
        minimum_sample=minimum_sample,
        in_force=in_force,
        agencies=agencies,
        priorities=priorities,
        replaces=replaces,
    )


WAIT = rule("call_waiting", 15, 20)
HELD_LOAD = rule("agency_load", 0.8, 1.0, on_delay_s=60, dead_band=0.1)
PLAIN_LOAD = rule("agency_load", 0.8, 1.0, dead_band=0.1)


def book_of(*rules: Rule) -> AlarmBook:
    """One that has seen its first snapshot."""
    book = AlarmBook(rules)
    book.begin()
    return book


def waits(book: AlarmBook, since: float | None, now: float) -> None:
    book.last("call_waiting", "c1", None if since is None else at(since))
    book.advance(at(now))


def reads(book: AlarmBook, value: float | None, now: float, n: int | None = None) -> None:
    book.measure("agency_load", "a1", Reading(value, n))
    book.advance(at(now))


def told(book: AlarmBook, seconds: float) -> list[tuple[str, Severity, AlarmState, datetime]]:
    return [(alarm.subject.key, alarm.severity, alarm.state, alarm.since) for alarm in book.alarms(at(seconds))]


def state(book: AlarmBook, subject: Subject, seconds: float) -> AlarmState:
    alarm = book.alarm(subject, at(seconds))
    return AlarmState.NORMAL if alarm is None else alarm.state


def rings(book: AlarmBook) -> list[tuple[Happening, Severity | None]]:
    """What was heard since the last time."""
    heard = [(event.happening, event.severity) for event in book.events if event.rings]
    book.events.clear()
    return heard


def test_that_a_wait_alarms_at_its_limit_and_not_a_moment_before():
    book = book_of(WAIT)
    waits(book, 0, 0)
    book.advance(at(15 - MICROSECOND))
    assert told(book, 15 - MICROSECOND) == []
    book.advance(at(15))
    assert told(book, 15) == [("c1", WARNING, ACTIVE, at(15))]
    (alarm,) = book.alarms(at(17))
    assert (alarm.value, alarm.limit) == (17, 15)


def test_that_an_escalation_keeps_since_when():
    book = book_of(WAIT)
    waits(book, 0, 0)
    book.advance(at(15))
    book.advance(at(20 - MICROSECOND))
    assert told(book, 20) == [("c1", WARNING, ACTIVE, at(15))]
    book.advance(at(20))
    assert told(book, 20) == [("c1", CRITICAL, ACTIVE, at(15))]
    (alarm,) = book.alarms(at(20))
    assert (alarm.value, alarm.limit) == (20, 20)
    assert book.severities() == {CALL: CRITICAL}


def test_that_a_wait_that_was_long_already_when_it_became_known_counts_from_its_limit():
    book = book_of(WAIT)
    waits(book, 0, 100)
    assert told(book, 100) == [("c1", CRITICAL, ACTIVE, at(15))]


@pytest.mark.parametrize(
    ("warning_s", "critical_s", "severity", "since"),
    [(None, 20, CRITICAL, 20), (15, None, WARNING, 15), (0, None, WARNING, 0)],
)
def test_that_a_rule_may_have_one_level_only(warning_s, critical_s, severity, since):
    book = book_of(rule("call_waiting", warning_s, critical_s))
    waits(book, 0, 0)
    book.advance(at(3600))
    assert told(book, 3600) == [("c1", severity, ACTIVE, at(since))]


def test_that_a_rule_without_levels_never_alarms():
    book = book_of(rule("call_waiting", None, None), rule("agency_load", None, None))
    waits(book, 0, 0)
    reads(book, 1.0, 0)
    book.advance(at(1e6))
    assert book.alarms(at(1e6)) == []
    assert book.revision == 0


def test_that_an_answered_call_ends_its_alarm_at_once_and_for_good():
    book = book_of(WAIT)
    waits(book, 0, 0)
    book.advance(at(16))
    waits(book, None, 17)
    assert told(book, 17) == []
    assert book.severities() == {}
    book.advance(at(100))
    assert told(book, 100) == []


def test_that_a_wait_that_begins_anew_counts_anew():
    book = book_of(WAIT)
    waits(book, 0, 0)
    book.advance(at(16))
    waits(book, 16, 16)
    assert told(book, 16) == []
    book.advance(at(20))
    assert told(book, 20) == []
    book.advance(at(31))
    assert told(book, 31) == [("c1", WARNING, ACTIVE, at(31))]


def test_that_a_limit_must_be_crossed_for_as_long_as_the_on_delay_asks():
    book = book_of(HELD_LOAD)
    reads(book, 0.8, 0)
    assert told(book, 0) == [("a1", WARNING, PENDING, at(0))]
    assert book.severities() == {}
    book.advance(at(60 - MICROSECOND))
    assert told(book, 60) == [("a1", WARNING, PENDING, at(0))]
    book.advance(at(60))
    assert told(book, 60) == [("a1", WARNING, ACTIVE, at(0))]


def test_that_a_value_that_comes_back_within_the_on_delay_never_was_an_alarm():
    book = book_of(HELD_LOAD)
    reads(book, 0.8, 0)
    reads(book, 0.79, 59)
    assert told(book, 59) == []
    reads(book, 0.8, 61)
    book.advance(at(120))
    assert told(book, 120) == [("a1", WARNING, PENDING, at(61))]


def test_that_a_dead_band_holds_no_alarm_that_is_only_pending():
    book = book_of(HELD_LOAD)
    reads(book, 0.8, 0)
    reads(book, 0.75, 30)
    assert told(book, 30) == []


def test_that_a_worse_value_escalates_after_its_own_delay_and_keeps_since_when():
    book = book_of(HELD_LOAD)
    reads(book, 0.8, 0)
    reads(book, 1.0, 30)
    assert told(book, 30) == [("a1", CRITICAL, PENDING, at(0))]
    book.advance(at(60))
    assert told(book, 60) == [("a1", WARNING, ACTIVE, at(0))]
    book.advance(at(90))
    assert told(book, 90) == [("a1", CRITICAL, ACTIVE, at(0))]
    reads(book, 0.85, 100)
    assert told(book, 100) == [("a1", WARNING, ACTIVE, at(0))]


@pytest.mark.parametrize(("value", "held"), [(0.79, True), (0.71, True), (0.7, False), (0.69, False)])
def test_that_an_alarm_ends_when_its_value_is_the_dead_band_below_the_limit(value, held):
    book = book_of(PLAIN_LOAD)
    reads(book, 0.8, 0)
    reads(book, value, 1)
    assert told(book, 1) == ([("a1", WARNING, ACTIVE, at(0))] if held else [])


@pytest.mark.parametrize(
    ("value", "severity"), [(0.99, CRITICAL), (0.91, CRITICAL), (0.9, WARNING), (0.71, WARNING), (0.7, None)]
)
def test_that_a_severity_ends_when_the_value_is_the_dead_band_below_its_own_limit(value, severity):
    book = book_of(PLAIN_LOAD)
    reads(book, 1.0, 0)
    reads(book, value, 1)
    assert book.severities().get(LOAD) == severity


@pytest.mark.parametrize(
    ("value", "severity"),
    [(0.81, CRITICAL), (0.819, CRITICAL), (0.82, WARNING), (0.919, WARNING), (0.92, None), (1.0, None)],
)
def test_that_a_service_level_ends_its_alarm_when_it_is_the_dead_band_above_the_limit(value, severity):
    book = book_of(rule("agency_load", 0.9, 0.8, "below", dead_band=0.02))
    reads(book, 0.79, 0)
    reads(book, value, 1)
    assert book.severities().get(LOAD) == severity


@pytest.mark.parametrize(
    ("crossed", "value", "severity"),
    [
        ("at_least", 2.999, None),
        ("at_least", 3, WARNING),
        ("at_least", 4.999, WARNING),
        ("at_least", 5, CRITICAL),
        ("above", 3, None),
        ("above", 3.001, WARNING),
        ("above", 5, WARNING),
        ("above", 5.001, CRITICAL),
        ("below", -3, None),
        ("below", -3.001, WARNING),
        ("below", -5, WARNING),
        ("below", -5.001, CRITICAL),
    ],
)
def test_which_values_cross_a_limit(crossed, value, severity):
    sign = -1 if crossed == "below" else 1
    book = book_of(rule("agency_load", sign * 3, sign * 5, crossed))
    reads(book, value, 0)
    assert book.severities().get(LOAD) == severity


@pytest.mark.parametrize("crossed", ["at_least", "above", "below"])
def test_that_without_a_dead_band_an_alarm_ends_just_where_it_began(crossed: Crossed):
    inside, outside = (0.7, 0.7 + 1e-12) if crossed == "below" else (0.8, 0.8 - 1e-12)
    bad, limit = (0.5, 0.7) if crossed == "below" else (0.9, 0.8)
    book = book_of(rule("agency_load", limit, None, crossed))
    reads(book, bad, 0)
    reads(book, outside, 1)
    assert told(book, 1) == []
    reads(book, inside, 2)
    assert book.severities() == ({LOAD: WARNING} if crossed == "at_least" else {})


def test_that_no_value_suppresses_an_alarm_and_is_none_of_its_own():
    book = book_of(PLAIN_LOAD)
    reads(book, None, 0)
    assert told(book, 0) == []
    reads(book, 1.0, 1)
    reads(book, None, 2)
    assert state(book, LOAD, 2) is AlarmState.SUPPRESSED
    assert book.severities() == {}
    assert book.groups(at(2)) == []
    book.events.clear()
    reads(book, 1.0, 3)
    assert told(book, 3) == [("a1", CRITICAL, ACTIVE, at(1))]
    assert rings(book) == [], "the same raise is not heard twice"
    reads(book, None, 4)
    reads(book, 0.5, 5)
    assert told(book, 5) == []


def test_that_the_revision_rises_only_when_an_alarm_changes():
    book = book_of(HELD_LOAD)
    revisions = []

    def note() -> None:
        revisions.append(book.revision)

    reads(book, 0.5, 0)
    note()
    reads(book, 0.8, 1)  # pending
    note()
    reads(book, 0.9, 2)  # another value, the same alarm
    reads(book, 0.9, 3)
    book.advance(at(4))
    note()
    reads(book, 1.0, 5)  # pending, and worse
    note()
    book.advance(at(61))  # active
    note()
    book.advance(at(65))  # critical
    note()
    book.measure("agency_load", "a1", None)
    book.advance(at(70))
    note()
    book.measure("agency_load", "a1", None)
    book.advance(at(71))
    note()
    assert revisions == [0, 1, 1, 2, 3, 4, 5, 5]


def test_that_a_critical_limit_crossed_under_an_active_warning_is_no_change_yet():
    book = book_of(HELD_LOAD)
    reads(book, 0.8, 0)
    book.advance(at(60))
    before = book.revision
    reads(book, 1.0, 61)
    assert told(book, 61) == [("a1", WARNING, ACTIVE, at(0))]
    assert book.revision == before


def test_that_what_needs_a_person_comes_first():
    def alarm(severity: Severity, state: AlarmState, since: float, rule: str = "call_waiting", key: str = "k") -> Alarm:
        subject = Subject(rule, Scope.CALL, key)
        return Alarm(subject=subject, severity=severity, state=state, value=1, limit=1, since=at(since))

    in_order = [
        alarm(CRITICAL, ACTIVE, 10),
        alarm(CRITICAL, ACTIVE, 20),
        alarm(WARNING, ACTIVE, 0),
        alarm(WARNING, ACTIVE, 5, "call_talking"),
        alarm(WARNING, ACTIVE, 5, "call_waiting", "a"),
        alarm(WARNING, ACTIVE, 5, "call_waiting", "b"),
        alarm(CRITICAL, AlarmState.ACTIVE_ACKNOWLEDGED, 0),
        alarm(CRITICAL, PENDING, 0),
        alarm(WARNING, PENDING, 0),
        alarm(CRITICAL, AlarmState.SHELVED, 0),
    ]
    for turned in range(len(in_order)):
        assert sorted(in_order[turned:] + in_order[:turned], key=display_order) == in_order


# Delays, filters, hours -------------------------------------------------------------------------------------------


def test_that_what_lasts_is_pending_until_its_on_delay_has_passed():
    book = book_of(rule("call_waiting", 15, None, on_delay_s=10))
    waits(book, 0, 15)
    assert told(book, 15) == [("c1", WARNING, PENDING, at(15))]
    waits(book, 0, 25 - MICROSECOND)
    assert told(book, 25) == [("c1", WARNING, PENDING, at(15))]
    waits(book, 0, 25)
    assert told(book, 25) == [("c1", WARNING, ACTIVE, at(15))]


def test_that_an_alarm_stays_as_long_as_its_off_delay_though_the_call_has_ended():
    book = book_of(rule("call_waiting", 15, 20, off_delay_s=30))
    waits(book, 0, 16)
    waits(book, None, 17)
    assert told(book, 17) == [("c1", WARNING, ACTIVE, at(15))]
    book.advance(at(47 - MICROSECOND))
    assert told(book, 47) == [("c1", WARNING, ACTIVE, at(15))]
    book.advance(at(47))
    assert told(book, 47) == []


def test_that_a_value_that_is_bad_again_within_the_off_delay_is_the_same_raise():
    book = book_of(rule("agency_load", 0.8, None, off_delay_s=30))
    reads(book, 0.9, 0)
    reads(book, 0.5, 10)
    reads(book, 0.9, 20)
    book.advance(at(100))
    assert told(book, 100) == [("a1", WARNING, ACTIVE, at(0))]
    assert rings(book) == [(Happening.RAISED, WARNING)]
    reads(book, 0.5, 101)
    book.advance(at(131))
    assert told(book, 131) == []


def test_that_too_small_a_sample_says_nothing():
    book = book_of(rule("agency_load", 0.8, None, minimum_sample=20))
    reads(book, 1.0, 0, n=19)
    assert told(book, 0) == []
    reads(book, 1.0, 1, n=20)
    assert told(book, 1) == [("a1", WARNING, ACTIVE, at(1))]


def test_that_a_rule_is_about_the_incidents_that_it_chooses():
    book = book_of(rule("response_time", 100, None, priorities=frozenset({1}), agencies=frozenset({"damkar", "bpbd"})))
    book.last("response_time", "yes", at(0), Traits(1, "fire", ("dishub", "damkar")))
    book.last("response_time", "other priority", at(0), Traits(2, "fire", ("damkar",)))
    book.last("response_time", "other agency", at(0), Traits(1, "fire", ("dishub",)))
    book.advance(at(100))
    assert [alarm.subject.key for alarm in book.alarms(at(100))] == ["yes"]
    book.last("response_time", "yes", at(0), Traits(2, "fire", ("damkar",)))
    book.advance(at(101))
    assert book.alarms(at(101)) == [], "it is no longer of that priority"


def test_that_an_event_names_all_agencies_of_its_thing_whatever_the_rules_choose_by():
    rules = [rule("incident_open", 100, None, agencies=frozenset({"damkar"}), latched=True)]
    book = book_of(*rules)
    book.last("incident_open", "i1", at(0), Traits(agencies=("dishub", "damkar")))
    book.advance(at(100))
    book.last("incident_open", "i1", at(0), Traits(agencies=("damkar", "bpbd")))
    book.acknowledge([Subject("incident_open", Scope.INCIDENT, "i1")], at(101))
    assert [event.agencies for event in book.events] == [("dishub", "damkar"), ("damkar", "bpbd")]
    after = AlarmBook(rules)
    after.restore(book.events[-1:])
    after.begin()
    after.advance(at(102))
    assert [(event.happening, event.agencies) for event in after.events] == [(Happening.CLEARED, ("damkar", "bpbd"))]


def test_that_a_rule_stands_in_place_of_the_one_that_it_replaces_where_it_applies():
    own = rule(
        "response_time", 60, None, name="damkar", agencies=frozenset({"damkar"}), replaces=frozenset({"response_time"})
    )
    book = book_of(rule("response_time", 100, None), own)
    for agency in ("damkar", "bpbd"):
        book.last("response_time", agency, at(0), Traits(1, "fire", (agency,)))
    book.advance(at(200))
    assert {(alarm.subject.rule, alarm.subject.key) for alarm in book.alarms(at(200))} == {
        ("damkar", "damkar"),
        ("response_time", "bpbd"),
    }


def test_that_out_of_its_hours_a_rule_is_suppressed_and_comes_back_as_the_same_raise():
    """T0 is 03:00 UTC."""
    hours = Period(frozenset(range(1, 8)), time(22, 0), time(3, 1))
    book = book_of(rule("agency_load", 0.8, None, in_force=(hours,)))
    book.zone = ZoneInfo("UTC")
    reads(book, 0.9, 0)
    assert rings(book) == [(Happening.RAISED, WARNING)]
    book.advance(at(60))
    assert state(book, LOAD, 60) is AlarmState.SUPPRESSED
    evening = 19 * 3600
    book.advance(at(evening))
    assert told(book, evening) == [("a1", WARNING, ACTIVE, at(0))]
    assert rings(book) == []


@pytest.mark.parametrize(
    ("local", "holds"),
    [
        (("17", time(21, 59)), False),
        (("17", time(22, 0)), True),
        (("18", time(5, 59)), True),
        (("18", time(6, 0)), False),
        (("18", time(22, 0)), False),
        (("19", time(1, 0)), False),
    ],
)
def test_that_a_night_belongs_to_the_day_on_which_it_begins(local, holds):
    friday = Period(frozenset({5}), time(22, 0), time(6, 0))
    day, clock = local
    assert friday.holds(datetime.combine(date(2025, 10, int(day)), clock, UTC)) is holds


# Acknowledging, shelving, latching, service ----------------------------------------------------------------------


def test_that_an_alarm_rings_once_for_a_raise_and_once_when_it_escalates():
    book = book_of(WAIT)
    waits(book, 0, 15)
    assert rings(book) == [(Happening.RAISED, WARNING)]
    waits(book, 0, 19)
    assert rings(book) == []
    waits(book, 0, 20)
    assert rings(book) == [(Happening.ESCALATED, CRITICAL)]


def test_that_an_escalation_asks_for_acknowledging_again_and_a_deescalation_does_not():
    book = book_of(PLAIN_LOAD)
    reads(book, 0.8, 0)
    assert book.acknowledge([LOAD], at(1), "supervisor") == 1
    assert state(book, LOAD, 1) is AlarmState.ACTIVE_ACKNOWLEDGED
    reads(book, 1.0, 2)
    assert state(book, LOAD, 2) is ACTIVE
    assert book.acknowledge([LOAD], at(3), "supervisor") == 1
    book.events.clear()
    reads(book, 0.85, 4)
    assert state(book, LOAD, 4) is AlarmState.ACTIVE_ACKNOWLEDGED
    reads(book, 1.0, 5)
    assert state(book, LOAD, 5) is AlarmState.ACTIVE_ACKNOWLEDGED, "it was seen at that severity in this raise"
    assert rings(book) == []


def test_that_who_acted_and_why_is_in_the_history():
    book = book_of(WAIT)
    waits(book, 0, 15)
    book.events.clear()
    book.comment(CALL, "penelepon diam", at(16), "supervisor")
    book.acknowledge([CALL], at(17), "supervisor")
    book.shelve([CALL], Shelf(at(18 + 300), "uji coba", "kepala"), at(18))
    assert [(event.happening, event.by, event.note) for event in book.events] == [
        (Happening.COMMENTED, "supervisor", "penelepon diam"),
        (Happening.ACKNOWLEDGED, "supervisor", ""),
        (Happening.SHELVED, "kepala", "uji coba"),
    ]


def test_that_what_is_not_there_cannot_be_acknowledged_shelved_or_commented_on():
    book = book_of(WAIT)
    assert book.acknowledge([CALL], at(0)) == 0
    assert book.shelve([CALL], Shelf(at(300)), at(0)) == 0
    assert book.comment(CALL, "x", at(0)) == 0
    assert book.events == []


def test_that_a_shelved_alarm_is_neither_shown_nor_heard_until_its_time_is_over():
    book = book_of(PLAIN_LOAD)
    reads(book, 0.8, 0)
    book.shelve([LOAD], Shelf(at(300), "perawatan", "supervisor"), at(1))
    book.events.clear()
    assert book.groups(at(1)) == []
    assert book.severities() == {}
    reads(book, 1.0, 100)
    assert state(book, LOAD, 100) is AlarmState.SHELVED
    assert rings(book) == []
    book.advance(at(300))
    assert state(book, LOAD, 300) is ACTIVE
    assert rings(book) == [(Happening.UNSHELVED, CRITICAL)], "what grew meanwhile is heard now"


def test_that_a_shelf_outlives_the_raise_and_not_what_it_is_about():
    book = book_of(PLAIN_LOAD)
    reads(book, 0.8, 0)
    book.shelve([LOAD], Shelf(at(300)), at(1))
    reads(book, 0.1, 2)
    assert state(book, LOAD, 2) is AlarmState.SHELVED
    book.measure("agency_load", "a1", None)
    book.advance(at(3))
    assert book.alarms(at(3)) == []


def test_that_what_is_taken_from_a_shelf_as_it_leaves_is_in_the_history():
    book = book_of(PLAIN_LOAD)
    reads(book, 0.8, 0)
    book.shelve([LOAD], Shelf(at(300)), at(1))
    reads(book, 0.1, 2)
    book.events.clear()
    book.measure("agency_load", "a1", None)
    book.advance(at(3))
    assert [(event.happening, event.rings) for event in book.events] == [(Happening.UNSHELVED, False)]


def test_that_a_latched_alarm_stays_on_its_shelf_until_its_time_though_what_it_is_about_has_left():
    book = book_of(rule("call_waiting", 15, 20, latched=True))
    waits(book, 0, 20)
    book.shelve([CALL], Shelf(at(300), "diketahui", "supervisor"), at(21))
    waits(book, None, 25)
    book.advance(at(299))
    assert state(book, CALL, 299) is AlarmState.SHELVED
    assert book.groups(at(299)) == []
    after = AlarmBook(tuple(book.rules.values()))
    after.restore(book.events[-1:])
    after.begin()
    for each in (book, after):
        each.events.clear()
        each.advance(at(299))
        assert state(each, CALL, 299) is AlarmState.SHELVED
        each.advance(at(300))
        assert state(each, CALL, 300) is AlarmState.RETURNED_UNACKNOWLEDGED
        assert [event.happening for event in each.events] == [Happening.UNSHELVED]


def test_that_an_alarm_can_be_taken_back_from_the_shelf():
    book = book_of(PLAIN_LOAD)
    reads(book, 0.8, 0)
    book.shelve([LOAD], Shelf(at(300)), at(1))
    assert book.unshelve([LOAD], at(2), "supervisor") == 1
    assert state(book, LOAD, 2) is ACTIVE


def test_that_a_latched_alarm_that_is_over_stays_until_somebody_has_seen_it():
    book = book_of(rule("call_waiting", 15, 20, latched=True))
    waits(book, 0, 20)
    waits(book, None, 25)
    book.advance(at(1000))
    assert told(book, 1000) == [("c1", CRITICAL, AlarmState.RETURNED_UNACKNOWLEDGED, at(15))]
    assert book.groups(at(1000))[0].unacknowledged == 1
    assert book.severities() == {}
    book.acknowledge([CALL], at(1001))
    assert book.alarms(at(1001)) == []


def test_that_a_latched_alarm_that_was_acknowledged_does_not_stay():
    book = book_of(rule("call_waiting", 15, 20, latched=True))
    waits(book, 0, 20)
    book.acknowledge([CALL], at(21))
    waits(book, None, 25)
    assert book.alarms(at(25)) == []


def test_that_a_latched_alarm_stays_as_bad_as_it_was():
    book = book_of(rule("agency_load", 0.8, 1.0, latched=True))
    reads(book, 0.9, 0)
    book.acknowledge([LOAD], at(1))
    reads(book, 1.0, 2)
    reads(book, 0.9, 3)
    reads(book, 0.1, 4)
    assert [(alarm.state, alarm.severity) for alarm in book.alarms(at(4))] == [
        (AlarmState.RETURNED_UNACKNOWLEDGED, CRITICAL)
    ], "the warning was acknowledged, and what it grew to was not"


def test_that_a_rule_out_of_service_is_silent_until_it_is_put_back():
    book = book_of(WAIT)
    book.take_out_of_service("call_waiting", at(0), "supervisor", "uji")
    waits(book, 0, 20)
    assert state(book, CALL, 20) is AlarmState.OUT_OF_SERVICE
    assert book.groups(at(20)) == []
    assert rings(book) == []
    book.put_into_service("call_waiting", at(21), "supervisor")
    assert state(book, CALL, 21) is ACTIVE
    assert rings(book) == [(Happening.PUT_INTO_SERVICE, CRITICAL)]


def test_that_what_was_there_at_the_start_is_listed_and_not_heard():
    book = AlarmBook([WAIT, HELD_LOAD])
    book.last("call_waiting", "c1", at(-16))
    book.measure("agency_load", "a1", Reading(0.9))
    book.advance(at(0))
    book.begin()
    assert state(book, CALL, 0) is ACTIVE
    book.advance(at(4))
    assert rings(book) == [(Happening.ESCALATED, CRITICAL)], "that it grows is new"
    book.advance(at(60))
    assert state(book, LOAD, 60) is ACTIVE
    assert rings(book) == []


def test_that_a_book_restored_from_the_last_events_is_as_the_one_before():
    rules = (rule("call_waiting", 15, 20, latched=True), PLAIN_LOAD, rule("call_talking", 5, None))
    before = book_of(*rules)
    waits(before, 0, 20)
    waits(before, None, 25)
    before.last("call_talking", "c2", at(20))
    reads(before, 0.9, 25)
    before.acknowledge([LOAD], at(26), "supervisor")
    before.shelve([Subject("call_talking", Scope.CALL, "c2")], Shelf(at(600), "uji", "supervisor"), at(27))
    last = {event.subject: event for event in before.events}
    after = AlarmBook(rules)
    after.restore(list(last.values()))
    assert {(alarm.subject, alarm.state) for alarm in after.alarms(at(30))} == {
        (alarm.subject, alarm.state) for alarm in before.alarms(at(30))
    }
    after.last("call_talking", "c2", at(20))
    after.measure("agency_load", "a1", Reading(0.9))
    after.advance(at(30))
    after.begin()
    after.advance(at(31))
    assert rings(after) == []
    assert [(alarm.subject.rule, alarm.state) for alarm in after.alarms(at(31))] == [
        ("call_waiting", AlarmState.RETURNED_UNACKNOWLEDGED),
        ("agency_load", AlarmState.ACTIVE_ACKNOWLEDGED),
        ("call_talking", AlarmState.SHELVED),
    ]


def test_that_a_restored_alarm_about_something_that_has_gone_is_over():
    book = AlarmBook([WAIT])
    before = book_of(WAIT)
    waits(before, 0, 20)
    book.restore(before.events[-1:])
    book.begin()
    book.advance(at(100))
    assert book.alarms(at(100)) == []
    assert [event.happening for event in book.events] == [Happening.CLEARED]


def test_that_what_is_only_pending_has_no_history_when_its_rule_is_taken_out_of_service_and_put_back():
    book = book_of(HELD_LOAD)
    reads(book, 1.0, 0)
    book.take_out_of_service("agency_load", at(1))
    assert state(book, LOAD, 1) is AlarmState.OUT_OF_SERVICE
    book.put_into_service("agency_load", at(2))
    assert state(book, LOAD, 2) is PENDING
    assert [event.subject.is_rule for event in book.events] == [True, True]


def test_that_a_restored_alarm_is_out_of_service_as_its_rule_is():
    for rule_out in (False, True):
        before = book_of(PLAIN_LOAD)
        reads(before, 1.0, 0)
        alarms = before.events[-1]
        if rule_out:
            before.take_out_of_service("agency_load", at(1))
        other = replace(alarms, standing=replace(alarms.standing, out_of_service=not rule_out))
        after = AlarmBook([PLAIN_LOAD])
        after.restore([event for event in before.events if event.subject.is_rule] + [other])
        assert state(after, LOAD, 2) is (AlarmState.OUT_OF_SERVICE if rule_out else ACTIVE)
        assert len(after.groups(at(2))) == (not rule_out)


def test_that_restored_alarms_about_what_has_gone_end_in_slices():
    before = book_of(WAIT)
    for number in range(10):
        before.last("call_waiting", str(number), at(0))
    before.advance(at(16))
    book = AlarmBook([WAIT])
    book.restore(before.events)
    book.begin()
    turns = iter([True] * 4)
    book.advance(at(20), lambda: next(turns, False))
    assert book.unfinished
    assert len(book.alarms(at(20))) == 6
    book.advance(at(20))
    assert not book.unfinished
    assert book.alarms(at(20)) == []


def test_that_nothing_that_happened_is_lost_however_much_it_is():
    """The alarm log and the sounds go by what they are told."""
    book, many = book_of(WAIT), 10_100
    for number in range(many):
        book.last("call_waiting", str(number), at(0))
    book.advance(at(16))
    assert book.acknowledge(book.shown(), at(17)) == many
    assert len(book.events) == 2 * many


def flickering(*rules: Rule) -> AlarmBook:
    """Its call has waited for 20 s, and may be missing for 6 s."""
    book = AlarmBook(rules, missing_s=6)
    book.begin()
    waits(book, 0, 20)
    return book


@pytest.mark.parametrize("latched", [False, True])
def test_that_what_is_missing_for_a_moment_is_over_meanwhile_and_then_seen_and_heard_as_it_was(latched):
    book = flickering(rule("call_waiting", 15, 20, latched=latched))
    book.acknowledge([CALL], at(21))
    for second in range(22, 82, 6):
        waits(book, None, second)
        assert book.severities() == {}
        waits(book, 0, second + 6)
        assert state(book, CALL, second + 6) is AlarmState.ACTIVE_ACKNOWLEDGED
    assert [happening for happening, _ in rings(book)] == [Happening.RAISED]


@pytest.mark.parametrize("latched", [False, True])
def test_that_what_is_missing_for_a_moment_and_was_not_seen_still_asks_without_being_raised_aloud(latched):
    book = flickering(rule("call_waiting", 15, 20, latched=latched))
    book.events.clear()
    waits(book, None, 22)
    waits(book, 0, 24)
    assert state(book, CALL, 24) is ACTIVE
    assert rings(book) == []


@pytest.mark.parametrize(("since", "back"), [(0, 29), (1, 24)])
def test_that_what_was_missing_for_long_or_is_another_one_is_raised_anew(since, back):
    book = flickering(WAIT)
    book.acknowledge([CALL], at(21))
    book.events.clear()
    waits(book, None, 22)
    waits(book, since, back)
    assert rings(book) == [(Happening.RAISED, CRITICAL)]


def test_that_what_is_missing_for_a_moment_stays_on_its_shelf_until_its_time():
    book = flickering(WAIT)
    book.shelve([CALL], Shelf(at(60), "diketahui", "supervisor"), at(21))
    waits(book, None, 22)
    waits(book, 0, 24)
    assert state(book, CALL, 24) is AlarmState.SHELVED
    waits(book, None, 58)
    waits(book, 0, 62)
    assert state(book, CALL, 62) is ACTIVE


def test_that_a_book_does_not_keep_what_has_left():
    book = flickering(WAIT)
    waits(book, None, 22)
    book.advance(at(29))
    assert book._left == {}


def test_that_work_left_over_is_finished_in_the_next_slice():
    book = book_of(WAIT)
    for number in range(10):
        book.last("call_waiting", str(number), at(0))
    turns = iter([True] * 4)
    book.advance(at(16), lambda: next(turns, False))
    assert book.unfinished
    assert len(book.alarms(at(16))) == 4
    book.advance(at(16))
    assert not book.unfinished
    assert len(book.alarms(at(16))) == 10


# Random histories against brute force -----------------------------------------------------------------------------

RULES = (
    rule("agency_busy", 3, 5, name="busy", on_delay_s=3, dead_band=1),
    rule("agency_out", 3, 5, "above", name="old", dead_band=2),
    rule("agency_available", 4, 2, "below", name="low", on_delay_s=2),
    rule("call_waiting", 3, 6, name="long"),
    rule("call_waiting", None, 4, name="critical only"),
    rule("call_talking", 2, 5, name="held", on_delay_s=2),
)
KEYS = "ab"


def test_that_what_came_due_in_an_outage_is_looked_at_in_slices_too():
    book = book_of(WAIT)
    for index in range(20):
        book.last("call_waiting", f"c{index}", at(0))
    book.advance(at(1))
    looks = iter([True] * 5)
    book.advance(at(3600), lambda: next(looks, False))
    assert book.unfinished
    assert 0 < len(book.events) < 20
    while book.unfinished:
        book.advance(at(3600))
    assert {event.subject.key for event in book.events} == {f"c{index}" for index in range(20)}


def test_that_a_group_stands_where_the_member_that_asks_most_stands():
    book = book_of(WAIT, rule("agency_load", 0.8, 2.0))
    for key, waited_s in (("c1", 40), ("c2", 30)):
        book.last("call_waiting", key, at(-waited_s))
    reads(book, 0.9, 0)
    book.acknowledge([Subject("call_waiting", Scope.CALL, "c1")], at(0))
    calls, load = book.groups(at(0))
    assert (calls.rule, calls.state, calls.unacknowledged, calls.worst.subject.key) == ("call_waiting", ACTIVE, 1, "c1")
    assert load.rule == "agency_load"


def test_that_a_group_of_what_is_over_says_so():
    book = book_of(rule("call_waiting", 15, 20, latched=True))
    for key in ("c1", "c2"):
        book.last("call_waiting", key, at(-30))
    book.advance(at(0))
    for key in ("c1", "c2"):
        book.last("call_waiting", key, None)
    book.advance(at(1))
    (group,) = book.groups(at(1))
    assert (group.state, group.count, group.unacknowledged) == (AlarmState.RETURNED_UNACKNOWLEDGED, 2, 2)


class BruteForce:
    """One rule on one thing, judged anew at every second from nothing but what is there; a plain state machine."""

    def __init__(self, judged_by: Rule) -> None:
        self.rule = judged_by
        self.crossed_since: dict[Severity, datetime] = {}
        self.active: Severity | None = None

    def second(self, is_there: float | None, now: datetime) -> None:
        """The value, or the second since when it lasts; None where there is nothing."""
        limits = dict(self.rule.levels[0].items())
        if is_there is None:
            self.crossed_since, self.active = {}, None
        elif self.rule.metric.lasting:
            start, delay = at(is_there), self.rule.on_delay_s
            lasted = (now - start).total_seconds()
            self.crossed_since = {
                severity: start + timedelta(seconds=limit) for severity, limit in limits.items() if lasted >= limit
            }
            ripe = [severity for severity, limit in limits.items() if lasted >= limit + delay]
            self.active = max(ripe, default=None)
        else:
            self._measured(is_there, limits, now)

    def _measured(self, value: float, limits: dict[Severity, float], now: datetime) -> None:
        ripe = []
        for severity, limit in limits.items():
            was_active = self.active is not None and self.active >= severity
            if not self.is_bad(value, limit, self.rule.dead_band if was_active else 0):
                self.crossed_since.pop(severity, None)
                continue
            self.crossed_since.setdefault(severity, now)
            if was_active or (now - self.crossed_since[severity]).total_seconds() >= self.rule.on_delay_s:
                ripe.append(severity)
        self.active = max(ripe, default=None)

    def is_bad(self, value: float, limit: float, dead_band: float) -> bool:
        beyond = limit - value if self.rule.crossed == "below" else value - limit
        if dead_band:
            return beyond > -dead_band
        return beyond >= 0 if self.rule.crossed == "at_least" else beyond > 0

    def told(self) -> tuple[Severity, AlarmState] | None:
        if not self.crossed_since:
            return None
        if self.active is None:
            return max(self.crossed_since), PENDING
        return self.active, ACTIVE


METRICS_IN_USE = sorted({each.metric_name for each in RULES})
changes = st.tuples(st.sampled_from(METRICS_IN_USE), st.sampled_from(KEYS), st.none() | st.integers(0, 7).map(float))
histories = st.lists(st.lists(changes, max_size=3), min_size=1, max_size=25)


@settings(max_examples=300)
@given(histories)
def test_that_the_book_knows_at_every_second_what_judging_everything_would_tell(history):
    """Though it is told of changes only, and judges only what is due."""
    book = book_of(*RULES)
    brute = {(each.name, key): BruteForce(each) for each in RULES for key in KEYS}
    known: dict[tuple[str, str], float | None] = {}
    for second, told_now in enumerate(history):
        now = at(second)
        for (_, key), judge in brute.items():
            judge.second(known.get((judge.rule.metric_name, key)), now)
        for metric, key, value in told_now:
            if METRICS[metric].lasting:
                book.last(metric, key, None if value is None else at(value))
            else:
                book.measure(metric, key, None if value is None else Reading(value))
        known |= {(metric, key): value for metric, key, value in told_now}
        for (_, key), judge in brute.items():
            judge.second(known.get((judge.rule.metric_name, key)), now)
        book.advance(now)
        expected = {(*name, *told) for name, judge in brute.items() if (told := judge.told()) is not None}
        alarms = book.alarms(now)
        assert {(a.subject.rule, a.subject.key, a.severity, a.state) for a in alarms} == expected
        assert {(subject.rule, subject.key): severity for subject, severity in book.severities().items()} == {
            name: judge.active for name, judge in brute.items() if judge.active
        }
        assert_that_the_groups_are_those_of_the_alarms(book, now)


def assert_that_the_groups_are_those_of_the_alarms(book: AlarmBook, now: datetime) -> None:
    gathered: dict[tuple[str, Severity], list[Alarm]] = {}
    for alarm in book.alarms(now):
        if alarm.state is ACTIVE:
            gathered.setdefault((alarm.subject.rule, alarm.severity), []).append(alarm)
    groups = book.groups(now)
    assert {(group.rule, group.severity) for group in groups} == set(gathered)
    for group in groups:
        alarms = gathered[group.rule, group.severity]
        worst = min if group.rule == "low" else max
        assert group.count == group.unacknowledged == len(alarms)
        assert group.keys == {alarm.subject.key for alarm in alarms}
        assert group.since == alarms[0].since
        assert group.worst.value == worst(alarm.value for alarm in alarms)
    assert_that_groups_among_some_are_as_if_there_were_no_others(book, now)


def assert_that_groups_among_some_are_as_if_there_were_no_others(book: AlarmBook, now: datetime) -> None:
    assert book.groups(now, set(book.shown())) == book.groups(now)
    some = [alarm for alarm in book.alarms(now) if alarm.state is ACTIVE][::2]
    groups = book.groups(now, {alarm.subject for alarm in some})
    assert sum(group.count for group in groups) == len(some)
    for group in groups:
        alarms = [alarm for alarm in some if (alarm.subject.rule, alarm.severity) == (group.rule, group.severity)]
        assert group.count == group.unacknowledged == len(alarms)
        assert group.keys == {alarm.subject.key for alarm in alarms}
        assert group.since == alarms[0].since
        assert group.worst in alarms


def test_that_watching_a_value_that_changes_every_second_does_not_pile_up():
    book = book_of(HELD_LOAD)
    for second in range(10_000):
        reads(book, 0.8 + (second % 10) / 100, second)
    assert len(book._due) <= 100


# No history reaches a state that the standard does not have --------------------------------------------------------

acts = st.one_of(
    st.tuples(st.just("value"), st.none() | st.sampled_from([0.1, 0.75, 0.85, 1.0])),
    st.tuples(st.sampled_from(["gone", "acknowledge", "unshelve", "out", "in"]), st.none()),
    st.tuples(st.just("shelve"), st.sampled_from([1, 5])),
)


@pytest.mark.parametrize("latched", [False, True])
@settings(max_examples=300)
@given(history=st.lists(st.tuples(st.integers(0, 4), acts), max_size=40))
def test_that_no_history_rings_twice_for_one_raise_or_loses_an_acknowledgement(latched, history):
    book = book_of(rule("agency_load", 0.8, 1.0, dead_band=0.1, on_delay_s=2, off_delay_s=1, latched=latched))
    second = 0
    heard = seen = 0
    for passed, (act, argument) in history:
        second += passed
        do(book, act, argument, second)
        for event in book.events:
            if event.happening in (Happening.RAISED, Happening.CLEARED, Happening.RETURNED):
                heard = seen = 0
            if event.rings:
                assert event.severity is not None
                assert event.severity > heard, "it was heard before"
                assert event.standing.state is ACTIVE
                heard = event.severity
            if event.happening is Happening.ACKNOWLEDGED and event.severity is not None:
                seen = event.severity
        book.events.clear()
        alarm = book.alarm(LOAD, at(second))
        if alarm is not None and alarm.state is ACTIVE:
            assert alarm.severity > seen, "somebody has seen it"
        if alarm is not None and alarm.state is AlarmState.ACTIVE_ACKNOWLEDGED:
            assert alarm.severity <= seen


def do(book: AlarmBook, act: str, argument: float | None, second: int) -> None:
    now = at(second)
    if act == "value":
        book.measure("agency_load", "a1", Reading(argument))
    elif act == "gone":
        book.measure("agency_load", "a1", None)
    book.advance(now)
    if act == "acknowledge":
        book.acknowledge([LOAD], now, "supervisor")
    elif act == "unshelve":
        book.unshelve([LOAD], now)
    elif act == "shelve":
        book.shelve([LOAD], Shelf(at(second + (argument or 0))), now)
    elif act == "out":
        book.take_out_of_service("agency_load", now)
    elif act == "in":
        book.put_into_service("agency_load", now)


def latched_and_missing() -> AlarmBook:
    """Over and latched, as its call is missing for a moment."""
    book = AlarmBook([rule("call_waiting", 10, None, latched=True)], missing_s=15)
    book.begin()
    waits(book, 0, 20)
    book.last("call_waiting", "c1", None)
    book.advance(at(25))
    return book


def test_that_what_a_person_did_while_a_thing_was_missing_holds_when_it_is_back():
    book = latched_and_missing()
    assert book.acknowledge([CALL], at(27)) == 1
    waits(book, 0, 30)
    assert state(book, CALL, 30) is AlarmState.ACTIVE_ACKNOWLEDGED


def test_that_a_shelf_that_a_person_took_back_while_a_thing_was_missing_does_not_return():
    book = AlarmBook([rule("call_waiting", 10, None, latched=True)], missing_s=15)
    book.begin()
    waits(book, 0, 20)
    book.shelve([CALL], Shelf(at(3000)), at(21))
    book.last("call_waiting", "c1", None)
    book.advance(at(25))
    book.unshelve([CALL], at(26))
    book.acknowledge([CALL], at(27))
    waits(book, 0, 30)
    assert state(book, CALL, 30) is AlarmState.ACTIVE_ACKNOWLEDGED


def test_that_what_was_pending_before_the_history_came_is_heard_when_it_ripens():
    book = book_of(rule("calls_offered", 10, None, on_delay_s=60))
    book.begin()
    book.measure("calls_offered", "a1", Reading(50))
    book.advance(at(10))
    book.measure_anew()
    book.advance(at(20))
    book.advance(at(80))
    assert rings(book) == [(Happening.RAISED, WARNING)]


def test_that_an_alarm_that_a_part_of_a_period_raised_ends_on_a_part_and_one_of_before_does_not():
    share = rule("agency_compliance", 0.8, None, "below")
    book = book_of(share)
    book.begin()
    book.measure("agency_compliance", "a1", Reading(0.5, 10, partial=True))
    book.advance(at(0))
    last = book.events[-1:]
    book.measure("agency_compliance", "a1", Reading(0.99, 60, partial=True))
    book.advance(at(3600))
    assert book.alarms(at(3600)) == []
    again = AlarmBook([share])
    again.restore(last)
    again.measure("agency_compliance", "a1", Reading(0.99, 60, partial=True))
    again.begin()
    again.advance(at(3600))
    assert len(again.alarms(at(3600))) == 1
