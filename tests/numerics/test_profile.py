"""Profile limits: of functions whose limits are known."""

import numpy as np
import pytest

from metaleak.numerics.profile import off_centre, profile_limits

DROP = 1.9207294103470627


def tilted(theta, rows):
    """A quadratic with correlated coordinates: its profile limits are the Wald limits."""
    precision = np.array([[2.0, 0.8], [0.8, 1.0]])
    value = -0.5 * np.einsum("bi,ij,bj->b", theta, precision, theta)
    return value, -theta @ precision, np.tile(-precision, (len(theta), 1, 1))


def flat(theta, rows):
    """A value that never falls as far as the cut-off."""
    t = theta[:, 0]
    return (
        -t * t / (1 + t * t),
        (-2 * t / (1 + t * t) ** 2)[:, None],
        ((6 * t * t - 2) / (1 + t * t) ** 3)[:, None, None],
    )


def limits(function, d, **changes):
    jobs = {
        "theta": np.zeros((2, d)),
        "value": np.zeros(2),
        "rows": np.zeros(2, dtype=int),
        "coordinate": np.zeros(2, dtype=int),
        "direction": np.array([-1.0, 1.0]),
        "first": np.ones(2),
        "reach": np.full(2, 100.0),
        "drop": DROP,
    }
    return profile_limits(function, **{**jobs, **changes})


def test_limits_of_a_quadratic_are_wald_limits():
    """The profile of a quadratic log-likelihood falls to its cut-off 1.96 standard errors away."""
    found = limits(tilted, 2)

    se = np.sqrt(np.linalg.inv(np.array([[2.0, 0.8], [0.8, 1.0]]))[0, 0])
    assert found.value == pytest.approx(np.array([-1, 1]) * 1.959963984540054 * se, rel=1e-8)
    assert found.converged.all()


def test_a_profile_that_never_falls_has_an_infinite_limit():
    """The end of the search is no limit: it is infinite, and said to be."""
    found = limits(flat, 1)

    assert found.value.tolist() == [-np.inf, np.inf]
    assert found.reached.all()


def test_a_poor_first_guess_changes_nothing():
    """The limit is a root of the profile, wherever the search begins."""
    near, far = limits(tilted, 2, first=np.full(2, 0.01)), limits(tilted, 2, first=np.full(2, 60.0))

    assert near.value == pytest.approx(far.value, rel=1e-8)


def test_a_column_that_is_not_centred_moves_far():
    """A year, and the intercept beside it; a word's column hardly more than the rows do."""
    years = np.linspace(2000.0, 2020.0, 11)
    words = np.array([0.0, 1.0] * 5 + [1.0])

    plain = off_centre(np.column_stack([np.ones(11), words])[None], 2, 1)[0]
    year = off_centre(np.column_stack([np.ones(11), years / 2048])[None], 2, 1)[0]

    assert (plain >= 1).all()
    assert (plain < 2).all()
    assert year[0] == year[1] > 100
