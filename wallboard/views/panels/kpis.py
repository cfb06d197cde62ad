"""The six figures that say at a glance how the centre is doing."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from PySide6.QtCore import QRect, QRectF

from wallboard.core.alarms import Severity
from wallboard.core.entities import ANSWERED
from wallboard.core.metrics import EstimatedShare
from wallboard.core.situation import CallFigures, IncidentFigures
from wallboard.core.usual import USUAL_HIGH, USUAL_LOW, poisson_quantile
from wallboard.language import clock
from wallboard.views.cells import Cell, Pen
from wallboard.views.pages import GAP, TIGHT_GAP
from wallboard.views.panels.panel import PADDING, RADIUS, Panel
from wallboard.views.theme import Type

NARROWEST_TILE = 250
"""Units; a tile narrower than this could not hold its label."""

COLUMNS = (1, 2, 1, 1, 1, 1)
"""Of each tile, where they stand in one row: the service level has two figures. Seven in all, as the overview has, so
that tiles and panels have edges in common.
"""

SIGN = 26
PERCENT = 100
MOST_SECONDS = 100
"""Longer than this a duration is easier to read as minutes and seconds."""

BAR = 8
RIGHT_PADDING = 14
SMALLEST_GAP = 11
BESIDE_GAP = 18
"""Before what stands beside a value."""

SECOND_SIGN = 20


class Figure(NamedTuple):
    """Each note says the same, the longest first; `interval` is that of the value."""

    value: str
    notes: tuple[str, ...]
    severity: Severity | None = None
    interval: str = ""


class Tile(NamedTuple):
    """`second` is a figure of its own, with its label, and shown where there is room for it."""

    label: str
    figure: Figure
    second: tuple[str, Figure] | None = None
    stale: bool = False


class KpiPanel(Panel):
    """A row of tiles, or two where the panel is narrow; each tile is a panel of its own."""

    def cells(self) -> Sequence[Cell]:
        heading = super().cells()
        top = heading[0].rect.bottom() + 1 + self.look.px(4) if heading else 0
        tiles = self._tiles()
        gap = self.look.height(GAP, TIGHT_GAP)
        columns = max(1, (self.width() + gap) // (self.look.px(NARROWEST_TILE) + gap))
        if columns >= sum(COLUMNS):
            rows, columns = 1, sum(COLUMNS)
            places = [(0, end - span, end) for span, end in zip(COLUMNS, accumulate(COLUMNS), strict=True)]
        else:
            columns = min(len(tiles), columns)
            most_rows = max(1, (self.height() - top + gap) // (self._lowest_tile() + gap))
            tiles = tiles[: columns * most_rows]  # in the order of their importance: a far wall shows less
            rows = -(-len(tiles) // columns)
            columns = -(-len(tiles) // rows)
            places = [(index // columns, index % columns, index % columns + 1) for index in range(len(tiles))]
        cells = [*heading]
        for tile, (row, begins, ends) in zip(tiles, places, strict=True):
            left, right = (round(place * (self.width() + gap) / columns) for place in (begins, ends))
            upper, lower = (top + round(place * (self.height() - top + gap) / rows) for place in (row, row + 1))
            cells.append(Cell(QRect(left, upper, right - left - gap, lower - upper - gap), tile, self._paint_tile))
        return cells

    def _lowest_tile(self) -> int:
        """With its label and its value."""
        look = self.look
        caption, number = look.cap_height(Type.CAPTION), look.cap_height(Type.NUMBER)
        return round(caption + number + 3 * look.px(SMALLEST_GAP / 2))

    def body_cells(self, body: QRect) -> Sequence[Cell]:
        return ()

    def paint_ground(self, pen: Pen, rect: QRect) -> None:
        pen.painter.fillRect(rect, self.look.colour("background"))

    def _tiles(self) -> list[Tile]:
        words = self.words
        kpis = self.store.situation.kpis()
        none = words("format.none")
        labels = ("waiting", "service_level", "answer", "calls_today", "verified", "incidents")
        if kpis is None:
            nothing = Figure(none, (self.no_data_text(),))
            return [Tile(words(f"kpis.{label}"), nothing) for label in labels]
        of_calls = (self._waiting, self._service_level, self._answer, self._calls_today, self._verified)
        untold = self._untold()
        figures = (
            *(figure(kpis.calls) if kpis.calls else untold for figure in of_calls),
            self._incidents(kpis.incidents) if kpis.incidents else untold,
        )
        seconds = {"service_level": self._service_level_20(kpis.calls)} if kpis.calls else {}
        return [
            Tile(words(f"kpis.{label}"), figure, seconds.get(label), self.stale)
            for label, figure in zip(labels, figures, strict=True)
        ]

    def _severity(self, metric: str) -> Severity | None:
        centre = self.store.situation.centre
        if centre is None:
            return None
        return self.store.situation.alarms.severity(metric, centre.id)

    def _untold(self) -> Figure:
        return Figure(self.words("format.none"), (self.words("untold.figure"),))

    def _waiting(self, calls: CallFigures) -> Figure:
        words = self.words
        if calls.waiting is None:
            return self._untold()
        note = words("kpis.waiting_none")
        if calls.longest_waiting_s is not None:
            note = words("kpis.waiting_longest", age=self.lasting(calls.longest_waiting_s))
        return Figure(words.number(calls.waiting), (note,), self._severity("calls_waiting"))

    def _service_level(self, calls: CallFigures) -> Figure:
        words = self.words
        level = calls.answering.service_level_15
        if level is None:
            return self._untold()
        if level.value is None:
            return Figure(words("format.none"), (self._none_answered(calls),))
        target = self.store.situation.settings.service_level_target
        sample = words.number(level.n)
        notes = [words("format.sample", n=sample)]
        if target is not None:
            notes.insert(0, words("kpis.service_level_target", target=words.percent(target), n=sample))
        severity = self._severity("service_level")
        return Figure(words.percent(level.value), tuple(notes), severity, self._interval(level))

    def _service_level_20(self, calls: CallFigures) -> tuple[str, Figure] | None:
        words, level = self.words, calls.answering.service_level_20
        if level is None:
            return None
        figure = Figure(words.percent(level.value), (self._interval(level),), self._severity("service_level_20"))
        return words("kpis.service_level_20"), figure

    def _interval(self, level: EstimatedShare) -> str:
        """The 95 % interval of a share; empty where there is none."""
        if level.low is None or level.high is None:
            return ""
        return self.words(
            "format.range", low=self.words.number(PERCENT * level.low), high=self.words.percent(level.high)
        )

    def _answer(self, calls: CallFigures) -> Figure:
        words = self.words
        if not self.store.situation.tells(ANSWERED):
            return self._untold()
        mean, p90 = calls.answering.average_speed_of_answer_s, calls.answering.answer_p90_s
        if mean is None or p90 is None:
            return Figure(words("format.none"), (self._none_answered(calls),))
        return Figure(self._duration(mean), (words("kpis.answer_p90", value=self._duration(p90)),))

    def _none_answered(self, calls: CallFigures) -> str:
        return self.words("kpis.none_answered" if calls.answering.offered else "kpis.none_offered")

    def _duration(self, seconds: float) -> str:
        return self.words.seconds(seconds) if seconds < MOST_SECONDS else clock(seconds)

    def _calls_today(self, calls: CallFigures) -> Figure:
        words, today = self.words, calls.today
        if today.since is not None:
            note = words("kpis.calls_today_since", time=self.local_time(today.since))
        elif usual := self._usual_until_now():
            low, high = (words.number(poisson_quantile(usual, share)) for share in (USUAL_LOW, USUAL_HIGH))
            note = words("kpis.calls_today_usual", low=low, high=high)
        elif calls.talking is None:
            note = ""
        else:
            note = words("kpis.calls_today_talking", count=words.number(calls.talking))
        return Figure(words.number(today.received), (note,), self._severity("calls_per_hour"))

    def _usual_until_now(self) -> float:
        """The calls that are usual from midnight to now; 0 where it is not known."""
        situation = self.store.situation
        return sum((situation.usual_hour(hour.start) or 0.0) * hour.elapsed for hour in situation.hours())

    def _verified(self, calls: CallFigures) -> Figure:
        words, today = self.words, calls.today
        value = words.number(today.dispositions["verified"])
        if today.verified_share.value is None:
            return Figure(value, (words("kpis.none_received"),))
        share = words.percent(today.verified_share.value, 1)
        return Figure(value, (words("kpis.verified_share", share=share), share))

    def _incidents(self, incidents: IncidentFigures) -> Figure:
        words = self.words
        note = words("kpis.incidents_assigned")
        if incidents.unassigned:
            note = words("kpis.incidents_unassigned", count=words.number(incidents.unassigned))
        return Figure(words.number(incidents.active), (note,))

    def _paint_tile(self, pen: Pen, rect: QRect, tile: Tile) -> None:
        look, figure = self.look, tile.figure
        severity = None if tile.stale else figure.severity
        ground = QRectF(rect)
        pen.painter.save()
        pen.box(ground, RADIUS, look.colour("panel"))
        if tile.stale:
            pen.painter.setBrush(look.hatch())
            pen.painter.drawRoundedRect(ground, look.px(RADIUS), look.px(RADIUS))
        elif severity is not None:
            pen.painter.setClipRect(QRect(rect.left(), rect.top(), look.px(BAR), rect.height()))
            pen.box(ground, RADIUS, look.signal(severity))
        pen.painter.restore()
        left = rect.left() + look.px(PADDING)
        right = float(rect.right() - look.px(RIGHT_PADDING))
        muted = look.colour(self.shade("muted"))
        label, value, note = self._baselines(rect)
        if tile.second is not None and note is not None:
            right = self._paint_second(pen, rect, right, tile)
        pen.elided(left, label, right - left, tile.label, Type.CAPTION, muted)
        colour = look.signal(severity, self.shade("text"))
        end = pen.figures(left, value, figure.value, Type.NUMBER, colour)
        if severity is not None:
            side = look.px(SIGN)
            pen.sign(QRectF(end + look.px(14), value - side, side, side), severity, colour)
            end += look.px(14) + side
        if note is not None:
            pen.elided(
                left, note, right - left, look.fitting(figure.notes, Type.CAPTION, right - left), Type.CAPTION, muted
            )
        for beside in filter(None, (figure.interval,) if note is not None else figure.notes):
            if end + look.px(BESIDE_GAP) + look.width(beside, Type.CAPTION) <= right:
                pen.text(end + look.px(BESIDE_GAP), value, beside, Type.CAPTION, muted)
                break

    def _paint_second(self, pen: Pen, rect: QRect, right: float, tile: Tile) -> float:
        """Right of a line, and smaller, where it fits. Returns where the room for the first figure ends."""
        assert tile.second is not None
        look, (label, figure) = self.look, tile.second
        severity = None if tile.stale else figure.severity
        whole = self.words.percent(1)
        width = max(
            look.width(label, Type.CAPTION),
            look.width(whole, Type.TITLE) + look.px(8 + SECOND_SIGN),
            look.width(self.words("format.range", low=self.words.number(PERCENT), high=whole), Type.CAPTION),
        )
        left = right - width
        line = left - look.px(PADDING)
        needed = look.width(tile.label, Type.CAPTION) + look.px(2 * PADDING)
        if line - rect.left() < needed:
            return right
        first, value, note = self._baselines(rect)
        assert note is not None
        muted = look.colour(self.shade("muted"))
        top = first - look.cap_height(Type.CAPTION)
        pen.painter.fillRect(QRectF(line, top, look.px(1.5), note - top), look.colour("line"))
        pen.text(left, first, label, Type.CAPTION, muted)
        colour = look.signal(severity, self.shade("text"))
        end = pen.figures(left, value, figure.value, Type.TITLE, colour)
        if severity is not None:
            side = look.px(SECOND_SIGN)
            pen.sign(QRectF(end + look.px(8), value - side, side, side), severity, colour)
        pen.text(left, note, figure.notes[0], Type.CAPTION, muted)
        return line - look.px(RIGHT_PADDING)

    def _baselines(self, rect: QRect) -> tuple[float, float, float | None]:
        """Of label, value and note; a low tile has no line for its note."""
        caption, number = self.look.cap_height(Type.CAPTION), self.look.cap_height(Type.NUMBER)
        three = rect.height() - 2 * caption - number >= 4 * self.look.px(SMALLEST_GAP)
        gap = (rect.height() - (2 if three else 1) * caption - number) / (4 if three else 3)
        label = rect.top() + gap + caption
        value = label + gap + number
        return label, value, value + gap + caption if three else None
