"""OAuth2 with a user's name and password: the grants "password" and "refresh_token" (RFC 6749, sections 4.3 and 6).

As Resgrid's API, version 4, wants it: POST /api/v4/connect/token, form encoded, with grant_type, username, password and
scope, answered with access_token, refresh_token and expires_in. Its client asks for the scope "openid profile
offline_access" and names no client_id. Sources: Resgrid/Core, Controllers/v4/ConnectController.cs (2afc58a) and
Resgrid/BigBoard, src/lib/auth/api.tsx (2c3a490).

Tokens live in memory only, and no message repeats what a server says of them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import NamedTuple

import msgspec
from msgspec import Struct

from wallboard.core.poll import FailureKind
from wallboard.feed.failures import FeedError
from wallboard.feed.settings import FeedSettings
from wallboard.steady import steady_s

RENEW_BEFORE_S = 60.0
"""A token is renewed this long before its end, so that no request starts with one that ends on its way."""

LARGEST_PART_BEFORE = 0.1
"""But never in more than this part of its life: a token of five minutes is not renewed at every poll."""

PAUSE_S = 900.0
"""After a refusal. Resgrid locks an account for 15 minutes after five wrong passwords (Resgrid/Core, Startup.cs,
0b0e646)."""


class Reply(NamedTuple):
    """What a token endpoint said: yes or no, and its body."""

    granted: bool
    body: bytes


Ask = Callable[[Mapping[str, str]], Reply]
"""Posts a form to the token endpoint. Raises FeedError."""


def can_be_sent(token: str) -> bool:
    """Whether a header can carry it."""
    return token.isprintable() and token.isascii()


class Tokens:
    """Of one feed, shared by its threads: while one of them asks, the others wait for what it gets."""

    def __init__(self, settings: FeedSettings, monotonic: Callable[[], float] = steady_s) -> None:
        self._settings = settings
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._access: str | None = None
        self._refresh: str | None = None
        self._renew_at_s: float | None = None
        """None where the server did not say when the token ends."""
        self._ends_at_s: float | None = None
        self._granted_s = 0.0
        self._accepted = False
        self._refused_password: str | None = None
        self._refused_s = 0.0

    def current(self, password: str, ask: Ask) -> str:
        """A token for now. Raises FeedError."""
        with self._lock:
            now_s = self._monotonic()
            if self._access is not None and (self._renew_at_s is None or now_s < self._renew_at_s):
                return self._access
            held = self._access if self._ends_at_s is None or now_s < self._ends_at_s else None
            try:
                self._renew(password, ask)
            except FeedError as error:
                if held is None or error.kind is FailureKind.UNAUTHORISED:
                    raise
                self._access = held  # it has not ended yet
            return self._access or ""

    def accepted(self, token: str) -> None:
        """A request with it was answered."""
        with self._lock:
            self._accepted = self._accepted or token == self._access

    def renewable(self, token: str) -> bool:
        """Whether another token may fare better than this one, which was refused.

        One that was never accepted lacks a right that the next would lack too; but a server may have lost it since.
        """
        with self._lock:
            return token != self._access or self._accepted or self._monotonic() >= self._granted_s + PAUSE_S

    def renewed(self, refused: str, password: str, ask: Ask) -> str:
        """Another token than the refused one. Raises FeedError."""
        with self._lock:
            if refused == self._access:
                self._access = None
                self._renew(password, ask)
            return self._access or ""

    def _renew(self, password: str, ask: Ask) -> None:
        if self._refresh is not None:
            reply = ask(self._form("refresh_token", refresh_token=self._refresh))
            if reply.granted:
                self._keep(reply.body)
                return
            self._access = self._refresh = None
        if password == self._refused_password and self._monotonic() < self._refused_s + PAUSE_S:
            raise _refusal()
        reply = ask(self._form("password", username=self._settings.user or "", password=password))
        if not reply.granted:
            raise self._refused(password, reply.body)
        self._refused_password = None
        self._keep(reply.body)

    def _form(self, grant_type: str, **fields: str) -> dict[str, str]:
        form = {"grant_type": grant_type, **fields}
        if self._settings.client_id:
            form["client_id"] = self._settings.client_id
        # A refreshed token has the scope of the first one (RFC 6749, section 6).
        if self._settings.scope and grant_type == "password":
            form["scope"] = self._settings.scope
        return form

    def _keep(self, body: bytes) -> None:
        try:
            grant = msgspec.json.decode(body, type=_Grant, strict=False)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise _no_token() from None
        if grant.token_type.lower() != "bearer" or not grant.access_token or not can_be_sent(grant.access_token):
            raise _no_token()
        self._access, self._accepted = grant.access_token, False
        self._refresh = grant.refresh_token or self._refresh
        self._granted_s = self._monotonic()
        self._renew_at_s = self._ends_at_s = None
        if grant.expires_in is not None and grant.expires_in > 0:  # 0 is how some say "never"; it was good when granted
            early_s = min(RENEW_BEFORE_S, LARGEST_PART_BEFORE * grant.expires_in)
            self._ends_at_s = self._granted_s + grant.expires_in
            self._renew_at_s = self._ends_at_s - early_s

    def _refused(self, password: str, body: bytes) -> FeedError:
        try:
            code = msgspec.json.decode(body, type=_Refusal).error
        except (msgspec.DecodeError, UnicodeDecodeError):
            code = ""
        if code in _FAULTS_OF_CONFIGURATION:
            return FeedError(
                FailureKind.UNAUTHORISED,
                f"token_url: the server refuses the request for a token ({code}): see {_FAULTS_OF_CONFIGURATION[code]}",
            )
        self._refused_password, self._refused_s = password, self._monotonic()
        return _refusal()


class _Grant(Struct):
    """RFC 6749, section 5.1."""

    access_token: str
    token_type: str = "Bearer"
    expires_in: float | None = None
    refresh_token: str | None = None

    def __repr__(self) -> str:
        return "_Grant(...)"


class _Refusal(Struct):
    """RFC 6749, section 5.2."""

    error: str = ""


_FAULTS_OF_CONFIGURATION = {
    "invalid_request": "token_url, client_id and scope",
    "invalid_client": "client_id",
    "unauthorized_client": "client_id",
    "unsupported_grant_type": "token_url",
    "invalid_scope": "scope",
}
"""Codes that no other password would change, and the options that would."""


def _refusal() -> FeedError:
    return FeedError(FailureKind.UNAUTHORISED, "token_url: the server refuses the user's name or password")


def _no_token() -> FeedError:
    return FeedError(FailureKind.BAD_DATA, "token_url: the answer holds no bearer token")
