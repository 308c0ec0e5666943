"""The figures of declared shares, of what the index shows, and of assumed sensitivities."""

import csv
import io
import json
from pathlib import Path

import pytest

from metaleak.errors import InputError
from metaleak.plots.detection import plan_unreported
from metaleak.plots.planners import plan_figure


@pytest.fixture
def result():
    """Return the committed result, free to be changed."""
    path = Path(__file__).parents[2] / "analyses" / "detection.result.json"
    return json.loads(path.read_text(encoding="utf-8"))


def test_every_declared_share_is_drawn(result):
    """With its denominator of rows in the caption's chart and the headline above."""
    drawn = plan_unreported(result).values_csv

    assert [f"{share} % read CT" in drawn for share in (0, 25, 50, 75, 100)] == [True] * 5
    assert "without them" in drawn


def test_without_a_declared_share_there_is_no_figure(result):
    """It says what to declare."""
    result["unreported"] = []

    with pytest.raises(InputError, match="no declared share"):
        plan_unreported(result)


def test_what_totals_leave_open_is_a_bar_down_to_the_least(result, collisions, outside):
    """Comparisons of the main index stand before others; an indirect source without an end says so."""
    plan = plan_figure("sensitivity", result)
    rows = list(csv.DictReader(io.StringIO(plan.values_csv)))

    assert [row["group"] for row in rows if row["kind"] in ("square", "open")] == ["X-ray"] * 3 + [
        "Fluoroscopy, beside the model"
    ]
    assert [row["low"] for row in rows if row["kind"] == "range"] == ["0.0", "0.0"]
    assert "no upper limit where it reaches 100 %" in plan.caption
    assert collisions(plan.whole) == outside(plan.whole) == []


def test_nothing_assumed_is_nothing_to_draw(result):
    """A plain error."""
    result["assumed"] = None

    with pytest.raises(InputError, match="no assumed sensitivity"):
        plan_figure("assumed", result)
