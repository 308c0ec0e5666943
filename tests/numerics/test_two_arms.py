"""Integrals over odds ratios and levels, against fine grids and finite differences."""

import numpy as np
import pytest
from scipy import special, stats

from metaleak.numerics.hypergeometric import Conditional, log_saturated, support_of
from metaleak.numerics.two_arms import Arms, FixedLevels, NormalLevels, studies

ARMS = Arms(
    *(
        np.array([cell], dtype=float)
        for cell in ([3, 20, 0, 9], [30, 40, 25, 12], [5, 11, 2, 2], [28, 44, 30, 15])
    )
)
GRID = np.linspace(-9, 9, 3001)
STEP = GRID[1] - GRID[0]
ROW = np.arange(1)


def by_grid(alpha, mu, tau, i):
    """Integrate one study over its log odds ratio by the trapezoid rule."""
    a, n1, c, n2 = (getattr(ARMS, name)[0, i] for name in ("a", "n1", "c", "n2"))
    half = (mu + tau * GRID) / 2
    up, down = special.expit(alpha + half), special.expit(alpha - half)
    likelihood = special.xlogy(a, up) + special.xlog1py(n1 - a, -up) + special.xlogy(c, down)
    likelihood += special.xlog1py(n2 - c, -down)
    return np.log((np.exp(likelihood) * stats.norm.pdf(GRID)).sum() * STEP)


def test_a_study_with_a_given_level_is_its_integral():
    """To 1e-9 with 31 points."""
    part = studies(np.full((1, 4), -0.7), np.array([[-0.4]]), None, np.array([[0.9]]), ARMS, points=31)

    assert part.value[0] == pytest.approx([by_grid(-0.7, -0.4, 0.9, i) for i in range(4)], abs=1e-9)


def test_random_levels_are_a_double_integral():
    """To 1e-8 with 41 points in either direction."""
    value = NormalLevels(ARMS, 41).value(np.array([[-0.4, -0.7, 0.8, 0.9]]), ROW)
    grid = np.linspace(-8, 8, 161)
    by_level = np.array([[by_grid(-0.7 + 0.8 * w, -0.4, 0.9, i) for w in grid] for i in range(4)])
    wanted = np.log((np.exp(by_level) * stats.norm.pdf(grid)).sum(axis=1) * (grid[1] - grid[0])).sum()

    assert value[0] == pytest.approx(wanted, abs=1e-8)


def test_own_levels_are_maximised_out():
    """No other level of any study is better."""
    likelihood = FixedLevels(ARMS, 31)
    theta = np.array([[-0.4, 0.9]])
    levels, part = likelihood.solved(theta, ROW)

    for shift in (-0.01, 0.01):
        other = studies(levels + shift, theta[:, :1], None, theta[:, 1:], ARMS, points=31)
        assert (other.value < part.value).all()


def test_given_the_margins_a_study_is_its_integral():
    """Fisher's noncentral hypergeometric distribution, from scipy."""
    theta = np.array([[-0.4, 0.9]])
    value = Conditional(support_of(ARMS), 31).value(theta, ROW)
    total = 0.0
    for i in range(4):
        a, n1, c, n2 = (int(getattr(ARMS, name)[0, i]) for name in ("a", "n1", "c", "n2"))
        odds = np.exp(theta[0, 0] + theta[0, 1] * GRID[::5])
        pmf = stats.nchypergeom_fisher.pmf(a, n1 + n2, n1, a + c, odds)
        total += np.log((pmf * stats.norm.pdf(GRID[::5])).sum() * 5 * STEP)

    assert value[0] == pytest.approx(total, abs=1e-8)


@pytest.mark.parametrize(
    ("likelihood", "theta"),
    [
        (FixedLevels(ARMS, 41), [-0.4, 0.9]),
        (NormalLevels(ARMS, 41), [-0.4, -0.7, 0.8, 0.9]),
        (Conditional(support_of(ARMS), 41), [-0.4, 0.9]),
    ],
    ids=["own levels", "normal levels", "margins given"],
)
def test_derivatives_are_those_of_the_value(likelihood, theta):
    """Gradient and Hessian against central differences."""
    theta = np.array([theta])
    _, gradient, hessian = likelihood(theta, ROW)
    steps = 1e-4 * np.eye(theta.shape[1])

    slopes = [(likelihood.value(theta + s, ROW) - likelihood.value(theta - s, ROW))[0] / 2e-4 for s in steps]
    bends = [(likelihood(theta + s, ROW)[1] - likelihood(theta - s, ROW)[1])[0] / 2e-4 for s in steps]

    assert gradient[0] == pytest.approx(slopes, abs=1e-6)
    assert hessian[0] == pytest.approx(np.array(bends), abs=1e-5)


def test_rows_without_units_change_nothing():
    """They fill shorter tables up."""
    longer = Arms(*(np.pad(getattr(ARMS, name), ((0, 0), (0, 2))) for name in ("a", "n1", "c", "n2")))
    theta = np.array([[-0.4, 0.9]])

    assert FixedLevels(longer, 15).value(theta, ROW) == pytest.approx(FixedLevels(ARMS, 15).value(theta, ROW))
    short, long = (Conditional(support_of(arms), 15).value(theta, ROW) for arms in (ARMS, longer))
    assert long == pytest.approx(short)


def test_the_saturated_likelihood_has_every_study_at_its_own_odds_ratio():
    """A study at an end of its support has probability 1 there."""
    inside = Arms(*(getattr(ARMS, name)[:, [0, 1, 3]] for name in ("a", "n1", "c", "n2")))
    best = max(
        Conditional(support_of(Arms(*(getattr(inside, n)[:, :1] for n in ("a", "n1", "c", "n2")))), 15).value(
            np.array([[mu, 0.0]]), ROW
        )[0]
        for mu in np.linspace(-2, 2, 2001)
    )
    first = support_of(Arms(*(getattr(inside, n)[:, :1] for n in ("a", "n1", "c", "n2"))))

    assert log_saturated(first)[0] == pytest.approx(best, abs=1e-6)
    assert log_saturated(support_of(ARMS)) == pytest.approx(log_saturated(support_of(inside)))
