"""The alarms that are there, and what a person can do about them."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace
from PySide6.QtCore import QItemSelectionModel, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QResizeEvent, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QLabel, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from wallboard.core.alarm_rates import HOUR, STALE_AFTER, TEN_MINUTES
from wallboard.core.alarms import Subject
from wallboard.language import Words
from wallboard.models.alarm_filter import EVERY_ALARM, AlarmFilter
from wallboard.models.alarms import AlarmListModel, AlarmRow
from wallboard.models.centres import Centres
from wallboard.models.judgement import AlarmJudge
from wallboard.models.store import Store
from wallboard.views.alarms.acting import ActButtons, NoteLine, with_key
from wallboard.views.alarms.delegate import AlarmDelegate
from wallboard.views.alarms.filters import GAP, FilterLine, Offer, all_of
from wallboard.views.alarms.judgement import HEIGHT as JUDGEMENT_HEIGHT
from wallboard.views.alarms.judgement import JudgementStrip
from wallboard.views.controls import WallList
from wallboard.views.theme import Style

SINCE: dict[str | None, AlarmFilter] = {
    None: EVERY_ALARM,
    "ten_minutes": AlarmFilter(within=TEN_MINUTES),
    "hour": AlarmFilter(within=HOUR),
    "shift": AlarmFilter(within=8 * HOUR),
    "longer": AlarmFilter(longer_than=STALE_AFTER),
}
"""What came while somebody was away, or since the shift began, and what stands for so long that it tells nothing."""


class CurrentAlarms(QWidget):
    """`acts`: whether anything can be done about alarms at this wall, or they are only to be seen."""

    filtered = Signal()
    """By something else than before."""

    def __init__(
        self, centres: Centres, judge: AlarmJudge, words: Words, style: Style, *, acts: bool, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.look = style
        self.model = AlarmListModel(centres, self)
        self._centres = centres
        self._judge = judge
        self._flood = False
        self._words = words
        self._acts = acts
        self._asking = ""
        """The act whose reason is being written."""
        self._asked_about: list[AlarmRow] = []
        self.group = QPushButton(with_key(words("alarms.group"), "G"), self)
        self.group.setCheckable(True)
        self.group.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        QShortcut("G", self).activated.connect(self.group.toggle)
        self.group.toggled.connect(self._group)
        since = [Offer(words(f"history_period.{name}"), name) for name in SINCE if name is not None]
        self.filters = FilterLine(centres, words, {"since": [all_of("since", words), *since]}, self)
        self.filters.changed.connect(self._filter)
        self.filters.left.connect(self._focus_list)
        self.judgement = JudgementStrip(judge, centres, words, style, self)
        self.list = WallList(self)
        self.list.setModel(self.model)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.setUniformItemSizes(True)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setAccessibleName(words("alarms.title"))
        self.delegate = AlarmDelegate(self.model, centres, words, style, self.list)
        self.list.setItemDelegate(self.delegate)
        self.empty = QLabel(self)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._found = QStackedWidget(self)
        """Which hands on the focus: the next control is not to take the keys of a list that is empty for a while."""
        self._found.addWidget(self.list)
        self._found.addWidget(self.empty)
        self.buttons = ActButtons(words, self)
        self.buttons.asked.connect(self.ask)
        self.note = NoteLine(words, self)
        self.note.given.connect(self._give)
        self.note.left.connect(self._stop_asking)
        self.note.hide()
        self.buttons.setVisible(acts)
        self._lines = QVBoxLayout(self)
        self._lines.setContentsMargins(0, 0, 0, 0)
        self._lines.addWidget(self.judgement)
        self._lines.addWidget(self.filters)
        self._lines.addWidget(self._found, 1)
        below = QHBoxLayout()
        below.addWidget(self.buttons, 1)
        below.addWidget(self.note, 1)
        below.addStretch(0)
        below.addWidget(self.group)
        self._lines.addLayout(below)
        self.list.selectionModel().selectionChanged.connect(self._fit)
        self.model.dataChanged.connect(self._fit)
        self.set_style(style)

    def begin(self) -> None:
        """With the first alarm chosen, so that a key can act on it at once."""
        self.filters.renew()
        self.refresh()
        self._focus_list()
        if self.model.rows and not self.list.selectionModel().hasSelection():
            self.list.setCurrentIndex(self.model.index(0))

    def end(self) -> None:
        """Nobody who comes later is to look at a part of the alarms and take it for all."""
        self._stop_asking()
        self.filters.reset()
        self.list.clearSelection()

    def count(self) -> str:
        """How many there are, in words; with a filter, of how many."""
        words = self._words
        listed, left_out = sum([row.count for row in self.model.rows]), self.model.left_out
        more = words("format.more", count=words.number(left_out)) if left_out else ""
        count = " ".join(filter(None, (words.number(listed), more)))
        if not self.filters.chooses:
            return count
        return words("alarms.of_all", count=count, total=words.number(listed + left_out + self.model.hidden.alarms))

    def hidden(self) -> str:
        """What the filter hides, in words; empty where it hides nothing."""
        words, hidden = self._words, self.model.hidden
        count, critical = words.number(hidden.alarms), words.number(hidden.critical)
        if hidden.critical:
            return words("alarms.hidden_critical", count=count, critical=critical)
        return words("alarms.hidden", count=count) if hidden.alarms else ""

    def refresh(self) -> None:
        self.model.refresh()
        self.empty.setText(self._words("alarms.none_passes" if self.model.hidden.alarms else "banner.quiet"))
        self._found.setCurrentWidget(self.list if self.model.rows else self.empty)
        self.judgement.refresh()
        self._group_in_a_flood()
        self.list.viewport().update()  # what lasts has grown
        self._fit()

    def flash(self, *, lit: bool) -> None:
        self.delegate.lit = lit
        for position, row in enumerate(self.model.rows):
            if row.unacknowledged:
                self.list.update(self.model.index(position))

    def set_style(self, style: Style) -> None:
        self.look = self.delegate.look = style
        gap = style.px(GAP)
        self._lines.setSpacing(gap)
        self.buttons.set_gap(gap)
        self.note.set_gap(gap)
        self.filters.setVisible(not style.tight)
        self.filters.set_style(style)
        if style.tight:
            self.filters.reset()
        self.judgement.setVisible(not style.tight)
        self.judgement.setFixedHeight(style.px(JUDGEMENT_HEIGHT))
        self.judgement.set_style(style)
        self.group.setVisible(not style.tight)  # its key acts all the same
        self.list.scheduleDelayedItemsLayout()

    def chosen(self) -> list[AlarmRow]:
        """The rows that are selected, in the list's order."""
        places = sorted(index.row() for index in self.list.selectionModel().selectedIndexes())
        return [self.model.rows[place] for place in places]

    @Slot(str)
    def ask(self, name: str) -> None:
        """Do it, or ask first for what must be said with it."""
        rows = self.chosen()
        place = min((self.model.rows.index(row) for row in rows), default=0)
        if name == "acknowledge":
            self._each(rows, lambda store, subjects: store.acknowledge(subjects))
        elif name == "acknowledge_all":
            self._centres.acknowledge(self.model.shown_subjects())
        elif name == "put_back":
            self._put_back(rows)
        elif rows:
            self._asking, self._asked_about = name, rows
            self.buttons.hide()
            self.note.show()
            self.note.ask(name)
            return
        self._choose(place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() != Qt.Key.Key_A:  # on the wall it acknowledges all, whatever is filtered here
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_width()

    def _fit_width(self) -> None:
        taken = self.group.sizeHint().width() + self._lines.spacing() if self.group.isVisibleTo(self) else 0
        self.buttons.fit_width(self.width() - taken)

    @Slot(str, float)
    def _give(self, words: str, for_s: float) -> None:
        rows, place = self._asked_about, self.list.currentIndex().row()
        if self._asking == "shelve":
            self._each(rows, lambda store, subjects: store.shelve(subjects, for_s, words))
        elif self._asking == "comment":
            for row in rows:
                self._centres[row.feed_id].comment(row.subjects[0], words)
        elif self._asking == "take_out":
            for row in rows:
                self._centres[row.feed_id].take_out_of_service(row.rule, words)
        self._stop_asking()
        self._choose(place)

    def _choose(self, place: int) -> None:
        """What has come to where the rows stood that were acted on: the next one to act on, and not they themselves,
        which moved out of sight.
        """
        self.refresh()
        if self.model.rows:
            self.list.setCurrentIndex(self.model.index(max(0, min(place, len(self.model.rows) - 1))))

    def _put_back(self, rows: list[AlarmRow]) -> None:
        for row in rows:
            if row.of_the_rule:
                self._centres[row.feed_id].put_into_service(row.rule)
        self._each([row for row in rows if not row.of_the_rule], lambda store, subjects: store.unshelve(subjects))

    def _each(self, rows: list[AlarmRow], act: Callable[[Store, list[Subject]], object]) -> None:
        """For each centre at once what is chosen of it."""
        by_feed: dict[str, list[Subject]] = {}
        for row in rows:
            by_feed.setdefault(row.feed_id, []).extend(row.subjects)
        for feed_id, subjects in by_feed.items():
            act(self._centres[feed_id], subjects)

    @Slot()
    def _stop_asking(self) -> None:
        self._asking, self._asked_about = "", []
        self.note.hide()
        self.buttons.setVisible(self._acts)
        self._focus_list()

    @Slot()
    def _focus_list(self) -> None:
        shown = self._found.currentWidget()
        if shown is not None:
            shown.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _filter(self) -> None:
        chosen = self.filters.chosen
        self.model.filter = replace(
            SINCE[chosen("since")],
            feed_id=chosen("centre"),
            severity=chosen("severity"),
            rule=chosen("rule"),
            agency=chosen("agency"),
        )
        self.buttons.name_all(filtered=self.filters.chooses)
        self._fit_width()
        self._choose(0)
        self.filtered.emit()

    def _group_in_a_flood(self) -> None:
        """When one begins and when it is over; in between as a person likes it."""
        flood = self._judge.judge().flood is not None
        if flood is not self._flood:
            self._flood = flood
            chosen = {row.id for row in self.chosen()}
            self.group.setChecked(flood)
            self._choose_again(chosen)

    def _choose_again(self, ids: set[str]) -> None:
        """Those that are still there, else nothing: a key that was meant for one alarm must not act on another."""
        selection = self.list.selectionModel()
        selection.clear()
        for place, row in enumerate(self.model.rows):
            if row.id in ids:
                selection.select(self.model.index(place), QItemSelectionModel.SelectionFlag.Select)

    @Slot(bool)
    def _group(self, wanted: bool) -> None:
        self.model.grouped = wanted
        self._choose(0)

    @Slot()
    def _fit(self) -> None:
        self.buttons.fit(self.chosen())
