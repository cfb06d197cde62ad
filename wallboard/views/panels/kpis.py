"""The six figures that say at a glance how the centre is doing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QRect, QRectF

from wallboard.core.alarms import Severity
from wallboard.core.entities import ANSWERED
from wallboard.core.situation import CallFigures, IncidentFigures
from wallboard.core.usual import USUAL_HIGH, USUAL_LOW, poisson_quantile
from wallboard.language import clock
from wallboard.views.cells import Cell, Pen
from wallboard.views.panels.panel import PADDING, RADIUS, Panel
from wallboard.views.theme import Type

GAP = 14
NARROWEST_TILE = 250
"""Units; a tile narrower than this could not hold its label."""

SIGN = 26
MOST_SECONDS = 100
"""Longer than this a duration is easier to read as minutes and seconds."""

BAR = 8
SMALLEST_GAP = 11


class Tile(NamedTuple):
    label: str
    value: str
    note: str
    severity: Severity | None = None
    stale: bool = False


Figure = tuple[str, str, Severity | None]
"""A tile's value, note and severity."""


class KpiPanel(Panel):
    """A row of tiles, or two where the panel is narrow; each tile is a panel of its own."""

    def cells(self) -> Sequence[Cell]:
        super().cells()
        tiles = self._tiles()
        gap = self.look.px(GAP)
        columns = max(1, min(len(tiles), (self.width() + gap) // (self.look.px(NARROWEST_TILE) + gap)))
        most_rows = max(1, (self.height() + gap) // (self._lowest_tile() + gap))
        tiles = tiles[: columns * most_rows]  # in the order of their importance: a far wall shows less
        rows = -(-len(tiles) // columns)
        columns = -(-len(tiles) // rows)
        cells = []
        for index, tile in enumerate(tiles):
            row, column = divmod(index, columns)
            left, right = (round(place * (self.width() + gap) / columns) for place in (column, column + 1))
            top, bottom = (round(place * (self.height() + gap) / rows) for place in (row, row + 1))
            cells.append(Cell(QRect(left, top, right - left - gap, bottom - top - gap), tile, self._paint_tile))
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
            return [Tile(words(f"kpis.{label}"), none, self.no_data_text()) for label in labels]
        of_calls = (self._waiting, self._service_level, self._answer, self._calls_today, self._verified)
        untold = self._untold()
        contents = (
            *(figure(kpis.calls) if kpis.calls else untold for figure in of_calls),
            self._incidents(kpis.incidents) if kpis.incidents else untold,
        )
        return [
            Tile(words(f"kpis.{label}"), value, note, severity, self.stale)
            for label, (value, note, severity) in zip(labels, contents, strict=True)
        ]

    def _severity(self, metric: str) -> Severity | None:
        centre = self.store.situation.centre
        if centre is None:
            return None
        return self.store.situation.alarms.severity(metric, centre.id)

    def _untold(self) -> Figure:
        return self.words("format.none"), self.words("untold.figure"), None

    def _waiting(self, calls: CallFigures) -> Figure:
        words = self.words
        if calls.waiting is None:
            return self._untold()
        note = words("kpis.waiting_none")
        if calls.longest_waiting_s is not None:
            note = words("kpis.waiting_longest", age=self.lasting(calls.longest_waiting_s))
        return words.number(calls.waiting), note, self._severity("calls_waiting")

    def _service_level(self, calls: CallFigures) -> Figure:
        words = self.words
        level = calls.answering.service_level_15
        if level is None:
            return self._untold()
        if level.value is None:
            return words("format.none"), self._none_answered(calls), None
        target = self.store.situation.settings.service_level_target
        note = words("kpis.service_level_n", n=words.number(level.n))
        if target is not None:
            note = words("kpis.service_level_target", target=words.percent(target), n=words.number(level.n))
        return words.percent(level.value), note, self._severity("service_level")

    def _answer(self, calls: CallFigures) -> Figure:
        words = self.words
        if not self.store.situation.tells(ANSWERED):
            return self._untold()
        mean, p90 = calls.answering.average_speed_of_answer_s, calls.answering.answer_p90_s
        if mean is None or p90 is None:
            return words("format.none"), self._none_answered(calls), None
        return self._duration(mean), words("kpis.answer_p90", value=self._duration(p90)), None

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
        return words.number(today.received), note, self._severity("calls_per_hour")

    def _usual_until_now(self) -> float:
        """The calls that are usual from midnight to now; 0 where it is not known."""
        situation = self.store.situation
        return sum((situation.usual_hour(hour.start) or 0.0) * hour.elapsed for hour in situation.hours())

    def _verified(self, calls: CallFigures) -> Figure:
        words, today = self.words, calls.today
        value = words.number(today.dispositions["verified"])
        if today.verified_share.value is None:
            return value, words("kpis.none_received"), None
        return value, words("kpis.verified_share", share=words.percent(today.verified_share.value, 1)), None

    def _incidents(self, incidents: IncidentFigures) -> Figure:
        words = self.words
        note = words("kpis.incidents_assigned")
        if incidents.unassigned:
            note = words("kpis.incidents_unassigned", count=words.number(incidents.unassigned))
        return words.number(incidents.active), note, None

    def _paint_tile(self, pen: Pen, rect: QRect, tile: Tile) -> None:
        look = self.look
        ground = QRectF(rect)
        pen.painter.save()
        pen.box(ground, RADIUS, look.colour("panel"))
        if tile.stale:
            pen.painter.setBrush(look.hatch())
            pen.painter.drawRoundedRect(ground, look.px(RADIUS), look.px(RADIUS))
        elif tile.severity is not None:
            pen.painter.setClipRect(QRect(rect.left(), rect.top(), look.px(BAR), rect.height()))
            pen.box(ground, RADIUS, look.signal(tile.severity))
        pen.painter.restore()
        left = rect.left() + look.px(PADDING) + look.px(4)
        width = rect.right() - look.px(PADDING) - left
        muted = look.colour(self.shade("muted"))
        label, value, note = self._baselines(rect)
        pen.elided(left, label, width, tile.label, Type.CAPTION, muted)
        colour = look.signal(None if tile.stale else tile.severity, self.shade("text"))
        end = pen.figures(left, value, tile.value, Type.NUMBER, colour)
        if tile.severity is not None and not tile.stale:
            side = look.px(SIGN)
            pen.sign(QRectF(end + look.px(14), value - side, side, side), tile.severity, colour)
            end += look.px(14) + side
        if note is not None:
            pen.elided(left, note, width, tile.note, Type.CAPTION, muted)
        elif end + look.px(18) + look.width(tile.note, Type.CAPTION) <= left + width:
            pen.text(end + look.px(18), value, tile.note, Type.CAPTION, muted)

    def _baselines(self, rect: QRect) -> tuple[float, float, float | None]:
        """Of label, value and note; a low tile has no line for its note."""
        caption, number = self.look.cap_height(Type.CAPTION), self.look.cap_height(Type.NUMBER)
        three = rect.height() - 2 * caption - number >= 4 * self.look.px(SMALLEST_GAP)
        gap = (rect.height() - (2 if three else 1) * caption - number) / (4 if three else 3)
        label = rect.top() + gap + caption
        value = label + gap + number
        return label, value, value + gap + caption if three else None
