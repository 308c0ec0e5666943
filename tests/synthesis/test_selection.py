"""Selection models: mirror images, no selection, profiles by brute force, what is refused."""

import numpy as np
import pytest
from scipy import optimize

from metaleak.effects.table import StudyTable
from metaleak.errors import ConvergenceError, SettingError, UndefinedError
from metaleak.numerics import selection as kernel
from metaleak.pooling.common_effect import CommonEffect
from metaleak.pooling.random_effects import RandomEffects
from metaleak.synthesis.selection import selection_model

RNG = np.random.default_rng(11)
VI = RNG.uniform(0.01, 0.25, 40)
#: Effects around 0.2; of those that are not significant, three of four were never published.
DRAWN = RNG.normal(0.2, np.sqrt(VI + 0.02))
SEEN = (DRAWN / np.sqrt(VI) > 1.96) | (RNG.random(40) < 0.4)
YI, VI = DRAWN[SEEN], VI[SEEN]


def table(sign=1.0, k=None):
    return StudyTable.from_effects((sign * YI[:k]).tolist(), VI[:k].tolist(), measure="GEN")


def test_weights_of_one_are_no_selection():
    """Mean, error and tau2 of maximum likelihood."""
    plain = RandomEffects(method="ML", ci_method="wald").fit(table())

    found = selection_model(table(), weights=(1, 1))

    assert found.estimate == pytest.approx(plain.estimate, abs=1e-9)
    assert found.estimate == pytest.approx(found.unadjusted, abs=1e-9)
    assert found.tau2 == pytest.approx(plain.heterogeneity.tau2, abs=1e-9)
    assert found.test is None


def test_selection_is_found_and_taken_away():
    """Fewer of the others were published, and the mean is below the unadjusted one."""
    found = selection_model(RandomEffects().fit(table()))

    assert found.weights[1].weight < 1
    assert found.estimate < found.unadjusted
    assert sum(weight.rows for weight in found.weights) == found.k == len(YI)
    assert (found.weights[0].low, found.weights[0].high, found.weights[1].high) == (0, 0.025, 1)


@pytest.mark.parametrize("ci_method", ["wald", "profile"])
def test_the_mirror_image(ci_method):
    """Effects and alternative turned over: the same, turned over."""
    right = selection_model(table(), steps=(0.025, 0.3), ci_method=ci_method)
    left = selection_model(table(-1.0), steps=(0.025, 0.3), alternative="less", ci_method=ci_method)

    assert left.estimate == pytest.approx(-right.estimate, abs=1e-12)
    assert (left.ci.low, left.ci.high) == pytest.approx((-right.ci.high, -right.ci.low), abs=1e-9)
    assert left.weights == right.weights
    assert left.test.statistic == pytest.approx(right.test.statistic, abs=1e-9)


def test_two_sided_p_values_know_no_side():
    """Effects turned over turn the mean over."""
    one, other = (selection_model(table(sign), steps=(0.05,), alternative="two-sided") for sign in (1, -1))

    assert one.estimate == pytest.approx(-other.estimate, abs=1e-9)
    assert one.weights[1].weight == pytest.approx(other.weights[1].weight, rel=1e-7)


def test_profile_limits_are_where_the_likelihood_ratio_is_its_quantile():
    """The others maximised by a general optimiser at each limit."""
    found = selection_model(table(), ci_method="profile")
    selection = kernel.one_sided(YI, VI, np.array([0.025]), greater=True)

    for limit in (found.ci.low, found.ci.high):

        def minus(part, limit=limit):
            return -selection.objective(np.array([[limit, part[0], 0.0, part[1]]]), np.arange(1))[0][0]

        starts = ([0.1, 0.0], [0.4, -1.0], [0.4, 1.0])
        best = min(optimize.minimize(minus, s, method="Nelder-Mead", tol=1e-10).fun for s in starts)
        assert 2 * (found.log_likelihood + best) == pytest.approx(3.841458820694124, abs=1e-6)
    assert found.ci.low < found.estimate < found.ci.high


def test_a_common_effect_stays_common():
    """tau2 is held at 0, without a note."""
    found = selection_model(CommonEffect().fit(table()))

    assert (found.tau2, found.se_tau2, found.notes) == (0.0, None, ())


def test_tau2_at_its_edge_is_said():
    """Effects that differ less than chance."""
    yi = np.linspace(0.18, 0.22, 12)
    found = selection_model(StudyTable.from_effects(yi.tolist(), [0.01, 0.04] * 6, measure="GEN"))

    assert found.tau2 == 0
    assert found.se_tau2 is None
    assert "tau2 is 0" in found.notes[0]


def test_two_arms_are_pooled_on_their_own_scale():
    """A table of two arms gives log odds ratios."""
    ai, ci = [4, 6, 3, 62, 33, 180, 8, 505, 29, 17, 186], [11, 29, 11, 248, 47, 372, 10, 499, 45, 65, 141]
    n1i, n2i = (
        [123, 306, 231, 13598, 5069, 1541, 2545, 88391, 7499, 1716, 50634],
        [139, 303, 220, 12867, 5808, 1451, 629, 88391, 7277, 1665, 27338],
    )

    found = selection_model(StudyTable.from_two_arms(ai, n1i, ci, n2i), alternative="less")

    assert found.measure == "OR"
    assert found.estimate < 0


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: selection_model(table(k=9)), UndefinedError, "10 rows or more.*got: 9; fewest=9"),
        (
            lambda: selection_model(StudyTable.from_counts([5] * 12, [9] * 12)),
            UndefinedError,
            "rates of one group",
        ),
        (
            lambda: selection_model(table(), steps=(0.001, 0.0011)),
            UndefinedError,
            r"in an interval.*\(0, 0\.001\]",
        ),
        (lambda: selection_model(table(), steps=(0.5, 0.1)), SettingError, "rising numbers"),
        (lambda: selection_model(table(), steps=()), SettingError, "rising numbers"),
        (lambda: selection_model(table(), steps=(1.0,)), SettingError, "between 0 and 1"),
        (lambda: selection_model(table(), weights=(1,)), SettingError, "2 positive numbers"),
        (lambda: selection_model(table(), weights=(0.5, 1)), SettingError, "the first is 1"),
        (lambda: selection_model(table(), alternative="up"), SettingError, "greater, less, two-sided"),
        (
            lambda: selection_model(
                StudyTable.from_effects(
                    [*np.linspace(1.97, 2.05, 11).tolist(), -3.0], [1.0] * 12, measure="GEN"
                )
            ),
            ConvergenceError,
            "a weight runs off",
        ),
    ],
)
def test_what_is_refused(call, error, said):
    """Few rows, rates, empty intervals, steps, weights."""
    with pytest.raises(error, match=said):
        call()


def test_few_rows_on_request():
    """The override that the refusal names."""
    assert selection_model(table(k=9), fewest=9).k == 9
