"""Viechtbauer W (2007). Confidence intervals for the amount of heterogeneity in meta-analysis.

Statistics in Medicine 26, 37-52. doi:10.1002/sim.2514. Table II, page 44: nine trials of diuretics against
pre-eclampsia. Unrounded numbers: metafor 3.8-1, test_analysis_example_viechtbauer2007a.r; data: metadat,
dat.collins1985b.
"""

import pytest

from metaleak.effects.table import StudyTable
from metaleak.pooling.random_effects import RandomEffects
from tests.papers.printed import printed

TRIALS = StudyTable.from_two_arms(
    [14, 21, 14, 6, 12, 138, 15, 6, 65],
    [131, 385, 57, 38, 1011, 1370, 506, 108, 153],
    [14, 17, 24, 18, 35, 175, 20, 2, 40],
    [136, 134, 48, 40, 760, 1336, 524, 103, 102],
)


@pytest.mark.parametrize(
    ("method", "tau2"), [("DL", 0.2297), ("ML", 0.2386), ("REML", 0.3008), ("SJ", 0.4563)]
)
def test_estimates(method, tau2):
    """Four estimators of tau2 on log odds ratios."""
    assert RandomEffects(method=method).fit(TRIALS).tau2 == printed(tau2)


@pytest.mark.parametrize(
    ("settings", "low", "high"),
    [
        ({"method": "DL", "tau2_ci": "q-profile"}, 0.0723, 2.2027),
        ({"method": "ML", "tau2_ci": "profile"}, 0.0266, 1.1308),
        ({"method": "REML", "tau2_ci": "profile"}, 0.0427, 1.4747),
    ],
)
def test_intervals(settings, low, high):
    """Q-profile and both profile likelihoods."""
    interval = RandomEffects(**settings).fit(TRIALS).heterogeneity.tau2_ci

    # metafor's root search stops at 1.2e-4.
    assert interval.low == pytest.approx(low, abs=2e-4)
    assert interval.high == pytest.approx(high, abs=2e-4)
