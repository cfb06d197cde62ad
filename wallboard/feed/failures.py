"""What went wrong on the way to an answer, in words, and what to do about it.

No message here repeats an address, a header or a body: each of them may hold a token.
"""

from __future__ import annotations

import errno
import http.client
import socket
import ssl
from collections.abc import Iterator
from datetime import datetime

import requests
from urllib3.exceptions import DecodeError

from wallboard.core.poll import FailureKind
from wallboard.feed.connections import TunnelRefusedError
from wallboard.feed.deadline import Expiry, Phase

NOT_OFFERED = frozenset({404, 405, 501})
"""Statuses of a request that this server does not know."""


class FeedError(Exception):
    """No answer that can be used. The message is one English line, free of secrets. When the server wants to be asked
    again is `retry_after_s`, or `retry_at` where it told an instant and not what time it has.
    """

    def __init__(
        self,
        kind: FailureKind,
        message: str,
        *,
        status: int | None = None,
        retry_after_s: float | None = None,
        retry_at: datetime | None = None,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.status = status
        self.retry_after_s = retry_after_s
        self.retry_at = retry_at

    def of(self, name: str, status: int | None) -> FeedError:
        """The same of what is called `name`."""
        return FeedError(
            self.kind,
            f"{name}: {self.message}",
            status=status,
            retry_after_s=self.retry_after_s,
            retry_at=self.retry_at,
        )


def named(error: Exception, limit: Expiry, *, late: bool, proxied: bool) -> FeedError:
    """What went wrong below HTTP. `limit` is the phase in which it did, and the time that this had; `late` is whether
    the exchange was cut for it.
    """
    of_proxy = proxied and limit.phase in _BEFORE_THE_SERVER
    causes = list(causes_of(error))
    if late or any(isinstance(cause, TimeoutError | requests.Timeout) for cause in causes):
        return overdue(limit, proxied=proxied)
    for cause in causes:
        if isinstance(cause, TunnelRefusedError):
            return refused_tunnel(cause.status)
        if found := _named_cause(cause, "the proxy" if of_proxy else "the server"):
            kind, message = found
            return FeedError(FailureKind.PROXY if of_proxy else kind, message)
    if of_proxy:
        return FeedError(FailureKind.PROXY, f"the connection to the proxy failed ({type(causes[-1]).__name__})")
    return FeedError(FailureKind.NETWORK, f"the connection failed ({type(causes[-1]).__name__})")


def overdue(limit: Expiry, *, proxied: bool) -> FeedError:
    """What did not happen in its time."""
    who = "the proxy" if proxied and limit.phase in _BEFORE_THE_SERVER else "the server"
    kind = FailureKind.PROXY if who == "the proxy" else FailureKind.TIMEOUT
    within = f"within {limit.after_s:g} s"
    match limit.phase:
        case Phase.NAME:
            if who == "the server":
                kind = FailureKind.NAME_SERVICE
            return FeedError(kind, f"no name service told the address of {who} {within}: {_CHECK_DNS}")
        case Phase.CONNECT:
            return FeedError(
                kind, f"{who} did not pick up the connection {within}: check its address and port, and firewalls"
            )
        case Phase.TUNNEL:
            return FeedError(FailureKind.PROXY, f"the proxy gave no way to the server {within}")
        case Phase.HANDSHAKE:
            return FeedError(
                kind,
                f"the server picked up but did not secure the connection {within}: does it speak TLS on this port?",
            )
        case Phase.ANSWER:
            return FeedError(kind, f"no first byte of an answer {within}")
        case Phase.BODY:
            return FeedError(kind, f"no whole answer {within}")


def refused_tunnel(status: int) -> FeedError:
    """A proxy's own answer in place of the server's."""
    if status == requests.codes.proxy_authentication_required:
        kind, words = FailureKind.PROXY_UNAUTHORISED, _PROXY_LOGIN
    elif status in _PROXY_SEES_NO_SERVER:
        kind, words = FailureKind.PROXY, "the proxy cannot reach the server"
    else:
        kind, words = FailureKind.PROXY, "the proxy refuses the way to the server"
    return FeedError(kind, f"{words} (HTTP {status})", status=status)


def refused(status: int, retry_after_s: float | None = None, retry_at: datetime | None = None) -> FeedError:
    """A server's answer that is no data."""
    if status in _UNAUTHORISED:
        kind, words = FailureKind.UNAUTHORISED, "the token is wrong or has no right to this"
    elif status == requests.codes.too_many_requests or (
        status == requests.codes.unavailable and (retry_after_s is not None or retry_at is not None)
    ):
        kind, words = FailureKind.RATE_LIMITED, "the server asks to be left alone for a while"
    elif status >= 500:
        kind, words = FailureKind.SERVER, "the server has a fault of its own"
    elif status == requests.codes.not_found:
        kind, words = FailureKind.STATUS, "there is nothing at this address"
    else:
        kind, words = FailureKind.STATUS, "the server gives no data"
    return FeedError(kind, f"{words} (HTTP {status})", status=status, retry_after_s=retry_after_s, retry_at=retry_at)


def causes_of(error: BaseException) -> Iterator[BaseException]:
    """The error and what it wraps, outermost first: requests and urllib3 keep causes in three ways."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, BaseException) and id(one) not in seen:
            seen.add(id(one))
            yield one
            waiting += [*one.args, getattr(one, "reason", None), one.__cause__, one.__context__]


_BEFORE_THE_SERVER = frozenset({Phase.NAME, Phase.CONNECT, Phase.TUNNEL})
"""Phases in which a proxied exchange has only met the proxy."""

_UNAUTHORISED = frozenset({401, 403})
_PROXY_SEES_NO_SERVER = frozenset({502, 503, 504})
_PROXY_LOGIN = "the proxy wants a name and password, or others than those in the keyring"
_CHECK_DNS = "check this computer's network and its DNS server"

_CERTIFICATE_FAULTS = {
    FailureKind.CERTIFICATE_EXPIRED: (
        "the certificate of {who} has expired: renew it there, or set this computer's clock right",
        # X509_V_ERR_CERT_HAS_EXPIRED; CERT_E_EXPIRED, by which Windows also means "not yet valid".
        (10, 0x800B0101),
    ),
    FailureKind.CERTIFICATE_NOT_YET_VALID: (
        "the certificate of {who} is not valid yet: set this computer's clock right, which is probably behind",
        # X509_V_ERR_CERT_NOT_YET_VALID
        (9,),
    ),
    FailureKind.CERTIFICATE_NAME: (
        "the certificate of {who} is for another name: the configuration must use the name that it was issued for",
        # X509_V_ERR_HOSTNAME_MISMATCH, _IP_ADDRESS_MISMATCH; CERT_E_CN_NO_MATCH, CERT_E_INVALID_NAME
        (62, 64, 0x800B010F, 0x800B0114),
    ),
    FailureKind.CERTIFICATE_SELF_SIGNED: (
        "{who} has signed its certificate itself: if it is the right one, name its file with ca_file",
        # X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT
        (18,),
    ),
    FailureKind.CERTIFICATE_ISSUER: (
        "the certificate of {who} comes from an issuer that this computer does not trust: install the issuer's "
        "certificate in the system, or name its file with ca_file",
        # X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, _SELF_SIGNED_CERT_IN_CHAIN, _UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
        # _UNABLE_TO_VERIFY_LEAF_SIGNATURE; CERT_E_UNTRUSTEDROOT, CERT_E_CHAINING
        (2, 19, 20, 21, 0x800B0109, 0x800B010A),
    ),
    FailureKind.CERTIFICATE_REVOKED: (
        "the certificate of {who} is revoked: it needs a new one",
        # X509_V_ERR_CERT_REVOKED; CERT_E_REVOKED, CRYPT_E_REVOKED
        (23, 0x800B010C, 0x80092010),
    ),
}
"""Words, and the codes of OpenSSL (x509_vfy.h) and Windows (winerror.h) that truststore hands on as verify_code."""

_KIND_OF_CODE = {code: kind for kind, (_, codes) in _CERTIFICATE_FAULTS.items() for code in codes}

_CLIENT_CERTIFICATE_ALERTS = frozenset(
    {
        "CERTIFICATE_REQUIRED",
        "NO_CERTIFICATE",
        "BAD_CERTIFICATE",
        "UNSUPPORTED_CERTIFICATE",
        "CERTIFICATE_REVOKED",
        "CERTIFICATE_EXPIRED",
        "CERTIFICATE_UNKNOWN",
        "UNKNOWN_CA",
        "ACCESS_DENIED",
    }
)
"""Alerts that only a server sends that looks at the client's certificate (RFC 8446, section 6.2)."""

_NO_TLS = frozenset({"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG", "HTTP_REQUEST"})
"""What OpenSSL says of bytes that are no TLS at all."""

_OLD_TLS = frozenset({"UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION", "DH_KEY_TOO_SMALL"})


def _named_cause(cause: BaseException, who: str) -> tuple[FailureKind, str] | None:
    if isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLEOFError):
        return _named_tls(cause, who)
    if isinstance(cause, http.client.HTTPException):
        return _named_http(cause, who)
    match cause:
        case socket.gaierror() if cause.errno == socket.EAI_AGAIN:
            return FailureKind.NAME_SERVICE, f"no name service tells the address of {who}: {_CHECK_DNS}"
        case socket.gaierror():
            return FailureKind.NAME, f"the network does not know the name of {who}: check its spelling, then the DNS"
        case DecodeError():
            return FailureKind.BAD_DATA, "the answer cannot be unpacked: it is not what its header says"
        case ConnectionRefusedError():
            return FailureKind.NETWORK, f"{who} refuses the connection: it may not be running, or on another port"
        case OSError() if cause.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH):
            return FailureKind.NETWORK, f"there is no way to {who}: the network is down"
        case requests.exceptions.InvalidURL() | UnicodeError():
            return FailureKind.NAME, "the address cannot be used"
    return None


def _named_http(error: http.client.HTTPException, who: str) -> tuple[FailureKind, str] | None:
    match error:
        case http.client.RemoteDisconnected():
            return FailureKind.NETWORK, f"{who} closed the connection without an answer"
        case http.client.IncompleteRead():
            return FailureKind.NETWORK, "the answer was cut off before its end"
        case http.client.BadStatusLine() | http.client.LineTooLong():
            return FailureKind.NOT_JSON, f"{who} does not speak HTTP on this port"
    return None


def _named_tls(error: ssl.SSLError, who: str) -> tuple[FailureKind, str]:
    if isinstance(error, ssl.SSLCertVerificationError):
        kind = _KIND_OF_CODE.get(error.verify_code)
        if kind is not None:
            return kind, _CERTIFICATE_FAULTS[kind][0].format(who=who)
        return FailureKind.TLS, f"the certificate of {who} is not valid: {error.verify_message}"
    reason = error.reason or type(error).__name__
    alert = reason.partition("ALERT_")[2]
    if alert in _CLIENT_CERTIFICATE_ALERTS:
        told = alert.lower().replace("_", " ")
        return FailureKind.CLIENT_CERTIFICATE, (
            f"{who} refuses this computer's client certificate ({told}): see client_certificate, and what {who} accepts"
        )
    if alert == "HANDSHAKE_FAILURE":
        return FailureKind.TLS, f"{who} refuses the secure connection: it may want a client certificate"
    if reason in _NO_TLS:
        return FailureKind.TLS, f"{who} does not speak TLS on this port: https where http is meant, or another port?"
    if reason in _OLD_TLS:
        return FailureKind.TLS, f"{who} offers only TLS that is too old to be safe ({reason})"
    return FailureKind.TLS, f"no secure connection to {who}: {reason}"
