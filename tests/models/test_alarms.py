"""The list of all centres' alarms, one by one and by rule."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from tests.core.builders import agency, at, call, incident, snapshot, unit
from tests.models.test_centres import Bench
from wallboard.core.alarms import WANT_ACKNOWLEDGING, AlarmState, Severity, Shelf
from wallboard.models import alarms as alarms_module
from wallboard.models.alarm_filter import AlarmFilter
from wallboard.models.alarms import AlarmListModel


@pytest.fixture
def bench(qapp):
    one = Bench("bengkalis", "siak")
    yield one
    one.centres.stop()


def listed(model):
    return [(row.feed_id, row.rule, row.subjects[0].key, row.severity, row.state) for row in model.rows]


def test_that_alarms_of_all_centres_stand_in_display_order(bench, qtmodeltester):
    bench.poll("bengkalis", snapshot(calls=[call("b1", -16)]))
    bench.poll("siak", snapshot(calls=[call("s1", -30), call("s2", -17)]))
    model = AlarmListModel(bench.centres)
    model.refresh()
    assert listed(model) == [
        ("siak", "call_waiting", "s1", Severity.CRITICAL, AlarmState.ACTIVE_UNACKNOWLEDGED),
        ("siak", "call_waiting", "s2", Severity.WARNING, AlarmState.ACTIVE_UNACKNOWLEDGED),
        ("bengkalis", "call_waiting", "b1", Severity.WARNING, AlarmState.ACTIVE_UNACKNOWLEDGED),
    ]
    store = bench.centres["siak"]
    store.acknowledge([model.rows[0].subjects[0]])
    model.refresh()
    assert [row.subjects[0].key for row in model.rows] == ["s2", "b1", "s1"], "what asks for somebody comes first"
    qtmodeltester.check(model, force_py=True)


def test_that_what_lasts_tells_its_beginning_and_what_is_pending_is_no_alarm(bench):
    bench.poll("bengkalis", snapshot(calls=[call("b1", -16), call("b2", -3)]))
    model = AlarmListModel(bench.centres)
    model.refresh()
    (row,) = model.rows
    assert (row.start, row.since, row.limit) == (at(-16), at(-1), 15)
    bench.turn(1)
    before = model.rows[0]
    model.refresh()
    assert model.rows[0] is before, "a second's tick changes no row"


def test_that_what_is_put_aside_stays_in_the_list_behind_the_rest(bench):
    bench.poll("bengkalis", snapshot(calls=[call("b1", -30), call("b2", -16)]))
    store = bench.centres["bengkalis"]
    model = AlarmListModel(bench.centres)
    model.refresh()
    store.shelve(model.rows[0].subjects, 300, "uji")
    model.refresh()
    assert [(row.subjects[0].key, row.state) for row in model.rows] == [
        ("b2", AlarmState.ACTIVE_UNACKNOWLEDGED),
        ("b1", AlarmState.SHELVED),
    ]
    assert model.rows[1].shelf == Shelf(at(300), "uji")
    store.take_out_of_service("call_waiting", "penggantian telepon")
    model.refresh()
    assert [(row.state, row.of_the_rule) for row in model.rows] == [
        (AlarmState.OUT_OF_SERVICE, False),
        (AlarmState.OUT_OF_SERVICE, False),
        (AlarmState.OUT_OF_SERVICE, True),
    ]


def test_that_a_group_is_one_row_that_tells_the_worst_and_acts_on_all(bench):
    bench.poll(
        "bengkalis",
        snapshot(
            incidents=[incident("i1", -7300, -1, -1), incident("i2", -7200, -1, -1), incident("i3", -12000, -1, -1)]
        ),
    )
    bench.poll("siak", snapshot(calls=[call("s1", -17)]))
    model = AlarmListModel(bench.centres)
    model.grouped = True
    model.refresh()
    assert [(row.feed_id, row.severity, row.count, row.unacknowledged) for row in model.rows] == [
        ("bengkalis", Severity.CRITICAL, 1, 1),
        ("bengkalis", Severity.WARNING, 2, 2),
        ("siak", Severity.WARNING, 1, 1),
    ]
    group = model.rows[1]
    assert (group.start, sorted(subject.key for subject in group.subjects)) == (at(-7300), ["i1", "i2"])
    bench.centres["bengkalis"].acknowledge(group.subjects[:1])
    model.refresh()
    group = next(row for row in model.rows if row.count == 2)
    assert (group.unacknowledged, group.state) == (1, AlarmState.ACTIVE_UNACKNOWLEDGED)


def test_that_an_incident_is_called_by_its_title_and_place_and_a_wait_has_no_name(bench):
    bench.poll(
        "bengkalis",
        snapshot(calls=[call("b1", -16)], incidents=[incident("i1", -4000, title="Kebakaran", address="Duri")]),
    )
    model = AlarmListModel(bench.centres)
    model.refresh()
    assert {row.subjects[0].key: row.name for row in model.rows} == {"b1": "", "i1": "Kebakaran · Duri, Mandau"}


def test_that_more_alarms_than_anybody_reads_are_counted_and_no_rows_made_of_them(bench, monkeypatch):
    monkeypatch.setattr(alarms_module, "MOST_ROWS", 3)
    made = []
    make = alarms_module._row

    def made_and_counted(*of):
        made.append(make(*of))
        return made[-1]

    monkeypatch.setattr(alarms_module, "_row", made_and_counted)
    bench.poll("bengkalis", snapshot(calls=[call(f"b{number}", -16 - number / 10) for number in range(5)]))
    model = AlarmListModel(bench.centres)
    model.refresh()
    assert ([row.subjects[0].key for row in model.rows], model.left_out) == (["bengkalis", "b4", "b3"], 3)
    assert len(made) == 3, "of tens of thousands they would take longer than a second's turn has"


def test_that_a_group_that_asks_for_somebody_comes_before_single_alarms_that_do_not(bench):
    bench.poll("bengkalis", snapshot(calls=[call("b1", -40), call("b2", -30)]))
    bench.poll("siak", snapshot(calls=[call("s1", -16)]))
    model = AlarmListModel(bench.centres)
    model.grouped = True
    model.refresh()
    worst = next(row for row in model.rows if row.feed_id == "bengkalis")
    bench.centres["bengkalis"].acknowledge([worst.subjects[0]])
    model.refresh()
    assert [(row.feed_id, row.severity, row.state) for row in model.rows] == [
        ("bengkalis", Severity.CRITICAL, AlarmState.ACTIVE_UNACKNOWLEDGED),
        ("siak", Severity.WARNING, AlarmState.ACTIVE_UNACKNOWLEDGED),
    ]


SEVERAL = snapshot(
    agencies=[agency("damkar"), agency("bpbd")],
    units=[unit(f"u{number}", "on_scene", agency_id="bpbd") for number in range(3)],
    calls=[call("b1", -40), call("b2", -30), call("b3", -16)],
    incidents=[
        incident("i1", -7300, -1, -1, agencies=("damkar", "bpbd")),
        incident("i2", -90_000, -1, -1, agencies=("damkar",)),
    ],
)


@pytest.fixture
def model(bench):
    """Of two centres with alarms of every kind."""
    bench.poll("bengkalis", SEVERAL)
    bench.turn(120)
    bench.poll("bengkalis", replace(SEVERAL, server_time=at(120)))
    bench.poll("siak", snapshot(120, calls=[call("s1", 103)]))
    one = AlarmListModel(bench.centres)
    one.refresh()
    return one


def keys(model):
    return sorted([row.subjects[0].key for row in model.rows])


@pytest.mark.parametrize(
    ("wanted", "passing"),
    [
        (AlarmFilter(), ["b1", "b2", "b3", "bengkalis", "bpbd", "i1", "i2", "s1"]),
        (AlarmFilter(severity=Severity.WARNING), ["bengkalis", "i1", "s1"]),
        (AlarmFilter(rule="call_waiting"), ["b1", "b2", "b3", "s1"]),
        (AlarmFilter(agency="bpbd"), ["bpbd", "i1"]),
        (AlarmFilter(agency="damkar"), ["i1", "i2"]),
        (AlarmFilter(feed_id="siak"), ["s1"]),
        (AlarmFilter(within=timedelta(minutes=1)), ["s1"]),
        (AlarmFilter(longer_than=timedelta(hours=24)), []),
        (AlarmFilter(longer_than=timedelta(hours=8)), ["i2"]),
        (AlarmFilter(within=timedelta(hours=8), agency="damkar"), ["i1"]),
        (AlarmFilter(rule="call_waiting", severity=Severity.WARNING), ["s1"]),
        (AlarmFilter(rule="incident_open", agency="bpbd", feed_id="bengkalis"), ["i1"]),
        (AlarmFilter(agency="bpbd", feed_id="siak"), []),
    ],
)
def test_that_a_filter_shows_what_it_says_and_counts_what_it_hides(model, wanted, passing):
    every = {row.subjects[0].key: row for row in model.rows}
    model.filter = wanted
    model.refresh()
    assert keys(model) == passing
    hidden = [row for key, row in every.items() if key not in passing]
    assert model.hidden == (len(hidden), sum([row.severity is Severity.CRITICAL for row in hidden]))


@pytest.mark.parametrize("wanted", [AlarmFilter(), AlarmFilter(feed_id="bengkalis"), AlarmFilter(rule="call_waiting")])
def test_that_by_rule_a_filter_hides_no_more_and_no_less(model, wanted):
    model.filter = wanted
    model.refresh()
    one_by_one, hidden = keys(model), model.hidden
    model.grouped = True
    model.refresh()
    assert sorted([subject.key for row in model.rows for subject in row.subjects]) == one_by_one
    assert (sum([row.count for row in model.rows]), model.hidden) == (len(one_by_one), hidden)


def test_that_a_group_is_of_what_passes_the_filter_alone(bench):
    told = snapshot(
        incidents=[
            incident("i1", -7300, -1, -1, agencies=("damkar",)),
            incident("i2", -7900, -1, -1, agencies=("bpbd",)),
            incident("i3", -7500, -1, -1, agencies=("damkar", "bpbd")),
        ]
    )
    bench.poll("bengkalis", told)
    model = AlarmListModel(bench.centres)
    model.grouped = True
    model.refresh()
    (every,) = model.rows
    assert (every.count, every.start) == (3, at(-7900))
    bench.centres["bengkalis"].acknowledge([subject for subject in every.subjects if subject.key == "i3"])
    model.filter = AlarmFilter(agency="damkar")
    model.refresh()
    (group,) = model.rows
    assert (group.id, group.count, group.unacknowledged) == (every.id, 2, 1)
    assert [subject.key for subject in group.subjects] == ["i1", "i3"]
    assert (group.start, group.since) == (at(-7500), at(-300)), "the worst and the oldest of those two"
    bench.centres["bengkalis"].acknowledge(group.subjects)
    model.refresh()
    assert model.rows[0].state is AlarmState.ACTIVE_ACKNOWLEDGED, "whatever that of the third is"


def test_that_of_what_passes_the_filter_all_is_told_that_there_is_to_acknowledge_also_beyond_the_rows(
    model, bench, monkeypatch
):
    monkeypatch.setattr(alarms_module, "MOST_ROWS", 1)
    model.filter = AlarmFilter(rule="call_waiting")
    model.refresh()
    assert (len(model.rows), model.left_out) == (1, 3)
    bench.centres["bengkalis"].shelve(model.rows[0].subjects, 300, "uji")
    model.refresh()
    told = {
        store.situation.settings.feed_id: sorted([of.key for of in subjects])
        for store, subjects in model.shown_subjects().items()
    }
    assert told == {"bengkalis": ["b2", "b3"], "siak": ["s1"]}
    bench.centres.acknowledge(model.shown_subjects())
    left = {
        alarm.subject.key
        for store in bench.centres.stores
        for alarm in store.alarms()
        if alarm.state in WANT_ACKNOWLEDGING
    }
    assert left == {"i1", "i2", "bpbd", "bengkalis"}


def test_that_without_a_filter_it_is_all(model, bench):
    bench.centres.acknowledge(model.shown_subjects())
    assert not [
        alarm for store in bench.centres.stores for alarm in store.alarms() if alarm.state in WANT_ACKNOWLEDGING
    ]


def test_that_the_agencies_of_an_incident_are_those_that_it_names_now(bench):
    model = AlarmListModel(bench.centres)
    model.filter = AlarmFilter(agency="bpbd")
    named = []
    for second, agencies in enumerate([("damkar",), ("damkar", "bpbd"), ()]):
        bench.poll("bengkalis", snapshot(second, incidents=[incident("i1", -7300, -1, -1, agencies=agencies)]))
        model.refresh()
        named.append(keys(model))
    assert named == [[], ["i1"], []]


def test_that_a_rule_out_of_service_is_of_its_rule_and_centre_and_of_no_severity_or_agency(model, bench):
    bench.centres["siak"].take_out_of_service("call_waiting", "uji")
    for wanted, passes in (
        (AlarmFilter(rule="call_waiting"), True),
        (AlarmFilter(rule="incident_open"), False),
        (AlarmFilter(feed_id="siak"), True),
        (AlarmFilter(feed_id="bengkalis"), False),
        (AlarmFilter(severity=Severity.WARNING), False),
        (AlarmFilter(agency="damkar"), False),
        (AlarmFilter(within=timedelta(minutes=1)), True),
        (AlarmFilter(longer_than=timedelta(minutes=1)), False),
    ):
        model.filter = wanted
        model.refresh()
        assert any(row.of_the_rule for row in model.rows) is passes, wanted


def test_that_what_the_clock_moves_into_or_out_of_a_filter_follows_it_and_nothing_is_made_anew_before(
    bench, monkeypatch
):
    built = []
    build = AlarmListModel._build

    def noted(self, store):
        built.append(store)
        return build(self, store)

    monkeypatch.setattr(AlarmListModel, "_build", noted)
    incidents = [incident("i1", -7202, -1, -1), incident("i2", -7206, -1, -1)]
    bench.poll("bengkalis", snapshot(incidents=incidents))
    young, old = AlarmListModel(bench.centres), AlarmListModel(bench.centres)
    young.filter, old.filter = AlarmFilter(within=timedelta(seconds=10)), AlarmFilter(longer_than=timedelta(seconds=10))
    told = []
    for second in (0, 1, 3, 4, 5, 7, 8, 9):
        bench.turn(second - bench.now_s)
        bench.poll("bengkalis", None)
        for model in (young, old):
            built.clear()
            model.refresh()
            told.append((second, keys(model), built.count(bench.centres["bengkalis"])))
    assert told == [
        *[(0, ["i1", "i2"], 1), (0, [], 1)],
        *[(1, ["i1", "i2"], 0), (1, [], 0)],
        *[(3, ["i1", "i2"], 0), (3, [], 0)],
        *[(4, ["i1"], 1), (4, ["i2"], 1)],
        *[(5, ["i1"], 0), (5, ["i2"], 0)],
        *[(7, ["i1"], 0), (7, ["i2"], 0)],
        *[(8, [], 1), (8, ["i1", "i2"], 1)],
        *[(9, [], 0), (9, ["i1", "i2"], 0)],
    ]


def test_that_what_passes_by_time_is_looked_at_anew_when_the_clock_is_set_back_and_else_it_holds_for_ever(bench):
    bench.poll("bengkalis", snapshot(incidents=[incident("i1", -7202, -1, -1)]))
    store = bench.centres["bengkalis"]
    by_time = AlarmFilter(within=timedelta(seconds=10)).of(store, store.alarms(), {}).span
    assert [by_time.holds(at(second)) for second in (-1, 0, 7.9, 8)] == [False, True, True, False]
    by_rule = AlarmFilter(rule="incident_open").of(store, store.alarms(), {}).span
    assert [by_rule.holds(at(second)) for second in (-1, 0, 8)] == [True] * 3
