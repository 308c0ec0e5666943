"""Words behind folds: few paragraphs lead a section, and none is lost."""

import json
from pathlib import Path

import pytest

from metaleak.reporting.data import ReportInput
from metaleak.reporting.export.words import manuscript
from metaleak.reporting.passages import Passage
from metaleak.reporting.sections import section_module, section_of
from metaleak.reporting.sections.section import Section

RESULTS = {
    path.name.removesuffix(".result.json"): json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((Path(__file__).parents[2] / "analyses").glob("*.result.json"))
}
LONG = [
    "matched",
    "detection",
    "regression",
    "why_range",
    "robustness",
    "what_next",
    "specifications",
    "procedure_within",
    "units",
]


@pytest.fixture(scope="module")
def report():
    """Return what was committed, without figures and sheets."""
    return ReportInput(title="", question="", status="rehearsal", results=RESULTS)


@pytest.mark.parametrize("name", LONG)
def test_few_paragraphs_lead(report, name):
    """The figure or the first table comes after at most four, the question not counted."""
    assert 1 <= len(section_of(report, name).sentences) <= 4


@pytest.mark.parametrize("name", LONG)
def test_what_the_terminal_says_stands_on_the_page(report, name):
    """In front of the folds or behind them, each sentence once."""
    shown = section_of(report, name).all_sentences

    assert len(set(shown)) == len(shown)
    assert set(section_module(RESULTS[name]["kind"]).sentences(RESULTS[name])) <= set(shown)


@pytest.mark.parametrize("name", LONG)
def test_a_manuscript_holds_the_words_behind_folds(report, name):
    """Paper of a journal has no folds."""
    results = " ".join(dict(manuscript(report).sections)["Results"])

    assert all(sentence in results for sentence in section_of(report, name).all_sentences)


def test_the_address_names_section_and_passage():
    """So that a link leads to the words."""
    why = Passage("why", "Why", ("Because.",))
    one = Section(name="a_b", title="", short="", question="", sentences=(), tables=(), passages=(why,))

    assert one.id_of(why) == "a_5fb.words.why"
