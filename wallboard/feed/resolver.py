"""Addresses of names, within a time: the operating system's own search knows no deadline."""

from __future__ import annotations

import socket
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

Address = tuple[socket.AddressFamily, socket.SocketKind, int, str, Any]
"""As socket.getaddrinfo gives it."""


class Resolver:
    """A search that hangs keeps its thread, but never more than one: who asks again waits for the same search."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._searches: dict[tuple[str, int], Future[Sequence[Address]]] = {}

    def addresses(self, host: str, port: int, within_s: float) -> Sequence[Address]:
        """Raises TimeoutError, and what socket.getaddrinfo raises."""
        try:
            return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        except (socket.gaierror, UnicodeError):
            pass  # a name, then
        with self._lock:
            search = self._searches.get((host, port))
            if search is None:
                search = self._searches[host, port] = Future()
                threading.Thread(target=self._search, args=(host, port), name="name search", daemon=True).start()
        return search.result(within_s)

    def _search(self, host: str, port: int) -> None:
        found: Sequence[Address] = ()
        failed: Exception | None = None
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except Exception as error:  # noqa: BLE001 (it belongs to whoever waits for the search)
            failed = error
        with self._lock:
            search = self._searches.pop((host, port))
        if failed is not None:
            search.set_exception(failed)
        else:
            search.set_result(found)
