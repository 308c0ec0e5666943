"""Intervals of tau2: their defining equations, and how often they hold the truth."""

import numpy as np
import pytest
from scipy import stats

from metaleak.numerics.linear import Batch, at, weighted
from metaleak.numerics.quadratic_forms import residual_form_cdf
from metaleak.numerics.tau2_likelihood import log_likelihood, maximise
from metaleak.pooling.tau2 import jackson_weights
from metaleak.pooling.tau2_intervals import INTERVALS, tau2_interval

K = 8
VI = np.exp(np.random.default_rng(1).normal(-2, 0.8, K))


def batch(b, tau2, seed=0):
    vi = np.tile(VI, (b, 1))
    return Batch(np.random.default_rng(seed).normal(0, np.sqrt(vi + tau2)), vi, np.full(b, float(K)))


def limits(many, method, *, restricted=True, level=0.95):
    top = maximise(many, restricted=restricted).tau2
    return tau2_interval(many, top, method=method, level=level, restricted=restricted)


def test_q_profile_takes_the_quantiles():
    """Q at the limits is at the 97.5 % and the 2.5 % point of chi-squared."""
    many = batch(50, 1.0)

    low, high = limits(many, "q-profile").T

    inside = low > 0
    assert inside.sum() > 40
    np.testing.assert_allclose(at(many, low).q[inside], stats.chi2.ppf(0.975, K - 1), rtol=1e-9)
    np.testing.assert_allclose(at(many, high).q, stats.chi2.ppf(0.025, K - 1), rtol=1e-9)


@pytest.mark.parametrize("method", ["biggerstaff-jackson", "jackson"])
def test_generalised_q_is_at_the_ends_of_its_distribution(method):
    """The observed form is exceeded with 2.5 % at the lower limit and with 97.5 % at the upper one."""
    many = batch(20, 1.0)
    weights = 1 / many.vi if method == "biggerstaff-jackson" else jackson_weights(many)
    q = weighted(many, weights).q

    low, high = limits(many, method).T

    inside = low > 0
    below = residual_form_cdf(many, weights, low, q)
    np.testing.assert_allclose(below[inside], 0.975, atol=1e-10)
    np.testing.assert_allclose(residual_form_cdf(many, weights, high, q), 0.025, atol=1e-10)


@pytest.mark.parametrize("restricted", [True, False])
def test_profile_limits_lie_at_the_cut_off(restricted):
    """The likelihood has dropped by half the quantile of chi-squared, unless the limit is 0."""
    many = batch(50, 1.0)
    top = maximise(many, restricted=restricted).tau2

    for limit in limits(many, "profile", restricted=restricted).T:
        drop = [log_likelihood(many, at(many, t), restricted=restricted) for t in (top, limit)]
        inside = limit > 0
        np.testing.assert_allclose((drop[0] - drop[1])[inside], stats.chi2.ppf(0.95, 1) / 2, rtol=1e-8)


@pytest.mark.parametrize(("method", "least"), [(m, 0.90 if m == "profile" else 0.935) for m in INTERVALS])
def test_how_often_tau2_is_inside(method, least):
    """2,000 synthetic tables with tau2 = 0.2; the exact methods hold their 95 %."""
    inside = limits(batch(2000, 0.2, seed=4), method)

    covered = ((inside[:, 0] <= 0.2) & (inside[:, 1] >= 0.2)).mean()

    assert least <= covered <= 0.98


@pytest.mark.parametrize("method", ["q-profile", "biggerstaff-jackson", "jackson"])
def test_identical_studies_have_the_interval_zero(method):
    """Effects closer than chance lets them: both limits are 0."""
    calm = Batch(np.full((1, 4), 0.3), np.full((1, 4), 0.1), np.array([4.0]))

    assert limits(calm, method).tolist() == [[0.0, 0.0]]


@pytest.mark.parametrize("method", INTERVALS)
def test_a_moderator_takes_its_degree_of_freedom(method):
    """With a moderator that explains nothing the interval exists and is not that without one."""
    one = batch(1, 1.0)
    x = np.column_stack([np.ones(K), np.arange(K)])[None]

    plain, with_moderator = (limits(Batch(one.yi, one.vi, one.rows, d), method) for d in (None, x))

    assert with_moderator[0, 0] < with_moderator[0, 1]
    assert abs(with_moderator - plain).max() > 1e-6
