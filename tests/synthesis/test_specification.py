"""A curve of specifications says what single fits say, once for what is the same."""

import math

import numpy as np
import pytest

import metaleak as ml
from metaleak.effects.design import Design
from metaleak.errors import SettingError, TableError
from metaleak.synthesis.specification import Specification, specification_curve
from metaleak.synthesis.specification_fits import averaged_rate, difference
from metaleak.synthesis.specification_spread import moves_of, shares_of_spread

CODING = {"CT": "CT", "xray": "X-ray"}
CONTRAST = ("X-ray", "CT")


@pytest.fixture
def table():
    """Return ten rows, three of which no coding takes."""
    return ml.StudyTable.from_counts(
        [10, 14, 12, 9, 3, 6, 5, 0, 7, 2],
        [20, 25, 30, 31, 22, 31, 24, 12, 30, 9],
        moderators={"modality": ["CT"] * 4 + ["xray"] * 4 + ["unknown"] * 2},
    )


def specification(table, model, tau2="common", **changes):
    return Specification(
        choices={"tau2": tau2}, model=model, tau2=tau2, table=table, **{"coding": CODING, **changes}
    )


def one(table, model, tau2="common"):
    return specification_curve([specification(table, model, tau2)], contrast=CONTRAST).iloc[0]


def both_groups(table):
    rows = table.take([4, 5, 6, 7, 0, 1, 2, 3])
    design = Design(np.column_stack([np.ones(8), np.repeat([1.0, 0.0], 4)]), ("CT", "X-ray - CT"))
    return rows, design


COMMON = [
    ml.BinomialNormal(ci_method="profile"),
    ml.BinomialNormal(ci_method="wald"),
    ml.BinomialNormal(ci_method="t"),
    ml.BetaBinomial(ci_method="profile"),
    ml.BetaBinomial(ci_method="wald"),
    ml.RandomEffects(measure="PLO", method="DL", ci_method="wald"),
    ml.RandomEffects(measure="PLO", method="REML", ci_method="hksj-adhoc"),
    ml.RandomEffects(measure="PLO", method="PM", ci_method="hksj", zero=ml.Zero(to="if0all")),
]


@pytest.mark.parametrize("model", COMMON, ids=lambda model: f"{type(model).__name__}-{model.ci_method}")
def test_with_one_tau2_it_is_the_regression_on_the_group(table, model):
    """The coefficient and its interval."""
    found = one(table, model)
    rows, design = both_groups(table)
    gap = model.fit_design(rows, design).coefficients[1]

    assert [found["log_or"], found["log_or_low"], found["log_or_high"]] == pytest.approx(
        [gap.value, gap.ci.low, gap.ci.high], abs=1e-8
    )
    assert (found["k_of"], found["k_against"]) == (4, 4)


@pytest.mark.parametrize(
    "model",
    [
        ml.BinomialNormal(ci_method="wald"),
        ml.BetaBinomial(ci_method="wald"),
        ml.RandomEffects(measure="PLO", method="REML", ci_method="wald"),
    ],
    ids=lambda model: type(model).__name__,
)
def test_with_separate_tau2_it_is_the_difference_of_two_fits(table, model):
    """Wald's interval of independent means."""
    found = one(table, model, "separate")
    xray, ct = model.fit(table.take([4, 5, 6, 7])), model.fit(table.take([0, 1, 2, 3]))
    gap, half = xray.estimate - ct.estimate, 1.959963984540054 * math.hypot(xray.se, ct.se)

    assert [found["log_or"], found["log_or_low"], found["log_or_high"]] == pytest.approx(
        [gap, gap - half, gap + half], abs=1e-8
    )


def test_the_rate_is_the_population_average_of_the_second_group(table):
    """As the exact model gives it, profile limits and all."""
    found = one(table, ml.BinomialNormal())
    average = ml.BinomialNormal().fit(table.take([0, 1, 2, 3])).detail.population_average

    assert [found["rate"], found["rate_low"], found["rate_high"]] == pytest.approx(
        [average.value, average.ci.low, average.ci.high], abs=1e-8
    )


@pytest.mark.parametrize("measure", ["PLO", "PAS"])
def test_mean_rates_agree_with_draws(measure):
    """Of a normal distribution on logits or arcsines, to the error of 400,000 draws."""
    centre, tau = 0.7, 0.2
    drawn = centre + tau * np.random.default_rng(1).standard_normal(400_000)
    natural = 1 / (1 + np.exp(-drawn)) if measure == "PLO" else np.sin(drawn) ** 2
    [[found]] = averaged_rate(np.array([[centre]]), np.array([tau**2]), measure)

    assert found == pytest.approx(natural.mean(), abs=4 * natural.std() / math.sqrt(400_000))


def test_a_share_is_its_own_mean_rate():
    """Limits outside 0 to 1 are cut there."""
    assert averaged_rate(np.array([[0.4, -0.1, 1.2]]), np.array([0.1]), "PR").tolist() == [[0.4, 0.0, 1.0]]


def test_welch_degrees_of_freedom():
    """Two means with variances 1 and 3 from 4 and 9 degrees of freedom have 16 / (1/4 + 1) of them."""
    side = [np.array([value]) for value in (2.0, 1.0, 4.0)], [np.array([value]) for value in (1.0, 3.0, 9.0)]
    [[gap, low, high]] = difference(*side, level=0.95, exact=False)

    assert gap == 1.0
    # qt(0.975, 12.8) in R
    assert (high - low) / 4 == pytest.approx(2.163805054, abs=1e-8)


def test_equal_rows_and_models_are_fitted_once(table):
    """Whatever their choices are called."""
    other = table.take(list(range(8)))
    asked = [specification(table, ml.BinomialNormal()), specification(other, ml.BinomialNormal())]
    found = specification_curve(asked, contrast=CONTRAST)

    assert found["same_as"].tolist() == [0, 0]
    assert found["log_or"].nunique() == 1


def test_refused_ones_are_passed_over(table):
    """Numbers are places in the whole list."""
    asked = [
        specification(table, ml.BinomialNormal(), refused="a rule"),
        specification(table, ml.BinomialNormal()),
    ]

    assert specification_curve(asked, contrast=CONTRAST)["number"].tolist() == [1]


def test_a_scale_without_odds_ratio_says_something_of_the_rate_alone(table):
    """The arcsine."""
    found = one(table, ml.RandomEffects(measure="PAS"))

    assert math.isnan(found["log_or"])
    assert 0 < found["rate_low"] < found["rate"] < found["rate_high"] < 1


@pytest.mark.parametrize(
    ("coding", "said"),
    [
        ({"CT": "CT", "unknown": "X-ray"}, "fewer than 3 rows"),
        ({"CT": "CT"}, "fewer than 3 rows"),
    ],
)
def test_groups_that_cannot_be_compared(table, coding, said):
    """Are told with the choices."""
    asked = [specification(table, ml.BinomialNormal(), coding=coding)]

    with pytest.raises(TableError, match=said):
        specification_curve(asked, contrast=CONTRAST)


def test_a_group_without_an_event():
    """Has no logit."""
    table = ml.StudyTable.from_counts(
        [3, 4, 5, 0, 0, 0], [9, 9, 9, 9, 9, 9], moderators={"modality": ["CT"] * 3 + ["xray"] * 3}
    )

    with pytest.raises(TableError, match="no event"):
        one(table, ml.BinomialNormal())


def test_a_difference_of_two_fits_has_no_profile(table):
    """The setting is refused before anything is printed."""
    with pytest.raises(SettingError, match="no profile"):
        one(table, ml.BinomialNormal(ci_method="profile"), "separate")


def test_nothing_to_fit(table):
    """All are refused."""
    with pytest.raises(SettingError, match="no specification"):
        specification_curve([specification(table, ml.BinomialNormal(), refused="x")], contrast=CONTRAST)


def test_shares_of_spread_are_eta_squared():
    """Between sums of squares over the total: 16 of 20, and 4 of 20."""
    choices = [{"a": a, "b": b} for a in "xy" for b in "uv"]

    assert shares_of_spread(choices, np.array([0.0, 2.0, 4.0, 6.0])) == pytest.approx({"a": 0.8, "b": 0.2})


def test_no_spread_has_no_shares():
    """Equal estimates."""
    assert shares_of_spread([{"a": "x"}, {"a": "y"}], np.array([1.0, 1.0])) == {"a": 0.0}


def test_moves_tell_every_choice_that_was_taken():
    """With its count and median; a specification without the decision is not counted."""
    found = moves_of([{"a": "x"}, {"a": "y"}, {"a": "y"}, {}], np.array([1.0, 2.0, 4.0, 9.0]))

    assert found == {"a": [("x", 1, 1.0), ("y", 2, 3.0)]}
