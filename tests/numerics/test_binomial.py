"""The marginal likelihood of a count: against direct integration and against differences."""

import numpy as np
import pytest
from scipy import integrate, special

from metaleak.numerics.binomial import log_marginal, log_marginals, marginal, modes

#: Rows with an empty and a full count, a rare and a common event, one unit and a million.
X = np.array([[0.0, 8.0, 3.0, 45.0, 1.0, 250_000.0, 0.0]])
N = np.array([[12.0, 8.0, 90.0, 60.0, 1.0, 1_000_000.0, 0.0]])


def directly(x, n, m, tau):
    """Integrate one row with a general-purpose rule, from the top of the integrand outwards."""
    top = float(modes(np.array([[m]]), np.array([[tau]]), np.array([[x]]), np.array([[n]]))[0, 0])

    def log_integrand(z):
        eta = m + tau * z
        return x * eta - n * np.logaddexp(0, eta) - z * z / 2

    z0 = (top - m) / tau
    width = 12 / np.sqrt(1 + tau * tau * n * special.expit(top) * special.expit(-top))
    height = log_integrand(z0)
    area, _ = integrate.quad(
        lambda z: np.exp(log_integrand(z) - height),
        z0 - width,
        z0 + width,
        epsabs=0,
        epsrel=1e-12,
        points=[z0],
    )
    return height + np.log(area) - np.log(2 * np.pi) / 2


@pytest.mark.parametrize("tau", [0.1, 0.9, 2.5])
def test_equals_direct_integration(tau):
    """Sixty-three points agree with adaptive integration of the same integrand."""
    found = log_marginal(np.full(X.shape, -0.4), np.full(X.shape, tau), X, N, points=63)[0, :5]

    expected = [directly(x, n, -0.4, tau) for x, n in zip(X[0, :5], N[0, :5], strict=True)]

    assert found == pytest.approx(expected, abs=1e-9)


def test_without_spread_the_likelihood_is_binomial():
    """At tau = 0 the integral is the binomial kernel itself."""
    found = marginal(np.full(X.shape, 0.3), np.array([[0.0]]), X, N, points=5)

    assert found.value == pytest.approx(X * 0.3 - N * np.logaddexp(0, 0.3), rel=1e-14)
    assert found.d_tau == pytest.approx(np.zeros(X.shape))


def test_a_row_without_units_contributes_nothing():
    """Rows with n = 0 fill shorter tables up: value and derivatives are 0."""
    found = marginal(np.full(X.shape, 1.2), np.array([[0.8]]), X, N, points=9)

    row = [getattr(found, name)[0, -1] for name in ("value", "d_m", "d_tau", "d_mm", "d_mt", "d_tt")]

    assert row == pytest.approx([0] * 6, abs=1e-13)


@pytest.mark.parametrize("points", [1, 7, 25])
@pytest.mark.parametrize("tau", [0.05, 0.8, 3.0])
def test_derivatives_are_those_of_the_quadrature_sum(points, tau):
    """Central differences of value and gradient give gradient and Hessian, mode and scale included."""
    x, n, step = X[:, :5], N[:, :5], 1e-5
    m = np.full(x.shape, -0.7)

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
    """The mode is the root of e = m + tau^2 (x - n expit(e)), for any spread and count."""
    m = np.full(X.shape, -2.0)

    e = modes(m, np.full(X.shape, tau), X, N)

    slope = 1 + tau**2 * N * special.expit(e) * special.expit(-e)
    rest = (e - m - tau**2 * (X - N * special.expit(e))) / slope
    assert rest == pytest.approx(np.zeros(X.shape), abs=1e-9)


@pytest.mark.parametrize(("m", "tau", "n"), [(-2.9, 0.158, 1255.0), (50.0, 60.0, 1e6), (-60.0, 0.01, 3.0)])
@pytest.mark.parametrize("share", [0, 1])
def test_modes_far_from_the_mean(m, tau, n, share):
    """Rows with no event or only events, far from the common mean, have their mode found as well."""
    x, n = np.array([[share * n]]), np.array([[n]])

    e = modes(np.array([[m]]), np.array([[tau]]), x, n)

    residual = x * special.expit(-e) - (n - x) * special.expit(e)
    slope = 1 + tau**2 * n * special.expit(e) * special.expit(-e)
    assert (e - m - tau**2 * residual) / slope == pytest.approx(np.zeros((1, 1)), abs=1e-9)


def test_several_numbers_of_points_share_their_modes():
    """Values for several numbers of points are those of each number alone."""
    m, tau = np.full(X.shape, -0.4), np.full(X.shape, 1.3)

    together = log_marginals(m, tau, X, N, points=(1, 7, 25))

    for points, values in zip((1, 7, 25), together, strict=True):
        assert values == pytest.approx(log_marginal(m, tau, X, N, points=points), rel=1e-14)


def test_the_function_is_even_in_tau():
    """The sign of tau means nothing."""
    m = np.full(X.shape, 0.5)

    plus, minus = (marginal(m, np.array([[tau]]), X, N, points=7).value for tau in (0.9, -0.9))

    assert plus == pytest.approx(minus, rel=1e-14)
