"""Four days of storm at high speed: memory, threads and open files of the wall after an hour, and each day later.

What a wall remembers reaches back for a day: the calls since midnight, the incidents of 25 hours, what was heard of
alarms. Of the 2,000 incidents with which the storm begins, which called nobody, 600 a day give way to others that did.
So until the second day what is remembered fills; what grows for ever shows from there on.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

from msgspec import Struct

from benchmarks import inside
from benchmarks.rig import TOKENS, configuration, demo_server, pss_mb, python, virtual_screen
from benchmarks.serve import STORM

SPEED = 144
"""A day in ten minutes."""

HOUR_S, DAY_S = 3600, 86_400
DAYS = 4
EVERY_S = 2.0


class Use(Struct, frozen=True):
    """`own_mb` is the process' own memory, `blocks` and `heap_mb` what of it is in use."""

    own_mb: float
    blocks: float
    heap_mb: float
    threads: float
    files: float

    def __str__(self) -> str:
        return (
            f"own memory {self.own_mb:6.1f} MB; in use {self.blocks:7.0f} blocks of Python's, "
            f"{self.heap_mb:5.1f} MB of the C library's; {self.threads:.0f} threads, {self.files:.0f} open files"
        )


def use(pid: int, told: Path) -> Use:
    status = Path(f"/proc/{pid}/status").read_text()
    in_use = inside.read(told)
    return Use(
        own_mb=pss_mb(pid, "Pss_Anon"),
        blocks=in_use.blocks,
        heap_mb=in_use.heap_mb,
        threads=int(next(line.split()[1] for line in status.splitlines() if line.startswith("Threads:"))),
        files=sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir()),
    )


def of(statistic: Callable[[Sequence[float]], float], uses: Sequence[Use]) -> Use:
    return Use(*(statistic([getattr(one, name) for one in uses]) for name in Use.__struct_fields__))


def main(speed: float, days: int) -> None:
    """Of each day its last hour tells, by its median: what is in use comes and goes with the calls."""
    with (
        virtual_screen() as screen,
        tempfile.TemporaryDirectory() as folder,
        demo_server("--changes", *STORM, str(speed)) as url,
    ):
        told = Path(folder) / "in-use.json"
        arguments = ("-m", "benchmarks.inside", str(told), "--config", configuration(url, folder, 2.0))
        with python(*arguments, DISPLAY=screen.display, **TOKENS) as (process, _):
            started_s = time.monotonic()
            time.sleep(HOUR_S / speed)
            uses = [use(process.pid, told)]
            readings = [uses[0]]
            print(f"after an hour:  {readings[0]}", flush=True)
            for day in range(1, days + 1):
                while time.monotonic() < started_s + (HOUR_S + day * DAY_S) / speed:
                    time.sleep(EVERY_S)
                    uses.append(use(process.pid, told))
                readings.append(of(statistics.median, uses[-round(HOUR_S / speed / EVERY_S) :]))
                print(f"{day} days later:   {readings[-1]}", flush=True)
    print(f"highest:        {of(max, uses)}")
    for day, (before, after) in enumerate(pairwise(readings), 1):
        print(
            f"growth in day {day}: {after.own_mb - before.own_mb:+.1f} MB; in use {after.blocks - before.blocks:+.0f} "
            f"blocks, {after.heap_mb - before.heap_mb:+.1f} MB; {after.threads - before.threads:+.0f} threads, "
            f"{after.files - before.files:+.0f} open files (to reach: none, once what is remembered has filled)"
        )


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else SPEED, int(sys.argv[2]) if len(sys.argv) > 2 else DAYS)
