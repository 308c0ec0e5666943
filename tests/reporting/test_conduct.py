"""How leaks were looked for, on the page."""

import json
from pathlib import Path

import pytest

from metaleak.reporting import evidence_tables
from metaleak.reporting.conduct import conduct_told, said_by, said_sentences, said_table
from metaleak.reporting.data import ReportInput
from metaleak.reporting.sections import section_of


def row(study, kind="ct", **conduct):
    """Return a row of a detection result."""
    told = {"conduct": {name: list(cells) for name, cells in conduct.items()}} if conduct else {}
    return {"study_id": study, "label": f"{study} 2001", "kind": kind, **told}


ROWS = [
    row("A", verification=["all"]),
    row("A", verification=["all"], blinded=["no"]),
    row("B", "index", verification=["selected", ""]),
    row("C", "margins", ct_timing=["day 1"]),
    row("D", "unreported", leak_definition=["clinically_noted"]),
    row("E"),
]


def test_studies_are_counted_not_rows():
    """Two rows of one study are one series; an empty part of a sum says nothing."""
    who, when, what, blinded = said_by(ROWS)

    assert (who.saying, who.series) == (2, 4)
    assert who.words["all"] == {"A": ["A 2001", "A 2001"]}
    assert (when.saying, when.series) == (1, 3)
    assert (what.saying, what.series) == (1, 5)
    assert (blinded.saying, blinded.series) == (1, 5)


def test_the_sentence_says_k_of_n():
    """Who was read is asked of series that name their imaging, when of those read on CT."""
    assert list(said_sentences(ROWS)) == [
        "How leaks were looked for: 2 of 4 series that name their imaging say whether all who were treated had it; "
        "1 of 3 series read on CT say when it was made; 1 of 5 series say what counted as a leak; 1 of 5 series say "
        "whether readers were blinded."
    ]


def test_the_table_names_who_says_what():
    """Every word with its series, and how many do not say."""
    lines = [[cell.text for cell in line.cells] for line in said_table("detection", ROWS).rows]

    assert ["Whether all who were treated had the imaging", "selected", "1", "B 2001"] in lines
    assert ["Whether all who were treated had the imaging", "not reported", "2", ""] in lines
    assert ["When CT was made", "day 1", "1", "C 2001"] in lines
    assert ["Whether all who were treated had the imaging", "all", "1", "A 2001"] in lines
    assert ["What counted as a leak", "clinically noted", "1", "D 2001"] in lines


def test_of_sheets_that_ask_nothing_nothing_is_said():
    """Older sheets lack the columns; that no series says it would be untrue."""
    older = [row("A"), row("B", "index")]

    assert list(said_sentences(older)) == []
    assert said_table("detection", older) is None


@pytest.fixture
def detection():
    """Return the committed result, free to be changed."""
    path = Path(__file__).parents[2] / "analyses" / "detection.result.json"
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("asked", [True, False])
def test_the_section_on_detection_shows_it(detection, synthetic, asked):
    """In a sentence and in a table behind the fold, where there is anything to show."""
    if not asked:
        for each in detection["rows"]:
            each.pop("conduct", None)
    report = ReportInput(
        title="", question="", status="rehearsal", results={**synthetic.results, "detection": detection}
    )

    shown = section_of(report, "detection")

    assert any(table.id == "detection.conduct" for table in shown.folded) == asked
    assert (
        any(sentence.startswith("How leaks were looked for: 3 of 31") for sentence in shown.all_sentences)
        == asked
    )
    assert ("how leaks were looked for" in shown.fold) == asked


def test_pooled_rows_say_it_where_one_of_them_does(changed, synthetic):
    """A column of its own, for export too; without a word no column."""
    result = json.loads(json.dumps(synthetic.results["modality"]))
    first = next(each for each in result["rows"] if each["group"] == "CT")
    first["conduct"] = {"verification": ["selected"], "ct_timing": ["later"]}
    told = changed(results={**synthetic.results, "modality": result})

    def shown(report):
        table = evidence_tables.pooled_rows_table(report, "modality", "CT")
        place = [column.name for column in table.columns].index("How it was read")
        return [line.cells[place].text for line in table.rows]

    assert shown(told) == ["verification: selected; CT: later", "", ""]
    with pytest.raises(ValueError, match="How it was read"):
        shown(synthetic)


@pytest.mark.parametrize(
    ("conduct", "words"),
    [
        ({"leak_definition": ["over_1_mm"]}, "leak definition: over 1 mm"),
        (
            {"verification": ["all", ""], "blinded": ["yes"]},
            "verification: all or not reported; blinded: yes",
        ),
        ({}, ""),
    ],
)
def test_a_row_is_said_in_words(conduct, words):
    """Codes as a reader reads them."""
    assert conduct_told({"conduct": conduct}) == words
