"""Weighted least squares and its traces against matrices written out."""

from fractions import Fraction

import numpy as np
import pytest

from metaleak.numerics.linear import (
    Batch,
    at,
    cubic_form,
    trace,
    trace_of_product,
    trace_of_squares,
    weighted,
)

K = 7


def design(p):
    """Return None for one mean, else a column of ones and random columns."""
    rng = np.random.default_rng(p)
    return None if p == 1 else np.column_stack([np.ones(K), rng.normal(size=(K, 3))])[:, :p]


def batch(p, *, padded=0):
    """Return one table, filled up with rows that must not count."""
    rng = np.random.default_rng(11)
    yi, vi = rng.normal(size=K), rng.uniform(0.05, 2, K)
    x = design(p)
    if x is not None:
        x = np.vstack([x, np.full((padded, x.shape[1]), 9.0)])[None]
    return Batch(
        np.append(yi, np.full(padded, 77.0))[None],
        np.append(vi, np.full(padded, np.inf))[None],
        np.array([float(K)]),
        x,
    )


def matrices(p, tau2=0.3):
    """Return y, V, P and X of the table as matrices."""
    one = batch(p)
    x = np.ones((K, 1)) if p == 1 else design(p)
    w = np.diag(1 / (one.vi[0] + tau2))
    hat = w @ x @ np.linalg.inv(x.T @ w @ x) @ x.T @ w if p else 0 * w
    return one.yi[0], np.diag(one.vi[0]), w - hat, x


@pytest.mark.parametrize("p", [0, 1, 2, 4])
@pytest.mark.parametrize("padded", [0, 3])
def test_quadratic_forms(p, padded):
    """y'Py, y'PPy and y'PPPy."""
    one = batch(p, padded=padded)
    y, _, big_p, _ = matrices(p)

    fit = at(one, np.array([0.3]))

    assert fit.q[0] == pytest.approx(y @ big_p @ y, rel=1e-11)
    assert fit.ypp[0] == pytest.approx(y @ big_p @ big_p @ y, rel=1e-11)
    assert cubic_form(one, fit)[0] == pytest.approx(y @ big_p @ big_p @ big_p @ y, rel=1e-11)


@pytest.mark.parametrize("p", [0, 1, 2, 4])
@pytest.mark.parametrize("padded", [0, 3])
def test_traces(p, padded):
    """tr P, tr PV, tr PP, tr PVP and tr PVPV."""
    one = batch(p, padded=padded)
    _, v, big_p, _ = matrices(p)
    fit, variances = at(one, np.array([0.3])), np.where(one.used > 0, one.vi, 0.0)

    assert trace(one, fit)[0] == pytest.approx(np.trace(big_p), rel=1e-11)
    assert trace(one, fit, variances)[0] == pytest.approx(np.trace(big_p @ v), rel=1e-11)
    assert trace_of_product(one, fit)[0] == pytest.approx(np.trace(big_p @ big_p), rel=1e-11)
    mixed = trace_of_product(one, fit, variances)[0]
    assert mixed == pytest.approx(np.trace(big_p @ v @ big_p), rel=1e-11)
    both = trace_of_product(one, fit, variances, variances)[0]
    assert both == pytest.approx(np.trace(big_p @ v @ big_p @ v), rel=1e-11)
    assert trace_of_squares(one, fit)[0] == pytest.approx(np.trace(big_p @ big_p), rel=1e-11)
    assert trace_of_squares(one, fit, variances)[0] == pytest.approx(mixed, rel=1e-11)
    assert trace_of_squares(one, fit, variances, variances)[0] == pytest.approx(both, rel=1e-11)


def test_a_row_that_outweighs_all_others_eats_no_digit():
    """Against fractions: ten thousand million times the weight of the others."""
    w = [Fraction(10) ** 17, Fraction(10) ** 7, Fraction(3) * 10**7, Fraction(7) * 10**6]
    total = sum(w)
    p = [[(w[i] if i == j else 0) - w[i] * w[j] / total for j in range(4)] for i in range(4)]
    exact = sum(p[i][j] ** 2 for i in range(4) for j in range(4))
    one = Batch(
        np.array([[0.1, 0.2, 0.3, 0.4]]), np.array([[float(1 / each) for each in w]]), np.array([4.0])
    )

    found = trace_of_squares(one, weighted(one, 1 / one.vi))[0]

    # The share of the heavy row itself has six digits less than it.
    assert found == pytest.approx(float(exact), rel=1e-6)


@pytest.mark.parametrize("p", [1, 2, 4])
def test_coefficients_and_their_covariance(p):
    """The weighted fit is that of the normal equations."""
    y, _, _, x = matrices(p)
    one = batch(p, padded=2)
    w = np.diag(1 / one.vi[0, :K])

    fit = weighted(one, 1 / one.vi)

    np.testing.assert_allclose(fit.beta[0], np.linalg.solve(x.T @ w @ x, x.T @ w @ y), rtol=1e-10)
    np.testing.assert_allclose(fit.cov[0], np.linalg.inv(x.T @ w @ x), rtol=1e-10)


def test_the_spread_is_the_variance_with_divisor_k():
    """Rows that fill up do not enter."""
    assert batch(1, padded=4).spread[0] == pytest.approx(batch(1).yi.var(), rel=1e-12)
