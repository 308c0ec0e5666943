"""RIS as each database writes it; the files are synthetic."""

import pytest

from metaleak.records.read import read_records
from metaleak.records.record import Author

EMBASE = b"""1.
Embase query: vertebroplasty AND leak*
TY  - JOUR
A1  - Wang C.-F.
A1  - VERTOS Study Group
T1  - Cement leakage after
kyphoplasty
Y1  - 2015//
N2  - OBJECTIVE: To count. RESULTS: It leaked in p &lt; 5.
JF  - Spine
JA  - Spine
SP  - E123
EP  - 9
SN  - 0362-2436
M3  - 10.1097/BRS.0000000000000001
C5  - 25599999
U2  - L612345678
UR  - https://www.embase.com/search/results?id=L612345678
Link to the full text
https://example.org/resolver
ER  -
"""
SCOPUS = b"""TY  - JOUR
TI  - Cement <i>leakage</i>
T2  - European Spine Journal
J2  - Eur. Spine J.
VL  - 27
IS  - 3
C7  - 123
PY  - 2018
DO  - https://doi.org/10.1007/S00586-1
AU  - M\xc3\xbcller, J.A.
KW  - bone cement
KW  - kyphoplasty
C2  - 29999999
M3  - Article
DB  - Scopus
UR  - https://www.scopus.com/inward/record.uri?eid=2-s2.0-1
ER  -
"""
WOS = b"""TY  - JOUR
AU  - Li, N
TI  - Cement leakage
T2  - SPINE JOURNAL
PY  - 2016
DA  - MAR
AN  - WOS:000370000000001
SP  - 123
EP  - 129
M3  - Meeting Abstract
N1  - Times Cited in Web of Science Core Collection: 5
Total Times Cited: 5
ER  -
"""
COCHRANE = """Provider: John Wiley & Sons, Ltd
Content:text/plain; charset="UTF-8"

TY  - JOUR
AN  - CN-01054867
AU  - Blasco, J
TI  - Vertebroplasty or not
JO  - Journal of bone and mineral research
PY  - 2012
SP  - 1159\u20101166
C3  - PUBMED 22407970,EMBASE 364000000
M3  - Journal Article; Randomized Controlled Trial
DO  - 10.1002/central/CN-01054867
ER  -
""".encode()
OVID = b"""TY  - JOUR
ID  - 26543210
T1  - Cement leakage
A1  - Li,N.
Y1  - 2015/12/03/
DO  - https://dx.doi.org/10.1097/BRS.2
DB  - Ovid MEDLINE(R) ALL <1946 to present>
ER  -
"""


def one(data, **given):
    """Read the only record of a file."""
    (record,) = read_records(data, **given)
    return record


def test_embase():
    """Authors, a title on two lines, the DOI in M3, pages in full, its own number and PubMed's; links are no text."""
    record = one(EMBASE)

    assert record.title == "Cement leakage after kyphoplasty"
    assert record.authors == (Author("Wang", "C.-F."), Author("VERTOS Study Group", is_group=True))
    assert (record.doi, record.pmid, record.pages) == (
        "10.1097/brs.0000000000000001",
        "25599999",
        "E123-E129",
    )
    assert record.record_id == "embase:L612345678"
    assert record.abstract_text == "OBJECTIVE: To count. RESULTS: It leaked in p < 5."


def test_scopus():
    """Markup gone, article number for pages, PubMed number in C2."""
    record = one(SCOPUS)

    assert (record.title, record.pages, record.pmid) == ("Cement leakage", "123", "29999999")
    assert (record.doi, record.sources, record.keywords) == (
        "10.1007/s00586-1",
        ("scopus",),
        ("bone cement", "kyphoplasty"),
    )


def test_web_of_science():
    """Its accession number, its type, its year beside a date without one."""
    record = one(WOS)

    assert (record.record_id, record.year) == ("web-of-science:WOS:000370000000001", 2016)
    assert record.publication_types == ("Meeting Abstract",)


def test_cochrane():
    """Header lines are no record; PubMed's number among others; CENTRAL's DOI is not the article's."""
    record = one(COCHRANE)

    assert (record.record_id, record.pmid, record.doi) == ("cochrane:CN-01054867", "22407970", "")
    assert (record.pages, record.publication_types[1]) == ("1159-1166", "Randomized Controlled Trial")


def test_ovid():
    """MEDLINE through Ovid: its number is PubMed's."""
    record = one(OVID)

    assert (record.pmid, record.sources, record.year) == ("26543210", ("medline",), 2015)


def test_the_caller_names_the_source():
    """What is said wins over what the file says."""
    record = one(WOS, source="embase", run="embase-2026")

    assert (record.origins[0].source, record.origins[0].run) == ("embase", "embase-2026")


def test_a_record_without_an_end():
    """The next one begins anyway; both are kept, and the place is told."""
    records = read_records(b"TY  - JOUR\nTI  - One\nTY  - JOUR\nTI  - Two\nER  -\n")

    assert [record.title for record in records] == ["One", "Two"]
    assert (records.problems[0].severity, records.problems[0].line) == ("warning", 1)


def test_a_file_that_is_cut():
    """The half record is kept and told."""
    records = read_records(SCOPUS + SCOPUS[: len(SCOPUS) // 2])

    assert len(records) == 2
    assert records.problems[-1].text == "the last record does not end: the file may be cut"


def test_fields_outside_of_records_are_told():
    """A tag after ER belongs to nothing."""
    records = read_records(SCOPUS + b"AB  - An abstract that lost its record\n")

    assert records.errors[0].excerpt.startswith("AB - An abstract")


def test_equal_records_have_keys_of_their_own():
    """A copy in the same file is a record of its own, so that counts are right."""
    records = read_records(SCOPUS + SCOPUS)

    assert records[0].record_id != records[1].record_id


def test_keys_do_not_depend_on_the_order():
    """The same export in another order gives the same keys."""
    both = {record.record_id for record in read_records(SCOPUS + OVID)}

    assert {record.record_id for record in read_records(OVID + SCOPUS)} == both


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252", "gb18030"])
def test_encodings(encoding):
    """Marks, wide text, Windows and Chinese files come to the same letters."""
    name = {"cp1252": "Müller", "gb18030": "骨水泥渗漏研究"}.get(encoding, "Łuczak")
    data = f"TY  - JOUR\r\nTI  - Leaks\r\nAU  - {name}\r\nER  -\r\n".encode(encoding)

    assert one(data).authors == (Author(name),)


def test_a_record_of_a_register_keeps_its_number():
    """CENTRAL writes it beside the name of the register; reports of one trial are found by it."""
    (record,) = read_records(b"TY  - JOUR\nAN  - CN-02000001\nTI  - Leaks\nC3  - CTgov NCT00231894\nER  - \n")

    assert record.registrations == ("NCT00231894",)
