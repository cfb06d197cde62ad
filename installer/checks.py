"""What the smoke runs hold an installed program to, and the table that they print."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Callable
from typing import Any

from installer.machine import Done

LONGEST_PATIENCE_S = 120.0
LOOK_EVERY_S = 0.05

EXPECTED = re.compile(
    r"[-:, 0-9]+ (WARNING \S+ feed demo: the token is from the environment variable .*"
    r"|INFO \S+ (Wallboard \S+ shows demo|the wall is closed)"
    r"|WARNING \S+ (the PC's clock .*|no sound: there is no audio device))"
)
"""What the program may say; anything else is a fault of the bundle's."""


class Wrong(Exception):  # noqa: N818 (with what was installed, not with this program)
    """What is not as it should be."""


def require(is_so: bool, otherwise: str) -> None:
    if not is_so:
        raise Wrong(otherwise)


def until(is_so: Callable[[], bool], otherwise: Callable[[], str]) -> None:
    ends_s = time.monotonic() + LONGEST_PATIENCE_S
    while not is_so():
        if time.monotonic() > ends_s:
            raise Wrong(otherwise())
        time.sleep(LOOK_EVERY_S)


class Report:
    def __init__(self) -> None:
        self.good = True

    def check(self, what: str, look: Callable[[], str]) -> None:
        """Prints a line. A check that fails hides no other."""
        try:
            result, words = "ok", look()
        except (Wrong, OSError, subprocess.TimeoutExpired, json.JSONDecodeError) as error:
            result, words, self.good = "WRONG", str(error), False
        print(f"{result:<6}{what:<60}{words}", flush=True)


def require_silence(errors: str) -> None:
    unexpected = [line for line in errors.splitlines() if not EXPECTED.fullmatch(line)]
    require(not unexpected, f"said {unexpected}")


def figures_of(done: Done) -> dict[str, Any]:
    """What a command printed as JSON, and nothing else."""
    require(done.status == 0, f"exit status {done.status}: {done.errors}")
    require_silence(done.errors)
    figures: dict[str, Any] = json.loads(done.output)
    return figures


def checked(done: Done) -> str:
    """By `check --json`."""
    figures = figures_of(done)
    return f"{figures['feeds'][0]['state']}, {figures['kpis']['calls_today']} calls today"


def reported(done: Done) -> str:
    """By `report --json`, on a day that the demo remembers."""
    (centre,) = figures_of(done)["centres"]
    require(centre["calls"]["since"] is None, f"counted since {centre['calls']['since']}")
    calls, incidents = centre["calls"]["received"], centre["incidents"]["reported"]
    require(calls > 0 and incidents > 0, f"{calls} calls and {incidents} incidents")
    return f"{calls} calls, {incidents} incidents on {centre['begins'][:10]}"


def require_same(before: set[str], after: set[str]) -> str:
    differences = {"left": after - before, "gone": before - after}
    require(after == before, "; ".join(f"{name}: {sorted(one)[:5]}" for name, one in differences.items() if one))
    return ""
