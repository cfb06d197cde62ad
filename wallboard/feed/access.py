"""What opens one feed's server: its secrets, and the tokens that they bring."""

from __future__ import annotations

import ssl
from collections.abc import Callable

from wallboard.core.poll import FailureKind
from wallboard.feed import credentials
from wallboard.feed.failures import FeedError
from wallboard.feed.line import SecretOf
from wallboard.feed.oauth import Tokens
from wallboard.feed.settings import Auth, FeedSettings
from wallboard.feed.transport import Transport
from wallboard.steady import steady_s

REOPENED_AFTER = frozenset(
    {
        FailureKind.UNAUTHORISED,
        FailureKind.PROXY_UNAUTHORISED,
        FailureKind.CLIENT_CERTIFICATE,
        FailureKind.CERTIFICATE_ISSUER,
        FailureKind.CERTIFICATE_SELF_SIGNED,
    }
)
"""After these a new transport may fare better: somebody may have changed a secret or a file of this machine."""


class Access:
    """Of one feed, shared by its threads, each of which has a transport of its own."""

    def __init__(
        self,
        settings: FeedSettings,
        secret_of: SecretOf = credentials.token,
        trust: ssl.SSLContext | None = None,
        monotonic: Callable[[], float] = steady_s,
    ) -> None:
        self._settings = settings
        self._secret_of = secret_of
        self._trust = trust
        self._tokens = Tokens(settings, monotonic) if settings.auth is Auth.OAUTH2 else None

    def transport(self) -> Transport:
        """With the secrets and files as they are now. Raises FeedError."""
        settings = self._settings
        token = None
        if settings.auth is not Auth.NONE:
            token = self._secret_of(settings.id)
            if token is None:
                raise FeedError(FailureKind.NO_TOKEN, credentials.missing(settings.id))
        return Transport(settings, token, self._trust, secret_of=self._secret_of, tokens=self._tokens)
