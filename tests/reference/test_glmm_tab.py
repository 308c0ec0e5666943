"""One-stage models of 2x2 tables against metafor's rma.glmm (UM.FS, UM.RS, CM.EL).

metafor maximises UM.FS with seven points through lme4, which stops 1e-3 of a standard error short; UM.RS by
Laplace's approximation; CM.EL by exact integrals. Where its tau2 should be 0, CM.EL of metafor 3.8 stops above it
and its standard error collapses (mended in 4.2: 0.37047 for ``edge_k2``).
"""

import json
from pathlib import Path

import numpy as np
import pytest

from metaleak.effects.table import StudyTable
from metaleak.numerics.two_arms import Arms, NormalLevels
from metaleak.pooling.two_arm_binomial_normal import TwoArmBinomialNormal

REFERENCE = json.loads((Path(__file__).parent / "glmm_tab.json").read_text())
SETS = sorted(REFERENCE["data"])
MODELS = {
    "UM.FS": TwoArmBinomialNormal(ci_method="wald"),
    "UM.RS": TwoArmBinomialNormal(study_effects="random", ci_method="wald"),
    "CM.EL": TwoArmBinomialNormal(conditional=True, ci_method="wald"),
}


def fitted(name, model):
    data = REFERENCE["data"][name]
    return MODELS[model].fit(StudyTable.from_two_arms(data["ai"], data["n1i"], data["ci"], data["n2i"]))


@pytest.mark.parametrize("name", SETS)
def test_levels_of_their_own(name):
    """Estimate, standard error and tau2 within the 2e-3 of a standard error that lme4 leaves."""
    r = REFERENCE["fits"][name]["UM.FS"]

    ours = fitted(name, "UM.FS")

    assert ours.estimate == pytest.approx(r["beta"][0], abs=2e-3 * r["se"][0])
    assert ours.se == pytest.approx(r["se"][0], rel=1e-3)
    assert ours.tau2 == pytest.approx(r["tau2"], rel=2e-3, abs=1e-8)


@pytest.mark.parametrize("name", ["bcg", "nielweise2007"])
def test_margins_given(name):
    """Where tau2 is inside."""
    r = REFERENCE["fits"][name]["CM.EL"]

    ours = fitted(name, "CM.EL")

    assert ours.estimate == pytest.approx(r["beta"][0], abs=1e-6)
    assert ours.se == pytest.approx(r["se"][0], rel=1e-4)
    assert ours.tau2 == pytest.approx(r["tau2"], rel=1e-5)


@pytest.mark.parametrize(("name", "se"), [("hahn2001", None), ("edge_k2", 0.37047)])
def test_margins_given_at_the_boundary(name, se):
    """metafor stops at a tau2 of 1e-4; the likelihood is higher at 0."""
    r = REFERENCE["fits"][name]["CM.EL"]

    ours = fitted(name, "CM.EL")

    assert ours.tau2 == 0
    assert ours.estimate == pytest.approx(r["beta"][0], abs=3e-4)
    assert ours.se == pytest.approx(se or ours.se, rel=1e-3)


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("model", ["UM.FS", "CM.EL"])
def test_heterogeneity_against_one_odds_ratio_per_study(name, model):
    """The likelihood ratio, its degrees of freedom and its p value."""
    r = REFERENCE["fits"][name][model]

    ours = fitted(name, model).heterogeneity

    assert ours.q == pytest.approx(r["QE_LRT"], rel=1e-6)
    assert ours.q_df == r["QE_df"]
    assert ours.q_p == pytest.approx(r["QEp_LRT"], rel=1e-5, abs=1e-300)


@pytest.mark.parametrize("name", SETS)
def test_i2_with_metafor_s_typical_variance(name):
    """From corrected log odds ratios."""
    r = REFERENCE["fits"][name]["UM.FS"]

    ours = fitted(name, "UM.FS").heterogeneity

    assert ours.i2 == pytest.approx(ours.tau2 / (ours.tau2 + r["vt"]), rel=1e-9)


@pytest.mark.parametrize("name", ["bcg", "nielweise2007"])
def test_random_levels_differ_from_metafor_by_laplace_s_error(name):
    """metafor's optimum is the higher one for Laplace's approximation, ours for the integral."""
    r = REFERENCE["fits"][name]["UM.RS"]
    data = REFERENCE["data"][name]
    cells = [np.array(data[key], dtype=float) for key in ("ai", "n1i", "ci", "n2i")]
    some = (cells[0] + cells[2] > 0) & (cells[0] + cells[2] < cells[1] + cells[3])
    arms = Arms(*(cell[some][None] for cell in cells))
    ours = fitted(name, "UM.RS")
    theta = np.array([[ours.estimate, ours.detail.level_mean, ours.detail.level_sd, np.sqrt(ours.tau2)]])
    theirs = theta.copy()
    theirs[0, 0], theirs[0, 2], theirs[0, 3] = r["beta"][0], np.sqrt(r["sigma2"]), np.sqrt(r["tau2"])
    row = np.arange(1)

    laplace, fine = NormalLevels(arms, 1), NormalLevels(arms, 41)

    assert fine.value(theta, row) > fine.value(theirs, row)
    # metafor prints no mean level: the best one for its other values is looked for.
    levels = theta[0, 1] + np.linspace(-0.05, 0.05, 41)
    best = max(laplace.value(theirs + np.array([0, level - theta[0, 1], 0, 0]), row)[0] for level in levels)
    assert best > laplace.value(theta, row)[0]
    assert ours.estimate == pytest.approx(r["beta"][0], abs=6e-3 * r["se"][0])
    assert ours.tau2 == pytest.approx(r["tau2"], rel=1e-2)
