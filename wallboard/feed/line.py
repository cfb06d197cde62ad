"""The way to one origin: a session, its deadline, the proxy before it, and whom it trusts."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Callable, Iterator
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError

from wallboard.feed import certificates, proxies
from wallboard.feed.connections import Adapter
from wallboard.feed.deadline import Deadline, Limits
from wallboard.feed.failures import FeedError, named, overdue
from wallboard.feed.settings import FeedSettings

USER_AGENT = "Wallboard"

SecretOf = Callable[[str], str | None]
"""A secret of this machine's by its user in the keyring, e.g. "bengkalis.proxy"; None where there is none."""


class Line:
    """`identified` shows the client certificate. `trust` overrides whom https trusts. Raises FeedError for files that
    cannot be used.
    """

    def __init__(
        self,
        url: str,
        settings: FeedSettings,
        secret_of: SecretOf,
        trust: ssl.SSLContext | None = None,
        *,
        identified: bool,
    ) -> None:
        self.url = url
        self.deadline = Deadline()
        self._settings = settings
        proxy = proxies.proxy_for(url, settings, secret_of)
        self.proxied = proxy is not None
        server_trust = proxy_trust = None
        if is_secure(url):
            server_trust = trust or certificates.trusting(settings)
            if identified:
                certificates.identify(server_trust, settings, lambda: secret_of(f"{settings.id}.key"))
        if proxy is not None and is_secure(proxy.address):
            proxy_trust = trust or certificates.trusting(settings)
        authorisation = proxy.authorisation if proxy is not None else None
        adapter = Adapter(self.deadline, server_trust, proxy_trust, authorisation)
        self.session = _Session()
        # Proxies are looked up once, not at each request; .netrc and certificate variables are none of the wall's.
        self.session.trust_env = False
        if proxy is not None:
            self.session.proxies = {"http": proxy.address, "https": proxy.address}
        for scheme in ("http://", "https://"):
            self.session.mount(scheme, adapter)
        self.session.headers.update({"User-Agent": USER_AGENT, "Accept": "application/json", "Accept-Encoding": "gzip"})
        # A wall has no session; a server that sets a new cookie each time would fill the memory.
        self.session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))

    def close(self) -> None:
        self.session.close()
        self.deadline.close()

    @contextlib.contextmanager
    def exchange(self, hold_s: float = 0.0) -> Iterator[tuple[float, float]]:
        """Time for requests and their answers, `hold_s` of it for an answer that the server was asked to hold.

        Gives requests' own timeouts, which are of one operation each and only stand behind the deadline. Whatever fails
        below HTTP leaves as a FeedError.
        """
        settings = self._settings
        limits = Limits(
            settings.connect_timeout_s, settings.first_byte_timeout_s + hold_s, settings.deadline_s + hold_s
        )
        try:
            with self.deadline.within(limits):
                yield min(limits.first_byte_s, limits.total_s), limits.total_s
        except (requests.RequestException, HTTPError, OSError, UnicodeError) as error:
            late = self.deadline.expired is not None
            raise named(error, self.deadline.limit(), late=late, proxied=self.proxied) from None
        except FeedError:
            if self.deadline.expired is None:
                raise
        if self.deadline.expired:  # a cut can look like the end of the headers, or of a body of unknown length
            raise overdue(self.deadline.expired, proxied=self.proxied)


def is_secure(url: str) -> bool:
    return urlsplit(url).scheme == "https"


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Even where it does not follow, requests would read the whole body of an answer that leads on, unbounded."""
        return None
