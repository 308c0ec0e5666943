"""The binomial-normal model: edge cases, intervals, what a result tells."""

import math

import numpy as np
import pytest
from scipy import special, stats

from metaleak.effects.design import Design, cell_means
from metaleak.effects.table import StudyTable
from metaleak.errors import SeparationError, SettingError, TableError, UndefinedError
from metaleak.pooling.binomial_normal import BinomialNormal
from metaleak.pooling.result import MetaResult

X, N = [35, 29, 12, 44, 3, 61], [56, 59, 48, 80, 40, 70]


@pytest.fixture(scope="module")
def table():
    return StudyTable.from_counts(X, N)


@pytest.fixture(scope="module")
def result(table):
    return BinomialNormal().fit(table)


def log_likelihood(table, mu, tau, points=801):
    """Brute force: a fine trapezoid over the normal curve."""
    z = np.linspace(-9, 9, points)
    curve = stats.norm.pdf(z) * (z[1] - z[0])
    rate = special.expit(mu + tau * z)
    return sum(
        math.log((stats.binom.pmf(x, n, rate) * curve).sum()) for x, n in zip(table.xi, table.ni, strict=True)
    )


def test_the_log_likelihood_is_that_of_brute_force(table, result):
    """Value at the optimum, binomial coefficients included."""
    brute = log_likelihood(table, result.estimate, math.sqrt(result.tau2))

    assert result.convergence.log_likelihood == pytest.approx(brute, abs=1e-8)


def test_nothing_nearby_is_higher(table, result):
    """The optimum is a maximum of the brute-force likelihood."""
    top, tau = result.estimate, math.sqrt(result.tau2)

    around = [
        log_likelihood(table, top + a, tau + b) for a in (-0.01, 0, 0.01) for b in (-0.01, 0, 0.01) if a or b
    ]

    assert max(around) < result.convergence.log_likelihood


@pytest.mark.parametrize("side", ["low", "high"])
def test_profile_limits_lie_at_the_cutoff(table, result, side):
    """At each limit of mu the likelihood, maximised over tau, has dropped by half the chi-squared quantile."""
    limit = getattr(result.ci, side)

    profile = max(log_likelihood(table, limit, tau) for tau in np.linspace(0.6, 3.5, 291))

    assert result.convergence.log_likelihood - profile == pytest.approx(1.9207294, abs=2e-4)


def test_profile_limits_of_tau2_lie_at_the_cutoff(table, result):
    """The same for tau2, maximised over mu."""
    tau = math.sqrt(result.heterogeneity.tau2_ci.high)

    profile = max(log_likelihood(table, mu, tau) for mu in np.linspace(-1, 1, 201))

    assert result.convergence.log_likelihood - profile == pytest.approx(1.9207294, abs=2e-4)


def test_the_mean_rate_has_its_own_profile(result):
    """The population-averaged proportion lies nearer to one half than the median study's, interval too."""
    average = result.detail.population_average

    assert abs(average.value - 0.5) < abs(result.natural().estimate - 0.5)
    assert average.ci.low < average.value < average.ci.high


def test_mirrored_counts_give_the_mirrored_result(table, result):
    """Counting the units without the event mirrors estimate and limits."""
    mirrored = BinomialNormal().fit(StudyTable.from_counts(table.ni - table.xi, table.ni))

    assert mirrored.estimate == pytest.approx(-result.estimate, abs=1e-9)
    assert mirrored.ci.low == pytest.approx(-result.ci.high, abs=1e-8)
    assert mirrored.tau2 == pytest.approx(result.tau2, rel=1e-8)


def test_doubling_every_row_keeps_the_estimate(table, result):
    """Maximum likelihood of doubled data: the same values, the standard error divided by root two."""
    twice = BinomialNormal().fit(StudyTable.from_counts(X + X, N + N))

    assert twice.estimate == pytest.approx(result.estimate, abs=1e-8)
    assert twice.tau2 == pytest.approx(result.tau2, rel=1e-7)
    assert twice.se == pytest.approx(result.se / math.sqrt(2), rel=1e-7)


def test_row_order_means_nothing(table, result):
    """Rows in another order give the same numbers."""
    turned = BinomialNormal().fit(table.take([5, 3, 1, 0, 2, 4]))

    assert turned.estimate == pytest.approx(result.estimate, abs=1e-10)
    assert turned.ci.high == pytest.approx(result.ci.high, abs=1e-8)


def test_a_batch_gives_the_numbers_of_single_fits(table):
    """Tables of different length, one with tau2 = 0, fitted together and alone."""
    tables = [
        table,
        table.take([0, 1]),
        table.take([0, 2, 4, 5]),
        StudyTable.from_counts([4, 4, 4], [20, 20, 20]),
    ]

    together = BinomialNormal().fit_tables(tables)

    for part, found in zip(tables, together, strict=True):
        alone = BinomialNormal().fit(part)
        assert found.estimate == pytest.approx(alone.estimate, abs=1e-9)
        assert found.ci.low == pytest.approx(alone.ci.low, abs=1e-8)
        assert found.heterogeneity.tau2_ci.high == pytest.approx(alone.heterogeneity.tau2_ci.high, rel=1e-7)


def test_one_row_is_the_study_itself():
    """Without a second row there is no tau2 and no prediction; the estimate is the study's rate."""
    one = BinomialNormal().fit(StudyTable.from_counts([9], [30]))

    assert one.natural().estimate == pytest.approx(0.3)
    assert (one.tau2, one.prediction, one.heterogeneity.i2) == (None, None, None)


def test_identical_studies_lie_on_the_boundary():
    """Studies that differ less than by chance have tau2 = 0, said in a note, and a limit of 0."""
    same = BinomialNormal().fit(StudyTable.from_counts([6, 6, 6, 6], [30, 30, 30, 30]))

    assert same.tau2 == 0
    assert same.heterogeneity.tau2_ci.low == 0
    assert same.heterogeneity.tau2_test.p_value == 1
    assert "tau2 is estimated as 0: the studies differ no more than chance lets them" in same.notes
    assert same.detail.population_average.value == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("x", "told"), [([0, 0, 0], "every count is 0"), ([9, 5, 7], "every unit has the event")]
)
def test_separation_is_an_error(x, told):
    """Without a single event, or with nothing else, mu is infinite."""
    with pytest.raises(SeparationError, match=told):
        BinomialNormal().fit(StudyTable.from_counts(x, [9, 5, 7]))


def test_rows_of_one_unit_do_not_identify_tau2():
    """Single units carry nothing about the spread between them."""
    with pytest.raises(UndefinedError, match="tau2 is not identified"):
        BinomialNormal().fit(StudyTable.from_counts([1, 0, 1], [1, 1, 1]))


def test_studies_of_nothing_or_everything_have_no_finite_spread():
    """Where every study is 0 or n the likelihood rises with tau for ever: an error says so."""
    with pytest.raises(SeparationError, match="tau2 grows without bound"):
        BinomialNormal().fit(StudyTable.from_counts([0, 8, 0, 9], [8, 8, 9, 9]))


def test_a_limit_beyond_reach_is_infinite():
    """Where the profile flattens out the limit is infinite, never the end of a search."""
    split = BinomialNormal().fit(StudyTable.from_counts([0, 8, 0, 1], [8, 8, 9, 2]))

    assert math.isinf(split.heterogeneity.tau2_ci.high)
    assert any("infinite" in note for note in split.notes)


def test_the_test_of_tau2_halves_its_tail(result):
    """The likelihood ratio of tau2 = 0 is referred to half of a chi-squared tail."""
    test = result.heterogeneity.tau2_test

    assert test.p_value == pytest.approx(stats.chi2.sf(test.statistic, 1) / 2)


def test_shares_follow_the_information(table, result):
    """Information shares sum to 1, and a larger study never counts less at the same rate."""
    big = BinomialNormal().fit(StudyTable.from_counts([*X, 7], [*N, 700]))

    assert result.weights.sum() == pytest.approx(1)
    assert big.weights[-1] > 0.9 / 7


def test_shrunken_rates_lie_between_study_and_median(table, result):
    """A conditional mode is drawn from the study's own rate towards the median study."""
    own, median = table.xi / table.ni, result.natural().estimate

    low, high = np.minimum(own, median), np.maximum(own, median)
    assert ((result.detail.shrunken >= low) & (result.detail.shrunken <= high)).all()


def test_wald_takes_the_fast_forms(table):
    """With ci_method "wald" every interval comes from the curvature, and says so."""
    fast = BinomialNormal(ci_method="wald").fit(table)

    assert fast.ci.high - fast.estimate == pytest.approx(1.959963984540054 * fast.se)
    assert fast.detail.population_average.ci.method == "delta method on the logit"
    assert fast.heterogeneity.tau2_ci.method == "Wald on the logarithm of tau"


def test_t_widens_by_the_degrees_of_freedom(table):
    """With ci_method "t" the quantile has k - p degrees of freedom."""
    wide = BinomialNormal(ci_method="t").fit(table)

    assert wide.ci.high - wide.estimate == pytest.approx(stats.t.ppf(0.975, 5) * wide.se)
    assert wide.coefficients[0].df == 5


def test_cell_means_with_one_group_each_equal_the_common_design(table):
    """A design of one group's cell means is the common mean."""
    plain, cells = (
        BinomialNormal().fit(table),
        BinomialNormal().fit_design(table, cell_means(["a"] * table.k)),
    )

    assert cells.coefficients[0].value == pytest.approx(plain.estimate, abs=1e-9)


def test_a_design_gives_a_coefficient_per_column(table):
    """A contrast column turns two group means into their difference."""
    groups = cell_means(["a", "a", "a", "b", "b", "b"])
    shifted = Design(groups.x @ np.array([[1, 0], [1, 1]]), ("a", "b - a"))

    means = BinomialNormal().fit_design(table, groups)
    gap = BinomialNormal().fit_design(table, shifted)

    assert gap.coefficients[1].value == pytest.approx(
        means.coefficients[1].value - means.coefficients[0].value, abs=1e-8
    )
    with pytest.raises(UndefinedError, match="no single estimate"):
        _ = means.estimate


def test_more_coefficients_than_rows_are_refused():
    """A design needs at least as many rows as columns."""
    two = StudyTable.from_counts([3, 4], [9, 9])

    with pytest.raises(TableError, match="more coefficients than rows"):
        BinomialNormal().fit_design(two, Design(np.ones((2, 3)), ("a", "b", "c")))


@pytest.mark.parametrize(
    "settings", [{"ci_method": "hksj"}, {"level": 95}, {"quadrature": 0}, {"quadrature": "seven"}]
)
def test_settings_outside_their_range_are_refused(settings):
    """A wrong setting is named when the model is made, not when it is fitted."""
    with pytest.raises(SettingError):
        BinomialNormal(**settings)


def test_a_table_of_effects_is_refused():
    """The model needs counts."""
    with pytest.raises(TableError, match="pools counts"):
        BinomialNormal().fit(StudyTable.from_effects([0.1], [0.2], measure="GEN"))


def test_the_result_survives_json(result):
    """to_dict and from_dict keep every number to the last bit."""
    again = MetaResult.from_dict(result.to_dict())

    assert again.digest == result.digest
    assert again.detail.population_average == result.detail.population_average
    assert again.weights.tolist() == result.weights.tolist()


def test_the_certificate_names_its_proof(result):
    """Gradient, points and the change from 7 to 25 points stand in every result."""
    certificate = result.convergence

    assert certificate.gradient_norm < 1e-6
    assert certificate.quadrature_points >= 15
    assert certificate.quadrature_change < 1e-3


def test_probability_beyond_a_cutoff(result):
    """The predictive distribution gives the chance that a new study's true rate exceeds a cut-off."""
    half = result.probability(above=result.natural().estimate)

    assert half == pytest.approx(0.5)
    assert result.probability(above=result.natural().prediction.high) == pytest.approx(0.025)


def test_a_result_prints_its_numbers(result):
    """A dozen lines to paste: model, rate, tau2, certificate."""
    text = str(result)

    assert text.startswith("Model")
    assert "BinomialNormal(quadrature=auto, nested=False, ci_method=profile, level=0.95)" in text
    assert 9 <= len(text.splitlines()) <= 14
