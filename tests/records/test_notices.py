"""What notices say about the publications of studies, whatever way leads from the record to the study."""

import pytest

from metaleak.records.compare import Verdict
from metaleak.records.decisions import Decision
from metaleak.records.notices import Notice, notices_of
from metaleak.records.record import Link, Record
from metaleak.records.studies import StudyLink

STUDIES = {"A": {"pmid": "1"}, "B": {"doi": "10.1000/B"}, "C": {}}


def link(record, study):
    return StudyLink(record_id=record, study_id=study, reason="its report", by="WX")


def said(*records, links=(), decisions=()):
    found = notices_of(records, STUDIES, links, decisions)
    return {
        study: {str(word): [each.record_id for each in told] for word, told in words.items()}
        for study, words in found.items()
    }


@pytest.mark.parametrize(
    ("there", "here", "word"),
    [
        ("RetractionIn", "RetractionOf", "retracted"),
        ("RetractedandRepublishedIn", "RetractedandRepublishedFrom", "retracted"),
        ("ExpressionOfConcernIn", "ExpressionOfConcernFor", "concern"),
        ("ErratumIn", "ErratumFor", "corrected"),
        ("CorrectedandRepublishedIn", "CorrectedandRepublishedFrom", "corrected"),
    ],
)
def test_the_record_says_it_and_so_does_the_notice(there, here, word):
    article = Record(record_id="pubmed:1", pmid="1", links=(Link(there, "J 2016", "9"),))
    notice = Record(record_id="pubmed:9", pmid="9", links=(Link(here, "J 2015", "1"),))

    assert said(article, notice) == {"A": {word: ["pubmed:1", "pubmed:9"]}}


@pytest.mark.parametrize("there", ["CommentIn", "UpdateIn", "SummaryForPatientsIn", "ErratumFor"])
def test_other_links_say_nothing_about_the_study(there):
    assert said(Record(record_id="pubmed:1", pmid="1", links=(Link(there, "J 2016", "9"),))) == {}


def test_a_notice_reaches_the_study_through_a_linked_record():
    """studies.csv does not hold the PubMed number; reports.csv leads to the record that has it."""
    article = Record(record_id="pubmed:3", pmid="3")
    notice = Record(record_id="pubmed:9", pmid="9", links=(Link("RetractionOf", "J 2015", "3"),))

    assert said(article, notice) == {}
    assert said(article, notice, links=[link("pubmed:3", "C")]) == {"C": {"retracted": ["pubmed:9"]}}


def test_a_duplicate_lends_its_study():
    known = Record(record_id="pubmed:1", pmid="1")
    gone = Record(record_id="embase:1", title="RETRACTED: Cement leakage")
    same = Decision(left="embase:1", right="pubmed:1", verdict=Verdict.DUPLICATE, score=1, reason="title")

    assert said(known, gone) == {}
    assert said(known, gone, decisions=[same]) == {"A": {"retracted": ["embase:1"]}}


def test_the_gravest_comes_first_and_each_record_once():
    article = Record(
        record_id="pubmed:1",
        pmid="1",
        doi="10.1000/b",
        publication_types=("Retracted Publication",),
        links=(Link("ErratumIn", "J 2015", "8"), Link("RetractionIn", "J 2016", "9")),
    )
    found = said(article)

    assert found["A"] == found["B"] == {"retracted": ["pubmed:1"], "corrected": ["pubmed:1"]}
    assert list(found["A"]) == [str(Notice.RETRACTED), str(Notice.CORRECTED)]
