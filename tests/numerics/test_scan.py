"""Peaks along one parameter, and the highest of several tops."""

import numpy as np
import pytest

from metaleak.numerics.newton import Optimum
from metaleak.numerics.scan import Peaks, corrected_logits, highest, least_squares, peaks

GRID = np.array([0.1, 0.2, 0.5, 1.0, 2.0, 5.0])


def climbs(theta, value, converged=None):
    count = len(value)
    return Optimum(
        theta=np.array(theta),
        value=np.array(value),
        gradient=np.zeros((count, 2)),
        hessian=np.zeros((count, 2, 2)),
        converged=np.ones(count, dtype=bool) if converged is None else np.array(converged),
        iterations=1,
    )


def test_a_peak_lies_on_the_parabola():
    """A parabola over the logarithm is found to the last digit, from three places around its top."""
    found = peaks(-((np.log(GRID) - np.log(0.7)) ** 2)[None], GRID)

    assert found.place == pytest.approx([0.7])


def test_a_peak_at_the_end_stays_there():
    """A function that falls all along the grid has its peak at the first place."""
    found = peaks(-GRID[None], GRID)

    assert found.place.tolist() == [0.1]


def test_every_peak_is_found_and_one_is_the_highest():
    """Two peaks give two entries of the same function."""
    found = peaks(np.array([[0.0, 3.0, 0.0, 1.0, 2.0, 0.0], [5.0, 4.0, 3.0, 2.0, 1.0, 0.0]]), GRID)

    assert found.rows.tolist() == [0, 0, 1]
    assert found.is_highest.tolist() == [True, False, True]


def test_the_higher_top_wins_and_the_other_is_kept():
    """The climb from the lower peak may end higher; the other top is reported by its place."""
    found = Peaks(np.array([0, 0]), np.array([0.2, 2.0]), np.array([True, False]))

    chosen, other = highest(climbs([[0.0, 0.3], [0.0, -2.5]], [1.0, 2.0]), found)

    assert (chosen.tolist(), other.tolist()) == ([1], [0.3])


def test_two_ways_to_one_top_are_one():
    """Climbs that end at the same place, whatever the sign, leave no second top."""
    found = Peaks(np.array([0, 0]), np.array([0.2, 2.0]), np.array([True, False]))

    chosen, other = highest(climbs([[0.0, 0.3], [0.0, -0.3]], [1.0, 1.0]), found)

    assert chosen.tolist() == [0]
    assert np.isnan(other).all()


def test_a_climb_that_failed_never_wins_over_one_that_did_not():
    """The highest start is given up when it ends without a top."""
    found = Peaks(np.array([0, 0]), np.array([0.2, 2.0]), np.array([True, False]))

    chosen, _ = highest(climbs([[0.0, 0.3], [0.0, 2.5]], [9.0, 2.0], [False, True]), found)

    assert chosen.tolist() == [1]


def test_least_squares_with_and_without_a_design():
    """A design of ones is the weighted mean; rows without units weigh nothing."""
    y, v = corrected_logits(np.array([[3.0, 9.0, 0.0]]), np.array([[10.0, 20.0, 0.0]]))
    w = 1 / v[:, None]

    plain, ones = (least_squares(y[:, None], w, design) for design in (None, np.ones((1, 3, 1))))

    assert plain == pytest.approx(ones)
    assert plain[0, 0, 0] == pytest.approx(np.average(y[0, :2], weights=w[0, 0, :2]))
