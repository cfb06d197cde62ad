"""No text of the wall is clipped, cut short or drawn over another, whatever the screen, language and state."""

from __future__ import annotations

from itertools import combinations
from typing import NamedTuple

import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtWidgets import QApplication

from tests.views.scenes import STATES
from wallboard.core.poll import FailureKind
from wallboard.language import Language, Words
from wallboard.views.banner import AlarmBanner
from wallboard.views.cells import Cell, CellWidget, Pen
from wallboard.views.chart import HourChart
from wallboard.views.header import Header
from wallboard.views.pages import PanelName
from wallboard.views.panels.hours import HourPanel
from wallboard.views.theme import DARK, Style, Type
from wallboard.views.wall import WallWindow

SIZES = ((1366, 768), (1920, 1080), (2560, 1440), (3840, 2160), (1280, 1024), (1080, 1920))

SLACK_PX = 1.5
"""Rounding of positions to whole pixels."""


class Drawn(NamedTuple):
    widget: CellWidget
    cell: QRectF
    text: str
    box: QRectF
    """From the top of a capital to the baseline."""


class NotingPen(Pen):
    """Draws, and notes every text with its place."""

    def __init__(self, painter: QPainter, widget: CellWidget) -> None:
        super().__init__(painter, widget.look)
        self.widget = widget
        self.cell = QRectF()
        self.noted: list[Drawn] = []

    def text(self, x: float, baseline: float, text: str, type_: Type, colour: QColor) -> None:
        super().text(x, baseline, text, type_, colour)
        self._note(x, baseline, text, type_, self.style.width(text, type_))

    def figures(self, x: float, baseline: float, text: str, type_: Type, colour: QColor) -> float:
        end = super().figures(x, baseline, text, type_, colour)
        self._note(x, baseline, text, type_, end - x)
        return end

    def _note(self, x: float, baseline: float, text: str, type_: Type, width: float) -> None:
        if text:
            height = self.style.cap_height(type_)
            self.noted.append(Drawn(self.widget, self.cell, text, QRectF(x, baseline - height, width, height)))


def texts_of(widget: CellWidget) -> list[Drawn]:
    canvas = QPixmap(widget.size())
    with QPainter(canvas) as painter:
        pen = NotingPen(painter, widget)
        for cell in widget.cells():
            pen.cell = QRectF(cell.rect)
            cell.paint(pen, cell.rect, cell.content)
    return pen.noted


def labels_of(panel: HourPanel) -> list[Drawn]:
    """The labels at the axes of a panel's chart, as pyqtgraph would draw them, in the panel's coordinates."""
    (chart,) = panel.findChildren(HourChart) or (None,)
    if chart is None or not chart.isVisible():
        return []
    style, canvas = panel.look, QPixmap(chart.size())
    metrics, cap_height = style.metrics(Type.CAPTION), style.cap_height(Type.CAPTION)
    drawn = []
    for name in ("left", "bottom"):
        axis = chart.getAxis(name)
        with QPainter(canvas) as painter:
            _, _, texts = axis.generateDrawSpecs(painter)
        corner = QPointF(chart.pos()) + axis.mapToScene(QPointF(0, 0))
        for rect, _, text in texts:
            top = rect.top() if name == "bottom" else rect.center().y() - metrics.height() / 2
            width = style.width(text, Type.CAPTION)
            box = QRectF(rect.center().x() - width / 2, top + metrics.ascent() - cap_height, width, cap_height)
            assert grown(axis.boundingRect()).contains(box), "or the axis clips it"
            drawn.append(Drawn(panel, QRectF(chart.geometry()), text, box.translated(corner)))
    return drawn


def shown(window: WallWindow) -> list[Drawn]:
    QApplication.processEvents()  # a chart lays itself out when it is told its size
    widgets = [widget for widget in window.findChildren(CellWidget) if widget.isVisible()]
    labels = [label for widget in widgets if isinstance(widget, HourPanel) for label in labels_of(widget)]
    return [text for widget in widgets for text in texts_of(widget)] + labels


def grown(rect):
    return rect.adjusted(-SLACK_PX, -SLACK_PX, SLACK_PX, SLACK_PX)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("language", list(Language))
def test_that_every_text_lies_within_its_cell_and_over_no_other(show, state, language):
    for size in SIZES:
        window = show(state, language, size).window
        for page in window.pages:
            window.show_page(page.name)
            texts = shown(window)
            assert texts, (size, page.name)
            for one in texts:
                assert grown(one.cell).contains(one.box), (size, page.name, one.text, one.box, one.cell)
                assert QRectF(one.widget.rect()).contains(one.box), (size, page.name, one.text)
            for widget in {one.widget for one in texts}:
                for one, other in combinations([one for one in texts if one.widget is widget], 2):
                    overlap = one.box.intersected(other.box)
                    assert overlap.width() <= SLACK_PX or overlap.height() <= SLACK_PX, (size, page.name, one, other)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("size", [(1366, 768), (1920, 1080), (3840, 2160)])
def test_that_on_a_near_wall_nothing_is_cut_short(show, state, language, size):
    """But for what the data say themselves: an address may be of any length."""
    made = show(state, language, size)
    assert len(made.window.pages) == 1
    cut = {one.text.removesuffix("…") for one in shown(made.window) if one.text.endswith("…")}
    free = [text for row in made.store.incidents.rows for text in (row.title, row.place)]
    assert [text for text in cut if not any(whole.startswith(text) for whole in free)] == []


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("state", ["failed", "quiet"])
@pytest.mark.parametrize("size", [(1366, 768), (1920, 1080), (3840, 2160)])
def test_that_every_way_to_fail_is_said_whole(show, language, state, size):
    made = show(state, language, size)
    made.pass_time(60)
    for kind in FailureKind:
        made.fail(kind, 503)
        texts = [one.text for widget in (AlarmBanner, Header) for one in texts_of(made.window.findChild(widget))]
        assert [text for text in texts if text.endswith("…")] == [], kind
        assert made.window.words(f"failure.{kind.value}") in " ".join(texts)


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("state", ["failed", "normal"])
@pytest.mark.parametrize("distance_m", [2.5, 5.0, 8.0])
def test_that_every_way_to_fail_is_said_whole_from_afar_on_every_page(show, language, state, distance_m):
    """In full, or in the few words that there are for it."""
    made = show(state, language, (1920, 1080), diagonal_in=55, viewing_distance_m=distance_m)
    window, words = made.window, made.window.words
    made.pass_time(60)
    for kind in FailureKind:
        made.fail(kind, 503)
        ways = [f"{words(f'{table}.{kind.value}')} (503)" for table in ("failure", "failure_short")]
        for page in window.pages:
            window.show_page(page.name)
            texts = shown(window)
            said = [
                " ".join([one.text for one in texts if one.widget is widget])
                for widget in {one.widget for one in texts}
            ]
            assert any(way in text for way in ways for text in said), (kind, page.name, said)
            for one in texts:
                assert grown(one.cell).contains(one.box), (kind, page.name, one.text)


@pytest.mark.parametrize("state", ["normal", "alarm", "stale", "quiet", "storm"])
@pytest.mark.parametrize("distance_m", [None, 2.5, 8.0])
def test_that_a_chart_leaves_out_no_label_of_its_axes(show, state, distance_m):
    far = {} if distance_m is None else {"diagonal_in": 55, "viewing_distance_m": distance_m}
    for size in SIZES:
        window = show(state, Language.INDONESIAN, size, **far).window
        (page,) = [page for page in window.pages if any(one.panel is PanelName.HOURS for one in page.panels)]
        window.show_page(page.name)
        (panel,) = window.findChildren(HourPanel)
        shown(window)
        labels = labels_of(panel)
        hours = [label.text for label in labels if len(label.text) == 2 and label.box.top() == labels[-1].box.top()]
        assert hours == [f"{hour:02}" for hour in range(0, 24, int(hours[1]))], size
        assert len(labels) > len(hours) or distance_m == 8.0, "a scale, but where the plot is lower than a line of text"


@pytest.mark.parametrize("distance_m", [1.0, 2.5, 4.0, 5.0, 8.0])
@pytest.mark.parametrize("language", list(Language))
def test_that_a_far_wall_shows_less_and_never_smaller(show, language, distance_m):
    window = show("alarm", language, (1920, 1080), diagonal_in=55, viewing_distance_m=distance_m).window
    for page in window.pages:
        window.show_page(page.name)
        for one in shown(window):
            assert grown(one.cell).contains(one.box), (page.name, one.text, one.box, one.cell)
            assert one.box.height() >= 0.95 * 46 * distance_m / 5, "20 arc minutes: 46 px at 5 m"


def test_that_a_text_that_does_not_fit_is_found(show):
    """The instrument itself."""

    class TooLong(CellWidget):
        def cells(self):
            return [Cell(self.rect(), "far too long for its place", self._paint)]

        def _paint(self, pen, rect, text):
            pen.text(0, 20, text, Type.CLOCK, self.look.colour("text"))

    widget = TooLong(Words(Language.ENGLISH), Style(DARK, 1.0))
    widget.resize(100, 40)
    (one,) = texts_of(widget)
    widget.deleteLater()
    assert not grown(one.cell).contains(one.box)
