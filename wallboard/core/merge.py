"""Changes merged into a snapshot, and what a later snapshot shows to have gone wrong with it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from wallboard.core.entities import Agency, Call, CallTaker, Entity, Incident, Snapshot, Unit

LISTS: Mapping[str, type[Entity]] = {
    "agencies": Agency,
    "units": Unit,
    "call_takers": CallTaker,
    "calls": Call,
    "incidents": Incident,
}
"""The lists of a snapshot and the type of their rows."""


class Delta(Struct, frozen=True, kw_only=True):
    """What changed since a cursor, by list: rows that are new or different, and identifiers of those that left.

    `cursor` is the one to ask with next. An identifier that is in both is there: the row is what the server told last.
    """

    server_time: datetime
    cursor: str
    upserts: Mapping[str, tuple[Entity, ...]] = {}
    removed: Mapping[str, tuple[str, ...]] = {}

    def __bool__(self) -> bool:
        return any(self.upserts.values()) or any(self.removed.values())


def merged(snapshot: Snapshot, delta: Delta) -> Snapshot:
    """The snapshot after the changes. Rows keep their places and new ones come last; a second time changes nothing."""
    lists: dict[str, tuple[Entity, ...]] = {}
    for name in LISTS:
        upserts, removed = delta.upserts.get(name, ()), delta.removed.get(name, ())
        if upserts or removed:
            rows = {row.id: row for row in getattr(snapshot, name)}
            for key in removed:
                rows.pop(key, None)
            rows.update((row.id, row) for row in upserts)
            lists[name] = tuple(rows.values())
    return replace(snapshot, server_time=delta.server_time, cursor=delta.cursor, **lists)


def sharing(before: Snapshot | None, after: Snapshot) -> Snapshot:
    """`after`, with the very rows and lists of `before` in place of those that are equal.

    Thousands of rows are then kept once, and who follows them sees by identity what has not changed.
    """
    if before is None:
        return after
    lists: dict[str, tuple[Entity, ...]] = {}
    for name in LISTS:
        old, new = getattr(before, name), getattr(after, name)
        if old == new:
            lists[name] = old
        else:
            known = {row.id: row for row in old}
            lists[name] = tuple([same if (same := known.get(row.id)) == row else row for row in new])
    return replace(after, **lists)


def unexplained(held: Snapshot, told: Snapshot, since: Delta) -> Iterator[tuple[str, str]]:
    """The rows, as list and identifier, in which `held` differs from `told` without a change that says why.

    `held` is a merged snapshot and `since` what changed from its cursor to a moment after `told` was made: a row that
    differs and is not in it was merged wrongly, or never told.
    """
    for name in LISTS:
        old = {row.id: row for row in getattr(held, name)}
        new = {row.id: row for row in getattr(told, name)}
        explained = {row.id for row in since.upserts.get(name, ())} | set(since.removed.get(name, ()))
        for key in old.keys() | new.keys():
            if key not in explained and old.get(key) != new.get(key):
                yield name, key
