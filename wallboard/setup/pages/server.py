"""Where the data come from, and how the server is opened."""

from __future__ import annotations

from urllib.parse import urlsplit

from msgspec.structs import replace
from PySide6.QtCore import Slot
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from wallboard.feed.mapping import load as mappings
from wallboard.feed.settings import Auth
from wallboard.language import Words
from wallboard.setup.choices import Choices
from wallboard.setup.pages.page import Draft, Page, mark
from wallboard.views.theme import Style

ZONES = ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura")
"""Indonesia's three; another can be typed."""

OPTIONS = ("id", "centre_name", "url", "user", "query_parameter", "token_url", "scope", "token", "centre_time_zone")
"""Of the configuration: what is asked here, from top to bottom."""

LOOPBACK = ("localhost", "127.0.0.1", "::1")

LONGEST_TEXT = 2_000
LONGEST_TOKEN = 16_000
"""A signed token with many claims has a few thousand characters."""


class ServerPage(Page):
    name = "server"

    def __init__(self, draft: Draft, style: Style) -> None:
        super().__init__(draft, style)
        self._form = self.form()
        self.lines.addLayout(self._form)
        self.centre_name = self._text("centre_name", "112 Kabupaten Bengkalis")
        self.mapping = QComboBox(self)
        self.ask(self._form, "mapping", self.mapping)
        self.url = self._text("url", "https://dispatch.example.go.id/api/v1")
        self.auth = QComboBox(self)
        self.ask(self._form, "auth", self.auth)
        self.user = self._text("user")
        self.query_parameter = self._text("query_parameter", "token")
        self.token_url = self._text("token_url", "/connect/token")
        self.scope = self._text("scope", "offline_access")
        self.token = self._text("token")
        self.token.setMaxLength(LONGEST_TOKEN)
        self.token.setEchoMode(QLineEdit.EchoMode.Password)
        self.centre_time_zone = QComboBox(self)
        self.centre_time_zone.setEditable(True)
        self.centre_time_zone.addItems(ZONES)
        self.ask(self._form, "centre_time_zone", self.centre_time_zone)
        self.caution = self.line()
        self.caution.setObjectName("caution")
        self.wrong = self.line()
        self.wrong.setObjectName("wrong")
        self.lines.addWidget(self.caution)
        self.lines.addWidget(self.wrong)
        self.lines.addStretch(1)
        for auth in Auth:
            self.auth.addItem("", auth.value)
        self.mapping.addItem("", "")
        for preset in mappings.presets():
            described = mappings.load(preset)
            self.mapping.addItem(f"{described.name} {described.api}".strip(), preset)
        if draft.choices.mapping and self.mapping.findData(draft.choices.mapping) < 0:
            self.mapping.addItem(draft.choices.mapping, draft.choices.mapping)
        self._known = draft.choices
        self.auth.currentIndexChanged.connect(self._show_fields)
        self.auth.currentIndexChanged.connect(self._caution)
        self.url.textChanged.connect(self._caution)
        self.mapping.currentIndexChanged.connect(self._show_fields)
        self._show(draft.choices)
        self.set_words(self.words)

    def _text(self, name: str, example: str = "") -> QLineEdit:
        edit = QLineEdit(self)
        edit.setMaxLength(LONGEST_TEXT)
        edit.setPlaceholderText(example)
        self.ask(self._form, name, edit)
        return edit

    def set_words(self, words: Words) -> None:
        super().set_words(words)
        for index in range(self.auth.count()):
            self.auth.setItemText(index, self.said(f"auth_{self.auth.itemData(index)}"))
        self.mapping.setItemText(0, self.said("contract"))
        self.token.setPlaceholderText(self.said("token_kept") if self.draft.choices.known_id else "")
        self.wrong.setText("")
        self._caution()

    def _show(self, choices: Choices) -> None:
        for edit, text in (
            (self.centre_name, choices.centre_name),
            (self.url, choices.url),
            (self.user, choices.user),
            (self.query_parameter, choices.query_parameter),
            (self.token_url, choices.token_url),
            (self.scope, choices.scope),
        ):
            edit.setText(text)
        self.mapping.setCurrentIndex(max(0, self.mapping.findData(choices.mapping)))
        self.auth.setCurrentIndex(self.auth.findData(choices.auth.value))
        if choices.centre_time_zone:
            self.centre_time_zone.setCurrentText(choices.centre_time_zone)
        self._show_fields()

    @Slot()
    def _show_fields(self) -> None:
        """Only what the server's way of asking needs."""
        choices = self._chosen()
        auth = choices.auth
        for widget, wanted in (
            (self.user, auth in (Auth.BASIC, Auth.OAUTH2)),
            (self.query_parameter, auth is Auth.QUERY),
            (self.token_url, auth is Auth.OAUTH2),
            (self.scope, auth is Auth.OAUTH2),
            (self.token, auth is not Auth.NONE),
            (self.centre_time_zone, choices.asks_for_time_zone),
        ):
            self._form.setRowVisible(widget, wanted)

    def _chosen(self) -> Choices:
        return replace(
            self.draft.choices,
            centre_name=self.centre_name.text(),
            mapping=self.mapping.currentData() or "",
            url=self.url.text(),
            auth=Auth(self.auth.currentData()),
            user=self.user.text(),
            query_parameter=self.query_parameter.text(),
            token_url=self.token_url.text(),
            scope=self.scope.text(),
            centre_time_zone=self.centre_time_zone.currentText(),
        )

    def validatePage(self) -> bool:  # noqa: N802
        choices = self._chosen()
        refused = {*choices.wrong(), *(("token",) if self._lacks_token(choices) else ())}
        wrong = [option for option in OPTIONS if option in refused]
        for option in OPTIONS[1:]:
            mark(self._field(option), wrong=option in wrong)
        if wrong:
            self.wrong.setText("\n".join(self.said(f"wrong_{option}") for option in wrong))
            self._field(wrong[0]).setFocus()
            return False
        self.wrong.setText("")
        self.draft.choices = choices
        self.draft.token = "" if choices.auth is Auth.NONE else self.token.text().strip()
        return True

    def _lacks_token(self, choices: Choices) -> bool:
        """The one that is kept is another server's: it goes nowhere else unless a person says so."""
        known = self._known.known_id and self._known.auth is not Auth.NONE and choices.auth is not Auth.NONE
        return bool(known) and not self.token.text().strip() and _origin(choices.url) != _origin(self._known.url)

    @Slot()
    def _caution(self) -> None:
        """A token that anybody on the way can read."""
        scheme, host, _ = _origin(self.url.text())
        bare = scheme == "http" and host not in ("", *LOOPBACK) and self.auth.currentData() != Auth.NONE.value
        self.caution.setText(self.said("caution_http") if bare else "")

    def _field(self, option: str) -> QWidget:
        """The id is made of the centre's name."""
        field: QWidget = self.centre_name if option == "id" else getattr(self, option)
        return field


def _origin(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port; nothing of what is no address."""
    try:
        parts = urlsplit(url.strip())
        return parts.scheme, parts.hostname or "", parts.port
    except ValueError:
        return "", "", None
