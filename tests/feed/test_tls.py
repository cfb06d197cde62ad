"""TLS, real: certificates that are good, expired, of another name, and of an unknown issuer; the centre's own
authority; and the certificate that this machine shows.
"""

import datetime
import ssl
import sys
from datetime import UTC, timedelta

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from tests.feed.bodies import snapshot
from tests.feed.conftest import sealing
from tests.feed.misbehaving import MisbehavingServer, always, drip, response
from tests.feed.test_client import failure, success
from wallboard.core.poll import FailureKind
from wallboard.feed.client import DispatchClient
from wallboard.feed.deadline import Expiry, Phase
from wallboard.feed.failures import FeedError, named
from wallboard.feed.settings import FeedSettings
from wallboard.feed.transport import Transport

PASSPHRASE = "s3same-0pen"


def serving(tls, ca_file, **options):
    return MisbehavingServer(always(response(snapshot())), tls, ca_file=ca_file, **options)


def test_that_a_server_of_the_centres_own_authority_is_read(sealed, ca_file):
    with serving(sealed, ca_file) as server:
        assert success(server).snapshot is not None


def test_that_an_address_in_capitals_is_as_secure(sealed, ca_file):
    with serving(sealed, ca_file) as server:
        server.url = server.url.replace("https://", "HTTPS://")
        assert success(server).snapshot is not None


@pytest.mark.skipif(sys.platform == "win32", reason="there the system's list is no file")
def test_that_the_authority_of_the_centre_stands_beside_those_of_the_system(sealed, ca_file, monkeypatch):
    """The system's list is where OpenSSL looks for it: here it holds the server's authority, ca_file another one."""
    monkeypatch.setenv("SSL_CERT_FILE", ca_file)
    with serving(sealed, None) as server:
        assert success(server).snapshot is not None, "by the system's list alone"
    other = trustme.CA()
    with other.cert_pem.tempfile() as other_file, serving(sealed, other_file) as server:
        assert success(server).snapshot is not None, "by the system's list beside another file"


def test_that_an_unknown_issuer_is_named(authority):
    with serving(sealing(authority, "localhost"), None, host="localhost") as server:
        error = failure(server)
    assert error.kind is FailureKind.CERTIFICATE_ISSUER
    assert "ca_file" in error.message


def test_that_another_authority_of_the_centres_does_not_do(sealed):
    with trustme.CA().cert_pem.tempfile() as other_file, serving(sealed, other_file) as server:
        assert failure(server).kind is FailureKind.CERTIFICATE_ISSUER


def test_that_an_intermediate_issuer_that_the_server_does_not_send_is_named(authority, ca_file):
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    leaf = authority.create_child_ca().issue_cert("127.0.0.1")
    with leaf.private_key_pem.tempfile() as key, leaf.cert_chain_pems[0].tempfile() as certificate:
        tls.load_cert_chain(certificate, key)
    with serving(tls, ca_file) as server:
        assert failure(server).kind is FailureKind.CERTIFICATE_ISSUER


def test_that_an_expired_certificate_is_named(authority, ca_file):
    yesterday = datetime.datetime.now(UTC) - timedelta(days=1)
    tls = sealing(authority, "127.0.0.1", not_before=yesterday - timedelta(days=1), not_after=yesterday)
    with serving(tls, ca_file) as server:
        error = failure(server)
    assert error.kind is FailureKind.CERTIFICATE_EXPIRED
    assert "renew" in error.message


def test_that_a_certificate_of_the_future_points_to_the_clock(authority, ca_file):
    tomorrow = datetime.datetime.now(UTC) + timedelta(days=1)
    tls = sealing(authority, "127.0.0.1", not_before=tomorrow, not_after=tomorrow + timedelta(days=1))
    with serving(tls, ca_file) as server:
        error = failure(server)
    assert error.kind is FailureKind.CERTIFICATE_NOT_YET_VALID
    assert "clock" in error.message


@pytest.mark.parametrize(("names", "host"), [(["dispatch.example.org"], "127.0.0.1"), (["127.0.0.1"], "localhost")])
def test_that_a_certificate_of_another_name_is_named(authority, ca_file, names, host):
    with serving(sealing(authority, *names), ca_file, host=host) as server:
        error = failure(server)
    assert error.kind is FailureKind.CERTIFICATE_NAME
    assert "name" in error.message


def test_that_a_self_signed_certificate_is_named_and_ca_file_makes_it_good(write):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "dispatch")])
    now = datetime.datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
        .public_bytes(Encoding.PEM)
    )
    path = write("self.pem", certificate)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(path, write("self.key", plain(key)))
    with serving(tls, None, host="localhost") as server:
        error = failure(server)
        # Windows calls its issuer unknown, whoever that is: CERT_E_UNTRUSTEDROOT.
        windows = sys.platform == "win32"
        assert error.kind is (FailureKind.CERTIFICATE_ISSUER if windows else FailureKind.CERTIFICATE_SELF_SIGNED)
        assert "ca_file" in error.message
        server.ca_file = path
        assert success(server).snapshot is not None


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (0x800B0101, FailureKind.CERTIFICATE_EXPIRED),
        (0x800B0109, FailureKind.CERTIFICATE_ISSUER),
        (0x800B010A, FailureKind.CERTIFICATE_ISSUER),
        (0x800B010F, FailureKind.CERTIFICATE_NAME),
        (0x80092010, FailureKind.CERTIFICATE_REVOKED),
        (23, FailureKind.CERTIFICATE_REVOKED),
        (26, FailureKind.TLS),
    ],
)
def test_that_the_codes_of_either_system_are_named(code, kind):
    """As truststore raises them: on Windows verify_code is that of the system's own check."""
    error = ssl.SSLCertVerificationError("...")
    error.verify_code, error.verify_message = code, "in the system's language"
    assert named(error, Expiry(Phase.HANDSHAKE, 10.0), late=False, proxied=False).kind is kind


def test_that_a_port_that_speaks_something_else_is_named():
    with MisbehavingServer(always(b""), greeting=b"220 mail.example ESMTP\r\n" * 10) as server:
        server.url = server.url.replace("http://", "https://")
        error = failure(server)
    assert error.kind is FailureKind.TLS
    assert "does not speak TLS" in error.message


def test_that_a_server_of_old_tls_alone_is_named(authority, ca_file):
    tls = sealing(authority, "127.0.0.1")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        tls.minimum_version, tls.maximum_version = ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_1
    tls.set_ciphers("ALL:@SECLEVEL=0")
    with serving(tls, ca_file) as server:
        error = failure(server)
    assert error.kind is FailureKind.TLS


def test_that_a_handshake_that_never_ends_has_its_own_time(ca_file):
    with MisbehavingServer(lambda *_: None) as server:
        server.url = server.url.replace("http://", "https://")
        error = failure(server, first_byte_timeout_s=0.4)
    assert error.kind is FailureKind.TIMEOUT
    assert "did not secure the connection within 0.4 s" in error.message


# The certificate that this machine shows


def plain(key):
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.fixture(scope="module")
def identity(authority):
    return authority.issue_cert("wall@example.org")


@pytest.fixture
def files(identity, write):
    """The certificate with its issuers, its key, and its key under a passphrase."""
    key = load_pem_private_key(identity.private_key_pem.bytes(), None)
    locked = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(PASSPHRASE.encode()))
    return {
        "certificate": write("wall.pem", b"".join(one.bytes() for one in identity.cert_chain_pems)),
        "key": write("wall.key", plain(key)),
        "locked": write("locked.key", locked),
        "both": write("both.pem", identity.private_key_and_cert_chain_pem.bytes()),
    }


@pytest.fixture(params=[ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["TLS 1.2", "TLS 1.3"])
def demanding(request, authority, ca_file):
    """A server that reads only those whose certificate comes from the authority."""
    tls = sealing(authority, "127.0.0.1")
    tls.minimum_version = tls.maximum_version = request.param
    tls.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(tls)
    with serving(tls, ca_file) as server:
        yield server


def polled(server, secrets=None, **settings):
    transport = Transport(
        FeedSettings(id="x", url=server.url, ca_file=server.ca_file, **settings),
        None,
        secret_of=(secrets or {}).get,
    )
    one = DispatchClient(transport)
    try:
        return one.snapshot()
    finally:
        one.close()


def refusal(server, secrets=None, **settings):
    with pytest.raises(FeedError) as raised:
        polled(server, secrets, **settings)
    assert PASSPHRASE not in str(raised.value)
    return raised.value


def test_that_the_client_certificate_opens_the_server(demanding, files):
    assert polled(demanding, client_certificate=files["certificate"], client_key=files["key"]).snapshot is not None


def test_that_one_file_may_hold_certificate_and_key(demanding, files):
    assert polled(demanding, client_certificate=files["both"]).snapshot is not None


def test_that_an_encrypted_key_is_opened_with_the_passphrase_of_the_keyring(demanding, files):
    poll = polled(demanding, {"x.key": PASSPHRASE}, client_certificate=files["certificate"], client_key=files["locked"])
    assert poll.snapshot is not None


def test_that_a_server_that_wants_a_certificate_and_gets_none_is_named(demanding):
    error = refusal(demanding)
    assert error.kind in (FailureKind.CLIENT_CERTIFICATE, FailureKind.TLS)
    assert "client certificate" in error.message


def test_that_a_server_that_refuses_the_certificate_is_named(demanding, write):
    stranger = trustme.CA().issue_cert("wall@example.org")
    error = refusal(demanding, client_certificate=write("s.pem", stranger.private_key_and_cert_chain_pem.bytes()))
    assert error.kind is FailureKind.CLIENT_CERTIFICATE
    assert "unknown ca" in error.message


@pytest.mark.parametrize("page", ["No required SSL certificate was sent", "The SSL certificate error"])
def test_that_nginx_saying_so_in_a_page_is_understood(sealed, ca_file, page):
    body = f"<html><head><title>400 {page}</title></head></html>".encode()
    act = always(response(body, "400 Bad Request", media_type="text/html"))
    with MisbehavingServer(act, sealed, ca_file=ca_file) as server:
        assert refusal(server).kind is FailureKind.CLIENT_CERTIFICATE
    with MisbehavingServer(always(response(b"<html>", "400 Bad Request")), sealed, ca_file=ca_file) as server:
        assert refusal(server).kind is FailureKind.STATUS


@pytest.mark.parametrize(
    ("certificate", "key", "secrets", "told"),
    [
        ("nowhere", "key", {}, "client_certificate: there is no such file"),
        ("certificate", "nowhere", {}, "client_key: there is no such file"),
        ("folder", "key", {}, "client_certificate: the file cannot be read"),
        ("binary", "key", {}, "client_certificate: the file holds no certificate in PEM form; a .pfx"),
        ("certificate", "binary", {}, "client_key: the file holds no key in PEM form"),
        ("certificate", None, {}, "client_certificate: the file holds no key"),
        ("certificate", "other", {}, "client_key: the key does not belong to client_certificate"),
        ("certificate", "damaged", {}, "client_key: the file is damaged"),
        ("certificate", "locked", {}, "client_key: the key is encrypted, and the keyring has no passphrase for it"),
        ("certificate", "locked", {"x.key": "wr0ng"}, "client_key: the key cannot be opened"),
    ],
)
def test_that_what_is_wrong_with_a_file_is_told(files, write, tmp_path, certificate, key, secrets, told):
    paths = files | {
        "nowhere": str(tmp_path / "nowhere.pem"),
        "folder": str(tmp_path),
        "binary": write("wall.pfx", b"0\x82\x0b" * 100),
        "other": write("other.key", plain(ec.generate_private_key(ec.SECP256R1()))),
        "damaged": write("damaged.key", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
    }
    settings = FeedSettings(
        id="x", url="https://127.0.0.1:1/", client_certificate=paths[certificate], client_key=paths.get(key)
    )
    with pytest.raises(FeedError) as raised:
        Transport(settings, None, secret_of=secrets.get)
    assert raised.value.kind is FailureKind.CERTIFICATE_FILE
    assert raised.value.message.startswith(told)
    assert "wr0ng" not in raised.value.message


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "there is no such file"),
        (b"", "holds no certificate in PEM form"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "holds a damaged certificate"),
    ],
)
def test_that_what_is_wrong_with_the_centres_authority_is_told(write, tmp_path, content, told):
    path = str(tmp_path / "nowhere.pem") if content is None else write("ca.pem", content)
    with pytest.raises(FeedError, match=f"ca_file: .*{told}") as raised:
        Transport(FeedSettings(id="x", url="https://127.0.0.1:1/", ca_file=path), None)
    assert raised.value.kind is FailureKind.CERTIFICATE_FILE


def test_that_a_drip_over_tls_that_the_server_never_ends_is_cut(sealed, ca_file):
    with MisbehavingServer(drip(b"", b"H", lambda: server.released), sealed, ca_file=ca_file) as server:
        assert failure(server, deadline_s=0.4).kind is FailureKind.TIMEOUT
