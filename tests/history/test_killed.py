"""The log of a program that is killed at a random moment, as by kill -9."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from datetime import UTC, datetime
from itertools import chain, islice
from pathlib import Path

from tests.history.histories import random_events, rules
from wallboard.core.alarmbook import AlarmBook
from wallboard.core.alarms import AlarmEvent
from wallboard.history.alarmlog import AlarmLog
from wallboard.history.entries import Entry, Occurrence, Selection

KILLS = 100
LONGEST_LIFE_S = 0.03
"""From the first confirmation: some hundred events, and a checkpoint or two."""

LONG_S = 30.0
ROOT = Path(__file__).resolve().parents[2]


def confirmed_before_death(path: Path, feed_id: str, seed: int, lives_s: float) -> int:
    """How many events the program knew to be kept when it was killed."""
    command = [sys.executable, "-m", "tests.history.writer", str(path), feed_id, str(seed)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        told = [writer.stdout.readline()]
        death = threading.Timer(lives_s, writer.kill)
        death.start()
        told += writer.stdout.readlines()
        death.join()
    return int([line for line in told if line.endswith("\n")][-1])


def facts(event: AlarmEvent | Entry) -> tuple[object, ...]:
    return (event.at, event.happening, event.severity, event.value, event.limit, event.since, event.rings, event.note)


def test_that_of_a_hundred_programs_killed_at_any_moment_every_confirmed_event_is_there_once_and_whole(tmp_path):
    path = tmp_path / "alarms.sqlite3"
    chance = random.Random(112)
    confirmed = {
        str(seed): confirmed_before_death(path, str(seed), seed, chance.uniform(0, LONGEST_LIFE_S))
        for seed in range(KILLS)
    }
    log = AlarmLog(path, wall_clock=lambda: datetime.now(UTC))
    log.open({})
    try:
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert log.trouble is None
        for feed_id, count in confirmed.items():
            entries = log.read(Selection(feed_id=feed_id), limit=sys.maxsize)[::-1]
            events = list(islice(chain.from_iterable(random_events(int(feed_id))), len(entries)))
            assert len(entries) >= count > 0, "every confirmed one"
            assert list(map(facts, entries)) == list(map(facts, events)), "none half, none twice, in their order"
            assert standing(log.last_events(feed_id), feed_id) == standing(latest(events), feed_id)
        assert log.flush(LONG_S)
        broke_off = log.read(Selection(happenings=[Occurrence.PROGRAM_BROKE_OFF]), limit=sys.maxsize)
        assert len(broke_off) == KILLS
    finally:
        assert log.close(LONG_S)


def latest(events: list[AlarmEvent]) -> tuple[AlarmEvent, ...]:
    return tuple({event.subject: event for event in events}.values())


def standing(last_events: tuple[AlarmEvent, ...], feed_id: str) -> list[object]:
    """How a book stands that is restored from them."""
    book = AlarmBook(rules(latched=bool(int(feed_id) % 2)))
    book.restore(last_events)
    now = datetime(2100, 1, 1, tzinfo=UTC)
    return [book.alarms(now), dict(book.severities()), book.out_of_service]
