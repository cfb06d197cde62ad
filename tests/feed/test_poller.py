"""The poll thread, with clocks and servers of the tests' own."""

import json
import logging
import socket
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.feed.bodies import SNAPSHOT, snapshot
from tests.feed.misbehaving import Act, MisbehavingServer, always, response
from wallboard.core.poll import Backfill, FailureKind, PollFailure, PollSuccess, Way
from wallboard.feed.backoff import LONGEST_RETRY_AFTER_S, LONGEST_UNSURE_RETRY_AFTER_S
from wallboard.feed.poller import Poller
from wallboard.feed.settings import Auth, FeedSettings

SECRET = "s3cr3t-t0ken"


class Inbox:
    """Collects what a poller delivers, and waits for it."""

    def __init__(self):
        self.events = []
        self._arrived = threading.Condition()

    def deliver(self, event):
        with self._arrived:
            self.events.append(event)
            self._arrived.notify_all()

    def wait_for(self, condition):
        with self._arrived:
            assert self._arrived.wait_for(lambda: condition(self.events), 20), self.events
            return list(self.events)


def poller(server, inbox, token_of=lambda _: SECRET, **changes):
    settings: dict[str, Any] = {"auth": Auth.BEARER, "poll_interval_s": 0.5, "deadline_s": 2.0} | changes
    return Poller(FeedSettings(id="x", url=server.url, **settings), inbox.deliver, token_of=token_of, random=Random(1))


@pytest.fixture
def running():
    """Starts pollers, and stops them at the end of the test."""
    started = []

    def run(one):
        started.append(one)
        one.start()
        return one

    yield run
    assert all(one.stop(10) for one in started)


def kinds(events):
    return [event.kind for event in events if isinstance(event, PollFailure)]


def test_that_good_polls_are_delivered_one_after_the_other(running):
    inbox = Inbox()
    with MisbehavingServer(always(response(snapshot()))) as server:
        running(poller(server, inbox))
        events = inbox.wait_for(lambda events: len(events) >= 3)
    assert all(isinstance(event, PollSuccess) for event in events[:3])
    assert [event.sent_s for event in events] == sorted(event.sent_s for event in events)


def test_that_failures_are_delivered_and_the_feed_returns_by_itself(running):
    answers = iter([response(b"<html>"), response(b"", "500 Oops")])
    inbox = Inbox()
    with MisbehavingServer(lambda connection, _: connection.sendall(next(answers, response(snapshot())))) as server:
        running(poller(server, inbox))
        events = inbox.wait_for(lambda events: len(events) >= 3)
    assert kinds(events[:2]) == [FailureKind.NOT_JSON, FailureKind.SERVER]
    assert isinstance(events[2], PollSuccess)


def test_that_a_missing_token_is_named_without_asking_the_server(running):
    inbox = Inbox()
    with MisbehavingServer(always(response(snapshot()))) as server:
        running(poller(server, inbox, token_of=lambda _: None))
        (event,) = inbox.wait_for(lambda events: len(events) >= 1)
    assert event.kind is FailureKind.NO_TOKEN
    assert "WALLBOARD_TOKEN_X" in event.message
    assert server.requests == []


def test_that_after_a_refusal_the_token_is_looked_up_again():
    tokens = iter(["old", "new"])
    answers = iter([response(b"", "401 Unauthorized"), response(snapshot())])
    with MisbehavingServer(lambda connection, _: connection.sendall(next(answers))) as server:
        one = poller(server, Inbox(), token_of=lambda _: next(tokens))
        assert one.poll().kind is FailureKind.UNAUTHORISED
        assert isinstance(one.poll(), PollSuccess)
        one.close()
    assert b"Bearer new" in server.requests[1]


TOLD = datetime.fromisoformat(SNAPSHOT["server_time"])
"""The server's time of a snapshot, which is not this PC's."""


def wish(retry_after, first=None, headers=""):
    """For how long a server is left alone that asks for it, after a first answer or without one."""
    refusal = response(b"", "503 Service Unavailable", f"{headers}Retry-After: {retry_after}\r\n")
    answers = iter([first, refusal] if first else [refusal])
    with MisbehavingServer(lambda connection, _: connection.sendall(next(answers))) as server:
        one = poller(server, Inbox())
        while (outcome := one.poll()) and isinstance(outcome, PollSuccess):
            pass
        one.close()
    assert outcome.kind is FailureKind.RATE_LIMITED
    return one.retry_after_s


def test_that_a_wish_until_an_instant_is_judged_by_the_servers_clock_wherever_it_was_told():
    at = format_datetime(TOLD + timedelta(seconds=300), usegmt=True)
    assert wish(at, response(snapshot())) == pytest.approx(300, abs=5)
    assert wish(at, headers=f"Date: {format_datetime(TOLD, usegmt=True)}\r\n") == 300
    assert wish(format_datetime(TOLD - timedelta(hours=1), usegmt=True), response(snapshot())) == 0


@pytest.mark.parametrize("ahead", [timedelta(minutes=20), timedelta(days=400)])
def test_that_a_wish_until_an_instant_of_a_clock_that_nobody_has_told_is_a_minute_at_most(ahead):
    assert wish(format_datetime(datetime.now(UTC) + ahead, usegmt=True)) == LONGEST_UNSURE_RETRY_AFTER_S


@pytest.mark.parametrize("retry_after", ["999999999", "Thu, 31 Dec 9998 23:59:59 GMT"])
def test_that_no_server_is_left_alone_for_ever(retry_after):
    assert wish(retry_after, response(snapshot())) == LONGEST_RETRY_AFTER_S


def test_that_a_fault_of_the_wallboards_own_is_an_outcome_and_shows_no_secret(caplog):
    def breaks(_):
        raise ZeroDivisionError(SECRET)

    with MisbehavingServer(always(response(snapshot()))) as server:
        outcome = poller(server, Inbox(), token_of=breaks).poll()
    assert outcome.kind is FailureKind.INTERNAL
    assert "ZeroDivisionError" in caplog.text
    assert SECRET not in caplog.text


def test_that_the_log_names_a_failure_once_and_never_the_token(running, caplog):
    caplog.set_level(logging.DEBUG)
    inbox = Inbox()
    with MisbehavingServer(always(response(b"<html>login</html>", media_type="text/html"))) as server:
        running(poller(server, inbox, auth=Auth.QUERY, query_parameter="key"))
        inbox.wait_for(lambda events: len(events) >= 3)
    ours = [record for record in caplog.records if record.name.startswith("wallboard")]
    assert sum("not_json" in record.getMessage() for record in ours) == 1
    assert not any(SECRET in record.getMessage() for record in ours)


def test_that_history_is_read_beside_the_polls(running):
    inbox = Inbox()

    def act(connection, head):
        if head.startswith(b"GET /api/snapshot"):
            connection.sendall(response(snapshot()))
        elif head.startswith(b"GET /api/calls"):
            server.released.wait(0.7)  # slower than a poll interval
            connection.sendall(response(b'{"calls": []}'))
        else:
            connection.sendall(response(b"", "404 Not Found"))

    with MisbehavingServer(act) as server:
        one = running(poller(server, inbox))
        inbox.wait_for(lambda events: len(events) >= 1)
        one.request_backfill()
        events = inbox.wait_for(lambda events: any(isinstance(event, Backfill) for event in events))
    history = next(event for event in events if isinstance(event, Backfill))
    assert history.calls == ()
    assert history.calls_since == datetime(2026, 11, 23, 17, tzinfo=UTC), "local midnight in Jakarta"
    assert history.incidents_since is None, "not offered"


def test_that_history_asked_for_while_it_is_read_is_read_again(running):
    inbox = Inbox()
    asked: list[str] = []
    one: Poller

    def act(connection, head):
        if head.startswith(b"GET /api/snapshot"):
            connection.sendall(response(snapshot()))
            return
        if b"/calls" in head:
            asked.append("calls")
            if len(asked) == 1:
                one.request_backfill()
        connection.sendall(response(b"", "404 Not Found"))

    with MisbehavingServer(act) as server:
        one = running(poller(server, inbox))
        inbox.wait_for(lambda events: len(events) >= 1)
        one.request_backfill()
        inbox.wait_for(lambda events: sum(isinstance(event, Backfill) for event in events) == 2)
    assert len(asked) == 2


def test_that_a_call_of_midnight_is_told_by_a_server_for_which_after_is_not_at():
    midnight = datetime(2026, 11, 23, 17, tzinfo=UTC)
    received = {"c0": midnight - timedelta(milliseconds=500), "c1": midnight, "c2": midnight + timedelta(seconds=5)}

    def act(connection, head):
        if head.startswith(b"GET /api/snapshot"):
            connection.sendall(response(snapshot()))
        elif b"/calls" in head:
            query = parse_qs(urlsplit(head.split()[1].decode()).query)
            after = datetime.fromisoformat(query["received_after"][0])
            told = [
                {"id": key, "received_at": at.isoformat(), "disposition": "pending"}
                for key, at in received.items()
                if at > after
            ]
            connection.sendall(response(json.dumps({"calls": told}).encode()))
        else:
            connection.sendall(response(b"", "404 Not Found"))

    with MisbehavingServer(act) as server:
        one = poller(server, Inbox())
        one.poll()
        history = one.backfill()
        one.close()
    assert [call.id for call in history.calls] == ["c1", "c2"]


def test_that_a_server_without_history_still_gives_a_wall():
    def act(connection, head):
        known = head.startswith(b"GET /api/snapshot")
        connection.sendall(response(snapshot()) if known else response(b"", "501 Not Implemented"))

    with MisbehavingServer(act) as server:
        one = poller(server, Inbox())
        assert isinstance(one.poll(), PollSuccess)
        history = one.backfill()
        one.close()
    assert (history.calls_since, history.incidents_since) == (None, None)


def test_that_history_that_cannot_be_read_now_is_no_history():
    def act(connection, head):
        known = head.startswith(b"GET /api/snapshot")
        connection.sendall(response(snapshot()) if known else response(b"", "500 Oops"))

    with MisbehavingServer(act) as server:
        one = poller(server, Inbox())
        one.poll()
        assert one.backfill() is None
        one.close()


@pytest.mark.parametrize(
    ("answer", "kind"),
    [(response(b"", "500 Oops"), FailureKind.SERVER), (response(b"<html>"), FailureKind.NOT_JSON)],
)
def test_that_a_history_for_a_report_says_why_it_cannot_be_read(answer, kind):
    answers = {b"/api/snapshot": response(snapshot()), b"/api/calls": answer}
    with MisbehavingServer(lambda connection, head: connection.sendall(answers[path(head)])) as server:
        one = poller(server, Inbox())
        one.poll()
        failure = one.history(TOLD - timedelta(days=1), TOLD)
        one.close()
    assert isinstance(failure, PollFailure)
    assert failure.kind is kind


def test_that_a_fault_of_the_wallboards_is_a_failure_of_the_history(monkeypatch):
    with MisbehavingServer(always(response(snapshot()))) as server:
        one = poller(server, Inbox())
        one.poll()
        monkeypatch.setattr("wallboard.feed.poller._history", lambda *_: 1 // 0)
        failure = one.history(TOLD - timedelta(days=1), TOLD)
        one.close()
    assert failure.kind is FailureKind.INTERNAL


def test_that_history_is_asked_for_again_no_sooner_than_the_server_wishes():
    refusal = response(b"", "429 Too Many Requests", "Retry-After: 300\r\n")
    answers = {b"/api/snapshot": response(snapshot()), b"/api/calls": refusal}
    with MisbehavingServer(lambda connection, head: connection.sendall(answers[path(head)])) as server:
        one = poller(server, Inbox())
        one.poll()
        assert one.backfill() is None
        assert one.history_retry_after_s == 300
        assert one.retry_after_s is None, "of the polls it wishes nothing"
        one.close()


def path(head: bytes) -> bytes:
    return head.split()[1].partition(b"?")[0]


def test_that_stopping_interrupts_a_wait_for_the_next_poll():
    inbox = Inbox()
    with MisbehavingServer(always(response(snapshot()))) as server:
        one = poller(server, inbox, poll_interval_s=300.0)
        one.start()
        inbox.wait_for(lambda events: len(events) >= 1)
        assert one.stop(5)


def holding(asked: threading.Event, release: threading.Event) -> Act:
    """A server that answers a request for changes when it is released."""

    def act(connection: socket.socket, head: bytes) -> None:
        if head.startswith(b"GET /api/snapshot"):
            connection.sendall(response(snapshot()))
            return
        asked.set()
        release.wait(20)
        connection.sendall(response(CHANGES))

    return act


CHANGES = b'{"server_time": "2026-11-24T07:32:01Z", "cursor": "c2", "upserts": {}, "removed": {"calls": ["c1"]}}'


def test_that_a_change_is_delivered_as_soon_as_the_server_tells_it_and_not_at_the_interval(running):
    inbox, asked, release = Inbox(), threading.Event(), threading.Event()
    with MisbehavingServer(holding(asked, release)) as server:
        running(poller(server, inbox, poll_interval_s=300.0))
        assert asked.wait(20), "at once, behind the snapshot"
        release.set()
        events = inbox.wait_for(lambda events: len(events) >= 2)
    assert events[0].snapshot.calls
    assert not events[1].snapshot.calls
    assert events[1].way is Way.CHANGES


def test_that_stopping_ends_a_request_that_the_server_holds(running):
    inbox, asked, release = Inbox(), threading.Event(), threading.Event()
    with MisbehavingServer(holding(asked, release)) as server:
        one = poller(server, inbox, poll_interval_s=300.0)
        one.start()
        assert asked.wait(20)
        assert one.stop(5)
        release.set()
    assert len(inbox.events) == 1, "what was cut on purpose is no failure"
