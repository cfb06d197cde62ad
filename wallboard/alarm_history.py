"""What the alarm log holds, for a terminal and for a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from wallboard.core.alarms import Severity
from wallboard.core.text import made_plain
from wallboard.history.entries import Entry, Selection, UnreadableError
from wallboard.history.reader import LogReader
from wallboard.language import Words


class KeptAlarms:
    """Those entries of a log that were chosen. The log may be written meanwhile.

    What it says it may also raise as a ValueError: that there is no log, or that it cannot be read.
    """

    def __init__(self, path: Path, chosen: Selection, words: Words) -> None:
        if not path.is_file():
            raise ValueError(words("alarm_log.missing", path=path))
        self._path = path
        self._reader = LogReader(path)
        self._chosen = chosen
        self._words = words

    def listed(self, most: int) -> str:
        """A line each, the newest first, with this computer's local time."""
        try:
            entries = self._reader.read(self._chosen, limit=most)
        except UnreadableError as error:
            raise self._unreadable(error) from error
        return "\n".join([self._line(entry) for entry in entries])

    def exported(self, out: Path) -> str:
        """Written as CSV. Raises OSError too."""
        try:
            count = self._reader.export(self._chosen, out)
        except UnreadableError as error:
            raise self._unreadable(error) from error
        return self._words("alarm_log.exported", count=self._words.number(count), path=out)

    def _unreadable(self, error: UnreadableError) -> ValueError:
        words = self._words
        return ValueError(words("alarm_log.unreadable", path=self._path, why=words(f"alarm_log.{error.kind.value}")))

    def _line(self, entry: Entry) -> str:
        return "  ".join(filter(None, map(made_plain, self._parts(entry))))

    def _parts(self, entry: Entry) -> Iterator[str]:
        words = self._words
        yield entry.at.astimezone().isoformat(" ", timespec="seconds")
        yield entry.feed_id
        if entry.severity is not None:
            yield words("banner.critical" if entry.severity is Severity.CRITICAL else "banner.warning")
        yield words(f"happening.{entry.happening.value}")
        yield " ".join(filter(None, (entry.rule, entry.key)))
        if entry.value is not None and entry.limit is not None:
            yield f"{words.number(entry.value, 2)} / {words.number(entry.limit, 2)}"
        if entry.rings:
            yield words("alarm_log.rings")
        yield entry.by
        yield entry.note
