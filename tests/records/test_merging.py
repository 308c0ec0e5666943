"""One record of several."""

from metaleak.records.merging import merge
from metaleak.records.record import Author, Link, Origin, Record, Section

PUBMED = Record(
    record_id="pubmed:1", pmid="1", title="Leaks.", year=2015, mesh=("Humans",), origins=(Origin("pubmed"),)
)
EMBASE = Record(
    record_id="embase:2",
    title="LEAKS",
    doi="10.1000/1",
    authors=(Author("Li", "N"), Author("Wu", "A")),
    abstract=(Section("", "A long abstract."),),
    origins=(Origin("embase"),),
)


def test_pubmed_s_fields_come_first():
    """Whichever record was read first; its key is the first's."""
    merged = merge([EMBASE, PUBMED])

    assert (merged.record_id, merged.title, merged.pmid, merged.doi) == (
        "embase:2",
        "Leaks.",
        "1",
        "10.1000/1",
    )


def test_nothing_is_lost():
    """The longest abstract and list of authors, every origin in order."""
    merged = merge([PUBMED, EMBASE])

    assert (len(merged.authors), merged.abstract_text, merged.mesh) == (2, "A long abstract.", ("Humans",))
    assert merged.sources == ("pubmed", "embase")


def test_retracted_in_one_is_retracted():
    """By type, link or title."""
    by_title = Record(title="RETRACTED: Leaks")
    by_link = Record(links=(Link("RetractionIn", "Spine"),))

    assert merge([PUBMED, by_title]).is_retracted
    assert merge([PUBMED, by_link]).is_retracted
    assert not merge([PUBMED, EMBASE]).is_retracted
