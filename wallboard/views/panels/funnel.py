"""From calls received to incidents closed: what merely rang, what was verified, and what became of it today."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from PySide6.QtCore import QRect

from wallboard.core.daybook import CallsToday, IncidentsToday
from wallboard.views.cells import Cell, Pen
from wallboard.views.panels.panel import Panel
from wallboard.views.theme import Type

PADDING = 22
LABEL_GAP = 10
LINE_HEIGHT = 56

ALWAYS = ("received", "answered", "verified", "information", "prank", "ghost", "abandoned")
IF_ANY = ("duplicate", "test", "pending", "other")
IMPORTANCE = ("received", "verified", "answered", "abandoned", "prank", "ghost", "information", "closed", "dispatched")
"""What stays where not all fit; the rest goes first."""


class Step(NamedTuple):
    label: str
    value: str
    strong: bool
    first: bool
    stale: bool


class FunnelPanel(Panel):
    """One line of steps; more lines where the panel is higher."""

    def body_cells(self, body: QRect) -> Sequence[Cell]:
        look = self.look
        kpis = self.store.situation.kpis()
        if kpis is None:
            return (Cell(body, self.no_data_text(), self.paint_empty),)
        calls = kpis.calls.today if kpis.calls else None
        incidents = kpis.incidents.today if kpis.incidents else None
        steps = self._call_steps(calls) | self._incident_steps(incidents, calls.since if calls else None)
        lines = max(1, body.height() // look.px(LINE_HEIGHT))
        widths = {name: self._width(*step) for name, step in steps.items()}
        names = self._fitting(list(steps), widths, body.width() * lines, body.width())
        rows = _broken(names, widths, body.width())[:lines]
        height = body.height() // max(1, min(lines, len(rows)))
        cells: list[Cell] = []
        for index, row in enumerate(rows):
            spare = (body.width() - sum(widths[name] for name in row)) // len(row) if len(rows) == 1 else 0
            left = body.left()
            for name in row:
                width = widths[name] + spare
                step = Step(*steps[name], name == "verified", name == row[0], self.stale)
                cells.append(Cell(QRect(left, body.top() + index * height, width, height), step, self._paint_step))
                left += width
        return cells

    def _call_steps(self, today: CallsToday | None) -> dict[str, tuple[str, str]]:
        """Label and value by name."""
        if today is None:
            return {"calls": (self.words("untold.calls"), "")}
        counts = {"received": today.received, "answered": today.answered, "abandoned": today.abandoned}
        counts |= today.dispositions
        names = [*ALWAYS, *(name for name in IF_ANY if counts[name])]
        return {name: self._step(name, counts[name], today.since if name == "received" else None) for name in names}

    def _incident_steps(self, today: IncidentsToday | None, calls_since: datetime | None) -> dict[str, tuple[str, str]]:
        """They say since when they count where that is not when the calls, which come first, do."""
        if today is None:
            return {"incidents": (self.words("untold.incidents"), "")}
        since = today.since if today.since != calls_since else None
        return {
            "dispatched": self._step("dispatched", today.dispatched, since),
            "closed": self._step(
                "closed", today.closed, today.closed_since if today.closed_since != today.since else None
            ),
        }

    def _step(self, name: str, count: int | None, since: datetime | None) -> tuple[str, str]:
        label = self.words(f"funnel.{name}")
        if since is not None:
            label = f"{label} {self.words('format.since', time=self.local_time(since))}"
        return label, self.words.number(count)

    def _width(self, label: str, value: str) -> int:
        look = self.look
        text = look.width(label, Type.CAPTION) + look.width(value, Type.TIMER)
        return round(text) + look.px(2 * PADDING + LABEL_GAP)

    @staticmethod
    def _fitting(names: list[str], widths: dict[str, int], room: int, line: int) -> list[str]:
        """Leave out what matters least until the rest fits."""
        dispensable = [name for name in names if name not in IMPORTANCE] + list(reversed(IMPORTANCE))
        kept = list(names)
        for name in dispensable:
            if (
                sum(widths[kept_name] for kept_name in kept) <= room
                and len(_broken(kept, widths, line)) <= room // line
            ):
                break
            if name in kept and len(kept) > 1:
                kept.remove(name)
        return kept

    def _paint_step(self, pen: Pen, rect: QRect, step: Step) -> None:
        look = self.look
        middle = rect.top() + rect.height() / 2
        if not step.first:
            height = look.px(36)
            pen.painter.fillRect(rect.left(), round(middle - height / 2), look.px(1.5), height, look.colour("line"))
        left = rect.left() + (0 if step.first else look.px(PADDING))
        label_colour = look.colour(self.shade("text" if step.strong else "muted"))
        end = pen.elided(
            left,
            middle + look.cap_height(Type.CAPTION) / 2,
            rect.width(),
            step.label,
            Type.CAPTION,
            label_colour,
        )
        pen.figures(
            end + look.px(LABEL_GAP),
            middle + look.cap_height(Type.TIMER) / 2,
            step.value,
            Type.TIMER,
            look.colour(self.shade("text")),
        )


def _broken(names: list[str], widths: dict[str, int], room: int) -> list[list[str]]:
    """Names broken into lines that fit the room."""
    lines: list[list[str]] = [[]]
    used = 0
    for name in names:
        if lines[-1] and used + widths[name] > room:
            lines.append([])
            used = 0
        lines[-1].append(name)
        used += widths[name]
    return lines
