"""DerSimonian R, Kacker R (2007). Random-effects model for meta-analysis of clinical trials: an update.

Contemporary Clinical Trials 28, 105-114. doi:10.1016/j.cct.2006.04.004. Tables 3 and 4, pages 111-112: the CLASP
trials. Data and unrounded numbers: metafor 3.8-1, test_analysis_example_dersimonian2007.r (HSk, PMM and the median
of generalised Q are that file's, not the paper's).
"""

import numpy as np
import pytest

from metaleak.effects.table import StudyTable
from metaleak.pooling.effects_batch import prepare
from metaleak.pooling.random_effects import RandomEffects
from metaleak.pooling.tau2 import generalised_q_median
from tests.papers.printed import printed

CLASP = StudyTable.from_two_arms(
    [5, 5, 12, 69, 9, 313],
    [156, 303, 565, 1570, 103, 4659],
    [8, 17, 9, 94, 11, 352],
    [74, 303, 477, 1565, 105, 4650],
)

#: Estimator -> tau, mean and its standard error.
TABLES = {
    "PM": (0.3681, -0.3811, 0.2060),
    "HE": (0.4410, -0.4035, 0.2327),
    "DL": (0.2323, -0.3240, 0.1540),
    "EB": (0.3681, -0.3811, 0.2060),
    "REML": (0.1843, -0.2980, 0.1343),
    "HS": (0.1330, -0.2666, 0.1125),
    "SJ": (0.4572, -0.4079, 0.2386),
    "HSk": (0.1644, -0.2863, 0.1259),
    "PMM": (0.4341, -0.4016, 0.2302),
}


@pytest.mark.parametrize("method", TABLES)
def test_tau_mean_and_standard_error(method):
    """Log odds ratios of six trials."""
    tau, mean, se = TABLES[method]

    result = RandomEffects(method=method, ci_method="wald").fit(CLASP)

    # metafor's search for roots of Q stops at 1.2e-4, its likelihoods at 1e-5.
    assert result.heterogeneity.tau == pytest.approx(tau, abs=2e-4)
    assert result.estimate == pytest.approx(mean, abs=2e-4)
    assert result.se == pytest.approx(se, abs=2e-4)


def test_maximum_likelihood_lies_on_the_boundary():
    """The paper has tau = .0023, where metafor stops; the maximum is 0, with a mean of -.1974."""
    result = RandomEffects(method="ML", ci_method="wald").fit(CLASP)

    assert result.tau2 == 0
    assert result.estimate == printed(-0.1973)
    assert result.se == printed(0.0694)


def test_the_median_of_generalised_q():
    """With the weights 1 / v, as that file asks for: tau = .2929."""
    batch = prepare([CLASP], "OR", RandomEffects().zero, None).batch

    tau = np.sqrt(generalised_q_median(batch, 1 / batch.vi).value[0])

    assert tau == pytest.approx(0.2929, abs=2e-4)
