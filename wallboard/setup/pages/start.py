"""The language, and whether a real centre is shown."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace
from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QRadioButton

from wallboard.language import Language, Words
from wallboard.setup.pages.page import Draft, Page
from wallboard.setup.writing import replaced
from wallboard.views.theme import Style

NAMES = {Language.INDONESIAN: "Bahasa Indonesia", Language.ENGLISH: "English"}
"""Each in its own words: whoever looks for a language need not read another."""


class StartPage(Page):
    name = "start"
    language_chosen = Signal(object)

    def __init__(self, draft: Draft, style: Style, target: Path) -> None:
        super().__init__(draft, style)
        self._target = target
        languages = QButtonGroup(self)
        row = QHBoxLayout()
        row.setSpacing(style.px(40))
        self.languages: dict[Language, QRadioButton] = {}
        for language, name in NAMES.items():
            button = self.languages[language] = QRadioButton(name, self)
            button.setChecked(language is draft.choices.language)
            languages.addButton(button)
            row.addWidget(button)
        languages.buttonToggled.connect(self._choose)
        row.addStretch(1)
        self.lines.addLayout(row)
        self.lines.addSpacing(style.px(16))
        self.lines.addWidget(self.sentence("what"))
        sources = QButtonGroup(self)
        self.centre = self.choice("centre", self.lines)
        self.demo = self.choice("demo", self.lines)
        self.centre.setChecked(True)
        for button in (self.centre, self.demo):
            sources.addButton(button)
        self.demo.toggled.connect(self._choose_demo)
        self.lines.addStretch(1)
        self._note = self.line()
        self._note.setObjectName("aside")
        self.lines.addWidget(self._note)
        self.set_words(self.words)

    def set_words(self, words: Words) -> None:
        super().set_words(words)
        if not self._target.exists():
            return
        self.introduction.setText(self.said("introduction_again"))
        centres = self.draft.choices.centres
        notes = [self.said("it_stays" if centres else "it_is_replaced", path=replaced(self._target))]
        if centres > 1:
            notes.append(self.said("first_of_several", count=centres))
        self._note.setText(" ".join(notes))

    @Slot(QAbstractButton, bool)
    def _choose(self, button: QAbstractButton, chosen: bool) -> None:
        if not chosen:
            return
        language = next(language for language, one in self.languages.items() if one is button)
        self.draft.choices = replace(self.draft.choices, language=language)
        self.language_chosen.emit(language)

    @Slot(bool)
    def _choose_demo(self, demo: bool) -> None:
        self.draft.demo = demo
        self.setFinalPage(demo)
        self.completeChanged.emit()

    def nextId(self) -> int:  # noqa: N802
        return -1 if self.draft.demo else super().nextId()
