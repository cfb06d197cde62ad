"""The alarm log as a list that is read in a thread of its own, a page at a time."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import UTC, tzinfo
from pathlib import Path

import pytest

from tests.core.builders import at
from wallboard.core.alarms import Happening, Severity
from wallboard.history.entries import EVERYTHING, Entry, Selection, Trouble, TroubleKind, UnreadableError
from wallboard.models import alarm_history
from wallboard.models.alarm_history import AlarmHistoryModel


class Log:
    """Entries 1 to `count`. A test holds the readings of `held` back until it sets `may_read`."""

    def __init__(self, count: int) -> None:
        self.entries = [
            Entry(
                id=number,
                at=at(number),
                recorded_at=at(number),
                position="",
                feed_id="demo",
                happening=Happening.RAISED,
                rule="call_waiting",
                severity=Severity.WARNING,
            )
            for number in range(1, count + 1)
        ]
        self.trouble: Trouble | None = None
        self.fails: Exception | None = None
        self.held: Selection | None = None
        self.holds, self.may_read = threading.Event(), threading.Event()
        self.readers: set[threading.Thread] = set()

    def read(
        self, chosen: Selection = EVERYTHING, *, limit: int = 1000, before_id: int | None = None
    ) -> Sequence[Entry]:
        self.readers.add(threading.current_thread())
        if chosen == self.held:
            self.holds.set()
            assert self.may_read.wait(10)
        if self.fails is not None:
            raise self.fails
        found = [entry for entry in reversed(self.entries) if before_id is None or entry.id < before_id]
        return [entry for entry in found if chosen.begins is None or entry.at >= chosen.begins][:limit]

    def export(self, chosen: Selection, path: Path, zone: tzinfo | None = None) -> int:
        if self.fails is not None:
            raise self.fails
        path.write_text(f"{len(self.entries)} {zone}")
        return len(self.entries)


@pytest.fixture
def small_pages(monkeypatch):
    monkeypatch.setattr(alarm_history, "PAGE", 4)


def ids(model: AlarmHistoryModel) -> list[int]:
    return [row.entry.id for row in model.rows]


def test_that_the_newest_come_first_and_older_ones_page_by_page(qtbot, small_pages):
    log = Log(9)
    model = AlarmHistoryModel(log)
    with qtbot.waitSignal(model.came):
        model.look_for(EVERYTHING)
    assert (ids(model), model.complete) == ([9, 8, 7, 6], False)
    for _ in range(2):
        with qtbot.waitSignal(model.came):
            model.read_on()
    assert (ids(model), model.complete) == ([9, 8, 7, 6, 5, 4, 3, 2, 1], True)
    model.read_on()
    assert not model.reading
    assert threading.current_thread() not in log.readers


def test_that_what_is_asked_for_last_is_what_is_shown(qtbot, qapp):
    log = Log(9)
    model = AlarmHistoryModel(log)
    log.held = EVERYTHING
    model.look_for(EVERYTHING)
    assert log.holds.wait(10)
    with qtbot.waitSignal(model.came):
        model.look_for(Selection(begins=at(8)))
    log.may_read.set()
    for reader in log.readers:
        reader.join(10)
    qapp.processEvents()
    assert ids(model) == [9, 8]


@pytest.mark.parametrize("fault", [UnreadableError(TroubleKind.UNREACHABLE), RuntimeError("a fault")])
def test_that_a_log_that_cannot_be_read_says_so_and_can_be_asked_again(qtbot, fault):
    log = Log(2)
    log.fails = fault
    model = AlarmHistoryModel(log)
    with qtbot.waitSignal(model.came):
        model.look_for(EVERYTHING)
    assert (ids(model), model.failed, model.reading) == ([], True, False)
    log.fails = None
    with qtbot.waitSignal(model.came):
        model.look_for(EVERYTHING)
    assert (ids(model), model.failed) == ([2, 1], False)


def test_that_the_model_passes_qts_own_tester(qtbot, qtmodeltester):
    model = AlarmHistoryModel(Log(3))
    with qtbot.waitSignal(model.came):
        model.look_for(EVERYTHING)
    qtmodeltester.check(model, force_py=True)


def test_that_what_was_asked_for_is_written_to_a_file_or_that_it_was_not(qtbot, tmp_path):
    log = Log(3)
    model = AlarmHistoryModel(log)
    with qtbot.waitSignal(model.exported) as told:
        model.export(tmp_path / "alarms.csv", UTC)
    assert told.args == [3]
    assert (tmp_path / "alarms.csv").read_text() == "3 UTC"
    for fault in (UnreadableError(TroubleKind.BUSY), OSError("full")):
        log.fails = fault
        with qtbot.waitSignal(model.exported) as told:
            model.export(tmp_path / "alarms.csv", UTC)
        assert told.args == [-1]
