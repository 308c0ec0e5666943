"""Adding rows without touching what is there."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metaleak.errors import SheetError, StorageError
from metaleak.sheets.columns import PAIRS, REVIEWS
from metaleak.sheets.reader import read_bytes
from metaleak.sheets.writer import add_columns, append_rows

HEADER = ",".join(REVIEWS.names)
NEW = {"review_id": "R2", "title": "Leaks, again", "group": 'all "levels"', "estimate": "12"}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "reviews.csv"


def test_the_bytes_before_stay(path):
    """What stood in the file stands in it, byte for byte."""
    path.write_bytes(HEADER.encode() + b"\nR1,,x\n")

    append_rows(path, REVIEWS, [NEW])

    assert path.read_bytes().startswith(HEADER.encode() + b"\nR1,,x\n")


def test_cells_with_delimiters_and_quotes_are_quoted(path):
    """A comma or a quote inside a cell is written so that it comes back."""
    path.write_text(HEADER + "\n")

    append_rows(path, REVIEWS, [NEW])

    assert path.read_text().splitlines()[1] == 'R2,,"Leaks, again",,,,,"all ""levels""",,12,,,,,,,'


def test_the_dialect_is_the_files_own(path):
    """Semicolons, Windows line ends and the byte order mark stay what they are."""
    path.write_bytes(b"\xef\xbb\xbf" + HEADER.replace(",", ";").encode() + b"\r\n")

    append_rows(path, REVIEWS, [NEW])

    assert path.read_bytes().endswith(b'R2;;Leaks, again;;;;;"all ""levels""";;12;;;;;;;\r\n')


def test_a_missing_line_end_is_added_first(path):
    """A last line without its end does not swallow the new row."""
    path.write_text(HEADER)

    append_rows(path, REVIEWS, [NEW])

    assert path.read_text().splitlines()[0] == HEADER


def test_columns_of_another_order_and_unknown_ones(path):
    """Cells go under the name of their column, wherever it stands."""
    path.write_text("mine," + ",".join(reversed(REVIEWS.names)) + "\n")

    append_rows(path, REVIEWS, [NEW])

    assert path.read_text().splitlines()[1].split(",")[0] == ""
    assert path.read_text().splitlines()[1].endswith(",R2")


@pytest.mark.parametrize(
    "data",
    [b"", b"no,header,here\n", HEADER.encode() + b"\nM\xfcller\n", HEADER.replace("estimate", "x").encode()],
)
def test_a_sheet_that_cannot_take_the_row_is_refused(path, data):
    """Without a header, in another encoding or without the column, nothing is written."""
    path.write_bytes(data)

    with pytest.raises(SheetError):
        append_rows(path, REVIEWS, [NEW])

    assert path.read_bytes() == data


def test_a_sheet_that_is_not_there(path):
    """The machine's refusal is named."""
    with pytest.raises(StorageError, match=r"cannot read reviews\.csv"):
        append_rows(path, REVIEWS, [NEW])


def test_what_was_typed_is_written_as_it_is(path):
    """A value that looks like a formula is the person's own: the check names it, the writer keeps it."""
    path.write_text(HEADER + "\n")

    append_rows(path, REVIEWS, [NEW | {"title": "=1+1"}])

    assert path.read_text().splitlines()[1].startswith("R2,,=1+1,")


def test_a_sheet_that_quotes_everything_goes_on_to(path):
    """Programs that quote every cell get every cell quoted."""
    path.write_text(",".join(f'"{name}"' for name in REVIEWS.names) + "\n")

    append_rows(path, REVIEWS, [NEW])

    assert path.read_text().splitlines()[1].startswith('"R2","","Leaks, again",""')


TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.dictionaries(st.sampled_from(REVIEWS.names), TEXT, min_size=1), min_size=1, max_size=3),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.booleans(),
)
def test_whatever_is_added_comes_back_and_moves_nothing(path, rows, delimiter, newline, ends):
    """In every dialect the old bytes stay in front, and the new cells are read as they were given."""
    rows = [row | {"review_id": "R9"} for row in rows]
    before = (HEADER.replace(",", delimiter) + newline + "R1" + delimiter * 16 + newline * ends).encode()
    path.write_bytes(before)

    append_rows(path, REVIEWS, rows)

    data = path.read_bytes()
    read = read_bytes(data, REVIEWS).rows
    assert data.startswith(before)
    assert [{name: cell for name, cell in row.cells.items() if cell} for row in read[1:]] == rows


EARLIER = [column.name for column in PAIRS.columns if not column.may_be_missing]
LATER = [name for name in PAIRS.names if name not in EARLIER]


def test_columns_that_a_sheet_may_lack_are_added_behind_the_others(path):
    """Unknown columns, quoted lines, blank and short rows and the dialect stay."""
    header = ";".join([*EARLIER, "mine"])
    end = ";" * (len(EARLIER) - 1)
    path.write_bytes(f'\ufeff{header}\r\n"a; b\nc"{end};x\r\n\r\nS2\r\n'.encode())

    add_columns(path, PAIRS)

    more = ";" * len(LATER)
    assert path.read_bytes().decode() == (
        f'\ufeff{header};{";".join(LATER)}\r\n"a; b\nc"{end};x{more}\r\n\r\nS2{end};{more}\r\n'
    )


@pytest.mark.parametrize(
    "data", [b"", b"no,header,here\n", ",".join(PAIRS.names).encode(), b"study_id,arm\xfc\n"]
)
def test_other_sheets_get_no_columns(path, data):
    """Those that have them all, and those that cannot be trusted."""
    path.write_bytes(data)

    add_columns(path, PAIRS)

    assert path.read_bytes() == data
