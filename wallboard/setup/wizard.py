"""The window of the first start."""

from __future__ import annotations

import contextlib
from enum import Enum, auto
from pathlib import Path

from msgspec.structs import replace
from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QColor, QGuiApplication, QPainter, QPixmap
from PySide6.QtWidgets import QMessageBox, QWizard

from wallboard.app import ICON, application, until_quit
from wallboard.configuration.load import FileErrors
from wallboard.declared import reading
from wallboard.language import Language, Words
from wallboard.setup.choices import Choices, chosen
from wallboard.setup.installed import first_choices
from wallboard.setup.pages.attempt import AttemptPage
from wallboard.setup.pages.page import Draft
from wallboard.setup.pages.screen import ScreenPage
from wallboard.setup.pages.server import ServerPage
from wallboard.setup.pages.start import StartPage
from wallboard.setup.pages.summary import SummaryPage
from wallboard.views.controls import style_sheet
from wallboard.views.theme import DARK, LIGHT, Style, load_fonts

DESK_UNIT = 0.8
"""Pixels of a unit on a screen of 96 to the inch: the smallest text has 16, as on a desk it should."""

PLAIN_DPI = 96

WIDTH, HEIGHT = 1_200, 860

TITLE_BAR = 60
"""Units that a system's frame may take."""

BAND, EMBLEM = 200, 104
"""Width of the dark band at the left, and of the emblem in it."""


class Ending(Enum):
    CANCELLED = auto()
    DEMO = auto()
    """A simulated centre is wanted; nothing was written."""
    CONFIGURED = auto()


class SetupWizard(QWizard):
    """Writes to `target`; begins with `choices`."""

    def __init__(self, target: Path, choices: Choices) -> None:
        super().__init__()
        load_fonts()
        style = desk_style()
        self.draft = Draft(choices)
        self.setWizardStyle(QWizard.WizardStyle.ClassicStyle)
        self.setOptions(QWizard.WizardOption.NoBackButtonOnStartPage)
        self.setWindowTitle("Wallboard")
        self.start = StartPage(self.draft, style, target)
        self.server = ServerPage(self.draft, style)
        self.attempt = AttemptPage(self.draft, style)
        self.screen_page = ScreenPage(self.draft, style)
        self.summary = SummaryPage(self.draft, style, target)
        self.every_page = (self.start, self.server, self.attempt, self.screen_page, self.summary)
        for page in self.every_page:
            self.addPage(page)
        self.start.language_chosen.connect(self._speak)
        self.setStyleSheet(style_sheet(style, "QWizard"))
        self._take_room(style)
        self._speak(choices.language)

    def _take_room(self, style: Style) -> None:
        """As much as it likes, and no more than there is: a small or enlarged screen has no room for the emblem."""
        wanted = QSize(style.px(WIDTH), style.px(HEIGHT))
        free = QGuiApplication.primaryScreen().availableGeometry().size() - QSize(0, style.px(TITLE_BAR))
        size = wanted.boundedTo(free)
        self.setMinimumSize(size)
        if size == wanted:
            self.setPixmap(QWizard.WizardPixmap.WatermarkPixmap, _emblem(style))

    @property
    def ending(self) -> Ending:
        if self.result() != QWizard.DialogCode.Accepted:
            return Ending.CANCELLED
        return Ending.DEMO if self.draft.demo else Ending.CONFIGURED

    def reject(self) -> None:
        if self.currentPage() is self.start or self.may_leave():
            super().reject()

    def may_leave(self) -> bool:
        """Asks whoever would lose what was typed."""
        box = QMessageBox(QMessageBox.Icon.Question, "Wallboard", self._words("setup.leave"), parent=self)
        leave = box.addButton(self._words("setup.cancel"), QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(box.addButton(self._words("setup.back"), QMessageBox.ButtonRole.RejectRole))
        box.exec()
        return box.clickedButton() is leave

    def done(self, result: int) -> None:
        if result != QWizard.DialogCode.Accepted:
            self.attempt.end()
        super().done(result)

    @Slot(object)
    def _speak(self, language: Language) -> None:
        self._words = words = Words(language)
        for page in self.every_page:
            page.set_words(words)
        buttons = QWizard.WizardButton
        for button, key in (
            (buttons.BackButton, "back"),
            (buttons.NextButton, "next"),
            (buttons.CancelButton, "cancel"),
        ):
            self.setButtonText(button, words(f"setup.{key}"))
        self.start.setButtonText(buttons.FinishButton, words("setup.open_demo"))
        self.summary.setButtonText(buttons.FinishButton, words("setup.finish"))


def run(target: Path, there: Path | None, language: str | None = None) -> tuple[Ending, Language]:
    """Asks, and writes `target`. Begins with the configuration that is `there`; one that cannot be read is asked for
    anew. Returns the language too, which a demo keeps nowhere.
    """
    choices = first_choices()
    if there is not None:
        with contextlib.suppress(FileErrors):
            choices = chosen(reading.read(there), there.parent, choices.role)
    if language is not None:
        choices = replace(choices, language=Language(language))
    app = application()
    wizard = SetupWizard(target, choices)
    wizard.finished.connect(app.quit)
    wizard.show()
    wizard.activateWindow()
    until_quit(app)
    return wizard.ending, wizard.draft.choices.language


def desk_style() -> Style:
    """As the system's own windows are sized, for eyes at a desk."""
    dpi = QGuiApplication.primaryScreen().logicalDotsPerInch()
    return Style(LIGHT, DESK_UNIT * dpi / PLAIN_DPI)


def _emblem(style: Style) -> QPixmap:
    """The program's icon on the colour of its wall."""
    band = QPixmap(style.px(BAND), style.px(HEIGHT))
    band.fill(QColor(DARK.background))
    side, left = style.px(EMBLEM), style.px((BAND - EMBLEM) / 2)
    icon = QPixmap(str(ICON)).scaled(
        side, side, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    )
    painter = QPainter(band)
    painter.drawPixmap(left, left, icon)
    painter.end()
    return band
