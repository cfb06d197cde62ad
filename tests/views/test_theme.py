"""Contrast, in both themes, by day and by night, and for eyes that see colours differently."""

import pytest
from PySide6.QtGui import QColor

from wallboard.views.theme import DARK, LIGHT, Style, Type, unit_for_distance, unit_for_screen

PALETTES = {"dark": DARK, "light": LIGHT}

TEXT, LARGE_TEXT, MARK = 7.0, 4.5, 3.0
"""WCAG 2.2, 1.4.6 (text, large text) and 1.4.11 (marks)."""

GROUNDS = ("panel", "background")


@pytest.fixture(params=PALETTES)
def style(request, qapp):
    return Style(PALETTES[request.param], 1.0)


def contrast(first: QColor, second: QColor) -> float:
    """The contrast ratio of WCAG 2.2, 1 to 21."""
    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: QColor) -> float:
    def linear(channel: float) -> float:
        return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4

    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF())


def ratio(style, first, second):
    return contrast(style.colour(first), style.colour(second))


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("ink", ["text", "muted"])
def test_that_text_has_a_contrast_of_seven(style, ink, ground):
    assert ratio(style, ink, ground) >= TEXT


def test_that_text_on_tinted_tiles_has_a_contrast_of_seven(style):
    for ground in ("warning_fill", "critical_fill"):
        assert ratio(style, "text", ground) >= TEXT


@pytest.mark.parametrize("ground", ["panel", "hatch"])
def test_that_what_is_stale_can_still_be_read(style, ground):
    assert ratio(style, "stale", ground) >= LARGE_TEXT


@pytest.mark.parametrize("signal", ["warning", "critical"])
def test_that_signals_have_the_contrast_of_large_text_on_a_panel(style, signal):
    assert ratio(style, signal, "panel") >= LARGE_TEXT


@pytest.mark.parametrize("signal", ["warning", "critical"])
def test_that_the_banners_words_have_the_contrast_of_large_text(style, signal):
    assert ratio(style, "on_signal", signal) >= LARGE_TEXT


@pytest.mark.parametrize("mark", ["mark", "emphasis", "outline"])
def test_that_marks_have_a_contrast_of_three(style, mark):
    assert ratio(style, mark, "panel") >= MARK


def test_that_the_verified_part_of_a_bar_stands_apart(style):
    assert ratio(style, "emphasis", "mark") >= MARK


def seen_by(colour, matrix):
    """The colour as somebody without one kind of cone sees it."""

    def linear(channel):
        return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4

    def encoded(value):
        value = min(1.0, max(0.0, value))
        return 12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055

    rgb = [linear(channel) for channel in (colour.redF(), colour.greenF(), colour.blueF())]
    return QColor.fromRgbF(*(encoded(sum(m * c for m, c in zip(row, rgb, strict=True))) for row in matrix))


# Machado, Oliveira and Fernandes, "A physiologically-based model for simulation of color vision deficiency", 2009,
# at full severity.
DEFICIENCIES = {
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_that_signals_are_seen_on_a_panel_without_full_colour_vision(style, deficiency):
    """Which signal it is, the shape says: triangle or diamond."""
    matrix = DEFICIENCIES[deficiency]
    for signal in ("warning", "critical"):
        assert contrast(seen_by(style.colour(signal), matrix), seen_by(style.colour("panel"), matrix)) >= MARK


def test_that_black_on_white_is_the_highest_contrast_there_is():
    assert contrast(QColor("black"), QColor("white")) == pytest.approx(21.0)


@pytest.mark.parametrize(
    ("size", "diagonal_in", "distance_m", "capital_px"),
    [((1920, 1080), 55, 5, 46), ((3840, 2160), 55, 5, 92), ((1920, 1080), 98, 4, 21), ((3840, 2160), 98, 4, 41)],
)
def test_that_the_smallest_capital_subtends_twenty_arc_minutes(qapp, size, diagonal_in, distance_m, capital_px):
    style = Style(DARK, unit_for_distance(size[0], size[1], diagonal_in, distance_m))
    assert style.cap_height(Type.CAPTION) == pytest.approx(capital_px, abs=1.0)


def test_that_without_a_distance_sizes_follow_the_screen():
    assert unit_for_screen(1920, 1080) == 1.0
    assert unit_for_screen(3840, 2160) == 2.0
    assert unit_for_screen(1366, 768) == pytest.approx(768 / 1080)


def test_that_a_night_dims_every_colour(qapp):
    day, night = Style(DARK, 1.0), Style(DARK, 1.0, 0.5)
    for name, colour in night.colours.items():
        assert colour.lightnessF() <= day.colours[name].lightnessF()


def test_that_the_memory_of_large_figures_is_taken_at_once(style, monkeypatch):
    style.figure(Type.NUMBER, style.colour("text"), "7")
    monkeypatch.setattr(Style, "_painted", None)
    for digit in "0123456789":
        assert not style.figure(Type.NUMBER, style.colour("text"), digit).isNull()
