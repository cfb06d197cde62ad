"""The built-in alarm rules, as a centre may set them; the defaults are those of their own sources.

A limit of None means that the rule has no such level. Durations are in seconds, shares 0 to 1. What the book applies is
made of them by `Limits.rules`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time
from typing import Annotated

from msgspec import Meta, Struct, field

from wallboard.core.entities import PRIORITIES, Category
from wallboard.core.rules import Levels, Period, Rule
from wallboard.core.watchable import METRICS

LONGEST_S = 604_800
"""A week: no call, response or incident that a wall shows lasts longer."""

MOST_PERIODS = 14
"""Two for each day of the week."""

MOST_CHOICES = 50
"""Of agencies, or of categories, that a rule is narrowed to: more than any centre has."""

MOST_CALLS = 1_000
"""Far above the calls that any queue holds at a time."""

Seconds = Annotated[float, Meta(ge=0, le=LONGEST_S)]
Share = Annotated[float, Meta(ge=0, le=1)]
SecondsByPriority = tuple[Seconds, Seconds, Seconds, Seconds]
"""One duration for each priority, 1 (most urgent) to 4."""

LONGEST_MESSAGE = 120
"""Characters: a banner at a reading distance has room for half of them."""

EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)

OnDelay = Annotated[Seconds, Meta(description="The limit must be crossed for this long before the alarm is raised.")]
WarningAfter = Annotated[Seconds, Meta(description="A warning from this duration on.")]
CriticalAfter = Annotated[Seconds, Meta(description="Critical from this duration on.")]
Names = Annotated[tuple[Annotated[str, Meta(min_length=1, max_length=200)], ...], Meta(max_length=MOST_CHOICES)]
Categories = Annotated[
    tuple[Category, ...], Meta(max_length=MOST_CHOICES, extra={"allowed": f"some of {', '.join(Category)}"})
]
Priorities = Annotated[
    tuple[Annotated[int, Meta(ge=PRIORITIES[0], le=PRIORITIES[-1])], ...],
    Meta(max_length=len(PRIORITIES), extra={"allowed": f"some of {', '.join(map(str, PRIORITIES))}"}),
]


class InForce(Struct, frozen=True, kw_only=True):
    """Hours of some days, by the centre's local time; from 22:00 to 06:00 spans midnight."""

    days: Annotated[
        tuple[Annotated[int, Meta(ge=1, le=7)], ...],
        Meta(
            min_length=1,
            max_length=7,
            description="The days on which the hours begin: 1 is Monday, 7 is Sunday.",
            extra={"allowed": "1 to 7 whole numbers from 1 to 7"},
        ),
    ] = EVERY_DAY
    begins: Annotated[time, Meta(description="When it begins.")] = field(name="from", default=time(0, 0))
    ends: Annotated[time, Meta(description="When it ends. The same time as `from` is a whole day later.")] = field(
        name="to", default=time(0, 0)
    )


Periods = Annotated[
    tuple[InForce, ...],
    Meta(max_length=MOST_PERIODS, extra={"allowed": f"at most {MOST_PERIODS} tables", "common": True}),
]


class Message(Struct, frozen=True, kw_only=True):
    """What the wall says in place of the rule's own words."""

    id: Annotated[str, Meta(max_length=LONGEST_MESSAGE, description="In Indonesian; empty: the rule's own words.")] = ""
    en: Annotated[str, Meta(max_length=LONGEST_MESSAGE, description="In English; empty: the rule's own words.")] = ""


class Options(Struct, frozen=True, kw_only=True):
    """What every rule can be told."""

    enabled: Annotated[bool, Meta(description="Whether the rule is watched at all.")] = True
    on_delay_s: OnDelay = 0.0
    off_delay_s: Annotated[
        Seconds, Meta(description="The alarm stays for this long after the value is good again.")
    ] = 0.0
    latched: Annotated[
        bool, Meta(description="An alarm that is over stays on the wall until somebody has acknowledged it.")
    ] = False
    in_force: Annotated[
        Periods,
        Meta(description="The hours in which a rule holds; any rule may have them. Without any, it always does."),
    ] = ()
    message: Annotated[
        Message,
        Meta(
            description="What the wall says in place of a rule's own words; any rule may have it.",
            extra={"common": True},
        ),
    ] = Message()


class CallLimits(Options, frozen=True, kw_only=True):
    """A call that lasts too long: a limit is crossed by lasting that long or longer."""

    warning_s: WarningAfter | None
    critical_s: CriticalAfter | None


class Chosen(Options, frozen=True, kw_only=True):
    """A rule about incidents, and about which."""

    agencies: Annotated[
        Names, Meta(description="Only incidents that name one of these agencies, by id. Empty: all.")
    ] = ()
    categories: Annotated[Categories, Meta(description="Only incidents of these categories. Empty: all.")] = ()
    priorities: Annotated[Priorities, Meta(description="Only incidents of these priorities. Empty: all.")] = ()


class IncidentLimits(Chosen, frozen=True, kw_only=True):
    """An incident that takes too long: a limit is crossed by lasting that long or longer."""

    warning_s: WarningAfter | None
    critical_s: CriticalAfter | None


class PriorityIncidentLimits(Chosen, frozen=True, kw_only=True):
    """As IncidentLimits, with a limit for each priority."""

    warning_s: (
        Annotated[SecondsByPriority, Meta(description="A warning from these durations on, for priority 1, 2, 3, 4.")]
        | None
    )
    critical_s: (
        Annotated[SecondsByPriority, Meta(description="Critical from these durations on, for priority 1, 2, 3, 4.")]
        | None
    )


class CountLimits(Options, frozen=True, kw_only=True):
    """Too many at a time: a limit is crossed by that many or more."""

    warning: Annotated[int, Meta(ge=1, le=MOST_CALLS, description="A warning from this many on.")] | None
    critical: Annotated[int, Meta(ge=1, le=MOST_CALLS, description="Critical from this many on.")] | None


class ServiceLevelLimits(Options, frozen=True, kw_only=True):
    """Too small a share answered in time: a limit is crossed below it."""

    warning: Annotated[Share, Meta(description="A warning below this share.")] | None
    critical: Annotated[Share, Meta(description="Critical below this share.")] | None
    dead_band: Annotated[Share, Meta(description="The alarm ends when the share is this far above the limit again.")]
    minimum_sample: Annotated[
        int, Meta(ge=1, le=10_000, description="With fewer calls than this in the hour the rule says nothing.")
    ]


class LoadLimits(Options, frozen=True, kw_only=True):
    """Too large a share of the units busy: a limit is crossed at it or above."""

    warning: Annotated[Share, Meta(description="A warning from this share of busy units on.")] | None
    critical: Annotated[Share, Meta(description="Critical from this share of busy units on.")] | None
    dead_band: Annotated[Share, Meta(description="The alarm ends when the load is this far below the limit again.")]
    agencies: Annotated[Names, Meta(description="Only these agencies, by id. Empty: all.")] = ()


class UsualLimits(Options, frozen=True, kw_only=True):
    """More than chance explains: crossed above that percentile of what is usual for the hour. A warning only."""

    percentile: Annotated[
        float,
        Meta(ge=0.5, le=0.9999, description="A warning above this percentile (0.99: the 99th) of the usual count."),
    ]


class StaleLimits(Options, frozen=True, kw_only=True):
    """Data too old: crossed above the limit. Critical never comes before the warning, however slow the polling."""

    warning_polls: (
        Annotated[float, Meta(ge=1, le=1_000, description="A warning when the data are older than this many polls.")]
        | None
    )
    critical_s: Annotated[Seconds, Meta(description="Critical when the data are older than this.")] | None


class Limits(Struct, frozen=True, kw_only=True):
    """Every rule's limits; a field's name is the rule's name."""

    call_waiting: Annotated[
        CallLimits,
        Meta(
            description="A call waits for an answer. Source: NENA-STA-020, 90 % answered within 15 s, 95 % within 20 s."
        ),
    ] = CallLimits(warning_s=15, critical_s=20)
    calls_waiting: Annotated[
        CountLimits, Meta(description="Calls wait for an answer at the same time. No standard sets these limits.")
    ] = CountLimits(warning=3, critical=5)
    service_level: Annotated[
        ServiceLevelLimits,
        Meta(
            description="The share of the last hour's calls that was answered within 15 s. Source: NENA-STA-020, 90 %."
        ),
    ] = ServiceLevelLimits(warning=0.90, critical=0.80, on_delay_s=60, dead_band=0.02, minimum_sample=20)
    call_talking: Annotated[
        CallLimits, Meta(description="A call has been answered and goes on. No standard sets these limits.")
    ] = CallLimits(warning_s=300, critical_s=600)
    incident_unassigned: Annotated[
        PriorityIncidentLimits,
        Meta(
            description="An incident has been reported and no unit is dispatched to it. Source: NFPA 1225, 60 s in 90 "
            "% of cases, for priority 1; the other priorities are given more time."
        ),
    ] = PriorityIncidentLimits(warning_s=(60, 120, 300, 300), critical_s=(120, 240, 600, 600))
    response_time: Annotated[
        IncidentLimits,
        Meta(
            description="A unit is dispatched and none has arrived, counted from the report. Source: Permendagri "
            "114/2018, 15 minutes; the warning comes 3 minutes earlier."
        ),
    ] = IncidentLimits(warning_s=720, critical_s=900)
    incident_open: Annotated[
        IncidentLimits,
        Meta(description="An incident stays open, counted from the report. No standard sets these limits."),
    ] = IncidentLimits(warning_s=7_200, critical_s=10_800)
    agency_load: Annotated[
        LoadLimits,
        Meta(description="The share of an agency's units in service that is busy. No standard sets these limits."),
    ] = LoadLimits(warning=0.80, critical=1.0, on_delay_s=60, dead_band=0.10)
    calls_per_hour: Annotated[
        UsualLimits,
        Meta(
            description="More calls in the running hour than chance explains: a Poisson control limit on "
            "usual.calls_per_hour, without which the rule says nothing."
        ),
    ] = UsualLimits(percentile=0.99)
    data_stale: Annotated[
        StaleLimits,
        Meta(
            description="No good poll for too long. One lost poll is chance, three in a row are not. Critical never "
            "comes before the warning, however slow the polling."
        ),
    ] = StaleLimits(warning_polls=3, critical_s=60)

    def rules(self, poll_interval_s: float) -> tuple[Rule, ...]:
        """Those that are enabled."""
        return tuple([rule for rule in self.every_rule(poll_interval_s) if getattr(self, rule.name).enabled])

    def every_rule(self, poll_interval_s: float) -> tuple[Rule, ...]:
        """Those that are not enabled too."""
        return (
            _made("call_waiting", self.call_waiting, _seconds(self.call_waiting)),
            _made("calls_waiting", self.calls_waiting, _levels(self.calls_waiting)),
            _made("service_level", self.service_level, _levels(self.service_level)),
            _made("call_talking", self.call_talking, _seconds(self.call_talking)),
            _made("incident_unassigned", self.incident_unassigned, *_seconds_by_priority(self.incident_unassigned)),
            _made("response_time", self.response_time, _seconds(self.response_time)),
            _made("incident_open", self.incident_open, _seconds(self.incident_open)),
            _made("agency_load", self.agency_load, _levels(self.agency_load)),
            _made("calls_per_hour", self.calls_per_hour, Levels(None, None)),
            _made("data_stale", self.data_stale, _stale(self.data_stale, poll_interval_s)),
        )


def _made(name: str, options: Options, *levels: Levels) -> Rule:
    chosen = options if isinstance(options, Chosen) else Chosen()
    agencies = options.agencies if isinstance(options, LoadLimits) else chosen.agencies
    return Rule(
        name=name,
        metric_name=name,
        levels=levels,
        crossed=METRICS[name].crossed,
        dead_band=options.dead_band if isinstance(options, ServiceLevelLimits | LoadLimits) else 0.0,
        on_delay_s=options.on_delay_s,
        off_delay_s=options.off_delay_s,
        minimum_sample=options.minimum_sample if isinstance(options, ServiceLevelLimits) else 0,
        percentile=options.percentile if isinstance(options, UsualLimits) else None,
        in_force=in_force_of(options.in_force),
        agencies=frozenset(agencies) or None,
        categories=frozenset(chosen.categories) or None,
        priorities=frozenset(chosen.priorities) or None,
        latched=options.latched,
        messages=messages_of(options.message),
    )


def in_force_of(periods: Sequence[InForce]) -> tuple[Period, ...]:
    return tuple([Period(frozenset(each.days), each.begins, each.ends) for each in periods])


def messages_of(message: Message) -> dict[str, str]:
    """By language; without those that are empty."""
    return {language: text for language, text in (("id", message.id), ("en", message.en)) if text}


def _seconds(options: CallLimits | IncidentLimits) -> Levels:
    return Levels(options.warning_s, options.critical_s)


def _seconds_by_priority(options: PriorityIncidentLimits) -> tuple[Levels, ...]:
    none = (None,) * len(PRIORITIES)
    pairs = zip(options.warning_s or none, options.critical_s or none, strict=True)
    return tuple([Levels(warning, critical) for warning, critical in pairs])


def _levels(options: CountLimits | ServiceLevelLimits | LoadLimits) -> Levels:
    return Levels(options.warning, options.critical)


def _stale(options: StaleLimits, poll_interval_s: float) -> Levels:
    warning_s = None if options.warning_polls is None else options.warning_polls * poll_interval_s
    critical_s = options.critical_s
    if warning_s is not None and critical_s is not None:
        critical_s = max(warning_s, critical_s)
    return Levels(warning_s, critical_s)
