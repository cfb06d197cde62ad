"""A machine that sleeps for a night, and a server whose clock is set: the day is as that of a wall that saw it all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest

from tests.core.builders import T0, agency, at, backfill, bad, call, good, incident, situation, snapshot, unit
from wallboard.core.alarms import Severity
from wallboard.core.entities import Call, Incident
from wallboard.core.hours import local_midnight
from wallboard.core.situation import FeedState, Situation

HOUR_S = 3600.0
NIGHT_S = 9 * HOUR_S


class Night(NamedTuple):
    """Where the wall stands, when it falls asleep, and how many hours the day has on which it wakes until then."""

    zone: str
    begins: datetime
    hours: int


NIGHTS = [
    pytest.param(Night("Asia/Jakarta", datetime(2025, 10, 20, 12, 40, tzinfo=UTC), 5), id="across midnight"),
    pytest.param(Night("Asia/Jakarta", datetime(2025, 10, 20, 17, 30, tzinfo=UTC), 10), id="after midnight"),
    pytest.param(Night("Europe/Berlin", datetime(2025, 10, 25, 20, 40, tzinfo=UTC), 8), id="the clocks are put back"),
    pytest.param(Night("Europe/Berlin", datetime(2026, 3, 28, 20, 40, tzinfo=UTC), 7), id="the clocks are put forward"),
]


def seconds(instant: datetime) -> float:
    return (instant - T0).total_seconds()


class Server:
    """A call each quarter of an hour, every fourth abandoned, and one that has been waiting for 22 s whenever asked."""

    def __init__(self, zone: str) -> None:
        self.zone = zone
        self.ahead_s = 0.0
        """Of its clock; what it noted before it was set stays as it was noted."""
        self.set_at_s = 0.0

    def time_s(self, now_s: float) -> float:
        return now_s + (self.ahead_s if now_s >= self.set_at_s else 0.0)

    def calls(self, now_s: float) -> list[Call]:
        begun = [number for number in range(-200, 50_000) if number * 900 <= now_s - 100]
        ended = [
            call(
                f"c{number}",
                noted := self.time_s(number * 900),
                None if number % 4 == 0 else noted + 8,
                noted + 90,
                "verified" if number % 3 == 0 else "prank",
            )
            for number in begun
        ]
        return [*ended, call("waits", self.time_s(now_s) - 22)]

    def incidents(self, now_s: float) -> list[Incident]:
        noted = self.time_s(now_s)
        return [incident("new", noted - 70), incident("reached", noted - 5000, noted - 4900, noted - 4000)]

    def rows(self, now_s: float) -> dict[str, Any]:
        return {
            "calls": [row for row in self.calls(now_s) if row.ended_at is None or row.ended_at >= at(now_s - HOUR_S)],
            "incidents": self.incidents(now_s),
            "agencies": [agency()],
            "units": [unit()],
            "zone": self.zone,
        }


class Wall:
    def __init__(self, server: Server) -> None:
        self.server = server
        self.situation: Situation = situation()

    def poll(self, now_s: float) -> None:
        told = snapshot(self.server.time_s(now_s), **self.server.rows(now_s))
        self.situation.observe(good(told, now_s), now_s)
        if self.situation.backfill_wanted:
            self.situation.backfill_wanted = False
            server_time = told.server_time
            since = min(local_midnight(server_time, ZoneInfo(self.server.zone)), server_time - timedelta(hours=1))
            calls = [row for row in self.server.calls(now_s) if row.received_at >= since]
            history = backfill(calls, since, self.server.incidents(now_s), server_time - timedelta(hours=48))
            self.situation.observe(history, now_s)

    def shown(self) -> dict[str, Any]:
        """Every timer, figure, hour and alarm."""
        one, now = self.situation, self.situation.as_of
        assert now is not None
        return {
            "now": now,
            "waiting": one.waiting_calls(),
            "incidents": one.active_incidents(),
            "kpis": one.kpis(),
            "hours": one.hours(),
            "agencies": one.agencies(),
            "known": one.compliance_since(),
            "alarms": one.alarms.alarms(now),
        }


@pytest.mark.parametrize("night", NIGHTS)
def test_that_after_a_night_of_sleep_the_first_poll_shows_what_a_wall_that_watched_shows(night):
    server, begins_s = Server(night.zone), seconds(night.begins)
    sleeper, watcher = Wall(server), Wall(server)
    for wall in (sleeper, watcher):
        wall.poll(begins_s)
    for passed_s in range(600, int(NIGHT_S), 600):
        watcher.poll(begins_s + passed_s)
    wakes_s = begins_s + NIGHT_S
    for wall in (sleeper, watcher):
        wall.poll(wakes_s + 2)
    assert sleeper.situation.state(wakes_s + 2) is FeedState.LIVE
    assert sleeper.shown() == watcher.shown()
    hours = sleeper.situation.hours()
    assert len(hours) == night.hours
    assert all(hour.count.total == 4 for hour in hours[:-1]), "a call each quarter of an hour: the gap is filled"


@pytest.mark.parametrize("night", NIGHTS)
def test_that_the_first_tick_after_a_night_of_sleep_shows_old_data_and_their_age(night):
    server, begins_s = Server(night.zone), seconds(night.begins)
    wall = Wall(server)
    wall.poll(begins_s)
    before = wall.shown()
    wakes_s = begins_s + NIGHT_S
    wall.situation.advance(wakes_s)
    one = wall.situation
    assert one.state(wakes_s) is FeedState.STALE
    assert one.clock.age_s(wakes_s) == NIGHT_S
    assert one.clock.now(wakes_s) == at(wakes_s)
    assert one.as_of == night.begins
    assert (one.kpis(), one.hours()) == (before["kpis"], before["hours"])
    stale = [alarm for alarm in one.alarms.alarms(at(wakes_s)) if alarm.subject.rule == "data_stale"]
    assert [(alarm.severity, alarm.value) for alarm in stale] == [(Severity.CRITICAL, NIGHT_S)]


@pytest.mark.parametrize("answer", ["a snapshot", "304", "a failure"])
def test_that_a_request_that_was_under_way_all_night_makes_nothing_look_new(answer):
    server = Server("Asia/Jakarta")
    wall = Wall(server)
    wall.poll(0)
    woken_s = 2 + NIGHT_S
    if answer == "a failure":
        event: Any = bad(woken_s)
    else:
        event = good(snapshot(2, **server.rows(2)) if answer == "a snapshot" else None, 2, woken_s)
    wall.situation.observe(event, woken_s)
    age_s = wall.situation.clock.age_s(woken_s)
    assert age_s is not None
    assert age_s == pytest.approx(NIGHT_S, abs=20)
    assert wall.situation.state(woken_s) is FeedState.STALE
    wall.poll(woken_s + 2)
    fresh = Wall(server)
    fresh.poll(woken_s + 2)
    assert wall.shown() == fresh.shown()


@pytest.mark.parametrize("begins", [datetime(2025, 10, 20, 9, tzinfo=UTC), datetime(2025, 10, 20, 17, 20, tzinfo=UTC)])
@pytest.mark.parametrize("set_s", [HOUR_S, -HOUR_S, 90.0, -90.0])
def test_that_after_a_servers_clock_was_set_all_is_as_on_a_wall_that_never_knew_the_other_time(begins, set_s):
    """In the afternoon, and twenty minutes after midnight: set back by an hour it is yesterday again."""
    server, begins_s = Server("Asia/Jakarta"), seconds(begins)
    server.set_at_s, server.ahead_s = begins_s + 1, set_s
    wall, fresh = Wall(server), Wall(server)
    for passed_s in (-4.0, -2.0, 0.0, 2.0):
        wall.poll(begins_s + passed_s)
    fresh.poll(begins_s + 2)
    assert wall.situation.state(begins_s + 2) is FeedState.LIVE
    assert wall.shown() == fresh.shown()
    assert wall.situation.as_of == at(begins_s + 2 + set_s)
    kpis = wall.situation.kpis()
    assert kpis is not None
    assert kpis.calls is not None
    assert kpis.calls.longest_waiting_s == 22


def test_that_without_a_history_a_day_that_comes_again_says_since_when_it_is_known():
    """A server set back over midnight, that cannot tell its history."""
    server, begins_s = Server("Asia/Jakarta"), seconds(datetime(2025, 10, 20, 17, 20, tzinfo=UTC))
    one = situation()
    for now_s in range(int(begins_s) - 7200, int(begins_s), 600):
        one.observe(good(snapshot(now_s, **server.rows(now_s)), now_s), now_s)
    server.set_at_s, server.ahead_s = begins_s, -HOUR_S
    one.observe(good(snapshot(begins_s - HOUR_S, **server.rows(begins_s)), begins_s), begins_s)
    kpis = one.kpis()
    assert kpis is not None
    assert kpis.calls is not None
    assert kpis.calls.today.since == at(begins_s - 2 * HOUR_S)
