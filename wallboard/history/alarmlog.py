"""The alarm log: what happened to alarms, rules, feeds and the program, append-only, in SQLite.

Whoever appends never waits: a thread of the log's own writes, all that has come meanwhile in one transaction. Once
`flush` has returned True, what was appended before outlives the program and, as far as the disk keeps what it has
confirmed, the power.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from wallboard.core.alarms import AlarmEvent
from wallboard.core.rules import Rule
from wallboard.history import rows, schema
from wallboard.history.entries import Occurrence, Trouble, TroubleKind
from wallboard.history.reader import LONGEST_WAIT_S, LogReader
from wallboard.history.rows import Happened, InForce, Item, Occurred, Started

MOST_WAITING = 20_000
"""Entries in memory, about 20 MB: the worst hour of a storm, with a disk that is full. What is being written may be
more: somebody who acknowledges all alarms of a thousand rules makes as many entries at once.
"""

MOST_AT_ONCE = 1_000
"""Entries in a transaction, about 30 ms of work: what comes behind them is on the disk soon after."""

LONGEST_WRITE_S = 10.0
"""A disk that takes longer for a transaction does not answer."""

RETRY_S = 5.0
"""While it cannot be written: soon enough for whoever has just made room."""

HOUSEKEEPING_EVERY_S = 21_600.0
"""Four times a day is often enough for what is kept by the day."""

MOST_PRUNED_AT_ONCE = 5_000
"""Entries in a transaction, so that no event waits behind a year of them."""

MOST_SET_ASIDE = 3
"""Files, while the program runs: of a disk that damages what is written, more would only fill it."""

_log = logging.getLogger(__name__)

_NOT_THE_DISKS_FAULT = (
    sqlite3.IntegrityError,
    sqlite3.ProgrammingError,
    sqlite3.DataError,
    TypeError,
    ValueError,
    OverflowError,
)
"""An entry that cannot be written anywhere, and that must not hold up those behind it."""


class AlarmLog(LogReader):
    """A wall's log, between `open` and `close`. Several walls may share a file: each has its own `position` there, and
    the alarms and rules of that position.

    `path` is None for one in memory, `keep_days` for ever. `wall_clock` is the PC's, which may be wrong: nothing but
    retention goes by it, and only together with the server's. Entries are in the order in which they were written.
    """

    def __init__(
        self,
        path: Path | None,
        *,
        wall_clock: Callable[[], datetime],
        position: str = "",
        keep_days: int | None = None,
        retry_s: float = RETRY_S,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        super().__init__(path, f"file:/alarms-{uuid.uuid4().hex}?vfs=memdb")
        self.position = position
        self._wall_clock = wall_clock
        self._keep = None if keep_days is None else timedelta(days=keep_days)
        self._retry_s = retry_s
        self._most_waiting = most_waiting
        self._anchor: sqlite3.Connection | None = None
        """What keeps a log in memory from being forgotten."""
        self._begins_with: tuple[Item, ...] = ()
        """What every file says first."""
        self._changed = threading.Condition()
        # What follows is changed under it.
        self._waiting: deque[Item] = deque()
        self._in_hand: list[Item] = []
        """Being written."""
        self._in_hand_since_s = 0.0
        self._appended = self._settled = 0
        self._lost = self._lost_unsaid = 0
        self._failing: TroubleKind | None = None
        self._set_aside = ""
        self._ending = False
        self._housekeeping_at_s = 0.0
        # What follows is the writer's own.
        self._checked = False
        self._files_set_aside = 0
        self._before_doubt: int | None = None
        """The last entry before those in hand, once it was tried to write them: a commit that failed may have reached
        the disk all the same.
        """
        self._thread = threading.Thread(target=self._run, name="alarm log", daemon=True)

    # Of whoever owns it

    def open(self, rules: Mapping[str, Sequence[Rule]], version: str = "") -> None:
        """Make the file ready and begin to write: that the program has started, and how each feed's rules differ from
        those of its last start. Where that fails, entries wait in memory.
        """
        now = self._wall_clock()
        self._begins_with = (
            Started(now, version),
            *[InForce(now, feed_id, tuple(of_feed)) for feed_id, of_feed in rules.items()],
        )
        if self.path is None:
            self._anchor = schema.connect(self._uri, writes=True, wait_s=LONGEST_WAIT_S, check_same_thread=False)
        self._put(self._begins_with)
        anew = False
        try:
            self._connect().close()
        except Exception as error:  # noqa: BLE001 (whatever is wrong with a file, the wall opens)
            anew = self._fail(error)
        self._thread.start()
        if anew:  # with what could be saved of the old one, which the books are restored from
            self.flush(LONGEST_WAIT_S)

    def close(self, within_s: float) -> bool:
        """Write that the program has stopped, and all that is still waiting. Returns whether everything was written."""
        if self._thread.ident is None or self._ending:
            return not self._waiting
        now = self._wall_clock()
        self._put([Occurred(recorded_at=now, at=now, occurrence=Occurrence.PROGRAM_STOPPED)])
        with self._changed:
            self._ending = True
            self._changed.notify_all()
        self._thread.join(within_s)
        if self._anchor is not None:
            self._anchor.close()
            self._anchor = None
        with self._changed:
            left = len(self._waiting) + len(self._in_hand)
        if left:
            _log.error("alarm log: %d entries could not be written before the end", left)
        return not left

    def append(self, feed_id: str, events: Iterable[AlarmEvent]) -> None:
        """Take in what happened to alarms; may be called in any thread, and never waits."""
        now = self._wall_clock()
        self._put([Happened(now, feed_id, event) for event in events])

    def append_occurrence(self, occurrence: Occurrence, feed_id: str, at: datetime, note: str = "") -> None:
        """As `append`."""
        now = self._wall_clock()
        self._put([Occurred(recorded_at=now, at=at, occurrence=occurrence, feed_id=feed_id, note=note)])

    def flush(self, within_s: float) -> bool:
        """Wait until all that was appended is on the disk. Returns whether it is."""
        with self._changed:
            up_to, lost = self._appended, self._lost
            settled = self._changed.wait_for(lambda: self._settled >= up_to, within_s)
            return settled and self._lost == lost

    @property
    def trouble(self) -> Trouble | None:
        """None while all that happens is written."""
        with self._changed:
            kind = self._failing
            if kind is None and self._set_aside:
                kind = TroubleKind.SET_ASIDE
            if kind is None and self._lost:
                kind = TroubleKind.LOST
            if kind is None:
                return None
            waiting = len(self._waiting) + len(self._in_hand)
            return Trouble(kind=kind, waiting=waiting, lost=self._lost, file=self._set_aside)

    def last_events(self, feed_id: str) -> tuple[AlarmEvent, ...]:
        """What the feed's alarm book is restored from: the last event of each alarm that is not over. Nothing where the
        log cannot be read.
        """
        try:
            return self.standing(self.position, feed_id)
        except Exception as error:  # noqa: BLE001 (a wall without a past is better than none)
            _log.warning("alarm log: the alarms of feed %s begin anew: %s", feed_id, error)
            return ()

    # The writer

    def _put(self, items: Sequence[Item]) -> None:
        with self._changed:
            self._waiting.extend(items)
            self._appended += len(items)
            if self._failing is not None or self._is_stuck:
                self._make_room()
            self._changed.notify_all()

    @property
    def _is_stuck(self) -> bool:
        return bool(self._in_hand) and time.monotonic() - self._in_hand_since_s > LONGEST_WRITE_S

    def _make_room(self) -> None:
        while self._waiting and len(self._waiting) + len(self._in_hand) > self._most_waiting:
            self._waiting.popleft()
            self._lose()

    def _lose(self) -> None:
        self._lost += 1
        self._lost_unsaid += 1
        self._settled += 1

    def _run(self) -> None:
        connection: sqlite3.Connection | None = None
        while self._take():
            try:
                if connection is None:
                    connection = self._connect()
                if self._in_hand:
                    self._write(connection)
                    self._say_losses(connection)
                elif time.monotonic() >= self._housekeeping_at_s:
                    self._keep_house(connection)
                self._recover()
            except Exception as error:  # noqa: BLE001 (the thread lives as long as the wall)
                if connection is not None:
                    with contextlib.suppress(sqlite3.Error):
                        connection.close()
                    connection = None
                if not self._fail(error) and not self._pause():
                    break
        if connection is not None:
            connection.close()

    def _take(self) -> bool:
        """Wait for something to do. Returns whether there is anything but the end."""
        with self._changed:
            quiet_s = max(0.0, self._housekeeping_at_s - time.monotonic())
            self._changed.wait_for(lambda: self._in_hand or self._waiting or self._ending, quiet_s)
            if not self._in_hand:  # else it is the last attempt's, once more
                self._in_hand = [self._waiting.popleft() for _ in range(min(MOST_AT_ONCE, len(self._waiting)))]
                self._in_hand_since_s = time.monotonic()
            return bool(self._in_hand) or not self._ending

    def _pause(self) -> bool:
        """Until the next attempt; False where the one that failed was the last."""
        with self._changed:
            if self._ending:
                return False
            self._changed.wait_for(lambda: self._ending, self._retry_s)
            return True

    def _connect(self) -> sqlite3.Connection:
        if self.path is not None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        connection = schema.connect(self._uri, writes=True, wait_s=LONGEST_WAIT_S)
        try:
            schema.prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _write(self, connection: sqlite3.Connection) -> None:
        """What is in hand, whole or not at all, unless one of the entries cannot be written anywhere."""
        before, first = self._before_doubt, self._in_hand[0]
        if before is not None and rows.wrote_since(connection, self.position, before, first):
            self._settle(len(self._in_hand))  # the attempt that seemed to fail did not
            return
        self._before_doubt = rows.last_id(connection)
        try:
            self._commit(connection, self._in_hand)
            self._settle(len(self._in_hand))
        except _NOT_THE_DISKS_FAULT:
            while self._in_hand:
                self._before_doubt = rows.last_id(connection)
                try:
                    self._commit(connection, self._in_hand[:1])
                    self._settle(1)
                except _NOT_THE_DISKS_FAULT:
                    _log.exception("alarm log: an entry cannot be written")
                    self._settle(1, written=False)

    def _settle(self, count: int, *, written: bool = True) -> None:
        self._before_doubt = None
        with self._changed:
            del self._in_hand[:count]
            if written:
                self._settled += count
            else:
                self._lose()
            self._changed.notify_all()

    def _say_losses(self, connection: sqlite3.Connection) -> None:
        lost, now = self._lost_unsaid, self._wall_clock()
        if lost:
            note = str(lost)
            self._commit(connection, [Occurred(now, at=now, occurrence=Occurrence.ENTRIES_LOST, note=note)])
            with self._changed:
                self._lost_unsaid -= lost

    def _commit(self, connection: sqlite3.Connection, items: Iterable[Item]) -> None:
        with schema.transaction(connection):
            for item in items:
                rows.write(connection, self.position, item)

    def _recover(self) -> None:
        with self._changed:
            before, self._failing = self._failing, None
        if before is not None:
            _log.info("alarm log: it is written again")

    def _fail(self, error: Exception) -> bool:
        """What is in hand stays there. Returns whether a new file takes the place of one that cannot be used."""
        why = schema.unusable(error)
        if why is not None and self.path is not None and self._files_set_aside < MOST_SET_ASIDE:
            try:
                self._begin_anew(self.path, why, error)
                return True
            except OSError as refused:
                error = refused
        kind = schema.kind_of(error)
        with self._changed:
            before, self._failing = self._failing, kind
            self._make_room()
        if kind is not before:
            _log.warning("alarm log: %s cannot be written (%s); entries wait in memory", self.path, error)
        return False

    def _begin_anew(self, path: Path, why: str, error: Exception) -> None:
        """Set the file aside, and take into the next one where the alarms stood, as far as that can still be read."""
        now = self._wall_clock()
        stood = self._readable_still() if why == schema.DAMAGED else []
        aside = schema.set_aside(path, why, now)
        _log.error("alarm log: %s (%s); it is kept as %s, and a new one is begun", why, error, aside)
        said = Occurred(recorded_at=now, at=now, occurrence=Occurrence.LOG_SET_ASIDE, note=aside.name)
        self._files_set_aside += 1
        self._before_doubt = None
        with self._changed:
            self._waiting.extendleft(reversed(self._in_hand))
            self._in_hand = []
            begins_with = [said, *stood, *[one for one in self._begins_with if one not in self._waiting]]
            self._waiting.extendleft(reversed(begins_with))
            self._appended += len(begins_with)
            self._set_aside = aside.name
            self._checked = False

    def _readable_still(self) -> list[Item]:
        now = self._wall_clock()
        stood: list[Item] = []
        feeds = [item.feed_id for item in self._begins_with if isinstance(item, InForce)]
        with contextlib.suppress(Exception), self._connected() as connection:
            for feed_id in feeds:
                events = rows.last_events(connection, self.position, feed_id)
                stood += [Happened(now, feed_id, event) for event in events]
        return stood

    # Retention

    def _keep_house(self, connection: sqlite3.Connection) -> None:
        """Look once whether the file is sound, and take away what is older than it is to be kept."""
        if not self._checked:
            schema.check(connection)
            self._checked = True
        more = self._keep is not None and rows.prune(connection, self._keep, self._wall_clock(), MOST_PRUNED_AT_ONCE)
        self._housekeeping_at_s = time.monotonic() + (0.0 if more else HOUSEKEEPING_EVERY_S)
