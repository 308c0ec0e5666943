"""Likelihoods of whole tables, and the mean rate over studies."""

import numpy as np
import pytest
from scipy import integrate, special, stats

from metaleak.numerics.binomial_normal import AveragedLikelihood, Likelihood, averaged_logit, solve_mu

X = np.array([[3.0, 9.0, 14.0], [1.0, 0.0, 7.0]])
N = np.array([[20.0, 25.0, 22.0], [9.0, 12.0, 8.0]])
DESIGN = np.array([[[1.0, 0.2], [1.0, -1.0], [1.0, 0.7]], [[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]]])


def differences(function, theta, step=1e-5):
    """Central differences of value and gradient, coordinate by coordinate."""
    rows = np.arange(len(theta))
    gradient, hessian = [], []
    for i in range(theta.shape[1]):
        shift = np.zeros_like(theta)
        shift[:, i] = step
        high, low = function(theta + shift, rows), function(theta - shift, rows)
        gradient.append((high[0] - low[0]) / (2 * step))
        hessian.append((high[1] - low[1]) / (2 * step))
    return np.stack(gradient, axis=1), np.stack(hessian, axis=2)


@pytest.mark.parametrize("design", [None, DESIGN])
def test_gradient_and_hessian(design):
    """With one mean or with a design, the derivatives are those of the sum over rows."""
    likelihood = Likelihood(X, N, 15, design)
    theta = (
        np.array([[-0.4, 0.9], [-0.8, 0.6]])
        if design is None
        else np.array([[-0.4, 0.3, 0.9], [-0.8, 0.1, 0.6]])
    )

    _, gradient, hessian = likelihood(theta, np.arange(2))

    expected = differences(likelihood, theta)
    assert gradient == pytest.approx(expected[0], abs=1e-7)
    assert hessian == pytest.approx(expected[1], abs=1e-6)


def test_chunks_change_nothing(monkeypatch):
    """A batch in many small chunks has the values of one large chunk."""
    likelihood, theta = Likelihood(X, N, 15), np.array([[-0.4, 0.9], [-0.8, 0.6]])
    whole = likelihood(theta, np.arange(2))
    monkeypatch.setattr("metaleak.numerics.binomial_normal._CHUNK", 1)

    parts = likelihood(theta, np.arange(2))

    for one, other in zip(whole, parts, strict=True):
        assert one == pytest.approx(other, rel=1e-12)


@pytest.mark.parametrize(("mu", "tau"), [(-0.3, 0.8), (2.0, 1.5), (-4.0, 0.2)])
def test_mean_rate_is_the_integral(mu, tau):
    """The population-averaged proportion is the mean of expit over the normal curve."""
    found = averaged_logit(np.array([mu]), np.array([tau]))

    expected, _ = integrate.quad(
        lambda z: special.expit(mu + tau * z) * stats.norm.pdf(z), -12, 12, epsabs=1e-13
    )
    assert special.expit(found.value[0]) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("mu", [-40.0, -2.0, 0.5, 25.0])
@pytest.mark.parametrize("tau", [1.4, 1.6, 5.0, 40.0])
def test_mean_rate_of_wide_spreads(mu, tau):
    """The logit of the mean rate is that of a fine sum, for spreads and means far beyond those of any data."""
    found = averaged_logit(np.array([mu]), np.array([tau]))

    z = np.linspace(-38, 38, 200_001)
    curve = np.exp(-z * z / 2)
    expected = np.log(
        (special.expit(mu + tau * z) * curve).sum() / (special.expit(-mu - tau * z) * curve).sum()
    )
    assert found.value[0] == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize("tau", [0.7, 3.0, -3.0])
def test_derivatives_of_the_mean_rate(tau):
    """First and second derivatives are those of central differences, on both sides of the change of method."""
    step, mu = 1e-5, -1.3

    def at(a, b):
        return averaged_logit(np.array([mu + a]), np.array([tau + b]))

    here, right, left, up, down = at(0, 0), at(step, 0), at(-step, 0), at(0, step), at(0, -step)

    def slope(name, high, low):
        return (getattr(high, name) - getattr(low, name))[0] / (2 * step)

    assert here.d_mu[0] == pytest.approx(slope("value", right, left), rel=1e-8)
    assert here.d_tau[0] == pytest.approx(slope("value", up, down), rel=1e-7)
    assert here.d_mm[0] == pytest.approx(slope("d_mu", right, left), rel=1e-6)
    assert here.d_mt[0] == pytest.approx(slope("d_mu", up, down), rel=1e-6)
    assert here.d_tt[0] == pytest.approx(slope("d_tau", up, down), rel=1e-6)


def test_solving_for_mu_undoes_the_average():
    """The mu that was solved for has the mean rate that was asked for."""
    level, tau = np.array([-1.2, 0.4, 3.0]), np.array([0.0, 1.1, 2.0])

    assert averaged_logit(solve_mu(level, tau), tau).value == pytest.approx(level, abs=1e-11)


def test_derivatives_in_the_mean_rate():
    """The likelihood as a function of the mean rate has the derivatives of the chain rule."""
    averaged, theta = AveragedLikelihood(Likelihood(X, N, 15)), np.array([[-0.3, 0.9], [-0.6, 0.5]])

    _, gradient, hessian = averaged(theta, np.arange(2))

    expected = differences(averaged, theta)
    assert gradient == pytest.approx(expected[0], abs=1e-7)
    assert hessian == pytest.approx(expected[1], abs=1e-6)
