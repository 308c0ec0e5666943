"""The three-level likelihood: derivatives, and what it becomes with one row per cluster."""

import numpy as np
import pytest
from scipy import stats

from metaleak.numerics.multilevel import Multilevel

RNG = np.random.default_rng(5)
STUDY = np.array([0, 0, 0, 1, 1, 2, 3, 3])
Y = RNG.normal(0.3, 0.6, 8)
V = np.diag(RNG.uniform(0.02, 0.2, 8))
X = np.column_stack([np.ones(8), np.arange(8.0)])
SAME = (STUDY[:, None] == STUDY).astype(float)


@pytest.mark.parametrize("restricted", [True, False])
def test_derivatives(restricted):
    """Gradient and Hessian are those of differences."""
    likelihood, theta, step = Multilevel(Y, V, SAME, X, restricted), np.array([[0.4, 0.3]]), 1e-5
    rows = np.zeros(1, dtype=int)

    _, gradient, hessian = likelihood(theta, rows)

    for i in (0, 1):
        shift = step * np.eye(2)[i]
        high, low = likelihood(theta + shift, rows), likelihood(theta - shift, rows)
        assert gradient[0, i] == pytest.approx(((high[0] - low[0]) / (2 * step))[0], abs=1e-7)
        assert hessian[0, i] == pytest.approx(((high[1] - low[1]) / (2 * step))[0], abs=1e-6)


def test_the_value_is_the_normal_density():
    """Unrestricted, the value is the log density of the effects at the fitted mean."""
    likelihood, theta = Multilevel(Y, V, SAME, X, False), np.array([0.4, 0.3])

    value, _, _ = likelihood(theta[None], np.zeros(1, dtype=int))

    beta, _, covariance = likelihood.coefficients(theta)
    assert value[0] == pytest.approx(stats.multivariate_normal(X @ beta, covariance).logpdf(Y))
