"""Several centres on one wall: a row for each, pages of each, and alarms that no page hides."""

import msgspec
import pytest
from PySide6.QtCore import Qt

from tests.core.builders import call, situation, snapshot
from tests.views.scenes import centres_scene
from tests.views.test_fit import grown, shown
from tests.views.test_wall import only, words_of
from wallboard.configuration import options
from wallboard.core.alarms import Severity
from wallboard.core.ownrules import OwnRule
from wallboard.core.poll import FailureKind
from wallboard.core.situation import FeedState
from wallboard.language import Language
from wallboard.views.banner import AlarmBanner
from wallboard.views.header import Header, RollUpHeader
from wallboard.views.pages import Page, PanelName, Placement, for_centres
from wallboard.views.panels.calls import CallPanel
from wallboard.views.panels.centres import CentrePanel
from wallboard.views.panels.kpis import KpiPanel
from wallboard.views.panels.panel import Panel

MIXED = ("quiet", "alarm", "stale", "failed", "warning", "connecting")

SIZES = ((1366, 768), (1920, 1080), (3840, 2160), (1280, 1024), (1080, 1920))


@pytest.fixture
def show_centres(qtbot):
    scenes = []

    def build(*arguments, **options):
        made = centres_scene(*arguments, **options)
        scenes.append(made)
        qtbot.addWidget(made.window)
        return made

    yield build
    for made in scenes:
        made.centres.stop()
    scenes.clear()


def rows_shown(panel):
    """The feeds of the rows that are on the panel, in their order."""
    panel.refresh()
    return [feed for _, feed in panel._places]


def text_of_row(panel, feed):
    panel.refresh()
    (place,) = (place for place, name in panel._places if name == feed)
    return " ".join(str(cell.content) for cell in panel._cells if place.contains(cell.rect))


def ground_of_row(panel, feed):
    """The colours along the row's lower edge: one on a plain ground, several where it is hatched."""
    image = panel.grab().toImage()
    (place,) = (place for place, name in panel._places if name == feed)
    return {image.pixel(x, place.bottom() - 2) for x in range(place.left() + 4, place.right() - 4)}


def test_that_the_first_page_has_a_row_for_each_centre_in_the_configurations_order(show_centres):
    made = show_centres(MIXED)
    (panel,) = made.window.panels()
    assert isinstance(panel, CentrePanel)
    assert rows_shown(panel) == ["bengkalis", "siak", "pekanbaru", "dumai", "kampar", "pelalawan"]
    names = [page.name for page in made.window.pages]
    assert names[:3] == ["centres", "bengkalis/overview", "siak/overview"]
    assert len(names) == 7


def test_that_the_row_of_a_centre_whose_answers_are_old_says_so(show_centres):
    made = show_centres(("quiet", "quiet"), Language.ENGLISH)
    told = made.parts[0].told()
    made.pass_time(60)
    made.parts[0].receive(told)
    (panel,) = made.window.panels()
    assert "Old answers" in text_of_row(panel, "bengkalis")
    assert "Old answers" not in text_of_row(panel, "siak"), "from which none came"


def test_that_one_centre_has_the_pages_that_it_always_had(show):
    assert [page.name for page in show("normal").window.pages] == ["overview"]


def test_that_only_the_row_of_a_stale_centre_is_hatched_and_tells_its_age(show_centres):
    made = show_centres(MIXED, Language.ENGLISH)
    (panel,) = made.window.panels()
    assert "01:07" in text_of_row(panel, "pekanbaru")
    assert "<1 min" in text_of_row(panel, "pekanbaru"), "a wait without a claim of precision"
    assert "Error at the server (502)" in text_of_row(panel, "pekanbaru")
    assert len(ground_of_row(panel, "pekanbaru")) > 1
    assert len(ground_of_row(panel, "dumai")) > 1
    for live in ("bengkalis", "siak", "kampar"):
        assert len(ground_of_row(panel, live)) == 1, live
        assert "0 s" in text_of_row(panel, live)


def test_that_the_ages_of_live_centres_go_on_while_another_is_stale(show_centres):
    made = show_centres(MIXED, Language.ENGLISH)
    (panel,) = made.window.panels()
    made.pass_time(3)
    assert "'3 s'" in text_of_row(panel, "siak")
    assert "01:10" in text_of_row(panel, "pekanbaru")
    assert "'00:31'" in text_of_row(panel, "siak"), "the wait"


def test_that_a_centre_that_was_never_reached_says_why_and_shows_no_figure(show_centres):
    made = show_centres(MIXED, Language.ENGLISH)
    (panel,) = made.window.panels()
    (cell,) = (cell for cell in panel._cells if "dumai" in str(cell.content))
    assert cell.content.texts[0] == "The server's name cannot be found"
    assert "waiting for data" in text_of_row(panel, "pelalawan")


def test_that_a_row_shows_its_worst_alarm_by_colour_sign_and_words(show_centres):
    made = show_centres(MIXED, Language.ENGLISH)
    rows = {row.id: row for row in made.centres.model.rows}
    assert (rows["siak"].severity, rows["kampar"].severity) == (Severity.CRITICAL, Severity.WARNING)
    (panel,) = made.window.panels()
    assert "Call waiting longer than 20 seconds" in text_of_row(panel, "siak")
    assert "Call waiting longer than 15 seconds" in text_of_row(panel, "kampar")
    assert ground_of_row(panel, "siak") != ground_of_row(panel, "bengkalis")


def test_that_the_header_of_all_centres_counts_them_and_those_that_are_live(show_centres):
    made = show_centres(MIXED, Language.ENGLISH)
    words = words_of(only(made.window, RollUpHeader))
    assert "6 centres" in words
    assert "3 OF 6 LIVE" in words
    assert "01:07" in words
    assert "Without new data: Pekanbaru, dumai" in words
    assert "3 centres" in words_of(only(show_centres(["quiet"] * 3, Language.ENGLISH).window, RollUpHeader))


def test_that_the_page_of_a_centre_shows_that_centre_and_its_freshness(show_centres):
    made = show_centres(MIXED, Language.ENGLISH)
    made.window.show_page("pekanbaru/overview")
    (header,) = (one for one in made.window.findChildren(Header) if one.isVisible())
    assert "112 Pekanbaru" in words_of(header)
    assert "OLD DATA" in words_of(header)
    assert all(panel.stale for panel in made.window.panels())
    made.window.show_page("siak/overview")
    assert "112 Siak" in words_of(header)
    assert "LIVE DATA" in words_of(header)
    assert not any(panel.stale for panel in made.window.panels())
    assert "'00:28'" in words_of(only(made.window, CallPanel))


def test_that_a_page_is_brought_up_to_date_by_its_own_centre(show_centres):
    made = show_centres(["quiet", "quiet"], Language.ENGLISH)
    made.window.show_page("siak/overview")
    bengkalis, siak = made.parts
    bengkalis.world.inject_call(3, None)
    bengkalis.poll()
    assert "0 waiting" in words_of(only(made.window, CallPanel))
    siak.world.inject_call(3, None)
    siak.poll()
    assert "1 waiting" in words_of(only(made.window, CallPanel))


def test_that_pages_of_many_centres_share_their_panels(show_centres):
    many, two = (show_centres(["quiet"] * count).window for count in (30, 2))
    assert (len(many.pages), len(two.pages)) == (31, 3)
    assert len(many.findChildren(Panel)) == len(two.findChildren(Panel))


def test_that_a_critical_alarm_of_another_centre_is_in_the_banner_of_every_page(show_centres):
    made = show_centres(["quiet", "alarm", "quiet"], Language.ENGLISH)
    for page in made.window.pages:
        made.window.show_page(page.name)
        notice = only(made.window, AlarmBanner).cells()[-1].content
        assert (notice.severity, notice.centre) == (Severity.CRITICAL, "112 Siak (demo)")
        assert notice.title == "Call waiting longer than 20 seconds"


def test_that_the_banner_counts_the_alarms_of_all_centres_and_names_others_as_bad(show_centres):
    made = show_centres(["alarm", "alarm", "quiet", "failed"], Language.ENGLISH)
    notice = only(made.window, AlarmBanner).cells()[-1].content
    assert notice.details[0] == "also Siak, dumai"
    alarms = sum(centre.alarms for centre in made.centres.alarming())
    assert notice.others == f"+{alarms - 2} more alarms", "two calls are the first of them"


def test_that_the_banner_stays_red_and_names_the_critical_call_of_a_centre_whose_data_grow_old(show_centres):
    made = show_centres(["alarm", "quiet"], Language.ENGLISH)
    banner, store = only(made.window, AlarmBanner), made.centres["bengkalis"]
    as_of = store.situation.as_of.astimezone(store.situation.zone)
    made.pass_time(20)
    made.parts[0].fail(FailureKind.SERVER, 502)
    made.parts[1].world.inject_call(16, None)
    made.parts[1].poll()
    made.pass_time(1)
    notice = banner.cells()[-1].content
    assert (notice.severity, notice.centre) == (Severity.CRITICAL, "112 Bengkalis (demo)")
    assert notice.title == "Error at the server (502)"
    assert notice.details[:2] == (f"as of {as_of:%H:%M:%S}", "Call waiting longer than 20 seconds")
    assert banner.cells()[0].content.severity is Severity.CRITICAL


def test_that_a_failure_is_named_with_its_centre(show_centres):
    made = show_centres(["quiet", "failed"], Language.ENGLISH)
    notice = only(made.window, AlarmBanner).cells()[-1].content
    assert (notice.centre, notice.title) == ("siak", "The server's name cannot be found")


def test_that_a_wall_of_one_centre_needs_no_name_in_its_banner(show):
    assert only(show("alarm").window, AlarmBanner).cells()[-1].content.centre == ""


def test_that_a_new_alarm_brings_the_page_of_its_cause_in_that_centre_to_the_front_and_then_all_centres_again(
    show_centres,
):
    made = show_centres(["quiet"] * 3, diagonal_in=55, viewing_distance_m=5.0)
    window = made.window
    assert window._rotation.isActive()
    made.parts[1].world.inject_call(30, None)
    made.parts[1].poll()
    assert (window.page.feed, [type(panel) for panel in window.panels()]) == ("siak", [CallPanel])
    assert not window._rotation.isActive()
    made.pass_time(1)
    assert window.page.feed == "siak", "for as long as it takes to read it"
    window._reading.stop()
    made.pass_time(1)
    assert window.page.name == "centres", "where it goes on to stand out"


def test_that_what_a_centre_had_when_it_was_first_seen_is_no_news(show_centres):
    made = show_centres(["alarm", "quiet"])
    assert made.window.page.name == "centres"


def test_that_alarms_of_before_a_restart_stand_on_the_wall_until_there_are_data(show_centres):
    before = situation(snapshot(0, calls=[call("c1", -30)]))
    events = before.alarms.events
    made = show_centres(("connecting", "failed", "quiet"), Language.ENGLISH, restored=events)
    made.pass_time(1)
    banner = made.window.findChild(AlarmBanner)
    assert made.window._flashing.isActive(), "nobody has acknowledged them"
    assert [(one.store, one.alarms) for one in made.centres.alarming()] == [
        (made.centres["bengkalis"], 1), (made.centres["siak"], 2)
    ], "the failure counts beside what stood before"  # fmt: skip
    assert "as of" in words_of(banner)
    for part in made.parts:
        part.poll()
    made.pass_time(1)
    assert made.centres.alarming() == [], "and is over where the data say so"


def test_that_an_own_rule_is_told_in_the_row_of_its_centre(show_centres):
    own = msgspec.convert({"name": "no_units", "metric": "calls_waiting", "critical": 1,
                           "message": {"en": "Somebody has called"}}, OwnRule)  # fmt: skip
    made = show_centres(("quiet", "warning"), Language.ENGLISH, rules=[own])
    (panel,) = made.window.panels()
    assert "Somebody has called" in text_of_row(panel, "siak")


def test_that_a_warning_does_not_take_the_screen_from_something_critical(show_centres):
    made = show_centres(["alarm", "quiet"])
    made.parts[1].world.inject_call(16, None)
    made.parts[1].poll()
    assert made.window.page.name == "centres"


def test_that_a_second_alarm_waits_until_the_first_has_been_read(show_centres):
    made = show_centres(["quiet"] * 3)
    for part in made.parts[:2]:
        part.world.inject_call(30, None)
        part.poll()
    assert made.window.page.feed == "bengkalis"
    made.window._reading.stop()
    made.pass_time(1)
    assert made.window.page.feed == "siak"


def test_that_keys_turn_to_centres_and_the_page_stays_to_be_read(show_centres, qtbot):
    made = show_centres(["quiet"] * 3)
    window = made.window
    qtbot.keyClick(window, Qt.Key.Key_2)
    assert window.page.feed == "siak"
    made.parts[0].world.inject_call(30, None)
    made.parts[0].poll()
    assert window.page.feed == "siak"
    qtbot.keyClick(window, Qt.Key.Key_PageDown)
    assert window.page.feed == "pekanbaru"
    qtbot.keyClick(window, Qt.Key.Key_PageDown)
    assert window.page.name == "centres"
    qtbot.keyClick(window, Qt.Key.Key_PageUp)
    assert window.page.feed == "pekanbaru"
    qtbot.keyClick(window, Qt.Key.Key_Home)
    assert window.page.name == "centres"
    qtbot.keyClick(window, Qt.Key.Key_9)
    assert window.page.name == "centres", "there is no ninth"


def test_that_the_pages_of_one_centre_have_numbers_too(show, qtbot):
    window = show("quiet", diagonal_in=55, viewing_distance_m=5.0).window
    qtbot.keyClick(window, Qt.Key.Key_3)
    assert window.page.name == "calls"


def test_that_a_click_on_a_row_turns_to_its_centre(show_centres, qtbot):
    made = show_centres(MIXED)
    (panel,) = made.window.panels()
    (place,) = (place for place, feed in panel._places if feed == "kampar")
    qtbot.mouseClick(panel, Qt.MouseButton.LeftButton, pos=place.center())
    assert made.window.page.feed == "kampar"


@pytest.mark.parametrize("count", [60, 120])
def test_that_no_centre_with_an_alarm_or_without_new_data_is_left_out(show_centres, count):
    states = ["quiet"] * count
    for index, state in ((1, "stale"), (count // 2, "warning"), (count - 2, "failed"), (count - 1, "alarm")):
        states[index] = state
    made = show_centres(states, Language.ENGLISH)
    (panel,) = made.window.panels()
    shown = rows_shown(panel)
    rows = made.centres.model.rows
    assert {rows[index].id for index in (1, count // 2, count - 2, count - 1)} <= set(shown)
    assert shown == [row.id for row in rows if row.id in shown], "in their order"
    if count > len(shown):
        assert f"+{count - len(shown)} more, none with an alarm" in words_of(panel)


def test_that_all_of_a_hundred_centres_are_on_a_near_wall(show_centres):
    (panel,) = show_centres(["quiet"] * 100).window.panels()
    assert len(rows_shown(panel)) == 100


def test_that_alarms_that_do_not_fit_are_counted_with_their_sign(show_centres):
    made = show_centres(["alarm"] * 12, Language.ENGLISH, diagonal_in=55, viewing_distance_m=5.0)
    (panel,) = made.window.panels()
    left_out = 12 - len(rows_shown(panel))
    assert left_out > 0
    assert f"+{left_out} more, {left_out} with an alarm" in words_of(panel)
    assert panel._cells[-1].content.severity is Severity.CRITICAL


def test_that_in_a_second_only_what_runs_is_painted_anew(show_centres):
    made = show_centres(MIXED)
    (panel,) = made.window.panels()
    before = {(cell.rect.x(), cell.rect.y()): cell.content for cell in panel.cells()}
    made.pass_time(1)
    after = {(cell.rect.x(), cell.rect.y()): cell.content for cell in panel.cells()}
    changed = [place for place in after if after[place] != before[place]]
    assert changed
    assert {type(after[place]).__name__ for place in changed} == {"Running"}


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("count", [6, 12, 40, 110])
def test_that_every_text_of_the_roll_up_lies_within_its_cell(show_centres, language, count):
    made = show_centres((MIXED * count)[:count], language)
    for size in SIZES:
        made.window.resize(*size)
        made.window.show_page("centres")
        for one in shown(made.window):
            assert grown(one.cell).contains(one.box), (size, one.text, one.box, one.cell)


@pytest.mark.parametrize("distance_m", [2.5, 5.0, 8.0])
def test_that_a_far_roll_up_shows_fewer_centres_and_never_smaller(show_centres, distance_m):
    made = show_centres(MIXED * 2, Language.INDONESIAN, diagonal_in=55, viewing_distance_m=distance_m)
    made.window.show_page("centres")
    for one in shown(made.window):
        assert grown(one.cell).contains(one.box), (one.text, one.box, one.cell)
        assert one.box.height() >= 0.95 * 46 * distance_m / 5, "20 arc minutes: 46 px at 5 m"


def page(name, panel, feed=None):
    return Page(name, 1, 1, (Placement(panel, 0, 0),), feed)


def test_that_a_page_without_a_centre_stands_for_each_and_pages_stay_together():
    pages = [
        page("all", PanelName.CENTRES),
        page("a", PanelName.CALLS),
        page("b", PanelName.KPIS),
        page("c", PanelName.HOURS, "siak"),
        page("d", PanelName.CALLS),
    ]
    made = for_centres(pages, ["siak", "dumai"])
    assert [(one.name, one.feed) for one in made] == [
        ("all", None),
        ("siak/a", "siak"), ("siak/b", "siak"), ("dumai/a", "dumai"), ("dumai/b", "dumai"),
        ("c", "siak"),
        ("siak/d", "siak"), ("dumai/d", "dumai"),
    ]  # fmt: skip
    assert [(one.name, one.feed) for one in for_centres(pages[1:3], ["siak"])] == [("a", "siak"), ("b", "siak")]


def test_that_configured_pages_show_the_centre_that_they_name(show_centres):
    def configured(name, panel, feed=None):
        return options.Page(name, 1, 1, (options.Placement(panel, 0, 0),), feed)

    pages = (configured("Semua", "centres"), configured("Siak", "kpis", "siak"))
    made = show_centres(["alarm", "quiet"], page=pages)
    window = made.window
    assert [(one.name, one.feed) for one in window.pages] == [("Semua", None), ("Siak", "siak")]
    made.parts[0].world.inject_call(40, None)
    made.parts[0].poll()
    assert window.page.name == "Semua", "no page shows the calls of Bengkalis: its row stands out"
    window.show_page("Siak")
    assert only(window, KpiPanel).store is made.centres["siak"]


def test_that_a_roll_up_of_one_centre_is_a_wall_too(show_centres):
    made = show_centres(["quiet"], page=(options.Page("Semua", 1, 1, (options.Placement("centres", 0, 0),)),))
    assert made.window.page.feed is None
    assert "112 Bengkalis" in words_of(only(made.window, Header))
    assert made.centres.model.rows[0].state is FeedState.LIVE
