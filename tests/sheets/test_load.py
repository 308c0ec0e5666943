"""The sheets of a review, read once."""

import pytest

from metaleak.errors import ConfigError, SheetError
from metaleak.sheets.columns import SHEETS
from metaleak.sheets.load import load_sheets
from metaleak.storage.digest import of_file
from metaleak.workflow.scaffold import new_review


@pytest.fixture
def root(tmp_path):
    new_review(tmp_path / "review")
    return tmp_path / "review"


def test_digests_are_those_of_the_files(root):
    """What was read can be named later, byte for byte."""
    digests = load_sheets(root).digests

    assert set(digests) == {
        f"extraction/{name}" for name in (*(f"{sheet}.csv" for sheet in SHEETS), "codebook.toml")
    }
    assert all(digest == of_file(root / file) for file, digest in digests.items())


def test_a_missing_sheet_shows_when_it_is_asked_for(root):
    """The other sheets can be used."""
    (root / "extraction" / "pairs.csv").unlink()
    sheets = load_sheets(root)

    assert len(sheets.frame("leaks")) == 6
    assert "extraction/pairs.csv" not in sheets.digests
    with pytest.raises(SheetError, match=r"extraction/pairs\.csv: the file does not exist"):
        sheets.frame("pairs")


def test_an_unknown_sheet(root):
    """The sheets that there are stand in the error."""
    with pytest.raises(SheetError, match=r"no sheet 'leeks'.*studies, leaks"):
        load_sheets(root).frame("leeks")


def test_without_a_codebook_there_are_no_words(root):
    """The file is named."""
    (root / "extraction" / "codebook.toml").unlink()

    with pytest.raises(ConfigError, match=r"extraction/codebook\.toml: the codebook does not exist"):
        load_sheets(root)
