"""Roots of many functions at once."""

import numpy as np
import pytest

from metaleak.errors import ConvergenceError
from metaleak.numerics.roots import bracketed_root, falling_root


def test_roots_of_unlike_functions():
    """Exponentials with rates that differ a million-fold, from one first guess."""
    rates = np.array([1e-4, 1.0, 1e2])

    root, _ = falling_root(lambda x, rows: np.exp(-rates[rows] * x), np.full(3, 0.2), np.ones(3))

    np.testing.assert_allclose(root, np.log(5) / rates, rtol=1e-12)


def test_a_function_that_starts_below_its_target_has_root_zero():
    """The other functions of the batch are still solved."""
    root, _ = falling_root(lambda x, rows: np.array([0.1, 1.0])[rows] / (1 + x), np.full(2, 0.5), np.ones(2))

    assert root[0] == 0
    assert root[1] == pytest.approx(1, rel=1e-12)


def test_a_function_that_never_falls_is_an_error():
    """The search outside ends with a named error."""
    with pytest.raises(ConvergenceError, match="no root"):
        falling_root(lambda x, rows: np.ones(len(rows)), np.array([0.5]), np.array([1.0]))


@pytest.mark.parametrize("power", [1, 3, 9])
def test_flat_and_steep_roots(power):
    """A root of high order costs digits of the function, not of the place."""
    root, _ = bracketed_root(lambda x, rows: (2 - x) ** power, np.array([0.0]), np.array([5.0]))

    assert root[0] == pytest.approx(2, abs=1e-3 if power == 9 else 1e-9)


def test_no_function_is_no_work():
    """An empty batch returns at once."""
    root, steps = bracketed_root(lambda x, rows: x, np.empty(0), np.empty(0))

    assert (root.size, steps) == (0, 0)
