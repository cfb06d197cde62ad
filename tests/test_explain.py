"""The account of a poll, for people who write mappings."""

from pathlib import Path
from typing import Any

import pytest

from tests.feed.bodies import SNAPSHOT, snapshot
from tests.feed.mapping.systems import System, sample
from tests.feed.misbehaving import MisbehavingServer, always, response
from wallboard import explain
from wallboard.configuration.load import loads
from wallboard.feed.mapping.load import loads as loads_mapping
from wallboard.feed.mapping.source import MappedSource
from wallboard.feed.settings import FeedSettings
from wallboard.feed.transport import Transport
from wallboard.language import Language, Words


def text(url: str, feed: str = "", token: str | None = "t0ken", language: Language = Language.ENGLISH) -> str:
    configuration = loads(f'[[feed]]\nid = "x"\nurl = "{url}"\n{feed}', "test")
    return explain.as_text(explain.explain(configuration.feed, lambda _: token), Words(language))


def lines(shown: str, *starts: str) -> list[str]:
    """The lines that begin so, their columns told apart by one space."""
    return [" ".join(line.split()) for line in shown.splitlines() if line.strip().startswith(starts)]


def test_that_a_feed_of_the_contract_is_explained_by_its_own_names():
    calls = [*SNAPSHOT["calls"], {"id": "c2", "received_at": "2026-11-24T14:31:40+07:00", "disposition": "odd"}]
    with MisbehavingServer(always(response(snapshot(calls=calls)))) as server:
        shown = text(server.url)
    assert "x: docs/dispatch-api.yaml" in shown
    assert "calls (snapshot) · rows in all: 2" in shown
    assert 'disposition disposition 2 0 "pending"' in lines(shown, "disposition")
    assert "answered_at answered_at 0 2" in lines(shown, "answered_at")
    assert '? values of disposition without a translation: "odd" ×1' in lines(shown, "?")
    assert "0000 0001" not in shown, "the caller"


def test_that_a_mapped_feed_is_explained_by_its_expressions():
    with System(sample("divera-v2")).running() as url:
        shown = text(url, 'mapping = "divera-v2"\npoll_interval_s = 30\nauth = "query"\nquery_parameter = "accesskey"')
    assert "x: DIVERA 24/7 · v2" in shown
    assert "status fmsstatus || fmsstatus_id 3 0 4" in lines(shown, "status")
    assert "Not told by this system: call_takers, calls" in shown
    assert "t0ken" not in shown


def test_that_a_system_that_does_not_tell_what_is_over_is_said_to():
    with System(sample("socrata-kzjm-xkqj")).running() as url:
        shown = text(url, 'mapping = "socrata-kzjm-xkqj"\npoll_interval_s = 60')
    assert [line.split()[1] for line in lines(shown, "!")] == ["arrived_at", "closed"]


@pytest.mark.parametrize(
    ("end", "blind"),
    [
        ("", ["answered_at", "ended_at"]),
        ("ended_at = '`null`'", ["answered_at", "calls"]),
        ("ended_at = 'over'", ["answered_at", "no"]),  # call in the list has ended
        ("ended_at = 'at'", ["answered_at"]),
    ],
)
def test_that_rules_that_would_watch_nothing_are_named(end: str, blind: list[str]):
    mapping = f"""
        name = "phone"
        [centre]
        id = "c"
        name = "Centre"
        time_zone = "Asia/Jakarta"
        [[endpoint]]
        name = "list"
        path = "/list"
        [[calls]]
        endpoint = "list"
        id = "id"
        received_at = "at"
        disposition = "'pending'"
        {end}
    """
    with System({"/list": [{"id": "1", "at": "2026-11-24T07:20:00Z"}]}).running() as url:
        source = MappedSource(loads_mapping(mapping, "x"), feed := FeedSettings(id="x", url=url), Transport(feed, None))
        shown = explain.as_text([("x", source.explained())], Words(Language.ENGLISH))
        source.close()
    assert [line.split()[1] for line in lines(shown, "!")] == blind


def test_that_what_came_before_a_failure_is_explained_too():
    answers = sample("resgrid-v4")
    answers["/Units/GetAllUnitsInfos"] = ("403 Forbidden", "")
    with System(answers).running() as url:
        shown = text(url, 'mapping = "resgrid-v4"\npoll_interval_s = 5\ncentre_time_zone = "Asia/Jakarta"')
    assert 'id CallId 3 0 "4711"' in lines(shown, "id")
    assert "units: the token is wrong or has no right to this (HTTP 403)" in shown
    assert "Not told" not in shown


def test_that_a_list_that_may_be_cut_short_is_told_beside_its_request():
    rows: list[dict[str, Any]] = [
        {"incident_number": str(number), "type": "Aid", "datetime": "2026-11-23T23:05:00"} for number in range(3)
    ]
    mapping = Path(__file__).parents[1] / "resources" / "mappings" / "socrata-kzjm-xkqj.toml"
    limited = mapping.read_text(encoding="utf-8").replace(
        'paging = { by = "offset", size = 1_000, size_parameter = "$limit", parameter = "$offset" }', "most_rows = 3"
    )
    with System({"/kzjm-xkqj.json": rows}).running() as url:
        feed = FeedSettings(id="x", url=url)
        source = MappedSource(loads_mapping(limited, "x"), feed, Transport(feed, None))
        shown = explain.as_text([("x", source.explained())], Words(Language.INDONESIAN))
        source.close()
    assert "! calls: 3 rows are as many as the system gives at once" in lines(shown, "!")
    assert "Waktu server" in shown


@pytest.mark.parametrize("feed", ['mapping = "divera-v2"\npoll_interval_s = 30\nauth = "bearer"', 'auth = "bearer"'])
def test_that_a_missing_token_is_named_where_it_was_looked_for(feed: str):
    shown = text("http://127.0.0.1:9/api", feed, token=None)
    assert 'keyring (service "wallboard", user "x")' in shown
    assert "WALLBOARD_TOKEN_X" in shown
