"""The alarm book: life cycles by hand, and random histories against an evaluation of everything at every second."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.builders import at
from wallboard.core.alarms import (
    Alarm,
    AlarmBook,
    AlarmState,
    Condition,
    Lasting,
    Measured,
    Scope,
    Severity,
    Subject,
    display_order,
)

CALL = Subject("call_waiting", Scope.CALL, "c1")
LOAD = Subject("agency_load", Scope.AGENCY, "a1")
MICROSECOND = 1e-6


def load(value: float | None, *, on_delay_s: float = 60, dead_band: float = 0.1) -> Measured:
    return Measured(value, 0.8, 1.0, on_delay_s=on_delay_s, dead_band=dead_band)


def level(value: float | None) -> Measured:
    return Measured(value, 0.9, 0.8, "below", dead_band=0.02)


def told(book: AlarmBook, seconds: float) -> list[tuple[str, Severity, AlarmState, datetime]]:
    return [(alarm.subject.key, alarm.severity, alarm.state, alarm.since) for alarm in book.alarms(at(seconds))]


WARNING, CRITICAL = Severity.WARNING, Severity.CRITICAL
PENDING, ACTIVE = AlarmState.PENDING, AlarmState.ACTIVE_UNACKNOWLEDGED


def test_that_a_wait_alarms_at_its_limit_and_not_a_moment_before():
    book = AlarmBook()
    book.watch(CALL, Lasting(at(0), 15, 20), at(0))
    book.advance(at(15 - MICROSECOND))
    assert told(book, 15 - MICROSECOND) == []
    book.advance(at(15))
    assert told(book, 15) == [("c1", WARNING, ACTIVE, at(15))]
    (alarm,) = book.alarms(at(17))
    assert (alarm.value, alarm.limit) == (17, 15)


def test_that_an_escalation_keeps_since_when():
    book = AlarmBook()
    book.watch(CALL, Lasting(at(0), 15, 20), at(0))
    book.advance(at(15))
    book.advance(at(20 - MICROSECOND))
    assert told(book, 20) == [("c1", WARNING, ACTIVE, at(15))]
    book.advance(at(20))
    assert told(book, 20) == [("c1", CRITICAL, ACTIVE, at(15))]
    (alarm,) = book.alarms(at(20))
    assert (alarm.value, alarm.limit) == (20, 20)
    assert book.severities() == {CALL: CRITICAL}


def test_that_a_wait_that_was_long_already_when_it_became_known_counts_from_its_limit():
    book = AlarmBook()
    book.watch(CALL, Lasting(at(0), 15, 20), at(100))
    assert told(book, 100) == [("c1", CRITICAL, ACTIVE, at(15))]


@pytest.mark.parametrize(
    ("warning_s", "critical_s", "severity", "since"),
    [(None, 20, CRITICAL, 20), (15, None, WARNING, 15), (0, None, WARNING, 0)],
)
def test_that_a_rule_may_have_one_level_only(warning_s, critical_s, severity, since):
    book = AlarmBook()
    book.watch(CALL, Lasting(at(0), warning_s, critical_s), at(0))
    book.advance(at(3600))
    assert told(book, 3600) == [("c1", severity, ACTIVE, at(since))]


def test_that_a_rule_without_levels_never_alarms():
    book = AlarmBook()
    book.watch(CALL, Lasting(at(0), None, None), at(0))
    book.watch(LOAD, Measured(1.0, None, None), at(0))
    book.advance(at(1e6))
    assert book.alarms(at(1e6)) == []
    assert book.revision == 0


def test_that_an_answered_call_ends_its_alarm_at_once_and_for_good():
    book = AlarmBook()
    book.watch(CALL, Lasting(at(0), 15, 20), at(0))
    book.advance(at(16))
    book.watch(CALL, None, at(17))
    assert told(book, 17) == []
    assert book.severities() == {}
    book.advance(at(100))
    assert told(book, 100) == []


def test_that_a_wait_that_begins_anew_counts_anew():
    book = AlarmBook()
    book.watch(CALL, Lasting(at(0), 15, 20), at(0))
    book.advance(at(16))
    book.watch(CALL, Lasting(at(16), 15, 20), at(16))
    assert told(book, 16) == []
    book.advance(at(20))
    assert told(book, 20) == []
    book.advance(at(31))
    assert told(book, 31) == [("c1", WARNING, ACTIVE, at(31))]


def test_that_a_limit_must_be_crossed_for_as_long_as_the_on_delay_asks():
    book = AlarmBook()
    book.watch(LOAD, load(0.8), at(0))
    assert told(book, 0) == [("a1", WARNING, PENDING, at(0))]
    assert book.severities() == {}
    book.advance(at(60 - MICROSECOND))
    assert told(book, 60) == [("a1", WARNING, PENDING, at(0))]
    book.advance(at(60))
    assert told(book, 60) == [("a1", WARNING, ACTIVE, at(0))]


def test_that_a_value_that_comes_back_within_the_on_delay_never_was_an_alarm():
    book = AlarmBook()
    book.watch(LOAD, load(0.8), at(0))
    book.watch(LOAD, load(0.79), at(59))
    assert told(book, 59) == []
    book.watch(LOAD, load(0.8), at(61))
    book.advance(at(120))
    assert told(book, 120) == [("a1", WARNING, PENDING, at(61))]


def test_that_a_dead_band_holds_no_alarm_that_is_only_pending():
    book = AlarmBook()
    book.watch(LOAD, load(0.8), at(0))
    book.watch(LOAD, load(0.75), at(30))
    assert told(book, 30) == []


def test_that_a_worse_value_escalates_after_its_own_delay_and_keeps_since_when():
    book = AlarmBook()
    book.watch(LOAD, load(0.8), at(0))
    book.watch(LOAD, load(1.0), at(30))
    assert told(book, 30) == [("a1", CRITICAL, PENDING, at(0))]
    book.advance(at(60))
    assert told(book, 60) == [("a1", WARNING, ACTIVE, at(0))]
    book.advance(at(90))
    assert told(book, 90) == [("a1", CRITICAL, ACTIVE, at(0))]
    book.watch(LOAD, load(0.85), at(100))
    assert told(book, 100) == [("a1", WARNING, ACTIVE, at(0))]


@pytest.mark.parametrize(("value", "held"), [(0.79, True), (0.71, True), (0.7, False), (0.69, False)])
def test_that_an_alarm_ends_when_its_value_is_the_dead_band_below_the_limit(value, held):
    book = AlarmBook()
    book.watch(LOAD, load(0.8, on_delay_s=0), at(0))
    book.watch(LOAD, load(value, on_delay_s=0), at(1))
    assert told(book, 1) == ([("a1", WARNING, ACTIVE, at(0))] if held else [])


@pytest.mark.parametrize(
    ("value", "severity"), [(0.99, CRITICAL), (0.91, CRITICAL), (0.9, WARNING), (0.71, WARNING), (0.7, None)]
)
def test_that_a_severity_ends_when_the_value_is_the_dead_band_below_its_own_limit(value, severity):
    book = AlarmBook()
    book.watch(LOAD, load(1.0, on_delay_s=0), at(0))
    book.watch(LOAD, load(value, on_delay_s=0), at(1))
    assert book.severities().get(LOAD) == severity


@pytest.mark.parametrize(
    ("value", "severity"),
    [(0.81, CRITICAL), (0.819, CRITICAL), (0.82, WARNING), (0.919, WARNING), (0.92, None), (1.0, None)],
)
def test_that_a_service_level_ends_its_alarm_when_it_is_the_dead_band_above_the_limit(value, severity):
    book = AlarmBook()
    book.watch(LOAD, level(0.79), at(0))
    book.watch(LOAD, level(value), at(1))
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
    book = AlarmBook()
    book.watch(LOAD, Measured(value, sign * 3, sign * 5, crossed), at(0))
    assert book.severities().get(LOAD) == severity


@pytest.mark.parametrize("crossed", ["at_least", "above", "below"])
def test_that_without_a_dead_band_an_alarm_ends_just_where_it_began(crossed: Literal["at_least", "above", "below"]):
    book = AlarmBook()
    inside, outside = (0.7, 0.7 + 1e-12) if crossed == "below" else (0.8, 0.8 - 1e-12)
    bad, limit = (0.5, 0.7) if crossed == "below" else (0.9, 0.8)
    book.watch(LOAD, Measured(bad, limit, None, crossed), at(0))
    book.watch(LOAD, Measured(outside, limit, None, crossed), at(1))
    assert told(book, 1) == []
    book.watch(LOAD, Measured(inside, limit, None, crossed), at(2))
    assert book.severities() == ({LOAD: WARNING} if crossed == "at_least" else {})


def test_that_no_value_is_no_alarm():
    book = AlarmBook()
    book.watch(LOAD, load(1.0, on_delay_s=0), at(0))
    book.watch(LOAD, load(None, on_delay_s=0), at(1))
    assert told(book, 1) == []


def test_that_the_revision_rises_only_when_an_alarm_changes():
    book = AlarmBook()
    revisions = []

    def note() -> None:
        revisions.append(book.revision)

    book.watch(LOAD, load(0.5), at(0))
    note()
    book.watch(LOAD, load(0.8), at(1))  # pending
    note()
    book.watch(LOAD, load(0.9), at(2))  # another value, the same alarm
    book.watch(LOAD, load(0.9), at(3))
    book.advance(at(4))
    note()
    book.watch(LOAD, load(1.0), at(5))  # pending, and worse
    note()
    book.advance(at(61))  # active
    note()
    book.advance(at(65))  # critical
    note()
    book.watch(LOAD, None, at(70))
    note()
    book.watch(LOAD, None, at(71))
    note()
    assert revisions == [0, 1, 1, 2, 3, 4, 5, 5]


def test_that_a_critical_limit_crossed_under_an_active_warning_is_no_change_yet():
    book = AlarmBook()
    book.watch(LOAD, load(0.8), at(0))
    book.advance(at(60))
    before = book.revision
    book.watch(LOAD, load(1.0), at(61))
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
        alarm(CRITICAL, PENDING, 0),
        alarm(WARNING, PENDING, 0),
    ]
    for turned in range(len(in_order)):
        assert sorted(in_order[turned:] + in_order[:turned], key=display_order) == in_order


# Random histories against brute force -----------------------------------------------------------------------------

LIMITS = {
    "busy": Measured(None, 3, 5, "at_least", on_delay_s=3, dead_band=1),
    "old": Measured(None, 3, 5, "above", on_delay_s=0, dead_band=2),
    "low": Measured(None, 4, 2, "below", on_delay_s=2, dead_band=0),
}
MEASURED = [Subject(rule, Scope.AGENCY, key) for rule in LIMITS for key in "ab"]
LASTING = [Subject("long", Scope.CALL, key) for key in "ab"]
SUBJECTS = [*MEASURED, *LASTING]


class BruteForce:
    """One subject, judged anew at every second from nothing but its condition; a plain state machine."""

    def __init__(self) -> None:
        self.condition: Condition | None = None
        self.crossed_since: dict[Severity, datetime] = {}
        self.active: Severity | None = None

    def second(self, condition: Condition | None, now: datetime) -> None:
        if isinstance(condition, Lasting):
            limits = {WARNING: condition.warning_s, CRITICAL: condition.critical_s}
            self.crossed_since = {
                severity: condition.start + timedelta(seconds=limit)
                for severity, limit in limits.items()
                if limit is not None and (now - condition.start).total_seconds() >= limit
            }
            self.active = max(self.crossed_since, default=None)
            return
        if condition is None:
            self.crossed_since, self.active = {}, None
            return
        ripe = []
        for severity, limit in ((WARNING, condition.warning), (CRITICAL, condition.critical)):
            assert limit is not None
            was_active = self.active is not None and self.active >= severity
            if not self.is_bad(condition, limit, condition.dead_band if was_active else 0):
                self.crossed_since.pop(severity, None)
                continue
            self.crossed_since.setdefault(severity, now)
            if was_active or (now - self.crossed_since[severity]).total_seconds() >= condition.on_delay_s:
                ripe.append(severity)
        self.active = max(ripe, default=None)

    @staticmethod
    def is_bad(condition: Measured, limit: float, dead_band: float) -> bool:
        if condition.value is None:
            return False
        beyond = limit - condition.value if condition.crossed == "below" else condition.value - limit
        if dead_band:
            return beyond > -dead_band
        return beyond >= 0 if condition.crossed == "at_least" else beyond > 0

    def told(self) -> tuple[Severity, AlarmState, datetime] | None:
        if not self.crossed_since:
            return None
        since = min(self.crossed_since.values())
        if self.active is None:
            return max(self.crossed_since), PENDING, since
        return self.active, ACTIVE, since


values = st.none() | st.integers(0, 7).map(float)
measured = st.tuples(st.sampled_from(MEASURED), values).map(lambda one: (one[0], measure(LIMITS[one[0].rule], one[1])))
lasting = st.tuples(
    st.sampled_from(LASTING),
    st.tuples(st.integers(-10, 10), st.none() | st.integers(0, 6), st.none() | st.integers(6, 9)).map(
        lambda one: Lasting(at(one[0]), one[1], one[2])
    ),
)
gone = st.tuples(st.sampled_from(SUBJECTS), st.none())
histories = st.lists(st.lists(measured | lasting | gone, max_size=3), min_size=1, max_size=25)


def measure(limits: Measured, value: float | None) -> Measured:
    return Measured(
        value, limits.warning, limits.critical, limits.crossed, on_delay_s=limits.on_delay_s, dead_band=limits.dead_band
    )


@settings(max_examples=300)
@given(histories)
def test_that_the_book_knows_at_every_second_what_judging_everything_would_tell(history):
    """Though it is told of changes only, and judges only what is due."""
    book = AlarmBook()
    brute = {subject: BruteForce() for subject in SUBJECTS}
    known: dict[Subject, Condition | None] = dict.fromkeys(SUBJECTS)
    shown: dict[Subject, tuple[Severity, AlarmState]] = {}
    for second, watched in enumerate(history):
        now = at(second)
        revision = book.revision
        book.advance(now)
        for subject, condition in dict(watched).items():
            book.watch(subject, condition, now)
            known[subject] = condition
        for subject, judge in brute.items():
            # What the book was told of before the change: the passing of a second, under the old condition.
            judge.second(judge.condition, now)
            judge.second(known[subject], now)
            judge.condition = known[subject]
        expected = {subject: told for subject, judge in brute.items() if (told := judge.told()) is not None}
        assert {alarm.subject: (alarm.severity, alarm.state, alarm.since) for alarm in book.alarms(now)} == expected
        assert book.severities() == {subject: judge.active for subject, judge in brute.items() if judge.active}
        after = {subject: one[:2] for subject, one in expected.items()}
        if shown != after:
            assert book.revision > revision
        elif not watched:
            assert book.revision == revision
        shown = after
        assert_that_the_groups_are_those_of_the_alarms(book, now)


def assert_that_the_groups_are_those_of_the_alarms(book: AlarmBook, now: datetime) -> None:
    gathered: dict[tuple[str, Severity], list[Alarm]] = {}
    for alarm in book.alarms(now):
        if alarm.state is ACTIVE:
            gathered.setdefault((alarm.subject.rule, alarm.severity), []).append(alarm)
    groups = book.groups(now)
    assert [(group.rule, group.severity) for group in groups] == list(gathered)
    for group, alarms in zip(groups, gathered.values(), strict=True):
        worst = min if group.rule == "low" else max
        assert group.count == len(alarms)
        assert group.keys == {alarm.subject.key for alarm in alarms}
        assert group.since == alarms[0].since
        assert group.worst in alarms
        assert group.worst.value == worst(alarm.value for alarm in alarms)


def test_that_watching_a_value_that_changes_every_second_does_not_pile_up():
    book = AlarmBook()
    for second in range(10_000):
        book.watch(LOAD, load(0.8 + (second % 10) / 100), at(second))
        book.advance(at(second))
    assert len(book._due) <= 100
