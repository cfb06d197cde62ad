"""A small proxy on the loopback: it forwards requests of http and opens tunnels, or misbehaves as a test wants."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from urllib.parse import urlsplit

from tests.feed.misbehaving import Act, MisbehavingServer


class ForwardProxy(MisbehavingServer):
    """`act` replaces what it does; by default it leads on. `requests` holds what it was asked for."""

    def __init__(self, act: Act | None = None, tls: ssl.SSLContext | None = None, ca_file: str | None = None) -> None:
        super().__init__(act or self.lead_on, tls, ca_file=ca_file)
        self.url = self.url.removesuffix("/api")

    def lead_on(self, connection: socket.socket, head: bytes) -> None:
        method, target, _ = head.decode().split(" ", 2)
        if method == "CONNECT":
            host, _, port = target.rpartition(":")
            with socket.create_connection((host, int(port)), 10) as onward:
                connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                self._join(connection, onward)
        else:
            parts = urlsplit(target)
            with socket.create_connection((parts.hostname or "", parts.port or 80), 10) as onward:
                self._open.append(onward)
                line = f"{method} {parts.path}{'?' if parts.query else ''}{parts.query} HTTP/1.1\r\n"
                onward.sendall(line.encode() + head.partition(b"\r\n")[2])
                while piece := onward.recv(65_536):
                    connection.sendall(piece)

    def _join(self, one: socket.socket, other: socket.socket) -> None:
        self._open += [one, other]
        back = threading.Thread(target=_copy, args=(other, one), name="misbehaving tunnel")
        back.start()
        _copy(one, other)
        back.join(10)


def _copy(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(65_536):
            sink.sendall(piece)
    for end in (source, sink):
        with contextlib.suppress(OSError):
            socket.socket.shutdown(end, socket.SHUT_RDWR)
