"""The alarm log on the wall, with its filters."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from PySide6.QtCore import QDateTime, QPoint, Qt
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from tests.views.scenes import centres_scene
from wallboard.core.alarms import Happening, Severity
from wallboard.history.alarmlog import AlarmLog
from wallboard.history.entries import Occurrence, TroubleKind, UnreadableError
from wallboard.language import Language
from wallboard.views.alarms.history import CHOSEN


@pytest.fixture
def history(show, qtbot):
    """A wall with a history: alarms that were raised, and what people did about them."""
    logs = []

    def build(language=Language.ENGLISH, **wall):
        made = show("connecting", language, **wall)
        store = made.store
        log = AlarmLog(None, wall_clock=lambda: store.now, position="supervisor 1")
        logs.append(log)
        log.open({"demo": ()}, "1.0")
        log.append_occurrence(Occurrence.PROGRAM_BROKE_OFF, "", store.now, "2026-11-24T07:31:59.123456+00:00")
        made.window._log = log
        made.centres.happened.connect(lambda _store, events: log.append("demo", events))
        made.world.inject_call(28, None)
        made.poll()
        subjects = store.situation.alarms.shown()
        store.acknowledge(subjects[:1])
        store.shelve(subjects[1:2], 300, "cable cut")
        log.append_occurrence(Occurrence.FEED_LOST, "demo", store.now, "network")
        assert log.flush(10)
        with qtbot.waitActive(made.window):
            made.window.activateWindow()
        QTest.keyClick(made.window, Qt.Key.Key_L)
        view = made.window._alarms
        with qtbot.waitSignal(view.history.model.came):
            QTest.keyClick(view.current.list, Qt.Key.Key_H)
        made.log = log
        return made, view

    yield build
    for log in logs:
        log.close(10)


def happenings(view):
    return {row.entry.happening for row in view.history.model.rows}


def test_that_a_key_turns_to_the_history_and_back(history):
    _, view = history()
    assert view.shows_history
    assert view.history.list.hasFocus()
    assert view.title.text().startswith("Alarm history · ")
    assert {Happening.RAISED, Happening.ACKNOWLEDGED, Happening.SHELVED, Occurrence.FEED_LOST} <= happenings(view)
    QTest.keyClick(view.history.list, Qt.Key.Key_H)
    assert not view.shows_history
    assert view.current.list.hasFocus()


def test_that_the_key_of_the_filters_leads_to_them_and_escape_back_to_the_entries(history):
    _, view = history()
    QTest.keyClick(view.history.list, Qt.Key.Key_F)
    assert view.history.period.hasFocus()
    QTest.keyClick(view.history.period, Qt.Key.Key_Escape)
    assert view.shows_history
    assert view.history.list.hasFocus()


def test_that_entries_that_are_looked_for_anew_keep_the_keys(history, qtbot):
    _, view = history()
    choose(view, "rule", "service_level", qtbot)
    assert view.history.said.hasFocus(), "and not a filter, which arrow keys would turn"
    choose(view, "rule", None, qtbot)
    assert view.history.list.hasFocus()


@pytest.mark.parametrize("distance_m", [2.5, 5.0])
@pytest.mark.parametrize("language", list(Language))
def test_that_from_afar_the_way_to_the_history_and_back_is_whole(history, qtbot, language, distance_m):
    _, view = history(language, diagonal_in=55, viewing_distance_m=distance_m)
    parts = (view.title, view.turn, view.close_button)
    for _ in range(2):
        view.turn_over()
        qtbot.waitUntil(lambda: all(part.sizeHint().width() <= part.width() for part in parts))
    assert view.history.period.isVisible()
    assert distance_m < 5 or not view.history.filters.choices["kind"].isVisible()


def test_that_the_walls_keys_act_while_the_history_is_read(history, qtbot):
    made, view = history()
    with qtbot.waitSignal(made.window.mute_wanted):
        QTest.keyClick(view.history.list, Qt.Key.Key_M)
    QTest.keyClick(view.history.list, Qt.Key.Key_D)
    assert (view.isVisible(), made.window._diagnostics.isVisible()) == (False, True)


def test_that_a_wall_without_a_log_has_no_history(show, qtbot):
    made = show("alarm")
    made.window.show_alarms(wanted=True)
    view = made.window._alarms
    view.turn_over()
    assert not view.shows_history
    assert not view.turn.isVisible()


def choose(view, choice, value, qtbot):
    box = view.history.filters.choices[choice]
    with qtbot.waitSignal(view.history.model.came):
        box.setCurrentIndex(box.findData(value))


def test_that_the_history_is_filtered_by_kind_severity_rule_and_agency(history, qtbot):
    made, view = history()
    choose(view, "kind", "acts", qtbot)
    assert happenings(view) == {Happening.ACKNOWLEDGED, Happening.SHELVED}
    choose(view, "kind", "system", qtbot)
    assert happenings(view) == {
        Occurrence.PROGRAM_STARTED,
        Occurrence.PROGRAM_BROKE_OFF,
        Occurrence.FEED_LOST,
    }
    choose(view, "kind", "raises", qtbot)
    choose(view, "severity", Severity.CRITICAL, qtbot)
    assert {row.entry.severity for row in view.history.model.rows} == {Severity.CRITICAL}
    choose(view, "rule", "incident_open", qtbot)
    rows = view.history.model.rows
    assert {row.entry.rule for row in rows} == {"incident_open"}
    agency = rows[0].entry.agencies[0]
    choose(view, "agency", agency, qtbot)
    assert view.history.model.rows
    assert all(agency in row.entry.agencies for row in view.history.model.rows)
    assert view.history.filters.choices["agency"].currentText() == made.store.agency_names((agency,))[0], "by its name"


def test_that_a_time_may_be_chosen_by_the_centres_clock(history, qtbot):
    made, view = history()
    part = view.history
    assert not part.begins.isVisible()
    choose(view, "period", CHOSEN, qtbot)
    assert part.begins.isVisible()
    assert part.ends.dateTime().toString("dd/MM/yyyy HH:mm") == "24/11/2026 14:32", "what was looked at last"
    assert view.history.model.rows
    with qtbot.waitSignal(part.model.came):
        part.ends.setDateTime(part.ends.dateTime().addSecs(-3600))
    assert part.model.rows == []
    assert part.said.text() == "Nothing of the kind in the log"
    ends = QDateTime(part.ends.dateTime())
    assert part.selection().ends == made.store.now.replace(second=0, microsecond=0) - timedelta(minutes=59)
    assert ends.timeZone().id() == b"Asia/Jakarta"


@pytest.mark.parametrize("language", list(Language))
def test_that_the_filters_of_several_centres_have_room_on_a_small_screen(qtbot, language):
    made = centres_scene(["quiet"] * 3, language, (1366, 768))
    qtbot.addWidget(made.window)
    log = AlarmLog(None, wall_clock=lambda: made.centres.leading.now)
    log.open({})
    made.window._log = log
    made.window.show_alarms(True)
    view = made.window._alarms
    assert view is not None
    part = view.history
    assert part is not None
    with qtbot.waitSignal(part.model.came):
        view.turn_over()
    choose(view, "period", CHOSEN, qtbot)
    qtbot.waitUntil(lambda: part.begins.width() >= part.begins.sizeHint().width())
    filters = [choice for choice in part.filters.choices.values() if choice.isVisible()]
    assert len(filters) == 6
    for line in ((part.begins, part.ends), (*filters, part.export)):
        for left, right in pairwise(line):
            assert left.mapTo(part, left.rect().topRight()).x() < right.mapTo(part, QPoint()).x()
    for choice in filters:
        assert choice.fontMetrics().horizontalAdvance(choice.currentText()) <= choice.room()
    made.centres.stop()
    log.close(10)


def test_that_a_log_that_cannot_be_read_is_told_in_words(history, qtbot, monkeypatch):
    made, view = history()

    def fail(*_args, **_kwargs):
        raise UnreadableError(TroubleKind.BUSY)

    monkeypatch.setattr(made.log, "read", fail)
    with qtbot.waitSignal(view.history.model.came):
        view.history.look()
    assert view.history.said.text() == "The alarm log cannot be read now"


@pytest.mark.parametrize("language", list(Language))
def test_that_each_line_tells_when_what_and_why(history, language):
    made, view = history(language=language)
    delegate, rows = view.history.delegate, {row.entry.happening: row.entry for row in view.history.model.rows}
    parts = {happening: delegate._parts(made.store, entry) for happening, entry in rows.items()}
    assert parts[Happening.SHELVED][-1] == "cable cut · supervisor"
    assert parts[Occurrence.FEED_LOST][-1] == made.window.words("failure.network")
    assert parts[Happening.RAISED][0] == "14:32:00"
    assert parts[Occurrence.PROGRAM_BROKE_OFF][-1].endswith(("aktif 14:31:59", "heard of 14:31:59"))
    canvas = QPixmap(1800, 44)
    for entry in rows.values():
        painter = QPainter(canvas)
        from wallboard.views.cells import Pen

        delegate._paint_entry(Pen(painter, delegate.look), canvas.rect(), entry)
        painter.end()


def test_that_every_happening_has_its_words():
    from wallboard.language import Words

    for language in Language:
        words = Words(language)
        for happening in (*Happening, *Occurrence):
            assert words(f"happening.{happening.value}")


def test_that_the_history_is_saved_as_it_is_filtered(history, qtbot, monkeypatch, tmp_path):
    _, view = history()
    choose(view, "kind", "acts", qtbot)
    path = tmp_path / "acts.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", staticmethod(lambda *_: (str(path), "")))
    with qtbot.waitSignal(view.history.model.exported):
        QTest.keyClick(view.history.list, Qt.Key.Key_E)
    text = path.read_text(encoding="utf-8-sig")
    assert len(text.splitlines()) == 3, "a heading, an acknowledgement, a shelving"
    assert "cable cut" in text
    assert view.history.exported.text() == "2 entries saved"


def test_that_a_file_dialog_that_is_left_writes_nothing(history, monkeypatch):
    _, view = history()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", staticmethod(lambda *_: ("", "")))
    monkeypatch.setattr(view.history.model, "export", lambda *_: pytest.fail("nothing was chosen"))
    view.history.ask_for_file()
