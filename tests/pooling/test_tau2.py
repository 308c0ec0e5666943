"""Estimators of tau2 with moderators and as medians; R's values without moderators stand in tests/reference."""

import numpy as np
import pytest
from scipy import stats

from metaleak.numerics.linear import Batch, at, weighted
from metaleak.pooling.tau2 import ESTIMATORS, jackson_weights

K = 9
rng = np.random.default_rng(5)
VI = np.exp(rng.normal(-2, 0.7, K))
YI = rng.normal(0, np.sqrt(VI + 0.3))
X = np.column_stack([np.ones(K), rng.normal(size=K)])


def batch(p):
    return Batch(YI[None], VI[None], np.array([float(K)]), X[None] if p == 2 else None)


def projection(weights, p):
    """Return the matrix P of the weights."""
    x, w = X[:, :p], np.diag(weights)
    return w - w @ x @ np.linalg.inv(x.T @ w @ x) @ x.T @ w


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize(("code", "weights"), [("DL", 1 / VI), ("HE", np.ones(K))])
def test_moment_estimators_solve_their_equation(code, weights, p):
    """The expectation of y'Py at the estimate is the value observed."""
    big_p = projection(weights, p)

    found = ESTIMATORS[code](batch(p))

    expected = np.trace(big_p @ np.diag(VI + found.value[0]))
    assert YI @ big_p @ YI == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize(("code", "weights"), [("DL", 1 / VI), ("HE", np.ones(K)), ("GENQM", VI**-0.5)])
def test_standard_errors_are_those_of_a_quadratic_form(code, weights, p):
    """The variance of y'Py for normal effects is twice the trace of (P Sigma)^2."""
    big_p = projection(weights, p)

    found = ESTIMATORS[code](batch(p))

    product = big_p @ np.diag(VI + found.value[0])
    variance = 2 * np.trace(product @ product)
    assert found.se[0] == pytest.approx(np.sqrt(variance) / np.trace(big_p), rel=1e-10)


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize(("code", "share"), [("PM", None), ("PMM", 0.5)])
def test_roots_of_q(code, share, p):
    """Q at the estimate is its expectation, or its median."""
    one = batch(p)
    target = K - p if share is None else stats.chi2.ppf(share, K - p)

    found = ESTIMATORS[code](one)

    assert at(one, found.value).q[0] == pytest.approx(target, rel=1e-9)


def test_the_generalised_median_is_a_median():
    """Data drawn with tau2 = 0.4: half of the estimates lie below, within four Monte Carlo errors."""
    b, source = 4000, np.random.default_rng(8)
    vi = np.tile(VI, (b, 1))
    many = Batch(source.normal(0, np.sqrt(vi + 0.4)), vi, np.full(b, float(K)))

    below = (ESTIMATORS["GENQM"](many).value < 0.4).mean()

    assert below == pytest.approx(0.5, abs=4 * 0.5 / np.sqrt(b))


def test_sidik_jonkman_is_never_zero():
    """Its start is the spread of the effects, so that it stays above 0 where others are at the boundary."""
    calm = Batch(np.array([[0.10, 0.11, 0.09, 0.10]]), np.ones((1, 4)), np.array([4.0]))

    assert ESTIMATORS["SJ"](calm).value[0] > 0
    assert ESTIMATORS["DL"](calm).value[0] == 0


def test_rows_that_fill_up_have_no_weight():
    """Jackson's weights are 0 where the variance is infinite."""
    padded = Batch(np.zeros((1, 3)), np.array([[1.0, 4.0, np.inf]]), np.array([2.0]))

    assert jackson_weights(padded).tolist() == [[1.0, 0.5, 0.0]]
    assert np.isfinite(weighted(padded, jackson_weights(padded)).q).all()
