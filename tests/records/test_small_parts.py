"""Small parts that the readers share."""

import pytest

from metaleak.errors import SettingError
from metaleak.records.csv_columns import guess
from metaleak.records.decoding import lines_of
from metaleak.records.packing import pack, unpack
from metaleak.records.pages import ends, in_full, joined
from metaleak.records.problems import Problem, Problems
from metaleak.records.record import Record
from metaleak.records.tagged import Tagged, every, first
from metaleak.records.write import write_records


@pytest.mark.parametrize(
    ("text", "full"),
    [
        ("123-9", "123-129"),
        ("99\u2013101", "99-101"),
        ("S5-9", "S5-S9"),
        ("1159--66", "1159-1166"),
        ("iii-iv", "iii-iv"),
    ],
)
def test_pages_in_full(text, full):
    """However the source shortens them."""
    assert in_full(text) == full


def test_first_and_last_page():
    """Together and apart."""
    assert joined("123-9", "") == joined("123", "129") == "123-129"
    assert ends("S5-S9") == ("S5", "S9")


@pytest.mark.parametrize("items", [[["a;b", "c,d"]], [["\\", "x"], ["", "y"]], [["a"], ["b"]]])
def test_packed_values_come_back(items):
    """Marks within a value are no marks between."""
    assert unpack(pack(items, inside=","), inside=",") == items


def test_wide_text_without_a_mark():
    """UTF-16 in either order of bytes."""
    text = "TY  - JOUR"

    assert [lines_of(text.encode(name), Problems()) for name in ("utf-16-le", "utf-16-be")] == [
        [text],
        [text],
    ]


def test_lines_end_where_files_end_them():
    """CRLF, CR and LF; a line separator of Unicode is text."""
    assert lines_of("a\r\nb\rc\nd\u2028e".encode(), Problems()) == ["a", "b", "c", "d\u2028e"]


def test_tags_in_their_order():
    """The first tag that has a value wins; values of several tags come tag by tag."""
    tagged = Tagged(1, 1)
    for tag, value in (("AB", ""), ("N2", "text"), ("AU", "b"), ("A1", "a")):
        tagged.add(tag, value)
    tagged.go_on("more")

    assert first(tagged.values(), "AB", "N2") == "text"
    assert every(tagged.values(), "A1", "AU") == ["a more", "b"]


def test_a_problem_says_where():
    """Record, line, what, and the beginning of what was lost."""
    problem = Problem(severity="error", text="broken", record=2, line=9, excerpt="TY")

    assert str(problem) == "record 2, line 9: broken: 'TY'"


def test_the_better_name_of_a_column_wins():
    """Two columns may hold titles."""
    assert guess(["Primary Title", "Title"])["title"] == 1


def test_files_by_their_ending(tmp_path):
    """What is written is told by the name; another ending is refused."""
    assert write_records([Record(title="Leaks")], tmp_path / "a.RIS")
    assert "TI  - Leaks" in (tmp_path / "a.RIS").read_text()
    with pytest.raises(SettingError, match="end of the file's name"):
        write_records([], tmp_path / "a.docx")
