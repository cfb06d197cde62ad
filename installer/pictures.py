"""Whether two pictures show the same wall: two systems draw the same letters with other pixels."""

from __future__ import annotations

import numpy
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage

from wallboard.views.theme import DARK

Pixels = NDArray[numpy.uint8]
"""Height, width, and blue, green, red."""

CELL_PX = 24
"""A line of the wall's smallest text at 1080 lines, about: a cell holds letters or it does not."""

INK_CONTRAST = 48
"""Of 255, to the commonest colour of the cell: the rims of letters count, the lines between rows do not."""

INKED_SHARE = 0.02
LEAST_AGREEMENT = 0.97

PART_CELLS = 5, 10
"""Rows and columns: a panel is larger, and one that is missing is a small part of the whole."""

LEAST_AGREEMENT_OF_PART = 0.8
"""Two systems' letters agree in 88 % of a part or more; where a chart is missing, in half of it."""

LARGEST_SHIFT = 0.01
"""Of a colour's share in the whole picture."""

COLOURS = ("background", "panel", "text", "mark", "warning", "critical")


def pixels(image: QImage) -> Pixels:
    plain = image.convertToFormat(QImage.Format.Format_RGB32)
    content = numpy.frombuffer(plain.constBits(), numpy.uint8)
    return content.reshape(plain.height(), plain.bytesPerLine() // 4, 4)[:, : plain.width(), :3].copy()


def complaints(seen: Pixels, wanted: Pixels) -> list[str]:
    """In what the pictures differ, in words; empty where they show the same."""
    if seen.shape != wanted.shape:
        return [f"{seen.shape[1]}x{seen.shape[0]} in place of {wanted.shape[1]}x{wanted.shape[0]} pixels"]
    found = []
    for name in COLOURS:
        share, expected = _share(seen, name), _share(wanted, name)
        if abs(share - expected) > LARGEST_SHIFT:
            found.append(f"{name} covers {share:.1%} in place of {expected:.1%}")
    if (same := agreement(seen, wanted)) < LEAST_AGREEMENT:
        found.append(f"text stands where it should in {same:.1%} of the cells")
    (left, top), same = _least_agreeing_part(seen, wanted)
    if same < LEAST_AGREEMENT_OF_PART:
        found.append(f"text stands where it should in {same:.1%} of the cells from {left}, {top} on")
    return found


def covers_px(picture: Pixels, colour: str) -> int:
    """How many pixels have this colour, `#RRGGBB`."""
    return int(_of_colour(picture, colour).sum())


def agreement(seen: Pixels, wanted: Pixels) -> float:
    """The share of cells in which there is text in both pictures, or in neither."""
    return float((_inked(seen) == _inked(wanted)).mean())


def _least_agreeing_part(seen: Pixels, wanted: Pixels) -> tuple[tuple[int, int], float]:
    """Its left and top pixel, and the share of its cells that agree."""
    same = _inked(seen) == _inked(wanted)
    height, width = PART_CELLS
    parts = {
        (left * CELL_PX, top * CELL_PX): float(same[top : top + height, left : left + width].mean())
        for top in range(0, same.shape[0], height)
        for left in range(0, same.shape[1], width)
    }
    least = min(parts, key=parts.__getitem__)
    return least, parts[least]


def _share(picture: Pixels, name: str) -> float:
    return float(_of_colour(picture, getattr(DARK, name)).mean())


def _of_colour(picture: Pixels, name: str) -> NDArray[numpy.bool_]:
    colour = QColor(name)
    wanted = numpy.array([colour.blue(), colour.green(), colour.red()], numpy.uint8)
    found: NDArray[numpy.bool_] = (picture == wanted).all(axis=2)
    return found


def _inked(picture: Pixels) -> NDArray[numpy.bool_]:
    grey = picture.mean(axis=2)
    rows, columns = (side // CELL_PX for side in grey.shape)
    cells = grey[: rows * CELL_PX, : columns * CELL_PX].reshape(rows, CELL_PX, columns, CELL_PX)
    ground = numpy.median(cells, axis=(1, 3), keepdims=True)
    share = (numpy.abs(cells - ground) > INK_CONTRAST).mean(axis=(1, 3))
    inked: NDArray[numpy.bool_] = share > INKED_SHARE
    return inked
