"""A widget made of cells: what each shows is a value, and only cells whose value changed are painted again.

This is what keeps a wall of 4K quiet: a second's tick touches the clock and the running timers, and no other pixel.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple, cast

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPolygonF, QRegion, QResizeEvent
from PySide6.QtWidgets import QWidget

from wallboard.core.alarms import Severity
from wallboard.language import Words
from wallboard.views.theme import Style, Type

HOLLOW_RIM = 3
"""Units: as visible from afar as the filled shape."""

_log = logging.getLogger(__name__)


class Cell(NamedTuple):
    """A place, what it shows (compared with ==), and who paints it. Cells of a widget do not overlap."""

    rect: QRect
    content: Any
    paint: Callable[[Pen, QRect, Any], None]


class Pen:
    """A painter with the wall's style: text, figures and signs by name of type and colour."""

    def __init__(self, painter: QPainter, style: Style) -> None:
        self.painter = painter
        self.style = style

    def text(self, x: float, baseline: float, text: str, type_: Type, colour: QColor) -> None:
        self.painter.setFont(self.style.font(type_))
        self.painter.setPen(colour)
        self.painter.drawText(QPointF(x, baseline), text)

    def elided(self, x: float, baseline: float, width: float, text: str, type_: Type, colour: QColor) -> float:
        """Text cut with an ellipsis where it would not fit; returns where it ends."""
        if width <= 0:
            return x
        metrics = self.style.metrics(type_)
        if metrics.horizontalAdvance(text) > width:
            text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, width)
        self.text(x, baseline, text, type_, colour)
        return x + metrics.horizontalAdvance(text)

    def figures(self, x: float, baseline: float, text: str, type_: Type, colour: QColor) -> float:
        """Large figures, from cached pixmaps; returns where they end."""
        metrics = self.style.metrics(type_)
        top = round(baseline - metrics.ascent())
        for character in text:
            self.painter.drawPixmap(round(x), top, self.style.figure(type_, colour, character))
            x += metrics.horizontalAdvance(character)
        return x

    def figures_right(self, right: float, baseline: float, text: str, type_: Type, colour: QColor) -> None:
        metrics = self.style.metrics(type_)
        width = sum(metrics.horizontalAdvance(character) for character in text)
        self.figures(right - width, baseline, text, type_, colour)

    def text_right(self, right: float, baseline: float, text: str, type_: Type, colour: QColor) -> None:
        self.text(right - self.style.width(text, type_), baseline, text, type_, colour)

    def box(self, rect: QRect | QRectF, radius: float, fill: QColor | None, rim: QColor | None = None) -> None:
        """A rounded box; the rim lies inside it."""
        painter, style = self.painter, self.style
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(fill if fill is not None else Qt.BrushStyle.NoBrush)
        shape = QRectF(rect)
        if rim is None:
            painter.setPen(Qt.PenStyle.NoPen)
        else:
            pen = style.pen(rim)
            painter.setPen(pen)
            inset = pen.widthF() / 2
            shape.adjust(inset, inset, -inset, -inset)
        painter.drawRoundedRect(shape, style.px(radius), style.px(radius))

    def sign(self, rect: QRectF, severity: Severity, colour: QColor, *, hollow: bool = False) -> None:
        """Severity as a shape: a triangle is critical, a diamond a warning. `hollow` is the dark half of a flash."""
        if severity is Severity.CRITICAL:
            points = [
                QPointF(rect.center().x(), rect.top()),
                rect.bottomRight(),
                rect.bottomLeft(),
            ]
        else:
            points = [
                QPointF(rect.center().x(), rect.top()),
                QPointF(rect.right(), rect.center().y()),
                QPointF(rect.center().x(), rect.bottom()),
                QPointF(rect.left(), rect.center().y()),
            ]
        self.painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.painter.setPen(self.style.pen(colour, HOLLOW_RIM) if hollow else Qt.PenStyle.NoPen)
        self.painter.setBrush(Qt.BrushStyle.NoBrush if hollow else colour)
        self.painter.drawPolygon(QPolygonF(points))


def rectangles(region: QRegion) -> Iterator[QRect]:
    """Qt's type hints do not know that a region can be iterated."""
    return iter(cast(Iterable[QRect], region))


class CellWidget(QWidget):
    """Subclasses say what their cells are; `refresh` brings the screen up to date with them.

    A fault in one widget is shown in its place: it must neither stop the others nor leave old figures standing.
    """

    def __init__(self, words: Words, style: Style, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.words = words
        self.look = style
        self._cells: Sequence[Cell] = ()
        self._broken = False

    def cells(self) -> Sequence[Cell]:
        raise NotImplementedError

    def paint_ground(self, pen: Pen, rect: QRect) -> None:
        """Fill this part of the widget with what lies below the cells."""
        pen.painter.fillRect(rect, self.look.colour("background"))

    def set_style(self, style: Style) -> None:
        self.look = style
        self.renew()

    def refresh(self) -> None:
        """Compare what is on the screen with what should be, and paint the difference."""
        old, new = self._cells, self._sound_cells()
        self._cells = new
        for before, after in zip(old, new, strict=False):
            if before.content != after.content or before.rect != after.rect:
                self.update(before.rect)
                self.update(after.rect)
        shorter = min(len(old), len(new))
        for cell in (*old[shorter:], *new[shorter:]):
            self.update(cell.rect)

    def renew(self) -> None:
        """Paint everything again."""
        self._cells = self._sound_cells()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.renew()

    def paintEvent(self, event: QPaintEvent) -> None:
        region = event.region()
        painter = QPainter(self)
        pen = Pen(painter, self.look)
        try:
            for rect in rectangles(region):
                self.paint_ground(pen, rect)
            for cell in self._cells:
                if region.intersects(cell.rect):
                    cell.paint(pen, cell.rect, cell.content)
        except Exception:  # noqa: BLE001 (see the class)
            self._log_fault()
            self._paint_fault(pen, self.rect(), self.words("panel.fault"))
        finally:
            painter.end()

    def _sound_cells(self) -> Sequence[Cell]:
        try:
            cells = self.cells()
        except Exception:  # noqa: BLE001 (see the class)
            self._log_fault()
            return (Cell(self.rect(), self.words("panel.fault"), self._paint_fault),)
        self._broken = False
        return cells

    def _log_fault(self) -> None:
        if not self._broken:  # once, not each second
            _log.exception("%s cannot be shown", type(self).__name__)
        self._broken = True

    def _paint_fault(self, pen: Pen, rect: QRect, text: str) -> None:
        look = self.look
        pen.painter.fillRect(rect, look.signal_fill(Severity.CRITICAL))
        baseline = rect.top() + look.px(10) + look.cap_height(Type.BODY)
        pen.elided(
            rect.left() + look.px(10), baseline, rect.width() - look.px(20), text, Type.BODY, look.colour("text")
        )
