"""Connections with a total deadline, and the certificates that the operating system trusts.

A timeout of requests is one of each socket operation: a server that sends a byte now and then holds a request for
ever. Here every connection is cut at its deadline, whatever it is doing then: shaking hands, sending its headers one
letter at a time, or its body.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection


class Deadline:
    """Cuts the connections of an exchange when its time is up. Serves one exchange at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._handles: set[socket.socket] = set()
        self._left: list[socket.socket] = []
        """Of connections that were let go while their last answer was still being read."""
        self._cut = False
        self._aborted = False

    @property
    def passed(self) -> bool:
        """Whether the present exchange, or the last one, was cut."""
        return self._cut

    @contextlib.contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """An exchange. A cut shows in it as a connection that fails, and in `passed`."""
        self._cut = self._aborted
        timer = threading.Timer(seconds, self._cut_all)
        timer.name = "request deadline"
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()
            while self._left:
                self._close(self._left.pop())

    def hold(self, connection: socket.socket) -> socket.socket:
        """A second handle on a new connection: the first one changes hands in the TLS handshake."""
        handle = connection.dup()
        with self._lock:
            self._handles.add(handle)
            if self._cut:
                _shut(handle)
        return handle

    def let_go(self, handle: socket.socket) -> None:
        self._left.append(handle)

    def close(self) -> None:
        for handle in tuple(self._handles):
            self._close(handle)

    def abort(self) -> None:
        """Cut the present exchange, and every later one as soon as it connects."""
        self._aborted = True
        self._cut_all()

    def _close(self, handle: socket.socket) -> None:
        with self._lock:
            self._handles.discard(handle)
        handle.close()

    def _cut_all(self) -> None:
        with self._lock:
            self._cut = True
            for handle in self._handles:
                _shut(handle)


def _shut(handle: socket.socket) -> None:
    with contextlib.suppress(OSError):
        handle.shutdown(socket.SHUT_RDWR)


class DeadlineAdapter(HTTPAdapter):
    """requests' adapter over connections that a Deadline can cut. `trust` is for https; plain http needs none."""

    def __init__(self, deadline: Deadline, trust: ssl.SSLContext | None) -> None:
        self._pools = _pools(deadline)
        self._tls: dict[str, Any] = {} if trust is None else {"ssl_context": trust}
        super().__init__(pool_connections=1, pool_maxsize=1)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **kwargs: Any) -> None:
        super().init_poolmanager(connections, maxsize, block, **kwargs, **self._tls)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> PoolManager:
        manager: PoolManager = super().proxy_manager_for(proxy, **kwargs, **self._tls)
        manager.pool_classes_by_scheme = self._pools
        return manager

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """The TLS context decides whom to trust; requests would add a list that is as old as its package."""
        conn.cert_reqs = "CERT_REQUIRED"


def system_trust() -> ssl.SSLContext:
    """Trusts whom the operating system trusts, as an office with an authority of its own needs it."""
    import truststore  # only https needs it

    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _pools(deadline: Deadline) -> dict[str, type[HTTPConnectionPool]]:
    class Plain(HTTPConnection):
        _handle: socket.socket | None = None

        def _new_conn(self) -> socket.socket:
            connection = super()._new_conn()
            self._handle = deadline.hold(connection)
            return connection

        def close(self) -> None:
            if self._handle is not None:
                deadline.let_go(self._handle)
                self._handle = None
            super().close()

    class Secure(Plain, HTTPSConnection):
        pass

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}
