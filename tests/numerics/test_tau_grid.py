"""Panels that follow a density of a between-study standard deviation."""

import numpy as np
import pytest
from scipy import stats

from metaleak.numerics.panels import PanelDensity, panel_nodes
from metaleak.numerics.tau_grid import breaks, scan

#: A density that begins at 0, one far from it, one that is very narrow, one with a heavy tail.
DENSITIES = [
    stats.halfnorm(scale=0.7),
    stats.norm(3, 0.4),
    stats.norm(0.8, 0.003),
    stats.gamma(2, scale=5),
    stats.halfcauchy(scale=0.2),
]


@pytest.mark.parametrize("density", DENSITIES, ids=lambda d: f"{d.dist.name}{d.args}{d.kwds}")
def test_quantiles_of_known_densities(density):
    """Panels laid by two scans give quantiles of densities of any place, width and tail."""
    floor = np.array([0.15])
    ends = breaks(*scan(density.logpdf, floor, 1e12), floor)[0][None]

    laid = PanelDensity.normalised(ends, density.pdf(panel_nodes(ends, 18)))

    assert laid.quantile([0.025, 0.5, 0.975])[0] == pytest.approx(density.ppf([0.025, 0.5, 0.975]), rel=2e-6)


def test_the_prior_may_end():
    """A density that stops at its largest value has the last panel end there."""
    floor = np.array([0.1])

    ends = breaks(*scan(lambda tau: np.where(tau <= 2, tau, -np.inf), floor, 2.0), floor)[0]

    assert (ends[0], ends[-1]) == (0.0, 2.0)


def test_tables_do_not_disturb_each_other():
    """Two densities at once have the panels of each alone."""
    floor, shift = np.array([0.1, 0.3]), np.array([[1.0], [4.0]])

    together = breaks(*scan(lambda tau: -((tau - shift) ** 2) / 2, floor, 20.0), floor)

    for i, ends in enumerate(together):
        part = slice(i, i + 1)
        alone = breaks(
            *scan(lambda tau, part=part: -((tau - shift[part]) ** 2) / 2, floor[part], 20.0), floor[part]
        )
        assert ends == pytest.approx(alone[0])
