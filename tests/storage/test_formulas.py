"""Cells that spreadsheet programs would run."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metaleak.storage.formulas import STARTS, is_formula, neutral, original


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_what_may_run_gets_an_apostrophe(text):
    """The first letter decides."""
    assert is_formula(text)
    assert neutral(text) == "'" + text


@pytest.mark.parametrize("text", ["", "Vertebroplasty", "'t Hooft", "a = b"])
def test_what_cannot_run_stays(text):
    """An apostrophe that belongs to a name is not taken away."""
    assert (neutral(text), original(text), is_formula(text)) == (text, text, False)


@given(st.text() | st.builds(str.__add__, st.sampled_from(["", "'", "''"]), st.sampled_from(STARTS)))
def test_reading_gives_back_what_was_neutralised(text):
    """Neutralising is undone by reading, for every text, and what is written never runs."""
    assert original(neutral(text)) == text
    assert not is_formula(neutral(text))
