"""The server's time, whatever this machine believes the time to be."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.core.builders import at, good, snapshot
from wallboard.core.clock import (
    DATE_RESOLUTION_S,
    DRIFT,
    LARGEST_DOUBT_S,
    READINGS_OF_A_DOUBT,
    SMALLEST_STEP_BACK_S,
    ServerClock,
)
from wallboard.core.poll import PollSuccess

ROUNDING_S = 1e-5
"""Of instants to microseconds and of floats."""

NIGHT_S = 9 * 3600.0


def told(server_s: float, sent_s: float, received_s: float | None = None, date: datetime | None = None) -> PollSuccess:
    """A snapshot that the server made `server_s` after T0 by its own clock."""
    return good(snapshot(server_s), sent_s, received_s, date)


def learnt(*polls: PollSuccess) -> ServerClock:
    """Each poll is observed as it comes in."""
    clock = ServerClock()
    for poll in polls:
        clock.observe(poll, poll.received_s)
    return clock


def seconds(instant: datetime | None) -> float:
    """From T0."""
    assert instant is not None
    return (instant - at(0)).total_seconds()


def error_s(clock: ServerClock, monotonic_s: float) -> float:
    error = clock.error_s(monotonic_s)
    assert error is not None
    return error


def age_s(clock: ServerClock, monotonic_s: float) -> float:
    age = clock.age_s(monotonic_s)
    assert age is not None
    return age


def test_that_nothing_is_known_before_the_first_good_poll():
    clock = learnt(good(None, 5, date=at(5)))  # a 304 to a client that holds nothing
    assert clock.now(10) is None
    assert clock.age_s(10) is None
    assert clock.clock_offset_s(10, at(10)) is None
    assert clock.error_s(10) is None
    assert clock.confirmed_at is None


def test_that_the_servers_time_was_made_in_the_middle_of_the_round_trip():
    clock = learnt(told(0, 100, 104))
    assert clock.now(104) == at(2)
    assert clock.now(110) == at(8)
    assert clock.age_s(104) == 2
    assert error_s(clock, 104) == pytest.approx(2, abs=4 * DRIFT)
    assert clock.confirmed_at == at(0)


def test_that_the_error_grows_by_what_two_clocks_may_drift_apart():
    clock = learnt(told(0, 0, 1))
    assert error_s(clock, 1001) == pytest.approx(0.5 + 1001 * DRIFT)


def test_that_the_time_is_utc_whatever_offset_the_server_writes():
    local = snapshot(0).server_time.astimezone(timezone(timedelta(hours=7)))
    clock = learnt(good(replace(snapshot(0), server_time=local), 0))
    now = clock.now(1)
    assert now == at(1)
    assert now.utcoffset() == timedelta(0)


def test_that_a_pc_whose_clock_is_an_hour_off_is_told_so_and_believed_in_nothing():
    clock = learnt(told(0, 0))
    assert clock.clock_offset_s(10, at(10 + 3600)) == -3600
    assert clock.clock_offset_s(10, at(10 - 3600)) == 3600
    assert clock.now(10) == at(10)
    assert clock.age_s(10) == 10


# A server whose clock runs at a rate of its own, and answers that are made anywhere within their exchange.


@st.composite
def exchanges(draw: st.DrawFn) -> tuple[list[PollSuccess], float, float]:
    """Polls, and the server's clock as `offset + rate * monotonic`."""
    rate = 1 + draw(st.floats(-DRIFT, DRIFT)) / 2
    offset = draw(st.floats(-1e5, 1e5))
    sent_s = draw(st.floats(0, 1e6))
    polls: list[PollSuccess] = []
    for _ in range(draw(st.integers(1, 12))):
        round_trip_s = draw(st.sampled_from([0.005, 0.05, 0.5, 8.0, 25.0]))
        made_s = sent_s + draw(st.floats(0, 1)) * round_trip_s
        server_s = offset + rate * made_s
        received_s = sent_s + round_trip_s
        answer = draw(st.sampled_from(["200", "304", "304 with a date"]))
        if polls and answer != "200":
            date = at(server_s).replace(microsecond=0) if answer == "304 with a date" else None
            polls.append(good(None, sent_s, received_s, date))
        else:
            polls.append(told(server_s, sent_s, received_s))
        sent_s = received_s + draw(st.sampled_from([0.0, 2.0, 60.0, NIGHT_S]))
    return polls, offset, rate


@given(exchanges(), st.floats(0, 86_400))
def test_that_the_estimate_errs_by_no_more_than_it_says(exchanged, passed_s):
    polls, offset, rate = exchanged
    clock = ServerClock()
    for poll in polls:
        clock.observe(poll, poll.received_s)
        for monotonic_s in (poll.received_s, poll.received_s + passed_s):
            true = at(offset + rate * monotonic_s)
            off_s = clock.clock_offset_s(monotonic_s, true)
            assert off_s is not None
            assert abs(off_s) <= error_s(clock, monotonic_s) + ROUNDING_S


@given(exchanges())
def test_that_no_better_estimate_makes_the_time_run_backwards_a_little(exchanged):
    polls, _, _ = exchanged
    clock = ServerClock()
    for poll in polls:
        before = clock.now(poll.received_s)
        clock.observe(poll, poll.received_s)
        now = clock.now(poll.received_s)
        assert now is not None
        back_s = 0.0 if before is None else (before - now).total_seconds()
        assert back_s <= 0 or back_s > SMALLEST_STEP_BACK_S


@given(exchanges())
def test_that_data_are_as_old_as_their_making_to_within_the_error_and_never_younger_than_new(exchanged):
    """However long the answer was held: the server told when it was made."""
    polls, offset, rate = exchanged
    clock = ServerClock()
    for poll in polls:
        clock.observe(poll, poll.received_s)
        if poll.snapshot is not None:
            made_s = (seconds(poll.snapshot.server_time) - offset) / rate
            age = age_s(clock, poll.received_s)
            assert 0 <= age <= poll.received_s - poll.sent_s + ROUNDING_S
            assert abs(age - (poll.received_s - made_s)) <= error_s(clock, poll.received_s) + ROUNDING_S or (
                age == pytest.approx(poll.received_s - poll.sent_s)
            )


def test_that_a_quick_answer_counts_for_more_than_a_slow_one():
    clock = learnt(told(0, 0, 0.02), told(9, 2, 10))
    assert seconds(clock.now(10)) == pytest.approx(9.99)
    assert error_s(clock, 10) == pytest.approx(0.01 + 10 * DRIFT, abs=1e-4)
    better = learnt(told(9, 2, 10), told(12, 12, 12.02))
    assert seconds(better.now(12.02)) == pytest.approx(12.01)


def test_that_a_reading_that_has_grown_old_gives_way_to_a_new_one():
    clock = learnt(told(0, 0, 0.02), told(1000.2, 1000, 1000.4))
    assert error_s(clock, 1000.4) == pytest.approx(0.2, abs=1e-3)


def test_that_an_answer_was_not_made_after_it_came_in():
    """Within the errors, and yet certain: figures are never computed at a time before what they are computed from."""
    clock = learnt(told(0, 0, 4), told(4.5, 0, 5))
    assert clock.now(5) == at(4.5)
    clock = learnt(told(0, 0, 2), told(5, 1.5, 5))
    assert clock.now(5) == at(5)
    assert error_s(clock, 5) < 1


def test_that_a_held_answer_is_as_new_as_the_server_says():
    """A long poll: asked for 25 s ago, made just now."""
    clock = learnt(told(0, 0, 0.02), told(25, 0.02, 25.02))
    assert age_s(clock, 25.02) == pytest.approx(0.01, abs=0.02)


def test_that_a_held_answer_without_news_is_as_new_as_the_server_says():
    unchanged = replace(good(None, 0.02, 25.02), server_time=at(25))
    assert age_s(learnt(told(0, 0, 0.02), unchanged), 25.02) == pytest.approx(0.01, abs=0.02)


# Unchanged answers, and the Date header.


def test_that_an_unchanged_answer_confirms_the_data_and_leaves_the_clock_alone():
    clock = learnt(told(0, 0), good(None, 60, 60.2, date=at(60)))
    assert clock.age_s(61) == pytest.approx(0.9)
    assert clock.now(61) == at(61)
    assert error_s(clock, 60) == 60 * DRIFT


@pytest.mark.parametrize("fraction_s", [0, 0.4, 0.999])
def test_that_the_date_headers_coarseness_is_no_contradiction(fraction_s):
    """The header's second began at most a second before."""
    clock = learnt(told(0, 0), good(None, 60 + fraction_s, date=at(60)))
    assert clock.now(61) == at(61)


@pytest.mark.parametrize("jump_s", [3600, 5, -3600, -65])
def test_that_a_date_header_that_contradicts_the_clock_sets_it(jump_s):
    """A server that was set right between two polls, while nothing else changed."""
    clock = learnt(told(0, 0), good(None, 60, date=at(60 + jump_s)))
    assert abs(seconds(clock.now(60)) - 60 - jump_s) <= DATE_RESOLUTION_S
    assert clock.error_s(60) == DATE_RESOLUTION_S / 2


def test_that_a_date_of_another_machine_than_the_data_does_not_contradict_them():
    """Five seconds apart, at each answer: neither clock was set."""
    clock = learnt(
        told(0, 0, date=at(5)), good(None, 2, date=at(7)), told(4, 4, date=at(9)), good(None, 6, date=at(11))
    )
    assert clock.now(6) == at(6)
    assert clock.age_s(6) == 0


def test_that_unchanged_answers_without_a_date_are_as_new_as_their_exchange():
    clock = learnt(told(0, 0), good(None, 2, 2.4))
    assert age_s(clock, 2.4) == pytest.approx(0.2)


# A server whose clock is set.


@pytest.mark.parametrize("set_s", [3600, 0.5, -3600, -5])
def test_that_a_server_whose_clock_is_set_is_believed_at_once(set_s):
    clock = learnt(told(5000, 0, 0.02), told(5002 + set_s, 2, 2.02))
    assert seconds(clock.now(3.01)) == pytest.approx(5003 + set_s)
    assert age_s(clock, 3.01) == pytest.approx(1.0)


def test_that_the_last_snapshot_sets_the_clock_even_back():
    clock = learnt(told(3600, 0), told(2, 2))
    assert clock.now(3) == at(3)
    assert clock.age_s(3) == 1


def test_that_a_server_set_back_by_less_than_a_poll_is_believed_after_some_answers():
    """Until then its answers could as well be old ones of a cache's."""
    set_back = [told(2 * number - 1, 2 * number) for number in range(1, READINGS_OF_A_DOUBT + 1)]
    clock = learnt(told(0, 0), *set_back[:-1])
    last_s = 2.0 * READINGS_OF_A_DOUBT
    assert clock.now(last_s) == at(last_s)
    clock.observe(set_back[-1], last_s)
    assert clock.now(last_s) == at(last_s), "it stands still"
    assert clock.now(last_s + 0.5) == at(last_s)
    assert clock.now(last_s + 3) == at(last_s + 2)
    assert clock.age_s(last_s) == 0


# Answers of a cache's.


def test_that_an_old_answer_of_a_caches_neither_moves_the_clock_nor_looks_new():
    clock = learnt(told(0, 0), told(0.7, 2), told(3, 4), told(4.4, 6))
    assert clock.now(6) == at(6)
    assert age_s(clock, 6) == clock.behind_s == pytest.approx(1.6)
    clock.observe(told(8, 8), 8)
    assert clock.behind_s == 0


def test_that_an_answer_told_again_and_again_grows_old():
    """A cache that hides a dead server."""
    clock = learnt(*(told(0, 2.0 * number) for number in range(100)))
    assert clock.now(198) == at(198)
    assert clock.age_s(198) == 198


def test_that_an_unchanged_answer_of_a_caches_grows_old_where_its_date_does():
    clock = learnt(told(0, 0), *(good(None, 2.0 * number, date=at(0)) for number in range(100)))
    assert age_s(clock, 198) == pytest.approx(198, abs=DATE_RESOLUTION_S)


def test_that_a_clock_learnt_from_an_old_answer_is_set_by_the_first_fresh_one():
    clock = learnt(told(0, 5), told(7, 7))
    assert clock.now(7) == at(7)


def test_that_a_server_that_writes_whole_seconds_makes_nothing_jump():
    polls = [told(int(2.37 * number), 2.37 * number) for number in range(1, 60)]
    clock, before = ServerClock(), None
    for poll in polls:
        clock.observe(poll, poll.received_s)
        now = seconds(clock.now(poll.received_s))
        assert before is None or now >= before
        assert abs(now - poll.received_s) <= 1
        assert age_s(clock, poll.received_s) < 1
        before = now


# A machine that sleeps. The monotonic clock counts on.


def test_that_an_answer_that_was_under_way_for_a_night_is_as_old_as_the_night():
    clock = learnt(told(0, 0, 0.02), told(2, 2, 2 + NIGHT_S))
    assert seconds(clock.now(2 + NIGHT_S)) == pytest.approx(2 + NIGHT_S, abs=0.02)
    assert error_s(clock, 2) == pytest.approx(0.01, abs=0.01)
    assert age_s(clock, 2 + NIGHT_S) == pytest.approx(NIGHT_S, abs=NIGHT_S * DRIFT)


def test_that_an_unchanged_answer_that_was_under_way_for_a_night_is_as_old_as_its_date_or_else_as_its_request():
    clock = learnt(told(0, 0), good(None, 2, 2 + NIGHT_S, date=at(2)))
    assert age_s(clock, 2 + NIGHT_S) == pytest.approx(NIGHT_S, abs=DATE_RESOLUTION_S + NIGHT_S * DRIFT)
    clock = learnt(told(0, 0), good(None, 2, 2 + NIGHT_S))
    assert age_s(clock, 2 + NIGHT_S) == NIGHT_S


def test_that_a_first_answer_that_took_a_night_is_as_old_as_it_can_be_and_gives_way_to_the_next():
    clock = learnt(told(0, 0, NIGHT_S))
    assert age_s(clock, NIGHT_S) == NIGHT_S
    assert error_s(clock, NIGHT_S) > LARGEST_DOUBT_S
    clock.observe(told(NIGHT_S + 2, NIGHT_S + 2), NIGHT_S + 2)
    assert clock.now(NIGHT_S + 2) == at(NIGHT_S + 2)
    assert clock.age_s(NIGHT_S + 2) == 0


def test_that_a_machine_whose_monotonic_clock_slept_too_is_set_right_by_the_next_answer():
    """A virtual machine that was paused."""
    clock = learnt(told(0, 0), told(NIGHT_S, 2))
    assert clock.now(2) == at(NIGHT_S)
    assert clock.age_s(2) == 0


def test_that_data_are_never_younger_than_new():
    assert learnt(told(0, 10, 12)).age_s(10.5) == 0


@given(st.integers(0, 300), st.floats(0, 1, exclude_max=True), st.floats(0, 5), st.floats(0, 1))
def test_that_the_age_of_an_answer_from_a_cache_widens_the_error_to_hold_the_truth(cached_s, second, took_s, share):
    """Wherever between the oldest moment that Age allows and the end of the answer the server read its clock."""
    sent_s = 1000.0
    clock = learnt(replace(told(0, sent_s, sent_s + took_s), age_s=cached_s))
    oldest_s = sent_s - cached_s - second
    made_s = oldest_s + share * (sent_s + took_s - oldest_s)
    ends_s = sent_s + took_s
    assert abs(seconds(clock.now(ends_s)) - (ends_s - made_s)) <= error_s(clock, ends_s) + 1e-5


def test_that_data_from_a_cache_are_as_old_as_it_says():
    clock = learnt(replace(told(0, 100, 100), age_s=1))
    assert age_s(clock, 100) == 1
    clock = learnt(told(100, 100), replace(good(None, 102, 102, date=at(100)), age_s=1))
    assert age_s(clock, 102) == pytest.approx(1.5, abs=0.5)
    assert seconds(clock.now(102)) == 102, "a Date as old as the answer contradicts nothing"


@given(st.floats(0, 0.999), st.integers(1, 12))
def test_that_a_server_time_cut_to_whole_seconds_errs_by_no_more_than_it_says(fraction, polls):
    """As a mapping tells it that has only the Date header."""
    clock = ServerClock()
    for number in range(polls):
        sent_s = 2.0 * number + fraction
        told_s = int(sent_s)
        clock.observe(replace(told(told_s, sent_s, sent_s + 0.01), server_time_resolution_s=1.0), sent_s + 0.01)
        assert abs(seconds(clock.now(sent_s + 0.01)) - (sent_s + 0.01)) <= error_s(clock, sent_s + 0.01) + 1e-5
