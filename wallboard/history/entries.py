"""What the alarm log holds, as whoever reads it sees it. Nothing here knows how it is kept."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, tzinfo
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from wallboard.core.alarms import AlarmEvent, AlarmState, Happening, Scope, Severity

LONGEST_PAGE = 1_000
"""Entries that are read at a time: more than a person scrolls through, and about 5 ms."""


class Occurrence(StrEnum):
    """What happened to something that is no alarm."""

    RULE_ADDED = "rule_added"
    """Its note is the whole rule, as JSON."""
    RULE_CHANGED = "rule_changed"
    """Its note says from what to what."""
    RULE_REMOVED = "rule_removed"
    FEED_LOST = "feed_lost"
    """Its note is the kind of failure, empty where none is known."""
    FEED_RETURNED = "feed_returned"
    PROGRAM_STARTED = "program_started"
    """Its note is the version."""
    PROGRAM_STOPPED = "program_stopped"
    PROGRAM_BROKE_OFF = "program_broke_off"
    """Found at the next start: the program before did not stop in order. Its note is when it was last heard of."""
    ENTRIES_LOST = "entries_lost"
    """There was no room for them. Its note is how many."""
    LOG_SET_ASIDE = "log_set_aside"
    """The file before could not be used. Its note is the name under which it was kept."""


class Entry(Struct, frozen=True, kw_only=True):
    """One line of the log. Identifiers rise in the order of writing, which is not that of time where a clock was set.

    `at` is the server's time, or the PC's as long as that was unknown; `recorded_at` is the PC's. `position` is that of
    the wall that wrote it, `by` that of whoever acted. What is about the program has no feed, what is about no alarm
    has no subject, value, severity or state.
    """

    id: int
    at: datetime
    recorded_at: datetime
    position: str
    feed_id: str
    happening: Happening | Occurrence
    rule: str = ""
    scope: Scope | None = None
    key: str = ""
    """The identifier of the call, incident, agency, centre or feed; empty: the rule itself."""
    severity: Severity | None = None
    state: AlarmState | None = None
    value: float | None = None
    limit: float | None = None
    since: datetime | None = None
    rings: bool = False
    agencies: tuple[str, ...] = ()
    by: str = ""
    note: str = ""


class Selection(Struct, frozen=True, kw_only=True):
    """Which entries; None is all. `ends` itself is no longer in it. Of agencies, an entry names one or more of them."""

    position: str | None = None
    feed_id: str | None = None
    begins: datetime | None = None
    ends: datetime | None = None
    rules: Collection[str] | None = None
    agencies: Collection[str] | None = None
    severities: Collection[Severity] | None = None
    happenings: Collection[Happening | Occurrence] | None = None


EVERYTHING = Selection()


class TroubleKind(StrEnum):
    """Why the log cannot be kept as it should; the words are `alarm_log.<kind>`."""

    FULL = "full"
    READ_ONLY = "read_only"
    UNREACHABLE = "unreachable"
    """The folder or the file cannot be opened, or the disk does not answer."""
    BUSY = "busy"
    """Another program holds it."""
    FOREIGN = "foreign"
    """The file is another program's, and is left alone."""
    UNUSABLE = "unusable"
    """Damaged, or of a later version of this program."""
    SET_ASIDE = "set_aside"
    """The file before could not be used, and a new one was begun."""
    LOST = "lost"
    """It is written again, and some of what happened has not found room."""


class Trouble(Struct, frozen=True, kw_only=True):
    """`waiting` entries are kept in memory until they can be written; `lost` found no room there, since the start."""

    kind: TroubleKind
    waiting: int = 0
    lost: int = 0
    file: str = ""
    """Of a log that was set aside, its name now."""


class UnreadableError(Exception):
    """The log cannot be read now."""

    def __init__(self, kind: TroubleKind) -> None:
        super().__init__(kind.value)
        self.kind = kind


class Searchable(Protocol):
    """What the log's entries are read from."""

    def read(
        self, chosen: Selection = EVERYTHING, *, limit: int = LONGEST_PAGE, before_id: int | None = None
    ) -> Sequence[Entry]:
        """The newest first, in the caller's thread; `before_id` goes on behind the last that was read. Raises
        UnreadableError.
        """
        ...


class Recallable(Searchable, Protocol):
    """What says how alarms stand, too."""

    def standing(self, position: str, feed_id: str) -> Sequence[AlarmEvent]:
        """The last event of each alarm of a wall's that is not over. Raises UnreadableError."""
        ...


class Readable(Searchable, Protocol):
    """A log, to whoever shows it."""

    @property
    def trouble(self) -> Trouble | None: ...


class Exportable(Readable, Protocol):
    """A log that can be taken along."""

    def export(self, chosen: Selection, path: Path, zone: tzinfo | None = None) -> int:
        """Write them as CSV, the oldest first, in the caller's thread. Raises UnreadableError, OSError."""
        ...
