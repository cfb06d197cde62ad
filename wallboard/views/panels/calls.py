"""The calls in progress, each with its running time: who waits comes first, then the longest conversations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QRect, QRectF

from wallboard.core.alarms import Severity
from wallboard.core.metrics import seconds_between
from wallboard.models.calls import CallRow
from wallboard.views.cells import Cell, Pen
from wallboard.views.panels.panel import Panel
from wallboard.views.theme import Type

TILE_WIDTH = 178
TILE_HEIGHT = (62, 56)
STRETCH = 1.2
GAP = 8
PADDING = 12
SIGN = 20


class Tile(NamedTuple):
    time: str
    caption: str
    waiting: bool
    severity: Severity | None
    stale: bool


class CallPanel(Panel):
    title_key = "calls.title"

    def subtitle(self) -> str:
        situation, words = self.store.situation, self.words
        if not situation.tells_call_states:
            return ""
        waiting = words("calls.subtitle_waiting", waiting=words.number(len(situation.waiting_calls())))
        talking = words("calls.subtitle_talking", talking=words.number(len(situation.talking_calls())))
        ways = [f"{waiting} · {talking}", waiting]
        kpis = situation.kpis()
        lost = kpis.calls.answering.abandonment_rate if kpis is not None and kpis.calls is not None else None
        if lost is not None and lost.value is not None:
            share = words("calls.abandoned", share=words.percent(lost.value, 1), n=words.number(lost.n))
            ways.insert(0, f"{waiting} · {talking} · {share}")
        return self.fitting_subtitle(*ways)

    def body_cells(self, body: QRect) -> Sequence[Cell]:
        rows = self.store.calls.rows
        if not rows:
            return (Cell(body, self._nobody(), self.paint_empty),)
        look = self.look
        gap, tile_height = look.px(GAP), look.height(*TILE_HEIGHT)
        columns = max(1, (body.width() + gap) // (look.px(TILE_WIDTH) + gap))
        lines = max(1, (body.height() + gap) // (tile_height + gap))
        height = min((body.height() + gap) // lines - gap, round(tile_height * STRETCH))
        places = columns * lines
        # Of one place, who waits longest is worth more than how many there are, which the heading tells.
        shown = len(rows) if len(rows) <= places else max(1, places - 1)
        cells: list[Cell] = []
        for index in range(min(places, len(rows))):
            line, column = divmod(index, columns)
            left, right = (body.left() + round(edge * (body.width() + gap) / columns) for edge in (column, column + 1))
            rect = QRect(left, body.top() + line * (height + gap), right - left - gap, height)
            if index < shown:
                cells.append(Cell(rect, self._tile(rows[index], rect.width() - look.px(2 * PADDING)), self._paint_tile))
            else:
                cells.append(Cell(rect, self.more_text(len(rows) - shown), self._paint_rest))
        return cells

    def _nobody(self) -> str:
        situation = self.store.situation
        if situation.tells("calls") and not situation.tells_call_states:
            return self.words("untold.call_states")
        return self.empty_text("calls")

    def _tile(self, row: CallRow, width: int) -> Tile:
        now = self.store.situation.as_of or self.store.now
        if row.waiting:
            caption = self.words("calls.waiting")
        else:
            caption = " · ".join(filter(None, (row.call_taker, row.agency))) or self.words("calls.talking")
            if self.look.width(caption, Type.CAPTION) > width:
                caption = row.call_taker
        return Tile(self.lasting(seconds_between(row.since, now)), caption, row.waiting, row.severity, self.stale)

    def _paint_tile(self, pen: Pen, rect: QRect, tile: Tile) -> None:
        look = self.look
        severity = None if tile.stale else tile.severity
        if severity is not None:
            pen.box(rect, 8, look.signal_fill(severity), look.signal(severity))
        else:
            pen.box(rect, 8, None, look.colour("text" if tile.waiting and not tile.stale else "line"))
        left = rect.left() + look.px(PADDING)
        width = rect.right() - look.px(PADDING) - left
        gap = (rect.height() - look.cap_height(Type.TIMER) - look.cap_height(Type.CAPTION)) / 3
        first = rect.top() + gap + look.cap_height(Type.TIMER)
        second = first + gap + look.cap_height(Type.CAPTION)
        x = float(left)
        if severity is not None:
            side = look.px(SIGN)
            pen.sign(QRectF(x, first - side, side, side), severity, look.signal(severity))
            x += side + look.px(8)
        if tile.stale:
            pen.elided(x, first, width, tile.time, Type.BODY, look.colour("stale"))
        else:
            pen.figures(x, first, tile.time, Type.TIMER, look.colour("text"))
        pen.elided(left, second, width, tile.caption, Type.CAPTION, look.colour(self.shade("muted")))

    def _paint_rest(self, pen: Pen, rect: QRect, text: str) -> None:
        self.paint_empty(pen, rect, text)
