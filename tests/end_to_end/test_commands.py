"""The commands, as people type them."""

import io
import json
import re
import sys

import pytest
from msgspec.structs import replace

from tests.core.builders import T0
from tests.end_to_end.program import ROOT, run
from tests.history.test_alarmlog import event
from wallboard import cli
from wallboard.core.alarms import Happening
from wallboard.history.alarmlog import AlarmLog


def test_that_check_prints_the_figures_as_data(demo, configuration):
    done = run("check", "--config", configuration, "--json", WALLBOARD_TOKEN_DEMO=demo.token)
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert list(figures) == [
        "now", "feeds", "kpis", "funnel_today", "calls", "incidents", "agencies", "calls_per_hour", "alarms",
        "centres", "alarm_system",
    ]  # fmt: skip
    assert figures["now"].startswith("2026-11-24T14:3")
    assert figures["now"].endswith("+07:00")
    assert figures["feeds"][0]["state"] == "live"
    assert 0 <= figures["feeds"][0]["clock_error_s"] < 5
    assert abs(figures["feeds"][0]["clock_offset_s"]) > 3600, "the demo's day is another"
    assert figures["kpis"]["today_since"] is None, "the whole day is known"
    assert figures["kpis"]["calls_today"] == figures["funnel_today"]["received"]
    assert figures["kpis"]["calls_today"] == sum(hour["total"] for hour in figures["calls_per_hour"])
    assert [agency["id"] for agency in figures["agencies"]][:2] == ["diskominfotik", "damkar"]
    assert any(incident["age_s"] > 9_000 for incident in figures["incidents"]), "the search"
    assert demo.token not in done.stdout + done.stderr


def test_that_check_prints_a_table_for_people(demo, configuration):
    done = run("check", "--config", configuration, WALLBOARD_TOKEN_DEMO=demo.token)
    assert done.returncode == 0, done.stderr
    assert "112 Bengkalis (demo): DATA LANGSUNG" in done.stdout
    assert "Orang hilang di hutan" in done.stdout
    assert re.search(r"Jam PC: [+−].* \(± \d+,\d{3} dtk\)", done.stdout)


def test_that_check_explains_where_its_values_come_from(demo, configuration):
    done = run("check", "--config", configuration, "--explain", WALLBOARD_TOKEN_DEMO=demo.token)
    assert done.returncode == 0, done.stderr
    assert "demo: docs/dispatch-api.yaml" in done.stdout
    assert "reported_at" in done.stdout
    assert demo.token not in done.stdout + done.stderr


def test_that_check_says_what_keeps_the_data_away(configuration):
    done = run("check", "--config", configuration, "--json", WALLBOARD_TOKEN_DEMO="wrong")
    assert done.returncode == 3
    figures = json.loads(done.stdout)
    assert figures["feeds"][0]["failure"]["kind"] == "unauthorised"
    assert figures["feeds"][0]["state"] == "failed"
    assert figures["kpis"]["waiting"] is None, "unknown, not zero"
    assert figures["calls"]["waiting"] is None


def test_that_every_error_of_a_configuration_is_told(tmp_path):
    path = tmp_path / "wallboard.toml"
    path.write_text('langauge = "id"\n[[feed]]\nid = "a b"\nurl = "ftp://x"\n')
    done = run("check", "--config", str(path))
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 3


def test_that_without_a_configuration_it_is_told_what_to_write_where(tmp_path):
    folder = str(tmp_path)
    done = run(HOME=folder, XDG_CONFIG_HOME=folder, WIN_PD_OVERRIDE_LOCAL_APPDATA=folder)
    assert done.returncode == 2
    assert "[[feed]]" in done.stderr
    assert folder in done.stderr


def test_that_a_page_is_rendered_without_a_screen(demo, configuration, tmp_path):
    out = tmp_path / "wall.png"
    done = run(
        "render", "--config", configuration, "--size", "1366x768", "--out", str(out), "--language", "en",
        WALLBOARD_TOKEN_DEMO=demo.token,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    header = out.read_bytes()[:24]
    assert header[1:4] == b"PNG"
    assert (int.from_bytes(header[16:20], "big"), int.from_bytes(header[20:24], "big")) == (1366, 768)


def test_that_a_page_that_is_not_there_is_named_with_those_that_are(demo, configuration, tmp_path):
    done = run(
        "render", "--config", configuration, "--out", str(tmp_path / "wall.png"), "--page", "map",
        WALLBOARD_TOKEN_DEMO=demo.token,
    )  # fmt: skip
    assert done.returncode == 2
    assert "overview" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("demo-server", "--scenario", "sunny"),
        ("demo-server", "--scenario", "records"),
        ("demo-server", "--scenario", "records", "/nowhere"),
        ("demo-server", "--speed", "0"),
        ("demo-server", "--centres", "0"),
        ("demo-server", "--scenario", "records", "/nowhere", "--centres", "2"),
        ("render", "--demo", "--out", "x.png", "--size", "0x0"),
        ("--demo", "--scenario", "sunny"),
        ("render", "--scenario", "storm", "--out", "x.png"),  # of what is not simulated
        ("--centres", "3"),
    ],
)
def test_that_bad_usage_is_told_and_has_its_own_exit_status(arguments):
    done = run(*arguments, QT_QPA_PLATFORM="offscreen")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert done.stderr.strip()


def test_that_check_polls_as_often_as_it_is_told_and_says_how_it_went(demo, tmp_path):
    path = tmp_path / "wallboard.toml"
    path.write_text(f'[[feed]]\nid = "demo"\nurl = "{demo.url}"\nauth = "bearer"\npoll_interval_s = 0.5\n')
    done = run("check", "--config", str(path), "--json", "--polls", "4", WALLBOARD_TOKEN_DEMO=demo.token)
    polls = json.loads(done.stdout)["feeds"][0]["polls"]
    assert (polls["good"], polls["failed"]) == (4, {})
    assert [one["way"] for one in polls["last"]] == ["snapshot", "changes", "changes", "changes"]
    assert polls["last"][0]["rows"] > 0
    assert polls["last"][0]["size_bytes"] > 1000
    assert polls["latency"]["n"] == 1
    assert polls["latency"]["p50_s"] > 0


def test_that_check_refuses_more_polls_than_are_remembered():
    assert run("check", "--polls", "101").returncode == 2


FIELDS = {
    "feeds": {
        "id", "state", "data_age_s", "clock_offset_s", "clock_error_s", "rows", "untold", "dropped_rows",
        "unknown_values", "misplaced_instants", "failure", "polls",
    },
    "incidents": {
        "id", "number", "priority", "status", "category", "age_s", "dispatch_delay_s", "response_s", "unassigned",
    },
    "agencies": {"id", "name", "busy", "available", "out", "other", "load", "incidents", "response_compliance_24h"},
    "calls_per_hour": {"hour", "total", "answered", "abandoned", "verified", "partial", "elapsed"},
    "alarms": {"rule", "scope", "key", "severity", "state", "value", "limit", "since"},
}  # fmt: skip
"""Of each row of these lists, as docs/check-json.md names them."""

KPIS = {
    "waiting", "longest_waiting_s", "talking", "offered", "service_level_15", "service_level_20",
    "average_speed_of_answer_s", "answer_p90_s", "abandonment_rate", "calls_today", "verified_today",
    "verified_share_today", "today_since", "active_incidents", "unassigned_incidents", "call_takers_on_duty",
    "call_takers_free", "occupancy",
}  # fmt: skip

FUNNEL = {
    "received", "answered", "abandoned", "verified", "information", "prank", "ghost", "duplicate", "test", "pending",
    "other", "dispatched", "closed", "incidents_since", "closed_since",
}  # fmt: skip


def test_that_json_is_utf_8_whatever_the_code_page(monkeypatch):
    printed = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(printed, encoding="cp1252"))
    cli._say("Duri \N{RIGHTWARDS ARROW} Dumai")
    cli._say("Duri \N{RIGHTWARDS ARROW} Dumai", encoding=cli.JSON_ENCODING)
    sys.stdout.flush()
    assert printed.getvalue().splitlines() == [b"Duri ? Dumai", "Duri \N{RIGHTWARDS ARROW} Dumai".encode()]


def test_that_the_json_has_every_field_of_its_documentation_and_no_other(demo, configuration):
    done = run("check", "--config", configuration, "--json", WALLBOARD_TOKEN_DEMO=demo.token)
    figures = json.loads(done.stdout)
    (centre,) = figures["centres"]
    for name, fields in FIELDS.items():
        assert figures[name], name
        assert all(set(row) == fields for row in figures[name])
    assert set(figures["kpis"]) == KPIS
    assert all(set(figures["kpis"][f"service_level_{time}"]) == {"value", "n", "low", "high"} for time in (15, 20))
    assert set(figures["funnel_today"]) == FUNNEL
    assert set(figures["feeds"][0]["rows"]) == {"calls", "incidents", "units", "agencies", "call_takers"}
    assert set(figures["calls"]) == {"waiting", "talking"}
    assert all(set(row) == {"id", "seconds"} for rows in figures["calls"].values() for row in rows)
    assert set(centre) - {"id", "name", "feed"} == set(figures) - {"feeds", "centres", "alarm_system"}
    documented = (ROOT / "docs" / "check-json.md").read_text(encoding="utf-8")
    for field in (*figures, *KPIS, *FUNNEL, *(field for fields in FIELDS.values() for field in fields)):
        assert f"`{field}" in documented, field


def test_that_an_option_before_a_command_holds_for_it(tmp_path):
    broken = tmp_path / "broken.toml"
    broken.write_text("[[feed]]\n")
    done = run("--config", str(broken), "check")
    assert done.returncode == 2
    assert "broken.toml" in done.stderr


@pytest.fixture
def two_feeds(demo, tmp_path):
    """The first of them cannot be read."""
    path = tmp_path / "wallboard.toml"
    feeds = (f'[[feed]]\nid = "{name}"\nurl = "{demo.url}"\nauth = "bearer"\n' for name in ("siak", "demo"))
    path.write_text("".join(feeds))
    return str(path)


def test_that_check_polls_every_feed_and_fails_only_where_none_can_be_read(demo, two_feeds):
    tokens = {"WALLBOARD_TOKEN_SIAK": "wrong", "WALLBOARD_TOKEN_DEMO": demo.token}
    done = run("check", "--config", two_feeds, "--json", **tokens)
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert [(centre["id"], centre["feed"]["state"]) for centre in figures["centres"]] == [
        ("siak", "failed"), ("demo", "live"),
    ]  # fmt: skip
    assert run("check", "--config", two_feeds, **tokens | {"WALLBOARD_TOKEN_DEMO": "wrong"}).returncode == 3


def test_that_check_may_be_asked_for_one_feed(demo, two_feeds):
    done = run("check", "--config", two_feeds, "--json", "--feed", "demo", WALLBOARD_TOKEN_DEMO=demo.token)
    assert done.returncode == 0, done.stderr
    assert [centre["id"] for centre in json.loads(done.stdout)["centres"]] == ["demo"]
    unknown = run("check", "--config", two_feeds, "--feed", "dumai")
    assert unknown.returncode == 2
    assert "siak, demo" in unknown.stderr


def test_that_all_centres_of_a_demo_are_on_one_picture(tmp_path):
    out = tmp_path / "wall.png"
    done = run(
        "render", "--demo", "--scenario", "quiet", "--centres", "3", "--page", "siak/overview", "--out", str(out)
    )
    assert done.returncode == 0, done.stderr
    assert out.stat().st_size > 10_000


@pytest.fixture
def kept(tmp_path):
    """A log with a story in it, and a configuration that names it."""
    log = AlarmLog(tmp_path / "alarms.sqlite3", wall_clock=lambda: T0, position="supervisor")
    log.open({})
    log.append("demo", [event(key="i1", second=0), replace(event(Happening.COMMENTED, "i1", 60), note="=1\x1b[2J")])
    log.append("other", [event(key="i2", second=120)])
    assert log.close(30)
    configuration = tmp_path / "wallboard.toml"
    feed = '[[feed]]\nid = "demo"\nurl = "http://127.0.0.1:9"\nauth = "none"\n'
    configuration.write_text(f"language = \"en\"\n{feed}[alarms]\nlog = '{log.path}'\n")
    return configuration, log.path


def test_that_the_alarm_log_is_listed_the_newest_first(kept):
    configuration, _ = kept
    done = run("alarms", "list", "--config", str(configuration), "--feed", "demo", TZ="UTC")
    assert done.returncode == 0, done.stderr
    comment = "=1\N{REPLACEMENT CHARACTER}[2J"
    assert done.stdout.splitlines() == [
        f"2025-10-20 03:01:00+00:00  demo  WARNING  comment  incident_open i1  7,200.00 / 7,200.00  {comment}",
        "2025-10-20 03:00:00+00:00  demo  WARNING  raised  incident_open i1  7,200.00 / 7,200.00  rings",
    ]
    done = run("alarms", "list", "--config", str(configuration), "--most", "1", "--language", "id")
    assert "program berhenti" in done.stdout


def test_that_the_alarm_log_is_exported_for_a_time(kept, tmp_path):
    _, log = kept
    out = tmp_path / "alarms.csv"
    times = ("--from", "2025-10-20T10:01:00+07:00", "--to", "2025-10-21")
    done = run("alarms", "export", "--log", str(log), *times, "--out", str(out), TZ="UTC")
    assert done.returncode == 0, done.stderr
    assert str(out) in done.stdout
    lines = out.read_text(encoding="utf-8-sig").splitlines()
    assert lines[0].startswith("id,time,time_utc,")
    assert [line.split(",")[9] for line in lines[1:]] == ["i1", "i2"]


def test_that_a_log_that_is_not_there_or_cannot_be_read_is_told(tmp_path):
    done = run("alarms", "list", "--log", str(tmp_path / "none.sqlite3"), "--language", "en")
    assert (done.returncode, done.stdout) == (3, "")
    assert "There is no alarm log" in done.stderr
    (tmp_path / "text.sqlite3").write_text("no database" * 100)
    done = run("alarms", "export", "--log", str(tmp_path / "text.sqlite3"), "--out", str(tmp_path / "out.csv"))
    assert done.returncode == 3
    assert "tidak dapat dibaca: rusak" in done.stderr
    assert not (tmp_path / "out.csv").exists()
