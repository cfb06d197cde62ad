"""A PC whose clock is wrong is told of, quietly and without flutter."""

from __future__ import annotations

import pytest

from wallboard.core.skew import DEAD_BAND_S, LARGEST_SKEW_S, SkewWatch


@pytest.mark.parametrize(
    ("offset_s", "error_s", "ahead_s"),
    [
        (-3603.0, 0.1, 3603.0),
        (3600.0, 0.1, -3600.0),
        (LARGEST_SKEW_S, 0.0, None),
        (LARGEST_SKEW_S + 0.01, 0.0, -LARGEST_SKEW_S - 0.01),
        (LARGEST_SKEW_S + 1, 1.5, None),
        (0.0, 0.0, None),
        (None, None, None),
    ],
)
def test_that_a_skew_is_told_where_it_is_surely_too_large(offset_s, error_s, ahead_s):
    assert SkewWatch().pc_ahead_s(offset_s, error_s) == ahead_s


def test_that_a_skew_at_the_limit_does_not_come_and_go():
    watch = SkewWatch()
    assert watch.pc_ahead_s(LARGEST_SKEW_S + 0.01, 0.0) is not None
    assert watch.pc_ahead_s(LARGEST_SKEW_S - 0.01, 0.0) is not None
    assert watch.pc_ahead_s(LARGEST_SKEW_S - DEAD_BAND_S - 0.01, 0.0) is None
    assert watch.pc_ahead_s(LARGEST_SKEW_S - 0.01, 0.0) is None
