"""No log, message or traceback shows a secret, whatever a server does, and whatever the libraries below would say."""

import logging
import traceback

import pytest

from tests.feed.bodies import snapshot
from tests.feed.forward import ForwardProxy
from tests.feed.misbehaving import MisbehavingServer, always, response
from wallboard.core.poll import PollFailure
from wallboard.feed.access import Access
from wallboard.feed.client import DispatchClient
from wallboard.feed.failures import FeedError
from wallboard.feed.poller import Poller
from wallboard.feed.settings import Auth, FeedSettings

SECRETS = {"x": "t0ken-of-x", "x.key": "passphra5e-of-x", "x.proxy": "wall:pr0xy-word"}
SHOWN = ("t0ken-of-x", "passphra5e", "pr0xy-word", "d2FsbDpwcjB4eS13b3Jk")  # the last as Basic writes it

ANSWERS = [
    b"HTTP/1.1 200 OK\r\nno header at all\r\n: nor this\r\nContent-Length: 2\r\n\r\n{}",
    b"HTTP/1.1 200 OK\r\nContent-Type: multipart/mixed\r\nContent-Length: 2\r\n\r\n{}",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2, 3\r\n\r\n{}",
    b"HTTP/1.1 302 Found\r\nLocation: http://[x\r\n\r\n",
    b"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 999999 ?\r\n\r\n",
    b"nothing of the kind\r\n\r\n",
    b"",
    response(snapshot())[:-30],
]


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("proxied", [False, True])
def test_that_whatever_comes_back_no_log_shows_a_secret(answer, proxied, caplog):
    caplog.set_level(logging.DEBUG)
    with MisbehavingServer(always(answer)) as server, ForwardProxy() as proxy:
        settings = FeedSettings(
            id="x",
            url=server.url,
            auth=Auth.QUERY,
            query_parameter="key",
            proxy=proxy.url if proxied else "none",
            deadline_s=5.0,
        )
        poller = Poller(settings, lambda _: None, token_of=SECRETS.get)
        outcome = poller.poll()
        poller._tell(outcome)
        poller.close()
    assert b"t0ken-of-x" in server.requests[0]
    assert isinstance(outcome, PollFailure)
    told = [caplog.text, repr(outcome), *(repr(record.args) for record in caplog.records)]
    assert not [one for one in told for secret in SHOWN if secret in one]


@pytest.mark.parametrize("answer", ANSWERS)
def test_that_no_traceback_shows_a_secret(answer):
    """As a fault of the wallboard's would be written down."""
    with MisbehavingServer(always(answer)) as server:
        settings = FeedSettings(id="x", url=server.url, auth=Auth.QUERY, query_parameter="key", deadline_s=5.0)
        one = DispatchClient(Access(settings, SECRETS.get).transport())
        with pytest.raises(FeedError) as raised:
            one.snapshot()
        one.close()
    written = "".join(traceback.format_exception(raised.value))
    assert not [secret for secret in SHOWN if secret in written]
