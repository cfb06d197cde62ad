"""The scenario `bengkalis`: the kabupaten's centre round the clock, each local day drawn from the seed and its date."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from random import Random
from zoneinfo import ZoneInfo

from wallboard.core.entities import Category, Disposition
from wallboard.demo.bengkalis_facts import (
    ABANDONED_SHARE,
    AGENCIES,
    BPBD,
    CALLS_PER_DAY,
    CENTRE,
    CREWS,
    DINKES,
    DISTRICT_WEIGHTS,
    DISTRICTS,
    ENTRY_S,
    JITTER_DEGREES,
    KIND_WEIGHTS,
    KINDS,
    NOT_VERIFIED,
    PATIENCE_S,
    RETURN_S,
    SATPOL_PP,
    SHIFTS,
    TALK_S,
    TRANSPORT_S,
    TRIAL_CALLS,
    TRIAL_VERIFIED,
    WRAP_UP_S,
    District,
)
from wallboard.demo.clock import HOUR_S, local_date, local_instant
from wallboard.demo.distributions import (
    NO_ARRIVAL_SHARE,
    RECEIVED_TO_DISPATCH,
    RING,
    TRAVEL,
    TURNOUT,
    hourly_poisson_instants,
)
from wallboard.demo.operations import Location, Operations, PlannedCall, Report, Run
from wallboard.demo.world import World

ZONE = ZoneInfo(CENTRE.time_zone)

SEARCH_REPORTED, SEARCH_CLOSED = (11, 45), (15, 5)
"""The missing-person search of every day: over three hours, and under way in the early afternoon."""

SEARCH_DISTRICT = "Bathin Solapan"

LAID_UP_FROM, LAID_UP_UNITS = (7, 0), 3

VERIFIED_OF_ANSWERED = (TRIAL_VERIFIED / TRIAL_CALLS * CALLS_PER_DAY - 1) / (CALLS_PER_DAY - 1) / (1 - ABANDONED_SHARE)
"""So that of *all* calls received, the day's search and the abandoned ones included, 1,026 of 6,870 are verified."""


Demand = Callable[[Random, date], list[PlannedCall]]


class Bengkalis:
    """Takes a world that stands at a local midnight; each further day is planned at its own midnight.

    `demand` gives the calls of a local day.
    """

    def __init__(self, world: World, seed: int, demand: Demand) -> None:
        self._world = world
        self._seed = seed
        self._demand = demand
        self._operations = Operations(world, AGENCIES, CREWS, SHIFTS)
        self._plan(local_date(world.now_s, ZONE))

    def _plan(self, day: date) -> None:
        random = Random(f"bengkalis {self._seed} {day}")
        for call in self._demand(random, day):
            self._operations.expect(call)
        laid_up = [crew.id for crew in random.sample(CREWS, LAID_UP_UNITS)]
        self._world.at(local_instant(day, *LAID_UP_FROM, ZONE), lambda: self._operations.lay_up(laid_up))
        self._operations.plan_shifts(day)
        tomorrow = day + timedelta(days=1)
        self._world.at(local_instant(tomorrow, 0, 0, ZONE), lambda: self._plan(tomorrow))


def demand(random: Random, day: date) -> list[PlannedCall]:
    """The calls of one local day, in the order of their receipt; one of them reports the search."""
    midnight_s = local_instant(day, 0, 0, ZONE)
    search_s = local_instant(day, *SEARCH_REPORTED, ZONE)
    drawn = [midnight_s + seconds for seconds in hourly_poisson_instants(random, (CALLS_PER_DAY - 1) / 24)]
    calls: list[PlannedCall] = []
    for number, received_s in enumerate(sorted([*drawn, search_s]), start=1):
        call_id = f"{day:%y%m%d}-{number:03d}"
        if received_s == search_s:
            calls.append(_answered(random, call_id, received_s, Disposition.VERIFIED, _search(random, day)))
        elif random.random() < ABANDONED_SHARE:
            calls.append(PlannedCall(id=call_id, received_s=received_s, patience_s=random.uniform(*PATIENCE_S)))
        elif random.random() < VERIFIED_OF_ANSWERED:
            calls.append(_answered(random, call_id, received_s, Disposition.VERIFIED, report(random)))
        else:
            (disposition,) = random.choices(tuple(NOT_VERIFIED), tuple(NOT_VERIFIED.values()))
            calls.append(_answered(random, call_id, received_s, disposition, None))
    return calls


def location(random: Random, district: District) -> Location:
    """Somewhere near the label point of the kecamatan."""

    def jitter() -> float:
        return random.uniform(-JITTER_DEGREES, JITTER_DEGREES)

    return Location(
        address=random.choice(district.places),
        district=district.name,
        latitude=round(district.latitude + jitter(), 5),
        longitude=round(district.longitude + jitter(), 5),
    )


def _answered(
    random: Random, call_id: str, received_s: float, disposition: Disposition, report: Report | None
) -> PlannedCall:
    return PlannedCall(
        id=call_id,
        received_s=received_s,
        disposition=disposition,
        ring_s=RING.draw(random),
        talk_s=random.uniform(*TALK_S[disposition]),
        wrap_up_s=random.uniform(*WRAP_UP_S),
        # No subscriber has such a number.
        caller=f"+62 800 0000 {random.randrange(10000):04d}",
        report=report,
    )


def report(random: Random) -> Report:
    (kind,) = random.choices(KINDS, KIND_WEIGHTS)
    (district,) = random.choices(DISTRICTS, DISTRICT_WEIGHTS)
    return Report(
        title=kind.title,
        category=kind.category,
        priority=kind.priority,
        agency_ids=tuple(agency for agency, _ in kind.crews) + kind.also,
        location=location(random, district),
        notes=kind.notes,
        entry_s=random.uniform(*ENTRY_S),
        dispatch_s=RECEIVED_TO_DISPATCH.draw(random),
        runs=tuple(
            _run(random, agency, kind.on_scene_h, kind.transport_share)
            for agency, crews in kind.crews
            for _ in range(crews)
        ),
        called_off=random.random() < NO_ARRIVAL_SHARE,
    )


def _search(random: Random, day: date) -> Report:
    (district,) = (district for district in DISTRICTS if district.name == SEARCH_DISTRICT)
    return Report(
        title="Orang hilang di hutan",
        category=Category.OTHER,
        priority=1,
        agency_ids=(BPBD, SATPOL_PP),
        location=location(random, district),
        notes="Pencari kayu, laki-laki 54 tahun, belum pulang sejak subuh",
        entry_s=random.uniform(*ENTRY_S),
        dispatch_s=RECEIVED_TO_DISPATCH.draw(random),
        runs=tuple(_run(random, agency, (0.0, 0.0), 0.0) for agency in (BPBD, SATPOL_PP)),
        closes_at_s=local_instant(day, *SEARCH_CLOSED, ZONE),
    )


def _run(random: Random, agency_id: str, on_scene_h: tuple[float, float], transport_share: float) -> Run:
    transports = agency_id == DINKES and random.random() < transport_share
    return Run(
        agency_id=agency_id,
        turnout_s=TURNOUT.draw(random),
        travel_s=TRAVEL.draw(random),
        on_scene_s=random.uniform(*on_scene_h) * HOUR_S,
        transport_s=random.uniform(*TRANSPORT_S) if transports else 0.0,
        return_s=random.uniform(*RETURN_S),
    )
