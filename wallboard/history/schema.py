"""The alarm log's file: its tables, how an older one becomes a newer one, and what is wrong with it."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from wallboard.history.entries import TroubleKind

APPLICATION_ID = 0x57423131
"""Of a file of ours, in its header: "WB11". SQLite's own are registered; this one only tells it from any other."""

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """
        CREATE TABLE entries (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            at_us INTEGER NOT NULL,
            recorded_us INTEGER NOT NULL,
            position TEXT NOT NULL,
            feed TEXT NOT NULL,
            happening TEXT NOT NULL,
            rule TEXT NOT NULL,
            scope TEXT,
            key TEXT NOT NULL,
            severity INTEGER,
            state TEXT,
            standing TEXT,
            value REAL,
            bound REAL,
            since_us INTEGER,
            rings INTEGER NOT NULL,
            agencies TEXT NOT NULL,
            actor TEXT NOT NULL,
            note TEXT NOT NULL
        ) STRICT
        """,
        "CREATE INDEX entries_at ON entries (at_us)",
        "CREATE INDEX entries_of_programs ON entries (position, id) WHERE feed = ''",
        # The last entry of each alarm that is not over: what a restart needs, and what retention never takes.
        """
        CREATE TABLE standings (
            position TEXT NOT NULL,
            feed TEXT NOT NULL,
            rule TEXT NOT NULL,
            scope TEXT NOT NULL,
            key TEXT NOT NULL,
            entry INTEGER NOT NULL REFERENCES entries (id),
            PRIMARY KEY (position, feed, rule, scope, key)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX standings_entry ON standings (entry)",
        """
        CREATE TABLE rule_sets (
            position TEXT NOT NULL,
            feed TEXT NOT NULL,
            rules TEXT NOT NULL,
            PRIMARY KEY (position, feed)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE TABLE retention (before_us INTEGER NOT NULL) STRICT",
        "INSERT INTO retention VALUES (-9223372036854775808)",
        """
        CREATE TRIGGER entries_are_never_changed BEFORE UPDATE ON entries
        BEGIN SELECT RAISE(ABORT, 'the alarm log is append-only'); END
        """,
        """
        CREATE TRIGGER entries_leave_by_retention_alone BEFORE DELETE ON entries
        WHEN max(OLD.at_us, OLD.recorded_us) >= (SELECT before_us FROM retention)
            OR EXISTS (SELECT 1 FROM standings WHERE entry = OLD.id)
        BEGIN SELECT RAISE(ABORT, 'the alarm log is append-only'); END
        """,
    ),
)
"""Each brings a file from the version of its index to the next. What was released is never changed. Times are
microseconds UTC since 1970; `agencies` is a JSON array, `standing` and `rules` are JSON.
"""


DAMAGED, NEWER = "damaged", "newer"
"""Why a file is set aside: a part of its name from then on."""

WRITERS_CACHE_KB = 256
"""Of a file's pages. A log grows at its ends and is seldom looked at elsewhere by who writes it: SQLite's own measure,
2 MB, would fill in a day of storm for nothing.
"""


class ForeignFileError(Exception):
    """A database of another program's."""


class DamagedFileError(Exception):
    """What is in it does not hold together."""


class NewerFileError(Exception):
    """A log of a later version of this program."""


def connect(uri: str, *, writes: bool, wait_s: float, check_same_thread: bool = True) -> sqlite3.Connection:
    """`wait_s` is how long another program's writing is waited for. Transactions are begun by hand; who only reads
    makes no file.
    """
    if not writes and "?" not in uri:
        uri += "?mode=rw"
    connection = sqlite3.connect(
        uri, uri=True, timeout=wait_s, isolation_level=None, check_same_thread=check_same_thread
    )
    try:
        if writes:
            # A commit is on the disk when it returns: of WAL's frames with each, of the file's at a checkpoint.
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute(f"PRAGMA cache_size = -{WRITERS_CACHE_KB}")
        else:
            # Not mode=ro, which leaves a -wal and a -shm behind when it was alone with the file.
            connection.execute("PRAGMA query_only = ON")
    except BaseException:
        connection.close()  # or Windows refuses to rename a file that is no database
        raise
    return connection


def prepare(connection: sqlite3.Connection) -> None:
    """Make a new file's tables, or bring an older one's up to date. Raises as `version_of`."""
    version_of(connection)
    connection.execute("PRAGMA journal_mode = WAL")
    with transaction(connection):
        version = version_of(connection)  # another program may have been quicker
        if version == len(MIGRATIONS):
            return
        for migration in MIGRATIONS[version:]:
            for statement in migration:
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def version_of(connection: sqlite3.Connection) -> int:
    """The file's; 0 of one that is new. Raises ForeignFileError, NewerFileError, sqlite3.Error."""
    version, application = (_pragma(connection, name) for name in ("user_version", "application_id"))
    if application != APPLICATION_ID and (version or application or _pragma(connection, "schema_version")):
        raise ForeignFileError
    if version > len(MIGRATIONS):
        raise NewerFileError(f"version {version} of the file, {len(MIGRATIONS)} of this program")
    return version


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    value: int = connection.execute(f"PRAGMA {name}").fetchone()[0]
    return value


def check(connection: sqlite3.Connection) -> None:
    """Read the whole file. Raises DamagedFileError, sqlite3.Error."""
    (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise DamagedFileError(found)


def unusable(error: Exception) -> str | None:
    """Why a file is to be set aside; None where it may be good."""
    if isinstance(error, NewerFileError):
        return NEWER
    if isinstance(error, DamagedFileError) or _primary_code(error) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return DAMAGED
    return None


def kind_of(error: Exception) -> TroubleKind:
    """What keeps the log from being written or read."""
    if isinstance(error, ForeignFileError):
        return TroubleKind.FOREIGN
    if isinstance(error, PermissionError):
        return TroubleKind.READ_ONLY
    if unusable(error) is not None:
        return TroubleKind.UNUSABLE
    return _KINDS.get(_primary_code(error), TroubleKind.UNREACHABLE)


def _primary_code(error: Exception) -> int:
    code: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    return code & 0xFF  # of an extended code (sqlite.org/rescode.html)


_KINDS = {
    sqlite3.SQLITE_FULL: TroubleKind.FULL,
    sqlite3.SQLITE_READONLY: TroubleKind.READ_ONLY,
    sqlite3.SQLITE_PERM: TroubleKind.READ_ONLY,
    sqlite3.SQLITE_BUSY: TroubleKind.BUSY,
    sqlite3.SQLITE_LOCKED: TroubleKind.BUSY,
}


def set_aside(path: Path, why: str, now: datetime) -> Path:
    """Rename a file that cannot be used, with what SQLite keeps beside it. Raises OSError."""
    stem = f"{path.name}.{why}-{now:%Y%m%dT%H%M%SZ}"
    aside = path.with_name(stem)
    number = 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{stem}-{number}")
    path.rename(aside)
    for ending in ("-wal", "-shm"):
        beside = path.with_name(path.name + ending)
        if beside.exists():
            beside.rename(aside.with_name(aside.name + ending))
    return aside
