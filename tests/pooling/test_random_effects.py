"""The random-effects model: settings, designs, arrays, notes. R's numbers stand in tests/reference."""

import numpy as np
import pytest

from metaleak.effects.design import Design, cell_means
from metaleak.effects.table import StudyTable
from metaleak.errors import SettingError, TableError
from metaleak.pooling.intervals import CI_METHODS
from metaleak.pooling.random_effects import RandomEffects
from metaleak.pooling.tau2 import ESTIMATORS
from metaleak.vocab import CiMethod, PiMethod, Tau2Method

YI, VI = np.array([0.4, -0.1, 0.7, 0.2, 0.9, -0.3]), np.array([0.02, 0.05, 0.09, 0.03, 0.2, 0.08])


@pytest.fixture(scope="module")
def table():
    return StudyTable.from_effects(YI, VI, measure="GEN")


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"method": "FE"}, "REML"),
        ({"method": "EE"}, "method"),
        ({"ci_method": "knha"}, "hksj-adhoc"),
        ({"pi_method": "hts"}, "bootstrap"),
        ({"tau2_ci": "wald"}, "q-profile"),
        ({"level": 95}, "level"),
        ({"draws": 10}, "draws"),
        ({"ci_method": "profile"}, "method ML"),
        ({"ci_method": "kenward-roger", "method": "DL"}, "method REML"),
        ({"tau2_ci": "profile", "method": "PM"}, "method ML or REML"),
    ],
)
def test_settings_outside_their_range(settings, named):
    """The error names what is allowed."""
    with pytest.raises(SettingError, match=named):
        RandomEffects(**settings)


def test_the_vocabulary_is_what_can_be_set():
    """Words and settings name the same estimators and intervals."""
    assert set(ESTIMATORS) == set(Tau2Method)
    assert set(CI_METHODS) == set(CiMethod)
    for word in PiMethod:
        RandomEffects(pi_method=word.value)


def test_many_sets_as_arrays(table):
    """Arrays give the numbers of single fits, without a result of each; rows of no weight fill up."""
    yi, vi = np.zeros((2, 7)), np.full((2, 7), np.inf)
    yi[0, :6], vi[0, :6], yi[1, :4], vi[1, :4] = YI, VI, YI[:4], VI[:4]
    single = [RandomEffects().fit(table), RandomEffects().fit(table.take(range(4)))]

    found = RandomEffects().fit_arrays(yi, vi)

    assert found.estimate.tolist() == pytest.approx([one.estimate for one in single], rel=1e-9)
    assert found.se.tolist() == pytest.approx([one.se for one in single], rel=1e-9)
    assert found.ci_low.tolist() == pytest.approx([one.ci.low for one in single], rel=1e-9)
    assert found.tau2.tolist() == pytest.approx([one.tau2 for one in single], rel=1e-9)
    assert found.i2.tolist() == pytest.approx([one.heterogeneity.i2 for one in single], rel=1e-9)


@pytest.mark.parametrize(
    ("yi", "vi"),
    [
        (YI, VI),
        (YI[None], VI[None, :3]),
        (np.empty((0, 6)), np.empty((0, 6))),
        (YI[None], -VI[None]),
        (np.full((1, 3), np.nan), np.ones((1, 3))),
        (np.zeros((1, 3)), np.array([[1.0, np.inf, np.inf]])),
    ],
)
def test_arrays_outside_their_range(yi, vi):
    """One dimension, unlike shapes, no set at all, negative variances, NaN, a set of one row."""
    with pytest.raises(TableError):
        RandomEffects().fit_arrays(yi, vi)


def test_arrays_carry_no_moderators():
    """A formula has nothing to name in an array."""
    with pytest.raises(SettingError, match="no moderators"):
        RandomEffects(moderators="~ year").fit_arrays(YI[None], VI[None])


def test_more_arrays_than_a_batch_holds():
    """Chunks leave no trace in the numbers."""
    rng = np.random.default_rng(3)
    vi = rng.uniform(0.05, 0.5, (2500, 20))
    yi = rng.normal(0, np.sqrt(vi + 0.2))

    found = RandomEffects().fit_arrays(yi, vi)

    last = RandomEffects().fit_arrays(yi[-1:], vi[-1:])
    assert found.tau2.shape == (2500,)
    assert found.tau2[-1] == pytest.approx(last.tau2[0], rel=1e-12)


def test_one_mean_per_group_with_one_tau2(table):
    """A design of groups gives as many coefficients, one tau2, and Q around the group means."""
    groups = cell_means(["a", "a", "a", "b", "b", "b"])

    result = RandomEffects().fit_design(table, groups)

    assert [c.name for c in result.coefficients] == ["a", "b"]
    assert result.heterogeneity.q_df == 4
    assert result.prediction_interval is None
    assert result.coefficients[0].df == 4


def test_groups_of_their_own_tables_have_the_same_common_effect_means(table):
    """With tau2 held at 0 by data without heterogeneity, a joint fit is that of the groups."""
    calm = StudyTable.from_effects([0.31, 0.3, 0.1, 0.12], [0.1, 0.2, 0.1, 0.3], measure="GEN")
    joint = RandomEffects(ci_method="wald").fit_design(calm, cell_means(["a", "a", "b", "b"]))

    alone = RandomEffects(ci_method="wald").fit(calm.take([2, 3]))

    assert joint.tau2 == 0
    assert joint.coefficients[1].value == pytest.approx(alone.estimate, rel=1e-12)


def test_more_coefficients_than_rows(table):
    """The error tells both numbers."""
    with pytest.raises(TableError, match=r"at least 7 rows.*got: '6'"):
        RandomEffects().fit_design(table, Design(np.eye(6, 7), tuple("abcdefg")))


def test_few_rows_show_the_plain_intervals_beside(table):
    """Below ten rows Wald's and the plain Hartung-Knapp interval stand in the detail."""
    beside = RandomEffects().fit(table).detail.beside

    assert [interval.method.split(",")[0] for interval in beside] == ["Wald", "Hartung-Knapp-Sidik-Jonkman"]


def test_many_rows_that_agree_with_the_model_have_nothing_beside():
    """Twelve rows and a factor above one: the interval stands alone."""
    spread = StudyTable.from_effects(np.tile([-1.0, 1.0], 6), np.full(12, 0.1), measure="GEN")

    result = RandomEffects(method="DL").fit(spread)

    assert result.detail.hksj_factor >= 1 - 1e-12
    assert result.k == 12


def test_a_prediction_interval_of_four_rows_is_called_a_guess(table):
    """Below five rows a note stands beside it; from five on it does not."""
    four, five = (RandomEffects().fit(table.take(range(k))).notes for k in (4, 5))

    assert any("little more than a guess" in note for note in four)
    assert not any("little more than a guess" in note for note in five)


def test_the_profile_interval_reaches_further_than_wald(table):
    """With six rows the likelihood is not quadratic."""
    profile = RandomEffects(method="ML", ci_method="profile").fit(table)
    wald = RandomEffects(method="ML", ci_method="wald").fit(table)

    assert profile.ci.high - profile.ci.low > wald.ci.high - wald.ci.low
    assert profile.ci.method == "profile likelihood"


def test_i2_limits_follow_those_of_tau2(table):
    """I2 = tau2 / (tau2 + typical variance), at both limits."""
    het = RandomEffects().fit(table).heterogeneity
    typical = het.tau2 * (1 - het.i2) / het.i2

    assert het.i2_ci.high == pytest.approx(het.tau2_ci.high / (het.tau2_ci.high + typical), rel=1e-9)


def test_the_probability_of_a_higher_rate():
    """Counts on the logit: the chance that a new study's true rate exceeds a half."""
    counts = StudyTable.from_counts([35, 29, 12, 44, 3, 61], [56, 59, 48, 80, 40, 70])

    result = RandomEffects().fit(counts)

    assert 0.3 < result.probability(above=0.5) < 0.7
    assert result.probability(above=0.9) < result.probability(above=0.1)
