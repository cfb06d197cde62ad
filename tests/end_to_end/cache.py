"""nginx as docs/deployment/nginx.conf configures it, and a dispatch system behind TLS that counts what it is asked."""

from __future__ import annotations

import contextlib
import getpass
import http.client
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from wallboard.demo.server import API_PREFIX

CONFIGURATION = Path(__file__).resolve().parents[2] / "docs" / "deployment" / "nginx.conf"

INTERVAL_S = 2
"""That of the configuration."""

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
"""Debian's is not in the path of everybody; None where there is none."""

LONGEST_START_S = 30.0


class Certificate(Struct, frozen=True):
    """Files in PEM: a server's chain and key, and the authority whom to trust for it."""

    chain: Path
    key: Path
    authority: Path

    def serving(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.chain, self.key)
        return context

    def trusting(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.authority))


class Asked(Struct, frozen=True):
    path: str
    headers: Mapping[str, str]


class Upstream:
    """Passes each request on to the dispatch system of its token (any of them where the token is unknown).

    `requests` holds what was asked. With `instead`, a whole HTTP answer, nobody else is asked; until `silent`, an
    event, is set, nothing is answered.
    """

    def __init__(self, systems: Mapping[str, str], certificate: Certificate) -> None:
        """`systems`: base URLs by token."""
        self.systems = systems
        self.requests: list[Asked] = []
        self.instead: bytes | None = None
        self.silent: threading.Event | None = None
        self._tls = certificate.serving()
        self._listener: _Listener | None = None
        self._thread: threading.Thread | None = None
        self.port = 0

    def start(self) -> None:
        """The port stays the same over a stop."""
        listener = self._listener = _Listener(("127.0.0.1", self.port), self, self._tls)
        self.port = listener.server_address[1]
        self._thread = threading.Thread(target=listener.serve_forever, args=(0.05,), name="upstream")
        self._thread.start()

    def stop(self) -> None:
        if self._listener is None or self._thread is None:
            return
        self._listener.shutdown()
        self._thread.join()
        self._listener.end()
        self._listener = None

    def __enter__(self) -> Upstream:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def system(self, headers: Mapping[str, str]) -> str:
        token = headers.get("Authorization", "").removeprefix("Bearer ") or headers.get("X-Api-Key", "")
        return self.systems.get(token) or next(iter(self.systems.values()))


class _Listener(ThreadingHTTPServer):
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], upstream: Upstream, tls: ssl.SSLContext) -> None:
        self.upstream = upstream
        self._tls = tls
        self._open: set[socket.socket] = set()
        super().__init__(address, _Handler)

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        # The handshake is the handler's, in its own thread.
        return self._tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def end(self) -> None:
        for connection in tuple(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A cache that does not trust this server leaves in the middle of the handshake, as it should."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Listener

    def do_GET(self) -> None:
        upstream = self.server.upstream
        upstream.requests.append(Asked(self.path, dict(self.headers.items())))
        if upstream.silent is not None:
            upstream.silent.wait(60)
        if upstream.instead is not None:
            self.wfile.write(upstream.instead)
            self.close_connection = True
            return
        system = urlsplit(upstream.system(dict(self.headers.items())))
        behind = http.client.HTTPConnection(system.hostname or "", system.port, timeout=30)
        try:
            behind.request("GET", self.path, headers=dict(self.headers.items()) | {"Connection": "close"})
            answer = behind.getresponse()
            body = answer.read()
        finally:
            behind.close()
        self.send_response_only(answer.status)
        for name, value in answer.headers.items():
            if name != "Connection":
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (http.server's name for it)
        """The log that counts is nginx's."""


class Cache:
    """nginx between `start` and `stop`, a process of its own with everything that it writes in `folder`."""

    def __init__(
        self, folder: Path, upstream_port: int, certificate: Certificate, changes: Mapping[str, str] = {}
    ) -> None:
        """`changes`: what the file says, and what it is to say instead."""
        self.folder = folder
        self.port = _free_port()
        self.url = f"https://127.0.0.1:{self.port}{API_PREFIX}"
        self._process: subprocess.Popen[bytes] | None = None
        self._file = folder / "nginx.conf"
        self._file.write_text(
            substituted(
                substituted(CONFIGURATION.read_text("utf-8"), changes),
                {
                    "user www-data;": f"user {getpass.getuser()};",
                    "/run/nginx.pid": f"{folder}/nginx.pid",
                    "/var/log/nginx/error.log": f"{folder}/error.log",
                    "/var/log/nginx/access.log": f"{folder}/access.log",
                    "/run/wallboard-cache": f"{folder}/cache",
                    "listen 443 ssl": f"listen 127.0.0.1:{self.port} ssl",
                    "server_name walls.example.go.id": "server_name 127.0.0.1",
                    "/etc/nginx/tls/walls.crt": str(certificate.chain),
                    "/etc/nginx/tls/walls.key": str(certificate.key),
                    "server dispatch.example.go.id:443": f"server 127.0.0.1:{upstream_port}",
                    "proxy_ssl_name dispatch.example.go.id": "proxy_ssl_name localhost",
                    "Host dispatch.example.go.id": "Host localhost",
                    "/etc/ssl/certs/ca-certificates.crt": str(certificate.authority),
                    # Debian's own places, which only root may make.
                    "http {\n": "http {\n"
                    + "".join(
                        f"    {module}_temp_path {folder}/temporary;\n"
                        for module in ("client_body", "proxy", "fastcgi", "scgi", "uwsgi")
                    ),
                },
            ),
            "utf-8",
        )

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Raises RuntimeError with nginx's own words where it does not start."""
        assert NGINX is not None
        log = self.folder / "error.log"
        command = [NGINX, "-p", str(self.folder), "-e", str(log), "-c", str(self._file), "-g", "daemon off;"]
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        ends_s = time.monotonic() + LONGEST_START_S
        while time.monotonic() < ends_s and self._process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._process.wait(0.02)
            else:
                return
        self.stop()
        raise RuntimeError(f"nginx did not start: {log.read_text('utf-8')}")

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None

    def __enter__(self) -> Cache:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def substituted(text: str, changes: Mapping[str, str]) -> str:
    """Each of them stands there once, or the file and its test have parted."""
    for old, new in changes.items():
        if text.count(old) != 1:
            raise ValueError(f"{old!r} stands {text.count(old)} times in {CONFIGURATION.name}")
        text = text.replace(old, new)
    return text


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
