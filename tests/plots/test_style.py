"""The look of figures."""

import pytest

from metaleak.plots.style import FONT_FILES, FONT_FOLDER, PLAIN, Palette


def luminance(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(
    ("role", "least"), [("text", 7), ("quiet", 7), ("study", 3), ("pooled", 3), ("prediction", 3)]
)
def test_marks_and_text_stand_out_from_paper(role, least):
    """Text reaches the contrast of WCAG AAA, marks that of graphical objects."""
    assert contrast(Palette().colour(role), Palette().paper) >= least


def test_the_fonts_are_shipped():
    """Both weights lie in the package, with their licence."""
    assert all((FONT_FOLDER / file).is_file() for file in FONT_FILES.values())
    assert "SIL OPEN FONT LICENSE" in (FONT_FOLDER / "LICENSE.txt").read_text().upper()


def test_points_and_millimetres():
    """25.4 mm are 72 points."""
    assert PLAIN.width_pt == pytest.approx(PLAIN.width_mm / 25.4 * 72)
    assert PLAIN.row_pt == pytest.approx(9.8)
