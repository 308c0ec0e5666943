"""The Bayesian binomial-normal model: what a result tells, edge cases, laws. The integrals are tested in numerics."""

import json
import math

import numpy as np
import pytest
from scipy import special

from metaleak.effects.design import cell_means
from metaleak.effects.table import StudyTable
from metaleak.errors import SettingError, TableError, UndefinedError
from metaleak.pooling.bayesian_binomial_normal import BayesianBinomialNormal
from metaleak.pooling.binomial_normal import BinomialNormal
from metaleak.pooling.result import MetaResult

X, N = [35, 29, 12, 44, 3, 61], [56, 59, 48, 80, 40, 70]


@pytest.fixture(scope="module")
def table():
    return StudyTable.from_counts(X, N)


@pytest.fixture(scope="module")
def result(table):
    return BayesianBinomialNormal().fit(table)


def test_estimate_and_interval_are_quantiles_of_mu(result):
    """Posterior median with equal-tailed limits, of the median study on the reader's scale."""
    mu = result.detail.mu

    assert [mu.cdf(place) for place in (result.ci.low, result.estimate, result.ci.high)] == pytest.approx(
        [0.025, 0.5, 0.975], abs=1e-9
    )
    assert result.natural().estimate == pytest.approx(special.expit(result.estimate))
    assert (
        result.p_value
        if hasattr(result, "p_value")
        else result.coefficients[0].p_value == pytest.approx(2 * min(mu.cdf(0), 1 - mu.cdf(0)))
    )


def test_the_mean_over_studies_has_its_own_interval(result):
    """The population-averaged rate lies nearer to one half than the median study's."""
    average = result.detail.population_average

    assert abs(average.value - 0.5) < abs(result.natural().estimate - 0.5)
    assert average.ci.low < average.value < average.ci.high


def test_tau_has_median_and_intervals(result):
    """tau2 is the square of the median of tau; limits go with it."""
    tau = result.detail.tau_estimate

    assert result.tau2 == pytest.approx(tau.value**2)
    assert result.heterogeneity.tau2_ci.high == pytest.approx(tau.ci.high**2)
    assert result.detail.tau_shortest.high - result.detail.tau_shortest.low < tau.ci.high - tau.ci.low


def test_a_new_study(result):
    """The predictive interval is wider than that of mu, and probabilities come from its density."""
    new = result.prediction

    assert new.low < result.ci.low < result.ci.high < new.high
    assert result.probability(above=special.expit(new.high)) == pytest.approx(0.025, abs=1e-9)


def test_rates_are_drawn_towards_each_other(table, result):
    """Each study's median lies between its own rate and the common one, inside its limits."""
    own, common, detail = table.xi / table.ni, result.natural().estimate, result.detail

    assert ((detail.shrunken > np.minimum(own, common)) & (detail.shrunken < np.maximum(own, common))).all()
    assert ((detail.shrunken_low < detail.shrunken) & (detail.shrunken < detail.shrunken_high)).all()


def test_the_grid_was_fine_enough(result):
    """The last refinement moved no limit by more than 1e-7."""
    assert result.detail.movement <= 1e-7
    assert "limits move" in result.convergence.optimiser


def test_with_many_studies_the_prior_gives_way():
    """With forty studies the posterior is where the likelihood is."""
    rng = np.random.default_rng(3)
    n = rng.integers(50, 200, 40)
    table = StudyTable.from_counts(rng.binomial(n, special.expit(rng.normal(-1, 0.6, 40))), n)

    bayes, ml = BayesianBinomialNormal().fit(table), BinomialNormal().fit(table)

    assert bayes.estimate == pytest.approx(ml.estimate, abs=0.1 * ml.se)
    assert bayes.ci.low == pytest.approx(ml.ci.low, abs=0.15 * ml.se)


def test_mirrored_counts_give_the_mirrored_result(table, result):
    """Counting the units without the event mirrors everything, under a prior that is symmetric."""
    mirrored = BayesianBinomialNormal().fit(StudyTable.from_counts(table.ni - table.xi, table.ni))

    assert mirrored.estimate == pytest.approx(-result.estimate, abs=1e-8)
    assert mirrored.prediction.low == pytest.approx(-result.prediction.high, abs=1e-6)
    assert mirrored.detail.shrunken == pytest.approx(1 - result.detail.shrunken, abs=1e-8)


def test_row_order_means_nothing(table, result):
    """Rows in another order give the same numbers."""
    turned = BayesianBinomialNormal().fit(table.take([5, 3, 1, 0, 2, 4]))

    assert turned.estimate == pytest.approx(result.estimate, abs=1e-9)
    assert turned.detail.shrunken == pytest.approx(result.detail.shrunken[[5, 3, 1, 0, 2, 4]], abs=1e-9)


def test_a_batch_gives_the_numbers_of_single_fits(table, result):
    """fit_tables is fit, table by table, to the bit."""
    batch = BayesianBinomialNormal().fit_tables([table.take([0, 1]), table])

    assert batch[1].digest == result.digest


@pytest.mark.parametrize(
    ("x", "n"), [([0, 0, 0], [20, 30, 25]), ([9], [9]), ([3, 9], [20, 30]), ([1, 0], [1, 1])]
)
def test_sparse_tables_have_finite_answers(x, n):
    """Without an event, with nothing else, with one row, with single units: the priors bound the answer."""
    sparse = BayesianBinomialNormal().fit(StudyTable.from_counts(x, n))

    natural = sparse.natural()
    assert 0 < natural.ci.low < natural.estimate < natural.ci.high < 1
    assert math.isfinite(sparse.se)
    assert sparse.prediction.low < sparse.ci.low
    assert any("prior" in note for note in sparse.notes)


def test_a_heavy_tailed_prior_of_sparse_counts_has_an_answer():
    """The half-Cauchy leaves tau no bound but the data: limits are wide and finite."""
    heavy = BayesianBinomialNormal(tau_prior=("half-cauchy", 0.5)).fit(
        StudyTable.from_counts([0, 1], [20, 30])
    )

    light = BayesianBinomialNormal().fit(StudyTable.from_counts([0, 1], [20, 30]))
    assert light.heterogeneity.tau2_ci.high < heavy.heterogeneity.tau2_ci.high < math.inf
    assert 0 < heavy.natural().ci.low < heavy.natural().ci.high < 1


def test_a_result_survives_storage(result):
    """Through JSON and back, probability included."""
    back = MetaResult.from_dict(json.loads(json.dumps(result.to_dict())))

    assert back.digest == result.digest
    assert back.probability(above=0.4) == result.probability(above=0.4)
    assert str(back) == str(result)


def test_moderators_are_refused(table):
    """The grid has two dimensions; the error says what to take instead."""
    with pytest.raises(UndefinedError, match="no moderators"):
        BayesianBinomialNormal().fit_design(table, cell_means(["a", "a", "a", "b", "b", "b"]))


def test_other_kinds_of_table_are_refused():
    """The model pools counts."""
    with pytest.raises(TableError, match="pools counts"):
        BayesianBinomialNormal().fit(StudyTable.from_effects([0.1], [0.2], measure="GEN"))


def test_settings_are_checked():
    """Priors and level."""
    with pytest.raises(SettingError, match="proper"):
        BayesianBinomialNormal(mu_prior=("flat",))
    with pytest.raises(SettingError, match="tau_prior"):
        BayesianBinomialNormal(tau_prior=("inverse-gamma", 1, 1))
    with pytest.raises(SettingError, match="level"):
        BayesianBinomialNormal(level=1.0)
