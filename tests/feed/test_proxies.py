"""Proxies of http and https, on the way to servers of http and https, and each way in which they fail."""

import base64
import socket
import ssl
from typing import Any

import pytest
import trustme

from tests.feed.bodies import snapshot
from tests.feed.conftest import sealing
from tests.feed.forward import ForwardProxy
from tests.feed.misbehaving import MisbehavingServer, always, drip, response
from wallboard.core.poll import FailureKind
from wallboard.feed.client import DispatchClient
from wallboard.feed.failures import FeedError
from wallboard.feed.proxies import proxy_for
from wallboard.feed.settings import Auth, FeedSettings
from wallboard.feed.transport import Transport

TOKEN = "s3cr3t-t0ken"
LOGIN = "wall:pr0xy-w0rd"
HEADER = f"Proxy-Authorization: Basic {base64.b64encode(LOGIN.encode()).decode()}"


@pytest.fixture(params=["http proxy", "https proxy"])
def proxied(request, authority, ca_file):
    """A proxy, which may be spoken to over TLS."""
    tls = sealing(authority, "127.0.0.1") if request.param == "https proxy" else None

    def proxied(act=None):
        return ForwardProxy(act, tls, ca_file)

    return proxied


def transport(url, proxy, login=None, **changes):
    settings: dict[str, Any] = {
        "auth": Auth.BEARER,
        "deadline_s": 5.0,
        "proxy": getattr(proxy, "url", proxy),
        "ca_file": getattr(proxy, "ca_file", None),
    }
    return Transport(FeedSettings(id="x", url=url, **settings | changes), TOKEN, secret_of={"x.proxy": login}.get)


def polled(server, proxy, login=None, **settings):
    one = DispatchClient(transport(getattr(server, "url", server), proxy, login, **settings))
    try:
        return one.snapshot()
    finally:
        one.close()


def failure(server, proxy, login=None, **settings):
    with pytest.raises(FeedError) as raised:
        polled(server, proxy, login, **settings)
    assert TOKEN not in str(raised.value)
    assert "pr0xy-w0rd" not in str(raised.value)
    return raised.value


def test_that_a_server_is_read_through_a_proxy(serve, proxied):
    with serve(always(response(snapshot()))) as server, proxied() as proxy:
        assert polled(server, proxy).snapshot is not None
    assert len(server.requests) == len(proxy.requests) == 1


def test_that_a_proxy_sees_nothing_of_a_secure_request_but_the_servers_place(sealed, ca_file, proxied):
    with MisbehavingServer(always(response(snapshot())), sealed, ca_file=ca_file) as server, proxied() as proxy:
        polled(server, proxy)
    assert proxy.requests[0].startswith(f"CONNECT 127.0.0.1:{server.port} ".encode())
    assert TOKEN.encode() not in proxy.requests[0]
    assert b"/api" not in proxy.requests[0]


def test_that_the_proxys_name_and_password_go_to_the_proxy_alone(sealed, ca_file, proxied):
    with MisbehavingServer(always(response(snapshot())), sealed, ca_file=ca_file) as server, proxied() as proxy:
        polled(server, proxy, LOGIN)
    assert HEADER.encode() in proxy.requests[0]
    assert b"Proxy-Authorization" not in server.requests[0]


def test_that_a_proxy_that_wants_a_login_is_named(serve, proxied):
    refusal = response(b"<html>", "407 Proxy Authentication Required", 'Proxy-Authenticate: Basic realm="office"\r\n')
    with serve(always(response(snapshot()))) as server, proxied(always(refusal)) as proxy:
        error = failure(server, proxy, LOGIN)
    assert (error.kind, error.status) == (FailureKind.PROXY_UNAUTHORISED, 407)
    assert server.requests == []


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ("403 Forbidden", "refuses the way"),
        ("502 Bad Gateway", "cannot reach the server"),
        ("503 Service Unavailable", "cannot reach the server"),
    ],
)
def test_that_a_proxys_own_answer_is_not_taken_for_the_servers(serve, proxied, status, told):
    page = response(b"<html>blocked</html>", status, "X-Squid-Error: ERR_ACCESS_DENIED 0\r\n", "text/html")
    with serve(always(response(snapshot()))) as server, proxied(always(page)) as proxy:
        error = failure(server, proxy)
    assert (error.kind, error.status) == (FailureKind.PROXY, int(status[:3]))
    assert told in error.message


def test_that_a_proxys_page_in_place_of_data_is_no_data(proxied):
    page = always(response(b"<html>Log in to the office network</html>", media_type="text/html"))
    with MisbehavingServer(always(b"")) as server, proxied(page) as proxy:
        error = failure(server, proxy)
    assert error.kind is FailureKind.NOT_JSON
    assert "proxy" in error.message


def test_that_a_servers_own_refusal_through_a_proxy_stays_the_servers(serve, proxied):
    with serve(always(response(b"", "503 Service Unavailable"))) as server, proxied() as proxy:
        assert failure(server, proxy).kind is FailureKind.SERVER
    with serve(always(response(b"", "401 Unauthorized"))) as server, proxied() as proxy:
        assert failure(server, proxy).kind is FailureKind.UNAUTHORISED


def test_that_a_proxy_that_is_not_there_is_named(serve, proxied):
    with proxied() as gone:
        pass
    with serve(always(response(snapshot()))) as server:
        error = failure(server, gone)
    assert error.kind is FailureKind.PROXY
    assert "the proxy refuses the connection" in error.message


def test_that_a_proxy_whose_name_is_unknown_is_named(serve, ca_file, monkeypatch):
    original = socket.getaddrinfo

    def search(host, *arguments, **options):
        if host == "proxy.example":
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return original(host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", search)

    with serve(always(response(snapshot()))) as server:
        error = failure(server, "http://proxy.example:3128", ca_file=ca_file)
    assert error.kind is FailureKind.PROXY
    assert "name of the proxy" in error.message


def test_that_a_proxy_that_gives_no_way_in_time_is_named(sealed, ca_file, proxied):
    with (
        MisbehavingServer(always(b""), sealed, ca_file=ca_file) as server,
        proxied(drip(b"", b"", lambda: proxy.released)) as proxy,
    ):
        error = failure(server, proxy, first_byte_timeout_s=0.3)
    assert error.kind is FailureKind.PROXY
    assert error.message == "the proxy gave no way to the server within 0.3 s"


def test_that_a_proxy_that_hangs_up_is_named(sealed, ca_file, proxied):
    with (
        MisbehavingServer(always(b""), sealed, ca_file=ca_file) as server,
        proxied(lambda *_: None) as proxy,
    ):
        assert failure(server, proxy).kind is FailureKind.PROXY


def test_that_a_server_that_is_slow_behind_a_proxy_is_the_server(serve, proxied):
    with serve(drip(b"", b"", lambda: server.released)) as server, proxied() as proxy:
        error = failure(server, proxy, first_byte_timeout_s=0.3)
    assert error.kind is FailureKind.TIMEOUT
    assert error.message == "no first byte of an answer within 0.3 s"


def test_that_a_servers_certificate_is_looked_at_through_a_proxy(authority, ca_file, proxied):
    tls = sealing(authority, "dispatch.example.org")
    with MisbehavingServer(always(b""), tls, ca_file=ca_file) as server, proxied() as proxy:
        assert failure(server, proxy).kind is FailureKind.CERTIFICATE_NAME


def test_that_a_proxys_certificate_is_looked_at_too(serve, ca_file):
    tls = sealing(trustme.CA(), "127.0.0.1")
    with serve(always(response(snapshot()))) as server, ForwardProxy(None, tls, ca_file) as proxy:
        error = failure(server, proxy, LOGIN)
    assert error.kind is FailureKind.PROXY
    assert "the certificate of the proxy comes from an issuer" in error.message
    assert proxy.requests == []


def test_that_a_proxy_is_shown_no_client_certificate(authority, sealed, ca_file, write):
    asking = sealing(authority, "127.0.0.1")
    asking.verify_mode = ssl.CERT_OPTIONAL
    authority.configure_trust(asking)
    shown = []

    def act(connection, head):
        shown.append(connection.getpeercert())
        proxy.lead_on(connection, head)

    identity = write("wall.pem", authority.issue_cert("wall@example.org").private_key_and_cert_chain_pem.bytes())
    proxy = ForwardProxy(act, asking, ca_file)
    with MisbehavingServer(always(response(snapshot())), sealed, ca_file=ca_file) as server, proxy:
        polled(server, proxy, client_certificate=identity)
    assert shown == [None]


def test_that_through_a_proxy_the_connection_is_kept_between_polls(sealed, ca_file, proxied):
    good = always(response(snapshot(), close=False))
    with MisbehavingServer(good, sealed, keep_alive=True, ca_file=ca_file) as server, proxied() as proxy:
        one = DispatchClient(transport(server.url, proxy))
        one.snapshot()
        one.snapshot()
        one.close()
    assert (len(proxy.requests), len(server.requests)) == (1, 2)


# Which proxy


@pytest.fixture
def environment(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("https_proxy", "http://wall:pr0xy-w0rd@proxy.example:3128")
    monkeypatch.setenv("no_proxy", "inside.example")
    return monkeypatch


def chosen(url, proxy="system", login=None):
    return proxy_for(url, FeedSettings(id="x", url=url, proxy=proxy), {"x.proxy": login}.get)


def test_that_the_systems_proxy_is_the_default_and_its_login_leaves_the_address(environment):
    proxy = chosen("https://dispatch.example/api")
    assert proxy.address == "http://proxy.example:3128"
    assert f"Proxy-Authorization: {proxy.authorisation}" == HEADER
    assert "pr0xy-w0rd" not in repr(vars(proxy))


def test_that_the_systems_exceptions_and_the_loopback_have_no_proxy(environment):
    assert chosen("https://inside.example/api") is None
    assert chosen("https://127.0.0.1/api") is None
    assert chosen("https://localhost/api") is None


def test_that_none_means_none_and_an_address_is_taken_before_the_systems(environment):
    assert chosen("https://dispatch.example/api", "none") is None
    other = chosen("https://dispatch.example/api", "http://other.example:8080", LOGIN)
    assert (other.address, f"Proxy-Authorization: {other.authorisation}") == ("http://other.example:8080", HEADER)
    assert chosen("https://dispatch.example/api", "http://other.example:8080").authorisation is None


@pytest.mark.parametrize("address", ["socks5://proxy.example:1080", "http://[half"])
def test_that_a_proxy_of_the_systems_that_cannot_be_used_is_named(environment, address):
    environment.setenv("https_proxy", address)
    with pytest.raises(FeedError) as raised:
        chosen("https://dispatch.example/api")
    assert raised.value.kind is FailureKind.PROXY
