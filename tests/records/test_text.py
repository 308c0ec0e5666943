"""Text without markup, and abstracts in their sections."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metaleak.records.text import clean, sections, split_list, unique


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("<p>One</p><p>two</p>", "One two"),
        ("<jats:italic>in vivo</jats:italic>", "in vivo"),
        ("p <5 and >3", "p <5 and >3"),
        ("&amp;amp;lt;", "<"),
        ("R&D &copy 2015", "R&D &copy 2015"),
        ("a\x00b\u200bc\ufeff", "abc"),
        ("Mu\u0308ller\u00a0 A", "Müller A"),
    ],
)
def test_clean(text, plain):
    """Tags and entities go, comparisons and ampersands stay, spaces are one."""
    assert clean(text) == plain


@given(st.text("<b>/&amp;lt#60; x\u0308\x00"))
def test_cleaning_twice_changes_nothing(text):
    """So a record that is written and read again is the same."""
    assert clean(clean(text)) == clean(text)


def test_sections_lose_no_word():
    """Labels in capitals behind a sentence; a colon within one is none."""
    text = "UNLABELLED: Aim. MATERIALS AND METHODS: In group A: 5. RESULTS: CT: 3."
    found = sections(text)

    assert [each.label for each in found] == ["", "MATERIALS AND METHODS", "RESULTS"]
    assert found[2].text == "CT: 3."


def test_lists():
    """Empty items and repeats are none."""
    assert split_list(" a;; b ;") == ["a", "b"]
    assert unique(["b", "", "a", "b"]) == ("b", "a")
