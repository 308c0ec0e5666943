"""The coverage simulation: its truths, and its judgement of intervals that are known to be right or wrong."""

import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import special

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from coverage_judge import judged
from coverage_methods import FAMILIES, Interval, Prediction
from coverage_truths import draw_counts, truth

KINDS = ("binomial-normal", "beta", "two classes", "skewed")


@pytest.mark.parametrize("kind", KINDS)
def test_draws_have_the_estimands_that_are_judged(kind):
    """Mean and median of draws, and the share below a rate."""
    law = truth(kind, 0.2, 1.0)
    rates = law.draw(np.random.default_rng(1), (200_000,))

    true = law.estimands()
    assert special.logit(rates.mean()) == pytest.approx(true["mean"], abs=0.01)
    assert special.logit(rates).mean() == pytest.approx(true["mean logit"], abs=0.01)
    assert np.median(rates) == pytest.approx(special.expit(true["median"]), abs=0.003)
    assert (rates < 0.27).mean() == pytest.approx(float(law.below(np.array([0.27]))[0]), abs=0.004)


@pytest.mark.parametrize("kind", KINDS)
def test_without_spread_all_truths_are_one(kind):
    """Every estimand is the rate itself."""
    true = truth(kind, 0.2, 0.0).estimands()

    assert [true["median"], true["mean"], true["mean logit"]] == pytest.approx([special.logit(0.2)] * 3)


def test_the_beta_has_mean_and_variance_of_the_normal_logits():
    """So that the same p and tau are comparable over truths."""
    normal, beta = (truth(kind, 0.2, 1.0).quantile((np.arange(9999) + 0.5) / 9999) for kind in KINDS[:2])

    assert beta.mean() == pytest.approx(normal.mean(), abs=1e-4)
    assert beta.var() == pytest.approx(normal.var(), rel=1e-3)


def test_intervals_are_counted():
    """Held, missed on both sides, infinite, without width and failed."""
    law = truth("binomial-normal", 0.5, 1.0)
    low = np.array([-1.0, 0.5, -2.0, -np.inf, 0.0, np.nan])
    high = np.array([1.0, 1.0, -1.0, np.inf, 0.0, np.nan])

    found = judged([Interval("m", "i", "median", np.zeros(6), low, high)], law, 6)[0]

    counts = {name: found[name] for name in ("failed", "infinite", "zero_width", "above", "below")}
    assert counts == {"failed": 1, "infinite": 1, "zero_width": 1, "above": 1, "below": 1}


def test_a_prediction_is_judged_by_the_share_that_it_holds():
    """The central 95 % of the true distribution holds 95 %."""
    law = truth("skewed", 0.2, 1.0)
    ends = law.quantile(np.array([0.025, 0.975]))

    found = judged([Prediction("m", "i", ends[:1], ends[1:])], law, 1)[0]

    assert found["held"] == [pytest.approx(0.95, abs=1e-4)]


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_finds_its_truth(family):
    """With thirty studies and little spread each interval holds what it claims in most tables."""
    law = truth("binomial-normal", 0.4, 0.3)
    count = 4 if family == "Bayesian" else 40
    x, n = draw_counts(law, np.random.default_rng(2), (count, 30))

    found = judged(FAMILIES[family][0](x, n), law, count)

    for one in found:
        if "estimand" in one:
            assert one["failed"] == 0
            assert one["above"] + one["below"] <= 0.2 * count
        else:
            assert np.mean(one["held"]) > 0.85
