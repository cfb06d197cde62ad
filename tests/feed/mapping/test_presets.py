"""Each preset on the project's own sample of its API, and on real records where they are beside the project."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.feed.mapping.systems import System, mapped, sample
from wallboard.core.entities import ARRIVED, AT_WORK, CLOSED
from wallboard.feed.mapping.load import PRESETS, load, presets
from wallboard.feed.mapping.plan import planned


def poll(preset: str, answers: dict[str, Any] | None = None, **settings: Any) -> Any:
    with mapped(System(answers or sample(preset)), preset, **settings) as source:
        return source.poll()


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def one(rows: Any, identifier: str) -> Any:
    (found,) = (row for row in rows if row.id == identifier)
    return found


def test_that_resgrid_is_read():
    poll_ = poll("resgrid-v4", centre_time_zone="Asia/Jakarta", centre_name="Dispatch")
    snapshot = poll_.snapshot
    assert snapshot.server_time == datetime(2026, 11, 24, 7, 32, 0, 123456, tzinfo=UTC)
    assert (snapshot.centre.name, snapshot.centre.time_zone) == ("Dispatch", "Asia/Jakarta")
    assert snapshot.untold == {"calls", "call_takers", ARRIVED, AT_WORK}
    fire = one(snapshot.incidents, "4711")
    assert (fire.number, fire.title, fire.category, fire.priority, fire.status) == (
        "26-43", "Structure Fire Jetty 2", "fire", 1, "dispatched",
    )  # fmt: skip
    assert fire.reported_at == utc("2026-11-24T07:20:00"), "UTC without its Z"
    assert (fire.latitude, fire.longitude) == (1.4722, 102.11), "texts"
    fall = one(snapshot.incidents, "4712")
    assert (fall.priority, fall.address, fall.latitude) == (2, None, None), "a priority of the department's own"
    assert fall.dispatched_at == utc("2026-11-24T07:26:30")
    assert [dropped.path for dropped in poll_.dropped_rows] == ["calls:Data[2].LoggedOnUtc"]
    assert [(unit.id, unit.agency_id, unit.status) for unit in snapshot.units] == [
        ("1", "10", "on_scene"), ("2", "10", "available"), ("3", "0", "out_of_service"),
    ]  # fmt: skip
    assert [agency.name for agency in snapshot.agencies] == ["Station North", "No station"]


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ({"CurrentStatusId": "6", "CurrentStatus": "On Scene", "CurrentStatusBaseType": 0}, "on_scene"),
        ({"CurrentStatusId": "12", "CurrentStatus": "Enroute", "CurrentStatusBaseType": 0}, "en_route"),
        ({"CurrentStatusId": "0", "CurrentStatus": "Available", "CurrentStatusBaseType": 0}, "available"),
        ({"CurrentStatusId": "700", "CurrentStatus": "Wheels up", "CurrentStatusBaseType": 0}, "available"),
        ({"CurrentStatusId": "701", "CurrentStatus": "On Scene", "CurrentStatusBaseType": 12}, "transporting"),
        ({"CurrentStatusId": "702", "CurrentStatus": "Radio check", "CurrentStatusBaseType": -1}, "Radio check"),
        ({"CurrentStatusId": None, "CurrentStatus": None, "CurrentStatusBaseType": None}, "available"),
    ],
)
def test_that_a_status_of_resgrids_own_is_what_it_is_called_and_a_departments_what_it_is_based_on(told, status):
    """The base type of a status of its own is always 0, which would be "available"."""
    answers = sample("resgrid-v4")
    answers["/Units/GetAllUnitsInfos"]["Data"] = [{"UnitId": "1", "Name": "Engine 1", "GroupId": "10", **told}]
    answers["/Units/GetAllUnitsInfos"]["PageSize"] = 1
    (unit,) = poll("resgrid-v4", answers, centre_time_zone="Asia/Jakarta").snapshot.units
    assert unit.status == status


def test_that_resgrid_says_itself_that_no_call_is_active_and_tells_its_history():
    system = System(sample("resgrid-v4"))
    with mapped(system, "resgrid-v4", centre_time_zone="Asia/Jakarta") as source:
        source.poll()
        empty = {"PageSize": 0, "Timestamp": "2026-11-24T07:33:00Z", "Status": "not_found", "Data": []}
        system.answers["/Calls/GetActiveCalls"] = empty
        incidents = source.poll().snapshot.incidents
        assert {incident.closed_at for incident in incidents} == {utc("2026-11-24T07:33:00")}
        (page,) = source.incidents(utc("2026-11-22T07:00:00"))
        assert [(incident.id, incident.status) for incident in page.rows] == [("4700", "closed")]
        assert system.asked[-1][1]["startDate"] == "2026-11-22T07:00:00"
        list(source.incidents(utc("2026-11-01T00:00:00"), utc("2026-11-08T00:00:00")))
        asked = system.asked[-1][1]
        assert (asked["startDate"], asked["endDate"]) == ("2026-11-01T00:00:00", "2026-11-08T00:00:00")


def test_that_divera_is_read():
    poll_ = poll("divera-v2")
    snapshot = poll_.snapshot
    assert snapshot.server_time == utc("2026-11-24T07:32:00")
    assert (snapshot.centre.name, snapshot.centre.time_zone) == ("Feuerwehr Beispielhafen", "Europe/Berlin")
    assert [incident.id for incident in snapshot.incidents] == ["9001", "9002"], "a draft is none"
    fire, help_ = snapshot.incidents
    assert (fire.number, fire.category, fire.priority, fire.active) == ("2026-0815", "fire", 1, True)
    assert fire.reported_at == fire.dispatched_at == utc("2026-11-24T07:20:00"), "ts_publish is 0"
    assert (help_.active, help_.closed_at, help_.latitude) == (False, utc("2026-11-24T07:00:00"), None)
    assert {incident.agency_ids for incident in snapshot.incidents} == {("501",)}
    assert [(unit.name, unit.status) for unit in snapshot.units] == [
        ("01-LF20-01", "on_scene"), ("01-DLK-01", "available"), ("01-BOOT-01", "5"),
    ]  # fmt: skip
    assert poll_.unknown_values == {"units.status": 1, "incidents.category": 1}


def test_that_divera_without_an_alarm_has_a_list_where_its_alarms_were():
    answers = sample("divera-v2")
    answers["/api/v2/pull/all"]["data"]["alarm"]["items"] = []
    assert poll("divera-v2", answers).snapshot.incidents == ()


def test_that_san_franciscos_law_enforcement_is_read():
    snapshot = poll("socrata-gnap-fj3t").snapshot
    accident, trespasser, party = snapshot.incidents
    assert (accident.category, accident.priority, accident.status) == ("accident", 1, "on_scene")
    assert accident.reported_at == utc("2026-11-24T06:10:00"), "22:10 in Los Angeles"
    assert (accident.latitude, accident.longitude, accident.district) == (37.77, -122.42, "Sample Hill")
    assert (trespasser.title, trespasser.status, trespasser.address) == ("TRESPASSER", "new", None)
    assert (party.status, party.closed_at, party.priority) == ("closed", utc("2026-11-24T07:20:00"), 3)
    assert [agency.id for agency in snapshot.agencies] == ["Police", "Sheriff"]


def test_that_the_parts_of_san_franciscos_units_are_one_incident():
    snapshot = poll("socrata-nuek-vuh3").snapshot
    fire, medical = snapshot.incidents
    assert (fire.status, fire.category, fire.priority) == ("closed", "fire", 1)
    assert fire.dispatched_at == utc("2026-11-23T13:01:20"), "the first"
    assert fire.arrived_at == utc("2026-11-23T13:05:10"), "the first"
    assert fire.closed_at == utc("2026-11-23T14:30:00"), "the last"
    assert (medical.active, medical.status, medical.priority) == (True, "on_scene", 3), "one unit is still out"


def test_that_seattles_fire_calls_are_read_and_never_told_as_closed():
    system = System(sample("socrata-kzjm-xkqj"))
    with mapped(system, "socrata-kzjm-xkqj") as source:
        snapshot = source.poll().snapshot
        aid, alarm = snapshot.incidents
        system.answers["/kzjm-xkqj.json"] = system.answers["/kzjm-xkqj.json"][1:]
        left = source.poll().snapshot.incidents
    assert (aid.category, aid.reported_at, aid.latitude) == ("medical", utc("2026-11-24T07:05:00"), 47.61)
    assert (alarm.category, alarm.latitude) == ("fire", None)
    assert [incident.id for incident in left] == ["F260000002"]
    assert CLOSED in snapshot.untold
    assert "datetime > '2026-11-2" in system.asked[0][1]["$where"]


def test_that_a_seattle_call_without_coordinates_has_those_of_its_point():
    answers = sample("socrata-kzjm-xkqj")
    del answers["/kzjm-xkqj.json"][0]["latitude"], answers["/kzjm-xkqj.json"][0]["longitude"]
    aid, _ = poll("socrata-kzjm-xkqj", answers).snapshot.incidents
    assert (aid.latitude, aid.longitude) == (47.61, -122.33)


def test_that_nashvilles_active_tables_are_read_and_an_error_in_them_closes_nothing():
    system = System(sample("arcgis-nashville"))
    police = next(path for path in system.answers if "Police" in path)
    with mapped(system, "arcgis-nashville") as source:
        snapshot = source.poll().snapshot
        assert [incident.title for incident in snapshot.incidents] == [
            "VEHICLE ACCIDENT - PERSONAL INJURY", "BURGLARY - RESIDENCE", "MEDICAL",
        ]  # fmt: skip
        assert snapshot.incidents[0].reported_at == utc("2026-11-24T07:20:00")
        assert snapshot.incidents[2].dispatched_at == utc("2026-11-24T07:24:00"), "of two units, the first"
        whole = system.answers[police]
        system.answers[police] = {"error": {"code": 400, "message": "Cannot perform query.", "details": []}}
        with pytest.raises(Exception, match="Cannot perform query"):
            source.poll()
        system.answers[police] = whole | {"features": whole["features"][1:]}
        ended = [incident for incident in source.poll().snapshot.incidents if not incident.active]
        assert [(incident.number, incident.closed_at) for incident in ended] == [("45P", utc("2026-11-24T07:32:00"))]


@pytest.mark.parametrize(("told", "priority"), [(10, 1), (7, 2), (4, 3), (1, 4), (0, 4), (None, 2)])
def test_that_an_eidos_priority_runs_from_0_the_lowest_to_10(told: int | None, priority: int):
    answers = sample("nena-eido")
    (answer,) = answers.values()
    eido = answer[0] if isinstance(answer, list) else answer
    component = eido["incidentComponent"]
    component["incidentCommonPriorityNumber"] = told
    (incident,) = poll("nena-eido", answers, centre_time_zone="America/New_York").snapshot.incidents
    assert incident.priority == priority


def test_that_an_eido_is_read():
    poll_ = poll("nena-eido", centre_time_zone="America/New_York", centre_name="Exampleton")
    snapshot = poll_.snapshot
    (incident,), (call,) = snapshot.incidents, snapshot.calls
    assert (incident.number, incident.title, incident.category, incident.priority) == (
        "26-0099",
        "Warehouse fire",
        "fire",
        1,
    )
    assert (incident.status, incident.address, incident.latitude) == ("on_scene", "42 Quay Street, Exampleton", 40.4413)
    assert incident.reported_at == call.received_at == utc("2026-11-24T07:20:00")
    assert (call.answered_at - call.received_at).total_seconds() == 9
    assert (call.ended_at, call.call_taker_id, call.incident_id) == (utc("2026-11-24T07:24:00"), "agent-1", incident.id)
    assert "units" in snapshot.untold, "an EIDO names only those at its incident"
    assert [agency.name for agency in snapshot.agencies] == ["psap.example.net", "Example Fire Rescue"]
    assert poll_.unknown_values == {}
    assert poll_.dropped_rows == ()


def test_that_the_units_of_an_eido_can_be_read_where_all_are_named():
    text = (PRESETS / "nena-eido.toml").read_text(encoding="utf-8")
    before, block, after = text.partition("# [[units]]\n")
    commented, _, rest = after.partition("\n\n")
    table = "\n".join(line.removeprefix("# ") for line in (block + commented).splitlines())
    with mapped(
        System(sample("nena-eido")), f"{before}{table}\n\n{rest}", centre_time_zone="America/New_York"
    ) as source:
        snapshot = source.poll().snapshot
    (unit,), (incident,) = snapshot.units, snapshot.incidents
    assert (unit.name, unit.agency_id, unit.status) == ("Engine 7", "fire.example.net", "on_scene")
    assert unit.incident_id == incident.id


@pytest.mark.parametrize("preset", presets())
def test_that_no_private_field_of_a_sample_is_told(preset: str):
    with mapped(System(sample(preset)), preset, centre_time_zone="Asia/Jakarta") as source:
        told = repr(source.explained())
    assert not any(
        secret in told
        for secret in ("555 0100", "5550100", "0151 0", "A. Person", "Frau Muster", "Tor offen", "on the roof")
    )


def test_that_it_is_told_where_closings_have_to_be_seen():
    seen = {preset for preset in presets() if planned(load(preset), "Asia/Jakarta").closings_seen}
    assert seen == {"resgrid-v4", "nena-eido", "arcgis-nashville"}, "the others tell a time, or nothing at all"


@pytest.mark.parametrize("preset", presets())
def test_that_a_preset_says_what_it_does_not_tell_and_how_to_set_it_up(preset: str):
    mapping = load(preset)
    text = (PRESETS / f"{preset}.toml").read_text(encoding="utf-8")
    comments = " ".join(line.lstrip("# ") for line in text.splitlines() if line.startswith("#"))
    assert f'mapping = "{preset}"' in comments
    assert "does not tell" in comments
    assert mapping.shortest_interval_s
    assert planned(mapping, "Asia/Jakarta").zone is not None


# Real records, where they are.


def test_that_the_alarm_free_divera_answer_of_another_project_is_read(shared_data: Path):
    path = shared_data / "fixtures" / "divera_diveracontrol_moehrem" / "tests" / "fixtures" / "api_get_pull_all.json"
    snapshot = poll("divera-v2", {"/api/v2/pull/all": json.loads(path.read_text(encoding="utf-8"))}).snapshot
    assert snapshot.incidents == ()
    assert snapshot.server_time == datetime.fromtimestamp(1760530080, UTC)
    assert [(unit.id, unit.name, unit.status) for unit in snapshot.units] == [("79461", "99-99-99", "available")]


def test_that_the_standards_own_eido_is_read(shared_data: Path):
    path = shared_data / "fixtures" / "nena_eido" / "sample_call_transfer_eido.json"
    answers = {"/EIDO": json.loads(path.read_text(encoding="utf-8"))}
    snapshot = poll("nena-eido", answers, centre_time_zone="America/New_York").snapshot
    (call,) = snapshot.calls
    assert (call.answered_at - call.received_at).total_seconds() == 120
    assert call.call_taker_id == "tjones.atroop@state.pa.us"
    assert snapshot.incidents == (), "a call transfer without an incident component"
    assert "8195551212" not in repr(snapshot)


def test_that_real_rows_of_san_franciscos_fire_department_are_read(shared_data: Path):
    path = shared_data / "fixtures" / "socrata_nuek-vuh3_reencoded" / "rows.json"
    rows = json.loads(path.read_text(encoding="utf-8"))
    poll_ = poll("socrata-nuek-vuh3", {"/nuek-vuh3.json": rows})
    incidents = poll_.snapshot.incidents
    assert len(incidents) == len({row["call_number"] for row in rows}) == 30
    assert not any(incident.active for incident in incidents)
    assert all(incident.dispatched_at and incident.latitude for incident in incidents)
    assert {incident.category for incident in incidents} == {"medical", "fire", "other"}
    assert poll_.dropped_rows == ()
