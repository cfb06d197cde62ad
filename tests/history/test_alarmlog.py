"""The alarm log: what is appended can be read, by whoever asks for it and as the book needs it after a restart."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from tests.core import builders
from tests.core.builders import at
from wallboard.core.alarms import AlarmEvent, AlarmState, Happening, Scope, Severity, Standing, Subject
from wallboard.history.alarmlog import AlarmLog
from wallboard.history.entries import Occurrence, Selection

LONG_S = 30.0
"""Far longer than any disk here takes."""


def event(
    happening: Happening = Happening.RAISED,
    key: str = "i1",
    second: float = 0,
    *,
    rule: str = "incident_open",
    severity: Severity = Severity.WARNING,
    agencies: tuple[str, ...] = (),
) -> AlarmEvent:
    ends = happening is Happening.CLEARED
    return AlarmEvent(
        at=at(second),
        subject=Subject(rule, Scope.INCIDENT, key),
        happening=happening,
        standing=Standing(severity=None if ends else severity, rung=None if ends else severity),
        severity=severity,
        value=7200.0,
        limit=7200.0,
        since=at(second),
        rings=happening is Happening.RAISED,
        agencies=agencies,
    )


class Clock:
    """The PC's."""

    def __init__(self) -> None:
        self.now = at(0)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def log(clock: Clock) -> Iterator[AlarmLog]:
    """In memory, and with nothing in it but what it begins with."""
    log = AlarmLog(None, wall_clock=clock, position="supervisor")
    log.open({}, "1.0")
    yield log
    log.close(LONG_S)


def test_that_what_happened_is_read_the_newest_first_with_all_that_was_known(log: AlarmLog, clock: Clock):
    clock.now = at(5)
    log.append("bengkalis", [event(second=1, agencies=("damkar",)), event(Happening.CLEARED, second=2)])
    assert log.flush(LONG_S)
    cleared, raised, started = log.read()
    assert started.happening is Occurrence.PROGRAM_STARTED
    assert (started.at, started.note, started.position, started.feed_id) == (at(0), "1.0", "supervisor", "")
    assert cleared.happening is Happening.CLEARED
    assert cleared.state is AlarmState.NORMAL
    assert (raised.happening, raised.state) == (Happening.RAISED, AlarmState.ACTIVE_UNACKNOWLEDGED)
    assert (raised.at, raised.recorded_at, raised.feed_id) == (at(1), at(5), "bengkalis")
    assert (raised.rule, raised.scope, raised.key) == ("incident_open", Scope.INCIDENT, "i1")
    assert (raised.value, raised.limit, raised.since, raised.rings) == (7200.0, 7200.0, at(1), True)
    assert (raised.severity, raised.agencies) == (Severity.WARNING, ("damkar",))


@pytest.mark.parametrize(
    ("chosen", "keys"),
    [
        (Selection(), ["c", "b", "a"]),
        (Selection(position="supervisor", feed_id="siak"), ["b"]),
        (Selection(position="north"), []),
        (Selection(feed_id="siak"), ["b"]),
        (Selection(begins=at(20)), ["c", "b"]),
        (Selection(ends=at(20)), ["a"]),
        (Selection(begins=at(20), ends=at(30)), ["b"]),
        (Selection(rules=["response_time"]), ["c"]),
        (Selection(rules=["response_time", "incident_open"]), ["c", "b", "a"]),
        (Selection(rules=[]), []),
        (Selection(agencies=["bpbd"]), ["b", "a"]),
        (Selection(agencies=["damkar", "dishub"]), ["a"]),
        (Selection(severities=[Severity.CRITICAL]), ["b"]),
        (Selection(happenings=[Happening.RAISED, Occurrence.FEED_LOST]), ["b", "a"]),
        (Selection(happenings={Happening.ACKNOWLEDGED}, feed_id="bengkalis"), ["c"]),
    ],
)
def test_that_entries_are_chosen_by_everything_that_a_view_filters_by(
    log: AlarmLog, chosen: Selection, keys: list[str]
):
    log.append("bengkalis", [event(key="a", second=10, agencies=("damkar", "bpbd"))])
    log.append("siak", [event(key="b", second=20, severity=Severity.CRITICAL, agencies=("bpbd",))])
    log.append("bengkalis", [event(Happening.ACKNOWLEDGED, "c", 30, rule="response_time")])
    assert log.flush(LONG_S)
    assert [entry.key for entry in log.read(chosen) if entry.scope] == keys


def test_that_pages_follow_each_other_without_a_gap(log: AlarmLog):
    log.append("bengkalis", [event(key=str(number)) for number in range(10)])
    assert log.flush(LONG_S)
    first = log.read(limit=4)
    log.append("bengkalis", [event(key="meanwhile")])
    assert log.flush(LONG_S)
    second = log.read(limit=4, before_id=first[-1].id)
    assert [entry.key for entry in first + second] == list("98765432")


def test_that_the_last_event_of_each_alarm_that_is_not_over_comes_back_as_it_was(log: AlarmLog):
    raised, other = event(key="a"), event(key="b", agencies=("damkar",))
    acknowledged = event(Happening.ACKNOWLEDGED, "a", 1)
    log.append("bengkalis", [raised, other, acknowledged, event(key="c"), event(Happening.CLEARED, "c", 2)])
    log.append("siak", [event(key="d")])
    assert log.flush(LONG_S)
    assert log.last_events("bengkalis") == (other, acknowledged)
    assert log.last_events("siak") == (event(key="d"),)


def test_that_nothing_that_is_told_of_an_incident_or_a_call_is_kept_but_identifiers(tmp_path: Path, clock: Clock):
    title, address, district = "Rumah Siti", "Jalan Bantan 7", "Kecamatan Bantan"
    incident = builders.incident("i1", 0, agencies=("a1",), title=title, address=address, district=district)
    told = builders.snapshot(
        7_300,
        calls=[builders.call("c1", 7_200)],
        incidents=[incident],
        agencies=[builders.agency("a1")],
        call_takers=[builders.call_taker("t1")],
    )
    log = AlarmLog(tmp_path / "alarms.sqlite3", wall_clock=clock)
    log.open({})
    events = builders.situation(told).alarms.events
    assert {one.subject.key for one in events} >= {"c1", "i1"}
    log.append("bengkalis", events)
    assert log.close(LONG_S)
    assert log.path is not None
    kept = log.path.read_bytes()
    for text in (title, address, district, "BKS-i1", "Operator", "Dinas", "Call Center"):
        assert text.encode() not in kept
