"""What all panels share: a frame, a heading, and a look that says when the data are old."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from PySide6.QtCore import QRect
from PySide6.QtWidgets import QWidget

from wallboard.core.situation import FeedState
from wallboard.language import Words, clock
from wallboard.models.store import Store
from wallboard.views.cells import Cell, CellWidget, Pen
from wallboard.views.theme import Style, Type
from wallboard.views.wording import staleness_texts

RADIUS = 10
PADDING = 20
EDGES = (10, 6)
HEADING_HEIGHT = (38, 30)
TITLE_GAP, AGE_GAP = 14, 16
"""Units behind the title and before the age."""


class Heading(NamedTuple):
    title: str
    subtitle: str
    age: str
    """How old the data are, where they are stale."""
    type_: Type = Type.HEADING
    """Of the title."""


class Frame(CellWidget):
    """Subclasses give a title, a subtitle, and the cells of their body."""

    title_key = ""
    stale = False

    def subtitle(self) -> str:
        return ""

    def age(self) -> str:
        """What the heading says of the data; empty where there is nothing to say."""
        return ""

    def fitting_subtitle(self, *subtitles: str) -> str:
        """The first that has room between title and age."""
        look, age = self.look, self.age()
        taken = look.width(self.words(self.title_key), Type.HEADING) + look.px(TITLE_GAP)
        if age:
            taken += look.width(age, Type.CAPTION) + look.px(AGE_GAP)
        return look.fitting(subtitles, Type.CAPTION, self.width() - 2 * look.px(PADDING) - taken)

    def body_cells(self, body: QRect) -> Sequence[Cell]:
        raise NotImplementedError

    def cells(self) -> Sequence[Cell]:
        px, height = self.look.px, self.look.height
        edge = height(*EDGES)
        inner = self.rect().adjusted(px(PADDING), edge, -px(PADDING), -edge - px(2))
        if not self.headed:
            return self.body_cells(inner)
        heading = QRect(inner.left(), inner.top(), inner.width(), height(*HEADING_HEIGHT))
        body = inner.adjusted(0, heading.height() + px(4), 0, 0)
        cells = self.body_cells(body)  # first: a heading may tell what is shown in it
        return (Cell(heading, self._heading(), self._paint_heading), *cells)

    def shade(self, name: str) -> str:
        """The colour to use where `name` would be used while the data are live."""
        return "stale" if self.stale else name

    def more_text(self, count: int) -> str:
        return self.words("format.more", count=self.words.number(count))

    def paint_ground(self, pen: Pen, rect: QRect) -> None:
        look = self.look
        whole = self.rect()
        corner = look.px(RADIUS)
        if whole.adjusted(corner, corner, -corner, -corner).contains(rect):
            pen.painter.fillRect(rect, look.hatch() if self.stale else look.colour("panel"))
            return
        pen.painter.fillRect(rect, look.colour("background"))
        pen.painter.setRenderHint(pen.painter.RenderHint.Antialiasing)
        pen.painter.setPen(look.pen(look.colour("panel"), 0))
        pen.painter.setBrush(look.hatch() if self.stale else look.colour("panel"))
        pen.painter.drawRoundedRect(whole, corner, corner)

    @property
    def headed(self) -> bool:
        """Whether there is a heading now."""
        return bool(self.title_key)

    def _heading(self) -> Heading:
        return Heading(self.words(self.title_key), self.subtitle(), self.age())

    def _paint_heading(self, pen: Pen, rect: QRect, heading: Heading) -> None:
        look = self.look
        baseline = rect.top() + rect.height() / 2 + look.cap_height(Type.HEADING) / 2
        right = rect.right()
        if heading.age:
            pen.text_right(right, baseline, heading.age, Type.CAPTION, look.colour("text"))
            right -= round(look.width(heading.age, Type.CAPTION)) + look.px(AGE_GAP)
        end = pen.elided(
            rect.left(), baseline, right - rect.left(), heading.title, heading.type_, look.colour(self.shade("text"))
        )
        start = end + look.px(TITLE_GAP)
        pen.elided(start, baseline, right - start, heading.subtitle, Type.CAPTION, look.colour(self.shade("muted")))

    def paint_rule(self, pen: Pen, rect: QRect) -> None:
        """A hairline above a row."""
        pen.painter.fillRect(rect.left(), rect.top(), rect.width(), self.look.px(1.5), self.look.colour("line"))

    def paint_empty(self, pen: Pen, rect: QRect, text: str) -> None:
        """What stands in the middle of a panel that has nothing to show."""
        look = self.look
        left = rect.center().x() - min(look.width(text, Type.BODY), rect.width()) / 2
        baseline = rect.center().y() + look.cap_height(Type.BODY) / 2
        pen.elided(left, baseline, rect.width(), text, Type.BODY, look.colour(self.shade("muted")))

    def paint_more(self, pen: Pen, rect: QRect, text: str) -> None:
        """How many rows did not fit."""
        look = self.look
        self.paint_rule(pen, rect)
        baseline = rect.top() + rect.height() / 2 + look.cap_height(Type.CAPTION) / 2 + look.px(4)
        pen.text_right(rect.right(), baseline, text, Type.CAPTION, look.colour(self.shade("text")))


class Panel(Frame):
    """Of one centre: it looks old when that centre's data are."""

    ages = True
    """Whether it does."""

    def __init__(self, store: Store, words: Words, style: Style, parent: QWidget | None = None) -> None:
        super().__init__(words, style, parent)
        self.store = store

    @property
    def has_data(self) -> bool:
        return self.store.situation.rows is not None

    def cells(self) -> Sequence[Cell]:
        stale = self.ages and self.has_data and self.store.state is not FeedState.LIVE
        if stale != self.stale:
            self.stale = stale
            self.update()
        return super().cells()

    def age(self) -> str:
        age_s = self.store.data_age_s
        if not self.has_data:
            return self.no_data_text()
        return self.words("panel.data_age", age=clock(age_s)) if self.stale and age_s is not None else ""

    def lasting(self, seconds: float) -> str:
        """A running duration; without its precision once the data are old."""
        return self.words.about(seconds) if self.stale else self.words.lasting(seconds)

    def no_data_text(self) -> str:
        """What stands where there never were data."""
        failed = self.store.state is FeedState.FAILED
        return self.words("panel.no_data" if failed else "panel.waiting_for_data")

    def empty_text(self, name: str) -> str:
        """What a panel without rows of this list says: that there are none, or that the feed does not tell them."""
        if not self.has_data:
            return ""
        return self.words(f"empty.{name}" if self.store.situation.tells(name) else f"untold.{name}")

    def local_time(self, instant: datetime) -> str:
        """HH:MM in the centre's zone."""
        return f"{instant.astimezone(self.store.situation.zone):%H:%M}"

    @property
    def headed(self) -> bool:
        return super().headed or bool(self._cause_to_tell)

    @property
    def _cause_to_tell(self) -> tuple[str, ...]:
        """Why the data are old, where the heading is the place to say it."""
        return staleness_texts(self.words, self.store.situation) if self.stale and self.look.tight else ()

    def _heading(self) -> Heading:
        if causes := self._cause_to_tell:
            return self._cause(causes)
        heading = super()._heading()
        return heading if self.has_data else heading._replace(subtitle="")

    def _cause(self, causes: tuple[str, ...]) -> Heading:
        """Why the data are old, whole. A far wall's header has no room for it, its banner may have something worse to
        tell, and what the panel is called can be seen by what is in it.
        """
        look, age_s = self.look, self.store.data_age_s
        ages = (self.age(), clock(age_s) if age_s is not None else "", "")
        room = self.width() - 2 * look.px(PADDING) - look.px(AGE_GAP)
        ways = [
            Heading(title, "", age, type_) for type_ in (Type.HEADING, Type.CAPTION) for age in ages for title in causes
        ]
        return next((way for way in ways if self._heading_width(way) <= room), ways[-1])

    def _heading_width(self, heading: Heading) -> float:
        return self.look.width(heading.title, heading.type_) + self.look.width(heading.age, Type.CAPTION)
