"""Entries of the alarm log as CSV (RFC 4180), for a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from wallboard import whole
from wallboard.history.entries import Entry
from wallboard.spreadsheet import ENCODING, defused

COLUMNS = (
    "id",
    "time",
    "time_utc",
    "recorded_utc",
    "position",
    "feed",
    "happening",
    "rule",
    "scope",
    "key",
    "severity",
    "state",
    "value",
    "limit",
    "since_utc",
    "rings",
    "agencies",
    "by",
    "note",
)


def write(entries: Iterable[Entry], path: Path, zone: tzinfo | None) -> int:
    """One line each, as they come, whatever their number; returns it. Raises OSError; what goes wrong half-way, with
    the entries too, leaves the file that was there, or none.
    """
    count = 0
    with whole.written(path, encoding=ENCODING) as file:
        writer = csv.writer(file)  # commas, quotes where they are needed, and CR LF
        writer.writerow(COLUMNS)
        for count, entry in enumerate(entries, 1):  # noqa: B007 (it is returned)
            writer.writerow(_cells(entry, zone))
    return count


def _cells(entry: Entry, zone: tzinfo | None) -> tuple[object, ...]:
    return (
        entry.id,
        _time(entry.at.astimezone(zone)),
        _time(entry.at),
        _time(entry.recorded_at),
        defused(entry.position),
        entry.feed_id,
        entry.happening.value,
        defused(entry.rule),
        entry.scope.value if entry.scope else "",
        defused(entry.key),
        entry.severity.name.lower() if entry.severity else "",
        entry.state.value if entry.state else "",
        entry.value,
        entry.limit,
        _time(entry.since) if entry.since else "",
        "yes" if entry.rings else "no",
        defused(" ".join(entry.agencies)),
        defused(entry.by),
        defused(entry.note),
    )


def _time(at: datetime) -> str:
    """ISO 8601 with its offset, Z for UTC."""
    text = at.isoformat(timespec="milliseconds")
    return text.removesuffix("+00:00") + "Z" if at.tzinfo is UTC else text
