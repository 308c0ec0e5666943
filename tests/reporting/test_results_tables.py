"""Tables of results hold the numbers of the results."""

import copy

import pytest

from metaleak import numbers
from metaleak.reporting import results_tables


def cells(table, row):
    """Return the texts of a row, with what stands beside them, by column."""
    names = [column.name for column in table.columns]
    shown = [f"{cell.text} {cell.small}".strip() for cell in table.rows[row].cells]
    return dict(zip(names, shown, strict=True))


@pytest.mark.parametrize("place", [0, 1, 2, 3])
def test_groups_show_both_rates_and_the_prediction(synthetic, place):
    """Every number of a group stands in its row, through the one formatter."""
    result = synthetic.results["modality"]
    name, group = list(result["groups"].items())[place]

    row = cells(results_tables.groups_table("modality", result), place)

    assert row["Group"] == name
    assert row["Observations"] == str(group["k"])
    assert row["Median study"] == (
        f"{numbers.percent(group['estimate'])} {numbers.percent_interval(group['ci_low'], group['ci_high'])}"
    )
    assert row["Prediction"] == "[12.0, 88.0]"
    assert row["τ"] == "1.00 [0.50, ∞]"


def test_a_group_that_is_not_pooled_shows_its_counts(synthetic):
    """One row is shown as it is: its share with the exact interval, no tau, no prediction."""
    row = cells(results_tables.groups_table("patients", synthetic.results["patients"]), 1)

    assert row["Median study"] == "25.0 % [9.0, 49.0]"
    assert (row["Prediction"], row["τ"], row["I²"]) == ("—", "—", "—")


def test_models_stand_beside_each_other(synthetic):
    """Own tau2, common tau2 and the inverse-variance model in one row; none where there is none."""
    table = results_tables.models_table("patients", synthetic.results["patients"])

    assert cells(table, 0)["Inverse variance"] == "30.0 % [10.0, 60.0]"
    assert cells(table, 1)["Binomial-normal, own τ²"] == "one row: shown as it is"


def test_contrasts_name_both_sides(synthetic):
    """Of what against what, on how many observations, with odds ratio and risk difference."""
    row = cells(results_tables.contrasts_table("modality", synthetic.results["modality"]), 0)

    assert row["Difference"] == "X-ray against CT"
    assert row["Observations"] == "2 against 3"
    assert (row["Odds ratio"], row["p"]) == ("0.49 [0.21, 1.14]", "0.200")
    assert row["Risk difference"] == "−10.0 % [−30.0, 10.0]"


def test_no_contrast_no_table(synthetic):
    """A single group has neither differences nor tests."""
    assert results_tables.contrasts_table("pairs", synthetic.results["pairs"]) is None
    assert results_tables.tests_table("pairs", synthetic.results["pairs"]) is None


def test_two_degrees_of_freedom_are_both_shown(synthetic):
    """An F test has two."""
    result = copy.deepcopy(synthetic.results["modality"])
    result["tests"]["beside"] = result["tests"]["common"] | {"df": [3, 16.72]}

    assert cells(results_tables.tests_table("modality", result), 0)["df"] == "3, 16.7"


def test_greek_letters_are_written(synthetic):
    """What the engine spells out is shown as a sign."""
    table = results_tables.contrasts_table("modality", synthetic.results["modality"])

    assert "common τ²" in cells(table, 0)["How"]
