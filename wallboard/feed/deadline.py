"""The time that an exchange with a server may take, in all and in each of its phases.

A timeout of requests is one of each socket operation: a server that sends a byte now and then holds a request for
ever. Here every connection is cut when its time is up, whatever it is doing then: shaking hands, sending its headers
one letter at a time, or its body.
"""

from __future__ import annotations

import contextlib
import ctypes
import math
import socket
import sys
import threading
import time
from collections.abc import Iterator
from enum import Enum, auto
from typing import NamedTuple

CUT_AGAIN_S = 0.05
"""On Windows a cut ends the wait that there is, not the next one: it is repeated as long as the exchange goes on."""


class Phase(Enum):
    """How far an exchange has come."""

    NAME = auto()
    """Asking for the address of a name."""
    CONNECT = auto()
    """Waiting for somebody to pick up; its time counts from NAME."""
    TUNNEL = auto()
    """Asking a proxy for a way to the server."""
    HANDSHAKE = auto()
    """Securing the connection."""
    ANSWER = auto()
    """Waiting for the first byte of an answer."""
    BODY = auto()
    """Reading; only the time of the whole ends it."""


class Limits(NamedTuple):
    """Seconds. `first_byte_s` is for each phase between the connection and the first byte."""

    connect_s: float
    first_byte_s: float
    total_s: float


class Expiry(NamedTuple):
    phase: Phase
    after_s: float


class Deadline:
    """Cuts the connections of an exchange when its time is up. Serves one exchange at a time."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._handles: set[socket.socket] = set()
        self._left: list[socket.socket] = []
        """Of connections that were let go while their last answer was still being read."""
        self._limits = Limits(0.0, 0.0, 0.0)
        self._phase = Phase.ANSWER
        self._phase_limit_s = math.inf
        self._phase_ends_s = math.inf
        self._ends_s = math.inf
        self._running = False
        self._aborted = False
        self._expired: Expiry | None = None
        self.connected = False
        """Whether the present exchange, or the last one, has made a connection of its own."""

    @property
    def expired(self) -> Expiry | None:
        """Where and after how long the present exchange, or the last one, was cut; None where it was not."""
        return self._expired

    @property
    def phase(self) -> Phase:
        return self._phase

    @contextlib.contextmanager
    def within(self, limits: Limits) -> Iterator[None]:
        """An exchange. A cut shows in it as a connection that fails, and in `expired`."""
        self._limits = limits
        self._expired = None
        self.connected = False
        self._ends_s = time.monotonic() + limits.total_s
        self._running = True
        self.enter(Phase.ANSWER)
        watch = threading.Thread(target=self._watch, name="request deadline", daemon=True)
        watch.start()
        try:
            yield
        finally:
            with self._changed:
                self._running = False
                self._changed.notify()
            watch.join()
            while self._left:
                self._close(self._left.pop())

    def enter(self, phase: Phase) -> None:
        with self._changed:
            self._phase = phase
            if phase is Phase.CONNECT:
                return
            self._phase_limit_s = {
                Phase.NAME: self._limits.connect_s,
                Phase.BODY: math.inf,
            }.get(phase, self._limits.first_byte_s)
            self._phase_ends_s = time.monotonic() + self._phase_limit_s
            self._changed.notify()

    def left_s(self) -> float:
        """Until the present phase, or the whole, must end. Raises TimeoutError where nothing is left."""
        left_s = min(self._phase_ends_s, self._ends_s) - time.monotonic()
        if left_s <= 0:
            raise TimeoutError
        return left_s

    def limit(self) -> Expiry:
        """The present phase, and the seconds that it has: for what notices by itself that they are over."""
        return self._expired or Expiry(self._phase, min(self._phase_limit_s, self._limits.total_s))

    def hold(self, connection: socket.socket) -> socket.socket:
        """A second handle on a new connection: the first one changes hands in the TLS handshake."""
        handle = connection.dup()
        self.connected = True
        with self._changed:
            self._handles.add(handle)
            if self._expired:
                _cut(handle)
        return handle

    def let_go(self, handle: socket.socket) -> None:
        self._left.append(handle)

    def abort(self) -> None:
        """Cut the present exchange, and every later one as it begins; may be called in any thread."""
        with self._changed:
            self._aborted = True
            self._changed.notify()

    def close(self) -> None:
        for handle in tuple(self._handles):
            self._close(handle)

    def _close(self, handle: socket.socket) -> None:
        with self._changed:
            self._handles.discard(handle)
        handle.close()

    def _watch(self) -> None:
        with self._changed:
            while self._running:
                left_s = min(self._phase_ends_s, self._ends_s) - time.monotonic()
                if left_s <= 0 or self._aborted:
                    self._expired = self._expired or self.limit()
                    for handle in self._handles:
                        _cut(handle)
                    left_s = CUT_AGAIN_S
                self._changed.wait(left_s)


def _cut(handle: socket.socket) -> None:
    """In every thread that reads or writes there."""
    with contextlib.suppress(OSError):
        handle.shutdown(socket.SHUT_RDWR)
    if sys.platform == "win32":
        # There a shutdown wakes nobody who waits (cpython gh-91913). This does, through whichever handle of the socket.
        ctypes.WinDLL("kernel32").CancelIoEx(ctypes.c_void_p(handle.fileno()), None)
