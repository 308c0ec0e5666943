"""Broken sheets: every one a finding with its rule and its place, none a traceback, no row lost."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metaleak.errors import SheetError
from metaleak.sheets.columns import LEAKS, SHEETS
from metaleak.sheets.reader import read_bytes
from metaleak.validation.check import all_rules, check_review

CT1 = b"SYNTHETIC1,all,PVP,not_reported,vertebra,CT,stated,any,any,28,50,0,not_reported,,not_reported,synthetic,high,"
CT2 = CT1.replace(b"SYNTHETIC1", b"SYNTHETIC2").replace(b"28,50", b"31,72")


def cell(old, new):
    """Change the first leak row (or another sheet's first row) by replacing text."""
    return lambda data: data.replace(old, new, 1)


def line(text):
    """Add a line at the end."""
    return lambda data: data + text + b"\n"


def leak(**changes):
    """Add a leak row of the first study on X-ray that differs as named."""
    cells = {
        "study_id": "SYNTHETIC1", "arm": "all", "procedure": "PVP", "indication": "not_reported",
        "unit": "vertebra", "modality": "xray", "modality_basis": "stated", "leak_site": "any",
        "symptomatic": "any", "n_leak": "10", "n_total": "50", "derived": "0",
        "cement_viscosity": "not_reported", "cement_volume_ml": "", "approach": "not_reported",
        "source_location": "synthetic", "confidence": "high", "note": "",
    } | changes  # fmt: skip
    return line(",".join(cells[name] for name in LEAKS.names).encode())


#: name of the case, sheet, how it is broken, and the finding: rule, row, column.
CASES = [
    # The file.
    ("empty file", "leaks", lambda _: b"", "R05", None, ""),
    ("header only", "leaks", lambda d: d.split(b"\n")[0] + b"\n", "R05", None, ""),
    ("a workbook renamed to csv", "leaks", lambda _: b"PK\x03\x04rest", "R03", None, ""),
    ("a web page", "studies", lambda _: b"<!DOCTYPE html><html></html>", "R03", None, ""),
    ("a PDF", "studies", lambda _: b"%PDF-1.7", "R03", None, ""),
    ("UTF-16", "leaks", lambda d: d.decode().encode("utf-16"), "R04", None, ""),
    ("cp1252", "studies", lambda d: d.replace(b"Synthetic 1", "Müller".encode("cp1252"), 1), "R04", None, None),
    ("GB18030", "leaks", lambda d: d.replace(b"delete this row", "删除这一行".encode("gb18030"), 1), "R04", 2, "note"),
    ("no header", "leaks", lambda d: d.split(b"\n", 1)[1], "R06", 1, ""),
    ("a title above the header", "leaks", lambda d: b"My leaks\n" + d, "R06", 1, ""),
    ("a column missing", "leaks", lambda d: d.replace(b"n_total", b"total", 1), "R08", 1, "n_total"),
    ("a column unknown", "leaks", lambda d: d.replace(b"n_total", b"total", 1), "R09", 1, "total"),
    ("a column twice", "leaks", lambda d: d.replace(b"n_total", b"n_leak", 1), "R07", 1, "n_leak"),
    ("spaces around a name", "leaks", lambda d: d.replace(b",n_total,", b", n_total ,", 1), "R15", 1, "n_total"),
    ("an open quote", "leaks", cell(b"vertebra,CT", b'"vertebra,CT'), "R10", 2, ""),
    ("a delimiter too many", "leaks", cell(b"28,50", b"28,,50"), "R11", 2, ""),
    ("a delimiter too few", "leaks", cell(b"28,50", b"2850"), "R11", 2, ""),
    ("a decimal comma", "leaks", cell(b"28,50,0,not_reported,,", b'28,50,0,not_reported,"3,5",'), "R24", 2, "cement_volume_ml"),
    ("a merge conflict", "leaks", line(b"<<<<<<< HEAD"), "R12", 8, ""),
    ("a blank row", "leaks", lambda d: d.replace(b"\nSYNTHETIC2", b"\n\nSYNTHETIC2"), "R13", 3, ""),
    ("blank cells at the end", "leaks", lambda d: d.replace(b"\n", b",,\n"), "R14", 1, ""),
    ("values without a name", "leaks", lambda d: d.replace(b"note\n", b"note,\n").replace(b"row\n", b"row,x\n"), "R16", 2, ""),
    # The cells.
    ("NA in a count", "leaks", cell(b"28,50", b"NA,50"), "R20", 2, "n_leak"),
    ("a dash in a count", "leaks", cell(b"28,50", b"-,50"), "R20", 2, "n_leak"),
    ("an unknown word", "leaks", cell(b"vertebra,CT", b"vertebrae,CT"), "R22", 2, "unit"),
    ("capitals in a word", "leaks", cell(b"vertebra,CT", b"Vertebra,CT"), "R22", 2, "unit"),
    ("thousands with a comma", "leaks", cell(b"28,50", b'28,"1,050"'), "R23", 2, "n_total"),
    ("thousands with a space", "leaks", cell(b"28,50", b"28,1 050"), "R23", 2, "n_total"),
    ("a fraction of a unit", "leaks", cell(b"28,50", b"28.5,50"), "R25", 2, "n_leak"),
    ("a negative count", "leaks", cell(b"28,50", b"-28,50"), "R25", 2, "n_leak"),
    ("a percentage", "leaks", cell(b"28,50", b"56%,50"), "R25", 2, "n_leak"),
    ("text in a count", "leaks", cell(b"28,50", b"about 28,50"), "R25", 2, "n_leak"),
    ("a sensitivity in percent", "pairs", cell(b"18,,,", b"18,64,,"), "R26", 2, "index_sensitivity"),
    ("a year of two digits", "reviews", cell(b"2019", b"19"), "R27", 2, "year"),
    ("a year to come", "reviews", cell(b"2019", b"2091"), "R27", 2, "year"),
    ("letters in a PubMed number", "reviews", cell(b"A review,,", b"A review,PMID17453503,"), "R28", 2, "pmid"),
    ("a PMC number without PMC", "reviews", cell(b"A review,,,", b"A review,,6745641,"), "R29", 2, "pmcid"),
    ("a resolver before a DOI", "reviews", cell(b"A review,,,,", b"A review,,,https://doi.org/10.1/x,"), "R30", 2, "doi"),
    ("a script for an address", "reviews", cell(b"A review,,,,,", b"A review,,,,javascript:alert(1),"), "R31", 2, "url"),
    # What they mean.
    ("a required cell empty", "leaks", cell(b"vertebra,CT", b",CT"), "R40", 2, "unit"),
    ("a row still open", "leaks", cell(b"28,50", b",50"), "R41", 2, "n_leak"),
    ("a key twice", "leaks", line(CT1 + b"again"), "R42", 8, "study_id"),
    ("a study that is not there", "leaks", leak(study_id="SYNTHETIC9"), "R43", 8, "study_id"),
    ("more than all", "leaks", cell(b"28,50", b"58,50"), "R44", 2, "n_leak"),
    ("nothing looked at", "leaks", cell(b"28,50", b"0,0"), "R44", 2, "n_total"),
    ("vertebrae below patients", "leaks", leak(modality="CT", unit="patient", n_total="60"), "R49", 2, "n_total"),
    ("imaging without a basis", "leaks", cell(b"CT,stated", b"CT,none"), "R50", 2, "modality_basis"),
    ("a basis without imaging", "leaks", leak(modality="not_reported"), "R50", 8, "modality_basis"),
    ("both above the reference", "pairs", cell(b"50,28,20,18", b"50,28,40,39"), "R51", 2, "both_positive"),
    ("a sensitivity beside its counts", "pairs", cell(b"18,,,", b"18,0.9,,"), "R52", 2, "index_sensitivity"),
    ("almost all leak", "leaks", cell(b"28,50", b"50,50"), "R53", 2, "n_leak"),
    ("very few units", "leaks", cell(b"28,50", b"1,3"), "R53", 2, "n_leak"),
    ("more symptoms than leaks", "leaks", leak(modality="CT", symptomatic="symptomatic", n_leak="30"), "R54", 8, "n_leak"),
    ("more at a site than anywhere", "leaks", leak(modality="CT", leak_site="venous", n_leak="30"), "R55", 8, "n_leak"),
    ("an estimate outside its interval", "reviews", cell(b"20,15,26", b"30,15,26"), "R56", 2, "estimate"),
    ("a formula", "leaks", cell(b"synthetic: delete this row", b"=HYPERLINK(0)"), "R57", 2, "note"),
    ("a NUL", "leaks", cell(b"synthetic: delete this row", b"sy\x00nthetic"), "R58", 2, "note"),
    ("a mark that turns the line around", "leaks", cell(b"synthetic: d", "syn\u202ethetic".encode()), "R58", 2, "note"),
    ("a line break in a cell", "leaks", cell(b"synthetic: delete this row", b'"two\nlines"'), "R61", 2, "note"),
    ("a DOI with a full stop", "reviews", cell(b"A review,,,,", b"A review,,,10.1000/abc.,"), "R63", 2, "doi"),
]  # fmt: skip


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
    found = findings()

    if column is None:
        assert (rule, sheet_name) in {(f[0], f[1]) for f in found}
    else:
        assert (rule, sheet_name, row, column) in found


def test_most_rules_are_broken_here():
    """The cases cover the rules but for those that need two files or a missing one."""
    covered = {case[3] for case in CASES}

    assert set(all_rules()) - covered <= {
        "R01",
        "R02",
        "R17",
        "R45",
        "R46",
        "R47",
        "R48",
        "R59",
        "R60",
        "R64",
    }


def test_arms_that_do_not_add_up(findings, sheet):
    """The row of everybody is compared with the sum of its arms."""
    path = sheet("leaks")
    rows = [
        CT1.replace(b",all,", b",high,").replace(b"28,50", b"10,20"),
        CT1.replace(b",all,", b",low,").replace(b"28,50", b"17,30"),
    ]
    path.write_bytes(path.read_bytes() + b"\n".join(rows) + b"\n")

    assert ("R45", "leaks", 2, "n_leak") in findings()


@pytest.mark.parametrize(
    ("column", "rule"), [("pmid", "R46"), ("doi", "R46"), ("title", "R47"), ("label", "R64")]
)
def test_two_studies_that_share_what_is_one_studys(findings, sheet, column, rule):
    """Identifiers, titles and labels belong to one study each."""
    path = sheet("studies")
    lines = path.read_text().splitlines()
    at = lines[0].split(",").index(column)
    value = {"pmid": "17453503", "doi": "10.1000/x", "title": "One title", "label": "One label"}[column]
    for number in (1, 2):
        cells = lines[number].split(",")
        cells[at] = value
        lines[number] = ",".join(cells)
    path.write_text("\n".join(lines) + "\n")

    assert (rule, "studies", 3, column) in findings()


def test_a_study_smaller_than_its_count(findings, sheet):
    """Patients of a row cannot outnumber the patients of the study."""
    studies, leaks = sheet("studies"), sheet("leaks")
    lines = studies.read_text().splitlines()
    cells = lines[1].split(",")
    cells[lines[0].split(",").index("n_patients")] = "40"
    studies.write_text("\n".join([lines[0], ",".join(cells), *lines[2:]]) + "\n")
    leaks.write_bytes(leak(unit="patient", n_total="45")(leaks.read_bytes()))

    assert ("R48", "leaks", 8, "n_total") in findings()


def test_a_study_without_rows(findings, sheet):
    """A study that neither leaks nor pairs know is named."""
    path = sheet("leaks")
    path.write_bytes(b"\n".join(row for row in path.read_bytes().split(b"\n") if b"SYNTHETIC2" not in row))

    assert findings() == {("R59", "studies", 3, "study_id")}


def test_a_missing_sheet(findings, sheet):
    """A sheet that is not there is named, with the header that it needs."""
    sheet("pairs").unlink()

    assert findings() == {("R01", "pairs", None, "")}


def test_a_folder_in_place_of_a_sheet(findings, sheet):
    """What cannot be read is a finding."""
    sheet("pairs").unlink()
    sheet("pairs").mkdir()

    assert findings() == {("R02", "pairs", None, "")}


@pytest.mark.parametrize(
    "text", ["", "not toml [", "format = 1\n", "format = 2\n[declared]\n[words]\n", "\xff"]
)
def test_a_broken_codebook(review, text):
    """Without its words the sheets are still read; the codebook is a finding of its own."""
    (review / "extraction" / "codebook.toml").write_bytes(text.encode("latin-1"))

    found = check_review(review).errors

    assert {f.rule for f in found} == {"R17"}
    assert all(f.sheet == "codebook.toml" for f in found)


@pytest.mark.parametrize("save", ["bom", "crlf", "semicolon", "tab", "quotes", "no last line end"])
def test_the_ways_in_which_people_save_are_read(findings, sheet, save):
    """Byte order marks, Windows line ends, semicolons, tabs and quotes around everything are no findings."""
    path = sheet("leaks")
    data = path.read_bytes()
    rows = [row.split(b",") for row in data.splitlines()]
    path.write_bytes(
        {
            "bom": b"\xef\xbb\xbf" + data,
            "crlf": data.replace(b"\n", b"\r\n"),
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


def test_every_rule_has_a_reason():
    """A rule says in one sentence why it stands."""
    assert all(
        rule.reason.endswith(".") and rule.severity in ("error", "warning") for rule in all_rules().values()
    )


MUTATIONS = st.lists(
    st.tuples(
        st.integers(0, 10**6),
        st.sampled_from([b"", b",", b'"', b"\n", b"\r", b"\x00", b";", b"\xff", b"=", "é".encode(), b"9"]),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(MUTATIONS)
def test_any_damage_is_reported_or_harmless(review, sheet, edits):
    """Whatever bytes are put into a sheet: findings, never an exception, and a row is never lost."""
    path = sheet("leaks")
    whole = path.read_bytes() if not hasattr(review, "_whole") else review._whole
    data = bytearray(whole)
    for place, piece in edits:
        at = place % (len(data) + 1)
        data[at : at + 1] = piece
    raw = read_bytes(bytes(data), SHEETS["leaks"])

    path.write_bytes(bytes(data))
    report = check_review(review)
    path.write_bytes(whole)

    broken = {row.number for row in raw.rows if row.broken}
    assert broken <= {f.row for f in report.findings if f.sheet == "leaks"}


@settings(max_examples=100)
@given(st.binary(max_size=400))
def test_any_bytes_at_all_are_read(data):
    """Bytes that are no sheet give rows or a problem, never silence."""
    raw = read_bytes(data, SHEETS["leaks"])

    assert raw.rows or raw.problems
