"""How a centre works: call takers answer, agencies send their units, units come back. Everything planned comes in.

Nothing here is drawn by chance: plans hold what was drawn, so that a day unfolds the same however it is watched.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Sequence
from datetime import date
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from wallboard.core.entities import OPEN_STATUSES, CallTakerStatus, Category, Disposition, IncidentStatus, UnitStatus
from wallboard.demo.clock import MINUTE_S, local_instant, utc
from wallboard.demo.rows import Agency, Call, CallTaker, Incident, Unit
from wallboard.demo.world import World

BREAK_AFTER_S = 120 * MINUTE_S
BREAK_S = 20 * MINUTE_S
"""Each call taker of a shift in turn, the first two hours in: one at a time."""


class Location(Struct, frozen=True):
    address: str
    district: str
    latitude: float
    longitude: float


class Crew(Struct, frozen=True):
    """A unit and where it is stationed."""

    id: str
    agency_id: str
    name: str
    latitude: float
    longitude: float


class Shift(Struct, frozen=True):
    """`begins` is the local hour and minute; a shift lasts until the next begins. `takers` are (name, agency)."""

    begins: tuple[int, int]
    takers: tuple[tuple[str, str], ...]


class Run(Struct, frozen=True, kw_only=True):
    """One unit's part in an incident, in seconds; `transport_s` 0 where nobody is taken anywhere."""

    agency_id: str
    turnout_s: float
    travel_s: float
    on_scene_s: float
    transport_s: float
    return_s: float


class Report(Struct, frozen=True, kw_only=True):
    """An incident to be. `entry_s` counts from the answer, `dispatch_s` from the receipt of the call.

    `closes_at_s` is a fixed end of the work, for those that have one; `called_off` ends it before anybody arrives.
    """

    title: str
    category: Category
    priority: int
    agency_ids: tuple[str, ...]
    location: Location
    notes: str
    entry_s: float
    dispatch_s: float
    runs: tuple[Run, ...]
    called_off: bool = False
    closes_at_s: float | None = None


class PlannedCall(Struct, frozen=True, kw_only=True):
    """`patience_s` is set for a call that nobody answers: the caller gives up after that many seconds."""

    id: str
    received_s: float
    disposition: Disposition = Disposition.PENDING
    patience_s: float | None = None
    ring_s: float = 0.0
    talk_s: float = 0.0
    wrap_up_s: float = 0.0
    caller: str | None = None
    report: Report | None = None


class Operations:
    """The call takers, units and incidents of one centre, from a local midnight on."""

    def __init__(
        self, world: World, agencies: Sequence[Agency], crews: Sequence[Crew], shifts: Sequence[Shift]
    ) -> None:
        self._world = world
        self._shifts = shifts
        self._crews = {crew.id: crew for crew in crews}
        self._units = {
            crew.id: Unit(id=crew.id, agency_id=crew.agency_id, name=crew.name, status=UnitStatus.AVAILABLE)
            for crew in crews
        }
        self._takers: dict[str, CallTaker] = {}
        self._on_duty: set[str] = set()
        self._idle: deque[str] = deque()
        self._ringing: deque[tuple[Call, PlannedCall]] = deque()
        self._wanting: list[tuple[_OpenIncident, Run]] = []
        for agency in agencies:
            world.put(agency)
        for unit in self._units.values():
            world.put(unit)
        for number, (shift_number, (name, agency_id)) in enumerate(
            ((number, taker) for number, shift in enumerate(shifts) for taker in shift.takers), start=1
        ):
            taker = CallTaker(id=f"op-{number}", name=name, status=CallTakerStatus.OFFLINE, agency_id=agency_id)
            self._takers[taker.id] = taker
            world.put(taker)
            # The shift that began last the evening before is on duty at midnight.
            if shift_number == len(shifts) - 1:
                self._begin_duty(taker.id)

    # Call takers

    def plan_shifts(self, day: date) -> None:
        for number, shift in enumerate(self._shifts):
            begins_s = local_instant(day, *shift.begins, self._world.zone)
            takers = self._takers_of(number)
            self._world.at(begins_s, partial(self._change_shift, takers))
            for turn, taker in enumerate(takers):
                self._world.at(begins_s + BREAK_AFTER_S + turn * BREAK_S, partial(self._begin_break, taker))

    def _takers_of(self, shift_number: int) -> list[str]:
        first = 1 + sum(len(shift.takers) for shift in self._shifts[:shift_number])
        return [f"op-{number}" for number in range(first, first + len(self._shifts[shift_number].takers))]

    def _change_shift(self, takers: list[str]) -> None:
        relieved = self._on_duty - set(takers)
        self._on_duty = set()
        for taker in takers:
            self._begin_duty(taker)
        for taker in sorted(relieved):
            if self._takers[taker].status in (CallTakerStatus.AVAILABLE, CallTakerStatus.ON_BREAK):
                self._free(taker)

    def _begin_duty(self, taker: str) -> None:
        self._on_duty.add(taker)
        if self._takers[taker].status == CallTakerStatus.OFFLINE:
            self._free(taker)

    def _begin_break(self, taker: str) -> None:
        if self._takers[taker].status == CallTakerStatus.AVAILABLE:
            self._idle.remove(taker)
            self._set_taker(taker, CallTakerStatus.ON_BREAK)
            self._world.after(BREAK_S, lambda: self._end_break(taker))

    def _end_break(self, taker: str) -> None:
        if self._takers[taker].status == CallTakerStatus.ON_BREAK:
            self._free(taker)

    def _free(self, taker: str) -> None:
        if taker in self._idle:
            self._idle.remove(taker)
        if taker not in self._on_duty:
            self._set_taker(taker, CallTakerStatus.OFFLINE)
        elif self._ringing:
            self._answer(taker, *self._ringing.popleft())
        else:
            self._idle.append(taker)
            self._set_taker(taker, CallTakerStatus.AVAILABLE)

    def _set_taker(self, taker: str, status: CallTakerStatus) -> None:
        self._takers[taker] = replace(self._takers[taker], status=status)
        self._world.put(self._takers[taker])

    # Calls

    def expect(self, plan: PlannedCall) -> None:
        self._world.at(plan.received_s, lambda: self._receive(plan))

    def _receive(self, plan: PlannedCall) -> None:
        call = Call(
            id=f"C-{plan.id}",
            received_at=utc(plan.received_s),
            disposition=Disposition.PENDING,
            caller=plan.caller,
        )
        self._world.put(call)
        if plan.patience_s is None:
            self._world.after(plan.ring_s, lambda: self._ready(call, plan))
        else:
            self._world.after(plan.patience_s, lambda: self._abandon(call))

    def _abandon(self, call: Call) -> None:
        self._world.put(replace(call, ended_at=utc(self._world.now_s)))

    def _ready(self, call: Call, plan: PlannedCall) -> None:
        """Rung for as long as planned; longer where nobody is free."""
        if self._idle:
            self._answer(self._idle.popleft(), call, plan)
        else:
            self._ringing.append((call, plan))

    def _answer(self, taker: str, call: Call, plan: PlannedCall) -> None:
        self._set_taker(taker, CallTakerStatus.ON_CALL)
        answered = replace(call, answered_at=utc(self._world.now_s), call_taker_id=taker)
        if plan.report is not None:
            with_incident = replace(answered, incident_id=f"I-{plan.id}")
            report = plan.report
            self._world.after(report.entry_s, lambda: self._enter(with_incident, report))
            self._world.after(plan.talk_s, lambda: self._hang_up(with_incident, plan))
        else:
            self._world.after(plan.talk_s, lambda: self._hang_up(answered, plan))
        self._world.put(answered)

    def _hang_up(self, call: Call, plan: PlannedCall) -> None:
        self._world.put(replace(call, ended_at=utc(self._world.now_s), disposition=plan.disposition))
        taker = call.call_taker_id
        assert taker is not None
        self._set_taker(taker, CallTakerStatus.WRAP_UP)
        self._world.after(plan.wrap_up_s, lambda: self._free(taker))

    # Incidents

    def _enter(self, call: Call, report: Report) -> None:
        self._world.put(call)
        assert call.incident_id is not None
        row = Incident(
            id=call.incident_id,
            number=call.incident_id.removeprefix("I-"),
            category=report.category,
            priority=report.priority,
            status=IncidentStatus.NEW,
            title=report.title,
            reported_at=call.received_at,
            agency_ids=report.agency_ids,
            address=report.location.address,
            district=report.location.district,
            latitude=report.location.latitude,
            longitude=report.location.longitude,
            notes=report.notes,
        )
        self._world.put(row)
        incident = _OpenIncident(row, report)
        due_s = max(self._world.now_s, call.received_at.timestamp() + report.dispatch_s)
        self._world.at(due_s, lambda: self._dispatch(incident))

    def _dispatch(self, incident: _OpenIncident) -> None:
        self._wanting.extend((incident, run) for run in incident.report.runs)
        self._wanting.sort(key=lambda wanted: (wanted[0].row.priority, wanted[0].row.reported_at))
        self._assign()

    def _assign(self) -> None:
        """Units to those that want one, the most urgent first, then the oldest. The rest waits until one is free."""
        unmet: list[tuple[_OpenIncident, Run]] = []
        for incident, run in self._wanting:
            if incident.row.closed_at is not None:
                continue
            unit = self._nearest(run.agency_id, incident.report.location)
            if unit is None:
                unmet.append((incident, run))
            else:
                self._send(unit, run, incident)
        self._wanting = unmet

    def _nearest(self, agency_id: str, location: Location) -> str | None:
        free = (
            unit.id
            for unit in self._units.values()
            if unit.agency_id == agency_id and unit.status == UnitStatus.AVAILABLE
        )

        def distance(unit: str) -> float:
            crew = self._crews[unit]
            return math.hypot(crew.latitude - location.latitude, crew.longitude - location.longitude)

        return min(free, key=distance, default=None)

    def _send(self, unit: str, run: Run, incident: _OpenIncident) -> None:
        incident.out.add(unit)
        if incident.row.dispatched_at is None:
            incident.row = replace(incident.row, dispatched_at=utc(self._world.now_s))
        self._step(unit, UnitStatus.DISPATCHED, incident)
        self._raise(incident, IncidentStatus.DISPATCHED)
        self._world.after(run.turnout_s, lambda: self._set_out(unit, run, incident))

    def _set_out(self, unit: str, run: Run, incident: _OpenIncident) -> None:
        self._step(unit, UnitStatus.EN_ROUTE, incident)
        self._raise(incident, IncidentStatus.EN_ROUTE)
        if incident.report.called_off:
            self._world.after(run.travel_s / 2, lambda: self._leave(unit, run, incident))
        else:
            self._world.after(run.travel_s, lambda: self._arrive(unit, run, incident))

    def _arrive(self, unit: str, run: Run, incident: _OpenIncident) -> None:
        now_s = self._world.now_s
        if incident.row.arrived_at is None:
            incident.row = replace(incident.row, arrived_at=utc(now_s))
        self._step(unit, UnitStatus.ON_SCENE, incident)
        self._raise(incident, IncidentStatus.ON_SCENE)
        leaves_s = incident.report.closes_at_s or now_s + run.on_scene_s
        follow_up = self._transport if run.transport_s else self._leave
        self._world.at(max(now_s, leaves_s), lambda: follow_up(unit, run, incident))

    def _transport(self, unit: str, run: Run, incident: _OpenIncident) -> None:
        self._step(unit, UnitStatus.TRANSPORTING, incident)
        self._world.after(run.transport_s, lambda: self._leave(unit, run, incident))

    def _leave(self, unit: str, run: Run, incident: _OpenIncident) -> None:
        self._step(unit, UnitStatus.RETURNING, None)
        self._world.after(run.return_s, lambda: self._back(unit))
        incident.out.discard(unit)
        if not incident.out:
            status = IncidentStatus.CANCELLED if incident.report.called_off else IncidentStatus.CLOSED
            incident.row = replace(incident.row, closed_at=utc(self._world.now_s), status=status)
            self._world.put(incident.row)

    def _back(self, unit: str) -> None:
        self._step(unit, UnitStatus.AVAILABLE, None)
        self._assign()

    def _step(self, unit: str, status: UnitStatus, incident: _OpenIncident | None) -> None:
        incident_id = None if incident is None else incident.row.id
        self._units[unit] = replace(self._units[unit], status=status, incident_id=incident_id)
        self._world.put(self._units[unit])

    def _raise(self, incident: _OpenIncident, status: IncidentStatus) -> None:
        """An incident is as far as the foremost of its units."""
        if OPEN_STATUSES.index(status) > OPEN_STATUSES.index(incident.row.status):
            incident.row = replace(incident.row, status=status)
        self._world.put(incident.row)

    def lay_up(self, units: Iterable[str]) -> None:
        """These out of service, as far as they are free, and those of the day before back."""
        laid_up = set(units)
        for unit in self._units.values():
            if unit.status == UnitStatus.OUT_OF_SERVICE and unit.id not in laid_up:
                self._step(unit.id, UnitStatus.AVAILABLE, None)
            elif unit.status == UnitStatus.AVAILABLE and unit.id in laid_up:
                self._step(unit.id, UnitStatus.OUT_OF_SERVICE, None)
        self._assign()


class _OpenIncident:
    """`out` holds the units that are on it."""

    def __init__(self, row: Incident, report: Report) -> None:
        self.row = row
        self.report = report
        self.out: set[str] = set()
