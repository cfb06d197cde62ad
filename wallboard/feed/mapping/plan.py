"""A mapping made ready to run: every expression compiled, every table with its fields and their conversions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from wallboard.core.entities import CLOSED, FIELDS
from wallboard.core.merge import LISTS
from wallboard.feed.mapping import values
from wallboard.feed.mapping.answers import Finder
from wallboard.feed.mapping.checks import looks_into_a_row, sources
from wallboard.feed.mapping.declaration import Mapping, Rows, Source, TimeFormat
from wallboard.feed.mapping.expressions import compiled
from wallboard.feed.mapping.privacy import Privacy
from wallboard.feed.mapping.rows import CONVERSIONS, TIMES, Field, Table
from wallboard.feed.mapping.templates import compiled_template
from wallboard.feed.mapping.times import BadValue, TimeReader, zone_named
from wallboard.feed.mapping.values import CONTRACT, TABLES, Translation

NEEDED = frozenset({"id", "agency_id", "name", "title", "reported_at", "received_at", "priority"})
"""Without these a row is of no use; where they are optional in a list, see `_OPTIONAL`. A status that is null has a
meaning of its own.
"""
_OPTIONAL = frozenset({("call_takers", "agency_id")})


class Plan(Struct, frozen=True, kw_only=True):
    mapping: Mapping
    zone: ZoneInfo | None
    """Of local times in parameters."""
    tables: tuple[Table, ...]
    privacy: Privacy

    @property
    def untold(self) -> frozenset[str]:
        """The lists without a table, and the fields that some table of their list cannot tell."""
        lists = frozenset(LISTS) - {table.list for table in self.tables}
        fields = {field for field in FIELDS - {CLOSED} if self._cannot_tell(*field.split("."))}
        if any(rows.closed == "never" for rows in self.mapping.incidents):
            fields.add(CLOSED)
        return lists | fields

    @property
    def closings_seen(self) -> bool:
        return any(
            rows.closed in ("disappearance", "status") and rows.closed_at is None for rows in self.mapping.incidents
        )

    @property
    def only_running_calls(self) -> bool:
        """Whether no table looks into its rows for an end."""
        ends = [rows.ended_at for rows in self.mapping.calls]
        return bool(ends) and not any(end is None or looks_into_a_row(end) for end in ends)

    def _cannot_tell(self, list_: str, field: str) -> bool:
        return any(getattr(rows, field) is None for rows in getattr(self.mapping, list_))


class _Getter(Struct, frozen=True):
    raw: Callable[[Any], Any]
    path: tuple[str, ...] | None
    names: frozenset[str]


def planned(mapping: Mapping, centre_zone: str | None) -> Plan:
    """`centre_zone` is the configuration's: where the mapping names none, local times are on its clock."""
    zone = _zone(mapping, centre_zone)
    privacy = Privacy(mapping.private)
    tables = tuple(
        _table(mapping, name, index, rows, zone, privacy)
        for name in LISTS
        for index, rows in enumerate(getattr(mapping, name))
    )
    return Plan(mapping=mapping, zone=zone, tables=tables, privacy=privacy)


def described(source: Source | None) -> str | None:
    """In the mapping's own words."""
    if source is None:
        return None
    if source.expression is not None:
        return source.expression
    return f'"{source.template}"' if source.template is not None else f"= {source.constant}"


def clock(mapping: Mapping, source: Source | None, zone: ZoneInfo | None) -> Callable[[Any, datetime], datetime] | None:
    """Reads the server's time from a body. It raises EvaluationError or BadValue."""
    if source is None:
        return None
    getter, reader, null = _getter(source), _time_reader(mapping, source, zone), _null(mapping, source, time=True)

    def read(body: Any, now: datetime) -> datetime:
        value = getter.raw(body)
        if value is None or (not isinstance(value, dict | list) and values.text(value) in null):
            raise BadValue("the answer does not tell it")
        return reader(value, now)

    return read


def constant_or_found(source: Source, body: Any) -> str:
    """A text of the centre. Raises EvaluationError or BadValue."""
    return values.plain_text(_getter(source).raw(body))


def _zone(mapping: Mapping, centre_zone: str | None) -> ZoneInfo | None:
    given = mapping.centre.time_zone.constant if mapping.centre.time_zone is not None else None
    name = mapping.time.zone or (str(given) if given is not None else centre_zone)
    return zone_named(name) if name is not None else None


def _table(mapping: Mapping, name: str, index: int, rows: Rows, zone: ZoneInfo | None, privacy: Privacy) -> Table:
    endpoint = next((one for one in mapping.endpoint if one.name == rows.endpoint), None)
    finder = Finder(
        rows=compiled(rows.rows or (endpoint.rows if endpoint is not None else "@")),
        key_as=rows.key_as if rows.rows is not None else endpoint.key_as if endpoint is not None else None,
        where=compiled(rows.where) if rows.where is not None else None,
        nested=compiled(rows.nested) if rows.nested is not None else None,
    )
    fields = [_field(mapping, name, field, source, zone) for field, source in sources(rows)]
    fields.sort(key=lambda field: field.name != "id")
    return Table(
        list=name,
        index=index,
        endpoint=rows.endpoint,
        history=getattr(rows, "history", None),
        finder=finder,
        fields=tuple(fields),
        merge=rows.merge,
        privacy=privacy,
    )


def _field(mapping: Mapping, list_: str, name: str, source: Source, zone: ZoneInfo | None) -> Field:
    getter = _getter(source)
    is_time = name in TIMES
    own = TABLES.get((list_, name))
    translation = None
    if own is not None:
        # A constant is the contract's own value already.
        table = {} if source.constant is not None else mapping.values.get(source.values or own, {})
        translation = Translation(table, CONTRACT[own])
    return Field(
        name=name,
        raw=getter.raw,
        path=getter.path,
        names=getter.names,
        needed=name in NEEDED and (list_, name) not in _OPTIONAL,
        null=_null(mapping, source, time=is_time),
        convert=None if is_time or translation else CONVERSIONS.get(name, values.plain_text),
        time=_time_reader(mapping, source, zone) if is_time else None,
        translation=translation,
    )


def _getter(source: Source) -> _Getter:
    if source.expression is not None:
        expression = compiled(source.expression)
        return _Getter(expression, expression.path, expression.names)
    if source.template is not None:
        template = compiled_template(source.template)
        return _Getter(template, None, template.names)
    constant = source.constant
    return _Getter(lambda _: constant, None, frozenset())


def _time_reader(mapping: Mapping, source: Source, zone: ZoneInfo | None) -> TimeReader:
    format_ = source.time or mapping.time.format
    # The pattern of all times is not that of one that is written in another way.
    pattern = source.pattern or (mapping.time.pattern if source.time in (None, mapping.time.format) else None)
    written_in = zone_named(source.zone) if source.zone is not None else zone
    if format_ in (TimeFormat.EPOCH_S, TimeFormat.EPOCH_MS):
        pattern = None
    return TimeReader(format=format_, zone=written_in, pattern=pattern)


def _null(mapping: Mapping, source: Source, *, time: bool) -> frozenset[str]:
    null = (*source.null, *(mapping.time.null if time else ()))
    return frozenset(map(values.text, null))
