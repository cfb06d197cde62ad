"""The list of all centres' alarms, one by one and by rule."""

from __future__ import annotations

import pytest

from tests.core.builders import at, call, incident, snapshot
from tests.models.test_centres import Bench
from wallboard.core.alarms import AlarmState, Severity, Shelf
from wallboard.models import alarms as alarms_module
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
