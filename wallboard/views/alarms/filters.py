"""A row of choices by which alarms are filtered, those that are there and those of the log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from PySide6.QtCore import QEvent, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QKeyEvent, QPaintEvent, QPalette, QResizeEvent, QShortcut, QWheelEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QWidget,
)

from wallboard.core.alarms import Severity
from wallboard.language import Words
from wallboard.models.centres import Centres
from wallboard.views.alarms.acting import with_key
from wallboard.views.theme import Style
from wallboard.views.wording import rule_name

KEY = "F"
GAP = 12
DONE = frozenset({Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter})
NAMES = frozenset({"centre", "rule", "agency"})
"""Their offers are of any length: where there is no room they give way to that of the first, all of them. The list that
they open shows them whole.
"""


class Offer(NamedTuple):
    """`value` None is all."""

    text: str
    value: object


def all_of(name: str, words: Words) -> Offer:
    return Offer(words(f"alarm_filter_all.{name}"), None)


class Choice(QComboBox):
    """Letters and digits are the wall's keys here, and no search. Nothing is chosen by a wheel that turns over it."""

    left = Signal()
    """Whoever chose is done."""

    def __init__(self, name: str, parent: QWidget, *, gives_way: bool) -> None:
        super().__init__(parent)
        self._gives_way = gives_way
        self.setAccessibleName(name)
        self.setToolTip(name)

    def offer(self, offers: Iterable[Offer]) -> None:
        """These, in place of those that were offered; what is chosen stays so where it is still among them."""
        chosen = self.currentData()
        self.blockSignals(True)
        self.clear()
        for text, value in offers:
            self.addItem(text, value)
        self.setCurrentIndex(max(0, self.findData(chosen)))
        self.blockSignals(False)
        self.updateGeometry()

    def set_ground(self, colour: QColor) -> None:
        """Of the list that it opens: a style sheet leaves it white above and below the offers."""
        frame = self.view().window()
        palette = frame.palette()
        for role in (QPalette.ColorRole.Window, QPalette.ColorRole.Base, QPalette.ColorRole.Button):
            palette.setColor(role, colour)
        frame.setPalette(palette)

    def sizeHint(self) -> QSize:
        """Of what is offered now; Qt's own is of what was offered when it was first shown."""
        return self._holding([self.itemText(place) for place in range(self.count())])

    def minimumSizeHint(self) -> QSize:
        return self._holding([self.itemText(0)]) if self._gives_way else self.sizeHint()

    def _holding(self, texts: Sequence[str]) -> QSize:
        self.ensurePolished()
        metrics, option = self.fontMetrics(), QStyleOptionComboBox()
        self.initStyleOption(option)
        text = QSize(max(map(metrics.horizontalAdvance, texts), default=0), metrics.height())
        width = self.style().sizeFromContents(QStyle.ContentsType.CT_ComboBox, option, text, self).width()
        return QSize(width, super().sizeHint().height())

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() in DONE:
            event.accept()  # or Enter would act on the alarm that is chosen in the list
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in DONE:
            self.left.emit()
        elif event.text().strip():
            event.ignore()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """As Qt paints it, but a text that has no room is cut short and says so."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        elide = Qt.TextElideMode.ElideRight
        option.currentText = self.fontMetrics().elidedText(self.currentText(), elide, self.room())
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        painter.end()

    def room(self) -> int:
        """Pixels, for its text."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        part = QStyle.SubControl.SC_ComboBoxEditField
        return self.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, part, self).width()

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def showPopup(self) -> None:
        view = self.view()
        view.setMinimumWidth(view.sizeHintForColumn(0) + 2 * view.frameWidth() + view.verticalScrollBar().width())
        super().showPopup()


class FilterLine(QWidget):
    """First the `own` choices of a view, by name, then those that all have; as many as have room. `changed` when
    something else is chosen, `left` when whoever chose is done.
    """

    changed = Signal()
    left = Signal()

    def __init__(self, centres: Centres, words: Words, own: Mapping[str, Iterable[Offer]], parent: QWidget) -> None:
        super().__init__(parent)
        self._centres = centres
        self._words = words
        self._title = QLabel(with_key(words("alarm_filter.title"), KEY), self)
        self._title.setObjectName("aside")
        QShortcut(KEY, self).activated.connect(self.enter)
        self.choices: dict[str, Choice] = {}
        self._line = QHBoxLayout(self)
        self._line.setContentsMargins(0, 0, 0, 0)
        self._line.addWidget(self._title)
        for name, offers in {
            **own,
            "centre": self._centres_offered(),
            "severity": self._severities_offered(),
            "rule": self._rules_offered(),
            "agency": [all_of("agency", words)],
        }.items():
            choice = self.choices[name] = Choice(words(f"alarm_filter.{name}"), self, gives_way=name in NAMES)
            choice.offer(offers)
            choice.currentIndexChanged.connect(self._change)
            choice.left.connect(self.left)
            self._line.addWidget(choice)
        self._line.addStretch(1)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._far = False

    def chosen(self, name: str) -> Any:
        return self.choices[name].currentData()

    @property
    def chooses(self) -> bool:
        """Something else than the first of its offers is chosen."""
        return any(choice.currentIndex() > 0 for choice in self.choices.values())

    def renew(self) -> None:
        """Offer what the feeds have told by now; what was chosen and is not among it is no longer."""
        chosen = self.chosen("agency")
        self.choices["centre"].offer(self._centres_offered())
        self.choices["agency"].offer(self._agencies_offered())
        self._fit()
        if self.chosen("agency") != chosen:
            self.changed.emit()

    def reset(self) -> None:
        """Of each the first again."""
        if self.chooses:
            for choice in self.choices.values():
                choice.blockSignals(True)
                choice.setCurrentIndex(0)
                choice.blockSignals(False)
            self._change()

    def set_style(self, style: Style) -> None:
        """On a far wall without what may be left as it is."""
        self._line.setSpacing(style.px(GAP))
        self._far = style.tight
        self._title.setVisible(not style.tight)
        for choice in self.choices.values():
            choice.set_ground(style.colour("panel"))
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """What cannot be seen is all."""
        gap = self._line.spacing()
        room = self.width() - (0 if self._far else self._title.sizeHint().width())
        for name, choice in self.choices.items():
            needed = choice.itemData(0) is not None
            wanted = needed or not (self._far or (name == "centre" and len(self._centres) == 1))
            if wanted:
                room -= choice.minimumSizeHint().width() + gap
            choice.setVisible(needed or (wanted and room >= 0))
            if not (needed or choice.isVisibleTo(self)):
                choice.setCurrentIndex(0)

    @Slot()
    def enter(self) -> None:
        first = next((choice for choice in self.choices.values() if choice.isVisible()), None)
        if first is not None:
            first.setFocus(Qt.FocusReason.ShortcutFocusReason)

    @Slot()
    def _change(self) -> None:
        self.choices["agency"].offer(self._agencies_offered())  # of the centre that is chosen
        self.changed.emit()

    def _centres_offered(self) -> list[Offer]:
        names = [Offer(store.situation.name, store.situation.settings.feed_id) for store in self._centres.stores]
        return [all_of("centre", self._words), *names]

    def _severities_offered(self) -> list[Offer]:
        severities = sorted(Severity, reverse=True)
        names = [Offer(self._words(f"banner.{severity.name.lower()}"), severity) for severity in severities]
        return [all_of("severity", self._words), *names]

    def _rules_offered(self) -> list[Offer]:
        known = {name: rule for store in self._centres.stores for name, rule in store.situation.alarms.rules.items()}
        names = [Offer(rule_name(self._words, rule), name) for name, rule in known.items()]
        return [all_of("rule", self._words), *names]

    def _agencies_offered(self) -> list[Offer]:
        """One whose identifier means something else at another centre has the names of both."""
        names: dict[str, dict[str, None]] = {}
        for store in self._centres.stores:
            if self.chosen("centre") in (None, store.situation.settings.feed_id):
                for agency in store.situation.agencies():
                    names.setdefault(agency.id, {})[agency.name] = None
        return [all_of("agency", self._words), *[Offer(" / ".join(of), agency) for agency, of in names.items()]]
