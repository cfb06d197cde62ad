"""Entries of the alarm log as CSV (RFC 4180), for a spreadsheet."""

from __future__ import annotations

import contextlib
import csv
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TextIO

from wallboard.history.entries import Entry

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

_FORMULA = re.compile(r"(^|[;,\t\r\n])(\s*[=+\-@＝＋－＠])")
"""What a spreadsheet computes: at the start of a cell, and behind whatever it may take for the end of one, which of a
comma and a semicolon depends on the computer's language (owasp.org/www-community/attacks/CSV_Injection)."""


def write(entries: Iterable[Entry], path: Path, zone: tzinfo | None) -> int:
    """One line each, as they come, whatever their number; returns it. UTF-8 with a mark, by which Excel knows it.
    Raises OSError; what goes wrong half-way, with the entries too, leaves the file that was there, or none.
    """
    count = 0
    with _whole(path) as file:
        writer = csv.writer(file)  # commas, quotes where they are needed, and CR LF
        writer.writerow(COLUMNS)
        for count, entry in enumerate(entries, 1):  # noqa: B007 (it is returned)
            writer.writerow(_cells(entry, zone))
    return count


@contextlib.contextmanager
def _whole(path: Path) -> Iterator[TextIO]:
    """Written beside the file, which it replaces at the end. What is no file, as a pipe, is written at once."""
    path = path.resolve()
    if path.exists() and not path.is_file():
        with _opened(path) as file:
            yield file
        return
    new = path.with_name(path.name + ".new")
    try:
        with _opened(new) as file:
            yield file
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def _opened(path: Path) -> TextIO:
    return path.open("w", encoding="utf-8-sig", newline="")


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


def defused(text: str) -> str:
    """The text, whatever it begins with: an apostrophe says so to a spreadsheet."""
    return _FORMULA.sub(r"\1'\2", text)
