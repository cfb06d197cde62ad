"""The load of each agency: a block for each unit, busy, ready, out or neither, the incidents it is named in, and
how many of its responses were in time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QRect, QRectF, Qt

from wallboard.core.metrics import AgencyLoad, Share
from wallboard.language import MINUTE_S
from wallboard.models.agencies import AgencyRow
from wallboard.views.cells import Cell, Pen
from wallboard.views.panels.panel import PADDING, Panel
from wallboard.views.theme import Type

ROW_HEIGHT = 30
TALLEST_ROW = 52
NAME_WIDTH = 150
FIGURES_WIDTH = 150
IN_TIME_WIDTH = 176
"""Of "100 % · n 1.234", with the gap before it."""

SAMPLE_GAP = 12

NARROWEST_BLOCKS = 240
"""Units; where less would be left for the blocks, the responses give way."""

BLOCK = 46
BLOCK_GAP = 4
SMALLEST_BLOCK = 10
"""Units; with more units than fit at this width, the blocks become one bar."""

SIGN = 18


class RowContent(NamedTuple):
    row: AgencyRow
    in_time_px: int
    """Of the column with the responses in time; 0 where there is none."""
    sample_px: int
    """Of how many responses there were, the same in every row."""
    stale: bool


def _busyness(row: AgencyRow) -> tuple[int, float]:
    load = row.load.load if row.load is not None else None
    return row.severity or 0, -1.0 if load is None else load


class AgencyPanel(Panel):
    title_key = "agencies.title"
    _left_out = 0
    """Agencies for which there is no row, told in the heading."""

    def subtitle(self) -> str:
        tells, words = self.store.situation.tells, self.words
        if not tells("agencies"):
            return ""
        if self._left_out:
            return self.more_text(self._left_out)
        subtitle = words("agencies.subtitle" if tells("units") else "agencies.subtitle_untold")
        short = words("agencies.subtitle_short" if tells("units") else "agencies.subtitle_untold_short")
        if not self._in_time_px():
            return self.fitting_subtitle(subtitle, short)
        limit_min = self.store.situation.settings.response_limit_s / MINUTE_S
        limit = words("agencies.limit", limit=words.number(limit_min, 0 if limit_min.is_integer() else 1))
        since = self.store.situation.compliance_since()
        period = words("agencies.day") if since is None else words("format.since", time=self.local_time(since))
        in_time = words("agencies.in_time", limit=limit)
        return self.fitting_subtitle(f"{subtitle} · {in_time}, {period}", f"{short} · {limit}, {period}")

    def _in_time_px(self) -> int:
        """The room for the responses in time; 0 where there is none, or they are not told."""
        rows, look = self.store.agencies.rows, self.look
        if all(row.compliance is None for row in rows):
            return 0
        inner = self.width() - 2 * look.px(PADDING)
        rest = inner - self._name_px(inner) - look.px(FIGURES_WIDTH) - look.px(IN_TIME_WIDTH)
        return look.px(IN_TIME_WIDTH) if rest >= look.px(NARROWEST_BLOCKS) else 0

    def _name_px(self, width: int) -> int:
        return min(self.look.px(NAME_WIDTH), width // 3)

    def body_cells(self, body: QRect) -> Sequence[Cell]:
        rows = self.store.agencies.rows
        if not rows:
            return (Cell(body, self.empty_text("agencies"), self.paint_empty),)
        look = self.look
        fits = max(1, body.height() // look.px(ROW_HEIGHT))
        self._left_out = len(rows) - 1 if fits == 1 else 0
        if self._left_out:  # of one row, the busiest is worth more than how many there are
            rows = [max(rows, key=_busyness)]
        shown = len(rows) if len(rows) <= fits else fits - 1
        height = min(body.height() // max(1, shown + (shown < len(rows))), look.px(TALLEST_ROW))
        in_time_px = self._in_time_px()
        sample_px = max([round(look.width(self._sample(row.compliance), Type.CAPTION)) for row in rows])
        cells = [
            Cell(
                QRect(body.left(), body.top() + index * height, body.width(), height),
                RowContent(row, in_time_px, sample_px, self.stale),
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
        name_width = self._name_px(rect.width())
        pen.elided(rect.left(), baseline, name_width - look.px(10), row.name, Type.CAPTION, text)
        load, words = row.load, self.words
        ready = load.busy + load.available if load is not None else 0
        staffed = f"{load.busy}/{ready}" if load is not None and ready else words("format.none")
        figures = f"{staffed} · {words.number(row.incidents)}"
        colour = look.signal(severity, self.shade("text"))
        right = rect.right()
        if content.in_time_px:
            self._paint_in_time(pen, right, baseline, row.compliance, content.sample_px)
            right -= content.in_time_px
        pen.text_right(right, baseline, figures, Type.CAPTION, colour)
        if severity is not None:
            side = look.px(SIGN)
            left = right - look.width(figures, Type.CAPTION) - look.px(8) - side
            pen.sign(QRectF(left, middle - side / 2, side, side), severity, colour)
        left = rect.left() + name_width
        room = right - look.px(FIGURES_WIDTH) - left
        if room < look.px(SMALLEST_BLOCK):
            return
        if load is None:
            return
        if not load.units:
            muted = look.colour(self.shade("muted"))
            pen.elided(left, baseline, room, words("agencies.no_units"), Type.CAPTION, muted)
            return
        self._paint_blocks(pen, QRectF(left, middle - look.px(10), room, look.px(20)), load)

    def _sample(self, compliance: Share | None) -> str:
        if compliance is None or not compliance.n:
            return ""
        return self.words("format.sample", n=self.words.number(compliance.n))

    def _paint_in_time(self, pen: Pen, right: float, baseline: float, compliance: Share | None, sample_px: int) -> None:
        look = self.look
        share = self.words.percent(compliance.value if compliance is not None else None)
        text = look.colour(self.shade("text"))
        pen.text_right(right - sample_px - look.px(SAMPLE_GAP), baseline, share, Type.CAPTION, text)
        pen.text_right(right, baseline, self._sample(compliance), Type.CAPTION, look.colour(self.shade("muted")))

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
