"""The Bayesian normal-normal model: what a result tells, edge cases, laws. The integrals are tested in numerics."""

import json
import math

import numpy as np
import pytest

from metaleak.effects.design import cell_means
from metaleak.effects.table import StudyTable
from metaleak.errors import SettingError, UndefinedError
from metaleak.pooling.bayesian_normal_normal import BayesianNormalNormal
from metaleak.pooling.random_effects import RandomEffects
from metaleak.pooling.result import MetaResult

Y, V = [0.3, -0.2, 0.8, 1.1], [0.04, 0.1, 0.2, 0.05]


@pytest.fixture(scope="module")
def table():
    return StudyTable.from_effects(Y, V, measure="GEN")


@pytest.fixture(scope="module")
def result(table):
    return BayesianNormalNormal().fit(table)


def test_estimate_and_interval_are_quantiles_of_mu(result):
    """Posterior median with equal-tailed limits; the shortest interval stands beside."""
    mu, short = result.detail.mu, result.detail.shortest

    assert [mu.cdf(place) for place in (result.ci.low, result.estimate, result.ci.high)] == pytest.approx(
        [0.025, 0.5, 0.975], abs=1e-9
    )
    assert short.high - short.low <= result.ci.high - result.ci.low


def test_shift_and_scale_carry_over(result):
    """Effects moved and stretched, with the prior of tau stretched alike, move and stretch the answer."""
    moved = BayesianNormalNormal(tau_prior=("half-normal", 5.0)).fit(
        StudyTable.from_effects(np.array(Y) * 10 + 3, np.array(V) * 100, measure="GEN")
    )

    assert moved.estimate == pytest.approx(10 * result.estimate + 3, abs=1e-7)
    assert moved.prediction.high == pytest.approx(10 * result.prediction.high + 3, abs=1e-6)
    assert moved.detail.tau_estimate.value == pytest.approx(10 * result.detail.tau_estimate.value, rel=1e-8)


def test_a_narrow_prior_is_the_common_effect(table):
    """A prior that forbids spread gives inverse-variance weights."""
    none = BayesianNormalNormal(tau_prior=("half-normal", 1e-4)).fit(table)

    w = 1 / np.array(V)
    assert none.estimate == pytest.approx((w * Y).sum() / w.sum(), abs=1e-6)
    assert none.se == pytest.approx(w.sum() ** -0.5, rel=1e-6)


def test_with_many_studies_the_prior_gives_way():
    """With two hundred effects the posterior is where the likelihood is."""
    rng = np.random.default_rng(1)
    v = rng.uniform(0.02, 0.2, 200)
    table = StudyTable.from_effects(rng.normal(0.4, np.sqrt(v + 0.25)), v, measure="GEN")

    bayes, ml = BayesianNormalNormal().fit(table), RandomEffects(ci_method="wald").fit(table)

    assert bayes.estimate == pytest.approx(ml.estimate, abs=0.05 * ml.se)
    assert bayes.tau2 == pytest.approx(ml.tau2, rel=0.03)


def test_effects_are_drawn_towards_each_other(result):
    """Each study's median lies between its own effect and the common one."""
    own, common, shrunken = np.array(Y), result.estimate, result.detail.shrunken

    assert ((shrunken > np.minimum(own, common)) & (shrunken < np.maximum(own, common))).all()


def test_counts_are_put_on_the_measure():
    """A table of counts is pooled on logits, and told on the reader's scale."""
    found = BayesianNormalNormal().fit(StudyTable.from_counts([35, 29, 12, 44], [56, 59, 48, 80]))

    assert found.measure == "PLO"
    assert 0 < found.natural().prediction.low < found.natural().estimate < 1


def test_row_order_means_nothing(table, result):
    """Rows in another order give the same numbers."""
    turned = BayesianNormalNormal().fit(table.take([2, 0, 3, 1]))

    assert turned.estimate == pytest.approx(result.estimate, abs=1e-10)


def test_a_batch_gives_the_numbers_of_single_fits(table, result):
    """fit_tables is fit, table by table, to the bit."""
    assert BayesianNormalNormal().fit_tables([table.take([0, 1]), table])[1].digest == result.digest


@pytest.mark.parametrize("k", [1, 2])
def test_few_rows_have_finite_answers(table, k):
    """One or two rows: the prior of tau bounds the answer, and a note says so."""
    few = BayesianNormalNormal().fit(table.take(range(k)))

    assert math.isfinite(few.se)
    assert math.isfinite(few.prediction.high)
    assert any("half-normal(0.5), decides much" in note for note in few.notes)


def test_moments_that_do_not_exist_are_not_given(table):
    """One row, a flat prior of mu and a half-Cauchy leave mu a Cauchy-like tail: no mean, no finite sd."""
    one = BayesianNormalNormal(tau_prior=("half-cauchy", 0.5)).fit(table.take([0]))

    assert one.detail.mean is None
    assert one.se == math.inf
    assert one.detail.tau_estimate.value == pytest.approx(0.5, rel=1e-6)


def test_a_result_survives_storage(result):
    """Through JSON and back."""
    back = MetaResult.from_dict(json.loads(json.dumps(result.to_dict())))

    assert back.digest == result.digest
    assert str(back) == str(result)


def test_moderators_are_refused(table):
    """The grid has two dimensions."""
    with pytest.raises(UndefinedError, match="no moderators"):
        BayesianNormalNormal().fit_design(table, cell_means(["a", "a", "b", "b"]))


def test_settings_are_checked():
    """Priors and level."""
    with pytest.raises(SettingError, match="mu_prior"):
        BayesianNormalNormal(mu_prior=("cauchy", 0, 1))
    with pytest.raises(SettingError, match="level"):
        BayesianNormalNormal(level=0)
