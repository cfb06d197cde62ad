"""The Poisson limit against a plain sum of its series."""

from __future__ import annotations

from fractions import Fraction
from math import exp, factorial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wallboard.core.usual import LARGEST_HOURLY_MEAN, poisson_quantile


def reaches(mean: float, count: int) -> float:
    """The probability of at most that many, its terms summed exactly."""
    terms = (Fraction(mean) ** k / factorial(k) for k in range(count + 1))
    return exp(-mean) * float(sum(terms))


@given(st.floats(0, 60), st.sampled_from([0.5, 0.9, 0.95, 0.99, 0.9985, 0.9999]))
def test_that_it_is_the_smallest_count_that_the_probability_suffices_for(mean, quantile):
    count = poisson_quantile(mean, quantile)
    rounding = 1e-12
    assert reaches(mean, count) >= quantile - rounding
    assert count == 0 or reaches(mean, count - 1) < quantile + rounding


@pytest.mark.parametrize(("mean", "most"), [(1.6, 6), (5, 13), (10.7, 22), (20, 35), (40, 60)])
def test_the_upper_limits_of_a_centres_hours(mean, most):
    """The upper end of the two-sided interval that three sigmas hold of a normal distribution, 99.73 %."""
    assert poisson_quantile(mean, 0.99865) == most


def test_that_nothing_is_usual_where_no_calls_are():
    assert poisson_quantile(0, 0.9999) == 0


@pytest.mark.parametrize(("quantile", "sigmas"), [(0.1, -1.2816), (0.5, 0), (0.9, 1.2816), (0.99, 2.3263)])
def test_that_large_means_come_out_as_the_normal_distribution_has_them(quantile, sigmas):
    """Which a Poisson distribution of a large mean is but for its skewness, a sixth of z² - 1."""
    normal = LARGEST_HOURLY_MEAN + sigmas * LARGEST_HOURLY_MEAN**0.5 + (sigmas**2 - 1) / 6
    assert abs(poisson_quantile(LARGEST_HOURLY_MEAN, quantile) - normal) < 1


def test_that_a_certainty_that_no_count_reaches_ends_all_the_same():
    assert poisson_quantile(10, 1.0) < 1_000
