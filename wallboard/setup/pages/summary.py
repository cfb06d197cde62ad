"""What will be written, and where; writes it."""

from __future__ import annotations

import errno
from pathlib import Path

from PySide6.QtWidgets import QPlainTextEdit

from wallboard.feed import credentials
from wallboard.feed.settings import Auth
from wallboard.setup.background import Background
from wallboard.setup.pages.page import Draft, Page
from wallboard.setup.writing import write
from wallboard.views.theme import Style

_WHY = {
    errno.EACCES: "no_right",
    errno.EPERM: "no_right",
    errno.ENOSPC: "disk_full",
    errno.EROFS: "read_only",
    errno.ENOTDIR: "no_folder",
    errno.EEXIST: "no_folder",
}
"""What a person can do something about, in the wall's languages."""


class SummaryPage(Page):
    name = "summary"

    def __init__(self, draft: Draft, style: Style, target: Path) -> None:
        super().__init__(draft, style)
        self._target = target
        self._kept = False
        self.where = self.line()
        self.text = QPlainTextEdit(self)
        self.text.setReadOnly(True)
        self.token = self.line()
        self.token.setObjectName("aside")
        self.wrong = self.line()
        self.wrong.setObjectName("wrong")
        for widget, stretch in ((self.where, 0), (self.text, 1), (self.token, 0), (self.wrong, 0)):
            self.lines.addWidget(widget, stretch)
        self._background = Background(self)
        self.setFinalPage(True)

    def initializePage(self) -> None:  # noqa: N802
        self._kept = False
        self.where.setText(str(self._target))
        self.text.setPlainText(self._written())
        self.token.setText(self._about_token())
        self.wrong.setText("")

    def isComplete(self) -> bool:  # noqa: N802
        return not self._background.runs

    def validatePage(self) -> bool:  # noqa: N802
        """False until all is kept; then the wizard ends by itself."""
        if self._kept or self._background.runs:
            return self._kept
        feed_id, token = self.draft.choices.feed_id, self.draft.token
        text, target = self._written(), self._target

        def keep() -> None:
            if token:
                credentials.keep(feed_id, token)
            write(text, target)

        self.wrong.setText("")
        self._background.start(keep, self._end)
        self.completeChanged.emit()
        return False

    def _end(self, result: object) -> None:
        self.completeChanged.emit()
        if isinstance(result, credentials.NotKeptError):
            variable = credentials.token_variable(self.draft.choices.feed_id)
            why = self.said(result.reason.value)
            self.wrong.setText(self.said("token_not_kept", why=why, variable=variable))
        elif isinstance(result, OSError):
            self.wrong.setText(self.said("not_written", why=self._why(result)))
        elif isinstance(result, Exception):
            self.wrong.setText(self.said("not_written", why=type(result).__name__))
        else:
            self._kept = True
            self.wizard().accept()

    def _why(self, error: OSError) -> str:
        name = _WHY.get(error.errno or 0)
        return self.said(name) if name else error.strerror or str(error)

    def _written(self) -> str:
        return self.draft.choices.text(self.said("remark"))

    def _about_token(self) -> str:
        choices = self.draft.choices
        if choices.auth is Auth.NONE:
            return ""
        key = "token_goes" if self.draft.token else "token_stays"
        return self.said(key, service=credentials.SERVICE, user=choices.feed_id)
