"""The Doi plot: scores of weighted ranks, and an index that is 0 for alike limbs."""

from statistics import NormalDist

import pytest

from metaleak.effects.table import StudyTable
from metaleak.errors import SettingError, UndefinedError
from metaleak.pooling.binomial_normal import BinomialNormal
from metaleak.pooling.common_effect import CommonEffect
from metaleak.synthesis.doi_plot import doi_plot

#: The five trials of Furuya-Kanamori 2018: standardised mean differences and their variances.
YI = [-4.270, -1.710, -0.580, -0.190, 0.000]
VI = [0.158, 0.076, 0.018, 0.022, 0.040]


def fitted(yi, vi):
    return CommonEffect().fit(StudyTable.from_effects(yi, vi, measure="GEN"))


def test_the_index_by_hand():
    """Step by step as published: units in proportion to precision, their middle ranks, normal scores, two limbs."""
    units = [100 * max(VI) / v for v in VI]
    middle = [sum(units[:i]) + units[i] / 2 for i in range(5)]
    z = [NormalDist().inv_cdf((m - 0.5) / sum(units)) for m in middle]
    tip = YI[min(range(5), key=lambda i: abs(z[i]))]
    stretch = (max(z) - min(z)) / (max(YI) - min(YI))
    index = 5 / (2 * 5) * sum(score + stretch * (y - tip) for score, y in zip(z, YI, strict=True))

    found = doi_plot(fitted(YI, VI), fewest=5)

    assert found.lfk == pytest.approx(index, rel=1e-10)
    assert found.lfk < -2
    assert found.z.tolist() == pytest.approx(z, rel=1e-10)


def test_scores_keep_the_order_of_the_rows():
    """However they come."""
    order = [3, 0, 4, 2, 1]
    one, other = (
        doi_plot(fitted(YI, VI), fewest=3),
        doi_plot(fitted([YI[i] for i in order], [VI[i] for i in order]), fewest=3),
    )

    assert other.lfk == pytest.approx(one.lfk)
    assert other.z.tolist() == pytest.approx([one.z[i] for i in order])


def test_mirrored_effects_give_the_mirrored_index():
    """Nearly: half a unit is taken off every rank."""
    one, other = doi_plot(fitted(YI, VI), fewest=3), doi_plot(fitted([-y for y in YI], VI), fewest=3)

    assert other.lfk == pytest.approx(-one.lfk, abs=0.05)


def test_what_has_no_plot_is_refused():
    """Few rows, equal effects, counts pooled as they are, and a limit below three."""
    with pytest.raises(UndefinedError, match="too few rows"):
        doi_plot(fitted(YI, VI))
    with pytest.raises(UndefinedError, match="no limbs"):
        doi_plot(fitted([1.0, 1.0, 1.0], [0.1, 0.2, 0.3]), fewest=3)
    counts = StudyTable.from_counts([5, 9, 30], [10, 20, 80])
    with pytest.raises(UndefinedError, match="no pooled effects"):
        doi_plot(BinomialNormal(ci_method="wald").fit(counts), fewest=3)
    with pytest.raises(SettingError, match="fewest"):
        doi_plot(fitted(YI, VI), fewest=2)
