"""A dispatch centre in simulated time: an agenda of events, run up to the clock whenever somebody asks.

What it holds at an instant follows from the agenda alone, so it does not matter how often it was asked before.
"""

from __future__ import annotations

import heapq
import secrets
import zlib
from collections.abc import Callable
from datetime import datetime
from itertools import count
from threading import Condition
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from wallboard.core.entities import Disposition
from wallboard.demo.clock import HOUR_S, SimulatedClock, utc
from wallboard.demo.ledger import CursorExpired, Ledger, page_of
from wallboard.demo.rows import Call, Centre, Incident, Row

HISTORY_S = 48 * HOUR_S
"""What the history holds at the start: today since midnight and 24 hours of response times, with a day to spare."""

SNAPSHOT_REACH_S = HOUR_S
"""The contract: calls and incidents stay in the snapshot for 60 minutes after their end."""

KEPT_S = 72 * HOUR_S
"""Then the history keeps them this long, so that weeks at high speed need no more memory than three days."""

GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x04\xff"
"""RFC 1952: deflate, no name, no time, fastest compression, unknown system."""

Place = tuple[datetime, str]


class Body(msgspec.Struct, frozen=True):
    """A JSON body in two parts: `head` is of this answer, `rest` is shared by all answers of one version.

    `deflated` is `rest` as a finished raw deflate stream; both parts joined are one gzip member.
    """

    head: bytes
    rest: bytes
    deflated: bytes

    @property
    def plain(self) -> bytes:
        return self.head + self.rest

    @property
    def gzipped(self) -> bytes:
        compressor = _raw_deflate()
        head = compressor.compress(self.head) + compressor.flush(zlib.Z_SYNC_FLUSH)
        checksum = zlib.crc32(self.rest, zlib.crc32(self.head))
        size = len(self.head) + len(self.rest)
        trailer = checksum.to_bytes(4, "little") + (size & 0xFFFFFFFF).to_bytes(4, "little")
        return b"".join((GZIP_HEADER, head, self.deflated, trailer))


class World:
    """`begins_at_s` is when the agenda begins, before the clock's start by the length of the history at least.

    A scenario fills the agenda with `at` and the lists with `put`; the other methods may be called from any thread.
    """

    def __init__(self, clock: SimulatedClock, centre: Centre, begins_at_s: float) -> None:
        self.clock = clock
        self.centre = centre
        self.zone = ZoneInfo(centre.time_zone)
        self.now_s = begins_at_s
        """The instant that the agenda has reached."""
        self._ledger = Ledger()
        self._agenda: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self._changed = Condition()
        self._closed = False
        self._injected = count(1)
        self._edition = secrets.token_hex(4)
        self._centre_member = b'"centre":' + msgspec.json.encode(centre)
        self._rest = self._deflated = b""
        self._rest_version = self._deflated_version = -1

    # For scenarios

    def at(self, instant_s: float, action: Callable[[], None]) -> None:
        """Events of the same instant happen in the order in which they were put on the agenda."""
        heapq.heappush(self._agenda, (instant_s, next(self._order), action))

    def after(self, delay_s: float, action: Callable[[], None]) -> None:
        self.at(self.now_s + delay_s, action)

    def put(self, row: Row) -> None:
        """Add or replace. A call or an incident that ends leaves the snapshot, and later the history, by itself."""
        if self._ledger.put(row) and isinstance(row, Call | Incident):
            end = row.ended_at if isinstance(row, Call) else row.closed_at
            if end is not None:
                self.at(end.timestamp() + SNAPSHOT_REACH_S, lambda: self._ledger.leave(row))
                self.at(end.timestamp() + KEPT_S, lambda: self._ledger.forget(row))

    # For the server

    @property
    def instant(self) -> datetime:
        return utc(self.clock.now_s())

    def snapshot_tag(self) -> str:
        """An entity tag that changes with the rows and with the process, not with the time."""
        with self._changed:
            self._advance()
            return self._tag()

    def snapshot(self, *, with_cursor: bool, compressed: bool) -> tuple[str, Body]:
        """The entity tag and the body; without `compressed`, the body's `deflated` is left empty."""
        with self._changed:
            self._advance()
            version = self._ledger.version
            if self._rest_version != version:
                self._rest = b"%b,%b}" % (self._centre_member, self._ledger.lists())
                self._rest_version = version
            if compressed and self._deflated_version != version:
                compressor = _raw_deflate()
                self._deflated = compressor.compress(self._rest) + compressor.flush()
                self._deflated_version = version
            head: dict[str, object] = {"api_version": "1", "server_time": utc(self.now_s)}
            if with_cursor:
                head["cursor"] = self._cursor()
            body = Body(
                head=msgspec.json.encode(head)[:-1] + b",",
                rest=self._rest,
                deflated=self._deflated if compressed else b"",
            )
            return self._tag(), body

    def changes(self, cursor: str, wait_s: float) -> bytes:
        """What changed since the cursor, waiting up to `wait_s` real seconds for it. Raises CursorExpired."""
        deadline_s = self.clock.monotonic() + wait_s
        with self._changed:
            version = self._version_of(cursor)
            self._advance()
            while self._ledger.version == version and not self._closed:
                left_s = deadline_s - self.clock.monotonic()
                if left_s <= 0:
                    break
                if self._agenda:
                    left_s = min(left_s, self.clock.real_seconds_until(self._agenda[0][0]))
                self._changed.wait(left_s)
                self._advance()
            changes = self._ledger.changes_since(version)
            head = msgspec.json.encode({"server_time": utc(self.now_s), "cursor": self._cursor()})
            return b"%b,%b}" % (head[:-1], changes)

    def calls(
        self, after: datetime | None, before: datetime | None, beyond: Place | None, size: int
    ) -> tuple[list[Call], Place | None]:
        """A page of the history of calls, see `page_of`."""
        with self._changed:
            self._advance()
            return page_of(self._ledger.calls, after=after, before=before, beyond=beyond, size=size)

    def incidents(
        self, after: datetime | None, before: datetime | None, beyond: Place | None, size: int
    ) -> tuple[list[Incident], Place | None]:
        """A page of the history of incidents, see `page_of`."""
        with self._changed:
            self._advance()
            return page_of(self._ledger.incidents, after=after, before=before, beyond=beyond, size=size)

    def inject_call(self, waiting_s: float, answer_after_s: float | None) -> tuple[Call, float]:
        """A call that has rung for `waiting_s` already, and rings on unless it is to be answered (simulated seconds).

        Answers with the monotonic instant at which the server knew of it, just before it told any wall.
        """
        with self._changed:
            self._advance()
            call = Call(
                id=f"demo-{self._edition}-{next(self._injected)}",
                received_at=utc(self.now_s - waiting_s),
                disposition=Disposition.PENDING,
            )
            known_at_s = self.clock.monotonic()
            self.put(call)
            if answer_after_s is not None:
                self.after(answer_after_s, lambda: self._answer(call.id))
            self._changed.notify_all()
            return call, known_at_s

    def end_call(self, call_id: str) -> Call:
        """End an injected call. Raises KeyError where there is none of that identifier that has not ended."""
        with self._changed:
            self._advance()
            call = self._ledger.calls[call_id]
            if not call_id.startswith("demo-") or call.ended_at is not None:
                raise KeyError(call_id)
            ended = replace(call, ended_at=utc(self.now_s))
            self.put(ended)
            self._changed.notify_all()
            return ended

    def close(self) -> None:
        """Let those who wait for changes go."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _advance(self) -> None:
        to_s = self.clock.now_s()
        before = self._ledger.version
        while self._agenda and self._agenda[0][0] <= to_s:
            instant_s, _, action = heapq.heappop(self._agenda)
            self.now_s = max(self.now_s, instant_s)
            action()
        self.now_s = max(self.now_s, to_s)
        if self._ledger.version != before:
            self._changed.notify_all()

    def _answer(self, call_id: str) -> None:
        call = self._ledger.calls.get(call_id)
        if call is not None and call.ended_at is None:
            self.put(replace(call, answered_at=utc(self.now_s)))

    def _tag(self) -> str:
        return f'W/"{self._edition}-{self._ledger.version}"'

    def _cursor(self) -> str:
        return f"{self._edition}-{self._ledger.version}"

    def _version_of(self, cursor: str) -> int:
        edition, _, version = cursor.rpartition("-")
        if edition != self._edition or not (version.isascii() and version.isdigit() and len(version) < 19):
            raise CursorExpired
        return int(version)


def _raw_deflate() -> zlib._Compress:
    # Level 1: the storm's snapshot in 6 ms rather than 25 at the default, and a fifth larger.
    return zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS)
