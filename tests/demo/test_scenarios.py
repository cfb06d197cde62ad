"""The scenarios storm, quiet and records, and the changes of all of them."""

import csv
import gzip
import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.demo.worlds import AFTERNOON, WIB, Turned, instant
from wallboard.demo import records, scenarios

LISTS = ("agencies", "units", "call_takers", "calls", "incidents")


def in_progress(snapshot):
    return [call for call in snapshot["calls"] if "ended_at" not in call]


def active(snapshot):
    return [row for row in snapshot["incidents"] if "closed_at" not in row]


def test_that_the_storm_holds_2000_incidents_and_200_calls():
    turned = Turned("storm")
    for _ in range(3):
        snapshot = turned.snapshot()
        assert len(active(snapshot)) == 2000
        assert len(in_progress(snapshot)) == 200
        assert sum("answered_at" not in call for call in in_progress(snapshot)) == 50
        turned.turn(1800)


def test_that_the_storms_snapshot_is_as_large_at_its_start_as_hours_later():
    turned = Turned("storm")
    first = turned.snapshot()
    for _ in range(3):
        turned.turn(3600)
        later = turned.snapshot()
        for name in LISTS:
            assert abs(len(later[name]) - len(first[name])) <= 1, name


def test_that_in_the_storm_something_changes_each_second():
    turned = Turned("storm")
    tags = set()
    for _ in range(30):
        tags.add(turned.world.snapshot_tag())
        turned.turn(1)
    assert len(tags) == 30


@pytest.mark.parametrize("seed", range(5))
def test_that_a_quiet_night_has_nothing_on(seed):
    turned = Turned("quiet", start=None, seed=seed)
    at = instant(turned.snapshot()["server_time"]).astimezone(WIB)
    assert (at.hour, at.minute) == scenarios.NIGHT_TIME, "in the local night"
    for _ in range(7):
        snapshot = turned.snapshot()
        assert in_progress(snapshot) == []
        assert active(snapshot) == []
        assert len(snapshot["agencies"]) == 6
        assert len(snapshot["units"]) > 20
        # Which units are out for the night follows from its date: on some, none is.
        assert {unit["status"] for unit in snapshot["units"]} - {"out_of_service"} == {"available"}
        assert "available" in {taker["status"] for taker in snapshot["call_takers"]}
        turned.turn(3600)


def test_that_the_evening_before_a_quiet_night_was_an_evening_as_others_are():
    calls, _ = Turned("quiet", start=None).world.calls(None, None, None, 10**6)
    assert len(calls) > 500


@pytest.mark.parametrize("name", ["bengkalis", "storm", "quiet"])
def test_that_changes_lead_from_any_snapshot_to_the_next(name):
    turned = Turned(name, start=None if name == "quiet" else AFTERNOON)
    held = turned.snapshot()
    for seconds in (1, 60, 7, 900, 0, 3600, 333):
        turned.turn(seconds)
        changes = json.loads(turned.world.changes(held["cursor"], 0))
        snapshot = turned.snapshot()
        for rows in LISTS:
            merged = {row["id"]: row for row in held[rows]}
            merged |= {row["id"]: row for row in changes["upserts"].get(rows, [])}
            for gone in changes["removed"].get(rows, []):
                merged.pop(gone, None)
            assert merged == {row["id"]: row for row in snapshot[rows]}
        held = snapshot


def line(**changes):
    values = dict.fromkeys(records.COLUMNS, "") | {
        "call_number": "1",
        "unit_id": "E01",
        "battalion": "B01",
        "received": "2020-03-02T10:00:00",
        "entry": "2020-03-02T10:01:00",
        "dispatch": "2020-03-02T10:02:00",
        "response": "2020-03-02T10:03:00",
        "on_scene": "2020-03-02T10:08:00",
        "available": "2020-03-02T10:40:00",
        "call_type": "Structure Fire",
        "call_type_group": "Fire",
        "final_priority": "3",
        "address": "100 Block of A ST",
        "neighborhood": "Mission",
    }
    return values | changes


@pytest.fixture
def folder(tmp_path):
    """Writes records, a dictionary a line."""

    def write(*lines, packed=False):
        path = tmp_path / ("units.csv.gz" if packed else "units.csv")
        with gzip.open(path, "wt", newline="") if packed else path.open("w", newline="") as file:
            writer = csv.DictWriter(file, lines[0].keys())
            writer.writeheader()
            writer.writerows(lines)
        return tmp_path

    return write


@pytest.mark.parametrize("packed", [False, True])
def test_that_records_are_replayed_event_by_event(folder, packed):
    path = folder(line(), line(unit_id="T01", on_scene="", available="2020-03-02T10:20:00"), packed=packed)
    start = datetime.fromisoformat("2026-11-24T09:59:00-08:00")
    turned = Turned("records", start=start, folder=path)
    seen = []
    for minute in range(45):
        snapshot = turned.snapshot()
        row = next((row for row in snapshot["incidents"] if instant(row["reported_at"]) > start), None)
        seen.append((minute, row and row["status"], {unit["id"]: unit["status"] for unit in snapshot["units"]}["E01"]))
        turned.turn(60)
    statuses = {minute: (status, unit) for minute, status, unit in seen}
    assert statuses[1] == (None, "available"), "received, not yet entered"
    assert statuses[3] == ("dispatched", "dispatched")
    assert statuses[5] == ("en_route", "en_route")
    assert statuses[10] == ("on_scene", "on_scene")
    assert statuses[30] == ("on_scene", "on_scene"), "one unit is free, the other is not"
    assert statuses[42] == ("closed", "available")


def assert_in_order(world):
    calls, _ = world.calls(None, None, None, 10**6)
    incidents, _ = world.incidents(None, None, None, 10**6)
    assert calls
    assert incidents
    for call in calls:
        told = [at for at in (call.received_at, call.answered_at, call.ended_at) if at is not None]
        assert told == sorted(told)
    for row in incidents:
        told = [at for at in (row.reported_at, row.dispatched_at, row.arrived_at, row.closed_at) if at is not None]
        assert told == sorted(told)


def test_that_records_out_of_order_are_replayed_in_order(folder):
    path = folder(line(on_scene="2020-03-02T10:01:30", available="2020-03-02T10:00:30"))
    turned = Turned("records", start=datetime.fromisoformat("2026-11-24T10:30:00-08:00"), folder=path)
    snapshot = turned.snapshot()
    assert [unit["status"] for unit in snapshot["units"]] == ["available"]
    assert active(snapshot) == []
    assert_in_order(turned.world)


@pytest.mark.parametrize("night", ["2026-03-08", "2026-11-01"])
def test_that_records_run_through_a_clock_change(folder, night):
    path = folder(
        line(
            received="2020-03-02T01:40:00",
            entry="2020-03-02T01:50:00",
            dispatch="2020-03-02T01:59:00",
            response="2020-03-02T02:10:00",
            on_scene="2020-03-02T02:50:00",
            available="2020-03-02T03:05:00",
        )
    )
    turned = Turned("records", start=datetime.fromisoformat(f"{night}T12:00:00-08:00"), folder=path)
    snapshot = turned.snapshot()
    assert [unit["status"] for unit in snapshot["units"]] == ["available"]
    assert active(snapshot) == []
    assert_in_order(turned.world)


def reported(folder, start):
    """What the history holds at that time, oldest first: number and local time."""
    incidents, _ = Turned("records", start=datetime.fromisoformat(start), folder=folder).world.incidents(
        None, None, None, 100
    )
    return [(row.number, f"{row.reported_at.astimezone(records.ZONE):%a %d %H:%M}") for row in incidents]


def test_that_records_of_a_week_keep_their_weekday_and_hour(folder):
    sunday = line(call_number="2", received="2020-03-08T23:00:00", entry="2020-03-08T23:01:00")
    path = folder(line(), sunday)
    assert reported(path, "2026-11-25T12:00:00-08:00") == [("1", "Mon 23 10:00")]
    assert reported(path, "2026-12-02T12:00:00-08:00") == [("1", "Mon 30 10:00")]
    assert reported(path, "2026-11-24T12:00:00-08:00") == [("2", "Sun 22 23:00"), ("1", "Mon 23 10:00")]


def test_that_records_of_less_than_a_week_come_again_each_day(folder):
    days = ["Sun 22 10:00", "Mon 23 10:00", "Tue 24 10:00"]
    assert reported(folder(line()), "2026-11-24T12:00:00-08:00") == [("1", day) for day in days]


def test_that_the_screen_says_that_calls_are_simulated(folder):
    turned = Turned("records", start=datetime.now(UTC), folder=folder(line()))
    assert "Simulated calls" in turned.snapshot()["centre"]["name"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"received": "yesterday"}, r"units\.csv:3: received: 'yesterday'"),
        ({"dispatch": "2020-03-02T10:02:00Z"}, r"units\.csv:3: dispatch: "),
        ({"entry": ""}, r"units\.csv:3: entry: ''"),
        ({"unit_id": " "}, r"units\.csv:3: unit_id is empty"),
    ],
)
def test_that_a_bad_record_is_told_with_its_line_and_column(folder, changes, told):
    with pytest.raises(ValueError, match=told):
        records.read(folder(line(), line(**changes)))


def test_that_missing_columns_files_and_records_are_told(folder, tmp_path):
    with pytest.raises(ValueError, match=r"neither units\.csv nor units\.csv\.gz"):
        records.read(tmp_path / "nowhere")
    with pytest.raises(ValueError, match="columns are missing: battalion"):
        records.read(folder({key: value for key, value in line().items() if key != "battalion"}))
    (tmp_path / "units.csv").write_text(",".join(records.COLUMNS) + "\n")
    with pytest.raises(ValueError, match="no records"):
        records.read(tmp_path)
    (tmp_path / "units.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match="cannot be read as CSV"):
        records.read(tmp_path)


def test_that_a_damaged_archive_is_told(folder):
    path = folder(*(line(call_number=str(number)) for number in range(200)), packed=True) / "units.csv.gz"
    whole = path.read_bytes()
    for damaged in (whole[: len(whole) // 2], whole[:60] + b"\xff\xff\xff\xff" + whole[64:], b"not an archive"):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match=r"units\.csv\.gz: cannot be read as CSV"):
            records.read(path.parent)


def test_that_a_real_week_replays_with_every_incident(shared_data):
    folder = shared_data / "sf_fire" / "demo_week"
    responses = records.read(folder)
    recorded = [
        response.call_number for response in responses if response.received.date().isoformat() == "2017-01-04"
    ]  # a Wednesday, and so is the day that is replayed
    turned = Turned("records", start=datetime.fromisoformat("2026-11-25T23:59:59-08:00"), folder=folder)
    turned.snapshot()
    since = datetime.fromisoformat("2026-11-25T00:00:00-08:00")
    incidents, _ = turned.world.incidents(since, since + timedelta(days=1), None, 10**6)
    turned.turn(600)
    late, _ = turned.world.incidents(since, since + timedelta(days=1), None, 10**6)
    assert {row.number for row in late} == set(recorded)
    assert_in_order(turned.world)
    assert len(incidents) >= len(late) - 5


def test_that_an_unknown_scenario_is_told_with_the_known_ones():
    with pytest.raises(ValueError, match="bengkalis, records, storm, quiet"):
        scenarios.build("sunny")
