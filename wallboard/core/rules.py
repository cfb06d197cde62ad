"""A rule of the alarms as the book applies it, and when and to what it applies. Where it comes from: core.limits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from msgspec import Struct

from wallboard.core.alarms import Severity
from wallboard.core.watchable import METRICS, Crossed, Metric


class Traits(NamedTuple):
    """What a rule may choose its calls, incidents and agencies by; empty where a thing has no such trait."""

    priority: int | None = None
    category: str = ""
    agencies: tuple[str, ...] = ()


class Period(Struct, frozen=True):
    """Hours of some days, by the centre's local time. One that spans midnight belongs to the day on which it begins.

    Days are ISO weekdays, 1 (Monday) to 7. `begins` and `ends` that are the same mean the whole day.
    """

    days: frozenset[int]
    begins: time
    ends: time

    def holds(self, local: datetime) -> bool:
        now, today = local.time(), local.isoweekday()
        if self.begins < self.ends:
            return today in self.days and self.begins <= now < self.ends
        if self.begins == self.ends:
            return today in self.days
        yesterday = (local - timedelta(days=1)).isoweekday()
        return (today in self.days and now >= self.begins) or (yesterday in self.days and now < self.ends)


class Levels(NamedTuple):
    """The two limits of a rule; None is no limit."""

    warning: float | None
    critical: float | None

    def of(self, severity: Severity) -> float | None:
        return self.critical if severity is Severity.CRITICAL else self.warning

    def items(self) -> Iterable[tuple[Severity, float]]:
        """Those that there are, the lower severity first."""
        if self.warning is not None:
            yield Severity.WARNING, self.warning
        if self.critical is not None:
            yield Severity.CRITICAL, self.critical


class Rule(Struct, frozen=True, kw_only=True, gc=False):
    """`levels` has one entry, or one for each priority. Limits and dead band are in the unit of the metric.

    `feeds`, `agencies`, `categories` and `priorities` narrow it down; None is all. `replaces` names the rules in whose
    place this one stands wherever it applies. Without `in_force` it always is.
    """

    name: str
    metric_name: str
    levels: tuple[Levels, ...]
    crossed: Crossed
    dead_band: float = 0.0
    on_delay_s: float = 0.0
    off_delay_s: float = 0.0
    minimum_sample: int = 0
    percentile: float | None = None
    """In place of levels: a warning above this quantile of what is usual."""
    in_force: tuple[Period, ...] = ()
    feeds: frozenset[str] | None = None
    """By id, those at whose centres it is a rule at all."""
    agencies: frozenset[str] | None = None
    categories: frozenset[str] | None = None
    priorities: frozenset[int] | None = None
    latched: bool = False
    replaces: frozenset[str] = frozenset()
    messages: Mapping[str, str] = {}
    """By language, what the banner says in place of its own words."""

    @property
    def metric(self) -> Metric:
        return METRICS[self.metric_name]

    def levels_for(self, traits: Traits) -> Levels:
        if len(self.levels) == 1 or traits.priority is None:
            return self.levels[0]
        return self.levels[traits.priority - 1]

    def is_in_force(self, now: datetime, zone: ZoneInfo | None) -> bool:
        if not self.in_force:
            return True
        local = now.astimezone(zone)
        return any(period.holds(local) for period in self.in_force)

    def is_of(self, feed_id: str) -> bool:
        return self.feeds is None or feed_id in self.feeds

    def chooses(self, traits: Traits) -> bool:
        """Whether a thing of these traits is one that the rule is about."""
        return (
            (self.priorities is None or traits.priority in self.priorities)
            and (self.categories is None or traits.category in self.categories)
            and (self.agencies is None or not self.agencies.isdisjoint(traits.agencies))
        )


def applying(rules: Sequence[Rule], traits: Traits, in_force: frozenset[str]) -> tuple[Rule, ...]:
    """Those of a metric's rules that apply to a thing: about it, in force, and with none in their place."""
    about = [rule for rule in rules if rule.name in in_force and rule.chooses(traits)]
    replaced = frozenset[str]().union(*(rule.replaces for rule in about))
    return tuple([rule for rule in about if rule.name not in replaced])
