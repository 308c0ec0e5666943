"""PubMed's XML: real payloads, every corner of the format, and what hostile files cost."""

import gzip

import pytest

from metaleak.errors import InputError
from metaleak.records.read import read_records
from metaleak.records.record import Author, Link

SET = '<?xml version="1.0" ?>\n<PubmedArticleSet>%s</PubmedArticleSet>'


def article(pmid="1", inside="", behind="", title="Leaks"):
    """Return the XML of one article."""
    return (
        f'<PubmedArticle><MedlineCitation><PMID Version="1">{pmid}</PMID><Article PubModel="Print">'
        f"<Journal><JournalIssue><PubDate><Year>2015</Year></PubDate></JournalIssue></Journal>"
        f"<ArticleTitle>{title}</ArticleTitle>{inside}</Article>{behind}</MedlineCitation>"
        f"<PubmedData><ArticleIdList></ArticleIdList></PubmedData></PubmedArticle>"
    )


def read(*articles):
    """Read a set of articles."""
    return read_records((SET % "".join(articles)).encode())


def test_a_real_record(payload):
    """Title without markup, sections with labels, month by its name, pages in full, identifiers."""
    (record,) = read_records(payload("pubmed4.xml"))

    assert record.title.startswith("Leucocyte telomere length, genetic variants at the TERT gene region")
    assert [section.label for section in record.abstract] == ["OBJECTIVE", "DESIGN", "RESULTS", "CONCLUSIONS"]
    assert (record.pmid, record.doi, record.pmcid) == ("27797938", "10.1136/gutjnl-2016-312510", "PMC5442267")
    assert (record.pages, record.date, record.year, len(record.authors)) == (
        "1116-1122",
        "2017 Jun",
        2017,
        22,
    )


def test_references_are_no_links(payload):
    """Older XML has its reference list among the comments; one comment is left."""
    (record,) = read_records(payload("pubmed4.xml"))

    assert [(link.kind, link.pmid) for link in record.links] == [("CommentIn", "27920200")]


@pytest.mark.parametrize("name", ["pubmed1.xml", "pubmed2.xml", "pubmed4.xml", "pubmed5.xml", "pubmed6.xml"])
def test_real_payloads_leave_no_problem(payload, name):
    """Every record of PubMed's own files is read, with a title, a year and a key of its own."""
    records = read_records(payload(name))

    assert records.problems == ()
    assert len(records) == payload(name).count(b"<PubmedArticle>")
    assert all(
        record.title and record.year and record.record_id == f"pubmed:{record.pmid}" for record in records
    )


def test_a_date_in_words():
    """MedlineDate gives the year and stays as it is."""
    xml = article().replace("<Year>2015</Year>", "<MedlineDate>1998 Dec-1999 Jan</MedlineDate>")
    (record,) = read(xml)

    assert (record.year, record.date) == (1998, "1998 Dec-1999 Jan")


def test_text_goes_on_behind_inline_tags():
    """Nothing is cut at the first tag, in titles and abstracts alike."""
    abstract = "<Abstract><AbstractText>p<sub>trend</sub> &lt;0.05 <i>in vivo</i></AbstractText></Abstract>"
    (record,) = read(article(inside=abstract, title="<b>A</b> of <sup>18</sup>F &lt;5%"))

    assert record.title == "A of 18F <5%"
    assert record.abstract_text == "ptrend <0.05 in vivo"


def test_groups_are_authors():
    """A collective stands in its place among the persons."""
    people = (
        "<AuthorList><Author><LastName>Li</LastName><ForeName>Na</ForeName><Suffix>Jr</Suffix></Author>"
        "<Author><CollectiveName>VERTOS Group</CollectiveName></Author></AuthorList>"
    )
    (record,) = read(article(inside=people))

    assert record.authors == (Author("Li", "Na", "Jr"), Author("VERTOS Group", is_group=True))


def test_a_retracted_article_is_flagged():
    """By its type, or by the link to the notice."""
    link = (
        '<CommentsCorrectionsList><CommentsCorrections RefType="RetractionIn"><RefSource>Spine. 2016</RefSource>'
        "<PMID>77</PMID></CommentsCorrections></CommentsCorrectionsList>"
    )
    (record,) = read(article(behind=link))

    assert record.is_retracted
    assert record.links == (Link("RetractionIn", "Spine. 2016", "77"),)


def test_numbers_of_references_are_not_the_article_s():
    """Identifiers in the reference list belong to other papers."""
    references = (
        "<ReferenceList><Reference><ArticleIdList><ArticleId IdType='doi'>10.1000/other</ArticleId></ArticleIdList>"
        "</Reference><ReferenceList><Title>More</Title></ReferenceList></ReferenceList></PubmedData>"
    )
    records = read(article().replace("</PubmedData>", references))

    assert (records[0].doi, records.problems) == ("", ())


def test_books_are_kept():
    """A chapter carries its book, editors, publisher and ISBN."""
    xml = (
        "<PubmedBookArticle><BookDocument><PMID>28846222</PMID><ArticleIdList>"
        '<ArticleId IdType="bookaccession">NBK1</ArticleId></ArticleIdList><Book><Publisher>'
        "<PublisherName>Synthetic Press</PublisherName><PublisherLocation>Town</PublisherLocation></Publisher>"
        "<BookTitle>A Book</BookTitle><PubDate><Year>2023</Year><Month>01</Month></PubDate>"
        '<AuthorList Type="editors"><Author><LastName>Ed</LastName><Initials>E</Initials></Author></AuthorList>'
        "<Isbn>9781483100009</Isbn></Book><ArticleTitle>Vertebral Augmentation</ArticleTitle>"
        '<AuthorList Type="authors"><Author><LastName>Li</LastName><Initials>N</Initials></Author></AuthorList>'
        "</BookDocument><PubmedBookData></PubmedBookData></PubmedBookArticle>"
    )
    (record,) = read(xml)

    assert (record.is_book, record.title, record.book_title) == (True, "Vertebral Augmentation", "A Book")
    assert (record.authors, record.editors) == ((Author("Li", "N"),), (Author("Ed", "E"),))
    assert (record.publisher, record.place, record.isbn) == ("Synthetic Press", "Town", "9781483100009")


def test_withdrawn_numbers_are_told():
    """DeleteCitation is no record, and is not silent."""
    records = read(article(), "<DeleteCitation><PMID>5</PMID><PMID>6</PMID></DeleteCitation>")

    assert [problem.text for problem in records.problems] == [
        "PubMed has withdrawn 5",
        "PubMed has withdrawn 6",
    ]


@pytest.mark.parametrize(
    "declared",
    [
        '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
    ],
)
def test_entities_are_refused(declared):
    """Neither bombs nor files of the machine: nothing is resolved."""
    with pytest.raises(InputError, match="declares entities"):
        read_records(f"{declared}<PubmedArticleSet>{article(title='&b;')}</PubmedArticleSet>".encode())


def test_an_unknown_entity_costs_its_record_alone():
    """The record is told with its place; the others are there."""
    records = read(article("1"), article("2", title="a &bomb; b"), article("3"))

    assert [record.pmid for record in records] == ["1", "3"]
    assert [(problem.severity, problem.record) for problem in records.problems] == [("error", 2)]


def test_a_file_that_is_cut():
    """What is whole is read; the rest is told with its beginning."""
    data = (SET % (article("1") + article("2"))).encode()
    records = read_records(data[:-150])

    assert [record.pmid for record in records] == ["1"]
    assert records.errors[0].record == 2
    assert "<PMID" in records.errors[0].excerpt


def test_a_record_that_does_not_close():
    """The next one is not swallowed."""
    records = read(article("1").replace("</PubmedArticle>", ""), article("2"))

    assert [record.pmid for record in records] == ["2"]
    assert records.errors[0].record == 1


def test_forbidden_bytes_are_taken_out():
    """NULs, control characters and cp1252 in one record leave the others alone and are told."""
    broken = article("2", title="M#ller").encode().replace(b"M#ller", b"M\xfcl\x00ler&#1;")
    records = read_records((SET % "%s").encode() % (article("1").encode() + broken))

    assert [record.title for record in records] == ["Leaks", "Müller"]
    assert [(problem.severity, problem.record) for problem in records.problems] == [("warning", 2)]


def test_a_field_of_ten_megabytes():
    """It is read as any other; a record longer than a chunk costs no second pass over the file."""
    long = "leak " * 2_000_000
    (record,) = read(article(inside=f"<Abstract><AbstractText>{long}</AbstractText></Abstract>"))

    assert len(record.abstract[0].text) == len(long) - 1


def test_packed_and_wide_files(payload):
    """gzip and UTF-16 hold the same records."""
    plain = payload("pubmed1.xml")
    wide = plain.decode().encode("utf-16")

    assert read_records(gzip.compress(plain)) == read_records(plain) == read_records(wide)


def test_an_error_among_records_is_told():
    """Words of the server inside the set are no record."""
    records = read(article("1"), "<ERROR>Search Backend failed</ERROR>")

    assert len(records) == 1
    assert "Search Backend failed" in records.errors[0].excerpt


def test_other_xml_is_named():
    """EndNote's XML is XML, and another format."""
    with pytest.raises(InputError, match=r"not PubMed's.*got: 'records'"):
        read_records(b"<?xml version='1.0'?><records><record/></records>")
