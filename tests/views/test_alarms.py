"""The alarm list in place of the panels: seen, and acted on by keyboard and mouse."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.views.scenes import centres_scene
from wallboard.core.alarms import LONGEST_SHELF, WANT_ACKNOWLEDGING, AlarmState, Happening, Severity
from wallboard.history.alarmlog import AlarmLog
from wallboard.language import MINUTE_S, Language
from wallboard.models import alarms as alarms_module
from wallboard.views.alarms import wording
from wallboard.views.alarms.acting import SHELVE_MIN
from wallboard.views.banner import AlarmBanner
from wallboard.views.theme import DARK, Style
from wallboard.views.wording import rule_name, rule_title

ON_A_FAR_WALL = {"diagonal_in": 55, "viewing_distance_m": 5.0}


@pytest.fixture
def open_list(show, qtbot):
    """A wall with its list open, with the keyboard as a person at it has it."""

    def build(state="alarm", language=Language.ENGLISH, size=(1920, 1080), **wall):
        made = show(state, language, size, **wall)
        with qtbot.waitActive(made.window):
            made.window.activateWindow()
        made.store.take_events()
        QTest.keyClick(made.window, Qt.Key.Key_L)
        return made, made.window._alarms

    return build


def press(view, *keys):
    for key in keys:
        QTest.keyClick(view.window().focusWidget() or view, key)


def happened(made):
    return [(event.happening, event.subject.key, event.note) for event in made.told]


@pytest.fixture
def told(monkeypatch):
    """Collects what the centres tell of a scene's alarms from now on."""

    def listen(made):
        made.told = []
        made.centres.happened.connect(lambda _store, events: made.told.extend(events))

    return listen


def test_that_a_key_shows_the_list_in_place_of_the_panels_and_puts_them_back(open_list):
    made, view = open_list()
    assert view.isVisible()
    assert not any(panel.isVisible() for panel in made.window.panels())
    assert view.current.list.hasFocus()
    press(view, Qt.Key.Key_L)
    assert not view.isVisible()
    assert all(panel.isVisible() for panel in made.window.panels())
    press(view, Qt.Key.Key_L, Qt.Key.Key_Escape)
    assert not view.isVisible()


def test_that_the_list_and_the_diagnostics_stand_in_each_others_place(open_list):
    made, view = open_list()
    press(view, Qt.Key.Key_D)
    assert (view.isVisible(), made.window._diagnostics.isVisible()) == (False, True)
    press(view, Qt.Key.Key_L)
    assert (view.isVisible(), made.window._diagnostics.isVisible()) == (True, False)


def test_that_a_click_on_the_banner_opens_the_list(show):
    made = show("alarm")
    QTest.mouseClick(made.window.findChild(AlarmBanner), Qt.MouseButton.LeftButton)
    assert made.window._alarms.isVisible()


def test_that_enter_acknowledges_the_chosen_alarm_alone_and_goes_on_to_the_next(open_list, told):
    made, view = open_list()
    told(made)
    first, second = view.current.model.rows[:2]
    assert view.current.chosen() == [first]
    press(view, Qt.Key.Key_Return)
    assert happened(made) == [(Happening.ACKNOWLEDGED, first.subjects[0].key, "")]
    assert [row.id for row in view.current.chosen()] == [second.id]
    press(view, Qt.Key.Key_Enter)
    assert [key for _, key, _ in happened(made)] == [first.subjects[0].key, second.subjects[0].key]


def test_that_several_chosen_alarms_are_acknowledged_together_and_a_all(open_list, told):
    made, view = open_list()
    told(made)
    count = len(view.current.model.rows)
    QTest.keyClick(view.current.list, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    press(view, Qt.Key.Key_Return)
    assert len(made.told) == 2
    press(view, Qt.Key.Key_A)
    assert len(made.told) == count


@pytest.mark.parametrize(("button", "minutes"), [(0, 5), (1, 15), (2, 60)])
def test_that_an_alarm_is_shelved_for_a_time_and_a_reason(open_list, told, button, minutes):
    made, view = open_list()
    told(made)
    row = view.current.model.rows[0]
    press(view, Qt.Key.Key_S)
    assert view.current.note.edit.hasFocus()
    assert not any(one.isEnabled() for one in view.current.note.buttons), "without a reason nothing is put aside"
    press(view, Qt.Key.Key_Return)
    assert made.told == []
    QTest.keyClicks(view.current.note.edit, "cable cut at Duri")
    QTest.mouseClick(view.current.note.buttons[button], Qt.MouseButton.LeftButton)
    (event,) = made.told
    assert (event.happening, event.subject, event.note) == (Happening.SHELVED, row.subjects[0], "cable cut at Duri")
    assert (event.standing.shelf.until - event.at).total_seconds() == minutes * 60
    assert view.current.list.hasFocus()
    shelved = next(one for one in view.current.model.rows if one.id == row.id)
    assert shelved.state is AlarmState.SHELVED


def test_that_letters_of_a_reason_are_no_keys_of_the_wall_and_escape_gives_it_up(open_list, told):
    made, view = open_list()
    told(made)
    press(view, Qt.Key.Key_S)
    QTest.keyClicks(view.current.note.edit, "AcgdLosu 1")
    assert view.current.note.edit.text() == "AcgdLosu 1"
    press(view, Qt.Key.Key_Escape)
    assert view.isVisible()
    assert (view.current.note.isVisible(), view.current.buttons.isVisible(), made.told) == (False, True, [])


def test_that_no_shelf_that_can_be_chosen_is_longer_than_the_longest():
    assert max(SHELVE_MIN) * MINUTE_S <= LONGEST_SHELF.total_seconds()


def test_that_what_is_shelved_comes_back_by_hand(open_list):
    made, view = open_list()
    row = view.current.model.rows[0]
    made.store.shelve(row.subjects, 300, "test")
    view.refresh()
    view.current.list.setCurrentIndex(
        view.current.model.index([one.id for one in view.current.model.rows].index(row.id))
    )
    press(view, Qt.Key.Key_U)
    assert next(one for one in view.current.model.rows if one.id == row.id).state is AlarmState.ACTIVE_UNACKNOWLEDGED


def test_that_a_comment_is_kept_with_its_alarm_and_changes_nothing(open_list, told):
    made, view = open_list()
    told(made)
    row = view.current.model.rows[0]
    press(view, Qt.Key.Key_C)
    QTest.keyClicks(view.current.note.edit, "crew has no radio")
    press(view, Qt.Key.Key_Return)
    assert happened(made) == [(Happening.COMMENTED, row.subjects[0].key, "crew has no radio")]
    assert view.current.model.rows[0] == row


def test_that_a_rule_is_taken_out_of_service_for_a_reason_and_put_back(open_list, told):
    made, view = open_list()
    told(made)
    rule = view.current.model.rows[0].rule
    press(view, Qt.Key.Key_O)
    QTest.keyClicks(view.current.note.edit, "new telephone system")
    press(view, Qt.Key.Key_Return)
    assert list(made.store.situation.alarms.out_of_service) == [rule]
    assert made.told[0].note == "new telephone system"
    assert all(row.state is AlarmState.OUT_OF_SERVICE for row in view.current.model.rows if row.rule == rule)
    view.current.list.setCurrentIndex(view.current.model.index(len(view.current.model.rows) - 1))
    assert view.current.chosen()[0].of_the_rule
    whole = made.store.situation.alarms.rules[rule]
    title = wording.title(made.window.words, made.store, view.current.chosen()[0])
    assert title == rule_name(made.window.words, whole) != rule_title(made.window.words, whole, 0.0)
    press(view, Qt.Key.Key_U)
    assert not made.store.situation.alarms.out_of_service


def test_that_only_what_can_be_done_is_offered(open_list):
    _, view = open_list()
    offered = {name for name, button in view.current.buttons.buttons.items() if button.isEnabled()}
    assert offered == {"acknowledge", "acknowledge_all", "shelve", "comment", "take_out"}


def test_that_a_wall_without_the_right_shows_the_list_and_does_nothing(open_list, told):
    made, view = open_list(acknowledges=False)
    told(made)
    assert view.isVisible()
    assert not view.current.buttons.isVisible()
    press(view, Qt.Key.Key_Return, Qt.Key.Key_A, Qt.Key.Key_S, Qt.Key.Key_O, Qt.Key.Key_C)
    assert made.told == []
    assert not view.current.note.isVisible()


def test_that_the_list_may_be_by_rule_and_a_row_then_acts_on_all_of_it(open_list, told):
    made, view = open_list("storm")
    told(made)
    press(view, Qt.Key.Key_G)
    assert len(view.current.model.rows) < 20
    row = view.current.chosen()[0]
    press(view, Qt.Key.Key_Return)
    assert len(made.told) == row.count > 50


def test_that_the_panels_come_back_when_nobody_touches_the_list(open_list):
    made, view = open_list()
    assert view._alone.isActive()
    view._alone.timeout.emit()
    assert not view.isVisible()
    assert all(panel.isVisible() for panel in made.window.panels())
    press(view, Qt.Key.Key_L)
    view._alone.stop()
    press(view, Qt.Key.Key_Down)
    assert view._alone.isActive(), "each key begins the time anew"


def test_that_a_wall_without_alarms_says_so(open_list):
    _, view = open_list("quiet")
    assert view.current.empty.isVisible()
    assert not view.current.list.isVisible()


def test_that_the_sign_of_what_is_acknowledged_stands_still(open_list):
    made, view = open_list()
    made.window._flash()
    assert not view.current.delegate.lit
    press(view, Qt.Key.Key_A)
    assert view.current.delegate.lit


@pytest.mark.parametrize("language", list(Language))
def test_that_buttons_without_room_give_way_and_their_keys_act_all_the_same(open_list, told, language):
    made, view = open_list(language=language, **ON_A_FAR_WALL)
    told(made)
    shown = [button for button in view.current.buttons.buttons.values() if button.isVisible()]
    assert 0 < len(shown) < len(view.current.buttons.buttons)
    for button in shown:
        assert button.sizeHint().width() <= button.width()
        assert view.rect().contains(button.mapTo(view, QPoint(button.width(), 0)))
    press(view, Qt.Key.Key_C)
    assert view.current.note.isVisible()


def test_that_alarms_of_old_data_say_so_and_that_they_are_old_is_true_now(open_list):
    made, view = open_list("stale")
    words, store = made.window.words, made.store
    abouts = {row.rule: wording.about(words, store, row, several=False) for row in view.current.model.rows}
    assert "as of 14:32:00" in abouts["incident_open"]
    assert "as of" not in abouts["data_stale"]
    (stale,) = [row for row in view.current.model.rows if row.rule == "data_stale"]
    assert made.store.data_age_s is not None
    age_s = round(made.store.data_age_s)
    made.pass_time(1)
    assert wording.value(words, store, stale) == words.lasting(age_s + 1), "though nothing has happened to it"


def facts(view):
    return {cell.content.label: cell.content for cell in view.current.judgement.cells()}


def test_that_the_alarms_themselves_are_judged_above_their_list(open_list):
    made, view = open_list("quiet")
    for second in range(11):
        made.world.inject_call(16 + second / 100, None)
        made.pass_time(1)
        made.poll()
    ten_minutes = facts(view)["Last 10 minutes"]
    assert int(ten_minutes.value) > 10
    assert (ten_minutes.poor, ten_minutes.note.startswith("flood since")) == (Severity.CRITICAL, True)


def test_that_a_flood_is_told_by_rule_until_a_person_wants_it_otherwise(open_list):
    made, view = open_list("quiet")
    assert not view.current.group.isChecked()
    for second in range(11):
        made.world.inject_call(16 + second / 100, None)
        made.pass_time(1)
        made.poll()
    assert view.current.group.isChecked()
    assert view.current.model.rows[0].count > 5, "and the most important is kept"
    press(view, Qt.Key.Key_G)
    made.pass_time(1)
    assert not view.current.group.isChecked()


def test_that_what_was_chosen_when_a_flood_began_is_not_acted_on_with_others(open_list):
    made, view = open_list("quiet")
    while made.window.judge.judge().performance.last_ten_minutes < 10:
        made.world.inject_call(16, None)
        made.pass_time(1)
        made.poll()
    view.current.list.setCurrentIndex(view.current.model.index(0))
    assert not view.current.group.isChecked()
    made.world.inject_call(17, None)
    made.pass_time(1)
    made.poll()
    assert view.current.group.isChecked()
    press(view, Qt.Key.Key_Return)
    assert all(row.unacknowledged == row.count for row in view.current.model.rows)


# The filter


def choose(view, **values):
    for name, value in values.items():
        choice = view.current.filters.choices[name]
        choice.setCurrentIndex(choice.findData(value))
        assert choice.currentData() == value


def asking(made):
    return {
        (alarm.subject, alarm.severity)
        for store in made.centres.stores
        for alarm in store.alarms()
        if alarm.state in WANT_ACKNOWLEDGING
    }


def test_that_the_list_is_filtered_by_severity_rule_agency_and_age_and_says_of_how_many(open_list):
    made, view = open_list()
    every = list(view.current.model.rows)
    assert (view.title.text(), view.hidden.text()) == (f"Alarms · {len(every)}", "")

    def shown():
        return [row.id for row in view.current.model.rows]

    choose(view, severity=Severity.WARNING)
    warnings = [row for row in every if row.severity is Severity.WARNING]
    critical = len(every) - len(warnings)
    assert shown() == [row.id for row in warnings]
    assert view.title.text() == f"Alarms · {len(warnings)} of {len(every)}"
    assert view.hidden.text() == f"{critical} not shown, {critical} critical not acknowledged"
    choose(view, rule="incident_open")
    assert shown() == [row.id for row in warnings if row.rule == "incident_open"]
    choose(view, severity=None, rule="call_waiting")
    assert shown() == [row.id for row in every if row.rule == "call_waiting"]
    choose(view, rule=None, since="ten_minutes")
    assert 0 < len(shown()) < len(every)
    choose(view, since=None, agency="damkar")
    agencies_of = made.store.situation.alarms.agencies
    assert shown() == [row.id for row in every if "damkar" in agencies_of(row.subjects[0])]
    assert view.current.filters.choices["agency"].currentText() == made.store.agency_names(("damkar",))[0]
    choose(view, agency=None)
    assert (shown(), view.hidden.text()) == ([row.id for row in every], "")


def test_that_a_acknowledges_what_passes_the_filter_and_nothing_else_also_beyond_the_rows(open_list, monkeypatch):
    monkeypatch.setattr(alarms_module, "MOST_ROWS", 20)
    made, view = open_list("storm")
    before = asking(made)
    choose(view, severity=Severity.WARNING)
    button = view.current.buttons.buttons["acknowledge_all"]
    assert button.text().startswith("Acknowledge these")
    warnings = {one for one in before if one[1] is Severity.WARNING}
    assert (len(view.current.model.rows), view.current.model.left_out) == (20, len(warnings) - 20)
    assert view.title.text() == f"Alarms · 20 +{len(warnings) - 20} more of {len(before):,}"
    press(view, Qt.Key.Key_A)
    assert asking(made) == before - warnings
    choose(view, severity=None)
    assert button.text().startswith("Acknowledge all")
    press(view, Qt.Key.Key_A)
    assert asking(made) == set()


def test_that_by_rule_a_row_acts_on_what_passes_the_filter_alone(open_list):
    made, view = open_list("storm")
    press(view, Qt.Key.Key_G)
    choose(view, agency="damkar", rule="response_time")
    agencies_of = made.store.situation.alarms.agencies
    before = asking(made)
    row = view.current.chosen()[0]
    assert row.count > 1
    assert all("damkar" in agencies_of(subject) for subject in row.subjects)
    press(view, Qt.Key.Key_Return)
    assert before - asking(made) == {one for one in before if one[0] in row.subjects}
    assert len(before - asking(made)) == row.count


@pytest.mark.parametrize("leave", ["L", "escape", "diagnostics", "alone"])
def test_that_whoever_comes_next_finds_the_whole_list(open_list, leave):
    _, view = open_list()
    count = len(view.current.model.rows)
    choose(view, severity=Severity.WARNING, since="hour")
    assert len(view.current.model.rows) < count
    if leave == "alone":
        view._alone.timeout.emit()
    else:
        press(view, {"L": Qt.Key.Key_L, "escape": Qt.Key.Key_Escape, "diagnostics": Qt.Key.Key_D}[leave])
    assert not view.isVisible()
    QTest.keyClick(view.window(), Qt.Key.Key_L)
    assert (len(view.current.model.rows), view.title.text()) == (count, f"Alarms · {count}")
    assert not view.current.filters.chooses


def test_that_a_wall_that_is_read_from_afar_has_no_filter_and_drops_the_one_there_was(open_list):
    made, view = open_list()
    count = len(view.current.model.rows)
    choose(view, severity=Severity.WARNING)
    far, near = Style(DARK, 1.0, tight=True), made.window._look
    view.set_style(far)
    assert not view.current.filters.isVisible()
    assert len(view.current.model.rows) == count
    press(view, Qt.Key.Key_F)
    assert view.current.list.hasFocus()
    view.set_style(near)


def test_that_a_critical_alarm_that_the_filter_hides_is_told_as_it_comes(open_list):
    made, view = open_list("quiet")
    choose(view, rule="incident_open")
    assert (view.title.text(), view.current.empty.text()) == ("Alarms · 0 of 0", "No alarms")
    made.world.inject_call(28, None)
    made.pass_time(1)
    made.poll()
    assert view.current.empty.text() == "No alarm passes the filter"
    assert view.title.text() == "Alarms · 0 of 1"
    assert view.hidden.text() == "1 not shown, 1 critical not acknowledged"
    made.store.acknowledge_all()
    assert view.hidden.text() == "1 not shown"


def test_that_a_flood_that_the_filter_hides_is_told(open_list):
    made, view = open_list("quiet")
    choose(view, rule="incident_open")
    for second in range(11):
        made.world.inject_call(16 + second / 100, None)
        made.pass_time(1)
        made.poll()
    assert facts(view)["Last 10 minutes"].poor is Severity.CRITICAL
    assert view.current.group.isChecked()
    assert view.hidden.text().startswith(f"{len(asking(made))} not shown")


def test_that_a_key_leads_to_the_filter_tab_goes_on_and_escape_goes_back_to_the_list(open_list):
    _, view = open_list()
    choices = view.current.filters.choices
    press(view, Qt.Key.Key_F)
    assert choices["since"].hasFocus()
    press(view, Qt.Key.Key_Tab)
    assert choices["severity"].hasFocus(), "there is one centre"
    press(view, Qt.Key.Key_Down, Qt.Key.Key_Down)
    assert choices["severity"].currentData() is Severity.WARNING
    press(view, Qt.Key.Key_Escape)
    assert view.isVisible()
    assert view.current.list.hasFocus()
    assert view.current.chosen() == view.current.model.rows[:1]


def test_that_enter_in_the_filter_ends_the_choosing_and_acknowledges_nothing(open_list):
    made, view = open_list()
    before = asking(made)
    press(view, Qt.Key.Key_F, Qt.Key.Key_Tab, Qt.Key.Key_Down, Qt.Key.Key_Return)
    assert asking(made) == before
    assert view.current.list.hasFocus()


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_that_enter_in_the_offers_of_a_filter_chooses_and_acknowledges_nothing(open_list):
    made, view = open_list()
    before = asking(made)
    press(view, Qt.Key.Key_F, Qt.Key.Key_Tab, Qt.Key.Key_Space)
    choice = view.current.filters.choices["severity"]
    assert choice.view().isVisible()
    frame = choice.view().window()
    picture = frame.grab().toImage()
    shades = {picture.pixelColor(frame.width() // 2, y).lightness() for y in (3, frame.height() - 3)}
    assert max(shades) < 60, "no white above and below the offers of a dark wall"
    QTest.keyClick(choice.view(), Qt.Key.Key_Down)
    QTest.keyClick(choice.view(), Qt.Key.Key_Return)
    assert choice.currentData() is Severity.CRITICAL
    assert asking(made) == before


def test_that_letters_in_the_filter_are_the_walls_keys_and_a_wheel_chooses_nothing(open_list, qtbot):
    made, view = open_list()
    press(view, Qt.Key.Key_F)
    with qtbot.waitSignal(made.window.mute_wanted):
        press(view, Qt.Key.Key_M)
    choice = view.current.filters.choices["rule"]
    place = QPointF(choice.rect().center())
    turned = QWheelEvent(
        place, choice.mapToGlobal(place), QPoint(), QPoint(0, -120),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(choice, turned)
    assert not view.current.filters.chooses


def test_that_while_a_reason_is_asked_for_a_is_no_key_of_the_walls(open_list):
    made, view = open_list()
    before = asking(made)
    choose(view, severity=Severity.WARNING)
    press(view, Qt.Key.Key_S)
    QTest.keyClick(view.current.list, Qt.Key.Key_A)
    assert asking(made) == before, "it would acknowledge what the filter hides"


def test_that_a_list_that_is_empty_for_a_while_keeps_its_keys(open_list):
    made, view = open_list("quiet")
    made.world.inject_call(28, None)
    made.pass_time(1)
    made.poll()
    assert view.current.list.hasFocus()
    choose(view, since="longer")
    assert view.current.empty.hasFocus(), "and not a control, which arrow keys would turn"
    choose(view, since=None)
    assert view.current.list.hasFocus()


def test_that_of_several_centres_one_may_be_chosen_and_its_agencies_with_it(qtbot):
    made = centres_scene(["alarm", "alarm", "quiet"], Language.ENGLISH)
    qtbot.addWidget(made.window)
    with qtbot.waitActive(made.window):
        made.window.activateWindow()
    made.window.show_alarms(wanted=True)
    view = made.window._alarms
    assert view is not None
    bengkalis, siak, pekanbaru = made.centres.stores
    choices = view.current.filters.choices
    assert choices["centre"].isVisible()
    assert [choices["centre"].itemText(place) for place in range(4)] == [
        "All centres",
        *[store.situation.name for store in made.centres.stores],
    ]
    before = asking(made)
    choose(view, centre="siak")
    assert {row.feed_id for row in view.current.model.rows} == {"siak"}
    press(view, Qt.Key.Key_A)
    assert not [alarm for alarm in siak.alarms() if alarm.state in WANT_ACKNOWLEDGING]
    assert asking(made) == {(alarm.subject, alarm.severity) for alarm in bengkalis.alarms()} < before
    choose(view, centre="pekanbaru")
    assert choices["agency"].count() == 1 + len(pekanbaru.situation.agencies())
    made.centres.stop()


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize(
    ("size", "wall"),
    [
        *[(size, {}) for size in ((1366, 768), (1920, 1080), (1280, 1024), (1080, 1920), (3840, 2160))],
        ((1920, 1080), {"diagonal_in": 55, "viewing_distance_m": 2.5}),
    ],
)
def test_that_the_filters_and_what_they_hide_have_room(qtbot, language, size, wall):
    made = centres_scene(["alarm", "alarm", "stale"], language, size, **wall)
    qtbot.addWidget(made.window)
    log = AlarmLog(None, wall_clock=lambda: made.centres.leading.now)
    log.open({})
    made.window._log = log
    made.window.show_alarms(wanted=True)
    view = made.window._alarms
    assert view is not None
    choose(view, severity=Severity.WARNING)
    filters = view.current.filters
    QApplication.processEvents()
    for choice in filters.choices.values():
        assert choice.isVisible()
        assert choice.fontMetrics().horizontalAdvance(choice.currentText()) <= choice.room()
        assert choice.mapTo(filters, choice.rect().bottomRight()).x() < filters.width()
    assert view.title.sizeHint().width() <= view.title.width()
    assert view.hidden.text()
    assert view.hidden.heightForWidth(view.hidden.width()) <= view.hidden.height()
    for left, right in pairwise([view.title, view.hidden, view.turn, view.close_button]):
        assert left.geometry().right() < right.geometry().left()
    assert view.rect().contains(view.close_button.geometry())
    made.centres.stop()
    log.close(10)


def test_that_a_filter_for_which_there_is_no_room_gives_way_and_hides_nothing(open_list):
    _, view = open_list()
    count, filters = len(view.current.model.rows), view.current.filters
    choose(view, severity=Severity.WARNING, agency="damkar")
    QApplication.processEvents()
    filters.resize(filters.choices["rule"].geometry().left(), filters.height())
    assert not filters.choices["agency"].isVisible()
    assert (filters.chosen("agency"), filters.chosen("severity")) == (None, Severity.WARNING)
    filters.resize(1, filters.height())
    assert len(view.current.model.rows) == count


def test_that_an_agency_that_has_left_filters_nothing(open_list, monkeypatch):
    made, view = open_list()
    count = len(view.current.model.rows)
    choose(view, agency="damkar")
    monkeypatch.setattr(made.store.situation, "agencies", lambda: ())
    view.current.begin()
    assert not view.current.filters.chooses
    assert (len(view.current.model.rows), view.hidden.text()) == (count, "")
