"""The binomial-normal model against R: tight optima for 1, 7, 21 and 101 points, and metafor's rma.glmm."""

import json
from pathlib import Path

import numpy as np
import pytest

from metaleak.effects.table import StudyTable
from metaleak.errors import SeparationError, UndefinedError
from metaleak.pooling.binomial_normal import BinomialNormal

REFERENCE = json.loads((Path(__file__).parent / "glmm_prop.json").read_text())

#: Sets for which R's optimiser reports that there is no finite maximum, or none that is identified.
WITHOUT = {
    "edge_zero_all": SeparationError,
    "edge_all_events": SeparationError,
    "edge_single_1of1": SeparationError,
    "edge_n1": UndefinedError,
}
ALONE = {"edge_k1"}
FITTED = sorted(set(REFERENCE) - set(WITHOUT) - ALONE)

#: In units of a standard error. With n of 100,000 R's gradient is rounding noise, ours is not.
TIGHT = dict.fromkeys(FITTED, 2e-8) | {"edge_huge_n": 5e-6, "edge_mixture": 1e-6}


def fitted(name, **settings):
    data = REFERENCE[name]
    return BinomialNormal(ci_method="wald", **settings).fit(StudyTable.from_counts(data["xi"], data["ni"]))


def test_every_set_of_the_oracle_is_here():
    """Twenty-seven sets: fourteen published ones as arms, thirteen edge cases; each is asserted below."""
    assert len(REFERENCE) == 27
    assert len(FITTED) + len(WITHOUT) + len(ALONE) == 27


@pytest.mark.parametrize("points", [1, 7, 21, 101])
@pytest.mark.parametrize("name", FITTED)
def test_optimum_for_a_number_of_points(name, points):
    """Estimate, tau and standard errors are the optimum of that quadrature sum."""
    r = REFERENCE[name]["exact"][f"q{points}"]

    ours = fitted(name, quadrature=points)

    scale = r["se"][0] * TIGHT[name]
    assert ours.estimate == pytest.approx(r["beta"][0], abs=scale)
    assert np.sqrt(ours.tau2) == pytest.approx(r["tau"], abs=TIGHT[name] * (r["se_tau"] or 1))
    assert ours.se == pytest.approx(r["se"][0], rel=max(1e-7, TIGHT[name]))
    if r["se_tau"] is not None:
        assert ours.detail.tau_se == pytest.approx(r["se_tau"], rel=max(1e-6, TIGHT[name]))


@pytest.mark.parametrize("name", FITTED)
def test_log_likelihoods(name):
    """At the optimum, with tau = 0 and saturated, all with the binomial coefficients."""
    r = REFERENCE[name]["exact"]["q101"]

    ours = fitted(name)

    wide = {"edge_mixture": 1e-7, "edge_huge_n": 1e-7}.get(name, 1e-8)
    assert ours.convergence.log_likelihood == pytest.approx(r["logLik"], abs=wide)
    assert ours.detail.log_likelihood_tau0 == pytest.approx(r["logLik_tau0"], abs=1e-8)
    assert ours.detail.log_likelihood_saturated == pytest.approx(r["logLik_saturated"], abs=1e-8)


@pytest.mark.parametrize("name", FITTED)
def test_automatic_points_reach_the_exact_optimum(name):
    """With quadrature "auto" the optimum is that of 101 points."""
    r = REFERENCE[name]["exact"]["q101"]

    ours = fitted(name)

    assert ours.estimate == pytest.approx(r["beta"][0], abs=max(1e-7, TIGHT[name]) * r["se"][0])


@pytest.mark.parametrize("name", FITTED)
def test_heterogeneity_as_metafor(name):
    """The likelihood ratio against the saturated model, and I2 from metafor's typical variance."""
    r = REFERENCE[name]["nAGQ7"]
    if "error" in r:
        r = REFERENCE[name]["EE"]

    het = fitted(name).heterogeneity

    assert het.q == pytest.approx(r["QE_LRT"], abs=1e-6)
    assert het.q_df == r["QE_df"]
    if "vt" in r:
        assert (
            het.tau2 * (1 - het.i2) / het.i2 == pytest.approx(r["vt"], rel=1e-9) if het.tau2 else het.i2 == 0
        )


@pytest.mark.parametrize("name", [n for n in FITTED if "error" not in REFERENCE[n]["nAGQ7"]])
def test_lme4_stops_early_and_ours_is_higher(name):
    """metafor's fit lies within lme4's tolerance; at its values the likelihood is not higher than ours."""
    from metaleak.numerics.binomial import log_choose
    from metaleak.numerics.binomial_normal import Likelihood

    r, data = REFERENCE[name]["nAGQ7"], REFERENCE[name]
    ours = fitted(name, quadrature=7)
    x, n = (np.array([data[key]], dtype=float) for key in ("xi", "ni"))

    theirs = Likelihood(x, n, 7).value(np.array([[r["beta"][0], np.sqrt(r["tau2"])]]), np.arange(1), points=7)

    assert ours.estimate == pytest.approx(r["beta"][0], abs=2e-3 * r["se"][0])
    assert theirs[0] + log_choose(x, n).sum() <= ours.convergence.log_likelihood + 1e-9


@pytest.mark.parametrize("name", WITHOUT)
def test_no_finite_maximum_is_a_named_error(name):
    """Where R stops with "Cannot fit ML model", ours names the reason."""
    with pytest.raises(WITHOUT[name]):
        fitted(name)


def test_one_study():
    """R refuses a single study; ours is the study itself, as its equal-effects fit says."""
    r = REFERENCE["edge_k1"]["EE"]

    ours = fitted("edge_k1")

    assert ours.estimate == pytest.approx(r["beta"][0], abs=1e-7)
    assert ours.se == pytest.approx(r["se"][0], rel=1e-6)
