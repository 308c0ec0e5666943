"""Densities on panels, against scipy's distributions."""

import numpy as np
import pytest
from scipy import stats

from metaleak.numerics.panels import PanelDensity, bell_breaks, mixture_breaks, panel_nodes

SHARES = np.array([1e-6, 0.001, 0.025, 0.3, 0.5, 0.9, 0.975, 0.9999])


def laid(distribution, breaks, points=14):
    breaks = np.atleast_2d(breaks)
    return PanelDensity.normalised(breaks, 5 * distribution.pdf(panel_nodes(breaks, points)))


@pytest.fixture(scope="module")
def normal():
    return laid(stats.norm, np.linspace(-9, 9, 15))


@pytest.fixture(scope="module")
def gamma():
    return laid(stats.gamma(3), [0, 0.5, 1, 2, 4, 8, 16, 24, 40], 20)


def test_quantiles(normal, gamma):
    """Quantiles far into both tails."""
    assert normal.quantile(SHARES)[0] == pytest.approx(stats.norm.ppf(SHARES), abs=1e-6)
    assert gamma.quantile(SHARES)[0] == pytest.approx(stats.gamma.ppf(SHARES, 3), rel=1e-7)


def test_quantiles_undo_probabilities(gamma):
    """A place is the quantile of its own probability."""
    places = np.array([[0.4, 2.0, 7.7]])

    assert gamma.quantile(gamma.cdf(places)) == pytest.approx(places, rel=1e-11)


def test_probabilities_and_densities(normal):
    """Inside, at a break and outside the panels."""
    places = np.array([[-20.0, -9 + 18 / 14, 0.3, 8.0, 20.0]])

    assert normal.cdf(places)[0] == pytest.approx(stats.norm.cdf(places[0]), abs=1e-11)
    assert normal.density(places)[0] == pytest.approx(stats.norm.pdf(places[0]), abs=1e-10)


def test_moments(gamma):
    """Mean and standard deviation."""
    assert gamma.mean()[0] == pytest.approx(3, rel=1e-10)
    assert gamma.sd()[0] == pytest.approx(np.sqrt(3), rel=1e-10)


def test_the_shortest_interval_has_even_ends(gamma):
    """Both ends are equally dense, the level is held, and no equal-tailed interval is shorter."""
    low, high = gamma.shortest(0.95)[0]

    assert stats.gamma.pdf(low, 3) == pytest.approx(stats.gamma.pdf(high, 3), rel=1e-6)
    assert stats.gamma.cdf(high, 3) - stats.gamma.cdf(low, 3) == pytest.approx(0.95, abs=1e-10)
    assert high - low < np.diff(gamma.quantile([0.025, 0.975])[0])[0]


def test_the_shortest_interval_may_begin_at_the_end():
    """A density that falls from the start has its shortest interval there, to the bit."""
    falling = laid(stats.halfnorm, [0, 0.5, 1, 2, 3, 4, 6, 9])

    low, high = falling.shortest(0.95)[0]

    assert low == 0
    assert high == pytest.approx(stats.halfnorm.ppf(0.95), rel=1e-9)


def test_a_batch_is_its_single_densities(normal, gamma):
    """Densities with equally many panels are handled together."""
    breaks = np.stack([np.linspace(-9, 9, 15), np.linspace(-4, 14, 15)])
    both = PanelDensity.normalised(breaks, np.exp(-((panel_nodes(breaks, 14) - [[[0]], [[5]]]) ** 2) / 2))

    assert both.quantile([0.2, 0.8])[0] == pytest.approx(normal.quantile([0.2, 0.8])[0], abs=1e-13)
    assert both.shortest(0.9)[1] - 5 == pytest.approx(normal.shortest(0.9)[0], abs=1e-8)


def test_mixture_breaks_hold_all_that_counts():
    """Components far apart and of unlike width, with one that is hardly there."""
    weights = np.array([[0.6, 0.4 - 1e-6, 1e-6]])
    centres, spreads = np.array([[0.0, 3.0, -40.0]]), np.array([[1.0, 0.5, 9.0]])
    breaks = mixture_breaks(weights, centres, spreads)

    nodes = panel_nodes(breaks, 16)[..., None]
    mixed = PanelDensity.normalised(breaks, (weights * stats.norm.pdf(nodes, centres, spreads)).sum(axis=3))

    low, high = mixed.quantile([1e-7, 0.5])[0]
    assert (weights * stats.norm.cdf(low, centres, spreads)).sum() == pytest.approx(1e-7, rel=1e-4)
    assert (weights * stats.norm.cdf(high, centres, spreads)).sum() == pytest.approx(0.5, abs=1e-9)


@pytest.mark.parametrize("bell", [stats.norm(2, 0.1), stats.gumbel_l(-3), stats.t(6), stats.logistic(1, 2)])
def test_bell_breaks_follow_skew_and_tails(bell):
    """Laid by a coarse look, the panels give quantiles of skew and of heavy-tailed bells."""
    look = bell.median() + 0.1 * np.sinh(np.linspace(-8.5, 8.5, 121))
    breaks = bell_breaks(look, bell.logpdf(look))

    found = PanelDensity.normalised(breaks, bell.pdf(panel_nodes(breaks, 18))).quantile([0.025, 0.5, 0.975])

    assert found[0] == pytest.approx(bell.ppf([0.025, 0.5, 0.975]), abs=2e-6 * bell.std())
