"""What the wall shows: data, their age, alarms by colour and shape, and never more than is known."""

from datetime import time, timedelta

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.core import builders
from tests.views.scenes import AFTERNOON
from tests.views.test_fit import texts_of
from wallboard.core.alarms import Severity
from wallboard.core.limits import Message
from wallboard.core.ownrules import OwnRule
from wallboard.core.poll import Backfill, DroppedRow, FailureKind, PollSuccess
from wallboard.core.situation import FeedState
from wallboard.feed.contract import decode_snapshot
from wallboard.history.entries import EVERYTHING, Trouble, TroubleKind
from wallboard.language import Language, Words
from wallboard.models.attention import SoundState, VoiceState
from wallboard.views.banner import AlarmBanner
from wallboard.views.cells import CellWidget
from wallboard.views.header import Header
from wallboard.views.panels.agencies import AgencyPanel
from wallboard.views.panels.calls import CallPanel
from wallboard.views.panels.diagnostics import DiagnosticsPanel
from wallboard.views.panels.funnel import FunnelPanel
from wallboard.views.panels.hours import HourPanel
from wallboard.views.panels.incidents import IncidentPanel
from wallboard.views.panels.kpis import Figure, KpiPanel
from wallboard.views.panels.panel import Panel
from wallboard.views.wall import Night


def only(window, kind):
    (widget,) = window.findChildren(kind)
    return widget


def words_of(widget):
    return " ".join(str(cell.content) for cell in widget.cells())


def hatched(panel):
    """Whether two neighbouring points of the panel's empty ground can differ: a hatch, where a plain ground is one."""
    image = panel.grab().toImage()
    bottom = image.height() - 4
    return len({image.pixel(x, bottom) for x in range(image.width() // 3, image.width() // 2)}) > 1


def test_that_a_stale_feed_greys_every_panel(show):
    made = show("normal")
    panels = made.window.panels()
    assert len(panels) == 6
    assert not any(panel.stale for panel in panels)
    before = {panel: panel.grab().toImage() for panel in panels}
    made.pass_time(7)  # more than three polls of two seconds
    assert made.store.state is FeedState.STALE
    for panel in panels:
        assert panel.stale
        assert panel.grab().toImage() != before[panel]
        if not isinstance(panel, KpiPanel):
            assert hatched(panel)


def test_that_every_panel_with_a_heading_says_how_old_its_data_are(show):
    made = show("stale", Language.ENGLISH)
    for panel in made.window.panels():
        if panel.title_key:
            assert "data 00:47 old" in words_of(panel)


def test_that_stale_timers_claim_no_precision(show):
    made = show("alarm", Language.ENGLISH)
    assert "'00:28'" in words_of(only(made.window, CallPanel))
    made.pass_time(100)
    assert "00:28" not in words_of(only(made.window, CallPanel))
    assert "<1 min" in words_of(only(made.window, CallPanel)), "as it was when it was known"


def test_that_good_data_take_the_grey_away(show):
    made = show("stale")
    made.pass_time(5)
    made.poll()
    assert not any(panel.stale for panel in made.window.panels())


def test_that_timers_tick_between_polls(show):
    made = show("alarm")
    panel = only(made.window, CallPanel)
    assert "00:28" in words_of(panel)
    made.pass_time(1)
    assert "00:29" in words_of(panel)


def test_that_a_tick_paints_only_what_changes(show, qtbot):
    made = show("alarm")
    qtbot.waitExposed(made.window)
    panel = only(made.window, IncidentPanel)
    before = {(cell.rect.x(), cell.rect.y()): cell.content for cell in panel.cells()}
    made.pass_time(1)
    after = {(cell.rect.x(), cell.rect.y()): cell.content for cell in panel.cells()}
    changed = [place for place in after if after[place] != before[place]]
    assert 0 < len(changed) <= len(panel.store.incidents.rows), "the timers, and nothing else"
    assert all(type(after[place]).__name__ == "Timer" for place in changed)


def test_that_the_heartbeat_moves_with_each_good_poll_and_with_no_failure(show):
    made = show("normal")
    header = only(made.window, Header)

    def beat():
        return next(cell.content.beat for cell in header.cells() if hasattr(cell.content, "beat"))

    first = beat()
    made.fail()
    assert beat() == first
    made.poll()
    assert beat() != first


@pytest.mark.parametrize("kind", list(FailureKind))
def test_that_every_failure_is_named_in_the_header(show, kind):
    made = show("normal", Language.ENGLISH)
    made.fail(kind)
    assert made.store.state is FeedState.LIVE, "one lost poll is chance"
    named = made.window.words(f"failure.{kind.value}")
    assert named in words_of(only(made.window, Header))


@pytest.mark.parametrize(
    ("language", "advice"),
    [(Language.ENGLISH, "check this computer's clock"), (Language.INDONESIAN, "periksa jam komputer ini")],
)
@pytest.mark.parametrize("state", ["failed", "quiet"])
def test_that_the_banner_says_what_to_do_where_that_is_known(show, language, advice, state):
    made = show(state, language)
    made.pass_time(60)
    made.fail(FailureKind.CERTIFICATE_NOT_YET_VALID)
    assert advice in words_of(only(made.window, AlarmBanner))
    made.fail(FailureKind.SERVER)
    assert advice not in words_of(only(made.window, AlarmBanner))


def test_that_a_wall_that_never_had_data_says_why_and_shows_no_zero(show):
    made = show("failed", Language.ENGLISH)
    assert "a proxy or login page" in words_of(only(made.window, AlarmBanner))
    tiles = [cell.content for cell in only(made.window, KpiPanel).cells()]
    assert {tile.figure.value for tile in tiles} == {"–"}
    assert "0" not in words_of(only(made.window, FunnelPanel))


def test_that_an_alarm_shows_in_its_panel_and_in_the_banner_by_severity_then_age(show):
    made = show("alarm", Language.ENGLISH)
    groups = made.store.alarm_groups()
    order = [(-group.severity, group.since) for group in groups]
    assert order == sorted(order)
    banner = only(made.window, AlarmBanner).cells()[-1].content
    assert banner.severity is groups[0].severity
    tiles = [cell.content for cell in only(made.window, CallPanel).cells() if hasattr(cell.content, "waiting")]
    assert [tile.severity for tile in tiles[:3]] == [Severity.CRITICAL, Severity.CRITICAL, Severity.WARNING]


def test_that_severity_shows_without_colour(show):
    """The picture in grey still differs between a warning and a critical alarm: by shape."""
    from PySide6.QtCore import QRectF
    from PySide6.QtGui import QColor, QPainter, QPixmap

    from wallboard.views.cells import Pen

    made = show("normal")
    pictures = []
    for severity in Severity:
        canvas = QPixmap(40, 40)
        canvas.fill(QColor("black"))
        painter = QPainter(canvas)
        Pen(painter, made.window._look).sign(QRectF(5, 5, 30, 30), severity, QColor("white"))
        painter.end()
        pictures.append(canvas.toImage())
    assert pictures[0] != pictures[1]


def test_that_more_rows_than_fit_are_counted(show):
    made = show("storm", Language.ENGLISH)
    rows = [cell for cell in only(made.window, IncidentPanel).cells() if hasattr(cell.content, "row")]
    assert f"+{2000 - len(rows):,} more" in words_of(only(made.window, IncidentPanel))
    tiles = [cell for cell in only(made.window, CallPanel).cells() if hasattr(cell.content, "waiting")]
    assert f"+{200 - len(tiles)} more" in words_of(only(made.window, CallPanel))


def test_that_where_one_row_fits_it_is_the_most_urgent_and_the_heading_counts(show):
    made = show("alarm", Language.ENGLISH, diagonal_in=55, viewing_distance_m=8.0)
    for name, kind, count in (("incidents", IncidentPanel, "12"), ("calls", CallPanel, "3 waiting")):
        made.window.show_page(name)
        panel = only(made.window, kind)
        heading, *rest = [cell.content for cell in panel.cells()]
        assert heading.subtitle.startswith(count)
        assert len({id(one) for one in rest if hasattr(one, "row") or hasattr(one, "waiting")}) == 1
        assert "more" not in words_of(panel)


def test_that_without_history_the_wall_says_since_when_it_counts(show):
    made = show("without history", Language.ENGLISH)
    assert "counted since 13:32" in words_of(only(made.window, KpiPanel))
    assert "since 13:32" in words_of(only(made.window, FunnelPanel))
    assert "counted since 13:32" in words_of(only(made.window, HourPanel))


@pytest.mark.parametrize(
    ("location", "shown"), [("full", "Desa Sebangar, Bathin Solapan"), ("district", "Bathin Solapan")]
)
def test_that_an_address_shows_as_far_as_configured(show, location, shown):
    made = show("normal", location=location)
    assert f"place='{shown}'" in words_of(only(made.window, IncidentPanel))


def test_that_no_place_shows_where_none_is_wanted(show):
    made = show("normal", location="none")
    assert "Solapan" not in words_of(only(made.window, IncidentPanel))


def test_that_no_caller_and_no_note_is_anywhere_on_the_wall(show):
    made = show("alarm")
    everything = " ".join(words_of(widget) for widget in made.window.findChildren(CellWidget))
    assert "+62" not in everything
    assert "Pencari kayu" not in everything, "a note of the incident's"


def test_that_an_alarm_brings_the_page_of_its_cause_to_the_front_and_stops_the_rotation(show):
    made = show("quiet", diagonal_in=55, viewing_distance_m=5.0)
    window = made.window
    assert len(window.pages) > 1
    assert window._rotation.isActive()
    made.world.inject_call(30, None)
    made.pass_time(2)
    made.poll()
    assert [type(panel) for panel in window.panels()] == [CallPanel]
    assert not window._rotation.isActive()
    call = next(iter(made.store.situation.waiting_calls()))
    made.world.end_call(call.id)
    made.pass_time(2)
    made.poll()
    assert window._rotation.isActive()


def test_that_old_data_do_not_let_the_pages_turn_away_from_an_alarm_that_nobody_has_seen(show):
    made = show("quiet", diagonal_in=55, viewing_distance_m=5.0)
    window = made.window
    made.world.inject_call(16, None)
    made.poll()
    made.pass_time(120)
    made.fail()
    assert made.centres.alarming()[0].rule == "data_stale"
    assert [type(panel) for panel in window.panels()] == [CallPanel]
    assert not window._rotation.isActive()


def test_that_an_acknowledged_alarm_stands_on_a_quiet_ground_and_lets_the_rotation_go_on(show):
    made = show("quiet", Language.ENGLISH, diagonal_in=55, viewing_distance_m=5.0)
    window = made.window
    made.world.inject_call(30, None)
    made.pass_time(2)
    made.poll()
    assert not window._rotation.isActive()
    QTest.keyClick(window, Qt.Key.Key_A)
    notice = only(window, AlarmBanner).cells()[-1].content
    assert (notice.acknowledged, notice.level) == (True, "ACKNOWLEDGED")
    assert window._rotation.isActive()


def test_that_the_sign_and_no_text_flashes_at_most_twice_a_second_until_somebody_has_seen_the_alarm(show):
    made = show("alarm")
    window, banner = made.window, only(made.window, AlarmBanner)
    assert window._flashing.isActive()
    assert window._flashing.interval() >= 250, "half a flash"
    signs, texts = set(), set()
    for _ in range(4):
        sign, words = banner.cells()
        signs.add(sign.content.lit)
        texts.add(words.content)
        window._flashing.timeout.emit()
    assert (signs, len(texts)) == ({True, False}, 1)
    window._flashing.timeout.emit()
    QTest.keyClick(window, Qt.Key.Key_A)
    assert not window._flashing.isActive()
    assert banner.cells()[0].content.lit


def test_that_a_centre_that_never_gave_data_has_nothing_to_acknowledge_and_does_not_flash(show):
    made = show("failed")
    assert only(made.window, AlarmBanner).cells()[-1].content.severity is Severity.CRITICAL
    assert not made.window._flashing.isActive()


def test_that_a_wall_that_is_only_looked_at_acknowledges_nothing(show):
    made = show("alarm", acknowledges=False)
    QTest.keyClick(made.window, Qt.Key.Key_A)
    assert not only(made.window, AlarmBanner).cells()[-1].content.acknowledged


def test_that_a_rule_may_have_words_of_its_own(show):
    made = show("alarm", Language.ENGLISH)
    rule = made.store.alarm_groups()[0].rule
    rules = made.store.situation.alarms.rules
    rules[rule] = replace(rules[rule], messages={"en": "Call the duty officer"})
    made.window._banner.refresh()
    assert "Call the duty officer" in words_of(only(made.window, AlarmBanner))


@pytest.mark.parametrize(
    ("language", "title", "detail"),
    [
        (Language.ENGLISH, "Units available: less than 100", "6 · worst"),
        (Language.INDONESIAN, "Unit siaga: kurang dari 100", "6 · terburuk"),
    ],
)
def test_that_a_rule_of_the_centres_own_says_what_it_watches_and_its_limit(show, language, title, detail):
    made = show("quiet", language, rules=[OwnRule(name="units_left", metric="agency_available", critical=100)])
    banner = words_of(only(made.window, AlarmBanner))
    assert title in banner
    assert detail in banner
    assert made.store.agency_names(("damkar",))[0] in banner


def test_that_a_rule_that_stands_in_anothers_place_marks_the_same_figure(show):
    rule = OwnRule(
        name="short_wait", inherits="call_waiting", warning=1, critical=2, message=Message(en="Over {limit}")
    )
    made = show("quiet", Language.ENGLISH, rules=[rule])
    made.world.inject_call(5, None)
    made.pass_time(2)
    made.poll()
    assert "Over 00:02" in words_of(only(made.window, AlarmBanner))
    tiles = [cell.content for cell in only(made.window, CallPanel).cells() if hasattr(cell.content, "waiting")]
    assert tiles[0].severity is Severity.CRITICAL


def test_that_alarms_of_old_data_say_as_of_when(show):
    made = show("alarm", Language.ENGLISH)
    as_of = made.store.situation.as_of
    made.pass_time(300)
    assert f"as of {as_of.astimezone(made.store.situation.zone):%H:%M:%S}" in words_of(only(made.window, AlarmBanner))


def test_that_a_far_wall_says_why_its_data_are_old_behind_an_older_alarm_too(show):
    made = show("alarm", Language.ENGLISH, diagonal_in=55, viewing_distance_m=5.0)
    made.pass_time(60)
    made.fail(FailureKind.UNAUTHORISED)
    reason = Words(Language.ENGLISH)("failure.unauthorised")
    for panel in made.window.panels():
        assert reason in words_of(panel)


def test_that_a_far_wall_says_so_of_old_answers_too(show):
    made = show("alarm", Language.ENGLISH, diagonal_in=55, viewing_distance_m=5.0)
    told = made.told()
    made.pass_time(60)
    made.receive(told)
    for panel in made.window.panels():
        assert "Old answers" in words_of(panel)


def test_that_a_screen_that_stands_on_its_side_has_incidents_across_its_width_and_tiles_no_higher_than_they_need(show):
    lying, standing = show("normal").window, show("normal", size=(1080, 1920)).window
    assert {type(panel) for panel in standing.panels()} == {type(panel) for panel in lying.panels()}
    incidents, kpis = only(standing, IncidentPanel), only(standing, KpiPanel)
    assert incidents.width() == kpis.width() > 1000
    assert kpis.height() < 100
    assert incidents.height() > 800


def test_that_the_page_moves_along_a_closed_path_and_never_off_the_screen(show):
    window = show("normal").window
    places = []
    for _ in range(40):
        window._shift()
        while window._moves:
            window._move_next()
        for panel in window.findChildren(Panel):
            assert window.rect().contains(panel.geometry())
        places.append(only(window, KpiPanel).pos())
    assert len(set(places)) > 8
    assert places[:20] == places[20:]


@pytest.mark.parametrize(
    ("moment", "dim"),
    [(time(21, 59), False), (time(22, 0), True), (time(3, 0), True), (time(4, 59), True), (time(5, 0), False)],
)
def test_that_a_night_spans_midnight(moment, dim):
    assert Night(time(22, 0), time(5, 0), 0.5).brightness_at(moment) == (0.5 if dim else 1.0)


def test_that_a_page_that_is_not_there_is_named(show):
    with pytest.raises(ValueError, match="overview"):
        show("normal").window.show_page("map")


def test_that_the_clock_is_the_servers_in_the_centres_zone(show):
    made = show("normal")
    header = only(made.window, Header)
    assert f"{AFTERNOON:%H:%M:%S}" in words_of(header)


@pytest.mark.parametrize(("language", "shown"), [(Language.INDONESIAN, "Jam PC"), (Language.ENGLISH, "PC clock")])
def test_that_a_pc_whose_clock_is_wrong_is_told_of_quietly(show, language, shown):
    right, wrong = show("normal", language), show("wrong PC", language)
    assert shown not in words_of(only(right.window, Header))
    assert f"label='{shown}', ahead='−8:12:34'" in words_of(only(wrong.window, Header))
    assert wrong.store.alarm_groups() == right.store.alarm_groups()
    for mine, other in zip(wrong.window.panels(), right.window.panels(), strict=True):
        assert words_of(mine) == words_of(other)


def test_that_why_there_are_no_data_comes_before_the_pcs_clock(show):
    made = show("wrong PC", size=(1366, 768), diagonal_in=55, viewing_distance_m=2.1)
    made.fail(FailureKind.NOT_JSON, 502)
    assert "Jam PC" not in words_of(only(made.window, Header))
    made.poll()
    assert "Jam PC" in words_of(only(made.window, Header))


def test_that_a_fault_in_one_panel_is_shown_there_and_stops_no_other(show, monkeypatch, caplog):
    made = show("normal", Language.ENGLISH)

    def broken(panel, body):
        raise ZeroDivisionError

    monkeypatch.setattr(IncidentPanel, "body_cells", broken)
    made.pass_time(1)
    panel = only(made.window, IncidentPanel)
    assert "fault" in " ".join(str(cell.content) for cell in panel._cells).lower()
    assert "ZeroDivisionError" in caplog.text
    assert f"{AFTERNOON.second + 1:02}" in words_of(only(made.window, Header))
    monkeypatch.undo()
    made.pass_time(1)
    assert "fault" not in " ".join(str(cell.content) for cell in panel._cells).lower()


@pytest.mark.parametrize(
    ("language", "sentence", "note"),
    [
        (Language.INDONESIAN, "Sistem ini tidak melaporkan panggilan", "tidak dilaporkan"),
        (Language.ENGLISH, "This system does not report calls", "not reported"),
    ],
)
def test_that_a_system_without_calls_says_so_and_shows_no_zero(show, language, sentence, note):
    made = show("no calls", language)
    window = made.window
    *of_calls, incidents = [cell.content for cell in only(window, KpiPanel).cells()]
    assert {(tile.figure.value, *tile.figure.notes) for tile in of_calls} == {("–", note)}
    assert int(incidents.figure.value) > 0
    for kind in (CallPanel, HourPanel, FunnelPanel):
        texts = [one.text for one in texts_of(only(window, kind))]
        assert sentence in texts
        assert "0" not in texts
    assert not only(window, HourPanel)._chart.isVisible()
    steps = [cell.content.label for cell in only(window, FunnelPanel).cells()]
    assert len(steps) == 3, "the sentence, dispatched, closed"
    made.untold = frozenset()
    made.poll()
    assert only(window, HourPanel)._chart.isVisible()
    assert sentence not in words_of(only(window, HourPanel))


def test_that_a_system_without_answering_times_says_so_and_shows_no_zero(show):
    made = show("no answers", Language.ENGLISH)
    waiting, level, answer, today, *_ = [cell.content for cell in only(made.window, KpiPanel).cells()]
    assert {(tile.figure.value, *tile.figure.notes) for tile in (waiting, level, answer)} == {("–", "not reported")}
    assert int(today.figure.value) > 0
    texts = {one.text for one in texts_of(only(made.window, CallPanel))}
    assert texts == {"Calls", "Answer and end times are not reported"}
    steps = {cell.content.label: cell.content.value for cell in only(made.window, FunnelPanel).cells()}
    assert steps["Answered"] == "–"
    assert only(made.window, HourPanel)._chart.isVisible()


def test_that_no_calls_told_no_call_and_no_data_look_different(show):
    """Untold, empty, not yet known, and old."""

    def said(made):
        return {one.text for one in texts_of(only(made.window, CallPanel))}

    untold, empty, unknown, old = show("no calls"), show("quiet"), show("connecting"), show("no calls")
    old.pass_time(47)
    assert said(untold) == {"Panggilan", "Sistem ini tidak melaporkan panggilan"}
    assert said(empty) == {"Panggilan", "0 menunggu · 0 berbicara", "Tidak ada panggilan"}
    assert said(unknown) == {"Panggilan", "menunggu data"}
    assert said(old) == {"Panggilan", "data 00:47 yang lalu", "Sistem ini tidak melaporkan panggilan"}
    assert hatched(only(old.window, CallPanel))


def test_that_a_system_without_agencies_shows_the_names_that_its_incidents_give(show):
    made = show("incidents only", Language.ENGLISH)
    texts = [one.text for one in texts_of(only(made.window, AgencyPanel))]
    assert texts == ["Agency load", "This system does not report agencies"]
    assert "bpbd" in [one.text for one in texts_of(only(made.window, IncidentPanel))]
    (identity,) = (cell.content for cell in only(made.window, Header).cells() if hasattr(cell.content, "notes"))
    assert identity.notes == ()


def test_that_a_system_without_incidents_says_so(show):
    made = show("phone only", Language.ENGLISH)
    tiles = [cell.content for cell in only(made.window, KpiPanel).cells()]
    assert tiles[-1].figure == Figure("–", ("not reported",))
    for kind in (IncidentPanel, FunnelPanel):
        assert "This system does not report incidents" in [one.text for one in texts_of(only(made.window, kind))]
    assert made.store.alarm_groups() == []


def test_that_without_units_an_agency_has_its_incidents_and_no_load(show):
    panel = only(show("no units", Language.ENGLISH).window, AgencyPanel)
    rows = [cell.content.row for cell in panel.cells() if hasattr(cell.content, "row")]
    texts = [one.text for one in texts_of(panel)]
    assert "units not reported · incidents · reached ≤ 15 min, 24 h" in texts
    assert "no units" not in texts
    assert [text for text in texts if text.startswith("– · ")] == [f"– · {row.incidents}" for row in rows]


def test_that_incidents_say_since_when_they_count_where_the_calls_count_longer(show):
    made = show("without history", Language.ENGLISH)
    now = made.world.instant
    made.store.receive(Backfill(calls=(), calls_since=now - timedelta(hours=15)))
    labels = [cell.content.label for cell in only(made.window, FunnelPanel).cells()]
    assert "Received" in labels
    assert "Dispatched since 13:32" in labels


def test_that_calls_that_nobody_has_answered_yet_are_not_called_no_calls(show):
    made = show("quiet", Language.ENGLISH)
    level, answer = (cell.content for cell in only(made.window, KpiPanel).cells()[1:3])
    assert level.figure == answer.figure == Figure("–", ("no calls · 1 h",))
    made.world.inject_call(3, None)
    made.pass_time(2)
    made.poll()
    level, answer = (cell.content for cell in only(made.window, KpiPanel).cells()[1:3])
    assert level.figure == answer.figure == Figure("–", ("none answered yet",))


def test_that_the_service_level_tells_both_its_times_and_how_far_its_sample_goes(show):
    made = show("normal", Language.ENGLISH)
    told = made.store.situation.kpis().calls.answering
    texts = [one.text for one in texts_of(only(made.window, KpiPanel))]
    for level in (told.service_level_15, told.service_level_20):
        assert f"{100 * level.value:.0f}%" in texts
        assert f"{100 * level.low:.0f}–{100 * level.high:.0f}%" in texts
    assert f"target 90% · n {told.service_level_15.n}" in texts
    assert "≤ 20 s" in texts


def test_that_each_agency_tells_how_many_of_its_responses_were_in_time_and_of_how_many(show):
    made = show("normal", Language.ENGLISH)
    texts = [one.text for one in texts_of(only(made.window, AgencyPanel))]
    assert "units busy / in service · incidents · reached ≤ 15 min, 24 h" in texts
    for agency in made.store.situation.agencies():
        assert f"{100 * agency.compliance.value:.0f}%" in texts
        assert f"n {agency.compliance.n}" in texts


def test_that_responses_that_were_not_seen_for_a_day_say_since_when_they_count(show):
    texts = [one.text for one in texts_of(only(show("without history", Language.ENGLISH).window, AgencyPanel))]
    assert any(text.endswith("≤ 15 min, since 13:32") for text in texts)


def test_that_calls_given_up_and_call_takers_at_work_are_told_where_they_belong(show):
    made = show("normal", Language.ENGLISH)
    kpis = made.store.situation.kpis()
    lost, staff = kpis.calls.answering.abandonment_rate, kpis.staffing
    assert f"abandoned {100 * lost.value:.1f}% · n {lost.n} · 1 h" in words_of(only(made.window, CallPanel))
    assert f"{staff.free} free · occupancy {100 * staff.occupancy:.0f}%" in words_of(only(made.window, Header))


def test_that_units_of_an_unknown_status_are_not_called_no_units(show):
    made = show("connecting", Language.ENGLISH)
    told = builders.snapshot(agencies=[builders.agency("a1"), builders.agency("a2")], units=[builders.unit("u1", "?")])
    made.store.receive(builders.good(told, 0))
    texts = [one.text for one in texts_of(only(made.window, AgencyPanel))]
    assert texts.count("no units") == 1, "those of the agency that has none"
    assert texts.count("– · 0") == 2, "of neither is the load known"


def test_that_a_key_shows_the_diagnostics_in_place_of_the_panels_and_puts_them_back(show, qtbot):
    made = show("stale", Language.ENGLISH)
    panels = made.window.panels()
    qtbot.keyClick(made.window, Qt.Key.Key_D)
    diagnostics = only(made.window, DiagnosticsPanel)
    assert diagnostics.isVisible()
    assert not any(panel.isVisible() for panel in panels)
    assert not diagnostics.stale, "it is about the line, not about the data"
    assert Words(Language.ENGLISH)("failure.server") in words_of(diagnostics)
    assert "Failed since the start" in words_of(diagnostics)
    qtbot.keyClick(made.window, Qt.Key.Key_Escape)
    assert not diagnostics.isVisible()
    assert all(panel.isVisible() for panel in panels)


def test_that_a_key_leaves_full_screen_for_a_window_whose_frame_is_on_the_screen(show, qtbot):
    window = show("normal").window
    window.showFullScreen()
    qtbot.keyClick(window, Qt.Key.Key_F11)
    assert window.isMaximized()
    assert not window.isFullScreen()
    qtbot.keyClick(window, Qt.Key.Key_F11)
    assert window.isFullScreen()


def test_that_the_diagnostics_name_dropped_rows_differences_latency_and_clocks(show, qtbot):
    made = show("normal", Language.ENGLISH)
    _, body = made.world.snapshot(with_cursor=True, compressed=False)
    told = decode_snapshot(body.plain).snapshot
    first, *others = told.calls
    backwards = replace(first, answered_at=first.received_at - timedelta(seconds=2))
    made.store.receive(
        PollSuccess(
            snapshot=replace(told, calls=(backwards, *others)),
            sent_s=made.now_s,
            received_s=made.now_s + 0.25,
            size_bytes=12_300,
            dropped_rows=(DroppedRow("calls[3].received_at", "missing"),),
            unknown_values={"calls.disposition": 7},
            differences=2,
        )
    )
    qtbot.keyClick(made.window, Qt.Key.Key_D)
    shown = words_of(only(made.window, DiagnosticsPanel))
    of_rows = ("calls[3].received_at", "missing", "calls.disposition", "calls.answered_at")
    for text in (*of_rows, "2 rows in 1 checks", "250 ms", "12.3 kB"):
        assert text in shown


class Log:
    """One that nothing can be written to."""

    trouble: Trouble | None = None

    def read(self, chosen=EVERYTHING, *, limit=1, before_id=None):
        return []


@pytest.mark.parametrize("state", ["a cache's", "none"])
def test_that_answers_that_come_and_are_old_are_told_from_answers_that_do_not_come(show, qtbot, state):
    """A cache tells them, or a server came back with its clock set back by less than it was away."""
    made = show("quiet", Language.ENGLISH)
    said = Words(Language.ENGLISH)("old_answers.said")
    told = made.told()
    made.pass_time(60)
    if state != "none":
        made.receive(told)
    assert made.store.state is FeedState.STALE
    for view in (AlarmBanner, Header):
        assert (said in words_of(only(made.window, view))) is (state != "none")
    qtbot.keyClick(made.window, Qt.Key.Key_D)
    assert (said in words_of(only(made.window, DiagnosticsPanel))) is (state != "none")


def test_that_the_diagnostics_say_how_the_alarm_log_is_kept(show, qtbot):
    made = show("normal", Language.ENGLISH)
    qtbot.keyClick(made.window, Qt.Key.Key_D)
    diagnostics = only(made.window, DiagnosticsPanel)
    made.store.log = log = Log()
    made.pass_time(1)
    assert "written as it happens" in words_of(diagnostics)
    log.trouble = Trouble(kind=TroubleKind.FULL, waiting=1200, lost=3)
    made.pass_time(1)
    assert "the disk is full · 1,200 waiting · 3 lost" in words_of(diagnostics)


@pytest.mark.parametrize("language", list(Language))
def test_that_every_trouble_of_the_alarm_log_has_its_words(language):
    words = Words(language)
    for kind in TroubleKind:
        assert words.has(f"alarm_log.{kind.value}")


def test_that_more_troubles_than_fit_are_counted(show, qtbot):
    made = show("normal", Language.ENGLISH)
    for _ in range(100):
        made.fail()
    qtbot.keyClick(made.window, Qt.Key.Key_D)
    assert "more" in words_of(only(made.window, DiagnosticsPanel))


def test_that_the_header_says_that_rows_are_missing_which_cannot_be_read(show):
    made = show("normal", Language.ENGLISH)
    header = only(made.window, Header)
    assert "cannot be read" not in words_of(header)
    _, body = made.world.snapshot(with_cursor=True, compressed=False)
    dropped = tuple(DroppedRow(f"calls[{number}].received_at", "not a time") for number in range(3))
    made.store.receive(
        PollSuccess(
            snapshot=decode_snapshot(body.plain).snapshot,
            sent_s=made.now_s,
            received_s=made.now_s,
            size_bytes=1,
            dropped_rows=dropped,
        )
    )
    assert "rows that cannot be read: 3" in words_of(header)


def test_that_a_silence_of_the_alarms_is_on_the_banner_with_or_without_alarms(show):
    for state in ("alarm", "quiet"):
        made = show(state, Language.ENGLISH)
        banner = only(made.window, AlarmBanner)
        with_sound = words_of(banner)
        made.window.attention.tell_muted(made.store.now + timedelta(minutes=5))
        text = words_of(banner)
        assert "silent until" in text
        made.window.attention.tell_muted(None)
        assert words_of(banner) == with_sound


def test_that_a_key_silences_the_alarms_where_they_may_be_acted_upon(show, qtbot):
    made = show("alarm")
    with qtbot.waitSignal(made.window.mute_wanted):
        QTest.keyClick(made.window, Qt.Key.Key_M)
    looked_at = show("alarm", acknowledges=False)
    with qtbot.assertNotEmitted(looked_at.window.mute_wanted):
        QTest.keyClick(looked_at.window, Qt.Key.Key_M)


def test_that_the_diagnostics_say_whether_the_wall_can_be_heard(show):
    made = show("normal", Language.ENGLISH)
    made.window.show_diagnostics(wanted=True)
    for state, shown in (
        (SoundState.READY, "Speakers (USB)"),
        (SoundState.NO_DEVICE, "no audio device"),
        (SoundState.FAILED, "Speakers (USB) refuses the sound"),
    ):
        made.window.attention.tell_sound(state, "Speakers (USB)")
        made.pass_time(1)
        assert shown in words_of(made.window._diagnostics)
    made.window.attention.tell_voice(VoiceState.NO_VOICE)
    made.pass_time(1)
    assert "no English voice" in words_of(made.window._diagnostics)
