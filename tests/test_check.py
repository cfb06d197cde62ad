"""The figures of `check`: what is not known is null in the data and a dash in the table, never zero."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace

from tests.core.builders import agency, at, backfill, bad, call, incident, situation, snapshot, unit, without
from tests.feed.misbehaving import MisbehavingServer, always, response
from wallboard.check import figures
from wallboard.check.figures import as_json
from wallboard.check.polling import poll
from wallboard.check.table import as_table
from wallboard.configuration.load import loads
from wallboard.core.entities import ANSWERED
from wallboard.core.poll import FailureKind
from wallboard.core.situation import Situation
from wallboard.language import Language, Words

TOLD = snapshot(
    calls=[call("c1", -10), call("c2", -60, answered=-50)],
    incidents=[incident("i1", -60, agencies=("a1",))],
    agencies=[agency("a1", "BPBD")],
    units=[unit("u1", "on_scene"), unit("u2", "refuelling")],
)
EMPTY = snapshot(agencies=[agency("a1", "BPBD")])

OF_CALLS = {
    "waiting", "longest_waiting_s", "talking", "offered", "service_level_15", "service_level_20",
    "average_speed_of_answer_s", "answer_p90_s", "abandonment_rate", "calls_today", "verified_today",
    "verified_share_today", "today_since",
}  # fmt: skip
OF_INCIDENTS = {"active_incidents", "unassigned_incidents"}
OF_CALL_TAKERS = {"call_takers_on_duty", "call_takers_free", "occupancy"}


def told(one: Situation) -> dict[str, Any]:
    figures: dict[str, Any] = json.loads(as_json([(one, 0)]))
    return figures


def is_null(value: Any) -> bool:
    return all(map(is_null, value.values())) if isinstance(value, dict) else value is None


def nulls(table: dict[str, Any]) -> set[str]:
    return {name for name, value in table.items() if is_null(value)}


def test_that_calls_that_are_not_told_are_null_in_every_figure():
    figures = told(situation(without(TOLD, {"calls"})))
    assert figures["feeds"][0]["untold"] == ["calls"]
    assert figures["feeds"][0]["rows"]["calls"] is None
    assert nulls(figures["kpis"]) == OF_CALLS | {"occupancy"}, "nobody is on duty: there is no occupancy"
    assert set(figures["funnel_today"]) - nulls(figures["funnel_today"]) == {
        "dispatched",
        "closed",
        "incidents_since",
        "closed_since",
    }
    assert figures["calls"] == {"waiting": None, "talking": None}
    assert figures["calls_per_hour"] is None
    assert len(figures["incidents"]) == 1


def test_that_incidents_that_are_not_told_are_null_in_every_figure():
    figures = told(situation(without(TOLD, {"incidents"})))
    assert nulls(figures["kpis"]) == OF_INCIDENTS | {"occupancy"}
    assert {"dispatched", "closed"} <= nulls(figures["funnel_today"])
    assert figures["incidents"] is None
    (shown,) = figures["agencies"]
    assert nulls(shown) == {"incidents", "response_compliance_24h"}


def test_that_units_agencies_and_call_takers_that_are_not_told_are_null():
    figures = told(situation(without(TOLD, {"units", "call_takers"})))
    (shown,) = figures["agencies"]
    assert nulls(shown) == {"busy", "available", "out", "other", "load"}
    assert nulls(figures["kpis"]) >= OF_CALL_TAKERS
    assert told(situation(without(TOLD, {"agencies"})))["agencies"] is None


def test_that_an_empty_list_is_zero_and_one_that_was_never_read_is_null():
    figures = told(situation(EMPTY))
    assert figures["feeds"][0]["untold"] == []
    assert (figures["kpis"]["waiting"], figures["kpis"]["active_incidents"]) == (0, 0)
    assert (figures["calls"]["waiting"], figures["incidents"]) == ([], [])
    assert figures["agencies"][0]["busy"] == 0
    one = situation()
    one.observe(bad(0), 0)
    failed = told(one)
    assert failed["feeds"][0]["rows"] is None
    assert nulls(failed["kpis"]) == set(failed["kpis"])
    assert [failed[name] for name in ("incidents", "agencies", "calls_per_hour", "alarms")] == [None] * 4


def test_that_units_of_an_unknown_status_are_counted_as_such():
    (shown,) = told(situation(TOLD))["agencies"]
    assert (shown["busy"], shown["available"], shown["out"], shown["other"]) == (1, 0, 0, 1)


def test_that_what_is_told_backwards_is_null_and_counted_in_the_data_and_in_the_table():
    backwards = snapshot(calls=[call("c1", -60, answered=-70)], incidents=[incident("i1", -60, -70, -65)])
    one = situation(backwards)
    shown = told(one)
    assert shown["feeds"][0]["misplaced_instants"] == {
        "calls.answered_at": 1,
        "incidents.arrived_at": 1,
        "incidents.dispatched_at": 1,
    }
    assert nulls(shown["incidents"][0]) == {"dispatch_delay_s", "response_s"}
    assert shown["kpis"]["service_level_15"]["value"] is shown["kpis"]["average_speed_of_answer_s"] is None
    assert "calls.answered_at: before its beginning (1)" in as_table([(one, 0)], Words(Language.ENGLISH))


def test_that_compliance_says_since_when_it_counts():
    one = situation(EMPTY)
    assert told(one)["agencies"][0]["response_compliance_24h"]["since"] == "2025-10-20T09:00:00+07:00"
    one.observe(backfill(incidents_since=at(-48 * 3600)), 0)
    assert told(one)["agencies"][0]["response_compliance_24h"] == {"value": None, "n": 0, "since": None}


@pytest.mark.parametrize(
    ("untold", "sentence", "headings"),
    [
        ("calls", "This system does not report calls", 2),
        ("incidents", "This system does not report incidents", 1),
        ("agencies", "This system does not report agencies", 1),
    ],
)
def test_that_the_table_says_which_list_is_not_told(untold, sentence, headings):
    table = as_table([(situation(without(TOLD, {untold})), 0)], Words(Language.ENGLISH))
    assert table.count(sentence) == headings


def test_that_what_follows_from_answers_is_null_and_a_dash_where_they_are_not_told():
    one = situation(without(TOLD, {ANSWERED}))
    shown = told(one)
    assert shown["feeds"][0]["untold"] == [ANSWERED]
    assert nulls(shown["kpis"]) >= {
        "waiting", "longest_waiting_s", "talking", "service_level_15", "service_level_20",
        "average_speed_of_answer_s", "answer_p90_s", "abandonment_rate",
    }  # fmt: skip
    assert shown["kpis"]["calls_today"] == len(TOLD.calls)
    assert (shown["funnel_today"]["answered"], shown["funnel_today"]["abandoned"]) == (None, None)
    assert shown["calls"] == {"waiting": None, "talking": None}
    hour = shown["calls_per_hour"][-2]
    assert (hour["total"], hour["answered"], hour["abandoned"]) == (len(TOLD.calls), None, None)
    table = as_table([(one, 0)], Words(Language.ENGLISH))
    assert "Answer and end times are not reported" in table


def test_that_the_table_shows_a_dash_and_no_zero_for_what_is_not_told():
    words = Words(Language.ENGLISH)
    table = as_table([(situation(without(TOLD, {"calls", "units", "incidents"})), 0)], words)
    lines = [" ".join(line.split()) for line in table.splitlines()]
    for key in ("waiting", "service_level", "answer", "calls_today", "verified", "incidents"):
        assert f"{words(f'kpis.{key}')} –" in lines
    assert "BPBD – – – in time · 24 h: –" in lines


def test_that_the_table_says_since_when_it_counts_where_that_is_not_the_whole_day():
    words = Words(Language.ENGLISH)
    one = situation(TOLD)

    def shown(name: str) -> list[str]:
        lines = [line.strip() for line in as_table([(one, 0)], words).splitlines()]
        return [line for line in lines if line.startswith(words(name))]

    names = ("kpis.calls_today", "kpis.verified", "funnel.received", "funnel.dispatched", "funnel.closed")
    for name in names:
        assert any(line.endswith("counted since 09:00") for line in shown(name))
    one.observe(backfill(calls_since=at(-24 * 3600), incidents_since=at(-48 * 3600)), 0)
    assert not any("since" in line for name in names for line in shown(name))


def of_feed(feed_id: str, *told: Any) -> Situation:
    one = situation(*told)
    one.settings = replace(one.settings, feed_id=feed_id)
    return one


def test_that_with_several_feeds_the_first_stands_where_it_always_stood_and_each_has_its_own_figures():
    first, second = of_feed("bengkalis", TOLD), of_feed("siak", EMPTY)
    alone: dict[str, Any] = json.loads(as_json([(first, 0)]))
    both: dict[str, Any] = json.loads(as_json([(first, 0), (second, 0)]))
    assert {name: both[name] for name in both if name not in ("feeds", "centres")} == {
        name: alone[name] for name in alone if name not in ("feeds", "centres")
    }
    assert [feed["id"] for feed in both["feeds"]] == ["bengkalis", "siak"]
    bengkalis, siak = both["centres"]
    assert (bengkalis["id"], bengkalis["kpis"]) == ("bengkalis", both["kpis"])
    assert (siak["id"], siak["kpis"]["waiting"], siak["kpis"]["active_incidents"]) == ("siak", 0, 0)
    assert siak["feed"] == both["feeds"][1] | {"clock_offset_s": siak["feed"]["clock_offset_s"]}
    assert set(bengkalis) - {"id", "name", "feed"} == set(alone) - {"feeds", "centres", "alarm_system"}


def test_that_a_centre_that_could_not_be_read_takes_no_figures_from_the_others():
    lost = of_feed("siak")
    lost.observe(bad(0), 0)
    figures: dict[str, Any] = json.loads(as_json([(lost, 0), (of_feed("bengkalis", TOLD), 0)]))
    assert figures["kpis"]["waiting"] is None
    assert figures["centres"][1]["kpis"]["waiting"] == 1
    assert [feed["state"] for feed in figures["feeds"]] == ["failed", "live"]


def test_that_the_table_begins_with_a_line_for_each_of_several_centres():
    words = Words(Language.ENGLISH)
    lost = of_feed("siak")
    lost.observe(bad(0), 0)
    lines = as_table([(of_feed("bengkalis", TOLD), 0), (lost, 0)], words).splitlines()
    assert lines[0].split("  ")[0] == "Centres"
    assert lines[1].split()[-2:] == ["0", "s"]
    assert lines[2].split() == ["siak", *"––––––"]
    assert not as_table([(of_feed("bengkalis", TOLD), 0)], words).startswith("Centres")


@pytest.mark.parametrize("pc_ahead_s", [0, 7200, -7200])
def test_that_the_alarm_system_is_judged_by_the_walls_log_and_null_without_one(monkeypatch, pc_ahead_s):
    from wallboard.core.alarms import AlarmEvent, Happening, Scope, Severity, Standing, Subject
    from wallboard.history.alarmlog import AlarmLog
    from wallboard.history.recall import WallLog

    one = situation(TOLD)
    assert json.loads(as_json([(one, 0)]))["alarm_system"] is None
    monkeypatch.setattr(figures, "clock_offset_s", lambda _: -pc_ahead_s)
    log = AlarmLog(None, wall_clock=lambda: at(-7200 + pc_ahead_s))
    log.open({"demo": ()}, "1.0")
    events = [
        AlarmEvent(
            at=at(-900 + number),
            subject=Subject("call_waiting", Scope.CALL, "c1" if number < 3 else f"c{number}"),
            happening=Happening.RAISED,
            standing=Standing(severity=severity),
            severity=severity,
            since=at(-900 + number),
            rings=True,
        )
        for number, severity in enumerate([Severity.WARNING] * 9 + [Severity.CRITICAL] * 3)
    ]
    log.append("demo", events)
    assert log.flush(10)
    told = json.loads(as_json([(one, 0)], WallLog(log, "", {"demo"})))["alarm_system"]
    assert told == {
        "since": "2025-10-20T08:00:00+07:00",
        "alarms": 12,
        "alarms_per_hour": pytest.approx(6),
        "last_hour": 12,
        "last_10_minutes": 0,
        "flood_since": None,
        "floods": 1,
        "share_in_flood": pytest.approx(0.0843, abs=0.001),
        "chattering": ["call_waiting"],
        "stale": [],
        "severities": {"warning": 0.75, "critical": 0.25},
    }
    log.close(10)


def test_that_a_wall_that_has_run_for_longer_than_a_day_is_judged_by_all_of_it(monkeypatch):
    from wallboard.core.alarms import AlarmEvent, Happening, Scope, Severity, Standing, Subject
    from wallboard.core.poll import FailureKind
    from wallboard.history.alarmlog import AlarmLog
    from wallboard.history.entries import Occurrence
    from wallboard.history.recall import WallLog

    one = situation(TOLD)
    monkeypatch.setattr(figures, "clock_offset_s", lambda _: 0.0)
    log = AlarmLog(None, wall_clock=lambda: at(-100_000))
    log.open({"demo": ()}, "1.0")

    def told() -> tuple[object, object]:
        assert log.flush(10)
        system = json.loads(as_json([(one, 0)], WallLog(log, "", {"demo"})))["alarm_system"]
        return system["since"], system["alarms_per_hour"]

    assert told()[1] is None, "it may have ended without a word"
    log.append_occurrence(Occurrence.FEED_LOST, "demo", at(-500), FailureKind.TIMEOUT.value)
    assert told() == ("2025-10-19T10:00:00+07:00", 0.0)
    raised = AlarmEvent(
        at=at(-60),
        subject=Subject("call_waiting", Scope.CALL, "c1"),
        happening=Happening.RAISED,
        standing=Standing(severity=Severity.WARNING),
        severity=Severity.WARNING,
        rings=True,
    )
    log.append("demo", [raised])
    assert told() == ("2025-10-19T10:00:00+07:00", pytest.approx(1 / 24))
    log.close(10)


def test_that_what_is_stale_is_what_has_stood_so_long_by_the_log_and_not_by_one_poll():
    from wallboard.core.alarms import AlarmEvent, Happening, Scope, Severity, Standing, Subject
    from wallboard.history.alarmlog import AlarmLog
    from wallboard.history.recall import WallLog

    def event(rule: str, seconds: float, happening: Happening = Happening.RAISED, since: float = -90_000) -> AlarmEvent:
        over = happening is Happening.CLEARED
        return AlarmEvent(
            at=at(seconds),
            subject=Subject(rule, Scope.AGENCY, "a1"),
            happening=happening,
            standing=Standing(severity=None if over else Severity.WARNING),
            severity=Severity.WARNING,
            since=at(since),
        )

    log = AlarmLog(None, wall_clock=lambda: at(0))
    log.open({"demo": (), "sold": ()})
    log.append(
        "demo",
        [event("agency_load", -90_000), event("agency_busy", -90_000), event("agency_out", -80_000, since=-80_000)],
    )
    log.append("demo", [event("agency_load", -3_600, Happening.ESCALATED)])
    log.append("demo", [event("agency_busy", -50, Happening.CLEARED)])
    log.append("sold", [event("agency_incidents", -90_000)])
    assert log.flush(10)
    units = [unit(f"u{number}", "on_scene") for number in range(3)]
    one = situation(snapshot(agencies=[agency("a1", "BPBD")], units=units))
    assert "agency_load" in {alarm.subject.rule for alarm in one.alarms.alarms(at(0))}, "pending by the poll"

    def stale(position: str) -> object:
        return json.loads(as_json([(one, 0)], WallLog(log, position, {"demo"})))["alarm_system"]["stale"]

    assert stale("") == ["agency_load"]
    assert stale("another") == []
    log.close(10)


def test_that_what_a_centre_logged_is_judged_by_its_own_clock(monkeypatch):
    from wallboard.core.alarms import AlarmEvent, Happening, Scope, Severity, Standing, Subject
    from wallboard.history.alarmlog import AlarmLog
    from wallboard.history.recall import WallLog

    ahead_s = {"bengkalis": 0.0, "siak": 1800.0}
    monkeypatch.setattr(figures, "clock_offset_s", lambda one: ahead_s.get(one.settings.feed_id))
    log = AlarmLog(None, wall_clock=lambda: at(0))
    log.open(dict.fromkeys(("bengkalis", "siak", "dumai"), ()))
    for feed_id, seconds in (("bengkalis", -60), ("siak", 1700), ("dumai", -80)):
        log.append(
            feed_id,
            [
                AlarmEvent(
                    at=at(seconds + number),
                    subject=Subject("call_waiting", Scope.CALL, f"c{number}"),
                    happening=Happening.RAISED,
                    standing=Standing(severity=Severity.WARNING),
                    severity=Severity.WARNING,
                    since=at(ahead_s.get(feed_id, 0) - 86_401),
                    rings=True,
                )
                for number in range(4)
            ],
        )
    assert log.flush(10)
    polled = [(of_feed("bengkalis", TOLD), 0.0), (of_feed("siak", TOLD), 0.0), (of_feed("dumai", None), 0.0)]
    told = json.loads(as_json(polled, WallLog(log, "", {"bengkalis", "siak", "dumai"})))["alarm_system"]
    assert (told["last_10_minutes"], told["floods"], told["stale"]) == (12, 1, ["call_waiting"])
    log.close(10)


def test_that_a_server_that_wants_to_be_left_alone_for_long_is_not_waited_for():
    refusal = response(b"", "503 Service Unavailable", "Retry-After: 600\r\n")
    with MisbehavingServer(always(refusal)) as server:
        configuration = loads(f'[[feed]]\nid = "x"\nurl = "{server.url}"', "test")
        ((one, _),) = poll(configuration, polls=3)
    assert len(server.requests) == 1
    assert one.failure is not None
    assert one.failure.kind is FailureKind.RATE_LIMITED
