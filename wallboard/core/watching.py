"""Tells the alarm book what there is to watch: calls, incidents, agencies, the centre's figures, the data's age.

Each function tells every metric that it is responsible for, ended where there is nothing to watch any more, so that a
row that changed or left can simply be told again.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import TYPE_CHECKING

from wallboard.core.alarmbook import AlarmBook
from wallboard.core.crossing import Reading
from wallboard.core.entities import ARRIVED, CLOSED, DISPATCHED, OTHER, Call, Disposition, Incident
from wallboard.core.hours import UNSEEN, Hour
from wallboard.core.metrics import Share
from wallboard.core.rules import Traits
from wallboard.core.watchable import METRICS_OF_AGENCIES, METRICS_OF_CALLS, METRICS_OF_CENTRES, METRICS_OF_INCIDENTS

if TYPE_CHECKING:
    from wallboard.core.situation import AgencyFigures, CallFigures, IncidentFigures, Kpis

UNKNOWN = Reading(None)

COUNTED = (*[disposition.value for disposition in Disposition], OTHER)
"""What calls turn out to be, each with a metric of the day."""


def watch_call(book: AlarmBook, call: Call, *, known: bool = True) -> None:
    """`known` is whether the source tells who waits and who talks."""
    book.last("call_waiting", call.id, call.received_at if known and call.waiting else None)
    book.last("call_talking", call.id, call.answered_at if known and call.talking else None)


def watch_incident(book: AlarmBook, incident: Incident, untold: Container[str] = ()) -> None:
    """`untold` as in a snapshot: of a source that tells no dispatch, no incident is known to be without one, and of one
    that does not tell what is over, none is known to last.
    """
    traits = Traits(incident.priority, incident.category, incident.agency_ids)
    reported, active = incident.reported_at, incident.active
    assigned, arrived = incident.dispatched_at is not None, incident.arrived_at is not None
    unassigned = active and not assigned and DISPATCHED not in untold
    under_way = active and assigned and not arrived and ARRIVED not in untold
    book.last("incident_unassigned", incident.id, reported if unassigned else None, traits)
    book.last("response_time", incident.id, reported if under_way else None, traits)
    book.last("incident_open", incident.id, reported if active and CLOSED not in untold else None, traits)


def forget_call(book: AlarmBook, key: str) -> None:
    for metric in METRICS_OF_CALLS:
        book.last(metric, key, None)


def forget_incident(book: AlarmBook, key: str) -> None:
    for metric in METRICS_OF_INCIDENTS:
        book.last(metric, key, None)


def watch_agency(book: AlarmBook, agency: AgencyFigures, *, partial: bool) -> None:
    """`partial`: the responses of 24 hours have not been seen whole."""
    load, traits = agency.load, Traits(agencies=(agency.id,))
    readings = {
        "agency_load": Reading(load.load if load else None),
        "agency_busy": Reading(load.busy if load else None),
        "agency_available": Reading(load.available if load else None),
        "agency_out": Reading(load.out if load else None),
        "agency_incidents": Reading(agency.incidents),
        "agency_compliance": _sampled(agency.compliance, partial=partial),
    }
    for metric, reading in readings.items():
        book.measure(metric, agency.id, reading, traits)


def forget_agency(book: AlarmBook, key: str) -> None:
    for metric in METRICS_OF_AGENCIES:
        book.measure(metric, key, None)


def forget_centre(book: AlarmBook, key: str) -> None:
    for metric in METRICS_OF_CENTRES:
        book.measure(metric, key, None)


def watch_centre(book: AlarmBook, key: str, kpis: Kpis, hour: Hour | None, usual: float | None) -> None:
    """`hour` is the running one, `usual` the number of calls that is usual for as much of it as has passed."""
    since = kpis.calls.today.since if kpis.calls else None
    partial = hour is not None and since is not None and since > hour.start
    count = hour.count if hour is not None else UNSEEN
    book.measure("calls_per_hour", key, Reading(count.total, usual=usual, partial=partial))
    book.measure("answered_per_hour", key, Reading(count.answered, partial=partial))
    book.measure("abandoned_per_hour", key, Reading(count.abandoned, partial=partial))
    book.measure("verified_per_hour", key, Reading(count.verified, partial=partial))
    for metric, reading in (*_of_calls(kpis.calls), *_of_incidents(kpis.incidents), *_of_staffing(kpis)):
        book.measure(metric, key, reading)


def _of_calls(calls: CallFigures | None) -> Iterator[tuple[str, Reading]]:
    answering, today = (calls.answering, calls.today) if calls else (None, None)
    yield "calls_waiting", Reading(calls.waiting if calls else None)
    yield "calls_talking", Reading(calls.talking if calls else None)
    yield "calls_offered", Reading(answering.offered if answering else None)
    yield "service_level", _sampled(answering.service_level_15 if answering else None)
    yield "service_level_20", _sampled(answering.service_level_20 if answering else None)
    yield (
        "average_speed_of_answer",
        Reading(answering.average_speed_of_answer_s, answering.offered) if answering else UNKNOWN,
    )
    yield "answer_p90", Reading(answering.answer_p90_s, answering.offered) if answering else UNKNOWN
    yield "abandonment_rate", _sampled(answering.abandonment_rate if answering else None)
    partial = today is not None and today.since is not None
    yield "calls_today", Reading(today.received if today else None, partial=partial)
    yield "answered_today", Reading(today.answered if today else None, partial=partial)
    yield "abandoned_today", Reading(today.abandoned if today else None, partial=partial)
    for disposition in COUNTED:
        yield f"{disposition}_today", Reading(today.dispositions[disposition] if today else None, partial=partial)
    yield "verified_share", _sampled(today.verified_share if today else None, partial=partial)


def _of_incidents(incidents: IncidentFigures | None) -> Iterator[tuple[str, Reading]]:
    yield "active_incidents", Reading(incidents.active if incidents else None)
    yield "unassigned_incidents", Reading(incidents.unassigned if incidents else None)
    today = incidents.today if incidents else None
    partial = today is not None and today.since is not None
    yield "dispatched_today", Reading(today.dispatched if today else None, partial=partial)
    partial = today is not None and today.closed_since is not None
    yield "closed_today", Reading(today.closed if today else None, partial=partial)


def _of_staffing(kpis: Kpis) -> Iterator[tuple[str, Reading]]:
    staffing = kpis.staffing
    yield "call_takers_on_duty", Reading(staffing.on_duty if staffing else None)
    yield "call_takers_free", Reading(staffing.free if staffing else None)
    yield "occupancy", Reading(staffing.occupancy if staffing else None, staffing.on_duty if staffing else None)


def _sampled(share: Share | None, *, partial: bool = False) -> Reading:
    return Reading(share.value, share.n, partial=partial) if share is not None else UNKNOWN
