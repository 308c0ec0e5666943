"""The order of rows in a forest plot."""

import pytest

from metaleak.errors import SettingError
from metaleak.plots.figures import plan_forest
from metaleak.plots.forest_frame import Options
from metaleak.plots.forest_sort import sorted_rows
from metaleak.question.forest_columns import SORTS


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("down", ["", "-"])
def test_rows_are_sorted_within_their_group(shown, sort, down):
    """Every row stays in its group, and none is lost."""
    data = shown((7, 5))
    found = sorted_rows(data, f"{down}{sort}")

    assert [{row.study_id for row in group.rows} for group in found.groups] == [
        {row.study_id for row in group.rows} for group in data.groups
    ]


def test_rates_rise_and_fall(shown):
    """By value, not by text."""
    rates = [row.rate.value for row in sorted_rows(shown((9,)), "rate").rows]

    assert rates == sorted(rates)
    assert [row.rate.value for row in sorted_rows(shown((9,)), "-rate").rows] == rates[::-1]


def test_a_row_without_a_year_stands_last_either_way(synthetic):
    """And equal ones keep their order."""
    result = synthetic((4,))
    for row, year in zip(result["rows"], ["2010", None, "2004", "2010"], strict=True):
        row["year"] = year

    def order(sort):
        texts = plan_forest(result, options=Options(sort=sort, columns=("year",))).whole.texts(column="year")
        return [text.text for text in texts if text.row.startswith("study")]

    assert order("year") == ["2004", "2010", "2010", ""]
    assert order("-year") == ["2010", "2010", "2004", ""]


def test_the_analysis_says_the_order_and_the_hand_another(synthetic, shown):
    """Without either, rows stand as the result has them."""
    result = synthetic((5,), sort="total")
    totals = sorted(row["total"] for row in result["rows"])

    def drawn(**options):
        counts = plan_forest(result, options=Options(**options)).whole.texts(column="counts")
        return [int(text.text.partition("/")[2]) for text in counts if text.row.startswith("study")]

    assert drawn() == totals
    assert drawn(sort="-total") == totals[::-1]
    assert sorted_rows(shown((5,)), None) == shown((5,))


def test_an_order_that_is_not_there_is_refused(shown):
    """By naming those that are."""
    with pytest.raises(SettingError, match="cannot be sorted by 'colour'; allowed: label"):
        sorted_rows(shown((3,)), "colour")
