"""Which panels stand where: pages as grids, and the pages a wall has when its configuration names none."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from itertools import groupby

from msgspec import Struct
from msgspec.structs import replace
from PySide6.QtCore import QRect

GAP, TIGHT_GAP = 16, 8


class PanelName(StrEnum):
    KPIS = "kpis"
    INCIDENTS = "incidents"
    CALLS = "calls"
    HOURS = "hours"
    AGENCIES = "agencies"
    FUNNEL = "funnel"
    CENTRES = "centres"
    DIAGNOSTICS = "diagnostics"


class Placement(Struct, frozen=True):
    """A panel's place in the grid of its page, from column and row 0."""

    panel: PanelName
    column: int
    row: int
    column_span: int = 1
    row_span: int = 1


class Page(Struct, frozen=True):
    """`feed` names the centre that the page shows; None where it shows all, or stands for each of them."""

    name: str
    columns: int
    rows: int
    panels: tuple[Placement, ...]
    feed: str | None = None

    @property
    def of_one_centre(self) -> bool:
        return any(placement.panel is not PanelName.CENTRES for placement in self.panels)


ROLL_UP = Page("centres", 1, 1, (Placement(PanelName.CENTRES, 0, 0),))
"""Every centre in a row."""

OVERVIEW = Page(
    "overview",
    columns=7,
    rows=49,
    panels=(
        Placement(PanelName.KPIS, 0, 0, 7, 9),
        Placement(PanelName.INCIDENTS, 0, 9, 4, 36),
        Placement(PanelName.CALLS, 4, 9, 3, 12),
        Placement(PanelName.HOURS, 4, 21, 3, 9),
        Placement(PanelName.AGENCIES, 4, 30, 3, 15),
        Placement(PanelName.FUNNEL, 0, 45, 7, 4),
    ),
)
"""Everything on one page, for a screen that is read from near."""

UPRIGHT = Page(
    "overview",
    columns=2,
    rows=100,
    panels=(
        Placement(PanelName.KPIS, 0, 0, 2, 5),
        Placement(PanelName.INCIDENTS, 0, 5, 2, 54),
        Placement(PanelName.CALLS, 0, 59, 1, 17),
        Placement(PanelName.AGENCIES, 1, 59, 1, 17),
        Placement(PanelName.HOURS, 0, 76, 2, 21),
        Placement(PanelName.FUNNEL, 0, 97, 2, 3),
    ),
)
"""The same for a screen that stands on its side."""

HALVES = (
    Page(
        "incidents",
        columns=1,
        rows=10,
        panels=(Placement(PanelName.KPIS, 0, 0, 1, 4), Placement(PanelName.INCIDENTS, 0, 4, 1, 6)),
    ),
    Page(
        "calls",
        columns=2,
        rows=10,
        panels=(
            Placement(PanelName.CALLS, 0, 0, 1, 4),
            Placement(PanelName.AGENCIES, 1, 0, 1, 8),
            Placement(PanelName.HOURS, 0, 4, 1, 4),
            Placement(PanelName.FUNNEL, 0, 8, 2, 2),
        ),
    ),
)
"""Two pages in turn, for larger type."""

SINGLES = tuple(
    Page(name.value, 1, 1, (Placement(name, 0, 0),))
    for name in PanelName
    if name not in (PanelName.CENTRES, PanelName.DIAGNOSTICS)
)
"""One panel at a time, for the back of a large room."""

OVERVIEW_UNITS = (1500, 950)
HALVES_UNITS = (900, 620)
"""The screen's size in units (width, height) from which on these pages are readable as a whole."""


def built_in(width_units: float, height_units: float) -> tuple[Page, ...]:
    """The pages for a screen of this size in units: fewer panels a page as the type grows."""
    overview = UPRIGHT if height_units > width_units else OVERVIEW
    for pages, (width, height) in (((overview,), OVERVIEW_UNITS), (HALVES, HALVES_UNITS)):
        if width_units >= width and height_units >= height:
            return pages
    return SINGLES


def for_centres(pages: Sequence[Page], feeds: Sequence[str]) -> tuple[Page, ...]:
    """The pages with the centre of each. A page that names none is there for every centre, and pages beside each other
    stay together: those of the first centre, those of the second. Its name is then "siak/overview".
    """
    made: list[Page] = []
    for open_, group in groupby(pages, key=lambda page: page.of_one_centre and page.feed is None):
        if not open_:
            made += group
            continue
        held = tuple(group)
        for feed in feeds:
            made += (
                replace(page, name=page.name if len(feeds) == 1 else f"{feed}/{page.name}", feed=feed) for page in held
            )
    return tuple(made)


def place(area: QRect, page: Page, placement: Placement, gap: int) -> QRect:
    """The rectangle of a placement within the page's area."""

    def edge(start: int, length: int, index: int, count: int) -> int:
        return start + round(index * (length + gap) / count)

    left = edge(area.left(), area.width(), placement.column, page.columns)
    right = edge(area.left(), area.width(), placement.column + placement.column_span, page.columns) - gap
    top = edge(area.top(), area.height(), placement.row, page.rows)
    bottom = edge(area.top(), area.height(), placement.row + placement.row_span, page.rows) - gap
    return QRect(left, top, right - left, bottom - top)
