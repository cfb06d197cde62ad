"""Notifications of the desktop, while the wall is not in front: a supervisor works in other windows too."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QSystemTrayIcon, QWidget

SHOWN_MS = 10_000


class Notices(QObject):
    """By an icon in the desktop's tray, which brings the window to the front when it is clicked."""

    def __init__(self, window: QWidget, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._window = window
        self._icon: QSystemTrayIcon | None = None
        if QSystemTrayIcon.isSystemTrayAvailable():
            self._icon = QSystemTrayIcon(window.windowIcon(), self)
            self._icon.setToolTip("Wallboard")
            self._icon.activated.connect(self.bring_forward)
            self._icon.messageClicked.connect(self.bring_forward)
            self._icon.show()

    @property
    def available(self) -> bool:
        return self._icon is not None

    @Slot(str, str)
    def notify(self, title: str, whose: str) -> None:
        """Nobody is told twice: who sees the wall has its banner."""
        if self._icon is not None and not self._window.isActiveWindow():
            self._icon.showMessage(whose, title, QSystemTrayIcon.MessageIcon.Warning, SHOWN_MS)

    @Slot()
    def bring_forward(self) -> None:
        if self._window.isMinimized():
            self._window.showNormal()
        self._window.raise_()
        self._window.activateWindow()

    def close(self) -> None:
        if self._icon is not None:
            self._icon.hide()
