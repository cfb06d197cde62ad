"""Which rules apply to which things now. Things of the same kind share what was found for them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from wallboard.core.ladder import Ladder
from wallboard.core.rules import Rule, Traits, applying


class _ChosenBy(NamedTuple):
    """What a metric's rules choose their things by."""

    priority: bool
    category: bool
    agencies: frozenset[str]


class Rulebook:
    """`rules` in the order of the configuration; their names are unique."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = {rule.name: rule for rule in rules}
        self.has_hours = any(rule.in_force for rule in rules)
        self._of_metric: dict[str, list[Rule]] = {}
        for rule in rules:
            self._of_metric.setdefault(rule.metric_name, []).append(rule)
        self._chosen_by = {name: _chosen_by(of) for name, of in self._of_metric.items()}
        self._in_force = frozenset(rule.name for rule in rules if not rule.in_force)
        self._ladders: dict[tuple[str, Traits], Ladder] = {}
        self._applying: dict[tuple[str, Traits], dict[str, Rule]] = {}

    def watches(self, metric: str) -> bool:
        return metric in self._of_metric

    def of(self, metric: str) -> Sequence[Rule]:
        """Those on this metric, whatever they choose."""
        return self._of_metric.get(metric, ())

    def narrowed(self, metric: str, traits: Traits) -> Traits:
        """Without what none of the metric's rules chooses by: the fewer kinds of things, the fewer ladders."""
        by = self._chosen_by[metric]
        return Traits(
            traits.priority if by.priority else None,
            traits.category if by.category else "",
            tuple([agency for agency in traits.agencies if agency in by.agencies]) if by.agencies else (),
        )

    def turn(self, now: datetime, zone: ZoneInfo | None) -> bool:
        """Whether a rule came into force or went out, since this was last asked."""
        in_force = frozenset([name for name, rule in self.rules.items() if rule.is_in_force(now, zone)])
        if in_force == self._in_force:
            return False
        self._in_force = in_force
        self._ladders.clear()
        self._applying.clear()
        return True

    def applying(self, metric: str, traits: Traits) -> dict[str, Rule]:
        """By name, those that apply to a thing with these traits, which are `narrowed`."""
        found = self._applying.get((metric, traits))
        if found is None:
            rules = applying(self._of_metric[metric], traits, self._in_force)
            found = self._applying[metric, traits] = {rule.name: rule for rule in rules}
        return found

    def ladder(self, metric: str, traits: Traits) -> Ladder:
        """Of what lasts; the same one until the next turn."""
        found = self._ladders.get((metric, traits))
        if found is None:
            found = self._ladders[metric, traits] = Ladder(self.applying(metric, traits).values(), traits)
        return found


def _chosen_by(rules: Sequence[Rule]) -> _ChosenBy:
    return _ChosenBy(
        priority=any(len(rule.levels) > 1 or rule.priorities is not None for rule in rules),
        category=any(rule.categories is not None for rule in rules),
        agencies=frozenset[str]().union(*(rule.agencies or () for rule in rules)),
    )
