"""Characters that cannot be seen are shown."""

from hypothesis import given
from hypothesis import strategies as st

from metaleak.reporting.visible import visible


def test_controls_and_marks_are_named():
    """NUL has a picture, marks that turn the line have their number."""
    assert visible("a\x00b\x85c\u202ed\u2066e\ufeff") == "a␀b[U+0085]c[U+202E]d[U+2066]e[U+FEFF]"


def test_line_ends_and_thin_spaces_stay():
    """What a page needs is left alone."""
    assert visible("a\tb\nc\u2009d\u00a0e") == "a\tb\nc\u2009d\u00a0e"


@given(st.text())
def test_shown_text_is_shown_again_as_it_is(text):
    """What is visible once stays as it is."""
    assert visible(visible(text)) == visible(text)
