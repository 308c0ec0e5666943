"""The likelihood against fine grids that know nothing of its rules, on twenty random tables, and at its limits."""

import numpy as np
import pytest
from scipy import special

from metaleak.effects.detection_table import DetectionTable
from metaleak.effects.table import StudyTable
from metaleak.pooling.binomial_normal import BinomialNormal
from metaleak.pooling.detection.assembly import assemble
from metaleak.pooling.detection.fits import fit
from metaleak.pooling.detection.model import DetectionAdjusted

NAN = float("nan")
#: The trapezoid rule is exact to 1e-12 with this step for spreads and counts of this size.
NODES = np.arange(-8, 8.01, 0.05)
LOG_WEIGHTS = -(NODES**2) / 2 - np.log(2 * np.pi) / 2 + np.log(0.05)
MODELS = (
    DetectionAdjusted(draws=0),
    DetectionAdjusted(draws=0, specificity=0.97),
    DetectionAdjusted(draws=0, ct_sensitivity=0.9),
    DetectionAdjusted(draws=0, specificity=0.97, ct_sensitivity=0.95),
)


def random_table(seed, specificity):
    """Return rows of six kinds with random counts, rates and sensitivities; synthetic."""
    rng = np.random.default_rng(seed)
    kinds = ["ct", "ct", "index", "index", "margins", "two", "overlap", "sensitivity"]
    n = rng.integers(20, 90, len(kinds))
    y = rng.binomial(n, special.expit(rng.normal(-0.2, 0.9, len(kinds)))).astype(float)
    both = rng.binomial(y.astype(int), special.expit(rng.normal(0.4, 0.7, len(kinds)))).astype(float)
    alone = rng.binomial((n - y).astype(int), 1 - specificity)
    row = {name: np.array([kind == name for kind in kinds]) for name in set(kinds)}
    ct = ~(row["index"] | row["sensitivity"])
    read = row["index"] | row["margins"] | row["two"]
    overlap = row["two"] | row["overlap"] | row["sensitivity"]
    # A row that informs the sensitivity alone counts leaks, and needs one.
    n = np.where(row["sensitivity"], np.maximum(y, 1), n)
    both = np.minimum(both, n)
    return DetectionTable.from_counts(
        n,
        ct=np.where(ct, y, NAN),
        index=np.where(read, both + alone, NAN),
        both=np.where(overlap, both, NAN),
        informs=np.where(row["sensitivity"], "sensitivity", "incidence").tolist(),
    )


def binomial(x, n, p):
    """Return the logarithm of a binomial probability."""
    choose = special.gammaln(n + 1) - special.gammaln(x + 1) - special.gammaln(n - x + 1)
    return choose + special.xlogy(x, p) + special.xlog1py(n - x, -p)


def brute_force(table, model, theta):
    """Return the log-likelihood at (mu, tau, s, omega), row by row on a square of nodes."""
    mu, tau, s, omega = theta
    true, seen = special.expit(mu + tau * NODES), special.expit(s + omega * NODES)
    c, e = model.ct_sensitivity, 1 - model.specificity
    on_ct = c * true

    def mean(log):
        return special.logsumexp(log + LOG_WEIGHTS)

    total = 0.0
    for row, n in enumerate(table.ni):
        ct, index, both = (table.counts[name][row] for name in ("ct", "index", "both"))
        if np.isnan(ct) and np.isnan(index):
            total += mean(binomial(both, n, seen))
        elif np.isnan(ct):
            shown = on_ct[:, None] * seen + (1 - on_ct[:, None]) * e
            total += special.logsumexp(binomial(index, n, shown) + LOG_WEIGHTS[:, None] + LOG_WEIGHTS)
        else:
            total += mean(binomial(ct, n, on_ct))
            possible = [both] if np.isfinite(both) else np.arange(max(0, ct + index - n), min(ct, index) + 1)
            parts = [
                binomial(b, ct, seen) + (0 if np.isnan(index) else binomial(index - b, n - ct, e))
                for b in possible
            ]
            total += mean(special.logsumexp(parts, axis=0)) if np.isfinite(index) or np.isfinite(both) else 0
    return total


@pytest.mark.parametrize("seed", range(20))
def test_the_log_likelihood_is_that_of_a_fine_grid(seed):
    """At the fitted parameters, to 1e-8, under four ways of declaring the imagings."""
    model = MODELS[seed % 4]
    table = random_table(seed, model.specificity)

    found = model.fit(table)

    theta = [
        special.logit(found.natural().estimate / model.ct_sensitivity),
        found.tau2**0.5,
        found.detail.detection_coefficients[0].value,
        found.detail.omega2**0.5,
    ]
    assert found.convergence.log_likelihood == pytest.approx(brute_force(table, model, theta), abs=1e-8)
    if seed < 4:
        steps = 1e-4 * np.eye(4)
        slopes = [
            (brute_force(table, model, theta + h) - brute_force(table, model, theta - h)) / 2e-4
            for h in steps
        ]
        assert np.abs(slopes).max() < 1e-5


def test_with_a_sensitivity_of_one_index_rows_are_read_on_ct():
    """CT rows and index rows are one pool of counts then."""
    table = DetectionTable.from_counts(
        [80, 60, 90, 102, 84, 120], ct=[44, 20, 39, NAN, NAN, NAN], index=[NAN, NAN, NAN, 27, 52, 40]
    )
    assembly = assemble(table, DetectionAdjusted())
    at = np.array([[0.0, 0.5, 40.0, 0.0]])

    found = fit(assembly.units, assembly.layout, frozen=np.array([False, False, True, True]), at=at)

    pool = BinomialNormal().fit(StudyTable.from_counts([44, 20, 39, 27, 52, 40], table.ni))
    assert found.theta[0, 0] == pytest.approx(pool.estimate, abs=1e-7)
    assert found.theta[0, 1] ** 2 == pytest.approx(pool.tau2, abs=1e-7)


def test_pairs_alone_are_two_pools():
    """The rate pools ct of n, the sensitivity x of ct."""
    ct, index, n = (
        np.array([50, 33, 61, 20, 45]),
        np.array([30, 12, 44, 15, 17]),
        np.array([80, 90, 102, 40, 95]),
    )

    found = DetectionAdjusted(draws=0).fit(DetectionTable.from_counts(n, ct=ct, index=index))

    rate, seen = (BinomialNormal().fit(StudyTable.from_counts(x, m)) for x, m in ((ct, n), (index, ct)))
    assert (found.estimate, found.tau2) == pytest.approx((rate.estimate, rate.tau2), abs=1e-7)
    sensitivity = found.detail.detection_coefficients[0].value
    assert (sensitivity, found.detail.omega2) == pytest.approx((seen.estimate, seen.tau2), abs=1e-7)
