"""All centres, a row each, in the configuration's order: a supervisor finds a centre by its place.

What is abnormal stands out by its ground, sign and words instead of moving to the top. Where the rows do not fit, they
are told shorter and stand in several blocks; where even that is not enough, no centre that has an alarm or no new data
is among those that are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QPoint, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QWidget

from wallboard.core.alarms import Severity
from wallboard.core.metrics import seconds_between
from wallboard.core.situation import FeedState
from wallboard.language import HOUR_S, MINUTE_S, Words, clock
from wallboard.models.centres import CentreRow, Centres, Levels
from wallboard.views.cells import Cell, Pen
from wallboard.views.panels.panel import Frame
from wallboard.views.theme import Style, Type
from wallboard.views.wording import failure_texts, old_answers_texts, rule_title

ROW_HEIGHT, TALLEST_ROW = 54, 104
"""Units of a row with a line of words under the name."""

LARGE_ROW_HEIGHT = 92
"""Units from which on a row holds larger figures: of few centres each can be read from farther away."""

DENSE_ROW_HEIGHT, TALLEST_DENSE_ROW = 29, 40
CAPTIONS_HEIGHT = 32
ROOMY_WIDTH = 1400
"""Units. On less, every figure in full would leave no room for the words under the name."""

MOST_BLOCKS = 4
BLOCK_GAP = 28
NARROWEST_BLOCK = 400
NARROWEST_NAME, WIDEST_NAME = 126, 230
"""Units. Where less would be left for the name, figures give way: see GIVE_WAY. What is left beyond the other goes
between the figures.
"""

SIGN = 20
GAP, DENSE_GAP, WIDEST_GAP = 30, 16, 44
BAR = (120, 16)
INSET = 12

FIGURES = Levels._fields
GIVE_WAY = ("load", "age", "service_level")
"""What is told only on the centre's own pages where rows are narrow. Its alarms still colour the row, and of old data
the age is told instead of the figures.
"""

_NO_DATA = (FeedState.CONNECTING, FeedState.FAILED)


class Column(NamedTuple):
    """A figure's place: from the left of the row, in pixels; text ends at the right of it."""

    figure: str
    left: int
    right: int


class Layout(NamedTuple):
    """`slots` are the places of rows, block after block."""

    slots: tuple[QRect, ...]
    columns: tuple[Column, ...]
    name_width: int
    roomy: bool
    large: bool = False
    gap: int = 0
    """Pixels between columns."""

    @property
    def figures(self) -> Type:
        return (Type.TITLE if self.large else Type.TIMER) if self.roomy else Type.CAPTION

    @property
    def names(self) -> Type:
        return (Type.BANNER if self.large else Type.BODY) if self.roomy else Type.CAPTION


class RowContent(NamedTuple):
    """`texts` are said under the name or, without data, instead of the figures: the first of them that fits."""

    row: CentreRow
    texts: tuple[str, ...]


class Running(NamedTuple):
    """A figure that runs by itself."""

    text: str
    row: CentreRow


class Held(NamedTuple):
    """What stands in a place as long as its row is the same; `runs` says that figures of it run by themselves."""

    row: CentreRow
    place: QRect
    cells: tuple[Cell, ...]
    runs: bool


class Rest(NamedTuple):
    text: str
    severity: Severity | None


class CentrePanel(Frame):
    title_key = "centres.title"

    chosen = Signal(str)
    """The feed of a centre that was clicked."""

    def __init__(self, centres: Centres, words: Words, style: Style, parent: QWidget | None = None) -> None:
        super().__init__(words, style, parent)
        self._centres = centres
        self._layout: tuple[object, Layout] | None = None
        self._held: dict[str, Held] = {}
        self._places: list[tuple[QRect, str]] = []

    def subtitle(self) -> str:
        """In a dense layout, which has no captions, what the figures are."""
        layout = self._layout[1] if self._layout else None
        if layout is None or layout.roomy:
            return self.words("centres.subtitle")
        short = " · ".join([self.words(f"centres_short.{column.figure}") for column in layout.columns])
        brief = " · ".join([self.words(f"centres_brief.{column.figure}") for column in layout.columns])
        return self.fitting_subtitle(short, brief)

    def body_cells(self, body: QRect) -> Sequence[Cell]:
        layout = self._arrange(body)
        rows, left_out = self._chosen_rows(len(layout.slots))
        cells: list[Cell] = []
        self._places = []
        if layout.roomy:
            captions = QRect(body.left(), body.top(), body.width(), self.look.px(CAPTIONS_HEIGHT))
            cells.append(Cell(captions, layout.columns, self._paint_captions))
        for rect, row in zip(layout.slots, rows, strict=False):
            self._places.append((rect, row.id))
            cells += self._held_cells(layout, rect, row)
        if left_out:
            worst = max((severity for row in left_out if (severity := shown_severity(row))), default=None)
            alarming = sum(shown_severity(row) is not None for row in left_out)
            count = self.words.number(len(left_out))
            text = self.words("centres.rest", count=count)
            if alarming:
                text = self.words("centres.rest_alarming", count=count, alarming=self.words.number(alarming))
            cells.append(Cell(layout.slots[-1], Rest(text, worst), self._paint_rest))
        return cells

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place: QPoint = event.position().toPoint()
        for rect, feed_id in self._places:
            if rect.contains(place):
                self.chosen.emit(feed_id)
                return
        super().mousePressEvent(event)

    # Where what stands

    def _arrange(self, body: QRect) -> Layout:
        """The layout for the panel's size; computed anew only when that changes."""
        key = (body, self.look)
        if self._layout is None or self._layout[0] != key:
            self._layout = (key, self._roomy(body) or self._dense(body))
        return self._layout[1]

    def _roomy(self, body: QRect) -> Layout | None:
        look, count = self.look, len(self._centres)
        room = body.height() - look.px(CAPTIONS_HEIGHT)
        if look.tight or body.width() < look.px(ROOMY_WIDTH) or room // count < look.px(ROW_HEIGHT):
            return None
        height = min(room // count, look.px(TALLEST_ROW))
        top = body.top() + look.px(CAPTIONS_HEIGHT)
        slots = tuple([QRect(body.left(), top + index * height, body.width(), height) for index in range(count)])
        return self._with_columns(
            Layout(slots, (), 0, roomy=True, large=height >= look.px(LARGE_ROW_HEIGHT), gap=look.px(GAP)), FIGURES
        )

    def _dense(self, body: QRect) -> Layout:
        look, count = self.look, len(self._centres)
        gap = look.px(BLOCK_GAP)
        fits = max(1, body.height() // look.px(DENSE_ROW_HEIGHT))
        widest = max(1, min(MOST_BLOCKS, (body.width() + gap) // (look.px(NARROWEST_BLOCK) + gap)))
        blocks = min(widest, -(-count // fits))
        lines = min(fits, -(-count // blocks))
        height = min(body.height() // lines, look.px(TALLEST_DENSE_ROW))
        width = (body.width() + gap) // blocks - gap
        slots = tuple(
            [
                QRect(body.left() + block * (width + gap), body.top() + line * height, width, height)
                for block in range(blocks)
                for line in range(lines)
            ]
        )
        figures = list(FIGURES)
        layout = self._with_columns(Layout(slots, (), 0, roomy=False, gap=look.px(DENSE_GAP)), figures)
        for figure in GIVE_WAY:
            if layout.name_width < look.px(NARROWEST_NAME):
                figures.remove(figure)
                layout = self._with_columns(layout, figures)
        spare = (layout.name_width - look.px(WIDEST_NAME)) // len(figures)
        if spare <= 0:
            return layout
        return self._with_columns(layout._replace(gap=min(layout.gap + spare, look.px(WIDEST_GAP))), figures)

    def _with_columns(self, layout: Layout, figures: Sequence[str]) -> Layout:
        """The columns from the right edge of a row on; what is left is the name's."""
        look = self.look
        right = layout.slots[0].width() - look.px(INSET if layout.roomy else INSET / 2)
        columns: list[Column] = []
        for figure in reversed(figures):
            left = right - round(self._width(figure, layout))
            columns.insert(0, Column(figure, left, right))
            right = left - layout.gap
        return layout._replace(columns=tuple(columns), name_width=right - self._name_left(layout))

    def _name_left(self, layout: Layout) -> int:
        return self.look.px(INSET + SIGN + 14 if layout.roomy else SIGN + 6)

    def _width(self, figure: str, layout: Layout) -> float:
        """As wide as the longest that is usual in the column; in a roomy layout also as its caption."""
        look, words = self.look, self.words
        hour = max(words.about(HOUR_S), words.about(HOUR_S - MINUTE_S), key=lambda text: look.width(text, Type.CAPTION))
        if not layout.roomy:
            samples = {
                "waiting": ("00",),
                "longest": ("00:00", hour),
                "service_level": (words.percent(1),),
                "incidents": ("00/0",),
                "load": (words.percent(1),),
                "age": ("00:00", hour, words.seconds(10)),
            }
            return max(look.width(sample, Type.CAPTION) for sample in samples[figure])
        type_ = layout.figures
        note = look.px(10)
        needed = {
            "waiting": look.width("00", type_),
            "longest": look.width("00:00", type_),
            "service_level": look.width(words.percent(1), type_)
            + note
            + look.width(self._sample_text(100), Type.CAPTION),
            "incidents": look.width("000", type_) + note + look.width(self._unassigned_text(10), Type.CAPTION),
            "load": look.px(BAR[0]) + note + look.width("000/000", Type.CAPTION),
            "age": max(look.width("00:00", Type.BODY), look.width(hour, Type.BODY)),
        }
        return max(look.width(words(f"centres.{figure}"), Type.CAPTION), needed[figure])

    def _chosen_rows(self, slots: int) -> tuple[list[CentreRow], list[CentreRow]]:
        """The rows that are shown, in their order, and those that are left out: the quiet ones, from the end."""
        rows = self._centres.model.rows
        if len(rows) <= slots:
            return rows, []
        by_need = sorted(range(len(rows)), key=lambda index: (-_need(rows[index]), index))
        shown = set(by_need[: slots - 1])
        return (
            [row for index, row in enumerate(rows) if index in shown],
            [row for index, row in enumerate(rows) if index not in shown],
        )

    # What stands there

    def _held_cells(self, layout: Layout, rect: QRect, row: CentreRow) -> Sequence[Cell]:
        """Of a hundred rows, at every outcome of every feed, few have anything new to say."""
        held = self._held.get(row.id)
        if held is None or held.row is not row or held.place is not rect:
            runs = row.state is FeedState.STALE and self._column("age") is None
            held = self._held[row.id] = Held(row, rect, tuple(self._row_cells(layout, rect, row)), runs)
            return held.cells
        if held.runs:
            return self._row_cells(layout, rect, row)
        return [
            cell._replace(content=cell.content._replace(text=self._running_text(cell, row)))
            if isinstance(cell.content, Running)
            else cell
            for cell in held.cells
        ]

    def _running_text(self, cell: Cell, row: CentreRow) -> str:
        return self._longest(row) if cell.paint == self._paint_longest else self._age(row)

    def _row_cells(self, layout: Layout, rect: QRect, row: CentreRow) -> Sequence[Cell]:
        places = {column.figure: column for column in layout.columns}
        content = RowContent(row, self._texts(row, told_age="age" in places))
        if row.state in _NO_DATA or (row.state is FeedState.STALE and "age" not in places):
            return (Cell(rect, content, self._paint_without_figures),)
        gap = layout.gap

        def part(left: int, right: int) -> QRect:
            return QRect(rect.left() + left, rect.top(), right - left, rect.height())

        longest, age = places["longest"], places.get("age")
        begins, ends = longest.left - gap // 2, longest.right + gap // 2
        last = age.left - gap // 2 if age else rect.width()
        cells = [
            Cell(part(0, begins), content, self._paint_lead),
            Cell(part(begins, ends), Running(self._longest(row), row), self._paint_longest),
            Cell(part(ends, last), row, self._paint_figures),
        ]
        if age:
            cells.append(Cell(part(last, rect.width()), Running(self._age(row), row), self._paint_age))
        return cells

    def _texts(self, row: CentreRow, *, told_age: bool) -> tuple[str, ...]:
        """What is wrong with a centre, in words and in fewer."""
        words = self.words
        if row.state is FeedState.CONNECTING:
            return (words("panel.waiting_for_data"),)
        if row.state is FeedState.STALE and not told_age:
            return (words("panel.data_age", age=self._age(row)),)
        if row.state is not FeedState.LIVE:
            if row.failure:
                return failure_texts(words, row.failure, row.status)
            return old_answers_texts(words) if row.old_answers else (words("rule.data_stale"),)
        if not row.alarm:
            return ()
        return (rule_title(words, self._centres[row.id].situation.alarms.rules[row.alarm], row.limit),)

    def _paint_words(self, pen: Pen, left: float, baseline: float, width: float, content: RowContent) -> None:
        look = self.look
        text = look.fitting(content.texts, Type.CAPTION, width)
        pen.elided(left, baseline, width, text, Type.CAPTION, look.signal(shown_severity(content.row), "muted"))

    def _longest(self, row: CentreRow) -> str:
        if row.waiting_since is None:
            return self.words("format.none") if row.waiting is None else ""
        store = self._centres[row.id]
        lasted_s = seconds_between(row.waiting_since, store.situation.as_of or store.now)
        return self.words.about(lasted_s) if row.state is FeedState.STALE else self._duration(lasted_s)

    def _age(self, row: CentreRow) -> str:
        age_s = self._centres[row.id].data_age_s
        if age_s is None:
            return self.words("format.none")
        return self.words.seconds(int(age_s)) if row.state is FeedState.LIVE else self._duration(age_s)

    def _duration(self, seconds: float) -> str:
        """As a clock as long as there is room for it."""
        return clock(seconds) if seconds < HOUR_S else self.words.about(seconds)

    def _sample_text(self, n: int) -> str:
        return self.words("format.sample", n=self.words.number(n))

    def _unassigned_text(self, count: int) -> str:
        return self.words("kpis.incidents_unassigned", count=self.words.number(count))

    def _number(self, value: int | None) -> str:
        return self.words("format.none") if value is None else self.words.number(value)

    # How it is painted. `left` is the left edge of the row.

    @property
    def _now(self) -> Layout:
        assert self._layout is not None
        return self._layout[1]

    def _column(self, figure: str) -> Column | None:
        return next((column for column in self._now.columns if column.figure == figure), None)

    def _left_of_row(self, rect: QRect, figure: str) -> int:
        """Seen from the cell of a figure, which begins half a gap before it."""
        column = self._column(figure)
        assert column is not None
        return rect.left() - column.left + self._now.gap // 2

    def _shade(self, row: CentreRow, name: str) -> str:
        return name if row.state is FeedState.LIVE else "stale"

    def _severity(self, row: CentreRow, figure: str) -> Severity | None:
        """Old figures raise no alarm of their own."""
        severity: Severity | None = getattr(row.levels, figure)
        return severity if row.state is FeedState.LIVE or figure == "age" else None

    def _paint_ground(self, pen: Pen, rect: QRect, row: CentreRow) -> None:
        look = self.look
        if row.state in (FeedState.STALE, FeedState.FAILED):
            pen.painter.fillRect(rect, look.hatch())
        elif row.severity is Severity.CRITICAL:  # a warning has its sign: many of them would be a wall of amber
            pen.painter.fillRect(rect, look.signal_fill(row.severity))
        self.paint_rule(pen, rect)

    def _paint_captions(self, pen: Pen, rect: QRect, columns: tuple[Column, ...]) -> None:
        look = self.look
        baseline = rect.bottom() - look.px(9)
        for column in columns:
            text = self.words(f"centres.{column.figure}")
            if column.figure in ("service_level", "incidents"):
                # Over the number; its note goes on to the right.
                sample = self.words.percent(1) if column.figure == "service_level" else "000"
                end = column.left + look.width(sample, self._now.figures)
                left = rect.left() + max(column.left, end - look.width(text, Type.CAPTION))
                pen.text(left, baseline, text, Type.CAPTION, look.colour("muted"))
            elif column.figure == "load":
                pen.text(rect.left() + column.left, baseline, text, Type.CAPTION, look.colour("muted"))
            else:
                pen.text_right(rect.left() + column.right, baseline, text, Type.CAPTION, look.colour("muted"))

    def _paint_name(self, pen: Pen, rect: QRect, content: RowContent) -> None:
        look, row, layout = self.look, content.row, self._now
        middle = rect.top() + rect.height() / 2
        severity = shown_severity(row)
        if severity is not None:
            side = look.px(SIGN if layout.roomy else SIGN - 4)
            left = rect.left() + look.px(INSET if layout.roomy else INSET / 3)
            pen.sign(QRectF(left, middle - side / 2, side, side), severity, look.signal(severity))
        left = rect.left() + self._name_left(layout)
        width = layout.name_width
        type_, colour = layout.names, look.colour(self._shade(row, "text"))
        cap, small = look.cap_height(type_), look.cap_height(Type.CAPTION)
        if not layout.roomy:
            # In the middle, for centres of one region differ at the end of their names as often as at the beginning.
            name = look.metrics(type_).elidedText(row.short, Qt.TextElideMode.ElideMiddle, width)
            pen.text(left, middle + cap / 2, name, type_, colour)
        elif not content.texts or row.state in _NO_DATA:
            pen.elided(left, middle + cap / 2, width, row.name, type_, colour)
        else:
            gap = (rect.height() - cap - small) / 3
            pen.elided(left, rect.top() + gap + cap, width, row.name, type_, colour)
            self._paint_words(pen, left, rect.bottom() - gap, width, content)

    def _paint_lead(self, pen: Pen, rect: QRect, content: RowContent) -> None:
        self._paint_ground(pen, rect, content.row)
        self._paint_name(pen, rect, content)
        self._paint_figure(pen, rect, rect.left(), "waiting", self._number(content.row.waiting), content.row)

    def _paint_longest(self, pen: Pen, rect: QRect, running: Running) -> None:
        self._paint_ground(pen, rect, running.row)
        left = self._left_of_row(rect, "longest")
        self._paint_figure(pen, rect, left, "longest", running.text, running.row)

    def _paint_figures(self, pen: Pen, rect: QRect, row: CentreRow) -> None:
        self._paint_ground(pen, rect, row)
        first = next(column.figure for column in self._now.columns if column.figure not in ("waiting", "longest"))
        left = self._left_of_row(rect, first)
        none = self.words("format.none")
        level = row.service_level
        share = none if level is None or level.value is None else self.words.percent(level.value)
        incidents = self._number(row.incidents)
        if self._now.roomy:
            sample = self._sample_text(level.n) if level and level.n else ""
            unassigned = self._unassigned_text(row.unassigned) if row.unassigned else ""
            self._paint_noted(pen, rect, left, "service_level", share, sample, row)
            self._paint_noted(pen, rect, left, "incidents", incidents, unassigned, row)
            self._paint_load(pen, rect, left, row)
            return
        if row.unassigned:
            incidents = f"{incidents}/{row.unassigned}"
        load = none if not row.units or row.busy is None else self.words.percent(row.busy / row.units)
        for figure, text in (("service_level", share), ("incidents", incidents), ("load", load)):
            self._paint_figure(pen, rect, left, figure, text, row)

    def _paint_figure(self, pen: Pen, rect: QRect, left: int, figure: str, text: str, row: CentreRow) -> None:
        """With its right end at that of its column."""
        column = self._column(figure)
        if column is not None and text:
            self._paint_number(pen, rect, left + column.right, figure, text, row)

    def _paint_number(self, pen: Pen, rect: QRect, right: float, figure: str, text: str, row: CentreRow) -> None:
        look, type_ = self.look, self._type(row)
        baseline = rect.top() + rect.height() / 2 + look.cap_height(type_) / 2
        colour = look.signal(self._severity(row, figure), self._shade(row, "text"))
        if type_ in (Type.TIMER, Type.TITLE):
            pen.figures_right(right, baseline, text, type_, colour)
        else:
            pen.text_right(right, baseline, text, type_, colour)

    def _type(self, row: CentreRow) -> Type:
        """Of figures: old ones lose their weight."""
        return self._now.figures if row.state is FeedState.LIVE or not self._now.roomy else Type.BODY

    def _paint_noted(self, pen: Pen, rect: QRect, left: int, figure: str, text: str, note: str, row: CentreRow) -> None:
        """A number with small words after it; the numbers of a column stand below each other."""
        column = self._column(figure)
        assert column is not None
        look, type_ = self.look, self._now.figures
        sample = self.words.percent(1) if figure == "service_level" else "000"
        right = left + column.left + look.width(sample, type_)
        self._paint_number(pen, rect, right, figure, text, row)
        baseline = rect.top() + rect.height() / 2 + look.cap_height(self._type(row)) / 2
        pen.text(right + look.px(10), baseline, note, Type.CAPTION, look.colour(self._shade(row, "muted")))

    def _paint_load(self, pen: Pen, rect: QRect, left: int, row: CentreRow) -> None:
        """A bar of the units in service, filled as far as they are at work."""
        column = self._column("load")
        assert column is not None
        look, painter = self.look, pen.painter
        middle = rect.top() + rect.height() / 2
        severity = self._severity(row, "load")
        baseline = middle + look.cap_height(Type.CAPTION) / 2
        text = self.words("format.none") if not row.units or row.busy is None else f"{row.busy}/{row.units}"
        colour = look.signal(severity, self._shade(row, "text"))
        width, height = (look.px(side) for side in BAR)
        pen.text(left + column.left + width + look.px(10), baseline, text, Type.CAPTION, colour)
        if not row.units or row.busy is None:
            return
        bar = QRectF(left + column.left, middle - height / 2, width, height)
        filled = QRectF(bar.left(), bar.top(), width * row.busy / row.units, height)
        painter.fillRect(filled, look.signal(severity, self._shade(row, "mark")))
        painter.setPen(look.pen(look.colour("outline")))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(bar)

    def _paint_age(self, pen: Pen, rect: QRect, running: Running) -> None:
        row, look = running.row, self.look
        self._paint_ground(pen, rect, row)
        column = self._column("age")
        assert column is not None
        fresh = row.state is FeedState.LIVE
        type_ = Type.CAPTION if fresh or not self._now.roomy else Type.BODY
        baseline = rect.top() + rect.height() / 2 + look.cap_height(type_) / 2
        colour = look.signal(self._severity(row, "age"), "muted" if fresh else "text")
        pen.text_right(self._left_of_row(rect, "age") + column.right, baseline, running.text, type_, colour)

    def _paint_without_figures(self, pen: Pen, rect: QRect, content: RowContent) -> None:
        """Words stand where the figures would: of old ones where their age has no place, and of none at all."""
        look = self.look
        self._paint_ground(pen, rect, content.row)
        self._paint_name(pen, rect, content)
        baseline = rect.top() + rect.height() / 2 + look.cap_height(Type.CAPTION) / 2
        left = rect.left() + self._now.columns[0].left
        width = rect.right() - look.px(INSET / 2) - left
        self._paint_words(pen, left, baseline, width, content)

    def _paint_rest(self, pen: Pen, rect: QRect, rest: Rest) -> None:
        look = self.look
        self.paint_rule(pen, rect)
        middle = rect.top() + rect.height() / 2
        if rest.severity is not None:
            side = look.px(SIGN - 4)
            left = rect.left() + look.px(INSET / 3)
            pen.sign(QRectF(left, middle - side / 2, side, side), rest.severity, look.signal(rest.severity))
        left = rect.left() + self._name_left(self._now)
        baseline = middle + look.cap_height(Type.CAPTION) / 2
        pen.elided(left, baseline, rect.right() - left, rest.text, Type.CAPTION, look.signal(rest.severity, "muted"))


def shown_severity(row: CentreRow) -> Severity | None:
    """Of the row's sign: the worst alarm's, but of old data nothing is alarming any more than that they are old."""
    return row.levels.age if row.state is FeedState.STALE else row.severity


def _need(row: CentreRow) -> int:
    """How much a row needs to be seen."""
    severity = shown_severity(row)
    return int(severity) if severity is not None else int(row.state is not FeedState.LIVE)
