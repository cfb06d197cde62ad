"""What the screen is for, and from how far it is read."""

from __future__ import annotations

import math

from msgspec.structs import replace
from PySide6.QtCore import Slot
from PySide6.QtGui import QGuiApplication, QScreen
from PySide6.QtWidgets import QButtonGroup, QCheckBox, QComboBox, QDoubleSpinBox, QLineEdit

from wallboard.language import Words
from wallboard.setup.choices import Role, Viewing
from wallboard.setup.pages.page import Draft, Page, mark
from wallboard.views.locales import LOCALES
from wallboard.views.theme import MM_PER_INCH, Style, capital_mm, unit_for_distance, unit_for_screen

LONGEST_POSITION = 60

DIAGONAL_IN = (5.0, 1_000.0)
DISTANCE_M = (0.3, 100.0)
"""As the configuration allows."""

USUAL_DIAGONAL_IN, USUAL_DISTANCE_M = 55.0, 3.0
"""Of a screen on a control room's wall, until the person says."""

PLAUSIBLE_MM = 200
"""A screen that says it is smaller does not know its size: projectors and virtual machines say anything."""


class ScreenPage(Page):
    name = "screen"

    def __init__(self, draft: Draft, style: Style) -> None:
        super().__init__(draft, style)
        roles = QButtonGroup(self)
        self.roles = {role: self.choice(role.value, self.lines) for role in Role}
        for role, button in self.roles.items():
            roles.addButton(button)
            button.setChecked(role is draft.choices.role)
        form = self.form()
        self.lines.addSpacing(style.px(10))
        self.lines.addLayout(form)
        self.position = QLineEdit(draft.choices.position, self)
        self.position.setMaxLength(LONGEST_POSITION)
        self.ask(form, "position", self.position)
        self.screen_name = QComboBox(self)
        self.ask(form, "screen", self.screen_name)
        self._list_screens()
        self.measured = QCheckBox(self)
        self.entitle(self.measured.setText, "measured")
        self.measured.setChecked(draft.choices.viewing is not None)
        form.addRow(self.measured)
        viewing = draft.choices.viewing or Viewing(self._told_diagonal_in() or USUAL_DIAGONAL_IN, USUAL_DISTANCE_M)
        self.diagonal_in = self._number(viewing.diagonal_in, DIAGONAL_IN)
        self.ask(form, "diagonal_in", self.diagonal_in)
        self.distance_m = self._number(viewing.distance_m, DISTANCE_M)
        self.ask(form, "viewing_distance_m", self.distance_m)
        self.letters = self.line()
        self.letters.setObjectName("aside")
        form.addRow(self.letters)
        self.wrong = self.line()
        self.wrong.setObjectName("wrong")
        self.lines.addWidget(self.wrong)
        self.lines.addStretch(1)
        self.measured.toggled.connect(self._show_size)
        self.screen_name.currentIndexChanged.connect(self._show_size)
        self.diagonal_in.valueChanged.connect(self._show_size)
        self.distance_m.valueChanged.connect(self._show_size)
        self.set_words(self.words)

    def set_words(self, words: Words) -> None:
        super().set_words(words)
        self.screen_name.setItemText(0, self.said("primary"))
        self.position.setPlaceholderText(self.said("position_example"))
        self.diagonal_in.setSuffix(self.said("inches"))
        self.distance_m.setSuffix(" m")
        for number in (self.diagonal_in, self.distance_m):
            number.setLocale(LOCALES[words.language])
        self.wrong.setText("")
        self._show_size()

    def _number(self, value: float, bounds: tuple[float, float]) -> QDoubleSpinBox:
        number = QDoubleSpinBox(self)
        number.setDecimals(1)
        number.setRange(*bounds)
        number.setSingleStep(0.5)
        number.setValue(value)
        return number

    def _list_screens(self) -> None:
        self.screen_name.addItem("", "")
        for screen in QGuiApplication.screens():
            width, height = screen.size().toTuple()
            self.screen_name.addItem(f"{screen.name()} · {width} × {height}", screen.name())
        chosen = self.draft.choices.screen
        if chosen and self.screen_name.findData(chosen) < 0:  # it may be switched off just now
            self.screen_name.addItem(chosen, chosen)
        self.screen_name.setCurrentIndex(max(0, self.screen_name.findData(chosen)))

    def _screen(self) -> QScreen:
        name = self.screen_name.currentData()
        found = (screen for screen in QGuiApplication.screens() if screen.name() == name)
        return next(found, QGuiApplication.primaryScreen())

    def _told_diagonal_in(self) -> float | None:
        """As the screen says of itself."""
        told = self._screen().physicalSize()
        if told.width() < PLAUSIBLE_MM:
            return None
        return round(math.hypot(told.width(), told.height()) / MM_PER_INCH, 1)

    @Slot()
    def _show_size(self) -> None:
        measured = self.measured.isChecked()
        for number in (self.diagonal_in, self.distance_m):
            number.setEnabled(measured)
        if not measured:
            self.letters.setText(self.said("size_by_height"))
            return
        width, height = self._screen().size().toTuple()
        distance_m = self.distance_m.value()
        unit = unit_for_distance(width, height, self.diagonal_in.value(), distance_m)
        times = unit / unit_for_screen(width, height)
        self.letters.setText(
            self.said("size", mm=self.words.number(capital_mm(distance_m)), times=self.words.number(times, 1))
        )

    def validatePage(self) -> bool:  # noqa: N802
        choices = replace(
            self.draft.choices,
            role=next(role for role, button in self.roles.items() if button.isChecked()),
            position=self.position.text(),
            screen=self.screen_name.currentData() or "",
            viewing=Viewing(self.diagonal_in.value(), self.distance_m.value()) if self.measured.isChecked() else None,
        )
        wrong = choices.wrong()
        mark(self.position, wrong="position" in wrong)
        if wrong:
            self.wrong.setText("\n".join(self.said("wrong", option=option) for option in wrong))
            return False
        self.wrong.setText("")
        self.draft.choices = choices
        return True
