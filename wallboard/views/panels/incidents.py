"""The active incidents: what, where, who goes, how far they are, and how long it has been."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QRect, QRectF, Qt

from wallboard.core.alarms import Severity
from wallboard.core.metrics import seconds_between
from wallboard.models.incidents import IncidentRow
from wallboard.views.cells import Cell, Pen
from wallboard.views.panels.panel import Panel
from wallboard.views.theme import Type

ROW_HEIGHT = (62, 40)
"""Units, on a near wall with two lines a row, and on a far one with one."""

TALLEST_ROW = (84, 56)
PRIORITY_BOX = (44, 32)
TIMER_WIDTH = 156
WIDEST_CHIPS = 216
NARROWEST_TITLE = 300
"""Units. Where less would be left for the title, the agencies give way first, then the status."""

SIGN = 20
CHIP_PADDING, CHIP_GAP = 10, 8


STATUSES = ("new", "dispatched", "en_route", "on_scene", "other")
"""Those of an incident that is still active."""


class RowContent(NamedTuple):
    row: IncidentRow
    stale: bool
    chips_px: int
    """Of the column with the agencies, the same in every row."""


class Timer(NamedTuple):
    text: str
    severity: Severity | None
    stale: bool


class IncidentPanel(Panel):
    title_key = "incidents.title"

    def subtitle(self) -> str:
        if not self.store.situation.tells("incidents"):
            return ""
        count = self.words.number(len(self.store.incidents.rows))
        return self.fitting_subtitle(self.words("incidents.subtitle", count=count), count)

    def body_cells(self, body: QRect) -> Sequence[Cell]:
        look = self.look
        rows = self.store.incidents.rows
        if not rows:
            return (Cell(body, self.empty_text("incidents"), self.paint_empty),)
        height = look.height(*ROW_HEIGHT)
        more_height = look.height(34, 28)
        shown = body.height() // height
        room = body.height()
        # Of one row, the most urgent is worth more than how many there are, which the heading tells.
        counted = len(rows) > shown and shown != 1
        if counted:
            room -= more_height
            shown = max(0, room // height)
        if shown:
            height = min(room // shown, look.height(*TALLEST_ROW))
        cells: list[Cell] = []
        now = self.store.situation.as_of or self.store.now
        timer_width, chips_px = look.px(TIMER_WIDTH), self._chips_px()
        top = body.top()
        for row in rows[:shown]:
            line = QRect(body.left(), top, body.width(), height)
            place = QRect(line.left(), line.top(), line.width() - timer_width, height)
            cells.append(Cell(place, RowContent(row, self.stale, chips_px), self._paint_row))
            timer = Timer(self.lasting(seconds_between(row.reported_at, now)), row.time_severity, self.stale)
            cells.append(Cell(QRect(place.right() + 1, line.top(), timer_width, height), timer, self._paint_timer))
            top += height
        if counted:
            more = QRect(body.left(), top, body.width(), more_height)
            cells.append(Cell(more, self.more_text(len(rows) - shown), self.paint_more))
        return cells

    def _paint_row(self, pen: Pen, rect: QRect, content: RowContent) -> None:
        look, row = self.look, content.row
        muted = look.colour(self.shade("muted"))
        text = look.colour(self.shade("text"))
        self.paint_rule(pen, rect)
        middle = rect.top() + rect.height() / 2
        side = look.height(*PRIORITY_BOX)
        box = QRectF(rect.left(), middle - side / 2, side, side)
        first = row.priority == 1
        pen.box(box, 6, text if first else None, None if first else look.colour("outline"))
        number = str(row.priority)
        pen.text(
            box.center().x() - look.width(number, Type.HEADING) / 2,
            middle + look.cap_height(Type.HEADING) / 2,
            number,
            Type.HEADING,
            look.colour("panel") if first else text,
        )
        left = box.right() + look.px(18)
        right = float(rect.right())
        spare = right - left - look.px(NARROWEST_TITLE)
        status_width = self._status_width()
        shows_status = spare >= status_width
        shows_chips = spare >= status_width + content.chips_px
        if shows_status:
            right -= status_width
            self._paint_status(pen, right, middle, row)
        if shows_chips:
            right -= content.chips_px
            self._paint_chips(pen, right, right + content.chips_px - look.px(16), middle, row.agencies)
        width = right - look.px(16) - left
        if row.place and not look.tight:
            pen.elided(left, middle - look.px(3), width, row.title, Type.BODY, text)
            pen.elided(left, middle + look.px(24), width, row.place, Type.CAPTION, muted)
        else:
            pen.elided(left, middle + look.cap_height(Type.BODY) / 2, width, row.title, Type.BODY, text)

    def _paint_status(self, pen: Pen, left: float, middle: float, row: IncidentRow) -> None:
        look, words = self.look, self.words
        baseline = middle + look.cap_height(Type.CAPTION) / 2
        severity = None if self.stale else row.unassigned_severity
        label = words("incidents.unassigned") if row.unassigned else words(f"incident_status.{row.status}")
        if severity is not None:
            side = look.px(SIGN)
            pen.sign(QRectF(left, middle - side / 2, side, side), severity, look.signal(severity))
            left += side + look.px(8)
        colour = look.signal(severity, self.shade("text" if row.unassigned else "muted"))
        pen.text(left, baseline, label, Type.CAPTION, colour)

    def _status_width(self) -> int:
        """As wide as the longest of the words, with its sign."""
        words, look = self.words, self.look
        labels = (words("incidents.unassigned"), *(words(f"incident_status.{status}") for status in STATUSES))
        return round(max(look.width(label, Type.CAPTION) for label in labels)) + look.px(SIGN + 8 + 16)

    def _chips_px(self) -> int:
        """As the two longest names ask for: which agencies there are hardly changes, so the column stands still."""
        look = self.look
        names = sorted((look.width(row.name, Type.CAPTION) for row in self.store.agencies.rows), reverse=True)[:2]
        chips = sum(names) + len(names) * look.px(2 * CHIP_PADDING + CHIP_GAP) + look.width("+9", Type.CAPTION)
        return min(look.px(WIDEST_CHIPS), math.ceil(chips) + look.px(16)) if names else look.px(WIDEST_CHIPS)

    def _paint_chips(self, pen: Pen, left: float, right: float, middle: float, agencies: tuple[str, ...]) -> None:
        look = self.look
        pad, gap, height = look.px(CHIP_PADDING), look.px(CHIP_GAP), look.px(36)
        baseline = middle + look.cap_height(Type.CAPTION) / 2
        for index, agency in enumerate(agencies):
            rest = len(agencies) - index - 1
            reserve = gap + look.width(f"+{rest}", Type.CAPTION) if rest else 0.0
            width = look.width(agency, Type.CAPTION) + 2 * pad
            if left + width + reserve > right:
                room = right - left - reserve - 2 * pad
                if index > 0 or room < look.px(40):
                    pen.text(left, baseline, f"+{rest + 1}", Type.CAPTION, look.colour(self.shade("muted")))
                    return
                agency = look.metrics(Type.CAPTION).elidedText(agency, Qt.TextElideMode.ElideRight, room)
                width = look.width(agency, Type.CAPTION) + 2 * pad
            pen.box(QRectF(left, middle - height / 2, width, height), 6, None, look.colour("outline"))
            pen.text(left + pad, baseline, agency, Type.CAPTION, look.colour(self.shade("text")))
            left += width + gap

    def _paint_timer(self, pen: Pen, rect: QRect, timer: Timer) -> None:
        look = self.look
        self.paint_rule(pen, rect)
        middle = rect.top() + rect.height() / 2
        baseline = middle + look.cap_height(Type.TIMER) / 2
        if timer.stale:
            pen.text_right(rect.right(), baseline, timer.text, Type.BODY, look.colour("stale"))
            return
        colour = look.signal(timer.severity)
        pen.figures_right(rect.right(), baseline, timer.text, Type.TIMER, colour)
        if timer.severity is not None:
            side = look.px(SIGN)
            width = look.width(timer.text, Type.TIMER)
            left = rect.right() - width - look.px(12) - side
            pen.sign(QRectF(left, middle - side / 2, side, side), timer.severity, colour)
