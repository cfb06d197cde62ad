"""A line of the alarm log on the wall: when, what happened, the rule, what it was about, value and note."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from wallboard.core.alarms import Happening
from wallboard.history.entries import Entry, Occurrence
from wallboard.language import Words
from wallboard.models.alarm_history import AlarmHistoryModel
from wallboard.models.centres import Centres
from wallboard.models.store import Store
from wallboard.views.cells import Pen
from wallboard.views.theme import Style, Type
from wallboard.views.wording import in_unit, local_time, rule_name, rule_title

GAP, INSET = 12, 16
ROW_HEIGHT = (44, 40)
SIGN = 18

RAISES = frozenset({Happening.RAISED, Happening.ESCALATED})

COLUMNS = (0.11, 0.27, 0.53, 0.7, 0.78)
"""Where what follows the time begins, in parts of the width: what happened, the rule, what it is about, value, note."""

FAR_COLUMNS = (0.23, 0.47)
"""On a far wall: time, what happened and the rule alone."""

Index = QModelIndex | QPersistentModelIndex


class HistoryDelegate(QStyledItemDelegate):
    def __init__(self, model: AlarmHistoryModel, centres: Centres, words: Words, style: Style) -> None:
        super().__init__(model)
        self.look = style
        self._model = model
        self._centres = centres
        self._words = words

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, self.look.height(*ROW_HEIGHT))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        self._paint_entry(Pen(painter, self.look), option.rect, self._model.rows[index.row()].entry)
        painter.restore()

    def _paint_entry(self, pen: Pen, rect: QRect, entry: Entry) -> None:
        look = self.look
        pen.painter.fillRect(rect.left(), rect.bottom(), rect.width(), look.px(1.5), look.colour("line"))
        baseline = rect.top() + rect.height() / 2 + look.cap_height(Type.CAPTION) / 2
        left, width = rect.left() + look.px(INSET), rect.width() - 2 * look.px(INSET)
        muted, text = look.colour("muted"), look.colour("text")
        store = self._store(entry)
        parts = self._parts(store, entry)
        columns = FAR_COLUMNS if look.tight else COLUMNS
        edges = [left, *(left + round(width * share) for share in columns), left + width + look.px(GAP)]
        for index, part in enumerate(parts[: len(columns) + 1]):
            start, room = float(edges[index]), edges[index + 1] - edges[index] - look.px(GAP)
            if index == 1:
                side = look.px(SIGN)
                if entry.severity is not None:
                    place = QRectF(start, rect.center().y() - side / 2, side, side)
                    strong = entry.happening in RAISES
                    pen.sign(place, entry.severity, look.signal(entry.severity) if strong else muted, hollow=not strong)
                start += side + look.px(8)
                room -= side + look.px(8)
            pen.elided(start, baseline, room, part, Type.CAPTION, text if index in (1, 2) else muted)

    def _store(self, entry: Entry) -> Store:
        """That of a feed that is no longer configured is the first centre's, whose clock tells the time."""
        return self._centres.get(entry.feed_id) or self._centres.stores[0]

    def _parts(self, store: Store, entry: Entry) -> tuple[str, str, str, str, str, str]:
        words = self._words
        rule = store.situation.alarms.rules.get(entry.rule)
        title, value = entry.rule, ""
        if rule is not None:
            title = rule_name(words, rule) if entry.limit is None else rule_title(words, rule, entry.limit)
            value = in_unit(words, rule, entry.value) if entry.value is not None else ""
        several = len(self._centres) > 1 and entry.feed_id
        about = " · ".join(filter(None, (store.situation.name if several else "", self._about(store, entry))))
        return (
            local_time(store.situation.zone, entry.at, store.now),
            words(f"happening.{entry.happening.value}"),
            title,
            about,
            value,
            " · ".join(filter(None, (self._note(store, entry), entry.by))),
        )

    @staticmethod
    def _about(store: Store, entry: Entry) -> str:
        names = store.agency_names(entry.agencies)
        return " · ".join(filter(None, (entry.key if entry.scope in ("call", "incident") else "", ", ".join(names))))

    def _note(self, store: Store, entry: Entry) -> str:
        if entry.happening is Occurrence.PROGRAM_BROKE_OFF:
            heard = local_time(store.situation.zone, datetime.fromisoformat(entry.note), store.now)
            return self._words("history.last_heard_of", time=heard)
        if entry.happening is Occurrence.FEED_LOST and entry.note:
            key = f"failure.{entry.note}"
            return self._words(key) if self._words.has(key) else entry.note
        return "" if entry.happening is Occurrence.RULE_ADDED else entry.note
