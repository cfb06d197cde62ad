"""Rules of a centre's own, on a metric or changed from another rule."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from tests.core import builders
from tests.core.builders import agency, at, incident, snapshot, unit
from wallboard.core.alarms import Severity
from wallboard.core.entities import Category
from wallboard.core.limits import IncidentLimits, InForce, Limits, Message
from wallboard.core.ownrules import MetricName, OwnRule, ancestry, made, metric_of
from wallboard.core.rules import Levels
from wallboard.core.situation import Situation
from wallboard.core.watchable import METRICS


def own(*rules: OwnRule, limits: Limits | None = None):
    built_in = {rule.name: rule for rule in (limits or Limits()).every_rule(2)}
    return {rule.name: rule for rule in made(rules, built_in)}


def test_that_every_metric_of_the_book_can_be_named():
    assert set(get_args(MetricName)) == set(METRICS)


def test_that_every_metric_is_documented_with_its_unit():
    text = (Path(__file__).parents[2] / "docs" / "alarms.md").read_text(encoding="utf-8")
    for metric in METRICS.values():
        assert f"| `{metric.name}` | {metric.scope.value} | {metric.unit.value}" in text


def test_that_a_rule_on_a_metric_has_what_it_is_given_and_no_more():
    rule = own(OwnRule(name="no_units", metric="agency_available", warning=2, critical=1, on_delay_s=30))["no_units"]
    assert (rule.metric_name, rule.levels, rule.crossed) == ("agency_available", (Levels(2, 1),), "below")
    assert (rule.on_delay_s, rule.off_delay_s, rule.dead_band, rule.latched) == (30, 0, 0, False)
    assert rule.replaces == frozenset()


def test_that_what_is_left_out_is_inherited_and_the_limits_are_taken_together():
    limits = Limits(incident_open=IncidentLimits(warning_s=100, critical_s=200, latched=True, on_delay_s=5))
    rules = own(
        OwnRule(name="narrow", inherits="incident_open", categories=(Category.FIRE,)),
        OwnRule(name="longer", inherits="incident_open", warning=400),
        limits=limits,
    )
    assert rules["narrow"].levels == (Levels(100, 200),)
    assert (rules["narrow"].latched, rules["narrow"].on_delay_s) == (True, 5)
    assert rules["longer"].levels == (Levels(400, None),), "a limit that is left out beside another is none"


def test_that_a_rule_stands_in_place_of_all_that_it_comes_from():
    rules = own(
        OwnRule(name="fire", inherits="response_time", categories=(Category.FIRE,)),
        OwnRule(name="big_fire", inherits="fire", priorities=(1,), latched=True),
    )
    assert rules["fire"].replaces == {"response_time"}
    assert rules["big_fire"].replaces == {"response_time", "fire"}
    assert rules["big_fire"].categories == {"fire"}
    assert rules["big_fire"].latched


def test_that_a_built_in_rule_that_is_off_can_be_inherited_from():
    limits = Limits(incident_open=IncidentLimits(warning_s=100, critical_s=200, enabled=False))
    assert "incident_open" not in {rule.name for rule in limits.rules(2)}
    rule = own(OwnRule(name="fire", inherits="incident_open", categories=(Category.FIRE,)), limits=limits)["fire"]
    assert rule.levels == (Levels(100, 200),)


def test_that_hours_and_messages_are_the_parents_unless_there_are_own_ones():
    hours = InForce(days=(1,))
    parent = OwnRule(name="a", metric="calls_waiting", warning=1, in_force=(hours,), message=Message(en="Busy"))
    rules = own(
        parent, OwnRule(name="b", inherits="a"), OwnRule(name="c", inherits="a", message=Message(en="Very busy"))
    )
    assert rules["b"].in_force == rules["a"].in_force != ()
    assert rules["b"].messages == {"en": "Busy"}
    assert rules["c"].messages == {"en": "Very busy"}


def test_that_of_two_languages_the_one_that_is_left_out_is_the_parents():
    parent = OwnRule(name="a", metric="calls_waiting", warning=1, message=Message(id="Ramai", en="Busy"))
    rules = own(parent, OwnRule(name="b", inherits="a", message=Message(en="Very busy")))
    assert rules["b"].messages == {"id": "Ramai", "en": "Very busy"}


def test_that_a_circle_and_an_unknown_parent_lead_nowhere():
    a, b = OwnRule(name="a", inherits="b"), OwnRule(name="b", inherits="a")
    assert ancestry((a, b), a) == ["b", "a"]
    assert metric_of((a, b), a) is None
    assert metric_of((), OwnRule(name="c", inherits="nobody")) is None
    assert metric_of((), OwnRule(name="c", inherits="response_time")) == "response_time"


def test_that_own_rules_alarm_and_their_parents_are_silent_where_they_stand():
    rules = own(
        OwnRule(name="fire_open", inherits="incident_open", priorities=(1,), warning=60, critical=90),
        OwnRule(name="no_units", metric="agency_available", warning=1),
    )
    settings = builders.situation().settings
    from msgspec.structs import replace

    one = Situation(replace(settings, rules=(*Limits().rules(2), *rules.values())))
    told = snapshot(
        incidents=[
            incident("first", -8000, -1, -1, priority=1, agencies=("a1",)),
            incident("other", -8000, -1, -1, priority=2, agencies=("a1",)),
        ],
        agencies=[agency("a1")],
        units=[unit("u1", "on_scene", "a1")],
    )
    one.observe(builders.good(told, 0), 0)
    raised = {(alarm.subject.rule, alarm.subject.key): alarm.severity for alarm in one.alarms.alarms(at(0))}
    assert raised["fire_open", "first"] is Severity.CRITICAL
    assert ("incident_open", "first") not in raised
    assert raised["incident_open", "other"] is Severity.WARNING
    assert raised["no_units", "a1"] is Severity.WARNING
    assert one.alarms.severity("incident_open", "first") is Severity.CRITICAL, "the panel is marked by either"
    assert one.alarms.severity("incident_open", "other") is Severity.WARNING
    assert one.alarms.severity("incident_open", "nobody") is None


def test_that_a_rule_can_be_switched_off_for_a_part_and_inherited_from_all_the_same():
    limits = Limits(incident_open=IncidentLimits(warning_s=100, critical_s=200))
    rules = own(
        OwnRule(name="no_searches", inherits="incident_open", categories=(Category.DISASTER,), enabled=False),
        OwnRule(name="urgent_searches", inherits="no_searches", priorities=(1,)),
        limits=limits,
    )
    assert rules["no_searches"].levels == (Levels(None, None),)
    assert rules["no_searches"].replaces == {"incident_open"}
    assert rules["urgent_searches"].levels == (Levels(100, 200),)
    assert rules["urgent_searches"].replaces == {"incident_open", "no_searches"}
