"""The likelihood under selection: its value by integration, its derivatives by differences."""

from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate, stats

from metaleak.numerics import selection

RNG = np.random.default_rng(5)
Y, V = RNG.normal(0.3, 0.5, 12), RNG.uniform(0.05, 0.3, 12)
CASES = {
    "greater": selection.one_sided(Y, V, np.array([0.025, 0.5]), greater=True),
    "less": selection.one_sided(Y, V, np.array([0.1, 0.6]), greater=False),
    "two-sided": selection.two_sided(Y, V, np.array([0.05, 0.3])),
}
THETA = np.array([[0.2, 0.4, 0.0, -0.3, 0.5], [-0.4, 0.1, 0.3, 1.0, 0.2]])


def p_value(y, v, name):
    z = y / np.sqrt(v)
    return {"greater": stats.norm.sf(z), "less": stats.norm.cdf(z), "two-sided": 2 * stats.norm.sf(abs(z))}[
        name
    ]


@pytest.mark.parametrize("name", CASES)
def test_the_value_is_the_weighted_density_over_its_integral(name):
    """Integrated numerically, effect by effect."""
    steps = {"greater": [0.025, 0.5], "less": [0.1, 0.6], "two-sided": [0.05, 0.3]}[name]
    mean, tau, *logs = THETA[0]
    # The kernel mirrors effects below 0.
    mean = -mean if name == "less" else mean
    weights = np.exp(logs)
    total = 0.0
    for y, v in zip(Y, V, strict=True):
        sd = np.sqrt(v + tau**2)

        def density(x, v=v, sd=sd):
            return weights[np.searchsorted(steps, p_value(x, v, name))] * stats.norm.pdf(x, mean, sd)

        cuts = np.sqrt(v) * stats.norm.isf(np.array(steps) / (2 if name == "two-sided" else 1))
        edges = np.unique([-9.0, 9.0, *cuts, *-cuts])
        area = sum(integrate.quad(density, low + 1e-12, high - 1e-12)[0] for low, high in pairwise(edges))
        total += np.log(density(y) / area)

    assert CASES[name].objective(THETA, np.arange(2))[0][0] == pytest.approx(total, abs=1e-8)


@pytest.mark.parametrize("name", CASES)
def test_derivatives(name):
    """Gradient and Hessian against central differences, two points at once."""
    objective, step = CASES[name].objective, 1e-5
    _, gradient, hessian = objective(THETA, np.arange(2))

    for i in range(5):
        move = step * np.eye(5)[i]
        above, below = objective(THETA + move, np.arange(2)), objective(THETA - move, np.arange(2))
        assert (above[0] - below[0]) / (2 * step) == pytest.approx(gradient[:, i], abs=1e-7)
        assert (above[1] - below[1]) / (2 * step) == pytest.approx(hessian[:, i], abs=1e-6)
