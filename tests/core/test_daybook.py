"""What the wall remembers of the day, against a world of which everything is known."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core import builders, slow_reference
from tests.core.builders import RESPONSE_LIMIT_S, T0, at, call, incident, snapshot
from wallboard.core.changes import Changes, diff
from wallboard.core.daybook import CallsToday, Daybook, IncidentsToday
from wallboard.core.entities import Call, Disposition, Incident, Snapshot
from wallboard.core.hours import UNSEEN, local_midnight
from wallboard.core.metrics import Share

ZONE = ZoneInfo(builders.ZONE)
HOUR_S = 3600
HOUR = timedelta(hours=1)
MIDNIGHT_S = 14 * HOUR_S
"""The midnight at the centre that the worlds' time line, which begins at T0 (ten o'clock), passes."""


class World:
    """Calls and incidents with everything that will happen to them, and what is known of them by an instant."""

    def __init__(self, calls: list[Call], incidents: list[Incident]) -> None:
        self._calls = calls
        self._incidents = incidents

    def calls(self, seconds: float) -> list[Call]:
        """What a dispatch system knows by then: a call is classified once it has been answered."""
        return [
            call(
                row.id,
                builders.monotonic_s(row.received_at),
                answered=_by(seconds, row.answered_at),
                ended=_by(seconds, row.ended_at),
                disposition="pending" if _by(seconds, row.answered_at) is None else row.disposition,
            )
            for row in self._calls
            if row.received_at <= at(seconds)
        ]

    def incidents(self, seconds: float) -> list[Incident]:
        return [
            incident(
                row.id,
                builders.monotonic_s(row.reported_at),
                _by(seconds, row.dispatched_at),
                _by(seconds, row.arrived_at),
                _by(seconds, row.closed_at),
                agencies=row.agency_ids,
            )
            for row in self._incidents
            if row.reported_at <= at(seconds)
        ]

    def snapshot(self, seconds: float) -> Snapshot:
        """No more than the contract asks for."""
        hour_ago = at(seconds) - HOUR
        return snapshot(
            seconds,
            calls=[row for row in self.calls(seconds) if row.ended_at is None or row.ended_at >= hour_ago],
            incidents=[row for row in self.incidents(seconds) if row.closed_at is None or row.closed_at >= hour_ago],
        )


class Watcher:
    """Sees some moments of a world, and asks for its history where it is told to."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.daybook = Daybook(ZONE)
        self.changes: Changes | None = None

    def see(self, seconds: float) -> bool:
        """True when there is a gap that a backfill could close."""
        told = self.world.snapshot(seconds)
        self.changes = diff(self.changes, told)
        return self.daybook.observe(told.server_time, self.changes)

    def read_history(self, seconds: float) -> None:
        calls_since = min(local_midnight(at(seconds), ZONE), at(seconds) - HOUR)
        incidents_since = at(seconds) - 48 * HOUR
        self.daybook.fill(
            [row for row in self.world.calls(seconds) if row.received_at > calls_since - timedelta.resolution],
            calls_since,
        )
        self.daybook.fill_incidents(
            [row for row in self.world.incidents(seconds) if row.reported_at >= incidents_since], incidents_since
        )


def _by(seconds: float, instant: Any) -> float | None:
    return None if instant is None or instant > at(seconds) else builders.monotonic_s(instant)


moments = st.integers(0, 30 * HOUR_S).map(float) | st.sampled_from(
    [MIDNIGHT_S - 1.0, float(MIDNIGHT_S), MIDNIGHT_S + 1.0]
)
spans_s = st.sampled_from([1.0, 60.0, HOUR_S - 1.0, float(HOUR_S), HOUR_S + 1.0, 4.0 * HOUR_S])


@st.composite
def worlds(draw: st.DrawFn) -> World:
    calls = []
    for number in range(draw(st.integers(0, 10))):
        received = draw(moments)
        answered = received + draw(spans_s) if draw(st.booleans()) else None
        ended = (received if answered is None else answered) + draw(spans_s) if draw(st.booleans()) else None
        disposition = draw(st.sampled_from(["verified", "prank", "callback requested"]))
        calls.append(call(f"c{number}", received, answered, ended, disposition))
    incidents = []
    for number in range(draw(st.integers(0, 6))):
        instants: list[float | None] = [draw(moments)]
        for _ in range(draw(st.integers(0, 3))):
            assert instants[-1] is not None
            instants.append(instants[-1] + draw(spans_s))
        reported, dispatched, arrived, closed = (instants + [None] * 3)[:4]
        assert reported is not None
        incidents.append(incident(f"i{number}", reported, dispatched, arrived, closed, agencies=("a1",)))
    return World(calls, incidents)


polls = st.lists(
    st.tuples(moments, st.sampled_from([0.0, 2.0, 6.0])), min_size=1, max_size=10, unique_by=lambda poll: poll[0]
).map(sorted)


def assert_that_all_is_known(watcher: Watcher, told_s: float, asked_s: float) -> None:
    """The figures at one moment, of what a world had told by another."""
    now, daybook = at(asked_s), watcher.daybook
    calls, incidents = watcher.world.calls(told_s), watcher.world.incidents(told_s)
    today, incidents_today = daybook.calls_today(now), daybook.incidents_today(now)
    assert _funnel(today, incidents_today) == slow_reference.funnel_today(calls, incidents, now, ZONE)
    assert (today.since, incidents_today.since) == (None, None)
    assert sorted(daybook.offered(now), key=_key) == sorted(slow_reference.offered(calls, now), key=_key)
    shown = [
        (
            hour.start,
            (hour.count.total, hour.count.answered, hour.count.abandoned, hour.count.verified),
            hour.partial,
            pytest.approx(hour.elapsed),
        )
        for hour in daybook.hours(now)
    ]
    expected: list[Any] = list(slow_reference.calls_per_hour(calls, now, ZONE, at(-24 * HOUR_S)))
    assert shown == expected
    met, whole = slow_reference.response_compliance(incidents, "a1", now, RESPONSE_LIMIT_S)
    share = daybook.response_compliance(now, RESPONSE_LIMIT_S).get("a1", Share(None, 0))
    assert (share.value, share.n) == (slow_reference.ratio(met, whole), whole)
    assert daybook.compliance_since(now) is None


def _funnel(calls: CallsToday, incidents: IncidentsToday) -> dict[str, int | None]:
    return {
        "received": calls.received,
        "answered": calls.answered,
        "abandoned": calls.abandoned,
        "dispatched": incidents.dispatched,
        "closed": incidents.closed,
        **calls.dispositions,
    }


def _key(row: Call) -> str:
    return row.id


@given(worlds(), polls)
def test_that_whoever_reads_the_history_after_each_gap_knows_the_day_as_if_nothing_had_been_missed(world, polls):
    watcher = Watcher(world)
    for told_s, later_s in polls:
        if watcher.see(told_s):
            watcher.read_history(told_s)
        assert_that_all_is_known(watcher, told_s, told_s)
        assert_that_all_is_known(watcher, told_s, told_s + later_s)


@given(worlds(), st.integers(0, 30 * HOUR_S), st.integers(60, HOUR_S))
def test_that_looking_once_an_hour_is_enough_to_see_everything(world, last_s, every_s):
    watcher = Watcher(world)
    told_s = -24.0 * HOUR_S
    gaps = []
    while told_s < last_s:
        gaps.append(watcher.see(told_s))
        told_s += max(every_s, 600)
    gaps.append(watcher.see(float(last_s)))
    assert gaps == [True] + [False] * (len(gaps) - 1)
    daybook, now = watcher.daybook, at(last_s)
    assert _funnel(daybook.calls_today(now), daybook.incidents_today(now)) == slow_reference.funnel_today(
        world.calls(last_s), world.incidents(last_s), now, ZONE
    )
    assert daybook.calls_today(now).since is None


@given(worlds(), st.integers(0, 30 * HOUR_S).map(float))
def test_that_a_history_that_comes_late_changes_nothing_that_was_told_since(world, read_s):
    """Read at one moment, taken in after the next poll."""
    watcher = Watcher(world)
    watcher.see(read_s)
    told_s = read_s + 1800
    history = world.calls(read_s), world.incidents(read_s)
    watcher.see(told_s)
    watcher.daybook.fill(history[0], at(-24 * HOUR_S))
    watcher.daybook.fill_incidents(history[1], at(-48 * HOUR_S))
    assert_that_all_is_known(watcher, told_s, told_s)


def test_that_without_a_history_it_says_since_when_it_counts():
    world = World([call("seen", -HOUR_S), call("not seen", -5 * HOUR_S, answered=-5 * HOUR_S, ended=-4 * HOUR_S)], [])
    watcher = Watcher(world)
    assert watcher.see(0)
    today = watcher.daybook.calls_today(at(0))
    assert today.since == watcher.daybook.incidents_today(at(0)).since == at(-HOUR_S)
    assert today.received == 1
    assert watcher.daybook.compliance_since(at(0)) == at(-HOUR_S)
    hours = watcher.daybook.hours(at(0))
    assert [hour.count for hour in hours[:9]] == [UNSEEN] * 9
    assert hours[9].count.total == 1


def test_that_a_server_without_a_list_of_calls_leaves_the_day_unknown():
    watcher = Watcher(World([], []))
    watcher.see(0)
    watcher.daybook.fill([], None)
    watcher.daybook.fill_incidents([], at(-48 * HOUR_S))
    assert watcher.daybook.calls_today(at(0)).since == at(-HOUR_S)
    assert watcher.daybook.incidents_today(at(0)).since is None


def test_that_a_new_day_is_whole_although_the_last_was_not():
    watcher = Watcher(World([call("before", MIDNIGHT_S - 1), call("after", MIDNIGHT_S + 1)], []))
    for seconds in range(MIDNIGHT_S - 600, MIDNIGHT_S + 600, 300):
        watcher.see(seconds)
    watcher.see(MIDNIGHT_S + 600)
    today = watcher.daybook.calls_today(at(MIDNIGHT_S + 600))
    assert today.since is None
    assert today.received == 1
    assert [hour.count.total for hour in watcher.daybook.hours(at(MIDNIGHT_S + 600))] == [1]


def test_that_the_day_turns_at_midnight_without_a_poll():
    watcher = Watcher(World([call("before", MIDNIGHT_S - 1)], []))
    watcher.see(MIDNIGHT_S - 1)
    assert watcher.daybook.calls_today(at(MIDNIGHT_S - 0.001)).received == 1
    assert watcher.daybook.calls_today(at(MIDNIGHT_S)).received == 0


@pytest.mark.parametrize(("gap_s", "missed"), [(HOUR_S, False), (HOUR_S + 1, True)])
def test_that_a_gap_longer_than_a_snapshots_reach_is_noticed(gap_s, missed):
    watcher = Watcher(World([], []))
    assert watcher.see(0)
    watcher.read_history(0)
    assert watcher.see(gap_s) is missed
    assert watcher.daybook.calls_today(at(gap_s)).since == (at(gap_s - HOUR_S) if missed else None)


@pytest.mark.parametrize(("gap_s", "missed"), [(HOUR_S, False), (HOUR_S + 1, True)])
def test_that_a_server_that_says_it_is_all_the_same_after_such_a_gap_has_not_told_what_was_between(gap_s, missed):
    """A call that came and ended meanwhile is in neither snapshot."""
    watcher = Watcher(World([], []))
    watcher.see(0)
    watcher.read_history(0)
    assert watcher.daybook.still_the_same(at(gap_s)) is missed
    assert watcher.daybook.calls_today(at(gap_s)).since == (at(gap_s - HOUR_S) if missed else None)


def test_that_unchanged_answers_close_the_gap_to_the_next_change():
    watcher = Watcher(World([], []))
    watcher.see(0)
    watcher.daybook.still_the_same(at(HOUR_S))
    assert not watcher.see(2 * HOUR_S)


def test_that_a_corrected_call_is_counted_as_it_is_now():
    daybook = Daybook(ZONE)
    told = snapshot(calls=[call("c", -60, -50, -10, "prank")])
    changes = diff(None, told)
    daybook.observe(T0, changes)
    assert daybook.calls_today(T0).dispositions["prank"] == 1
    daybook.observe(at(2), diff(changes, snapshot(2, calls=[call("c", -60, -50, -10, "verified")])))
    today = daybook.calls_today(at(2))
    assert (today.received, today.dispositions["prank"], today.dispositions["verified"]) == (1, 0, 1)
    assert set(today.dispositions) == {*Disposition, "other"}


def test_that_memory_is_bounded_by_the_day():
    """A call an hour and an incident an hour, for a month."""
    calls = [call(f"c{hour}", hour * HOUR_S, hour * HOUR_S + 5, hour * HOUR_S + 60) for hour in range(24 * 30)]
    incidents = [
        incident(f"i{hour}", hour * HOUR_S, hour * HOUR_S + 5, hour * HOUR_S + 60, hour * HOUR_S + 90)
        for hour in range(24 * 30)
    ]
    daybook, changes = Daybook(ZONE), None
    for hour in range(24 * 30):
        changes = diff(
            changes, snapshot(hour * HOUR_S + 100, calls=calls[hour : hour + 1], incidents=incidents[hour : hour + 1])
        )
        daybook.observe(at(hour * HOUR_S + 100), changes)
        daybook.calls_today(at(hour * HOUR_S + 100))
        daybook.offered(at(hour * HOUR_S + 100))
    held = [value for value in vars(daybook).values() if isinstance(value, dict)]
    assert max(len(value) for value in held) <= 24 + 25 + 1
