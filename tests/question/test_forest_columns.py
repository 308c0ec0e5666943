"""What a forest plot may show, as an analysis declares it, and the answers that its rows carry."""

import json
import shutil
from pathlib import Path

import pytest

from metaleak.errors import ConfigError
from metaleak.question.analyse import analyse
from metaleak.question.forest_columns import bias_items, wrong_columns
from metaleak.question.review import read_review
from metaleak.sheets.instruments import INSTRUMENTS

ROOT = Path(__file__).parents[2]


@pytest.fixture
def review(tmp_path):
    """Return a function that copies the pairs' analysis, adds lines to its figures and synthetic answers."""

    def made(lines="", answers=""):
        shutil.copytree(ROOT / "extraction", tmp_path / "extraction")
        (tmp_path / "analyses").mkdir()
        path = Path(shutil.copy(ROOT / "analyses" / "pairs.toml", tmp_path / "analyses"))
        path.write_text(path.read_text(encoding="utf-8") + lines, encoding="utf-8")
        sheet = tmp_path / "extraction" / "risk_of_bias.csv"
        sheet.write_text(sheet.read_text(encoding="utf-8") + answers, encoding="utf-8")
        return read_review(tmp_path)

    return made


def test_every_item_of_every_checklist_is_a_column():
    """By itself and within its checklist."""
    for name, tool in INSTRUMENTS.items():
        items = bias_items(name)
        assert items == (*(item.id for item in tool.items), tool.overall)
        assert not list(wrong_columns(items))


def test_columns_and_order_stand_in_the_result(review):
    """As they were declared."""
    lines = '\n[figures]\ncolumns = ["year", "quadas2_overall"]\nsort = "-rate"\n'

    settings = analyse(review(lines), "pairs").result["settings"]

    assert (settings["columns"], settings["sort"]) == (["year", "quadas2_overall"], "-rate")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('columns = ["yaer"]', r"unknown column 'yaer' \(did you mean 'year'\?\)"),
        ('columns = ["unit", "unit"]', "the column 'unit' is named twice"),
        ('sort = "size"', "rows cannot be sorted by 'size'; allowed: label"),
    ],
)
def test_what_is_not_there_is_refused(review, line, told):
    """With the file's name and what is allowed."""
    with pytest.raises(ConfigError, match=told) as error:
        analyse(review(f"\n[figures]\n{line}\n"), "pairs")

    assert "pairs.toml" in str(error.value)


def test_rows_carry_the_answers_about_their_study(review):
    """Those of other studies stay as they were, and the sheet counts as an input."""
    before = json.loads((ROOT / "analyses" / "pairs.result.json").read_text(encoding="utf-8"))
    study = before["rows"][0]["study_id"]
    answers = f"{study},quadas2_overall,high,synthetic,AB,\n"

    result = analyse(review(answers=answers), "pairs").result

    told = [row.get("bias") for row in result["rows"]]
    judged = [row["study_id"] == study for row in before["rows"]]
    assert told == [{"quadas2_overall": "high"} if own else None for own in judged]
    assert "extraction/risk_of_bias.csv" in result["inputs"]
    assert result["key"] == before["key"]


def test_unassessed_evidence_changes_nothing():
    """No row of the committed results carries an answer, and the sheet is no input of a pool."""
    for path in (ROOT / "analyses").glob("*.result.json"):
        result = json.loads(path.read_text(encoding="utf-8"))
        if result["kind"] == "pool":
            assert not any("bias" in row for row in result["rows"])
            assert "extraction/risk_of_bias.csv" not in result["inputs"]
