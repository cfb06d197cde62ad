"""A demo server of a given size: `serve.py quiet`, `serve.py INCIDENTS WAITING TALKING [SPEED]`."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

from wallboard.demo import scenarios, server
from wallboard.demo.bengkalis_facts import CENTRE
from wallboard.demo.clock import SimulatedClock
from wallboard.demo.storm import Storm
from wallboard.demo.world import HISTORY_S, World

STORM = ("2000", "50", "150")
USUAL = ("200", "10", "30")
"""200 incidents and 40 calls: what the figures speak of beside the storm."""


def main(arguments: list[str]) -> None:
    if arguments == ["quiet"]:
        server.run(scenarios.build("quiet"))
        return
    incidents, waiting, talking = map(int, arguments[:3])
    speed = float(arguments[3]) if len(arguments) > 3 else 1.0
    clock = SimulatedClock(datetime.now(UTC), speed)
    world = World(clock, CENTRE, clock.start_s - HISTORY_S)
    Storm(world, 0, incidents=incidents, waiting=waiting, talking=talking)
    server.run(world)


if __name__ == "__main__":
    main(sys.argv[1:])
