"""Where the values of a poll came from: what `check --explain` prints."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from wallboard.core.poll import DroppedRow, PollFailure


class ClockOrigin(StrEnum):
    """What told the server's time."""

    ANSWER = "answer"
    DATE_HEADER = "date_header"
    THIS_MACHINE = "this_machine"


class Asked(Struct, frozen=True, kw_only=True):
    """One request, or several for its pages. `rows` is None where they were not counted; `outcome` is `ok`,
    `unchanged`, `not due` or the failure's message.
    """

    name: str
    path: str
    outcome: str
    duration_s: float | None = None
    size_bytes: int | None = None
    rows: int | None = None
    pages: int | None = None
    cut: str | None = None
    """Why the answer may not hold all rows."""


class ExplainedField(Struct, frozen=True, kw_only=True):
    """`source` is the expression, constant or template in the mapping's words; None where the mapping tells nothing.
    `sample` is plain, bounded, and withheld where it may be a caller's. `unknown` counts values without a translation.
    """

    name: str
    source: str | None
    had: int = 0
    lacked: int = 0
    sample: str | None = None
    unknown: Mapping[str, int] = {}


class ExplainedTable(Struct, frozen=True, kw_only=True):
    """Of a list, or of one of the tables that make it."""

    list: str
    endpoint: str | None
    fields: tuple[ExplainedField, ...]


class Explanation(Struct, frozen=True, kw_only=True):
    """`rows` counts what each list holds in the end, None for a list that the source does not tell; `untold` and
    `only_running_calls` as in a snapshot.
    """

    source: str
    asked: tuple[Asked, ...]
    tables: tuple[ExplainedTable, ...] = ()
    rows: Mapping[str, int | None] = {}
    untold: frozenset[str] = frozenset()
    only_running_calls: bool = False
    dropped_rows: tuple[DroppedRow, ...] = ()
    server_time: datetime | None = None
    clock_origin: ClockOrigin | None = None
    failure: PollFailure | None = None
