"""Risk of bias drawn from synthetic answers: nothing overlaps, and every state can be told without colour."""

import csv
import io

import pytest
from matplotlib.figure import Figure

from metaleak.errors import SettingError
from metaleak.plots.bias import plan_bias_bars, plan_traffic_lights, risk_of_bias
from metaleak.plots.presets import GREY, PRESETS
from metaleak.plots.style import PLAIN
from metaleak.plots.verdicts import OF_ANSWER, VERDICTS
from tests.plots.cases import judged
from tests.plots.conftest import LONG

PLANS = [plan_bias_bars, plan_traffic_lights]


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("style", ["plain", "lancet", "jama"])
@pytest.mark.parametrize(("studies", "assessed", "label"), [(3, 0, "S {}"), (12, 9, "S {}"), (12, 12, LONG)])
def test_nothing_overlaps_and_nothing_is_cut(collisions, outside, plan, style, studies, assessed, label):
    """In every journal's width, empty, in part and full, with long labels."""
    drawn = plan(judged(studies, assessed, label), style=PRESETS[style])

    assert collisions(drawn.whole) == outside(drawn.whole) == []


def test_long_figures_go_on_overleaf(collisions, outside):
    """120 studies: the page after the first begins with the checklist's name again."""
    drawn = plan_traffic_lights(judged(120, 120))

    assert len(drawn.pages) > 1
    assert next(drawn.pages[1].texts()).text == "JBI checklist for prevalence studies (continued)"
    assert all(collisions(page) == outside(page) == [] for page in drawn.pages)


def test_states_differ_without_colour():
    """Sign, shape and grey: no two states share both sign and shape, and greys of answers differ."""
    assert len({(verdict.sign, verdict.corners, verdict.fill is None) for verdict in VERDICTS}) == len(
        VERDICTS
    )
    greys = [GREY.colour(verdict.fill) for verdict in VERDICTS if verdict.fill]
    assert len(set(greys)) == len(greys)


def test_not_assessed_is_hollow_and_counted():
    """Two studies without an answer are one row of hollow marks, and never stand as good."""
    drawn = plan_traffic_lights(judged(2, 0)).whole

    assert len(drawn.parts("not assessed")) == 10 + 13 + 8 + 1
    assert len(drawn.parts("good")) == 1  # in the legend
    assert all(mark.fill is None for mark in drawn.parts("not assessed"))
    assert any(text.text == "2 studies: not assessed" for text in drawn.texts(column="label"))


def test_bars_are_as_long_as_their_share():
    """Synthetic 0 and 1 of 20 and 27 units: their segments add up to the whole axis."""
    result = judged(2, 1)
    drawn = plan_bias_bars(result).whole
    row = "JBI checklist for prevalence studies-Sample frame"
    segments = [shape for verdict in VERDICTS for shape in drawn.parts(verdict.name, row=row)]
    widths = [max(x for x, _ in s.points) - min(x for x, _ in s.points) for s in segments]

    assert [w / sum(widths) for w in widths] == pytest.approx([20 / 47, 27 / 47])


@pytest.mark.parametrize("plan", PLANS)
def test_what_stands_beside_a_figure(plan):
    """The caption says that empty is not low; the values are those of the result; the caveat is there."""
    result = judged(12, 9)
    drawn = plan(result)
    rows = list(csv.DictReader(io.StringIO(drawn.values_csv)))

    assert "not low risk" in drawn.caption
    assert "9 of 12 studies assessed, 3 not assessed" in drawn.alt_text
    assert drawn.caveat in drawn.alt_text
    assert {row["kind"] for row in rows} <= set(OF_ANSWER)
    if plan is plan_bias_bars:
        shown = {(row["kind"], row["label"]): float(row["value"]) for row in rows if "JBI" in row["group"]}
        assert shown["yes", "Sample frame"] == result["tools"][0]["shares"]["jbi_1"]["yes"]
    else:
        assert len(rows) == 9 * (10 + 13 + 8) + 3 * 3


def test_on_axes_of_ones_own():
    """The figure takes their width; axes that are too small and unknown forms are refused."""
    figure = Figure(figsize=(7.1, 7))
    axes = figure.add_axes((0, 0, 1, 1))

    assert risk_of_bias(judged(3, 2), axes, form="bias_bars") is axes
    with pytest.raises(SettingError, match="too small"):
        risk_of_bias(judged(40, 40), axes)
    with pytest.raises(SettingError, match="no such form"):
        risk_of_bias(judged(3, 2), form="pie")
    assert PLAIN.width_mm == pytest.approx(180)
