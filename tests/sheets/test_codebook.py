"""The field's words."""

from pathlib import Path

import pytest

from metaleak.errors import ConfigError
from metaleak.sheets.codebook import judge_codebook, nearest, read_codebook
from metaleak.sheets.columns import vocabularies
from metaleak.sheets.instruments import FIXED

BOOK = Path(__file__).parents[2] / "extraction" / "codebook.toml"


def test_every_vocabulary_of_the_sheets_is_there():
    """A word and its sentence for every column of words."""
    book = read_codebook(BOOK)

    assert set(book.vocabularies) == {*vocabularies(), *FIXED}
    assert book.sentence("modality", "CT") == "computed tomography showed the leaks"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("[words.unit]", "[words.units]", "words.units"),
        ('vertebra = "treated vertebrae"', 'vertebra = ""', "words.unit.vertebra"),
        ('units_of_leaks = ["leak"]', 'units_of_leaks = ["leaks"]', "units_of_leaks"),
        ("first_year = 1984", 'first_year = "1984"', "first_year"),
        ("format = 1", "format = 2", "format"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, old, new, told):
    """Unknown keys, empty sentences and declared words outside their vocabulary."""
    path = tmp_path / "codebook.toml"
    path.write_text(BOOK.read_text().replace(old, new, 1))

    book, wrong = judge_codebook(path)

    assert book is None
    assert any(told in text for text in wrong)
    with pytest.raises(ConfigError, match=r"codebook\.toml"):
        read_codebook(path)


def test_a_near_word_is_offered():
    """A slip of the keyboard gets the word that was meant, a strange word nothing."""
    assert nearest("flouroscopy", ("xray", "fluoroscopy")) == " (did you mean 'fluoroscopy'?)"
    assert nearest("banana", ("xray", "fluoroscopy")) == ""
