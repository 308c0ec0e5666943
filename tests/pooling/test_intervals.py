"""Intervals of the mean: Kenward-Roger from matrices, the Hartung-Knapp factor and its floor."""

import numpy as np
import pytest
from scipy import stats

from metaleak.numerics.linear import Batch, at
from metaleak.pooling.intervals import coefficients
from metaleak.pooling.tau2 import ESTIMATORS

K = 7
rng = np.random.default_rng(12)
VI = np.exp(rng.normal(-2, 0.8, K))
YI = rng.normal(0.4, np.sqrt(VI + 0.3))
X = np.column_stack([np.ones(K), rng.normal(size=K)])


def batch(p):
    return Batch(YI[None], VI[None], np.array([float(K)]), X[None] if p == 2 else None)


def inference(p, method, estimator="REML"):
    one = batch(p)
    tau2 = ESTIMATORS[estimator](one).value
    return coefficients(one, at(one, tau2), tau2, method=method, level=0.95)


def kenward_roger(p):
    """Return covariance and degrees of freedom from the general formulas, derivatives written out."""
    x, tau2 = X[:, :p], ESTIMATORS["REML"](batch(p)).value[0]
    w = np.diag(1 / (VI + tau2))
    phi = np.linalg.inv(x.T @ w @ x)
    big_p = w - w @ x @ phi @ x.T @ w
    variance = 2 / np.trace(big_p @ big_p)
    first, second = -x.T @ w @ w @ x, x.T @ w @ w @ w @ x
    adjusted = phi + 2 * variance * phi @ (second - first @ phi @ first) @ phi
    slopes = np.diag(phi @ first @ phi)
    return adjusted, 2 * np.diag(phi) ** 2 / (variance * slopes**2)


@pytest.mark.parametrize("p", [1, 2])
def test_kenward_roger(p):
    """Adjusted covariance, and Satterthwaite's degrees of freedom of each coefficient."""
    adjusted, df = kenward_roger(p)

    found = inference(p, "kenward-roger")

    np.testing.assert_allclose(found.cov[0], adjusted, rtol=1e-8)
    np.testing.assert_allclose(found.df[0], df, rtol=1e-8)
    half = stats.t.ppf(0.975, df) * np.sqrt(np.diag(adjusted))
    np.testing.assert_allclose(found.high[0] - found.low[0], 2 * half, rtol=1e-8)


def test_kenward_roger_of_equal_variances_is_t_with_k_less_1():
    """With equal variances nothing is added and k - 1 degrees of freedom remain."""
    one = Batch(YI[None], np.full((1, K), 0.2), np.array([float(K)]))
    tau2 = ESTIMATORS["REML"](one).value

    found = coefficients(one, at(one, tau2), tau2, method="kenward-roger", level=0.95)

    assert found.df[0, 0] == pytest.approx(K - 1, rel=1e-9)
    assert found.cov[0, 0, 0] == pytest.approx(at(one, tau2).cov[0, 0, 0], rel=1e-9)


def test_kenward_roger_has_one_degree_of_freedom_at_least():
    """One row that outweighs all others leaves fewer than one, or none that rounding has not eaten."""
    for vague in (1e3, 1e12):
        one = Batch(np.array([[0.3, -0.2, 0.4]]), np.array([[0.1, vague, vague]]), np.array([3.0]))
        tau2 = ESTIMATORS["REML"](one).value

        found = coefficients(one, at(one, tau2), tau2, method="kenward-roger", level=0.95)

        assert found.df[0, 0] == 1
        assert np.isfinite(found.high).all()


def test_hartung_knapp_multiplies_by_the_residuals():
    """The factor is y'Py / (k - p); the floored form never goes below the plain covariance."""
    plain, adjusted, floored = (inference(2, method) for method in ("t", "hksj", "hksj-adhoc"))

    np.testing.assert_allclose(adjusted.cov, plain.cov * adjusted.factor[0], rtol=1e-12)
    assert floored.se.min() >= plain.se.min()
    assert adjusted.df[0].tolist() == [K - 2, K - 2]


def test_identical_studies_take_the_floor():
    """Where Hartung-Knapp would give no width, the factor is one and the result says so."""
    one = Batch(np.full((1, 4), 0.2), np.full((1, 4), 0.1), np.array([4.0]))

    found = coefficients(one, at(one, np.zeros(1)), np.zeros(1), method="hksj", level=0.95)

    assert found.floored.tolist() == [True]
    assert found.se[0, 0] == pytest.approx(np.sqrt(0.1 / 4))


@pytest.mark.parametrize("method", ["t", "hksj", "hksj-adhoc", "profile", "kenward-roger"])
def test_one_row_has_walds_interval(method):
    """No degree of freedom: the study's own interval, by every method."""
    one = Batch(np.array([[0.5]]), np.array([[0.04]]), np.array([1.0]))

    found = coefficients(one, at(one, np.zeros(1)), np.zeros(1), method=method, level=0.95)

    assert found.high[0, 0] == pytest.approx(0.5 + 1.959964 * 0.2, abs=1e-6)
    assert np.isnan(found.factor[0])
