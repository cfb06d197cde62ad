"""What a measured value says of a rule's limits: which of them it crosses, and since when. Of what lasts: `ladder`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from wallboard.core.alarms import Severity
from wallboard.core.rules import Levels, Rule, Traits
from wallboard.core.usual import poisson_quantile

EDGE_DECIMALS = 9
"""Of a dead band's edge: far finer than any limit that a person writes, far coarser than the rounding of a float."""


class Reading(NamedTuple):
    """A value and how many cases it is taken from; None is no value. `usual`: the mean that is usual for it. `partial`:
    its period has not been seen whole, so that it may be another.
    """

    value: float | None
    n: int | None = None
    usual: float | None = None
    partial: bool = False


def levels(rule: Rule, reading: Reading | None, traits: Traits) -> Levels | None:
    """The rule's limits for a thing with these traits; None where they or the value are not known well enough."""
    if reading is None or (reading.n is not None and reading.n < rule.minimum_sample):
        return None
    if rule.percentile is None:
        return rule.levels_for(traits)
    return None if reading.usual is None else Levels(poisson_quantile(reading.usual, rule.percentile), None)


def crossed(
    rule: Rule,
    levels: Levels,
    value: float,
    now: datetime,
    *,
    held: Severity | None = None,
    before: Mapping[Severity, datetime] | None = None,
) -> dict[Severity, datetime]:
    """The limits that the value crosses, and since when. `held` is the severity of an alarm that is active already,
    `before` what it crossed when it was last looked at.
    """
    since = before or {}
    return {
        severity: min(now, since.get(severity, now))
        for severity, limit in levels.items()
        if _crosses(rule, value, limit, rule.dead_band if (held or 0) >= severity else 0.0)
    }


def _crosses(rule: Rule, value: float, limit: float, dead_band: float) -> bool:
    """Whether the value is on the bad side of the limit, or within the dead band of an alarm that is already active."""
    if dead_band:
        # Rounded, or 0.80 + 0.02 would lie above a share of 0.82.
        edge = round(limit + (dead_band if rule.crossed == "below" else -dead_band), EDGE_DECIMALS)
        return value < edge if rule.crossed == "below" else value > edge
    if rule.crossed == "below":
        return value < limit
    if rule.crossed == "above":
        return value > limit
    return value >= limit
