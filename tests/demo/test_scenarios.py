"""The scenarios storm, quiet and records, and the changes of all of them."""

import csv
import gzip
import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.demo.worlds import AFTERNOON, Turned, instant
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


def test_that_in_the_storm_something_changes_each_second():
    turned = Turned("storm")
    tags = set()
    for _ in range(30):
        tags.add(turned.world.snapshot_tag())
        turned.turn(1)
    assert len(tags) == 30


def test_that_a_quiet_night_has_nothing_on():
    turned = Turned("quiet", start=None)
    for _ in range(7):
        snapshot = turned.snapshot()
        assert in_progress(snapshot) == []
        assert active(snapshot) == []
        assert len(snapshot["units"]) > 20
        turned.turn(3600)


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


def test_that_the_screen_says_that_calls_are_simulated(folder):
    turned = Turned("records", start=datetime.now(UTC), folder=folder(line()))
    assert "simulated" in turned.snapshot()["centre"]["name"]


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
    assert len(incidents) >= len(late) - 5


def test_that_an_unknown_scenario_is_told_with_the_known_ones():
    with pytest.raises(ValueError, match="bengkalis, records, storm, quiet"):
        scenarios.build("sunny")
