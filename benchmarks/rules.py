"""What many rules cost: a thousand of them on two thousand incidents. Needs neither screen nor server."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from benchmarks.rig import report
from wallboard import heap
from wallboard.core.alarmbook import AlarmBook
from wallboard.core.entities import Category, Incident
from wallboard.core.rules import Levels, Rule
from wallboard.core.watching import watch_incident

RULES, INCIDENTS, CHANGES = 1_000, 2_000, 500
AGENCIES = ("diskominfotik", "damkar", "bpbd", "dinkes", "dishub", "satpolpp")
METRICS = ("incident_unassigned", "response_time", "incident_open")
NOW = datetime(2025, 10, 20, 3, tzinfo=UTC)
MEAN_AGE_S = 1_500
"""Of an open incident: about the demo's."""
LIMITS_S = 900, 21_600
"""From the response that Permendagri 114/2018 asks for to twice the longest that an incident stays open in the demo."""
OUTAGE_S = 1_800
"""Half an hour without a network."""
SLICE_S = 0.006
"""As models/centres.py gives the alarms of a centre at a time."""
MS_PER_S = 1e3


def rules() -> list[Rule]:
    """A third on each metric; half of them about everything, half about some agency, category or priority."""
    chance = random.Random(112)
    made = []
    for number in range(RULES):
        warning_s = chance.uniform(*LIMITS_S)
        chosen = chance.choice(("all", "all", "all", "agency", "category", "priority"))
        made.append(
            Rule(
                name=f"rule {number}",
                metric_name=METRICS[number % len(METRICS)],
                levels=(Levels(warning_s, warning_s * 1.5),),
                crossed="at_least",
                on_delay_s=chance.choice((0.0, 0.0, 30.0)),
                agencies=frozenset({chance.choice(AGENCIES)}) if chosen == "agency" else None,
                categories=frozenset({chance.choice(tuple(Category))}) if chosen == "category" else None,
                priorities=frozenset({chance.randint(1, 4)}) if chosen == "priority" else None,
            )
        )
    return made


def incidents(now: datetime) -> list[Incident]:
    chance = random.Random(6870)
    return [
        incident(str(number), now - timedelta(seconds=chance.expovariate(1 / MEAN_AGE_S)), chance)
        for number in range(INCIDENTS)
    ]


def incident(key: str, reported_at: datetime, chance: random.Random) -> Incident:
    dispatched = chance.random() < 0.7
    return Incident(
        id=key,
        number=key,
        category=chance.choice(tuple(Category)),
        priority=chance.randint(1, 4),
        status="dispatched" if dispatched else "new",
        title="",
        reported_at=reported_at,
        dispatched_at=reported_at + timedelta(seconds=30) if dispatched else None,
        agency_ids=(chance.choice(AGENCIES),),
    )


def main() -> None:
    book = AlarmBook(rules())
    rows = incidents(NOW)
    for each in rows:
        watch_incident(book, each)
    heap.settle()  # as the wall does once it is open
    slices_ms = in_slices(book, NOW)
    book.begin()
    alarms = len(book.alarms(NOW))
    print(f"{RULES} rules, {INCIDENTS} incidents, {alarms} alarms; all of them in {sum(slices_ms):.0f} ms")
    report("a slice of them", slices_ms, "ms", "never beyond 16")

    chance = random.Random(1026)
    took_ms = []
    for each in rows[:CHANGES]:
        arrived = replace(each, status="on_scene", dispatched_at=each.reported_at, arrived_at=NOW)
        began_s = time.perf_counter()
        watch_incident(book, arrived)
        book.advance(NOW)
        took_ms.append((time.perf_counter() - began_s) * MS_PER_S)
        book.events.clear()
    report("one changed row: a unit arrives", took_ms, "ms", "<= 5")
    took_ms = []
    for number in range(CHANGES):
        now = NOW + timedelta(seconds=1, milliseconds=number)
        new = incident(f"new {number}", now, chance)
        began_s = time.perf_counter()
        watch_incident(book, new)
        book.advance(now)
        took_ms.append((time.perf_counter() - began_s) * MS_PER_S)
        book.events.clear()
    report("one new row", took_ms, "ms", "<= 5")

    now = now + timedelta(seconds=OUTAGE_S)
    slices_ms = in_slices(book, now)
    print(f"back after {OUTAGE_S} s without data: all of them in {sum(slices_ms):.0f} ms")
    report("a slice of them", slices_ms, "ms", "never beyond 16")


def in_slices(book: AlarmBook, now: datetime) -> list[float]:
    """How long each took, in ms."""
    took_ms = []
    unfinished = True
    while unfinished:
        began_s = time.perf_counter()
        book.advance(now, lambda ends_s=began_s + SLICE_S: time.perf_counter() < ends_s)  # type: ignore[misc]
        took_ms.append((time.perf_counter() - began_s) * MS_PER_S)
        book.events.clear()
        unfinished = book.unfinished
    return took_ms


if __name__ == "__main__":
    main()
