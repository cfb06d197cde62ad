"""What the dispatch system knows: the snapshot's five lists, their versions and latest changes, and the history."""

from __future__ import annotations

from collections import deque
from datetime import datetime
from typing import TypeVar

import msgspec

from wallboard.demo.rows import Agency, Call, CallTaker, Incident, Row, Unit

LISTS: dict[type[Row], str] = {
    Agency: "agencies",
    Unit: "units",
    CallTaker: "call_takers",
    Call: "calls",
    Incident: "incidents",
}

CHANGES_KEPT = 20_000
"""Changes that a cursor can look back over: most of an hour of the storm, days of Bengkalis; a few MB at most."""

Dated = TypeVar("Dated", Call, Incident)

_encode = msgspec.json.Encoder().encode


class CursorExpired(Exception):  # noqa: N818 (it is no fault)
    """The cursor is not of this ledger, or its changes are no longer kept."""


class Ledger:
    """Each row is encoded once, when it is put in. `version` counts the changes; not thread-safe."""

    def __init__(self) -> None:
        self.version = 0
        self.calls: dict[str, Call] = {}
        self.incidents: dict[str, Incident] = {}
        self._encoded: dict[str, dict[str, bytes]] = {name: {} for name in LISTS.values()}
        self._changes: deque[tuple[int, str, str]] = deque()
        self._forgotten_up_to = 0

    def put(self, row: Row) -> bool:
        """Add or replace. False where the row was there already, just so: that is no change."""
        name = LISTS[type(row)]
        encoded = _encode(row)
        if self._encoded[name].get(row.id) == encoded:
            return False
        self._encoded[name][row.id] = encoded
        if isinstance(row, Call):
            self.calls[row.id] = row
        elif isinstance(row, Incident):
            self.incidents[row.id] = row
        self._note(name, row.id)
        return True

    def leave(self, row: Call | Incident) -> None:
        """Out of the snapshot; the history keeps it."""
        name = LISTS[type(row)]
        if self._encoded[name].pop(row.id, None) is not None:
            self._note(name, row.id)

    def forget(self, row: Call | Incident) -> None:
        """Out of the history."""
        if isinstance(row, Call):
            self.calls.pop(row.id, None)
        else:
            self.incidents.pop(row.id, None)

    def lists(self) -> bytes:
        """The five members of a snapshot's object, without its braces."""
        return b",".join(_member(name, _array(rows.values())) for name, rows in self._encoded.items())

    def changes_since(self, version: int) -> bytes:
        """The `upserts` and `removed` members of what changed after that version. Raises CursorExpired."""
        if not self._forgotten_up_to <= version <= self.version:
            raise CursorExpired
        changed: dict[str, dict[str, None]] = {}
        for number, name, row_id in reversed(self._changes):
            if number <= version:
                break
            changed.setdefault(name, {})[row_id] = None
        upserts: list[bytes] = []
        removed: list[bytes] = []
        for name, row_ids in changed.items():
            rows = self._encoded[name]
            kept = [rows[row_id] for row_id in reversed(row_ids) if row_id in rows]
            gone = [row_id for row_id in row_ids if row_id not in rows]
            if kept:
                upserts.append(_member(name, _array(kept)))
            if gone:
                removed.append(_member(name, _encode(gone)))
        return b'"upserts":{%b},"removed":{%b}' % (b",".join(upserts), b",".join(removed))

    def _note(self, name: str, row_id: str) -> None:
        self.version += 1
        if len(self._changes) == CHANGES_KEPT:
            self._forgotten_up_to = self._changes.popleft()[0]
        self._changes.append((self.version, name, row_id))


def page_of(
    rows: dict[str, Dated],
    *,
    after: datetime | None,
    before: datetime | None,
    beyond: tuple[datetime, str] | None,
    size: int,
) -> tuple[list[Dated], tuple[datetime, str] | None]:
    """At most `size` rows with after <= instant < before, oldest first, then by identifier.

    `beyond` is the place at which the page before this one stopped; the second answer is that of this page, None where
    nothing follows.
    """
    placed = sorted(
        (place, row)
        for row in rows.values()
        if (place := (_instant(row), row.id)) and (after is None or after <= place[0])
        if before is None or place[0] < before
        if beyond is None or place > beyond
    )
    page = placed[:size]
    return [row for _, row in page], page[-1][0] if len(placed) > size else None


def _instant(row: Call | Incident) -> datetime:
    return row.received_at if isinstance(row, Call) else row.reported_at


def _array(rows: object) -> bytes:
    return b"[%b]" % b",".join(rows)  # type: ignore[arg-type]


def _member(name: str, value: bytes) -> bytes:
    return b'"%b":%b' % (name.encode(), value)
