"""The marginal likelihood with complementary log-log link: against direct integration and against differences."""

import numpy as np
import pytest

from metaleak.numerics.cloglog import (
    averaged_rate,
    bends,
    information,
    kernel,
    log_kernel,
    log_marginals,
    marginal,
    modes,
    rates,
)

#: Rows with an empty and a full count, a rare and a common event, one unit and a million.
X = np.array([[0.0, 8.0, 3.0, 45.0, 1.0, 250_000.0, 0.0]])
N = np.array([[12.0, 8.0, 90.0, 60.0, 1.0, 1_000_000.0, 0.0]])
M = np.array([[-0.4, -0.4, 0.3, -0.4, -1.0, -0.4, 0.1]])


def directly(x, n, m, tau):
    """Integrate one row by ten Gauss-Legendre nodes on each of many panels, finer around the top."""
    top = float(modes(*(np.array([[value]]) for value in (m, tau, x, n)))[0, 0])
    bend = float(kernel(np.array(top), np.array(x), np.array(n)).curvature)
    z0, width = (top - m) / tau, 12 / np.sqrt(1 + tau * tau * bend)
    edges = np.unique(np.concatenate([np.linspace(-14, 14, 400), z0 + width * np.linspace(-1, 1, 400)]))
    nodes, weights = np.polynomial.legendre.leggauss(10)
    half = np.diff(edges)[:, None] / 2
    z = edges[:-1, None] + half * (nodes + 1)
    log_integrand = log_kernel(m + tau * z, x, n) - z * z / 2
    height = log_integrand.max()
    return height + np.log((np.exp(log_integrand - height) * half * weights).sum()) - np.log(2 * np.pi) / 2


@pytest.mark.parametrize("tau", [0.1, 0.9])
def test_equals_direct_integration(tau):
    """127 points agree with integration by panels of the same integrand."""
    (found,) = log_marginals(M, np.full(X.shape, tau), X, N, points=(127,))

    expected = [directly(x, n, m, tau) for x, n, m in zip(X[0, :6], N[0, :6], M[0, :6], strict=True)]

    assert found[0, :6] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("eta", [-20.0, -7.2, -3.0, 0.0, 2.0])
def test_derivatives_of_the_kernel_are_those_of_differences(eta):
    """Slope, curvature and their bends, down to hazards of 1e-9."""
    x, n, step = np.array([3.0, 0.0, 9.0]), np.array([9.0, 9.0, 9.0]), 1e-4

    def slope(function):
        return (function(eta + step) - function(eta - step)) / (2 * step)

    at = kernel(np.full(3, eta), x, n)
    first, second = bends(np.full(3, eta), x, n)

    assert at.slope == pytest.approx(slope(lambda e: log_kernel(np.full(3, e), x, n)), rel=1e-6, abs=1e-6)
    assert -at.curvature == pytest.approx(
        slope(lambda e: kernel(np.full(3, e), x, n).slope), rel=1e-6, abs=1e-9
    )
    assert first == pytest.approx(slope(lambda e: kernel(np.full(3, e), x, n).curvature), rel=1e-4, abs=1e-10)
    assert second == pytest.approx(slope(lambda e: bends(np.full(3, e), x, n)[0]), rel=1e-4, abs=1e-10)


@pytest.mark.parametrize("eta", [-750.0, 750.0])
def test_the_kernel_is_finite_anywhere(eta):
    """Rates of 0 and 1 to every digit."""
    at = kernel(np.full(X.shape, eta), X, N)

    assert np.isfinite([at.value, at.slope, at.curvature, *bends(np.full(X.shape, eta), X, N)]).all()


def test_information_is_the_mean_curvature():
    """Over binomial counts."""
    eta, n = 0.4, 5.0
    p = rates(np.array(eta))
    x = np.arange(6.0)
    chance = np.array([1, 5, 10, 10, 5, 1]) * p**x * (1 - p) ** (n - x)

    found = information(np.array(eta), np.array(n))

    assert found == pytest.approx((chance * kernel(np.full(6, eta), x, np.full(6, n)).curvature).sum())


def test_without_spread_the_likelihood_is_binomial():
    """At tau = 0 the integral is the binomial kernel itself."""
    found = marginal(M, np.array([[0.0]]), X, N, points=5)

    assert found.value == pytest.approx(log_kernel(M, X, N), rel=1e-13)
    assert found.d_tau == pytest.approx(np.zeros(X.shape))


def test_a_row_without_units_contributes_nothing():
    """Rows with n = 0 fill shorter tables up: value and derivatives are 0."""
    found = marginal(M, np.array([[0.8]]), X, N, points=9)

    row = [getattr(found, name)[0, -1] for name in ("value", "d_m", "d_tau", "d_mm", "d_mt", "d_tt")]

    assert row == pytest.approx([0] * 6, abs=1e-13)


@pytest.mark.parametrize("points", [1, 7, 25])
@pytest.mark.parametrize("tau", [0.05, 0.8, 3.0])
def test_derivatives_are_those_of_the_quadrature_sum(points, tau):
    """Central differences of value and gradient give gradient and Hessian, mode and scale included."""
    x, n, m, step = X[:, :5], N[:, :5], M[:, :5], 1e-5

    def at(dm, dt):
        return marginal(m + dm, np.array([[tau + dt]]), x, n, points=points)

    here, right, left = at(0, 0), at(step, 0), at(-step, 0)
    up, down = at(0, step), at(0, -step)

    def slope(name, high, low):
        return (getattr(high, name) - getattr(low, name)) / (2 * step)

    assert here.d_m == pytest.approx(slope("value", right, left), rel=1e-7, abs=1e-6)
    assert here.d_tau == pytest.approx(slope("value", up, down), rel=1e-7, abs=1e-6)
    assert here.d_mm == pytest.approx(slope("d_m", right, left), rel=1e-7, abs=1e-6)
    assert here.d_mt == pytest.approx(slope("d_m", up, down), rel=1e-7, abs=1e-6)
    assert here.d_tt == pytest.approx(slope("d_tau", up, down), rel=1e-7, abs=1e-6)


@pytest.mark.parametrize("tau", [0.0, 0.5, 4.0, 50.0])
def test_modes_solve_their_equation(tau):
    """The mode is the root of e = m + tau^2 slope(e), for any spread and count."""
    e = modes(M, np.full(X.shape, tau), X, N)

    at = kernel(e, X, N)
    rest = (e - M - tau**2 * at.slope) / (1 + tau**2 * at.curvature)
    assert rest == pytest.approx(np.zeros(X.shape), abs=1e-8)


def test_the_mean_rate_has_the_slopes_of_differences():
    """In mu and in tau."""
    mu, tau, step = np.array([-0.8, 0.2]), np.array([0.5, 1.2]), 1e-5

    _, d_mu, d_tau = averaged_rate(mu, tau)

    by_mu = (averaged_rate(mu + step, tau)[0] - averaged_rate(mu - step, tau)[0]) / (2 * step)
    by_tau = (averaged_rate(mu, tau + step)[0] - averaged_rate(mu, tau - step)[0]) / (2 * step)
    assert d_mu == pytest.approx(by_mu, rel=1e-8)
    assert d_tau == pytest.approx(by_tau, rel=1e-8)
