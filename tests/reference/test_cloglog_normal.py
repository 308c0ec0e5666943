"""The complementary log-log normal model with offsets against R: lme4's glmer and a tight optimum (cloglog.R)."""

import json
from pathlib import Path

import pytest

from metaleak.effects.table import StudyTable
from metaleak.errors import SeparationError, UndefinedError
from metaleak.pooling.cloglog_normal import CloglogNormal

SETS = json.loads((Path(__file__).parent / "cloglog.json").read_text())["sets"]

#: Sets without a finite maximum, or without one that is identified.
WITHOUT = {
    "edge_zero_all": SeparationError,
    "edge_all_events": SeparationError,
    "edge_single_1of1": SeparationError,
    "edge_n1": UndefinedError,
}
FITTED = sorted(set(SETS) - set(WITHOUT))
#: R's window around the mode leaves out 4e-4 of the integral of a row with only events: ours is higher.
BY_OPTIM = sorted(set(FITTED) - {"edge_mixture"})
#: glmer ends with an error in the others.
BY_LME4 = [name for name in FITTED if "mu" in SETS[name]["lme4"]]
#: glmer stops early where most counts are 0.
ROUGH = {"axfors2021_trt": 1e-3, "axfors2021_ctl": 1e-3, "edge_sparse200": 1e-5}


def fitted(name):
    x, n, m = (held if isinstance(held := SETS[name][key], list) else [held] for key in ("xi", "ni", "m"))
    return CloglogNormal(exposure="m", ci_method="wald").fit(
        StudyTable.from_counts(x, n, moderators={"m": m})
    )


def test_every_set_is_here():
    """The sets of the binomial-normal oracle, all of them asserted below; lme4 fits seventeen."""
    assert len(SETS) == len(FITTED) + len(WITHOUT) == 27
    assert len(BY_LME4) == 17


@pytest.mark.parametrize("name", BY_OPTIM)
def test_the_tight_optimum(name):
    """Estimate and tau within 2e-6 of a standard error, the log-likelihood with its coefficients within 1e-8."""
    r, ours = SETS[name]["optim"], fitted(name)

    assert ours.estimate == pytest.approx(r["mu"], abs=2e-6 * ours.se)
    assert (ours.tau2 or 0) ** 0.5 == pytest.approx(r["tau"], abs=1e-6)
    assert ours.convergence.log_likelihood == pytest.approx(r["logLik"], abs=1e-8)


@pytest.mark.parametrize("name", BY_LME4)
def test_glmer(name):
    """The same from glmer with 25 points: estimate, tau and standard error."""
    r, ours, rough = SETS[name]["lme4"], fitted(name), ROUGH.get(name, 1e-6)

    assert ours.estimate == pytest.approx(r["mu"], abs=rough * ours.se)
    assert (ours.tau2 or 0) ** 0.5 == pytest.approx(r["tau"], abs=rough)
    assert ours.se == pytest.approx(r["se"], rel=rough)


@pytest.mark.parametrize("name", sorted(WITHOUT))
def test_no_finite_maximum(name):
    """What R ends somewhere for is refused by name."""
    with pytest.raises(WITHOUT[name]):
        fitted(name)
