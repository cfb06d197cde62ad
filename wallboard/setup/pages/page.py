"""What the pages have in common."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFormLayout,
    QFrame,
    QLabel,
    QRadioButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
    QWizardPage,
)

from wallboard.language import Words
from wallboard.setup.choices import Choices
from wallboard.views.theme import Style

MARGIN = 24


class Draft:
    """What has been chosen so far, for every page; the token apart, for it is written nowhere."""

    def __init__(self, choices: Choices) -> None:
        self.choices = choices
        self.token = ""
        self.demo = False


class Page(QWizardPage):
    """A title, a sentence below it, and whatever the page asks. `name` is where its words stand, below `setup`."""

    name: str

    def __init__(self, draft: Draft, style: Style) -> None:
        super().__init__()
        self.draft = draft
        self.style_of_wall = style
        self.words = Words(draft.choices.language)
        self._texts: list[tuple[Callable[[str], object], str]] = []
        body = QWidget(self)
        self.lines = QVBoxLayout(body)
        room = QScrollArea(self)
        room.setWidget(body)
        room.setWidgetResizable(True)
        room.setFrameShape(QFrame.Shape.NoFrame)
        # The first child that Tab reaches has the keys on a new page: the first question, not what is around it.
        room.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        room.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(room)
        self.lines.setSpacing(style.px(14))
        self.lines.setContentsMargins(*[style.px(MARGIN)] * 4)
        title = QLabel(self)
        title.setObjectName("title")
        self.lines.addWidget(title)
        self.entitle(title.setText, "title")
        self.introduction = self.sentence("introduction")
        self.lines.addWidget(self.introduction)

    def entitle(self, set_text: Callable[[str], object], key: str) -> None:
        """Words that follow the language."""
        self._texts.append((set_text, key))
        set_text(self.said(key))

    def sentence(self, key: str) -> QLabel:
        label = self.line()
        self.entitle(label.setText, key)
        return label

    def line(self) -> QLabel:
        """Plain text, in as many lines as it needs."""
        label = QLabel(self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        return label

    def choice(self, key: str, into: QVBoxLayout) -> QRadioButton:
        """With a sentence below it that says what it means."""
        button = QRadioButton(self)
        self.entitle(button.setText, key)
        into.addWidget(button)
        meaning = self.sentence(f"{key}_means")
        meaning.setObjectName("aside")
        meaning.setIndent(self.style_of_wall.px(34))
        into.addWidget(meaning)
        return button

    def ask(self, form: QFormLayout, key: str, widget: QWidget) -> None:
        label = QLabel(self)
        label.setBuddy(widget)
        self.entitle(label.setText, key)
        form.addRow(label, widget)

    def form(self) -> QFormLayout:
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setHorizontalSpacing(self.style_of_wall.px(24))
        form.setVerticalSpacing(self.style_of_wall.px(12))
        return form

    def said(self, key: str, **values: object) -> str:
        return self.words(f"setup.{self.name}.{key}", **values)

    def set_words(self, words: Words) -> None:
        self.words = words
        for set_text, key in self._texts:
            set_text(self.said(key))


def mark(widget: QWidget, *, wrong: bool) -> None:
    """What cannot be as it is gets a rim."""
    widget.setProperty("wrong", wrong)
    widget.style().polish(widget)
