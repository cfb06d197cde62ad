"""The alarm rules' limits, as a centre may set them; the defaults are those of the rules' own sources.

A limit of None means that the rule has no such level. Durations are in seconds, shares are 0 to 1.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

LONGEST_S = 604_800
"""A week: no call, response or incident that a wall shows lasts longer."""

MOST_CALLS = 1_000
"""Far above the calls that any queue holds at a time."""

Seconds = Annotated[float, Meta(ge=0, le=LONGEST_S)]
Share = Annotated[float, Meta(ge=0, le=1)]
SecondsByPriority = tuple[Seconds, Seconds, Seconds, Seconds]
"""One duration for each priority, 1 (most urgent) to 4."""

Enabled = Annotated[bool, Meta(description="Whether the rule is watched at all.")]
OnDelay = Annotated[Seconds, Meta(description="The limit must be crossed for this long before the alarm is raised.")]


class DurationLimits(Struct, frozen=True, kw_only=True):
    """Something that lasts too long: a limit is crossed by lasting that long or longer."""

    enabled: Enabled = True
    warning_s: Annotated[Seconds, Meta(description="A warning from this duration on.")] | None
    critical_s: Annotated[Seconds, Meta(description="Critical from this duration on.")] | None


class PriorityDurationLimits(Struct, frozen=True, kw_only=True):
    """As DurationLimits, with a limit for each priority."""

    enabled: Enabled = True
    warning_s: (
        Annotated[SecondsByPriority, Meta(description="A warning from these durations on, for priority 1, 2, 3, 4.")]
        | None
    )
    critical_s: (
        Annotated[SecondsByPriority, Meta(description="Critical from these durations on, for priority 1, 2, 3, 4.")]
        | None
    )


class CountLimits(Struct, frozen=True, kw_only=True):
    """Too many at a time: a limit is crossed by that many or more."""

    enabled: Enabled = True
    warning: Annotated[int, Meta(ge=1, le=MOST_CALLS, description="A warning from this many on.")] | None
    critical: Annotated[int, Meta(ge=1, le=MOST_CALLS, description="Critical from this many on.")] | None


class ServiceLevelLimits(Struct, frozen=True, kw_only=True):
    """Too small a share answered in time: a limit is crossed below it."""

    enabled: Enabled = True
    warning: Annotated[Share, Meta(description="A warning below this share.")] | None
    critical: Annotated[Share, Meta(description="Critical below this share.")] | None
    on_delay_s: OnDelay
    dead_band: Annotated[Share, Meta(description="The alarm ends when the share is this far above the limit again.")]
    minimum_sample: Annotated[
        int, Meta(ge=1, le=10_000, description="With fewer calls than this in the hour the rule says nothing.")
    ]


class LoadLimits(Struct, frozen=True, kw_only=True):
    """Too large a share of the units busy: a limit is crossed at it or above."""

    enabled: Enabled = True
    warning: Annotated[Share, Meta(description="A warning from this share of busy units on.")] | None
    critical: Annotated[Share, Meta(description="Critical from this share of busy units on.")] | None
    on_delay_s: OnDelay
    dead_band: Annotated[Share, Meta(description="The alarm ends when the load is this far below the limit again.")]


class UsualLimits(Struct, frozen=True, kw_only=True):
    """More than chance explains: crossed above that percentile of what is usual for the hour. A warning only."""

    enabled: Enabled = True
    percentile: Annotated[
        float,
        Meta(ge=0.5, le=0.9999, description="A warning above this percentile (0.99: the 99th) of the usual count."),
    ]


class StaleLimits(Struct, frozen=True, kw_only=True):
    """Data too old: crossed above the limit. Critical never comes before the warning, however slow the polling."""

    enabled: Enabled = True
    warning_polls: (
        Annotated[float, Meta(ge=1, le=1_000, description="A warning when the data are older than this many polls.")]
        | None
    )
    critical_s: Annotated[Seconds, Meta(description="Critical when the data are older than this.")] | None


class Limits(Struct, frozen=True, kw_only=True):
    """Every rule's limits; a field's name is the rule's name."""

    call_waiting: Annotated[
        DurationLimits,
        Meta(
            description="A call waits for an answer. Source: NENA-STA-020, 90 % answered within 15 s, 95 % within 20 s."
        ),
    ] = DurationLimits(warning_s=15, critical_s=20)
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
        DurationLimits, Meta(description="A call has been answered and goes on. No standard sets these limits.")
    ] = DurationLimits(warning_s=300, critical_s=600)
    incident_unassigned: Annotated[
        PriorityDurationLimits,
        Meta(
            description="An incident has been reported and no unit is dispatched to it. Source: NFPA 1225, 60 s in 90 "
            "% of cases, for priority 1; the other priorities are given more time."
        ),
    ] = PriorityDurationLimits(warning_s=(60, 120, 300, 300), critical_s=(120, 240, 600, 600))
    response_time: Annotated[
        DurationLimits,
        Meta(
            description="A unit is dispatched and none has arrived, counted from the report. Source: Permendagri "
            "114/2018, 15 minutes; the warning comes 3 minutes earlier."
        ),
    ] = DurationLimits(warning_s=720, critical_s=900)
    incident_open: Annotated[
        DurationLimits,
        Meta(description="An incident stays open, counted from the report. No standard sets these limits."),
    ] = DurationLimits(warning_s=7_200, critical_s=10_800)
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
