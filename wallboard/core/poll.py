"""What one poll of a dispatch system came to: typed, frozen, and the only thing that leaves the poll thread."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from wallboard.core.entities import Call, Incident, Snapshot


class FailureKind(StrEnum):
    """Why a poll gave no data. The wall says each in words, so each calls for a different hand."""

    NO_TOKEN = "no_token"
    """The configuration asks for a token and there is none on this machine."""
    KEYRING = "keyring"
    """The token may be in this machine's keyring, which is locked or does not answer."""
    NAME = "name"
    """The server's name is not known to the network."""
    NAME_SERVICE = "name_service"
    """No name service (DNS) answers."""
    NETWORK = "network"
    """Refused, unreachable, or cut off."""
    PROXY = "proxy"
    """The proxy cannot be reached, or gives no way to the server."""
    PROXY_UNAUTHORISED = "proxy_unauthorised"
    """407: the proxy wants a name and password, or others."""
    TLS = "tls"
    """No secure connection, for a reason that none of the certificate's kinds names."""
    CERTIFICATE_EXPIRED = "certificate_expired"
    CERTIFICATE_NOT_YET_VALID = "certificate_not_yet_valid"
    """Mostly a clock of this machine's that is behind."""
    CERTIFICATE_NAME = "certificate_name"
    """Issued for another name."""
    CERTIFICATE_ISSUER = "certificate_issuer"
    """Issued by an authority that this machine does not trust."""
    CERTIFICATE_SELF_SIGNED = "certificate_self_signed"
    CERTIFICATE_REVOKED = "certificate_revoked"
    CERTIFICATE_FILE = "certificate_file"
    """A certificate or key of the configuration's cannot be used."""
    CLIENT_CERTIFICATE = "client_certificate"
    """The server wants a client certificate, or another one."""
    TIMEOUT = "timeout"
    """The connection is not picked up, or no first byte or no whole answer is there in time."""
    UNAUTHORISED = "unauthorised"
    """401 or 403, or a user's name and password that bring no token."""
    RATE_LIMITED = "rate_limited"
    """429, or 503 with Retry-After."""
    SERVER = "server"
    """Any other 5xx."""
    STATUS = "status"
    """Any other status that is not an answer."""
    REDIRECT = "redirect"
    """Sent to another origin, or in circles."""
    TOO_LARGE = "too_large"
    NOT_JSON = "not_json"
    """A body of another kind: a proxy's page, a login form."""
    BAD_DATA = "bad_data"
    """JSON that is broken or is not a snapshot of this contract."""
    INTERNAL = "internal"
    """A fault of the wallboard itself."""


class Way(StrEnum):
    """How an answer was asked for."""

    SNAPSHOT = "snapshot"
    CHANGES = "changes"


class DroppedRow(Struct, frozen=True):
    """A row that broke the contract, by its place in the answer: `calls[3].received_at`. `list_name` and `id` are those
    that it would have had, where that much can be read; without a name of a list, the row is kept without what is
    wrong at that place.
    """

    path: str
    reason: str
    list_name: str = ""
    id: str = ""


class PollSuccess(Struct, frozen=True, kw_only=True):
    """A good answer. `snapshot` is None where the server said that nothing has changed.

    `sent_s` and `received_s` are monotonic seconds of this machine, around the whole exchange; `server_time` is None
    where the answer tells none (304), `date` is its Date header; `age_s`, of an answer from a cache alone, how many
    seconds before it was asked for it was made at most, rounded down (RFC 9111, section 5.1). `unknown_values` counts
    values outside the contract's enumerations by path, e.g. `calls.disposition`.
    """

    snapshot: Snapshot | None
    sent_s: float
    received_s: float
    size_bytes: int
    server_time: datetime | None = None
    server_time_resolution_s: float = 0.0
    """By how much later it may have been than `server_time`, which is cut to it: one that a Date header told."""
    date: datetime | None = None
    age_s: int | None = None
    dropped_rows: tuple[DroppedRow, ...] = ()
    unknown_values: Mapping[str, int] = {}
    way: Way = Way.SNAPSHOT
    held: bool = False
    """The server holds the next request until something changes: it can be asked at once."""
    differences: int | None = None
    """Rows in which the merged changes differed from a snapshot that was taken to check them; None: no such check."""


class PollFailure(Struct, frozen=True, kw_only=True):
    """No data. `message` is one English line for the log and for `check`, free of secrets and of the body's content."""

    kind: FailureKind
    message: str
    sent_s: float
    failed_s: float
    status: int | None = None


class Backfill(Struct, frozen=True, kw_only=True):
    """Earlier calls and incidents, read so that today's figures count from midnight, or for a report.

    `calls` holds every call received since `calls_since`, None where the server does not offer them; likewise
    `incidents` by the time of the report. Of rows that broke the contract there is no trace in either.
    """

    calls: tuple[Call, ...] = ()
    calls_since: datetime | None = None
    incidents: tuple[Incident, ...] = ()
    incidents_since: datetime | None = None
    dropped_rows: tuple[DroppedRow, ...] = ()


FeedEvent = PollSuccess | PollFailure | Backfill
