"""Step-function selection models against metafor's selmodel, on three published data sets."""

import json
from pathlib import Path

import pytest

from metaleak.effects.table import StudyTable
from metaleak.pooling.common_effect import CommonEffect
from metaleak.pooling.random_effects import RandomEffects
from metaleak.synthesis.selection import selection_model

REFERENCE = json.loads((Path(__file__).parent / "selection.json").read_text())
VEVEA_WOODS = (0.005, 0.01, 0.05, 0.1, 0.25, 0.35, 0.5, 0.65, 0.75, 0.9, 0.95, 0.99, 0.995)
CASES = [
    (name, key) for name, record in REFERENCE.items() for key in record if key.startswith(("stepfun", "EE"))
]


def fitted(name, key):
    """Return our fit of a reference."""
    r = REFERENCE[name]
    model = CommonEffect() if key.startswith("EE") else RandomEffects()
    result = model.fit(StudyTable.from_effects(r["yi"], r["vi"], measure="GEN"))
    if "VW" in key:
        return selection_model(
            result, steps=VEVEA_WOODS, alternative=r["alternative"], weights=r[key]["delta"]
        )
    steps = tuple(float(step) for step in key.split("stepfun_")[1].split("_"))
    return selection_model(result, steps=steps, alternative=r["alternative"])


def test_the_reference_holds_what_it_should():
    """Three data sets; estimated weights, given weights, a common effect."""
    assert len(CASES) == 16
    assert len(REFERENCE) == 3


@pytest.mark.parametrize(("name", "key"), CASES)
def test_selmodel(name, key):
    """Estimates, errors, likelihood and its ratio; R's optimiser stops a little early, never higher."""
    r, found = REFERENCE[name][key], fitted(name, key)

    assert found.log_likelihood == pytest.approx(r["logLik"], abs=1e-7)
    assert found.log_likelihood >= r["logLik"] - 1e-9
    assert found.estimate == pytest.approx(r["beta"], abs=1e-5 * r["se"])
    assert found.tau2 == pytest.approx(r["tau2"], abs=1e-6)
    assert found.se == pytest.approx(r["se"], rel=1e-5)
    assert [found.ci.low, found.ci.high] == pytest.approx([r["ci_lb"], r["ci_ub"]], abs=2e-5 * r["se"])
    assert found.p_value == pytest.approx(r["pval"], rel=1e-4, abs=1e-9)
    for ours, weight, error in zip(found.weights, r["delta"], r["se_delta"], strict=True):
        assert ours.weight == pytest.approx(weight, rel=1e-5)
        if error is None:
            assert ours.se is None
        else:
            assert ours.se == pytest.approx(error, rel=1e-5)
    if found.tau2 > 0:
        assert found.se_tau2 == pytest.approx(r["se_tau2"], rel=1e-4)
    else:
        assert found.se_tau2 is None
    if r["LRTdf"] > 0:
        assert found.test.df == r["LRTdf"]
        assert found.test.statistic == pytest.approx(r["LRT"], abs=1e-6)
        assert found.test.p_value == pytest.approx(r["LRTp"], abs=1e-6)
    else:
        assert found.test is None
