"""The complementary log-log normal model: offsets, laws, simulation, what a result tells."""

import math

import numpy as np
import pytest
from scipy import stats

from metaleak.effects.table import StudyTable
from metaleak.errors import SeparationError, TableError
from metaleak.pooling.cloglog_normal import CloglogNormal
from metaleak.pooling.model import fit_many

X, N = [35, 29, 12, 44, 3, 61], [56, 59, 48, 80, 40, 70]
M = [1.0, 1.5, 1.0, 2.2, 1.0, 3.0]


def counted(m=None, x=X, n=N):
    return StudyTable.from_counts(x, n, moderators={} if m is None else {"m": m})


@pytest.fixture(scope="module")
def result():
    return CloglogNormal(exposure="m").fit(counted(M))


def log_likelihood(mu, tau, points=1601):
    """Brute force: a fine trapezoid over the normal curve."""
    z = np.linspace(-9, 9, points)
    curve = stats.norm.pdf(z) * (z[1] - z[0])
    return sum(
        math.log((stats.binom.pmf(x, n, 1 - np.exp(-m * np.exp(mu + tau * z))) * curve).sum())
        for x, n, m in zip(X, N, M, strict=True)
    )


def test_the_log_likelihood_is_that_of_brute_force(result):
    """Value at the optimum, binomial coefficients included."""
    brute = log_likelihood(result.estimate, math.sqrt(result.tau2))

    assert result.convergence.log_likelihood == pytest.approx(brute, abs=1e-8)


def test_nothing_nearby_is_higher(result):
    """The optimum is a maximum of the brute-force likelihood."""
    top, tau = result.estimate, math.sqrt(result.tau2)

    around = [log_likelihood(top + a, tau + b) for a in (-0.01, 0, 0.01) for b in (-0.01, 0, 0.01) if a or b]

    assert max(around) < result.convergence.log_likelihood


@pytest.mark.parametrize("side", ["low", "high"])
def test_profile_limits_lie_at_the_cutoff(result, side):
    """At each limit of mu the likelihood, maximised over tau, has dropped by half the chi-squared quantile."""
    limit = getattr(result.ci, side)

    profile = max(log_likelihood(limit, tau) for tau in np.linspace(0.4, 3.0, 261))

    assert result.convergence.log_likelihood - profile == pytest.approx(1.9207294, abs=2e-4)


def test_profile_limits_of_tau2_lie_at_the_cutoff(result):
    """The same for tau2, maximised over mu."""
    tau = math.sqrt(result.heterogeneity.tau2_ci.high)

    profile = max(log_likelihood(mu, tau) for mu in np.linspace(-2, 1, 301))

    assert result.convergence.log_likelihood - profile == pytest.approx(1.9207294, abs=2e-4)


def test_an_exposure_of_one_is_no_exposure():
    """An offset of 0 changes nothing."""
    with_offset, without = CloglogNormal(exposure="m").fit(counted([1] * 6)), CloglogNormal().fit(counted())

    assert with_offset.estimate == without.estimate
    assert with_offset.ci == without.ci
    assert with_offset.tau2 == without.tau2


def test_one_exposure_for_all_rows_shifts_the_intercept():
    """By its logarithm; tau2 and the likelihood stay."""
    plain, shifted = (CloglogNormal(exposure="m").fit(counted([m] * 6)) for m in (1.0, 2.5))

    assert shifted.estimate == pytest.approx(plain.estimate - math.log(2.5), abs=1e-8)
    assert shifted.ci.high == pytest.approx(plain.ci.high - math.log(2.5), abs=1e-7)
    assert shifted.tau2 == pytest.approx(plain.tau2, rel=1e-8)
    assert shifted.convergence.log_likelihood == pytest.approx(plain.convergence.log_likelihood, abs=1e-9)


def test_one_row_is_solved_by_hand():
    """149 of 181 patients with 277 vertebrae: 1 - (1 - 149/181)^(181/277) of the vertebrae."""
    found = CloglogNormal(exposure="m").fit(counted([277 / 181], [149], [181]))

    assert found.natural().estimate == pytest.approx(1 - (32 / 181) ** (181 / 277), abs=1e-9)


def test_a_rate_falls_where_patients_hold_more_vertebrae():
    """More vertebrae behind the same patients: fewer of them leaked."""
    few, many = (
        CloglogNormal(exposure="m").fit(counted([1.0, m, 1.0, m, 1.0, m])).estimate for m in (1.2, 2.0)
    )

    assert many < few


def test_tables_with_their_own_exposures_in_one_batch():
    """Each table of a batch keeps its offsets."""
    tables = [counted(M), counted([2.0, 1.0], X[:2], N[:2]), counted([4.0] * 6)]

    together = fit_many(CloglogNormal(exposure="m"), tables)

    for table, found in zip(tables, together, strict=True):
        alone = CloglogNormal(exposure="m").fit(table)
        assert found.estimate == pytest.approx(alone.estimate, abs=1e-9)
        assert found.ci.low == pytest.approx(alone.ci.low, abs=1e-7)
        assert found.detail.exposure == pytest.approx(np.array(table.moderators["m"]))


def test_shrunken_rates_are_those_of_one_vertebra(result):
    """Each lies between the row's own rate at exposure 1 and the median study's."""
    own = 1 - (1 - np.array(X) / N) ** (1 / np.array(M))
    middle = result.natural().estimate

    assert (result.detail.shrunken >= np.minimum(own, middle) - 1e-9).all()
    assert (result.detail.shrunken <= np.maximum(own, middle) + 1e-9).all()


def test_a_moderator_beside_the_offset():
    """Rows of patients that leak as their vertebrae do leave nothing for the unit to explain."""
    rng = np.random.default_rng(27)
    m = np.tile([1.0, 2.0], 40)
    rate = 1 - np.exp(-m * np.exp(rng.normal(-0.7, 0.3, 80)))
    x = rng.binomial(100, rate)
    table = StudyTable.from_counts(
        x, [100] * 80, moderators={"m": m.tolist(), "unit": ["vertebra", "patient"] * 40}
    )

    with_offset = CloglogNormal(exposure="m", moderators="~ unit").fit(table)
    without = CloglogNormal(moderators="~ unit").fit(table)

    assert with_offset.regression.terms[0].p_value > 0.05
    assert without.regression.terms[0].p_value < 1e-6


def test_the_interval_holds_the_truth_as_often_as_it_says():
    """Two hundred synthetic tables of both units: median rate and tau2 without bias to speak of, 95 % covered."""
    rng = np.random.default_rng(2027)
    mu, tau, k, draws = math.log(-math.log1p(-0.5)), 0.5, 24, 200
    m = np.tile([1.0, 1.0, 1.5, 3.0], k // 4)
    tables = []
    for _ in range(draws):
        n = rng.integers(30, 200, k)
        rate = 1 - np.exp(-m * np.exp(rng.normal(mu, tau, k)))
        tables.append(StudyTable.from_counts(rng.binomial(n, rate), n, moderators={"m": m.tolist()}))

    found = fit_many(CloglogNormal(exposure="m"), tables)

    covered = sum(fit.ci.low <= mu <= fit.ci.high for fit in found)
    assert np.mean([fit.estimate for fit in found]) == pytest.approx(mu, abs=0.03)
    assert np.mean([fit.tau2 for fit in found]) == pytest.approx(tau**2, abs=0.03)
    assert 180 <= covered <= 198


@pytest.mark.parametrize(
    ("m", "told"),
    [([1, 0, 1, 1, 1, 1], "m is no exposure"), ([1, None, 1, 1, 1, 1], "row 2"), (None, "no moderator 'm'")],
)
def test_an_exposure_is_a_number_above_zero(m, told):
    """The row is named."""
    with pytest.raises(TableError, match=told):
        CloglogNormal(exposure="m").fit(counted(m))


def test_none_or_all_in_every_row_has_no_spread():
    """tau2 grows without bound."""
    with pytest.raises(SeparationError, match="tau2 grows"):
        CloglogNormal().fit(counted(None, [0, 10], [12, 10]))
