"""Median-unbiased tau2 and profile likelihoods of tau2 against R, on the five sets that R has them for."""

import numpy as np
import pytest

from metaleak.effects.table import StudyTable
from metaleak.numerics.linear import Batch, at
from metaleak.numerics.tau2_likelihood import log_likelihood
from metaleak.pooling.random_effects import RandomEffects
from tests.reference.agreement import ITERATIVE, differences, load

R = load("inverse_variance.json.gz")["beyond"]
by_set = pytest.mark.parametrize("name", R)


def table(name):
    return StudyTable.from_effects(R[name]["yi"], R[name]["vi"], measure="GEN")


@by_set
def test_median_unbiased_paule_mandel(name):
    """PMM: the mean, its standard error and interval, tau2, Q and I2."""
    r = R[name]["PMM"]

    fit = RandomEffects(method="PMM", ci_method="wald").fit(table(name))

    het = fit.heterogeneity
    ours = {"beta": fit.estimate, "se": fit.se, "ci_lb": fit.ci.low, "ci_ub": fit.ci.high}
    ours |= {"tau2": fit.tau2, "QE": het.q, "I2": 100 * het.i2}
    assert differences([(key, value, r[key]) for key, value in ours.items()], ITERATIVE) == []


@by_set
@pytest.mark.parametrize("method", ["ML", "REML"])
def test_profile_likelihood_of_tau2(name, method):
    """Both limits, which R finds by root search on its own likelihood."""
    limits = RandomEffects(method=method, tau2_ci="profile").fit(table(name)).heterogeneity.tau2_ci

    theirs = R[name][f"tau2_profile_CI_{method}"]
    pairs = [("low", limits.low, theirs[0]), ("high", limits.high, theirs[1])]
    assert differences(pairs, ITERATIVE) == []


@by_set
def test_the_restricted_likelihood_along_tau2(name):
    """The curve that metafor's profile() draws, seven values of tau2."""
    r = R[name]["profile_REML"]
    k = len(R[name]["yi"])
    tau2 = np.array(r["tau2"])
    batch = Batch(np.tile(R[name]["yi"], (7, 1)), np.tile(R[name]["vi"], (7, 1)), np.full(7, float(k)))

    heights = log_likelihood(batch, at(batch, tau2), restricted=True)

    assert differences(zip(r["tau2"], heights, r["ll"], strict=True), ITERATIVE) == []
