"""TLS, real: certificates that are good, expired, of another name, and of an unknown issuer."""

import ssl
from datetime import UTC, datetime, timedelta

import pytest
import trustme

from tests.feed.bodies import snapshot
from tests.feed.misbehaving import MisbehavingServer, always, response
from tests.feed.test_client import failure, success
from wallboard.core.poll import FailureKind


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


def serving(authority, *names, **options):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names, **options).configure_cert(context)
    return MisbehavingServer(always(response(snapshot())), context)


def trusting(authority):
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def test_that_a_trusted_server_is_read(authority):
    with serving(authority, "127.0.0.1") as server:
        assert success(server, trust=trusting(authority)).snapshot is not None


def test_that_an_unknown_issuer_is_named(authority):
    with serving(authority, "127.0.0.1") as server:
        error = failure(server)
    assert error.kind is FailureKind.TLS


def test_that_an_expired_certificate_is_named(authority):
    yesterday = datetime.now(UTC) - timedelta(days=1)
    with serving(authority, "127.0.0.1", not_before=yesterday - timedelta(days=1), not_after=yesterday) as server:
        error = failure(server, trust=trusting(authority))
    assert error.kind is FailureKind.TLS
    assert "expired" in error.message


def test_that_a_certificate_of_another_name_is_named(authority):
    with serving(authority, "dispatch.example.org") as server:
        error = failure(server, trust=trusting(authority))
    assert error.kind is FailureKind.TLS


def test_that_a_server_that_speaks_no_tls_is_named(authority):
    with MisbehavingServer(always(response(snapshot()))) as server:
        server_url = server.url.replace("http://", "https://")

        class Elsewhere:
            url = server_url

        assert failure(Elsewhere(), trust=trusting(authority), deadline_s=0.4).kind in (
            FailureKind.TLS,
            FailureKind.TIMEOUT,
        )


def test_that_a_handshake_that_never_ends_ends_at_the_deadline(authority):
    with MisbehavingServer(lambda *_: None) as server:

        class Secure:
            url = server.url.replace("http://", "https://")

        assert failure(Secure(), trust=trusting(authority), deadline_s=0.4).kind is FailureKind.TIMEOUT
