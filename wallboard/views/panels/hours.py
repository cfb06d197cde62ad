"""Calls per hour today: all of them, the verified part, and what is usual.

The chart is pyqtgraph's; it is made once the rest of the wall stands, because numpy and pyqtgraph take a third of a
second to load.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from wallboard.core.hours import Hour
from wallboard.core.usual import USUAL_HIGH, USUAL_LOW, poisson_quantile
from wallboard.language import Words
from wallboard.models.store import Store
from wallboard.views.cells import Cell, Pen
from wallboard.views.panels.panel import EDGES, HEADING_HEIGHT, PADDING, Panel
from wallboard.views.theme import Style, Type

if TYPE_CHECKING:
    from wallboard.views.chart import HourChart

LEGEND_SQUARE = 16


class Bar(NamedTuple):
    """An hour as drawn. None is an hour that was not seen."""

    hour: int
    total: int | None
    verified: int | None
    partial: bool


class Legend(NamedTuple):
    text_all: str
    text_verified: str
    stale: bool


class HourPanel(Panel):
    title_key = "hours.title"

    def __init__(self, store: Store, words: Words, style: Style, parent: QWidget | None = None) -> None:
        super().__init__(store, words, style, parent)
        self._chart: HourChart | None = None
        self._drawn: object = None

    @property
    def has_chart(self) -> bool:
        return self._chart is not None

    def add_chart(self, chart: HourChart) -> None:
        """Show the hours with this chart, from now on."""
        chart.setParent(self)
        self._chart = chart
        self._place_chart()
        self._draw()

    def subtitle(self) -> str:
        kpis = self.store.situation.kpis()
        if kpis is None or kpis.calls is None:
            return ""
        if kpis.calls.today.since is not None:
            since = self.local_time(kpis.calls.today.since)
            return self.fitting_subtitle(self.words("hours.since", time=since), self.words("format.since", time=since))
        usual = self.store.situation.settings.usual_calls_per_hour
        return self.fitting_subtitle(self.words("hours.subtitle_usual" if usual else "hours.subtitle"), "")

    def body_cells(self, body: QRect) -> Sequence[Cell]:
        self._draw()
        if self._untold:
            return (Cell(body, self.empty_text("calls"), self.paint_empty),)
        look = self.look
        legend = Legend(self.words("hours.legend_all"), self.words("hours.legend_verified"), self.stale)
        width = round(self._legend_width(legend))
        heading = self.rect().adjusted(look.px(PADDING), look.height(*EDGES), -look.px(PADDING), 0)
        words = look.width(self.words(self.title_key), Type.HEADING) + look.width(self.subtitle(), Type.CAPTION)
        if heading.width() < width + words + look.px(48) or self.stale or not self.has_data:
            return ()
        place = QRect(heading.right() - width, heading.top(), width, look.height(*HEADING_HEIGHT))
        return (Cell(place, legend, self._paint_legend),)

    @property
    def _untold(self) -> bool:
        return self.has_data and not self.store.situation.tells("calls")

    def set_style(self, style: Style) -> None:
        super().set_style(style)
        if self._chart is not None:
            self._chart.set_style(style)
            self._place_chart()
        self._drawn = None
        self._draw()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_chart()
        self._drawn = None  # which labels its axes have room for is another matter now
        self._draw()

    def _place_chart(self) -> None:
        if self._chart is not None:
            px = self.look.px
            self._chart.setGeometry(self.rect().adjusted(px(14), self.look.height(54, 42), -px(14), -px(6)))

    def _draw(self) -> None:
        """Hand the chart what changed, and only then."""
        if self._chart is None:
            return
        self._chart.setVisible(not self._untold)
        situation = self.store.situation
        zone = situation.zone
        bars = tuple(
            [
                Bar(hour.start.astimezone(zone).hour, hour.count.total, hour.count.verified, hour.partial)
                for hour in situation.hours()
            ]
        )
        content = (bars, self._usual(situation.hours()), self.stale)
        if content != self._drawn:
            self._drawn = content
            self._chart.draw(*content)

    def _usual(self, hours: Sequence[Hour]) -> tuple[tuple[int, int], ...]:
        """The usual range of each clock hour, 00 to 23."""
        usual = self.store.situation.settings.usual_calls_per_hour
        return tuple([(poisson_quantile(mean, USUAL_LOW), poisson_quantile(mean, USUAL_HIGH)) for mean in usual])

    def _legend_width(self, legend: Legend) -> float:
        look = self.look
        texts = look.width(legend.text_all, Type.CAPTION) + look.width(legend.text_verified, Type.CAPTION)
        return texts + look.px(2 * LEGEND_SQUARE + 2 * 8 + 24)

    def _paint_legend(self, pen: Pen, rect: QRect, legend: Legend) -> None:
        look = self.look
        left = float(rect.left())
        middle = rect.top() + rect.height() / 2
        side = look.px(LEGEND_SQUARE)
        baseline = middle + look.cap_height(Type.CAPTION) / 2
        for colour, text in (("mark", legend.text_all), ("emphasis", legend.text_verified)):
            pen.painter.fillRect(QRectF(left, middle - side / 2, side, side), look.colour(colour))
            left += side + look.px(8)
            pen.text(left, baseline, text, Type.CAPTION, look.colour("muted"))
            left += look.width(text, Type.CAPTION) + look.px(24)
