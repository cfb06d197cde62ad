"""Five days of storm at high speed: memory, threads and open files of the wall, each day hour by hour against the last.

What a wall remembers reaches back for a day: the calls since midnight, the incidents of 25 hours, what was heard of
alarms. Of the 2,000 incidents with which the storm begins, which called nobody, 600 a day give way to others that did.
So until the fourth day what is remembered fills; what grows for ever shows in the fifth. The same hours are compared,
for the calls of a day come and go with it.
"""

from __future__ import annotations

import math
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec import Struct

from benchmarks import inside
from benchmarks.rig import TOKENS, configuration, demo_server, pss_mb, python, virtual_screen
from benchmarks.serve import STORM

SPEED = 144
"""A day in ten minutes."""

HOUR_S = 3600
HOURS = 24
DAYS = 5
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
            f"own memory {self.own_mb:6.2f} MB; in use {self.blocks:7.0f} blocks of Python's, "
            f"{self.heap_mb:5.2f} MB of the C library's; {self.threads:4.1f} threads, {self.files:4.1f} open files"
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


def growth(before: Sequence[Use], after: Sequence[Use]) -> str:
    """From a day to the next: the mean over its hours, and its standard error."""
    told = []
    for name, unit, decimals in (
        ("own_mb", "MB", 2),
        ("blocks", "blocks in use", 0),
        ("heap_mb", "MB in use", 2),
        ("threads", "threads", 1),
        ("files", "open files", 1),
    ):
        by_hour = [getattr(new, name) - getattr(old, name) for old, new in zip(before, after, strict=True)]
        error = statistics.stdev(by_hour) / math.sqrt(len(by_hour))
        told.append(f"{statistics.mean(by_hour):+.{decimals}f} {unit} (standard error {error:.{decimals}f})")
    return ", ".join(told)


def main(speed: float, days: int) -> None:
    with (
        virtual_screen() as screen,
        tempfile.TemporaryDirectory() as folder,
        demo_server("--changes", *STORM, str(speed)) as url,
    ):
        told = Path(folder) / "in-use.json"
        arguments = ("-m", "benchmarks.inside", str(told), "--config", configuration(url, folder, 2.0))
        with python(*arguments, DISPLAY=screen.display, **TOKENS) as (process, _):
            ends_s = time.monotonic() + HOUR_S / speed
            time.sleep(HOUR_S / speed)
            print(f"after an hour: {use(process.pid, told)}", flush=True)
            before: list[Use] = []
            highest: list[Use] = []
            for day in range(1, days + 1):
                by_hour = []
                for _ in range(HOURS):
                    ends_s += HOUR_S / speed
                    uses: list[Use] = []
                    while not uses or time.monotonic() < ends_s:
                        uses.append(use(process.pid, told))
                        time.sleep(EVERY_S)
                    by_hour.append(of(statistics.mean, uses))
                    highest.append(of(max, uses))
                print(f"day {day}, mean:   {of(statistics.mean, by_hour)}", flush=True)
                print(f"its last hour: {by_hour[-1]}", flush=True)
                if before:
                    print(f"growth:        {growth(before, by_hour)}", flush=True)
                before = by_hour
    print(f"highest:       {of(max, highest)} (growth to reach: none once what is remembered has filled)")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else SPEED, int(sys.argv[2]) if len(sys.argv) > 2 else DAYS)
