"""Any damage at all: findings, never an exception, and never a row lost in silence."""

import csv
import io
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metaleak.sheets.columns import LEAKS
from metaleak.sheets.load import load_sheets
from metaleak.sheets.problems import READING
from metaleak.sheets.reader import read_bytes
from metaleak.validation.all_sheets import ALL_SHEETS
from metaleak.validation.check import check_review

#: One name per row, in a cell that no rule reads.
MARK = re.compile(r"<row [0-9]+>")

PIECES = [
    b"",
    b",",
    b'"',
    b"\n",
    b"\r",
    b"\r\n",
    b"\x00",
    b";",
    b"\t",
    b"\xff",
    b"\xef\xbb\xbf",
    b"=",
    b"'",
    b" ",
]
PIECES += ["é".encode(), "骨".encode("gb18030"), b"9", b"-", b'"\n"', b'","', b"<<<<<<< ", b"\x1a"]

EDITS = st.lists(
    st.tuples(st.integers(0, 10**6), st.sampled_from(PIECES), st.integers(0, 3)), min_size=1, max_size=8
)
UNTOUCHED = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


def damaged(data, edits):
    """Replace 0 to 3 bytes by a piece, at each place."""
    for place, piece, width in edits:
        at = place % (len(data) + 1)
        data = data[:at] + piece + data[at + width :]
    return data


@pytest.fixture
def marked(review):
    """Return the bytes of leaks.csv with a mark in the source location of every row."""
    lines = (review / "extraction" / "leaks.csv").read_text().splitlines()
    rows = [line.replace(",synthetic,", f",<row {n}>,") for n, line in enumerate(lines, 1)]
    return ("\n".join(rows) + "\n").encode()


def has_error(raw):
    return any(READING[problem.rule].severity == "error" for problem in raw.problems)


@UNTOUCHED
@given(EDITS)
def test_without_an_error_every_row_is_read_as_one_row(marked, edits):
    """Every mark that is left in the bytes stands in one row, and no row holds the mark of another."""
    data = damaged(marked, edits)
    raw = read_bytes(data, LEAKS)

    held = [MARK.findall("".join(row.cells.values())) for row in raw.rows]
    if not has_error(raw):
        assert sorted(mark for marks in held for mark in marks) == sorted(MARK.findall(data.decode()))
        assert all(len(marks) <= 1 for marks in held)


@UNTOUCHED
@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_two_stray_quotes_never_join_rows(marked, first, second):
    """A quote that opens at one cell and a quote that closes another lose no row without an error."""
    starts = [match.end() for match in re.finditer(rb"[,\n]", marked)][:-1]
    ends = [match.start() for match in re.finditer(rb"[,\n]", marked)]
    opens = starts[first % len(starts)]
    closes = [end for end in ends if end >= opens][second % sum(end >= opens for end in ends)]
    raw = read_bytes(marked[:opens] + b'"' + marked[opens:closes] + b'"' + marked[closes:], LEAKS)

    held = [MARK.findall("".join(row.cells.values())) for row in raw.rows]
    assert has_error(raw) or [len(marks) for marks in held] == [1] * 6


@UNTOUCHED
@given(EDITS)
def test_rows_that_cannot_be_trusted_have_an_error_at_their_number(marked, edits):
    """A broken row is never a broken row alone."""
    raw = read_bytes(damaged(marked, edits), LEAKS)

    named = {problem.row for problem in raw.problems}
    assert {row.number for row in raw.rows if row.broken} <= named
    assert raw.rows or has_error(raw)


@UNTOUCHED
@given(st.sampled_from(["leaks", "studies", "pairs", "reviews", "codebook.toml"]), EDITS)
def test_what_passes_the_check_can_be_pooled_with_every_row(review, sound, name, edits):
    """A report without errors means that every sheet is a typed table with all of its rows."""
    file = "extraction/" + (name if "." in name else f"{name}.csv")
    (review / file).write_bytes(damaged((sound / file).read_bytes(), edits))

    report = check_review(review)

    if not report.errors:
        sheets = load_sheets(review)
        assert {n: len(sheets.frame(n)) for n in sheets.raw} == {
            n: len(raw.rows) for n, raw in sheets.raw.items()
        }
    (review / file).write_bytes((sound / file).read_bytes())


@UNTOUCHED
@given(st.binary(max_size=400))
def test_any_bytes_at_all_are_read(data):
    """Bytes that are no sheet give rows or a problem, never silence."""
    raw = read_bytes(data, LEAKS)

    assert raw.rows or raw.problems


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    ["", "NA", "1,234", "3,5", "50 %", "=1+1", "'=1", "-", "２８", "all", "any", "CT", "10.1000/x", "9" * 40]
)
CELLS = st.sampled_from(list(ALL_SHEETS)).flatmap(
    lambda name: st.tuples(
        st.just(name),
        st.lists(st.lists(TEXT, min_size=(n := len(ALL_SHEETS[name].names)), max_size=n), max_size=4),
    )
)


@UNTOUCHED
@given(CELLS)
def test_any_cells_at_all_are_judged(review, sound, sheet_and_rows):
    """Whatever stands in the cells of a well-formed sheet: findings with their place, never an exception."""
    name, rows = sheet_and_rows
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows([ALL_SHEETS[name].names, *rows])
    path = review / "extraction" / f"{name}.csv"
    path.write_bytes(out.getvalue().encode())

    report = check_review(review)
    before = sound / "extraction" / f"{name}.csv"
    path.write_bytes(before.read_bytes()) if before.exists() else path.unlink()

    assert all(f.row is None or 1 <= f.row <= len(rows) + 1 for f in report.findings if f.sheet == name)
    assert all(f.message and f.todo and "\n" not in f.message for f in report.findings)
