"""Miller JJ (1978). The inverse of the Freeman-Tukey double arcsine transformation.

The American Statistician 32, 138. doi:10.1080/00031305.1978.10479283. Page 138, four proportions. Unrounded
numbers: metafor 3.8-1, test_analysis_example_miller1978.r. Miller adds the two arcsines, metafor and metaleak
halve the sum.
"""

import pytest

from metaleak.effects.measures import Zero, measure
from metaleak.effects.table import StudyTable
from metaleak.pooling.common_effect import CommonEffect
from tests.papers.printed import printed

FOUR = StudyTable.from_counts([3, 6, 10, 1], [11, 17, 21, 6])


def test_double_arcsines_and_their_variances():
    """Twice our effects, four times our variances."""
    effects = measure("PFT").effects(FOUR, Zero())

    assert (2 * effects.yi).tolist() == [printed(value) for value in (1.1391, 1.2888, 1.5253, 0.9515)]
    assert (4 * effects.vi).tolist() == [printed(value) for value in (0.0870, 0.0571, 0.0465, 0.1538)]


def test_the_weighted_mean_and_its_inverse():
    """1.3093 on the doubled scale, 0.3595 as a proportion with the harmonic mean of n."""
    result = CommonEffect(measure="PFT").fit(FOUR)

    assert 2 * result.estimate == printed(1.3093)
    assert result.natural().estimate == printed(0.3595)


def test_the_unweighted_mean_and_its_inverse():
    """1.2262 and 0.3164."""
    scale = measure("PFT")
    mean = scale.effects(FOUR, Zero()).yi.mean()

    assert 2 * mean == printed(1.2262)
    assert scale.inverse(mean, n=4 / (1 / FOUR.ni).sum()) == printed(0.3164)


def test_a_mean_of_five_with_both_ends():
    """The same file: counts of 0 and of n among five studies, pooled and taken back."""
    result = CommonEffect(measure="PFT").fit(StudyTable.from_counts([0, 4, 9, 16, 20], [10, 10, 15, 20, 20]))

    natural = result.natural()
    assert [natural.estimate, natural.ci.low, natural.ci.high] == pytest.approx(
        [0.6886, 0.5734, 0.7943], abs=5e-5
    )
