"""What a person can do about the alarms that are chosen: the row of buttons, and the line for a reason or a remark."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget

from wallboard.core.alarms import SHOWN, WANT_ACKNOWLEDGING, AlarmState
from wallboard.language import MINUTE_S, Words
from wallboard.models.alarms import AlarmRow

SHELVE_MIN = (5, 15, 60)
"""How long an alarm can be put aside: to look at it, to have somebody called, and a work on a line."""

LONGEST_NOTE = 200


class Act(NamedTuple):
    """`key` as Qt writes it; `fits` says whether it can be done to a row."""

    name: str
    key: str
    fits: Callable[[AlarmRow], bool]


ACTS = (
    Act("acknowledge", "Enter", lambda row: row.state in WANT_ACKNOWLEDGING or bool(row.unacknowledged)),
    Act("acknowledge_all", "A", lambda row: True),
    Act("shelve", "S", lambda row: row.state in SHOWN or row.state is AlarmState.SHELVED),
    Act("comment", "C", lambda row: row.count == 1 and not row.of_the_rule),
    Act("take_out", "O", lambda row: row.state is not AlarmState.OUT_OF_SERVICE),
    Act("put_back", "U", lambda row: row.state is AlarmState.SHELVED or row.of_the_rule),
)


KEYS_OF = {"Enter": ("Return", "Enter")}
"""The keypad has one of its own."""


def with_key(text: str, key: str) -> str:
    return f"{text}  [{key}]"


class ActButtons(QWidget):
    asked = Signal(str)
    """The name of an act."""

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self.buttons: dict[str, QPushButton] = {}
        self._line = QHBoxLayout(self)
        self._line.setContentsMargins(0, 0, 0, 0)
        for act in ACTS:
            button = QPushButton(with_key(words(f"alarm_act.{act.name}"), act.key), self)
            button.clicked.connect(partial(self._ask, act.name))
            for key in KEYS_OF.get(act.key, (act.key,)):  # not the button's own, which act a tenth of a second later
                QShortcut(key, self).activated.connect(partial(self._ask, act.name))
            self._line.addWidget(button)
            self.buttons[act.name] = button
        self._line.addStretch(1)

    def _ask(self, name: str, _checked: bool = False) -> None:
        if self.buttons[name].isEnabled():
            self.asked.emit(name)

    def set_gap(self, px: int) -> None:
        self._line.setSpacing(px)

    def name_all(self, *, filtered: bool) -> None:
        """All is what passes the filter, where there is one."""
        name = "acknowledge_filtered" if filtered else "acknowledge_all"
        self.buttons["acknowledge_all"].setText(with_key(self._words(f"alarm_act.{name}"), "A"))

    def fit_width(self, width: int) -> None:
        """Show as many as have room, the most important first: the keys of the others act all the same."""
        gap = self._line.spacing()
        for button in self.buttons.values():
            button.ensurePolished()
            width -= button.sizeHint().width() + gap
            button.setVisible(width + gap >= 0)

    def fit(self, rows: Sequence[AlarmRow]) -> None:
        """Offer what can be done to any of these rows."""
        for act in ACTS:
            self.buttons[act.name].setEnabled(any(map(act.fits, rows)))


class NoteLine(QWidget):
    """Asks for a reason or a remark, and for how long where that is to be said. It is never done without words."""

    given = Signal(str, float)
    """The words, and for how many seconds; 0 where no time was asked."""
    left = Signal()

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self.label = QLabel(self)
        self.edit = QLineEdit(self)
        self.edit.setMaxLength(LONGEST_NOTE)
        self.edit.textChanged.connect(self._look)
        self.edit.returnPressed.connect(self._give_default)
        self.buttons: list[QPushButton] = []
        self._default_s = 0.0
        self._line = QHBoxLayout(self)
        self._line.setContentsMargins(0, 0, 0, 0)
        self._line.addWidget(self.label)
        self._line.addWidget(self.edit, 1)

    def set_gap(self, px: int) -> None:
        self._line.setSpacing(px)

    def ask(self, name: str) -> None:
        """For an act of this name."""
        self.label.setText(self._words(f"alarm_ask.{name}"))
        self.edit.clear()
        for button in self.buttons:
            self._line.removeWidget(button)
            button.deleteLater()
        times_s = [minutes * MINUTE_S for minutes in SHELVE_MIN] if name == "shelve" else [0]
        self._default_s = float(times_s[0])
        self.buttons = []
        for time_s in times_s:
            minutes = self._words.number(time_s / MINUTE_S)
            text = self._words("alarms.minutes", count=minutes) if time_s else self._words("alarms.save")
            button = QPushButton(text, self)
            button.clicked.connect(partial(self._give, float(time_s)))
            self._line.addWidget(button)
            self.buttons.append(button)
        self._look()
        self.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    @Slot()
    def _look(self) -> None:
        for button in self.buttons:
            button.setEnabled(bool(self.edit.text().strip()))

    @Slot()
    def _give_default(self) -> None:
        self._give(self._default_s)

    def _give(self, seconds: float, _checked: bool = False) -> None:
        note = self.edit.text().strip()
        if note:
            self.given.emit(note, seconds)
