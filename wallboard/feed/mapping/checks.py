"""What a mapping demands beyond the types of its keys. A fault says which expression or value, and what would do."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

from wallboard.core.entities import PRIORITIES
from wallboard.core.merge import LISTS
from wallboard.declared.declarations import either
from wallboard.declared.decoding import Check, Faults
from wallboard.declared.faults import Fault, Path
from wallboard.feed.mapping.declaration import (
    AgencyRows,
    CallRows,
    CallTakerRows,
    CentreRow,
    Endpoint,
    IncidentRows,
    Mapping,
    Paging,
    Rows,
    Source,
    TimeFormat,
    Times,
    UnitRows,
)
from wallboard.feed.mapping.expressions import ExpressionError, compiled, shown
from wallboard.feed.mapping.templates import TemplateError, compiled_template
from wallboard.feed.mapping.times import zone_named
from wallboard.feed.mapping.values import ANY, CONTRACT, TABLES

Judge = Callable[..., Faults]
Values = dict[str, dict[str, str | int]]

LANGUAGE = "an expression of JMESPath (https://jmespath.org)"
ZONE = 'a time zone such as "Asia/Jakarta"'

_SECRET_HEADERS = re.compile(r"authori[sz]ation|cookie|token|secret|passw|api-?key|signature", re.IGNORECASE)
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_SECRET_PARAMETERS = re.compile(r"token|secret|passw|api_?key|accesskey|signature", re.IGNORECASE)
_SINCE = "{since}"
_ID = "{id}"


def sources(table: Struct) -> Iterator[tuple[str, Source]]:
    """The fields of a row, by name, that the mapping tells."""
    for name in table.__struct_fields__:
        value = getattr(table, name)
        if isinstance(value, Source):
            yield name, value


def _expression(name: str, text: str | None) -> Faults:
    try:
        if text is not None:
            compiled(text)
    except ExpressionError as error:
        yield Fault((name,), f'"{shown(text or "")}", column {error.column}: {error.reason}', LANGUAGE)


def _zone(zone: str | None) -> Faults:
    if zone is not None and zone_named(zone) is None:
        yield Fault(("zone",), f'there is no time zone "{shown(zone)}"', ZONE)


def _pattern(pattern: str | None) -> Faults:
    if pattern is None:
        return
    try:
        again = datetime.strptime(datetime(2026, 11, 25, 13, 30, tzinfo=UTC).strftime(pattern), pattern)  # noqa: DTZ007
    except ValueError:
        again = None
    if again is None or (again.day, again.hour, again.minute) != (25, 13, 30):
        yield Fault(("pattern",), f'"{shown(pattern)}" does not tell a day and a time', "such as %d.%m.%Y %H:%M")


def _source(expression: str | None, constant: object, template: str | None) -> Faults:
    given = [
        name
        for name, value in (("expression", expression), ("constant", constant), ("template", template))
        if value is not None
    ]
    if not given:
        yield Fault((), "nothing tells the value", "expression, constant or template")
    elif len(given) > 1:
        yield Fault((given[1],), f"{given[0]} tells the value already", "one of expression, constant and template")
    yield from _expression("expression", expression)
    try:
        if template is not None:
            compiled_template(template)
    except TemplateError as error:
        yield Fault(("template",), f'"{shown(template or "")}", column {error.column}: {error.reason}', LANGUAGE)


def _paging(by: str, parameter: str | None, next_: str | None) -> Faults:
    if by != "url" and parameter is None:
        yield Fault(("parameter",), "missing", f'by = "{by}" needs the name of the query parameter')
    if by in ("token", "url") and next_ is None:
        yield Fault(("next",), "missing", f'by = "{by}" needs the expression that finds the next page')
    if by in ("offset", "page") and next_ is not None:
        yield Fault(("next",), f'by = "{by}" does not look for it', '"token" or "url"; or leave it out')
    yield from _expression("next", next_)


def _endpoint_expressions(rows: str, error: str | None, count: str | None, more: str | None, ids: str | None) -> Faults:
    for name, text in (("rows", rows), ("error", error), ("count", count), ("more", more), ("ids", ids)):
        yield from _expression(name, text)


def _endpoint_ids(path: str, ids_from: str | None, ids: str | None, paging: Paging | None) -> Faults:
    if "?" in path or "#" in path or not path.isprintable() or " " in path:
        yield Fault(("path",), "this is not a path", 'such as "/incidents"; a query goes into parameters')
    if (ids_from is None) != (ids is None):
        missing = "ids_from" if ids_from is None else "ids"
        yield Fault((missing,), "missing", "ids_from and ids go together")
    if (ids_from is not None) != (_ID in path):
        problem = "{id} is missing" if ids_from is not None else "nothing gives {id}"
        yield Fault(("path",), problem, "ids_from, ids and {id} in the path go together")
    if ids_from is not None and paging is not None:
        yield Fault(("paging",), "one thing at a time has no pages", "leave it out")


def _endpoint_parameters(parameters: dict[str, str]) -> Faults:
    for name in parameters:
        if _SECRET_PARAMETERS.search(name):
            yield Fault(
                ("parameters", name),
                "this looks like a token",
                'it belongs in the keyring, with auth = "query" and query_parameter in the configuration',
            )


def _most_rows(most_rows: int | None, paging: Paging | None) -> Faults:
    if most_rows is not None and paging is not None:
        yield Fault(("most_rows",), "paging asks for what lies beyond", "one of the two")


def _rows(rows: str | None, where: str | None, nested: str | None) -> Faults:
    for name, text in (("rows", rows), ("where", where), ("nested", nested)):
        yield from _expression(name, text)


def _key_as(rows: str | None, key_as: str | None) -> Faults:
    if key_as is not None and rows is None:
        yield Fault(("key_as",), "it belongs to rows", "give rows here too, or key_as in the endpoint")


def _closed(closed: str, status: Source | None, closed_at: Source | None) -> Faults:
    if closed == "time" and closed_at is None:
        yield Fault(("closed_at",), "missing", 'closed = "time" needs it')
    if closed == "status" and status is None:
        yield Fault(("status",), "missing", 'closed = "status" needs it')
    if closed == "never" and closed_at is not None:
        yield Fault(("closed_at",), 'closed = "never" does not look for it', 'closed = "time"; or leave it out')


def _headers(headers: dict[str, str]) -> Faults:
    for name, value in headers.items():
        if _SECRET_HEADERS.search(name):
            yield Fault(("headers", name), "this looks like a token", "it belongs in the keyring, see auth")
        elif not _HEADER.fullmatch(name) or not (value.isascii() and value.isprintable()):
            yield Fault(("headers", name), "no header can be written so", "plain ASCII")


def _endpoints(endpoint: tuple[Endpoint, ...]) -> Faults:
    first: dict[str, int] = {}
    for index, one in enumerate(endpoint):
        if first.setdefault(one.name, index) != index:
            yield Fault(
                ("endpoint", index, "name"), f"endpoint[{first[one.name]}] has this name already", "another name"
            )
        if one.ids_from is not None:
            others = {other.name: other for other in endpoint if other.ids_from is None}
            yield from _known_name(
                ("endpoint", index, "ids_from"), one.ids_from, others, "an endpoint without ids_from"
            )
    if all(one.interval_s is not None for one in endpoint):
        yield Fault(("endpoint", 0, "interval_s"), "no endpoint is asked in every poll", "leave it out of one endpoint")


def _references(list_: str) -> Judge:
    """Of one list, so that what is wrong in it does not hide what is wrong in the others."""

    def judge(endpoint: tuple[Endpoint, ...], tables: tuple[Rows, ...]) -> Faults:
        endpoints = {one.name: one for one in endpoint}
        for index, table in enumerate(tables):
            path = (list_, index)
            if table.endpoint is not None:
                yield from _known_name((*path, "endpoint"), table.endpoint, endpoints, "the name of an endpoint")
            elif any(looks_into_a_row(source) for _, source in sources(table)):
                yield Fault(
                    (*path, "endpoint"), "missing", "where the rows come from; only a row of constants needs none"
                )
            history = getattr(table, "history", None)
            if history is None:
                continue
            yield from _known_name((*path, "history"), history, endpoints, "the name of an endpoint")
            if history in endpoints and not any(_SINCE in value for value in endpoints[history].parameters.values()):
                yield Fault(
                    (*path, "history"),
                    f'"{shown(history)}" tells no time range',
                    "an endpoint with {since} in one of its parameters",
                )

    return judge


def looks_into_a_row(source: Source) -> bool:
    if source.expression is not None:
        return bool(compiled(source.expression).names)
    return source.template is not None


def _centre_reference(endpoint: tuple[Endpoint, ...], centre: CentreRow) -> Faults:
    if centre.endpoint is not None:
        names = [one.name for one in endpoint]
        yield from _known_name(("centre", "endpoint"), centre.endpoint, names, "the name of an endpoint")
        return
    for name, source in sources(centre):
        if source.constant is None:
            yield Fault(("centre", name), "there is nothing to look into", "a constant, or endpoint in [centre]")


def _fields(list_: str) -> Judge:
    """What translates the fields of one list."""

    def judge(values: Values, tables: tuple[Rows, ...]) -> Faults:
        for index, table in enumerate(tables):
            for name, source in sources(table):
                path = (list_, index, name)
                own = TABLES.get((list_, name))
                yield from _translated(path, source, own, values)
                yield from _constant(path, source, own)

    return judge


def _right_hands(values: Values) -> Faults:
    for name, translation in values.items():
        for left, right in translation.items():
            if name in CONTRACT:
                yield from _right_hand(("values", name, left), name, right)


def _unused_endpoints(mapping: dict[str, Any]) -> Faults:
    used = {one.ids_from for one in mapping["endpoint"]}
    for _, table in _tables(mapping):
        used |= {table.endpoint, getattr(table, "history", None)}
    for index, one in enumerate(mapping["endpoint"]):
        if one.name not in used:
            problem = f'no table asks for "{shown(one.name)}"'
            yield Fault(("endpoint", index, "name"), problem, "remove it, or name it in one")


def _own_translations(mapping: dict[str, Any]) -> Faults:
    """Those that no field has by itself: some field names them, and its contract's values stand on the right."""
    kinds: dict[str, set[str]] = {}
    for path, table in _tables(mapping):
        for name, source in sources(table):
            own = TABLES.get((str(path[0]), name))
            if own is not None and source.values is not None:
                kinds.setdefault(source.values, set()).add(own)
    for name in mapping["values"].keys() - CONTRACT.keys():
        if name not in kinds:
            close = difflib.get_close_matches(name, CONTRACT, n=1)
            known = f"did you mean {close[0]}?" if close else f"known here: {either(CONTRACT)}"
            yield Fault(("values", name), "no field uses it", known)
        for left, right in mapping["values"][name].items():
            for kind in sorted(kinds.get(name, ())):
                yield from _right_hand(("values", name, left), kind, right)


def _translated(path: Path, source: Source, own: str | None, values: Values) -> Faults:
    if source.values is not None and own is None:
        yield Fault((*path, "values"), "this field is not translated", "leave it out")
    elif source.values is not None and source.values not in values:
        yield Fault((*path, "values"), f"there is no [values.{shown(source.values)}]", "the name of such a table")
    table = source.values or own or ""
    if own == "priority" and source.constant is None and ANY not in values.get(table, {}):
        yield Fault(("values", table, ANY), "missing", 'a priority for every other value, such as "*" = 3')


def _right_hand(path: Path, kind: str, right: str | int) -> Faults:
    values = CONTRACT[kind]
    if values is None:
        if right not in PRIORITIES or isinstance(right, str):
            yield Fault(path, f"{_as_written(right)} is not allowed", f"a priority, {either(map(str, PRIORITIES))}")
    elif not isinstance(right, str) or right not in values._value2member_map_:
        yield Fault(path, f"{_as_written(right)} is not allowed", either(f'"{value}"' for value in values))


def _constant(path: Path, source: Source, own: str | None) -> Faults:
    """A constant of a translated field is the contract's own value."""
    if own is not None and source.constant is not None and not isinstance(source.constant, bool | float):
        yield from _right_hand(path, own, source.constant)
    elif source.constant is not None and str(path[-1]).endswith("_at"):
        yield Fault(path, "a time is not the same for each row", "an expression")


def _centre_zone(centre: CentreRow) -> Faults:
    zone = centre.time_zone.constant if centre.time_zone is not None else None
    if zone is not None and zone_named(str(zone)) is None:
        yield Fault(("centre", "time_zone"), f'there is no time zone "{shown(str(zone))}"', ZONE)


def _zone_of_local_times(mapping: dict[str, Any]) -> Faults:
    centre: CentreRow = mapping["centre"]
    times: Times = mapping["time"]
    told_later = centre.time_zone is not None and centre.time_zone.constant is None
    if times.zone is None and told_later and _some_are_local(mapping):
        yield Fault(("time", "zone"), "missing", f"{ZONE}: local times cannot wait for an answer that tells it")


def _some_are_local(mapping: dict[str, Any]) -> bool:
    local = TimeFormat.LOCAL
    return (
        mapping["time"].format is local
        or any(one.parameter_time is local for one in mapping["endpoint"])
        or any(
            source.time is local and source.zone is None
            for _, table in _tables(mapping)
            for _, source in sources(table)
        )
    )


def _something(mapping: dict[str, Any]) -> Faults:
    if not mapping["calls"] and not mapping["incidents"]:
        yield Fault((), "neither calls nor incidents are told", "at least one of [[calls]] and [[incidents]]")


def _tables(mapping: dict[str, Any]) -> Iterator[tuple[Path, Rows | CentreRow]]:
    yield ("centre",), mapping["centre"]
    for name in LISTS:
        for index, table in enumerate(mapping[name]):
            yield (name, index), table


def _known_name(path: Path, name: str, known: Iterable[str], wanted: str) -> Faults:
    names = list(known)
    if name not in names:
        close = difflib.get_close_matches(name, names, n=1)
        allowed = f"did you mean {close[0]}?" if close else f"{wanted}: {either(names)}" if names else wanted
        yield Fault(path, f'there is no "{shown(name)}"', allowed)


def _as_written(value: object) -> str:
    return f'"{shown(value)}"' if isinstance(value, str) else str(value)


_WHOLE = Mapping.__struct_fields__


def _whole(*values: Any) -> Faults:
    mapping = dict(zip(_WHOLE, values, strict=True))
    for check in (_unused_endpoints, _own_translations, _zone_of_local_times, _something):
        yield from check(mapping)


CHECKS = (
    Check(Source, ("expression", "constant", "template"), _source),
    Check(Source, ("zone",), _zone),
    Check(Source, ("pattern",), _pattern),
    Check(Times, ("zone",), _zone),
    Check(Times, ("pattern",), _pattern),
    Check(Paging, ("by", "parameter", "next"), _paging),
    Check(Endpoint, ("rows", "error", "count", "more", "ids"), _endpoint_expressions),
    Check(Endpoint, ("path", "ids_from", "ids", "paging"), _endpoint_ids),
    Check(Endpoint, ("parameters",), _endpoint_parameters),
    Check(Endpoint, ("most_rows", "paging"), _most_rows),
    *(
        Check(table, needs, judge)
        for table in (AgencyRows, UnitRows, CallTakerRows, CallRows, IncidentRows)
        for needs, judge in ((("rows", "where", "nested"), _rows), (("rows", "key_as"), _key_as))
    ),
    Check(IncidentRows, ("closed", "status", "closed_at"), _closed),
    Check(Mapping, ("headers",), _headers),
    Check(Mapping, ("endpoint",), _endpoints),
    Check(Mapping, ("endpoint", "centre"), _centre_reference),
    Check(Mapping, ("centre",), _centre_zone),
    Check(Mapping, ("values",), _right_hands),
    *(Check(Mapping, ("endpoint", list_), _references(list_)) for list_ in LISTS),
    *(Check(Mapping, ("values", list_), _fields(list_)) for list_ in LISTS),
    Check(Mapping, _WHOLE, _whole),
)
