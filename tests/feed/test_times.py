"""The time of each step to a server: its address, the connection, the first byte, the whole."""

import errno
import socket
import sys
import threading
from contextlib import closing

import pytest

from tests.feed.bodies import snapshot
from tests.feed.misbehaving import MisbehavingServer, always, drip, response
from tests.feed.test_client import client, failure, success
from wallboard.core.poll import FailureKind
from wallboard.feed import connections
from wallboard.feed.deadline import Deadline, Limits, Phase
from wallboard.feed.failures import FeedError
from wallboard.feed.settings import FeedSettings
from wallboard.feed.transport import Transport

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse where Linux keeps silent")

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 90000\r\n\r\n"


def get(server, hold_s=0.0, **settings):
    transport = Transport(FeedSettings(id="x", url=server.url, ca_file=server.ca_file, **settings), None)
    try:
        return transport.get("/snapshot", hold_s=hold_s)
    finally:
        transport.close()


def test_that_no_first_byte_in_its_time_is_said_so(serve):
    with serve(drip(b"", b"", lambda: server.released)) as server:
        error = failure(server, first_byte_timeout_s=0.3)
    assert error.kind is FailureKind.TIMEOUT
    assert error.message == "no first byte of an answer within 0.3 s"


def test_that_the_first_byte_ends_its_time_and_the_whole_has_more(serve):
    """A body that comes slowly is no server that does not answer."""
    whole = response(snapshot())
    pieces = iter([whole[:1], whole[1:]])

    def act(connection, _head):
        connection.sendall(next(pieces))
        server.released.wait(0.7)
        connection.sendall(next(pieces))

    with serve(act) as server:
        assert success(server, first_byte_timeout_s=0.4).snapshot is not None


def test_that_an_answer_not_whole_in_its_time_is_said_so(serve):
    with serve(drip(HEAD, b" ", lambda: server.released)) as server:
        error = failure(server, deadline_s=0.4, first_byte_timeout_s=0.3)
    assert error.kind is FailureKind.TIMEOUT
    assert error.message == "no whole answer within 0.4 s"


def test_that_an_answer_that_was_asked_to_be_held_has_that_much_longer(serve):
    def act(connection, _head):
        server.released.wait(0.6)
        connection.sendall(response(b"{}"))

    with serve(act) as server:
        assert get(server, hold_s=5.0, first_byte_timeout_s=0.3, deadline_s=0.4).body == b"{}"
        with pytest.raises(FeedError, match=r"within 0\.3 s"):
            get(server, first_byte_timeout_s=0.3, deadline_s=0.4)
        with pytest.raises(FeedError, match=r"within 0\.4 s"):
            get(server, hold_s=0.1, first_byte_timeout_s=0.3, deadline_s=0.4)


@pytest.fixture
def full():
    """A server that picks nobody up: its queue is full (Linux answers no further connection then)."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/api"
        for one in waiting:
            one.close()


@LINUX
def test_that_a_connection_that_nobody_picks_up_is_said_so(full):
    class Full:
        url = full
        ca_file = None

    error = failure(Full(), connect_timeout_s=0.3)
    assert error.kind is FailureKind.TIMEOUT
    assert error.message.startswith("the server did not pick up the connection within 0.3 s")


@LINUX
def test_that_a_dead_address_leaves_time_for_the_next(monkeypatch, full):
    """A name may have several addresses, of which one leads nowhere."""
    with MisbehavingServer(always(response(snapshot()))) as server:
        found = [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", int(full.split(":")[2].split("/")[0]))),
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", server.port)),
        ]
        monkeypatch.setattr(socket, "getaddrinfo", named_only(lambda *_: found))
        server.url = "http://dispatch.example:1/api"
        assert success(server, connect_timeout_s=0.6).snapshot is not None


# Names


def named_only(search):
    """The system's search, replaced for names; addresses are read as ever."""
    original = socket.getaddrinfo

    def getaddrinfo(host, port, *_args, flags=0, **options):
        if flags & socket.AI_NUMERICHOST:
            return original(host, port, flags=flags, **options)
        return search(host, port)

    return getaddrinfo


class Nowhere:
    url = "http://dispatch.example/api"
    ca_file = None


def raising(error):
    def search(*_):
        raise error

    return search


@pytest.mark.parametrize(
    ("error", "kind", "told"),
    [
        (socket.gaierror(socket.EAI_NONAME, "unknown"), FailureKind.NAME, "spelling"),
        (socket.gaierror(socket.EAI_AGAIN, "later"), FailureKind.NAME_SERVICE, "DNS server"),
        (UnicodeError("label too long"), FailureKind.NAME, "cannot be used"),
        (OSError(errno.ENETUNREACH, "unreachable"), FailureKind.NETWORK, "network is down"),
    ],
)
def test_that_a_name_that_cannot_be_found_is_told_with_what_to_do(monkeypatch, error, kind, told):
    monkeypatch.setattr(socket, "getaddrinfo", named_only(raising(error)))
    raised = failure(Nowhere())
    assert raised.kind is kind
    assert told in raised.message
    assert "dispatch.example" not in raised.message


def test_that_a_search_for_a_name_that_hangs_has_an_end_and_is_not_begun_again(monkeypatch):
    released, searches = threading.Event(), []

    def hangs(*_):
        searches.append(threading.current_thread())
        released.wait(20)
        raise socket.gaierror(socket.EAI_AGAIN, "later")

    monkeypatch.setattr(socket, "getaddrinfo", named_only(hangs))
    one = client(Nowhere(), connect_timeout_s=0.2)
    for _ in range(3):
        with pytest.raises(FeedError) as raised:
            one.snapshot()
        assert raised.value.kind is FailureKind.NAME_SERVICE
        assert "within 0.2 s" in raised.value.message
    assert len(searches) == 1, "the same search is waited for"
    released.set()
    searches[0].join(10)
    with pytest.raises(FeedError, match="DNS server"):
        one.snapshot()
    one.close()
    assert len(searches) == 2


def test_that_the_whole_time_ends_a_search_for_a_name_too(monkeypatch):
    released = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", named_only(lambda *_: released.wait(20) and []))
    error = failure(Nowhere(), connect_timeout_s=5.0, deadline_s=0.2)
    released.set()
    assert error.kind is FailureKind.NAME_SERVICE
    assert "within 0.2 s" in error.message


def test_that_a_name_without_an_address_is_a_failure(monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", named_only(lambda *_: []))
    assert failure(Nowhere()).kind is FailureKind.NETWORK


def test_that_nothing_is_left_of_a_phase_that_is_over():
    deadline = Deadline()
    with deadline.within(Limits(connect_s=0.0, first_byte_s=5.0, total_s=5.0)):
        deadline.enter(Phase.NAME)
        with pytest.raises(TimeoutError):
            deadline.left_s()
        with pytest.raises(TimeoutError):
            connections._connected([(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 1))], deadline, ())


def abort(transport, when):
    assert when.wait(20)
    transport.abort()


def test_that_an_exchange_is_ended_from_another_thread_while_it_waits(serve):
    asked, waited_in_vain = threading.Event(), threading.Event()

    def act(_connection, _head):
        asked.set()
        if not server.released.wait(20):
            waited_in_vain.set()

    with serve(act) as server:
        settings = FeedSettings(id="x", url=server.url, ca_file=server.ca_file)
        with closing(Transport(settings, None)) as transport:
            other = threading.Thread(target=abort, args=(transport, asked))
            other.start()
            with pytest.raises(FeedError):
                transport.get("/snapshot", hold_s=600.0)
            other.join()
            assert not waited_in_vain.is_set()
