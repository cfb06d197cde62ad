"""Draws the program's icon: a wall with the hours' bars, the running one in amber.

    python -m installer.icon

writes resources/icons/wallboard.svg, .png (256 pixels) and .ico (all sizes that Windows asks for), and for the
installer's first and last page installer/wizard.bmp.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path

from msgspec import Struct
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter

from wallboard.resources import RESOURCES
from wallboard.views.theme import DARK

SIDE = 64
"""Of the drawing, in its own units."""

ICO_SIZES_PX = (16, 20, 24, 32, 40, 48, 64, 256)
"""Small icons and list views at 100 to 250 %, and the large ones."""

PNG_SIZE_PX = 256
WIZARD_PX = (164, 314)
"""As NSIS has it (MUI_WELCOMEFINISHPAGE_BITMAP)."""


class Block(Struct, frozen=True):
    """A rectangle with rounded corners, in units of the drawing."""

    x: float
    y: float
    width: float
    height: float
    radius: float
    colour: str


DRAWING = (
    Block(2, 8, 60, 42, 6, DARK.mark),
    Block(5, 11, 54, 36, 4, DARK.background),
    Block(11, 30, 8, 12, 1, DARK.text),
    Block(22, 23, 8, 19, 1, DARK.text),
    Block(33, 27, 8, 15, 1, DARK.text),
    Block(44, 16, 8, 26, 1, DARK.warning),
    Block(22, 53, 20, 4, 2, DARK.mark),
)


def svg() -> str:
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}">']
    for b in DRAWING:
        place = f'x="{b.x:g}" y="{b.y:g}" width="{b.width:g}" height="{b.height:g}"'
        lines.append(f'  <rect {place} rx="{b.radius:g}" fill="{b.colour}"/>')
    return "\n".join([*lines, "</svg>", ""])


def png(size_px: int) -> bytes:
    image = QImage(size_px, size_px, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    _draw(image, 0, 0, size_px)
    return _saved(image, "PNG")


def wizard() -> bytes:
    """The icon on its own ground, as a bitmap of Windows'."""
    width, height = WIZARD_PX
    image = QImage(width, height, QImage.Format.Format_RGB888)
    image.fill(QColor(DARK.panel))
    side = width * 2 // 3
    _draw(image, (width - side) // 2, (height - side) // 2, side)
    return _saved(image, "BMP")


def _draw(image: QImage, left: int, top: int, side: int) -> None:
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.translate(left, top)
    painter.scale(side / SIDE, side / SIDE)
    for block in DRAWING:
        painter.setBrush(QColor(block.colour))
        painter.drawRoundedRect(QRectF(block.x, block.y, block.width, block.height), block.radius, block.radius)
    painter.end()


def _saved(image: QImage, form: str) -> bytes:
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, form)  # type: ignore[call-overload]  # the stubs have str, PySide takes both
    return bytes(content.data())


def ico(pictures: dict[int, bytes]) -> bytes:
    """The pictures, PNGs by their side in pixels, as one icon: ICONDIR, an ICONDIRENTRY for each, then the PNGs."""
    directory, content = struct.pack("<HHH", 0, 1, len(pictures)), b""
    start = len(directory) + 16 * len(pictures)
    for size_px, picture in pictures.items():
        side = size_px % 256  # a byte, in which 256 is written as 0
        directory += struct.pack("<BBBBHHII", side, side, 0, 0, 1, 32, len(picture), start + len(content))
        content += picture
    return directory + content


def write(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "wallboard.svg").write_text(svg(), "utf-8", newline="\n")
    (folder / "wallboard.png").write_bytes(png(PNG_SIZE_PX))
    (folder / "wallboard.ico").write_bytes(ico({size_px: png(size_px) for size_px in ICO_SIZES_PX}))


if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QGuiApplication([])
    write(RESOURCES / "icons")
    (Path(__file__).parent / "wizard.bmp").write_bytes(wizard())
