"""What the alarm log costs: the thread that appends, the disk, and whoever reads. Needs neither screen nor server."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from benchmarks.rig import report
from wallboard.core.alarms import AlarmEvent, Happening, Scope, Severity, Standing, Subject
from wallboard.history.alarmlog import MOST_WAITING, AlarmLog
from wallboard.history.entries import EVERYTHING, Selection

TICKS, EVENTS_OF_A_TICK = 500, 10
"""Ten a second are an alarm flood sixty times over (EEMUA 191: more than ten in ten minutes)."""
BURSTS = 10
REPEATED = 20
PAGE = 100
FROM = datetime(2025, 10, 20, 3, tzinfo=UTC)
MS, US = 1e-3, 1e-6
LONG_S = 120.0


def event(number: int) -> AlarmEvent:
    """Every other one is over; of a thousand incidents."""
    over = number % 2 == 1
    at = FROM + timedelta(seconds=number)
    severity = Severity.WARNING
    return AlarmEvent(
        at=at,
        subject=Subject("incident_unassigned", Scope.INCIDENT, f"2025-BKS-{number // 2 % 1000:06}"),
        happening=Happening.CLEARED if over else Happening.RAISED,
        standing=Standing() if over else Standing(severity=severity, rung=severity),
        severity=severity,
        value=61.25,
        limit=60.0,
        since=at,
        rings=not over,
        agencies=("damkar", "dishub"),
    )


def opened(path: Path) -> AlarmLog:
    log = AlarmLog(path, wall_clock=lambda: datetime.now(UTC), position="supervisor", keep_days=400)
    log.open({"bengkalis": ()})
    return log


def times(act: Callable[[], object], unit_s: float, count: int = REPEATED) -> list[float]:
    took = []
    for _ in range(count):
        began_s = time.perf_counter()
        act()
        took.append((time.perf_counter() - began_s) / unit_s)
    return took


def append(log: AlarmLog) -> None:
    appending_us, confirming_ms = [], []
    for tick in range(TICKS):
        events = [event(tick * EVENTS_OF_A_TICK + number) for number in range(EVENTS_OF_A_TICK)]
        began_s = time.perf_counter()
        log.append("bengkalis", events)
        appending_us.append((time.perf_counter() - began_s) / US)
        log.flush(LONG_S)
        confirming_ms.append((time.perf_counter() - began_s) / MS)
    report(f"append {EVENTS_OF_A_TICK} events", appending_us, "us", "<= 200, of a second")
    report("until they are on the disk", confirming_ms, "ms", "<= 100")
    burst = [event(number) for number in range(MOST_WAITING // 2)]
    began_s = time.perf_counter()
    for _ in range(BURSTS):
        log.append("bengkalis", burst)
        log.flush(LONG_S)
    print(f"sustained: {BURSTS * len(burst) / (time.perf_counter() - began_s):,.0f} events a second")


def read(log: AlarmLog, folder: Path) -> None:
    for name, chosen in (
        ("a page: the newest", EVERYTHING),
        ("a page: of an agency", Selection(agencies=["dishub"])),
        ("a page: of an agency that none names", Selection(agencies=["nobody"])),
        ("a page: of the first minute", Selection(begins=FROM, ends=FROM + timedelta(seconds=60))),
    ):
        report(name, times(partial(log.read, chosen, limit=PAGE), MS), "ms", "<= 16, all looked through: 200")
    report("the last events, at a start", times(partial(log.last_events, "bengkalis"), MS), "ms", "<= 50")
    print(f"as CSV: {times(partial(log.export, EVERYTHING, folder / 'alarms.csv'), 1.0, 1)[0]:.1f} s")


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "alarms.sqlite3"
        log = opened(path)
        append(log)
        log.close(LONG_S)
        count = TICKS * EVENTS_OF_A_TICK + BURSTS * MOST_WAITING // 2
        print(f"size: {path.stat().st_size / count:.0f} kB for 1,000 events, of {count:,}")
        opening_ms = []
        for _ in range(REPEATED):
            began_s = time.perf_counter()
            log = opened(path)
            opening_ms.append((time.perf_counter() - began_s) / MS)
            log.close(LONG_S)
        report("opened, at a start", opening_ms, "ms", "<= 50")
        log = opened(path)
        read(log, folder)
        log.close(LONG_S)


if __name__ == "__main__":
    main()
