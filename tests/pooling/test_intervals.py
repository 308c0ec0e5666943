"""Intervals of the mean: Kenward-Roger from matrices, the profile by brute force, the Hartung-Knapp floor."""

import numpy as np
import pytest
from scipy import optimize, stats

from metaleak.numerics.linear import Batch, at
from metaleak.numerics.tau2_likelihood import maximise
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


def profile(value, j, p):
    """Return the likelihood with coefficient j held, by brute force over tau2 and the other coefficient."""
    rest = np.delete(X[:, :p], j, axis=1)

    def negative(log_tau2):
        variance = VI + np.exp(log_tau2)
        residual = YI - value * X[:, j]
        if rest.size:
            w = rest[:, 0] / variance
            residual = residual - rest[:, 0] * (w @ residual) / (w @ rest[:, 0])
        return -stats.norm.logpdf(residual, 0, np.sqrt(variance)).sum()

    starts = np.linspace(-12, 4, 33)
    best = starts[np.argmin([negative(s) for s in starts])]
    return -optimize.minimize_scalar(negative, bounds=(best - 1, best + 1), method="bounded").fun


@pytest.mark.parametrize("p", [1, 2])
def test_profile_limits(p):
    """At both limits of every coefficient the profile has dropped by half the quantile of chi-squared."""
    found = inference(p, "profile", "ML")

    for j in range(p):
        top = profile(inference(p, "wald", "ML").low[0, j], j, p)
        centre = (found.low[0, j] + found.high[0, j]) / 2
        best = -optimize.minimize_scalar(
            lambda b, j=j: -profile(b, j, p), bounds=(centre - 0.5, centre + 0.5), method="bounded"
        ).fun
        assert best >= top
        for limit in (found.low[0, j], found.high[0, j]):
            assert best - profile(limit, j, p) == pytest.approx(stats.chi2.ppf(0.95, 1) / 2, abs=1e-5)


def test_the_profile_test_is_the_likelihood_ratio():
    """The p value is that of twice the drop from the maximum to 0."""
    found = inference(1, "profile", "ML")
    best = profile(at(batch(1), maximise(batch(1), restricted=False).tau2).beta[0, 0], 0, 1)

    ratio = 2 * (best - profile(0.0, 0, 1))

    assert found.statistic[0, 0] ** 2 == pytest.approx(ratio, rel=1e-5)
    assert found.p_value[0, 0] == pytest.approx(stats.chi2.sf(ratio, 1), rel=1e-4)


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
