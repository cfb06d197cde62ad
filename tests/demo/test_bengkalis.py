"""The day of 112 in Kabupaten Bengkalis, against the figures that it is drawn from."""

import math
from collections import Counter
from datetime import date, datetime, timedelta
from random import Random

import pytest

from tests.demo.worlds import AFTERNOON, WIB, Turned, instant
from wallboard.core.entities import Category, Disposition
from wallboard.demo.bengkalis import SEARCH_DISTRICT, demand
from wallboard.demo.bengkalis_facts import (
    ABANDONED_SHARE,
    AGENCIES,
    DISTRICTS,
    KINDS,
    NOT_VERIFIED,
    TRIAL_CALLS,
    TRIAL_VERIFIED,
)
from wallboard.demo.distributions import HOUR_PROFILE, RING
from wallboard.demo.operations import PlannedCall

CHI_SQUARE_99_OF_23 = 41.64
"""The 99 % quantile with 23 degrees of freedom."""

DAY = date(2026, 11, 1)

TWO_SIDED_99 = 2.576
"""Standard errors within which 99 of 100 samples lie."""


@pytest.fixture(scope="module")
def trial():
    """The first 6,870 calls, as many as in the trial of July to October 2025."""
    calls: list[PlannedCall] = []
    day = DAY
    while len(calls) < TRIAL_CALLS:
        calls += demand(Random(f"trial {day}"), day)
        day += timedelta(days=1)
    return calls[:TRIAL_CALLS]


def within_sampling_error(count, share, n):
    return abs(count / n - share) <= TWO_SIDED_99 * math.sqrt(share * (1 - share) / n)


def test_that_of_a_trial_of_6870_calls_14_9_percent_are_verified(trial):
    verified = sum(call.disposition is Disposition.VERIFIED for call in trial)
    assert pytest.approx(0.149, abs=0.0005) == TRIAL_VERIFIED / TRIAL_CALLS
    assert within_sampling_error(verified, TRIAL_VERIFIED / TRIAL_CALLS, len(trial))


def test_that_what_is_not_verified_divides_as_published(trial):
    counts = Counter(call.disposition for call in trial if call.disposition in NOT_VERIFIED)
    for disposition, published in NOT_VERIFIED.items():
        assert within_sampling_error(counts[disposition], published / sum(NOT_VERIFIED.values()), counts.total())


def test_that_as_many_callers_give_up_as_assumed(trial):
    abandoned = sum(call.patience_s is not None for call in trial)
    assert within_sampling_error(abandoned, ABANDONED_SHARE, len(trial))


def test_that_what_the_centre_tells_of_calls_is_what_was_drawn():
    """Operations lose no call and call none by another name: the funnel of two days is that of their demand."""
    turned = Turned("bengkalis", start=datetime(2026, 11, 24, 12, 0, tzinfo=WIB))
    calls, _ = turned.world.calls(None, datetime(2026, 11, 24, tzinfo=WIB), None, 10**6)
    days = (date(2026, 11, 22), date(2026, 11, 23))
    drawn = [call for day in days for call in demand(Random(f"bengkalis 0 {day}"), day)]
    assert Counter(call.disposition for call in calls) == Counter(call.disposition for call in drawn)
    assert all(call.ended_at is not None for call in calls)
    assert sum(call.answered_at is None for call in calls) == sum(call.patience_s is not None for call in drawn)


def test_that_calls_come_by_the_hours_of_the_profile(trial):
    counts = Counter(int((call.received_s + 7 * 3600) % 86400 // 3600) for call in trial)
    assert sum(HOUR_PROFILE) == pytest.approx(24, abs=0.01)
    expected = [weight / 24 * len(trial) for weight in HOUR_PROFILE]
    distance = sum((counts[hour] - mean) ** 2 / mean for hour, mean in enumerate(expected))
    assert distance <= CHI_SQUARE_99_OF_23


def test_that_answers_come_within_the_standards_times(trial):
    rings = [call.ring_s for call in trial if call.patience_s is None]
    assert within_sampling_error(sum(ring <= 15 for ring in rings), 0.90, len(rings))
    assert within_sampling_error(sum(ring <= 20 for ring in rings), 0.95, len(rings))
    assert RING.sigma == pytest.approx(0.792, abs=0.001)


def test_that_there_are_six_agencies_eleven_districts_and_every_kind_of_emergency():
    assert [agency.short_name for agency in AGENCIES] == [
        "Diskominfotik", "Damkar", "BPBD", "Dinkes", "Dishub", "Satpol PP",
    ]  # fmt: skip
    assert len(DISTRICTS) == 11
    assert {kind.category for kind in KINDS} >= set(Category) - {Category.OTHER}


def test_that_a_missing_person_is_searched_for_over_three_hours_every_day():
    turned = Turned("bengkalis")
    searches = [row for row in turned.snapshot()["incidents"] if row["title"] == "Orang hilang di hutan"]
    assert [row["district"] for row in searches] == [SEARCH_DISTRICT]
    assert searches[0]["status"] == "on_scene", "under way at half past two"
    turned.turn(40 * 60)
    (search,) = [row for row in turned.snapshot()["incidents"] if row["title"] == "Orang hilang di hutan"]
    assert instant(search["closed_at"]) - instant(search["reported_at"]) > timedelta(hours=3)


@pytest.mark.parametrize("seed", range(3))
def test_that_each_days_search_ends_in_the_afternoon_whatever_else_is_on(seed):
    turned = Turned("bengkalis", seed=seed)
    turned.turn(86_400)
    incidents, _ = turned.world.incidents(None, None, None, 10**6)
    searches = [row for row in incidents if row.title == "Orang hilang di hutan"]
    # That of the present day, at half past two, is still under way.
    lasted = [row.closed_at - row.reported_at for row in searches if row.closed_at is not None]
    assert (len(searches), len(lasted)) == (4, 3)
    assert all(timedelta(hours=3) < time < timedelta(hours=4) for time in lasted)
    assert all(row.arrived_at is not None for row in searches)


def test_that_the_instants_of_calls_and_incidents_are_in_order():
    world = Turned("bengkalis").world
    calls, _ = world.calls(None, None, None, 10**6)
    incidents, _ = world.incidents(None, None, None, 10**6)
    assert len(calls) > 700
    assert len(incidents) > 50
    for call in calls:
        told = [at for at in (call.received_at, call.answered_at, call.ended_at) if at is not None]
        assert told == sorted(told)
    for row in incidents:
        told = [at for at in (row.reported_at, row.dispatched_at, row.arrived_at, row.closed_at) if at is not None]
        assert told == sorted(told)


def test_that_a_seed_gives_the_same_day_however_often_it_is_looked_at():
    seldom, often = Turned("bengkalis", seed=7), Turned("bengkalis", seed=7)
    seldom.turn(6 * 3600)
    for _ in range(600):
        often.turn(36)
        often.snapshot()
    one, other = seldom.snapshot(), often.snapshot()
    for name in ("agencies", "units", "call_takers", "calls", "incidents"):
        assert sorted(one[name], key=lambda row: row["id"]) == sorted(other[name], key=lambda row: row["id"])


def test_that_another_seed_gives_another_day():
    assert Turned("bengkalis", seed=1).snapshot()["calls"] != Turned("bengkalis", seed=2).snapshot()["calls"]


def test_that_weeks_at_high_speed_keep_no_more_than_three_days():
    turned = Turned("bengkalis")
    for _ in range(21):
        turned.turn(86_400)
        turned.snapshot()
    calls, _ = turned.world.calls(None, None, None, 10**6)
    assert min(call.received_at for call in calls) > AFTERNOON + timedelta(days=21 - 4)
