"""Tests of small-study effects, trim and fill and fail-safe N against metafor."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from metaleak.effects.table import StudyTable
from metaleak.errors import UndefinedError
from metaleak.pooling.common_effect import CommonEffect
from metaleak.pooling.random_effects import RandomEffects
from metaleak.pooling.result import RowEffects
from metaleak.synthesis.small_study import fail_safe_n, small_study_test, trim_and_fill

REFERENCE = json.loads((Path(__file__).parent / "small_study.json").read_text())

#: Two rows, and rows that are all alike: metafor fails or divides by zero, ours says why.
WITHOUT = {"edge_k2:PLO", "edge_identical:PLO"}
SETS = sorted(set(REFERENCE) - WITHOUT)
REGRESSIONS = {
    "lm_sei": ("egger", RandomEffects()),
    "lm_ninv": ("peters", RandomEffects()),
    "rma_sei_REML_z": ("egger-mixed", RandomEffects(ci_method="wald")),
    "rma_sei_REML_knha": ("egger-mixed", RandomEffects(ci_method="hksj")),
    "rma_sei_DL_z": ("egger-mixed", RandomEffects(method="DL", ci_method="wald")),
}
MODELS = {
    "EE": CommonEffect(),
    "DL": RandomEffects(method="DL", ci_method="wald"),
    "REML": RandomEffects(ci_method="wald"),
}


def table(name):
    r = REFERENCE[name]
    return StudyTable.from_effects(r["yi"], r["vi"], measure="GEN")


def fitted(name, model):
    """Return the fit with the sizes that the reference has."""
    found, ni = model.fit(table(name)), REFERENCE[name]["ni"]
    sizes = None if ni is None else np.array(ni, dtype=float)
    return replace(found, effects=RowEffects(found.effects.yi, found.effects.vi, sizes))


@pytest.mark.parametrize("key", REGRESSIONS)
@pytest.mark.parametrize("name", SETS)
def test_regression_tests(name, key):
    """Statistic, degrees of freedom and p value of regtest."""
    r = REFERENCE[name]["regtest"].get(key)
    if r is None:
        with pytest.raises(UndefinedError, match="no sizes"):
            small_study_test(fitted(name, RandomEffects()), kind="peters", fewest=3)
        return
    kind, model = REGRESSIONS[key]

    ours = small_study_test(fitted(name, model), kind=kind, fewest=3)

    assert ours.statistic == pytest.approx(r["stat"], rel=1e-6)
    assert ours.p_value == pytest.approx(r["pval"], rel=1e-6)
    assert r["df"] is None or ours.df == r["df"]


@pytest.mark.parametrize("name", SETS)
def test_rank_test(name):
    """Kendall's tau and its p value, exact without ties."""
    r = REFERENCE[name]["ranktest"]

    ours = small_study_test(fitted(name, RandomEffects()), kind="begg", fewest=3)

    assert (ours.statistic, ours.p_value) == pytest.approx((r["tau"], r["pval"]), rel=1e-6)


@pytest.mark.parametrize("side", ["auto", "left", "right"])
@pytest.mark.parametrize("estimator", ["L0", "R0"])
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("name", SETS)
def test_trim_and_fill(name, model, estimator, side):
    """Number, side, filled effects and the pool with them."""
    r = REFERENCE[name]["trimfill"][f"{model}_{estimator}_{side}"]

    ours = trim_and_fill(MODELS[model], table(name), estimator=estimator, side=side, fewest=3)

    assert (ours.missing, ours.side) == (r["k0"], r["side"])
    assert ours.result.estimate == pytest.approx(r["beta"], rel=1e-5)
    assert ours.result.se == pytest.approx(r["se"], rel=1e-5)
    for own, theirs in ((ours.se, r["se_k0"]), (ours.p_value, r["p_k0"])):
        assert own is None if theirs is None else own == pytest.approx(theirs, rel=1e-6)
    if r["filled_yi"] is not None:
        assert sorted(ours.filled) == pytest.approx(sorted(r["filled_yi"]), rel=1e-5)


@pytest.mark.parametrize("alpha", [0.05, 0.01])
@pytest.mark.parametrize("name", SETS)
def test_fail_safe_n(name, alpha):
    """Rosenthal's number."""
    assert (
        fail_safe_n(fitted(name, CommonEffect()), alpha=alpha) == REFERENCE[name]["fsn"][f"rosenthal_{alpha}"]
    )


def test_rows_that_are_all_alike_have_no_funnel():
    """Plain errors, no division by zero."""
    alike = fitted("edge_identical:PLO", RandomEffects())

    for kind in ("egger", "peters", "egger-mixed", "begg"):
        with pytest.raises(UndefinedError):
            small_study_test(alike, kind=kind, fewest=3)
    with pytest.raises(UndefinedError, match="no side"):
        trim_and_fill(CommonEffect(), table("edge_identical:PLO"), fewest=3)
