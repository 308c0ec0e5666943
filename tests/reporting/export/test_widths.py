"""Columns of a document: words are not cut, long texts get the rest."""

import pytest

from metaleak.reporting.export.widths import column_widths

LONG = "a title that goes on and on over several lines of its cell " * 2


def test_widths_fill_the_page():
    """Whatever stands in the columns, together they are as wide as the page."""
    widths = column_widths([["Study", LONG], ["Year", "2012"], ["Note", "short"]], room=267, size=8)

    assert sum(widths) == pytest.approx(267)
    assert widths[0] > 3 * widths[1]


def test_a_joined_interval_counts_as_one_word():
    """An interval with a no-break space keeps its line where there is no room to spare."""
    texts = [["Study", LONG], ["Note", LONG], ["More", LONG]]
    broken, whole = (
        column_widths([["Rate", f"[10.45,{space}65.35]"], *texts], room=90, size=8)[0]
        for space in (" ", "\u00a0")
    )

    assert whole > 1.2 * broken
