"""One HTTP exchange with a dispatch system: bounded in time and size, kept to its origin, its failures named."""

from __future__ import annotations

import base64
import contextlib
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin

import requests
from msgspec import Struct
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError, LocationParseError, ProtocolError
from urllib3.util import parse_url

from wallboard.core.poll import FailureKind
from wallboard.feed import oauth
from wallboard.feed.contract import amid_the_calendar
from wallboard.feed.failures import FeedError, causes_of, refused, refused_tunnel
from wallboard.feed.line import Line, SecretOf
from wallboard.feed.settings import Auth, FeedSettings

__all__ = ["Answer", "FeedError", "Transport"]

MOST_REDIRECTS = 5
"""A path that was moved is one step; more than a few go in circles."""

LONGEST_AGE_S = 86_400
"""An answer from a cache that is older than a day says nothing about now, however much older it is."""

CHUNK_BYTES = 65_536
BYTES_PER_MB = 1_000_000
LARGEST_TOKEN_BYTES = 100_000
"""Of a token endpoint's answer: a signed token of a hundred rights has a tenth of it."""

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_DEFAULT_PORTS = {"http": 80, "https": 443}

_REFUSED_GRANT = frozenset({400, 401, 403})
"""Statuses by which a token endpoint says no (RFC 6749, section 5.2)."""

# A server may close an idle connection just as the next request goes out: that is no failure of the server's.
_CLOSED_MEANWHILE = (ConnectionResetError, ConnectionAbortedError, BrokenPipeError)

_NGINX_CERTIFICATE = b"SSL certificate"
"""In the page of status 400 that nginx sends for a client certificate that is missing or refused."""


class Answer(Struct, frozen=True, kw_only=True):
    """Status 200 with its body, unpacked, or 304."""

    status: int
    body: bytes
    media_type: str
    charset: str = ""
    """As its header names it; empty where it does not."""
    etag: str | None
    date: datetime | None
    age_s: int | None = None
    """Of an answer from a cache: the header Age, whole seconds; None from the server itself."""


class Transport:
    """For one feed and one thread.

    `token` is what the feed's `auth` asks for; with OAuth2 the user's password, and `tokens` what it brought so far.
    `secret_of` is asked for the passphrase of a client key and the credentials of a proxy. `trust` overrides whom
    https trusts. Raises FeedError for a token that no request can carry, and for files that cannot be used.
    """

    def __init__(
        self,
        settings: FeedSettings,
        token: str | None,
        trust: ssl.SSLContext | None = None,
        *,
        secret_of: SecretOf = lambda _: None,
        tokens: oauth.Tokens | None = None,
    ) -> None:
        oauth2 = settings.auth is Auth.OAUTH2
        if token and not oauth2 and not oauth.can_be_sent(token):
            # Checked here: further down, the errors quote it.
            raise FeedError(FailureKind.UNAUTHORISED, "the token holds characters that cannot be sent")
        self._settings = settings
        self._base = settings.url.rstrip("/")
        self._origin = _origin(self._base)
        self._password = token or ""
        self._tokens = (tokens or oauth.Tokens(settings)) if oauth2 else None
        self._auth = _TokenAuth(settings, "" if oauth2 else token or "")
        self._trust = trust
        self._secret_of = secret_of
        self._line = Line(self._base, settings, secret_of, trust, identified=True)
        self._token_line: Line | None = None

    def close(self) -> None:
        self._line.close()
        if self._token_line is not None:
            self._token_line.close()

    def abort(self) -> None:
        """End the present exchange and every later one; may be called in any thread."""
        for line in (self._line, self._token_line):
            if line is not None:
                line.deadline.abort()

    def get(
        self,
        path: str,
        parameters: Mapping[str, str] = {},
        *,
        etag: str | None = None,
        hold_s: float = 0.0,
        headers: Mapping[str, str] = {},
    ) -> Answer:
        """`hold_s` is for how long the server was asked to hold its answer: it has that much more time. Raises
        FeedError.
        """
        if etag:
            headers = {**headers, "If-None-Match": etag}
        if self._tokens is None:
            return self._get(path, parameters, headers, hold_s)
        self._auth.token = self._tokens.current(self._password, self._ask)
        try:
            answer = self._get(path, parameters, headers, hold_s)
        except FeedError as error:
            if error.kind is not FailureKind.UNAUTHORISED or not self._tokens.renewable(self._auth.token):
                raise
            self._auth.token = self._tokens.renewed(self._auth.token, self._password, self._ask)
            answer = self._get(path, parameters, headers, hold_s)
        self._tokens.accepted(self._auth.token)
        return answer

    def _get(self, path: str, parameters: Mapping[str, str], headers: Mapping[str, str], hold_s: float) -> Answer:
        url = self._base + path
        with self._line.exchange(hold_s) as timeout:
            try:
                return self._follow(url, parameters, headers, timeout)
            except (requests.ConnectionError, ProtocolError) as error:
                deadline = self._line.deadline
                closed = not deadline.connected and any(isinstance(c, _CLOSED_MEANWHILE) for c in causes_of(error))
                if deadline.expired or not closed:
                    raise
                return self._follow(url, parameters, headers, timeout)

    def _follow(
        self, url: str, parameters: Mapping[str, str], headers: Mapping[str, str], timeout: tuple[float, float]
    ) -> Answer:
        for _ in range(1 + MOST_REDIRECTS):
            with self._line.session.get(
                url,
                params=parameters,
                headers=headers,
                auth=self._auth,
                stream=True,
                allow_redirects=False,
                timeout=timeout,
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

    def _ask(self, form: Mapping[str, str]) -> oauth.Reply:
        """Post to the token endpoint. Raises FeedError for everything that is neither a yes nor a no."""
        try:
            if self._token_line is None:
                url = self._settings.token_url or ""
                url = self._base + url if url.startswith("/") else url
                # The certificate that this machine shows is for the feed's own origin.
                identified = _origin(url) == self._origin
                self._token_line = Line(url, self._settings, self._secret_of, self._trust, identified=identified)
            with self._token_line.exchange() as timeout:
                return self._post(self._token_line, form, timeout)
        except FeedError as error:
            # Without its status, which would be taken for that of the request which needed the token.
            raise error.of("token_url", status=None) from None

    def _post(self, line: Line, form: Mapping[str, str], timeout: tuple[float, float]) -> oauth.Reply:
        with line.session.post(line.url, data=form, stream=True, allow_redirects=False, timeout=timeout) as response:
            status = response.status_code
            if status in _REDIRECTS:
                raise FeedError(FailureKind.REDIRECT, "the server sends on, where the password may not go")
            if status not in (requests.codes.ok, *_REFUSED_GRANT):
                raise _refusal(response, line)
            body = _body(response, LARGEST_TOKEN_BYTES)
            if status == requests.codes.bad_request and _NGINX_CERTIFICATE in body:
                raise _certificate_wanted()
            return oauth.Reply(status == requests.codes.ok, body)

    def _answer(self, response: requests.Response, *, asked_for_changes: bool) -> Answer:
        status = response.status_code
        unchanged = status == requests.codes.not_modified and asked_for_changes
        if status != requests.codes.ok and not unchanged:
            raise _refusal(response, self._line)
        media_type, charset = _media_type(response.headers.get("Content-Type", ""))
        return Answer(
            status=status,
            body=b"" if unchanged else _body(response, self._settings.max_body_mb * BYTES_PER_MB),
            media_type=media_type,
            charset=charset,
            etag=response.headers.get("ETag"),
            date=_http_date(response.headers.get("Date")),
            age_s=_age_s(response.headers.get("Age")),
        )


class _TokenAuth(AuthBase):
    def __init__(self, settings: FeedSettings, token: str) -> None:
        self._settings = settings
        self.token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        settings = self._settings
        match settings.auth:
            case Auth.BEARER | Auth.OAUTH2:
                request.headers["Authorization"] = f"Bearer {self.token}"
            case Auth.API_KEY:
                request.headers["X-Api-Key"] = self.token
            case Auth.BASIC:
                pair = base64.b64encode(f"{settings.user}:{self.token}".encode()).decode()
                request.headers["Authorization"] = f"Basic {pair}"
            case Auth.QUERY:
                request.prepare_url(request.url, {settings.query_parameter or "": self.token})
        return request


def _refusal(response: requests.Response, line: Line) -> FeedError:
    status = response.status_code
    if line.proxied and _is_of_proxy(response):
        return refused_tunnel(status)
    if status == requests.codes.bad_request:
        with contextlib.suppress(HTTPError):
            if _NGINX_CERTIFICATE in response.raw.read(CHUNK_BYTES):
                return _certificate_wanted()
    return refused(status, *_retry_after(response.headers))


def _certificate_wanted() -> FeedError:
    return FeedError(
        FailureKind.CLIENT_CERTIFICATE,
        "the server wants a client certificate, or another one (HTTP 400): see client_certificate",
        status=requests.codes.bad_request,
    )


def _body(response: requests.Response, limit_bytes: int) -> bytes:
    too_large = FeedError(FailureKind.TOO_LARGE, f"the answer is larger than {limit_bytes / BYTES_PER_MB:g} MB")
    declared = response.headers.get("Content-Length", "")
    if declared.isascii() and declared.isdigit() and int(declared[:20]) > limit_bytes:
        raise too_large
    chunks: list[bytes] = []
    size = 0
    # Unpacked piece by piece, so that a small body cannot unfold into a large one unseen.
    for chunk in response.raw.stream(CHUNK_BYTES, decode_content=True):
        size += len(chunk)
        if size > limit_bytes:
            raise too_large
        chunks.append(chunk)
    return b"".join(chunks)


def _is_of_proxy(response: requests.Response) -> bool:
    """Whether a proxy says by itself that the answer is its own (RFC 9110, section 15.5.8; RFC 9209; squid)."""
    return (
        response.status_code == requests.codes.proxy_authentication_required
        or "error=" in response.headers.get("Proxy-Status", "")
        or "X-Squid-Error" in response.headers
    )


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


def _media_type(text: str) -> tuple[str, str]:
    """With the name of its character set, which may be empty."""
    header = Message()
    header["Content-Type"] = text
    return text.partition(";")[0].strip().lower(), str(header.get_param("charset", ""))


def _http_date(text: str | None) -> datetime | None:
    try:
        date = parsedate_to_datetime(text) if text else None
    except (ValueError, OverflowError):
        return None
    if date is None or not amid_the_calendar(date):
        return None
    # "-0000" parses as a naive time: UTC, from an unknown place.
    return date.replace(tzinfo=UTC) if date.tzinfo is None else date


def _age_s(text: str | None) -> int | None:
    """Of several caches' the first (RFC 9111, section 5.1)."""
    first = (text or "").partition(",")[0].strip()
    return min(int(first[:9]), LONGEST_AGE_S) if first.isascii() and first.isdigit() else None


def _retry_after(headers: Mapping[str, str]) -> tuple[float | None, datetime | None]:
    """From a count of seconds or an HTTP date (RFC 9110, section 10.2.3): seconds, by the server's own clock, or the
    instant where it does not tell the time.
    """
    text = headers.get("Retry-After", "")
    if text.isascii() and text.isdigit():
        return float(text[:9]), None
    at, now = _http_date(text), _http_date(headers.get("Date"))
    if at is None or now is None:
        return None, at
    return max(0.0, (at - now).total_seconds()), None
