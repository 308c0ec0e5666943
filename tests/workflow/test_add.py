"""``metaleak add``: a study and its rows, without moving a byte of what is there."""

import pytest

from metaleak.errors import SheetError, UsageError
from metaleak.sheets.columns import LEAKS, STUDIES
from metaleak.sheets.conduct import CONDUCT
from metaleak.sheets.reader import read_sheet
from metaleak.validation.check import check_review
from metaleak.workflow.add import add_study

COMPLETE = (
    "title=A study", "label=Smith 2024", "design=rct", "indication=osteoporotic", "source_depth=abstract",
    "procedure=PVP", "unit=vertebra", "modality=CT", "modality_basis=stated", "n_leak=90", "n_total=100",
    "cement_viscosity=high", "approach=bilateral", "source_location=table 2", "confidence=high",
    "verification=all", "ct_timing=day 1", "leak_definition=any", "blinded=no",
)  # fmt: skip


@pytest.fixture
def path(starter):
    """Return a function that gives the path of a sheet."""
    return lambda name: starter / "extraction" / f"{name}.csv"


def last(path, sheet):
    return read_sheet(path(sheet.name), sheet).rows[-1].cells


def test_a_complete_study_passes_the_check(starter, path):
    """Everything given on one line: both rows are there, and the sheets have no error."""
    add_study(starter, "Smith2024", COMPLETE)

    assert last(path, STUDIES)["label"] == "Smith 2024"
    assert (last(path, LEAKS)["n_leak"], last(path, LEAKS)["n_total"]) == ("90", "100")
    assert check_review(starter).errors == ()


def test_what_is_known_is_filled_in(starter, path):
    """Key, identifier, address, label; everybody, any site, any symptom, not derived."""
    add_study(starter, "17453503", ["year=2007"])

    study, count = last(path, STUDIES), last(path, LEAKS)
    assert (study["pmid"], study["url"]) == ("17453503", "https://pubmed.ncbi.nlm.nih.gov/17453503/")
    assert study["label"] == "2007"
    assert [count[c] for c in ("arm", "leak_site", "symptomatic", "derived")] == ["all", "any", "any", "0"]
    assert count["study_id"] == study["study_id"]


def test_columns_of_both_sheets_are_filled_in_both(starter, path):
    """The indication of the study is that of its rows."""
    add_study(starter, "Smith2024", ["indication=malignant"])

    assert last(path, STUDIES)["indication"] == last(path, LEAKS)["indication"] == "malignant"


def test_a_column_given_twice_opens_a_row_for_each(starter, path):
    """Two arms on two imagings are four rows."""
    added = add_study(starter, "Smith2024", ["arm=high", "arm=low", "modality=CT", "modality=xray"])

    rows = read_sheet(path("leaks"), LEAKS).rows[-4:]
    assert [(row.cells["arm"], row.cells["modality"]) for row in rows] == [
        ("high", "CT"), ("high", "xray"), ("low", "CT"), ("low", "xray"),
    ]  # fmt: skip
    assert len(added.rows) == 4


def test_words_that_are_still_open_come_with_their_sentences(starter):
    """Who fills the row sees what may stand there."""
    added = add_study(starter, "Smith2024", ["procedure=PVP"])

    assert added.open_words["modality"]["CT"] == "computed tomography showed the leaks"
    assert "procedure" not in added.open_words


def without_conduct(path):
    """Take the columns that older sheets lack out of leaks.csv."""
    lines = [line.split(",") for line in path("leaks").read_text().splitlines()]
    kept = [at for at, name in enumerate(lines[0]) if name not in CONDUCT]
    path("leaks").write_text("".join(",".join(line[at] for at in kept) + "\n" for line in lines))


def test_a_column_that_the_sheet_lacks_is_not_asked_for(starter, path):
    """An older sheet takes the row, and no word is shown that could not be written."""
    without_conduct(path)

    added = add_study(starter, "Smith2024", ["n_leak=3"])

    assert "modality" in added.open_words
    assert not set(CONDUCT) & set(added.open_words)
    assert last(path, LEAKS)["n_leak"] == "3"


def test_a_value_for_a_column_that_the_sheet_lacks_is_refused(starter, path):
    """Before anything is written."""
    without_conduct(path)
    before = [path(name).read_bytes() for name in ("studies", "leaks")]

    with pytest.raises(SheetError, match="lacks the column verification"):
        add_study(starter, "Smith2024", ["verification=all"])

    assert [path(name).read_bytes() for name in ("studies", "leaks")] == before


def test_the_lines_name_both_files_and_the_words(starter):
    """What was written, what is open, what to type next."""
    lines = add_study(starter, "Smith2024", ["procedure=PVP"]).lines()

    assert lines[0].startswith("extraction/studies.csv: study_id=Smith2024")
    assert lines[1].startswith("extraction/leaks.csv: study_id=Smith2024, arm=all, procedure=PVP")
    assert lines[-1].endswith("metaleak check")


def test_the_bytes_of_both_sheets_stay_in_front(starter, path):
    """A semicolon file with Windows line ends and a byte order mark stays one."""
    data = path("leaks").read_bytes().replace(b",", b";").replace(b"\n", b"\r\n")
    path("leaks").write_bytes(b"\xef\xbb\xbf" + data.removesuffix(b"\r\n"))
    before = {name: path(name).read_bytes() for name in ("studies", "leaks")}

    add_study(starter, "Smith2024", ["note=one, two; three"])

    assert path("studies").read_bytes().startswith(before["studies"])
    assert path("leaks").read_bytes().startswith(before["leaks"] + b"\r\nSmith2024;all;")
    assert last(path, LEAKS)["note"] == "one, two; three"


def test_a_study_whose_rows_are_missing_is_completed(starter, path):
    """After a cut between the two sheets the same command opens the rows, and adds no second study."""
    lines = path("leaks").read_text().splitlines(keepends=True)
    path("leaks").write_text("".join(line for line in lines if "SYNTHETIC3" not in line))
    before = path("studies").read_bytes()

    added = add_study(starter, "SYNTHETIC3", ["procedure=PKP"])

    assert added.study is None
    assert path("studies").read_bytes() == before
    assert last(path, LEAKS)["study_id"] == "SYNTHETIC3"


@pytest.mark.parametrize(
    ("study", "values"),
    [
        ("SYNTHETIC1", []),
        ("synthetic1", []),
        ("17453503", []),
        ("10.1000/ABC", []),
        ("Smith2024", ["pmid=17453503"]),
    ],
)
def test_a_study_that_is_there_is_refused(starter, path, study, values):
    """By its key, its PubMed number or its DOI, whatever their capitals; the place is named."""
    text = path("studies").read_text()
    path("studies").write_text(text.replace("example 1],,,,,", "example 1],,17453503,,10.1000/abc,", 1))
    before = path("leaks").read_bytes()

    with pytest.raises(UsageError, match=r"studies\.csv, row 2; .*leaks\.csv, rows 2: .*there already"):
        add_study(starter, study, values)

    assert path("leaks").read_bytes() == before


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (["modalty=CT"], "did you mean 'modality'?"),
        (["modality"], "COLUMN=VALUE"),
        (["modality=MRI"], "no word of modality"),
        (["n_leak=NA"], "leave the cell empty"),
        (["year=07"], "four digits"),
        (["title=one", "title=two"], "a study has one title"),
        (["study_id=a", "study_id=b"], "a study has one study_id"),
        (["note=two\nlines"], "more than one line"),
        ([f"arm={n}" for n in range(51)], "too many rows"),
    ],
)
def test_wrong_values_are_refused_before_anything_is_written(starter, path, values, told):
    """A slip on the command line costs nothing."""
    before = [path(name).read_bytes() for name in ("studies", "leaks")]

    with pytest.raises(UsageError, match=told.replace("?", r"\?")):
        add_study(starter, "Smith2024", values)

    assert [path(name).read_bytes() for name in ("studies", "leaks")] == before


@pytest.mark.parametrize("damage", [b'"open', b"\xff\xfe", b"<<<<<<< HEAD\n", b"one,cell,too,few\n"])
def test_a_broken_sheet_takes_no_row(starter, path, damage):
    """Neither sheet is touched when one of them cannot be trusted."""
    path("leaks").write_bytes(path("leaks").read_bytes() + damage)
    before = [path(name).read_bytes() for name in ("studies", "leaks")]

    with pytest.raises(SheetError, match="no row can be added"):
        add_study(starter, "Smith2024")

    assert [path(name).read_bytes() for name in ("studies", "leaks")] == before


def test_a_record_that_was_left_out_before_is_remembered(starter, path):
    """The reason of that time stands in the notices."""
    cells = {"record": "Smith 2024", "title": "A title", "pmid": "17453503", "reason": "no denominator"}
    header = path("dropped").read_text().splitlines()[0]
    row = ",".join(cells.get(name, "") for name in header.split(","))
    path("dropped").write_text(f"{header}\n{row}\n")

    assert add_study(starter, "17453503").notices == (
        "a figure of this record was left out before (dropped.csv, row 2): no denominator",
    )


def test_a_document_for_scripts(starter):
    """Plain values: the study, its rows, the open words."""
    document = add_study(starter, "Smith2024", COMPLETE).document()

    assert document["study"]["study_id"] == "Smith2024"
    assert document["rows"][0]["n_leak"] == "90"
    assert document["open_words"] == {}
