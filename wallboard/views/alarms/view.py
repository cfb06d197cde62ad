"""What stands in place of the panels when somebody asks for the alarms: those that are there, and their history."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from wallboard.history.entries import Exportable
from wallboard.language import Words
from wallboard.models.centres import Centres
from wallboard.models.judgement import AlarmJudge
from wallboard.views.alarms.acting import with_key
from wallboard.views.alarms.current import CurrentAlarms
from wallboard.views.alarms.filters import GAP
from wallboard.views.alarms.history import AlarmHistory
from wallboard.views.controls import style_sheet
from wallboard.views.theme import Style

LEFT_ALONE_MS = 300_000
"""Without a key or a click the panels come back: a wall is not left on a list that somebody opened and forgot."""

MARGIN = 18

_TOUCHES = frozenset({QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress, QEvent.Type.Wheel})


class AlarmView(QWidget):
    """`acts`: whether anything can be done about alarms at this wall. Without a `log` there is no history."""

    left = Signal()
    """The panels are wanted again."""

    def __init__(
        self,
        centres: Centres,
        judge: AlarmJudge,
        log: Exportable | None,
        words: Words,
        style: Style,
        *,
        acts: bool,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self._words = words
        self.current = CurrentAlarms(centres, judge, words, style, acts=acts, parent=self)
        self.history = AlarmHistory(centres, log, words, style, parent=self) if log is not None else None
        self.title = QLabel(self)
        self.title.setObjectName("title")
        self.hidden = QLabel(self)
        """What the list's filter hides."""
        self.hidden.setObjectName("caution")
        self.hidden.setWordWrap(True)
        self.turn = QPushButton(self)
        QShortcut("H", self).activated.connect(self.turn_over)
        self.turn.clicked.connect(self.turn_over)
        self.turn.setVisible(self.history is not None)
        self.close_button = QPushButton(with_key(words("alarms.close"), "L"), self)
        QShortcut("L", self).activated.connect(self.left)
        self.close_button.clicked.connect(self.left)
        self.current.filtered.connect(self._entitle)
        self._parts = QStackedWidget(self)
        self._parts.addWidget(self.current)
        if self.history is not None:
            self._parts.addWidget(self.history)
        top = QHBoxLayout()
        top.addWidget(self.title)
        top.addWidget(self.hidden, 1)
        top.addStretch(0)
        top.addWidget(self.turn)
        top.addWidget(self.close_button)
        self._lines = QVBoxLayout(self)
        self._lines.addLayout(top)
        self._lines.addWidget(self._parts, 1)
        self._alone = QTimer(self)
        self._alone.setSingleShot(True)
        self._alone.setInterval(LEFT_ALONE_MS)
        self._alone.timeout.connect(self.left)
        for watched in self.findChildren(QWidget):
            watched.installEventFilter(self)
        self.set_style(style)

    @property
    def shows_history(self) -> bool:
        return self._parts.currentWidget() is self.history

    def open(self) -> None:
        self.setVisible(True)
        self._show(self.current)
        self._alone.start()

    def close_list(self) -> None:
        self._alone.stop()
        self.current.end()
        self.setVisible(False)

    def refresh(self) -> None:
        """The history is as it was when it was read: nothing moves under whoever reads it."""
        if not self.shows_history:
            self.current.refresh()
        self._entitle()

    def flash(self, *, lit: bool) -> None:
        self.current.flash(lit=lit)

    def set_style(self, style: Style) -> None:
        self.setStyleSheet(style_sheet(style, "AlarmView"))
        margin = style.height(MARGIN, MARGIN // 2)
        self._lines.setContentsMargins(margin, margin, margin, margin)
        self._lines.setSpacing(style.px(GAP))
        self.hidden.setContentsMargins(style.px(GAP), 0, 0, 0)
        self.hidden.setVisible(not style.tight)  # where there is no filter
        self.current.set_style(style)
        if self.history is not None:
            self.history.set_style(style)

    @Slot()
    def turn_over(self) -> None:
        """To the history, or back."""
        if self.history is not None:
            self._show(self.current if self.shows_history else self.history)

    def _show(self, part: CurrentAlarms | AlarmHistory) -> None:
        self._parts.setCurrentWidget(part)
        part.begin()
        self._entitle()

    @Slot()
    def _entitle(self) -> None:
        words = self._words
        name = words("alarms.history" if self.shows_history else "alarms.title")
        count = self.history.count() if self.history is not None and self.shows_history else self.current.count()
        self.title.setText(" · ".join(filter(None, (name, count))))
        self.hidden.setText("" if self.shows_history else self.current.hidden())
        self.turn.setText(with_key(words("alarms.title" if self.shows_history else "alarms.history"), "H"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _TOUCHES:
            self._alone.start()
        return super().eventFilter(watched, event)
