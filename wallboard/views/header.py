"""The top of the wall: which centre, how fresh its data are, and a clock that would show a frozen program."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from PySide6.QtCore import QDate, QPointF, QRect, QRectF
from PySide6.QtWidgets import QWidget

from wallboard.core.alarms import Severity
from wallboard.core.entities import Centre
from wallboard.core.situation import FeedState
from wallboard.language import Words
from wallboard.models.centres import Centres
from wallboard.models.store import Store
from wallboard.views.cells import Cell, CellWidget, Pen
from wallboard.views.locales import LOCALES
from wallboard.views.theme import Style, Type
from wallboard.views.wording import staleness_texts

HEIGHT = (84, 46)
"""Units, on a near and on a far wall."""

NAME_GAP = 28
"""Units behind the name."""

LINE_GAP = (15, 8)
"""Units between two lines, on a near and on a far wall."""

BEATS = 4
"""Places of the heartbeat: it moves on by one with each good poll."""


_LABELS = {
    FeedState.CONNECTING: "header.connecting",
    FeedState.LIVE: "header.live",
    FeedState.STALE: "header.stale",
    FeedState.FAILED: "header.no_data",
}

_WORST_FIRST = (FeedState.FAILED, FeedState.STALE, FeedState.CONNECTING, FeedState.LIVE)


class Identity(NamedTuple):
    """`notes` say who is on duty or, while the feed fails or rows cannot be read, that: in several ways, the one that
    says most first.
    """

    name: str
    hours: str
    notes: tuple[str, ...]
    failing: bool


class Freshness(NamedTuple):
    state: FeedState
    label: str
    age: str
    beat: int
    """Which place of the heartbeat is lit; -1: none."""


class Beats(NamedTuple):
    """The left part of a pill, apart from its words: it changes with every poll, they do not."""

    pill: QRect
    state: FeedState
    beat: int


class Age(NamedTuple):
    pill: QRect
    state: FeedState
    text: str


class Skew(NamedTuple):
    """Of this PC's wall clock."""

    label: str
    ahead: str


class Date(NamedTuple):
    weekday: str
    date: str


class Header(CellWidget):
    def __init__(self, store: Store, words: Words, style: Style, parent: QWidget | None = None) -> None:
        super().__init__(words, style, parent)
        self.store = store

    def cells(self) -> Sequence[Cell]:
        look = self.look
        now = self._local_now()
        clock = f"{now:%H:%M:%S}"
        height = self.height()
        clock_width = round(look.width("00:00:00", Type.CLOCK)) + look.px(4)
        right = self.width() - clock_width
        cells = [Cell(QRect(right, 0, clock_width, height), clock, self._paint_clock)]
        date = self._date(now)
        date_width = round(max(look.width(line, Type.CAPTION) for line in date)) + look.px(32)
        identity, freshness, skew = self._identity(now), self._freshness(), self._skew()
        name_width = look.width(identity.name, Type.TITLE) + look.px(NAME_GAP)

        def fits(right: int) -> bool:
            """Name and trouble, left of the date."""
            left = right - self._pill_width(freshness) - self._skew_width(skew) - look.px(12 + 16) - name_width
            return left >= 0 and (not identity.failing or bool(self._lines(identity, identity.notes[:1], left)))

        # Where not all fits, the date gives way first, then this PC's clock to why there are no new data, then the
        # words beside their age.
        if fits(right - date_width):
            right -= date_width
            cells.append(Cell(QRect(right, 0, date_width, height), date, self._paint_date))
        if identity.failing and not fits(right):
            skew = None
        if freshness.age and not fits(right):
            freshness = freshness._replace(label="")
        if not fits(right):
            skew = None
        width = self._pill_width(freshness)
        right -= width + look.px(12)
        pill = QRect(right, 0, width, height)
        beats, words = QRect(pill), QRect(pill)
        words.setLeft(right + self._beats_width())
        beats.setRight(words.left() - 1)
        text = self._pill_text(freshness)
        cells.append(Cell(beats, Beats(pill, freshness.state, freshness.beat), self._paint_beats))
        cells.append(Cell(words, Age(pill, freshness.state, text), self._paint_age))
        if skew is not None:
            width = self._skew_width(skew)
            right -= width
            cells.append(Cell(QRect(right, 0, width, height), skew, self._paint_skew))
        cells.append(Cell(QRect(0, 0, max(0, right - look.px(16)), height), identity, self._paint_identity))
        return cells

    def _local_now(self) -> datetime:
        return self.store.now.astimezone(self.store.situation.zone)

    def _identity(self, now: datetime) -> Identity:
        words, situation = self.words, self.store.situation
        centre, kpis = situation.centre, situation.kpis()
        unnamed = situation.settings.name or words("header.title")
        failure = staleness_texts(words, situation)
        if centre is None or kpis is None:
            return Identity(unnamed, words("header.machine_clock"), failure, bool(failure))
        parts, more = [], []
        if situation.tells("agencies"):
            parts.append(words("header.agencies", agencies=words.number(len(situation.agencies()))))
        rows = situation.rows
        # The contract asks for a list even of a system that knows no call takers: it sends an empty one.
        if kpis.staffing is not None and rows is not None and rows.call_takers.rows:
            parts.append(words("header.on_duty", call_takers=words.number(kpis.staffing.on_duty)))
            more.append(words("header.free", call_takers=words.number(kpis.staffing.free)))
            more.append(words("header.occupancy", share=words.percent(kpis.staffing.occupancy)))
        # Rows that cannot be read are missing on the wall, which looks calmer than it is.
        dropped = len(situation.dropped_rows)
        trouble = failure or ((words("header.dropped", rows=words.number(dropped)),) if dropped else ())
        notes = tuple([" · ".join(parts + more[:count]) for count in range(len(more), -1, -1)] if parts else [])
        return Identity(centre.name, self._service_hours(centre, now), trouble or notes, bool(trouble))

    def _service_hours(self, centre: Centre, now: datetime) -> str:
        zone = now.tzname() or ""
        if not centre.service_hours:
            return self.words("header.around_the_clock", zone=zone)
        today = [hours for hours in centre.service_hours if now.isoweekday() in hours.days]
        if not today:
            return self.words("header.closed_today", zone=zone)
        return self.words("header.hours", open=today[0].open, close=today[-1].close, zone=zone)

    def _freshness(self) -> Freshness:
        words, store = self.words, self.store
        state, age_s = store.state, store.data_age_s
        late = state is FeedState.LIVE and store.situation.failure is not None
        label = words("header.late" if late else _LABELS[state])
        age = ""
        if age_s is not None:
            age = words.seconds(int(age_s)) if state is FeedState.LIVE else words.lasting(age_s)
        beat = store.situation.polls.good % BEATS if state is FeedState.LIVE else -1
        return Freshness(state, label, age, beat)

    def _skew(self) -> Skew | None:
        ahead_s = self.store.pc_ahead_s
        return None if ahead_s is None else Skew(self.words("header.pc_clock"), self.words.ahead(ahead_s))

    def _skew_width(self, skew: Skew | None) -> int:
        look = self.look
        return (
            0
            if skew is None
            else round(max(look.width(line, Type.CAPTION) for line in skew)) + look.px(12 + 32 + 12 + 24)
        )

    def _lines(self, identity: Identity, notes: Sequence[str], width: float) -> tuple[str, ...]:
        """What stands behind the name, in no more than two lines: the hours and a note or, of trouble, that alone where
        it takes both. Nothing where not even the shortest note fits.
        """
        look = self.look
        if identity.failing:
            width -= self._sign_width()
        for note in notes:
            if look.width(note, Type.CAPTION) <= width:
                return identity.hours, note
            lines = look.halved(note, Type.CAPTION)
            if identity.failing and len(lines) == 2 and look.widest(lines, Type.CAPTION) <= width:
                return lines
        return ()

    def _sign_width(self) -> float:
        return self.look.cap_height(Type.CAPTION) + self.look.px(8)

    def _date(self, now: datetime) -> Date:
        locale = LOCALES[self.words.language]
        date = QDate(now.year, now.month, now.day)
        return Date(locale.toString(date, "dddd"), locale.toString(date, self.words("format.date")))

    def _pill_width(self, freshness: Freshness) -> int:
        look = self.look
        text = look.width(self._pill_text(freshness), Type.CAPTION)
        return round(text) + look.px(3 * 20 + 14 * BEATS)

    def _beats_width(self) -> int:
        return self.look.px(20) + self.look.px(14 * BEATS)

    @staticmethod
    def _pill_text(freshness: Freshness) -> str:
        return " · ".join(filter(None, (freshness.label, freshness.age)))

    def _paint_clock(self, pen: Pen, rect: QRect, clock: str) -> None:
        look = self.look
        baseline = rect.top() + rect.height() / 2 + look.cap_height(Type.CLOCK) / 2
        pen.figures_right(rect.right(), baseline, clock, Type.CLOCK, look.colour("text"))

    def _paint_date(self, pen: Pen, rect: QRect, date: Date) -> None:
        look = self.look
        first, second = self._two_lines(rect, Type.CAPTION)
        right = rect.right() - look.px(20)
        pen.text_right(right, first, date.weekday, Type.CAPTION, look.colour("muted"))
        pen.text_right(right, second, date.date, Type.CAPTION, look.colour("muted"))

    def _paint_skew(self, pen: Pen, rect: QRect, skew: Skew) -> None:
        """A dial, so that nobody takes it for the clock of the wall, and nothing that alarms: no figure is wrong."""
        look = self.look
        muted = look.colour("muted")
        first, second = self._two_lines(rect, Type.CAPTION)
        side = look.px(32)
        middle = rect.top() + rect.height() / 2
        dial = QRectF(rect.left() + look.px(12), middle - side / 2, side, side)
        pen.box(dial, 16, None, muted)
        pen.painter.setPen(look.pen(muted))
        for x, y in ((0.0, -0.3), (0.2, 0.12)):  # in parts of the side: four o'clock
            pen.painter.drawLine(dial.center(), dial.center() + QPointF(x * side, y * side))
        left = dial.right() + look.px(12)
        pen.text(left, first, skew.label, Type.CAPTION, muted)
        pen.text(left, second, skew.ahead, Type.CAPTION, look.colour("text"))

    def _paint_identity(self, pen: Pen, rect: QRect, identity: Identity) -> None:
        look = self.look
        type_ = Type.TITLE if look.width(identity.name, Type.TITLE) <= rect.width() else Type.HEADING
        baseline = rect.top() + rect.height() / 2 + look.cap_height(type_) / 2
        end = pen.elided(rect.left(), baseline, rect.width(), identity.name, type_, look.colour("text"))
        left = end + look.px(NAME_GAP)
        width = rect.right() - left
        muted = look.colour("muted")
        lines = self._lines(identity, identity.notes, width) if identity.notes else (identity.hours,)
        if len(lines) < 2:
            middle = rect.top() + rect.height() / 2 + look.cap_height(Type.CAPTION) / 2
            if look.width(identity.hours, Type.CAPTION) <= width:
                pen.text(left, middle, identity.hours, Type.CAPTION, muted)
            return
        first, second = self._two_lines(rect, Type.CAPTION)
        if not identity.failing:
            pen.elided(left, first, width, lines[0], Type.CAPTION, muted)
            pen.text(left, second, lines[1], Type.CAPTION, muted)
            return
        colour = look.signal(Severity.WARNING)
        side = look.cap_height(Type.CAPTION)
        beside_hours = lines[0] == identity.hours
        top = second if beside_hours else first
        pen.sign(QRectF(left, top - side, side, side), Severity.WARNING, colour)
        indented = left + self._sign_width()
        if beside_hours:
            pen.elided(left, first, width, lines[0], Type.CAPTION, muted)
        else:
            pen.text(indented, first, lines[0], Type.CAPTION, colour)
        pen.text(indented, second, lines[1], Type.CAPTION, colour)

    def _paint_pill(self, pen: Pen, rect: QRect, pill: QRect, state: FeedState) -> None:
        """This part of the box."""
        look = self.look
        height = look.height(46, 38)
        rim = look.colour("outline" if state in (FeedState.LIVE, FeedState.CONNECTING) else "warning")
        pen.painter.setClipRect(rect)
        pen.box(QRectF(pill.left(), pill.top() + (pill.height() - height) / 2, pill.width(), height), 23, None, rim)
        pen.painter.setClipping(False)

    def _paint_beats(self, pen: Pen, rect: QRect, beats: Beats) -> None:
        look = self.look
        self._paint_pill(pen, rect, beats.pill, beats.state)
        dot = look.px(9)
        for beat in range(BEATS):
            left = rect.left() + look.px(20) + beat * look.px(14)
            place = QRectF(left, rect.top() + (rect.height() - dot) / 2, dot, dot)
            pen.box(place, 5, look.colour("text" if beat == beats.beat else "line"))

    def _paint_age(self, pen: Pen, rect: QRect, age: Age) -> None:
        look = self.look
        self._paint_pill(pen, rect, age.pill, age.state)
        baseline = rect.top() + rect.height() / 2 + look.cap_height(Type.CAPTION) / 2
        left = age.pill.left() + look.px(20) + look.px(14 * BEATS + 12)
        pen.text(left, baseline, age.text, Type.CAPTION, look.colour("text"))

    def _two_lines(self, rect: QRect, type_: Type) -> tuple[float, float]:
        cap = self.look.cap_height(type_)
        gap = self.look.height(*LINE_GAP)
        first = rect.top() + (rect.height() - 2 * cap - gap) / 2 + cap
        return first, first + gap + cap


class RollUpHeader(Header):
    """Of all centres: how many they are, how many are live, and the age of the oldest data among them."""

    def __init__(self, centres: Centres, words: Words, style: Style, parent: QWidget | None = None) -> None:
        super().__init__(centres.stores[0], words, style, parent)
        self._centres = centres

    def _identity(self, now: datetime) -> Identity:
        words = self.words
        rows = self._centres.model.rows
        name = words("header.centres", count=words.number(len(rows)))
        zone = self.store.situation.zone
        hours = words("header.machine_clock") if zone is None else words("header.clock_of", zone=now.tzname() or "")
        failing = [row for row in rows if row.state in (FeedState.STALE, FeedState.FAILED)]
        if not failing:
            return Identity(name, hours, (), failing=False)
        names = words("header.without_data", names=", ".join(row.short for row in failing))
        count = words("header.count_without_data", count=words.number(len(failing)))
        return Identity(name, hours, (names, count), failing=True)

    def _freshness(self) -> Freshness:
        words, stores = self.words, self._centres.stores
        states = [store.state for store in stores]
        live = states.count(FeedState.LIVE)
        ages = [age_s for store in stores if (age_s := store.data_age_s) is not None]
        oldest_s = max(ages, default=None)
        worst = next(state for state in _WORST_FIRST if state in states)
        if len(set(states)) > 1:
            label = words("header.live_of", live=words.number(live), count=words.number(len(stores)))
        else:
            label = words(_LABELS[worst])
        age = ""
        if oldest_s is not None:
            age = words.seconds(int(oldest_s)) if live == len(ages) else words.lasting(oldest_s)
        beat = sum(store.situation.polls.good for store in stores) % BEATS if live else -1
        return Freshness(worst, label, age, beat)
