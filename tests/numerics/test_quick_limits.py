"""Profile limits by Newton's method on all equations at once."""

import numpy as np
import pytest

from metaleak.numerics.profile import profile_limits
from metaleak.numerics.quick_limits import quick_limits

DROP = 1.92


def correlated(theta, rows):
    """A bivariate normal log-density with correlation .6 and standard deviations 1 and 2."""
    precision = np.linalg.inv(np.array([[1.0, 1.2], [1.2, 4.0]]))
    return (
        -np.einsum("ci,ij,cj->c", theta, precision, theta) / 2,
        -theta @ precision,
        np.broadcast_to(-precision, (len(theta), 2, 2)).copy(),
    )


def walled(theta, rows):
    """A normal log-density that is nothing below 0."""
    value = np.where(theta[:, 0] < -1e-9, -np.inf, -(theta[:, 0] ** 2) / 2)
    return value, -theta, -np.ones((len(theta), 1, 1))


def search(objective, d, coordinate, direction):
    """Return the arguments of both searches from a top at 0."""
    m = len(coordinate)
    top = np.zeros((m, d))
    value, _, hessian = objective(top, np.arange(m))
    return {
        "theta": top,
        "value": value,
        "hessian": hessian,
        "coordinate": np.array(coordinate),
        "direction": np.array(direction, dtype=float),
        "first": np.full(m, 1.5),
        "drop": DROP,
        "held": np.zeros((m, d), dtype=bool),
    }


def test_a_normal_profile_has_its_closed_limits():
    """Two coordinates, both sides: the standard deviation times the root of twice the drop."""
    found = quick_limits(correlated, **search(correlated, 2, [0, 0, 1, 1], [-1, 1, -1, 1]))

    half = np.sqrt(2 * DROP)
    assert found.converged.all()
    assert found.value == pytest.approx([-half, half, -2 * half, 2 * half], abs=1e-8)


def test_it_agrees_with_the_guarded_search():
    """Limits and the other parameters at them."""
    asked = search(correlated, 2, [0, 1], [1, -1])
    quick = quick_limits(correlated, **asked)
    del asked["hessian"]

    guarded = profile_limits(correlated, rows=np.arange(2), reach=np.full(2, 50.0), **asked)

    assert quick.value == pytest.approx(guarded.value, abs=1e-7)
    assert quick.theta == pytest.approx(guarded.theta, abs=1e-5)


def test_a_step_out_of_the_function_ends_the_search_without_a_limit():
    """Nothing is found, nothing warns: another search has to look."""
    found = quick_limits(walled, **search(walled, 1, [0, 0], [-1, 1]))

    assert found.converged.tolist() == [False, True]
    assert found.value[1] == pytest.approx(np.sqrt(2 * DROP), abs=1e-8)
