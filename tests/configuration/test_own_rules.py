"""Every error of a centre's own rules, with its place."""

from __future__ import annotations

from itertools import pairwise

import pytest

from wallboard.configuration.load import FileErrors, load_rules, loads
from wallboard.core.ownrules import MOST_OWN_RULES

FEED = '[[feed]]\nid = "demo"\nurl = "https://dispatch.example/api"\n'


def faults(text: str) -> list[str]:
    with pytest.raises(FileErrors) as told:
        loads(FEED + text, "wallboard.toml")
    return [f"{error.place}: {error.problem}; {error.allowed}" for error in told.value.errors]


RULE = '[[rule]]\nname = "{name}"\n{rest}\n'


def rule(rest: str, name: str = "own") -> str:
    return RULE.format(name=name, rest=rest)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (rule('metric = "calls_waiting"\nwarning = 3', "call_waiting"), "rule[0].name: a built-in rule has this name"),
        (rule('metric = "calls_waiting"\nwarning = 3', "Own"), "rule[0].name: this text is not allowed; small letters"),
        (rule("warning = 3"), "rule[0]: neither metric nor inherits"),
        (rule('metric = "calls_waiting"\ninherits = "call_waiting"\nwarning = 3'), "rule[0]: both metric and inherits"),
        (rule('metric = "calls_waiting"'), "rule[0]: a limit is missing"),
        (rule('metric = "nothing"\nwarning = 3'), 'rule[0].metric: this text is not allowed; "call_waiting"'),
        (rule('inherits = "nobody"'), "rule[0].inherits: there is no rule of this name"),
        (rule('inherits = "own"'), "rule[0].inherits: it inherits from itself"),
        (rule('inherits = "b"', "a") + rule('inherits = "a"', "b"), "rule[1].inherits: it inherits from itself"),
        (
            rule('metric = "calls_waiting"\nwarning = 3', "a") + rule('metric = "calls_waiting"\nwarning = 3', "a"),
            "rule[1].name: rule[0] has this name already",
        ),
        (
            rule('metric = "calls_waiting"\nwarning = 3\ncritical = 2'),
            "rule[0].critical: 2 comes before the warning, 3",
        ),
        (rule('inherits = "service_level"\nwarning = 0.5\ncritical = 0.6'), "rule[0].critical: 0.6 comes before"),
        (rule('metric = "occupancy"\nwarning = 85'), "rule[0].warning: 85 is no share; 0 to 1"),
        (rule('inherits = "agency_load"\ndead_band = 5'), "rule[0].dead_band: 5 is no share; 0 to 1"),
        (rule('inherits = "call_waiting"\ndead_band = 5'), "rule[0].dead_band: what lasts never shrinks"),
        (rule('inherits = "calls_waiting"\nminimum_sample = 5'), "rule[0].minimum_sample: calls_waiting is no figure"),
        (
            rule('inherits = "call_waiting"\nagencies = ["damkar"]'),
            "rule[0].agencies: call_waiting is not about agencies",
        ),
        (rule('inherits = "agency_load"\npriorities = [1]'), "rule[0].priorities: agency_load is not about priorities"),
        (
            rule('inherits = "call_waiting"\nmessage = { id = "{who}" }'),
            "rule[0].message.id: {who} stands for nothing; {limit}",
        ),
    ],
)
def test_that_what_is_wrong_with_a_rule_is_told_with_its_place(text, said):
    assert any(fault.startswith(said) for fault in faults(text)), faults(text)


def test_that_what_is_wrong_with_each_rule_is_told_at_once():
    text = (
        rule("warning = 3", "a")
        + rule('metric = "occupancy"\nwarning = 85', "b")
        + rule('metric = "calls_waiting"', "c")
    )
    assert [fault.split(":")[0] for fault in faults(text)] == ["rule[0]", "rule[1].warning", "rule[2]"]


def test_that_a_rule_with_a_fault_hides_nothing_of_what_rules_demand_of_each_other():
    text = (
        rule('metric = "calls_waiting"\nwarning = "abc"\ncritical = 5\ndead_band = 1\nminimum_sample = 5', "a")
        + rule('inherits = "nobody"\nwarning = 3', "b")
        + rule('metric = "agency_load"\nwarning = 1.5\ncritical = 2', "b")
        + rule('inherits = "a"\npriorities = [1]', "c")
        + rule('inherits = "e"\nwarning = 1', "d")
        + rule('inherits = "d"\non_delay_s = -1', "e")
    )
    assert [fault.partition(";")[0] for fault in faults(text)] == [
        "rule[0].warning: this text is not allowed",
        "rule[0].minimum_sample: calls_waiting is no figure of cases",
        "rule[1].inherits: there is no rule of this name",
        "rule[2].name: rule[1] has this name already",
        "rule[2].warning: 1.5 is no share",
        "rule[2].critical: 2 is no share",
        "rule[3].priorities: calls_waiting is not about priorities",
        "rule[4].inherits: it inherits from itself",
        "rule[5].inherits: it inherits from itself",
        "rule[5].on_delay_s: -1 is not allowed",
    ]


def test_that_a_rule_whose_name_is_wrong_is_not_called_another_of_the_same_name():
    text = rule('metric = "calls_waiting"\nwarning = 3', "A") + rule('inherits = "nobody"', "B")
    assert [fault.partition(";")[0] for fault in faults(text)] == [
        "rule[0].name: this text is not allowed",
        "rule[1].name: this text is not allowed",
        "rule[1].inherits: there is no rule of this name",
    ]


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        (
            'inherits = "service_level"\nwarning = 0.99',
            "warning: with 0.99 and a dead band of 0.02 the alarm could never end; 0.98 or less",
        ),
        (
            'inherits = "agency_load"\nwarning = 0.05',
            "warning: with 0.05 and a dead band of 0.1 the alarm could never end; 0.1 or more",
        ),
        ('inherits = "service_level"\ncritical = 0.99', "critical: with 0.99 and a dead band of 0.02 the alarm could"),
        (
            'metric = "calls_waiting"\nwarning = 3\ndead_band = 5',
            "dead_band: with 5 the alarm could never end; at most 3",
        ),
        ('inherits = "calls_waiting"\ndead_band = 4', "dead_band: with 4 the alarm could never end; at most 3"),
        ('metric = "active_incidents"\nwarning = 0', "warning: with 0 the alarm could never end; more than 0"),
        (
            'metric = "active_incidents"\nwarning = 0\ndead_band = 1',
            "warning: with 0 and a dead band of 1 the alarm could never end; 1 or more",
        ),
        ('inherits = "data_stale"\ndead_band = 7', "dead_band: with 7 the alarm could never end; at most 6"),
    ],
)
def test_that_a_rule_whose_alarm_could_never_end_is_refused_with_what_it_inherits(rest, said, tmp_path):
    (fault,) = faults(rule(rest))
    assert fault.startswith(f"rule[0].{said}")
    path = tmp_path / "rules.toml"
    path.write_text(rule(rest))
    with pytest.raises(FileErrors) as told:
        load_rules(path)
    assert [error.place for error in told.value.errors] == [fault.split(":")[0]], "and alike in a file of rules"


@pytest.mark.parametrize(
    "rest",
    [
        'inherits = "service_level"\nwarning = 0.98',
        'metric = "calls_waiting"\nwarning = 3\ndead_band = 3',
        'metric = "agency_available"\nwarning = 2\ndead_band = 5',
        'metric = "data_stale"\nwarning = 0',
        'metric = "call_waiting"\nwarning = 0',
        'inherits = "calls_per_hour"\ndead_band = 5',
    ],
)
def test_that_a_rule_whose_alarm_can_end_is_taken(rest):
    assert loads(FEED + rule(rest), "wallboard.toml").rule


def test_that_a_rule_must_be_able_to_end_at_every_centre():
    centre = FEED.replace('"demo"', '"siak"') + "[feed.rules.service_level]\ndead_band = 0.1\n"
    (fault,) = faults(centre + rule('inherits = "service_level"\nwarning = 0.95'))
    assert fault == "rule[0].warning: with 0.95 and a dead band of 0.1 the alarm could never end; 0.9 or less"


def test_that_it_is_told_once_by_the_rule_that_says_it_and_not_by_those_that_inherit_it():
    text = (
        rule('metric = "calls_waiting"\nwarning = 3\ndead_band = 5', "a")
        + rule('inherits = "a"\non_delay_s = 5', "b")
        + rule('inherits = "service_level"\nwarning = 0.99\non_delay_s = -1', "c")
        + rule('inherits = "c"\nwarning = 0.95', "d")
    )
    assert [fault.split(":")[0] for fault in faults(text)] == [
        "rule[0].dead_band",
        "rule[2].warning",
        "rule[2].on_delay_s",
    ]


def test_that_rules_of_the_same_name_or_none_lead_nobody_in_a_circle():
    text = (
        rule('inherits = "a"\nlatched = 3', "A")
        + rule('inherits = ""', "a")
        + "[[rule]]\nwarning = 3\n"
        + rule('inherits = "c"', "b")
        + rule('metric = "calls_waiting"\nwarning = 3', "c")
        + rule('inherits = "b"', "c")
    )
    assert [fault.split(":")[0] for fault in faults(text)] == [
        "rule[0].name",
        "rule[0].latched",
        "rule[1].inherits",
        "rule[2].name",
        "rule[2]",
        "rule[3].inherits",
        "rule[5].name",
        "rule[5].inherits",
    ]


NEVER = 'metric = "calls_waiting"\nwarning = 3\ndead_band = 9\n'


@pytest.mark.parametrize(
    ("text", "places"),
    [
        (rule(NEVER, "Own"), ["name", "dead_band"]),
        (rule(NEVER, "call_waiting"), ["name", "dead_band"]),
        (rule(NEVER + 'latched = "yes"'), ["dead_band", "latched"]),
        (rule(NEVER + "agencies = [3]"), ["dead_band", "agencies[0]"]),
        (rule(NEVER + 'message = { en = "{who}" }'), ["dead_band", "message.en"]),
        (rule('inherits = "calls_waiting"\nwarning = "many"\ndead_band = 9'), ["warning"]),
        (rule(NEVER + 'inherits = "calls_waiting"'), [""]),
    ],
)
def test_that_only_a_fault_in_what_decides_about_its_end_hides_that_an_alarm_could_never_end(text, places):
    assert sorted(fault.split(": ")[0] for fault in faults(text)) == sorted(
        f"rule[0].{place}".rstrip(".") for place in places
    )


def test_that_a_fault_in_the_rules_of_all_hides_nothing_about_those_of_a_centre():
    text = (
        "[feed.rules.service_level]\ndead_band = 0.1\n"
        + '[rules.call_waiting]\nwarning_s = "soon"\n[rules.agency_load]\ndead_band = 0\n'
        + rule('inherits = "service_level"\nwarning = 0.95', "a")
        + rule('inherits = "agency_load"\nwarning = 0.05', "b")
    )
    assert [fault.partition(";")[0] for fault in faults(text)] == [
        "rules.call_waiting.warning_s: this text is not allowed",
        "rule[0].warning: with 0.95 and a dead band of 0.1 the alarm could never end",
    ], "and the rules of all that have none are those that the centre's are laid over"


def test_that_a_fault_in_one_rule_of_a_centre_hides_nothing_about_its_others():
    text = (
        "[feed.rules.service_level]\ndead_band = 0.1\n"
        + '[feed.rules.agency_load]\nwarning = "full"\n'
        + rule('inherits = "service_level"\nwarning = 0.95', "a")
        + rule('inherits = "agency_load"\nwarning = 0.05', "b")
    )
    assert [fault.partition(";")[0] for fault in faults(text)] == [
        "feed[0].rules.agency_load.warning: this text is not allowed",
        "rule[0].warning: with 0.95 and a dead band of 0.1 the alarm could never end",
        "rule[1].warning: with 0.05 and a dead band of 0.1 the alarm could never end",
    ], "of the rules of all, from which the other centres inherit, too"


OF_SIAK = FEED.replace('"demo"', '"siak"')


def test_that_a_rule_holds_only_at_the_centres_that_it_names_and_so_do_those_that_inherit_it():
    text = (
        rule('inherits = "call_waiting"\nwarning = 30\nfeeds = ["siak"]', "a")
        + rule('inherits = "a"\nlatched = true', "b")
        + rule('inherits = "a"\nfeeds = ["demo"]', "c")
    )
    configuration = loads(FEED + OF_SIAK + text, "wallboard.toml")
    own = [[one.name for one in configuration.settings(feed).rules if one.name in "abc"] for feed in configuration.feed]
    assert own == [["c"], ["a", "b"]]


def test_that_a_centre_that_a_rule_names_is_there():
    text = rule('inherits = "call_waiting"\nwarning = 30\nfeeds = ["siak", "dumai"]')
    assert faults(OF_SIAK + text) == ["rule[0].feeds[1]: there is no [[feed]] of this id; demo or siak"]
    assert "feeds" not in str(faults(OF_SIAK.replace('"siak"', "3") + text)), "it may be the one whose id is wrong"


def test_that_the_age_of_data_is_judged_by_the_intervals_of_the_centres_and_no_other():
    of_old_data = rule('inherits = "data_stale"\ndead_band = 100')
    assert loads(FEED + "poll_interval_s = 60\n" + of_old_data, "wallboard.toml").rule, "the warning comes at 180"
    (fault,) = faults("poll_interval_s = 30\n" + of_old_data)
    assert fault == "rule[0].dead_band: with 100 the alarm could never end; at most 90"


def test_that_a_wrong_interval_hides_nothing_about_the_rules_of_its_centre():
    text = (
        'poll_interval_s = "fast"\n[feed.rules.service_level]\ndead_band = 0.1\n'
        + rule('inherits = "service_level"\nwarning = 0.95', "a")
        + rule('inherits = "data_stale"\ndead_band = 100', "b")
    )
    assert [fault.partition(":")[0] for fault in faults(text)] == ["feed[0].poll_interval_s", "rule[0].warning"]


def test_that_a_centre_that_is_not_there_hides_nothing_else_about_its_rule():
    never_ends = rule('inherits = "agency_load"\nwarning = 0.05\nfeeds = ["siakk"]')
    assert [fault.partition(":")[0] for fault in faults(OF_SIAK + never_ends)] == [
        "rule[0].warning",
        "rule[0].feeds[0]",
    ]


def test_that_a_rule_need_not_be_able_to_end_where_it_does_not_hold():
    own_dead_band = OF_SIAK + "[feed.rules.service_level]\ndead_band = 0.1\n"
    limit = 'inherits = "service_level"\nwarning = 0.95\n'
    assert loads(FEED + own_dead_band + rule(limit + 'feeds = ["demo"]'), "wallboard.toml").rule
    (fault,) = faults(own_dead_band + rule(limit + 'feeds = ["siak"]'))
    assert fault.startswith("rule[0].warning: with 0.95 and a dead band of 0.1 the alarm could never end")


def test_that_a_lineage_of_any_length_is_taken():
    names = [f"r{number}" for number in range(MOST_OWN_RULES)]
    text = "".join(rule(f'inherits = "{parent}"', name) for name, parent in pairwise(names))
    configuration = loads(FEED + text + rule('inherits = "call_waiting"', names[-1]), "wallboard.toml")
    rules = {one.name: one for one in configuration.settings(configuration.feed[0]).rules}
    assert len(rules["r0"].replaces) == MOST_OWN_RULES


def test_that_a_rule_on_what_nothing_narrows_may_be_narrowed_where_it_is_about_agencies():
    text = rule('inherits = "agency_load"\nagencies = ["damkar"]\nwarning = 0.5', "damkar_load")
    configuration = loads(FEED + text, "wallboard.toml")
    rules = {one.name: one for one in configuration.settings(configuration.feed[0]).rules}
    assert rules["damkar_load"].agencies == frozenset({"damkar"})
    assert rules["damkar_load"].replaces == frozenset({"agency_load"})
    assert len(rules) == 11


def test_that_a_file_of_rules_has_the_same_form(tmp_path):
    path = tmp_path / "rules.toml"
    path.write_text(rule('inherits = "call_waiting"\nwarning = 30'))
    assert [one.name for one in load_rules(path).rule] == ["own"]
