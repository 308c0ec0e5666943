"""Yusuf S, Peto R, Lewis J, Collins R, Sleight P (1985). Beta blockade during and after myocardial infarction.

Progress in Cardiovascular Diseases 27, 335-371. doi:10.1016/S0033-0620(85)80003-7. Table 6: an odds ratio of .93
(.74 to 1.18). Unrounded numbers: metafor 3.8-1, test_analysis_example_yusuf1985.r; data: metadat, dat.yusuf1985.
"""

from metaleak.effects.table import StudyTable
from metaleak.pooling.common_effect import CommonEffect
from tests.papers.printed import printed
from tests.reference.agreement import load


def test_petos_method():
    """Trials of table 6, two of them without a death in either arm."""
    data = load("two_by_two.json.gz")["data"]["yusuf1985_t6"]
    table = StudyTable.from_two_arms(data["ai"], data["n1i"], data["ci"], data["n2i"])

    natural = CommonEffect(method="peto").fit(table).natural()

    assert natural.estimate == printed(0.9332)
    assert (natural.ci.low, natural.ci.high) == (printed(0.7385), printed(1.1792))
