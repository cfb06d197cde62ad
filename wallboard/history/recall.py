"""What the alarm log knows of a time, as the alarm system's judgement of itself needs it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple

from wallboard.core import lifecycle
from wallboard.core.alarms import Alarm, AlarmEvent, Happening, Scope, Standing, Subject
from wallboard.history.entries import LONGEST_PAGE, Entry, Occurrence, Recallable, Selection

MOST_RECALLED = 20_000
"""Events: ten times those of a day in which there are too many by EEMUA 191. Of more, the last are judged."""

_RUNS = (Occurrence.PROGRAM_STARTED, Occurrence.PROGRAM_STOPPED, Occurrence.PROGRAM_BROKE_OFF)


class WallLog(NamedTuple):
    """What one wall, by its position, has written about its feeds: others may share the file."""

    log: Recallable
    position: str
    feed_ids: Collection[str]


class Recalled(NamedTuple):
    """`events` are those that count, by their feeds' ids, the oldest first; `since` is from when on the wall was there
    to count, None where it never was.
    """

    events: list[tuple[str, AlarmEvent]]
    since: datetime | None


def recall(of: WallLog, begins: datetime, ends: datetime, pc_ahead: timedelta = timedelta(0)) -> Recalled:
    """From and to a server's time; the PC's clock, by which alone the program's starts are told, is so far ahead of it.
    Raises UnreadableError.
    """
    chosen = Selection(position=of.position, begins=begins, ends=ends, happenings=lifecycle.CAN_RING)
    events: list[tuple[str, AlarmEvent]] = []
    before_id: int | None = None
    while len(events) < MOST_RECALLED:
        page = of.log.read(chosen, before_id=before_id)
        events += [
            (entry.feed_id, event)
            for entry in page
            if entry.feed_id in of.feed_ids
            and entry.scope is not None
            and lifecycle.counts(event := _event(entry, entry.scope))
        ]
        if len(page) < LONGEST_PAGE:
            break
        before_id = page[-1].id
    runs = of.log.read(
        Selection(position=of.position, begins=begins + pc_ahead, ends=ends + pc_ahead, happenings=_RUNS)
    )
    there = [event.at for _, event in events]  # whatever the PC's clock said when the program began
    if runs:  # a program that stopped had been running when the time began
        there.append(runs[-1].at - pc_ahead if runs[-1].happening is Occurrence.PROGRAM_STARTED else begins)
    return Recalled(events[::-1], min(there, default=None))


def standing(of: WallLog) -> list[Alarm]:
    """The alarms that are not over, and since when, however often the program was started meanwhile. Raises
    UnreadableError.
    """
    last = [event for feed_id in of.feed_ids for event in of.log.standing(of.position, feed_id)]
    return [
        Alarm(
            subject=event.subject,
            severity=event.severity,
            state=event.standing.state,
            value=event.value or 0.0,
            limit=event.limit or 0.0,
            since=event.since or event.at,
        )
        for event in last
        if event.severity is not None  # or it is a rule that is out of service
    ]


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
