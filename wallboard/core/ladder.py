"""The limits that one lasting thing crosses as time goes by, of all the rules that apply to it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from wallboard.core.alarms import Severity
from wallboard.core.rules import Rule, Traits

DECIMALS = 6
"""Of a second: those of an instant."""


class Crossing(NamedTuple):
    """`raises`: the on-delay has passed too; before that, the alarm is pending."""

    after_s: float
    severity: Severity
    raises: bool
    rule: Rule


class Reached(Struct, frozen=True, gc=False):
    """What a rule says of a thing that has lasted for some time: the severity that is raised, and the one pending.

    There are as many as limits on all ladders; without them the garbage collector has nothing to walk.
    """

    rule: Rule
    active: Severity | None
    pending: Severity | None
    crossed_s: float
    """When the first of the rule's limits was crossed."""


class Ladder:
    """The crossings in the order of time. A thousand rules cost one thing a search, not a thousand comparisons."""

    def __init__(self, rules: Iterable[Rule], traits: Traits) -> None:
        crossings = []
        for rule in rules:
            for severity, limit in rule.levels_for(traits).items():
                if rule.on_delay_s:
                    crossings.append(Crossing(round(limit, DECIMALS), severity, False, rule))
                crossings.append(Crossing(round(limit + rule.on_delay_s, DECIMALS), severity, True, rule))
        crossings.sort(key=_by_time)
        self._after_s = [crossing.after_s for crossing in crossings]
        self._reached: list[tuple[str, Reached]] = []
        """After each crossing, what its rule says."""
        latest: dict[str, Reached] = {}
        for crossing in crossings:
            reached = latest[crossing.rule.name] = _after(latest.get(crossing.rule.name), crossing)
            self._reached.append((crossing.rule.name, reached))

    def position(self, lasted_s: float) -> int:
        """How many crossings lie behind."""
        return bisect_right(self._after_s, lasted_s)

    def due(self, start: datetime, position: int) -> datetime | None:
        """When the next crossing comes."""
        if position == len(self._after_s):
            return None
        return start + timedelta(seconds=self._after_s[position])

    def reached(self, position: int, since: int = 0) -> dict[str, Reached]:
        """By name, the rules with a crossing behind `position` and not behind `since`."""
        return dict(self._reached[since:position])


def _by_time(crossing: Crossing) -> tuple[float, Severity, bool]:
    return crossing[:3]


def _after(before: Reached | None, crossing: Crossing) -> Reached:
    severity, rule = crossing.severity, crossing.rule
    if before is None:
        crossed_s = crossing.after_s - (rule.on_delay_s if crossing.raises else 0.0)
        active, pending = (severity, None) if crossing.raises else (None, severity)
        return Reached(rule, active, pending, crossed_s)
    if crossing.raises:
        return replace(before, active=max(severity, before.active or severity))
    return replace(before, pending=max(severity, before.pending or severity))
