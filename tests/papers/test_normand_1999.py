"""Normand SLT (1999). Meta-analysis: formulating, evaluating, combining, and reporting.

Statistics in Medicine 18, 321-359. doi:10.1002/(SICI)1097-0258(19990215)18:3<321::AID-SIM28>3.0.CO;2-P. Tables III
(page 330) and VII (page 349): deaths with lidocaine, in percentage points. Unrounded numbers: metafor 3.8-1,
test_analysis_example_normand1999.r; data: metadat, dat.hine1989.
"""

import pytest

from metaleak.effects.measures import Zero, measure
from metaleak.effects.table import StudyTable
from metaleak.pooling.common_effect import CommonEffect
from metaleak.pooling.random_effects import RandomEffects
from tests.papers.printed import printed

TRIALS = StudyTable.from_two_arms(
    [2, 4, 6, 7, 7, 11], [39, 44, 107, 103, 110, 154], [1, 4, 4, 5, 3, 4], [43, 44, 110, 100, 106, 146]
)


def test_risk_differences():
    """Table III: differences and variances of six trials."""
    effects = measure("RD").effects(TRIALS, Zero())

    assert (100 * effects.yi).tolist() == [
        printed(value) for value in (2.8026, 0.0000, 1.9711, 1.7961, 3.5334, 4.4031)
    ]
    assert (1e4 * effects.vi).tolist() == [
        printed(value) for value in (17.7575, 37.5657, 8.1323, 10.8998, 8.0114, 6.1320)
    ]


@pytest.mark.parametrize(
    "model",
    [
        CommonEffect(measure="RD"),
        RandomEffects(measure="RD", ci_method="wald"),
        RandomEffects(measure="RD", method="DL", ci_method="wald"),
    ],
)
def test_three_models_with_one_answer(model):
    """Table VII: tau2 is 0, so that the common effect, REML and DL give 2.94 (0.38 to 5.51)."""
    result = model.fit(TRIALS)

    assert result.tau2 == 0
    percent = [100 * value for value in (result.estimate, result.ci.low, result.ci.high)]
    assert percent == [printed(2.9444), printed(0.3831), printed(5.5058)]
