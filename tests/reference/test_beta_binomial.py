"""The beta-binomial model against R: VGAM, glmmTMB and R's own optimiser (beta_binomial.R)."""

import json
import math
from pathlib import Path

import pytest

from metaleak.effects.table import StudyTable
from metaleak.errors import SeparationError, UndefinedError
from metaleak.pooling.beta_binomial import BetaBinomial

REFERENCE = json.loads((Path(__file__).parent / "beta_binomial.json").read_text())
SETS = REFERENCE["sets"]

#: Sets without a finite maximum, or without one that is identified.
WITHOUT = {
    "edge_zero_all": SeparationError,
    "edge_all_events": SeparationError,
    "edge_single_1of1": SeparationError,
    "edge_n1": UndefinedError,
}
#: R's optimisers wander along the logit of a correlation of 0; VGAM fails on edge_mixture.
AT_ZERO = {"edge_k1", "edge_identical", "edge_with_1of1"}
INSIDE = sorted(set(SETS) - set(WITHOUT) - AT_ZERO)
VGAM = sorted(set(INSIDE) - {"edge_mixture"})


def fitted(name):
    return BetaBinomial(ci_method="wald").fit(
        StudyTable.from_counts(*(_list(SETS[name][key]) for key in ("xi", "ni")))
    )


def _list(value):
    return value if isinstance(value, list) else [value]


def logit_icc(result):
    icc = result.detail.icc.value
    return math.log(icc / (1 - icc))


def test_every_set_is_here():
    """The sets of the binomial-normal oracle, all of them asserted below."""
    assert len(SETS) == 27
    assert len(INSIDE) + len(WITHOUT) + len(AT_ZERO) == 27


@pytest.mark.parametrize("name", INSIDE)
def test_glmmtmb(name):
    """Mean, correlation, standard error and log-likelihood; glmmTMB stops within 2e-5 of a standard error or so."""
    r, ours = SETS[name]["glmmTMB"], fitted(name)

    assert ours.estimate == pytest.approx(r["logit_mean"], abs=5e-5 * r["se"])
    assert logit_icc(ours) == pytest.approx(r["logit_icc"], abs=5e-5)
    assert ours.se == pytest.approx(r["se"], rel=2e-5)
    assert ours.convergence.log_likelihood == pytest.approx(r["logLik"], abs=1e-7)


@pytest.mark.parametrize("name", VGAM)
def test_vgam(name):
    """Mean, correlation and log-likelihood of Fisher scoring."""
    r, ours = SETS[name]["VGAM"], fitted(name)

    assert ours.estimate == pytest.approx(r["logit_mean"], abs=1e-5 * ours.se)
    assert logit_icc(ours) == pytest.approx(r["logit_icc"], abs=1e-5)
    assert ours.convergence.log_likelihood == pytest.approx(r["logLik"], abs=1e-8)


@pytest.mark.parametrize("name", sorted(set(SETS) - set(WITHOUT)))
def test_no_optimiser_climbs_higher(name):
    """Our log-likelihood is that of R's optimiser or above it."""
    ours = fitted(name)

    # Where the correlation is 0, R's beta functions of 1e9 units carry rounding of this size.
    slack = 1e-5 if name in AT_ZERO else 1e-8
    assert ours.convergence.log_likelihood >= SETS[name]["optim"]["logLik"] - slack


@pytest.mark.parametrize("name", sorted(AT_ZERO))
def test_without_correlation_the_estimate_is_the_joint_rate(name):
    """At the end of the parameter space ours says 0, and the mean is that of the joined counts."""
    ours = fitted(name)

    x, n = (sum(_list(SETS[name][key])) for key in ("xi", "ni"))
    assert ours.detail.icc.value in (0, None)
    assert ours.natural().estimate == pytest.approx(x / n, rel=1e-9)


@pytest.mark.parametrize("name", sorted(WITHOUT))
def test_no_finite_maximum_is_a_named_error(name):
    """Where R's optimiser runs off, ours names the reason."""
    with pytest.raises(WITHOUT[name]):
        fitted(name)
