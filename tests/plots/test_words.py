"""The words and numbers that figures print."""

import pytest

from metaleak.plots import words
from metaleak.plots.forest_data import Test, Value, from_result_json
from metaleak.plots.text_metrics import width


def test_decimals_stand_under_decimals():
    """Rates, limits and brackets of all rows end at the same places."""
    shown = words.rates([Value(0.05, 0.0, 0.1), Value(1.0, 0.598, 1.0), Value(0.5, 0.123, 0.9)])

    assert len({round(width(text, 7), 6) for text in shown}) == 1
    assert shown[1] == "100.0 [59.8, 100.0]"
    assert {round(width(text[: text.index(".")], 7), 6) for text in shown} == {round(width("100", 7), 6)}


def test_a_prediction_interval_has_no_value():
    """Its limits stand under those of the other rows, before them is nothing."""
    rate, prediction = words.rates([Value(0.5, 0.4, 0.6), Value(None, 0.1, 0.9)])

    assert prediction.strip("\u2007\u2008 ") == "[10.0, 90.0]"
    assert width(prediction, 7) == pytest.approx(width(rate, 7), abs=0.01)


def test_a_missing_interval_is_a_dash():
    """What is not defined is a dash, never an empty bracket."""
    assert words.rates([Value(0.5)]) == ["50.0 —"]
    assert words.intervals([Value(None), Value(None, 0.05, 0.1)]) == ["—", "[5.0, 10.0]"]


def test_heterogeneity_in_one_line(shown):
    """tau2, tau with its interval, I2 and the test; then what to mind."""
    found = words.heterogeneity(shown((4,)).groups[0])

    assert found == (
        "τ² = 0.64, τ = 0.80 [0.50, ∞] on the logit scale, I² = 93 %, "
        "heterogeneity χ² = 86.77, df = 3, p < 0.001; τ² is borrowed"
    )


def test_an_f_test_has_two_degrees_of_freedom():
    """Welch's test is an F, with a decimal where the degrees of freedom need one."""
    assert words.test(Test(statistic=8.8, df=(3.0, 16.72), p_value=0.001, method="")) == (
        "F = 8.80, df = 3 and 16.7, p = 0.001"
    )


def test_tests_say_how_tau2_was_modelled(shown):
    """The test that holds its level best comes first, then the headline model's."""
    inverse, separate, common = words.tests(shown())

    assert inverse.startswith("Test of the differences between groups, inverse variance: F = ")
    assert separate.startswith(
        "Test of the differences between groups, separate τ² per group: χ² = 23.28, df = 3"
    )
    assert "common τ²: χ² = 26.00" in common


def test_a_contrast_names_both_sides_and_their_sizes(shown):
    """An odds ratio comes with its interval, its p value and the rows behind it."""
    assert words.contrast(shown().contrasts[0]) == (
        "group B against group A: odds ratio 0.49 [0.20, 1.18], p = 0.106 (6 rows of 5 studies against 21 rows of 18 studies)"
    )


def test_reasons_are_told_once(shown):
    """Groups that are not pooled for one reason share a line."""
    assert words.reasons(shown((1, 3, 1))) == ["Not pooled (one row: shown as it is): group A; group C"]


def test_notes_that_begin_alike_are_one_sentence(shown):
    """Groups without a row are listed in one sentence."""
    assert words.notes(shown()) == ["No row for: group X; group Y."]


def test_notes_that_differ_by_a_number_are_one_sentence(synthetic):
    """The numbers become a range; a Greek letter at the beginning stays small."""
    result = synthetic((3, 3))
    for name, notes in {"group A": ["of 8 rows", "tau2 is 0"], "group B": ["of 6 rows"]}.items():
        result["groups"][name]["notes"] = notes

    found = words.group_notes(from_result_json(result))

    assert found == ["Of 6 to 8 rows (group A; group B).", "τ² is 0 (group A)."]


@pytest.mark.parametrize(
    ("k", "studies", "text"), [(1, 1, "1 study"), (8, 8, "8 studies"), (21, 18, "21 rows of 18 studies")]
)
def test_rows_and_studies(k, studies, text):
    """Rows are named only where they differ from studies."""
    assert words.rows_of_studies(k, studies) == text


def test_the_axis_says_what_is_counted(shown):
    """The denominator stands in the title: units, or what the other imaging shows."""
    assert words.axis_title(shown()) == "Rate, % of the units counted (patient or vertebra)"
    assert (
        words.axis_title(shown(sheet="pairs"))
        == "Share of CT positives that X-ray shows, % (100 = all CT positives)"
    )


def test_counts_of_pairs_are_headed_by_their_imaging(shown):
    """A pair's counts are what X-ray shows of what CT shows."""
    assert words.counts_header(shown()) == "Events/total"
    assert words.counts_header(shown(sheet="pairs")) == "X-ray/CT"


@pytest.mark.parametrize(("level", "text"), [(0.95, "95 %"), (0.975, "97.5 %")])
def test_levels(shown, level, text):
    """A level has a decimal where it needs one."""
    assert words.level(shown(model={"name": "BinomialNormal", "level": level})) == text
