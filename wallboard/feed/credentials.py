"""The secrets of the feeds: in the operating system's keyring or, where there is none, in the environment.

A secret is known by its user in the keyring: the feed's id for its token or password, "<id>.key" for the passphrase of
its client key, "<id>.proxy" for the proxy's NAME:PASSWORD. It is never logged, never printed, and never part of an
error.
"""

from __future__ import annotations

import logging
import os
import sys
from enum import StrEnum

from wallboard.core.poll import FailureKind
from wallboard.feed.failures import FeedError
from wallboard.feed.searches import Searches

SERVICE = "wallboard"
"""The keyring's service."""

KEYRING_S = 5.0
"""It answers in milliseconds, unless it is locked and waits for somebody to unlock it, and nobody sits at a wall."""

_NOUNS = {"token": "token", "key": "passphrase of the client key", "proxy": "proxy's name and password"}

_searches = Searches[str | None]("keyring search")
_log = logging.getLogger(__name__)


def token_variable(user: str) -> str:
    """WALLBOARD_TOKEN_<ID>, WALLBOARD_KEY_<ID> or WALLBOARD_PROXY_<ID>."""
    feed_id, purpose = _parts(user)
    return f"WALLBOARD_{purpose.upper()}_{feed_id.upper().replace('-', '_')}"


def missing(feed_id: str) -> str:
    """Where a token was looked for in vain."""
    return (
        f'no token: neither in the keyring (service "{SERVICE}", user "{feed_id}") nor in the environment variable '
        f"{token_variable(feed_id)}"
    )


def token(user: str) -> str | None:
    """A secret of a feed; None where this machine holds none. Waits for the keyring, but not for ever, and says what it
    found. Raises FeedError where only the keyring could tell a token, and does not.
    """
    feed_id, purpose = _parts(user)
    noun = _NOUNS[purpose]
    silence = None
    try:
        found = _searches.found(user, lambda: _from_keyring(user), KEYRING_S)
    except Exception as error:  # noqa: BLE001 (each system's keyring fails in its own way, and the environment may help)
        found = None
        silence = (
            f"does not answer within {KEYRING_S:g} s: does it wait for somebody to unlock it?"
            if isinstance(error, TimeoutError)
            else f"cannot be read ({type(error).__name__}): is it locked?"
        )
    if found is not None:
        _log.debug("feed %s: the %s is from the keyring", feed_id, noun)
        return found
    variable = token_variable(user)
    found = os.environ.get(variable, "").strip() or None
    if found is None and silence is not None and purpose == "token":
        raise FeedError(FailureKind.KEYRING, f"the keyring {silence} Nor is there the environment variable {variable}")
    if silence is not None:
        _log.warning("feed %s: the keyring %s", feed_id, silence)
    if found is not None:
        _log.warning(
            "feed %s: the %s is from the environment variable %s, for the keyring has none", feed_id, noun, variable
        )
    return found


LONGEST_WINDOWS_BYTES = 2_560
"""Of a secret in Windows' Credential Manager, as UTF-16: CRED_MAX_CREDENTIAL_BLOB_SIZE of wincred.h."""


class NotKept(StrEnum):
    NO_KEYRING = "no_keyring"
    TOO_LONG = "too_long"
    """For this system's keyring."""
    LOST = "lost"
    """It took it, and does not have it."""
    REFUSED = "refused"


class NotKeptError(Exception):
    """The keyring does not hold what it was given. Names no secret."""

    def __init__(self, reason: NotKept) -> None:
        super().__init__(reason.value)
        self.reason = reason


def keep(user: str, secret: str) -> None:
    """In the keyring, and read back from it. May wait for the keyring. Raises NotKeptError."""
    import keyring
    import keyring.errors

    if sys.platform == "win32" and len(secret.encode("utf-16-le")) > LONGEST_WINDOWS_BYTES:
        raise NotKeptError(NotKept.TOO_LONG)
    try:
        keyring.set_password(SERVICE, user, secret)
        found = keyring.get_password(SERVICE, user)
    except keyring.errors.NoKeyringError as error:
        raise NotKeptError(NotKept.NO_KEYRING) from error
    except Exception as error:
        # Each system's keyring fails in its own way, and its words might repeat what it could not keep.
        raise NotKeptError(NotKept.REFUSED) from error
    if found != secret:
        raise NotKeptError(NotKept.LOST)


def _parts(user: str) -> tuple[str, str]:
    """The feed's id, which has no dot, and what the secret is for."""
    feed_id, _, purpose = user.partition(".")
    return feed_id, purpose or "token"


def _from_keyring(user: str) -> str | None:
    # Takes 25 ms to import, and a feed without a token does not need it.
    import keyring
    import keyring.errors

    try:
        found = keyring.get_password(SERVICE, user)
    except keyring.errors.NoKeyringError:
        return None
    return (found or "").strip() or None
