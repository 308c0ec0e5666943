"""Sums over a rising factorial, against the sums themselves."""

import numpy as np
import pytest

from metaleak.numerics.rising import Sums, rising_sums


def directly(q, rho, x):
    """Add the terms up in long double."""
    j = np.arange(1, x, dtype=np.longdouble)
    a = np.longdouble(q) + j * np.longdouble(rho)
    return [float(terms.sum()) for terms in (np.log(a), 1 / a, 1 / a**2, j / a, j / a**2, (j / a) ** 2)]


def found(q, rho, x):
    sums = rising_sums(*(np.array([float(value)]) for value in (q, rho, x)))
    return [float(getattr(sums, name)[0]) for name in Sums.__slots__]


@pytest.mark.parametrize("q", [1e-12, 1e-3, 0.5, 0.99])
@pytest.mark.parametrize("rho", [0, 1e-9, 1e-5, 1e-3, 0.01, 0.3, 1.0])
@pytest.mark.parametrize("x", [2, 7, 300, 100_000])
def test_equal_the_sums_of_their_terms(q, rho, x):
    """From no step to a step of 1, from two factors to a hundred thousand."""
    assert found(q, rho, x) == pytest.approx(directly(q, rho, x), rel=2e-12, abs=1e-12)


def test_a_first_factor_of_zero():
    """At the end where the first factor vanishes the others are rho, 2 rho and so on."""
    assert found(0.0, 1.0, 5) == pytest.approx(directly(0.0, 1.0, 5), rel=1e-12)


@pytest.mark.parametrize("x", [0, 1])
def test_without_terms_the_sums_are_empty(x):
    """No factor, or the first alone, leaves nothing to add."""
    assert found(0.4, 0.1, x) == [0.0] * 6


def test_arguments_broadcast():
    """Each combination of arguments stands in its place."""
    sums = rising_sums(np.array([[0.5]]), np.array([[0.1], [0.2]]), np.array([[3.0, 4.0, 1.0]]))

    assert sums.log.shape == (2, 3)
    assert sums.log[1, 1] == pytest.approx(np.log([0.7, 0.9, 1.1]).sum())
