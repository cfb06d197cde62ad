"""Where each value of the wall comes from: the tool with which an engineer writes a mapping.

One poll; then, for each field of each list, the expression that found it, how many rows had it and lacked it, a sample,
and the values that nothing translates. Nothing that may be a caller's is shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from msgspec.structs import fields

from wallboard.core.entities import ANSWERED, ARRIVED, AT_WORK, CLOSED, DISPATCHED, ENDED
from wallboard.core.merge import LISTS
from wallboard.core.poll import PollFailure, PollSuccess
from wallboard.feed import credentials
from wallboard.feed.access import Access
from wallboard.feed.contract import ENUMERATIONS
from wallboard.feed.explanation import Asked, ClockOrigin, ExplainedField, ExplainedTable, Explanation
from wallboard.feed.failures import FeedError
from wallboard.feed.mapping.privacy import Privacy
from wallboard.feed.mapping.source import open_mapped
from wallboard.feed.poller import Poller, TokenOf
from wallboard.feed.settings import FeedSettings
from wallboard.language import Words
from wallboard.steady import steady_s

LONGEST_SOURCE = 44
"""Characters of an expression: with the other columns, a line of a wide terminal."""

MOST_DROPPED = 50
"""Dropped rows that are listed; the rest is counted."""


def explain(feeds: Sequence[FeedSettings], token_of: TokenOf = credentials.token) -> list[tuple[str, Explanation]]:
    """Each feed's id and account."""
    return [(feed.id, _contract(feed, token_of) if feed.mapping is None else _mapped(feed, token_of)) for feed in feeds]


def as_text(explained: Sequence[tuple[str, Explanation]], words: Words) -> str:
    return "\n".join(line for name, one in explained for line in _lines(name, one, words)) + "\n"


# What is read.


def _mapped(settings: FeedSettings, token_of: TokenOf) -> Explanation:
    began_s = steady_s()
    try:
        source = open_mapped(settings, Access(settings, token_of).transport())
    except FeedError as error:
        failure = PollFailure(kind=error.kind, message=error.message, sent_s=began_s, failed_s=steady_s())
        return Explanation(source=settings.mapping or "", asked=(), failure=failure)
    try:
        return source.explained()
    finally:
        source.close()


def _contract(settings: FeedSettings, token_of: TokenOf) -> Explanation:
    """Of a system that answers as the contract says: each field's source is its own name."""
    poller = Poller(settings, lambda _: None, token_of=token_of)
    try:
        outcome = poller.poll()
    finally:
        poller.close()
    if isinstance(outcome, PollFailure):
        asked = Asked(name="snapshot", path="/snapshot", outcome=outcome.message)
        return Explanation(source="docs/dispatch-api.yaml", asked=(asked,), failure=outcome)
    return _of_snapshot(outcome)


def _of_snapshot(poll: PollSuccess) -> Explanation:
    snapshot = poll.snapshot
    asked = Asked(
        name="snapshot",
        path="/snapshot",
        outcome="ok",
        duration_s=poll.received_s - poll.sent_s,
        size_bytes=poll.size_bytes,
        rows=sum(len(getattr(snapshot, name)) for name in LISTS),
        pages=1,
    )
    tables = tuple(_table(name, getattr(snapshot, name)) for name in LISTS)
    return Explanation(
        source="docs/dispatch-api.yaml",
        asked=(asked,),
        tables=tables,
        rows={name: len(getattr(snapshot, name)) for name in LISTS},
        dropped_rows=poll.dropped_rows,
        server_time=snapshot.server_time if snapshot is not None else None,
        clock_origin=ClockOrigin.ANSWER,
    )


def _table(list_: str, rows: Sequence[object]) -> ExplainedTable:
    privacy = Privacy()
    explained = []
    for field in fields(LISTS[list_]):
        told = [value for row in rows if (value := getattr(row, field.name)) not in (None, "", ())]
        values = ENUMERATIONS.get(list_, {}).get(field.name)
        unknown: dict[str, int] = {}
        for value in told if values is not None else ():
            if values is not None and value not in values._value2member_map_:
                shown = privacy.shown(value, (field.name,))
                unknown[shown] = unknown.get(shown, 0) + 1
        sample = None
        if told:
            first = told[0].isoformat() if isinstance(told[0], datetime) else told[0]
            sample = privacy.shown(list(first) if isinstance(first, tuple) else first, (field.name,))
        explained.append(
            ExplainedField(
                name=field.name,
                source=field.name,
                had=len(told),
                lacked=len(rows) - len(told),
                sample=sample,
                unknown=unknown,
            )
        )
    return ExplainedTable(list=list_, endpoint="snapshot", fields=tuple(explained))


# What is printed.


def _lines(name: str, one: Explanation, words: Words) -> Iterator[str]:
    yield f"{name}: {one.source}"
    if one.server_time is not None and one.clock_origin is not None:
        at = one.server_time.astimezone(ZoneInfo("UTC"))
        yield words("explain.clock", at=f"{at:%Y-%m-%d %H:%M:%S}Z", origin=words(f"explain.{one.clock_origin.value}"))
    yield ""
    yield from _asked(one, words)
    if one.failure is not None:
        yield ""
        yield f"{words(f'failure.{one.failure.kind.value}')} ({one.failure.message})"
    for table in one.tables:
        yield ""
        yield from _table_lines(table, one, words)
    yield from _blind_rules(one, words)
    untold = [list_ for list_, rows in one.rows.items() if rows is None]
    if untold and one.failure is None:
        yield ""
        yield f"{words('explain.untold')}: {', '.join(untold)}"
    if one.dropped_rows:
        yield ""
        yield words("explain.dropped", count=len(one.dropped_rows))
        yield from (f"  {row.path}: {row.reason}" for row in one.dropped_rows[:MOST_DROPPED])
        if len(one.dropped_rows) > MOST_DROPPED:
            yield f"  {words('format.more', count=len(one.dropped_rows) - MOST_DROPPED)}"
    yield ""


def _blind_rules(one: Explanation, words: Words) -> Iterator[str]:
    """Alarm rules that would only ever see what is missing."""
    for field in (ANSWERED, ENDED, ARRIVED, DISPATCHED, CLOSED, AT_WORK):
        if field in one.untold:
            yield f"  ! {words('explain.no_' + field.partition('.')[2])}"
    if one.only_running_calls:
        yield f"  ! {words('explain.only_running_calls')}"
    elif ENDED not in one.untold and _lacked_by_all(one, "calls", "ended_at"):
        yield f"  ! {words('explain.no_call_ended')}"


def _lacked_by_all(one: Explanation, list_: str, name: str) -> bool:
    told = [field for table in one.tables if table.list == list_ for field in table.fields if field.name == name]
    return any(field.lacked for field in told) and not any(field.had for field in told)


def _asked(one: Explanation, words: Words) -> Iterator[str]:
    rows = [
        (
            asked.name,
            asked.path,
            words(f"explain.{asked.outcome.replace(' ', '_')}") if asked.outcome in OUTCOMES else asked.outcome,
            "" if asked.duration_s is None else f"{words.number(asked.duration_s, 2)} s",
            "" if asked.size_bytes is None else f"{words.number(asked.size_bytes / 1000, 1)} kB",
            "" if asked.rows is None else words("explain.rows", count=words.number(asked.rows)),
            "" if asked.pages is None else words("explain.pages", count=words.number(asked.pages)),
        )
        for asked in one.asked
    ]
    yield words("explain.requests")
    yield from _aligned(rows)
    yield from (f"  ! {asked.name}: {asked.cut}" for asked in one.asked if asked.cut is not None)


OUTCOMES = ("ok", "unchanged", "not due")


def _table_lines(table: ExplainedTable, one: Explanation, words: Words) -> Iterator[str]:
    none = words("format.none")
    count = one.rows.get(table.list)
    shown = none if count is None else words.number(count)
    yield f"{table.list} ({table.endpoint or words('explain.constants')}) · {words('explain.in_all', count=shown)}"
    heads = tuple(words(f"explain.{head}") for head in ("field", "from", "had", "lacked", "sample"))
    rows = [heads]
    for field in table.fields:
        if field.source is None:
            rows.append((field.name, none, "", "", ""))
            continue
        source = field.source if len(field.source) <= LONGEST_SOURCE else field.source[: LONGEST_SOURCE - 1] + "…"
        told = (words.number(field.had), words.number(field.lacked)) if field.had or field.lacked else ("", "")
        rows.append((field.name, source, *told, field.sample or ""))
    yield from _aligned(rows)
    for field in table.fields:
        if field.unknown:
            values = ", ".join(f"{value} ×{words.number(times)}" for value, times in field.unknown.items())
            yield f"  ? {words('explain.unknown', field=field.name)}: {values}"


def _aligned(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield f"  {'  '.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))}".rstrip()
