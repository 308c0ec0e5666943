"""Charts of detection, ledgers and regressions, on the results of this review."""

import copy
import csv
import io
import json
import math
from pathlib import Path

import pytest

from metaleak.errors import SheetError
from metaleak.plots.forest_data import Value
from metaleak.plots.planners import plan_figure
from metaleak.plots.presets import PRESETS, greyed
from metaleak.plots.style import PLAIN
from metaleak.plots.why import ratio_limits

ANALYSES = Path(__file__).parents[2] / "analyses"
FIGURES = [
    ("procedure_within", "arms"),
    ("viscosity", "arms"),
    ("robustness", "leave_out"),
    ("robustness", "cumulative"),
    ("models", "estimators"),
    ("models", "caterpillar"),
    ("models", "drapery"),
    ("what_next", "precision"),
    ("what_next", "extended_funnel"),
    ("robustness", "gosh"),
    ("robustness", "influence"),
    ("robustness", "funnel"),
    ("procedure_within", "funnel"),
    ("robustness", "baujat"),
    ("detection", "adjusted"),
    ("detection", "guard_rails"),
    ("detection", "sensitivity"),
    ("detection", "assumed"),
    ("detection", "unreported"),
    ("why_range", "parts"),
    ("why_range", "ledger"),
    ("regression", "routes"),
    ("regression", "coefficients"),
    ("regression", "means"),
    ("regression", "bubble"),
    ("risk_of_bias", "bias_bars"),
    ("risk_of_bias", "traffic_lights"),
    ("pairs_bias", "traffic_lights"),
    ("specifications", "specifications"),
]


def kept(name):
    """Return a committed result."""
    return json.loads((ANALYSES / f"{name}.result.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("name", "kind"), FIGURES)
@pytest.mark.parametrize("style", ["plain", "lancet", "jama"])
def test_nothing_overlaps_and_nothing_is_cut(collisions, outside, name, kind, style):
    """In every journal's width."""
    plan = plan_figure(kind, kept(name), style=PRESETS[style])

    assert collisions(plan.whole) == outside(plan.whole) == []
    assert len(plan.pages) == 1


@pytest.mark.parametrize(("name", "kind"), FIGURES)
def test_every_figure_says_what_it_shows(name, kind):
    """Caption, alt text with numbers, drawn values, and the caveat."""
    plan = plan_figure(kind, kept(name))

    assert plan.caveat in plan.alt_text
    assert any(char.isdigit() for char in plan.alt_text)
    assert plan.caption.endswith(".")
    assert len(list(csv.DictReader(io.StringIO(plan.values_csv)))) >= 3


def test_a_ratio_that_leaves_the_axis_ends_in_an_arrow():
    """Both ends of an interval without ends."""
    result = kept("regression")
    result["coefficients"][1] |= {"ci_low": "-Inf", "ci_high": "Inf"}

    plan = plan_figure("coefficients", result)

    assert len(plan.whole.parts("arrow", row="row-1")) == 2
    assert "∞" in next(plan.whole.texts(row="row-1", column="rate")).text


def test_the_axis_holds_estimates_and_stays_readable():
    """Round ends, never narrower than half to double, never wider than fifty."""
    assert ratio_limits([Value(0.9, 0.8, 1.1)]) == (0.5, 2.0)
    assert ratio_limits([Value(0.4, 0.17, 0.9)]) == (0.1, 2.0)
    assert ratio_limits([Value(3.0, 1e-9, math.inf)]) == (0.02, 5.0)


def test_a_negative_share_is_drawn_left_of_zero():
    """It is not clipped, and the axis begins below it."""
    result = kept("why_range")
    result["ledgers"][0]["parts"]["unit"] |= {"share": -0.08, "low": -0.12, "high": 0.02}

    plan = plan_figure("ledger", result)
    zero = next(line for line in plan.whole.parts("no difference"))
    square = next(iter(plan.whole.parts("square", row="row-4")))

    assert square.centre[0] < zero.x1
    assert "−8.0" in plan.alt_text


@pytest.mark.parametrize(
    ("name", "kind"), [("why_range", "parts"), ("why_range", "ledger"), ("regression", "means")]
)
def test_long_and_hostile_names_stay_inside(collisions, outside, name, kind):
    """Names of levels and ledgers come from files."""
    text = "a very long name of a level that somebody typed <script>alert(1)</script> $x$ and more"
    result = copy.deepcopy(kept(name))
    if name == "why_range":
        result["ledgers"][0]["name"] = text
    else:
        result["means"]["group"][0]["level"] = text

    plan = plan_figure(kind, result)

    assert collisions(plan.whole) == outside(plan.whole) == []


def test_what_the_font_cannot_draw_is_refused():
    """With the figure where it stands."""
    result = kept("regression")
    result["means"]["group"][0]["level"] = "\U0001f600"

    with pytest.raises(SheetError, match="means"):
        plan_figure("means", result)


def test_parts_lie_end_to_end_and_negative_ones_left_of_zero(collisions, outside):
    """The bar reaches beyond 100 % by as much as lies left of 0."""
    result = kept("why_range")
    parts = result["ledgers"][0]["parts"]
    parts["unexplained"]["share"] += parts["unit"]["share"] + 0.08
    parts["unit"]["share"] = -0.08

    plan = plan_figure("parts", result)
    rows = [row for row in csv.DictReader(io.StringIO(plan.values_csv)) if row["k"] == "35"][:5]
    low = {row["label"]: float(row["low"]) for row in rows}

    assert low["Unit"] == pytest.approx(-0.08)
    assert low["Imaging"] == pytest.approx(float(rows[0]["high"]))
    assert "unit −8 %" in plan.alt_text
    assert collisions(plan.whole) == outside(plan.whole) == []


@pytest.mark.parametrize("style", [PLAIN, greyed(PLAIN)])
def test_a_part_has_one_colour_in_all_ledgers(style):
    """And its text stands out on it."""
    plan = plan_figure("parts", kept("why_range"), style=style)
    colours = [shape.fill for shape in plan.whole.parts("segment")]

    assert colours[:5] == ["grid", "series-1", "series-2", "series-3", "prediction"]
    assert colours[10:13] == ["grid", "series-1", "series-4"]
