"""The icon, and the comparison of two pictures of a wall."""

import struct

import numpy
import pytest
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from installer import icon, pictures
from wallboard.resources import RESOURCES

FOLDER = RESOURCES / "icons"

ROUNDING = 1
"""Of 255: Qt draws with what the processor offers, and two kinds of it differed by this much at rounded corners."""


def _channels(image: QImage) -> NDArray[numpy.int16]:
    """Red, green, blue and opacity of each pixel; height x width x 4."""
    rgba = image.convertToFormat(QImage.Format.Format_RGBA8888)
    return numpy.frombuffer(rgba.constBits(), numpy.uint8).reshape(rgba.height(), rgba.width(), 4).astype(numpy.int16)


def test_that_the_icon_in_the_resources_is_the_one_that_is_drawn(qapp, tmp_path):
    icon.write(tmp_path)
    assert (FOLDER / "wallboard.svg").read_bytes() == (tmp_path / "wallboard.svg").read_bytes()
    kept, drawn = (QImage(str(folder / "wallboard.png")) for folder in (FOLDER, tmp_path))
    apart = numpy.abs(_channels(kept) - _channels(drawn))
    assert apart.max() <= ROUNDING


def test_that_the_icon_has_every_size(qapp):
    content = (FOLDER / "wallboard.ico").read_bytes()
    reserved, kind, count = struct.unpack_from("<HHH", content)
    assert (reserved, kind, count) == (0, 1, len(icon.ICO_SIZES_PX))
    for index, size_px in enumerate(icon.ICO_SIZES_PX):
        side, _, _, _, _, _, length, start = struct.unpack_from("<BBBBHHII", content, 6 + 16 * index)
        picture = QImage.fromData(content[start : start + length])
        assert (side or 256, picture.width(), picture.height()) == (size_px, size_px, size_px)


@pytest.fixture(scope="module")
def wall():
    return pictures.pixels(QImage(str(RESOURCES.parent / "docs" / "wall.png")))


def test_that_a_picture_is_like_itself(wall):
    assert pictures.complaints(wall, wall) == []


def test_that_a_cropped_picture_is_not(wall):
    assert "in place of" in pictures.complaints(wall[:-100], wall)[0]


def test_that_a_wall_without_text_is_not(wall):
    blank = wall.copy()
    blank[400:1000, 20:1080] = wall[410, 600]
    assert any("text stands" in complaint for complaint in pictures.complaints(blank, wall))


def test_that_a_wall_whose_chart_is_missing_is_not(wall):
    without = wall.copy()
    chart = slice(620, 715), slice(1150, 1890)
    without[chart] = wall[625, 1120]
    assert pictures.agreement(without, wall) >= pictures.LEAST_AGREEMENT, "it is a small part of the whole"
    assert any("from" in complaint for complaint in pictures.complaints(without, wall))


def test_that_a_wall_in_other_colours_is_not(wall):
    assert any("covers" in complaint for complaint in pictures.complaints(255 - wall, wall))
