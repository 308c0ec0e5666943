"""Publications of one study are linked and stay apart."""

from metaleak.records.compare import Verdict
from metaleak.records.decisions import Decision
from metaleak.records.record import Link, Record, Section
from metaleak.records.studies import StudyLink, Suggestion, reports_of, suggest_studies


def test_numbers_in_abstracts_count():
    """A trial's number in a field meets the same in an abstract."""
    a = Record(record_id="a", registrations=("ClinicalTrials.gov/NCT00231894",))
    b = Record(record_id="b", abstract=(Section("", "Registered as nct00231894."),))

    assert suggest_studies([a, b]) == [Suggestion("a", "b", "both report NCT00231894")]


def test_notices_meet_their_article():
    """By the number in PubMed's link."""
    article = Record(record_id="a", pmid="1")
    notice = Record(record_id="b", pmid="2", links=(Link("ErratumFor", "Spine", "1"),))

    assert suggest_studies([article, notice])[0].reason == "linked by PubMed: ErratumFor"


def test_ties_become_suggestions():
    """What comparing found is suggested, never linked by itself."""
    row = Decision(
        left="b", right="a", verdict=Verdict.DISTINCT, score=0.9, reason="one is a preprint", tie="preprint"
    )

    assert suggest_studies([Record(record_id="a"), Record(record_id="b")], [row])[0].left == "a"


def test_a_link_can_be_moved():
    """The latest row counts."""
    rows = [StudyLink(record_id="a", study_id=study, reason="", by="WX") for study in ("A2015", "B2016")]

    assert reports_of(rows) == {"B2016": ("a",)}
