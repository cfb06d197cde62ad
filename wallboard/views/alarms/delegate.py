"""Paints a row of the alarm list as the wall paints: sign, words, figures."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QRectF, QSize
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from wallboard.core.alarms import SHOWN
from wallboard.language import Words
from wallboard.models.alarms import AlarmListModel, AlarmRow
from wallboard.models.centres import Centres
from wallboard.views.alarms import wording
from wallboard.views.cells import Pen
from wallboard.views.theme import Style, Type

ROW_HEIGHT = (72, 64)
"""Units, on a near and on a far wall."""

INSET, GAP = 16, 24
SIGN = 24
SINCE_WIDTH, STATE_WIDTH = 230, 330
"""Units of the columns behind the words."""

NARROW, NARROWER = 1200, 800
"""Units of a row's width below which its beginning, and its state, give way; the state then stands under the title."""

Index = QModelIndex | QPersistentModelIndex


class AlarmDelegate(QStyledItemDelegate):
    """`lit` is the bright half of the flash of what nobody has acknowledged."""

    def __init__(
        self, model: AlarmListModel, centres: Centres, words: Words, style: Style, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.look = style
        self.lit = True
        self._model = model
        self._centres = centres
        self._words = words

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, self.look.height(*ROW_HEIGHT))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        state, rect = option.state, option.rect
        painter.save()
        pen = Pen(painter, self.look)
        self._paint_ground(pen, rect, selected=bool(state & QStyle.StateFlag.State_Selected))
        self._paint_row(pen, rect, self._model.rows[index.row()])
        painter.restore()

    def _paint_ground(self, pen: Pen, rect: QRect, *, selected: bool) -> None:
        look = self.look
        pen.painter.fillRect(rect.left(), rect.bottom(), rect.width(), look.px(1.5), look.colour("line"))
        if selected:
            inner = QRectF(rect).adjusted(look.px(2), look.px(2), -look.px(2), -look.px(3))
            pen.box(inner, 8, look.colour("line"), look.colour("information"))

    def _paint_row(self, pen: Pen, rect: QRect, row: AlarmRow) -> None:
        look, words = self.look, self._words
        store = self._centres[row.feed_id]
        stale = wording.is_of_old_data(store, row)
        shown = row.state in SHOWN
        muted = look.colour("muted")
        ink = look.colour("stale" if stale else "text" if shown else "muted")
        signal = look.signal(row.severity, "muted") if shown and not stale else muted
        caps = look.cap_height(Type.BODY), look.cap_height(Type.CAPTION)
        space = (rect.height() - sum(caps)) / 3
        first = rect.top() + space + caps[0]
        second = first + space + caps[1]
        left = float(rect.left() + look.px(INSET))
        right = rect.right() - look.px(INSET)
        side = look.px(SIGN)
        if row.severity is not None:
            place = QRectF(left, rect.top() + (rect.height() - side) / 2, side, side)
            pen.sign(place, row.severity, signal, hollow=not shown or (bool(row.unacknowledged) and not self.lit))
        left += side + look.px(GAP)
        state, note = wording.state(words, store, row), wording.note(row)
        width = rect.width() / look.unit_px
        if width >= NARROWER:
            start = right - look.px(STATE_WIDTH)
            colour = look.colour("text") if row.unacknowledged and not stale else ink
            self._paint_pair(pen, start, (first, second), right - start, state, note, colour)
            right = start - look.px(GAP)
            state = ""
        if width >= NARROW:
            start = right - look.px(SINCE_WIDTH)
            self._paint_pair(pen, start, (first, second), right - start, wording.since(words, store, row), "", ink)
            right = start - look.px(GAP)
        value = wording.value(words, store, row)
        limit = "" if state else wording.limit(words, store, row)  # which the title says too
        about = " · ".join(filter(None, (state, wording.about(words, store, row, several=len(self._centres) > 1))))
        for baseline, text, figure, type_, colour in (
            (first, wording.title(words, store, row), value, Type.BODY, ink),
            (second, about, limit, Type.CAPTION, muted),
        ):
            pen.text_right(right, baseline, figure, type_, colour)
            taken = look.width(figure, type_) + look.px(GAP) if figure else 0
            pen.elided(left, baseline, right - taken - left, text, type_, colour)

    def _paint_pair(
        self, pen: Pen, left: float, lines: tuple[float, float], width: float, upper: str, lower: str, colour: QColor
    ) -> None:
        pen.elided(left, lines[0], width, upper, Type.CAPTION, colour)
        pen.elided(left, lines[1], width, lower, Type.CAPTION, self.look.colour("muted"))
