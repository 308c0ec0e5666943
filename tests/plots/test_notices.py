"""Studies with withdrawn or doubted publications are marked in every figure that shows them."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from metaleak.plots.notices import marked
from metaleak.plots.planners import plan_figure
from metaleak.plots.style import PLAIN
from metaleak.storage.digest import of_value

ANALYSES = Path(__file__).parents[2] / "analyses"
RESULTS = {
    path.name.removesuffix(".result.json"): json.loads(path.read_text(encoding="utf-8"))
    for path in sorted(ANALYSES.glob("*.result.json"))
}
FIGURES = [(name, kind) for name, result in RESULTS.items() for kind in result["settings"]["figures"]]

#: Figures that name every row.
NAMING = ("forest", "arms", "caterpillar", "leave_out", "cumulative", "influence")


def noticed(name, kind="retracted", *, status="rehearsal"):
    """Return a result in which something was said about every study, and their number."""
    result = RESULTS[name]
    labels = {row["study_id"]: row["label"] for row in reversed(result["rows"])}
    said = [
        {"study_id": study, "label": label, "kind": kind, "records": ["pubmed:1"]}
        for study, label in labels.items()
    ]
    return {**result, "notices": said, "status": status}


@pytest.mark.parametrize(("name", "kind"), FIGURES)
def test_every_figure_says_it_in_the_picture_and_in_words(name, kind):
    """Under the plot, in the alt text and beside the caption, in a released review, too."""
    plan = plan_figure(kind, noticed(name, status="released"))
    printed = " ".join(text.text for text in plan.whole.texts() if text.column == "caveat")

    assert "Retracted publication" in printed
    assert "Retracted publication" in plan.alt_text
    assert "Retracted publication" in plan.caveat


@pytest.mark.parametrize(("name", "kind"), [(n, k) for n, k in FIGURES if k in NAMING])
def test_every_label_bears_the_mark_and_every_drawn_value_says_why(name, kind):
    """The labels of the CSV stay those of the sheets."""
    plan, plain = plan_figure(kind, noticed(name)), plan_figure(kind, RESULTS[name])
    labels = [text.text for text in plan.whole.texts() if text.column == "label" and "†" in text.text]
    rows = list(csv.DictReader(io.StringIO(plan.values_csv)))
    before = list(csv.DictReader(io.StringIO(plain.values_csv)))
    undated = len(RESULTS[name].get("undated", ())) if kind == "cumulative" else 0

    assert len(labels) >= len(RESULTS[name]["rows"]) - undated
    assert {row["notice"] for row in rows} >= {"retracted"}
    assert [row["label"] for row in rows] == [row["label"] for row in before]
    assert all(not row["notice"] for row in before)


@pytest.mark.parametrize(("name", "kind"), [("detection", "sensitivity"), ("procedure_within", "funnel")])
def test_marks_survive_where_labels_are_cut_or_picked(name, kind):
    """The mark stands in front."""
    texts = [text.text for text in plan_figure(kind, noticed(name)).whole.texts()]

    assert any(text.startswith("† ") for text in texts)


def test_a_concern_has_a_mark_of_its_own_and_an_erratum_has_none():
    concern, erratum = (
        plan_figure("forest", noticed("vertebrae", kind)) for kind in ("concern", "corrected")
    )

    assert any(text.text.startswith("‡ ") for text in concern.whole.texts())
    assert "expression of concern" in concern.caveat
    assert not any(text.text.startswith(("†", "‡")) for text in erratum.whole.texts())
    assert "corrected" in erratum.values_csv
    assert erratum.caveat == plan_figure("forest", RESULTS["vertebrae"]).caveat


def test_the_digest_of_the_source_is_that_of_the_result():
    """The marks are the figure's, not the file's."""
    result = noticed("vertebrae")

    assert plan_figure("forest", result).source.digest == of_value(result)


def test_marks_change_no_other_part_of_a_result():
    """Numbers, settings and a result without notices stay as they are."""
    result = noticed("robustness")
    changed = marked(result)

    assert marked(RESULTS["robustness"]) is RESULTS["robustness"]
    assert changed["settings"] == result["settings"]
    assert [row["events"] for row in changed["rows"]] == [row["events"] for row in result["rows"]]
    assert all(row["label"].startswith("† ") for row in changed["rows"])
    assert all(item["name"].startswith("† ") for item in changed["without_row"])


def test_it_is_said_in_chinese(outside):
    plan = plan_figure("forest", noticed("vertebrae"), style=replace(PLAIN, language="zh"))

    assert "已撤稿的文献" in plan.caveat
    assert "Retracted" not in plan.alt_text
    assert not outside(plan.whole)
