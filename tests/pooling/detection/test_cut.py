"""Rows of unknown imaging: they inform the rate, and under a declared share never what the index misses."""

import numpy as np
import pytest
from scipy import optimize, special, stats

from metaleak.effects.detection_table import DetectionTable
from metaleak.effects.table import StudyTable
from metaleak.errors import TableError
from metaleak.pooling.binomial_normal import BinomialNormal
from metaleak.pooling.detection.model import DetectionAdjusted
from metaleak.pooling.result import MetaResult

NAN = float("nan")
NODES = np.linspace(-6, 6, 121)
LOG_WEIGHTS = stats.norm.logpdf(NODES) + np.log(NODES[1] - NODES[0])


def synthetic(seed, ct, index, pairs, silent, *, share=0.5):
    """Return rows drawn from the model, ``silent`` of them without their imaging."""
    rng = np.random.default_rng(seed)
    kind = np.repeat([0, 1, 2, 3], [ct, index, pairs, silent])
    n = rng.integers(30, 200, kind.size)
    y = rng.binomial(n, special.expit(rng.normal(-0.3, 0.8, kind.size))).astype(float)
    x = rng.binomial(y.astype(int), special.expit(rng.normal(0.2, 0.5, kind.size))).astype(float)
    on_ct = rng.random(kind.size) < share
    return DetectionTable.from_counts(
        n,
        ct=np.where(np.isin(kind, [0, 2]), y, NAN),
        index=np.where(np.isin(kind, [1, 2]), x, NAN),
        unreported=np.where(kind == 3, np.where(on_ct, y, x), NAN),
    )


@pytest.fixture(scope="module")
def table():
    """Return a synthetic table with every kind of row."""
    return synthetic(4, 6, 6, 4, 6)


@pytest.fixture(scope="module")
def half(table):
    """Return the fit under a declared share of one half."""
    return DetectionAdjusted(unreported=0.5, draws=0).fit(table)


def rate_part(table, mu, tau, s, omega, share):
    """Return the log-likelihood of all rows, on 121 x 121 nodes."""
    rate, seen = special.expit(mu + tau * NODES), special.expit(s + omega * NODES)
    total = 0.0
    for row, n in enumerate(table.ni):
        ct, index, silent = (table.counts[name][row] for name in ("ct", "index", "unreported"))
        if np.isfinite(ct):
            total += special.logsumexp(stats.binom.logpmf(ct, n, rate) + LOG_WEIGHTS)
            continue
        count = index if np.isfinite(index) else silent
        by_index = stats.binom.logpmf(count, n, rate[:, None] * seen) + LOG_WEIGHTS[:, None] + LOG_WEIGHTS
        found = special.logsumexp(by_index)
        if np.isfinite(silent):
            by_ct = special.logsumexp(stats.binom.logpmf(count, n, rate) + LOG_WEIGHTS)
            found = np.logaddexp(np.log(share) + by_ct, np.log1p(-share) + found)
        total += found
    return total


def test_the_sensitivity_is_that_of_the_other_rows(table, half):
    """Estimate, interval and spread, to the last digit."""
    other = DetectionAdjusted(draws=0).fit(table)

    assert half.detail.sensitivity == other.detail.sensitivity
    assert half.detail.omega2 == other.detail.omega2
    assert half.detail.share_missed == other.detail.share_missed
    assert half.detail.omega2_test == other.detail.omega2_test
    assert half.detail.information_on_sensitivity == other.detail.information_on_sensitivity


def test_the_rate_is_the_best_one_for_all_rows_at_that_sensitivity(table, half):
    """A slow search by brute force ends at the same rate and spread."""
    s = special.logit(half.detail.sensitivity["xray"].value)
    omega = half.detail.omega2**0.5

    found = optimize.minimize(
        lambda free: -rate_part(table, *free, s, omega, 0.5),
        [0.0, 1.0],
        method="Nelder-Mead",
        options={"xatol": 1e-7, "fatol": 1e-10},
    )

    assert half.estimate == pytest.approx(found.x[0], abs=1e-5)
    assert half.tau2**0.5 == pytest.approx(abs(found.x[1]), abs=1e-5)


def test_rows_that_inform_move_the_sensitivity(table, half):
    """``unreported_informs=True`` is the whole likelihood, higher at its own maximum."""
    whole = DetectionAdjusted(unreported=0.5, unreported_informs=True, draws=0).fit(table)

    assert whole.detail.sensitivity != half.detail.sensitivity
    assert whole.convergence.log_likelihood > half.convergence.log_likelihood
    assert not any("held" in note for note in whole.notes)


def test_the_interval_of_the_rate_carries_the_doubt_about_the_sensitivity(table):
    """It widens with the share that read X-ray, and is never one at the held value alone."""
    widths = [
        (fit.ci.high - fit.ci.low)
        for fit in (DetectionAdjusted(unreported=q, draws=0).fit(table) for q in (0.0, 0.5, 1.0))
    ]

    assert widths[0] > widths[1] > widths[2]


def test_all_on_ct_without_rows_of_the_index_alone_is_the_pool_of_all_counts():
    """Nothing of the sensitivity is left in the rate: estimate and Wald interval of the plain pool."""
    table = synthetic(8, 10, 0, 6, 12, share=1.0)
    counts = np.where(np.isnan(table.counts["ct"]), table.counts["unreported"], table.counts["ct"])

    pool = BinomialNormal(ci_method="wald").fit(StudyTable.from_counts(counts, table.ni))
    fit = DetectionAdjusted(unreported=1.0, draws=0).fit(table)

    assert fit.estimate == pytest.approx(pool.estimate, abs=1e-6)
    assert (fit.ci.low, fit.ci.high) == pytest.approx((pool.ci.low, pool.ci.high), abs=1e-5)


def test_the_result_says_what_was_done(half):
    """In a note and in the name of the interval."""
    assert any("declared; what the index shows comes from the other rows" in note for note in half.notes)
    assert "rows of unknown imaging add nothing" in half.ci.method
    assert "calibrated profile" in half.detail.sensitivity["xray"].ci.method


def test_equal_seeds_give_equal_results_that_can_be_stored(table):
    """Rates of single studies included."""
    first, again = (DetectionAdjusted(unreported=0.5, draws=40).fit(table) for _ in range(2))

    assert first.to_dict() == again.to_dict()
    assert MetaResult.from_dict(first.to_dict()).to_dict() == first.to_dict()
    assert {rate.kind for rate in first.detail.rates} >= {"unreported", "index", "ct"}


def test_without_unreported_rows_nothing_is_cut():
    """The declared share changes nothing where no row is silent."""
    table = synthetic(4, 6, 6, 4, 0)

    plain, declared = (DetectionAdjusted(unreported=q, draws=0).fit(table) for q in ("exclude", 0.5))

    assert (plain.estimate, plain.ci) == (declared.estimate, declared.ci)


def test_a_moderator_that_only_silent_rows_have_is_refused():
    """Its effect on the sensitivity would come from nowhere else."""
    base = synthetic(4, 6, 6, 4, 6)
    era = ["late" if np.isfinite(count) else "early" for count in base.counts["unreported"]]
    table = DetectionTable.from_counts(
        base.ni,
        **{name: base.counts[name] for name in ("ct", "index", "unreported")},
        moderators={"era": era},
    )

    with pytest.raises(TableError, match="moderator of the sensitivity that no other row informs"):
        DetectionAdjusted(unreported=0.5, detection_moderators="~ era", draws=0).fit(table)


def test_an_alternative_that_nothing_speaks_for_asks_for_no_finer_grid():
    """103 of 137 on an index that shows half of the leaks: its integral is tiny, and nothing waits for its digits."""
    table = DetectionTable.from_counts(
        [62, 110, 54, 70, 58, 114, 57, 137],
        ct=[NAN, NAN, NAN, 44, 20, 83, 17, NAN],
        index=[15, 25, 14, 25, 12, 34, 6, NAN],
        unreported=[*[NAN] * 7, 103],
    )

    fit = DetectionAdjusted(unreported=0.5, draws=0).fit(table)

    assert fit.convergence.converged
    assert fit.detail.grid_error < 1e-7


def test_an_estimated_share_that_runs_to_zero_has_limits():
    """Silent rows that all read X-ray: the share's lower limit is 0, and the result warns."""
    fit = DetectionAdjusted(unreported="estimate", draws=0).fit(synthetic(12, 12, 8, 6, 8, share=0.0))
    share = fit.detail.share_on_ct

    assert share.value < 0.2
    assert share.ci.low == 0
    assert share.ci.high < 1
    assert any("no data test it, and the answer can be confidently wrong" in note for note in fit.notes)
