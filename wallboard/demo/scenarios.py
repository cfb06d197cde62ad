"""The scenarios by name, and the one way to build a world."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from wallboard.demo.clock import SimulatedClock, local_date, local_instant
from wallboard.demo.world import HISTORY_S, World
from wallboard.demo import bengkalis_facts
from wallboard.demo.bengkalis import Bengkalis

SCENARIOS = ("bengkalis", "records", "storm", "quiet")


def build(name, *, seed=0, start=None, speed=1.0, folder=None, monotonic=None):
    clock = SimulatedClock(start or datetime.now(UTC), speed)
    zone = ZoneInfo(bengkalis_facts.CENTRE.time_zone)
    begins = local_instant(local_date(clock.start_s - HISTORY_S, zone), 0, 0, zone)
    world = World(clock, bengkalis_facts.CENTRE, begins)
    Bengkalis(world, seed)
    return world
