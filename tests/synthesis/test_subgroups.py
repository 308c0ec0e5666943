"""Groups: separate and common tau2, groups that are not pooled, tests between them."""

import numpy as np
import pytest
from scipy import stats

from metaleak.effects.table import StudyTable
from metaleak.errors import SettingError, TableError
from metaleak.pooling.binomial_normal import BinomialNormal
from metaleak.pooling.random_effects import RandomEffects
from metaleak.pooling.result import MetaResult
from metaleak.synthesis.subgroups import NotPooled, pool_by

CT = ([35, 29, 12, 44, 21], [56, 59, 48, 80, 30])
XRAY = ([3, 16, 5, 9], [31, 40, 29, 21])


def table_of(**groups):
    x = [count for part in groups.values() for count in part[0]]
    n = [count for part in groups.values() for count in part[1]]
    names = [name for name, part in groups.items() for _ in part[0]]
    return StudyTable.from_counts(x, n, moderators={"group": names})


@pytest.fixture(scope="module")
def table():
    return table_of(CT=CT, xray=XRAY)


def test_separate_groups_are_single_fits(table):
    """With separate tau2 a group is what the model finds in its rows."""
    groups = pool_by(BinomialNormal(), table, by="group").groups

    alone = BinomialNormal().fit(StudyTable.from_counts(*CT))
    assert list(groups) == ["CT", "xray"]
    assert groups["CT"].estimate == pytest.approx(alone.estimate, abs=1e-10)
    assert groups["CT"].ci.low == pytest.approx(alone.ci.low, abs=1e-8)


@pytest.mark.parametrize("model", [BinomialNormal(), RandomEffects()])
def test_common_tau2_is_one_for_all(model, table):
    """With a common tau2 every group carries the same one, and its rows' shares sum to 1."""
    groups = pool_by(model, table, by="group", tau2="common").groups

    assert groups["CT"].tau2 == groups["xray"].tau2 > 0
    assert groups["CT"].weights.sum() == pytest.approx(1)
    assert groups["CT"].k == 5


def test_common_likelihood_ratio(table):
    """The test with a common tau2 is twice the gain of the group factor, with groups less one degrees of freedom."""
    found = pool_by(BinomialNormal(), table, by="group", tau2="common").test

    null = BinomialNormal().fit(table).convergence.log_likelihood
    assert found.df == 1
    assert found.p_value == pytest.approx(stats.chi2.sf(found.statistic, 1))
    assert found.statistic > 0
    assert null < 0


def test_separate_likelihood_ratio_against_brute_force(table):
    """The null of one mean with a tau each, maximised on a grid of means, gives the same statistic."""
    found = pool_by(BinomialNormal(), table, by="group").test

    parts = [StudyTable.from_counts(*CT), StudyTable.from_counts(*XRAY)]
    full = sum(BinomialNormal(ci_method="wald").fit(part).convergence.log_likelihood for part in parts)
    null = max(sum(profile(part, mu) for part in parts) for mu in np.linspace(-1.2, 0.2, 57))
    assert found.statistic == pytest.approx(2 * (full - null), abs=5e-3)


def profile(part, mu):
    """The log-likelihood at a mean, maximised over tau on a grid."""
    from metaleak.numerics.binomial import log_choose
    from metaleak.numerics.binomial_normal import Likelihood

    taus = np.linspace(0.01, 2.5, 120)
    theta = np.column_stack([np.full(taus.size, mu), taus])
    rows = np.zeros(taus.size, dtype=int)
    likelihood = Likelihood(part.xi[None], part.ni[None], 31)
    return likelihood.value(theta, rows, points=31).max() + log_choose(part.xi, part.ni).sum()


def test_welch_is_scipys(table):
    """With separate tau2 the inverse-variance test is Welch's, checked by hand for two groups."""
    subgroups = pool_by(RandomEffects(ci_method="wald"), table, by="group")

    a, b = subgroups.groups.values()
    gap = (a.estimate - b.estimate) ** 2 / (a.se**2 + b.se**2)
    df = (a.se**2 + b.se**2) ** 2 / (a.se**4 / (a.k - 1) + b.se**4 / (b.k - 1))
    assert subgroups.test.statistic == pytest.approx(gap)
    assert subgroups.test.df[1] == pytest.approx(df)


def test_hartung_knapp_makes_the_common_test_an_f(table):
    """Under Hartung-Knapp Q_M is an F with k minus p degrees of freedom."""
    found = pool_by(RandomEffects(ci_method="hksj"), table, by="group", tau2="common").test

    assert found.df == (1, 7.0)
    assert found.p_value == pytest.approx(stats.f.sf(found.statistic, 1, 7))


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [
        (([7], [20]), 0.1539092, 0.5921885),
        (([0, 0], [20, 15]), 0.0, 1 - 0.05 ** (1 / 35)),
        (([9, 4], [9, 4]), 0.05 ** (1 / 13), 1.0),
    ],
)
def test_groups_without_an_estimate_show_their_counts(counts, low, high):
    """One row, no event, nothing but events: joined counts with the exact interval, one-sided at the ends."""
    group = pool_by(BinomialNormal(), table_of(CT=CT, odd=counts), by="group").groups["odd"]

    assert isinstance(group, NotPooled)
    assert (group.ci.low, group.ci.high) == pytest.approx((low, high), abs=1e-6)
    assert group.events == sum(counts[0])


def test_two_rows_borrow_the_common_tau2():
    """A group of two rows takes tau2 from the joint fit, and says so."""
    groups = pool_by(BinomialNormal(), table_of(CT=CT, few=([3, 16], [31, 40])), by="group").groups

    assert isinstance(groups["few"], MetaResult)
    assert "fewer than 3 rows: tau2 is the common one" in groups["few"].notes


def test_a_missing_moderator_is_named(table):
    """The error lists the moderators that the table has."""
    with pytest.raises(TableError, match="one of: group"):
        pool_by(BinomialNormal(), table, by="modality")


def test_an_unknown_word_for_tau2_is_refused(table):
    """Only "separate" and "common" are known."""
    with pytest.raises(SettingError, match="separate, common"):
        pool_by(BinomialNormal(), table, by="group", tau2="pooled")


def test_a_group_of_one_study_is_not_pooled_however_many_rows_it_has():
    """Its rows say nothing about the variance between studies."""
    table = StudyTable.from_counts(
        [3, 5, 9, 8, 12],
        [20, 22, 30, 25, 40],
        label=["a", "b", "c", "d", "e"],
        study=["one", "one", "two", "three", "four"],
        moderators={"seen": ["X", "X", "CT", "CT", "CT"]},
    )

    groups = pool_by(BinomialNormal(), table, by="seen").groups

    assert (groups["X"].k, groups["X"].k_studies, groups["X"].events) == (2, 1, 8)
    assert "one study, 2 rows" in groups["X"].reason
    assert groups["CT"].k == 3
