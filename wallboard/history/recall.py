"""What the alarm log knows of a time, as the alarm system's judgement of itself needs it."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from wallboard.core.alarms import AlarmEvent, Happening, Scope, Standing, Subject
from wallboard.history.entries import LONGEST_PAGE, Entry, Occurrence, Searchable, Selection

MOST_RECALLED = 20_000
"""Events: ten times those of a day in which there are too many by EEMUA 191. Of more, the last are judged."""

RAISES = (Happening.RAISED, Happening.ESCALATED)
_RUNS = (Occurrence.PROGRAM_STARTED, Occurrence.PROGRAM_STOPPED, Occurrence.PROGRAM_BROKE_OFF)


class Recalled(NamedTuple):
    """`events` by their feeds' ids, the oldest first; `since` is from when on the wall was there to count, None where
    it never was.
    """

    events: list[tuple[str, AlarmEvent]]
    since: datetime | None


def recall(log: Searchable, begins: datetime, ends: datetime) -> Recalled:
    """Raises UnreadableError."""
    chosen = Selection(begins=begins, ends=ends, happenings=RAISES)
    entries: list[Entry] = []
    while len(entries) < MOST_RECALLED:
        page = log.read(chosen, before_id=entries[-1].id if entries else None)
        entries += page
        if len(page) < LONGEST_PAGE:
            break
    runs = log.read(Selection(begins=begins, ends=ends, happenings=_RUNS))
    since = None
    if runs:  # a program that stopped had been running when the time began
        since = runs[-1].at if runs[-1].happening is Occurrence.PROGRAM_STARTED else begins
    events = [(entry.feed_id, _event(entry, entry.scope)) for entry in reversed(entries) if entry.scope is not None]
    return Recalled(events, since)


def _event(entry: Entry, scope: Scope) -> AlarmEvent:
    """As much of it as rates need."""
    return AlarmEvent(
        at=entry.at,
        subject=Subject(entry.rule, scope, entry.key),
        happening=Happening(entry.happening.value),
        standing=Standing(severity=entry.severity),
        severity=entry.severity,
        rings=entry.rings,
    )
