"""One HTTP exchange with a dispatch system: bounded in time and size, kept to its origin, its failures named.

No message here repeats an address, a header or a body: each of them may hold a token.
"""

from __future__ import annotations

import base64
import errno
import ipaddress
import socket
import ssl
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import urljoin, urlsplit

import requests
from msgspec import Struct
from requests.auth import AuthBase
from urllib3.exceptions import DecodeError, HTTPError, LocationParseError, NameResolutionError, ProtocolError
from urllib3.util import parse_url

from wallboard.core.poll import FailureKind
from wallboard.feed.connections import Deadline, DeadlineAdapter, system_trust
from wallboard.feed.settings import Auth, FeedSettings

LONGEST_CONNECT_S = 5.0
"""A server that does not pick up the line in this time will not answer in the time that is left."""

MOST_REDIRECTS = 5
"""A path that was moved is one step; more than a few go in circles."""

CHUNK_BYTES = 65_536
BYTES_PER_MB = 1_000_000

USER_AGENT = "Wallboard"

NOT_OFFERED = frozenset({404, 405, 501})
"""Statuses of a request that this server does not know."""

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_UNAUTHORISED = frozenset({401, 403})
_DEFAULT_PORTS = {"http": 80, "https": 443}

# A server may close an idle connection just as the next request goes out: that is no failure of the server's.
_CLOSED_MEANWHILE = (ConnectionResetError, ConnectionAbortedError, BrokenPipeError)


class FeedError(Exception):
    """No answer that can be used. The message is one English line, free of secrets."""

    def __init__(
        self, kind: FailureKind, message: str, *, status: int | None = None, retry_after_s: float | None = None
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.status = status
        self.retry_after_s = retry_after_s


class Answer(Struct, frozen=True, kw_only=True):
    """Status 200 with its body, unpacked, or 304."""

    status: int
    body: bytes
    media_type: str
    etag: str | None
    date: datetime | None


class Transport:
    """For one feed and one thread. `trust` overrides whom https trusts. Raises FeedError for a token that no request
    can carry.
    """

    def __init__(self, settings: FeedSettings, token: str | None, trust: ssl.SSLContext | None = None) -> None:
        if token and not (token.isprintable() and token.isascii()):
            # Checked here: further down, the errors quote it.
            raise FeedError(FailureKind.UNAUTHORISED, "the token holds characters that cannot be sent")
        self._settings = settings
        self._base = settings.url.rstrip("/")
        self._origin = _origin(self._base)
        self._deadline = Deadline()
        self._session = _Session()
        # Proxies are looked up once, not at each request; .netrc and certificate variables are none of the wall's.
        self._session.trust_env = False
        if not _is_loopback(self._base):
            self._session.proxies.update(requests.utils.get_environ_proxies(self._base))
        scheme = urlsplit(self._base).scheme
        secure = scheme == "https"
        self._session.mount(
            f"{scheme}://", DeadlineAdapter(self._deadline, (trust or system_trust()) if secure else None)
        )
        self._session.headers.update(
            {"User-Agent": USER_AGENT, "Accept": "application/json", "Accept-Encoding": "gzip"}
        )
        self._session.auth = _TokenAuth(settings, token)
        # A wall has no session; a server that sets a new cookie each time would fill the memory.
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))

    def close(self) -> None:
        self._session.close()
        self._deadline.close()

    def abort(self) -> None:
        """End the present exchange and every later one; may be called in any thread."""
        self._deadline.abort()

    def get(
        self, path: str, parameters: Mapping[str, str] = {}, *, etag: str | None = None, hold_s: float = 0.0
    ) -> Answer:
        """`hold_s` is the time for which the server was asked to hold the answer. Raises FeedError."""
        headers = {"If-None-Match": etag} if etag else {}
        with self._deadline.within(self._settings.deadline_s + hold_s):
            try:
                try:
                    answer = self._follow(self._base + path, parameters, headers, hold_s)
                except (requests.ConnectionError, ProtocolError) as error:
                    if self._deadline.passed or not any(isinstance(c, _CLOSED_MEANWHILE) for c in _causes(error)):
                        raise
                    answer = self._follow(self._base + path, parameters, headers, hold_s)
            except (requests.RequestException, HTTPError, OSError, UnicodeError) as error:
                raise self._named(error) from None
        if self._deadline.passed:  # a cut can look like the end of the headers, or of a body of unknown length
            raise self._late()
        return answer

    def _follow(self, url: str, parameters: Mapping[str, str], headers: Mapping[str, str], hold_s: float) -> Answer:
        for _ in range(1 + MOST_REDIRECTS):
            with self._session.get(
                url,
                params=parameters,
                headers=headers,
                stream=True,
                allow_redirects=False,
                timeout=(
                    min(LONGEST_CONNECT_S, self._settings.deadline_s),
                    self._settings.deadline_s + hold_s,
                ),
            ) as response:
                if response.status_code not in _REDIRECTS:
                    return self._answer(response, asked_for_changes="If-None-Match" in headers)
                url, parameters = _joined(url, response.headers.get("Location", "")), {}
                if _origin(url) != self._origin:
                    raise FeedError(
                        FailureKind.REDIRECT,
                        "the server sends on to another origin, where the token may not go",
                        status=response.status_code,
                    )
        raise FeedError(FailureKind.REDIRECT, "the server sends on and on")

    def _answer(self, response: requests.Response, *, asked_for_changes: bool) -> Answer:
        status = response.status_code
        unchanged = status == requests.codes.not_modified and asked_for_changes
        if status != requests.codes.ok and not unchanged:
            raise _refusal(status, _retry_after_s(response))
        return Answer(
            status=status,
            body=b"" if unchanged else self._body(response),
            media_type=response.headers.get("Content-Type", "").partition(";")[0].strip().lower(),
            etag=response.headers.get("ETag"),
            date=_http_date(response.headers.get("Date")),
        )

    def _body(self, response: requests.Response) -> bytes:
        limit = self._settings.max_body_mb * BYTES_PER_MB
        too_large = FeedError(FailureKind.TOO_LARGE, f"the answer is larger than {self._settings.max_body_mb} MB")
        declared = response.headers.get("Content-Length", "")
        if declared.isascii() and declared.isdigit() and int(declared[:20]) > limit:
            raise too_large
        chunks: list[bytes] = []
        size = 0
        # Unpacked piece by piece, so that a small body cannot unfold into a large one unseen.
        for chunk in response.raw.stream(CHUNK_BYTES, decode_content=True):
            size += len(chunk)
            if size > limit:
                raise too_large
            chunks.append(chunk)
        return b"".join(chunks)

    def _late(self) -> FeedError:
        return FeedError(FailureKind.TIMEOUT, f"no whole answer within {self._settings.deadline_s:g} s")

    def _named(self, error: Exception) -> FeedError:
        """What went wrong below HTTP, in words."""
        if self._deadline.passed:
            return self._late()
        causes = list(_causes(error))
        return next((named for cause in causes if (named := _named_cause(cause))), None) or FeedError(
            FailureKind.NETWORK, f"the connection failed ({type(causes[-1]).__name__})"
        )


def _named_cause(cause: BaseException) -> FeedError | None:
    match cause:
        case ssl.SSLCertVerificationError():
            return FeedError(FailureKind.TLS, f"the server's certificate is not valid: {cause.verify_message}")
        case ssl.SSLError() if not isinstance(cause, ssl.SSLEOFError):
            return FeedError(FailureKind.TLS, f"no secure connection: {cause.reason or type(cause).__name__}")
        case NameResolutionError() | socket.gaierror():
            return FeedError(FailureKind.NAME, "the server's name is not known to the network")
        case DecodeError():
            return FeedError(FailureKind.BAD_DATA, "the answer cannot be unpacked: it is not what its header says")
        case requests.Timeout() | TimeoutError():
            return FeedError(FailureKind.TIMEOUT, "the server does not answer")
        case ConnectionRefusedError():
            return FeedError(FailureKind.NETWORK, "the server refuses the connection: it may not be running")
        case OSError() if cause.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH):
            return FeedError(FailureKind.NETWORK, "there is no way to the server: the network is down")
        case requests.exceptions.InvalidURL() | UnicodeError():
            return FeedError(FailureKind.NAME, "the address cannot be used")
    return None


def _refusal(status: int, retry_after_s: float | None) -> FeedError:
    if status in _UNAUTHORISED:
        kind, words = FailureKind.UNAUTHORISED, "the token is wrong or has no right to this"
    elif status == requests.codes.too_many_requests or (status == 503 and retry_after_s is not None):
        kind, words = FailureKind.RATE_LIMITED, "the server asks to be left alone for a while"
    elif status >= 500:
        kind, words = FailureKind.SERVER, "the server has a fault of its own"
    elif status == requests.codes.not_found:
        kind, words = FailureKind.STATUS, "there is nothing at this address"
    else:
        kind, words = FailureKind.STATUS, "the server gives no data"
    return FeedError(kind, f"{words} (HTTP {status})", status=status, retry_after_s=retry_after_s)


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Even where it does not follow, requests would read the whole body of an answer that leads on, unbounded."""
        return None


class _TokenAuth(AuthBase):
    def __init__(self, settings: FeedSettings, token: str | None) -> None:
        self._settings = settings
        self._token = token or ""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        settings = self._settings
        match settings.auth:
            case Auth.BEARER:
                request.headers["Authorization"] = f"Bearer {self._token}"
            case Auth.API_KEY:
                request.headers["X-Api-Key"] = self._token
            case Auth.BASIC:
                pair = base64.b64encode(f"{settings.user}:{self._token}".encode()).decode()
                request.headers["Authorization"] = f"Basic {pair}"
            case Auth.QUERY:
                request.prepare_url(request.url, {settings.query_parameter or "": self._token})
        return request


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what it wraps, outermost first: requests and urllib3 keep causes in three ways."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, BaseException) and id(one) not in seen:
            seen.add(id(one))
            yield one
            waiting += [*one.args, getattr(one, "reason", None), one.__cause__, one.__context__]


def _origin(url: str) -> tuple[str, str, int | None] | None:
    """None where there is none, or where it is dressed up with a user's name."""
    try:
        # With the parser that connects: urllib.parse reads "http://a\\@b/" as b where this one connects to a.
        parts = parse_url(url)
    except LocationParseError:
        return None
    if parts.auth is not None or not parts.scheme or not parts.host:
        return None
    return parts.scheme, parts.host, parts.port or _DEFAULT_PORTS.get(parts.scheme)


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:  # half an IPv6 address
        return ""


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _http_date(text: str | None) -> datetime | None:
    try:
        date = parsedate_to_datetime(text) if text else None
    except ValueError:
        return None
    # "-0000" parses as a naive time: UTC, from an unknown place.
    return date.replace(tzinfo=UTC) if date is not None and date.tzinfo is None else date


def _retry_after_s(response: requests.Response) -> float | None:
    """Seconds, from a count of them or an HTTP date (RFC 9110, section 10.2.3) by the server's own clock."""
    text = response.headers.get("Retry-After", "")
    if text.isascii() and text.isdigit():
        return float(text[:9])
    date = _http_date(text)
    now = _http_date(response.headers.get("Date")) or datetime.now(UTC)
    return None if date is None else max(0.0, (date - now).total_seconds())
