"""Nagashima's prediction interval: its parts by another way, repeatability, coverage."""

import numpy as np
import pytest
from scipy import optimize, stats

from metaleak.effects.table import StudyTable
from metaleak.numerics.linear import Batch
from metaleak.numerics.quadratic_forms import residual_form_cdf
from metaleak.pooling.prediction_bootstrap import bootstrap_prediction
from metaleak.pooling.random_effects import RandomEffects

VI = np.array([0.02, 0.05, 0.09, 0.03, 0.2, 0.08, 0.04])
YI = np.array([0.4, -0.1, 0.7, 0.2, 0.9, -0.3, 0.5])


def bootstrap(yi=YI, vi=VI, *, draws=4000, seed=1, level=0.95):
    return bootstrap_prediction(yi, vi, level=level, draws=draws, seed=seed)


def by_hand(draws, seed):
    """Draw by draw from the same uniform numbers: invert the distribution of Q by a root search."""
    k = len(YI)
    one = Batch(YI[None], VI[None], np.array([float(k)]))
    q = (1 / VI * (YI - (YI / VI).sum() / (1 / VI).sum()) ** 2).sum()

    def exceeds(tau2):
        return 1 - residual_form_cdf(one, 1 / one.vi, np.array([tau2]), np.array([q]))[0]

    values = []
    for u, for_z, for_t in np.random.default_rng(seed).random((3, draws)).T:
        tau2 = 0.0 if exceeds(0.0) >= u else optimize.brentq(lambda t, u=u: exceeds(t) - u, 0, 1e4)
        w = 1 / (VI + tau2)
        mean = (w * YI).sum() / w.sum()
        error = np.sqrt((w * (YI - mean) ** 2).sum() / (k - 1) / w.sum())
        values.append(mean + stats.norm.ppf(for_z) * np.sqrt(tau2) - stats.t.ppf(for_t, k - 1) * error)
    return np.quantile(values, [0.025, 0.5, 0.975])


def test_quantiles_of_simulated_values():
    """A plain loop over the same draws gives the same quantiles, up to the interpolation of tau2."""
    found = bootstrap(draws=300)

    low, median, high = by_hand(300, seed=1)

    width = high - low
    assert found.low == pytest.approx(low, abs=1e-3 * width)
    assert found.quantiles[100] == pytest.approx(median, abs=1e-3 * width)
    assert found.high == pytest.approx(high, abs=1e-3 * width)


def test_a_seed_repeats_it():
    """One seed gives the same bits, another one another interval nearby."""
    first, again, other = bootstrap(), bootstrap(), bootstrap(seed=2)

    assert (first.low, first.high) == (again.low, again.high)
    assert first.low != other.low
    assert first.low == pytest.approx(other.low, abs=0.1)


def test_the_probability_of_a_larger_value_is_a_share_of_draws():
    """Half of the draws lie above their median, 2.5 % above the upper limit."""
    found = bootstrap()

    assert found.above(found.quantiles[100]) == pytest.approx(0.5)
    assert found.above(found.high) == pytest.approx(0.025, abs=1e-3)
    assert found.above(100.0) == 0


def test_a_table_of_a_model():
    """The model passes its draws and seed on, and names the method in the result."""
    table = StudyTable.from_effects(YI, VI, measure="GEN")
    model = RandomEffects(method="DL", pi_method="bootstrap", draws=4000, seed=1)

    result = model.fit(table)

    assert (result.prediction.low, result.prediction.high) == (bootstrap().low, bootstrap().high)
    assert "bootstrap" in result.prediction.method
    assert result.settings["seed"] == 1


def test_identical_studies():
    """Nothing between the studies: the interval has the width of the mean's."""
    found = bootstrap(np.full(4, 0.3), np.full(4, 0.1))

    assert found.low <= 0.3 <= found.high


def test_it_holds_more_new_studies_than_the_t_interval():
    """100 synthetic tables of five studies, tau = 0.45: mean content near 93 %, of the t interval near 91 %."""
    rng = np.random.default_rng(7)
    vi = np.exp(rng.normal(-2.5, 0.6, (100, 5)))
    yi = rng.normal(0, np.sqrt(vi + 0.2))
    model = RandomEffects(method="DL", tau2_ci="none")

    def content(interval):
        return stats.norm.cdf(interval.high, 0, 0.2**0.5) - stats.norm.cdf(interval.low, 0, 0.2**0.5)

    simulated = [content(bootstrap(y, v, draws=1000)) for y, v in zip(yi, vi, strict=True)]
    tables = [StudyTable.from_effects(y, v, measure="GEN") for y, v in zip(yi, vi, strict=True)]
    plain = [content(result.prediction) for result in model.fit_tables(tables)]

    assert np.mean(simulated) == pytest.approx(0.93, abs=0.04)
    assert np.mean(simulated) > np.mean(plain)
