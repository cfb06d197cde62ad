"""One poll of the server, told as the wall tells it."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QPushButton

from wallboard.core.poll import FailureKind, PollFailure
from wallboard.core.situation import Situation
from wallboard.feed.settings import Auth
from wallboard.language import MS_PER_S
from wallboard.setup.background import Background
from wallboard.setup.pages.page import Draft, Page, mark
from wallboard.setup.trial import Trial, Tried
from wallboard.views.theme import Style
from wallboard.views.wording import failure_advice, failure_text

LISTS = ("calls", "incidents", "agencies")
"""What a system may not report, and the panels then say so."""

MOST_DROPPED = 3
"""Rows that cannot be read, and are named; `wallboard check` names them all."""


NOT_FOUND = 404


class AttemptPage(Page):
    name = "attempt"

    def __init__(self, draft: Draft, style: Style) -> None:
        super().__init__(draft, style)
        self.heading = self.line()
        self.heading.setObjectName("heading")
        self.details = self.line()
        self.again = QPushButton(self)
        self.entitle(self.again.setText, "again")
        self.again.clicked.connect(self.begin)
        self.lines.addSpacing(style.px(16))
        for widget in (self.heading, self.details):
            self.lines.addWidget(widget)
        self.lines.addSpacing(style.px(10))
        self.lines.addWidget(self.again, 0, Qt.AlignmentFlag.AlignLeft)
        self.lines.addStretch(1)
        self._background = Background(self)
        self._trial: Trial | None = None

    def initializePage(self) -> None:  # noqa: N802
        self.begin()

    def cleanupPage(self) -> None:  # noqa: N802
        self.end()

    @Slot()
    def begin(self) -> None:
        self.end()
        configuration = self.draft.choices.configuration()
        self._trial = Trial(configuration, self.draft.token)
        self.again.setEnabled(False)
        self._tell(self.said("asking"), [configuration.feed[0].url])
        self._background.start(self._trial.run, self._show)

    def end(self) -> None:
        """Nothing waits for an answer any more."""
        self._background.forget()
        if self._trial is not None:
            self._trial.abort()
            self._trial = None

    @property
    def asks(self) -> bool:
        return self._background.runs

    def _show(self, tried: object) -> None:
        self.again.setEnabled(True)
        if not isinstance(tried, Tried):
            self._tell(self.words("failure.internal"), [str(tried)], wrong=True)
            return
        situation = tried.situation
        if situation.failure is not None:
            failure = situation.failure
            details = [*self._advice(failure), self.said("detail", words=failure.message)]
            self._tell(failure_text(self.words, failure), details, wrong=True)
        else:
            self._tell(self.said("answers"), [*self._told(situation), self._took(tried.took_s)])

    def _advice(self, failure: PollFailure) -> tuple[str, ...]:
        """What can be done about it in this window; else what the wall would say."""
        name = failure.kind.value
        if failure.kind is FailureKind.UNAUTHORISED and self.draft.choices.auth is Auth.NONE:
            name = "unauthorised_without_token"
        elif failure.status == NOT_FOUND:
            name = "not_found"
        key = f"setup.advice.{name}"
        return (self.words(key),) if self.words.has(key) else failure_advice(self.words, failure)

    def _told(self, situation: Situation) -> Iterator[str]:
        yield " · ".join(part for part in (situation.name, str(situation.zone or "")) if part)
        rows = situation.rows
        if rows is not None:
            counts = {name: len(getattr(rows, name).rows) for name in LISTS if situation.tells(name)}
            yield " · ".join(self.said(name, count=self.words.number(count)) for name, count in counts.items())
        for name in LISTS:
            if not situation.tells(name):
                yield self.words(f"untold.{name}")
        if situation.tells("calls") and not situation.tells_call_states:
            yield self.words("untold.call_states")
        if situation.dropped_rows:
            yield self.words("header.dropped", rows=len(situation.dropped_rows))
            for dropped in situation.dropped_rows[:MOST_DROPPED]:
                yield f"{dropped.path}: {dropped.reason}"

    def _took(self, took_s: float | None) -> str:
        return self.said("took", ms=self.words.number(MS_PER_S * took_s if took_s is not None else None))

    def _tell(self, heading: str, details: list[str], *, wrong: bool = False) -> None:
        self.heading.setText(heading)
        mark(self.heading, wrong=wrong)
        self.details.setText("\n".join(line for line in details if line))
