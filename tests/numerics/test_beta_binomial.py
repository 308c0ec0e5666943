"""The beta-binomial likelihood: against scipy and against differences."""

import numpy as np
import pytest
from scipy import special, stats

from metaleak.numerics.beta_binomial import Likelihood, beta_binomial
from metaleak.numerics.binomial import log_choose

#: Rows with an empty and a full count, one unit, many units, no units.
X = np.array([[0.0, 3.0, 17.0, 9.0, 1.0, 40.0, 0.0]])
N = np.array([[12.0, 9.0, 40.0, 9.0, 1.0, 400.0, 0.0]])
ONE = np.arange(1)


def at(eta, angle, design=None):
    return Likelihood(X, N, design)(np.array([[eta, angle]]), ONE)


@pytest.mark.parametrize("eta", [-3.0, 0.4])
@pytest.mark.parametrize("angle", [0.1, 0.6, 1.4])
def test_equals_scipy(eta, angle):
    """The value is the logarithm of the beta-binomial probability, less the binomial coefficient."""
    size = 1 / np.tan(angle) ** 2
    a, b = special.expit(eta) * size, special.expit(-eta) * size

    found = beta_binomial(np.array([[eta]]), np.array([[angle]]), X, N).value[0, :-1]

    expected = stats.betabinom.logpmf(X[0, :-1], N[0, :-1], a, b) - log_choose(X, N)[0, :-1]
    assert found == pytest.approx(expected, abs=1e-9)


def test_without_correlation_it_is_binomial():
    """At the angle 0 the value is the binomial kernel; the derivative in the angle is 0."""
    row = beta_binomial(np.array([[0.3]]), np.array([[0.0]]), X, N)

    assert row.value == pytest.approx(X * 0.3 - N * np.logaddexp(0, 0.3), rel=1e-13)
    assert row.d_tau == pytest.approx(np.zeros(X.shape))


def test_with_full_correlation_studies_are_coins():
    """At the other end a row of none or all has the probability of one unit."""
    row = beta_binomial(np.array([[0.3]]), np.array([[np.pi / 2]]), X[:, [0, 3]], N[:, [0, 3]])

    assert row.value[0] == pytest.approx([special.log_expit(-0.3), special.log_expit(0.3)])


def test_a_row_without_units_contributes_nothing():
    """Rows with n = 0 fill shorter tables up: value and derivatives are 0."""
    row = beta_binomial(np.array([[1.2]]), np.array([[0.8]]), X, N)

    assert [getattr(row, name)[0, -1] for name in ("value", "d_m", "d_tau", "d_mm", "d_mt", "d_tt")] == [
        0
    ] * 6


@pytest.mark.parametrize("eta", [-3.0, -0.4, 2.0])
@pytest.mark.parametrize("angle", [0.001, 0.2, 0.6, 1.2, 1.5])
def test_gradient_and_hessian(eta, angle):
    """Central differences of value and gradient give gradient and Hessian."""
    step = 1e-5
    _, gradient, hessian = at(eta, angle)

    sides = [
        (at(eta + step * a, angle + step * b), at(eta - step * a, angle - step * b))
        for a, b in ((1, 0), (0, 1))
    ]

    size = np.abs(hessian).max()
    slopes = np.array([(high[0] - low[0])[0] / (2 * step) for high, low in sides])
    bends = np.array([(high[1] - low[1])[0] / (2 * step) for high, low in sides])
    assert gradient[0] == pytest.approx(slopes, abs=1e-7 * size)
    assert hessian[0] == pytest.approx(bends, abs=1e-6 * size)


def test_a_design_of_ones_is_the_common_mean():
    """Value, gradient and Hessian with a column of ones are those without a design."""
    plain, ones = at(-0.4, 0.5), at(-0.4, 0.5, np.ones((1, 7, 1)))

    for one, other in zip(plain, ones, strict=True):
        assert one == pytest.approx(other, rel=1e-13)


def test_chunks_change_nothing(monkeypatch):
    """A batch in many small chunks has the values of one large chunk."""
    likelihood, theta = (
        Likelihood(np.repeat(X, 3, axis=0), np.repeat(N, 3, axis=0)),
        np.array([[-1, 0.2], [0, 0.5], [1, 1.0]]),
    )
    whole = likelihood(theta, np.arange(3))
    monkeypatch.setattr("metaleak.numerics.beta_binomial._CHUNK", 1)

    for one, other in zip(whole, likelihood(theta, np.arange(3)), strict=True):
        assert one == pytest.approx(other, rel=1e-13)
