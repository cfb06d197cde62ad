"""The alarm rules: which conditions to watch for a call, an incident, an agency, the centre and the feed.

Each function names every subject it is responsible for, with None where there is nothing to watch any more, so that a
row that changed or left can simply be told again. Limits and their sources: core.limits.
"""

from __future__ import annotations

from collections.abc import Iterator

from wallboard.core.alarms import Condition, Lasting, Measured, Scope, Subject
from wallboard.core.entities import Call, Incident
from wallboard.core.limits import Limits
from wallboard.core.metrics import EstimatedShare
from wallboard.core.usual import poisson_quantile

Conditions = Iterator[tuple[Subject, Condition | None]]


def call_conditions(limits: Limits, call: Call, *, present: bool = True) -> Conditions:
    rule = limits.call_waiting
    waits = present and rule.enabled and call.waiting
    yield (
        Subject("call_waiting", Scope.CALL, call.id),
        Lasting(call.received_at, rule.warning_s, rule.critical_s) if waits else None,
    )
    rule = limits.call_talking
    talks = present and rule.enabled and call.talking
    yield (
        Subject("call_talking", Scope.CALL, call.id),
        Lasting(call.answered_at, rule.warning_s, rule.critical_s) if talks and call.answered_at else None,
    )


def incident_conditions(limits: Limits, incident: Incident, *, present: bool = True) -> Conditions:
    active = present and incident.active
    unassigned = limits.incident_unassigned
    yield (
        Subject("incident_unassigned", Scope.INCIDENT, incident.id),
        Lasting(
            incident.reported_at,
            unassigned.warning_s[incident.priority - 1] if unassigned.warning_s else None,
            unassigned.critical_s[incident.priority - 1] if unassigned.critical_s else None,
        )
        if active and incident.dispatched_at is None and unassigned.enabled
        else None,
    )
    response = limits.response_time
    under_way = active and incident.dispatched_at is not None and incident.arrived_at is None
    yield (
        Subject("response_time", Scope.INCIDENT, incident.id),
        Lasting(incident.reported_at, response.warning_s, response.critical_s)
        if under_way and response.enabled
        else None,
    )
    open_ = limits.incident_open
    yield (
        Subject("incident_open", Scope.INCIDENT, incident.id),
        Lasting(incident.reported_at, open_.warning_s, open_.critical_s) if active and open_.enabled else None,
    )


def agency_conditions(limits: Limits, agency_id: str, load: float | None) -> Conditions:
    rule = limits.agency_load
    yield (
        Subject("agency_load", Scope.AGENCY, agency_id),
        Measured(load, rule.warning, rule.critical, on_delay_s=rule.on_delay_s, dead_band=rule.dead_band)
        if rule.enabled
        else None,
    )


def centre_conditions(
    limits: Limits,
    centre_id: str,
    *,
    waiting: int | None,
    service_level: EstimatedShare | None,
    hour: tuple[int, float] | None,
) -> Conditions:
    """`hour` is the running hour's calls and the number usual for as much of the hour as has passed. None is unknown,
    and crosses no limit.
    """
    queue = limits.calls_waiting
    yield (
        Subject("calls_waiting", Scope.CENTRE, centre_id),
        Measured(waiting, queue.warning, queue.critical) if queue.enabled else None,
    )
    level = limits.service_level
    sampled = service_level.value if service_level and service_level.n >= level.minimum_sample else None
    yield (
        Subject("service_level", Scope.CENTRE, centre_id),
        Measured(
            sampled, level.warning, level.critical, "below", on_delay_s=level.on_delay_s, dead_band=level.dead_band
        )
        if level.enabled
        else None,
    )
    count = limits.calls_per_hour
    yield (
        Subject("calls_per_hour", Scope.CENTRE, centre_id),
        Measured(hour[0], poisson_quantile(hour[1], count.percentile), None, "above")
        if count.enabled and hour is not None
        else None,
    )


def feed_conditions(limits: Limits, feed_id: str, age_s: float | None, poll_interval_s: float) -> Conditions:
    rule = limits.data_stale
    warning_s = rule.warning_polls * poll_interval_s if rule.warning_polls is not None else None
    critical_s = rule.critical_s
    if warning_s is not None and critical_s is not None:
        critical_s = max(warning_s, critical_s)
    yield (
        Subject("data_stale", Scope.FEED, feed_id),
        Measured(age_s, warning_s, critical_s, "above") if rule.enabled else None,
    )
