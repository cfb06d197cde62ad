"""The scenario `storm`: a wall under stress. Ten times the calls of Bengkalis, lines jammed, and the field full.

2,000 incidents stay open, 150 conversations and 50 waiting calls stay on the lines: each that comes pushes the oldest
one on. Every second a unit moves, so no two snapshots are the same.
"""

from __future__ import annotations

from collections import deque
from itertools import count
from random import Random

from msgspec.structs import replace

from wallboard.core.entities import OPEN_STATUSES, CallTakerStatus, Disposition, IncidentStatus, UnitStatus
from wallboard.demo.bengkalis import report
from wallboard.demo.bengkalis_facts import (
    AGENCIES,
    CALLS_PER_HOUR,
    CREWS,
    NOT_VERIFIED,
    TALK_S,
    TRIAL_CALLS,
    TRIAL_VERIFIED,
)
from wallboard.demo.clock import HOUR_S, utc
from wallboard.demo.distributions import NO_ARRIVAL_SHARE, RING, TRAVEL, TURNOUT, hourly_poisson_instants
from wallboard.demo.rows import Call, CallTaker, Incident, Unit
from wallboard.demo.world import HISTORY_S, SNAPSHOT_REACH_S, World

OPEN_INCIDENTS = 2_000
WAITING, TALKING = 50, 150
TRAFFIC = 10
"""Times the calls of a usual day."""

CREWS_PER_CREW = 14
"""448 units: those of the neighbours, too."""

SPARE_TAKERS = 10
CALL_INTERVAL_S = round(HOUR_S / (TRAFFIC * CALLS_PER_HOUR))
INCIDENT_INTERVAL_S = round(CALL_INTERVAL_S * TRIAL_CALLS / TRIAL_VERIFIED)
OLDEST_INCIDENT_S = 20 * HOUR_S
ENDED_CALLS = int(SNAPSHOT_REACH_S / CALL_INTERVAL_S)
CLOSED_INCIDENTS = int(SNAPSHOT_REACH_S / INCIDENT_INTERVAL_S)
"""Those that have ended and are still told: after so long a storm, as many at its start as later."""

_ROUND = (
    UnitStatus.AVAILABLE,
    UnitStatus.DISPATCHED,
    UnitStatus.EN_ROUTE,
    UnitStatus.ON_SCENE,
    UnitStatus.TRANSPORTING,
    UnitStatus.RETURNING,
)


class Storm:
    """Takes a world whose clock has not begun to run; the storm has raged since long before.

    `incidents`, `waiting` and `talking` are the numbers that it keeps open.
    """

    def __init__(
        self,
        world: World,
        seed: int,
        *,
        incidents: int = OPEN_INCIDENTS,
        waiting: int = WAITING,
        talking: int = TALKING,
    ) -> None:
        self._world = world
        self._incidents, self._waiting_calls, self._talking_calls = incidents, waiting, talking
        self._lines_s = (waiting + talking) * CALL_INTERVAL_S
        """For so long has the oldest call that is still on the lines been there."""
        self._random = Random(f"storm {seed}")
        self._start_s = world.clock.start_s
        self._numbers = count(1)
        self._units: list[Unit] = []
        self._takers: deque[CallTaker] = deque()
        self._waiting: deque[Call] = deque()
        self._talking: deque[Call] = deque()
        self._open: deque[Incident] = deque()
        for agency in AGENCIES:
            world.put(agency)
        self._man()
        self._fill_history()
        self._fill_lines()
        self._fill_field()
        self._seconds = 0
        world.at(self._start_s + 1, self._second)

    def _man(self) -> None:
        for number in range(CREWS_PER_CREW):
            for crew in CREWS:
                status = self._random.choice(_ROUND)
                unit = Unit(
                    id=f"{crew.id}-{number}", agency_id=crew.agency_id, name=f"{crew.name} {number}", status=status
                )
                self._units.append(unit)
                self._world.put(unit)
        for number in range(1, self._talking_calls + SPARE_TAKERS + 1):
            taker = CallTaker(
                id=f"op-{number}",
                name=f"Operator {number}",
                status=CallTakerStatus.AVAILABLE,
                agency_id=AGENCIES[number % len(AGENCIES)].id,
            )
            self._takers.append(taker)
            self._world.put(taker)

    def _fill_history(self) -> None:
        """Calls that have ended, at the pace of the storm."""
        random = self._random
        lines_begin_s = self._start_s - self._lines_s - ENDED_CALLS * CALL_INTERVAL_S
        for received_s in _instants(random, self._start_s - HISTORY_S, lines_begin_s):
            answered_s = received_s + RING.draw(random)
            disposition = _disposition(random)
            ended_s = answered_s + random.uniform(*TALK_S[disposition])
            self._world.put(
                Call(
                    id=self._call_id(),
                    received_at=utc(received_s),
                    answered_at=utc(answered_s),
                    ended_at=utc(ended_s),
                    disposition=disposition,
                )
            )

    def _fill_lines(self) -> None:
        """The calls on the lines, and before them those that the snapshot still tells of though they have ended."""
        waiting = self._waiting_calls
        for age in range(ENDED_CALLS, 0, -1):
            ended_s = self._start_s - age * CALL_INTERVAL_S
            received_s = ended_s - self._lines_s
            self._world.put(
                Call(
                    id=self._call_id(),
                    received_at=utc(received_s),
                    answered_at=utc(received_s + waiting * CALL_INTERVAL_S),
                    ended_at=utc(ended_s),
                    disposition=_disposition(self._random),
                )
            )
        for age in range(waiting + self._talking_calls, waiting, -1):
            received_s = self._start_s - age * CALL_INTERVAL_S
            call = Call(id=self._call_id(), received_at=utc(received_s), disposition=Disposition.PENDING)
            self._answer(call, min(self._start_s, received_s + waiting * CALL_INTERVAL_S))
        for age in range(waiting, 0, -1):
            self._receive(self._start_s - age * CALL_INTERVAL_S)

    def _fill_field(self) -> None:
        """The open incidents, and those that the snapshot still tells of though they have been closed."""
        closed_s = [self._start_s - age * INCIDENT_INTERVAL_S for age in range(CLOSED_INCIDENTS, 0, -1)]
        for instant_s in closed_s:
            self._report(instant_s - OLDEST_INCIDENT_S)
        ages = sorted((self._random.uniform(0, OLDEST_INCIDENT_S) for _ in range(self._incidents)), reverse=True)
        for age_s in ages:
            self._report(self._start_s - age_s)
        for instant_s in closed_s:
            self._close_oldest(instant_s)

    def _second(self) -> None:
        self._seconds += 1
        now_s = self._start_s + self._seconds
        self._world.at(now_s + 1, self._second)
        self._move(self._seconds % len(self._units))
        self._progress(self._random.randrange(len(self._open)), now_s)
        if self._seconds % CALL_INTERVAL_S == 0:
            self._hang_up(now_s)
            self._answer(self._waiting.popleft(), now_s)
            self._receive(now_s)
        if self._seconds % INCIDENT_INTERVAL_S == 0:
            self._close_oldest(now_s)
            self._report(now_s)

    def _call_id(self) -> str:
        return f"S-{next(self._numbers)}"

    def _receive(self, received_s: float) -> None:
        call = Call(id=self._call_id(), received_at=utc(received_s), disposition=Disposition.PENDING)
        self._waiting.append(call)
        self._world.put(call)

    def _answer(self, call: Call, answered_s: float) -> None:
        taker = replace(self._takers.popleft(), status=CallTakerStatus.ON_CALL)
        self._world.put(taker)
        self._takers.append(taker)
        answered = replace(call, answered_at=utc(answered_s), call_taker_id=taker.id)
        self._talking.append(answered)
        self._world.put(answered)

    def _hang_up(self, now_s: float) -> None:
        call = self._talking.popleft()
        self._world.put(replace(call, ended_at=utc(now_s), disposition=_disposition(self._random)))
        for index, taker in enumerate(self._takers):
            if taker.id == call.call_taker_id:
                del self._takers[index]
                free = replace(taker, status=CallTakerStatus.AVAILABLE)
                self._takers.appendleft(free)
                self._world.put(free)
                break

    def _report(self, reported_s: float) -> None:
        """An incident as far along as its age lets it be."""
        random = self._random
        number = next(self._numbers)
        plan = report(random)
        age_s = self._start_s - reported_s
        steps = [plan.dispatch_s, TURNOUT.draw(random), TRAVEL.draw(random)]
        reached = 0
        at_s = 0.0
        for step_s in steps:
            at_s += step_s
            if at_s > age_s:
                break
            reached += 1
        dispatched_s = reported_s + plan.dispatch_s
        arrived_s = dispatched_s + steps[1] + steps[2]
        never_arrives = random.random() < NO_ARRIVAL_SHARE
        if never_arrives:
            reached = min(reached, OPEN_STATUSES.index(IncidentStatus.EN_ROUTE))
        incident = Incident(
            id=f"SI-{number}",
            number=f"S{number:05d}",
            category=plan.category,
            priority=plan.priority,
            status=OPEN_STATUSES[reached],
            title=plan.title,
            reported_at=utc(reported_s),
            agency_ids=plan.agency_ids,
            address=plan.location.address,
            district=plan.location.district,
            latitude=plan.location.latitude,
            longitude=plan.location.longitude,
            dispatched_at=utc(dispatched_s) if reached >= 1 else None,
            arrived_at=utc(arrived_s) if reached >= 3 else None,
        )
        self._open.append(incident)
        self._world.put(incident)

    def _close_oldest(self, now_s: float) -> None:
        oldest = self._open.popleft()
        self._world.put(replace(oldest, status=IncidentStatus.CLOSED, closed_at=utc(now_s)))

    def _move(self, index: int) -> None:
        unit = self._units[index]
        status = _ROUND[(_ROUND.index(unit.status) + 1) % len(_ROUND)]
        self._units[index] = replace(unit, status=status)
        self._world.put(self._units[index])

    def _progress(self, index: int, now_s: float) -> None:
        incident = self._open[index]
        step = OPEN_STATUSES.index(incident.status)
        if step + 1 == len(OPEN_STATUSES):
            return
        status = OPEN_STATUSES[step + 1]
        self._open[index] = replace(
            incident,
            status=status,
            dispatched_at=incident.dispatched_at or utc(now_s),
            arrived_at=utc(now_s) if status is IncidentStatus.ON_SCENE else None,
        )
        self._world.put(self._open[index])


def _instants(random: Random, from_s: float, to_s: float) -> list[float]:
    """Calls at ten times the usual rate, by hour of the day."""
    per_hour = TRAFFIC * CALLS_PER_HOUR
    instants = []
    day_s = 24 * HOUR_S
    # The agenda's day begins at midnight UTC+7; an hour more or less of the profile makes no storm a calm.
    midnight_s = from_s - (from_s + 7 * HOUR_S) % day_s
    while midnight_s < to_s:
        instants += [midnight_s + second for second in hourly_poisson_instants(random, per_hour)]
        midnight_s += day_s
    return [instant for instant in instants if from_s <= instant < to_s]


def _disposition(random: Random) -> Disposition:
    if random.random() < TRIAL_VERIFIED / TRIAL_CALLS:
        return Disposition.VERIFIED
    (disposition,) = random.choices(tuple(NOT_VERIFIED), tuple(NOT_VERIFIED.values()))
    return disposition
