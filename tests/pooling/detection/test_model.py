"""The detection-adjusted model against brute force, known truths and its limiting cases."""

import numpy as np
import pytest
from scipy import optimize, special, stats

from metaleak.effects.detection_table import DetectionTable
from metaleak.effects.table import StudyTable
from metaleak.errors import MetaleakError, SeparationError, TableError, UndefinedError
from metaleak.pooling.binomial_normal import BinomialNormal
from metaleak.pooling.detection.model import DetectionAdjusted
from metaleak.pooling.result import MetaResult

NAN = float("nan")
NODES = np.linspace(-6, 6, 121)
LOG_WEIGHTS = stats.norm.logpdf(NODES) + np.log(NODES[1] - NODES[0])


def synthetic(seed, ct, index, pairs, *, mu=-0.3, tau=0.8, sensitivity=0.6, omega=0.5, specificity=1.0):
    """Return rows read on CT, on an index, and on both, drawn from the model."""
    rng = np.random.default_rng(seed)
    k = ct + index + pairs
    n = rng.integers(30, 200, k)
    rate = special.expit(rng.normal(mu, tau, k))
    seen = special.expit(rng.normal(special.logit(sensitivity), omega, k))
    y = rng.binomial(n, rate)
    x = (rng.binomial(y, seen) + rng.binomial(n - y, 1 - specificity)).astype(float)
    y = y.astype(float)
    y[ct : ct + index], x[:ct] = NAN, NAN
    return DetectionTable.from_counts(n, ct=y, index=x)


def brute_force(table, mu, tau, s, omega):
    """Log-likelihood by the trapezoid rule on 121 x 121 nodes; margins and specificity 1."""
    total = 0.0
    at_rate, at_seen = mu + tau * NODES, s + omega * NODES
    rate, seen = (special.log_expit(at) for at in (at_rate, at_seen))
    no_leak, missed = (special.log_expit(-at) for at in (at_rate, at_seen))
    shown = rate[:, None] + seen
    not_shown = np.logaddexp(no_leak[:, None], rate[:, None] + missed)
    weights = LOG_WEIGHTS[:, None] + LOG_WEIGHTS
    for n, y, x in zip(table.ni, table.counts["ct"], table.counts["index"], strict=True):
        if np.isnan(y):
            total += special.logsumexp(log_binomial(x, n, shown, not_shown) + weights)
            continue
        total += special.logsumexp(log_binomial(y, n, rate, no_leak) + LOG_WEIGHTS)
        if not np.isnan(x):
            total += special.logsumexp(log_binomial(x, y, seen, missed) + LOG_WEIGHTS)
    return total


def log_binomial(x, n, log_p, log_q):
    """Log-probability of x of n; the logs of both shares serve all rows."""
    ways = -special.betaln(x + 1, n - x + 1) - np.log(n + 1)
    return ways + x * log_p + (n - x) * log_q


def test_the_optimum_is_that_of_brute_force():
    """A slow search on a fixed rule ends at the same four numbers."""
    table = synthetic(3, 8, 8, 6, omega=0.7)

    result = DetectionAdjusted(draws=0).fit(table)

    start = [result.estimate, result.tau2**0.5, special.logit(result.detail.sensitivity["xray"].value), 0.5]
    found = optimize.minimize(
        lambda theta: -brute_force(table, *theta),
        start,
        method="Nelder-Mead",
        options={"xatol": 1e-8, "fatol": 1e-11},
    )
    assert result.estimate == pytest.approx(found.x[0], abs=2e-4)
    assert result.tau2**0.5 == pytest.approx(abs(found.x[1]), abs=2e-4)
    assert result.detail.omega2 == pytest.approx(found.x[3] ** 2, abs=5e-4)


def test_a_plain_profile_limit_loses_what_the_quantile_says():
    """At a limit of the plain profile the best log-likelihood is 1.92 below the top."""
    table = synthetic(3, 4, 4, 4, omega=0.7)

    result = DetectionAdjusted(draws=0, ci_method="profile-plain").fit(table)

    def best(mu=None):
        fixed = [] if mu is None else [mu]
        start = [0.8, 0.4, 0.6] if fixed else [result.estimate, 0.8, 0.4, 0.6]
        for _ in range(2):  # Begun again where it ended: the simplex shrinks too early.
            found = optimize.minimize(
                lambda free: -brute_force(table, *fixed, *free),
                start,
                method="Nelder-Mead",
                options={"xatol": 1e-7, "fatol": 1e-10, "maxiter": 4000},
            )
            start = found.x
        return -found.fun

    assert best() - best(result.ci.high) == pytest.approx(stats.chi2.ppf(0.95, 1) / 2, abs=1e-3)


def test_many_studies_lead_to_the_truth():
    """With 150 studies rate, sensitivity and both spreads are found again."""
    result = DetectionAdjusted(draws=0).fit(synthetic(11, 50, 50, 50))

    assert result.ci.low < -0.3 < result.ci.high
    assert result.estimate == pytest.approx(-0.3, abs=0.2)
    assert result.tau2**0.5 == pytest.approx(0.8, abs=0.2)
    assert result.detail.omega2 == pytest.approx(0.25, abs=0.2)


def test_index_rows_alone_would_have_answered_wrongly():
    """The naive pool of every count lies below what CT shows; the model does not."""
    table = synthetic(11, 50, 50, 50, sensitivity=0.4)
    counts = np.where(np.isnan(table.counts["ct"]), table.counts["index"], table.counts["ct"])

    naive = BinomialNormal().fit(StudyTable.from_counts(counts, table.ni))
    adjusted = DetectionAdjusted(draws=0).fit(table)

    assert naive.ci.high < -0.3 < adjusted.ci.high


def test_pairs_alone_leave_the_rate_to_ct():
    """Where every row was read on CT, the index brings nothing to the rate."""
    table = synthetic(5, 20, 0, 10, sensitivity=0.9)

    pool = BinomialNormal().fit(StudyTable.from_counts(table.counts["ct"], table.ni))
    result = DetectionAdjusted(draws=0).fit(table)

    assert result.estimate == pytest.approx(pool.estimate, abs=1e-6)
    assert result.tau2 == pytest.approx(pool.tau2, abs=1e-6)


def test_a_declared_specificity_is_taken_out():
    """False positives at the declared share leave rate and sensitivity where they are."""
    table = synthetic(11, 50, 50, 50, specificity=0.95)

    result = DetectionAdjusted(draws=0, specificity=0.95).fit(table)

    assert result.estimate == pytest.approx(-0.3, abs=0.2)
    assert result.detail.sensitivity["xray"].value == pytest.approx(0.6, abs=0.05)


def test_the_order_of_rows_changes_nothing():
    """A permuted table has the same numbers."""
    table = synthetic(3, 8, 8, 6)
    order = np.random.default_rng(0).permutation(len(table.ni))
    moved = DetectionTable.from_counts(
        table.ni[order], ct=table.counts["ct"][order], index=table.counts["index"][order]
    )

    plain, other = (DetectionAdjusted(draws=0).fit(one) for one in (table, moved))

    assert other.estimate == pytest.approx(plain.estimate, abs=1e-7)
    assert other.ci.low == pytest.approx(plain.ci.low, abs=1e-6)


def test_the_same_call_gives_the_same_result():
    """Posterior draws are seeded: two fits are one result, and storage keeps it."""
    table = synthetic(3, 8, 8, 6)

    first, again = (DetectionAdjusted().fit(table) for _ in range(2))

    assert first.to_dict() == again.to_dict()
    assert MetaResult.from_dict(first.to_dict()).to_dict() == first.to_dict()


def test_without_ct_there_is_no_answer():
    """Counts of an index alone say nothing of what it misses."""
    table = DetectionTable.from_counts([50, 60, 70], index=[10, 12, 9])

    with pytest.raises(UndefinedError, match="CT"):
        DetectionAdjusted().fit(table)


def test_pairs_without_a_leak_on_ct_say_nothing_of_the_index():
    """Nothing was there to be missed."""
    table = DetectionTable.from_counts([20, 53, 16, 15], ct=[0, 32, 13, 12], both=[0, NAN, NAN, NAN])

    with pytest.raises(UndefinedError, match="no leak on CT"):
        DetectionAdjusted(draws=0).fit(table)


def test_without_pairs_the_result_says_what_it_rests_on():
    """No row read on both: the notes say that the sensitivity is a contrast between studies."""
    result = DetectionAdjusted(draws=0).fit(synthetic(3, 12, 12, 0))

    assert any("no" in note and "both" in note for note in result.notes), result.notes


@pytest.mark.parametrize("seed", [2, 5, 9])
def test_without_pairs_a_sensitivity_near_one_has_no_upper_end(seed):
    """As many leaks on the index as on CT: the likelihood levels off, and every limit is still found."""
    result = DetectionAdjusted(draws=0).fit(synthetic(seed, 4, 4, 0, sensitivity=0.97, omega=0.1))
    seen = result.detail.sensitivity["xray"]

    assert seen.ci.high == 1
    assert 0 < seen.ci.low < seen.value
    assert np.isfinite([result.ci.low, result.ci.high]).all()


@pytest.mark.parametrize(
    ("ct", "index"), [([60, 20], [10, 5]), ([30, 20], [10, 70]), ([-1, 20], [10, 5]), ([30.5, 20], [10, 5])]
)
def test_impossible_counts_are_named(ct, index):
    """A count outside 0 .. n names its row."""
    with pytest.raises(TableError):
        DetectionTable.from_counts([50, 60], ct=ct, index=index)


@pytest.mark.parametrize(
    "settings",
    [
        {"specificity": 0.0},
        {"ct_sensitivity": 1.2},
        {"correlation": 1.0},
        {"ci_method": "magic"},
        {"unreported": 2.0},
        {"draws": -1},
    ],
)
def test_settings_outside_their_range_are_refused(settings):
    """A setting that means nothing is an error when it is made."""
    with pytest.raises(MetaleakError):
        DetectionAdjusted(**settings)


@pytest.mark.parametrize(
    ("method", "rate", "sensitivity"),
    [
        ("profile", (-0.3470511761799, 0.2533541681061), (-0.0372132984669, 0.5489800338957)),
        ("profile-plain", (-0.3486608259626, 0.2375062405340), (0.0538033839815, 0.5012405986606)),
    ],
)
def test_the_numbers_behind_the_simulated_coverage_stand(method, rate, sensitivity):
    """What benchmarks/detection_coverage.py simulated is what is shipped."""
    fit = DetectionAdjusted(draws=0, ci_method=method).fit(synthetic(2, 15, 20, 5))
    seen = fit.detail.detection_coefficients[0]

    assert fit.estimate == pytest.approx(-0.06115866658804, abs=1e-8)
    assert seen.value == pytest.approx(0.27368783794426, abs=1e-8)
    assert (fit.ci.low, fit.ci.high) == pytest.approx(rate, abs=1e-7)
    assert (seen.ci.low, seen.ci.high) == pytest.approx(sensitivity, abs=1e-7)


def test_rates_of_0_and_1_alone_are_told_as_such():
    """Nothing on CT in one study, everybody in another: no spread of rates is too wide for them."""
    table = DetectionTable.from_counts(
        [48, 48, 38, 58, 24],
        ct=[0, 48, None, None, 24],
        index=[None, None, 0, 0, 24],
        both=[None, None, None, None, 24],
    )

    with pytest.raises(SeparationError, match="tau grows without bound"):
        DetectionAdjusted(draws=0).fit(table)
