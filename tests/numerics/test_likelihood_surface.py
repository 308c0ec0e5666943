"""The likelihood as a polynomial."""

import itertools

import numpy as np
import pytest

from metaleak.numerics.binomial_normal import Likelihood
from metaleak.numerics.likelihood_surface import LADDER, Region, Summed, Surface, left_out, tabulated

X, N = np.array([35.0, 29.0, 0.0, 44.0]), np.array([56.0, 59.0, 48.0, 80.0])
REGION = Region(mu_low=-1.0, mu_high=1.2, tau_high=1.8, soft=0.05)
THETA = np.array([[0.1, 0.4], [-0.9, 0.0], [1.1, -1.7], [0.3, 1e-3]])
ROWS = np.arange(4)


@pytest.fixture(scope="module")
def rows():
    """Return the polynomials of four rows."""
    return tabulated(X, N, REGION, points=48, quadrature=31)


def test_value_gradient_and_hessian_are_those_of_the_likelihood(rows):
    """Everywhere in the region, with either sign of tau and at tau = 0."""
    exact = Likelihood(np.tile(X, (4, 1)), np.tile(N, (4, 1)), 31)(THETA, ROWS)
    surface = Surface(rows.sum(axis=0)[None], REGION)(THETA, ROWS)

    for found, wanted, close in zip(surface, exact, (1e-9, 1e-8, 1e-5), strict=True):
        assert found == pytest.approx(wanted, abs=close)


def test_data_sets_of_their_own(rows):
    """One polynomial for each data set gives what it gives alone; many go in chunks."""
    many = Surface(np.concatenate([rows, rows] * 40), REGION)
    numbers = np.tile(ROWS, 80)
    value, gradient, hessian = many(THETA[numbers], numbers)

    for i in ROWS:
        alone = Surface(rows[i : i + 1], REGION)(THETA[i : i + 1], np.array([0]))
        assert value[i + 316] == pytest.approx(alone[0][0], abs=1e-12)
        assert gradient[i + 316] == pytest.approx(alone[1][0], abs=1e-10)
        assert hessian[i + 316] == pytest.approx(alone[2][0], abs=1e-8)


def test_a_sum_of_objectives(rows):
    """Today's rows and one more."""
    parts = [Surface(rows[:3].sum(axis=0)[None], REGION), Surface(rows[3:], REGION)]
    whole = Surface(rows.sum(axis=0)[None], REGION)(THETA, ROWS)

    for found, wanted in zip(Summed(parts)(THETA, ROWS), whole, strict=True):
        assert found == pytest.approx(wanted, abs=1e-9)


def test_what_is_left_out_falls_with_the_points():
    """By a factor of ten at least from rung to rung."""
    sizes = [left_out(tabulated(X, N, REGION, points=points, quadrature=31)) for points in LADDER[:4]]

    assert all(after < before / 10 for before, after in itertools.pairwise(sizes))


def test_where_the_region_ends():
    """On both axes, whatever the sign of tau."""
    theta = np.array([[0.0, -1.8], [0.0, 1.81], [1.21, 0.0], [-1.0, 0.0]])

    assert REGION.inside(theta).tolist() == [True, False, False, True]
