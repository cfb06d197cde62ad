"""The memory of a wall in a storm, fast or not: its size, and whether it grows."""

from __future__ import annotations

import math
import statistics
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import inside
from benchmarks.rig import TOKENS, configuration, demo_server, pss_mb, python, virtual_screen
from benchmarks.serve import STORM

SPEED = 10
"""Simulated seconds to a real one: ten minutes see 100. The day's calls and incidents show then, which are kept to
midnight and for 25 hours: 25 and 4 a minute. At speed 1, the storm's own, they do not; `soak` compares two days.
"""

WARM_UP_S = 720.0
"""Two simulated hours. A dictionary whose keys come and go grows once to three times its rows, when its first table is
used up: those of the alarm book in the storm's first two hours, and never again.
"""

EVERY_S = 1.0
MINUTE_S = 60.0


def minutes(times: list[float], values: list[float]) -> tuple[list[float], list[float]]:
    """The means of each whole minute. A block that comes or goes stays for many seconds, so that the values of
    neighbouring seconds are not independent, and an error that takes them so comes out far too small.
    """
    whole = [int(second // MINUTE_S) for second in times]
    numbers = range(max(whole))
    means = [statistics.mean(v for m, v in zip(whole, values, strict=True) if m == number) for number in numbers]
    return list(map(float, numbers)), means


def slope(times: list[float], values: list[float]) -> tuple[float, float]:
    """Least squares, and the standard error of the slope."""
    n = len(times)
    mean_t, mean_v = sum(times) / n, sum(values) / n
    spread = sum((t - mean_t) ** 2 for t in times)
    rise = sum((t - mean_t) * (v - mean_v) for t, v in zip(times, values, strict=True)) / spread
    rest = sum((v - mean_v - rise * (t - mean_t)) ** 2 for t, v in zip(times, values, strict=True))
    return rise, math.sqrt(rest / (n - 2) / spread)


def main(seconds: float, speed: float) -> None:
    times: list[float] = []
    sizes: list[float] = []
    own: list[float] = []
    in_use: list[inside.InUse] = []
    with virtual_screen() as screen, tempfile.TemporaryDirectory() as folder, demo_server(*STORM, str(speed)) as url:
        told = Path(folder) / "in-use.json"
        arguments = ("-m", "benchmarks.inside", str(told), "--config", configuration(url, folder, 0.5))
        with python(*arguments, DISPLAY=screen.display, **TOKENS) as (process, _):
            time.sleep(WARM_UP_S)
            started_s = time.monotonic()
            while (now_s := time.monotonic() - started_s) < seconds + 2 * EVERY_S:  # the last minute is whole, too
                times.append(now_s)
                sizes.append(pss_mb(process.pid))
                own.append(pss_mb(process.pid, "Pss_Anon"))
                in_use.append(inside.read(told))
                time.sleep(EVERY_S)
    print(f"PSS in storm: {min(sizes):.1f} to {max(sizes):.1f} MB, at the end {sizes[-1]:.1f} (to reach: <= 150)")
    # The rest of the PSS falls and rises with the other programs that have the same libraries open; and what is its own
    # holds what answers left behind that came while the machine was busy.
    for what, values in (
        ("its own part, MB", own),
        ("what is in use of it: Python's blocks", [float(one.blocks) for one in in_use]),
        ("and MB of the C library's", [one.heap_mb for one in in_use]),
    ):
        rise, error = slope(*minutes(times, values))
        print(f"slope of {what}: {rise:+.3f} a minute, standard error {error:.3f} (to reach: zero within the noise)")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 600.0, float(sys.argv[2]) if len(sys.argv) > 2 else SPEED)
