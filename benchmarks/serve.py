"""A demo server of a given size: `serve.py quiet`, `serve.py INCIDENTS WAITING TALKING [SPEED]`.

It offers no changes, so that walls poll at their interval; with `--changes` before the rest it does.
"""

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


def world(incidents: int, waiting: int, talking: int, speed: float = 1.0) -> World:
    clock = SimulatedClock(datetime.now(UTC), speed)
    made = World(clock, CENTRE, clock.start_s - HISTORY_S)
    Storm(made, 0, incidents=incidents, waiting=waiting, talking=talking)
    return made


def main(arguments: list[str]) -> None:
    offer_changes = arguments[:1] == ["--changes"]
    size = arguments[1:] if offer_changes else arguments
    made = scenarios.build("quiet") if size == ["quiet"] else world(*map(int, size[:3]), *map(float, size[3:]))
    server.run(made, offer_changes=offer_changes)


if __name__ == "__main__":
    main(sys.argv[1:])
