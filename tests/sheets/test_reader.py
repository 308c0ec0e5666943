"""From bytes to rows: numbers, dialects, encodings."""

import pytest

from metaleak.sheets.columns import LEAKS, REVIEWS
from metaleak.sheets.reader import read_bytes

HEADER = ",".join(REVIEWS.names).encode()
ROW = b"R1,2019,A review,,,,,all,incidence_percent,20,15,26,12,900,90,abstract,"


def rules(data, sheet=REVIEWS):
    return [problem.rule for problem in read_bytes(data, sheet).problems]


def test_rows_know_their_number_in_the_spreadsheet():
    """The header is row 1; a cell with a line break inside counts as one row."""
    raw = read_bytes(HEADER + b"\n" + ROW + b'"two\nlines"\n' + ROW + b"\n", REVIEWS)

    assert [row.number for row in raw.rows] == [2, 3]
    assert raw.rows[0].cells["note"] == "two\nlines"


@pytest.mark.parametrize(
    ("data", "delimiter", "newline"),
    [
        (HEADER + b"\n" + ROW, ",", "\n"),
        ((HEADER + b"\n" + ROW + b"\n").replace(b",", b";").replace(b"\n", b"\r\n"), ";", "\r\n"),
        ((HEADER + b"\n" + ROW + b"\n").replace(b",", b"\t"), "\t", "\n"),
        ((HEADER + b"\n" + ROW + b"\n").replace(b"\n", b"\r"), ",", "\r"),
    ],
)
def test_the_dialect_is_told_from_the_file(data, delimiter, newline):
    """Delimiter and line ends come from the header and the line ends themselves."""
    raw = read_bytes(data, REVIEWS)

    assert (raw.dialect.delimiter, raw.dialect.newline, raw.problems) == (delimiter, newline, ())
    assert raw.rows[0].cells["title"] == "A review"


@pytest.mark.parametrize(("encoding", "name"), [("cp1252", "cp1252"), ("gb18030", "GB18030")])
def test_other_encodings_are_named_and_never_guessed(encoding, name):
    """The problem names the likely encoding, the row and the column, and counts as an error."""
    text = {"cp1252": "Müller", "gb18030": "骨水泥渗漏"}[encoding]
    raw = read_bytes(HEADER + b"\n" + ROW.replace(b"A review", text.encode(encoding)) + b"\n", REVIEWS)

    problem = raw.problems[0]
    assert (problem.rule, problem.row, problem.column) == ("R04", 2, "title")
    assert name in problem.text
    assert raw.rows[0].cells["title"] == text


def test_a_byte_order_mark_is_no_part_of_the_first_name():
    """Excel's CSV UTF-8 begins with a mark that the reader takes away."""
    raw = read_bytes(b"\xef\xbb\xbf" + HEADER + b"\n" + ROW + b"\n", REVIEWS)

    assert raw.problems == ()
    assert raw.dialect.has_bom


def test_a_broken_row_is_kept_and_marked():
    """A row with a cell too many stays among the rows, marked as broken."""
    raw = read_bytes(HEADER + b"\n" + ROW + b",,extra\n" + ROW + b"\n", REVIEWS)

    assert [row.broken for row in raw.rows] == [True, False]
    assert [problem.rule for problem in raw.problems] == ["R11"]


def test_an_open_quote_costs_one_row():
    """The rows below an open quote are read."""
    raw = read_bytes(HEADER + b'\n"' + ROW + b"\n" + ROW + b"\n", REVIEWS)

    assert [(row.number, row.broken) for row in raw.rows] == [(2, True), (3, False)]


@pytest.mark.parametrize("data", [b"", b"\n\n", b"\xef\xbb\xbf", b",,,\n,,,"])
def test_an_empty_file_is_said_to_be_empty(data):
    """Nothing but delimiters and line ends is nothing."""
    assert rules(data, LEAKS) == ["R05"]
