"""Small words."""

import pytest

from metaleak.reporting import words


@pytest.mark.parametrize(
    ("n", "word", "said"),
    [
        (1, "study", "1 study"),
        (2, "study", "2 studies"),
        (1234, "row", "1\u2009234 rows"),
        (0, "vertebra", "0 vertebrae"),
    ],
)
def test_counts_have_their_noun(n, word, said):
    """Nouns follow their number, thousands stand apart."""
    assert words.counted(n, word) == said


@pytest.mark.parametrize(
    ("items", "said"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_lists_end_in_and(items, said):
    """One item stands alone, the last of several follows a word."""
    assert words.listed(items) == said


def test_codes_read_as_words():
    """Underscores go, imaging is spelled as in print."""
    assert [words.plain("case_series"), words.plain("rct")] == ["case series", "RCT"]
    assert [words.imaging(code) for code in ("xray", "CT+xray", "CT")] == ["X-ray", "CT + X-ray", "CT"]


def test_no_units_say_nothing():
    """A selection without units leaves no stray words."""
    assert words.units({}) == ""
