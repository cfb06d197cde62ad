"""Reading the alarm log: in the caller's thread, on a connection of its own that changes nothing."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from datetime import tzinfo
from pathlib import Path

from wallboard.history import rows, schema, table
from wallboard.history.entries import EVERYTHING, LONGEST_PAGE, Entry, Selection, UnreadableError

LONGEST_WAIT_S = 2.0
"""For another program's transaction."""


class LogReader:
    """Of a file, which need not be one that is written now."""

    def __init__(self, uri: str) -> None:
        self._uri = uri

    @classmethod
    def of(cls, path: Path) -> LogReader:
        return cls(path.absolute().as_uri())

    def read(
        self, chosen: Selection = EVERYTHING, *, limit: int = LONGEST_PAGE, before_id: int | None = None
    ) -> list[Entry]:
        """The newest first; `before_id` goes on behind the last that was read. Raises UnreadableError."""
        with self._connected() as connection:
            return list(rows.select(connection, chosen, limit=limit, before_id=before_id))

    def export(self, chosen: Selection, path: Path, zone: tzinfo | None = None) -> int:
        """Write them as CSV, the oldest first, with local times of the zone, or of this computer's. Returns how many.

        Raises UnreadableError, OSError.
        """
        with self._connected() as connection:
            return table.write(rows.select(connection, chosen, oldest_first=True), path, zone)

    @contextlib.contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        """Raises UnreadableError, also for what goes wrong while it is used."""
        try:
            with contextlib.closing(schema.connect(self._uri, writes=False, wait_s=LONGEST_WAIT_S)) as connection:
                schema.version_of(connection)
                yield connection
        except (sqlite3.Error, schema.ForeignFileError, schema.NewerFileError) as error:
            raise UnreadableError(schema.kind_of(error)) from error
