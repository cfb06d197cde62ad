"""The scenario `quiet`: the kabupaten's centre in a night with nothing on."""

from __future__ import annotations

from datetime import date
from random import Random

from wallboard.demo.bengkalis import ZONE, Bengkalis
from wallboard.demo.bengkalis import demand as usual_demand
from wallboard.demo.clock import HOUR_S, local_instant
from wallboard.demo.operations import PlannedCall
from wallboard.demo.world import World

NIGHT_BEGINS = (22, 0)
"""The last call of the evening before."""

LONGEST_WORK_S = 12 * HOUR_S
"""What is reported later than this before the night could still be open in it: the longest kind of work takes 9 h, and
the way there and units that are all out come on top."""


def quiet(world: World, seed: int, night: date) -> None:
    """Fill the world with usual days up to the evening before `night`, and with nothing from then on."""

    def demand(random: Random, day: date) -> list[PlannedCall]:
        calls = usual_demand(random, day)
        if day >= night:
            return []
        if (night - day).days > 1:
            return calls
        evening_s = local_instant(day, *NIGHT_BEGINS, ZONE)
        return [
            call
            for call in calls
            if call.received_s < (evening_s if call.report is None else evening_s - LONGEST_WORK_S)
        ]

    Bengkalis(world, seed, demand)
