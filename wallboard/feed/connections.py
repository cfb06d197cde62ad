"""requests' connections under a Deadline: each tells it how far it has come, and can be cut by it."""

from __future__ import annotations

import logging
import re
import socket
import ssl
from collections.abc import Iterable, Sequence
from http.client import HTTPResponse, IncompleteRead
from typing import TYPE_CHECKING, Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection

from wallboard.feed.deadline import Deadline, Phase
from wallboard.feed.resolver import Address, Resolver

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

# urllib3's own lines hold whole addresses, and with them a token; what failed is named in our words.
logging.getLogger("urllib3").setLevel(logging.CRITICAL + 1)

_REFUSAL = re.compile(r"Tunnel connection failed: (\d{3})")
"""The words of http.client, which gives the status nowhere else."""


class TunnelRefusedError(OSError):
    """A proxy answered, and not with a way to the server."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Adapter(HTTPAdapter):
    """requests' adapter over connections that a Deadline can cut.

    `trust` is for servers of https and `proxy_trust` for proxies of https: a proxy is shown no client certificate.
    `proxy_authorisation` is the header that the proxy is sent.
    """

    def __init__(
        self,
        deadline: Deadline,
        trust: ssl.SSLContext | None,
        proxy_trust: ssl.SSLContext | None = None,
        proxy_authorisation: str | None = None,
    ) -> None:
        self._pools = _pools(deadline)
        self._tls: dict[str, Any] = {} if trust is None else {"ssl_context": trust}
        self._proxy_tls: dict[str, Any] = {} if proxy_trust is None else {"proxy_ssl_context": proxy_trust}
        self._proxy_authorisation = proxy_authorisation
        super().__init__(pool_connections=1, pool_maxsize=1)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **kwargs: Any) -> None:
        super().init_poolmanager(connections, maxsize, block, **kwargs, **self._tls)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> PoolManager:
        manager: PoolManager = super().proxy_manager_for(proxy, **kwargs, **self._tls, **self._proxy_tls)
        manager.pool_classes_by_scheme = self._pools
        return manager

    def proxy_headers(self, proxy: str) -> dict[str, str]:
        return {} if self._proxy_authorisation is None else {"Proxy-Authorization": self._proxy_authorisation}

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """The TLS context decides whom to trust; requests would add a list that is as old as its package."""
        conn.cert_reqs = "CERT_REQUIRED"


class _Response(HTTPResponse):
    deadline: Deadline

    def begin(self) -> None:
        self.fp.peek(1)  # waits for a byte, and takes none
        self.deadline.enter(Phase.BODY)
        super().begin()

    def _safe_read(self, amt: int) -> bytes:
        """urllib3 takes a chunk's size as it is told, and a negative one means all that ever comes."""
        if amt < 0:
            raise IncompleteRead(b"")
        read: bytes = super()._safe_read(amt)  # type: ignore[misc]
        return read


class _Plain(HTTPConnection):
    deadline: Deadline
    resolver: Resolver
    _handle: socket.socket | None = None
    _response: _Response | None = None

    def connect(self) -> None:
        super().connect()
        self.deadline.enter(Phase.ANSWER)

    def close(self) -> None:
        if self._handle is not None:
            self.deadline.let_go(self._handle)
            self._handle = None
        super().close()

    def response_class(self, *arguments: Any, **options: Any) -> _Response:  # type: ignore[override]
        self._response = _Response(*arguments, **options)
        self._response.deadline = self.deadline
        return self._response

    def getresponse(self) -> BaseHTTPResponse:  # type: ignore[override]
        try:
            return super().getresponse()
        except BaseException:
            # urllib3 refuses some headers without closing what it read them from.
            if self._response is not None:
                self._response.close()
            raise
        finally:
            self._response = None

    def _new_conn(self) -> socket.socket:
        deadline = self.deadline
        deadline.enter(Phase.NAME)
        addresses = self.resolver.addresses(self._dns_host.strip("[]"), self.port, deadline.left_s())
        deadline.enter(Phase.CONNECT)
        connection = _connected(addresses, deadline, self.socket_options or ())
        connection.settimeout(self.timeout)
        self._handle = deadline.hold(connection)
        deadline.enter(Phase.HANDSHAKE)
        return connection

    def _tunnel(self) -> None:
        self.deadline.enter(Phase.TUNNEL)
        try:
            super()._tunnel()
        except OSError as error:
            refusal = _REFUSAL.match(str(error))
            if refusal is None:
                raise
            raise TunnelRefusedError(int(refusal[1])) from None
        self.deadline.enter(Phase.HANDSHAKE)


class _Secure(_Plain, HTTPSConnection):
    def _connect_tls_proxy(self, hostname: str, sock: socket.socket) -> ssl.SSLSocket:
        self.deadline.enter(Phase.TUNNEL)
        return super()._connect_tls_proxy(hostname, sock)


def _pools(of: Deadline) -> dict[str, type[HTTPConnectionPool]]:
    """urllib3 makes its connections itself, and takes no more than their class."""
    searches = Resolver()

    class Plain(_Plain):
        deadline, resolver = of, searches

    class Secure(_Secure):
        deadline, resolver = of, searches

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


def _connected(
    addresses: Sequence[Address], deadline: Deadline, options: Iterable[tuple[int, int, int | bytes]]
) -> socket.socket:
    """To the first address that picks up. Each has its share of the time: a dead one leaves some for the next."""
    failed: OSError = OSError("the name has no address")
    for position, (family, kind, protocol, _, address) in enumerate(addresses):
        connection = socket.socket(family, kind, protocol)
        try:
            for option in options:
                connection.setsockopt(*option)
            connection.settimeout(deadline.left_s() / (len(addresses) - position))
            connection.connect(address)
        except OSError as error:
            connection.close()
            failed = error
        else:
            return connection
    raise failed
