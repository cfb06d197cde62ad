"""Rules of a centre's own: on any metric that the alarm book watches, or another rule with something changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Literal

from msgspec import Meta, Struct
from msgspec.structs import replace

from wallboard.core.limits import (
    LONGEST_S,
    Categories,
    Message,
    Names,
    Periods,
    Priorities,
    Seconds,
    in_force_of,
    messages_of,
)
from wallboard.core.rules import Levels, Rule
from wallboard.core.watchable import METRICS

MOST_OWN_RULES = 1_000
"""As many as the book was measured with."""

LARGEST_LIMIT = LONGEST_S
"""Of any unit: no count and no share is larger than a week's seconds."""

MOST_SAMPLES = 1_000_000

MetricName = Literal[
    "call_waiting",
    "call_talking",
    "incident_unassigned",
    "response_time",
    "incident_open",
    "agency_load",
    "agency_busy",
    "agency_available",
    "agency_out",
    "agency_incidents",
    "agency_compliance",
    "calls_waiting",
    "calls_talking",
    "calls_offered",
    "service_level",
    "service_level_20",
    "average_speed_of_answer",
    "answer_p90",
    "abandonment_rate",
    "calls_today",
    "verified_today",
    "answered_today",
    "abandoned_today",
    "information_today",
    "prank_today",
    "ghost_today",
    "duplicate_today",
    "test_today",
    "pending_today",
    "other_today",
    "verified_share",
    "calls_per_hour",
    "answered_per_hour",
    "abandoned_per_hour",
    "verified_per_hour",
    "active_incidents",
    "unassigned_incidents",
    "dispatched_today",
    "closed_today",
    "call_takers_on_duty",
    "call_takers_free",
    "occupancy",
    "data_stale",
]

Limit = Annotated[float, Meta(ge=0, le=LARGEST_LIMIT)]


class OwnRule(Struct, frozen=True, kw_only=True):
    """What is left out is as in the rule that it inherits from, or, of a rule on a metric, not there."""

    name: Annotated[
        str,
        Meta(
            pattern="^[a-z][a-z0-9_]{0,39}$",
            description="Its own name: small letters, digits and _. No other rule has it.",
            extra={"allowed": "small letters, digits and _, a letter first, 40 at most"},
        ),
    ]
    metric: Annotated[MetricName, Meta(description="What it watches; docs/alarms.md says what each is.")] | None = None
    inherits: (
        Annotated[
            str,
            Meta(
                max_length=40,
                description="In place of a metric, the rule that it changes: a built-in one, or another of these. For "
                "what it applies to, it stands in that rule's place.",
            ),
        ]
        | None
    ) = None
    enabled: Annotated[
        bool, Meta(description="With `false`, what it applies to is not watched by the rule that it inherits from.")
    ] = True
    warning: (
        Annotated[
            Limit,
            Meta(
                description="A warning from this value on, in the metric's unit: seconds, a number, or a share from 0 "
                "to 1. Where one of the two limits is given, both are this rule's own, and one left out is none."
            ),
        ]
        | None
    ) = None
    critical: Annotated[Limit, Meta(description="Critical from this value on.")] | None = None
    dead_band: (
        Annotated[
            Limit, Meta(description="The alarm ends when the value is this far on the good side; not of what lasts.")
        ]
        | None
    ) = None
    on_delay_s: Annotated[Seconds, Meta(description="As of the built-in rules.")] | None = None
    off_delay_s: Annotated[Seconds, Meta(description="As of the built-in rules.")] | None = None
    minimum_sample: (
        Annotated[int, Meta(ge=0, le=MOST_SAMPLES, description="Below so many cases the rule says nothing.")] | None
    ) = None
    latched: Annotated[bool, Meta(description="As of the built-in rules.")] | None = None
    in_force: Annotated[Periods, Meta(description="The hours in which it holds.")] = ()
    feeds: Annotated[
        Names, Meta(description="Only at these centres, by the id of their `[[feed]]`. Empty: at all.")
    ] = ()
    agencies: Annotated[Names, Meta(description="Only these agencies, or incidents that name one, by id.")] = ()
    categories: Annotated[Categories, Meta(description="Only incidents of these categories.")] = ()
    priorities: Annotated[Priorities, Meta(description="Only incidents of these priorities.")] = ()
    message: Annotated[
        Message,
        Meta(
            description="What the wall says; `{limit}` stands for the limit. A language that is left out is inherited.",
            extra={"common": True},
        ),
    ] = Message()


def ancestry(own: Sequence[OwnRule], rule: OwnRule) -> list[str]:
    """The names of what it inherits from, the nearest first; of a circle, until it closes."""
    by_name = {one.name: one for one in own}
    names: dict[str, None] = {}
    while rule.inherits is not None and rule.inherits not in names:
        names[rule.inherits] = None
        if rule.inherits not in by_name:
            break
        rule = by_name[rule.inherits]
    return list(names)


def metric_of(own: Sequence[OwnRule], rule: OwnRule) -> str | None:
    """None where it leads nowhere. The built-in rules are called as their metrics."""
    if rule.inherits is None:
        return rule.metric
    by_name = {one.name: one for one in own}
    last = ancestry(own, rule)[-1]
    root = by_name[last].metric if last in by_name else last
    return root if root in METRICS else None


def has_lineage(own: Sequence[OwnRule], built_in: Mapping[str, Rule], rule: OwnRule) -> bool:
    """Whether all that it comes from is there, up to a metric or a built-in rule."""
    if rule.inherits is None:
        return rule.metric is not None
    last = ancestry(own, rule)[-1]
    root = {one.name: one for one in own}.get(last)
    return last in built_in or (root is not None and root.inherits is None and root.metric is not None)


def made(own: Sequence[OwnRule], built_in: Mapping[str, Rule]) -> tuple[Rule, ...]:
    """In their order. `built_in` has the enabled and the others too: one that is off may be inherited from. Each rule
    `has_lineage`.
    """
    by_name = {one.name: one for one in own}
    rules: dict[str, Rule] = dict(built_in)

    def rule_of(one: OwnRule) -> Rule:
        return _changed(_on_metric(one) if one.inherits is None else rules[one.inherits], one)

    for one in own:
        line = [one]
        while (parent := line[-1].inherits) is not None and parent not in rules:
            line.append(by_name[parent])
        for each in reversed(line):
            rules[each.name] = rule_of(each)
    return tuple([rule_of(one) if one.enabled else _silent(rule_of(one)) for one in own])


def _silent(rule: Rule) -> Rule:
    """In its place, and without anything to say. What inherits from it has its limits all the same."""
    return replace(rule, levels=(Levels(None, None),), percentile=None)


def _on_metric(one: OwnRule) -> Rule:
    assert one.metric is not None  # or it inherits
    return Rule(
        name=one.name, metric_name=one.metric, levels=(Levels(None, None),), crossed=METRICS[one.metric].crossed
    )


def _changed(parent: Rule, one: OwnRule) -> Rule:
    limits = one.warning is not None or one.critical is not None
    replaces = parent.replaces | {parent.name} if one.inherits is not None else frozenset[str]()
    return replace(
        parent,
        name=one.name,
        replaces=replaces,
        levels=(Levels(one.warning, one.critical),) if limits else parent.levels,
        percentile=None if limits else parent.percentile,
        dead_band=_else(one.dead_band, parent.dead_band),
        on_delay_s=_else(one.on_delay_s, parent.on_delay_s),
        off_delay_s=_else(one.off_delay_s, parent.off_delay_s),
        minimum_sample=parent.minimum_sample if one.minimum_sample is None else one.minimum_sample,
        latched=parent.latched if one.latched is None else one.latched,
        in_force=in_force_of(one.in_force) or parent.in_force,
        feeds=_chosen(one.feeds) or parent.feeds,
        agencies=_chosen(one.agencies) or parent.agencies,
        categories=_chosen(one.categories) or parent.categories,
        priorities=frozenset(one.priorities) or parent.priorities,
        messages={**parent.messages, **messages_of(one.message)},
    )


def _else(own: float | None, inherited: float) -> float:
    return inherited if own is None else own


def _chosen(names: Iterable[str]) -> frozenset[str]:
    return frozenset(names)
