"""The contract of docs/dispatch-api.yaml over HTTP on the loopback, and the demo's own controls under /demo.

HTTP/1.1 with connections that stay open, without Nagle's delay. Errors are RFC 9457 problems. The Date header and
`server_time` are the simulated clock's.
"""

from __future__ import annotations

import base64
import contextlib
import hmac
import os
import signal
import socket
import sys
import threading
import zlib
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from email.utils import format_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Annotated, Any, TypeVar, cast
from urllib.parse import parse_qs, urlsplit

import msgspec

from wallboard import running
from wallboard.demo.ledger import CursorExpired
from wallboard.demo.rows import Call, Incident
from wallboard.demo.world import Body, Place, World

API_PREFIX = "/api/v1"

DEMO_TOKEN = "demo"
TOKEN_VARIABLE = "WALLBOARD_DEMO_TOKEN"

QUERY_TOKEN = "api_key"
"""The query parameter that a token may come in."""

LONGEST_WAIT_S = 60
"""Of a long poll, in real seconds: proxies cut silent connections soon after."""

DEFAULT_PAGE_SIZE, LARGEST_PAGE_SIZE = 500, 1000

LARGEST_REQUEST_BYTES = 65_536
LONGEST_LENGTH = 19
"""Digits of a Content-Length: those of 2^63."""

SMALLEST_COMPRESSED_BYTES = 1024
"""Below, it all fits one packet anyway."""

IDLE_CONNECTION_S = 120

LONGEST_FAREWELL_S = 2.0
"""To those who are still being served when the server stops."""

VARY = "Accept-Encoding"

_GZIP_WINDOW = 16 + zlib.MAX_WBITS

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
Number = TypeVar("Number", int, float)
Posted = TypeVar("Posted", bound=msgspec.Struct)


class Problem(Exception):  # noqa: N818 (the name of RFC 9457)
    """An answer that is an error: RFC 9457, with the title of the status."""

    def __init__(
        self, status: HTTPStatus, detail: str, *, parameter: str | None = None, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.headers = headers or {}
        body = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": detail}
        self.body = msgspec.json.encode(body if parameter is None else body | {"parameter": parameter})


class InjectCall(msgspec.Struct, forbid_unknown_fields=True):
    waiting_s: Annotated[float, msgspec.Meta(ge=0, le=3600)] = 0.0
    answer_after_s: Annotated[float, msgspec.Meta(ge=0, le=86_400)] | None = None


class EndCall(msgspec.Struct, forbid_unknown_fields=True):
    id: str


class Answer(msgspec.Struct, frozen=True):
    """`body` is JSON, or empty; `headers` are those that are not of the exchange but of what it is about."""

    status: HTTPStatus
    body: Body | bytes = b""
    headers: dict[str, str] = {}


class DemoServer:
    """Serves `world` from threads of its own between `start` and `stop`; port 0 takes a free one. `others` are worlds
    of further centres, each below a path of its own, the centre's identifier.

    Raises OSError where the address is taken. `offer_changes` and `offer_history` False: /changes, or /calls and
    /incidents, answer 404.
    """

    def __init__(
        self,
        world: World,
        token: str = DEMO_TOKEN,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        offer_changes: bool = True,
        offer_history: bool = True,
        others: Sequence[World] = (),
    ) -> None:
        self.world = world
        self._others = {other.centre.id: other for other in others}
        self.token = token
        self.offer_changes = offer_changes
        self.offer_history = offer_history
        self._listener = _Listener((host, port), self)
        self._thread = threading.Thread(
            target=self._listener.serve_forever, args=(0.1,), name="demo server", daemon=True
        )

    @property
    def root_url(self) -> str:
        host, port = self._listener.server_address[:2]
        return f"http://{host!s}:{port}"

    @property
    def url(self) -> str:
        """The base URL of the contract."""
        return self.root_url + API_PREFIX

    @property
    def urls(self) -> tuple[str, ...]:
        """The base URL of each centre."""
        return (self.url, *(f"{self.root_url}/{name}{API_PREFIX}" for name in self._others))

    def route(self, path: str) -> tuple[World, str]:
        """The world that a path is about, and the path as the contract has it."""
        name, slash, rest = path.removeprefix("/").partition("/")
        other = self._others.get(name)
        return (self.world, path) if other is None else (other, slash + rest)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Refuse new connections, let those who wait for changes go, and cut the ones that idle."""
        for world in (self.world, *self._others.values()):
            world.close()
        if self._thread.is_alive():
            self._listener.shutdown()
            self._thread.join()
        self._listener.server_close()

    def __enter__(self) -> DemoServer:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()


def run(
    world: World,
    token: str | None = None,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    offer_changes: bool = True,
    offer_history: bool = True,
    others: Sequence[World] = (),
    until_stdin_closes: bool = False,
) -> None:
    """Serve until SIGINT, SIGTERM or the installer, or until whoever holds standard input's other end lets go of it.

    Prints `listening on URL` when ready, a line for each centre. Without a token: the environment's
    WALLBOARD_DEMO_TOKEN, else `demo`. To be called from the main thread. Raises OSError where the address is taken.
    """
    stopping = threading.Event()
    asked = running.quit_request()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    if until_stdin_closes:
        threading.Thread(target=_wait_for_end_of_input, args=(stopping,), name="standard input", daemon=True).start()
    server = DemoServer(
        world,
        token or os.environ.get(TOKEN_VARIABLE) or DEMO_TOKEN,
        host=host,
        port=port,
        offer_changes=offer_changes,
        offer_history=offer_history,
        others=others,
    )
    with server:
        print("\n".join(f"listening on {url}" for url in server.urls), flush=True)
        # Windows delivers no signal to a thread that waits without a bound.
        while not (stopping.wait(0.2) or asked()):
            pass


def _wait_for_end_of_input(stopping: threading.Event) -> None:
    # Not sys.stdin.read(): a daemon thread that holds its lock makes the interpreter abort at its end.
    try:
        while os.read(0, 4096):
            pass
    except OSError as error:
        print(f"standard input cannot be read, so the demo server ends: {error}", file=sys.stderr)
    stopping.set()


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    # On Windows the option would let a second server take a port in use.
    allow_reuse_address = os.name != "nt"
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], demo: DemoServer) -> None:
        self.demo = demo
        self._serving: dict[threading.Thread, socket.socket] = {}
        self._serving_lock = threading.Lock()
        self._closed = False
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        # http.server's own asks the name service for the host's full name, which can take seconds.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        with self._serving_lock:
            if self._closed:
                request.close()
                return
            self._serving[threading.current_thread()] = request
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._serving_lock:
                del self._serving[threading.current_thread()]

    def server_close(self) -> None:
        """Answers under way are still sent; connections that idle see their end."""
        super().server_close()
        with self._serving_lock:
            self._closed = True
            serving = dict(self._serving)
        for connection in serving.values():
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RD)
        for thread in serving:
            thread.join(LONGEST_FAREWELL_S / len(serving))

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "WallboardDemo"
    sys_version = ""
    disable_nagle_algorithm = True
    timeout = IDLE_CONNECTION_S
    server: _Listener

    def setup(self) -> None:
        super().setup()
        self._world = self.server.demo.world

    def _serve(self) -> None:
        try:
            answer = self._answer()
        except Problem as problem:
            self._send_problem(problem)
        except Exception:
            self.close_connection = True
            self._send_problem(Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "A fault of the demo server."))
            raise
        else:
            self._send(answer)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_TRACE = do_QUERY = _serve

    # What is asked

    def _answer(self) -> Answer:
        body = self._request_body()
        try:
            url = urlsplit(self.path)
            self._query = parse_qs(url.query, keep_blank_values=True, max_num_fields=20)
        except ValueError as error:
            raise Problem(HTTPStatus.BAD_REQUEST, f"The address cannot be read: {error}.") from None
        self._check_token()
        demo = self.server.demo
        self._world, path = demo.route(url.path)
        reading: dict[str, Callable[[], Answer]] = {f"{API_PREFIX}/snapshot": self._snapshot}
        if demo.offer_changes:
            reading[f"{API_PREFIX}/changes"] = self._changes
        if demo.offer_history:
            reading[f"{API_PREFIX}/calls"] = self._calls
            reading[f"{API_PREFIX}/incidents"] = self._incidents
        posting: dict[str, Callable[[bytes], Answer]] = {
            "/demo/calls": self._inject_call,
            "/demo/end-call": self._end_call,
        }
        if path in reading:
            self._check_method("GET", "HEAD")
            self._check_accept()
            return reading[path]()
        if path in posting:
            self._check_method("POST")
            return posting[path](body)
        raise Problem(HTTPStatus.NOT_FOUND, "There is nothing at this path.")

    def _request_body(self) -> bytes:
        """Read even where it is not wanted: it would be taken for the next request."""
        if "Transfer-Encoding" in self.headers:
            self.close_connection = True
            raise Problem(HTTPStatus.LENGTH_REQUIRED, "A body needs a Content-Length.")
        length = self.headers.get("Content-Length", "0")
        if not (length.isascii() and length.isdigit()):
            self.close_connection = True
            raise Problem(HTTPStatus.BAD_REQUEST, "The Content-Length is no number.")
        # The digits first: Python turns no number of thousands of them into an int.
        if len(length) > LONGEST_LENGTH or int(length) > LARGEST_REQUEST_BYTES:
            self.close_connection = True
            raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"A body has at most {LARGEST_REQUEST_BYTES} bytes.")
        return self.rfile.read(int(length))

    def _check_token(self) -> None:
        expected = self.server.demo.token.encode()
        for offered in self._tokens():
            if hmac.compare_digest(offered.encode("utf-8", "surrogateescape"), expected):
                return
        raise Problem(
            HTTPStatus.UNAUTHORIZED,
            "The token is missing or wrong.",
            headers={"WWW-Authenticate": 'Bearer realm="dispatch"'},
        )

    def _tokens(self) -> Iterator[str]:
        scheme, _, credentials = self.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            yield credentials.strip()
        elif scheme.lower() == "basic":
            with contextlib.suppress(ValueError):
                yield base64.b64decode(credentials, validate=True).decode().partition(":")[2]
        yield from self.headers.get_all("X-Api-Key", ())
        yield from self._query.get(QUERY_TOKEN, ())

    def _check_method(self, *allowed: str) -> None:
        if self.command not in allowed:
            headers = {"Allow": ", ".join(allowed)}
            raise Problem(HTTPStatus.METHOD_NOT_ALLOWED, f"{self.command} is not for this path.", headers=headers)

    def _check_accept(self) -> None:
        if not _accepts(self.headers.get("Accept", "*/*"), "application/json", "application/*", "*/*"):
            raise Problem(HTTPStatus.NOT_ACCEPTABLE, "The answer is application/json.")

    def _parameter(self, name: str) -> str | None:
        values = self._query.get(name)
        if values is None:
            return None
        if len(values) > 1:
            raise _bad_parameter(name, "is given more than once")
        return values[0]

    def _number(self, name: str, kind: type[Number], default: Number, low: Number, high: Number) -> Number:
        text = self._parameter(name)
        if text is None:
            return default
        try:
            number = msgspec.convert(text, Annotated[kind, msgspec.Meta(ge=low, le=high)], strict=False)
        except msgspec.ValidationError:
            what = "a whole number" if kind is int else "a number"
            raise _bad_parameter(name, f"is not {what} from {low} to {high}") from None
        return cast(Number, number)

    def _instant(self, name: str) -> datetime | None:
        text = self._parameter(name)
        if text is None:
            return None
        try:
            return msgspec.convert(text, Instant)
        except msgspec.ValidationError:
            raise _bad_parameter(name, "is not an RFC 3339 time with an offset") from None

    # What is answered

    def _snapshot(self) -> Answer:
        world = self._world
        known = {tag.strip().removeprefix("W/") for tag in self.headers.get("If-None-Match", "").split(",")}
        tag = world.snapshot_tag()
        if tag.removeprefix("W/") in known or "*" in known:
            return Answer(HTTPStatus.NOT_MODIFIED, headers={"ETag": tag, "Vary": VARY})
        tag, body = world.snapshot(with_cursor=self.server.demo.offer_changes, compressed=self._gzip_accepted)
        return Answer(HTTPStatus.OK, body, {"ETag": tag})

    def _changes(self) -> Answer:
        cursor = self._parameter("cursor")
        if not cursor:
            raise _bad_parameter("cursor", "is missing")
        wait_s = self._number("wait", float, 0.0, 0.0, LONGEST_WAIT_S)
        try:
            return Answer(HTTPStatus.OK, self._world.changes(cursor, wait_s))
        except CursorExpired:
            raise Problem(HTTPStatus.GONE, "The cursor is unknown or too old: take a new snapshot.") from None

    def _calls(self) -> Answer:
        return self._page("calls", "received", self._world.calls)

    def _incidents(self) -> Answer:
        return self._page("incidents", "reported", self._world.incidents)

    def _page(
        self,
        name: str,
        instant: str,
        page: Callable[
            [datetime | None, datetime | None, Place | None, int], tuple[Sequence[Call | Incident], Place | None]
        ],
    ) -> Answer:
        after, before = self._instant(f"{instant}_after"), self._instant(f"{instant}_before")
        token = self._parameter("page_token")
        size = self._number("page_size", int, DEFAULT_PAGE_SIZE, 1, LARGEST_PAGE_SIZE)
        rows, stopped_at = page(after, before, None if token is None else _place(token), size)
        body: dict[str, object] = {name: rows}
        if stopped_at is not None:
            body["next_page_token"] = _page_token(stopped_at)
        return Answer(HTTPStatus.OK, msgspec.json.encode(body))

    def _inject_call(self, body: bytes) -> Answer:
        wanted = _decoded(body, InjectCall)
        call, known_at_s = self._world.inject_call(wanted.waiting_s, wanted.answer_after_s)
        answer = {"id": call.id, "received_at": call.received_at, "known_at_s": known_at_s}
        return Answer(HTTPStatus.CREATED, msgspec.json.encode(answer))

    def _end_call(self, body: bytes) -> Answer:
        wanted = _decoded(body, EndCall)
        try:
            return Answer(HTTPStatus.OK, msgspec.json.encode(self._world.end_call(wanted.id)))
        except KeyError:
            raise Problem(HTTPStatus.NOT_FOUND, "There is no injected call of this identifier in progress.") from None

    # How it is sent

    @property
    def _gzip_accepted(self) -> bool:
        return _accepts(self.headers.get("Accept-Encoding", ""), "gzip", "x-gzip", "*")

    def _send(self, answer: Answer) -> None:
        headers = dict(answer.headers)
        plain, body = (answer.body.plain, answer.body) if isinstance(answer.body, Body) else (answer.body, None)
        if plain:
            headers |= {"Content-Type": "application/json; charset=utf-8", "Vary": VARY}
            if self._gzip_accepted and len(plain) >= SMALLEST_COMPRESSED_BYTES:
                headers["Content-Encoding"] = "gzip"
                plain = body.gzipped if body else zlib.compress(plain, 1, _GZIP_WINDOW)
        # Never from a cache unasked: a wall shows what is, or says that it does not know.
        headers["Cache-Control"] = "private, no-cache"
        self._write(answer.status, headers, plain)

    def _send_problem(self, problem: Problem) -> None:
        headers = {"Content-Type": "application/problem+json", "Cache-Control": "no-store", **problem.headers}
        self._write(problem.status, headers, problem.body)

    def _write(self, status: HTTPStatus, headers: dict[str, str], body: bytes) -> None:
        if status != HTTPStatus.NOT_MODIFIED:
            headers["Content-Length"] = str(len(body))
        if self.close_connection:
            headers["Connection"] = "close"
        elif self.request_version == "HTTP/1.0":
            headers["Connection"] = "keep-alive"
        headers |= {"Date": self.date_time_string(), "Server": self.version_string()}
        lines = [f"HTTP/1.1 {status.value} {status.phrase}", *(f"{name}: {value}" for name, value in headers.items())]
        head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
        # In one piece, so that a small answer is one packet.
        self.wfile.write(head if self.command == "HEAD" else head + body)

    def date_time_string(self, timestamp: float | None = None) -> str:
        return format_datetime(self._world.instant.replace(microsecond=0), usegmt=True)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """For requests that http.server itself turns away: not HTTP, too long, or of a method it has no name for."""
        self.close_connection = True
        status = HTTPStatus(code)
        self._send_problem(Problem(status, message or status.description or status.phrase))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (http.server's name for it)
        """Fifty walls would fill any log."""


def _accepts(header: str, *names: str) -> bool:
    """Whether one of the names stands in an Accept or Accept-Encoding header without `q=0`."""
    for choice in header.lower().split(","):
        name, _, parameters = choice.partition(";")
        if name.strip() in names and parameters.replace(" ", "").rstrip("0").rstrip(".") != "q=":
            return True
    return False


def _bad_parameter(name: str, complaint: str) -> Problem:
    return Problem(HTTPStatus.BAD_REQUEST, f"The parameter {name} {complaint}.", parameter=name)


def _decoded(body: bytes, kind: type[Posted]) -> Posted:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Problem(HTTPStatus.BAD_REQUEST, f"The body cannot be used: {error}.") from None


def _page_token(place: Place) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def _place(token: str) -> Place:
    try:
        encoded = token.encode("ascii") + b"=" * (-len(token) % 4)
        return msgspec.json.decode(base64.b64decode(encoded, b"-_", validate=True), type=tuple[Instant, str])
    except (ValueError, msgspec.DecodeError):
        raise _bad_parameter("page_token", "is not one that this server gave out") from None
