"""What is read for a report: the period by the centre's calendar, and how far back the system remembers."""

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.feed.bodies import SNAPSHOT, snapshot
from tests.feed.mapping.systems import System
from tests.feed.misbehaving import MisbehavingServer, response
from wallboard.core.poll import FailureKind, PollFailure
from wallboard.feed.settings import Auth, FeedSettings
from wallboard.report.reading import LOOK_BACK, Past, Told, Unknown, read

NOW = datetime.fromisoformat(SNAPSHOT["server_time"])
"""14:32 on Tuesday, 24 November, in Bengkalis."""

MIDNIGHT = datetime(2026, 11, 23, 17, tzinfo=UTC)
"""Of Tuesday there."""


def call(key, received, *, goes_on=False):
    ended = None if goes_on else (received + timedelta(minutes=2)).isoformat()
    return {"id": key, "received_at": received.isoformat(), "disposition": "ghost", "ended_at": ended}


def incident(key, reported, *, goes_on=False):
    row = SNAPSHOT["incidents"][0] | {"id": key, "reported_at": reported.isoformat()}
    return row if goes_on else row | {"status": "closed", "closed_at": (reported + timedelta(hours=1)).isoformat()}


class History:
    """A server with these rows; it takes "after" and "before" at their word, and remembers what it was asked."""

    def __init__(self, calls=None, incidents=None, refusals=()):
        self.rows = {"calls": calls, "incidents": incidents}
        self.asked = []
        self.refusals = list(refusals)
        self.refusals_of_the_snapshot: list[bytes] = []

    def __call__(self, connection, head):
        address = urlsplit(head.split()[1].decode())
        name = address.path.rpartition("/")[2]
        if name == "snapshot":
            refused = self.refusals_of_the_snapshot.pop(0) if self.refusals_of_the_snapshot else None
            connection.sendall(refused or response(snapshot()))
            return
        query = {key: values[0] for key, values in parse_qs(address.query).items()}
        self.asked.append((name, query))
        rows, instant = self.rows[name], {"calls": "received", "incidents": "reported"}[name]
        if self.refusals:
            connection.sendall(self.refusals.pop(0))
        elif rows is None:
            connection.sendall(response(b"", "404 Not Found"))
        else:
            after, before = (datetime.fromisoformat(query[f"{instant}_{end}"]) for end in ("after", "before"))
            told = [row for row in rows if after < datetime.fromisoformat(row[f"{instant}_at"]) < before]
            connection.sendall(response(json.dumps({name: told}).encode()))


def told(history, period="2026-11-24"):
    with MisbehavingServer(history) as server:
        settings = FeedSettings(id="x", url=server.url, auth=Auth.NONE)
        return read(settings, period, lambda _: None)


def ids(past):
    return sorted(row.id for row in past.rows)


def test_that_the_days_are_those_of_the_centre_to_the_instant():
    around = [
        call("before", MIDNIGHT - timedelta(milliseconds=1)),
        call("first", MIDNIGHT),
        call("last", MIDNIGHT + timedelta(days=1, milliseconds=-1)),
        call("after", MIDNIGHT + timedelta(days=1)),
    ]
    history = History(
        [call(row["id"], datetime.fromisoformat(row["received_at"]) - timedelta(days=1)) for row in around]
    )
    one = told(history, "2026-11-23")
    assert ids(one.calls) == ["first", "last"]
    assert one.calls.since is None, "a call of the day before was told"
    assert history.asked[0] == (
        "calls",
        {
            "received_after": (MIDNIGHT - timedelta(days=1, seconds=1) - LOOK_BACK).isoformat(),
            "received_before": MIDNIGHT.isoformat(),
            "page_size": "1000",
        },
    )


def test_that_a_day_that_goes_on_ends_now_with_what_the_snapshot_tells():
    one = told(History([call("old", MIDNIGHT - timedelta(hours=1)), call("c2", MIDNIGHT + timedelta(hours=2))], []))
    assert ids(one.calls) == ["c1", "c2"], "c1 is in the snapshot alone"
    assert (one.until, one.ends) == (NOW, MIDNIGHT + timedelta(days=1))


def test_that_a_row_of_the_history_is_newer_than_that_of_the_snapshot_before_it():
    received = datetime.fromisoformat(SNAPSHOT["calls"][0]["received_at"])
    one = told(History([call("old", MIDNIGHT - timedelta(hours=1)), call("c1", received)], []))
    (row,) = one.calls.rows
    assert row.disposition == "ghost"


def test_that_a_system_that_has_forgotten_is_found_out_and_says_since_when_it_tells():
    begins = MIDNIGHT + timedelta(hours=3)
    one = told(History([call("c2", begins), call("c3", begins + timedelta(hours=1))], []))
    assert one.calls.since == begins


def test_that_what_still_goes_on_is_no_sign_of_a_long_memory():
    old, new = MIDNIGHT - timedelta(days=2), MIDNIGHT + timedelta(hours=3)
    one = told(
        History(
            [call("c0", old, goes_on=True), call("c2", new)],
            [incident("i0", old, goes_on=True), incident("i2", new)],
        )
    )
    assert (one.calls.since, one.incidents.since) == (new, new)
    assert one.going_on == {"i0", "i1"}, "i1 is in the snapshot"


def test_that_a_week_without_anything_is_not_known_to_be_empty():
    one = told(History([], []), "2026-11-20")
    assert (one.calls, one.incidents) == (Unknown.FORGOTTEN, Unknown.FORGOTTEN)


def test_that_a_day_without_a_call_is_empty_where_the_days_before_had_some():
    one = told(History([call("c0", MIDNIGHT - timedelta(days=5))], None), "2026-11-22")
    assert one.calls == Past(rows=())
    assert one.incidents is Unknown.NO_HISTORY


def test_that_rows_that_cannot_be_read_are_told():
    broken = call("c9", MIDNIGHT) | {"received_at": MIDNIGHT.isoformat(), "disposition": 7}
    one = told(History([call("c0", MIDNIGHT - timedelta(days=1)), broken], []))
    (row,) = one.dropped_rows
    assert row.path == "calls[1].disposition"


def test_that_a_period_of_which_no_row_can_be_read_is_not_one_without_calls():
    old, day = call("c0", MIDNIGHT - timedelta(days=2)), MIDNIGHT - timedelta(hours=20)
    one = told(History([old, call("c9", day) | {"disposition": 7}], []), "2026-11-23")
    assert one.calls is Unknown.UNREADABLE
    twice = told(History([old, old], []), "2026-11-23")
    assert twice.calls == Past(rows=()), "of a row that is told twice nothing is lost"
    some = told(History([old, call("c8", day), call("c9", day) | {"disposition": 7}], []), "2026-11-23")
    assert (ids(some.calls), some.calls.since) == (["c8"], None)
    broken = incident("i9", day) | {"priority": 9}
    one = told(History([], [incident("i0", MIDNIGHT - timedelta(days=2)), broken]), "2026-11-23")
    assert one.incidents is Unknown.UNREADABLE


CENTRE = """
name = "test"
[centre]
id = "c"
name = "Centre"
time_zone = "Asia/Jakarta"
"""

INCIDENTS = f"""{CENTRE}
[[endpoint]]
name = "list"
path = "/list"
parameters = {{ from = "{{since}}" }}
[[incidents]]
endpoint = "list"
history = "list"
closed = "time"
id = "id"
title = "title"
reported_at = "at"
priority = "priority"
closed_at = "closed"
latitude = "latitude"
[values.priority]
"*" = 3
"""


def test_that_a_row_that_is_kept_without_what_adorns_it_is_counted_and_not_told_to_be_left_out(tmp_path):
    mapping = tmp_path / "test.toml"
    mapping.write_text(INCIDENTS)
    days = [(-1, None), (1, "north"), (2, 1.5)]
    rows: list[dict[str, object]] = [
        {"id": f"i{hours}", "title": "x", "priority": "1", "latitude": latitude,
         "at": (MIDNIGHT + timedelta(hours=hours)).isoformat(), "closed": NOW.isoformat()}
        for hours, latitude in days
    ]  # fmt: skip
    with System({"/list": [*rows, rows[0] | {"id": "i9", "at": "yesterday"}]}).running() as url:
        one = read(FeedSettings(id="x", url=url, auth=Auth.NONE, mapping=str(mapping)), "2026-11-24", lambda _: None)
    assert isinstance(one, Told)
    assert ids(one.incidents) == ["i1", "i2"]
    assert [row.path for row in one.dropped_rows] == ["list:[3].at"]


RUNNING = f"""{CENTRE}
[[endpoint]]
name = "now"
path = "/now"
[[endpoint]]
name = "old"
path = "/old"
parameters = {{ from = "{{since}}" }}
[[calls]]
endpoint = "now"
history = "old"
id = "id"
received_at = "at"
disposition = {{ constant = "pending" }}
answered_at = "answered"
ended_at = "`null`"
"""


def test_that_a_system_that_tells_no_ends_has_not_forgotten_the_calls_that_its_history_tells(tmp_path):
    mapping = tmp_path / "test.toml"
    mapping.write_text(RUNNING)
    rows = [
        {"id": f"c{hours}", "at": (MIDNIGHT + timedelta(hours=hours)).isoformat(), "answered": None}
        for hours in (-50, -1, 2)
    ]
    with System({"/now": rows[:1], "/old": rows}).running() as url:
        feed = FeedSettings(id="x", url=url, auth=Auth.NONE, mapping=str(mapping))
        today, both = (read(feed, period, lambda _: None) for period in ("2026-11-24", "2026-11-23/2026-11-24"))
    assert isinstance(today, Told)
    assert isinstance(today.calls, Past)
    assert (ids(today.calls), today.calls.since) == (["c2"], None)
    assert isinstance(both, Told)
    assert isinstance(both.calls, Past)
    assert both.calls.since == MIDNIGHT - timedelta(hours=1), "what still goes on is no sign of a long memory"


def test_that_a_server_that_asks_to_wait_is_asked_again_after_that(monkeypatch):
    waited: list[float] = []
    monkeypatch.setattr("wallboard.report.reading.time.sleep", waited.append)
    wait = response(b"", "429 Too Many Requests", "Retry-After: 7\r\n")
    one = told(History([call("c0", MIDNIGHT - timedelta(days=1))], [], refusals=[wait, wait]))
    assert ids(one.calls) == ["c1"]
    assert waited == [7, 7]
    history = History([call("c0", MIDNIGHT - timedelta(days=1))], [])
    history.refusals_of_the_snapshot = [wait, wait]
    assert ids(told(history).calls) == ["c1"], "the snapshot too"
    assert waited == [7, 7, 7, 7]


@pytest.mark.parametrize(("wish", "waits"), [(7, 2), (3600, 0)])
def test_that_a_server_that_goes_on_asking_or_asks_for_too_long_is_left_alone(monkeypatch, wish, waits):
    waited: list[float] = []
    monkeypatch.setattr("wallboard.report.reading.time.sleep", waited.append)
    failure = told(History([], [], refusals=[response(b"", "429 No", f"Retry-After: {wish}\r\n")] * 5))
    assert isinstance(failure, PollFailure)
    assert failure.kind is FailureKind.RATE_LIMITED
    assert waited == [wish] * waits


def test_that_a_history_that_breaks_off_is_no_report():
    failure = told(History([call("c0", MIDNIGHT)], [], refusals=[response(b"", "500 Oops")]))
    assert isinstance(failure, PollFailure)
    assert failure.kind is FailureKind.SERVER


def test_that_a_history_of_which_a_later_page_is_gone_is_no_report_and_not_one_that_is_not_offered():
    history = History([call("c0", MIDNIGHT)], [])

    def act(connection, head):
        if b"page_token" in head:
            connection.sendall(response(b"", "404 Not Found"))
        elif b"/calls" in head:
            body = {"calls": history.rows["calls"], "next_page_token": "2"}
            connection.sendall(response(json.dumps(body).encode()))
        else:
            history(connection, head)

    failure = told(act)
    assert isinstance(failure, PollFailure)
    assert (failure.kind, failure.status) == (FailureKind.STATUS, 404)


def test_that_a_period_that_has_not_begun_is_refused_with_the_centres_time():
    with pytest.raises(ValueError, match=r"at the centre \(x\) it is 2026-11-24 14:32"):
        told(History([], []), "2026-11-25")


def test_that_the_centres_day_counts_and_not_this_computers():
    assert str(told(History([], []), "today").days.first) == "2026-11-24"
