"""Tables, words and literature that leave the review."""

import csv
import io
import json
import re
import zipfile

import pytest

from metaleak import numbers
from metaleak.reporting.export.bibliography import bibtex, csl_json, items
from metaleak.reporting.export.document import document
from metaleak.reporting.export.flat import flat
from metaleak.reporting.export.revman import revman_csv
from metaleak.reporting.export.rscript import rscript
from metaleak.reporting.export.sheets import as_csv, workbook
from metaleak.reporting.export.tables import export_tables
from metaleak.reporting.export.words import manuscript
from metaleak.reporting.joined import joined_text
from metaleak.reporting.tables import Cell, Column, Row, Table
from tests.reporting.conftest import build
from tests.reporting.test_report import HOSTILE, hostile


def table_of(*cells, kind="number"):
    """Return a table of one column."""
    return Table(
        id="t", caption="c", columns=(Column("Rate", kind),), rows=tuple(Row((cell,)) for cell in cells)
    )


def made(report):
    """Return the workbook and the document of a report."""
    tables = export_tables(report)
    return (
        workbook(tables, title=report.title, caveat="no yield of a search"),
        document(
            tables,
            title=report.title,
            words=manuscript(report),
            caveat="no yield of a search",
        ),
    )


def test_a_number_is_exported_as_the_number_behind_its_text():
    """With the decimals that the page shows, and its interval beside it."""
    table = table_of(
        Cell(text="55.7 %", small="[45.4, 65.3]", order=0.5567), Cell(text=numbers.NONE, order=-1.0)
    )

    rate, interval = flat(table).columns

    assert (rate.values, rate.format) == ((0.5567, None), "0.0%")
    assert (interval.name, interval.values) == ("Rate: interval", ("[45.4, 65.3]", ""))


def test_ratios_beside_shares_stay_what_the_page_shows():
    """A risk difference in percent does not turn the odds ratios above it into percent."""
    table = table_of(Cell(text="0.56", small="[0.38, 0.83]", order=0.56), Cell(text="−10.4 %", order=-0.104))

    column = flat(table).columns[0]

    assert (column.values, column.format) == (("0.56", "−10.4 %"), "")


@pytest.mark.parametrize(
    ("cell", "value", "shape"),
    [
        (Cell(text="1\u202f201", order=1201), 1201, "#,##0"),
        (Cell(text="2007", order=2007.0), 2007, "0"),
        (Cell(text="\u22120.25", order=-0.25), -0.25, "0.00"),
        (Cell(text="3 / 7", order=0.43), "3 / 7", ""),
        (Cell(text="< 0.001", order=0.0004), "< 0.001", ""),
    ],
)
def test_only_what_looks_like_a_number_becomes_one(cell, value, shape):
    """Fractions and limits stay text."""
    (column,) = flat(table_of(cell)).columns

    assert (column.values, column.format) == ((value,), shape)


def test_pictures_are_left_out():
    """A column of bars has no values of its own."""
    assert flat(table_of(Cell(order=0.5), kind="bar")).columns == ()


def test_the_workbook_keeps_types():
    """Counts are whole numbers, rates are shares shown as percent, words are words."""
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(made(build())[0]))
    sheet = book["modality-results"]
    head = [cell.value for cell in sheet[1]]
    first = dict(zip(head, sheet[2], strict=True))

    assert (first["Observations"].value, first["Observations"].data_type) == (3, "n")
    assert first["Median study"].value == pytest.approx(0.6)
    assert first["Median study"].number_format == "0.0%"
    assert first["Group"].value == "CT"


def test_the_same_numbers_in_text_table_and_workbook(page):
    """One source: the workbook's values, written as the page writes them, stand on the page."""
    tables = export_tables(build())
    rates = next(c for c in tables["modality-results"].columns if c.name == "Median study")

    assert len(rates.values) == 4
    assert all(f">{joined_text(numbers.percent(value))}" in page for value in rates.values)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_export_holds_a_formula(text):
    """What begins like one is text in the workbook and quoted in CSV."""
    import openpyxl

    report = hostile(text)
    book = openpyxl.load_workbook(io.BytesIO(made(report)[0]))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    written = [csv.reader(io.StringIO(as_csv(t).decode())) for t in export_tables(report).values()]
    written.append(csv.reader(io.StringIO(revman_csv(report).decode())))
    texts = [cell for reader in written for row in reader for cell in row]

    assert [cell for cell in cells if cell.data_type == "f"] == []
    assert [t for t in texts if t.startswith(("=", "+", "@", "\t")) or re.match(r"-[^\d]", t)] == []


def test_control_characters_are_shown():
    """NUL and turning marks break neither file."""
    workbook_bytes, document_bytes = made(hostile("a\x00b\u202ec\x0b"))

    inside = zipfile.ZipFile(io.BytesIO(document_bytes)).read("word/document.xml").decode()
    assert "a\u2400b[U+202E]c\u240b" in inside
    assert zipfile.ZipFile(io.BytesIO(workbook_bytes)).testzip() is None


def test_both_files_are_the_same_bytes_again():
    """No clock and no name is in them."""
    assert made(build()) == made(build())


def test_the_document_has_its_captions_and_its_caveat():
    """Every table under a caption, the caveat in the header, the references numbered."""
    archive = zipfile.ZipFile(io.BytesIO(made(build())[1]))
    body = archive.read("word/document.xml").decode()

    assert body.count('w:pStyle w:val="Caption"') == body.count("<w:tbl>") == len(export_tables(build()))
    assert "no yield of a search" in archive.read("word/header1.xml").decode()
    assert ">1. Stijnen T" in body


def test_every_reference_is_cited():
    """By its number in brackets, in the methods."""
    words = manuscript(build())
    methods = " ".join(dict(words.sections)["Methods"])
    cited = {int(n) for found in re.findall(r" \[(\d+(?:, \d+)*)\]", methods) for n in found.split(", ")}

    assert cited == set(range(1, len(words.references) + 1))


def test_the_literature_has_the_methods_and_the_pooled_studies():
    """As CSL-JSON, each with an id of its own."""
    found = json.loads(csl_json(build()))
    ids = [item["id"] for item in found]

    assert len(set(ids)) == len(ids)
    assert found[0]["author"][0] == {"family": "Stijnen", "given": "T"}
    assert (found[0]["container-title"], found[0]["volume"], found[0]["page"]) == (
        "Stat Med",
        "29",
        "3046-67",
    )
    assert "study-Ct1" in ids


def test_bibtex_reads_back():
    """The same entries, whatever the texts hold."""
    import bibtexparser

    report = hostile("{\\evil} $x$ & 100 % #1 ~^_")
    library = bibtexparser.parse_string(bibtex(report).decode())

    assert len(library.entries) == len(items(report))
    assert library.failed_blocks == []


def test_revman_gets_logits(tmp_path):
    """With their standard errors; the correction of empty cells is said."""
    report = build()
    report.results["modality"]["rows"][0] |= {"events": 0, "total": 50}

    rows = list(csv.DictReader(io.StringIO(revman_csv(report).decode())))

    assert rows[0]["Continuity correction"] == "0.5"
    assert float(rows[1]["Logit (GIV estimate)"]) == pytest.approx(0.4054651)
    assert float(rows[1]["Standard error (GIV SE)"]) == pytest.approx((1 / 30 + 1 / 20) ** 0.5)


@pytest.mark.parametrize(
    "text", ['"); system("touch /tmp/x"); ("', "\\U0000", "a\nquit()", "\u202e\x00'", "Müller"]
)
def test_texts_cannot_leave_their_string_in_the_r_script(text):
    """Letters and digits stand as they are, all else by its code; comments hold no line break."""
    report = build()
    result = report.results["modality"]
    result["groups"] = {text if name == "CT" else name: group for name, group in result["groups"].items()}
    for row in result["rows"]:
        row["group"] = text if row["group"] == "CT" else row["group"]
    result["difference"] = []

    script = rscript(report)

    assert script.isascii()
    assert re.search(r'system\("', script) is None
    assert not [line for line in script.splitlines() if line.startswith("quit")]
