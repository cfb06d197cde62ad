"""Each way in which a server can fail a wall, against a real server that does so."""

import gzip
import json
import socket
import tracemalloc
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.feed.bodies import snapshot
from tests.feed.misbehaving import MisbehavingServer, always, drip, response
from wallboard.core.poll import FailureKind
from wallboard.feed.client import DispatchClient
from wallboard.feed.settings import Auth, FeedSettings
from wallboard.feed.transport import FeedError, Transport

SECRET = "s3cr3t-t0ken"


def client(server, token=SECRET, trust=None, **changes):
    settings: dict[str, Any] = {"deadline_s": 5.0, "auth": Auth.BEARER, "ca_file": server.ca_file} | changes
    return DispatchClient(Transport(FeedSettings(id="x", url=server.url, **settings), token, trust))


def failure(server, **settings):
    with pytest.raises(FeedError) as raised:
        success(server, **settings)
    assert SECRET not in str(raised.value)
    return raised.value


def success(server, **settings):
    one = client(server, **settings)
    try:
        return one.snapshot()
    finally:
        one.close()


def test_that_a_good_answer_is_a_snapshot(serve):
    with serve(always(response(snapshot(), headers="Date: Tue, 24 Nov 2026 07:32:00 GMT\r\n"))) as server:
        poll = success(server)
    assert poll.snapshot.calls[0].id == "c1"
    assert poll.date == datetime(2026, 11, 24, 7, 32, tzinfo=UTC)
    assert poll.size_bytes == len(snapshot())


def test_that_a_gzipped_answer_is_unpacked(serve):
    body = gzip.compress(snapshot())
    with serve(always(response(body, headers="Content-Encoding: gzip\r\n"))) as server:
        assert success(server).snapshot.incidents[0].title == "Kebakaran rumah"


@pytest.mark.parametrize(
    ("header", "age_s"),
    [("", None), ("Age: 0", 0), ("Age: 17, 3", 17), ("Age: -1", None), ("Age: old", None), (f"Age: {9**99}", 86_400)],
)
def test_that_the_age_of_an_answer_from_a_cache_is_told(header, age_s):
    with MisbehavingServer(always(response(snapshot(), headers=f"{header}\r\n" if header else ""))) as server:
        assert success(server).age_s == age_s


@pytest.mark.parametrize(
    "date",
    [
        "yesterday",
        "Thu, 24 Nov 99999999999999999999 07:00:00 GMT",
        "Fri, 31 Dec 9999 23:59:59 -1400",
        "\xff\xfe",
        "0",
    ],
)
def test_that_a_date_that_is_none_costs_no_answer(serve, date):
    with serve(always(response(snapshot(), headers=f"Date: {date}\r\n"))) as server:
        assert success(server).date is None


def test_that_the_tag_of_a_good_answer_is_sent_and_304_confirms_it(serve):
    answers = iter([response(snapshot(), headers='ETag: W/"7"\r\n'), b"HTTP/1.1 304 Not Modified\r\n\r\n"])
    with serve(lambda connection, _: connection.sendall(next(answers))) as server:
        one = client(server)
        first, second = one.snapshot(), one.snapshot()
        one.close()
    assert first.snapshot is not None
    assert second.snapshot is None
    assert b'If-None-Match: W/"7"' in server.requests[1]


def test_that_the_tag_of_an_unreadable_answer_is_never_sent(serve):
    answers = iter(
        [
            response(snapshot(), headers='ETag: "good"\r\n'),
            response(b'{"api_version": "9"}', headers='ETag: "bad"\r\n'),
            response(snapshot()),
        ]
    )
    with serve(lambda connection, _: connection.sendall(next(answers))) as server:
        one = client(server)
        one.snapshot()
        with pytest.raises(FeedError):
            one.snapshot()
        assert one.snapshot().snapshot is not None
        one.close()
    assert b"If-None-Match" not in server.requests[2]


def test_that_304_to_an_untagged_question_is_a_failure(serve):
    with serve(always(b"HTTP/1.1 304 Not Modified\r\n\r\n")) as server:
        assert failure(server).kind is FailureKind.STATUS


@pytest.mark.parametrize(
    ("status", "headers", "kind", "retry_after_s"),
    [
        ("401 Unauthorized", "", FailureKind.UNAUTHORISED, None),
        ("403 Forbidden", "", FailureKind.UNAUTHORISED, None),
        ("404 Not Found", "", FailureKind.STATUS, None),
        ("204 No Content", "", FailureKind.STATUS, None),
        ("429 Too Many Requests", "Retry-After: 17\r\n", FailureKind.RATE_LIMITED, 17),
        ("500 Internal Server Error", "", FailureKind.SERVER, None),
        ("503 Service Unavailable", "", FailureKind.SERVER, None),
        ("503 Service Unavailable", "Retry-After: 5\r\n", FailureKind.RATE_LIMITED, 5),
        (
            "503 Service Unavailable",
            "Date: Tue, 24 Nov 2026 07:00:00 GMT\r\nRetry-After: Tue, 24 Nov 2026 07:00:30 GMT\r\n",
            FailureKind.RATE_LIMITED,
            30,
        ),
        ("429 Too Many Requests", "Retry-After: soon\r\n", FailureKind.RATE_LIMITED, None),
        ("503 Service Unavailable", "Retry-After: soon\r\n", FailureKind.SERVER, None),
    ],
)
def test_that_a_status_is_named(serve, status, headers, kind, retry_after_s):
    with serve(always(response(b"{}", status, headers))) as server:
        error = failure(server)
    assert (error.kind, error.retry_after_s, error.status) == (kind, retry_after_s, int(status[:3]))


@pytest.mark.parametrize(
    ("body", "media_type", "kind"),
    [
        (b"<html><form action=/login>", "text/html; charset=utf-8", FailureKind.NOT_JSON),
        (b"<html>proxy</html>", "application/json", FailureKind.NOT_JSON),
        (b"", "application/json", FailureKind.NOT_JSON),
        (b"null", "application/json", FailureKind.NOT_JSON),
        (snapshot()[:-40], "application/json", FailureKind.BAD_DATA),
        (b'{"api_version": "1"}', "application/json", FailureKind.BAD_DATA),
        (snapshot(calls={}), "application/json", FailureKind.BAD_DATA),
        (snapshot(server_time="2026-11-24T07:32:00"), "application/json", FailureKind.BAD_DATA),
        (snapshot(api_version="2"), "application/json", FailureKind.BAD_DATA),
        (b"\xff\xfe" + snapshot(), "application/json", FailureKind.NOT_JSON),
        (b'{"api_version": "\xff"}', "application/json", FailureKind.BAD_DATA),
        (b"[" * 100_000, "application/json", FailureKind.NOT_JSON),
    ],
)
def test_that_a_body_that_is_no_snapshot_is_refused_and_named(serve, body, media_type, kind):
    with serve(always(response(body, media_type=media_type))) as server:
        assert failure(server).kind is kind


def test_that_the_place_of_a_fault_is_told(serve):
    with serve(always(response(snapshot(server_time="2026-11-24T07:32:00")))) as server:
        assert "server_time" in failure(server).message


def test_that_a_bad_row_is_dropped_and_told_and_the_good_ones_are_used(serve):
    rows = [
        {"id": "a", "received_at": "2026-11-24T14:31:30", "disposition": "pending"},
        {"id": "b", "received_at": "2026-11-24T14:31:30Z", "disposition": "pending"},
    ]
    with serve(always(response(snapshot(calls=rows)))) as server:
        poll = success(server)
    assert [call.id for call in poll.snapshot.calls] == ["b"]
    assert [row.path for row in poll.dropped_rows] == ["calls[0].received_at"]


def test_that_fifty_megabytes_of_nothing_are_refused():
    nothing = b" " * 50_000_000
    with MisbehavingServer(always(response(nothing))) as server:
        assert failure(server, max_body_mb=32).kind is FailureKind.TOO_LARGE


def test_that_an_endless_body_of_unknown_length_is_refused(serve):
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"

    def act(connection: socket.socket, _head: bytes) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(b" " * 65_536)

    with serve(act) as server:
        assert failure(server, max_body_mb=1).kind is FailureKind.TOO_LARGE


@pytest.mark.parametrize("size", [b"-1", b"-5"])
def test_that_a_chunk_of_negative_size_is_not_read_to_the_end(serve, size):
    more = b" " * 1_000_000

    def act(connection, _head):
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + size + b"\r\n")
        while not server.released.is_set():
            connection.sendall(more)

    with serve(act) as server:
        error = failure(server, max_body_mb=1)
    assert (error.kind, error.message) == (FailureKind.NETWORK, "the answer was cut off before its end")


def test_that_a_gzip_bomb_is_refused_before_it_unfolds():
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join([*(packer.compress(b" " * 1_000_000) for _ in range(300)), packer.flush()])
    assert len(bomb) < 400_000
    with MisbehavingServer(always(response(bomb, headers="Content-Encoding: gzip\r\n"))) as server:
        tracemalloc.start()
        error = failure(server, max_body_mb=1)
        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert error.kind is FailureKind.TOO_LARGE
    assert peak_bytes < 30_000_000


def test_that_bytes_that_are_no_gzip_are_named(serve):
    with serve(always(response(b"not gzip at all", headers="Content-Encoding: gzip\r\n"))) as server:
        assert failure(server).kind is FailureKind.BAD_DATA


def test_that_a_cut_body_is_no_data(serve):
    cut = response(snapshot())[:-30]
    with serve(always(cut)) as server:
        assert failure(server).kind is FailureKind.NETWORK


@pytest.mark.parametrize(
    ("before", "piece"),
    [
        (b"", b""),
        (b"", b"H"),
        (b"HTTP/1.1 200 OK\r\nX-Slow: ", b"a"),
        (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 90000\r\n\r\n{", b" "),
        (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{", b" "),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    ],
)
def test_that_a_slow_drip_ends_at_the_total_deadline(serve, before, piece):
    with serve(drip(before, piece, lambda: server.released)) as server:
        error = failure(server, deadline_s=0.4)
    assert error.kind is FailureKind.TIMEOUT
    assert "0.4 s" in error.message


def test_that_after_a_deadline_the_next_poll_is_served(serve):
    calls = iter([drip(b"", b"H", lambda: server.released), always(response(snapshot()))])
    with serve(lambda connection, head: next(calls)(connection, head)) as server:
        one = client(server, deadline_s=0.4)
        with pytest.raises(FeedError):
            one.snapshot()
        assert one.snapshot().snapshot is not None
        one.close()


def test_that_a_connection_closed_meanwhile_is_no_failure(serve):
    """A server may end an idle connection just as the next request goes out."""
    good = always(response(snapshot(), close=False))
    acts = iter([good, lambda connection, _: connection.close(), good])
    with serve(lambda connection, head: next(acts)(connection, head), keep_alive=True) as server:
        one = client(server)
        one.snapshot()
        assert one.snapshot().snapshot is not None
        one.close()
    assert len(server.requests) == 3


def test_that_a_new_connection_that_is_closed_without_an_answer_is_a_failure_and_asked_once(serve):
    """It was not idle: a server that falls over at each request would be asked twice as often."""
    with serve(always(b"")) as server:
        assert failure(server).kind is FailureKind.NETWORK
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("answer", "kind", "told"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", FailureKind.NOT_JSON, "does not speak HTTP"),
        (b"", FailureKind.NETWORK, "without an answer"),
        (response(snapshot())[:-30], FailureKind.NETWORK, "cut off"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{", FailureKind.NETWORK, "cut off"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2, 3\r\n\r\n{}", FailureKind.NETWORK, "failed"),
    ],
)
def test_that_bytes_that_are_no_whole_answer_are_named(serve, answer, kind, told):
    with serve(always(answer)) as server:
        error = failure(server)
    assert error.kind is kind
    assert told in error.message


def test_that_a_refused_connection_is_named():
    with MisbehavingServer(always(b"")) as server:
        url_of_the_gone = server
    assert failure(url_of_the_gone).kind is FailureKind.NETWORK


def test_that_an_unknown_name_is_named():
    transport = Transport(FeedSettings(id="x", url="http://dispatch.invalid/api"), None)
    with pytest.raises(FeedError) as raised:
        DispatchClient(transport).snapshot()
    transport.close()
    assert raised.value.kind is FailureKind.NAME


def test_that_a_redirect_within_the_origin_is_followed(serve):
    answers = iter([response(status="302 Found", headers="Location: /elsewhere\r\n"), response(snapshot())])
    with serve(lambda connection, _: connection.sendall(next(answers))) as server:
        assert success(server).snapshot is not None
    assert server.requests[1].startswith(b"GET /elsewhere ")


@pytest.mark.parametrize("location", ["http://127.0.0.1:1/", "https://127.0.0.1/", "//example.org/", "http://x:99999/"])
def test_that_the_token_never_leaves_the_origin(location):
    with MisbehavingServer(always(response(status="307 Moved", headers=f"Location: {location}\r\n"))) as server:
        assert failure(server).kind is FailureKind.REDIRECT
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "location",
    [
        "http://elsewhere.example\\@{here}/",  # one parser reads "elsewhere", another "here"
        "http://{here}@elsewhere.example/",
        "http://user:word@{here}/",
        "//elsewhere.example\\@{here}/",
        "http://[{here}/",
    ],
)
def test_that_no_dressed_up_address_leads_out_of_the_origin(location):
    def act(connection: socket.socket, _head: bytes) -> None:
        here = server.url.removeprefix("http://").removesuffix("/api")
        connection.sendall(response(status="302 Found", headers=f"Location: {location.format(here=here)}\r\n"))

    with MisbehavingServer(act) as server:
        assert failure(server).kind is FailureKind.REDIRECT
    assert len(server.requests) == 1


def test_that_the_body_of_an_answer_that_leads_on_is_not_read():
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join([*(packer.compress(b" " * 1_000_000) for _ in range(100)), packer.flush()])
    onward = "Location: /elsewhere\r\nContent-Encoding: gzip\r\n"
    answers = iter([response(bomb, "302 Found", onward), response(snapshot())])
    with MisbehavingServer(lambda connection, _: connection.sendall(next(answers))) as server:
        tracemalloc.start()
        assert success(server, max_body_mb=1).snapshot is not None
        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak_bytes < 30_000_000


def test_that_redirects_in_circles_end(serve):
    with serve(always(response(status="302 Found", headers="Location: /api/snapshot\r\n"))) as server:
        assert failure(server).kind is FailureKind.REDIRECT


@pytest.mark.parametrize(
    ("settings", "sent"),
    [
        ({"auth": Auth.BEARER}, f"Authorization: Bearer {SECRET}\r\n"),
        ({"auth": Auth.API_KEY}, f"X-Api-Key: {SECRET}\r\n"),
        ({"auth": Auth.BASIC, "user": "wall"}, "Authorization: Basic d2FsbDpzM2NyM3QtdDBrZW4=\r\n"),
        ({"auth": Auth.QUERY, "query_parameter": "key"}, f"GET /api/snapshot?key={SECRET} HTTP"),
    ],
)
def test_that_the_token_is_sent_as_configured(serve, settings, sent):
    with serve(always(response(snapshot()))) as server:
        success(server, **settings)
    assert sent.encode() in server.requests[0]


def test_that_no_token_is_sent_where_none_is_asked_for(serve):
    with serve(always(response(snapshot()))) as server:
        success(server, auth=Auth.NONE)
    assert SECRET.encode() not in server.requests[0]
    assert b"Authorization" not in server.requests[0]


@pytest.mark.parametrize("token", ["line\nbreak", "ключ"])
def test_that_a_token_that_cannot_be_sent_is_named_and_not_shown(serve, token):
    with serve(always(response(snapshot()))) as server:
        error = failure(server, token=token)
    assert error.kind is FailureKind.UNAUTHORISED
    assert token not in error.message


def test_that_a_token_in_the_address_is_in_no_message(serve):
    cut = response(snapshot())[:-30]
    with serve(always(cut)) as server:
        failure(server, auth=Auth.QUERY, query_parameter="key")


def test_that_cookies_are_not_kept(serve):
    with serve(always(response(snapshot(), headers="Set-Cookie: session=1\r\n"))) as server:
        one = client(server)
        one.snapshot()
        one.snapshot()
        one.close()
    assert b"Cookie" not in server.requests[1]


def test_that_pages_are_read_to_the_last(serve):
    call = {"received_at": "2026-11-24T07:00:00Z", "disposition": "verified"}
    pages = iter(
        [{"calls": [call | {"id": "a"}], "next_page_token": "p2"}, {"calls": [call | {"id": "b"}]}],
    )
    with serve(lambda connection, _: connection.sendall(response(json.dumps(next(pages)).encode()))) as server:
        one = client(server)
        since = datetime(2026, 11, 24, 0, 0, tzinfo=UTC)
        assert [row.id for page in one.calls(since) for row in page.rows] == ["a", "b"]
        one.close()
    assert b"received_after=2026-11-24T00%3A00%3A00%2B00%3A00" in server.requests[0]
    assert b"page_token=p2" in server.requests[1]


def test_that_pages_without_end_are_not_believed(serve):
    body = json.dumps({"incidents": [], "next_page_token": "again"}).encode()
    with serve(always(response(body, close=False)), keep_alive=True) as server:
        one = client(server)
        with pytest.raises(FeedError, match="pages"):
            list(one.incidents(datetime.now(UTC) - timedelta(hours=1)))
        one.close()
