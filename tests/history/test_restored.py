"""A book that is restored from the log lives on as the one before would have."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.core.builders import at
from tests.history.histories import ACTS, Life, Step, rules, steps
from wallboard.core import lifecycle
from wallboard.core.alarms import AlarmEvent, AlarmState, Severity, Standing, Subject
from wallboard.history.alarmlog import AlarmLog

LONG_S = 30.0


def kept(events: list[AlarmEvent]) -> tuple[AlarmEvent, ...]:
    """By the log, over the end of the program."""
    log = AlarmLog(None, wall_clock=lambda: datetime(2025, 10, 20, tzinfo=UTC))
    log.open({})
    log.append("bengkalis", events)
    assert log.flush(LONG_S)
    last = log.last_events("bengkalis")
    assert log.close(LONG_S)
    return last


def told(events: list[AlarmEvent]) -> list[AlarmEvent]:
    """What matters to whoever hears and reads of it."""
    return [replace(event, standing=replace(event.standing, pending=None)) for event in events]


@pytest.mark.parametrize("latched", [False, True])
@settings(max_examples=150)
@given(before=st.lists(steps, max_size=30), after=st.lists(steps, max_size=15))
def test_that_a_restored_book_stands_as_the_one_that_lived_on_and_tells_the_same_from_then_on(
    latched: bool, before: list[Step], after: list[Step]
):
    lived = Life(rules(latched=latched))
    events = [event for step in before for event in lived.live(step)]
    again = lived.restarted(kept(events))
    lived.tell()
    lived.book.advance(at(lived.second))
    now = at(lived.second)
    assert again.book.alarms(now) == lived.book.alarms(now)
    assert again.book.severities() == lived.book.severities()
    assert again.book.groups(now) == lived.book.groups(now)
    assert again.book.out_of_service == lived.book.out_of_service
    assert told(again.book.events) == told(lived.book.events) == []
    for step in after:
        assert told(again.live(step)) == told(lived.live(step))


def test_that_what_grew_behind_a_shelf_is_heard_when_it_is_over_though_the_program_began_anew_meanwhile():
    lived = Life(rules(latched=False))
    shelve = (0, "shelve", 0, 1)
    history = [(0, "load", 0, 3), shelve, (1, "load", 0, 4)]
    events = [event for step in history for event in lived.live(step)]
    again = lived.restarted(kept(events))
    assert again.book.events == []
    told = again.live((9, "load", 0, 4))
    assert [(event.subject.rule, event.rings) for event in told] == [("agency_load", True)]


def test_that_what_was_only_pending_when_its_rule_was_out_of_service_for_a_while_is_not_hidden_after_a_restart():
    delayed = tuple([replace(rule, on_delay_s=60.0) for rule in rules(latched=False)])
    lived = Life(delayed)
    history = [(0, "load", 0, 4), (1, "out", 0, 0), (1, "load", 0, 1), (1, "in", 0, 0)]
    last = kept([event for step in history for event in lived.live(step)])
    assert last == ()
    again = lived.restarted(last)
    again.live((0, "load", 0, 4))
    assert [event.rings for event in again.live((60, "load", 0, 4))] == [True]


def test_that_a_standing_that_was_written_before_what_is_listed_was_told_apart_is_read():
    written = b'{"severity":2,"rung":2,"acknowledged":1}'
    assert msgspec.json.decode(written, type=Standing) == Standing(
        severity=Severity.CRITICAL, rung=Severity.CRITICAL, acknowledged=Severity.WARNING
    )


@pytest.mark.parametrize("latched", [False, True])
@settings(max_examples=300)
@given(history=st.lists(steps, max_size=40))
def test_that_the_last_events_tell_where_each_alarm_stands_that_is_not_over_and_of_no_other(
    latched: bool, history: list[Step]
):
    life = Life(tuple([replace(rule, on_delay_s=3.0, off_delay_s=2.0) for rule in rules(latched=latched)]))
    last: dict[Subject, AlarmState] = {}
    for step in history:
        for event in life.live(step):
            last.pop(event.subject, None)
            if lifecycle.leaves_something(event.subject, event.standing):
                last[event.subject] = event.standing.state
        standing = {
            subject: entry.standing.state
            for subject, entry in life.book._entries.items()
            if not lifecycle.is_only_pending(entry.standing)
        }
        assert {subject: state for subject, state in last.items() if not subject.is_rule} == standing


def test_that_every_act_of_the_histories_comes_to_something():
    """Else they would prove nothing."""
    assert len(set(ACTS)) == 10
    life = Life(rules(latched=True))
    history = [(0, "load", 0, 4), (0, "acknowledge", 0, 0), (0, "comment", 0, 0), (0, "shelve", 0, 0)]
    history += [(0, "unshelve", 0, 0), (0, "out", 0, 0), (0, "in", 0, 0), (0, "no agency", 0, 0)]
    history += [(0, "wait", 1, 0), (6, "load", 0, 0), (0, "answer", 0, 0)]
    happened = [{event.happening.value for event in life.live(step)} for step in history]
    assert happened == [
        {"raised"},
        {"acknowledged"},
        {"commented"},
        {"shelved"},
        {"unshelved"},
        {"taken_out_of_service"},
        {"put_into_service"},
        {"cleared"},
        set(),
        {"raised"},
        {"returned"},
    ]
