"""What is usual for an hour, and how far chance alone may carry a count beyond it.

Counts of rare calls are not normal: three-sigma limits on them cry wolf once in a dozen hours, so the limits are exact
Poisson quantiles of the usual rate (domain knowledge: counts per hour at a 112 centre run from 2 to 40).
"""

from __future__ import annotations

import math

LARGEST_EXACT_MEAN = 700.0
"""exp(-mean) is still a normal float below this; a centre's hour stays far below it."""


def poisson_quantile(mean: float, quantile: float) -> int:
    """The smallest count that a Poisson variable of this mean stays at or below with at least this probability."""
    if mean > LARGEST_EXACT_MEAN:
        raise ValueError(f"a mean of {mean} calls is beyond {LARGEST_EXACT_MEAN}")
    probability = cumulated = math.exp(-mean)
    count = 0
    while cumulated < quantile:
        count += 1
        probability *= mean / count
        if probability == 0.0:
            break
        cumulated += probability
    return count
