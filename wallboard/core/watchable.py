"""What a rule can watch: the metrics of docs/figures.md, each with its scope, its unit and its bad side."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from msgspec import Struct

from wallboard.core.alarms import Scope

Crossed = Literal["at_least", "above", "below"]
"""Which side of a limit is bad: the limit itself is bad with "at_least"."""


class Unit(StrEnum):
    SECONDS = "seconds"
    COUNT = "count"
    SHARE = "share"
    """0 to 1."""


class Metric(Struct, frozen=True):
    """`lasting`: it grows by itself from an instant on, so that only an instant need be told."""

    name: str
    scope: Scope
    unit: Unit
    crossed: Crossed = "at_least"
    lasting: bool = False
    sampled: bool = False
    """It comes with the number of cases that it is taken from."""
    over_time: bool = False
    """Over a period of the past, of which the history may tell more than was seen."""


METRICS = {
    metric.name: metric
    for metric in (
        Metric("call_waiting", Scope.CALL, Unit.SECONDS, lasting=True),
        Metric("call_talking", Scope.CALL, Unit.SECONDS, lasting=True),
        Metric("incident_unassigned", Scope.INCIDENT, Unit.SECONDS, lasting=True),
        Metric("response_time", Scope.INCIDENT, Unit.SECONDS, lasting=True),
        Metric("incident_open", Scope.INCIDENT, Unit.SECONDS, lasting=True),
        Metric("agency_load", Scope.AGENCY, Unit.SHARE),
        Metric("agency_busy", Scope.AGENCY, Unit.COUNT),
        Metric("agency_available", Scope.AGENCY, Unit.COUNT, "below"),
        Metric("agency_out", Scope.AGENCY, Unit.COUNT),
        Metric("agency_incidents", Scope.AGENCY, Unit.COUNT),
        Metric("agency_compliance", Scope.AGENCY, Unit.SHARE, "below", sampled=True, over_time=True),
        Metric("calls_waiting", Scope.CENTRE, Unit.COUNT),
        Metric("calls_talking", Scope.CENTRE, Unit.COUNT),
        Metric("calls_offered", Scope.CENTRE, Unit.COUNT, over_time=True),
        Metric("service_level", Scope.CENTRE, Unit.SHARE, "below", sampled=True, over_time=True),
        Metric("service_level_20", Scope.CENTRE, Unit.SHARE, "below", sampled=True, over_time=True),
        Metric("average_speed_of_answer", Scope.CENTRE, Unit.SECONDS, sampled=True, over_time=True),
        Metric("answer_p90", Scope.CENTRE, Unit.SECONDS, sampled=True, over_time=True),
        Metric("abandonment_rate", Scope.CENTRE, Unit.SHARE, sampled=True, over_time=True),
        Metric("calls_today", Scope.CENTRE, Unit.COUNT, over_time=True),
        Metric("verified_today", Scope.CENTRE, Unit.COUNT, over_time=True),
        Metric("answered_today", Scope.CENTRE, Unit.COUNT, over_time=True),
        Metric("abandoned_today", Scope.CENTRE, Unit.COUNT, over_time=True),
        Metric("information_today", Scope.CENTRE, Unit.COUNT, over_time=True),
        Metric("prank_today", Scope.CENTRE, Unit.COUNT, over_time=True),
        Metric("ghost_today", Scope.CENTRE, Unit.COUNT, over_time=True),
        Metric("duplicate_today", Scope.CENTRE, Unit.COUNT, over_time=True),
        Metric("test_today", Scope.CENTRE, Unit.COUNT, over_time=True),
        Metric("pending_today", Scope.CENTRE, Unit.COUNT, over_time=True),
        Metric("other_today", Scope.CENTRE, Unit.COUNT, over_time=True),
        Metric("verified_share", Scope.CENTRE, Unit.SHARE, "below", sampled=True, over_time=True),
        Metric("calls_per_hour", Scope.CENTRE, Unit.COUNT, "above", over_time=True),
        Metric("answered_per_hour", Scope.CENTRE, Unit.COUNT, over_time=True),
        Metric("abandoned_per_hour", Scope.CENTRE, Unit.COUNT, over_time=True),
        Metric("verified_per_hour", Scope.CENTRE, Unit.COUNT, over_time=True),
        Metric("active_incidents", Scope.CENTRE, Unit.COUNT),
        Metric("unassigned_incidents", Scope.CENTRE, Unit.COUNT),
        Metric("dispatched_today", Scope.CENTRE, Unit.COUNT, over_time=True),
        Metric("closed_today", Scope.CENTRE, Unit.COUNT, over_time=True),
        Metric("call_takers_on_duty", Scope.CENTRE, Unit.COUNT, "below"),
        Metric("call_takers_free", Scope.CENTRE, Unit.COUNT, "below"),
        Metric("occupancy", Scope.CENTRE, Unit.SHARE),
        Metric("data_stale", Scope.FEED, Unit.SECONDS, "above"),
    )
}


def _of(scope: Scope) -> tuple[str, ...]:
    return tuple([metric.name for metric in METRICS.values() if metric.scope is scope])


METRICS_OF_CALLS, METRICS_OF_INCIDENTS, METRICS_OF_AGENCIES, METRICS_OF_CENTRES = map(
    _of, (Scope.CALL, Scope.INCIDENT, Scope.AGENCY, Scope.CENTRE)
)
