"""What the alarm log knows of a time, as the alarm system's judgement of itself needs it."""

from __future__ import annotations

from collections.abc import Mapping, Set
from datetime import datetime, timedelta
from operator import attrgetter
from typing import NamedTuple

from wallboard.core import lifecycle
from wallboard.core.alarms import Alarm, AlarmEvent, Happening, Scope, Standing, Subject
from wallboard.core.judgement import MOST_JUDGED, Heard
from wallboard.history.entries import LONGEST_PAGE, Entry, Occurrence, Recallable, Selection

_RUNS = (Occurrence.PROGRAM_STARTED, Occurrence.PROGRAM_STOPPED, Occurrence.PROGRAM_BROKE_OFF)


class WallLog(NamedTuple):
    """What one wall, by its position, has written about its feeds: others may share the file."""

    log: Recallable
    position: str
    feed_ids: Set[str]


class Clocks(NamedTuple):
    """What the clock by which all is judged shows now, and by how much others are ahead of it: each feed's server's, by
    which its alarms were logged, and the PC's, by which alone the program's starts are told.
    """

    now: datetime
    servers_ahead: Mapping[str, timedelta]
    pc_ahead: timedelta


class Recalled(NamedTuple):
    """By the clock by which all is judged: `events` are those that count, the oldest first; `since` is from when on the
    wall was there to count, None where it never was.
    """

    events: list[Heard]
    since: datetime | None


def recall(of: WallLog, last: timedelta, clocks: Clocks) -> Recalled:
    """What was logged so recently. Raises UnreadableError."""
    begins, ends = clocks.now - last, clocks.now
    events = [
        Heard(event.at - ahead, feed_id, event)
        for feed_id in of.feed_ids
        for ahead in [clocks.servers_ahead[feed_id]]
        for event in _events(of, feed_id, begins + ahead, ends + ahead)
    ]
    events.sort(key=attrgetter("at"))
    there = [event.at for event in events[:1]]  # whatever the PC's clock said when the program began
    ran = _ran_since(of, begins + clocks.pc_ahead, ends + clocks.pc_ahead, wrote=bool(events))
    if ran is not None:
        there.append(ran - clocks.pc_ahead)
    return Recalled(events, min(there, default=None))


def _ran_since(of: WallLog, begins: datetime, ends: datetime, *, wrote: bool) -> datetime | None:
    """By the PC's clock, from `begins` on: since when the program is known to have run, None where it is not. One that
    has neither stopped nor started since is known to by what it `wrote`.
    """
    runs = of.log.read(Selection(position=of.position, begins=begins, ends=ends, happenings=_RUNS))
    if not runs:
        before = of.log.read(Selection(position=of.position, ends=begins, happenings=_RUNS), limit=1)
        ran = bool(before) and before[0].happening is Occurrence.PROGRAM_STARTED
        wrote = wrote or bool(of.log.read(Selection(position=of.position, begins=begins, ends=ends), limit=1))
        return begins if ran and wrote else None
    first = runs[-1]
    if first.happening is Occurrence.PROGRAM_STOPPED:
        return begins
    if first.happening is Occurrence.PROGRAM_BROKE_OFF and datetime.fromisoformat(first.note) >= begins:
        return begins
    return first.at


def standing(of: WallLog, clocks: Clocks) -> list[tuple[Alarm, timedelta]]:
    """The alarms that are not over, and for how long, however often the program was started meanwhile. Raises
    UnreadableError.
    """
    return [
        (alarm, clocks.now + clocks.servers_ahead[feed_id] - alarm.since)
        for feed_id in of.feed_ids
        for event in of.log.standing(of.position, feed_id)
        if (alarm := _alarm(event)) is not None
    ]


def _events(of: WallLog, feed_id: str, begins: datetime, ends: datetime) -> list[AlarmEvent]:
    """Those that count, the newest first."""
    chosen = Selection(position=of.position, feed_id=feed_id, begins=begins, ends=ends, happenings=lifecycle.CAN_RING)
    events: list[AlarmEvent] = []
    before_id: int | None = None
    while len(events) < MOST_JUDGED:
        page = of.log.read(chosen, before_id=before_id)
        events += [
            event for entry in page if entry.scope is not None and lifecycle.counts(event := _event(entry, entry.scope))
        ]
        if len(page) < LONGEST_PAGE:
            break
        before_id = page[-1].id
    return events


def _alarm(event: AlarmEvent) -> Alarm | None:
    """None of a rule that is out of service."""
    if event.severity is None:
        return None
    return Alarm(
        subject=event.subject,
        severity=event.severity,
        state=event.standing.state,
        value=event.value or 0.0,
        limit=event.limit or 0.0,
        since=event.since or event.at,
    )


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
