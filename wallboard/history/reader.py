"""Reading the alarm log: in the caller's thread, on a connection of its own that changes nothing."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from datetime import tzinfo
from pathlib import Path

from wallboard.core.alarms import AlarmEvent
from wallboard.history import rows, schema, table
from wallboard.history.entries import EVERYTHING, LONGEST_PAGE, Entry, Selection, UnreadableError

LONGEST_WAIT_S = 2.0
"""For another program's transaction."""


class LogReader:
    """Of a file, which need not be one that is written now."""

    def __init__(self, path: Path | None, uri: str = "") -> None:
        """Of the file, or of what SQLite has at the address."""
        self.path = path
        self._uri = uri if path is None else path.absolute().as_uri()

    def read(
        self, chosen: Selection = EVERYTHING, *, limit: int = LONGEST_PAGE, before_id: int | None = None
    ) -> list[Entry]:
        """The newest first; `before_id` goes on behind the last that was read. Raises UnreadableError."""
        with self._connected() as connection:
            return list(rows.select(connection, chosen, limit=limit, before_id=before_id))

    def standing(self, position: str, feed_id: str) -> tuple[AlarmEvent, ...]:
        """The last event of each alarm of a wall's that is not over. Raises UnreadableError."""
        with self._connected() as connection:
            return rows.last_events(connection, position, feed_id)

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
            with contextlib.closing(self._connect_to_read()) as connection:
                yield connection
        except (sqlite3.Error, schema.ForeignFileError, schema.NewerFileError, schema.DamagedFileError) as error:
            raise UnreadableError(schema.kind_of(error)) from error

    def _connect_to_read(self) -> sqlite3.Connection:
        try:
            return self._opened(self._uri)
        except sqlite3.OperationalError:
            # Where nothing may be written, SQLite cannot coordinate with a writer. Without a -wal there is none.
            if self.path is None or not self.path.is_file() or self.path.with_name(self.path.name + "-wal").exists():
                raise
            return self._opened(f"{self._uri}?immutable=1")

    def _opened(self, uri: str) -> sqlite3.Connection:
        connection = schema.connect(uri, writes=False, wait_s=LONGEST_WAIT_S)
        try:
            schema.version_of(connection)
        except BaseException:
            connection.close()
            raise
        return connection
