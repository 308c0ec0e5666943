"""How a CSV file is written, and its records."""

import pytest

from metaleak.storage.dialect import Record, column_letter, is_conflict, records, sniff, split_lines

NAMES = ("study_id", "arm", "note")


def dialect_of(text):
    return sniff(text, split_lines(text), has_bom=False, names=NAMES)


def cells_of(text, delimiter=","):
    return [
        (record.number, record.cells, bool(record.broken)) for record in records(split_lines(text), delimiter)
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_delimiter_and_line_end(delimiter, newline):
    """Told from the header and from the line ends that are most."""
    text = newline.join([delimiter.join(NAMES), delimiter.join("abc"), ""])

    assert (dialect_of(text).delimiter, dialect_of(text).newline) == (delimiter, newline)


def test_commas_in_notes_do_not_make_a_semicolon_file_one_of_commas():
    """The line with the column names decides."""
    assert dialect_of("study_id;arm;note\nA;all;one, two, three, four\n").delimiter == ";"


def test_a_title_above_the_header_does_not_mislead():
    """The header is looked for below, too."""
    assert dialect_of("My sheet, of leaks\nstudy_id;arm;note\n").delimiter == ";"


@pytest.mark.parametrize(
    ("text", "quotes"),
    [('"study_id","arm","note"\n', True), ("study_id,arm,note\n", False), ('"study_id",arm,note\n', False)],
)
def test_quotes_around_everything(text, quotes):
    """A header in quotes is a file in quotes."""
    assert dialect_of(text).quotes_all is quotes


@pytest.mark.parametrize(("text", "ends"), [("a,b\n", True), ("a,b", False), ("a,b\r", True), ("", True)])
def test_the_last_line_end(text, ends):
    """A file without it needs one before a row is added."""
    assert dialect_of(text).ends_with_newline is ends


def test_blank_lines_count_as_rows():
    """Row numbers are those of the spreadsheet program."""
    assert cells_of("a,b\n\nc,d\n") == [(1, ("a", "b"), False), (2, (), False), (3, ("c", "d"), False)]


def test_a_cell_of_two_lines_is_one_row():
    """As in the spreadsheet program."""
    assert cells_of('a,"x\ny"\nc,d\n') == [(1, ("a", "x\ny"), False), (2, ("c", "d"), False)]


def test_an_open_quote_costs_its_own_line():
    """Everything below is read as if the quote were not there."""
    assert cells_of('a,"b\nc,d\ne,f\n') == [
        (1, ("a", '"b'), True),
        (2, ("c", "d"), False),
        (3, ("e", "f"), False),
    ]


def test_whole_rows_between_two_quotes_come_back():
    """The row with the first quote is broken, the rows behind it are rows."""
    found = cells_of('A,x,"one\nB,y,two\nC,z,three"\n')

    assert [(number, broken) for number, _, broken in found] == [(1, True), (2, False), (3, False)]


def test_what_is_wrong_with_quotes_is_told_apart():
    """Never closed, closed too late, closed too early."""
    open_quote, rows_between, early = (
        next(record.broken for record in records(split_lines(text), ",") if record.broken)
        for text in ('a,"b\n', 'A,x,"one\nB,y,two"\n', 'a,"b"c\n')
    )

    assert open_quote == "a quote opens and never closes"
    assert rows_between == "two quotes that do not belong together hold whole rows between them"
    assert early == "a quote stands inside a quoted cell, or a quoted cell does not end at its quote"


def test_a_paragraph_with_commas_is_a_cell():
    """In a sentence a space follows the comma."""
    found = cells_of('A,x,"one\ntwo, three, four, five"\n')

    assert found == [(1, ("A", "x", "one\ntwo, three, four, five"), False)]


def test_many_broken_quotes_end_the_reading_and_say_what_is_left():
    """Past fifty broken rows the rest is one finding with its number of lines."""
    found = list(records(split_lines('a,"b\n' * 60), ","))

    assert len(found) == 51
    assert found[-1].broken == "too many broken quotes: the last 10 lines were not read"


@pytest.mark.parametrize("mark", ["<<<<<<< HEAD", "=======", ">>>>>>> branch", "||||||| base"])
def test_marks_of_a_merge(mark):
    """Each of the four marks, alone on its line."""
    assert is_conflict(Record(1, (mark,)))
    assert is_conflict(Record(1, (mark, "", "")))


@pytest.mark.parametrize("cells", [("A", "======="), ("<< 5", "x"), ()])
def test_what_is_no_mark(cells):
    """A row of values stays a row."""
    assert not is_conflict(Record(1, cells))


@pytest.mark.parametrize(
    ("index", "letter"), [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (701, "ZZ")]
)
def test_letters_of_columns(index, letter):
    """As the spreadsheet program writes above them."""
    assert column_letter(index) == letter
