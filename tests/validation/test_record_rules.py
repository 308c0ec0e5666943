"""What searches brought: records, decisions, links, the log; every finding at its row and column."""

import csv
import io
from datetime import UTC, datetime
from pathlib import Path

import pytest

from metaleak.records.compare import Verdict
from metaleak.records.decisions import Decision, row_of
from metaleak.sheets.bibliography import DUPLICATES, RECORDS, REPORTS
from metaleak.sheets.logs import add_rows
from metaleak.validation.check import check_review
from metaleak.workflow.imports import import_file
from tests.search.clocks import FakeClock
from tests.validation.broken_sheets import put as put_cells

PAYLOADS = Path(__file__).parents[1] / "records" / "payloads"

#: Titles as databases send them: a retraction, letters nobody sees, a formula, marks of packing, an old year.
EXPORT = """TY  - JOUR
TI  - RETRACTED: Cement leakage in a synthetic series
AU  - Doe, J.
PY  - 1961
DO  - 10.1000.10/gone
UR  - javascript:alert(1)
ER  -

TY  - JOUR
TI  - =HYPERLINK("x"); a | b \u202e\u200b \u00e2\u20ac\u2122 <i>c</i>
AU  - Roe; R., X | Y
PY  - 2018
ER  -
"""


@pytest.fixture
def searched(review, tmp_path):
    """Return the sound review with a PubMed export and one of a database with strange titles."""
    clock = FakeClock(datetime(2026, 10, 25, 9, 0, tzinfo=UTC))
    import_file(review, PAYLOADS / "pubmed_result2.nbib", source="pubmed", clock=clock)
    path = tmp_path / "export.ris"
    path.write_text(EXPORT, encoding="utf-8")
    import_file(review, path, source="embase", clock=clock)
    return review


@pytest.fixture
def keys(sheet):
    """Return a function that gives the keys of the records in their rows."""

    def keys():
        with sheet("records").open(newline="", encoding="utf-8") as file:
            return [row["record_id"] for row in csv.DictReader(file)]

    return keys


def decide(root, left, right, verdict="maybe"):
    decision = Decision(left=left, right=right, verdict=Verdict(verdict), score=0.7, reason="r", by="WX")
    add_rows(root, DUPLICATES, [row_of(decision)])


def link(root, record_id, study_id):
    add_rows(root, REPORTS, [dict(zip(REPORTS.names, (record_id, study_id, "r", "WX"), strict=True))])


def test_what_imports_write_passes_the_check(searched, findings):
    """Old years, hidden letters and formulas of others are no fault of the review."""
    assert findings() == set()


def test_a_record_without_a_part(findings, searched, put):
    """The cell is named, and with it whatever else is wrong in the sheet."""
    put("records", 3, origins="pubmed | a | b | c", year="20i8", doi="no doi")

    assert findings() == {
        ("R80", "records", 3, "origins"),
        ("R27", "records", 3, "year"),
        ("R30", "records", 3, "doi"),
    }


def test_a_key_twice(findings, searched, sheet):
    """Two rows of one record, as a merge in git leaves them."""
    path = sheet("records")
    path.write_bytes(path.read_bytes() + path.read_bytes().splitlines(keepends=True)[1])

    assert ("R42", "records", 8, "record_id") in findings()


@pytest.mark.parametrize("name", ["records", "searches"])
def test_sheets_that_were_begun_cannot_be_empty_files(findings, searched, sheet, name):
    """A sheet that is there is read as strictly as the others."""
    sheet(name).write_bytes(b"")

    assert ("R05", name, None, "") in findings()


def test_a_flag_against_its_record(findings, searched, sheet, put):
    """Someone set the flag, or the type, and not the other."""
    put("records", 4, is_retracted="1")

    assert findings() == {("R81", "records", 4, "is_retracted")}


def test_decisions_about_nobody(findings, searched, keys):
    """Unknown keys, and a record with itself."""
    one = keys()[0]
    decide(searched, one, "pubmed:0", "distinct")
    decide(searched, one, one, "distinct")

    assert findings() == {("R82", "duplicates", 2, "right"), ("R82", "duplicates", 3, "right")}


def test_pairs_that_wait(told, searched, keys):
    """One finding at the first of them; pairs of one publication and settled ones do not wait."""
    a, b, c, d, *_ = keys()
    decide(searched, a, b, "duplicate")
    decide(searched, b, c, "duplicate")
    decide(searched, a, c)
    assert told("R83") == []

    decide(searched, a, d)
    assert told("R83") == ["a pair waits for a decision"]
    decide(searched, b, d)
    assert told("R83") == ["2 pairs wait for a decision, this one first"]
    decide(searched, a, d, "distinct")
    decide(searched, b, d, "distinct")
    assert told("R83") == []


def test_a_verdict_that_is_no_word(findings, searched, keys, sheet):
    """The decision counts for nothing until it is mended."""
    decide(searched, *keys()[:2])
    sheet("duplicates").write_bytes(sheet("duplicates").read_bytes().replace(b",maybe,", b",may be,"))

    assert findings() == {("R21", "duplicates", 2, "verdict")}


def test_one_publication_in_two_studies(findings, told, searched, keys):
    """Duplicates that are linked apart; the latest link counts."""
    *_, a, b = keys()
    decide(searched, a, b, "duplicate")
    link(searched, a, "SYNTHETIC1")
    link(searched, b, "SYNTHETIC2")
    assert findings() == {("R84", "reports", 3, "study_id")}
    assert told("R84") == [f"{a} is the same publication and is linked to SYNTHETIC1"]

    link(searched, b, "SYNTHETIC1")
    assert findings() == set()


def test_links_to_nowhere(findings, searched, keys):
    """A study that was renamed, a record that went; an unlinked one is no matter any more."""
    link(searched, keys()[0], "SYNTHETIC9")
    link(searched, "pubmed:0", "SYNTHETIC1")
    assert findings() == {("R85", "reports", 2, "study_id"), ("R85", "reports", 3, "record_id")}

    link(searched, keys()[0], "")
    link(searched, "pubmed:0", "")
    assert findings() == set()


@pytest.mark.parametrize("way", ["link", "doi", "duplicate"])
def test_a_study_with_a_retracted_publication(told, findings, searched, keys, put, sheet, way):
    """By a link, by an identifier, through a duplicate; a note of the study answers it."""
    with sheet("records").open(newline="", encoding="utf-8") as file:
        [gone] = [row["record_id"] for row in csv.DictReader(file) if row["is_retracted"] == "1"]
    if way == "doi":
        put("studies", 3, doi="10.1000.10/GONE")
    elif way == "link":
        link(searched, gone, "SYNTHETIC2")
    else:
        decide(searched, gone, keys()[-1], "duplicate")
        link(searched, keys()[-1], "SYNTHETIC2")

    assert findings() == {("R86", "studies", 3, "study_id")}
    assert told("R86") == [f"a publication of the study was withdrawn: {gone}"]
    put("studies", 3, note="R86: withdrawn for its authorship, the counts stand")
    assert findings() == set()
    assert [f.rule for f in check_review(searched).answered][-1] == "R86"


def test_a_log_that_counts_otherwise(findings, told, searched, sheet, put):
    """A row of records.csv went, or a number was typed."""
    path = sheet("records")
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-1]))

    assert findings() == {("R87", "searches", 2, "n_articles")}
    assert told("R87") == ["records.csv holds 3 new records of this run"]


def test_records_of_a_search_that_is_not_logged(findings, told, searched, sheet):
    """One finding for all of its records."""
    path = sheet("searches")
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))

    assert findings() == {("R88", "records", 2, "origins")}
    assert told("R88") == ["searches.csv has no such run; 2 records name it"]


def test_an_author_list_longer_than_the_csv_module_reads(findings, searched, put):
    """A consortium of 15,000 names is one cell."""
    put("records", 5, authors="; ".join(f"Author{n}, A" for n in range(15_000)))

    assert findings() == set()


def test_abstracts_may_stand_in_the_sheet(findings, searched, sheet):
    """keep_abstracts adds a column; without it there is none."""
    rows = list(csv.reader(io.StringIO(sheet("records").read_text(encoding="utf-8"), newline="")))
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(
        [*rows[0], "abstract"] if n == 0 else [*row, "AIM | One || RESULTS | Two"]
        for n, row in enumerate(rows)
    )
    sheet("records").write_text(out.getvalue(), encoding="utf-8")
    assert findings() == set()

    put = put_cells(2, abstract="AIM | One | Two")
    sheet("records").write_bytes(put(sheet("records").read_bytes()))
    assert findings() == {("R80", "records", 2, "abstract")}


def test_the_sheet_of_records_has_the_columns_that_are_written():
    """The dictionary tells what records.csv holds."""
    from metaleak.records.table import records_csv

    assert records_csv([], abstracts=True).decode().strip().split(",") == list(RECORDS.names)
