"""Calls per hour: both nights of a clock change, odd zones, partial and unseen hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core import slow_reference
from wallboard.core.entities import Call
from wallboard.core.hours import HOUR, UNSEEN, Hour, HourCount, HourlyCounts, day_hours, hour_start, local_midnight

BERLIN = ZoneInfo("Europe/Berlin")
JAKARTA = ZoneInfo("Asia/Jakarta")

DAYS = [
    ("Europe/Berlin", "2025-03-30", 23),
    ("Europe/Berlin", "2025-10-26", 25),
    ("Europe/Berlin", "2025-10-27", 24),
    ("Asia/Jakarta", "2025-03-30", 24),
    ("Asia/Jakarta", "2025-10-26", 24),
    ("Asia/Kolkata", "2025-10-26", 24),
    ("Australia/Adelaide", "2025-10-05", 23),
    ("Australia/Adelaide", "2025-04-06", 25),
    # Here the clocks change at midnight: the day begins at 01:00, or the day before has 23:00 twice.
    ("Africa/Cairo", "2025-04-25", 23),
    ("Africa/Cairo", "2025-10-30", 25),
    ("America/Havana", "2025-11-02", 25),
    ("Asia/Kathmandu", "2025-10-26", 24),
]


def last_second(zone: ZoneInfo, day: str) -> datetime:
    tomorrow = datetime.fromisoformat(day) + timedelta(days=1)
    return local_midnight(tomorrow.replace(hour=12, tzinfo=zone), zone) - timedelta(seconds=1)


def call(key: str, received: datetime, *, answered: bool = False, ended: bool = False, verified: bool = False) -> Call:
    minute = timedelta(minutes=1)
    return Call(
        id=key,
        received_at=received,
        answered_at=received + minute if answered else None,
        ended_at=received + 2 * minute if ended else None,
        disposition="verified" if verified else "pending",
    )


@pytest.mark.parametrize(("name", "day", "count"), DAYS)
def test_that_a_day_has_as_many_hours_as_its_clocks_show(name, day, count):
    zone = ZoneInfo(name)
    now = last_second(zone, day)
    starts = list(day_hours(now, zone))
    assert len(starts) == count
    assert starts == [minutes[0] for minutes in slow_reference.clock_hours(now, zone)]
    assert {after - before for before, after in pairwise(starts)} == {HOUR}
    assert all(start.utcoffset() == timedelta(0) for start in starts)


@pytest.mark.parametrize(("name", "day", "count"), DAYS)
def test_that_every_instant_of_a_day_belongs_to_the_hour_before_it(name, day, count):
    zone = ZoneInfo(name)
    now = last_second(zone, day)
    for start in day_hours(now, zone):
        for minutes in (0, 17, 30, 59):
            assert hour_start((start + timedelta(minutes=minutes, seconds=1)).astimezone(zone), zone) == start


def test_that_the_hour_which_the_clocks_skip_is_not_there():
    now = last_second(BERLIN, "2025-03-30")
    shown = [start.astimezone(BERLIN).hour for start in day_hours(now, BERLIN)]
    assert shown == [0, 1, *range(3, 24)]


def test_that_the_hour_which_the_clocks_repeat_is_two():
    now = last_second(BERLIN, "2025-10-26")
    shown = [start.astimezone(BERLIN).hour for start in day_hours(now, BERLIN)]
    assert shown == [0, 1, 2, 2, *range(3, 24)]
    counts = HourlyCounts(BERLIN)
    first = datetime(2025, 10, 26, 2, 30, tzinfo=BERLIN)
    counts.replace(None, call("summer", first))
    counts.replace(None, call("winter", first.replace(fold=1)))
    counts.replace(None, call("winter too", datetime(2025, 10, 26, 1, 45, tzinfo=UTC)))
    hours = counts.today(now, local_midnight(now, BERLIN))
    assert [hour.count.total for hour in hours[:6]] == [0, 0, 1, 2, 0, 0]


def test_that_midnight_is_the_days_first_instant_even_where_the_clocks_change_then():
    cairo = ZoneInfo("Africa/Cairo")
    noon = datetime(2025, 4, 25, 12, tzinfo=cairo)
    assert local_midnight(noon, cairo) == datetime(2025, 4, 24, 22, tzinfo=UTC)
    assert local_midnight(noon, cairo).astimezone(cairo).hour == 1
    assert local_midnight(datetime(2025, 10, 20, 3, tzinfo=UTC), JAKARTA) == datetime(2025, 10, 19, 17, tzinfo=UTC)


def test_that_the_running_hour_is_partial_with_its_elapsed_fraction():
    counts = HourlyCounts(JAKARTA)
    now = datetime(2025, 10, 20, 3, 15, tzinfo=UTC)
    counts.replace(None, call("c", now, answered=True, verified=True))
    *whole, running = counts.today(now, local_midnight(now, JAKARTA))
    assert running == Hour(datetime(2025, 10, 20, 3, tzinfo=UTC), HourCount(1, 1, 0, 1), partial=True, elapsed=0.25)
    assert len(whole) == 10
    assert all(hour.count == HourCount(0, 0, 0, 0) and not hour.partial and hour.elapsed == 1 for hour in whole)


def test_that_an_hour_not_seen_has_no_value_and_the_hour_in_which_seeing_began_is_partial():
    counts = HourlyCounts(JAKARTA)
    now = datetime(2025, 10, 20, 3, 30, tzinfo=UTC)
    seen_since = datetime(2025, 10, 20, 1, 45, tzinfo=UTC)
    hours = counts.today(now, seen_since)
    assert [hour.count for hour in hours] == [UNSEEN] * 8 + [HourCount()] * 3
    assert [hour.elapsed for hour in hours[-4:]] == [0, 0.25, 1, 0.5]
    assert [hour.partial for hour in hours[-4:]] == [False, True, False, True]


def test_that_on_the_stroke_of_an_hour_none_of_it_has_elapsed():
    now = datetime(2025, 10, 20, 3, tzinfo=UTC)
    *_, running = HourlyCounts(JAKARTA).today(now, local_midnight(now, JAKARTA))
    assert (running.start, running.partial, running.elapsed) == (now, True, 0)


def test_that_a_call_that_changes_is_moved_and_not_counted_twice():
    counts = HourlyCounts(JAKARTA)
    now = datetime(2025, 10, 20, 3, 30, tzinfo=UTC)
    waiting = call("c", now - HOUR)
    counts.replace(None, waiting)
    answered = call("c", now - HOUR, answered=True)
    counts.replace(waiting, answered)
    corrected = call("c", now, ended=True)
    counts.replace(answered, corrected)
    hours = counts.today(now, local_midnight(now, JAKARTA))
    assert hours[-2].count == HourCount(0, 0, 0, 0)
    assert hours[-1].count == HourCount(1, 0, 1, 0)
    counts.replace(corrected, None)
    assert counts.today(now, local_midnight(now, JAKARTA))[-1].count == HourCount()


@st.composite
def days_of_calls(draw: st.DrawFn) -> tuple[ZoneInfo, datetime, datetime, list[Call]]:
    """A zone, now, since when the wall has seen, and calls; of which most lie in the day of `now`."""
    name, day, _ = draw(st.sampled_from(DAYS))
    zone = ZoneInfo(name)
    ends = last_second(zone, day)
    second = st.integers(0, 26 * 3600).map(lambda seconds: ends - timedelta(seconds=seconds))
    calls = [
        call(
            str(number),
            draw(second),
            answered=draw(st.booleans()),
            ended=draw(st.booleans()),
            verified=draw(st.booleans()),
        )
        for number in range(draw(st.integers(0, 8)))
    ]
    now = draw(second.filter(lambda instant: instant.astimezone(zone).date() == ends.astimezone(zone).date()))
    return zone, now, min(now, draw(second)), calls


@given(days_of_calls())
def test_that_the_hours_equal_the_slow_reference(day):
    zone, now, seen_since, calls = day
    counts = HourlyCounts(zone)
    for one in calls:
        counts.replace(None, one)
    shown = [
        (
            hour.start,
            None
            if hour.count == UNSEEN
            else (hour.count.total, hour.count.answered, hour.count.abandoned, hour.count.verified),
            hour.partial,
            pytest.approx(hour.elapsed),
        )
        for hour in counts.today(now, seen_since)
    ]
    told: list[Any] = list(slow_reference.calls_per_hour(calls, now, zone, seen_since))
    assert shown == told


def test_that_forgetting_keeps_the_hour_that_is_cut():
    counts = HourlyCounts(JAKARTA)
    now = datetime(2025, 10, 20, 3, 30, tzinfo=UTC)
    counts.replace(None, call("kept", now - HOUR))
    counts.replace(None, call("forgotten", now - 2 * HOUR))
    counts.forget_before(now - HOUR)
    assert [hour.count.total for hour in counts.today(now, now - 12 * HOUR)[-3:]] == [0, 1, 0]
