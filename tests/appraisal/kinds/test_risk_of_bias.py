"""The kind on this review, where nothing is assessed, and on a copy with synthetic answers."""

import json
import shutil
from pathlib import Path

import pytest

from metaleak.errors import ConfigError
from metaleak.question.analyse import analyse
from metaleak.question.review import read_review
from metaleak.reporting.sections.risk_of_bias import sentences

ROOT = Path(__file__).parents[3]


@pytest.fixture
def review(tmp_path):
    """Return a function that copies the analyses' files, changes one, and adds synthetic answers."""

    def made(swap=("", ""), answers=""):
        shutil.copytree(ROOT / "extraction", tmp_path / "extraction")
        (tmp_path / "analyses").mkdir()
        for name in ("modality", "risk_of_bias"):
            shutil.copy(ROOT / "analyses" / f"{name}.toml", tmp_path / "analyses")
        path = tmp_path / "analyses" / "risk_of_bias.toml"
        path.write_text(path.read_text().replace(*swap))
        sheet = tmp_path / "extraction" / "risk_of_bias.csv"
        sheet.write_text(sheet.read_text() + answers)
        return read_review(tmp_path)

    return made


def test_today_nothing_is_assessed():
    """The committed result says so of all 72 studies, under both checklists."""
    result = json.loads((ROOT / "analyses" / "risk_of_bias.result.json").read_text(encoding="utf-8"))

    assert [(tool["begun"], len(tool["not_assessed"])) for tool in result["tools"]] == [(0, 72), (0, 72)]
    assert all("none of 72 studies is assessed" in said for said in sentences(result))
    assert all("Not assessed is not low risk" in said for said in sentences(result))
    assert result["units"] == result["selection"]["total"]


def test_answers_reach_the_result(review):
    """Acta Radiol 2007 gives 56 of the units; a study outside the analysis is named, not shown."""
    outside = "Luetmer2011"
    answers = (
        "ActaRadiol2007,jbi_6,yes,synthetic,AB,\n"
        "ActaRadiol2007,jbi_overall,high,synthetic,AB,\n"
        f"{outside},jbi_1,no,synthetic,AB,\n"
    )

    result = analyse(review(answers=answers), "risk_of_bias").result

    jbi, minors = result["tools"]
    assert jbi["shares"]["jbi_6"]["yes"] == pytest.approx(56 / result["units"])
    assert [study["study_id"] for study in jbi["studies"]] == ["ActaRadiol2007"]
    assert jbi["studies"][0]["answers"]["jbi_1"] == "not_assessed"
    assert minors["begun"] == 0
    assert outside in result["notes"][0]
    assert "1 of 72 studies assessed" in sentences(result)[0]


def test_comparisons_have_their_own_checklist(review, tmp_path):
    """QUADAS-2 shows the three comparisons of the pairs; a domain judged high is one that is not met."""
    for name in ("pairs", "pairs_bias"):
        shutil.copy(ROOT / "analyses" / f"{name}.toml", tmp_path)
    answers = "Martin2012,quadas2_1,high,synthetic,AB,\nMartin2012,quadas2_overall,high,synthetic,AB,\n"
    read = review(answers=answers)
    for name in ("pairs", "pairs_bias"):
        shutil.move(tmp_path / f"{name}.toml", tmp_path / "analyses")

    (quadas,) = analyse(read, "pairs_bias").result["tools"]

    assert [study["study_id"] for study in quadas["studies"]] == ["Martin2012"]
    assert len(quadas["not_assessed"]) == 2
    assert quadas["shares"]["quadas2_1"]["high"] == pytest.approx(149 / 218)
    assert quadas["bad"] == "high"


@pytest.mark.parametrize(
    ("swap", "told"),
    [
        (('tools = ["jbi", "minors"]', 'tools = ["jbi", "jbi"]'), "named twice"),
        (('tools = ["jbi", "minors"]', 'tools = ["rob2"]'), "tools"),
        (('of = "modality"', 'of = "modalty"'), "did you mean 'modality'"),
        (('of = "modality"', 'of = "risk_of_bias"'), "selects no rows"),
    ],
)
def test_what_the_file_cannot_say(review, swap, told):
    """Each with a sentence that names the mistake."""
    with pytest.raises(ConfigError, match=told):
        analyse(review(swap), "risk_of_bias")
