"""Which cell belongs to which column, and what is wrong with the grid."""

import pytest

from metaleak.sheets.columns import Column, Sheet
from metaleak.sheets.layout import header_layout, row_problems
from metaleak.storage.dialect import Record

SHEET = Sheet(
    name="s",
    sentence="One row per thing.",
    key=("id",),
    columns=tuple(Column(name=name, kind="text", sentence="A column.") for name in ("id", "arm", "note")),
)
HEADER = Record(1, ("id", "arm", "note"))


def header(*cells, below=()):
    return header_layout(Record(1, cells), [Record(n, row) for n, row in enumerate(below, 2)], SHEET)


def rows(*below, sheet=SHEET):
    layout = header_layout(HEADER, [], sheet)
    return row_problems([Record(n, cells) for n, cells in enumerate(below, 2)], layout, sheet)


def told(problems):
    return [(problem.rule, problem.row, problem.column) for problem in problems]


def test_columns_may_stand_in_any_order():
    """The name decides, not the place."""
    assert header("note", "id", "arm").places == {"note": 0, "id": 1, "arm": 2}
    assert header("note", "id", "arm").problems == ()


@pytest.mark.parametrize(
    ("cells", "problems"),
    [
        (("id", "arm"), [("R08", 1, "note")]),
        (("id", "arm", "arm", "note"), [("R07", 1, "arm")]),
        (("id", "arm", "note", "mine"), [("R09", 1, "mine")]),
        (("id", " arm", "note"), [("R15", 1, "arm")]),
        (("id", "arm", "", "note"), [("R14", 1, "")]),
    ],
)
def test_headers_that_are_not_sound(cells, problems):
    """Missing, twice, unknown, with spaces, blank."""
    assert told(header(*cells).problems) == problems


def test_a_nameless_column_that_holds_values():
    """The first value is the place; a blank column is only a stray one."""
    found = header("id", "arm", "note", "", below=[("A", "all", "", ""), ("B", "all", "", "x")])

    assert told(found.problems) == [("R16", 3, "")]
    assert found.problems[0].text == "column D has no name and holds 1 value"


def test_a_slip_in_a_name_is_told_from_both_sides():
    """The missing column and the unknown one name each other."""
    texts = [problem.text for problem in header("id", "arms", "note").problems]

    assert "did you mean 'arm'?" in texts[0]
    assert "did you mean 'arms'?" in texts[1]


@pytest.mark.parametrize("cells", [("A", "all"), ("A", "all", "x", "y")])
def test_a_row_of_another_width_is_broken_and_kept(cells):
    """Its values stand under the wrong names, so it is reported and no rule looks at it."""
    found, problems = rows(cells)

    assert [(record.number, broken) for record, broken in found] == [(2, True)]
    assert told(problems) == [("R11", 2, "")]


def test_empty_cells_behind_the_last_column_are_harmless():
    """One warning for all rows that have them."""
    found, problems = rows(("A", "all", "", ""), ("B", "all", "", "", ""))

    assert [broken for _, broken in found] == [False, False]
    assert [problem.text for problem in problems] == [
        "2 rows end, this one first, in empty cells behind the last column"
    ]


def test_blank_rows_are_one_warning():
    """The first of them is the place."""
    found, problems = rows(("A", "all", ""), (), ("", " ", "\u00a0"), ("B", "all", ""))

    assert [record.number for record, _ in found] == [2, 5]
    assert told(problems) == [("R13", 3, "")]
    assert problems[0].text == "2 rows are blank, this one first"


def test_a_mark_of_a_merge_is_no_row_of_values():
    """It is broken, whatever its width."""
    found, problems = rows(("<<<<<<< HEAD",), ("A", "all", ""))

    assert [broken for _, broken in found] == [True, False]
    assert told(problems) == [("R12", 2, "")]


def test_a_sheet_without_rows():
    """Studies and leaks hold something, comparisons need not."""
    assert told(rows()[1]) == [("R05", None, "")]
    assert rows(sheet=Sheet(name="s", sentence="", key=(), columns=SHEET.columns, may_be_empty=True)) == (
        [],
        [],
    )
