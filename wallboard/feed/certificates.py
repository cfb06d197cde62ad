"""Whom https trusts, and what this machine shows of itself: TLS contexts from the configuration's files."""

from __future__ import annotations

import ssl
import sys
from collections.abc import Callable
from pathlib import Path

from wallboard.core.poll import FailureKind
from wallboard.feed.failures import FeedError
from wallboard.feed.settings import FeedSettings

LARGEST_FILE_BYTES = 1_000_000
"""The list of a whole system's authorities has a fifth of it."""

_CERTIFICATE = b"-----BEGIN CERTIFICATE-----"
_KEY = b"PRIVATE KEY-----"
_CONVERT = "a .pfx, .p12, .cer or .der file must be converted to PEM first"

PassphraseOf = Callable[[], str | None]


def trusting(settings: FeedSettings) -> ssl.SSLContext:
    """Trusts whom the operating system trusts, as an office with an authority of its own needs it, and beside them the
    authorities of `ca_file`. Raises FeedError.
    """
    if settings.ca_file is None:
        return _system()
    _check("ca_file", settings.ca_file, _CERTIFICATE)
    if sys.platform == "win32":
        # Asked about an authority that it does not know, Windows says so and nothing more: that the certificate has
        # expired, or is for another name, would be lost. OpenSSL looks at both lists together.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_default_certs()
    else:
        context = _system()
    try:
        context.load_verify_locations(cafile=settings.ca_file)
    except (ssl.SSLError, OSError):
        raise _unusable("ca_file", "the file holds a damaged certificate") from None
    return context


def identify(context: ssl.SSLContext, settings: FeedSettings, passphrase_of: PassphraseOf) -> None:
    """Let the context show the client certificate. `passphrase_of` is asked where the key is encrypted. Raises
    FeedError.
    """
    certificate = settings.client_certificate
    if certificate is None:
        return
    option = "client_certificate" if settings.client_key is None else "client_key"
    key = settings.client_key or certificate
    _check("client_certificate", certificate, _CERTIFICATE)
    _check(option, key, _KEY)
    asked: list[str | None] = []

    def password() -> str:
        asked.append(passphrase_of())
        return asked[-1] or ""

    try:
        context.load_cert_chain(certificate, key, password)
    except (ssl.SSLError, OSError, ValueError, TypeError) as error:
        reason = error.reason if isinstance(error, ssl.SSLError) else ""
        if asked and not asked[-1]:
            problem = f'the key is encrypted, and the keyring has no passphrase for it (user "{settings.id}.key")'
        elif asked:
            problem = f'the key cannot be opened: is the passphrase in the keyring (user "{settings.id}.key") right?'
        elif reason == "KEY_VALUES_MISMATCH":
            problem = "the key does not belong to client_certificate"
        else:
            problem = "the file is damaged"
        raise _unusable(option, problem) from None


def _system() -> ssl.SSLContext:
    import truststore  # only https needs it

    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _check(option: str, path: str, mark: bytes) -> None:
    """OpenSSL says of a file only that something is wrong with it."""
    try:
        with Path(path).open("rb") as file:
            content = file.read(LARGEST_FILE_BYTES)
    except FileNotFoundError:
        raise _unusable(option, "there is no such file") from None
    except (OSError, ValueError):
        raise _unusable(option, "the file cannot be read: is it a file, and may this user read it?") from None
    if mark not in content:
        held = "certificate" if mark is _CERTIFICATE else "key"
        raise _unusable(option, f"the file holds no {held} in PEM form; {_CONVERT}")


def _unusable(option: str, problem: str) -> FeedError:
    return FeedError(FailureKind.CERTIFICATE_FILE, f"{option}: {problem}")
