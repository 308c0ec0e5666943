"""Text measured, cleaned and broken without a canvas."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metaleak.errors import SheetError
from metaleak.plots.text_metrics import (
    ELLIPSIS,
    FIGURE_SPACE,
    PUNCTUATION_SPACE,
    checked,
    clean,
    face,
    shortened,
    width,
    wrap,
)


def test_spaces_that_align_are_as_wide_as_what_they_stand_for():
    """A figure space is a digit wide, a punctuation space a decimal point; bold digits are as wide as regular ones."""
    assert width(FIGURE_SPACE, 7) == width("8", 7) == width("8", 7, "bold")
    assert width(PUNCTUATION_SPACE, 7) == pytest.approx(width(".", 7), abs=0.01)


def test_width_grows_with_the_type_size():
    """Twice the size is twice the width."""
    assert width("Vertebroplasty", 14) == pytest.approx(2 * width("Vertebroplasty", 7))


@pytest.mark.parametrize("symbol", "−–—τ²χ∞≤…[]%\u2007\u2008\u2009\u00a0")
def test_the_font_has_what_figures_print(symbol):
    """Minus signs, dashes, Greek letters and thin spaces have glyphs in both weights."""
    assert ord(symbol) in face().advances
    assert ord(symbol) in face("bold").advances


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("a\x00b\x07c", "abc"),
        ("right\u202eto\u200fleft", "righttoleft"),
        ("two\nlines\tand  spaces ", "two lines and spaces"),
        ("Mu\u0308ller", "Müller"),
        ("non\u2011breaking", "non-breaking"),
        ("\ufeffmark", "mark"),
    ],
)
def test_clean_leaves_one_line_of_printable_text(typed, shown):
    """Control and direction characters go, white space becomes one space, accents are composed."""
    assert clean(typed) == shown


@given(st.text())
def test_clean_text_stays_as_it_is(text):
    """Cleaning twice is cleaning once."""
    assert clean(clean(text)) == clean(text)


def test_a_missing_glyph_is_an_error_with_its_place():
    """What the font cannot draw is named, never drawn as a box."""
    with pytest.raises(SheetError) as error:
        checked("Zhang 龘 2019", where="leaks.csv, row 7")

    assert "U+9F98 (CJK UNIFIED IDEOGRAPH-9F98)" in str(error.value)
    assert "leaks.csv, row 7" in str(error.value)


@given(st.text("abc −%=<12(), ", max_size=80), st.floats(8, 200))
def test_lines_fit_and_lose_nothing(text, room):
    """No line is wider than the room, and together they hold every character but spaces."""
    lines = wrap(text, room, 7)

    assert all(width(line, 7) <= room for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_formulas_are_not_broken():
    """A line does not end inside p < 0.001, k − p − 1 or 95 %."""
    lines = wrap("p < 0.001 k − p − 1 95 %", width("p < 0.001", 7), 7)

    assert lines == ("p < 0.001", "k − p − 1", "95 %")


def test_a_text_with_too_many_lines_ends_in_an_ellipsis():
    """What does not fit into the lines is cut, and the cut is shown."""
    lines = wrap("one two three four five six", 40, 7, lines=2)

    assert len(lines) == 2
    assert lines[-1].endswith(ELLIPSIS)
    assert all(width(line, 7) <= 40 for line in lines)


def test_shortened_leaves_what_fits():
    """A text that fits is not touched."""
    assert shortened("CT", 100, 7) == "CT"
    assert shortened("Vertebroplasty", width("Vert…", 7), 7) == "Vert…"
