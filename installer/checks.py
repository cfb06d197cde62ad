"""What the smoke runs hold an installed program to, and the table that they print."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Callable

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


def require_same(before: set[str], after: set[str]) -> str:
    differences = {"left": after - before, "gone": before - after}
    require(after == before, "; ".join(f"{name}: {sorted(one)[:5]}" for name, one in differences.items() if one))
    return ""
