"""A mapped source against a real server that answers as a test says."""

import contextlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.feed.mapping.systems import System, mapped
from wallboard.core.entities import ANSWERED, ARRIVED, AT_WORK, DISPATCHED, ENDED
from wallboard.core.poll import FailureKind
from wallboard.feed.explanation import ClockOrigin
from wallboard.feed.mapping.load import loads
from wallboard.feed.mapping.source import MappedSource
from wallboard.feed.settings import Auth, FeedSettings
from wallboard.feed.transport import Answer, FeedError

HEAD = """
name = "test"
[centre]
id = "c"
name = "Centre"
time_zone = "Asia/Jakarta"
"""

INCIDENTS = """
[[incidents]]
endpoint = "list"
closed = "disappearance"
id = "id"
title = "title"
reported_at = "at"
priority = "prio"
closed_at = "closed"
latitude = "lat"
address = "address"
[values.priority]
high = 1
"*" = 3
"""


def mapping(endpoint: str = "", incidents: str = INCIDENTS, head: str = HEAD, more: str = "") -> str:
    return f'{head}\n[[endpoint]]\nname = "list"\npath = "/list"\n{endpoint}\n{more}\n{incidents}'


def row(identifier: Any = "1", **changes: Any) -> dict[str, Any]:
    return {"id": identifier, "title": "Fire", "at": "2026-11-24T07:20:00Z", "prio": "high"} | changes


def rows(*identifiers: Any) -> list[dict[str, Any]]:
    return [row(identifier) for identifier in identifiers]


def ids(poll: Any) -> list[str]:
    return [incident.id for incident in poll.snapshot.incidents if incident.active]


def closed(poll: Any) -> dict[str, datetime]:
    return {one.id: one.closed_at for one in poll.snapshot.incidents if not one.active}


def failure(source: MappedSource) -> FeedError:
    with pytest.raises(FeedError) as raised:
        source.poll()
    return raised.value


# Rows.


def test_that_rows_become_incidents_and_what_is_not_told_is_said():
    with mapped(System({"/list": [row(lat="1.47", address=" Jl. A \n 5 ")]}), mapping()) as source:
        poll = source.poll()
    (incident,) = poll.snapshot.incidents
    assert (incident.id, incident.number, incident.title, incident.priority) == ("1", "1", "Fire", 1)
    assert (incident.latitude, incident.address, incident.status, incident.category) == (
        1.47,
        "Jl. A 5",
        "new",
        "other",
    )
    assert poll.snapshot.untold == {"agencies", "units", "call_takers", "calls", DISPATCHED, ARRIVED, AT_WORK}
    assert poll.snapshot.centre.name == "Centre"
    assert poll.dropped_rows == ()


@pytest.mark.parametrize(
    ("fields", "untold"),
    [
        ("", {ANSWERED, ENDED}),
        ('answered_at = "answered"', {ENDED}),
        ('answered_at = "answered"\nended_at = "`null`"', set()),
    ],
)
def test_that_calls_whose_answers_or_ends_no_field_tells_are_told_as_such(fields: str, untold: set[str]):
    calls = f'[[calls]]\nendpoint = "list"\nid = "id"\nreceived_at = "at"\ndisposition = "prio"\n{fields}\n'
    with mapped(System({"/list": rows("1")}), mapping(incidents="", more=calls)) as source:
        snapshot = source.poll().snapshot
    assert snapshot is not None
    assert {name for name in snapshot.untold if name.startswith("calls")} == untold
    assert [call.id for call in snapshot.calls] == ["1"]


@pytest.mark.parametrize(
    ("ends", "only_running"),
    [(["`null`"], True), (["ended"], False), (["`null`", "ended"], False), (["`null`", None], False)],
)
def test_that_a_list_that_tells_no_end_holds_only_running_calls_unless_another_tells_those_that_ended(
    ends: list[str | None], only_running: bool
):
    calls = "".join(
        '[[calls]]\nendpoint = "list"\nid = "id"\nreceived_at = "at"\ndisposition = "prio"\n'
        + (f'ended_at = "{end}"\n' if end else "")
        for end in ends
    )
    with mapped(System({"/list": rows("1")}), mapping(incidents="", more=calls)) as source:
        snapshot = source.poll().snapshot
    assert snapshot is not None
    assert snapshot.only_running_calls is only_running


@pytest.mark.parametrize("charset", ["iso-8859-1", '"windows-1252"', "utf-16", "UTF-8"])
def test_that_a_system_that_writes_another_character_set_and_says_so_is_read(charset: str):
    body = json.dumps(rows("1"), ensure_ascii=False).replace("Fire", "Incendie à l’été" if "1252" in charset else "été")
    system = System({"/list": body.encode(charset.strip('"'))}, media_type=f"application/json; charset={charset}")
    with mapped(system, mapping()) as source:
        (incident,) = source.poll().snapshot.incidents
    assert incident.title.endswith("été")


@pytest.mark.parametrize("charset", ["", "; charset=klingon", "; charset=hex", "; charset=punycode"])
def test_that_a_system_that_does_not_say_what_it_writes_is_named(charset: str):
    body = json.dumps(rows("1"), ensure_ascii=False).replace("Fire", "été").encode("latin-1")
    with mapped(System({"/list": body}, media_type=f"application/json{charset}"), mapping()) as source:
        assert failure(source).message == "list: the answer is no JSON that can be read: it is not UTF-8"


def test_that_half_an_emoji_costs_no_more_than_itself():
    body = json.dumps(rows("1", "2")).encode().replace(b"Fire", rb"Fire \ud83d", 1)
    with mapped(System({"/list": body}), mapping()) as source:
        incidents = source.poll().snapshot.incidents
    assert [incident.title for incident in incidents] == ["Fire \ufffd", "Fire"]


def test_that_a_row_that_lacks_what_it_needs_is_dropped_with_its_place_in_the_original_answer():
    body = {"data": {"items": [row("1"), row("2", at="soon"), row(None), row("4", title="")]}}
    with mapped(System({"/list": body}), mapping("rows = \"data.items[?id != '9']\"")) as source:
        poll = source.poll()
    assert ids(poll) == ["1"]
    assert [(dropped.path, dropped.reason) for dropped in poll.dropped_rows] == [
        ("list:data.items[1].at", 'reported_at: it is not a time with an offset (rfc3339) ("soon")'),
        ("list:data.items[2].id", "id: there is none"),
        ("list:data.items[3].title", "title: there is none"),
    ]
    assert [(dropped.list_name, dropped.id) for dropped in poll.dropped_rows] == [
        ("incidents", "2"), ("incidents", ""), ("incidents", "4"),
    ]  # fmt: skip


def test_that_what_only_adorns_a_row_is_left_out_and_told_and_a_bad_closing_time_costs_the_row():
    body = [row("1", lat="95"), row("2", closed="yesterday")]
    with mapped(System({"/list": body}), mapping()) as source:
        poll = source.poll()
    assert ids(poll) == ["1"], "a closed incident never shows as open"
    assert [dropped.path for dropped in poll.dropped_rows] == ["list:[0].lat", "list:[1].closed"]
    assert "kept without it" in poll.dropped_rows[0].reason


def test_that_no_report_shows_what_may_be_a_callers():
    with mapped(
        System({"/list": [row("1", at="+62 812 0000 0000"), row("2", at="x", caller_time="Ibu Contoh")]}),
        mapping(incidents=INCIDENTS.replace('closed_at = "closed"', 'closed_at = "caller_time"')),
    ) as source:
        reasons = " ".join(dropped.reason for dropped in source.poll().dropped_rows)
        explained = source.explained()
    assert "0812" not in reasons.replace(" ", "")
    assert "812" not in reasons
    assert "(withheld)" in reasons
    assert "Contoh" not in repr(explained)


def test_that_the_first_of_two_rows_with_one_identifier_stays_and_the_other_is_told():
    with mapped(System({"/list": [row("1"), row("1", title="Other")]}), mapping()) as source:
        poll = source.poll()
    assert [one.title for one in poll.snapshot.incidents] == ["Fire"]
    assert poll.dropped_rows[0].path == "list:[1].id"


def test_that_rows_of_one_thing_are_merged_where_the_mapping_says_so():
    body = [
        row("1", at="2026-11-24T07:20:00Z", closed="2026-11-24T07:30:00Z", prio="low"),
        row("1", at="2026-11-24T07:19:00Z", prio="high"),
    ]
    text = mapping(incidents=INCIDENTS.replace('id = "id"', 'id = "id"\nmerge = true'))
    with mapped(System({"/list": body}), text) as source:
        (incident,) = source.poll().snapshot.incidents
    assert incident.reported_at == datetime(2026, 11, 24, 7, 19, tzinfo=UTC)
    assert incident.priority == 1
    assert incident.active, "one of the rows is still open"


def test_that_a_dictionary_of_rows_and_the_empty_list_in_its_place_are_read():
    system = System({"/list": {"items": {"7": {"title": "Fire", "at": "2026-11-24T07:20:00Z", "prio": 1}}}})
    with mapped(system, mapping('rows = "items"\nkey_as = "id"')) as source:
        assert ids(source.poll()) == ["7"]
        system.answers["/list"] = {"items": []}
        source.poll()


def test_that_rows_within_rows_find_the_outer_one_as_their_parent():
    units = """
[[units]]
endpoint = "list"
nested = "units"
id = "id"
agency_id = "parent.agency"
name = "id"
status = "state"
incident_id = "parent.id"
"""
    body = [row("1", agency="fire", units=[{"id": "E1", "state": "on_scene"}, {"id": "E2"}, {"state": "x"}])]
    with mapped(System({"/list": body}), mapping(more=units)) as source:
        poll = source.poll()
    assert [(unit.id, unit.agency_id, unit.status, unit.incident_id) for unit in poll.snapshot.units] == [
        ("E1", "fire", "on_scene", "1"),
        ("E2", "fire", "other", "1"),
    ]
    assert poll.dropped_rows[0].path == "list:[0].units[2].id"


def test_that_only_rows_that_are_wanted_are_taken():
    text = mapping(incidents=INCIDENTS.replace('id = "id"', 'id = "id"\nwhere = "!deleted"'))
    with mapped(System({"/list": [row("1"), row("2", deleted=True)]}), text) as source:
        assert ids(source.poll()) == ["1"]


def test_that_values_without_a_translation_are_counted():
    with mapped(System({"/list": [row("1", prio="odd"), row("2", prio="odd"), row("3")]}), mapping()) as source:
        poll = source.poll()
    assert poll.unknown_values == {"incidents.priority": 2}
    assert [one.priority for one in poll.snapshot.incidents] == [3, 3, 1]


# Answers.


@pytest.mark.parametrize(
    ("body", "kind", "said"),
    [
        (b"<html>Log in</html>", FailureKind.NOT_JSON, "login page"),
        (b'{"a": ', FailureKind.BAD_DATA, "no JSON"),
        (b'["\xff"]', FailureKind.BAD_DATA, "no JSON"),
        ({"other": []}, FailureKind.BAD_DATA, "there are no rows at Data"),
        (
            {"Data": [], "error": {"code": 498, "message": "Invalid token."}},
            FailureKind.BAD_DATA,
            "498, Invalid token.",
        ),
    ],
)
def test_that_an_answer_without_data_is_a_failure_and_not_an_empty_list(body: Any, kind: FailureKind, said: str):
    with mapped(System({"/list": body}), mapping('rows = "Data"\nerror = "error"')) as source:
        error = failure(source)
    assert error.kind is kind
    assert error.message.startswith("list: ")
    assert said in error.message


def test_that_the_words_of_an_error_are_one_bounded_line_without_tokens_and_addresses():
    said = "Bad key 9f8e7d6c5b4a39281706\nsee https://example.net/?accesskey=1 " + "and so on " * 50
    with mapped(System({"/list": {"error": said}}), mapping('error = "error"')) as source:
        message = failure(source).message
    assert "9f8e" not in message
    assert "accesskey" not in message
    assert len(message) < 250
    assert message.isprintable()


def test_that_a_refusal_keeps_its_kind_and_says_which_endpoint_it_was():
    with mapped(System({"/list": ("429 Too Many Requests", "Retry-After: 7\r\n")}), mapping()) as source:
        error = failure(source)
    assert (error.kind, error.retry_after_s) == (FailureKind.RATE_LIMITED, 7.0)
    assert error.message.startswith("list: the server asks")


@pytest.mark.parametrize(
    ("endpoint", "body", "why"),
    [
        ('most_rows = 2\nrows = "d"', {"d": rows(1, 2)}, "as many as the system gives at once"),
        ('more = "more"\nrows = "d"', {"d": rows(1, 2), "more": True}, "there are more"),
        ('count = "n"\nrows = "d"', {"d": rows(1, 2), "n": 3}, "counts 3 rows and gives 2"),
        ('rows = "d"', {"d": rows(*range(100))}, "exactly 100 rows"),
        (
            'rows = "d"\npaging = { by = "offset", size = 1000, size_parameter = "limit", parameter = "offset" }',
            {"d": rows(*range(100))},
            "exactly 100 rows where 1000 were asked for",
        ),
    ],
)
def test_that_a_list_that_may_be_cut_short_is_told_and_closes_nothing(endpoint: str, body: Any, why: str):
    system = System({"/list": {"d": rows("a"), "n": 1}})
    with mapped(system, mapping(endpoint)) as source:
        source.poll()
        system.answers["/list"] = body
        poll = source.poll()
        assert why in poll.dropped_rows[0].reason
        assert "a" in ids(poll)


# Closing.


def at(system: System, minute: int) -> datetime:
    system.headers = f"Date: Tue, 24 Nov 2026 07:{minute:02d}:00 GMT\r\n"
    return datetime(2026, 11, 24, 7, minute, tzinfo=UTC)


def test_that_an_incident_that_left_a_good_answer_is_closed_at_its_server_time():
    system = System({"/list": rows("1", "2")})
    with mapped(system, mapping()) as source:
        source.poll()
        system.answers["/list"], then = rows("2"), at(system, 40)
        poll = source.poll()
        assert (ids(poll), closed(poll)) == (["2"], {"1": then})
        system.answers["/list"] = rows("2", "1")
        assert ids(source.poll()) == ["2", "1"], "it came back: it was never closed"


def test_that_a_closed_incident_stays_for_an_hour():
    system = System({"/list": rows("1", "2")})
    with mapped(system, mapping()) as source:
        source.poll()
        system.answers["/list"] = rows("2")
        source.poll()
        system.answers["/list"] = rows("2", "3")
        system.headers = "Date: Tue, 24 Nov 2026 08:31:59 GMT\r\n"
        assert closed(source.poll()).keys() == {"1"}
        system.headers = "Date: Tue, 24 Nov 2026 08:32:00 GMT\r\n"
        system.answers["/list"] = rows("2", "4")
        assert "1" not in closed(source.poll())


def test_that_an_answer_that_is_suddenly_empty_closes_only_once_it_is_confirmed():
    system = System({"/list": rows("1", "2")})
    with mapped(system, mapping()) as source:
        source.poll()
        system.answers["/list"] = []
        at(system, 33)
        assert source.poll().snapshot is None, "nothing has changed yet"
        then = at(system, 34)
        assert closed(source.poll()) == {"1": then, "2": then}


def test_that_an_empty_answer_with_a_count_of_none_closes_at_once():
    system = System({"/list": {"d": rows("1"), "n": 1}})
    with mapped(system, mapping('rows = "d"\ncount = "n"')) as source:
        source.poll()
        system.answers["/list"] = {"d": [], "n": 0}
        assert closed(source.poll()).keys() == {"1"}


def test_that_a_failed_answer_closes_nothing():
    system = System({"/list": rows("1")})
    with mapped(system, mapping()) as source:
        source.poll()
        for answer in (("503 Service Unavailable", ""), b"nothing", {"x": 1}, ("500 Internal Server Error", "")):
            system.answers["/list"] = answer
            if answer != {"x": 1}:
                failure(source)
        system.answers["/list"] = rows("1")
        assert source.poll().snapshot is None, "nothing has changed"


def test_that_a_row_that_cannot_be_read_has_not_left_the_list():
    system = System({"/list": rows("1", "2")})
    with mapped(system, mapping()) as source:
        source.poll()
        system.answers["/list"] = [row("1", at="broken"), row("2")]
        assert closed(source.poll()) == {}
        system.answers["/list"] = [row(None), row("2")]
        assert ids(source.poll()) == ["2", "1"], "the nameless row may be any"


def test_that_an_incident_that_ends_by_its_status_gets_the_time_at_which_that_was_seen():
    text = mapping(
        incidents=INCIDENTS.replace('"disappearance"', '"status"').replace('closed_at = "closed"', 'status = "state"\n')
        + '[values.incident_status]\nopen = "new"\ndone = "closed"\n'
    )
    system = System({"/list": [row("1", state="open"), row("2", state="done")]})
    with mapped(system, text) as source:
        assert closed(source.poll()) == {"2": None}, "when it ended is not known"
        system.answers["/list"], then = [row("1", state="done"), row("2", state="done")], at(system, 40)
        assert closed(source.poll())["1"] == then
        system.answers["/list"] = [row("1", state="done", title="Smoke"), row("2", state="done")]
        at(system, 50)
        assert closed(source.poll())["1"] == then


def test_that_what_only_cut_lists_lack_leaves_after_an_hour_without_being_closed():
    system = System({"/list": rows("1", "2")})
    with mapped(system, mapping("most_rows = 2")) as source:
        source.poll()
        system.answers["/list"] = rows("3", "4")
        system.headers = "Date: Tue, 24 Nov 2026 08:31:00 GMT\r\n"
        assert sorted(ids(source.poll())) == ["1", "2", "3", "4"]
        system.answers["/list"] = rows("3", "5")
        system.headers = "Date: Tue, 24 Nov 2026 08:32:00 GMT\r\n"
        poll = source.poll()
    assert (sorted(ids(poll)), closed(poll)) == (["3", "4", "5"], {})


# Pages.

PAGED = {
    "offset": 'paging = { by = "offset", size = 2, size_parameter = "limit", parameter = "offset" }',
    "page": 'paging = { by = "page", size = 2, size_parameter = "per", parameter = "page", first = 1 }',
    "token": 'paging = { by = "token", size = 2, parameter = "after", next = "next" }\nrows = "d"',
    "url": 'paging = { by = "url", size = 2, next = "next" }\nrows = "d"',
}
FIVE = rows("1", "2", "3", "4", "5")


def paged(by: str) -> Any:
    def answer(query: dict[str, str]) -> Any:
        start = {
            "offset": int(query.get("offset", 0)),
            "page": 2 * (int(query.get("page", 1)) - 1),
            "token": int(query.get("after", "t0")[1:]),
            "url": int(query.get("from", 0)),
        }[by]
        page = FIVE[start : start + 2]
        if by in ("offset", "page"):
            return page
        more = start + 2 < len(FIVE)
        following = f"t{start + 2}" if by == "token" else f"/api/list?from={start + 2}&accesskey=stale"
        return {"d": page, "next": following if more else None}

    return answer


@pytest.mark.parametrize("by", list(PAGED))
def test_that_every_page_is_read(by: str):
    system = System({"/list": paged(by)})
    with mapped(system, mapping(PAGED[by]), auth=Auth.QUERY, query_parameter="accesskey") as source:
        poll = source.poll()
    assert ids(poll) == ["1", "2", "3", "4", "5"]
    assert len(system.asked) == 3
    assert all(query["accesskey"] == "t0ken" for _, query in system.asked), "the token goes with each, once"
    assert poll.dropped_rows == ()


@pytest.mark.parametrize("by", ["offset", "page"])
def test_that_a_system_that_gives_the_same_page_again_and_again_is_not_asked_two_hundred_times(by: str):
    system = System({"/list": FIVE[:2]})
    with mapped(system, mapping(PAGED[by])) as source:
        assert failure(source).message == "list: its pages go in circles"
    assert len(system.asked) == 2


def test_that_pages_that_are_each_quick_and_together_too_slow_are_given_up():
    """Each takes eight of the ten seconds of a request."""
    now_s = [0.0]

    def answer(query: dict[str, str]) -> Any:
        now_s[0] += 8
        return {"d": [FIVE[0] | {"id": query["offset"]}], "exceededTransferLimit": True}

    system = System({"/list": answer})
    text = mapping(PAGED["offset"] + '\nrows = "d"\nmore = "exceededTransferLimit"')
    with mapped(system, text, monotonic=lambda: now_s[0], deadline_s=10) as source:
        with pytest.raises(FeedError, match="more than the 4 pages that came within 30 s") as refused:
            source.poll()
        assert refused.value.kind is FailureKind.TIMEOUT
        assert len(system.asked) == 4


def test_that_pages_go_on_as_long_as_the_system_says_that_there_is_more():
    def answer(query: dict[str, str]) -> Any:
        start = int(query["offset"])
        return {"d": FIVE[start : start + 1], "exceededTransferLimit": start < 4}

    with mapped(
        System({"/list": answer}), mapping(PAGED["offset"] + '\nrows = "d"\nmore = "exceededTransferLimit"')
    ) as source:
        assert len(ids(source.poll())) == 5


@pytest.mark.parametrize(
    ("endpoint", "answer", "said"),
    [
        (PAGED["token"], {"d": rows("1", "2"), "next": "same"}, "in circles"),
        (PAGED["url"], {"d": rows("1"), "next": "https://elsewhere.example/api/list"}, "outside of the feed's address"),
        (PAGED["url"], {"d": rows("1"), "next": "/other/list"}, "outside of the feed's address"),
        (PAGED["offset"] + '\nrows = "d"\nmore = "m"', {"d": [], "m": True}, "there are none"),
        (PAGED["offset"], lambda query: rows(*f"{query['offset']} x".split()), "more than 200 pages"),
    ],
)
def test_that_pages_that_do_not_end_or_lead_away_are_a_failure(endpoint: str, answer: Any, said: str):
    with mapped(System({"/list": answer}), mapping(endpoint)) as source:
        assert said in failure(source).message


def test_that_of_an_answer_of_several_pages_only_what_is_gone_twice_is_closed():
    left = list(FIVE)

    def answer(query: dict[str, str]) -> Any:
        start = int(query["offset"])
        return left[start : start + 2]

    with mapped(System({"/list": answer}), mapping(PAGED["offset"])) as source:
        source.poll()
        del left[1]
        assert closed(source.poll()) == {}, "it may have moved between two pages"
        assert closed(source.poll()).keys() == {"2"}


# Endpoints.

UNITS = """
[[endpoint]]
name = "units"
path = "/units"
interval_s = 30
[[units]]
endpoint = "units"
id = "id"
agency_id = "'a'"
name = "id"
status = "state"
"""


def test_that_an_endpoint_is_asked_at_its_own_interval_and_its_rows_stay_in_between():
    now_s = [100.0]
    system = System({"/list": rows("1"), "/units": [{"id": "E1", "state": "available"}]})
    with mapped(system, mapping(more=UNITS), monotonic=lambda: now_s[0]) as source:
        source.poll()
        for seconds in (2, 29, 30):
            now_s[0] = 100.0 + seconds
            system.answers["/list"] = rows("1", seconds)
            assert [unit.id for unit in source.poll().snapshot.units] == ["E1"]
    assert [path for path, _ in system.asked].count("/units") == 2
    assert [path for path, _ in system.asked].count("/list") == 4


def test_that_one_endpoint_that_fails_fails_the_poll_and_the_others_are_not_asked_twice():
    now_s = [100.0]
    system = System({"/list": rows("1"), "/units": []})
    with mapped(system, mapping(more=UNITS), monotonic=lambda: now_s[0]) as source:
        source.poll()
        now_s[0] += 5
        system.answers["/list"] = ("500 Internal Server Error", "")
        assert failure(source).message.startswith("list: ")
        system.answers["/list"] = rows("1", "2")
        assert ids(source.poll()) == ["1", "2"]
    assert [path for path, _ in system.asked].count("/units") == 1


def test_that_an_answer_that_is_still_the_same_is_not_told_again():
    system = System({"/list": rows("1")}, headers='ETag: "7"\r\nDate: Tue, 24 Nov 2026 07:32:00 GMT\r\n')
    with mapped(system, mapping()) as source:
        assert source.poll().snapshot is not None
        system.answers["/list"] = ("304 Not Modified", "")
        poll = source.poll()
    assert poll.snapshot is None
    assert b'If-None-Match: "7"' in system.heads[-1]


def test_that_things_are_asked_for_one_by_one_where_a_list_names_only_their_identifiers():
    endpoints = '[[endpoint]]\nname = "names"\npath = "/names"\n'
    system = System({"/names": {"ids": ["a/b", "c", "gone"]}, "/list/a/b": row("1"), "/list/c": row("2")})
    text = mapping('ids_from = "names"\nids = "ids"', more=endpoints).replace('path = "/list"', 'path = "/list/{id}"')
    with mapped(system, text) as source:
        assert ids(source.poll()) == ["1", "2"]
    assert b"GET /api/list/a%2Fb " in system.heads[1]


def test_that_nothing_to_ask_for_one_by_one_is_no_failure_and_tells_no_time():
    endpoints = '[[endpoint]]\nname = "names"\npath = "/names"\n'
    system = System({"/names": {"ids": []}})
    text = mapping('ids_from = "names"\nids = "ids"', more=endpoints).replace('path = "/list"', 'path = "/list/{id}"')
    with mapped(system, text) as source:
        poll = source.poll()
    assert poll.snapshot.incidents == ()
    assert poll.snapshot.server_time == datetime(2026, 11, 24, 7, 32, tzinfo=UTC)
    assert poll.sent_s > 0


@pytest.mark.parametrize("reader", ["json", "eido"])
@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b"[" * 900 + b"]" * 900, b'{"callComponent":' * 400 + b"1" + b"}" * 400]
)
def test_that_an_answer_that_is_nested_deeply_is_at_most_a_failure(reader: str, body: bytes):
    with mapped(System({"/list": body}), mapping(f'reader = "{reader}"')) as source, contextlib.suppress(FeedError):
        source.poll()


def test_that_parameters_hold_the_period_on_the_systems_clock_and_headers_go_with_each_request():
    system = System({"/list": []})
    endpoint = 'parameters = { "$where" = "at > \'{since}\'" }\nparameter_time = "local"\nwindow_s = 3600\n'
    head = HEAD.replace("[centre]", 'headers = { "X-Tenant" = "bengkalis" }\n[centre]')
    with mapped(system, mapping(endpoint, head=head)) as source:
        source.poll()
    assert b"X-Tenant: bengkalis" in system.heads[0]
    assert system.asked[-1][1]["$where"].startswith("at > '2026-11-24T13:32:0"), "an hour before the server's 14:32"


def test_that_a_pc_whose_clock_is_wrong_asks_again_for_the_right_period_and_only_once():
    reported = "2026-11-24T07:20:00Z"
    system = System({"/list": lambda asked: rows("1") if asked["from"] < reported else []})
    with mapped(system, mapping('parameters = { from = "{since}" }\nwindow_s = 3600')) as source:
        assert ids(source.poll()) == ["1"], "though by this PC's clock it was reported days before"
        assert len(system.asked) == 2
        source.poll()
    assert len(system.asked) == 3


@pytest.mark.parametrize(
    ("endpoint", "headers", "origin"),
    [
        (
            'rows = "d"\nserver_time = { expression = "now", time = "epoch_s" }',
            "Date: Tue, 24 Nov 2026 09:00:00 GMT\r\n",
            ClockOrigin.ANSWER,
        ),
        ('rows = "d"', "Date: Tue, 24 Nov 2026 07:32:00 GMT\r\n", ClockOrigin.DATE_HEADER),
        ('rows = "d"', "", ClockOrigin.THIS_MACHINE),
    ],
)
def test_that_the_servers_time_is_the_answers_else_the_headers_else_this_machines(
    endpoint: str, headers: str, origin: ClockOrigin
):
    system = System({"/list": {"d": rows("1"), "now": "1795505520"}}, headers=headers)
    with mapped(system, mapping(endpoint)) as source:
        explained = source.explained()
    server_time = explained.server_time
    assert explained.clock_origin is origin
    if origin is ClockOrigin.THIS_MACHINE:
        assert server_time is not None
        assert abs(server_time - datetime.now(UTC)) < timedelta(minutes=5)
    else:
        assert server_time == datetime(2026, 11, 24, 7, 32, tzinfo=UTC)


def test_that_the_configuration_names_a_centre_that_the_mapping_cannot():
    with mapped(System({"/list": []}), mapping(), centre_name="Siak", centre_time_zone="Asia/Makassar") as source:
        centre = source.poll().snapshot.centre
    assert (centre.name, centre.time_zone) == ("Siak", "Asia/Makassar")


def test_that_history_is_read_where_an_endpoint_tells_it_and_is_not_offered_otherwise():
    history = '[[endpoint]]\nname = "old"\npath = "/old"\nparameters = { from = "{since}" }\n'
    text = mapping(incidents=INCIDENTS.replace('endpoint = "list"', 'endpoint = "list"\nhistory = "old"'), more=history)
    system = System({"/list": [], "/old": rows("7", "8")})
    since = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
    with mapped(system, text) as source:
        source.poll()
        assert [path for path, _ in system.asked] == ["/list"]
        assert [one.id for page in source.incidents(since) for one in page.rows] == ["7", "8"]
        assert system.asked[-1] == ("/old", {"from": "2026-11-22T07:00:00Z"})
        system.answers["/old"] = rows(*range(100))
        with pytest.raises(FeedError, match="cut short: exactly 100 rows"):
            list(source.incidents(since))
        never_read = source.calls(since)
        with pytest.raises(FeedError) as raised:
            list(never_read)
    assert raised.value.status == 404


def test_that_of_two_histories_the_first_row_that_has_an_identifier_stays():
    history = '[[endpoint]]\nname = "old"\npath = "/old"\nparameters = { from = "{since}" }\n'
    first = INCIDENTS.replace('endpoint = "list"', 'endpoint = "list"\nhistory = "old"')
    second = first.partition("[values")[0].replace('title = "title"', 'title = "address"')
    system = System({"/list": [], "/old": [row("7", address="Jl. A"), row("8", title="", address="Jl. B")]})
    with mapped(system, mapping(incidents=f"{first}{second}", more=history)) as source:
        told = [one for page in source.incidents(datetime(2026, 11, 22, 7, 0, tzinfo=UTC)) for one in page.rows]
    assert [(one.id, one.title) for one in told] == [("7", "Fire"), ("8", "Jl. B")]


# Whatever comes.


class Fixed:
    """A transport that has one answer."""

    def __init__(self) -> None:
        self.body = b""

    def get(self, *_: Any, **__: Any) -> Answer:
        return Answer(
            status=200, body=self.body, media_type="", etag=None, date=datetime(2026, 11, 24, 7, 32, tzinfo=UTC)
        )


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(["2026-11-24T07:20:00Z", "high", "95", "0"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["id", "title", "at", "prio", "closed", "lat", "address", "d", "units"]), inner, max_size=7
        )
    ),
    max_leaves=30,
)


@given(st.lists(JSON.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=30), min_size=1, max_size=4))
def test_that_no_answer_does_more_than_fail(bodies: list[bytes]):
    transport = Fixed()
    text = mapping('rows = "d || @"\nkey_as = "id"\ncount = "n"\nerror = "error"', more=UNITS)
    source = MappedSource(loads(text, "x"), FeedSettings(id="x", url="http://host"), transport)  # type: ignore[arg-type]
    for body in bodies:
        transport.body = body
        for ask in (source.poll, source.explained):
            message = ""
            try:
                ask()
            except FeedError as error:
                message = error.message
            assert message.isprintable()
            assert len(message) < 600
