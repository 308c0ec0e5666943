"""The figure of a specification curve."""

import csv
import io
import json
from pathlib import Path

import pytest

from metaleak.plots.planners import plan_figure
from metaleak.reporting.sections.specifications import sentences

RESULT = Path(__file__).parents[2] / "analyses/specifications.result.json"


@pytest.fixture
def result():
    """Return the stored result."""
    return json.loads(RESULT.read_text(encoding="utf-8"))


def test_the_drawn_values_are_those_of_the_result(result):
    """Every specification, in order, and every choice."""
    rows = list(csv.DictReader(io.StringIO(plan_figure("specifications", result).values_csv)))
    drawn = [float(row["value"]) for row in rows if row["kind"] == "specification"]
    choices = [axis["choices"] for axis in result["odds_ratio"]["by_axis"]]

    assert drawn == result["curve"]["odds_ratio"]
    assert len(rows) - len(drawn) == sum(map(len, choices))


def test_a_limit_without_end_is_drawn_to_the_end_of_the_axis(result):
    """And stands in the drawn values and the sentences as what it is."""
    result["curve"]["high"][0] = "Inf"
    result["headline"]["ci_high"] = "Inf"
    plan = plan_figure("specifications", result)
    first = next(csv.DictReader(io.StringIO(plan.values_csv)))

    assert first["high"] == "Inf"
    assert "0.20, ∞" in " ".join(sentences(result))


def test_the_headline_stands_at_its_place(result):
    """One diamond, between the places of its neighbours in the curve."""
    [mark] = plan_figure("specifications", result).whole.parts("diamond", row="headline")
    [line] = plan_figure("specifications", result).whole.parts("estimates", row="curve")
    left, right = min(x for x, _ in line.points), max(x for x, _ in line.points)
    share = (result["curve"]["number"].index(0) + 0.5) / len(result["curve"]["number"])

    assert mark.centre[0] == pytest.approx(left + share * (right - left), abs=1.0)
