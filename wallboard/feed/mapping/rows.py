"""From the rows of an answer to calls, incidents, units, agencies and call takers.

A row that lacks what it needs is dropped and reported by its place in the answer. What only adorns it (a coordinate, an
agency) is left out instead, and reported too. A time that cannot be read costs the row: without it, a closed incident
would look open.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Protocol

import msgspec
from msgspec import Struct

from wallboard.core.entities import (
    ENDED_STATUSES,
    OPEN_STATUSES,
    OTHER,
    Agency,
    Call,
    CallTaker,
    Category,
    Disposition,
    Incident,
    IncidentStatus,
    Unit,
)
from wallboard.core.merge import LISTS
from wallboard.core.poll import DroppedRow
from wallboard.feed.contract import SAME_IDENTIFIER
from wallboard.feed.mapping import values
from wallboard.feed.mapping.answers import Finder, Row
from wallboard.feed.mapping.expressions import EvaluationError
from wallboard.feed.mapping.privacy import Privacy
from wallboard.feed.mapping.times import BadValue, TimeReader
from wallboard.feed.mapping.values import Translation

CONVERSIONS: Mapping[str, Callable[[Any], Any]] = {
    "id": values.identifier,
    "agency_id": values.identifier,
    "incident_id": values.identifier,
    "call_taker_id": values.identifier,
    "agency_ids": values.identifiers,
    "units_total": values.count,
    "latitude": values.latitude,
    "longitude": values.longitude,
}
"""By the field's name; any other that is neither a time nor translated is a text."""

TIMES = frozenset(
    {
        "received_at",
        "answered_at",
        "ended_at",
        "reported_at",
        "dispatched_at",
        "en_route_at",
        "arrived_at",
        "closed_at",
    }
)
LATEST = frozenset({"ended_at", "closed_at"})
"""Of merged rows the latest counts, and none while one lacks it; of the other times the earliest."""


class Tally(Protocol):
    """Hears of every value, for a report."""

    def field(self, list_: str, table: int, name: str, raw: Any, converted: Any, *, understood: bool) -> None: ...


class Field(Struct, frozen=True, kw_only=True):
    """One field of a table. Exactly one of `convert`, `time` and `translation` is set."""

    name: str
    raw: Callable[[Any], Any]
    """The value in a row. Raises EvaluationError and BadValue."""
    path: tuple[str, ...] | None
    """Its place in the row, where it is that simple."""
    names: frozenset[str]
    needed: bool
    null: frozenset[str]
    """Values, as texts, that mean null."""
    convert: Callable[[Any], Any] | None = None
    time: TimeReader | None = None
    translation: Translation | None = None


class Table(Struct, frozen=True, kw_only=True):
    """One table of a mapping, such as the second `[[incidents]]`."""

    list: str
    index: int
    endpoint: str | None
    history: str | None
    finder: Finder
    fields: tuple[Field, ...]
    merge: bool
    privacy: Privacy


class Read(Struct, frozen=True, kw_only=True):
    """`present` holds the identifiers of all rows, dropped ones too; None where a dropped row did not tell its own."""

    rows: tuple[Any, ...]
    present: frozenset[str] | None
    dropped: tuple[DroppedRow, ...]
    unknown: Mapping[str, int]


class _Unusable(Exception):  # noqa: N818 (it costs a row, not the answer)
    def __init__(self, reason: str, field: tuple[str, ...] | None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.field = field


def read(
    table: Table, rows: Iterable[Row], now: datetime, known: Mapping[str, Any], tally: Tally | None = None
) -> Read:
    """`now` is the server's time, and `known` the things of this list as they were read before."""
    work = _Reading(table, now, known, tally)
    for row in rows:
        work.take(row)
    return work.done()


class _Reading:
    def __init__(self, table: Table, now: datetime, known: Mapping[str, Any], tally: Tally | None) -> None:
        self._table = table
        self._now = now
        self._known = known
        self._tally = tally
        self._rows: dict[str, Any] = {}
        self._pages: dict[str, int] = {}
        self._present: set[str] = set()
        self._all_named = True
        self._dropped: list[DroppedRow] = []
        self._unknown: Counter[str] = Counter()

    def done(self) -> Read:
        return Read(
            rows=tuple(self._rows.values()),
            present=frozenset(self._present) if self._all_named else None,
            dropped=tuple(self._dropped),
            unknown=self._unknown,
        )

    def take(self, row: Row) -> None:
        identifier = ""
        told: dict[str, Any] = {}
        unusable: _Unusable | None = None
        for field in self._table.fields:
            try:
                told[field.name] = self._value(field, row, self._known.get(identifier))
                identifier = told.get("id", "")
            except _Unusable as error:
                unusable = unusable or error
                if self._tally is None:  # a report wants to know of every field
                    break
        try:
            if unusable is not None:
                raise unusable
            self._keep(row, _built(told, self._table.list))
        except _Unusable as error:
            self._dropped.append(DroppedRow(row.path(error.field), error.reason, self._table.list, identifier))
        if identifier:
            self._present.add(identifier)
        else:
            self._all_named = False

    def _keep(self, row: Row, built: Any) -> None:
        first = self._rows.get(built.id)
        if first is None:
            self._rows[built.id] = built
            self._pages[built.id] = id(row.page)
        elif self._table.merge:
            self._rows[built.id] = merged(first, built)
        elif self._pages[built.id] == id(row.page):
            field = self._table.fields[0]
            raise _Unusable(f"id: {SAME_IDENTIFIER}", field.path)
        # else: it moved to a later page while the pages were read.

    def _value(self, field: Field, row: Row, earlier: Any) -> Any:
        """Raises _Unusable."""
        raw: Any = None
        try:
            raw = field.raw(row.value)
            value, understood = self._converted(field, raw, earlier)
        except (EvaluationError, BadValue) as error:
            return self._not_understood(field, row, raw, error)
        if self._tally is not None:
            self._tally.field(self._table.list, self._table.index, field.name, raw, value, understood=understood)
        if not understood:
            self._unknown[f"{self._table.list}.{field.name}"] += 1
        if field.needed and (value is None or value == ""):
            raise _Unusable(f"{field.name}: there is none", field.path)
        return value

    def _converted(self, field: Field, raw: Any, earlier: Any) -> tuple[Any, bool]:
        if field.null and not isinstance(raw, dict | list) and values.text(raw) in field.null:
            raw = None
        if field.time is not None:
            if raw is None or (isinstance(raw, str) and not raw.strip()):
                return None, True
            return field.time(raw, self._now, getattr(earlier, field.name, None)), True
        if field.translation is not None:
            value, understood = field.translation(values.text(raw))
            return value if isinstance(value, int) else values.plain_text(value), understood
        assert field.convert is not None
        return field.convert(raw), True

    def _not_understood(self, field: Field, row: Row, raw: Any, error: Exception) -> Any:
        if self._tally is not None:
            self._tally.field(self._table.list, self._table.index, field.name, raw, raw, understood=True)
        reason = f"{field.name}: {error}"
        if raw is not None:
            reason += f" ({self._table.privacy.shown(raw, field.names)})"
        if field.needed or field.time is not None:
            raise _Unusable(reason, field.path)
        self._dropped.append(DroppedRow(row.path(field.path), f"{reason}; the row is kept without it"))
        return None


def _built(told: dict[str, Any], list_: str) -> Any:
    kind = LISTS[list_]
    if kind is Agency:
        told["short_name"] = told.get("short_name") or told["name"]
    elif kind is Incident:
        en_route = told.pop("en_route_at", None)
        told["number"] = told.get("number") or told["id"]
        told["category"] = told.get("category") or Category.OTHER
        told["agency_ids"] = told.get("agency_ids") or ()
        told["status"] = told.get("status") or _status(told, en_route)
        told["priority"] = int(told["priority"])
    elif kind is Call:
        told["disposition"] = told["disposition"] or Disposition.PENDING
    elif kind in (Unit, CallTaker):
        told["status"] = told["status"] or OTHER
    make: Callable[..., Any] = kind
    return make(**{name: value if value != "" else None for name, value in told.items()})


def _status(told: Mapping[str, Any], en_route_at: datetime | None) -> str:
    if told.get("closed_at") is not None:
        return IncidentStatus.CLOSED
    if told.get("arrived_at") is not None:
        return IncidentStatus.ON_SCENE
    if en_route_at is not None:
        return IncidentStatus.EN_ROUTE
    return IncidentStatus.NEW if told.get("dispatched_at") is None else IncidentStatus.DISPATCHED


def merged(first: Any, other: Any) -> Any:
    """Two rows of one thing."""
    changes: dict[str, Any] = {}
    for name in first.__struct_fields__:
        mine, others = getattr(first, name), getattr(other, name)
        if name in LATEST:
            changes[name] = max(mine, others) if mine is not None and others is not None else None
        elif name in TIMES:
            changes[name] = min((one for one in (mine, others) if one is not None), default=None)
        elif name == "priority":
            changes[name] = min(mine, others)
        elif name == "agency_ids":
            changes[name] = tuple(dict.fromkeys((*mine, *others)))
        elif mine is None:
            changes[name] = others
    if isinstance(first, Incident):
        from_times = _status(changes | {"closed_at": None}, None)
        changes["status"] = _common_status(first.status, other.status, from_times)
    return msgspec.structs.replace(first, **changes)


def _common_status(one: str, other: str, from_times: str) -> str:
    """Ended only where both are; else the furthest that one which has not ended has come, or that the times tell."""
    going = [status for status in (one, other) if status not in ENDED_STATUSES]
    if not going:
        return one
    return max((*going, from_times), key=lambda status: OPEN_STATUSES.index(status) if status in OPEN_STATUSES else -1)
