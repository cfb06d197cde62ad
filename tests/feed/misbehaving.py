"""A server that does to a client whatever a test wants, byte by byte."""

from __future__ import annotations

import contextlib
import socket
import ssl
import sys
import threading
from collections.abc import Callable

Act = Callable[[socket.socket, bytes], None]
"""What to do with a connection, and the head of the request that came."""


class MisbehavingServer:
    """Listens on the loopback; every request goes to `act`, and after it the connection is closed.

    `requests` holds the heads of all requests. `released` ends the waits of those acts that hold a client. `ca_file` is
    for a client that is to trust it. `greeting` is said before anything is asked.
    """

    def __init__(
        self,
        act: Act,
        tls: ssl.SSLContext | None = None,
        *,
        keep_alive: bool = False,
        ca_file: str | None = None,
        host: str = "127.0.0.1",
        greeting: bytes = b"",
    ) -> None:
        self.act = act
        self.ca_file = ca_file
        self.requests: list[bytes] = []
        self.released = threading.Event()
        self._tls = tls
        self._keep_alive = keep_alive
        self._greeting = greeting
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http{'s' if tls else ''}://{host}:{self.port}/api"
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, name="misbehaving server")]

    def __enter__(self) -> MisbehavingServer:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        # Closing alone does not wake a thread that accepts.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            if sys.platform == "win32":  # there, that wakes nobody who reads
                connection.close()
        for thread in self._threads:
            thread.join(10)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection,), name="misbehaving connection")
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            connection.sendall(self._greeting)
            if self._tls is not None:
                connection = _secured(connection, self._tls)
                self._open.append(connection)
            with connection:
                while head := _head(connection):
                    self.requests.append(head)
                    self.act(connection, head)
                    if not self._keep_alive:
                        break


def _secured(connection: socket.socket, tls: ssl.SSLContext) -> ssl.SSLSocket:
    secured = tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
    try:
        secured.do_handshake()
    except OSError:
        with secured:
            # What the client has sent already must not turn the server's reason into a reset.
            while socket.socket.recv(secured, 65_536):
                pass
        raise
    return secured


def _head(connection: socket.socket) -> bytes:
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = connection.recv(1)
        if not byte:
            return b""
        head += byte
    return head


def response(
    body: bytes = b"",
    status: str = "200 OK",
    headers: str = "",
    media_type: str = "application/json",
    *,
    close: bool = True,
) -> bytes:
    fields = f"Content-Type: {media_type}\r\nContent-Length: {len(body)}\r\n{headers}"
    if close:
        fields += "Connection: close\r\n"
    return f"HTTP/1.1 {status}\r\n{fields}\r\n".encode() + body


def always(data: bytes) -> Act:
    def act(connection: socket.socket, _head: bytes) -> None:
        connection.sendall(data)

    return act


def drip(before: bytes, piece: bytes, server_released: Callable[[], threading.Event], every_s: float = 0.05) -> Act:
    """Send `before`, and then a piece now and then for ever: no single wait is ever long."""

    def act(connection: socket.socket, _head: bytes) -> None:
        connection.sendall(before)
        while not server_released().wait(every_s):
            connection.sendall(piece)

    return act
