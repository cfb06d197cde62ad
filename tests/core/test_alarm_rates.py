"""How good the alarms themselves are, on histories written by hand and, for floods, against a slow reference."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.builders import at
from wallboard.core import alarm_rates
from wallboard.core.alarm_rates import Annunciations
from wallboard.core.alarms import AlarmEvent, Happening, Scope, Severity, Standing, Subject


def event(
    seconds: float,
    happening: Happening = Happening.RAISED,
    key: str = "c1",
    *,
    rule: str = "call_waiting",
    severity: Severity = Severity.WARNING,
    rings: bool | None = None,
    **standing: Any,
) -> AlarmEvent:
    over = happening in (Happening.CLEARED, Happening.RETURNED)
    return AlarmEvent(
        at=at(seconds),
        subject=Subject(rule, Scope.CALL, key),
        happening=happening,
        standing=Standing(severity=None if over else severity, **standing),
        severity=severity,
        since=at(seconds),
        rings=happening in (Happening.RAISED, Happening.ESCALATED) if rings is None else rings,
    )


def raises(*seconds: float) -> list[AlarmEvent]:
    return [event(each, key=f"c{number}") for number, each in enumerate(seconds)]


def test_that_what_is_not_heard_calls_nobody():
    events = [event(0), event(1, rings=False), event(2, Happening.ACKNOWLEDGED), event(3, Happening.ESCALATED)]
    heard = Annunciations(reversed(events))
    assert (len(heard), len(heard.within(at(0), at(0))), len(heard.within(at(3), at(3)))) == (2, 1, 1)


def test_that_what_is_forgotten_is_the_oldest():
    heard = Annunciations(raises(0, 1, 2, 3))
    heard.keep_last(3)
    heard.forget_before(at(2))
    assert (len(heard), heard.most_within(timedelta(minutes=1))) == (2, 2)
    heard.keep_last(3)
    assert len(heard) == 2


def test_that_a_window_holds_its_end_and_not_its_beginning():
    heard = Annunciations(raises(0, 300, 600))
    assert heard.count_within(at(600), timedelta(minutes=10)) == 2
    assert heard.most_within(timedelta(minutes=10)) == 2
    assert heard.most_within(timedelta(minutes=10, seconds=1)) == 3
    assert Annunciations().most_within(timedelta(minutes=10)) == 0


def test_that_ten_alarms_in_ten_minutes_are_no_flood_and_eleven_are():
    assert Annunciations(raises(*range(10))).floods(at(599)) == []
    (flood,) = Annunciations(raises(*range(11))).floods(at(599))
    assert (flood.begins, flood.ends) == (at(0), None)


def test_that_a_flood_ends_when_fewer_than_five_are_within_ten_minutes():
    events = raises(*range(11))  # the fifth from the end came at 6 s
    assert Annunciations(events).floods(at(605))[0].ends is None
    assert Annunciations(events).floods(at(606))[0].ends == at(606)
    again = [*events, *raises(*range(700, 711))]
    assert [flood.begins for flood in Annunciations(again).floods(at(800))] == [at(0), at(700)]


@given(st.lists(st.integers(0, 3000), max_size=60).map(sorted), st.integers(0, 600))
def test_that_floods_are_those_that_looking_at_every_second_finds(seconds, later):
    now = (seconds[-1] if seconds else 0) + later
    going, found = False, []
    for second in range(now + 1):
        within = sum(second - 600 < each <= second for each in seconds)
        if not going and within > alarm_rates.FLOOD_BEGINS_ABOVE:
            going = True
            found.append([min(each for each in seconds if each > second - 600), None])
        elif going and within < alarm_rates.FLOOD_ENDS_BELOW:
            going = False
            found[-1][1] = second
    told = Annunciations(raises(*seconds)).floods(at(now))
    assert [[flood.begins, flood.ends] for flood in told] == [
        [at(begins), None if ends is None else at(ends)] for begins, ends in found
    ]


def test_that_three_raises_of_one_alarm_within_a_minute_are_chattering():
    quick = [event(second) for second in (0, 20, 59)]
    slow = [event(second, key="c2") for second in (0, 30, 60)]
    assert alarm_rates.chattering([*quick, *slow]) == {quick[0].subject: 3}


def test_that_the_distribution_is_of_what_was_heard():
    events = [*raises(0, 1, 2), event(3, Happening.ESCALATED, severity=Severity.CRITICAL)]
    assert Annunciations(events).distribution() == {Severity.WARNING: 0.75, Severity.CRITICAL: 0.25}
    assert Annunciations().distribution() == {}


def test_that_the_time_in_alarm_counts_what_overlaps_once():
    events = [event(0), event(5, key="c2"), event(10, Happening.CLEARED), event(20, Happening.CLEARED, "c2"), event(60)]
    spells = alarm_rates.spells(events)
    assert [(spell.begins, spell.ends, spell.cleared) for spell in spells] == [
        (at(0), at(10), True),
        (at(5), at(20), True),
        (at(60), None, False),
    ]
    assert alarm_rates.time_in_alarm(spells, at(90)) == timedelta(seconds=50)


def test_that_an_alarm_that_is_suppressed_does_not_stand_meanwhile():
    events = [event(0), event(10, Happening.SUPPRESSED, suppressed=True), event(40, Happening.UNSUPPRESSED)]
    assert alarm_rates.time_in_alarm(alarm_rates.spells(events), at(50)) == timedelta(seconds=20)


def test_that_a_period_is_judged_by_what_happened_in_it():
    events = [*raises(-10, 0, 60, 120), event(7200, severity=Severity.CRITICAL)]
    told = alarm_rates.performance(Annunciations(events), at(0), at(7200))
    assert (told.alarms, told.last_hour, told.last_ten_minutes, told.most_in_ten_minutes) == (4, 1, 1, 3)
    assert told.mean_per_hour == pytest.approx(2)


@pytest.mark.parametrize(("length_s", "per_hour"), [(0, None), (3599, None), (3600, 3)])
def test_that_what_was_watched_for_less_than_an_hour_has_no_hourly_rate(length_s, per_hour):
    told = alarm_rates.performance(Annunciations(raises(0, 1, 2)), at(0), at(length_s))
    assert told.mean_per_hour == per_hour
