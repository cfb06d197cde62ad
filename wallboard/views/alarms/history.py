"""The alarm log on the wall: filtered by time, centre, rule, agency, severity and what happened."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from PySide6.QtCore import QDateTime, QStandardPaths, Qt, QTimeZone, Slot
from PySide6.QtGui import QShortcut
from PySide6.QtWidgets import (
    QDateTimeEdit,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from wallboard.core.alarms import Happening
from wallboard.history.entries import Exportable, Occurrence, Selection
from wallboard.language import Words
from wallboard.models.alarm_history import AlarmHistoryModel
from wallboard.models.centres import Centres
from wallboard.views.alarms.acting import with_key
from wallboard.views.alarms.filters import GAP, FilterLine, Offer, all_of
from wallboard.views.alarms.history_delegate import RAISES, HistoryDelegate
from wallboard.views.controls import WallList
from wallboard.views.theme import Style

PERIODS_H = {"hour": 1, "shift": 8, "day": 24, "week": 168, "month": 744}
"""How far back; the longest of a month."""
CHOSEN = "chosen"
"""Of the periods: from one moment to another."""

ACTS = frozenset(
    {
        Happening.ACKNOWLEDGED,
        Happening.SHELVED,
        Happening.UNSHELVED,
        Happening.COMMENTED,
        Happening.TAKEN_OUT_OF_SERVICE,
        Happening.PUT_INTO_SERVICE,
    }
)
KINDS: dict[str, frozenset[Happening | Occurrence]] = {
    "raises": RAISES,
    "acts": ACTS,
    "system": frozenset(Occurrence),
}
"""What of all that happened; without one, everything."""


class AlarmHistory(QWidget):
    """As it was when it was read; turning to it reads it anew."""

    def __init__(self, centres: Centres, log: Exportable, words: Words, style: Style, *, parent: QWidget) -> None:
        super().__init__(parent)
        self.model = AlarmHistoryModel(log, self)
        self._centres = centres
        self._words = words
        periods = [Offer(words(f"history_period.{name}"), name) for name in (*PERIODS_H, CHOSEN)]
        kinds = [all_of("kind", words), *[Offer(words(f"history_kind.{name}"), name) for name in KINDS]]
        self.filters = FilterLine(centres, words, {"period": periods, "kind": kinds}, self)
        self.period = self.filters.choices["period"]
        self.period.setCurrentIndex(list(PERIODS_H).index("day"))
        self.begins, self.ends = self._moment("history.begins"), self._moment("history.ends")
        self._top = QHBoxLayout()
        self._top.addWidget(self.filters, 1)
        self._span_line = QHBoxLayout()
        """A line of its own: beside the other filters of several centres a small screen has no room for it."""
        self._span_line.addWidget(self.begins)
        self._span_line.addWidget(self.ends)
        self._span_line.addStretch(1)
        self.export = QPushButton(with_key(words("history.export"), "E"), self)
        self.export.clicked.connect(self.ask_for_file)
        QShortcut("E", self).activated.connect(self.ask_for_file)
        self._top.addWidget(self.export)
        self.list = WallList(self)
        self.list.setModel(self.model)
        self.list.setUniformItemSizes(True)
        self.list.setVerticalScrollMode(WallList.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setAccessibleName(words("alarms.history"))
        self.delegate = HistoryDelegate(self.model, centres, words, style)
        self.list.setItemDelegate(self.delegate)
        self.list.verticalScrollBar().valueChanged.connect(self._read_on)
        self.said = QLabel(self)
        self.said.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._lines = QVBoxLayout(self)
        self._lines.setContentsMargins(0, 0, 0, 0)
        self._lines.addLayout(self._top)
        self._lines.addLayout(self._span_line)
        self._found = QStackedWidget(self)
        self._found.addWidget(self.list)
        self._found.addWidget(self.said)
        self._lines.addWidget(self._found, 1)
        self.exported = QLabel(self)
        self.exported.hide()
        self._lines.addWidget(self.exported)
        self.model.came.connect(self._show)
        self.model.exported.connect(self._tell_exported)
        self.filters.changed.connect(self.look)
        self.filters.left.connect(self.focus_list)
        for moment in (self.begins, self.ends):
            moment.dateTimeChanged.connect(self.look)
        self.set_style(style)

    def begin(self) -> None:
        self.exported.hide()
        self.filters.renew()
        self._follow_period()
        self.look()
        self.focus_list()

    def count(self) -> str:
        number = self._words.number(len(self.model.rows))
        return number if self.model.complete or self.model.reading else f"{number}+"

    def set_style(self, style: Style) -> None:
        self.delegate.look = style
        self._lines.setSpacing(style.px(GAP))
        self._top.setSpacing(style.px(GAP))
        self.filters.set_style(style)
        self._span_line.setSpacing(style.px(GAP))
        self.export.setVisible(not style.tight)
        self.list.scheduleDelayedItemsLayout()

    def selection(self) -> Selection:
        """What is asked for."""
        names = ("kind", "rule", "agency", "severity", "centre")
        kind, rule, agency, severity, centre = map(self.filters.chosen, names)
        begins, ends = self._span()
        return Selection(
            feed_id=centre,
            begins=begins,
            ends=ends,
            rules=None if rule is None else (rule,),
            agencies=None if agency is None else (agency,),
            severities=None if severity is None else (severity,),
            happenings=None if kind is None else KINDS[kind],
        )

    @Slot()
    def focus_list(self) -> None:
        shown = self._found.currentWidget()
        if shown is not None:
            shown.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def look(self) -> None:
        chosen = self.period.currentData() == CHOSEN
        self.begins.setVisible(chosen)
        self.ends.setVisible(chosen)
        if not chosen:
            self._follow_period()
        self.model.look_for(self.selection())
        self._show()

    @Slot()
    def ask_for_file(self) -> None:
        """Where the history is to be written, as it is filtered now."""
        name = f"alarms-{self._centres.leading.now.astimezone(self._centres.leading.situation.zone):%Y%m%d-%H%M}.csv"
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        path, _ = QFileDialog.getSaveFileName(
            self, self._words("history.export"), str(Path(folder) / name), "CSV (*.csv)"
        )
        if path:
            self.model.export(Path(path), self._centres.leading.situation.zone)

    @Slot(int)
    def _tell_exported(self, count: int) -> None:
        words = self._words
        self.exported.setText(
            words("history.exported", count=words.number(count)) if count >= 0 else words("history.not_exported")
        )
        self.exported.show()

    def _span(self) -> tuple[datetime, datetime | None]:
        name = self.period.currentData()
        if name != CHOSEN:
            return self._centres.leading.now - timedelta(hours=PERIODS_H[name]), None
        begins, ends = (
            datetime.fromtimestamp(moment.dateTime().toSecsSinceEpoch(), UTC) for moment in (self.begins, self.ends)
        )
        return begins, ends + timedelta(minutes=1)  # the minute that is named is in it

    def _follow_period(self) -> None:
        """So that a span that is chosen begins with the one that was looked at."""
        name = self.period.currentData()
        if name == CHOSEN:
            return
        store = self._centres.leading
        zone = QTimeZone(str(store.situation.zone).encode()) if store.situation.zone is not None else QTimeZone.utc()
        for moment, instant in (
            (self.begins, store.now - timedelta(hours=PERIODS_H[name])),
            (self.ends, store.now),
        ):
            moment.blockSignals(True)
            moment.setTimeZone(zone)
            moment.setDateTime(QDateTime.fromSecsSinceEpoch(int(instant.timestamp()), zone))
            moment.blockSignals(False)

    @Slot()
    def _read_on(self) -> None:
        bar = self.list.verticalScrollBar()
        if bar.value() >= bar.maximum() - self.list.height():
            self.model.read_on()

    @Slot()
    def _show(self) -> None:
        found = bool(self.model.rows) and not self.model.failed
        self._found.setCurrentWidget(self.list if found else self.said)
        words = self._words
        self.said.setText(
            words("history.unreadable" if self.model.failed else "history.none") if not self.model.reading else ""
        )

    def _moment(self, name: str) -> QDateTimeEdit:
        moment = QDateTimeEdit(self)
        moment.setDisplayFormat("dd/MM/yyyy HH:mm")
        moment.setAccessibleName(self._words(name))
        moment.setToolTip(self._words(name))
        moment.setKeyboardTracking(False)
        return moment
