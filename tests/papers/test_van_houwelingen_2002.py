"""Van Houwelingen HC, Arends LR, Stijnen T (2002). Advanced methods in meta-analysis: multivariate approach and
meta-regression.

Statistics in Medicine 21, 589-624. doi:10.1002/sim.1040. Pages 596-599: the BCG vaccine against tuberculosis,
thirteen trials. Unrounded numbers: metafor 3.8-1, test_analysis_example_vanhouwelingen2002.r; data: metadat,
dat.colditz1994.
"""

import pytest

from metaleak.effects.table import StudyTable
from metaleak.pooling.common_effect import CommonEffect
from metaleak.pooling.random_effects import RandomEffects
from tests.papers.printed import printed
from tests.reference.agreement import load


@pytest.fixture(scope="module")
def trials():
    bcg = load("two_by_two.json.gz")["data"]["bcg"]
    return StudyTable.from_two_arms(bcg["ai"], bcg["n1i"], bcg["ci"], bcg["n2i"])


def test_the_common_effect(trials):
    """Page 596: odds ratio .6465 (.5951 to .7024; .703 in the paper)."""
    natural = CommonEffect().fit(trials).natural()

    assert natural.estimate == printed(0.6465)
    assert (natural.ci.low, natural.ci.high) == (printed(0.5951), printed(0.7024))


def test_random_effects_by_maximum_likelihood(trials):
    """Page 597: tau2 .3025, odds ratio .4762 (.3360 to .6749)."""
    result = RandomEffects(method="ML", ci_method="wald").fit(trials)

    natural = result.natural()
    assert result.tau2 == printed(0.3025)
    assert natural.estimate == printed(0.4762)
    assert (natural.ci.low, natural.ci.high) == (printed(0.3360), printed(0.6749))


@pytest.mark.parametrize(
    ("method", "low", "high"), [("profile", 0.1151, 0.8937), ("q-profile", 0.1302, 1.1812)]
)
def test_intervals_of_tau2(trials, method, low, high):
    """Page 597: the profile likelihood; Q-profile beside the paper's approximation, .1350 to 1.1810."""
    interval = RandomEffects(method="ML", tau2_ci=method).fit(trials).heterogeneity.tau2_ci

    assert interval.low == pytest.approx(low, abs=2e-4)
    assert interval.high == pytest.approx(high, abs=2e-4)
