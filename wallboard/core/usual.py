"""What is usual for a period, and how far chance alone may carry a count beyond it.

Counts of rare calls are not normal: three-sigma limits on them cry wolf once in a dozen hours, so the limits are exact
Poisson quantiles of the usual rate (domain knowledge: counts per hour at a 112 centre run from 2 to 40).
"""

from __future__ import annotations

import math

USUAL_LOW, USUAL_HIGH = 0.10, 0.90
"""The range that is called usual: one day in five lies outside of it by chance."""

LARGEST_HOURLY_MEAN = 10_000.0
"""Calls in an hour; the largest centres of the world take a fifth of it."""

_NEGLIGIBLE_SIGMAS = 12
"""Less than 1e-30 of a Poisson distribution lies so far below its mean."""


def poisson_quantile(mean: float, quantile: float) -> int:
    """The smallest count that a Poisson variable of this mean stays at or below with at least this probability."""
    if mean == 0:
        return 0
    count = max(0, math.floor(mean - _NEGLIGIBLE_SIGMAS * math.sqrt(mean)))
    probability = cumulated = math.exp(count * math.log(mean) - mean - math.lgamma(count + 1))
    while cumulated < quantile:
        count += 1
        probability *= mean / count
        if count > mean and probability == 0.0:  # rounding keeps the sum just below a quantile near 1
            break
        cumulated += probability
    return count
