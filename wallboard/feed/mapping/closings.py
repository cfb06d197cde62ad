"""When an incident is closed, for systems that do not say so with a time.

An incident that is gone from the list of a whole, good answer was closed between the answer before and this one: at the
latest at the server time of this one, which is what the wall takes. An answer that may not be whole closes nothing. One
that is suddenly empty, or that was put together from pages between which rows may have moved, closes only what is still
gone in the next one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

from msgspec.structs import replace

from wallboard.core.entities import ENDED_STATUSES, Incident, IncidentStatus

KEPT = timedelta(hours=1)
"""How long a closed incident stays in the snapshot: as the contract has it."""

DOUBTED_FOR = timedelta(minutes=1)
"""A list that is suddenly empty may be a fault of the system's: for so long nothing is closed by it."""


class Closings:
    """The memory of one `[[incidents]]` table."""

    def __init__(self, how: Literal["time", "status", "disappearance", "never"]) -> None:
        self._how = how
        self._open: dict[str, Incident] = {}
        self._missing: dict[str, datetime] = {}
        """Gone in the answers since then, and not sure to be closed."""
        self._seen_at: dict[str, datetime] = {}
        """The server time of the last answer that held an open incident."""
        self._closed: dict[str, Incident] = {}
        """Closed by disappearance, not long ago."""
        self._ended_at: dict[str, datetime] = {}
        """Seen to end by their status, which has no time."""

    @property
    def known(self) -> Mapping[str, Incident]:
        """The open incidents as they were last seen, by identifier."""
        return self._open

    def observe(
        self,
        rows: Sequence[Incident],
        present: frozenset[str] | None,
        at: datetime,
        *,
        sure: bool,
        emptied: bool = False,
    ) -> tuple[Incident, ...]:
        """The incidents after an answer of the server time `at`: those of its rows and those that are gone from it.

        `present` holds every identifier of the answer; None where it may not be whole. Not `sure`: what is gone must
        be gone twice; and where the list was `emptied`, in every answer of a minute. What no answer has held for an
        hour, and none could close, leaves without being closed.
        """
        if self._how == "status":
            rows = [self._with_end(row, at) for row in rows]
            self._ended_at = {row.id: self._ended_at[row.id] for row in rows if row.id in self._ended_at}
        if self._how != "disappearance":
            self._open = {row.id: row for row in rows if row.active}
            return tuple(rows)
        return self._after_disappearances(rows, present, at, sure, DOUBTED_FOR if emptied else timedelta())

    def _after_disappearances(
        self, rows: Sequence[Incident], present: frozenset[str] | None, at: datetime, sure: bool, doubted_for: timedelta
    ) -> tuple[Incident, ...]:
        here = frozenset(row.id for row in rows) if present is None else present
        gone = self._open.keys() - here
        closing: set[str] = set()
        if present is not None:
            again = {key for key in gone & self._missing.keys() if at - self._missing[key] >= doubted_for}
            closing = set(gone) if sure else again
            self._missing = {key: self._missing.get(key, at) for key in gone - closing}
        for identifier in closing:
            self._closed[identifier] = replace(self._open[identifier], closed_at=at, status=IncidentStatus.CLOSED)
        self._closed = {
            key: row
            for key, row in self._closed.items()
            if key not in here and row.closed_at is not None and row.closed_at > at - KEPT
        }
        waiting = [row for key, row in self._open.items() if key in gone - closing and self._seen_at[key] > at - KEPT]
        unread = [row for key, row in self._open.items() if key in here]
        self._open = {row.id: row for row in (*unread, *waiting, *rows)}
        self._open = {key: row for key, row in self._open.items() if row.active}
        self._seen_at = {key: at if key in here else self._seen_at[key] for key in self._open}
        return (*rows, *waiting, *self._closed.values())

    def _with_end(self, row: Incident, at: datetime) -> Incident:
        if row.status not in ENDED_STATUSES or row.closed_at is not None:
            self._ended_at.pop(row.id, None)
            return row
        if row.id in self._open:
            self._ended_at.setdefault(row.id, at)
        return replace(row, closed_at=self._ended_at.get(row.id))
