"""Small-study effects: what is refused, and what a result has to carry."""

import numpy as np
import pytest

from metaleak.effects.table import StudyTable
from metaleak.errors import SettingError, UndefinedError
from metaleak.pooling.binomial_normal import BinomialNormal
from metaleak.pooling.random_effects import RandomEffects
from metaleak.pooling.result import MetaResult
from metaleak.synthesis.small_study import (
    _exact_kendall,
    fail_safe_n,
    small_study_line,
    small_study_test,
    trim_and_fill,
)

FEW = StudyTable.from_counts([5, 9, 30, 12], [10, 20, 80, 40])


def test_few_rows_are_refused_with_the_reason_and_the_override():
    """Ten are wanted."""
    result = RandomEffects().fit(FEW)

    with pytest.raises(UndefinedError, match=r"10 rows or more.*fewest=4"):
        small_study_test(result)
    assert small_study_test(result, fewest=4).df == 2
    with pytest.raises(UndefinedError, match="too few rows"):
        trim_and_fill(RandomEffects(), FEW)


def test_only_pooled_effects_can_be_tested():
    """Counts pooled as they are have none; a stored result comes back without them."""
    with pytest.raises(UndefinedError, match="holds no pooled effects"):
        small_study_test(BinomialNormal(ci_method="wald").fit(FEW), fewest=3)
    stored = MetaResult.from_dict(RandomEffects().fit(FEW).to_dict())
    with pytest.raises(UndefinedError, match="not read back"):
        small_study_test(stored, fewest=3)


def test_effects_stay_out_of_what_is_stored():
    """The digest of a result is that of its numbers."""
    result = RandomEffects().fit(FEW)

    assert "effects" not in result.to_dict()
    assert MetaResult.from_dict(result.to_dict()).digest == result.digest
    assert result.effects.ni.tolist() == [10, 20, 80, 40]


def test_settings_outside_their_range_are_refused():
    """With what is allowed."""
    result = RandomEffects().fit(FEW)

    with pytest.raises(SettingError, match="kind"):
        small_study_test(result, kind="doi")
    with pytest.raises(SettingError, match="fewest"):
        small_study_test(result, fewest=2)
    with pytest.raises(SettingError, match="alpha"):
        fail_safe_n(result, alpha=0.9)


def test_kendall_s_exact_distribution_is_a_distribution():
    """Symmetric; brute force over all orders of five."""
    from itertools import permutations

    scores = [
        sum(np.sign(order[j] - order[i]) for i in range(5) for j in range(i + 1, 5))
        for order in permutations(range(5))
    ]
    for score in (0, 4, 8, 10):
        wanted = np.mean([abs(s) >= abs(score) for s in scores]) if score else 1.0
        assert _exact_kendall(5, score) == pytest.approx(wanted)


def test_the_line_behind_the_test():
    """Least squares with weights 1/v, by another route."""
    result = RandomEffects().fit(FEW)
    yi, vi, ni = (getattr(result.effects, name) for name in ("yi", "vi", "ni"))

    for kind, x in (("peters", 1 / ni), ("egger", np.sqrt(vi))):
        line = small_study_line(result, kind=kind, fewest=4)
        design = np.stack([np.ones_like(x), x]) / np.sqrt(vi)
        wanted = np.linalg.lstsq(design.T, yi / np.sqrt(vi), rcond=None)[0]
        assert [line.intercept, line.slope] == pytest.approx(wanted.tolist(), rel=1e-9)
    assert line.predictor == "the standard error"
    with pytest.raises(UndefinedError, match="10 rows or more"):
        small_study_line(result)
    with pytest.raises(SettingError, match="begg"):
        small_study_line(result, kind="begg", fewest=4)
