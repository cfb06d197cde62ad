"""The scenarios by name, and the one way to build their worlds."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from wallboard.demo import bengkalis_facts, records
from wallboard.demo.bengkalis import Bengkalis, demand
from wallboard.demo.clock import SimulatedClock, local_date, local_instant
from wallboard.demo.quiet import quiet
from wallboard.demo.rows import Centre
from wallboard.demo.storm import Storm
from wallboard.demo.world import HISTORY_S, World

SCENARIOS = ("bengkalis", "records", "storm", "quiet")

USUAL_CALLS_PER_HOUR = {
    "bengkalis": bengkalis_facts.USUAL_CALLS_PER_HOUR,
    "quiet": bengkalis_facts.USUAL_CALLS_PER_HOUR,
    "storm": bengkalis_facts.USUAL_CALLS_PER_HOUR,
}
"""What is usual at the centre of a scenario, by local hour; nobody knows it of the records' centre."""

NIGHT_TIME = (2, 30)
"""When the quiet night begins to be shown, local time."""


def build(
    name: str,
    *,
    seed: int = 0,
    start: datetime | None = None,
    speed: float = 1.0,
    folder: Path | None = None,
    centre: Centre = bengkalis_facts.CENTRE,
    monotonic: Callable[[], float] = time.monotonic,
) -> World:
    """A world whose clock stands at `start` (aware; by default now, for `quiet` in the night) and has begun to run.

    `centre` is whose name the world bears, but for records, which are of a centre of their own; `folder` is that of the
    records. Raises ValueError for what cannot be built.
    """
    if name not in SCENARIOS:
        raise ValueError(f"there is no scenario {name!r}; there are: {', '.join(SCENARIOS)}")
    if (name == "records") != (folder is not None):
        raise ValueError("the scenario records, and no other, needs the folder of the records: records FOLDER")
    now = start or datetime.now(UTC)
    if folder is not None:
        responses = records.read(folder)
        world = _world(records.CENTRE, SimulatedClock(now, speed, monotonic))
        records.Records(world, responses, seed)
        return world
    if name == "quiet":
        zone = ZoneInfo(bengkalis_facts.CENTRE.time_zone)
        night = local_date(now.timestamp(), zone)
        if start is None:
            now = datetime.fromtimestamp(local_instant(night, *NIGHT_TIME, zone), UTC)
        world = _world(centre, SimulatedClock(now, speed, monotonic))
        quiet(world, seed, night)
        return world
    world = _world(centre, SimulatedClock(now, speed, monotonic))
    if name == "storm":
        Storm(world, seed)
    else:
        Bengkalis(world, seed, demand)
    return world


def _world(centre: Centre, clock: SimulatedClock) -> World:
    """Its agenda begins at a local midnight, with a history of two days at least."""
    zone = ZoneInfo(centre.time_zone)
    return World(clock, centre, local_instant(local_date(clock.start_s - HISTORY_S, zone), 0, 0, zone))
