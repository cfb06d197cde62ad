"""The tokens of the feeds: in the operating system's keyring or, where there is none, in the environment.

A token is never logged, never printed, and never part of an error.
"""

from __future__ import annotations

import logging
import os

SERVICE = "wallboard"
"""The keyring's service; the user is the feed's id."""

_log = logging.getLogger(__name__)


def token_variable(feed_id: str) -> str:
    return f"WALLBOARD_TOKEN_{feed_id.upper().replace('-', '_')}"


def token(feed_id: str) -> str | None:
    """The token of a feed; None where this machine holds none. May wait for the keyring, and says what it found."""
    found = _from_keyring(feed_id)
    if found is not None:
        _log.debug("feed %s: the token is from the keyring", feed_id)
        return found
    variable = token_variable(feed_id)
    found = os.environ.get(variable, "").strip()
    if found:
        _log.warning(
            "feed %s: the token is from the environment variable %s, for the keyring has none", feed_id, variable
        )
        return found
    return None


def _from_keyring(feed_id: str) -> str | None:
    # Takes 25 ms to import, and a feed without a token does not need it.
    import keyring
    import keyring.errors

    try:
        found = keyring.get_password(SERVICE, feed_id)
    except keyring.errors.NoKeyringError:
        return None
    except Exception as error:  # noqa: BLE001 (each system's keyring fails in its own way, and the environment may help)
        _log.warning("feed %s: the keyring cannot be read (%s)", feed_id, type(error).__name__)
        return None
    return (found or "").strip() or None
