"""Many maxima at once."""

import numpy as np
import pytest

from metaleak.numerics.newton import maximise


def hills(theta, rows):
    """Tops at (row, -row); the sides flatten out like a bell."""
    centre = np.column_stack([rows, -rows]).astype(float)
    gap = theta - centre
    height = np.exp(-(gap**2).sum(axis=1) / 2)
    gradient = -gap * height[:, None]
    hessian = (gap[:, :, None] * gap[:, None, :] - np.eye(2)) * height[:, None, None]
    return height, gradient, hessian


def test_every_row_finds_its_own_top():
    """Each function is climbed by itself, from wherever it starts."""
    start = np.array([[0.5, 0.5], [1.6, -0.1], [2.2, -3.0]])

    found = maximise(hills, start)

    assert found.theta == pytest.approx(np.array([[0, 0], [1, -1], [2, -2]]), abs=1e-7)
    assert found.converged.all()


def test_a_start_where_the_function_bends_upwards_still_climbs():
    """Outside the bell's shoulder the Hessian has a positive root; the step leads upwards all the same."""
    found = maximise(hills, np.array([[1.8, 1.8]]))

    assert found.theta == pytest.approx(np.zeros((1, 2)), abs=1e-7)


def test_frozen_coordinates_stay():
    """A frozen coordinate keeps its value, and the rest is maximised given it."""
    found = maximise(hills, np.array([[0.7, 0.4]]), frozen=np.array([[True, False]]))

    assert found.theta == pytest.approx(np.array([[0.7, 0.0]]), abs=1e-7)


def test_rows_name_the_functions():
    """Several starts may belong to one function."""
    found = maximise(hills, np.array([[2.5, -2.5], [1.5, -1.6]]), rows=np.array([2, 2]))

    assert found.theta == pytest.approx(np.array([[2, -2], [2, -2]]), abs=1e-7)


def test_running_out_of_steps_is_said():
    """A function without a top never counts as converged."""

    def slope(theta, rows):
        return theta[:, 0].copy(), np.ones_like(theta), np.zeros((len(theta), 1, 1))

    found = maximise(slope, np.zeros((1, 1)), steps=5)

    assert not found.converged.any()


def test_starts_are_not_changed():
    """The array of starting values belongs to the caller."""
    start = np.array([[0.5, 0.5]])

    maximise(hills, start)

    assert start.tolist() == [[0.5, 0.5]]


def test_a_saddle_is_no_top():
    """From a level point that bends upwards, as an even function has at 0, the climb goes on."""

    def two_tops(theta, rows):
        a, t = theta[:, 0], theta[:, 1]
        hessian = np.zeros((len(theta), 2, 2))
        hessian[:, 0, 0], hessian[:, 1, 1] = -1, 1 - 3 * t * t
        return -a * a / 2 + t * t / 2 - t**4 / 4, np.stack([-a, t - t**3], axis=1), hessian

    found = maximise(two_tops, np.array([[0.8, 0.0]]))

    assert np.abs(found.theta) == pytest.approx(np.array([[0.0, 1.0]]), abs=1e-7)
    assert found.converged.all()
