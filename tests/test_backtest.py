"""Rules are tried on a recorded history, by the very core that the wall runs on."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from tests.core import builders
from wallboard import backtest, backtest_report, cli
from wallboard.core.alarms import Severity
from wallboard.core.limits import CallLimits, Limits
from wallboard.core.ownrules import OwnRule, made
from wallboard.core.rules import Levels
from wallboard.demo import scenarios
from wallboard.demo.rules import RULES
from wallboard.language import Language, Words

JAKARTA = ZoneInfo("Asia/Jakarta")
MIDNIGHT = datetime(2026, 11, 24, tzinfo=timezone(timedelta(hours=7)))


def settings(limits: Limits, own: tuple[OwnRule, ...] = ()):
    from msgspec.structs import replace

    rules = limits.rules(backtest.STEP_S)
    return replace(
        builders.situation().settings,
        poll_interval_s=backtest.STEP_S,
        rules=(*rules, *made(own, {rule.name: rule for rule in rules})),
        usual_calls_per_hour=scenarios.USUAL_CALLS_PER_HOUR["bengkalis"],
    )


def replayed(limits: Limits, hours: float, *, tried=None, own=(), seed=0, scenario="bengkalis", begins=MIDNIGHT):
    told, zone = backtest.replay(
        settings(limits, own), begins, begins + timedelta(hours=hours), scenario=scenario, seed=seed, limits=tried
    )
    assert zone == JAKARTA
    return told


def outcome(told, rule):
    return next(one for one in told.outcomes if one.rule == rule)


def test_that_a_day_of_the_demo_by_its_own_rules_calls_fewer_than_four_times_an_hour_and_seldom_critically():
    """The busiest of those by which the rules were chosen."""
    performance = replayed(RULES, 24, tried={}, begins=MIDNIGHT + timedelta(hours=7)).performance
    assert 1 < performance.mean_per_hour < 4
    assert 0.05 < performance.distribution[Severity.CRITICAL] < 0.25
    assert performance.floods == ()


def test_that_the_same_history_gives_the_same_figures_and_another_seed_others():
    first, again, other = (replayed(Limits(), 2, tried={}, seed=seed) for seed in (0, 0, 7))
    assert first == again
    assert first != other


def test_that_another_limit_gives_what_the_rule_itself_would_have_given_with_it():
    tried = replayed(Limits(), 6, tried={"call_waiting": [20.0]})
    (other,) = tried.others["call_waiting"]
    assert other.levels[0] == (20.0, pytest.approx(80 / 3))
    itself = replayed(Limits(call_waiting=CallLimits(warning_s=20, critical_s=80 / 3)), 6, tried={})
    own = outcome(itself, "call_waiting")
    assert (other.raises, other.escalations, other.in_alarm, other.median_to_clear) == (
        own.raises,
        own.escalations,
        own.in_alarm,
        own.median_to_clear,
    )
    assert other.raises < outcome(tried, "call_waiting").raises


def test_that_a_rule_by_what_is_usual_is_tried_with_a_limit_in_its_place():
    told = replayed(Limits(), 3, tried={"calls_per_hour": [1.0, 1_000.0]}, begins=MIDNIGHT + timedelta(hours=7))
    low, high = told.others["calls_per_hour"]
    assert (low.levels, high.levels) == ((Levels(1.0, None),), (Levels(1_000.0, None),))
    assert low.raises >= 3, "in each hour"
    assert (high.raises, outcome(told, "calls_per_hour").raises) == (0, 0)


def test_that_trying_other_limits_changes_nothing_about_the_rules_themselves():
    assert replayed(Limits(), 2).outcomes == replayed(Limits(), 2, tried={}).outcomes


def test_that_other_limits_are_not_tried_on_what_another_rule_has_taken_over():
    own = (
        OwnRule(name="mine", inherits="incident_unassigned", warning=5_000),
        OwnRule(name="urgent", inherits="mine", priorities=(1,), warning=6_000),
    )
    tried = {"incident_unassigned": [1.0], "mine": [1.0]}
    morning = MIDNIGHT + timedelta(hours=7)
    told = replayed(Limits(), 3, own=own, tried=tried, begins=morning)
    assert (outcome(told, "incident_unassigned").raises, outcome(told, "mine").raises) == (0, 0)
    assert told.others["incident_unassigned"][0].raises == 0
    all_incidents = replayed(Limits(), 3, own=own[:1], tried=tried, begins=morning).others["mine"][0].raises
    assert 0 < told.others["mine"][0].raises < all_incidents, "but on what it keeps"


def test_that_other_limits_are_whole_counts_and_shares_within_their_range_each_once():
    others = replayed(Limits(), 0.1).others
    assert [tuple(one.levels[0]) for one in others["calls_waiting"]] == [(2, 2), (2, 4), (4, 6), (4, 8), (6, 10)]
    assert {one.levels[0] for one in others["agency_load"]} == {
        Levels(0.7, 0.9),
        Levels(0.75, 0.95),
        Levels(0.85, 1.0),
        Levels(0.9, 1.0),
    }
    assert "data_stale" not in others
    assert "calls_per_hour" not in others


def test_that_a_storm_is_told_as_the_flood_that_it_is():
    told = replayed(Limits(), 0.1, tried={}, scenario="storm")
    assert told.performance.floods
    assert told.performance.most_in_ten_minutes > 10


@pytest.mark.parametrize("language", list(Language))
def test_that_the_table_has_a_line_for_each_rule_and_each_other_limit(language):
    told = replayed(Limits(), 1, tried={"call_waiting": [30.0]})
    lines = backtest_report.as_table(told, Words(language), JAKARTA).splitlines()
    assert "24/11/2026 00:00" in lines[0]
    assert len(lines) == 4 + len(told.outcomes) + 1
    assert "\n" not in "".join(one.rule for one in told.others["call_waiting"])


DAY = ("--from", "2026-11-24T00:00:00+07:00", "--to", "2026-11-24T01:00:00+07:00")


def test_that_a_file_of_rules_is_tried_from_the_command_line(tmp_path, capsys):
    rules = tmp_path / "rules.toml"
    rules.write_text("[rules.call_waiting]\nwarning_s = 600\ncritical_s = 900\n")
    assert cli.main(["rules", "backtest", "--rules", str(rules), *DAY, "--limit", "call_waiting=5", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {rule["rule"] for rule in told["rules"]} == set(Limits.__struct_fields__)
    assert next(rule for rule in told["rules"] if rule["rule"] == "call_waiting")["raises"] == 0
    (other,) = told["other_limits"]
    assert (other["rule"], other["limits"]) == ("call_waiting", [{"warning": 5.0, "critical": 7.5}])
    assert other["raises"] > 0


def test_that_a_rule_of_some_centres_is_tried_whichever_they_are_or_as_it_holds_at_one(tmp_path, capsys):
    rules = tmp_path / "rules.toml"
    rules.write_text('[[rule]]\nname = "slow"\ninherits = "call_waiting"\nwarning = 30\nfeeds = ["siak"]\n')

    def tried(*arguments: str) -> bool:
        assert cli.main(["rules", "backtest", "--rules", str(rules), *DAY, "--json", *arguments]) == 0
        return "slow" in {rule["rule"] for rule in json.loads(capsys.readouterr().out)["rules"]}

    assert [tried(), tried("--feed", "siak"), tried("--feed", "dumai")] == [True, True, False]


def test_that_everything_wrong_with_a_file_of_rules_is_told_with_its_place(tmp_path, capsys):
    rules = tmp_path / "rules.toml"
    rules.write_text('[rules.call_waiting]\nwarning_s = -1\n\n[rules.nobody]\nwarning = 3\n\n[[feed]]\nid = "x"\n')
    assert cli.main(["rules", "backtest", "--rules", str(rules), *DAY]) == 2
    said = capsys.readouterr().err
    assert "rules.toml:2" in said
    assert "rules.nobody" in said
    assert "feed" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((*DAY, "--limit", "nobody=3"), "there is no rule 'nobody'"),
        (("--from", "2026-11-25", "--to", "2026-11-24"), "--to must come after --from"),
        ((*DAY, "--scenario", "nobody"), "there is no scenario 'nobody'"),
        ((*DAY, "--scenario", "records", "/nobody"), "nobody"),
        (("--from", "9999-12-30T00:00:00Z", "--to", "9999-12-31T00:00:00Z"), "months 0001-02 to 9999-11"),
    ],
)
def test_that_what_cannot_be_replayed_is_told_in_a_line(arguments, said, capsys):
    assert cli.main(["rules", "backtest", *arguments]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-30"])
def test_that_a_day_that_this_computers_clock_may_not_know_is_told_in_a_line(day, capsys):
    """Windows knows no local time before 1970 or after 3000."""
    status: object
    try:
        status = cli.main(["rules", "backtest", "--from", day, "--to", "9999-12-31"])
    except SystemExit as refused:
        status = refused.code
    assert status == 2
    told = capsys.readouterr().err.splitlines()[-1]
    assert day in told or "months 0001-02 to 9999-11" in told


def test_that_a_limit_is_a_rule_and_a_number(capsys):
    for limit in ("call_waiting", "call_waiting=", "=3", "call_waiting=-1", "call_waiting=inf", "call_waiting=nan"):
        with pytest.raises(SystemExit):
            cli.main(["rules", "backtest", *DAY, "--limit", limit])
    assert "call_waiting=20" in capsys.readouterr().err
