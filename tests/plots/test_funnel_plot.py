"""Funnels: points, line and contours stand where the model's numbers are, and the words follow the numbers."""

import csv
import io
import math
from pathlib import Path

import numpy as np
import pytest

from metaleak.effects.table import StudyTable
from metaleak.errors import InputError
from metaleak.plots.funnel_plot import plan_funnel
from metaleak.plots.funnel_words import test_words as words_of
from metaleak.plots.funnel_words import told, verdict
from metaleak.pooling.random_effects import RandomEffects
from metaleak.question.review import read_review
from metaleak.question.small_study import SmallStudy, of_contrasts
from metaleak.synthesis.small_study import small_study_line, small_study_test
from tests.plots.cases import kept, small_contrasts, with_doi_plot

ROOT = Path(__file__).parents[2]


def drawn(plan, kind):
    """Return the drawn values of a kind."""
    return [row for row in csv.DictReader(io.StringIO(plan.values_csv)) if row["kind"] == kind]


def expit(value):
    return 1 / (1 + math.exp(-value))


@pytest.fixture(scope="module")
def fitted():
    """Return the table of the rates and its inverse-variance fit."""
    table = read_review(ROOT).table("robustness")
    return table, RandomEffects(measure="PLO").fit(table)


def test_the_drawn_line_is_that_of_the_model(fitted):
    """Between the smallest and the largest study, and the words give its test."""
    _, fit = fitted
    plan, line, test = plan_funnel(kept("robustness")), small_study_line(fit), small_study_test(fit)

    for row in drawn(plan, "line"):
        wanted = expit(line.intercept + line.slope / float(row["at"]))
        assert float(row["value"]) == pytest.approx(wanted, rel=1e-8)
    text = " ".join(text.text for text in plan.whole.texts(column="note"))
    assert f"t = {test.statistic:.2f}".replace("-", "−") in text
    assert f"df {test.df}, p = {test.p_value:.3f}" in text
    assert float(drawn(plan, "pooled")[0]["value"]) == pytest.approx(expit(fit.estimate), rel=1e-8)


def test_points_stand_at_their_rate_and_the_root_of_their_size(fitted):
    """Across from 0 to 100 %, distances upwards as square roots."""
    table, _ = fitted
    plan = plan_funnel(kept("robustness"))
    points = [point.centre for point in plan.whole.parts("point")]
    rates = [x / n for x, n in zip(table.columns["xi"], table.columns["ni"], strict=True)]
    roots = [math.sqrt(n) for n in table.columns["ni"]]
    axis = [line for line in plan.whole.parts("axis") if line.y1 == line.y2]

    left, right = axis[0].x1, axis[0].x2
    assert [(x - left) / (right - left) for x, _ in points] == pytest.approx(rates, abs=1e-6)
    low, high = roots.index(min(roots)), roots.index(max(roots))
    for (_, y), root in zip(points, roots, strict=True):
        share = (root - roots[low]) / (roots[high] - roots[low])
        assert (y - points[low][1]) / (points[high][1] - points[low][1]) == pytest.approx(share, abs=1e-6)


def test_expected_rates_by_hand(fitted):
    """Sampling variance at the pooled rate and tau2, on the logit; only what lies outside is named."""
    table, fit = fitted
    plan, rate = plan_funnel(kept("robustness")), expit(fit.estimate)
    for row in drawn(plan, "expected"):
        half = 1.959963984540054 * math.sqrt(fit.tau2 + 1 / (float(row["at"]) * rate * (1 - rate)))
        assert [float(row["low"]), float(row["high"])] == pytest.approx(
            [expit(fit.estimate - half), expit(fit.estimate + half)], rel=1e-7
        )
    limits = {float(r["at"]): (float(r["low"]), float(r["high"])) for r in drawn(plan, "expected")}
    outside = {
        label
        for label, x, n in zip(table.label, table.columns["xi"], table.columns["ni"], strict=True)
        if not limits[n][0] <= x / n <= limits[n][1]
    }
    assert {text.text for text in plan.whole.texts(column="label")} == outside


def test_few_comparisons_are_drawn_and_not_tested():
    """With the reason and the override, and no line."""
    result = kept("procedure_within")

    plan = plan_funnel(result)

    text = " ".join(text.text for text in plan.whole.texts(column="note"))
    assert "8 comparisons are too few" in text
    assert "fewest = 8 under [small_study]" in text
    assert not plan.whole.parts("line")
    assert [float(row["value"]) for row in drawn(plan, "study")] == pytest.approx(
        [row["odds_ratio"] for row in result["rows"]]
    )


def test_egger_s_line_and_what_is_filled_in(collisions, outside):
    """At their values: the line's ends, and one open circle among filled ones."""
    plan = plan_funnel(small_contrasts())
    (first, *_, last), (filled,) = plan.whole.parts("line"), plan.whole.parts("filled")
    points = [point.centre for point in plan.whole.parts("point")]
    effects = [(point["yi"], point["sei"]) for point in small_contrasts()["small_study"]["points"]]
    (x1, y1), (x2, y2) = points[1], points[2]
    (e1, s1), (e2, s2) = effects[1], effects[2]

    def place(effect, error):
        return x1 + (effect - e1) / (e2 - e1) * (x2 - x1), y1 + (error - s1) / (s2 - s1) * (y2 - y1)

    assert filled.centre == pytest.approx(place(0.9, 0.58), abs=1e-6)
    assert (first.x1, first.y1) == pytest.approx(place(-0.2, 0.0), abs=1e-6)
    slope = (last.x2 - first.x1) / (last.y2 - first.y1)
    at, down = place(-1.7, 1.0)
    assert slope == pytest.approx((at - first.x1) / (down - first.y1), rel=1e-6)
    assert collisions(plan.whole) == outside(plan.whole) == []
    assert drawn(plan, "filled")[0]["at"] == "0.58"


def test_the_words_follow_the_numbers():
    """Direction, judgement at a tenth, what is not defined, and what was added."""
    found = small_contrasts()["small_study"]

    assert verdict(found) == "small studies report smaller odds ratios than large ones"
    assert words_of(found["tests"][1]) == "rank correlation (Begg and Mazumdar): τ = −0.50, p = 0.110"
    assert words_of(found["tests"][2]) == "regression on 1/n (Peters): not defined, all alike"
    assert any(
        "adds 1 study on the right: odds ratio 0.62 [0.30, 1.20]" in line for line in told(found, None)
    )
    found["tests"][0]["p_value"] = 0.11
    assert verdict(found).startswith("no difference between small and large studies is shown")
    rates = kept("robustness")["small_study"]
    rates["tests"][0] |= {"p_value": 0.01}
    assert verdict(rates) == "small studies report lower rates than large ones"


def test_the_doi_plot_brings_what_is_known_against_it(collisions, outside):
    """And is not drawn where nobody asked."""
    result = kept("robustness")
    assert not plan_funnel(result).whole.parts("doi")
    asked = with_doi_plot()

    plan = plan_funnel(asked)

    text = " ".join(text.text for text in plan.whole.texts(column="note"))
    assert "LFK index −0.93" in text
    assert "Schwarzer 2024" in text
    assert "should not be used" in plan.alt_text
    marks, points = [m.centre for m in plan.whole.parts("doi")], drawn(plan, "doi")
    assert len(marks) == len(points) == len(asked["small_study"]["doi"]["points"])
    # From left to right by effect, the nearer to the tip the higher.
    assert [x for x, _ in marks] == sorted(x for x, _ in marks)
    sizes = sorted(float(row["at"]) for row in points)
    heights = sorted(y for _, y in marks)
    for y, size in zip(heights, sizes, strict=True):
        share = (size - sizes[0]) / (sizes[-1] - sizes[0])
        assert (y - heights[0]) / (heights[-1] - heights[0]) == pytest.approx(share, abs=1e-6)
    assert collisions(plan.whole) == outside(plan.whole) == []


def test_a_funnel_needs_the_question():
    """The error names the table."""
    result = kept("robustness")
    del result["small_study"]

    with pytest.raises(InputError, match=r"\[small_study\]"):
        plan_funnel(result)


def test_the_odds_of_the_smallest_series_against_the_largest(fitted):
    """With the interval of the slope, by another route: least squares with weights."""
    table, fit = fitted
    x, w = 1 / fit.effects.ni, 1 / fit.effects.vi
    design = np.stack([np.ones_like(x), x], axis=1)
    inverse = np.linalg.inv(design.T @ (design * w[:, None]))
    slope = (inverse @ design.T @ (w * fit.effects.yi))[1]
    rest = fit.effects.yi - design @ (inverse @ design.T @ (w * fit.effects.yi))
    se = math.sqrt(float(w @ rest**2) / 19 * inverse[1, 1])
    step = 1 / min(table.columns["ni"]) - 1 / max(table.columns["ni"])
    # 2.093: t with 19 degrees of freedom.
    low, value, high = (math.exp(step * (slope + half * se)) for half in (-2.093024, 0, 2.093024))

    text = " ".join(text.text for text in plan_funnel(kept("robustness")).whole.texts(column="note"))

    assert (
        f"in a series of 18 units are {value:.2f} [{low:.2f}, {high:.2f}] times those in one of 331" in text
    )


def test_comparisons_without_any_event_are_no_error(collisions, outside):
    """An empty funnel says so, and so does one with a single point."""
    model, result = RandomEffects(measure="OR"), kept("procedure_within")
    for arms, words in (
        (([0, 0], [10, 9], [0, 0], [12, 11]), "not tested: with 0 of them"),
        (([3, 0], [10, 9], [4, 0], [12, 11]), "not tested: with 1 of them"),
    ):
        result["small_study"] = of_contrasts(model, StudyTable.from_two_arms(*arms), SmallStudy(fewest=3))
        plan = plan_funnel(result)

        assert words in plan.alt_text
        assert len(plan.whole.parts("point")) == len(result["small_study"]["points"])
        assert collisions(plan.whole) == outside(plan.whole) == []
