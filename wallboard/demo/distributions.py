"""How often and how long: the published figures that the scenarios draw from, each with its source."""

from __future__ import annotations

import math
from bisect import bisect_right
from random import Random
from statistics import NormalDist

from msgspec import Struct


class Quantiles(Struct, frozen=True):
    """A distribution known by some of its quantiles, in seconds; in between it is taken as even.

    Draws below the first quantile and above the last are those quantiles: the tails are not known.
    """

    probabilities: tuple[float, ...]
    seconds: tuple[float, ...]

    def at(self, probability: float) -> float:
        right = bisect_right(self.probabilities, probability)
        if right in (0, len(self.probabilities)):
            return self.seconds[min(right, len(self.seconds) - 1)]
        low, high = self.probabilities[right - 1 : right + 1]
        start, end = self.seconds[right - 1 : right + 1]
        return start + (probability - low) / (high - low) * (end - start)

    def draw(self, random: Random) -> float:
        return self.at(random.random())


SUMMARY_PROBABILITIES = (0.10, 0.50, 0.75, 0.90, 0.95, 0.99)


def _summary(*seconds: float) -> Quantiles:
    return Quantiles(SUMMARY_PROBABILITIES, seconds)


# San Francisco Fire Department Calls for Service (DataSF nuek-vuh3, PDDL), 31 December 2016 to 6 January 2017:
# 3,126 incidents, 6,728 unit responses. The 10th, 50th, 75th, 90th, 95th and 99th percentile.
RECEIVED_TO_DISPATCH = _summary(23.0, 113.0, 175.0, 264.0, 346.0, 637.25)
TURNOUT = _summary(5.0, 48.0, 88.0, 124.0, 150.0, 255.28)
TRAVEL = _summary(78.0, 227.0, 436.0, 773.7, 1036.0, 1662.51)
NO_ARRIVAL_SHARE = 0.038
"""Incidents that nobody arrived at: called off on the way."""


class Lognormal(Struct, frozen=True):
    """`mu` and `sigma` are of the logarithm of the seconds."""

    mu: float
    sigma: float

    @classmethod
    def through(cls, first: tuple[float, float], second: tuple[float, float]) -> Lognormal:
        """The one that has both of these quantiles, each (probability, seconds)."""
        normal = NormalDist()
        (z1, log1), (z2, log2) = ((normal.inv_cdf(p), math.log(s)) for p, s in (first, second))
        sigma = (log2 - log1) / (z2 - z1)
        return cls(log1 - sigma * z1, sigma)

    def draw(self, random: Random) -> float:
        return random.lognormvariate(self.mu, self.sigma)


RING = Lognormal.through((0.90, 15.0), (0.95, 20.0))
"""NENA-STA-020.1-2020: 90 % of calls answered within 15 s, 95 % within 20 s. A centre that just meets the standard."""

HOUR_PROFILE = (
    0.872, 0.748, 0.654, 0.583, 0.545, 0.499, 0.541, 0.684, 0.916, 1.115, 1.200, 1.246,
    1.275, 1.282, 1.279, 1.275, 1.262, 1.245, 1.226, 1.201, 1.179, 1.145, 1.075, 0.955,
)  # fmt: skip
"""Calls by local hour of the day, mean 1. New York City EMS incident dispatch data (NYC Open Data 76xm-jjuj), all
hours of 2010 to 2019."""


def hourly_poisson_instants(random: Random, per_hour: float) -> list[float]:
    """Seconds since local midnight of the calls of a day of 24 h that averages `per_hour`, in order."""
    instants: list[float] = []
    for hour, weight in enumerate(HOUR_PROFILE):
        at_h = float(hour)
        while (at_h := at_h + random.expovariate(per_hour * weight)) < hour + 1:
            instants.append(at_h * 3600)
    return instants
