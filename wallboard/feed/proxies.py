"""Which proxy leads to a server, if any."""

from __future__ import annotations

import base64
import ipaddress
from collections.abc import Callable
from urllib.parse import unquote, urlsplit, urlunsplit

import requests

from wallboard.core.poll import FailureKind
from wallboard.feed.failures import FeedError
from wallboard.feed.settings import FeedSettings

SYSTEM = "system"
NONE = "none"

_SCHEMES = ("http", "https")


class Proxy:
    """`address` holds no credentials; `authorisation` is the header of Basic that does, or None."""

    def __init__(self, address: str, credentials: str | None) -> None:
        self.address = address
        self.authorisation = None
        if credentials:
            self.authorisation = f"Basic {base64.b64encode(credentials.encode()).decode()}"


def proxy_for(url: str, settings: FeedSettings, secret_of: Callable[[str], str | None]) -> Proxy | None:
    """The configured one, whose NAME:PASSWORD is a secret of this machine's, else the system's or the environment's.
    Raises FeedError.
    """
    if settings.proxy == NONE:
        return None
    if settings.proxy != SYSTEM:
        return Proxy(settings.proxy, secret_of(f"{settings.id}.proxy"))
    if _is_loopback(url):
        return None
    found = requests.utils.select_proxy(url, requests.utils.get_environ_proxies(url))
    if not found:
        return None
    try:
        parts = urlsplit(found if "://" in found else f"http://{found}")
    except ValueError:
        raise FeedError(FailureKind.PROXY, "the system's proxy has an address that cannot be read") from None
    if parts.scheme not in _SCHEMES:
        raise FeedError(
            FailureKind.PROXY, "the system's proxy is neither of http nor of https; name another one with proxy"
        )
    login, _, place = parts.netloc.rpartition("@")
    return Proxy(urlunsplit((parts.scheme, place, "", "", "")), unquote(login) or None)


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
