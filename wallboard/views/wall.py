"""The wall's window: header, alarm banner and the pages below, at the size the room asks for."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from datetime import time
from typing import TYPE_CHECKING

from msgspec import Struct
from PySide6.QtCore import QRect, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QCursor, QKeyEvent, QKeySequence, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from wallboard.core.alarms import Severity
from wallboard.core.hours import within_day
from wallboard.history.entries import Exportable
from wallboard.language import Words
from wallboard.models.attention import AttentionState
from wallboard.models.centres import Alarming, Centres
from wallboard.models.judgement import AlarmJudge
from wallboard.models.store import Store
from wallboard.views import banner, header
from wallboard.views.cells import rectangles
from wallboard.views.pages import (
    GAP,
    HALVES_UNITS,
    ROLL_UP,
    TIGHT_GAP,
    Page,
    PanelName,
    Placement,
    built_in,
    for_centres,
    place,
)
from wallboard.views.panels.agencies import AgencyPanel
from wallboard.views.panels.calls import CallPanel
from wallboard.views.panels.centres import CentrePanel
from wallboard.views.panels.diagnostics import DiagnosticsPanel
from wallboard.views.panels.funnel import FunnelPanel
from wallboard.views.panels.hours import HourPanel
from wallboard.views.panels.incidents import IncidentPanel
from wallboard.views.panels.kpis import KpiPanel
from wallboard.views.panels.panel import Frame, Panel
from wallboard.views.theme import Palette, Style, unit_for_distance, unit_for_screen

if TYPE_CHECKING:
    from wallboard.views.alarms.view import AlarmView

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
    "agency_busy": PanelName.AGENCIES,
    "agency_available": PanelName.AGENCIES,
    "agency_out": PanelName.AGENCIES,
    "agency_incidents": PanelName.AGENCIES,
    "agency_compliance": PanelName.AGENCIES,
    "calls_talking": PanelName.CALLS,
    "calls_offered": PanelName.KPIS,
    "service_level_20": PanelName.KPIS,
    "average_speed_of_answer": PanelName.KPIS,
    "answer_p90": PanelName.KPIS,
    "abandonment_rate": PanelName.KPIS,
    "calls_today": PanelName.KPIS,
    "verified_today": PanelName.KPIS,
    "answered_today": PanelName.FUNNEL,
    "abandoned_today": PanelName.FUNNEL,
    "information_today": PanelName.FUNNEL,
    "prank_today": PanelName.FUNNEL,
    "ghost_today": PanelName.FUNNEL,
    "duplicate_today": PanelName.FUNNEL,
    "test_today": PanelName.FUNNEL,
    "pending_today": PanelName.FUNNEL,
    "other_today": PanelName.FUNNEL,
    "verified_share": PanelName.FUNNEL,
    "answered_per_hour": PanelName.HOURS,
    "abandoned_per_hour": PanelName.HOURS,
    "verified_per_hour": PanelName.HOURS,
    "dispatched_today": PanelName.FUNNEL,
    "closed_today": PanelName.FUNNEL,
    "active_incidents": PanelName.INCIDENTS,
    "unassigned_incidents": PanelName.INCIDENTS,
    "call_takers_on_duty": PanelName.CALLS,
    "call_takers_free": PanelName.CALLS,
    "occupancy": PanelName.CALLS,
}
"""The panel that shows what an alarm on this metric is about."""

SHIFT_PATH = ((0, 0), (1, 0), (2, 0), (2, 1), (2, 2), (1, 2), (0, 2), (-1, 2), (-2, 2), (-2, 1), (-2, 0), (-2, -1),
              (-2, -2), (-1, -2), (0, -2), (1, -2), (2, -2), (2, -1), (1, -1), (0, -1))  # fmt: skip
"""A closed path of small steps, a step a minute, so that no edge of the picture burns into the screen."""

SHIFT_STEP = 2
"""Units of a step: at most 4 either way, inside the margin."""

MINUTE_MS = 60_000

NEWS_MS = 20_000
"""How long the page with the cause of a new alarm stays, where several centres may have news: as a page in rotation."""

FLASH_MS = 500
"""Half a flash: one a second. At most two are asked of a sign, and WCAG 2.3.1 allows three."""

READING_MS = 60_000
"""How long a page that a person turned to stays: as long as it takes to read it and to speak of it."""

Grid = tuple[int, int, tuple[Placement, ...]]
"""What a page has apart from its centre; pages of the same grid share their panels."""

DIGITS = range(int(Qt.Key.Key_1), int(Qt.Key.Key_9) + 1)


class Night(Struct, frozen=True):
    """Between `begins` and `ends`, local time, the wall is dimmed to `brightness`."""

    begins: time
    ends: time
    brightness: float

    def brightness_at(self, moment: time) -> float:
        dark = within_day(moment, self.begins, self.ends)
        return self.brightness if dark else 1.0


class Appearance(Struct, frozen=True, kw_only=True):
    """How a wall looks. `viewing` is the screen's diagonal in inches and the distance it is read from in metres."""

    palette: Palette
    pages: tuple[Page, ...] = ()
    viewing: tuple[float, float] | None = None
    rotate_s: float = 20.0
    acknowledges: bool = True
    """Whether alarms can be acknowledged at this wall."""
    pixel_shift: bool = True
    night: Night | None = None


class WallWindow(QWidget):
    """Panels of the page that is shown are brought up to date with their centre; the others when their page comes."""

    mute_wanted = Signal()
    """Somebody wants the alarms silent for a while, or heard again."""

    def __init__(self, centres: Centres, words: Words, appearance: Appearance, log: Exportable | None = None) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setWindowTitle("Wallboard")
        self._centres = centres
        self.words = words
        self.attention = AttentionState(self)
        self._appearance = appearance
        self._brightness = 1.0
        self._look = Style(appearance.palette, 1.0)
        self._header = header.Header(centres.leading, words, self._look, self)
        self._roll_up_header = (
            header.RollUpHeader(centres, words, self._look, self) if len(centres) > 1 else self._header
        )
        self._banner = banner.AlarmBanner(centres, self.attention, words, self._look, self)
        self._banner.pressed.connect(self._open_alarms)
        self._diagnostics = DiagnosticsPanel(centres.leading, words, self._look, self)
        self._diagnostics.attention = self.attention
        """In place of the panels, when a person asks for it; no page, so that no rotation brings it."""
        self._diagnostics.hide()
        self._log = log
        self.judge = AlarmJudge(centres, self)
        self._alarms: AlarmView | None = None
        """Likewise; made when it is first asked for."""
        self._pages: Sequence[Page] = ()
        self._panels: dict[Grid, list[Frame]] = {}
        self._page = 0
        self._held = False
        self._known: dict[str, set[tuple[str, Severity]]] = {}
        """By feed, the rules and severities of the alarms that are no news."""
        self._step = 0
        self._charts = False
        self._moves: deque[tuple[QWidget, QRect]] = deque()
        self._mover = QTimer(self)
        self._mover.timeout.connect(self._move_next)
        self._minute = QTimer(self)
        self._minute.timeout.connect(self._shift)
        self._pointer = QCursor.pos()
        self._flashing = QTimer(self)
        self._flashing.timeout.connect(self._flash)
        self._lit = True
        self._rotation = QTimer(self)
        self._rotation.timeout.connect(self._rotate)
        self._reading = QTimer(self)
        self._reading.setSingleShot(True)
        if appearance.pixel_shift:
            self._minute.start(MINUTE_MS)
        centres.advanced.connect(self.refresh)
        self.attention.changed.connect(self._banner.refresh)

    @property
    def pages(self) -> Sequence[Page]:
        return self._pages

    @property
    def page(self) -> Page:
        """The one that is shown."""
        return self._pages[self._page]

    def panels(self) -> list[Frame]:
        """The panels of the page that is shown."""
        return self._panels[_grid(self.page)]

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

        for panel in self._all_panels():
            if isinstance(panel, HourPanel) and not panel.has_chart:
                panel.add_chart(HourChart(self._look))

    @Slot(object)
    def refresh(self, moved: frozenset[Store]) -> None:
        """Paint what has changed at these centres, as far as it shows."""
        if not self._pages:
            return
        self._dim_for_the_night()
        self._show_pointer_while_it_moves()
        self._bring_cause_forward()
        self._flash_while_unacknowledged()
        self._banner.refresh()
        feed = self.page.feed
        if feed is None:
            self._roll_up_header.refresh()
        elif self._centres[feed] in moved:
            self._header.refresh()
        in_place = self._in_place
        if in_place is not None:
            in_place.refresh()
            return
        for panel in self.panels():
            if not isinstance(panel, Panel) or panel.store in moved:
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
            # A window left as large as the screen would have its frame outside of it, with nothing to take hold of.
            (self.showMaximized if self.isFullScreen() else self.showFullScreen)()
        elif event.matches(QKeySequence.StandardKey.Quit):
            self.close()
        elif event.key() == Qt.Key.Key_D or (event.key() == Qt.Key.Key_Escape and self._diagnostics.isVisible()):
            self.show_diagnostics(not self._diagnostics.isVisible())
        elif event.key() == Qt.Key.Key_L:
            self.show_alarms(not (self._alarms is not None and self._alarms.isVisible()))
        elif event.key() == Qt.Key.Key_A and self._appearance.acknowledges:
            self._centres.acknowledge_all()
        elif event.key() == Qt.Key.Key_M and self._appearance.acknowledges:
            self.mute_wanted.emit()
        elif (page := self._page_of_key(event.key())) is not None:
            self._turn_by_hand(page)
        else:
            super().keyPressEvent(event)

    def show_diagnostics(self, wanted: bool) -> None:
        """Of the centre whose page is shown; a key turns to another centre's as it turns pages."""
        self._show_in_place(self._diagnostics if wanted else None)

    def show_alarms(self, wanted: bool) -> None:
        """The list of all alarms of all centres, with what can be done about them."""
        if wanted and self._alarms is None:
            self._alarms = self._make_alarm_view()
        self._show_in_place(self._alarms if wanted else None)

    @property
    def _in_place(self) -> DiagnosticsPanel | AlarmView | None:
        """What stands in place of the panels."""
        if self._alarms is not None and self._alarms.isVisible():
            return self._alarms
        return self._diagnostics if self._diagnostics.isVisible() else None

    def _show_in_place(self, view: DiagnosticsPanel | AlarmView | None) -> None:
        if self._alarms is not None and view is not self._alarms:
            self._alarms.close_list()
            self.setFocus()
        self._diagnostics.setVisible(view is self._diagnostics)
        for panel in self.panels():
            panel.setVisible(view is None)
            panel.renew()
        self._diagnostics.renew()
        if self._alarms is not None and view is self._alarms:
            self._alarms.open()

    def _make_alarm_view(self) -> AlarmView:
        from wallboard.views.alarms.view import AlarmView

        view = AlarmView(
            self._centres,
            self.judge,
            self._log,
            self.words,
            self._look,
            acts=self._appearance.acknowledges,
            parent=self,
        )
        view.left.connect(self._leave_alarms)
        view.setGeometry(self._diagnostics.geometry())
        return view

    @Slot()
    def _open_alarms(self) -> None:
        self.show_alarms(wanted=True)

    @Slot()
    def _leave_alarms(self) -> None:
        self.show_alarms(wanted=False)

    def _page_of_key(self, key: int) -> int | None:
        """The page that a key turns to: the next, the one before, the first, or that of a centre by its number. A wall
        of one centre numbers its pages.
        """
        if key in (Qt.Key.Key_PageDown, Qt.Key.Key_PageUp) and self._pages:
            return (self._page + (1 if key == Qt.Key.Key_PageDown else -1)) % len(self._pages)
        if key == Qt.Key.Key_Home and self._pages:
            return 0
        if key in DIGITS:
            number = DIGITS.index(key)
            if len(self._centres) == 1:
                return number if number < len(self._pages) else None
            if number < len(self._centres):
                return self._first_page_of(self._centres.stores[number].situation.settings.feed_id)
        return None

    def _first_page_of(self, feed_id: str) -> int | None:
        return next((index for index, page in enumerate(self._pages) if page.feed == feed_id), None)

    @Slot(str)
    def show_centre(self, feed_id: str) -> None:
        """Turn to a centre's first page, for a person who asks for it."""
        page = self._first_page_of(feed_id)
        if page is not None:
            self._turn_by_hand(page)

    def _turn_by_hand(self, page: int) -> None:
        self._reading.start(READING_MS)
        self._turn_to(page)

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
        if not self._appearance.pages and len(self._centres) > 1:
            pages = (ROLL_UP, *pages)
        pages = for_centres(pages, [store.situation.settings.feed_id for store in self._centres.stores])
        if pages != self._pages:
            self._build(pages)
        for view in (self._header, self._roll_up_header, self._banner, self._diagnostics, *self._all_panels()):
            view.set_style(self._look)
        if self._alarms is not None:
            self._alarms.set_style(self._look)
        self._moves.clear()
        for widget, rect in self._layout():
            widget.setGeometry(rect)
        self.update()

    def _build(self, pages: Sequence[Page]) -> None:
        for panel in self._all_panels():
            panel.hide()
            panel.deleteLater()
        self._pages = pages
        self._page = 0
        self._panels = {
            grid: [self._panel(placement.panel) for placement in grid[2]] for grid in set(map(_grid, pages))
        }
        if self._charts:
            self.add_charts()
        self._turn_to(0)
        if len(pages) > 1:
            self._rotation.start(round(self._appearance.rotate_s * 1000))

    def _panel(self, name: PanelName) -> Frame:
        if name is PanelName.CENTRES:
            panel = CentrePanel(self._centres, self.words, self._look, self)
            panel.chosen.connect(self.show_centre)
            return panel
        made = PANELS[name](self._centres.leading, self.words, self._look, self)
        if isinstance(made, DiagnosticsPanel):
            made.attention = self.attention
        return made

    def _all_panels(self) -> list[Frame]:
        return [panel for panels in self._panels.values() for panel in panels]

    def _layout(self) -> list[tuple[QWidget, QRect]]:
        px, height = self._look.px, self._look.height
        across, down = SHIFT_PATH[self._step]
        margin = height(MARGIN, TIGHT_MARGIN)
        area = self.rect().adjusted(margin, margin - px(6), -margin, -margin + px(4))
        area.translate(px(SHIFT_STEP) * across, px(SHIFT_STEP) * down)
        top = QRect(area.left(), area.top(), area.width(), height(*header.HEIGHT))
        alarm = QRect(area.left(), top.bottom() + 1 + px(6), area.width(), height(*banner.HEIGHT))
        gap = height(GAP, TIGHT_GAP)
        body = area.adjusted(0, top.height() + px(6) + alarm.height() + gap, 0, 0)
        views: list[tuple[QWidget, QRect]] = [
            (self._header, top),
            (self._roll_up_header, top),
            (self._banner, alarm),
            (self._diagnostics, body),
        ]
        if self._alarms is not None:
            views.append((self._alarms, body))
        for page in {_grid(page): page for page in self._pages}.values():
            for placement, panel in zip(page.panels, self._panels[_grid(page)], strict=True):
                views.append((panel, place(body, page, placement, gap)))
        return views

    def _turn_to(self, index: int) -> None:
        self._page = index
        feed = self.page.feed
        store = self._centres.stores[0] if feed is None else self._centres[feed]
        self._centres.leading = store
        self._header.store = store
        top = self._roll_up_header if feed is None else self._header
        for view in {self._header, self._roll_up_header}:
            view.setVisible(view is top)
        top.renew()
        shown = self.panels()
        for panel in self._all_panels():
            if panel not in shown:
                panel.setVisible(False)
        for panel in shown:
            if isinstance(panel, Panel):
                panel.store = store
            panel.setVisible(self._in_place is None)
            panel.renew()
        self._diagnostics.store = store
        self._diagnostics.renew()

    @Slot()
    def _rotate(self) -> None:
        if not self._reading.isActive():
            self._turn_to((self._page + 1) % len(self._pages))

    def _bring_cause_forward(self) -> None:
        """An alarm that nobody has acknowledged stops the rotation on the page that shows its cause; without one the
        rotation goes on.
        """
        if len(self._pages) < 2 or self._held:
            return
        causes = [(centre, rule) for centre in self._centres.alarming() if (rule := _cause(centre)) is not None]
        alarming = [centre for centre, _ in causes]
        several = len(self._centres) > 1
        news = self._news(alarming) if several else causes
        if not alarming:
            if not self._rotation.isActive():
                self._rotation.start(round(self._appearance.rotate_s * 1000))
            return
        self._rotation.stop()
        if self._reading.isActive():
            return
        if news:
            centre, rule = news[0]
            index = self._page_with(_feed_id(centre), CAUSES[_metric(centre.store, rule)])
            if several:
                self._known[_feed_id(centre)].update(centre.standing)
                self._reading.start(NEWS_MS)
        else:
            index = self._page_with(None, PanelName.CENTRES)
        if index is not None and index != self._page:
            self._turn_to(index)

    def _flash_while_unacknowledged(self) -> None:
        """What there is to acknowledge: of a centre without data that never had any, there is nothing."""
        wanted = any(centre.asking for centre in self._centres.alarming())
        if wanted and not self._flashing.isActive():
            self._flashing.start(FLASH_MS)
        elif not wanted and self._flashing.isActive():
            self._flashing.stop()
            self._show_flash(lit=True)

    @Slot()
    def _flash(self) -> None:
        self._show_flash(lit=not self._lit)

    def _show_flash(self, *, lit: bool) -> None:
        self._lit = lit
        self._banner.flash(lit)
        if self._alarms is not None and self._alarms.isVisible():
            self._alarms.flash(lit=lit)

    def _news(self, alarming: Sequence[Alarming]) -> list[tuple[Alarming, str]]:
        """Of several centres there is nearly always one with an alarm. So its page comes forward once, when the alarm
        is raised, and the page with all centres, where it goes on to stand out, comes back. Nothing comes forward
        while there is worse, nor what a centre already had when it was first seen.
        """
        standing = {_feed_id(centre): centre.standing for centre in alarming}
        for store in self._centres.stores:
            feed_id = store.situation.settings.feed_id
            if feed_id in self._known:
                self._known[feed_id] &= standing.get(feed_id, set())
            elif store.situation.rows is not None:
                self._known[feed_id] = set(standing.get(feed_id, ()))
        worst = max((centre.severity for centre in alarming), default=None)
        return [
            (centre, rule)
            for centre in alarming
            for rule, severity in sorted(centre.standing - self._known.get(_feed_id(centre), centre.standing))
            if severity is worst and _metric(centre.store, rule) in CAUSES
        ]

    def _page_with(self, feed_id: str | None, panel: PanelName) -> int | None:
        """The page that shows this panel of a centre, else one with a row for the centre; None where there is none."""
        for name, feed in ((panel, feed_id), (PanelName.CENTRES, None), (PanelName.CENTRES, feed_id)):
            for index, page in enumerate(self._pages):
                if page.feed == feed and any(placement.panel is name for placement in page.panels):
                    return index
        return None

    def _dim_for_the_night(self) -> None:
        night = self._appearance.night
        if night is None:
            return
        store = self._centres.leading
        local = store.now.astimezone(store.situation.zone)
        brightness = night.brightness_at(local.time())
        if brightness != self._brightness:
            self._brightness = brightness
            self._restyle()

    def _show_pointer_while_it_moves(self) -> None:
        """On a wall that fills its screen. Looked at once a second: nothing need follow every move."""
        place = QCursor.pos()
        moved, self._pointer = place != self._pointer, place
        shape = Qt.CursorShape.BlankCursor if self.isFullScreen() and not moved else Qt.CursorShape.ArrowCursor
        if self.cursor().shape() is not shape:
            self.setCursor(shape)

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


def _grid(page: Page) -> Grid:
    return page.columns, page.rows, page.panels


def _feed_id(centre: Alarming) -> str:
    return centre.store.situation.settings.feed_id


def _cause(centre: Alarming) -> str | None:
    """The most urgent rule that asks for somebody and whose cause a panel shows."""
    return next((rule for rule in centre.asking if _metric(centre.store, rule) in CAUSES), None)


def _metric(store: Store, rule: str) -> str:
    return store.situation.alarms.rules[rule].metric_name
