"""MEDLINE text: PubMed's own files, and what goes wrong in them."""

from metaleak.records.read import read_records
from metaleak.records.record import Author, Link


def test_a_real_file(payload):
    """Four records with names in full, labels of the abstract, the DOI of the article and pages in full."""
    records = read_records(payload("pubmed_result2.nbib"))

    assert [record.pmid for record in records] == ["16403221", "16377612", "14871861", "14630660"]
    assert records[0].authors[0] == Author("Casbon", "James A")
    assert [section.label for section in records[0].abstract] == ["BACKGROUND", "RESULTS", "CONCLUSION"]
    assert (records[0].doi, records[1].pages) == ("10.1186/1471-2105-7-10", "616-617")
    assert records.problems == ()


def test_what_follows_a_person_stays_in_order():
    """Groups stand where the file has them; short names serve where there are no full ones."""
    text = b"PMID- 1\nTI  - Leaks\nAU  - Casbon JA\nCN  - VERTOS Group\nAU  - Li N\n"
    (record,) = read_records(text)

    assert record.authors == (
        Author("Casbon", "JA"),
        Author("VERTOS Group", is_group=True),
        Author("Li", "N"),
    )


def test_links_to_notices():
    """The notice's number is told from its citation."""
    (record,) = read_records(b"PMID- 1\nTI  - Leaks\nRIN - Spine. 2016;3:4. doi: 10.1/x. PMID: 77\n")

    assert record.links == (Link("RetractionIn", "Spine. 2016;3:4. doi: 10.1/x.", "77"),)
    assert record.is_retracted


def test_continued_lines_are_joined():
    """Indented or not, as reference managers write them."""
    (record,) = read_records(b"PMID- 1\r\nTI  - Leaks of\r\n      cement in\r\nvertebroplasty\r\n")

    assert record.title == "Leaks of cement in vertebroplasty"


def test_a_book_record():
    """A chapter in a book."""
    (record,) = read_records(b"PMID- 1\nTI  - Chapter\nBTI - A Book\nPB  - Press\nPL  - Town\nED  - Li N\n")

    assert (record.is_book, record.title, record.book_title) == (True, "Chapter", "A Book")
    assert (record.place, record.editors) == ("Town", (Author("Li", "N"),))


def test_a_file_that_is_cut():
    """A record without a title is kept, and told."""
    records = read_records(b"PMID- 1\nTI  - Leaks\n\nPMID- 2\nOWN - N")

    assert len(records) == 2
    assert (records.problems[0].record, records.problems[0].line) == (2, 4)
