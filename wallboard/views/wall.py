"""The wall's window: header, alarm banner and the pages below, at the size the room asks for."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from datetime import time

from msgspec import Struct
from PySide6.QtCore import QRect, Qt, QTimer, Slot
from PySide6.QtGui import QKeyEvent, QKeySequence, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from wallboard.language import Words
from wallboard.models.store import Store
from wallboard.views import banner, header
from wallboard.views.cells import CellWidget, rectangles
from wallboard.views.pages import GAP, HALVES_UNITS, TIGHT_GAP, Page, PanelName, built_in, place
from wallboard.views.panels.agencies import AgencyPanel
from wallboard.views.panels.calls import CallPanel
from wallboard.views.panels.diagnostics import DiagnosticsPanel
from wallboard.views.panels.funnel import FunnelPanel
from wallboard.views.panels.hours import HourPanel
from wallboard.views.panels.incidents import IncidentPanel
from wallboard.views.panels.kpis import KpiPanel
from wallboard.views.panels.panel import Panel
from wallboard.views.theme import Palette, Style, unit_for_distance, unit_for_screen

MARGIN, TIGHT_MARGIN = 24, 12

PANELS: dict[PanelName, type[Panel]] = {
    PanelName.KPIS: KpiPanel,
    PanelName.INCIDENTS: IncidentPanel,
    PanelName.CALLS: CallPanel,
    PanelName.HOURS: HourPanel,
    PanelName.AGENCIES: AgencyPanel,
    PanelName.FUNNEL: FunnelPanel,
    PanelName.DIAGNOSTICS: DiagnosticsPanel,
}

CAUSES: dict[str, PanelName] = {
    "call_waiting": PanelName.CALLS,
    "call_talking": PanelName.CALLS,
    "calls_waiting": PanelName.KPIS,
    "service_level": PanelName.KPIS,
    "calls_per_hour": PanelName.HOURS,
    "incident_unassigned": PanelName.INCIDENTS,
    "response_time": PanelName.INCIDENTS,
    "incident_open": PanelName.INCIDENTS,
    "agency_load": PanelName.AGENCIES,
}
"""The panel that shows what an alarm is about."""

SHIFT_PATH = ((0, 0), (1, 0), (2, 0), (2, 1), (2, 2), (1, 2), (0, 2), (-1, 2), (-2, 2), (-2, 1), (-2, 0), (-2, -1),
              (-2, -2), (-1, -2), (0, -2), (1, -2), (2, -2), (2, -1), (1, -1), (0, -1))  # fmt: skip
"""A closed path of small steps, a step a minute, so that no edge of the picture burns into the screen."""

SHIFT_STEP = 2
"""Units of a step: at most 4 either way, inside the margin."""

MINUTE_MS = 60_000


class Night(Struct, frozen=True):
    """Between `begins` and `ends`, local time, the wall is dimmed to `brightness`."""

    begins: time
    ends: time
    brightness: float

    def brightness_at(self, moment: time) -> float:
        if self.begins <= self.ends:
            dark = self.begins <= moment < self.ends
        else:
            dark = moment >= self.begins or moment < self.ends
        return self.brightness if dark else 1.0


class Appearance(Struct, frozen=True, kw_only=True):
    """How a wall looks. `viewing` is the screen's diagonal in inches and the distance it is read from in metres."""

    palette: Palette
    pages: tuple[Page, ...] = ()
    viewing: tuple[float, float] | None = None
    rotate_s: float = 20.0
    pixel_shift: bool = True
    night: Night | None = None


class WallWindow(QWidget):
    """Panels of the page that is shown are brought up to date with the store; the others when their page comes."""

    def __init__(self, store: Store, words: Words, appearance: Appearance) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setWindowTitle("Wallboard")
        self._store = store
        self._words = words
        self._appearance = appearance
        self._brightness = 1.0
        self._look = Style(appearance.palette, 1.0)
        self._header = header.Header(store, words, self._look, self)
        self._banner = banner.AlarmBanner(store, words, self._look, self)
        self._pages: Sequence[Page] = ()
        self._panels: list[list[Panel]] = []
        self._page = 0
        self._held = False
        self._step = 0
        self._charts = False
        self._moves: deque[tuple[QWidget, QRect]] = deque()
        self._mover = QTimer(self)
        self._mover.timeout.connect(self._move_next)
        self._minute = QTimer(self)
        self._minute.timeout.connect(self._shift)
        self._rotation = QTimer(self)
        self._rotation.timeout.connect(self._rotate)
        if appearance.pixel_shift:
            self._minute.start(MINUTE_MS)
        store.advanced.connect(self.refresh)

    @property
    def pages(self) -> Sequence[Page]:
        return self._pages

    def panels(self) -> list[Panel]:
        """The panels of the page that is shown."""
        return self._panels[self._page]

    def show_page(self, name: str) -> None:
        """Bring a page to the front and keep it there; ValueError when there is none of this name."""
        names = [page.name for page in self._pages]
        if name not in names:
            raise ValueError(f"there is no page {name!r}; there are: {', '.join(names)}")
        self._held = True
        self._rotation.stop()
        self._turn_to(names.index(name))

    def add_charts(self) -> None:
        """Draw charts from now on; imports what draws them, unless that has happened already."""
        self._charts = True
        from wallboard.views.chart import HourChart

        for panel in (panel for page in self._panels for panel in page):
            if isinstance(panel, HourPanel) and not panel.has_chart:
                panel.add_chart(HourChart(self._look))

    @Slot()
    def refresh(self) -> None:
        """Paint what has changed."""
        self._dim_for_the_night()
        self._bring_cause_forward()
        self._header.refresh()
        self._banner.refresh()
        for panel in self.panels() if self._panels else ():
            panel.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._restyle()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        for rect in rectangles(event.region()):
            painter.fillRect(rect, self._look.colour("background"))
        painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_F11:
            self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)
        elif event.matches(QKeySequence.StandardKey.Quit):
            self.close()
        elif event.key() in (Qt.Key.Key_PageDown, Qt.Key.Key_PageUp) and self._pages:
            step = 1 if event.key() == Qt.Key.Key_PageDown else -1
            self._turn_to((self._page + step) % len(self._pages))
        else:
            super().keyPressEvent(event)

    def _restyle(self) -> None:
        """Derive every size from the window's, and choose the pages that are readable at it."""
        width, height = self.width(), self.height()
        if self._appearance.viewing:
            unit = unit_for_distance(width, height, *self._appearance.viewing)
        else:
            unit = unit_for_screen(width, height)
        tight = width / unit < HALVES_UNITS[0] or height / unit < HALVES_UNITS[1]
        self._look = Style(self._appearance.palette, unit, self._brightness, tight=tight)
        pages = self._appearance.pages or built_in(width / unit, height / unit)
        if pages != self._pages:
            self._build(pages)
        for view in (self._header, self._banner, *(panel for page in self._panels for panel in page)):
            view.set_style(self._look)
        self._moves.clear()
        for view, rect in self._layout():
            view.setGeometry(rect)
        self.update()

    def _build(self, pages: Sequence[Page]) -> None:
        for panel in (panel for page in self._panels for panel in page):
            panel.hide()
            panel.deleteLater()
        self._pages = pages
        self._page = 0
        self._panels = [
            [PANELS[placement.panel](self._store, self._words, self._look, self) for placement in page.panels]
            for page in pages
        ]
        if self._charts:
            self.add_charts()
        self._turn_to(0)
        if len(pages) > 1:
            self._rotation.start(round(self._appearance.rotate_s * 1000))

    def _layout(self) -> list[tuple[CellWidget, QRect]]:
        px, height = self._look.px, self._look.height
        across, down = SHIFT_PATH[self._step]
        margin = height(MARGIN, TIGHT_MARGIN)
        area = self.rect().adjusted(margin, margin - px(6), -margin, -margin + px(4))
        area.translate(px(SHIFT_STEP) * across, px(SHIFT_STEP) * down)
        top = QRect(area.left(), area.top(), area.width(), height(*header.HEIGHT))
        alarm = QRect(area.left(), top.bottom() + 1 + px(6), area.width(), height(*banner.HEIGHT))
        gap = height(GAP, TIGHT_GAP)
        body = area.adjusted(0, top.height() + px(6) + alarm.height() + gap, 0, 0)
        views: list[tuple[CellWidget, QRect]] = [(self._header, top), (self._banner, alarm)]
        for page, panels in zip(self._pages, self._panels, strict=True):
            for placement, panel in zip(page.panels, panels, strict=True):
                views.append((panel, place(body, page, placement, gap)))
        return views

    def _turn_to(self, index: int) -> None:
        self._page = index
        for number, panels in enumerate(self._panels):
            for panel in panels:
                panel.setVisible(number == index)
                if number == index:
                    panel.renew()

    @Slot()
    def _rotate(self) -> None:
        self._turn_to((self._page + 1) % len(self._pages))

    def _bring_cause_forward(self) -> None:
        """An alarm stops the rotation on the page that shows its cause; without one the rotation goes on."""
        if len(self._pages) < 2 or self._held:
            return
        groups = self._store.alarm_groups()
        cause = CAUSES.get(groups[0].rule) if groups else None
        if cause is None:
            if not self._rotation.isActive():
                self._rotation.start(round(self._appearance.rotate_s * 1000))
            return
        self._rotation.stop()
        for index, page in enumerate(self._pages):
            if any(placement.panel is cause for placement in page.panels):
                if index != self._page:
                    self._turn_to(index)
                return

    def _dim_for_the_night(self) -> None:
        night = self._appearance.night
        if night is None:
            return
        local = self._store.now.astimezone(self._store.situation.zone)
        brightness = night.brightness_at(local.time())
        if brightness != self._brightness:
            self._brightness = brightness
            self._restyle()

    @Slot()
    def _shift(self) -> None:
        """Move the page one step along its path: a panel at a time, so that no single pass paints the whole screen."""
        self._step = (self._step + 1) % len(SHIFT_PATH)
        self._moves.extend(self._layout())
        self._mover.start(0)

    @Slot()
    def _move_next(self) -> None:
        if not self._moves:
            self._mover.stop()
            return
        view, rect = self._moves.popleft()
        view.setGeometry(rect)
