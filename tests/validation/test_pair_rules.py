"""Comparisons of imaging, and figures of earlier reviews."""

import pytest


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"both_positive": "29"}, "both_positive"),
        ({"index_positive": "17"}, "both_positive"),
        ({"index_positive": "51"}, "index_positive"),
        ({"reference_positive": "51"}, "reference_positive"),
    ],
)
def test_a_part_of_a_comparison_above_its_whole(findings, put, cells, column):
    """Both is at most each, and each at most the total."""
    put("pairs", **cells)

    assert ("R51", "pairs", 2, column) in findings()


@pytest.mark.parametrize(("share", "found"), [("0.64", 0), ("0.643", 0), ("0.65", 1), ("0.36", 1)])
def test_a_sensitivity_beside_its_counts(told, put, share, found):
    """18 of 28 is .643: two digits are enough, another number is not."""
    put("pairs", index_sensitivity=share)

    assert len(told("R52")) == found


@pytest.mark.parametrize(
    ("low", "estimate", "high", "found"),
    [
        ("15", "20", "26", 0),
        ("", "20", "", 0),
        ("21", "20", "26", 1),
        ("", "30", "26", 1),
        ("26", "20", "15", 1),
    ],
)
def test_estimates_lie_inside_their_interval(told, put, low, estimate, high, found):
    """Limits in the wrong order are found, too."""
    put("reviews", ci_low=low, estimate=estimate, ci_high=high)

    assert len(told("R56")) == found


def test_a_count_that_was_mended_in_one_sheet_only(told, put):
    """Comparison and count of the same reading say the same number."""
    put("leaks", n_leak="30")

    assert told("R71") == ["leaks.csv, row 2, has 30 of 50"]


@pytest.mark.parametrize("cells", [{"n_total": "45"}, {"procedure": "PKP"}, {"leak_site": "venous"}])
def test_another_reading_may_have_other_counts(told, put, cells):
    """Fewer units read with both methods, another procedure or another site are compared with nothing."""
    put("pairs", reference_positive="27", **cells)

    assert told("R71") == []
