"""The decoder: garbage is refused by name, bad rows are dropped by place, and texts come out plain."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.feed.bodies import SNAPSHOT, snapshot
from wallboard.core.entities import OTHER, Disposition, known
from wallboard.core.text import LONGEST_TEXT
from wallboard.feed.contract import ContractError, decode_calls, decode_changes, decode_incidents, decode_snapshot

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=10,
)


def paths(value: Any, prefix: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The place of every value in a JSON document."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [prefix, *(path for key, inner in inside for path in paths(inner, (*prefix, key)))]


def with_value(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    copy = document.copy()
    copy[path[0]] = with_value(document[path[0]], path[1:], value)
    return copy


def decoded_or_refused(decode, body):
    try:
        return decode(body)
    except ContractError:
        return None


@given(st.binary(max_size=300))
def test_that_bytes_are_decoded_or_refused(body):
    for decode in (decode_snapshot, decode_calls, decode_incidents):
        decoded_or_refused(decode, body)


@given(JSON)
def test_that_any_json_is_decoded_or_refused(document):
    for decode in (decode_snapshot, decode_calls, decode_incidents):
        decoded_or_refused(decode, json.dumps(document).encode("utf-8", "surrogatepass"))


@given(st.sampled_from(paths(SNAPSHOT)), JSON)
def test_that_a_snapshot_with_one_value_changed_is_decoded_or_refused(path, value):
    body = json.dumps(with_value(SNAPSHOT, path, value)).encode()
    decoded = decoded_or_refused(decode_snapshot, body)
    if decoded is not None:
        for name in ("agencies", "units", "call_takers", "calls", "incidents"):
            rows = json.loads(body)[name]
            kept = getattr(decoded.snapshot, name)
            dropped = [row for row in decoded.dropped_rows if row.path.startswith(name)]
            assert len(rows) == len(kept) + len(dropped)


@given(st.data())
def test_that_a_snapshot_cut_anywhere_is_refused(data):
    body = snapshot()
    length = data.draw(st.integers(0, len(body) - 1))
    with pytest.raises(ContractError):
        decode_snapshot(body[:length])


def test_that_each_fault_of_a_row_is_told_by_its_place():
    good = SNAPSHOT["calls"][0]
    rows = [
        good | {"received_at": "2026-11-24T07:00:00"},
        good,
        {key: value for key, value in good.items() if key != "id"} | {"id": ""},
        good | {"id": "late", "answered_at": 5},
        good,
        "a string",
    ]
    decoded = decode_snapshot(snapshot(calls=rows))
    assert [row.id for row in decoded.snapshot.calls] == ["c1"]
    assert [row.path for row in decoded.dropped_rows] == [
        "calls[0].received_at",
        "calls[2].id",
        "calls[3].answered_at",
        "calls[4].id",
        "calls[5]",
    ]


def test_that_unknown_values_are_kept_counted_and_shown_as_other():
    rows = [SNAPSHOT["calls"][0] | {"id": str(number), "disposition": "hoax"} for number in range(3)]
    decoded = decode_snapshot(snapshot(calls=rows))
    assert decoded.unknown_values == {"calls.disposition": 3}
    assert {known(Disposition, call.disposition) for call in decoded.snapshot.calls} == {OTHER}


def test_that_unknown_fields_are_ignored_and_a_callers_number_is_never_decoded():
    decoded = decode_snapshot(snapshot(calls=[SNAPSHOT["calls"][0] | {"colour": "red"}]))
    assert "+62" not in str(decoded)
    assert "Api dari dapur" not in str(msgspec.to_builtins(decoded.snapshot))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Banjir\nrob\t di  sini", "Banjir rob di sini"),
        ("abc\u202edef", "abcdef"),
        ("bell\x07", "bell\N{REPLACEMENT CHARACTER}"),
        ("del\x7f", "del\N{REPLACEMENT CHARACTER}"),
        ("x" * 5000, "x" * (LONGEST_TEXT - 1) + "…"),
        ("<b>&amp;", "<b>&amp;"),
        ("ブンカリス", "ブンカリス"),
    ],
)
def test_that_titles_come_out_plain(text, shown):
    for ascii_only in (True, False):
        body = json.dumps(
            SNAPSHOT | {"incidents": [SNAPSHOT["incidents"][0] | {"title": text}]}, ensure_ascii=ascii_only
        ).encode()
        assert decode_snapshot(body).snapshot.incidents[0].title == shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (r"Api \ud83d", "Api \ufffd"),
        (r"\udd25 Api", "\ufffd Api"),
        (r"\ud83d\ud83d\udd25", "\ufffd\U0001f525"),
        (r"\uD83D\uDD25", "\U0001f525"),
        (r"\\ud83d", r"\ud83d"),
    ],
)
def test_that_half_an_emoji_costs_no_more_than_itself(written, shown):
    rows = [SNAPSHOT["incidents"][0] | {"title": "@"}, SNAPSHOT["incidents"][0] | {"id": "i2"}]
    decoded = decode_snapshot(snapshot(incidents=rows).replace(b"@", written.encode()))
    assert [incident.title for incident in decoded.snapshot.incidents] == [shown, "Kebakaran rumah"]
    assert decoded.dropped_rows == ()


@pytest.mark.parametrize("zone", ["Asia/Nowhere", "../etc/passwd", "", "/etc/localtime"])
def test_that_an_unknown_time_zone_is_named(zone):
    with pytest.raises(ContractError, match=r"centre\.time_zone"):
        decode_snapshot(snapshot(centre=SNAPSHOT["centre"] | {"time_zone": zone}))


@pytest.mark.parametrize("instant", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_that_an_instant_at_the_ends_of_the_calendar_is_refused(instant):
    decoded = decode_snapshot(snapshot(calls=[SNAPSHOT["calls"][0] | {"received_at": instant}, *SNAPSHOT["calls"]]))
    assert len(decoded.snapshot.calls) == 1
    assert decoded.dropped_rows[0].path == "calls[0].received_at"


@pytest.mark.parametrize(
    ("instant", "kept"),
    [
        ("0001-01-31T23:59:59+14:00", False),
        ("0001-02-01T00:00:00-14:00", True),
        ("9999-11-30T23:59:59Z", True),
        ("9999-12-01 00:00:00+07:00", False),
    ],
)
@pytest.mark.parametrize("title", ["Kebakaran", "\u202eKebakaran"], ids=["plain", "one that is looked at row by row"])
def test_that_the_months_at_the_ends_are_the_same_however_the_body_is_read(instant, kept, title):
    decoded = decode_snapshot(
        snapshot(
            incidents=[
                *SNAPSHOT["incidents"],
                SNAPSHOT["incidents"][0] | {"id": "end", "title": title, "reported_at": instant},
            ]
        )
    )
    assert [row.id for row in decoded.snapshot.incidents][1:] == ["end"] * kept
    assert [row.path for row in decoded.dropped_rows] == ["incidents[1].reported_at"] * (not kept)


@pytest.mark.parametrize("name", ["agencies", "units", "call_takers", "calls", "incidents"])
def test_that_a_list_of_which_nothing_can_be_read_is_not_an_empty_list(name):
    """As from a server that forgets every offset: with the good data of before, the wall knows more than with none."""
    lost = [
        SNAPSHOT[name][0] | {"id": f"{number}", "name": 7, "received_at": 7, "reported_at": 7} for number in range(3)
    ]
    with pytest.raises(ContractError, match=rf"{name}\[0\]\..*every row"):
        decode_snapshot(snapshot(**{name: lost}))


def changes(**members):
    whole = {"server_time": "2026-11-24T07:32:01Z", "cursor": "c2", "upserts": {}, "removed": {}}
    return json.dumps(whole | members).encode()


def test_that_changes_are_rows_by_list_and_identifiers_that_left():
    upserts = {"calls": SNAPSHOT["calls"], "incidents": SNAPSHOT["incidents"], "weather": [{"id": 1}]}
    decoded = decode_changes(changes(upserts=upserts, removed={"units": ["u1"], "weather": ["w"]}))
    assert decoded.delta.cursor == "c2"
    assert [row.id for row in decoded.delta.upserts["calls"]] == ["c1"]
    assert decoded.delta.upserts["incidents"] == decode_snapshot(json.dumps(SNAPSHOT).encode()).snapshot.incidents
    assert decoded.delta.removed["units"] == ("u1",)
    assert decoded.dropped_rows == ()


def test_that_a_bad_row_of_changes_is_told_by_its_place_and_texts_come_out_plain():
    calls = [SNAPSHOT["calls"][0] | {"received_at": "2026-11-24T14:31:30"}, SNAPSHOT["calls"][0]]
    incidents = [SNAPSHOT["incidents"][0] | {"title": "a\u202eb"}]
    decoded = decode_changes(changes(upserts={"calls": calls, "incidents": incidents}))
    (row,) = decoded.dropped_rows
    assert row.path == "calls[0].received_at"
    assert (row.list_name, row.id) == ("calls", "c1"), "which can be read though the rest cannot"
    assert [row.id for row in decoded.delta.upserts["calls"]] == ["c1"]
    assert [getattr(row, "title", None) for row in decoded.delta.upserts["incidents"]] == ["ab"]


@pytest.mark.parametrize(
    ("members", "place"),
    [
        ({"cursor": ""}, "cursor"),
        ({"cursor": 7}, "cursor"),
        ({"server_time": "2026-11-24T07:32:01"}, "server_time"),
        ({"server_time": "9999-12-31T23:59:59Z"}, "server_time"),
        ({"removed": ["u1"]}, "removed"),
        ({"upserts": {"calls": {}}}, "upserts.calls"),
    ],
)
def test_that_changes_that_cannot_be_used_as_a_whole_are_refused(members, place):
    with pytest.raises(ContractError) as refused:
        decode_changes(changes(**members))
    assert refused.value.place == place


@given(st.binary(max_size=300) | JSON.map(msgspec.json.encode))
def test_that_anything_is_changes_or_refused(body):
    decoded_or_refused(decode_changes, body)
