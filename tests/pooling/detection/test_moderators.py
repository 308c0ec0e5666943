"""Moderators of the rate and of the sensitivity against simpler models, brute force and known truths."""

import numpy as np
import pytest
from scipy import special, stats

from metaleak.effects.detection_table import DetectionTable
from metaleak.effects.table import StudyTable
from metaleak.errors import TableError
from metaleak.pooling.binomial_normal import BinomialNormal
from metaleak.pooling.detection.model import DetectionAdjusted

NAN = float("nan")
NODES = np.linspace(-6, 6, 121)
LOG_WEIGHTS = stats.norm.logpdf(NODES) + np.log(NODES[1] - NODES[0])


def synthetic(seed, ct, index, pairs, *, rate=0.8, sensitivity=-1.0):
    """Return rows of two groups; the second's logits lie ``rate`` and ``sensitivity`` beside the first's."""
    rng = np.random.default_rng(seed)
    k = ct + index + pairs
    n = rng.integers(40, 200, k)
    second = np.arange(k) % 2
    y = rng.binomial(n, special.expit(rng.normal(-0.5 + rate * second, 0.6, k))).astype(float)
    x = rng.binomial(y.astype(int), special.expit(rng.normal(0.8 + sensitivity * second, 0.4, k))).astype(
        float
    )
    y[ct : ct + index], x[:ct] = NAN, NAN
    groups = np.where(second, "b", "a").tolist()
    return DetectionTable.from_counts(n, ct=y, index=x, moderators={"group": groups})


def test_where_all_was_read_on_ct_both_parts_are_plain_regressions():
    """The rate regresses ct of n, the sensitivity x of ct, each as the binomial-normal model does."""
    table = synthetic(3, 10, 0, 12)
    ct, index, ni = table.counts["ct"], table.counts["index"], table.ni
    both = np.isfinite(index)
    groups = np.array(table.moderators["group"])

    fit = DetectionAdjusted(moderators="~ group", detection_moderators="~ group", draws=0).fit(table)

    for found, events, total, kept, spread in (
        (fit.coefficients, ct, ni, np.full(table.k, True), fit.tau2),
        (fit.detail.detection_coefficients, index, ct, both, fit.detail.omega2),
    ):
        plain = BinomialNormal(moderators="~ group").fit(
            StudyTable.from_counts(events[kept], total[kept], moderators={"group": groups[kept].tolist()})
        )
        assert [c.value for c in found] == pytest.approx([c.value for c in plain.coefficients], abs=1e-6)
        assert [c.se for c in found] == pytest.approx([c.se for c in plain.coefficients], rel=1e-5)
        assert spread == pytest.approx(plain.tau2, abs=1e-6)


def test_a_saturated_model_of_equal_groups_is_a_fit_of_one_of_them():
    """Every row twice, once in each group: both effects are 0, all else is as in one group alone."""
    one = synthetic(5, 6, 6, 5, rate=0, sensitivity=0)
    counts = {name: np.tile(one.counts[name], 2) for name in ("ct", "index")}
    table = DetectionTable.from_counts(
        np.tile(one.ni, 2), **counts, moderators={"group": ["a"] * one.k + ["b"] * one.k}
    )

    alone = DetectionAdjusted(draws=0).fit(one)
    fit = DetectionAdjusted(moderators="~ group", detection_moderators="~ group", draws=0).fit(table)

    assert [c.value for c in fit.coefficients] == pytest.approx([alone.estimate, 0], abs=1e-6)
    seen = alone.detail.detection_coefficients[0].value
    assert [c.value for c in fit.detail.detection_coefficients] == pytest.approx([seen, 0], abs=1e-6)
    assert fit.tau2 == pytest.approx(alone.tau2, abs=1e-6)
    assert fit.detail.omega2 == pytest.approx(alone.detail.omega2, abs=1e-6)


def brute_force(table, beta, tau, gamma, omega):
    """Log-likelihood by the trapezoid rule on 121 x 121 nodes."""
    total = 0.0
    columns = (table.ni, table.counts["ct"], table.counts["index"], table.moderators["group"])
    for n, y, x, group in zip(*columns, strict=True):
        z = np.array([1.0, group == "b"])
        rate, seen = special.expit(z @ beta + tau * NODES), special.expit(z @ gamma + omega * NODES)
        if np.isnan(y):
            both = stats.binom.logpmf(x, n, rate[:, None] * seen)
            total += special.logsumexp(both + LOG_WEIGHTS[:, None] + LOG_WEIGHTS)
            continue
        total += special.logsumexp(stats.binom.logpmf(y, n, rate) + LOG_WEIGHTS)
        if not np.isnan(x):
            total += special.logsumexp(stats.binom.logpmf(x, y, seen) + LOG_WEIGHTS)
    return total


def test_the_optimum_with_moderators_is_one_of_brute_force():
    """The log-likelihood is that of a fixed rule, and no parameter moves it up from there."""
    table = synthetic(7, 8, 8, 8)
    fit = DetectionAdjusted(moderators="~ group", detection_moderators="~ group", draws=0).fit(table)
    beta = np.array([c.value for c in fit.coefficients])
    gamma = np.array([c.value for c in fit.detail.detection_coefficients])
    at = np.array([*beta, fit.tau2**0.5, *gamma, fit.detail.omega2**0.5])

    def height(theta):
        return brute_force(table, theta[:2], theta[2], theta[3:5], theta[5])

    slopes = [(height(at + step) - height(at - step)) / 2e-4 for step in 1e-4 * np.eye(6)]

    assert fit.convergence.log_likelihood == pytest.approx(height(at), abs=1e-6)
    assert np.abs(slopes).max() < 1e-4


def test_many_studies_lead_to_both_effects():
    """With 180 studies the differences of .8 and -1 are found again, inside their intervals."""
    fit = DetectionAdjusted(moderators="~ group", detection_moderators="~ group", draws=0).fit(
        synthetic(21, 60, 60, 60)
    )
    rate, seen = fit.coefficients[1], fit.detail.detection_coefficients[1]

    assert rate.value == pytest.approx(0.8, abs=0.25)
    assert seen.value == pytest.approx(-1, abs=0.25)
    assert rate.ci.low < 0.8 < rate.ci.high
    assert seen.ci.low < -1 < seen.ci.high


def test_rows_of_one_study_have_one_moderator_of_the_rate():
    """They share their rate; the study is named."""
    table = DetectionTable.from_counts(
        [80, 60, 90, 100],
        ct=[44, 40, NAN, 50],
        index=[NAN, NAN, 30, 29],
        label=["a", "b", "c", "d"],
        study=["s", "s", "t", "u"],
        moderators={"group": ["x", "y", "x", "y"]},
    )

    with pytest.raises(TableError, match="study s"):
        DetectionAdjusted(moderators="~ group", draws=0).fit(table)
