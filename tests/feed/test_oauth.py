"""OAuth2 with name and password, against a real server of tokens and data."""

import json
import ssl
import threading
from typing import Any
from urllib.parse import parse_qs

import pytest

from tests.feed.bodies import snapshot
from tests.feed.conftest import sealing
from tests.feed.misbehaving import MisbehavingServer, always, response
from wallboard.core.poll import FailureKind, PollFailure, PollSuccess
from wallboard.feed.access import Access
from wallboard.feed.client import DispatchClient
from wallboard.feed.failures import FeedError
from wallboard.feed.oauth import PAUSE_S
from wallboard.feed.poller import Poller
from wallboard.feed.settings import Auth, FeedSettings

PASSWORD = "pa55 w&rd=ü"
SCOPE = "openid profile offline_access"


class Dispatch(MisbehavingServer):
    """Gives tokens as Resgrid does, and data for those it knows. A test changes what it does by its attributes."""

    def __init__(self, tls=None, ca_file=None):
        super().__init__(self._serve_one, tls, ca_file=ca_file)
        self.password = PASSWORD
        self.refreshing = True
        self.forms: list[dict[str, str]] = []
        self.known: set[str] = set()
        self.expires_in: Any = 86_400
        self.refusal: bytes | None = None
        """In place of data."""
        self.grant: bytes | None = None
        """In place of what the token endpoint would say."""
        self._count = 0

    @property
    def grants(self):
        return [form["grant_type"] for form in self.forms]

    @property
    def polls(self):
        return [head for head in self.requests if head.startswith(b"GET")]

    def _serve_one(self, connection, head):
        if head.startswith(b"POST /api/connect/token "):
            connection.sendall(self._token(head, connection))
        elif self.refusal is not None:
            connection.sendall(self.refusal)
        else:
            known = any(f"Bearer {token}\r\n".encode() in head for token in self.known)
            connection.sendall(response(snapshot()) if known else response(b"", "401 Unauthorized"))

    def _token(self, head, connection):
        assert b"Content-Type: application/x-www-form-urlencoded" in head
        assert b"Authorization" not in head
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        body = b""
        while len(body) < length:
            body += connection.recv(65_536)
        form = {name: value for name, (value,) in parse_qs(body.decode(), keep_blank_values=True).items()}
        self.forms.append(form)
        if self.grant is not None:
            return self.grant
        right = {
            "password": form.get("password") == self.password and form.get("username") == "wall",
            "refresh_token": self.refreshing and form.get("refresh_token") == f"r3fresh-{self._count}",
        }[form["grant_type"]]
        if not right:
            refusal = {"error": "invalid_grant", "error_description": f"not {body.decode()}"}
            return response(json.dumps(refusal).encode(), "400 Bad Request")
        self._count += 1
        self.known.add(f"acce55-{self._count}")
        grant = {
            "access_token": f"acce55-{self._count}",
            "token_type": "Bearer",
            "expires_in": self.expires_in,
            "refresh_token": f"r3fresh-{self._count}",
            "scope": "openid profile offline_access roles",
        }
        return response(json.dumps(grant).encode())


class Clock:
    def __init__(self):
        self.now_s = 0.0

    def __call__(self):
        return self.now_s


@pytest.fixture(params=["http", "https"])
def dispatch(request, sealed, ca_file):
    with Dispatch(*((sealed, ca_file) if request.param == "https" else ())) as server:
        yield server


def settings(server, **changes):
    given: dict[str, Any] = {
        "auth": Auth.OAUTH2,
        "user": "wall",
        "token_url": "/connect/token",
        "scope": SCOPE,
        "ca_file": server.ca_file,
        "deadline_s": 5.0,
    }
    return FeedSettings(id="x", url=server.url, **given | changes)


@pytest.fixture
def opened():
    """Opens servers with what a wall keeps for them, and closes all in the end."""
    transports = []

    def opened(server, clock=None, secrets=None, **changes):
        access = Access(settings(server, **changes), (secrets or {"x": PASSWORD}).get, monotonic=clock or Clock())
        transports.append(access.transport())
        return transports[-1]

    yield opened
    for one in transports:
        one.close()


def refusal(transport):
    with pytest.raises(FeedError) as raised:
        transport.get("/snapshot")
    assert not any(secret in repr(raised.value) for secret in (PASSWORD, "pa55", "acce55", "r3fresh"))
    return raised.value


def test_that_a_password_brings_a_token_and_the_token_data(dispatch, opened):
    one = opened(dispatch, client_id="wallboard")
    assert one.get("/snapshot").status == 200
    one.get("/snapshot")
    assert dispatch.forms == [
        {
            "grant_type": "password",
            "username": "wall",
            "password": PASSWORD,
            "client_id": "wallboard",
            "scope": SCOPE,
        }
    ]
    assert all(b"Authorization: Bearer acce55-1\r\n" in head for head in dispatch.polls)
    assert "pa55" not in repr(dispatch.polls)


def test_that_without_client_id_and_scope_none_is_sent(dispatch, opened):
    opened(dispatch, scope=None).get("/snapshot")
    assert dispatch.forms == [{"grant_type": "password", "username": "wall", "password": PASSWORD}]


def test_that_a_token_is_renewed_before_its_end(dispatch, opened):
    clock = Clock()
    one = opened(dispatch, clock)
    one.get("/snapshot")
    clock.now_s = 86_400 - 61
    one.get("/snapshot")
    assert dispatch.grants == ["password"]
    clock.now_s = 86_400 - 59
    one.get("/snapshot")
    assert dispatch.grants == ["password", "refresh_token"]
    assert dispatch.forms[1] == {"grant_type": "refresh_token", "refresh_token": "r3fresh-1"}
    assert b"acce55-2" in dispatch.polls[-1]


@pytest.mark.parametrize(("expires_in", "renewed_after_s"), [(300, 270), ("300", 270), (10, 9)])
def test_that_a_short_life_is_not_shortened_by_a_minute(dispatch, opened, expires_in, renewed_after_s):
    dispatch.expires_in = expires_in
    clock = Clock()
    one = opened(dispatch, clock)
    one.get("/snapshot")
    clock.now_s = renewed_after_s - 0.5
    one.get("/snapshot")
    assert dispatch.grants == ["password"]
    clock.now_s = renewed_after_s
    one.get("/snapshot")
    assert dispatch.grants == ["password", "refresh_token"]


@pytest.mark.parametrize("expires_in", [None, 0, -1])
def test_that_a_token_without_an_end_is_kept_until_it_is_refused(dispatch, opened, expires_in):
    dispatch.expires_in = expires_in
    clock = Clock()
    one = opened(dispatch, clock)
    one.get("/snapshot")
    clock.now_s = 1e7
    one.get("/snapshot")
    assert dispatch.grants == ["password"]


def test_that_a_refused_token_is_renewed_once_and_the_poll_succeeds(dispatch, opened):
    one = opened(dispatch)
    one.get("/snapshot")
    dispatch.known.clear()
    assert one.get("/snapshot").status == 200
    assert dispatch.grants == ["password", "refresh_token"]
    assert len(dispatch.polls) == 3


def test_that_a_refused_refresh_token_is_followed_by_the_password(dispatch, opened):
    one = opened(dispatch)
    one.get("/snapshot")
    dispatch.known.clear()
    dispatch.refreshing = False
    assert one.get("/snapshot").status == 200
    assert dispatch.grants == ["password", "refresh_token", "password"]


@pytest.mark.parametrize("status", ["401 Unauthorized", "403 Forbidden"])
def test_that_a_server_that_refuses_every_token_is_not_asked_in_a_loop(dispatch, opened, status):
    clock = Clock()
    one = opened(dispatch, clock)
    one.get("/snapshot")
    dispatch.refusal = response(b"", status)
    assert refusal(one).kind is FailureKind.UNAUTHORISED
    assert dispatch.grants == ["password", "refresh_token"]
    for _ in range(5):
        assert refusal(one).status == int(status[:3])
    assert dispatch.grants == ["password", "refresh_token"], "a new token that was refused too is not replaced"
    clock.now_s = PAUSE_S
    refusal(one)
    assert dispatch.grants == ["password", "refresh_token", "refresh_token"], "but now and then one is tried"


def test_that_a_wrong_password_is_named_and_the_same_one_not_tried_again_soon(dispatch, opened):
    dispatch.password = "another"
    clock = Clock()
    one = opened(dispatch, clock)
    for _ in range(3):
        error = refusal(one)
        assert error.kind is FailureKind.UNAUTHORISED
        assert "name or password" in error.message
    assert dispatch.grants == ["password"], "a few wrong ones lock many accounts"
    clock.now_s = PAUSE_S
    refusal(one)
    assert dispatch.grants == ["password", "password"]
    dispatch.password = PASSWORD
    clock.now_s = 2 * PAUSE_S
    assert one.get("/snapshot").status == 200
    assert dispatch.polls[0:] == dispatch.polls[-1:]


def test_that_another_password_in_the_keyring_is_tried_at_once(dispatch):
    secrets = {"x": "old"}
    poller = Poller(settings(dispatch), lambda _: None, token_of=secrets.get)
    outcome = poller.poll()
    assert isinstance(outcome, PollFailure)
    assert outcome.kind is FailureKind.UNAUTHORISED
    secrets["x"] = PASSWORD
    assert isinstance(poller.poll(), PollSuccess)
    poller.close()


def test_that_the_threads_of_a_feed_share_one_token(dispatch):
    access = Access(settings(dispatch), {"x": PASSWORD}.get)
    answers = []

    def poll():
        one = access.transport()
        answers.append(one.get("/snapshot").status)
        one.close()

    threads = [threading.Thread(target=poll) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert answers == [200] * 6
    assert dispatch.grants == ["password"]


@pytest.mark.parametrize(
    ("grant", "kind", "told"),
    [
        (response(b'{"error": "invalid_client"}', "401 Unauthorized"), FailureKind.UNAUTHORISED, "client_id"),
        (response(b'{"error": "invalid_scope"}', "400 Bad Request"), FailureKind.UNAUTHORISED, "scope"),
        (response(b"<html>", "403 Forbidden"), FailureKind.UNAUTHORISED, "name or password"),
        (response(b"<title>400 The SSL certificate error", "400 No"), FailureKind.CLIENT_CERTIFICATE, "certificate"),
        (response(b"<html>", "404 Not Found"), FailureKind.STATUS, "nothing at this address"),
        (response(b"", "500 Oops"), FailureKind.SERVER, "fault of its own"),
        (response(b"", "429 Too Many", "Retry-After: 9\r\n"), FailureKind.RATE_LIMITED, "left alone"),
        (response(b"", "302 Found", "Location: /elsewhere\r\n"), FailureKind.REDIRECT, "password may not go"),
        (response(b"<html>login</html>"), FailureKind.BAD_DATA, "no bearer token"),
        (response(b"{}"), FailureKind.BAD_DATA, "no bearer token"),
        (response(b'{"access_token": ""}'), FailureKind.BAD_DATA, "no bearer token"),
        (response(b'{"access_token": "a\\nb"}'), FailureKind.BAD_DATA, "no bearer token"),
        (response(b'{"access_token": 7e400}'), FailureKind.BAD_DATA, "no bearer token"),
        (response(b'{"access_token": "\xff"}'), FailureKind.BAD_DATA, "no bearer token"),
        (response(b'{"access_token": "a", "token_type": "mac"}'), FailureKind.BAD_DATA, "no bearer token"),
        (response(b'{"access_token": "a", "expires_in": "soon"}'), FailureKind.BAD_DATA, "no bearer token"),
        (response(b" " * 200_000), FailureKind.TOO_LARGE, "larger than 0.1 MB"),
        (response(b'{"access_token": "a"}')[:-5], FailureKind.NETWORK, "cut off"),
    ],
)
def test_that_what_a_token_endpoint_answers_instead_is_named(dispatch, opened, grant, kind, told):
    dispatch.grant = grant
    error = refusal(opened(dispatch))
    assert error.kind is kind
    assert error.message.startswith("token_url: ")
    assert told in error.message
    assert error.status is None, "a 404 here does not mean that the data are not offered"
    assert error.retry_after_s == (9 if kind is FailureKind.RATE_LIMITED else None)
    assert dispatch.polls == []


def test_that_a_token_endpoint_that_is_silent_ends_in_its_time(dispatch, opened):
    one = opened(dispatch, first_byte_timeout_s=0.3)
    dispatch.act = lambda *_: dispatch.released.wait(5)
    error = refusal(one)
    assert error.kind is FailureKind.TIMEOUT
    assert error.message == "token_url: no first byte of an answer within 0.3 s"


def test_that_another_server_gives_tokens_only_where_its_whole_address_is_told(dispatch, opened):
    with MisbehavingServer(always(response(snapshot()))) as data:
        data.ca_file = dispatch.ca_file
        one = opened(data, token_url=f"{dispatch.url}/connect/token")
        assert one.get("/snapshot").status == 200
    assert dispatch.grants == ["password"]
    assert b"Bearer acce55-1" in data.requests[0]


def test_that_the_client_certificate_is_shown_to_the_feeds_own_origin_alone(authority, ca_file, sealed, opened, write):
    identity = write("wall.pem", authority.issue_cert("wall@example.org").private_key_and_cert_chain_pem.bytes())
    data, elsewhere = Asking(authority, ca_file), Asking(authority, ca_file)
    with data:
        with elsewhere:
            url = f"{elsewhere.url}/connect/token"
            opened(data, client_certificate=identity, token_url=url).get("/snapshot")
        opened(data, client_certificate=identity).get("/snapshot")
    assert elsewhere.shown == [False]
    assert data.shown == [True, True, True]


class Asking(Dispatch):
    """Asks for a client certificate, and does without."""

    def __init__(self, authority, ca_file):
        tls = sealing(authority, "127.0.0.1")
        tls.verify_mode = ssl.CERT_OPTIONAL
        authority.configure_trust(tls)
        super().__init__(tls, ca_file)
        self.shown: list[bool] = []
        self.known.add("acce55-1")

    def _serve_one(self, connection, head):
        self.shown.append(bool(connection.getpeercert()))
        super()._serve_one(connection, head)


def test_that_nothing_that_a_feed_holds_shows_a_secret(dispatch):
    """Not what it is printed as; a traceback shows no more than that."""
    access = Access(settings(dispatch), {"x": PASSWORD}.get)
    one = DispatchClient(access.transport())
    one.snapshot()
    shown: list[object] = [access, one]
    for thing in shown:
        text = f"{thing!r} {thing}"
        assert not any(secret in text for secret in ("pa55", "acce55", "r3fresh"))
        shown += [held for held in vars(thing).values() if hasattr(held, "__dict__") and len(shown) < 200]
    one.close()
