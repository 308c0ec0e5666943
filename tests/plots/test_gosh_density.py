"""The density of subsets: what it draws is what was counted."""

import csv
import io
import json
from pathlib import Path

import pytest

from metaleak.errors import InputError
from metaleak.plots.gosh_density import SHADES, Density, density_of, plan_gosh
from metaleak.plots.presets import greyed
from metaleak.plots.style import PLAIN
from metaleak.plots.svg import svg

RESULT = Path(__file__).parents[2] / "analyses" / "robustness.result.json"


@pytest.fixture
def result():
    """Return the committed result, free to be changed."""
    return json.loads(RESULT.read_text(encoding="utf-8"))


def test_every_subset_is_in_a_cell_or_beyond(result):
    """And each margin counts those in cells."""
    found = density_of(result["subsets"])
    seen = result["subsets"]["subsets"] - result["subsets"]["density"]["beyond"]

    assert sum(found.columns) == sum(found.rows) == seen
    assert all(m <= n for m, n in zip(found.with_most, found.columns, strict=True))


def test_a_shade_holds_its_share_with_as_few_cells_as_can_be(result):
    """Without the least of them it would not."""
    found = density_of(result["subsets"])
    whole, shades = sum(found.rows), found.shades()
    for shade, share in enumerate(SHADES, start=1):
        held = sorted(
            n
            for row, marks in zip(found.cells, shades, strict=True)
            for n, mark in zip(row, marks, strict=True)
            if mark >= shade
        )
        tied = held.count(held[0])
        assert sum(held) >= share * whole * (1 - 1e-12)
        assert sum(held) - tied * held[0] < share * whole


def test_empty_cells_have_no_shade():
    """And one full cell has the darkest."""
    assert Density(((0, 3), (0, 0)), (0, 1), (0, 1), (0, 1)).shades() == ((0, 6), (0, 0))


def test_cells_lie_where_their_values_are(result):
    """The darkest cells surround the densest one, and all rows stand at their own rate."""
    result["subsets"]["density"] |= {
        "x": [0.4, 0.6],
        "y": [0.5, 0.9],
        "cells": ["0 0 0 1", "0 7 0 0"],
        "with_most": "0 2 0 1",
    }
    result["subsets"]["all"] |= {"estimate": 0.5, "i2": 0.7}
    plan = plan_gosh(result)
    cell, diamond = plan.whole.parts("cell-6")[0], plan.whole.parts("diamond")[0]
    drawn = list(csv.DictReader(io.StringIO(plan.values_csv)))

    # Second of four columns, upper of two lines: its right edge is the middle rate, its lower edge the middle I2.
    assert max(x for x, _ in cell.points) == pytest.approx(diamond.centre[0], abs=0.3)
    assert max(y for _, y in cell.points) == pytest.approx(diamond.centre[1], abs=0.3)
    assert [(row["at"], row["value"], row["k"]) for row in drawn if row["kind"] == "cell"] == [
        ("0.575", "0.6", "1"),
        ("0.475", "0.8", "7"),
    ]


@pytest.mark.parametrize("style", [PLAIN, greyed(PLAIN)])
def test_the_picture_stays_light(result, style):
    """However many subsets: under 60 kB with its typeface, even with a count in every cell."""
    assert len(_drawn(plan_gosh(result, style=style))) < 60_000
    # A checkerboard of two counts has no runs: the worst that the cells can be.
    result["subsets"]["density"]["cells"] = [
        " ".join(str(1 + 999 * ((i // 3 + j) % 2)) for i in range(48)) for j in range(32)
    ]
    assert len(_drawn(plan_gosh(result, style=style))) < 90_000


def _drawn(plan):
    return svg(plan.whole, style=plan.style, name="gosh", title=plan.title, description=plan.alt_text)


def test_tau2_can_stand_on_the_axis(result):
    """Its ticks are no percents, and all observations stand at their own."""
    result["subsets"]["density"] |= {"against": "tau2", "y": [0.0, 2.0]}

    plan = plan_gosh(result)

    assert "τ²" in plan.caption
    assert [t.text for t in plan.whole.texts(column="title")] == ["τ² on the logit scale"]
    assert "logit variance" in plan.values_csv


def test_without_subsets_there_is_nothing_to_draw(result):
    """The error says what to set."""
    result["subsets"] = None

    with pytest.raises(InputError, match="subsets above 0"):
        plan_gosh(result)
