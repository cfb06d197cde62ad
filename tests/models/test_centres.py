"""All centres of a wall: a row for each, whose alarm comes first, and work in the GUI thread a piece at a time."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QObject, Slot

from tests.core import builders, strategies
from tests.core.builders import agency, at, bad, call, good, incident, snapshot, unit
from tests.models.mirror import Mirror
from wallboard.core.alarms import Happening, Severity
from wallboard.core.entities import Snapshot
from wallboard.core.situation import FeedState, Situation
from wallboard.models import centres as centres_module
from wallboard.models.centres import LONGEST_PASS_S, Centres, FeedBridge, distinct
from wallboard.models.store import Store


class Bench:
    """Centres whose monotonic clock a test turns. `costs_s` is what each look at the clock of a pass takes."""

    def __init__(self, *feeds: str, costs_s: float = 0.0) -> None:
        self.now_s = 0.0
        self.pc_ahead_s = 0.0
        self.spent_s = 0.0
        self.costs_s = costs_s
        stores = [Store(self._situation(feed), monotonic=self.monotonic, wall_clock=self.wall_clock) for feed in feeds]
        self.centres = Centres(stores, pass_clock=self.spend)
        self.mirror = Mirror(self.centres.model)

    def monotonic(self) -> float:
        return self.now_s

    def wall_clock(self) -> Any:
        return at(self.now_s + self.pc_ahead_s)

    def spend(self) -> float:
        self.spent_s += self.costs_s
        return self.spent_s

    def turn(self, seconds: float) -> None:
        self.now_s += seconds
        self.centres.advance()

    def poll(self, feed: str, told: Snapshot | None) -> None:
        self.centres[feed].receive(good(told, self.now_s))

    @staticmethod
    def _situation(feed: str) -> Situation:
        from msgspec.structs import replace

        return Situation(replace(builders.situation().settings, feed_id=feed, name=feed))


class Listener(QObject):
    def __init__(self, centres: Centres) -> None:
        super().__init__()
        self.passes: list[frozenset[Store]] = []
        self.threads: list[int] = []
        centres.advanced.connect(self.hear)

    @Slot(object)
    def hear(self, moved: frozenset[Store]) -> None:
        self.passes.append(moved)
        self.threads.append(threading.get_ident())


@pytest.fixture
def bench(qapp):
    made: list[Bench] = []

    def build(*feeds: str, **options: float) -> Bench:
        made.append(Bench(*feeds, **options))
        return made[-1]

    yield build
    for one in made:
        one.centres.stop()


FEEDS = ("bengkalis", "siak", "pekanbaru")


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[float, str, Snapshot | str | None]]:
    """What comes from which feed, some seconds apart: snapshots, "the same", and failures."""
    seconds, told = 0.0, []
    for step in draw(st.lists(st.sampled_from([0.0, 1.0, 2.0, 6.0, 30.0, 600.0]), min_size=1, max_size=10)):
        seconds += step
        feed = draw(st.sampled_from(FEEDS))
        told.append((step, feed, draw(st.none() | st.just("failure") | strategies.snapshots(seconds, most=6))))
    return told


@settings(max_examples=60)
@given(histories())
def test_that_the_rows_follow_any_history_of_their_centres(qapp, history):
    bench = Bench(*FEEDS)
    for step, feed, told in history:
        bench.turn(step)
        if isinstance(told, str):
            bench.centres[feed].receive(bad(bench.now_s))
        else:
            bench.poll(feed, told)
        assert bench.mirror.rows == bench.centres.model.rows
        assert bench.mirror.count("reset") == 0
        assert [row.id for row in bench.centres.model.rows] == list(FEEDS), "each in its place"
        for row in bench.centres.model.rows:
            store = bench.centres[row.id]
            kpis = store.situation.kpis()
            assert row.state is store.state
            assert row.waiting == (kpis.calls.waiting if kpis and kpis.calls else None)
            assert row.incidents == (kpis.incidents.active if kpis and kpis.incidents else None)
            assert row.unassigned == (kpis.incidents.unassigned if kpis and kpis.incidents else None)
            worst = max((group.severity for group in store.alarm_groups()), default=None)
            assert row.severity is (Severity.CRITICAL if row.state is FeedState.FAILED else worst)
            assert row.waiting_since == min((c.received_at for c in store.situation.waiting_calls()), default=None)
        severities = [centre.severity for centre in bench.centres.alarming()]
        assert severities == sorted(severities, reverse=True)


def test_that_what_happens_to_alarms_is_told_once_by_centre_when_the_screen_can_show_it(bench):
    one = bench("bengkalis", "siak")
    told: list[tuple[Any, ...]] = []
    one.centres.happened.connect(
        lambda store, events: told.append(
            (
                store.situation.settings.feed_id,
                [event.happening for event in events],
                [centre.store.situation.settings.feed_id for centre in one.centres.alarming()],
            )
        )
    )
    one.poll("bengkalis", snapshot())
    one.poll("siak", snapshot(calls=[call("c1", -16)]))
    assert told == [("siak", [Happening.RAISED], ["siak"])]
    one.centres.acknowledge_all()
    assert told[1:] == [("siak", [Happening.ACKNOWLEDGED], ["siak"])]
    one.turn(1)
    assert len(told) == 2


def test_that_identifiers_that_two_centres_share_stay_apart(bench):
    one = bench("bengkalis", "siak")
    one.poll("bengkalis", snapshot(calls=[call("c1", -30)], incidents=[incident("i1")], units=[unit("u1")]))
    one.poll("siak", snapshot(calls=[call("c1", -1)], incidents=[], units=[unit("u1", "on_scene")]))
    bengkalis, siak = one.centres.model.rows
    assert (bengkalis.waiting_since, siak.waiting_since) == (at(-30), at(-1))
    assert (bengkalis.severity, siak.severity) == (Severity.CRITICAL, None)
    assert (bengkalis.incidents, siak.incidents) == (1, 0)
    one.poll("bengkalis", snapshot())
    bengkalis, siak = one.centres.model.rows
    assert (bengkalis.waiting, siak.waiting) == (0, 1), "the call of the same name goes on waiting"


def test_that_a_row_tells_the_load_of_all_units_in_service(bench):
    one = bench("siak")
    agencies = [agency("a1", "Damkar"), agency("a2", "BPBD")]
    units = [
        unit("u1", "on_scene", "a1"),
        unit("u2", "available", "a1"),
        unit("u3", "en_route", "a2"),
        unit("u4", "out_of_service", "a2"),
    ]
    one.poll("siak", snapshot(units=units, agencies=agencies))
    (row,) = one.centres.model.rows
    assert (row.busy, row.units) == (2, 3)


def test_that_a_centre_that_was_never_reached_has_no_figures_and_no_zero(bench):
    one = bench("siak")
    one.centres["siak"].receive(bad(0))
    (row,) = one.centres.model.rows
    assert row.state is FeedState.FAILED
    assert row.failure is not None
    figures = (row.waiting, row.waiting_since, row.service_level, row.incidents, row.unassigned, row.busy, row.units)
    assert set(figures) == {None}
    (alarming,) = one.centres.alarming()
    assert (alarming.severity, alarming.rule) == (Severity.CRITICAL, "")


def test_that_only_the_row_of_the_centre_that_changed_is_announced(bench):
    one = bench(*FEEDS)
    for feed in FEEDS:
        one.poll(feed, snapshot(calls=[call("c1", -5)]))
    one.mirror.take()
    one.poll("siak", snapshot(calls=[call("c1", -5), call("c2", -1)]))
    model = one.centres.model
    assert one.mirror.take() == [("change", 1, 1, (model.role("waiting"),))]


def test_that_alarms_of_all_centres_stand_by_severity_then_age_and_missing_data_after_those_of_now(bench):
    one = bench("warned", "dead", "old", "young", "quiet", "stale")
    one.poll("stale", snapshot(calls=[call("c1", -30)]))
    one.now_s = 100.0
    one.poll("warned", snapshot(100, calls=[call("c1", 84)]))
    one.poll("old", snapshot(100, calls=[call("c1", 40)]))
    one.poll("young", snapshot(100, calls=[call("c1", 75)]))
    one.poll("quiet", snapshot(100))
    one.centres["dead"].receive(bad(100))
    one.centres.advance()
    order = [(centre.store.situation.settings.feed_id, centre.rule) for centre in one.centres.alarming()]
    assert order == [
        ("old", "call_waiting"), ("young", "call_waiting"), ("dead", ""), ("stale", "data_stale"),
        ("warned", "call_waiting"),
    ]  # fmt: skip


def test_that_a_centre_whose_data_grow_old_stays_as_urgent_as_what_nobody_has_acknowledged_there(bench):
    one = bench("stale", "warned")
    one.poll("stale", snapshot(calls=[call("c1", -30)]))
    one.now_s = 50.0
    one.poll("warned", snapshot(50, calls=[call("c2", 34)]))
    one.centres.advance()
    told = [(centre.rule, centre.severity) for centre in one.centres.alarming()]
    assert told == [("data_stale", Severity.CRITICAL), ("call_waiting", Severity.WARNING)]
    one.centres["stale"].acknowledge_all()
    (acknowledged,) = (centre for centre in one.centres.alarming() if centre.rule == "data_stale")
    assert (acknowledged.severity, acknowledged.acknowledged) == (Severity.CRITICAL, True), "it is not over"


def test_that_many_answers_at_once_are_taken_in_a_piece_at_a_time_each_feeds_in_its_order(bench, qtbot):
    feeds = [f"c{number}" for number in range(20)]
    one = bench(*feeds, costs_s=LONGEST_PASS_S / 3.9)
    listener = Listener(one.centres)
    for number in range(3):
        for feed in feeds:
            one.centres.receive(feed, good(snapshot(number, calls=[call(f"c{number}", number)]), number))
    qtbot.waitUntil(lambda: all(store.situation.polls.good == 3 for store in one.centres.stores))
    assert len(listener.passes) >= 15
    assert max(map(len, listener.passes)) <= 4
    assert {store.calls.rows[0].id for store in one.centres.stores} == {"c2"}


def test_that_an_outcome_of_another_thread_arrives_in_the_gui_thread_in_order(bench, qtbot):
    one = bench("siak")
    listener = Listener(one.centres)
    bridge = FeedBridge()
    bridge.arrived.connect(one.centres.receive)
    events = [good(snapshot(number, calls=[call(f"c{number}", number)]), number) for number in range(50)]

    def deliver() -> None:
        for event in events:
            bridge.deliver("siak", event)

    thread = threading.Thread(target=deliver)
    thread.start()
    thread.join()
    assert listener.threads == []
    store = one.centres["siak"]
    qtbot.waitUntil(lambda: store.situation.polls.good == 50)
    assert [row.id for row in store.calls.rows] == ["c49"]
    assert set(listener.threads) == {threading.get_ident()}


def test_that_each_second_every_centre_moves_on_and_the_one_on_the_screen_first(bench, qtbot):
    one = bench(*FEEDS)
    one.now_s = 0.999
    one.centres.leading = one.centres["siak"]
    listener = Listener(one.centres)
    one.centres.start()
    qtbot.waitUntil(lambda: frozenset[Store]().union(*listener.passes) == set(one.centres.stores))
    assert listener.passes[0] == {one.centres["siak"]}


def test_that_the_centres_tick_though_no_poll_ever_comes(bench, qtbot):
    one = bench(*FEEDS)
    one.now_s = 0.999
    one.centres.start()
    for _ in range(3):
        with qtbot.waitSignal(one.centres.advanced):
            pass
    assert {row.state for row in one.centres.model.rows} == {FeedState.CONNECTING}


@pytest.mark.parametrize("broken", FEEDS[:2])
def test_that_a_fault_at_one_centre_stops_no_other_and_does_not_end_the_ticking(
    bench, qtbot, monkeypatch, broken, caplog
):
    one = bench(*FEEDS)
    one.now_s = 0.999

    def fail(*_: object) -> None:
        monkeypatch.undo()
        raise ArithmeticError("a fault of the wallboard's")

    monkeypatch.setattr(one.centres[broken].situation, "advance", fail)
    listener = Listener(one.centres)
    with qtbot.captureExceptions() as faults:
        one.centres.start()
        qtbot.waitUntil(lambda: frozenset[Store]().union(*listener.passes) == set(one.centres.stores))
    told = [record.getMessage() for record in caplog.records] + [str(kind) for kind, _, _ in faults]
    assert any(broken in one or "ArithmeticError" in one for one in told), "it is logged"


@pytest.mark.parametrize("broken", FEEDS)
def test_that_a_lasting_fault_in_the_row_of_one_centre_leaves_the_others_rows_moving(
    bench, monkeypatch, broken, caplog
):
    one = bench(*FEEDS)
    right = centres_module._row

    def row(store, groups, short):
        if store.situation.settings.feed_id == broken:
            raise ArithmeticError("a fault of the wallboard's")
        return right(store, groups, short)

    monkeypatch.setattr(centres_module, "_row", row)
    for feed in FEEDS:
        one.poll(feed, snapshot(calls=[call()]))
    moved = {row.id for row in one.centres.model.rows if row.state is FeedState.LIVE}
    assert moved == set(FEEDS) - {broken}
    assert caplog.text.count("ArithmeticError: a fault") == 1, "told once"


@pytest.mark.parametrize(
    ("names", "short"),
    [
        (["112 Siak", "112 Dumai"], ["Siak", "Dumai"]),
        (["112 Indragiri Hulu (demo)", "112 Siak (demo)"], ["Indragiri Hulu", "Siak"]),
        (["Siak 112", "Siak"], ["Siak 112", "Siak"]),
        (["112 Siak", "112 Siak"], ["Siak", "Siak"]),
        (["112 Siak"], ["112 Siak"]),
        ([], []),
        (["", ""], ["", ""]),
    ],
)
def test_that_names_are_short_where_all_of_them_share_words(names, short):
    assert distinct(names) == short


@pytest.mark.parametrize(
    ("names", "ids", "short"),
    [
        (["112 Siak", "112 Dumai"], ["siak", "dumai"], ["Siak", "Dumai"]),
        (["112 Siak", "112 Siak"], ["north", "south"], ["north", "south"]),
        (["112 A", "112 A", "112 B"], ["one", "two", "three"], ["one", "two", "112 B"]),
    ],
)
def test_that_centres_of_the_same_name_are_told_apart_by_their_feeds(names, ids, short):
    assert distinct(names, ids) == short
