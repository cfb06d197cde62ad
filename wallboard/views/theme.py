"""Colours, sizes and fonts of the wall, by name. Nothing outside this module knows a colour or a size in pixels.

Colour is for the abnormal: amber warns, red is critical, blue informs. On every palette text has a contrast of at least
7:1, large text 4.5:1 and marks 3:1 (WCAG 2.2, 1.4.6 and 1.4.11); a test computes them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from enum import StrEnum
from functools import cache
from string import digits

from msgspec import Struct
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontDatabase, QFontMetricsF, QPainter, QPen, QPixmap

from wallboard.core.alarms import Severity
from wallboard.resources import RESOURCES

FONT_FAMILY = "B612"
CAP_HEIGHT = 0.75
"""Height of a capital letter of B612 for a pixel size of 1."""

DESIGN_HEIGHT = 1080
"""Sizes below are pixels on a screen of this height: one unit is one of them."""

DESIGN_WIDTH = 1920
"""On a screen that is narrower than 16:9 the units follow its width."""

READING_ANGLE_ARCMIN = 20
"""Preferred height of a character at the eye (ISO 9241-3: 20 to 22 arc minutes; 16 is the floor)."""

MM_PER_INCH = 25.4


class Palette(Struct, frozen=True, kw_only=True):
    background: str
    panel: str
    line: str
    text: str
    muted: str
    mark: str
    """Bars and blocks in their normal state."""
    outline: str
    """The rim of an empty block or an unfilled box."""
    band: str
    """What is usual, behind the bars."""
    emphasis: str
    """The part of a bar that counts most: verified calls."""
    hatch: str
    stale: str
    """Text whose truth has worn off."""
    warning: str
    warning_fill: str
    critical: str
    critical_fill: str
    information: str
    on_signal: str
    """Text on a filled amber or red."""


DARK = Palette(
    background="#0E1215",
    panel="#181D21",
    line="#2A3238",
    text="#F2F5F7",
    muted="#AAB4BC",
    mark="#7B8B9F",
    outline="#6B7A88",
    band="#2C3843",
    emphasis="#F2F5F7",
    hatch="#2A3137",
    stale="#A3ADB5",
    warning="#FFB733",
    warning_fill="#33270F",
    critical="#FF6B61",
    critical_fill="#3A1716",
    information="#6CC1F2",
    on_signal="#140B08",
)

LIGHT = Palette(
    background="#DFE3E6",
    panel="#F8F9FA",
    line="#CBD1D6",
    text="#14191D",
    muted="#38414A",
    mark="#68788A",
    outline="#75828E",
    band="#D5DCE3",
    emphasis="#14191D",
    hatch="#E0E4E7",
    stale="#49535C",
    warning="#7A4700",
    warning_fill="#FFE9BF",
    critical="#A11212",
    critical_fill="#FFDAD6",
    information="#00507F",
    on_signal="#FFFFFF",
)


class Type(StrEnum):
    """Sizes of type. CAPTION is the smallest text on the wall."""

    CAPTION = "caption"
    BODY = "body"
    HEADING = "heading"
    TIMER = "timer"
    BANNER = "banner"
    TITLE = "title"
    NUMBER = "number"
    CLOCK = "clock"


_TYPE: dict[Type, tuple[float, bool]] = {
    Type.CAPTION: (20, False),
    Type.BODY: (26, False),
    Type.HEADING: (25, True),
    Type.TIMER: (30, True),
    Type.BANNER: (34, True),
    Type.TITLE: (42, True),
    Type.NUMBER: (60, True),
    Type.CLOCK: (66, True),
}
"""Pixel size in units, and whether it is bold."""

_TIGHT_TYPE: dict[Type, tuple[float, bool]] = {
    Type.CAPTION: (20, False),
    Type.BODY: (22, False),
    Type.HEADING: (22, True),
    Type.TIMER: (24, True),
    Type.BANNER: (24, True),
    Type.TITLE: (26, True),
    Type.NUMBER: (40, True),
    Type.CLOCK: (34, True),
}
"""For a far wall, whose smallest text is so large that a dozen lines fill it: nothing may be much larger."""


def unit_for_screen(width_px: int, height_px: int) -> float:
    """Pixels of a unit where the viewing distance is not known."""
    return min(height_px / DESIGN_HEIGHT, width_px / DESIGN_WIDTH)


def unit_for_distance(width_px: int, height_px: int, diagonal_in: float, distance_m: float) -> float:
    """Pixels of a unit such that a capital of the smallest text subtends READING_ANGLE_ARCMIN at the eye."""
    px_per_mm = math.hypot(width_px, height_px) / (diagonal_in * MM_PER_INCH)
    return capital_mm(distance_m) * px_per_mm / (CAP_HEIGHT * _TYPE[Type.CAPTION][0])


def capital_mm(distance_m: float) -> float:
    """Height of a capital of the smallest text that is read from there."""
    return 2 * distance_m * 1000 * math.tan(math.radians(READING_ANGLE_ARCMIN / 60) / 2)


@cache
def load_fonts() -> None:
    """Make the wall's fonts known to the application. RuntimeError when one cannot be read."""
    for weight in ("Regular", "Bold"):
        path = RESOURCES / "fonts" / f"{FONT_FAMILY}-{weight}.otf"
        if QFontDatabase.addApplicationFont(str(path)) < 0:
            raise RuntimeError(f"the font {path.name} cannot be loaded")


MOST_WIDTHS = 1_000
"""Texts whose width is remembered: several times those of a page."""


class Style:
    """A palette at a size: what a view needs to draw. `brightness` below 1 dims every colour, for the night.

    `tight` is for screens that hold few lines at the size their distance asks for.

    Large figures are drawn from cached pixmaps: a 96 px string painted as an outline costs 40 times a small one.
    """

    def __init__(self, palette: Palette, unit_px: float, brightness: float = 1.0, *, tight: bool = False) -> None:
        self.unit_px = unit_px
        self.tight = tight
        self._types = _TIGHT_TYPE if tight else _TYPE
        self.colours = {name: _dimmed(QColor(getattr(palette, name)), brightness) for name in Palette.__struct_fields__}
        self._fonts: dict[Type, QFont] = {}
        self._metrics: dict[Type, QFontMetricsF] = {}
        self._widths: dict[tuple[str, Type], float] = {}
        self._figures: dict[tuple[Type, int], dict[str, QPixmap]] = {}
        """By type and colour, then by character."""
        self._hatch: QBrush | None = None

    def px(self, units: float) -> int:
        return max(1, round(units * self.unit_px))

    def height(self, roomy: float, tight: float) -> int:
        """Pixels of a height that is not the same on a far wall."""
        return self.px(tight if self.tight else roomy)

    def font(self, type_: Type) -> QFont:
        font = self._fonts.get(type_)
        if font is None:
            size, bold = self._types[type_]
            font = QFont(FONT_FAMILY)
            font.setPixelSize(self.px(size))
            font.setBold(bold)
            font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
            self._fonts[type_] = font
        return font

    def metrics(self, type_: Type) -> QFontMetricsF:
        metrics = self._metrics.get(type_)
        if metrics is None:
            metrics = self._metrics[type_] = QFontMetricsF(self.font(type_))
        return metrics

    def cap_height(self, type_: Type) -> float:
        return CAP_HEIGHT * self.font(type_).pixelSize()

    def width(self, text: str, type_: Type) -> float:
        """Measuring costs 12 µs, and a wall asks for the same words and figures again at every change."""
        width = self._widths.get((text, type_))
        if width is None:
            if len(self._widths) >= MOST_WIDTHS:
                self._widths.clear()
            width = self._widths[text, type_] = self.metrics(type_).horizontalAdvance(text)
        return width

    def fitting(self, texts: Sequence[str], type_: Type, width: float) -> str:
        """The first of several ways to say something that is no wider; the last where all are."""
        return next((text for text in texts if self.width(text, type_) <= width), texts[-1])

    def halved(self, text: str, type_: Type) -> tuple[str, ...]:
        """Broken between words into two lines, the wider of which is as narrow as can be; a single word stays whole."""
        words = text.split()
        ways = [(" ".join(words[:first]), " ".join(words[first:])) for first in range(1, len(words))]
        return min(ways, key=lambda lines: self.widest(lines, type_), default=(text,))

    def widest(self, texts: Iterable[str], type_: Type) -> float:
        return max(self.width(text, type_) for text in texts)

    def colour(self, name: str) -> QColor:
        return self.colours[name]

    def signal(self, severity: Severity | None, otherwise: str = "text") -> QColor:
        """The colour of a severity; `otherwise` names that of the normal."""
        if severity is None:
            return self.colours[otherwise]
        return self.colours["critical" if severity is Severity.CRITICAL else "warning"]

    def signal_fill(self, severity: Severity) -> QColor:
        return self.colours["critical_fill" if severity is Severity.CRITICAL else "warning_fill"]

    def pen(self, colour: QColor, units: float = 1.5) -> QPen:
        return QPen(colour, max(1.0, units * self.unit_px))

    def hatch(self) -> QBrush:
        """Diagonal lines, for what is old."""
        if self._hatch is None:
            self._hatch = self._hatched()
        return self._hatch

    def _hatched(self) -> QBrush:
        side = self.px(14)
        tile = QPixmap(side, side)
        tile.fill(self.colours["panel"])
        painter = QPainter(tile)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self.colours["hatch"], side / 4))
        for offset in (-side, 0, side):
            painter.drawLine(offset - side, 2 * side, offset + 2 * side, -side)
        painter.end()
        return QBrush(tile)

    def figure(self, type_: Type, colour: QColor, character: str) -> QPixmap:
        key = (type_, colour.rgba())
        figures = self._figures.get(key)
        if figures is None:  # all digits come sooner or later: the memory is taken at once, not over hours
            figures = self._figures[key] = {digit: self._painted(type_, colour, digit) for digit in digits}
        pixmap = figures.get(character)
        if pixmap is None:
            pixmap = figures[character] = self._painted(type_, colour, character)
        return pixmap

    def _painted(self, type_: Type, colour: QColor, character: str) -> QPixmap:
        metrics = self.metrics(type_)
        pixmap = QPixmap(math.ceil(metrics.horizontalAdvance(character)) + 2, math.ceil(metrics.height()))
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setFont(self.font(type_))
        painter.setPen(colour)
        painter.drawText(QPointF(0, metrics.ascent()), character)
        painter.end()
        return pixmap


def _dimmed(colour: QColor, brightness: float) -> QColor:
    return QColor.fromRgbF(colour.redF() * brightness, colour.greenF() * brightness, colour.blueF() * brightness)
