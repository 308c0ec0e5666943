"""Rothman KJ, Greenland S, Lash TL (2008). Modern Epidemiology, third edition, chapter 15.

ISBN 978-0-7817-5564-1. Table 15-1: deaths with tolbutamide and placebo in two strata of age. Data, 90 % intervals
and tests, unrounded: metafor 3.8-1, test_analysis_example_rothman2008.r.
"""

import pytest

from metaleak.effects.table import StudyTable
from metaleak.pooling.common_effect import CommonEffect
from tests.papers.printed import printed

STRATA = StudyTable.from_two_arms([8, 22], [106, 98], [5, 16], [120, 85], label=["Age <55", "Age 55+"])


@pytest.mark.parametrize(
    ("measure", "value", "low", "high", "q", "p_value"),
    [
        ("RD", 0.0349, -0.0176, 0.0874, 0.0017, 0.9669),
        ("RR", 0.2818, -0.1442, 0.7078, 0.4472, 0.5037),
        ("OR", 0.3387, -0.1731, 0.8505, 0.3474, 0.5556),
    ],
)
def test_mantel_haenszel(measure, value, low, high, q, p_value):
    """Difference, log risk ratio and log odds ratio; the chapter prints .088 and .001 for the difference."""
    result = CommonEffect(measure=measure, method="mantel-haenszel", level=0.9).fit(STRATA)

    assert result.estimate == printed(value)
    assert (result.ci.low, result.ci.high) == (printed(low), printed(high))
    assert (result.heterogeneity.q, result.heterogeneity.q_p) == (printed(q), printed(p_value))


def test_association_and_equal_odds_ratios():
    """Cochran-Mantel-Haenszel with both variances, without the continuity correction, and Tarone."""
    model = CommonEffect(method="mantel-haenszel", continuity=False)

    detail = model.fit(STRATA).detail

    assert (detail.association.statistic, detail.association.p_value) == (printed(1.1914), printed(0.2750))
    assert (detail.cochran.statistic, detail.cochran.p_value) == (printed(1.1976), printed(0.2738))
    assert (detail.equal_ratios.statistic, detail.equal_ratios.p_value) == (printed(0.3489), printed(0.5547))
