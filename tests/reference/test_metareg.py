"""Meta-regression against R: metafor's rma.uni with moderators, and tight optima of the binomial-normal model."""

import json
from pathlib import Path

import numpy as np
import pytest

from metaleak.effects.table import StudyTable
from metaleak.pooling.binomial_normal import BinomialNormal
from metaleak.pooling.random_effects import RandomEffects

REFERENCE = json.loads((Path(__file__).parent / "metareg.json").read_text())
CI = {"z": "wald", "knha": "hksj"}
CASES = [
    (name, *key.rsplit("_", 1))
    for name, entry in REFERENCE["metareg"].items()
    for key in entry
    if key.rsplit("_", 1)[-1] in CI and not key.startswith("EE")
]


def columns(entry):
    x = np.array(entry["X"], dtype=float)
    return {f"x{i}": x[:, i].tolist() for i in range(x.shape[1])}


def test_the_grid_is_whole():
    """Eight regressions by inverse variance, eight estimators of tau2 or more, two intervals each; three by counts."""
    assert len(REFERENCE["metareg"]) == 8
    assert len(CASES) >= 8 * 8 * 2
    assert len(REFERENCE["glmm"]) == 3


@pytest.mark.parametrize(("name", "method", "test"), CASES)
def test_inverse_variance(name, method, test):
    """Coefficients, errors, Q_M, R2 and residual heterogeneity, to 1e-6 of a standard error or better."""
    entry = REFERENCE["metareg"][name]
    r, moderators = entry[f"{method}_{test}"], columns(entry)
    table = StudyTable.from_effects(entry["yi"], entry["vi"], measure="GEN", moderators=moderators)

    ours = RandomEffects(method=method, ci_method=CI[test], moderators="~ " + " + ".join(moderators)).fit(
        table
    )

    found = np.array([[c.value, c.se, c.statistic, c.ci.low, c.ci.high] for c in ours.coefficients]).T
    for column, key in zip(found, ("beta", "se", "stat", "ci_lb", "ci_ub"), strict=True):
        assert column == pytest.approx(r[key], rel=1e-7, abs=1e-9)
    assert ours.tau2 == pytest.approx(r["tau2"], rel=1e-6, abs=1e-10)
    assert ours.regression.omnibus.statistic == pytest.approx(r["QM"], rel=1e-7)
    assert ours.regression.omnibus.p_value == pytest.approx(r["QMp"], rel=1e-6)
    # Exact arithmetic gives 22.90734617566 for bcg_OR_ablat_year, where R's normal equations lose digits to the years.
    assert ours.heterogeneity.q == pytest.approx(r["QE"], rel=2e-9)
    assert 100 * ours.heterogeneity.i2 == pytest.approx(r["I2"], rel=1e-6, abs=1e-8)
    if r["R2"] is not None and ours.regression.r2 is not None:
        assert 100 * ours.regression.r2 == pytest.approx(r["R2"], rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("name", [n for n, e in REFERENCE["metareg"].items() if "predict" in e["REML_knha"]])
def test_predictions(name):
    """Values, errors and intervals at new values of the moderators."""
    entry = REFERENCE["metareg"][name]
    r, moderators = entry["REML_knha"]["predict"], columns(entry)
    table = StudyTable.from_effects(entry["yi"], entry["vi"], measure="GEN", moderators=moderators)
    model = RandomEffects(ci_method="hksj", moderators="~ " + " + ".join(moderators))

    at = model.fit(table).predict({key: [row[i] for row in r["newmods"]] for i, key in enumerate(moderators)})

    for ours, theirs in (("estimate", "pred"), ("se", "se"), ("ci_low", "ci_lb"), ("ci_high", "ci_ub")):
        assert at[ours].to_numpy() == pytest.approx(r[theirs], rel=1e-7, abs=1e-9)


@pytest.mark.parametrize("points", [7, 101])
@pytest.mark.parametrize("name", REFERENCE["glmm"])
def test_binomial_normal(name, points):
    """The optimum with moderators: coefficients, errors, tau and the log-likelihood."""
    entry = REFERENCE["glmm"][name]
    r, moderators = entry["exact"][f"q{points}"], columns(entry)
    table = StudyTable.from_counts(entry["xi"], entry["ni"], moderators=moderators)

    ours = BinomialNormal(quadrature=points, ci_method="wald", moderators="~ " + " + ".join(moderators)).fit(
        table
    )

    for c, beta, se in zip(ours.coefficients, r["beta"], r["se"], strict=True):
        assert c.value == pytest.approx(beta, abs=1e-7 * se)
        assert c.se == pytest.approx(se, rel=1e-6)
    assert np.sqrt(ours.tau2) == pytest.approx(r["tau"], abs=1e-7)
    assert ours.convergence.log_likelihood == pytest.approx(r["logLik"], abs=1e-7)
