"""The server's time, whatever this machine believes the time to be."""

from __future__ import annotations

from datetime import timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.builders import at, good, snapshot
from wallboard.core.clock import DATE_RESOLUTION_S, ServerClock


def test_that_nothing_is_known_before_the_first_good_poll():
    clock = ServerClock()
    clock.observe(good(None, 5, date=at(5)))  # a 304 to a client that holds nothing
    assert clock.now(10) is None
    assert clock.age_s(10) is None
    assert clock.clock_offset_s(10, at(10)) is None
    assert clock.error_s is None


def test_that_the_servers_time_was_made_in_the_middle_of_the_round_trip():
    clock = ServerClock()
    clock.observe(good(snapshot(0), sent_s=100, received_s=104))
    assert clock.now(102) == at(0)
    assert clock.now(110) == at(8)
    assert clock.age_s(104) == 2
    assert clock.error_s == 2


@given(st.floats(0, 1e6), st.floats(0, 30), st.floats(0, 1), st.floats(0, 86_400))
def test_that_the_estimate_errs_by_no_more_than_it_says(sent_s, round_trip_s, made, passed_s):
    """Wherever within the round trip the server read its clock."""
    clock = ServerClock()
    made_s = sent_s + made * round_trip_s
    clock.observe(good(snapshot(0), sent_s, sent_s + round_trip_s))
    now = clock.now(made_s + passed_s)
    assert now is not None
    assert clock.error_s is not None
    assert abs((now - at(passed_s)).total_seconds()) <= clock.error_s + 1e-5


def test_that_the_time_is_utc_whatever_offset_the_server_writes():
    told = snapshot(0)
    clock = ServerClock()
    clock.observe(
        good(
            type(told)(
                server_time=told.server_time.astimezone(timezone(timedelta(hours=7))),
                centre=told.centre,
                agencies=(),
                units=(),
                call_takers=(),
                calls=(),
                incidents=(),
            ),
            0,
        )
    )
    now = clock.now(1)
    assert now == at(1)
    assert now is not None
    assert now.utcoffset() == timedelta(0)


def test_that_a_pc_whose_clock_is_an_hour_off_is_told_so_and_believed_in_nothing():
    clock = ServerClock()
    clock.observe(good(snapshot(0), 0))
    assert clock.clock_offset_s(10, at(10 + 3600)) == -3600
    assert clock.clock_offset_s(10, at(10 - 3600)) == 3600
    assert clock.now(10) == at(10)
    assert clock.age_s(10) == 10


def test_that_an_unchanged_answer_confirms_the_data_and_leaves_the_clock_alone():
    clock = ServerClock()
    clock.observe(good(snapshot(0), 0))
    clock.observe(good(None, 60, 60.2, date=at(60)))
    assert clock.age_s(61) == pytest.approx(0.9)
    assert clock.now(61) == at(61)
    assert clock.error_s == 0


@pytest.mark.parametrize("fraction_s", [0, 0.4, 0.999])
def test_that_the_date_headers_coarseness_is_no_contradiction(fraction_s):
    """The header's second began at most a second before."""
    clock = ServerClock()
    clock.observe(good(snapshot(0), 0))
    clock.observe(good(None, 60 + fraction_s, date=at(60)))
    assert clock.now(61) == at(61)


@pytest.mark.parametrize("jump_s", [3600, -3600, 5, -5])
def test_that_a_date_header_that_contradicts_the_clock_sets_it(jump_s):
    """A server that was set right between two polls, while nothing else changed."""
    clock = ServerClock()
    clock.observe(good(snapshot(0), 0))
    clock.observe(good(None, 60, date=at(60 + jump_s)))
    now = clock.now(60)
    assert now is not None
    assert abs((now - at(60 + jump_s)).total_seconds()) <= DATE_RESOLUTION_S
    assert clock.error_s == DATE_RESOLUTION_S / 2


def test_that_the_last_snapshot_sets_the_clock_even_back():
    clock = ServerClock()
    clock.observe(good(snapshot(3600), 0))
    clock.observe(good(snapshot(2), 2))
    assert clock.now(3) == at(3)
    assert clock.age_s(3) == 1


def test_that_data_are_never_younger_than_new():
    clock = ServerClock()
    clock.observe(good(snapshot(0), 10, 12))
    assert clock.age_s(10.5) == 0
