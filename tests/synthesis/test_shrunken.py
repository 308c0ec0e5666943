"""Shrunken rates with intervals, against integrals by brute force."""

import numpy as np
import pytest
from scipy import special

from metaleak.effects.table import StudyTable
from metaleak.errors import SettingError, UndefinedError
from metaleak.pooling.binomial_normal import BinomialNormal
from metaleak.pooling.random_effects import RandomEffects
from metaleak.synthesis.shrunken import shrunken_rates

TABLE = StudyTable.from_counts([0, 3, 12, 30, 48, 900], [40, 20, 48, 60, 50, 2000])


def brute(x, n, mu, se, tau):
    """Return the limits from sums over a fine grid of logits and of means."""
    middle = special.logit(max(x, 0.3) / n)
    theta = middle + np.linspace(-1, 1, 200_001) * (0.6 if x > 100 else 8)
    nodes = np.linspace(-6, 6, 61)
    weights = np.exp(-(nodes**2) / 2)
    mixed = np.zeros_like(theta)
    for mean, weight in zip(mu + se * nodes, weights / weights.sum(), strict=True):
        curve = x * theta - n * np.logaddexp(0, theta) - 0.5 * ((theta - mean) / tau) ** 2
        density = np.exp(curve - curve.max())
        mixed += weight * density / density.sum()
    return special.expit(np.interp((0.025, 0.975), np.cumsum(mixed) - mixed / 2, theta))


@pytest.mark.parametrize("row", [0, 1, 4, 5])
def test_limits_are_quantiles_of_the_mixed_density(row):
    """Of a study without an event, a small, an extreme and a large one."""
    fit = BinomialNormal().fit(TABLE)
    found = shrunken_rates(fit, TABLE).iloc[row]
    x, n = float(TABLE.xi[row]), float(TABLE.ni[row])

    wanted = brute(x, n, fit.estimate, fit.se, fit.heterogeneity.tau)

    assert [found["low"], found["high"]] == pytest.approx(wanted, rel=1e-3)


def test_large_studies_follow_the_normal_formula():
    """metafor's blup of logits: precision-weighted, with the uncertainty of the mean (vi small)."""
    table = StudyTable.from_counts([20_000, 30_000, 55_000, 61_000], [100_000] * 4)
    fit = BinomialNormal(ci_method="wald").fit(table)
    found = shrunken_rates(fit, table)
    logit, tau2 = special.logit(table.xi / table.ni), fit.heterogeneity.tau2
    v = 1 / (table.xi * (1 - table.xi / table.ni))
    keep = tau2 / (tau2 + v)
    se = np.sqrt(keep * v + (1 - keep) ** 2 * fit.se**2)

    assert special.logit(found["low"]).to_numpy() == pytest.approx(
        keep * logit + (1 - keep) * fit.estimate - 1.959964 * se, abs=5e-5
    )


def test_rates_are_drawn_towards_the_others():
    """Between what was observed and the pooled rate; small studies further than large ones."""
    fit = BinomialNormal().fit(TABLE)
    found = shrunken_rates(fit, TABLE)
    pooled = fit.natural().estimate
    moved = (found["shrunken"] - found["observed"]) / (pooled - found["observed"])

    assert ((moved > 0) & (moved < 1)).all()
    assert moved[5] == moved.min()
    assert (found["low"] < found["shrunken"]).all()
    assert (found["shrunken"] < found["high"]).all()


def test_without_spread_all_studies_have_one_rate():
    """tau2 = 0: the pooled rate and its Wald interval."""
    table = StudyTable.from_counts([10, 10, 10], [40, 40, 40])
    fit = BinomialNormal().fit(table)

    found = shrunken_rates(fit, table)

    assert found["shrunken"].to_numpy() == pytest.approx(0.25)
    assert found["low"].to_numpy() == pytest.approx(special.expit(fit.estimate - 1.959964 * fit.se))


def test_what_has_no_shrunken_rates_is_refused():
    """Other models, moderators, another table, a level that is none."""
    with pytest.raises(UndefinedError, match="one mean and counts"):
        shrunken_rates(RandomEffects(measure="PLO").fit(TABLE), TABLE)
    dated = StudyTable.from_counts([5, 9, 12, 30], [50, 40, 48, 60], moderators={"year": [1, 2, 3, 4]})
    with pytest.raises(UndefinedError, match="one mean and counts"):
        shrunken_rates(BinomialNormal(moderators="~ year").fit(dated), dated)
    with pytest.raises(UndefinedError, match="not the table that was fitted"):
        shrunken_rates(BinomialNormal().fit(TABLE), dated)
    with pytest.raises(SettingError):
        shrunken_rates(BinomialNormal().fit(TABLE), TABLE, level=95)
