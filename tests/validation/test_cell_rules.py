"""Cells that are empty, garbled, invisible, or would run."""

import pytest

from metaleak.validation.check import check_review


def test_an_empty_required_cell_says_what_belongs_there(review, put):
    """The remedy is the sentence of the column."""
    put("leaks", source_location="")

    assert [f.todo for f in check_review(review).errors] == [
        "fill it: where in the source the numbers stand."
    ]


@pytest.mark.parametrize("text", ["=1+1", "+49 30 1234", "@SUM(A1)", "-1 to 1"])
def test_texts_that_a_spreadsheet_would_run(told, put, text):
    """The first letter decides."""
    put("leaks", note=text)

    assert told("R57") == ["a spreadsheet program would run this text as a formula"]


@pytest.mark.parametrize("text", ["'=1+1", "-", "a = b", "2 + 2"])
def test_texts_that_it_would_not_run(told, put, text):
    """An apostrophe in front, a lone dash, and signs inside of a text are harmless."""
    put("leaks", note=text)

    assert told("R57") == []


def test_a_formula_comes_with_its_harmless_form(review, put):
    """The remedy is the text to type."""
    put("leaks", note="=1+1")

    assert check_review(review).findings[0].todo == "write an apostrophe in front of it: '=1+1"


@pytest.mark.parametrize(
    ("letter", "name"), [("\x00", "U+0000"), ("\t", "U+0009"), ("\u200b", "U+200B"), ("\u202e", "U+202E")]
)
def test_letters_that_cannot_be_seen(told, put, letter, name):
    """The letter is named by its number, since nobody can see it."""
    put("leaks", note=f"a{letter}b")

    assert told("R58") == [f"the cell holds an invisible letter ({name})"]


@pytest.mark.parametrize("text", ["Müller", "骨水泥渗漏", "Žižek", "± 2 °C", "« vertèbre »", "–—…“”"])
def test_sound_letters_of_any_language(told, put, text):
    """Letters beyond ASCII are no finding."""
    put("leaks", note=text)

    assert told("R58") + told("R62") == []


@pytest.mark.parametrize("meant", ["Müller", "naïve", "骨水泥", "“quoted”", "5 µg"])
@pytest.mark.parametrize("encoding", ["cp1252", "latin-1"])
def test_utf8_that_was_read_as_another_encoding(told, put, meant, encoding):
    """A program that took UTF-8 for its own encoding leaves two or three letters for one."""
    put("leaks", note=meant.encode("utf-8").decode(encoding, errors="replace"))

    assert len(told("R62")) == 1


def test_a_garbled_letter_comes_with_the_one_that_was_meant(review, put):
    """The remedy is the letter to type."""
    put("studies", first_author="M\u00c3\u00bcller")

    assert check_review(review).findings[0].todo == "write 'ü', and open the file as UTF-8 from now on"


def test_a_line_break_in_a_cell(told, put):
    """Many programs split the row there."""
    put("leaks", note="two\nlines")

    assert told("R61") == ["the cell holds a line break"]
