"""Checklists: how many items they have, and that a place counts only where it is."""

import re
from dataclasses import replace

import pytest

from metaleak.reporting.checklists import CHECKLISTS, NOT_ANSWERED, answers, checklist_tables, items
from metaleak.reporting.checklists.page import checklists_page
from metaleak.reporting.data import ReportInput
from metaleak.reporting.links import Link


@pytest.fixture
def empty():
    """Return a review of which nothing is known."""
    return ReportInput(title="A < B", question="", status="rehearsal", results={})


def item(name, number):
    return next(each for each in items(name) if each.number == number)


def test_items_are_those_of_the_papers():
    """42 items of PRISMA 2020 with its parts, 35 of MOOSE, 16 of PRISMA-S, each once and in order."""
    assert {name: len(items(name)) for name in CHECKLISTS} == {"prisma-2020": 42, "moose": 35, "prisma-s": 16}
    for name in CHECKLISTS:
        numbers = [each.number for each in items(name)]
        assert len(set(numbers)) == len(numbers)
        assert numbers == sorted(numbers, key=lambda n: (int(re.match(r"\d+", n)[0]), n))
        assert all(each.asks and all(each.places) for each in items(name))


def test_funding_is_answered_by_a_heading(empty):
    """Nobody has to touch the checklist."""
    funding = item("prisma-2020", "25")

    assert answers(empty, funding) == ()
    assert answers(replace(empty, protocol=("Funding",)), funding) == (
        Link("extraction/PROTOCOL.md: Funding", ""),
    )


def test_unfilled_judgements_answer_nothing(empty):
    """Risk of bias of every study and certainty of every outcome need rows."""
    bias, certainty = item("prisma-2020", "18"), item("prisma-2020", "22")
    judged = replace(empty, risk_of_bias=[{"study_id": "S"}], certainty=[{"group": "CT"}])

    assert answers(empty, bias) == answers(empty, certainty) == ()
    assert answers(judged, bias) == (Link("extraction/risk_of_bias.csv", ""),)
    assert answers(judged, certainty) == (Link("extraction/certainty.csv", ""),)


def test_files_and_sections_have_to_be_there(empty):
    """The log of searches, the studies, an analysis of a kind."""
    sources, studies, sensitivity = (item("prisma-2020", n) for n in ("6", "17", "13f"))
    influence = {"robustness": {"kind": "influence", "title": "Does it hold?"}}

    assert answers(empty, sources) == answers(empty, studies) == answers(empty, sensitivity) == ()
    assert (
        answers(replace(empty, files=("extraction/searches.csv",)), sources)[0].text
        == "extraction/searches.csv"
    )
    assert answers(replace(empty, studies=[{"study_id": "S"}]), studies) == (Link("Studies", "#studies"),)
    assert answers(replace(empty, results=influence), sensitivity) == (Link("Does it hold?", "#robustness"),)


def test_a_title_answers_only_when_it_says_so(empty):
    """A review is not named one by being one."""
    named = replace(empty, title="Cement leakage: a systematic review")

    assert answers(empty, item("prisma-2020", "1")) == ()
    assert answers(named, item("prisma-2020", "1")) == (Link(named.title, "#answer"),)


def test_tables_say_what_is_open(empty):
    """Every item is a row; captions count what the rows show."""
    for name, table in checklist_tables(empty).items():
        open_ = sum(row.cells[3].text == NOT_ANSWERED for row in table.rows)

        assert len(table.rows) == len(items(name))
        assert f"a place for {len(table.rows) - open_} of {len(table.rows)} items" in table.caption


def test_the_page_of_checklists(empty):
    """Links lead into the review's page, texts are escaped, the caveat stands on top."""
    html = checklists_page(checklist_tables(empty), title="A < B", caveat="not final", page="review.html")

    assert "A &lt; B" in html
    assert "Rehearsal: not final." in html
    assert '<a href="review.html#answer">The answer</a>' in html
    assert html.count("<tr>") == 42 + 35 + 16 + 3
    assert "<script" not in html
