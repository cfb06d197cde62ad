"""A program that appends to an alarm log until it is killed: python -m tests.history.writer FILE FEED SEED

It says how many events are confirmed each time that it knows.
"""

from __future__ import annotations

import random
import sys
from datetime import UTC, datetime
from pathlib import Path

from tests.history.histories import random_events
from wallboard.history.alarmlog import AlarmLog

LONG_S = 30.0


def main(path: str, feed_id: str, seed: str) -> None:
    chance = random.Random(int(seed))
    log = AlarmLog(Path(path), wall_clock=lambda: datetime.now(UTC))
    log.open({})
    appended = 0
    for events in random_events(int(seed)):
        log.append(feed_id, events)
        appended += len(events)
        if chance.random() < 0.2:  # else the writer takes several steps at once
            assert log.flush(LONG_S)
            print(appended, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
