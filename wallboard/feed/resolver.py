"""Addresses of names, within a time: the operating system's own search knows no deadline."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from typing import Any

from wallboard.feed.searches import Searches

Address = tuple[socket.AddressFamily, socket.SocketKind, int, str, Any]
"""As socket.getaddrinfo gives it."""


class Resolver:
    def __init__(self) -> None:
        self._searches = Searches[Sequence[Address]]("name search")

    def addresses(self, host: str, port: int, within_s: float) -> Sequence[Address]:
        """Raises TimeoutError, and what socket.getaddrinfo raises."""
        try:
            return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        except (socket.gaierror, UnicodeError):
            pass  # a name, then
        return self._searches.found(
            (host, port), lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM), within_s
        )
