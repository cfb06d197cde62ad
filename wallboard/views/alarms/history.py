"""The alarm log on the wall: filtered by time, centre, rule, agency, severity and what happened."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from PySide6.QtCore import QDateTime, QStandardPaths, Qt, QTimeZone, Slot
from PySide6.QtGui import QShortcut
from PySide6.QtWidgets import (
    QComboBox,
    QDateTimeEdit,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from wallboard.core.alarms import Happening, Severity
from wallboard.history.entries import Exportable, Occurrence, Selection
from wallboard.language import Words
from wallboard.models.alarm_history import AlarmHistoryModel
from wallboard.models.centres import Centres
from wallboard.views.alarms.acting import with_key
from wallboard.views.alarms.history_delegate import RAISES, HistoryDelegate
from wallboard.views.controls import WallList
from wallboard.views.theme import Style
from wallboard.views.wording import rule_name

GAP = 12

PERIODS_H = {"hour": 1, "shift": 8, "day": 24, "week": 168, "month": 744}
"""How far back; the longest of a month."""

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
        self.period = self._choice("period", [(words(f"history_period.{name}"), name) for name in PERIODS_H])
        self.period.addItem(words("history_period.chosen"), "")
        self.period.setCurrentIndex(list(PERIODS_H).index("day"))
        self.begins, self.ends = self._moment("history.begins"), self._moment("history.ends")
        self.centre = self._choice(
            "centre",
            [(store.situation.name, store.situation.settings.feed_id) for store in centres.stores],
            of_all=True,
        )
        self.rule = self._choice("rule", self._rules(), of_all=True)
        self.agency = self._choice("agency", (), of_all=True)
        self.severity = self._choice(
            "severity",
            [(words(f"banner.{severity.name.lower()}"), severity) for severity in sorted(Severity, reverse=True)],
            of_all=True,
        )
        self.kind = self._choice("kind", [(words(f"history_kind.{name}"), name) for name in KINDS], of_all=True)
        self._filters = QHBoxLayout()
        for part in (self.period, self.centre, self.kind, self.severity, self.rule, self.agency):
            self._filters.addWidget(part)
        self._span_line = QHBoxLayout()
        """A line of its own: beside the other filters of several centres a small screen has no room for it."""
        self._span_line.addWidget(self.begins)
        self._span_line.addWidget(self.ends)
        self._span_line.addStretch(1)
        self.export = QPushButton(with_key(words("history.export"), "E"), self)
        self.export.clicked.connect(self.ask_for_file)
        QShortcut("E", self).activated.connect(self.ask_for_file)
        self._filters.addStretch(1)
        self._filters.addWidget(self.export)
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
        self._lines.addLayout(self._filters)
        self._lines.addLayout(self._span_line)
        self._lines.addWidget(self.list, 1)
        self._lines.addWidget(self.said, 1)
        self.exported = QLabel(self)
        self.exported.hide()
        self._lines.addWidget(self.exported)
        self.model.came.connect(self._show)
        self.model.exported.connect(self._tell_exported)
        for choice in (self.period, self.centre, self.rule, self.agency, self.severity, self.kind):
            choice.currentIndexChanged.connect(self.look)
        for moment in (self.begins, self.ends):
            moment.dateTimeChanged.connect(self.look)
        self.set_style(style)

    def begin(self) -> None:
        self.exported.hide()
        self._offer_agencies()
        self._follow_period()
        self.look()
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    def count(self) -> str:
        number = self._words.number(len(self.model.rows))
        return number if self.model.complete or self.model.reading else f"{number}+"

    def set_style(self, style: Style) -> None:
        self.delegate.look = style
        self._lines.setSpacing(style.px(GAP))
        self._filters.setSpacing(style.px(GAP))
        self._span_line.setSpacing(style.px(GAP))
        for part in (self.kind, self.severity, self.rule, self.agency, self.export):
            part.setVisible(not style.tight)
        self.centre.setVisible(not style.tight and len(self._centres) > 1)
        self.list.scheduleDelayedItemsLayout()

    def selection(self) -> Selection:
        """What is asked for."""
        kind, rule, agency, severity, centre = (
            choice.currentData() for choice in (self.kind, self.rule, self.agency, self.severity, self.centre)
        )
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
    def look(self) -> None:
        chosen = not self.period.currentData()
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
        if name:
            return self._centres.leading.now - timedelta(hours=PERIODS_H[name]), None
        begins, ends = (
            datetime.fromtimestamp(moment.dateTime().toSecsSinceEpoch(), UTC) for moment in (self.begins, self.ends)
        )
        return begins, ends + timedelta(minutes=1)  # the minute that is named is in it

    def _follow_period(self) -> None:
        """So that a span that is chosen begins with the one that was looked at."""
        name = self.period.currentData()
        if not name:
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
        self.list.setVisible(found)
        self.said.setVisible(not found)
        words = self._words
        self.said.setText(
            words("history.unreadable" if self.model.failed else "history.none") if not self.model.reading else ""
        )

    def _choice(self, name: str, offers: Iterable[tuple[str, object]], *, of_all: bool = False) -> QComboBox:
        choice = QComboBox(self)
        choice.setAccessibleName(self._words(f"history_filter.{name}"))
        if of_all:
            choice.addItem(self._words(f"history_all.{name}"), None)
        for text, value in offers:
            choice.addItem(text, value)
        return choice

    def _moment(self, name: str) -> QDateTimeEdit:
        moment = QDateTimeEdit(self)
        moment.setDisplayFormat("dd/MM/yyyy HH:mm")
        moment.setAccessibleName(self._words(name))
        moment.setToolTip(self._words(name))
        moment.setKeyboardTracking(False)
        return moment

    def _rules(self) -> list[tuple[str, object]]:
        known = {name: rule for store in self._centres.stores for name, rule in store.situation.alarms.rules.items()}
        return [(rule_name(self._words, rule), name) for name, rule in known.items()]

    def _offer_agencies(self) -> None:
        """Those that the feeds have told by now."""
        offered = {self.agency.itemData(index) for index in range(1, self.agency.count())}
        for store in self._centres.stores:
            for agency in store.situation.agencies():
                if agency.id not in offered:
                    offered.add(agency.id)
                    self.agency.addItem(agency.name, agency.id)
