"""Roots of increasing functions between known ends."""

import numpy as np
import pytest

from metaleak.numerics.false_position import root


def test_roots_of_several_functions():
    """Each function has its own root; a very bent one too."""
    powers = np.array([1.0, 3.0, 31.0])

    found = root(lambda t: t**powers - 0.5, np.zeros(3), np.full(3, 2.0), tolerance=1e-13)

    assert found == pytest.approx(0.5 ** (1 / powers), abs=1e-11)


def test_without_a_crossing_the_nearer_end_is_the_answer():
    """Functions that stay on one side end at an end, and do not disturb the others."""
    shift = np.array([10.0, -10.0, 0.0])

    found = root(lambda t: t + shift, np.full(3, -1.0), np.full(3, 3.0), tolerance=1e-12)

    assert found.tolist() == pytest.approx([-1.0, 3.0, 0.0], abs=1e-12)
