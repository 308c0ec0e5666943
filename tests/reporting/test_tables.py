"""Cells: what stands in them and what they are sorted by."""

from metaleak.reporting.tables import of_count, of_digits, of_number, of_rate_bar, of_share


def test_counts_sort_as_numbers():
    """The text has thin spaces, the order has not."""
    cell = of_count(12345)

    assert (cell.text, cell.order) == ("12\u2009345", 12345)


def test_digits_of_a_sheet_sort_as_numbers_and_words_as_words():
    """What is typed stays as typed."""
    assert (of_digits("012").text, of_digits("012").order) == ("012", 12.0)
    assert of_digits("n.d.").order is None
    assert of_digits("²").order is None


def test_an_undefined_share_is_a_dash_and_sorts_first():
    """None is shown, never a zero."""
    cell = of_share({"estimate": None, "ci_low": 0.1, "ci_high": 0.4})

    assert (cell.text, cell.small, cell.order) == ("—", "[10.0, 40.0]", -1.0)


def test_an_infinite_limit_is_shown():
    """The word of the result becomes the sign that a reader knows."""
    assert of_number(1.0, limits=(0.5, "Inf")).small == "[0.50, ∞]"


def test_a_bar_needs_an_interval():
    """Without one there is no picture, and the row sorts first."""
    cell = of_rate_bar({"rate": None, "ci_low": None, "ci_high": None})

    assert (cell.bar, cell.order) == (None, -1.0)
