"""The store: the feed's outcomes and the passing of time reach the models, and only what changed is announced."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QObject, Qt, Slot

from tests.core import builders, slow_reference, strategies
from tests.core.builders import agency, at, bad, call, call_taker, good, incident, snapshot, unit, without
from tests.models.mirror import Mirror
from wallboard.core.alarms import AlarmState, Happening, Scope, Severity, Shelf, Subject
from wallboard.core.entities import Snapshot
from wallboard.core.situation import FeedState
from wallboard.models.incidents import Location
from wallboard.models.rows import RowsModel
from wallboard.models.store import Store


class Bench:
    """A store whose monotonic clock a test turns, and whose PC clock is an hour behind the server's."""

    def __init__(self, location: Location = Location.FULL, position: str = "") -> None:
        self.now_s = 0.0
        self.store = Store(
            builders.situation(),
            location,
            position=position,
            monotonic=self.monotonic,
            wall_clock=lambda: at(self.now_s - 3600),
        )
        self.models: tuple[RowsModel[Any], ...] = (self.store.incidents, self.store.calls, self.store.agencies)
        self.mirrors = [Mirror(model) for model in self.models]

    def monotonic(self) -> float:
        return self.now_s

    def poll(self, told: Snapshot | None) -> None:
        self.store.receive(good(told, self.now_s))

    def turn(self, seconds: float) -> None:
        self.now_s += seconds
        self.store.advance()

    def announced(self) -> list[list[tuple[Any, ...]]]:
        """By the incidents, the calls and the agencies, since this was last asked."""
        return [mirror.take() for mirror in self.mirrors]


class Listener(QObject):
    """Notes in which thread it hears of an advance."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self.threads: list[int] = []
        store.advanced.connect(self.hear)

    @Slot()
    def hear(self) -> None:
        self.threads.append(threading.get_ident())


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[float, Snapshot | None]]:
    """Snapshots of one centre, some seconds apart; None where the server says that nothing has changed."""
    seconds, told = 0.0, []
    for step in draw(st.lists(st.sampled_from([1.0, 2.0, 6.0, 30.0, 600.0]), min_size=1, max_size=6)):
        seconds += step
        whole = strategies.snapshots(seconds, most=8)
        told.append((step, draw(st.none() | whole | st.builds(without, whole, strategies.untold))))
    return told


def waiting_severity(waited_s: float) -> Severity | None:
    return Severity.CRITICAL if waited_s >= 20 else Severity.WARNING if waited_s >= 15 else None


def talking_severity(talked_s: float) -> Severity | None:
    return Severity.CRITICAL if talked_s >= 600 else Severity.WARNING if talked_s >= 300 else None


@settings(max_examples=60)
@given(histories())
def test_that_the_models_follow_any_history_of_snapshots(qapp, history):
    bench, told = Bench(), snapshot()
    for step, new in history:
        bench.turn(step)
        bench.poll(new)
        told = new or told
        store, now = bench.store, at(bench.now_s)
        for mirror, model in zip(bench.mirrors, bench.models, strict=True):
            assert mirror.rows == model.rows
            assert mirror.count("reset") == 0
        assert [row.id for row in store.incidents.rows] == [
            row.id for row in slow_reference.active_incidents(told.incidents)
        ]
        waiting = sorted(filter(slow_reference.is_waiting, told.calls), key=lambda row: (row.received_at, row.id))
        talking = sorted(filter(slow_reference.is_talking, told.calls), key=lambda row: (str(row.answered_at), row.id))
        assert [(row.id, row.waiting) for row in store.calls.rows if row.waiting] == [(row.id, True) for row in waiting]
        assert {row.id for row in store.calls.rows if not row.waiting} == {row.id for row in talking}
        assert [row.id for row in store.agencies.rows] == [row.id for row in told.agencies]
        for shown in store.agencies.rows:
            assert (shown.load is None, shown.incidents is None) == ("units" in told.untold, "incidents" in told.untold)
        if store.server_now is None:
            continue
        for row in store.calls.rows:
            judge = waiting_severity if row.waiting else talking_severity
            assert row.severity == judge(slow_reference.seconds(row.since, now))
        assert [row.waiting for row in store.calls.rows] == sorted(
            (row.waiting for row in store.calls.rows), reverse=True
        )


@settings(max_examples=40)
@given(strategies.snapshots(0.0, most=8))
def test_that_nothing_is_announced_where_nothing_changed(qapp, told):
    bench = Bench()
    bench.poll(told)
    bench.announced()
    rows = {name: getattr(told, name) for name in ("calls", "incidents", "units", "agencies", "call_takers")}
    for again in (None, builders.snapshot(0, **rows), None, builders.snapshot(0, **rows)):
        bench.poll(again)
        bench.store.receive(bad(0))
        bench.store.advance()
        assert bench.announced() == [[], [], []]


def test_that_a_limit_crossed_between_polls_changes_that_row_and_no_other(qapp):
    bench = Bench()
    bench.poll(snapshot(calls=[call("c1", -14), call("c2", -5)], incidents=[incident()], agencies=[agency()]))
    bench.announced()
    bench.turn(0.999)
    assert bench.announced() == [[], [], []]
    bench.turn(0.001)
    calls = bench.store.calls
    assert bench.announced() == [[], [("change", 0, 0, (calls.role("severity"),))], []]
    assert [row.severity for row in calls.rows] == [Severity.WARNING, None]


def test_that_each_second_and_each_outcome_is_told_once(qtbot):
    bench = Bench()
    listener = Listener(bench.store)
    bench.poll(snapshot())
    bench.turn(1)
    bench.store.receive(bad(1))
    assert len(listener.threads) == 3


def test_that_time_passes_where_the_feed_is_dead(qtbot):
    bench = Bench()
    bench.poll(snapshot(calls=[call()], incidents=[incident()], agencies=[agency()], units=[unit()]))
    before = [list(model.rows) for model in bench.models]
    bench.turn(61)
    assert bench.store.state is FeedState.STALE
    assert bench.store.data_age_s == 61
    assert bench.store.now == bench.store.server_now == at(61)
    assert bench.store.situation.as_of == at(0)
    assert [list(model.rows) for model in bench.models] == before
    assert [(group.rule, group.severity) for group in bench.store.alarm_groups()] == [("data_stale", Severity.CRITICAL)]


def test_that_the_pcs_clock_counts_only_until_the_servers_is_known(qapp):
    bench = Bench()
    assert bench.store.server_now is None
    assert bench.store.now == at(-3600)
    bench.poll(snapshot(calls=[call(received=-14)]))
    assert bench.store.now == at(0)
    bench.turn(1)
    assert bench.store.now == at(1)
    assert bench.store.calls.rows[0].severity is Severity.WARNING
    assert bench.store.situation.clock.clock_offset_s(bench.now_s, at(bench.now_s - 3600)) == 3600


def test_that_without_clocks_of_a_tests_own_it_reads_the_machines(qapp):
    store = Store(builders.situation())
    assert abs(store.now - datetime.now(UTC)) < timedelta(minutes=1)
    store.advance()
    assert store.state is FeedState.CONNECTING


def test_that_a_feed_that_never_gave_data_leaves_the_models_empty(qapp):
    bench = Bench()
    bench.store.receive(bad(0))
    bench.turn(100)
    assert bench.store.state is FeedState.FAILED
    assert [model.rowCount() for model in bench.models] == [0, 0, 0]
    assert bench.store.alarms() == []
    assert bench.store.alarm_groups() == []
    assert bench.store.data_age_s is None


def test_that_the_history_is_asked_for_once(qtbot):
    bench = Bench()
    with qtbot.waitSignal(bench.store.backfill_wanted):
        bench.poll(snapshot())
    with qtbot.assertNotEmitted(bench.store.backfill_wanted):
        bench.turn(2)
        bench.poll(snapshot(2))
        bench.poll(None)


def test_that_alarms_of_one_kind_are_one_group_with_the_names_of_its_agencies(qapp):
    bench = Bench()
    units = [unit("u1", "on_scene", "a1"), unit("u2", "on_scene", "a2"), unit("u3", "available", "a3")]
    agencies = [agency("a2", "BPBD"), agency("a1", "Damkar"), agency("a3", "PSC")]
    rows: dict[str, Any] = {"calls": [call("c1", -16), call("c2", -18), call("c3", -30)], "agencies": agencies}
    bench.poll(snapshot(units=units, **rows))
    bench.turn(2)
    groups = {(group.rule, group.severity): group for group in bench.store.alarm_groups()}
    waits = groups["call_waiting", Severity.WARNING]
    assert (waits.count, waits.worst.subject.key, waits.worst.value, waits.since) == (1, "c1", 18, at(-1))
    waits = groups["call_waiting", Severity.CRITICAL]
    assert (waits.count, waits.worst.subject.key, waits.worst.value, waits.since) == (2, "c3", 32, at(-15))
    assert groups["calls_waiting", Severity.WARNING].worst.value == 3
    assert "agency_load" not in {rule for rule, _ in groups}
    for seconds in range(4, 64, 2):
        bench.now_s = float(seconds)
        bench.poll(snapshot(seconds, units=units, **rows))
    groups = {(group.rule, group.severity): group for group in bench.store.alarm_groups()}
    loads = groups["agency_load", Severity.CRITICAL]
    assert bench.store.agency_names(loads.keys) == ("BPBD", "Damkar")
    assert [row.severity for row in bench.store.agencies.rows] == [Severity.CRITICAL, Severity.CRITICAL, None]


def test_that_a_call_shows_who_answers_it_and_for_which_agency(qapp):
    bench = Bench()
    takers = [call_taker("t1", "on_call", "a1")]
    rows: dict[str, Any] = {"agencies": [agency("a1", "BPBD")]}
    calls = [call("talks", -30, -20, taker="t1"), call("nobody's", -30, -10), call("waits", -5)]
    bench.poll(snapshot(calls=calls, call_takers=takers, **rows))
    shown = [(row.id, row.waiting, row.since, row.call_taker, row.agency) for row in bench.store.calls.rows]
    assert shown == [
        ("waits", True, at(-5), "", ""),
        ("talks", False, at(-20), "Operator t1", "BPBD"),
        ("nobody's", False, at(-10), "", ""),
    ]
    assert [bench.store.calls.data(bench.store.calls.index(row)) for row in range(3)] == ["", "Operator t1", ""]
    bench.announced()
    bench.poll(snapshot(2, calls=calls, call_takers=[call_taker("t1", "on_call")], **rows))
    assert bench.announced() == [[], [("change", 1, 1, (bench.store.calls.role("agency"),))], []]


def test_that_a_renamed_agency_is_renamed_everywhere(qapp):
    bench = Bench()
    rows = [incident("i1", agencies=("a1",)), incident("i2", 1, agencies=("a2", "unheard of"))]
    bench.poll(snapshot(incidents=rows, agencies=[agency("a1", "BPBD"), agency("a2", "Damkar")]))
    assert [row.agencies for row in bench.store.incidents.rows] == [("BPBD",), ("Damkar", "unheard of")]
    bench.announced()
    bench.poll(snapshot(2, incidents=rows, agencies=[agency("a1", "BPBD-PK"), agency("a2", "Damkar")]))
    assert [row.name for row in bench.store.agencies.rows] == ["BPBD-PK", "Damkar"]
    assert [row.agencies for row in bench.store.incidents.rows] == [("BPBD-PK",), ("Damkar", "unheard of")]
    names, name = bench.store.incidents.role("agencies"), bench.store.agencies.role("name")
    display = int(Qt.ItemDataRole.DisplayRole)
    assert bench.announced() == [[("change", 0, 0, (names,))], [], [("change", 0, 0, (display, name))]]


def test_that_agencies_told_no_more_leave_their_identifiers_behind_and_no_load(qapp):
    bench = Bench()
    told = snapshot(incidents=[incident("i1", agencies=("a1",))], agencies=[agency("a1", "BPBD")], units=[unit()])
    bench.poll(told)
    bench.poll(without(told, {"agencies", "units"}))
    assert bench.store.agencies.rows == []
    assert bench.store.incidents.rows[0].agencies == ("a1",)


@pytest.mark.parametrize(
    ("location", "places"),
    [
        (Location.FULL, ["Jalan Ahmad Yani 12, Mandau", "Jalan Ahmad Yani 12", "Mandau", ""]),
        (Location.DISTRICT, ["Mandau", "", "Mandau", ""]),
        (Location.NONE, ["", "", "", ""]),
    ],
)
def test_that_a_wall_tells_no_more_of_a_place_than_it_may(qapp, location, places):
    bench = Bench(location)
    rows = [
        incident("i1", 0),
        incident("i2", 1, district=None),
        incident("i3", 2, address=None),
        incident("i4", 3, address=None, district=None),
    ]
    bench.poll(snapshot(10, incidents=rows))
    model = bench.store.incidents
    assert [row.place for row in model.rows] == places
    told = [model.data(model.index(row), role) for row in range(4) for role in model.roleNames()]
    assert ("Ahmad Yani" in repr(told)) == (location is Location.FULL)


def test_that_an_incident_shows_which_of_its_times_is_alarming(qapp):
    bench = Bench()
    rows = [
        incident("new", -100),
        incident("forgotten", -3 * 3600, priority=4),
        incident("on the way", -800, dispatched=-700, status="dispatched", priority=2),
        incident("strange", -10, status="contained", priority=3),
    ]
    bench.poll(snapshot(incidents=rows))
    shown = {
        row.id: (row.severity, row.unassigned_severity, row.time_severity, row.status, row.unassigned)
        for row in bench.store.incidents.rows
    }
    assert shown == {
        "new": (Severity.WARNING, Severity.WARNING, None, "new", True),
        "forgotten": (Severity.CRITICAL, Severity.CRITICAL, Severity.CRITICAL, "new", True),
        "on the way": (Severity.WARNING, None, Severity.WARNING, "dispatched", False),
        "strange": (None, None, None, "other", True),
    }
    assert bench.store.incidents.data(bench.store.incidents.index(0)) == "Kebakaran rumah"


def test_that_every_model_passes_qts_own_tester(qtmodeltester):
    bench = Bench()
    bench.poll(
        snapshot(
            calls=[call("c1"), call("c2", -60, -50)],
            incidents=[incident("i1"), incident("i2", -100)],
            agencies=[agency("a1"), agency("a2")],
        )
    )
    for model in bench.models:
        assert model.rowCount() == 2
        qtmodeltester.check(model, force_py=True)


def test_that_alarms_that_are_acknowledged_are_shown_and_ask_for_nothing():
    bench = Bench()
    bench.poll(snapshot(calls=[call("c1", -16), call("c2", -17)]))
    (group,) = bench.store.alarm_groups()
    assert (group.count, group.unacknowledged) == (2, 2)
    assert bench.store.acknowledge_all() == 2
    (group,) = bench.store.alarm_groups()
    assert (group.count, group.unacknowledged) == (2, 0)
    assert bench.store.acknowledge_all() == 0
    bench.turn(4)
    assert {(group.severity, group.unacknowledged) for group in bench.store.alarm_groups()} == {(Severity.CRITICAL, 2)}


def test_that_one_alarm_is_put_aside_for_its_time_and_its_reason_and_what_happened_is_told_once():
    bench = Bench(position="Supervisor 2")
    bench.poll(snapshot(calls=[call("c1", -16), call("c2", -17)]))
    first, second = bench.store.situation.alarms.shown()
    assert [event.happening for event in bench.store.take_events()] == [Happening.RAISED, Happening.RAISED]
    assert bench.store.shelve([first], 300, "kabel putus") == 1
    assert [group.count for group in bench.store.alarm_groups()] == [1]
    assert bench.store.comment(second, "sudah ditelepon balik") == 1
    assert bench.store.comment(Subject("call_waiting", Scope.CALL, "nobody"), "…") == 0
    shelved, commented = bench.store.take_events()
    assert (shelved.subject, shelved.happening, shelved.note, shelved.by) == (
        first,
        Happening.SHELVED,
        "kabel putus",
        "Supervisor 2",
    )
    assert shelved.standing.shelf == Shelf(at(300), "kabel putus", "Supervisor 2")
    assert (commented.happening, commented.note, commented.by) == (
        Happening.COMMENTED,
        "sudah ditelepon balik",
        "Supervisor 2",
    )
    assert bench.store.take_events() == []
    assert bench.store.unshelve([first]) == 1
    assert [group.count for group in bench.store.alarm_groups()] == [2]
    assert bench.store.acknowledge([second]) == 1
    assert [group.unacknowledged for group in bench.store.alarm_groups()] == [1]


def test_that_a_restored_shelf_ends_by_the_pcs_clock_while_the_servers_is_not_known():
    before, bench = Bench(), Bench()
    before.poll(snapshot(calls=[call("c1", -30)]))
    subject = Subject("call_waiting", Scope.CALL, "c1")
    pc_now_s = -3600
    shelf = Shelf(at(pc_now_s + 300), "diketahui", "Supervisor 2")
    assert before.store.situation.alarms.shelve([subject], shelf, at(pc_now_s)) == 1
    bench.store.restore(before.store.take_events()[-1:])
    bench.turn(1000)
    assert [alarm.state for alarm in bench.store.alarms()] == [AlarmState.SHELVED], (
        "the server may answer at any moment"
    )
    bench.store.receive(bad(0.0))
    bench.now_s = 0.0
    bench.turn(299)
    assert [alarm.state for alarm in bench.store.alarms()] == [AlarmState.SHELVED]
    bench.turn(1)
    assert [alarm.state for alarm in bench.store.alarms()] == [AlarmState.ACTIVE_UNACKNOWLEDGED]
    assert [event.happening for event in bench.store.take_events()] == [Happening.UNSHELVED]


def test_that_a_restored_shelf_waits_for_a_server_that_has_not_answered_yet():
    before, bench = Bench(), Bench()
    before.poll(snapshot(calls=[call("c1", -30)]))
    shelf = Shelf(at(-3600 + 300))
    before.store.situation.alarms.shelve([Subject("call_waiting", Scope.CALL, "c1")], shelf, at(-3600))
    bench.store.restore(before.store.take_events()[-1:])
    bench.turn(1000)
    assert [alarm.state for alarm in bench.store.alarms()] == [AlarmState.SHELVED]


def test_that_what_there_is_no_time_for_is_looked_at_later():
    bench = Bench()
    told = snapshot(calls=[call(f"c{number}", -16) for number in range(10)])
    bench.store.receive(good(told, 0), lambda: False)
    assert bench.store.unfinished
    assert bench.store.alarm_groups() == []
    bench.store.advance()
    assert not bench.store.unfinished
    assert {group.rule for group in bench.store.alarm_groups()} == {"call_waiting", "calls_waiting"}
