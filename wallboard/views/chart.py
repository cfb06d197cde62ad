"""The chart of calls per hour. Importing this module imports numpy and pyqtgraph."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import cycle
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QWidget

from wallboard.views.plotting import pg
from wallboard.views.theme import Style, Type

if TYPE_CHECKING:
    from wallboard.views.panels.hours import Bar

HOURS = 24
BAR_WIDTH = 0.7
LABELLED_EVERY = (3, 6, 12)
"""Clock hours from one label of the axis to the next: as few as leave the labels apart."""

LABEL_PITCH = 1.5
"""From one label's beginning to the next's, in widths of a label, at least."""

LOWEST_TOP = 5
"""Calls at the top of the axis on the quietest day, so that a single call is no tower."""

HEADROOM = 1.12
WIDEST_LABEL = "0000"
AXIS_HEIGHT = 32


class HourChart(pg.PlotWidget):  # type: ignore[misc]
    """Made once and fed with `draw`; nothing in it can be dragged, zoomed or clicked."""

    def __init__(self, style: Style, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMenuEnabled(False)
        self.hideButtons()
        self.setMouseEnabled(x=False, y=False)
        self.disableAutoRange()
        nothing = {"x": [], "height": [], "width": BAR_WIDTH}
        self._usual = pg.BarGraphItem(x=[], y0=[], height=[], width=1.0)
        self._all = pg.BarGraphItem(**nothing)
        self._verified = pg.BarGraphItem(**nothing)
        self._running = pg.BarGraphItem(**nothing)
        for item in (self._usual, self._all, self._running, self._verified):
            self.addItem(item)
        self.set_style(style)

    def set_style(self, style: Style) -> None:
        self._style = style
        self.setBackground(style.colour("panel"))
        for name in ("bottom", "left"):
            axis = self.getAxis(name)
            axis.setTickFont(style.font(Type.CAPTION))
            axis.setTextPen(style.colour("muted"))
            axis.setPen(style.pen(style.colour("line")))
            # pyqtgraph leaves out what stands further beyond an end of the axis than it is told.
            beyond = math.ceil(style.metrics(Type.CAPTION).height() / 2)
            axis.setStyle(tickLength=0, tickTextOffset=style.px(6), hideOverlappingLabels=beyond)
        self.getAxis("bottom").setHeight(style.px(AXIS_HEIGHT))
        self.getAxis("left").setWidth(self._left_width())

    def _left_width(self) -> int:
        return round(self._style.width(WIDEST_LABEL, Type.CAPTION)) + self._style.px(8)

    def draw(self, bars: Sequence[Bar], usual: Sequence[tuple[int, int]], stale: bool) -> None:
        """Hours that were not seen have no bar; the running hour and other partial ones are outlined."""
        style = self._style
        mark = style.colour("outline" if stale else "mark")
        self.setBackground(style.hatch() if stale else style.colour("panel"))
        seen = [(bar, bar.total) for bar in bars if bar.total is not None]
        whole = [(bar.hour, total) for bar, total in seen if not bar.partial]
        partial = [(bar.hour, total) for bar, total in seen if bar.partial and total]  # of none, an outline is a dash
        self._usual.setOpts(
            x=list(range(len(usual))),
            y0=[low for low, _ in usual],
            height=[high - low for low, high in usual],
            brush=style.colour("band"),
            pen=None,
        )
        self._all.setOpts(x=_first(whole), height=_second(whole), brush=mark, pen=None)
        outline = style.pen(mark, 2.5)
        outline.setCosmetic(True)  # its width is in pixels, not in calls and hours
        self._running.setOpts(x=_first(partial), height=_second(partial), brush=None, pen=outline)
        self._verified.setOpts(
            x=[bar.hour for bar, _ in seen],
            height=[bar.verified or 0 for bar, _ in seen],
            brush=style.colour("stale" if stale else "emphasis"),
            pen=None,
        )
        tallest = max([total for _, total in seen] + [high for _, high in usual] + [LOWEST_TOP])
        step = _round_step(tallest / 2)
        self.getAxis("left").setTicks([[(value, str(value)) for value in self._labelled(step)]])
        self.getAxis("bottom").setTicks([[(hour, f"{hour:02}") for hour in self._labelled_hours()]])
        self.setRange(xRange=(-0.5, HOURS - 0.5), yRange=(0, max(tallest, 2 * step) * HEADROOM), padding=0)

    def _labelled(self, step: int) -> tuple[int, ...]:
        """Both steps of the axis where the plot is high enough for two labels; none where it is lower than one."""
        lines = (self.height() - self._style.px(AXIS_HEIGHT)) / self._style.metrics(Type.CAPTION).height()
        if lines < 1:
            return ()
        return (step, 2 * step) if lines > 4 else (2 * step,)

    def _labelled_hours(self) -> range:
        hour_width = (self.width() - self._left_width()) / HOURS
        pitch = LABEL_PITCH * self._style.width("00", Type.CAPTION)
        every = next((every for every in LABELLED_EVERY if every * hour_width >= pitch), HOURS)
        return range(0, HOURS, every)


def _round_step(value: float) -> int:
    """The largest of 1, 2, 5, 10, 20, 50 … that is not above the value."""
    step, factors = 1, cycle((2, 2.5, 2))
    while (following := round(step * next(factors))) <= value:
        step = following
    return step


def _first(pairs: Sequence[tuple[int, int]]) -> list[int]:
    return [first for first, _ in pairs]


def _second(pairs: Sequence[tuple[int, int]]) -> list[int]:
    return [second for _, second in pairs]
