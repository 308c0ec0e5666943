"""Typed tables, and that the evidence is carried over whole."""

from pathlib import Path

import pytest

from metaleak.errors import SheetError
from metaleak.sheets.load import load_sheets
from metaleak.workflow.scaffold import new_review

ROOT = Path(__file__).parents[2]


def test_the_evidence_base_is_whole():
    """119 studies, 298 counts, 19 comparisons, 21 earlier figures, 34 rows left out."""
    sheets = load_sheets(ROOT)

    sizes = {name: len(sheets.frame(name)) for name in sheets.raw}
    found = {name: sizes[name] for name in ("studies", "leaks", "pairs", "reviews", "dropped")}
    assert found == {"studies": 119, "leaks": 298, "pairs": 19, "reviews": 21, "dropped": 34}


def test_columns_have_their_types():
    """Counts are whole numbers that may be missing, flags are truth values, words are text."""
    frame = load_sheets(ROOT).frame("leaks")

    assert {str(frame[c].dtype) for c in ("n_leak", "n_total")} == {"Int64"}
    assert str(frame["derived"].dtype) == "boolean"
    assert frame["sheet_row"].tolist() == list(range(2, 300))


def test_a_copy_is_given_away():
    """Changing a frame changes nothing for the next reader."""
    sheets = load_sheets(ROOT)
    mine = sheets.frame("leaks")
    mine["n_leak"] = 0

    assert sheets.frame("leaks")["n_leak"].sum() > 0


def test_an_error_keeps_the_sheet_closed(tmp_path):
    """A sheet with a wrong cell gives no frame without the row: it gives an error with the place."""
    new_review(tmp_path / "r")
    path = tmp_path / "r" / "extraction" / "leaks.csv"
    path.write_bytes(path.read_bytes().replace(b"28,50", b"NA,50"))

    with pytest.raises(SheetError, match="row 2, column n_leak"):
        load_sheets(tmp_path / "r").frame("leaks")


def test_a_column_that_an_older_sheet_lacks_is_empty(tmp_path):
    """The table has it all the same, so that nothing behind it asks which sheet it was."""
    new_review(tmp_path / "r")
    path = tmp_path / "r" / "extraction" / "leaks.csv"
    lines = [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()]
    kept = [at for at, name in enumerate(lines[0]) if name != "verification"]
    path.write_text("".join(",".join(line[at] for at in kept) + "\n" for line in lines), encoding="utf-8")

    assert set(load_sheets(tmp_path / "r").frame("leaks")["verification"]) == {""}
