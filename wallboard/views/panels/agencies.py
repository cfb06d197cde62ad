"""The load of each agency: a block for each unit, busy, ready, out or neither, and the incidents it is named in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QRect, QRectF, Qt

from wallboard.core.metrics import AgencyLoad
from wallboard.models.agencies import AgencyRow
from wallboard.views.cells import Cell, Pen
from wallboard.views.panels.panel import Panel
from wallboard.views.theme import Type

ROW_HEIGHT = 30
TALLEST_ROW = 52
NAME_WIDTH = 150
FIGURES_WIDTH = 150
BLOCK = 46
BLOCK_GAP = 4
SMALLEST_BLOCK = 10
"""Units; with more units than fit at this width, the blocks become one bar."""

SIGN = 18


class RowContent(NamedTuple):
    row: AgencyRow
    stale: bool


class AgencyPanel(Panel):
    title_key = "agencies.title"

    def subtitle(self) -> str:
        tells = self.store.situation.tells
        if not tells("agencies"):
            return ""
        return self.words("agencies.subtitle" if tells("units") else "agencies.subtitle_untold")

    def body_cells(self, body: QRect) -> Sequence[Cell]:
        rows = self.store.agencies.rows
        if not rows:
            return (Cell(body, self.empty_text("agencies"), self.paint_empty),)
        look = self.look
        fits = max(1, body.height() // look.px(ROW_HEIGHT))
        shown = len(rows) if len(rows) <= fits else fits - 1
        height = min(body.height() // max(1, shown + (shown < len(rows))), look.px(TALLEST_ROW))
        cells = [
            Cell(
                QRect(body.left(), body.top() + index * height, body.width(), height),
                RowContent(row, self.stale),
                self._paint_row,
            )
            for index, row in enumerate(rows[:shown])
        ]
        if shown < len(rows):
            rect = QRect(body.left(), body.top() + shown * height, body.width(), height)
            cells.append(Cell(rect, self.more_text(len(rows) - shown), self.paint_more))
        return cells

    def _paint_row(self, pen: Pen, rect: QRect, content: RowContent) -> None:
        look, row = self.look, content.row
        severity = None if content.stale else row.severity
        middle = rect.top() + rect.height() / 2
        baseline = middle + look.cap_height(Type.CAPTION) / 2
        text = look.colour(self.shade("text"))
        name_width = min(look.px(NAME_WIDTH), rect.width() // 3)
        pen.elided(rect.left(), baseline, name_width - look.px(10), row.name, Type.CAPTION, text)
        load, words = row.load, self.words
        ready = load.busy + load.available if load is not None else 0
        staffed = f"{load.busy}/{ready}" if load is not None and ready else words("format.none")
        figures = f"{staffed} · {words.number(row.incidents)}"
        colour = look.signal(severity, self.shade("text"))
        pen.text_right(rect.right(), baseline, figures, Type.CAPTION, colour)
        if severity is not None:
            side = look.px(SIGN)
            left = rect.right() - look.width(figures, Type.CAPTION) - look.px(8) - side
            pen.sign(QRectF(left, middle - side / 2, side, side), severity, colour)
        left = rect.left() + name_width
        room = rect.right() - look.px(FIGURES_WIDTH) - left
        if room < look.px(SMALLEST_BLOCK):
            return
        if load is None:
            return
        if not load.units:
            muted = look.colour(self.shade("muted"))
            pen.elided(left, baseline, room, words("agencies.no_units"), Type.CAPTION, muted)
            return
        self._paint_blocks(pen, QRectF(left, middle - look.px(10), room, look.px(20)), load)

    def _paint_blocks(self, pen: Pen, room: QRectF, load: AgencyLoad) -> None:
        look, count = self.look, load.units
        gap = look.px(BLOCK_GAP)
        width = min(look.px(BLOCK), (room.width() + gap) / count - gap)
        painter = pen.painter
        mark = look.colour(self.shade("mark"))
        if width < look.px(SMALLEST_BLOCK):
            # Too many units for a block each: one bar, busy filled, out hatched.
            scale = room.width() / count
            painter.fillRect(QRectF(room.left(), room.top(), load.busy * scale, room.height()), mark)
            painter.setPen(look.pen(look.colour("outline")))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(room.left(), room.top(), (load.busy + load.available) * scale, room.height()))
            return
        left = room.left()
        for index in range(count):
            block = QRectF(left, room.top(), width, room.height())
            if index < load.busy:
                pen.box(block, 3, mark)
            elif index < load.busy + load.available:
                pen.box(block, 3, None, look.colour("outline"))
            else:
                if index < load.busy + load.available + load.out:
                    painter.setPen(look.pen(look.colour("outline")))
                    painter.drawLine(block.bottomLeft(), block.topRight())
                pen.box(block, 3, None, look.colour("line"))
            left += width + gap
