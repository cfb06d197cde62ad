from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wallboard.core.poll import FailureKind, PollFailure
from wallboard.feed.backoff import LONGEST_S, SHORTEST_S, Backoff, out_of_step_s


def failure(kind=FailureKind.NETWORK):
    return PollFailure(kind=kind, message="", sent_s=0.0, failed_s=0.0)


@given(seed=st.integers(), interval_s=st.floats(0.5, 300), failures=st.integers(1, 2000))
def test_that_waits_stay_between_a_floor_and_the_cap_without_end(seed, interval_s, failures):
    backoff = Backoff(interval_s, Random(seed))
    waits = [backoff.after(failure(), None) for _ in range(failures)]
    assert min(waits) >= SHORTEST_S
    assert max(waits) <= max(LONGEST_S, interval_s)


def test_that_walls_that_fail_together_do_not_return_together():
    walls = [Backoff(2.0, Random(seed)) for seed in range(100)]
    for _ in range(5):
        waits = [wall.after(failure(), None) for wall in walls]
    assert max(waits) - min(waits) > LONGEST_S / 2
    assert len({round(wait) for wait in waits}) > 15


def test_that_the_window_grows_and_a_success_resets_it():
    backoff = Backoff(2.0, Random(3))
    assert backoff.after(failure(), None) <= 2.0
    for _ in range(20):
        backoff.after(failure(), None)
    assert max(backoff.after(failure(), None) for _ in range(50)) > 20
    backoff.reset()
    assert backoff.after(failure(), None) <= 2.0


def test_that_a_server_is_left_alone_as_long_as_it_asks():
    assert Backoff(2.0, Random(3)).after(failure(FailureKind.RATE_LIMITED), 90.0) >= 90.0


def test_that_walls_that_are_asked_to_wait_until_the_same_instant_do_not_return_together():
    waits = [Backoff(2.0, Random(seed)).after(failure(FailureKind.RATE_LIMITED), 30.0) for seed in range(200)]
    assert min(waits) >= 30.0
    assert fullest_tenth([wait % 2.0 for wait in waits], 2.0) < 40


def test_that_walls_that_start_together_spread_evenly_over_the_interval():
    interval_s = 5.0
    firsts = [out_of_step_s(interval_s, Random(seed)) for seed in range(200)]
    assert min(firsts) >= interval_s / 2
    assert max(firsts) <= interval_s * 1.5
    assert fullest_tenth([first % interval_s for first in firsts], interval_s) < 40, "of 200; 20 would be even"


def fullest_tenth(phases, interval_s):
    """How many of the walls ask in the busiest tenth of an interval."""
    return max(Counter(int(10 * phase / interval_s) for phase in phases).values())


@pytest.mark.parametrize(
    "kind",
    [
        FailureKind.UNAUTHORISED,
        FailureKind.NO_TOKEN,
        FailureKind.KEYRING,
        FailureKind.PROXY_UNAUTHORISED,
        FailureKind.CERTIFICATE_FILE,
        FailureKind.CLIENT_CERTIFICATE,
    ],
)
def test_that_what_a_person_must_mend_on_this_machine_is_tried_slowly(kind):
    assert Backoff(0.5, Random(3)).after(failure(kind), None) >= 45
