"""Changes followed and snapshots fallen back on, against a server that does what a test or chance wants."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.feed.bodies import SNAPSHOT
from wallboard.core.changes import Changes, diff
from wallboard.core.entities import Snapshot
from wallboard.core.merge import LISTS
from wallboard.core.poll import FailureKind, PollSuccess, Way
from wallboard.feed.client import DispatchClient
from wallboard.feed.dispatch import ASK_AGAIN_AFTER_S, CHECK_EVERY_S, EARLIEST, LONGEST_HOLD_S, DispatchSource
from wallboard.feed.transport import Answer, FeedError

T0 = datetime(2026, 11, 24, 7, 32, tzinfo=UTC)

Rows = dict[str, dict[str, dict[str, Any]]]


def answer(body: object, *, status: int = 200, etag: str | None = None) -> Answer:
    encoded = body if isinstance(body, bytes) else msgspec.json.encode(body)
    return Answer(status=status, body=encoded, media_type="application/json", etag=etag, date=None)


def refusal(status: int, kind: FailureKind = FailureKind.STATUS) -> FeedError:
    return FeedError(kind, f"HTTP {status}", status=status)


class Server:
    """Keeps every version of its rows. Stands in for the transport: `get` is asked in place of the network, and
    `faults` may replace an answer, by path, once each.
    """

    def __init__(self) -> None:
        self.monotonic_s = 0.0
        self.seconds = 0
        self.rows: Rows = {name: {row["id"]: row for row in SNAPSHOT[name]} for name in LISTS}
        self.log: list[tuple[str, str]] = []
        self.forgotten = 0
        self.offers_changes = True
        self.asked: list[tuple[str, dict[str, str], str | None]] = []
        self.faults: dict[str, list[Callable[[Answer], Answer]]] = {}
        self.given: dict[str, list[Answer]] = {"/changes": [], "/snapshot": []}
        self.hold_takes_s: float | None = None
        """Of a request for changes; None: as long as it may."""

    # As the transport

    def get(
        self, path: str, parameters: Mapping[str, str] = {}, *, etag: str | None = None, hold_s: float = 0.0
    ) -> Answer:
        self.asked.append((path, dict(parameters), etag))
        if path == "/changes":
            self.monotonic_s += hold_s if self.hold_takes_s is None else self.hold_takes_s
        given = self._answer(path, parameters, etag)
        if faults := self.faults.get(path):
            return faults.pop(0)(given)
        self.given[path].append(given)
        return given

    def close(self) -> None: ...

    def abort(self) -> None: ...

    # As a centre

    def put(self, name: str, row: dict[str, Any]) -> None:
        self._changed(name, row["id"])
        self.rows[name][row["id"]] = row

    def remove(self, name: str, key: str) -> None:
        if self.rows[name].pop(key, None) is not None:
            self._changed(name, key)

    def paths(self) -> list[str]:
        return [path for path, _, _ in self.asked]

    def _changed(self, name: str, key: str) -> None:
        self.seconds += 1
        self.log.append((name, key))

    def _now(self) -> str:
        return (T0 + timedelta(seconds=self.seconds)).isoformat()

    def _answer(self, path: str, parameters: Mapping[str, str], etag: str | None) -> Answer:
        version = str(len(self.log))
        if path == "/snapshot":
            if etag == version:
                return Answer(status=304, body=b"", media_type="", etag=version, date=None)
            lists = {name: list(rows.values()) for name, rows in self.rows.items()}
            cursor = {"cursor": version} if self.offers_changes else {}
            head = {"api_version": "1", "server_time": self._now(), "centre": SNAPSHOT["centre"]}
            return answer(head | cursor | lists, etag=version)
        since = int(parameters["cursor"])
        if since < self.forgotten:
            raise refusal(410)
        upserts: dict[str, list[object]] = {}
        removed: dict[str, list[str]] = {}
        for name, key in dict.fromkeys(self.log[since:]):
            if key in self.rows[name]:
                upserts.setdefault(name, []).append(self.rows[name][key])
            else:
                removed.setdefault(name, []).append(key)
        return answer({"server_time": self._now(), "cursor": version, "upserts": upserts, "removed": removed})


def fail(error: FeedError) -> Callable[[Answer], Answer]:
    def fault(_: Answer) -> Answer:
        raise error

    return fault


def source(server: Server, poll_interval_s: float = 2.0) -> DispatchSource:
    def monotonic() -> float:
        return server.monotonic_s

    client = DispatchClient(server, monotonic)  # type: ignore[arg-type]
    return DispatchSource(client, poll_interval_s, monotonic, name="x")


def unit(status: str, key: str = "u1") -> dict[str, Any]:
    return {"id": key, "agency_id": "damkar", "name": "Damkar 1", "status": status}


def told(snapshot: Snapshot | None) -> dict[str, dict[str, Any]]:
    assert snapshot is not None
    return {name: {row.id: row for row in getattr(snapshot, name)} for name in LISTS}


def state_of(server: Server) -> dict[str, dict[str, Any]]:
    return {
        name: {key: msgspec.convert(row, LISTS[name]) for key, row in rows.items()}
        for name, rows in server.rows.items()
    }


# What is chosen


def test_that_changes_are_followed_where_a_snapshot_has_a_cursor():
    server = Server()
    one = source(server)
    first = one.poll()
    server.put("units", unit("en_route"))
    second = one.poll()
    assert server.paths() == ["/snapshot", "/changes"]
    assert (first.way, second.way) == (Way.SNAPSHOT, Way.CHANGES)
    assert first.held
    assert second.held
    assert told(second.snapshot) == state_of(server)


def test_that_a_server_without_a_cursor_is_asked_for_snapshots_at_its_interval():
    server = Server()
    server.offers_changes = False
    one = source(server)
    outcomes = [one.poll() for _ in range(3)]
    assert server.paths() == ["/snapshot"] * 3
    assert not any(outcome.held for outcome in outcomes)
    assert outcomes[1].snapshot is None, "304"


@pytest.mark.parametrize(("interval_s", "wait"), [(0.5, "0.5"), (2.0, "2"), (300.0, f"{LONGEST_HOLD_S:g}")])
def test_that_a_request_is_held_no_longer_than_the_interval_and_than_proxies_bear(interval_s, wait):
    server = Server()
    one = source(server, interval_s)
    one.poll()
    one.poll()
    assert server.asked[1][1] == {"cursor": "0", "wait": wait}


def test_that_nothing_new_confirms_the_state_and_tells_the_servers_time():
    server = Server()
    one = source(server)
    one.poll()
    outcome = one.poll()
    assert outcome.snapshot is None
    assert outcome.server_time == T0
    assert outcome.held


def test_that_a_server_that_does_not_hold_is_asked_at_the_interval():
    server = Server()
    server.hold_takes_s = 0.01
    one = source(server)
    one.poll()
    assert not one.poll().held
    server.put("units", unit("en_route"))
    assert one.poll().held, "there may be more"


@pytest.mark.parametrize("status", [404, 405, 501])
def test_that_a_server_that_refuses_changes_is_asked_for_snapshots_from_then_on(status):
    server = Server()
    server.faults["/changes"] = [fail(refusal(status))]
    one = source(server)
    outcomes = [one.poll() for _ in range(3)]
    assert server.paths() == ["/snapshot", "/changes", "/snapshot", "/snapshot"]
    assert all(isinstance(outcome, PollSuccess) for outcome in outcomes)
    assert not outcomes[1].held


def test_that_changes_are_tried_again_after_a_while():
    server = Server()
    server.faults["/changes"] = [fail(refusal(501))]
    one = source(server)
    one.poll()
    one.poll()
    refused_s = server.monotonic_s
    while server.paths().count("/changes") < 2:
        server.monotonic_s += 10
        one.poll()
    assert ASK_AGAIN_AFTER_S * EARLIEST <= server.monotonic_s - refused_s <= ASK_AGAIN_AFTER_S + 10
    assert set(server.paths()[2:-1]) == {"/snapshot"}


def test_that_a_cursor_that_is_too_old_costs_a_snapshot_and_nothing_else():
    server = Server()
    one = source(server)
    one.poll()
    server.put("units", unit("en_route"))
    server.forgotten = 1
    outcome = one.poll()
    assert outcome.way is Way.SNAPSHOT
    assert told(outcome.snapshot) == state_of(server)
    assert server.asked[-1] == ("/snapshot", {}, None), "no tag: what was merged must not be confirmed"
    assert one.poll().way is Way.CHANGES


def test_that_a_server_whose_cursors_are_always_too_old_is_left_alone():
    server = Server()
    server.faults["/changes"] = [fail(refusal(410)) for _ in range(5)]
    one = source(server)
    for _ in range(6):
        one.poll()
    assert server.paths() == ["/snapshot", *["/changes", "/snapshot"] * 2, *["/snapshot"] * 3]


def test_that_a_proxy_that_cuts_long_requests_is_given_shorter_ones_and_then_snapshots():
    server = Server()
    cut = FeedError(FailureKind.NETWORK, "cut")
    server.faults["/changes"] = [fail(cut) for _ in range(20)]
    one = source(server, 20.0)
    for _ in range(9):
        assert one.poll().way is Way.SNAPSHOT
    waits = [float(parameters["wait"]) for path, parameters, _ in server.asked if path == "/changes"]
    assert waits == [20.0, 10.0, 5.0, 2.5, 1.25, 1.0, 1.0]
    assert server.paths()[-2:] == ["/snapshot", "/snapshot"]


def test_that_a_dead_server_is_named_by_its_snapshot():
    server = Server()
    one = source(server)
    one.poll()
    server.faults = {
        "/changes": [fail(FeedError(FailureKind.NETWORK, "cut"))],
        "/snapshot": [fail(FeedError(FailureKind.NETWORK, "refused"))],
    }
    with pytest.raises(FeedError, match="refused"):
        one.poll()
    assert told(one.poll().snapshot) == state_of(server)


def test_that_a_server_that_asks_to_be_left_alone_is_not_asked_for_a_snapshot_at_once():
    server = Server()
    one = source(server)
    one.poll()
    server.faults["/changes"] = [fail(FeedError(FailureKind.RATE_LIMITED, "later"))]
    with pytest.raises(FeedError, match="later"):
        one.poll()
    assert server.paths() == ["/snapshot", "/changes"]


@pytest.mark.parametrize("kind", [FailureKind.UNAUTHORISED, FailureKind.RATE_LIMITED])
def test_that_a_server_that_refuses_changes_alone_is_read_by_snapshots(kind):
    """A gateway that knows no /changes, or that limits requests which are held."""
    server = Server()
    one = source(server)
    server.faults["/changes"] = [fail(FeedError(kind, "no")) for _ in range(20)]
    failures = 0
    for _ in range(30):
        try:
            one.poll()
        except FeedError:
            failures += 1
    assert failures <= 2
    assert server.paths()[-10:] == ["/snapshot"] * 10


def test_that_changes_that_fail_now_and_then_do_not_bring_snapshots_without_a_pause():
    """A bad row that changes often: what works in between does not excuse the next failure."""
    server = Server()
    server.hold_takes_s = 0.01
    one = source(server, 5.0)
    one.poll()
    outcomes = []
    for number in range(10):
        server.faults["/changes"] = [fail(FeedError(FailureKind.BAD_DATA, "bad"))]
        server.put("units", unit("en_route" if number % 2 else "on_scene"))
        outcomes.append(one.poll())
        server.put("units", unit("available"))
        one.poll()
    assert not any(outcome.held for outcome in outcomes if outcome.way is Way.SNAPSHOT)
    assert server.paths()[-10:] == ["/snapshot"] * 10


def test_that_a_server_that_tells_the_same_changes_again_and_again_is_asked_at_the_interval():
    server = Server()
    server.hold_takes_s = 0.01
    one = source(server)
    one.poll()
    same = {"server_time": T0.isoformat(), "cursor": "0", "upserts": {}, "removed": {"calls": ["c1"]}}
    server.faults["/changes"] = [lambda _: answer(same) for _ in range(5)]
    assert not any(one.poll().held for _ in range(5))


def test_that_a_check_without_a_snapshot_leaves_changes_that_work_alone():
    server = Server()
    one = source(server)
    one.poll()
    server.faults["/snapshot"] = [fail(FeedError(FailureKind.SERVER, "no", status=500)) for _ in range(3)]
    server.put("units", unit("en_route"))
    outcome = checked(server, one)
    assert outcome.way is Way.CHANGES
    assert told(outcome.snapshot) == state_of(server)
    assert one.poll().way is Way.CHANGES
    assert server.paths()[-3:] == ["/snapshot", "/changes", "/changes"], "not again at once"


def test_that_walls_that_start_together_do_not_check_together():
    def checks_after(seed: int) -> float:
        server = Server()
        client = DispatchClient(server, lambda: server.monotonic_s)  # type: ignore[arg-type]
        one = DispatchSource(client, 2.0, lambda: server.monotonic_s, random=Random(seed))
        one.poll()
        while server.paths().count("/snapshot") < 2:
            one.poll()
        return server.monotonic_s

    moments = [checks_after(seed) for seed in range(40)]
    assert max(moments) <= CHECK_EVERY_S + 2
    assert max(moments) - min(moments) > CHECK_EVERY_S / 8


def test_that_changes_with_a_bad_row_are_not_merged():
    server = Server()
    server.put("units", unit("available", "u2"))
    one = source(server)
    one.poll()
    server.put("units", unit("en_route") | {"agency_id": 7})
    outcome = one.poll()
    assert outcome.way is Way.SNAPSHOT
    assert list(told(outcome.snapshot)["units"]) == ["u2"], "what it was before is known to be wrong"
    assert [row.path for row in outcome.dropped_rows] == ["units[0].agency_id"]
    server.put("incidents", SNAPSHOT["incidents"][0] | {"priority": 2})
    assert [row.path for row in one.poll().dropped_rows] == ["units[0].agency_id"], "still missing"


def test_that_changes_from_before_are_not_merged():
    server = Server()
    one = source(server)
    one.poll()
    server.put("units", unit("en_route"))
    one.poll()
    server.put("units", unit("on_scene"))
    one.poll()
    server.put("units", unit("available"))
    server.faults["/changes"] = [lambda _: server.given["/changes"][0]]
    outcome = one.poll()
    assert outcome.way is Way.SNAPSHOT
    assert told(outcome.snapshot) == state_of(server)


# The check by a snapshot


def checked(server: Server, one: DispatchSource) -> PollSuccess:
    server.monotonic_s += CHECK_EVERY_S
    return one.poll()


def test_that_a_snapshot_checks_the_merged_changes_now_and_then():
    server = Server()
    one = source(server)
    one.poll()
    server.put("units", unit("en_route"))
    outcome = checked(server, one)
    assert outcome.way is Way.SNAPSHOT
    assert outcome.differences == 0, "what changed meanwhile is no difference"
    assert outcome.held
    assert one.poll().way is Way.CHANGES


def test_that_what_was_never_told_is_found_counted_and_put_right(caplog):
    server = Server()
    one = source(server)
    one.poll()
    server.rows["units"]["u1"] = unit("on_scene")  # without telling
    server.rows["calls"].clear()
    outcome = checked(server, one)
    assert outcome.differences == 2
    assert told(outcome.snapshot) == state_of(server)
    assert "1 of units, 1 of calls" in caplog.text


def test_that_a_check_that_cannot_compare_is_no_failure(caplog):
    caplog.set_level(logging.INFO)
    server = Server()
    one = source(server)
    one.poll()
    server.faults["/changes"] = [fail(refusal(410))]
    outcome = checked(server, one)
    assert outcome.differences is None
    assert "could not be checked" in caplog.text


# Any history


class Histories(RuleBasedStateMachine):
    """A server changes, forgets, repeats itself and fails; a wall follows it."""

    def __init__(self) -> None:
        super().__init__()
        self.server = Server()
        self.source = source(self.server)
        self.wall: Changes | None = None
        self.in_step = False
        self.misled = False
        """Something was told again with the time of now, which no reader can know for old."""

    @rule(key=st.integers(0, 3), status=st.sampled_from(["available", "en_route", "on_scene"]))
    def a_unit_changes(self, key, status):
        self.server.put("units", unit(status, f"u{key}"))
        self.in_step = False

    @rule(key=st.integers(0, 3), answered=st.booleans())
    def a_call_changes(self, key, answered):
        row = SNAPSHOT["calls"][0] | {"id": f"c{key}"}
        self.server.put("calls", row | {"answered_at": "2026-11-24T14:31:33+07:00"} if answered else row)
        self.in_step = False

    @rule(name=st.sampled_from(["units", "calls", "incidents"]), key=st.integers(0, 3))
    def a_row_leaves(self, name, key):
        self.server.remove(name, f"{name[0]}{key}")
        self.in_step = False

    @rule()
    def old_changes_are_forgotten(self):
        self.server.forgotten = len(self.server.log)

    @rule(path=st.sampled_from(["/changes", "/snapshot"]))
    def an_answer_is_lost(self, path):
        self.server.faults.setdefault(path, []).append(fail(FeedError(FailureKind.NETWORK, "lost")))

    @rule(path=st.sampled_from(["/changes", "/snapshot"]), at=st.floats(0, 1))
    def an_answer_is_cut(self, path, at):
        def cut(given: Answer) -> Answer:
            return answer(given.body[: int(at * (len(given.body) - 1))])

        self.server.faults.setdefault(path, []).append(cut)

    @rule(which=st.integers(0, 5))
    def earlier_changes_are_told_again(self, which):
        def again(given: Answer) -> Answer:
            earlier = self.server.given["/changes"]
            self.misled |= bool(earlier)
            return earlier[which % len(earlier)] if earlier else given

        self.server.faults.setdefault("/changes", []).append(again)

    @rule(seconds=st.sampled_from([0.0, CHECK_EVERY_S, ASK_AGAIN_AFTER_S]))
    def the_wall_polls(self, seconds):
        self.server.monotonic_s += seconds
        try:
            outcome = self.source.poll()
        except FeedError:
            return
        if outcome.snapshot is not None:
            self.wall = diff(self.wall, outcome.snapshot)
        if self.misled and outcome.way is Way.SNAPSHOT:
            self.misled = False
        else:
            assert not outcome.differences
        self.in_step = not self.misled

    @invariant()
    def after_a_good_poll_the_walls_rows_are_the_servers_or_after_the_next_snapshot(self):
        if self.in_step:
            assert {name: dict(getattr(self.wall, name).rows) for name in LISTS} == state_of(self.server)


Histories.TestCase.settings = settings(max_examples=300, stateful_step_count=40)
TestThatAWallFollowsAnyHistory = Histories.TestCase
