"""The dispatch contract: bytes of an answer to typed rows.

A clean body is decoded and checked in one pass. Only one that is not pays for the second path, in which every row
stands for itself: a bad one is dropped and told by its place, the good ones are used.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from functools import cache
from operator import attrgetter
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Raw, Struct, inspect

from wallboard.core.entities import (
    Agency,
    Call,
    CallTaker,
    CallTakerStatus,
    Category,
    Centre,
    Disposition,
    Entity,
    Identifier,
    Incident,
    IncidentStatus,
    Instant,
    Snapshot,
    Unit,
    UnitStatus,
)
from wallboard.core.merge import LISTS, Delta
from wallboard.core.poll import DroppedRow
from wallboard.core.text import LONGEST_TEXT, made_plain
from wallboard.feed.characters import BYTE_ORDER_MARK, whole_characters

API_VERSION = "1"

ENUMERATIONS: Mapping[str, Mapping[str, type[StrEnum]]] = {
    "units": {"status": UnitStatus},
    "call_takers": {"status": CallTakerStatus},
    "calls": {"disposition": Disposition},
    "incidents": {"category": Category, "status": IncidentStatus},
}

FIRST_MONTH, LAST_MONTH = (1, 2), (9999, 11)
"""Year and month. An instant at either end of the calendar overflows when it is told in another time zone."""

CALENDAR = "0001-02 to 9999-11"
"""The same in words."""

_ASCII = bytes(range(128))
_DELETE = b"\x7f"
_ESCAPED_CHARACTER = re.compile(rb"\\[bfnrtu]")
_CALENDAR_ENDS = (b'"0001-01-', b'"9999-12-')
"""Whole months: the longer what is looked for, the more of a body is leapt over."""

_PLACE = re.compile(r"^(?P<reason>.*?)(?: - at `\$(?P<place>.*)`)?$", re.DOTALL)

# What msgspec raises for a body that is not what it should be: bytes that are no UTF-8 (a ValueError) and a nesting
# deeper than the stack come as Python's own errors.
_REFUSALS = (msgspec.DecodeError, ValueError, RecursionError)

AnyEntity = TypeVar("AnyEntity", bound=Entity)


class ContractError(Exception):
    """The whole body cannot be used. `place` is a path into it, empty for the body itself."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place}: {reason}" if place else reason)
        self.place = place
        self.reason = reason


class Decoded(Struct, frozen=True, kw_only=True):
    """`unknown_values` counts values outside the enumerations by path, e.g. `calls.disposition`."""

    snapshot: Snapshot
    dropped_rows: tuple[DroppedRow, ...] = ()
    unknown_values: Mapping[str, int] = {}


class DecodedChanges(Struct, frozen=True, kw_only=True):
    delta: Delta
    dropped_rows: tuple[DroppedRow, ...] = ()


class Page(Struct, Generic[AnyEntity], frozen=True, kw_only=True):
    rows: tuple[AnyEntity, ...]
    next_page_token: str | None
    dropped_rows: tuple[DroppedRow, ...] = ()
    unknown_values: Mapping[str, int] = {}


class _Versioned(Struct, frozen=True, kw_only=True):
    api_version: str
    server_time: Instant
    cursor: str | None = None


class _Body(_Versioned, frozen=True, kw_only=True):
    centre: Centre
    agencies: tuple[Agency, ...]
    units: tuple[Unit, ...]
    call_takers: tuple[CallTaker, ...]
    calls: tuple[Call, ...]
    incidents: tuple[Incident, ...]


class _RawBody(_Versioned, frozen=True, kw_only=True):
    centre: Raw
    agencies: tuple[Raw, ...]
    units: tuple[Raw, ...]
    call_takers: tuple[Raw, ...]
    calls: tuple[Raw, ...]
    incidents: tuple[Raw, ...]


class _Paged(Struct, frozen=True, kw_only=True):
    next_page_token: str | None = None


class _CallsPage(_Paged, frozen=True, kw_only=True):
    calls: tuple[Call, ...]


class _RawCallsPage(_Paged, frozen=True, kw_only=True):
    calls: tuple[Raw, ...]


class _IncidentsPage(_Paged, frozen=True, kw_only=True):
    incidents: tuple[Incident, ...]


class _RawIncidentsPage(_Paged, frozen=True, kw_only=True):
    incidents: tuple[Raw, ...]


class _Upserts(Struct, frozen=True, kw_only=True):
    agencies: tuple[Agency, ...] = ()
    units: tuple[Unit, ...] = ()
    call_takers: tuple[CallTaker, ...] = ()
    calls: tuple[Call, ...] = ()
    incidents: tuple[Incident, ...] = ()


class _RawUpserts(Struct, frozen=True, kw_only=True):
    agencies: tuple[Raw, ...] = ()
    units: tuple[Raw, ...] = ()
    call_takers: tuple[Raw, ...] = ()
    calls: tuple[Raw, ...] = ()
    incidents: tuple[Raw, ...] = ()


class _ChangesHead(Struct, frozen=True, kw_only=True):
    server_time: Instant
    cursor: Identifier
    removed: dict[str, tuple[Identifier, ...]]


class _Changes(_ChangesHead, frozen=True, kw_only=True):
    upserts: _Upserts


class _RawChanges(_ChangesHead, frozen=True, kw_only=True):
    upserts: _RawUpserts


@cache
def _decoder(shape: Hashable) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(shape)


def decode_snapshot(body: bytes) -> Decoded:
    """The snapshot in an answer to GET /snapshot. Raises ContractError where the body as a whole is of no use."""
    body = body.removeprefix(BYTE_ORDER_MARK)
    rows = _Rows()
    fast = _try(_Body, body)
    lists: dict[str, Any]
    if fast is None:
        head = _demand(_RawBody, body)
        centre = rows.lone("centre", Centre, head.centre)
        lists = {name: rows.each(name, kind, getattr(head, name)) for name, kind in LISTS.items()}
    else:
        head, centre = fast, fast.centre
        lists = {name: getattr(fast, name) for name in LISTS}
        if not _surely_plain(body):
            centre = rows.careful_lone("centre", centre)
            lists = {name: rows.careful(name, found) for name, found in lists.items()}
    _check_head(head, centre)
    for name in LISTS:
        rows.refuse_lost(name)
    lists = {name: rows.unique(name, found) for name, found in lists.items()}
    told = Snapshot(server_time=head.server_time, centre=centre, cursor=head.cursor, untold=frozenset(), **lists)
    return Decoded(
        snapshot=told,
        dropped_rows=rows.dropped(),
        unknown_values=_unknown_values(lists),
    )


def decode_changes(body: bytes) -> DecodedChanges:
    """The changes in an answer to GET /changes. Raises ContractError as decode_snapshot does.

    The paths of dropped rows begin at the list, as those of a snapshot do.
    """
    body = body.removeprefix(BYTE_ORDER_MARK)
    rows = _Rows()
    fast = _try(_Changes, body)
    lists: dict[str, tuple[Any, ...]]
    if fast is None:
        head = _demand(_RawChanges, body)
        lists = {name: rows.each(name, kind, getattr(head.upserts, name)) for name, kind in LISTS.items()}
    else:
        head = fast
        lists = {name: getattr(fast.upserts, name) for name in LISTS}
        if not _surely_plain(body):
            lists = {name: rows.careful(name, found) for name, found in lists.items()}
    _check_instant(head.server_time)
    lists = {name: rows.unique(name, found) for name, found in lists.items()}
    delta = Delta(server_time=head.server_time, cursor=head.cursor, upserts=lists, removed=head.removed)
    return DecodedChanges(delta=delta, dropped_rows=rows.dropped())


def decode_calls(body: bytes) -> Page[Call]:
    """An answer to GET /calls. Raises ContractError as decode_snapshot does."""
    return _decode_page(body, "calls", Call, _CallsPage, _RawCallsPage)


def decode_incidents(body: bytes) -> Page[Incident]:
    """An answer to GET /incidents. Raises ContractError as decode_snapshot does."""
    return _decode_page(body, "incidents", Incident, _IncidentsPage, _RawIncidentsPage)


def _decode_page(
    body: bytes, name: str, kind: type[AnyEntity], shape: type[_Paged], raw_shape: type[_Paged]
) -> Page[AnyEntity]:
    body = body.removeprefix(BYTE_ORDER_MARK)
    rows = _Rows()
    page = _try(shape, body)
    found: tuple[AnyEntity, ...]
    if page is None:
        page = _demand(raw_shape, body)
        found = rows.each(name, kind, getattr(page, name))
    else:
        found = getattr(page, name)
        if not _surely_plain(body):
            found = rows.careful(name, found)
    found = rows.unique(name, found)
    return Page(
        rows=found,
        next_page_token=page.next_page_token or None,
        dropped_rows=rows.dropped(),
        unknown_values=_unknown_values({name: found}),
    )


class _Rows:
    """Takes rows one by one, and remembers those that it drops and the place at which each of the others stood."""

    def __init__(self) -> None:
        self._dropped: list[tuple[str, int, DroppedRow]] = []
        self._places: dict[str, list[int]] = {}

    def dropped(self) -> tuple[DroppedRow, ...]:
        """In the order of the body."""
        order = list(LISTS)
        return tuple([row for _, _, row in sorted(self._dropped, key=lambda drop: (order.index(drop[0]), drop[1]))])

    def each(self, name: str, kind: type[AnyEntity], raws: Iterable[Raw]) -> tuple[AnyEntity, ...]:
        """Decode rows that need not be good."""
        return self._keep(name, raws, lambda raw: _plain(_decode_row(kind, raw)))

    def careful(self, name: str, rows: Sequence[AnyEntity]) -> tuple[AnyEntity, ...]:
        """Look again at rows that are of the right types."""
        return self._keep(name, rows, _plain)

    def lone(self, place: str, kind: type[AnyEntity], raw: Raw) -> AnyEntity:
        return _or_contract_error(place, lambda: _plain(_decode_row(kind, raw)))

    def careful_lone(self, place: str, row: AnyEntity) -> AnyEntity:
        return _or_contract_error(place, lambda: _plain(row))

    def refuse_lost(self, name: str) -> None:
        """A list of which nothing could be read is not an empty list. Raises ContractError."""
        lost = [row for list_, _, row in self._dropped if list_ == name]
        if lost and not self._places.get(name):
            place = lost[0].path
            raise ContractError(place, f"{lost[0].reason}, and so in every row of the list")

    def unique(self, name: str, rows: tuple[AnyEntity, ...]) -> tuple[AnyEntity, ...]:
        """The first of the rows that share an identifier stays."""
        if len({row.id for row in rows}) == len(rows):
            return rows
        places = self._places.get(name) or range(len(rows))
        first: dict[str, AnyEntity] = {}
        for index, row in zip(places, rows, strict=True):
            if first.setdefault(row.id, row) is not row:
                self._drop(name, index, "id", SAME_IDENTIFIER)
        return tuple(first.values())

    def _keep(self, name: str, rows: Iterable[Any], take: Callable[[Any], AnyEntity]) -> tuple[AnyEntity, ...]:
        kept, places = [], []
        for index, row in enumerate(rows):
            try:
                kept.append(take(row))
                places.append(index)
            except _REFUSALS as error:
                self._drop(name, index, *_place_and_reason(error), _identifier(row))
        self._places[name] = places
        return tuple(kept)

    def _drop(self, name: str, index: int, place: str, reason: str, identifier: str = "") -> None:
        path = f"{name}[{index}]" + (f".{place}" if place else "")
        self._dropped.append((name, index, DroppedRow(path, reason, name, identifier)))


class _Named(Struct):
    id: Identifier


def _identifier(row: Any) -> str:
    """Of a row that cannot be used, where at least that can be read."""
    if not isinstance(row, Raw):
        return str(row.id)
    named = _try(_Named, bytes(row))
    return "" if named is None else made_plain(named.id)


def _try(shape: Hashable, body: bytes) -> Any | None:
    try:
        return _decoder(shape).decode(body)
    except _REFUSALS:
        return None


def _demand(shape: Hashable, body: bytes) -> Any:
    return _or_contract_error("", lambda: _decoder(shape).decode(whole_characters(body)))


Value = TypeVar("Value")


def _or_contract_error(within: str, work: Callable[[], Value]) -> Value:
    try:
        return work()
    except _REFUSALS as error:
        place, reason = _place_and_reason(error)
        raise ContractError(".".join(filter(None, (within, place))), reason) from None


def _place_and_reason(error: Exception) -> tuple[str, str]:
    if isinstance(error, UnicodeDecodeError):
        return "", "not UTF-8"
    if isinstance(error, RecursionError):
        return "", "nested too deeply"
    match = _PLACE.match(str(error))
    if match is None:
        raise error
    return (match["place"] or "").removeprefix("."), match["reason"]


def _check_head(head: _Versioned, centre: Centre) -> None:
    if head.api_version != API_VERSION:
        raise ContractError("api_version", f'another version than "{API_VERSION}"')
    _check_instant(head.server_time)
    try:
        _zone(centre.time_zone)
    except (KeyError, ValueError, OSError):
        raise ContractError("centre.time_zone", f'unknown time zone "{made_plain(centre.time_zone)}"') from None


def _check_instant(server_time: datetime) -> None:
    if not amid_the_calendar(server_time):
        raise ContractError("server_time", _BEYOND)


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _decode_row(kind: type[AnyEntity], raw: Raw) -> AnyEntity:
    try:
        row: AnyEntity = _decoder(kind).decode(raw)
    except msgspec.ValidationError:
        # Its only fault may be a text that is too long.
        fields = msgspec.json.decode(raw)
        if not isinstance(fields, dict):
            raise
        texts = {name: fields[name] for name in _texts(kind) if isinstance(fields.get(name), str)}
        return msgspec.convert(fields | {name: made_plain(text) for name, text in texts.items()}, kind)
    return row


SAME_IDENTIFIER = "an earlier row of the list has this identifier"
"""Why a row is dropped of which another is kept."""

_BEYOND = f"an instant outside of the months {CALENDAR}"


def amid_the_calendar(instant: datetime) -> bool:
    return FIRST_MONTH <= (instant.year, instant.month) <= LAST_MONTH


def _plain(row: AnyEntity) -> AnyEntity:
    """The row with plain texts. Raises ValidationError for an instant at the ends of the calendar."""
    for name in _instants(type(row)):
        instant: datetime | None = getattr(row, name)
        if instant is not None and not amid_the_calendar(instant):
            raise msgspec.ValidationError(f"{_BEYOND} - at `$.{name}`")
    names = _texts(type(row))
    if "".join([getattr(row, name) or "" for name in names]).isprintable():
        return row
    return msgspec.structs.replace(row, **{name: made_plain(text) for name in names if (text := getattr(row, name))})


def _surely_plain(body: bytes) -> bool:
    """Whether no text in the body needs cleaning and no instant is at the ends of the calendar, judged from the bytes.

    No is said too often rather than too rarely: it costs time only.
    """
    if any(end in body for end in _CALENDAR_ENDS) or (b"\\" in body and _ESCAPED_CHARACTER.search(body)):
        return False
    if _DELETE in body:
        return False
    # JSON allows no other control character of ASCII; what is left is a few letters in thousands.
    try:
        return body.translate(None, _ASCII).decode().isprintable()
    except UnicodeDecodeError:
        return False


@cache
def _texts(kind: type[Entity]) -> tuple[str, ...]:
    """The names of the fields that hold text for people: the identifiers are left as they are."""
    return tuple(
        field.name
        for field, types in _field_types(kind)
        if any(isinstance(type_, inspect.StrType) and type_.max_length == LONGEST_TEXT for type_ in types)
    )


@cache
def _instants(kind: type[Entity]) -> tuple[str, ...]:
    return tuple(
        field.name
        for field, types in _field_types(kind)
        if any(isinstance(type_, inspect.DateTimeType) for type_ in types)
    )


def _field_types(kind: type[Entity]) -> list[tuple[inspect.Field, tuple[inspect.Type, ...]]]:
    info = inspect.type_info(kind)
    if not isinstance(info, inspect.StructType):
        raise TypeError(kind)
    return [
        (field, field.type.types if isinstance(field.type, inspect.UnionType) else (field.type,))
        for field in info.fields
    ]


def _unknown_values(lists: Mapping[str, Sequence[Entity]]) -> dict[str, int]:
    found = {}
    for name, rows in lists.items():
        for field, values in ENUMERATIONS.get(name, {}).items():
            told = attrgetter(field)
            if not set(map(told, rows)) <= values._value2member_map_.keys():
                found[f"{name}.{field}"] = sum(told(row) not in values._value2member_map_ for row in rows)
    return found
