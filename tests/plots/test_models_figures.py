"""Figures of one rate under many models."""

import csv
import io
import json
from pathlib import Path

import pytest

from metaleak.plots.models_figures import plan_caterpillar, plan_drapery, plan_estimators

RESULT = json.loads(
    (Path(__file__).parents[2] / "analyses" / "models.result.json").read_text(encoding="utf-8")
)


def values(plan):
    return list(csv.DictReader(io.StringIO(plan.values_csv)))


def test_every_model_has_its_line():
    """One that failed stands below with its reason."""
    result = json.loads(json.dumps(RESULT))
    result["models"][3] |= {"estimate": None, "reason": "no maximum"}

    plan = plan_estimators(result)

    assert len(list(plan.whole.texts(column="rate"))) == len(RESULT["models"]) - 1 + 2
    assert any(t.text == "Binomial-normal, Bayesian: no maximum" for t in plan.whole.texts(column="note"))


def test_a_caterpillar_is_sorted_and_shows_both_rates():
    """Open squares where the rates were observed, squares where they were drawn to."""
    plan = plan_caterpillar(RESULT)
    shrunken = [float(v["value"]) for v in values(plan) if v["kind"] == "square"]
    observed = [float(v["value"]) for v in values(plan) if v["kind"] == "observed"]

    assert shrunken == sorted(row["shrunken"] for row in RESULT["rows"])
    assert sorted(observed) == sorted(row["rate"] for row in RESULT["rows"])
    assert len(plan.whole.parts("open square")) == len(plan.whole.parts("square")) == RESULT["k"]


def test_curves_pass_through_the_limits():
    """The pooled curve crosses the line of its level at the ends of its interval."""
    plan = plan_drapery(RESULT)
    (level,) = plan.whole.parts("level")
    left, right = level.x1, level.x2
    ends = [
        line
        for line in plan.whole.parts("pooled")
        if min(abs(line.y1 - level.y1), abs(line.y2 - level.y1)) < 1e-6
    ]
    at = sorted(
        {round(x, 3) for e in ends for x, y in ((e.x1, e.y1), (e.x2, e.y2)) if abs(y - level.y1) < 1e-6}
    )

    assert at == pytest.approx(
        [left + (right - left) * RESULT[key] for key in ("ci_low", "ci_high")], abs=0.01
    )
    assert {v["kind"] for v in values(plan)} == {"pooled", "prediction", "study"}
    assert "p = 0.05 at 45.4 % and 65.3 %" in plan.alt_text
