"""The beta-binomial model: the optimum, its limits, edge cases, what a result tells."""

import json
import math

import numpy as np
import pytest
from scipy import special, stats

from metaleak.effects.design import Design, cell_means
from metaleak.effects.table import StudyTable
from metaleak.errors import SeparationError, SettingError, TableError, UndefinedError
from metaleak.pooling.beta_binomial import BetaBinomial
from metaleak.pooling.result import MetaResult

X, N = [35, 29, 12, 44, 3, 61], [56, 59, 48, 80, 40, 70]
CUT = 1.9207294


@pytest.fixture(scope="module")
def table():
    return StudyTable.from_counts(X, N)


@pytest.fixture(scope="module")
def result(table):
    return BetaBinomial().fit(table)


def log_likelihood(table, mean, icc):
    """Brute force, by scipy."""
    size = (1 - icc) / icc
    return stats.betabinom.logpmf(table.xi, table.ni, mean * size, (1 - mean) * size).sum()


def test_the_log_likelihood_is_that_of_brute_force(table, result):
    """Value at the optimum, binomial coefficients included."""
    brute = log_likelihood(table, special.expit(result.estimate), result.detail.icc.value)

    assert result.convergence.log_likelihood == pytest.approx(brute, abs=1e-9)


def test_nothing_nearby_is_higher(table, result):
    """The optimum is a maximum of the brute-force likelihood."""
    mean, icc = result.natural().estimate, result.detail.icc.value

    around = [
        log_likelihood(table, mean + a, icc + b) for a in (-0.01, 0, 0.01) for b in (-0.01, 0, 0.01) if a or b
    ]

    assert max(around) < result.convergence.log_likelihood


@pytest.mark.parametrize("side", ["low", "high"])
def test_limits_of_the_mean_lie_at_the_cutoff(table, result, side):
    """At each limit the likelihood, maximised over the correlation, has dropped by half the chi-squared quantile."""
    limit = getattr(result.natural().ci, side)

    profile = max(log_likelihood(table, limit, icc) for icc in np.linspace(0.05, 0.7, 1301))

    assert result.convergence.log_likelihood - profile == pytest.approx(CUT, abs=1e-5)


@pytest.mark.parametrize("side", ["low", "high"])
def test_limits_of_the_correlation_lie_at_the_cutoff(table, result, side):
    """The same for the correlation, maximised over the mean."""
    limit = getattr(result.detail.icc.ci, side)

    profile = max(log_likelihood(table, mean, limit) for mean in np.linspace(0.2, 0.7, 1001))

    assert result.convergence.log_likelihood - profile == pytest.approx(CUT, abs=1e-5)


def test_the_reader_sees_the_mean_over_studies(result):
    """natural() names the estimate, which is the population average and the mean of the fitted beta."""
    detail = result.detail

    assert result.natural().scale == "proportion (mean over studies)"
    assert "(mean over studies)" in str(result)
    assert result.natural().estimate == pytest.approx(detail.population_average.value)
    assert detail.alpha / (detail.alpha + detail.beta) == pytest.approx(detail.population_average.value)
    assert 1 / (1 + detail.alpha + detail.beta) == pytest.approx(detail.icc.value)


def test_a_new_study_comes_from_the_fitted_beta(result):
    """Prediction interval and probability are the beta's, and survive a stored result."""
    detail, back = result.detail, MetaResult.from_dict(json.loads(json.dumps(result.to_dict())))

    limits = stats.beta.ppf([0.025, 0.975], detail.alpha, detail.beta)

    assert [result.natural().prediction.low, result.natural().prediction.high] == pytest.approx(limits)
    assert back.probability(above=0.6) == pytest.approx(stats.beta.sf(0.6, detail.alpha, detail.beta))
    assert back.digest == result.digest


def test_tau2_is_the_variance_of_the_true_logits(result):
    """Trigamma of both parameters."""
    alpha, beta = result.detail.alpha, result.detail.beta

    assert result.tau2 == pytest.approx(float(special.polygamma(1, [alpha, beta]).sum()))


def test_mirrored_counts_give_the_mirrored_result(table, result):
    """Counting the units without the event mirrors estimate and limits and keeps the correlation."""
    mirrored = BetaBinomial().fit(StudyTable.from_counts(table.ni - table.xi, table.ni))

    assert mirrored.estimate == pytest.approx(-result.estimate, abs=1e-8)
    assert mirrored.ci.low == pytest.approx(-result.ci.high, abs=1e-8)
    assert mirrored.detail.icc.value == pytest.approx(result.detail.icc.value, rel=1e-7)


def test_doubling_every_row_keeps_the_estimate(result):
    """Maximum likelihood of doubled data: the same values, the standard error divided by root two."""
    twice = BetaBinomial(ci_method="wald").fit(StudyTable.from_counts(X + X, N + N))

    assert twice.estimate == pytest.approx(result.estimate, abs=1e-7)
    assert twice.se == pytest.approx(result.se / math.sqrt(2), rel=1e-6)


def test_row_order_means_nothing(table, result):
    """Rows in another order give the same numbers."""
    turned = BetaBinomial().fit(table.take([5, 3, 1, 0, 2, 4]))

    assert turned.estimate == pytest.approx(result.estimate, abs=1e-9)
    assert turned.ci.high == pytest.approx(result.ci.high, abs=1e-8)


def test_a_batch_gives_the_numbers_of_single_fits(table):
    """Tables of different length, some at an end of the correlation, fitted together and alone."""
    tables = [
        table,
        table.take([0, 1]),
        StudyTable.from_counts([4, 4, 4], [20, 20, 20]),
        StudyTable.from_counts([0, 8, 0], [8, 8, 9]),
        StudyTable.from_counts([9], [30]),
    ]

    together = BetaBinomial().fit_tables(tables)

    for part, found in zip(tables, together, strict=True):
        alone = BetaBinomial().fit(part)
        assert found.estimate == pytest.approx(alone.estimate, abs=1e-9)
        assert found.ci.low == pytest.approx(alone.ci.low, abs=1e-8)
        assert found.detail.icc.value == pytest.approx(alone.detail.icc.value, abs=1e-9)


def test_one_row_is_the_study_itself():
    """Without a second row there is no correlation and no prediction; the estimate is the study's rate."""
    one = BetaBinomial().fit(StudyTable.from_counts([9], [30]))

    drops = [
        stats.binom.logpmf(9, 30, 0.3) - stats.binom.logpmf(9, 30, p)
        for p in (one.natural().ci.low, one.natural().ci.high)
    ]
    assert one.natural().estimate == pytest.approx(0.3)
    assert (one.tau2, one.prediction, one.detail.icc.value) == (None, None, None)
    assert drops == pytest.approx([CUT, CUT], abs=1e-6)


def test_identical_studies_have_no_correlation():
    """Studies that differ less than by chance: the limit of 0, a note, and no prediction interval."""
    same = BetaBinomial().fit(StudyTable.from_counts([6, 6, 6, 6], [30, 30, 30, 30]))

    assert (same.detail.icc.value, same.detail.icc.ci.low, same.tau2) == (0, 0, 0)
    assert same.heterogeneity.tau2_test.p_value == 1
    assert same.prediction is None
    assert any("icc is estimated as 0" in note for note in same.notes)


def test_limits_of_identical_studies_allow_for_spread():
    """Away from the estimate the constrained maximum has a positive correlation: the limit knows it."""
    table = StudyTable.from_counts([6, 6, 6], [30, 30, 30])
    same = BetaBinomial().fit(table)

    profile = max(log_likelihood(table, same.natural().ci.low, icc) for icc in np.linspace(1e-6, 0.3, 3001))

    assert same.convergence.log_likelihood - profile == pytest.approx(CUT, abs=1e-5)


def test_none_or_all_in_every_row():
    """The correlation is 1, studies are coins, and the interval of the mean is that of coins."""
    split = BetaBinomial().fit(StudyTable.from_counts([0, 8, 0, 9], [8, 8, 9, 9]))

    low = split.natural().ci.low
    assert (split.detail.icc.value, split.detail.icc.ci.high) == (1, 1)
    assert split.natural().estimate == pytest.approx(0.5)
    assert 2 * math.log(0.5) + 2 * math.log(0.5) - 2 * math.log(low) - 2 * math.log(1 - low) == pytest.approx(
        CUT, abs=1e-6
    )


@pytest.mark.parametrize(
    ("x", "told"), [([0, 0, 0], "every count is 0"), ([9, 5, 7], "every unit has the event")]
)
def test_separation_is_an_error(x, told):
    """Without a single event, or with nothing else, the logit of the mean is infinite."""
    with pytest.raises(SeparationError, match=told):
        BetaBinomial().fit(StudyTable.from_counts(x, [9, 5, 7]))


def test_rows_of_one_unit_do_not_identify_the_correlation():
    """Single units carry nothing about the spread between them."""
    with pytest.raises(UndefinedError, match="correlation is not identified"):
        BetaBinomial().fit(StudyTable.from_counts([1, 0, 1], [1, 1, 1]))


def test_other_kinds_of_table_are_refused():
    """The model pools counts."""
    with pytest.raises(TableError, match="beta-binomial model pools counts"):
        BetaBinomial().fit(StudyTable.from_effects([0.1], [0.2], measure="GEN"))


def test_settings_are_checked():
    """An unknown interval method and a level outside 0 to 1 are named."""
    with pytest.raises(SettingError, match="ci_method"):
        BetaBinomial(ci_method="hksj")
    with pytest.raises(SettingError, match="level"):
        BetaBinomial(level=95)


def test_wald_and_t_take_the_curvature(table):
    """Wald limits by the normal quantile, t limits by k - p degrees of freedom; the correlation on its angle."""
    wald, wide = (BetaBinomial(ci_method=method).fit(table) for method in ("wald", "t"))

    assert wald.ci.high - wald.estimate == pytest.approx(1.959963984540054 * wald.se)
    assert wide.ci.high - wide.estimate == pytest.approx(stats.t.ppf(0.975, 5) * wide.se)
    assert wald.detail.icc.ci.method == "Wald on the angle arcsin(sqrt(icc))"
    assert 0 < wald.detail.icc.ci.low < wald.detail.icc.value < wald.detail.icc.ci.high < 1


def test_shrunken_rates_lie_between_study_and_mean(table, result):
    """The mean of a study's beta given its counts is drawn from its own rate towards the mean."""
    own, mean, detail = table.xi / table.ni, result.natural().estimate, result.detail

    assert detail.shrunken == pytest.approx(
        (detail.alpha + table.xi) / (detail.alpha + detail.beta + table.ni)
    )
    assert ((detail.shrunken >= np.minimum(own, mean)) & (detail.shrunken <= np.maximum(own, mean))).all()


def test_cell_means_maximise_the_joint_likelihood(table):
    """One mean per group with a common correlation: nothing nearby is higher."""
    fit = BetaBinomial().fit_design(table, cell_means(["a", "a", "a", "b", "b", "b"]))
    means, icc = special.expit([c.value for c in fit.coefficients]), fit.detail.icc.value

    def value(shift, by):
        return sum(
            log_likelihood(table.take(rows), mean + d, icc + by)
            for rows, mean, d in zip(([0, 1, 2], [3, 4, 5]), means, shift, strict=True)
        )

    around = [
        value((a, b), c)
        for a in (-0.01, 0, 0.01)
        for b in (-0.01, 0, 0.01)
        for c in (-0.01, 0, 0.01)
        if a or b or c
    ]
    assert fit.convergence.log_likelihood == pytest.approx(value((0, 0), 0), abs=1e-9)
    assert max(around) < fit.convergence.log_likelihood


def test_the_same_space_gives_the_same_likelihood(table):
    """Cell means and an intercept with a difference are one model."""
    groups = ["a", "b", "a", "b", "b", "a"]
    means = BetaBinomial().fit_design(table, cell_means(groups))
    other = np.array([[1.0, float(g == "b")] for g in groups])

    sloped = BetaBinomial().fit_design(table, Design(other, ("intercept", "b")))

    assert sloped.convergence.log_likelihood == pytest.approx(means.convergence.log_likelihood, abs=1e-9)
    assert sloped.coefficients[1].value == pytest.approx(
        means.coefficients[1].value - means.coefficients[0].value, abs=1e-7
    )


def test_more_coefficients_than_rows_are_refused(table):
    """A design needs rows to stand on."""
    with pytest.raises(TableError, match="more coefficients than rows"):
        BetaBinomial().fit_design(table.take([0, 1]), Design(np.eye(2, 3), ("a", "b", "c")))


def test_moderators_make_it_a_regression(table):
    """A formula gives one coefficient per column and a likelihood-ratio test of the difference."""
    year = StudyTable.from_counts(X, N, moderators={"modality": ["CT", "CT", "X-ray", "CT", "X-ray", "CT"]})

    fit = BetaBinomial(moderators="~ modality").fit(year)

    plain = BetaBinomial().fit(table).convergence.log_likelihood
    assert [c.name for c in fit.coefficients] == ["intercept", "modality = X-ray"]
    assert fit.regression.omnibus.statistic == pytest.approx(
        2 * (fit.convergence.log_likelihood - plain), abs=1e-8
    )
