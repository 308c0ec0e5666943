"""Rows within studies: the double integral against fine grids, derivatives against differences."""

import numpy as np
import pytest
from scipy import special, stats

from metaleak.numerics.nested import Nested

X = np.array([3.0, 20.0, 0.0, 9.0, 14.0])
N = np.array([30.0, 40.0, 25.0, 12.0, 60.0])
STUDY = np.array([0, 0, 1, 1, 2])
Z = np.array([2000.0, 2004.0, 2001.0, 2010.0, 2002.0]) / 2048
DESIGN = np.column_stack([np.ones(5), Z])
LIKELIHOOD = Nested(X, N, STUDY, DESIGN, 31)
THETA = np.array([[-0.4, 0.3, 0.8, 0.5]])
ROW = np.zeros(1, dtype=np.intp)


def test_the_value_is_the_double_integral():
    """Every study by the trapezoid rule on both levels."""
    grid = np.linspace(-8, 8, 241)
    weight = stats.norm.pdf(grid) * (grid[1] - grid[0])
    total = 0.0
    for i in range(3):
        product = np.ones(grid.size)
        for j in np.flatnonzero(i == STUDY):
            eta = DESIGN[j] @ THETA[0, :2] + 0.8 * grid[:, None] + 0.5 * grid
            log_row = X[j] * special.log_expit(eta) + (N[j] - X[j]) * special.log_expit(-eta)
            product *= np.exp(log_row) @ weight
        total += np.log(product @ weight)

    assert LIKELIHOOD.value(THETA)[0] == pytest.approx(total, abs=1e-9)


def test_derivatives_are_those_of_the_value():
    """Gradient and Hessian against central differences."""
    _, gradient, hessian = LIKELIHOOD(THETA, ROW)
    steps = 1e-4 * np.eye(4)

    slopes = [(LIKELIHOOD.value(THETA + s) - LIKELIHOOD.value(THETA - s))[0] / 2e-4 for s in steps]
    bends = [(LIKELIHOOD(THETA + s, ROW)[1] - LIKELIHOOD(THETA - s, ROW)[1])[0] / 2e-4 for s in steps]

    assert gradient[0] == pytest.approx(slopes, abs=1e-6)
    assert hessian[0] == pytest.approx(np.array(bends), abs=1e-5)


def test_several_parameter_values_at_once_are_each_of_them():
    """The leading axis is a batch."""
    both = np.vstack([THETA, THETA + 0.1])

    together = LIKELIHOOD(both, np.zeros(2, dtype=np.intp))
    alone = LIKELIHOOD(both[1:], ROW)

    for a, b in zip(together, alone, strict=True):
        assert a[1] == pytest.approx(b[0], abs=1e-10)
