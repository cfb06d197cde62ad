"""The scenario `records`: a fire department's records, replayed event by event as if they happened now.

Reads an export of the San Francisco Fire Department Calls for Service (DataSF nuek-vuh3), a line a unit's response;
docs/demo.md lists the columns. What such records lack, the ringing, is drawn from the published distribution.
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from wallboard.core.entities import OPEN_STATUSES, Category, Disposition, IncidentStatus, UnitStatus
from wallboard.demo.clock import local_date, local_instant, utc
from wallboard.demo.distributions import RING
from wallboard.demo.rows import Agency, Call, Centre, Incident, Unit
from wallboard.demo.world import World

CENTRE = Centre(id="records", name="Simulated calls · San Francisco Fire", time_zone="America/Los_Angeles")
ZONE = ZoneInfo(CENTRE.time_zone)

FILES = ("units.csv", "units.csv.gz")

IDENTIFIERS = ("call_number", "unit_id", "battalion")
INSTANTS = ("received", "entry", "dispatch", "response", "on_scene", "transport", "available")
TEXTS = ("call_type", "call_type_group", "final_priority", "address", "neighborhood")
COLUMNS = (*IDENTIFIERS, *INSTANTS, *TEXTS)
OPTIONAL_INSTANTS = frozenset({"response", "on_scene", "transport", "available"})

DAYS_OF_A_WEEK = 7

EMERGENCY = "3"
"""Final priority: 3 with lights and siren, 2 without."""

LIFE_OR_FIRE = frozenset({"Potentially Life-Threatening", "Fire"})

CATEGORIES = {
    "Medical": Category.MEDICAL,
    "Fire": Category.FIRE,
    "Alarms": Category.FIRE,
    "Traffic Collision": Category.ACCIDENT,
    "Gas Leak": Category.DISASTER,
    "HazMat": Category.DISASTER,
    "Water Rescue": Category.DISASTER,
}
"""By a part of the call type; any other is OTHER."""


class Response(Struct, frozen=True, kw_only=True):
    """One unit's part in an incident; instants are local wall time, None where it did not come to that."""

    call_number: str
    unit_id: str
    battalion: str
    received: datetime
    entry: datetime
    dispatch: datetime
    response: datetime | None
    on_scene: datetime | None
    transport: datetime | None
    available: datetime | None
    call_type: str
    call_type_group: str
    final_priority: str
    address: str
    neighborhood: str

    @property
    def freed(self) -> datetime:
        """When the unit was done; records that do not say so end with their last instant."""
        known = (self.dispatch, self.response, self.on_scene, self.transport, self.available)
        return max(instant for instant in known if instant is not None)


def read(folder: Path) -> list[Response]:
    """The responses of a folder with units.csv or units.csv.gz. Raises ValueError with file, line and column."""
    path = next((folder / name for name in FILES if (folder / name).is_file()), None)
    if path is None:
        raise ValueError(f"{folder} holds neither {' nor '.join(FILES)}")
    try:
        with (
            gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as raw,
            io.TextIOWrapper(raw, "utf-8-sig", newline="") as text,
        ):
            lines = csv.DictReader(text)
            missing = [column for column in COLUMNS if column not in (lines.fieldnames or ())]
            if missing:
                raise ValueError(f"{path}: columns are missing: {', '.join(missing)}")
            responses = [_response(f"{path}:{lines.line_num}", line) for line in lines]
    except (UnicodeDecodeError, csv.Error, EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(f"{path}: cannot be read as CSV: {error}") from error
    if not responses:
        raise ValueError(f"{path}: there are no records in it")
    return responses


def _response(place: str, line: Mapping[str, str | None]) -> Response:
    values: dict[str, str | datetime | None] = {}
    for column in COLUMNS:
        text = (line[column] or "").strip()
        if column in INSTANTS:
            values[column] = _instant(f"{place}: {column}", text, optional=column in OPTIONAL_INSTANTS)
        elif not text and column in IDENTIFIERS:
            raise ValueError(f"{place}: {column} is empty")
        else:
            values[column] = text
    return Response(**values)  # type: ignore[arg-type]


def _instant(place: str, text: str, *, optional: bool) -> datetime | None:
    if not text and optional:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is not None:
        raise ValueError(f"{place}: {text!r} is not a local time such as 2017-01-06T14:32:00")
    return instant


class Records:
    """Takes a world that stands at a local midnight. Days of the records come in turn for ever: as many whole weeks as
    there are, so that weekdays stay what they were, or as many days where there is no week.
    """

    def __init__(self, world: World, responses: Sequence[Response], seed: int) -> None:
        self._world = world
        self._seed = seed
        self._incidents: dict[date, list[list[Response]]] = defaultdict(list)
        by_call: dict[str, list[Response]] = defaultdict(list)
        for response in responses:
            by_call[response.call_number].append(response)
        for group in by_call.values():
            self._incidents[min(response.received for response in group).date()].append(group)
        self._first = min(self._incidents)
        days = (max(self._incidents) - self._first).days + 1
        self._period = days if days < DAYS_OF_A_WEEK else days - days % DAYS_OF_A_WEEK
        self._units: dict[str, Unit] = {}
        self._man(responses)
        self._plan(local_date(world.now_s, ZONE))

    def _man(self, responses: Sequence[Response]) -> None:
        """Battalions as agencies; a unit belongs to the battalion in whose area it was sent out most."""
        served: dict[str, Counter[str]] = defaultdict(Counter)
        for response in responses:
            served[response.unit_id][response.battalion] += 1
        for battalion in sorted({response.battalion for response in responses}):
            self._world.put(Agency(id=battalion, name=f"Battalion {battalion}", short_name=battalion))
        for unit_id, battalions in sorted(served.items()):
            home = min(battalions, key=lambda battalion: (-battalions[battalion], battalion))
            self._units[unit_id] = Unit(id=unit_id, agency_id=home, name=unit_id, status=UnitStatus.AVAILABLE)
            self._world.put(self._units[unit_id])

    def _plan(self, day: date) -> None:
        random = Random(f"records {self._seed} {day}")
        recorded = self._first + timedelta(days=(day - self._first).days % self._period)
        for group in self._incidents.get(recorded, ()):
            self._replay(random, group, day - recorded)
        tomorrow = day + timedelta(days=1)
        self._world.at(local_instant(tomorrow, 0, 0, ZONE), lambda: self._plan(tomorrow))

    def _replay(self, random: Random, group: Sequence[Response], shift: timedelta) -> None:
        first = min(group, key=lambda response: response.received)
        received_s = _shifted(first.received, shift)
        entered_s = max(received_s, _shifted(first.entry, shift))
        # Whoever entered the incident had answered by then.
        answered_s = min(received_s + RING.draw(random), entered_s)
        key = f"{first.received + shift:%y%m%d}-{first.call_number}"
        call = Call(id=f"C-{key}", received_at=utc(received_s), disposition=Disposition.PENDING)
        answered = replace(call, answered_at=utc(answered_s))
        incident = _ReplayedIncident(self._world, self._units, _incident(f"I-{key}", first, received_s), len(group))
        ended = replace(
            answered, ended_at=utc(entered_s), disposition=Disposition.VERIFIED, incident_id=incident.row.id
        )
        self._world.at(received_s, partial(self._world.put, call))
        self._world.at(answered_s, partial(self._world.put, answered))
        self._world.at(entered_s, partial(self._world.put, ended))
        self._world.at(entered_s, partial(self._world.put, incident.row))
        for response in group:
            # Nothing is told of an incident before it is entered, and no step before the one that it follows: records
            # are kept by hand, and wall time in an hour that a clock change skips moves past what came later.
            step_s = entered_s
            for instant, status in _steps(response):
                step_s = max(step_s, _shifted(instant, shift))
                self._world.at(step_s, partial(incident.step, response.unit_id, status, step_s))


class _ReplayedIncident:
    """Goes as its units go: as far as the foremost of them, and closed when the last is free."""

    def __init__(self, world: World, units: dict[str, Unit], row: Incident, responses: int) -> None:
        self.row = row
        self._world = world
        self._units = units
        self._left = responses

    def step(self, unit_id: str, status: UnitStatus, instant_s: float) -> None:
        unit = self._units[unit_id]
        if status is not UnitStatus.AVAILABLE:
            unit = replace(unit, status=status, incident_id=self.row.id)
        elif unit.incident_id == self.row.id:  # else it has gone on to another incident already
            unit = replace(unit, status=status, incident_id=None)
        self._units[unit_id] = unit
        self._world.put(unit)
        self._advance(status, instant_s)
        self._world.put(self.row)

    def _advance(self, status: UnitStatus, instant_s: float) -> None:
        instant = utc(instant_s)
        if self.row.dispatched_at is None:
            self.row = replace(self.row, dispatched_at=instant)
        if status is UnitStatus.ON_SCENE and self.row.arrived_at is None:
            self.row = replace(self.row, arrived_at=instant)
        reached = _REACHED.get(status, IncidentStatus.NEW)
        if OPEN_STATUSES.index(reached) > OPEN_STATUSES.index(self.row.status):
            self.row = replace(self.row, status=reached)
        if status is UnitStatus.AVAILABLE:
            self._left -= 1
            if not self._left:
                end = IncidentStatus.CANCELLED if self.row.arrived_at is None else IncidentStatus.CLOSED
                self.row = replace(self.row, status=end, closed_at=instant)


_REACHED = {
    UnitStatus.DISPATCHED: IncidentStatus.DISPATCHED,
    UnitStatus.EN_ROUTE: IncidentStatus.EN_ROUTE,
    UnitStatus.ON_SCENE: IncidentStatus.ON_SCENE,
    UnitStatus.TRANSPORTING: IncidentStatus.ON_SCENE,
}


def _steps(response: Response) -> Iterator[tuple[datetime, UnitStatus]]:
    for instant, status in (
        (response.dispatch, UnitStatus.DISPATCHED),
        (response.response, UnitStatus.EN_ROUTE),
        (response.on_scene, UnitStatus.ON_SCENE),
        (response.transport, UnitStatus.TRANSPORTING),
        (response.freed, UnitStatus.AVAILABLE),
    ):
        if instant is not None:
            yield instant, status


def _incident(incident_id: str, first: Response, received_s: float) -> Incident:
    category = next((known for words, known in CATEGORIES.items() if words in first.call_type), Category.OTHER)
    return Incident(
        id=incident_id,
        number=first.call_number,
        category=category,
        priority=_priority(first),
        status=IncidentStatus.NEW,
        title=first.call_type,
        reported_at=utc(received_s),
        agency_ids=(first.battalion,),
        address=first.address or None,
        district=first.neighborhood or None,
    )


def _priority(response: Response) -> int:
    if response.final_priority != EMERGENCY:
        return 3
    return 1 if response.call_type_group in LIFE_OR_FIRE else 2


def _shifted(instant: datetime, shift: timedelta) -> float:
    return (instant + shift).replace(tzinfo=ZONE).timestamp()
