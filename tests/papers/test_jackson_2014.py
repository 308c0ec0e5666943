"""Jackson D, Turner R, Rhodes K, Viechtbauer W (2014). Methods for calculating confidence and credible intervals
for the residual between-study variance in random effects meta-regression models.

BMC Medical Research Methodology 14, 103. doi:10.1186/1471-2288-14-103. Examples 1 and 2, one moderator each.
Data and unrounded numbers: metafor 3.8-1, test_analysis_example_jackson2014.r.
"""

import numpy as np
import pytest

from metaleak.effects.design import Design
from metaleak.effects.table import StudyTable
from metaleak.pooling.random_effects import RandomEffects
from tests.papers.printed import printed, row

EXAMPLES = {
    1: {
        "yi": row(
            "0.0267 0.8242 0.3930 2.4405 2.1401 1.2528 2.4849 0.3087 1.4246 0.1823 "
            "1.1378 1.2321 2.0695 4.0237 1.4383 1.6021"
        ),
        "vi": row(
            "0.1285 0.0315 0.0931 2.0967 1.0539 0.1602 1.0235 0.0218 0.5277 0.0556 "
            "0.3304 0.1721 0.4901 2.0200 0.3399 0.1830"
        ),
        "xi": [0] * 10 + [1] * 6,
        "biggerstaff-jackson": (0.0029, 0.6907),
        "jackson": (0.0000, 1.1245),
        "q-profile": (0.0023, 1.4871),
    },
    2: {
        "yi": row(
            "0.54 0.4 0.64 0.365 0.835 0.02 0.12 0.085 1.18 0.08 0.18 0.325 0.06 "
            "0.715 0.065 0.245 0.24 0.06 0.19"
        ),
        "vi": row(
            "0.0176 0.019 0.0906 0.0861 0.0063 0.0126 0.0126 0.0041 0.0759 0.0126 "
            "0.0104 0.0242 0.0026 0.2629 0.0169 0.0156 0.0481 0.0084 0.0044"
        ),
        "xi": row(
            "1986 1987 1988 1988 1998 1999 2000 2000 2000 2001 2001 2001 2002 2002 2002 2002 2003 2003 2003"
        ),
        "biggerstaff-jackson": (0.0170, 0.1393),
        "jackson": (0.0180, 0.1375),
        "q-profile": (0.0178, 0.1564),
    },
}


@pytest.mark.parametrize("number", EXAMPLES)
@pytest.mark.parametrize("method", ["biggerstaff-jackson", "jackson", "q-profile"])
def test_intervals_of_the_residual_tau2(number, method):
    """Generalised Q with weights 1 / v and 1 / sqrt(v), and Q-profile, all with the moderator in the model."""
    example = EXAMPLES[number]
    moderator = np.array(example["xi"], dtype=float)
    design = Design(np.column_stack([np.ones(len(moderator)), moderator - moderator.mean()]), ("mean", "x"))
    table = StudyTable.from_effects(example["yi"], example["vi"], measure="GEN")

    interval = RandomEffects(tau2_ci=method).fit_design(table, design).heterogeneity.tau2_ci

    low, high = example[method]
    # metafor's root search stops at 1.2e-4.
    assert interval.low == pytest.approx(low, abs=2e-4)
    assert interval.high == pytest.approx(high, abs=2e-4)


@pytest.mark.parametrize(("number", "low", "high"), [(1, 0.0110, 0.6330), (2, 0.0163, 0.1108)])
def test_the_interval_from_the_standard_error_of_reml(number, low, high):
    """On the logarithm of tau2, from the estimate and its standard error."""
    example = EXAMPLES[number]
    x = np.column_stack([np.ones(len(example["xi"])), example["xi"]])
    table = StudyTable.from_effects(example["yi"], example["vi"], measure="GEN")

    het = RandomEffects().fit_design(table, Design(x, ("mean", "x"))).heterogeneity

    reach = 1.96 * het.tau2_se / het.tau2
    assert het.tau2 * np.exp(-reach) == printed(low)
    assert het.tau2 * np.exp(reach) == printed(high)
