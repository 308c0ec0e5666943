"""Two readings of the same units against R: escalc's paired measures, exact tests, lme4 (matched.R)."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from metaleak.effects.measures import Zero, measure
from metaleak.effects.table import StudyTable
from metaleak.numerics.matched import mcnemar, odds_limits
from metaleak.pooling.random_effects import RandomEffects
from metaleak.synthesis.matched import matched_contrast
from tests.reference.agreement import CLOSED, ITERATIVE, differences, number

R = json.loads((Path(__file__).parent / "matched.json").read_text(encoding="utf-8"))
CODES = ("MPRR", "MPRD", "MPORC", "MPOR", "MPPETO")
NAMES = ("both", "only_reference", "only_index", "neither")


def table(name):
    return StudyTable.from_pairs(*(R["data"][name][key] for key in NAMES))


def test_the_grid_is_complete():
    """Three sets, five measures, four corrections; two sets pooled; nine exact tests."""
    variants = {f"{code}_{to}" for code in CODES for to in ("only0", "all", "if0all", "none")}

    assert {name: set(records) for name, records in R["escalc"].items()} == dict.fromkeys(R["data"], variants)
    assert all(set(records) == set(CODES) for records in R["pools"].values())
    assert (len(R["data"]), len(R["pools"]), len(R["conditional"]), len(R["exact"])) == (3, 2, 2, 9)


@pytest.mark.parametrize("name", R["escalc"])
@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("to", ["only0", "all", "if0all", "none"])
def test_effects_and_variances(name, code, to):
    """Index against reference, with every correction; where R has NA or infinity ours is no number either."""
    record = R["escalc"][name][f"{code}_{to}"]

    with np.errstate(divide="ignore", invalid="ignore"):
        yi, vi = measure(code).effect(*table(name).columns.values(), zero=Zero(to=to))

    for ours, theirs in ((yi, record["yi"]), (vi, record["vi"])):
        known = [i for i, value in enumerate(theirs) if value is not None and np.isfinite(number(value))]
        assert differences([(i, float(ours[i]), theirs[i]) for i in known], CLOSED) == []
        assert all(not np.isfinite(ours[i]) for i in range(len(ours)) if i not in known)


@pytest.mark.parametrize("name", R["pools"])
@pytest.mark.parametrize("code", CODES)
def test_pools(name, code):
    """REML with Hartung and Knapp's interval."""
    record = R["pools"][name][code]
    fit = RandomEffects(measure=code, ci_method="hksj").fit(table(name))

    pairs = [
        ("beta", fit.estimate, record["beta"]),
        ("se", fit.se, record["se"]),
        ("ci_lb", fit.ci.low, record["ci_lb"]),
        ("ci_ub", fit.ci.high, record["ci_ub"]),
        ("tau2", fit.tau2, record["tau2"]),
        ("QE", fit.heterogeneity.q, record["QE"]),
    ]
    assert differences(pairs, ITERATIVE) == []


@pytest.mark.parametrize("name", R["pools"])
def test_the_contrast_pools_what_escalc_gives(name):
    """No cell of these sets is empty: nothing is corrected, both ends are one."""
    found = matched_contrast(table(name), ci_method="hksj")

    for part, code in ((found.relative, "MPRR"), (found.difference, "MPRD")):
        for end in ("nested", "apart"):
            record = R["pools"][name][code]
            pairs = [
                ("beta", part[end].estimate, record["beta"]),
                ("ci_lb", part[end].ci.low, record["ci_lb"]),
            ]
            assert differences(pairs, ITERATIVE) == []
    assert found.notes == ()


@pytest.mark.parametrize("case", R["exact"])
def test_exact_tests_and_limits(case):
    """McNemar by binom.test; limits of Clopper and Pearson as odds, one-sided where a cell is empty."""
    record = R["exact"][case]
    b, c = (np.array(float(record[key])) for key in ("b", "c"))
    exact, mid = mcnemar(b, c)
    low, high = odds_limits(b, c, 0.95)

    pairs = [("p", float(exact), record["p"]), ("mid-p", float(mid), record["mid_p"])]
    if b == 0:
        pairs += [("low", float(low), 0), ("high", float(high), record["one_sided_high"])]
    elif c == 0:
        mirrored = odds_limits(c, b, 0.95)[1]
        pairs += [("low", float(low), 1 / float(mirrored)), ("high", float(high), "Inf")]
    else:
        pairs += [("low", float(low), record["low"]), ("high", float(high), record["high"])]

    assert differences(pairs, (1e-13, 1e-9)) == []


@pytest.mark.parametrize("name", R["conditional"])
def test_the_pooled_conditional_odds_ratio(name):
    """The optimum of R's own optimiser to its digits, and lme4's with its standard error."""
    tight, lme4 = R["conditional"][name]["optim"], R["conditional"][name]["lme4"]
    found = matched_contrast(table(name))
    fit = found.conditional

    assert fit.estimate == pytest.approx(tight["log_odds_ratio"], abs=1e-6)
    assert math.sqrt(fit.tau2) == pytest.approx(tight["tau"], abs=1e-6)
    assert fit.convergence.log_likelihood == pytest.approx(tight["logLik"], abs=1e-9)
    assert fit.convergence.log_likelihood >= tight["logLik"] - 1e-9
    assert fit.estimate == pytest.approx(lme4["log_odds_ratio"], abs=1e-4)
    assert fit.se == pytest.approx(lme4["se"], rel=2e-3)
    assert found.odds_ratio.value == pytest.approx(math.exp(tight["log_odds_ratio"]), rel=1e-6)
