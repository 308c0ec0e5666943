"""Broken sheets: every one a finding with its rule and its place, all at once, none a traceback."""

import pytest

from metaleak.errors import SheetError
from metaleak.sheets.columns import SHEETS
from metaleak.validation.check import all_rules, check_review
from tests.validation.broken_sheets import CASES, cell, line, put


def test_the_sound_review_has_no_finding(findings):
    """What the cases break is whole before."""
    assert findings() == set()


@pytest.mark.parametrize(
    ("sheet_name", "change", "rule", "row", "column"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_a_broken_sheet_is_a_finding_with_its_place(findings, sheet, sheet_name, change, rule, row, column):
    """The rule, the sheet, the spreadsheet row and the column of what is wrong."""
    path = sheet(sheet_name)
    before = path.read_bytes()
    path.write_bytes(change(before))

    assert path.read_bytes() != before
    assert (rule, sheet_name, row, column) in findings()


def test_every_rule_of_one_sheet_is_broken_here():
    """The cases cover the rules but for those that need two sheets, a missing one, the codebook or searches."""
    covered = {case[3] for case in CASES}

    assert set(all_rules()) - covered == {
        "R01",
        "R02",
        "R17",
        "R21",
        "R45",
        "R46",
        "R47",
        "R48",
        "R59",
        "R60",
        "R64",
        "R75",
        "R80",
        "R81",
        "R82",
        "R83",
        "R84",
        "R85",
        "R86",
        "R87",
        "R88",
        "R89",
        "R90",
        "R91",
        "R92",
        "R93",
        "R94",
        "R98",
    }


def test_a_missing_sheet(findings, sheet):
    """A sheet that is not there is named, with the header that it needs."""
    sheet("pairs").unlink()

    assert findings() == {("R01", "pairs", None, "")}


def test_a_folder_in_place_of_a_sheet(findings, sheet):
    """What cannot be read is a finding."""
    sheet("pairs").unlink()
    sheet("pairs").mkdir()

    assert findings() == {("R02", "pairs", None, "")}


def test_a_folder_without_sheets(tmp_path):
    """Nothing at all gives one finding per sheet and one for the codebook."""
    found = check_review(tmp_path).findings

    assert [f.rule for f in found] == ["R17", *["R01"] * len(SHEETS)]


@pytest.mark.parametrize(
    "text", ["", "not toml [", "format = 1\n", "format = 2\n[declared]\n[words]\n", "\xff", "a" + "=[" * 5000]
)
def test_a_broken_codebook(review, text):
    """Without its words the sheets are still read; the codebook is a finding of its own."""
    (review / "extraction" / "codebook.toml").write_bytes(text.encode("latin-1"))

    found = check_review(review).errors

    assert {f.rule for f in found} == {"R17"}
    assert all(f.sheet == "codebook.toml" for f in found)


@pytest.mark.parametrize("save", ["bom", "crlf", "cr", "semicolon", "tab", "quotes", "no last line end"])
def test_the_ways_in_which_people_save_are_read(findings, sheet, save):
    """Byte order marks, Windows line ends, semicolons, tabs and quotes around everything are no findings."""
    path = sheet("leaks")
    data = path.read_bytes()
    rows = [row.split(b",") for row in data.splitlines()]
    path.write_bytes(
        {
            "bom": b"\xef\xbb\xbf" + data,
            "crlf": data.replace(b"\n", b"\r\n"),
            "cr": data.replace(b"\n", b"\r"),
            "semicolon": b"\n".join(b";".join(row) for row in rows) + b"\n",
            "tab": b"\n".join(b"\t".join(row) for row in rows) + b"\n",
            "quotes": b"\n".join(b",".join(b'"' + c + b'"' for c in row) for row in rows) + b"\n",
            "no last line end": data.rstrip(b"\n"),
        }[save]
    )

    assert findings() == set()


def test_all_findings_come_at_once_and_in_order(review, sheet):
    """Errors of several sheets stand in one report, sorted by sheet, row and column."""
    sheet("leaks").write_bytes(cell(b"28,50", b"NA,5x")(sheet("leaks").read_bytes()))
    sheet("reviews").write_bytes(cell(b"2019", b"19")(sheet("reviews").read_bytes()))

    report = check_review(review)

    assert [(f.rule, f.sheet, f.column) for f in report.errors] == [
        ("R20", "leaks", "n_leak"),
        ("R25", "leaks", "n_total"),
        ("R27", "reviews", "year"),
    ]
    with pytest.raises(
        SheetError, match=r"(?s)3 errors.*leaks, row 2, n_leak.*leaks, row 2, n_total.*reviews, row 2, year"
    ):
        report.raise_if_errors()


def test_warnings_stop_nothing(review, sheet):
    """A report of warnings alone raises nothing."""
    sheet("leaks").write_bytes(line(b"")(sheet("leaks").read_bytes()) + b"\n")

    report = check_review(review)

    assert report.errors == ()
    report.raise_if_errors()


def test_a_note_that_names_the_rule_answers_a_warning(review, sheet):
    """Who has looked says so beside the count; the report keeps the answered warning apart."""
    path = sheet("leaks")
    path.write_bytes(put(3, n_leak="0", note="R53: the text says that none leaked")(path.read_bytes()))

    report = check_review(review)

    assert report.findings == ()
    assert ("R53", "leaks", 3) in {(f.rule, f.sheet, f.row) for f in report.answered}


@pytest.mark.parametrize("note", ["R5", "R530", "XR53", "R44"])
def test_a_note_about_something_else_answers_nothing(review, sheet, note):
    """Only the rule's own id, as a word, is an answer."""
    path = sheet("leaks")
    path.write_bytes(put(3, n_leak="0", note=note)(path.read_bytes()))

    assert [f.rule for f in check_review(review).findings] == ["R53"]


def test_errors_cannot_be_answered(review, sheet):
    """A note does not make 58 of 50 possible."""
    path = sheet("leaks")
    path.write_bytes(put(n_leak="58", note="R44: it is so")(path.read_bytes()))

    assert [f.rule for f in check_review(review).errors] == ["R44"]
