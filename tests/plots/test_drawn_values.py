"""The values behind the marks, as CSV."""

import csv
import io

import pytest

from metaleak.plots.drawn_values import COLUMNS, forest_values, groups_values


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_values_are_those_of_the_result(synthetic, shown):
    """Rates, limits and shares of studies are the result's numbers, digit by digit."""
    drawn = [row for row in rows_of(forest_values(shown())) if row["kind"] == "study"]

    for row, given in zip(drawn, synthetic()["rows"], strict=True):
        assert [row["value"], row["low"], row["high"], row["information_share"]] == [
            repr(given[name]) for name in ("rate", "ci_low", "ci_high", "share")
        ]


def test_pooled_values_are_those_of_the_result(synthetic, shown):
    """Diamonds, bars and circles are in the CSV, too."""
    drawn = {row["kind"]: row for row in rows_of(forest_values(shown((4,))))}
    given = synthetic((4,))["groups"]["group A"]

    assert float(drawn["pooled"]["value"]) == given["estimate"]
    assert float(drawn["prediction"]["high"]) == given["pi_high"]
    assert float(drawn["mean"]["low"]) == given["population_average"]["ci_low"]


def test_contrasts_have_their_own_scale(shown):
    """An odds ratio is not a share."""
    last = rows_of(forest_values(shown()))[-1]

    assert (last["kind"], last["scale"], last["value"]) == ("contrast", "odds ratio", "0.486")


def test_the_overview_has_no_studies(shown):
    """Only what it draws: pooled values, prediction intervals, summed counts, contrasts."""
    kinds = [row["kind"] for row in rows_of(groups_values(shown((4, 1))))]

    assert kinds == ["pooled", "prediction", "joined", "contrast"]


def test_the_overall_value_only_where_it_is_drawn(shown):
    """The CSV holds what the figure shows, no more."""
    data = shown(overall=True)

    assert "overall" not in forest_values(data)
    assert "overall" in forest_values(data, overall=True)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://x")'])
def test_no_cell_is_a_live_formula(shown, text):
    """Text that a spreadsheet program would run stands behind an apostrophe."""
    values = forest_values(shown((2,), labels=[text], names=[text]))

    cells = [cell for row in rows_of(values) for cell in row.values()]
    assert f"'{text}" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]


def test_columns_are_fixed(shown):
    """Every figure has the same columns in the same order."""
    assert (
        forest_values(shown()).splitlines()[0] == ",".join(COLUMNS) == groups_values(shown()).splitlines()[0]
    )
