"""Fits with moderators: tests, explained variance, words, predictions."""

import numpy as np
import pytest
from scipy import stats

from metaleak.effects.table import StudyTable
from metaleak.errors import SettingError, UndefinedError
from metaleak.pooling.beta_binomial import BetaBinomial
from metaleak.pooling.binomial_normal import BinomialNormal
from metaleak.pooling.random_effects import RandomEffects
from metaleak.pooling.result import MetaResult

X, N = [35, 29, 12, 44, 21, 3, 16, 5, 9, 11], [56, 59, 48, 80, 30, 31, 40, 29, 21, 60]
MODERATORS = {
    "modality": ["CT"] * 5 + ["xray"] * 5,
    "unit": ["vertebra", "patient"] * 4 + ["vertebra", "vertebra"],
    "year": [2001, 2004, 2007, 2010, 2013, 2002, 2005, 2008, 2011, 2014],
}


@pytest.fixture(scope="module")
def table():
    return StudyTable.from_counts(
        X, N, study=list("aabcdefghi"), label=list("1234567890"), moderators=MODERATORS
    )


@pytest.fixture(scope="module")
def fitted(table):
    return BinomialNormal(moderators="~ modality + year").fit(table)


def test_terms_are_tested_by_likelihood_ratio(table, fitted):
    """Each term of the binomial-normal model: twice the loss when it is taken out."""
    without = BinomialNormal(moderators="~ year").fit(table)

    test = next(t for t in fitted.regression.terms if t.name == "modality")
    expected = 2 * (fitted.convergence.log_likelihood - without.convergence.log_likelihood)
    assert test.statistic == pytest.approx(expected, abs=1e-7)
    assert test.p_value == pytest.approx(stats.chi2.sf(expected, 1))


def test_one_coefficient_is_its_own_wald_test(table):
    """A term with one column: the F statistic is its t squared."""
    result = RandomEffects(ci_method="hksj", moderators="~ modality + year").fit(table)

    test = next(t for t in result.regression.terms if t.name == "modality")
    assert test.statistic == pytest.approx(result.coefficients[1].statistic ** 2)
    assert test.p_value == pytest.approx(result.coefficients[1].p_value)
    assert test.df == (1, 7.0)


def test_explained_variance(table, fitted):
    """R2 is the share by which tau2 falls against the model without moderators."""
    plain = BinomialNormal().fit(table)

    assert fitted.regression.tau2_without == pytest.approx(plain.tau2, rel=1e-7)
    assert fitted.regression.r2 == pytest.approx(1 - fitted.tau2 / plain.tau2, rel=1e-6)


def test_support_and_inflation(fitted):
    """Every coefficient says on how many rows and studies it rests, and how much the others inflate it."""
    assert fitted.regression.support["modality = xray"] == (5, 5)
    assert all(value >= 1 for value in fitted.regression.vif.values())


def test_thin_support_and_empty_cells_are_said_in_words(table):
    """A contrast on few studies, and combinations that no row has, stand in the notes."""
    few = table.take([0, 1, 2, 3, 4, 5, 6])

    result = RandomEffects(moderators="~ modality + unit").fit(few.take([0, 1, 2, 3, 4, 6]))

    assert "modality = xray rests on 1 rows of 1 studies" in result.notes
    assert any("no row has modality xray with unit" in note for note in result.notes)


def test_predictions_are_the_fitted_values(table, fitted):
    """At the rows' own moderators the prediction is X beta, and the rate its inverse logit."""
    at = fitted.predict({"modality": ["CT", "xray"], "year": [2007, 2008]})

    b = [c.value for c in fitted.coefficients]
    assert at["estimate"].to_numpy() == pytest.approx([b[0] + 2007 * b[2], b[0] + b[1] + 2008 * b[2]])
    assert at["natural"].to_numpy() == pytest.approx(1 / (1 + np.exp(-at["estimate"].to_numpy())))
    assert (at["pi_low"] < at["ci_low"]).all()


def test_groups_are_a_regression_on_words(table):
    """Cell means by formula and by design are one fit."""
    by_formula = BinomialNormal(moderators="~ modality - 1").fit(table)

    from metaleak.effects.design import cell_means

    by_design = BinomialNormal().fit_design(table, cell_means(MODERATORS["modality"]))
    assert [c.value for c in by_formula.coefficients] == pytest.approx(
        [c.value for c in by_design.coefficients], abs=1e-9
    )


def test_scaling_a_moderator_scales_its_coefficient(table):
    """Years since 2000 or years: the same line."""
    shifted = StudyTable.from_counts(X, N, moderators={"year": [(y - 2000) / 10 for y in MODERATORS["year"]]})

    a = BinomialNormal(moderators="~ year").fit(table)
    b = BinomialNormal(moderators="~ year").fit(shifted)

    assert b.coefficients[1].value == pytest.approx(10 * a.coefficients[1].value, rel=1e-6)
    assert b.regression.omnibus.p_value == pytest.approx(a.regression.omnibus.p_value, rel=1e-6)


def test_a_regression_survives_json(fitted):
    """A stored regression predicts as before."""
    again = MetaResult.from_dict(fitted.to_dict())

    at = {"modality": ["xray"], "year": [2010]}
    assert again.digest == fitted.digest
    assert again.predict(at)["estimate"][0] == fitted.predict(at)["estimate"][0]


def test_what_is_not_defined(table, fitted):
    """No single estimate with moderators, nothing to predict without them, no unknown moderator."""
    with pytest.raises(UndefinedError, match="no single estimate"):
        _ = fitted.estimate
    with pytest.raises(UndefinedError, match="nothing to predict"):
        BinomialNormal().fit(table).predict({"year": [2000]})
    with pytest.raises(SettingError, match="no moderator of the table"):
        BinomialNormal(moderators="~ imaging").fit(table)


@pytest.mark.parametrize("model", [BinomialNormal, BetaBinomial])
def test_a_year_needs_no_centring(model):
    """Limits of a slope are the same from the year 0 or 2010 on, however wide the intercept's are."""
    years, k = [1999.0, 2004.0, 2008.0, 2015.0, 2021.0, 2023.0], 6
    slopes = []
    for shift in (0.0, 2010.0):
        moved = {"year": [year - shift for year in years]}
        table = StudyTable.from_counts([3, 25, 9, 30, 4, 33], [40] * k, moderators=moved)
        slopes.append(model(moderators="~ year").fit(table).coefficients[1].ci)

    assert (slopes[0].low, slopes[0].high) == pytest.approx((slopes[1].low, slopes[1].high), rel=1e-6)
    assert -1 < slopes[0].low < slopes[0].high < 1
