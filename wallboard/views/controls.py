"""Qt's own controls in the wall's colours and sizes: for what is operated, where panels are only read."""

from __future__ import annotations

from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QListView

from wallboard.views.theme import FONT_FAMILY, Style, Type


class WallList(QListView):
    """Letters and digits are the wall's keys here, and no search."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.text().strip():
            event.ignore()
        else:
            super().keyPressEvent(event)


def style_sheet(style: Style, ground: str) -> str:
    """For a widget of the class `ground` and everything in it. What has the focus is rimmed, so that a keyboard alone
    is enough; a label or field whose property `wrong` is true stands out.
    """

    def colour(name: str) -> str:
        return style.colour(name).name()

    px = style.px
    size = style.font(Type.CAPTION).pixelSize()
    return f"""
        {ground} {{ background: {colour("panel")}; border-radius: {px(10)}px; }}
        * {{ font-family: "{FONT_FAMILY}"; font-size: {size}px; color: {colour("text")}; }}
        QAbstractItemView {{ background: {colour("panel")}; border: none; outline: none; }}
        QLabel, QScrollArea, QScrollArea > QWidget > QWidget {{ background: transparent; }}
        QLabel#heading {{ font-size: {style.font(Type.BODY).pixelSize()}px; font-weight: bold; }}
        QLabel#aside {{ color: {colour("muted")}; }}
        QLabel#caution {{ color: {colour("warning")}; }}
        QLabel#wrong, QLabel[wrong="true"] {{ color: {colour("critical")}; }}
        QLabel#title {{ font-size: {style.font(Type.HEADING).pixelSize()}px; font-weight: bold; }}
        QPushButton, QComboBox, QLineEdit, QDateTimeEdit, QDoubleSpinBox, QPlainTextEdit {{
            background: {colour("panel")}; border: {px(1.5)}px solid {colour("outline")};
            border-radius: {px(8)}px; padding: {px(7)}px {px(14)}px;
        }}
        QPushButton:focus, QComboBox:focus, QLineEdit:focus, QDateTimeEdit:focus, QDoubleSpinBox:focus,
        QPlainTextEdit:focus {{
            border: {px(3)}px solid {colour("information")}; padding: {px(5.5)}px {px(12.5)}px;
        }}
        QLineEdit[wrong="true"], QComboBox[wrong="true"] {{
            border: {px(3)}px solid {colour("critical")}; padding: {px(5.5)}px {px(12.5)}px;
        }}
        QPushButton:hover {{ background: {colour("line")}; }}
        QPushButton:checked {{ background: {colour("text")}; color: {colour("panel")}; }}
        QPushButton:disabled, QDoubleSpinBox:disabled {{ color: {colour("outline")}; border-color: {colour("line")}; }}
        QLineEdit, QDateTimeEdit {{ selection-background-color: {colour("information")};
            selection-color: {colour("on_signal")}; }}
        QComboBox QAbstractItemView {{ background: {colour("panel")}; border: {px(1.5)}px solid {colour("outline")};
            selection-background-color: {colour("line")}; selection-color: {colour("text")}; }}
        QDateTimeEdit QLineEdit, QDateTimeEdit QLineEdit:focus, QDoubleSpinBox QLineEdit,
        QDoubleSpinBox QLineEdit:focus {{ border: none; background: transparent;
            padding: 0 {px(10)}px; }}
        QDateTimeEdit {{ min-width: {round(style.width("00/00/0000 00:00", Type.CAPTION)) + px(4)}px; }}
        QDateTimeEdit::up-button, QDateTimeEdit::down-button, QDoubleSpinBox::up-button, QDoubleSpinBox::down-button {{
            width: 0; border: none;
        }}
        QComboBox::drop-down {{ width: {px(34)}px; border: none; }}
        QComboBox::down-arrow {{ width: 0; height: 0; border-left: {px(7)}px solid {colour("panel")};
            border-right: {px(7)}px solid {colour("panel")}; border-top: {px(9)}px solid {colour("muted")}; }}
        QComboBox QLineEdit, QComboBox QLineEdit:focus {{ border: none; background: transparent; padding: 0; }}
        QScrollBar:vertical {{ background: {colour("panel")}; width: {px(14)}px; margin: 0; }}
        QScrollBar::handle:vertical {{ background: {colour("outline")}; border-radius: {px(6)}px;
            min-height: {px(40)}px; }}
        QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{
            background: none; height: 0; }}
    """
