"""What a mapping file may say. Its reader checks it against this, and docs/mappings.md is generated from it.

A field of a row is a `Source`: a JMESPath expression over the row, a constant, or a template.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

LONGEST_EXPRESSION = 2_000
MOST_TABLES = 24
"""Endpoints, or tables for one list: more than any API seen, and few enough to poll."""

Name = Annotated[str, Meta(min_length=1, max_length=60)]
Expression = Annotated[str, Meta(min_length=1, max_length=LONGEST_EXPRESSION)]


class TimeFormat(StrEnum):
    RFC3339 = "rfc3339"
    """With an offset: `2025-10-20T03:00:00Z`."""
    LOCAL = "local"
    """Without an offset, on the clock of `zone`; an offset that is there all the same counts."""
    UTC = "utc"
    """Without an offset, in UTC; an offset that is there all the same counts."""
    EPOCH_S = "epoch_s"
    EPOCH_MS = "epoch_ms"


class Reader(StrEnum):
    JSON = "json"
    EIDO = "eido"
    """NENA EIDO-JSON: what its components refer to is put in place of the references (feed/mapping/eido.py)."""


class Times(Struct, frozen=True, kw_only=True):
    format: Annotated[
        TimeFormat,
        Meta(
            description="How times are written where a field does not say otherwise: `rfc3339` with an offset, `local` "
            "without one and on the clock of `zone`, `utc` without one and in UTC, or seconds or milliseconds since "
            "1970. With `local` and `utc`, an offset that is written all the same counts."
        ),
    ] = TimeFormat.RFC3339
    zone: (
        Annotated[
            str,
            Meta(max_length=60, description="The zone of `local` times, such as `Asia/Jakarta`; else the centre's."),
        ]
        | None
    ) = None
    pattern: (
        Annotated[
            str,
            Meta(
                min_length=2,
                max_length=60,
                description="Where `local` or `utc` times are not ISO 8601: their pattern in the letters of strptime, "
                "such as `%d.%m.%Y %H:%M`.",
            ),
        ]
        | None
    ) = None
    null: Annotated[
        tuple[str | int, ...],
        Meta(
            max_length=20,
            description='Values that mean "no time": `[0, "0000-00-00 00:00:00"]`. An empty text always does.',
            extra={"allowed": "at most 20 texts or numbers"},
        ),
    ] = ()


class Source(Struct, frozen=True, kw_only=True):
    """Where a field's value comes from."""

    expression: Annotated[Expression, Meta(description="A JMESPath expression over the row.")] | None = None
    constant: (
        Annotated[
            str | int | float | bool,
            Meta(
                description="The value itself, the same for each row.",
                extra={"allowed": "a text, a number, true or false"},
            ),
        ]
        | None
    ) = None
    template: (
        Annotated[
            Expression,
            Meta(
                description="A text with expressions in braces: `{street} {house}, {city}`. What is null is left out, "
                "with the signs around it."
            ),
        ]
        | None
    ) = None
    time: Annotated[TimeFormat, Meta(description="How this time is written, where not as `[time]` says.")] | None = None
    zone: Annotated[str, Meta(max_length=60, description="The zone of this `local` time.")] | None = None
    pattern: Annotated[str, Meta(min_length=2, max_length=60, description="The pattern of this time.")] | None = None
    values: (
        Annotated[Name, Meta(description="The table `[values.NAME]` that translates it, where not the field's own.")]
        | None
    ) = None
    null: Annotated[
        tuple[str | int, ...],
        Meta(
            max_length=20,
            description="Values of this field that mean null. An empty text always does.",
            extra={"allowed": "at most 20 texts or numbers"},
        ),
    ] = ()


SOURCE = "an expression in quotes, or a table with expression, constant or template"


def _meta(description: str, text_is: str = "expression") -> Any:
    return Meta(description=description, extra={"text_is": text_is, "allowed": SOURCE})


def _tables(description: str) -> Any:
    return Meta(max_length=MOST_TABLES, description=description, extra={"allowed": f"at most {MOST_TABLES} tables"})


class Paging(Struct, frozen=True, kw_only=True):
    by: Annotated[
        Literal["offset", "page", "token", "url"],
        Meta(
            description="How the next page is asked for: by the number of rows to skip, by the page's number, by a "
            "token from the last page, or at an address that the last page gives (within the feed's own address only)."
        ),
    ]
    size: Annotated[
        int, Meta(ge=1, le=50_000, description="Rows of a full page. A page of fewer is the last, unless `more` says.")
    ]
    size_parameter: Annotated[Name, Meta(description="The query parameter that asks for `size` rows.")] | None = None
    parameter: (
        Annotated[
            Name, Meta(description="The query parameter with the offset, the number or the token. Not for `url`.")
        ]
        | None
    ) = None
    first: Annotated[int, Meta(ge=0, le=1, description="The number of the first page, for `page`.")] = 1
    next: (
        Annotated[
            Expression, Meta(description="Where the answer has the token or the address of the next page; null: none.")
        ]
        | None
    ) = None


class Endpoint(Struct, frozen=True, kw_only=True):
    name: Annotated[Name, Meta(description="What the tables below call it, and what messages call it; unique.")]
    path: Annotated[
        str,
        Meta(
            pattern="^/",
            max_length=500,
            description="The path behind the feed's address, without a query. `{id}` stands for each of `ids`.",
            extra={"allowed": 'a path such as "/incidents"'},
        ),
    ]
    parameters: Annotated[
        dict[str, str],
        Meta(
            description="Query parameters. In their values, `{now}` and `{since}` stand for instants, written as "
            "`parameter_time` says. A token never stands here: see `auth` in the configuration.",
            extra={"allowed": "a table of texts"},
        ),
    ] = {}
    parameter_time: Annotated[TimeFormat, Meta(description="How `{now}` and `{since}` are written.")] = (
        TimeFormat.RFC3339
    )
    window_s: Annotated[
        float, Meta(ge=60, le=30 * 86_400, description="How long before `{now}` is `{since}`, in a poll.")
    ] = 86_400.0
    interval_s: (
        Annotated[
            float,
            Meta(
                ge=1,
                le=86_400,
                description="How often it is asked; in between, its rows stay. Without it, in each poll; at least one "
                "endpoint is asked in each.",
            ),
        ]
        | None
    ) = None
    reader: Annotated[Reader, Meta(description="What the answer is: any JSON, or EIDOs of NENA-STA-021.")] = Reader.JSON
    rows: Annotated[
        Expression,
        Meta(
            description="Where the answer has its rows. A list, or a dictionary of rows with `key_as`. Null is an "
            "error, not an empty list: write ``Data || `[]` `` where the system leaves an empty list out."
        ),
    ] = "@"
    key_as: (
        Annotated[
            Name,
            Meta(
                description="The rows are the values of a dictionary, and each finds its key under this name. A list "
                "is taken as it is: some systems write an empty dictionary so. Without it, a dictionary is one row."
            ),
        ]
        | None
    ) = None
    error: (
        Annotated[
            Expression,
            Meta(description="Tells an error inside an answer with status 200: when it is not null, false or empty."),
        ]
        | None
    ) = None
    count: (
        Annotated[
            Expression,
            Meta(
                description="How many rows the system says there are. Fewer that came are a cut list; none, said so, "
                "need no second answer to be believed."
            ),
        ]
        | None
    ) = None
    more: (
        Annotated[
            Expression,
            Meta(description="True where the answer does not hold all rows. Without paging, the list is then cut."),
        ]
        | None
    ) = None
    most_rows: (
        Annotated[
            int,
            Meta(
                ge=1, le=1_000_000, description="The most rows that the system gives at once: so many are a cut list."
            ),
        ]
        | None
    ) = None
    paging: Annotated[Paging, Meta(description="How further pages are asked for.")] | None = None
    server_time: (
        Annotated[
            Source,
            _meta("The system's clock in the answer. Without it the Date header tells it, else this machine's clock."),
        ]
        | None
    ) = None
    ids_from: (
        Annotated[
            Name,
            Meta(
                description="The endpoint whose answer names what to ask for one by one; what is gone meanwhile (404) "
                "is left out."
            ),
        ]
        | None
    ) = None
    ids: Annotated[Expression, Meta(description="Where that answer has the identifiers for `{id}`.")] | None = None


class Rows(Struct, frozen=True, kw_only=True):
    """What the tables of all lists have in common."""

    endpoint: (
        Annotated[Name, Meta(description="Where the rows come from. Without it, one row of constants (`\"'MNPD'\"`).")]
        | None
    ) = None
    rows: (
        Annotated[Expression, Meta(description="Where the answer has these rows, if not where the endpoint says.")]
        | None
    ) = None
    key_as: Annotated[Name, Meta(description="As in the endpoint, for `rows` of this table.")] | None = None
    where: Annotated[Expression, Meta(description="Only rows for which it is not null, false or empty.")] | None = None
    nested: (
        Annotated[
            Expression,
            Meta(
                description="The rows are lists within rows: this is where. Each finds the outer row as `parent`; "
                "`key_as` is then for the inner ones."
            ),
        ]
        | None
    ) = None
    merge: Annotated[
        bool,
        Meta(
            description="Rows that share an identifier are one: the earliest times, the latest closing (none while one "
            "is open), the most urgent priority, every agency, and the rest from the first. Otherwise the first counts "
            "and the others are reported."
        ),
    ] = False


class AgencyRows(Rows, frozen=True, kw_only=True):
    id: Annotated[Source, _meta("Identifier.")]
    name: Annotated[Source, _meta("Name.")]
    short_name: Annotated[Source, _meta("Short name; else the name.")] | None = None
    units_total: Annotated[Source, _meta("How many units it has, where not all are told.")] | None = None


class UnitRows(Rows, frozen=True, kw_only=True):
    id: Annotated[Source, _meta("Identifier.")]
    agency_id: Annotated[Source, _meta("The agency's identifier.")]
    name: Annotated[Source, _meta("Call sign.")]
    status: Annotated[Source, _meta("Status, translated by `[values.unit_status]`.")]
    incident_id: Annotated[Source, _meta("The incident it is assigned to.")] | None = None


class CallTakerRows(Rows, frozen=True, kw_only=True):
    id: Annotated[Source, _meta("Identifier.")]
    name: Annotated[Source, _meta("Name as the wall shows it.")]
    status: Annotated[Source, _meta("Status, translated by `[values.call_taker_status]`.")]
    agency_id: Annotated[Source, _meta("The agency's identifier.")] | None = None


class CallRows(Rows, frozen=True, kw_only=True):
    history: (
        Annotated[
            Name, Meta(description="The endpoint that tells the same rows since `{since}`: for the figures of a day.")
        ]
        | None
    ) = None
    id: Annotated[Source, _meta("Identifier.")]
    received_at: Annotated[Source, _meta("When the call came in.")]
    disposition: Annotated[Source, _meta("What the call was, translated by `[values.disposition]`.")]
    answered_at: (
        Annotated[
            Source,
            _meta("When it was answered. Without it nobody knows who waits, nor how quickly calls are answered."),
        ]
        | None
    ) = None
    ended_at: (
        Annotated[
            Source,
            _meta(
                "When it ended. Without it nobody knows who waits or talks. Where a list holds only calls that go on: "
                '``ended_at = "`null`"``; who waits and talks is then known, and how calls end is not.'
            ),
        ]
        | None
    ) = None
    call_taker_id: Annotated[Source, _meta("Who took it.")] | None = None
    incident_id: Annotated[Source, _meta("The incident it belongs to.")] | None = None


class IncidentRows(Rows, frozen=True, kw_only=True):
    history: (
        Annotated[
            Name,
            Meta(description="The endpoint that tells the same rows since `{since}`: for response times of a day."),
        ]
        | None
    ) = None
    closed: Annotated[
        Literal["time", "status", "disappearance", "never"],
        Meta(
            description="How it shows that an incident is closed: by `closed_at`; by its status; because a whole, good "
            "answer no longer holds it; or not at all."
        ),
    ]
    id: Annotated[Source, _meta("Identifier.")]
    title: Annotated[Source, _meta("What it is, as the wall shows it.")]
    reported_at: Annotated[Source, _meta("When it was reported.")]
    priority: Annotated[
        Source,
        _meta("1 (highest) to 4, translated by `[values.priority]`, which says with `*` what any other value is."),
    ]
    number: Annotated[Source, _meta("Number as the wall shows it; else the identifier.")] | None = None
    category: Annotated[Source, _meta("Category, translated by `[values.category]`; else `other`.")] | None = None
    status: (
        Annotated[
            Source,
            _meta(
                "Status, translated by `[values.incident_status]`. Without it, it follows from the times: closed, on "
                "scene, en route, dispatched, else new."
            ),
        ]
        | None
    ) = None
    address: Annotated[Source, _meta("Address.")] | None = None
    district: Annotated[Source, _meta("District.")] | None = None
    latitude: Annotated[Source, _meta("Latitude, degrees (WGS 84).")] | None = None
    longitude: Annotated[Source, _meta("Longitude, degrees (WGS 84).")] | None = None
    dispatched_at: Annotated[Source, _meta("When the first unit was dispatched.")] | None = None
    en_route_at: Annotated[Source, _meta("When the first unit left; only for the status.")] | None = None
    arrived_at: Annotated[Source, _meta("When the first unit arrived.")] | None = None
    closed_at: Annotated[Source, _meta("When it was closed.")] | None = None
    agency_ids: Annotated[Source, _meta("The agencies at work: one identifier or a list.")] | None = None


class CentreRow(Struct, frozen=True, kw_only=True):
    endpoint: (
        Annotated[Name, Meta(description="Where expressions of this table look; without it, constants only.")] | None
    ) = None
    id: Annotated[Source, _meta("Identifier.", "constant")]
    name: Annotated[Source, _meta("Name; `centre_name` in the configuration goes before it.", "constant")]
    time_zone: (
        Annotated[
            Source,
            _meta("Time zone (IANA); `centre_time_zone` in the configuration goes before it.", "constant"),
        ]
        | None
    ) = None


class Mapping(Struct, frozen=True, kw_only=True):
    name: Annotated[str, Meta(min_length=1, max_length=100, description="What is read, in a few words.")]
    api: Annotated[str, Meta(max_length=200, description="The API's own name and version.")] = ""
    documentation: Annotated[str, Meta(max_length=500, description="Where the API is described.")] = ""
    shortest_interval_s: Annotated[
        float,
        Meta(
            ge=0.5,
            le=300,
            description="The feed's `poll_interval_s` may not be shorter: what the system allows, or how often it has "
            "anything new.",
        ),
    ] = 0.5
    private: Annotated[
        tuple[Name, ...],
        Meta(
            max_length=100,
            description="Names of fields, besides the obvious ones, whose values no report shows.",
            extra={"allowed": "at most 100 names"},
        ),
    ] = ()
    headers: Annotated[
        dict[str, str],
        Meta(
            description="Headers of every request. None that holds a secret: those are the configuration's `auth`.",
            extra={"allowed": "a table of texts"},
        ),
    ] = {}
    time: Annotated[Times, Meta(description="How times are written.")] = Times()
    centre: Annotated[CentreRow, Meta(description="The centre that the wall is for.")]
    endpoint: Annotated[
        tuple[Endpoint, ...],
        Meta(
            min_length=1,
            max_length=MOST_TABLES,
            description="A request of the API, with GET.",
            extra={"allowed": f"1 to {MOST_TABLES} [[endpoint]]"},
        ),
    ]
    agencies: Annotated[tuple[AgencyRows, ...], _tables("The agencies.")] = ()
    units: Annotated[tuple[UnitRows, ...], _tables("The units.")] = ()
    call_takers: Annotated[tuple[CallTakerRows, ...], _tables("The call takers.")] = ()
    calls: Annotated[tuple[CallRows, ...], _tables("The emergency calls.")] = ()
    incidents: Annotated[tuple[IncidentRows, ...], _tables("The incidents.")] = ()
    values: Annotated[
        dict[str, dict[str, str | int]],
        Meta(
            description="Translations, one table each: the system's value on the left, the contract's on the right. On "
            'the left, `""` is null, and `*` stands for any signs (`"*FIRE*" = "fire"`): exact values go before '
            "patterns, and these go in their order, without regard to capitals. A contract's own value needs none.",
            extra={"allowed": "tables [values.NAME] of texts or numbers"},
        ),
    ] = {}
