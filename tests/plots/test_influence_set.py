"""The influence set and Baujat's plot: marks stand where the model's numbers are."""

import csv
import io
import json
import math
from pathlib import Path

import pytest

from metaleak.errors import InputError
from metaleak.plots.influence_set import panels, plan_baujat, plan_influence
from metaleak.pooling.random_effects import RandomEffects
from metaleak.question.review import read_review
from metaleak.synthesis.leave_out import influence

ROOT = Path(__file__).parents[2]


@pytest.fixture
def result():
    """Return the committed result, free to be changed."""
    return json.loads((ROOT / "analyses" / "robustness.result.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def fitted():
    """Return the model's influence set of the same rows, and its fit."""
    table, model = read_review(ROOT).table("robustness"), RandomEffects(measure="PLO")
    return influence(model, table), model.fit(table)


def test_the_drawn_values_are_those_of_the_model(result, fitted):
    """All measures, for all observations."""
    frame, whole = fitted
    drawn = list(csv.DictReader(io.StringIO(plan_influence(result).values_csv)))

    for panel in panels(result):
        rows = [row for row in drawn if row["group"] == panel.key]
        assert [row["label"] for row in rows[1:]] == frame["label"].tolist()
        assert [float(row["value"]) for row in rows[1:]] == pytest.approx(frame[panel.key].tolist(), rel=1e-8)
    rest = {panel.key: panel.rest for panel in panels(result)}
    assert rest["tau2_deleted"] == pytest.approx(whole.tau2, rel=1e-8)
    assert rest["q_deleted"] == pytest.approx(whole.heterogeneity.q, rel=1e-8)


def test_marks_stand_at_their_values_between_reference_and_limit(result, fitted):
    """The place of a mark, from the reference line and the limit, is its value again."""
    frame, _ = fitted
    plan = plan_influence(result)
    lines = plan.whole.parts("limit")[:2]
    low, high = (line.x1 for line in lines)
    for i, value in enumerate(frame["rstudent"], start=1):
        mark = next(m for part in ("within", "beyond") for m in plan.whole.parts(part, row=f"rstudent-{i}"))
        assert -1.96 + (mark.centre[0] - low) / (high - low) * 3.92 == pytest.approx(value, abs=1e-6)
        assert (abs(value) > 1.96) == (mark.part == "beyond")


def test_limits_are_those_of_metafor(result):
    """influence.rma.uni: 3 sqrt(p / (k - p)), half of chi2 with p degrees of freedom, 3 p / k."""
    found = {panel.key: panel for panel in panels(result)}
    k = len(result["rows"])

    assert found["dffits"].high == pytest.approx(3 * math.sqrt(1 / (k - 1)))
    # P(chi2(1) < x) = erf(sqrt(x / 2)).
    assert math.erf(math.sqrt(found["cook_d"].high / 2)) == pytest.approx(0.5, abs=1e-9)
    assert found["hat"].high == pytest.approx(3 / k)


def test_an_observation_beyond_a_limit_is_bold_and_told(result):
    """Others are neither."""
    result["rows"][2]["diagnostics"]["cook_d"] = 0.9

    plan = plan_influence(result)

    bold = [text.text for text in plan.whole.texts(column="label") if text.weight == "bold"]
    assert bold == [
        row["label"]
        for row in result["rows"]
        if abs(row["diagnostics"]["rstudent"]) > 1.96 or row is result["rows"][2]
    ]
    assert f"{result['rows'][2]['label']} (cook’s distance 0.90)" in plan.alt_text


def test_many_observations_go_on_overleaf(result):
    """Every one once, no page too tall, the caption on the last."""
    result["rows"] = [{**result["rows"][i % 21], "label": f"Study {i}"} for i in range(150)]

    plan = plan_influence(result)

    labels = [text.text for page in plan.pages for text in page.texts(column="label")]
    assert labels == [f"Study {i}" for i in range(150)]
    assert all(page.size_mm[1] <= plan.style.page_mm + 0.01 for page in plan.pages)
    assert [any(page.texts(column="caption")) for page in plan.pages] == [False] * (len(plan.pages) - 1) + [
        True
    ]


def test_baujat_s_points_are_those_of_the_model(result, fitted):
    """In their place, and the farthest is named."""
    frame, _ = fitted
    plan = plan_baujat(result)
    points = [point.centre for point in plan.whole.parts("point")]
    drawn = list(csv.DictReader(io.StringIO(plan.values_csv)))

    assert [float(row["at"]) for row in drawn] == pytest.approx(frame["baujat_x"].tolist(), rel=1e-7)
    assert [float(row["value"]) for row in drawn] == pytest.approx(frame["baujat_y"].tolist(), rel=1e-7)
    first, last = frame["baujat_x"].idxmin(), frame["baujat_x"].idxmax()
    wide = points[last][0] - points[first][0]
    for i, (x, _) in enumerate(points):
        share = (frame["baujat_x"][i] - frame["baujat_x"][first]) / (
            frame["baujat_x"][last] - frame["baujat_x"][first]
        )
        assert (x - points[first][0]) / wide == pytest.approx(share, abs=1e-6)
    assert frame["label"][last] in [text.text for text in plan.whole.texts(column="label")]


def test_an_old_result_is_refused(result):
    """The error says what to do."""
    del result["inverse_variance"]

    with pytest.raises(InputError, match="metaleak pool"):
        plan_influence(result)
