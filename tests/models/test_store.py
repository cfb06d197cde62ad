"""The store: the feed's outcomes and the passing of time reach the models, and only what changed is announced."""

import sys
import threading
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt, QThread
from PySide6.QtWidgets import QLabel

from tests.core import builders, strategies
from tests.models.mirror import Mirror, watched
from wallboard.core.poll import PollSuccess
from wallboard.core.situation import FeedState
from wallboard.models.rows import RowsModel
from wallboard.models.store import FeedBridge, Store


class Bench:
    """A store with a clock that a test turns."""

    def __init__(self, **options):
        self.now_s = 100.0
        self.store = Store(builders.situation(), monotonic=lambda: self.now_s, **options)

    def poll(self, snapshot):
        self.store.receive(PollSuccess(snapshot=snapshot, sent_s=self.now_s, received_s=self.now_s, size_bytes=1))

    def turn(self, seconds):
        self.now_s += seconds
        self.store.advance()


@st.composite
def histories(draw):
    """Snapshots of one centre, some seconds apart."""
    seconds, told = 0.0, []
    for step in draw(st.lists(st.integers(1, 600), max_size=5)):
        seconds += step
        told.append(draw(strategies.snapshots(seconds, most=12)))
    return told


@given(histories())
@settings(max_examples=60)
def test_that_the_models_follow_any_history_of_snapshots(qapp, history):
    bench = Bench()
    store = bench.store
    models: tuple[RowsModel[Any], ...] = (store.incidents, store.calls, store.agencies)
    testers, mirrors = [watched(model) for model in models], [Mirror(model) for model in models]
    for snapshot in history:
        bench.turn(2)
        bench.poll(snapshot)
        assert [row.id for row in store.incidents.rows] == [row.id for row in store.situation.active_incidents()]
        calls = [*store.situation.waiting_calls(), *store.situation.talking_calls()]
        assert [row.id for row in store.calls.rows] == [call.id for call in calls]
        assert [row.id for row in store.agencies.rows] == [agency.id for agency in snapshot.agencies]
        for model, mirror in zip(models, mirrors, strict=True):
            assert mirror.rows == list(model.rows)
    for tester in testers:
        tester.deleteLater()


def test_that_an_unchanged_poll_announces_nothing(qapp):
    bench = Bench()
    snapshot = builders.snapshot(calls=[builders.call(answered=3)], incidents=[builders.incident(dispatched=5)])
    bench.poll(snapshot)
    mirrors = [Mirror(model) for model in (bench.store.incidents, bench.store.calls, bench.store.agencies)]
    bench.turn(2)
    bench.poll(snapshot)
    assert [mirror.announced for mirror in mirrors] == [0, 0, 0]


def test_that_an_outcome_of_another_thread_arrives_in_the_gui_thread(qtbot):
    bench = Bench()
    bridge = FeedBridge()
    bridge.arrived.connect(bench.store.receive, Qt.ConnectionType.QueuedConnection)
    arrived_in = []
    bench.store.advanced.connect(lambda: arrived_in.append(QThread.currentThread()))
    event = PollSuccess(snapshot=builders.snapshot(), sent_s=bench.now_s, received_s=bench.now_s, size_bytes=1)
    with qtbot.waitSignal(bench.store.advanced):
        thread = threading.Thread(target=bridge.deliver, args=(event,))
        thread.start()
        thread.join()
        assert arrived_in == [], "not in the thread that delivers"
    assert arrived_in == [bench.store.thread()]


def test_that_time_passes_where_the_feed_is_dead(qtbot):
    bench = Bench()
    bench.poll(builders.snapshot())
    before = bench.store.now
    bench.turn(61)
    assert bench.store.state is FeedState.STALE
    assert (bench.store.now - before).total_seconds() == pytest.approx(61)
    assert [group.rule for group in bench.store.alarm_groups()] == ["data_stale"]


def test_that_the_store_ticks_by_itself_and_stops_when_told(qtbot):
    bench = Bench()
    bench.store.start()
    with qtbot.waitSignal(bench.store.advanced, timeout=5000):
        pass
    with qtbot.waitSignal(bench.store.advanced, timeout=5000):
        pass
    bench.store.stop()


@pytest.mark.skipif(
    sys.version_info >= (3, 12), reason="None is immortal from Python 3.12 on: nothing can take a reference"
)
def test_that_a_void_call_of_qts_takes_no_reference_from_none(qtbot):
    """PySide6 6.12.0 does, and a wall dies of it within minutes."""
    label = QLabel()
    qtbot.addWidget(label)
    before = sys.getrefcount(None)
    for number in range(300):
        label.setText(str(number))
    assert abs(sys.getrefcount(None) - before) < 100
