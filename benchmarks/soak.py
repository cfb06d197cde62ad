"""Two days of storm at high speed: memory, threads and open files of the wall after an hour, and each day later.

A wall keeps the calls of the running day, so memory is compared at the same hour. The first reading comes before the
heap has settled and every path has run once: what grows shows from the second to the third.
"""

from __future__ import annotations

import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

from benchmarks.rig import TOKENS, configuration, demo_server, pss_mb, python, virtual_screen
from benchmarks.serve import STORM

SPEED = 144
"""A day in ten minutes."""

HOUR_S, DAY_S = 3600, 86_400
DAYS = 2
EVERY_S = 5.0


class Use:
    def __init__(self, pid: int) -> None:
        status = Path(f"/proc/{pid}/status").read_text()
        self.threads = int(next(line.split()[1] for line in status.splitlines() if line.startswith("Threads:")))
        self.files = sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
        self.own_mb = pss_mb(pid, "Pss_Anon")

    def __str__(self) -> str:
        return f"own memory {self.own_mb:.1f} MB, {self.threads} threads, {self.files} open files"


def main(speed: float) -> None:
    with (
        virtual_screen() as screen,
        tempfile.TemporaryDirectory() as folder,
        demo_server("--changes", *STORM, str(speed)) as url,
        python("main.py", "--config", configuration(url, folder, 2.0), DISPLAY=screen.display, **TOKENS) as (
            process,
            _,
        ),
    ):
        time.sleep(HOUR_S / speed)
        readings = [Use(process.pid)]
        print(f"after an hour:  {readings[0]}", flush=True)
        highest = [readings[0]]
        for day in range(1, DAYS + 1):
            ends_s = time.monotonic() + DAY_S / speed
            while time.monotonic() < ends_s:
                time.sleep(EVERY_S)
                highest.append(Use(process.pid))
            readings.append(highest[-1])
            print(f"{day} days later:   {readings[-1]}", flush=True)
    print(
        f"highest:        own memory {max(one.own_mb for one in highest):.1f} MB, "
        f"{max(one.threads for one in highest)} threads, {max(one.files for one in highest)} open files"
    )
    for before, after in pairwise(readings):
        print(
            f"growth in a day: {after.own_mb - before.own_mb:+.1f} MB, {after.threads - before.threads:+d} threads, "
            f"{after.files - before.files:+d} open files (to reach: none)"
        )


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else SPEED)
