"""docs/deployment/nginx.conf as it stands, between walls and dispatch systems that are real but for their size."""

import gzip
import http.client
import json
import re
import ssl
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import trustme
from msgspec.structs import replace

from tests.end_to_end.cache import CONFIGURATION, INTERVAL_S, NGINX, Cache, Certificate, Upstream
from wallboard.core.clock import ServerClock
from wallboard.core.poll import FailureKind, PollSuccess
from wallboard.demo.bengkalis_facts import CENTRE
from wallboard.demo.clock import SimulatedClock
from wallboard.demo.server import API_PREFIX, DemoServer
from wallboard.demo.world import HISTORY_S, World
from wallboard.feed.client import DispatchClient
from wallboard.feed.contract import decode_snapshot
from wallboard.feed.settings import Auth, FeedSettings
from wallboard.feed.transport import FeedError, Transport

pytestmark = pytest.mark.skipif(
    NGINX is None, reason="nginx is not installed, so the cache of docs/deployment.md is not tested here"
)

WALLS = 100
OURS, THEIRS, WRONG = "token-of-one-centre", "token-of-another", "token-of-nobody"
AS_MANY_AS_COME = {"rate=200r/s": "rate=100000r/s"}
"""The walls of a test ask as fast as they can, or it would have to wait."""

SECOND, MILLISECOND = timedelta(seconds=1), timedelta(milliseconds=1)
THEN = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)
"""No clock of this machine's shows it."""


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return issued(tmp_path_factory.mktemp("tls"))


def issued(folder):
    authority = trustme.CA()
    one = authority.issue_cert("127.0.0.1", "localhost")
    files = Certificate(folder / "chain.pem", folder / "key.pem", folder / "authority.pem")
    authority.cert_pem.write_to_path(files.authority)
    one.private_key_pem.write_to_path(files.key)
    for part in one.cert_chain_pems:
        part.write_to_path(files.chain, append=True)
    return files


@pytest.fixture
def systems():
    """Two dispatch systems by token, on which nothing happens unless a test lets it happen."""
    servers = {}
    for token in (OURS, THEIRS):
        clock = SimulatedClock(THEN)
        servers[token] = DemoServer(World(clock, CENTRE, clock.start_s - HISTORY_S), token)
        servers[token].start()
    yield servers
    for server in servers.values():
        server.stop()


@pytest.fixture
def upstream(systems, certificate):
    with Upstream({token: server.url for token, server in systems.items()}, certificate) as upstream:
        yield upstream


@pytest.fixture
def cache(upstream, certificate, tmp_path):
    with Cache(tmp_path, upstream.port, certificate, AS_MANY_AS_COME) as cache:
        yield cache


@pytest.fixture
def walls(cache, certificate):
    """Makes a number of walls with a token."""
    made = []

    def make(number, token=OURS, auth=Auth.BEARER, cache=cache):
        settings = FeedSettings(id="x", url=cache.url, auth=auth, deadline_s=60)
        # To each its own context: urllib3 writes into it at each handshake, and OpenSSL's may not be written by two.
        some = [DispatchClient(Transport(settings, token, certificate.trusting())) for _ in range(number)]
        made.extend(some)
        return some

    yield make
    for wall in made:
        wall.close()


def polled(wall) -> Any:
    try:
        return wall.snapshot()
    except FeedError as error:
        return error


def in_step(walls):
    """One poll of each, all at once, in the order of the walls."""
    start = threading.Barrier(len(walls))

    def poll(wall):
        start.wait()
        return polled(wall)

    with ThreadPoolExecutor(len(walls)) as pool:
        return list(pool.map(poll, walls))


class Intervals:
    """How many of the cache's intervals a block of code has touched, by the clock that nginx reads too."""

    def __enter__(self):
        self._first = time.time() // INTERVAL_S
        return self

    def __exit__(self, *_):
        self.number = time.time() // INTERVAL_S - self._first + 1


def asked(cache, certificate, path="/snapshot", token=OURS, method="GET", **headers):
    """One exchange, bare: status, headers and body."""
    connection = http.client.HTTPSConnection("127.0.0.1", cache.port, timeout=60, context=certificate.trusting())
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        authorisation = {"Authorization": f"Bearer {token}"} if token else {}
        connection.request(method, API_PREFIX + path, headers=authorisation | named)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def until(condition, step):
    """Take steps until it is so; each is an exchange over the network, and they are never many."""
    ends_s = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < ends_s, "it does not come about"
        step()


# One request an interval


def test_that_a_hundred_walls_in_step_are_one_request_an_interval(upstream, walls):
    many = walls(WALLS)
    rounds: list[list[Any]] = []
    with Intervals() as intervals:
        until(lambda: len(upstream.requests) >= 4, lambda: rounds.append(in_step(many)))
    assert [poll for polls in rounds for poll in polls if not isinstance(poll, PollSuccess)] == []
    assert len(upstream.requests) <= intervals.number
    assert all(poll.snapshot for poll in rounds[0])


def test_that_a_hundred_walls_out_of_step_are_one_request_an_interval(upstream, walls):
    many = walls(WALLS)
    polls: list[Any] = []

    def each_in_turn():
        polls.extend(map(polled, many))

    with Intervals() as intervals:
        until(lambda: len(upstream.requests) >= 4, each_in_turn)
    assert all(isinstance(poll, PollSuccess) for poll in polls)
    assert len(polls) >= 2 * WALLS
    assert len(upstream.requests) <= intervals.number


def test_that_each_token_is_one_request_an_interval_and_reads_its_own(systems, upstream, walls):
    call, _ = systems[OURS].world.inject_call(5.0, None)
    ours, theirs = walls(WALLS // 2, OURS), walls(WALLS // 2, THEIRS)
    mixed = [wall for pair in zip(ours, theirs, strict=True) for wall in pair]
    with Intervals() as intervals:
        first, second = in_step(mixed), in_step(mixed)
    for polls in (first, second):
        assert {tuple(one.id for one in poll.snapshot.calls) for poll in polls[0::2] if poll.snapshot} <= {(call.id,)}
        assert {tuple(one.id for one in poll.snapshot.calls) for poll in polls[1::2] if poll.snapshot} <= {()}
    assert all(poll.snapshot for poll in first)
    assert len(upstream.requests) <= 2 * intervals.number


def test_that_a_wall_that_knows_the_state_is_told_so_without_a_body(walls, upstream):
    (wall,) = walls(1)
    first = polled(wall)
    assert first.snapshot is not None
    until(lambda: len(upstream.requests) >= 3, lambda: confirmed(polled(wall)))


def confirmed(poll):
    assert poll.snapshot is None
    assert abs(poll.date - THEN) < timedelta(minutes=10), "the dispatch system's Date, not the cache's"


def test_that_what_is_new_is_read_within_an_interval(systems, walls, upstream):
    (wall,) = walls(1)
    polled(wall)
    call, _ = systems[OURS].world.inject_call(0.0, None)
    seen: list[Any] = []

    def poll():
        outcome = polled(wall)
        seen.extend(one.id for one in (outcome.snapshot.calls if outcome.snapshot else ()))

    until(lambda: seen, poll)
    assert seen == [call.id]
    assert len(upstream.requests) == 2


# Tokens


@pytest.mark.parametrize("auth", [Auth.BEARER, Auth.API_KEY])
def test_that_a_wrong_token_reads_nothing_and_spoils_nothing(walls, auth):
    right, wrong = walls(20, OURS, auth), walls(20, WRONG, auth)
    mixed = [wall for pair in zip(wrong, right, strict=True) for wall in pair]
    for _ in range(3):
        polls = in_step(mixed)
        assert {poll.kind for poll in polls[0::2]} == {FailureKind.UNAUTHORISED}
        assert all(isinstance(poll, PollSuccess) for poll in polls[1::2])


def test_that_without_a_token_nothing_is_read(cache, certificate):
    assert asked(cache, certificate)[0] == 200
    assert asked(cache, certificate, token=None)[0] == 401
    assert asked(cache, certificate, token=None, X_Api_Key=WRONG)[0] == 401
    assert asked(cache, certificate, token=None, X_Api_Key=OURS)[0] == 200


def test_that_a_wrong_token_is_asked_upstream_once_an_interval(walls, upstream):
    with Intervals() as intervals:
        polls = in_step(walls(30, WRONG)) + in_step(walls(30, WRONG))
    assert {poll.kind for poll in polls} == {FailureKind.UNAUTHORISED}
    assert len(upstream.requests) <= intervals.number


def test_that_nothing_of_a_request_goes_on_but_what_is_in_the_key(cache, certificate, upstream):
    asked(
        cache,
        certificate,
        "/snapshot?api_key=secret",
        Cookie="session=1",
        Accept_Language="id",
        If_None_Match='"x"',
        X_Forwarded_For="10.0.0.1",
    )
    (request,) = upstream.requests
    assert request.path == f"{API_PREFIX}/snapshot"
    assert request.headers == {
        "Host": "localhost",
        "User-Agent": "Wallboard-cache",
        "Accept": "application/json",
        "Accept-Encoding": "gzip",
        "Authorization": f"Bearer {OURS}",
    }


def test_that_neither_token_nor_query_is_logged(cache, certificate, upstream):
    asked(cache, certificate, "/calls?received_after=2031-05-06T00:00:00Z&key=in-the-query", X_Api_Key="in-a-header")
    asked(cache, certificate, token=WRONG)
    upstream.stop()
    assert asked(cache, certificate, "/incidents?key=in-the-query")[0] == 502
    cache.stop()
    logs = {path.name: path.read_text("utf-8") for path in cache.folder.glob("*.log")}
    assert "cache=MISS upstream=200" in logs["access.log"]
    assert "upstream=502" in logs["access.log"]
    for secret in (OURS, WRONG, "in-a-header", "in-the-query", "received_after", "?"):
        assert secret not in "".join(logs.values())


# Old data never look new


def test_that_an_answer_is_no_older_than_its_age_says(systems, cache, certificate, upstream):
    """Made between Age + 1 s before the request was sent and the arrival of the answer: nothing else is certain."""
    world = systems[OURS].world
    seen: list[Any] = []

    def ask():
        before, sent_s = world.instant, time.monotonic()
        status, headers, body = asked(cache, certificate)
        received_s, after = time.monotonic(), world.instant
        assert status == 200
        snapshot = decode_snapshot(body).snapshot
        made, date = snapshot.server_time, parsedate_to_datetime(headers["Date"])
        assert headers.get_all("Date") == [headers["Date"]]
        assert date <= made < date + SECOND
        assert (headers["X-Cache-Status"] == "MISS") == ("Age" not in headers)
        age_s = int(headers["Age"]) + 1 if "Age" in headers else 0
        assert before - age_s * SECOND - MILLISECOND <= made <= after + MILLISECOND

        def behind(age_s):
            """How far a wall's clock is behind the server's, and how far it says that it may be."""
            clock = ServerClock()
            answer = PollSuccess(snapshot=snapshot, sent_s=sent_s, received_s=received_s, size_bytes=0, age_s=age_s)
            clock.observe(answer, received_s)
            error_s = clock.error_s(received_s)
            assert error_s is not None
            return after - clock.now(received_s), error_s * SECOND + MILLISECOND

        error, promised = behind(int(headers["Age"]) if "Age" in headers else None)
        assert abs(error) <= promised
        if age_s:
            error, promised = behind(None)
            assert error > promised - 2 * MILLISECOND, "without Age, a wall's clock is further behind than it knows"
        seen.append((headers.get("Age"), headers["ETag"]))

    until(lambda: len(upstream.requests) >= 3 and {"0", "1"} <= {age for age, _ in seen}, ask)
    assert len({tag for _, tag in seen}) == 1, "nothing happened: the time alone went on"


def test_that_a_system_that_is_down_is_down_for_every_wall_and_returns(upstream, walls):
    many = walls(30)
    assert all(poll.snapshot for poll in in_step(many))
    upstream.stop()
    until(lambda: isinstance(polled(many[0]), FeedError), lambda: None)
    with Intervals() as intervals:
        polls = in_step(many)
    # Of the interval that was running, an answer may have been there still; of the next ones, none.
    assert {(poll.kind, poll.status, poll.retry_after_s) for poll in polls} == {(FailureKind.SERVER, 502, INTERVAL_S)}
    assert intervals.number >= 1
    upstream.start()
    until(lambda: isinstance(polled(many[0]), PollSuccess), lambda: None)
    assert all(isinstance(poll, PollSuccess) for poll in in_step(many))


def test_that_a_system_that_hangs_is_silent_to_every_wall_and_not_asked_by_each(
    upstream, walls, certificate, tmp_path_factory
):
    upstream.silent = threading.Event()
    changes = AS_MANY_AS_COME | {"proxy_read_timeout 5s": "proxy_read_timeout 1s"}
    with Cache(tmp_path_factory.mktemp("patient"), upstream.port, certificate, changes) as patient:
        with Intervals() as intervals:
            polls = in_step(walls(30, cache=patient))
        upstream.silent.set()
    assert {(poll.kind, poll.status, poll.retry_after_s) for poll in polls} == {(FailureKind.SERVER, 504, INTERVAL_S)}
    assert len(upstream.requests) <= intervals.number


def test_that_too_many_from_one_address_are_told_to_wait(upstream, certificate, tmp_path_factory):
    changes = {"rate=200r/s": "rate=1r/m", "burst=400": "burst=1"}
    with Cache(tmp_path_factory.mktemp("strict"), upstream.port, certificate, changes) as strict:
        answers = [asked(strict, certificate) for _ in range(3)]
    assert [status for status, _, _ in answers] == [200, 200, 429]
    assert answers[2][1]["Retry-After"] == "2"


def test_that_a_wish_to_be_left_alone_reaches_every_wall(upstream, walls):
    upstream.instead = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 17\r\nContent-Length: 0\r\n\r\n"
    with Intervals() as intervals:
        polls = in_step(walls(30))
    assert {(poll.kind, poll.retry_after_s) for poll in polls} == {(FailureKind.RATE_LIMITED, 17)}
    assert len(upstream.requests) <= intervals.number


def test_that_a_system_of_another_issuer_is_not_believed(upstream, certificate, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    trusting_others = replace(certificate, authority=issued(elsewhere).authority)
    with Cache(tmp_path, upstream.port, trusting_others) as cache:
        status, headers, body = asked(cache, certificate)
    assert (status, headers["Content-Type"], headers["Retry-After"]) == (502, "application/problem+json", "2")
    assert json.loads(body)["status"] == 502
    assert upstream.requests == [], "the token has not left"


# What is offered


def test_that_history_is_read_once_for_all_who_ask_the_same(systems, walls, upstream):
    systems[OURS].world.inject_call(5.0, None)
    since = THEN - timedelta(hours=1)
    first, second = walls(20), walls(3, THEIRS)
    with ThreadPoolExecutor(20) as pool:
        ours = list(pool.map(lambda wall: [row.id for page in wall.calls(since) for row in page.rows], first))
    assert len(upstream.requests) <= 2, "twice where a hundred seconds ended meanwhile"
    assert {len(rows) for rows in ours} == {1}
    assert [[row for page in wall.calls(since) for row in page.rows] for wall in second] == [[], [], []]
    before = len(upstream.requests)
    assert [row for page in first[0].calls(THEN + timedelta(days=1)) for row in page.rows] == []
    assert len(upstream.requests) == before + 1, "another question"


def test_that_changes_are_not_offered_and_nobody_is_asked(cache, certificate, upstream):
    status, headers, body = asked(cache, certificate, "/changes?cursor=1&wait=25")
    assert (status, headers["Content-Type"]) == (404, "application/problem+json")
    assert json.loads(body)["status"] == 404
    assert upstream.requests == []


@pytest.mark.parametrize(("path", "method"), [("/snapshot", "POST"), ("/calls", "DELETE"), ("/elsewhere", "GET")])
def test_that_nothing_else_reaches_the_dispatch_system(cache, certificate, upstream, path, method):
    assert asked(cache, certificate, path, method=method)[0] in (403, 404)
    assert upstream.requests == []


def test_that_the_answer_is_packed_for_those_who_take_it_so(systems, cache, certificate):
    for _ in range(10):
        systems[OURS].world.inject_call(5.0, None)
    _, packed_headers, packed = asked(cache, certificate, Accept_Encoding="gzip")
    _, plain_headers, plain = asked(cache, certificate, Accept_Encoding="identity")
    assert packed_headers["Content-Encoding"] == "gzip"
    assert plain_headers["Content-Encoding"] is None
    assert plain_headers["Vary"] == packed_headers["Vary"] == "Accept-Encoding"
    assert json.loads(plain)["calls"] == json.loads(gzip.decompress(packed))["calls"]


def test_that_the_cache_speaks_tls_alone(cache):
    with pytest.raises(ssl.SSLError):
        http.client.HTTPSConnection("127.0.0.1", cache.port, timeout=60, context=ssl.create_default_context()).request(
            "GET", "/"
        )
    bare = http.client.HTTPConnection("127.0.0.1", cache.port, timeout=60)
    bare.request("GET", f"{API_PREFIX}/snapshot")
    assert bare.getresponse().status == 400
    bare.close()


DOCUMENT = CONFIGURATION.parents[1] / "deployment.md"


def test_that_the_document_says_what_the_file_says():
    quoted = re.findall(r"```nginx\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)
    assert quoted
    lines = {line.strip() for line in CONFIGURATION.read_text("utf-8").splitlines()}
    assert [line for block in quoted for line in map(str.strip, block.splitlines()) if line and line not in lines] == []


def test_that_the_other_interval_of_the_document_is_one(certificate, upstream, tmp_path):
    maps = r"map \$now \$(?:interval|since_interval) \{.*?\}\n"
    changes = dict(
        zip(
            re.findall(maps, CONFIGURATION.read_text("utf-8"), re.DOTALL),
            re.findall(maps, DOCUMENT.read_text("utf-8"), re.DOTALL),
            strict=True,
        )
    )
    changes["proxy_cache_valid any 3s;\n            add_header Age"] = (
        "proxy_cache_valid any 6s;\n            add_header Age"
    )
    first = time.time() // 5
    with Cache(tmp_path, upstream.port, certificate, AS_MANY_AS_COME | changes) as cache:
        ages = [asked(cache, certificate)[1]["Age"] for _ in range(50)]
    assert len(upstream.requests) <= time.time() // 5 - first + 1
    assert {int(age) for age in ages if age is not None} <= set(range(5))
