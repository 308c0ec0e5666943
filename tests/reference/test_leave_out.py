"""Leave-one-out, cumulation and the influence set against metafor's, edge cases included."""

import json
from pathlib import Path

import numpy as np
import pytest

from metaleak.effects.table import StudyTable
from metaleak.pooling.common_effect import CommonEffect
from metaleak.pooling.random_effects import RandomEffects
from metaleak.synthesis.leave_out import cumulate, influence, leave_one_out

REFERENCE = json.loads((Path(__file__).parent / "leave_out.json").read_text())
CASES = [(name, method) for name in REFERENCE for method in ("EE", "DL", "REML")]
SHARES = ("i2", "weight")


def case(name, method):
    entry = REFERENCE[name]
    table = StudyTable.from_effects(entry["yi"], entry["vi"], measure="GEN")
    model = CommonEffect() if method == "EE" else RandomEffects(method=method, ci_method="wald")
    return entry[method], model, table


def require_equal(ours, theirs, pairs):
    """Compare columns; where R has no number there is nothing to compare."""
    for column, key in pairs:
        expected = np.array([np.nan if value is None else float(value) for value in theirs[key]])
        found = ours[column].to_numpy(dtype=float) * (100 if column in SHARES else 1)
        known = np.isfinite(expected) & np.isfinite(found)
        assert found[known] == pytest.approx(expected[known], rel=1e-8, abs=1e-9), column


@pytest.mark.parametrize(("name", "method"), CASES)
def test_leave_one_out(name, method):
    """Estimates, errors, limits, Q, I2 and tau2 without each row."""
    r, model, table = case(name, method)
    pairs = [
        ("estimate", "estimate"),
        ("se", "se"),
        ("ci_low", "ci_lb"),
        ("ci_high", "ci_ub"),
        ("q", "Q"),
        ("i2", "I2"),
    ]

    ours = leave_one_out(model, table)

    require_equal(ours, r["leave1out"], pairs + ([("tau2", "tau2")] if method != "EE" else []))


@pytest.mark.parametrize(("name", "method"), CASES)
def test_cumulation(name, method):
    """In the given order, and from the most to the least precise row."""
    r, model, table = case(name, method)
    pairs = [("estimate", "estimate"), ("se", "se"), ("ci_high", "ci_ub")]

    require_equal(cumulate(model, table), r["cumul_given_order"], pairs)
    require_equal(cumulate(model, table, order="precision"), r["cumul_by_vi"], pairs)


@pytest.mark.parametrize(("name", "method"), CASES)
def test_influence(name, method):
    """Every diagnostic of metafor's set, and Baujat's two."""
    r, model, table = case(name, method)
    names = {
        "rstudent": "rstudent",
        "dffits": "dffits",
        "cook_d": "cook_d",
        "cov_r": "cov_r",
        "tau2_deleted": "tau2_del",
    }
    names |= {"q_deleted": "QE_del", "hat": "hat", "weight": "weight", "dfbetas": "dfbs"}

    ours = influence(model, table)

    require_equal(ours, r["influence"], names.items())
    if "error" not in r["baujat"]:
        require_equal(ours, r["baujat"], [("baujat_x", "x"), ("baujat_y", "y")])
