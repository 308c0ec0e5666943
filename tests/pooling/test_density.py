"""Densities that stand in a result."""

import json

import numpy as np
import pytest
from scipy import stats

from metaleak.numerics.panels import PanelDensity, panel_nodes
from metaleak.pooling.density import Density, predicted
from metaleak.pooling.storable import to_plain, to_typed


@pytest.fixture(scope="module")
def density():
    breaks = np.linspace(-8, 10, 15)[None]
    return Density.of(PanelDensity.normalised(breaks, stats.norm.pdf(panel_nodes(breaks, 14), 1, 1)))


def test_a_curve_to_draw(density):
    """Places ascend, and the area under the curve is 1."""
    assert (np.diff(density.x) > 0).all()
    assert np.trapezoid(density.y, density.x) == pytest.approx(1, abs=1e-3)


def test_quantiles_probabilities_and_moments(density):
    """Everything follows from the panels."""
    assert density.quantile(0.975) == pytest.approx(1 + stats.norm.ppf(0.975))
    assert density.cdf(0.2) == pytest.approx(stats.norm.cdf(-0.8))
    assert (density.mean, density.sd) == pytest.approx((1, 1))


def test_intervals_name_their_kind(density):
    """Equal-tailed and shortest are the same for a symmetric bell, but not in name."""
    tails, short = density.equal_tailed(0.9), density.shortest(0.9)

    assert (tails.low, tails.high) == pytest.approx((short.low, short.high), abs=1e-7)
    assert (tails.method, short.method) == ("equal-tailed credible", "shortest credible")


def test_a_prediction_knows_its_density(density):
    """Limits and the probability above a cut come from the same curve."""
    found = predicted(density, 0.8)

    assert found.above(found.high) == pytest.approx(0.1)
    assert found.centre == pytest.approx(1)


def test_a_stored_density_comes_back_to_the_bit(density):
    """Through JSON and back."""
    back = to_typed(json.loads(json.dumps(to_plain(density))))

    assert back.values.tolist() == density.values.tolist()
    assert back.quantile(0.3) == density.quantile(0.3)


def test_arrays_are_fixed(density):
    """A density cannot be changed from outside."""
    with pytest.raises(ValueError, match="read-only"):
        density.values[0, 0] = 1
