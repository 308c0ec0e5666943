"""``metaleak import``: exports of other databases in a review."""

import csv
import gzip
import json
import shutil
from datetime import UTC, datetime

import pytest

from metaleak.cli import main
from metaleak.errors import ConfigError, InputError
from metaleak.search.log import read_log
from metaleak.workflow.flow import review_flow
from metaleak.workflow.imports import import_file
from metaleak.workflow.library import with_abstracts
from metaleak.workflow.records import RECORDS, held_records
from metaleak.workflow.scaffold import new_review
from tests.search.clocks import FakeClock

STRATEGY = """
[search.strategies.main]
pubmed = "cement AND leakage"
embase = "'bone cement'/exp"
"""

RIS = """TY  - JOUR
TI  - Cement leakage on <i>CT</i> & X-ray
AU  - Doe, J.
PY  - 2015
DO  - 10.1000/one
AB  - Some text of a publisher.
ER  -

TY  - JOUR
TI  - RETRACTED: =HYPERLINK("http://example.org")
AU  - Roe, R.
PY  - 2018
DO  - 10.1000/two
ER  -
"""


@pytest.fixture
def review(starter):
    """Return a review with one strategy."""
    with (starter / "metaleak.toml").open("a") as file:
        file.write(STRATEGY)
    return starter


@pytest.fixture
def bring(review, tmp_path):
    """Return a function that imports a text into the review."""
    clock = FakeClock(datetime(2026, 10, 25, 9, 0, tzinfo=UTC))

    def bring(text, name="export.ris", source="embase", **options):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return import_file(review, path, source=source, clock=clock, **options)

    return bring


def test_an_export_is_logged_as_a_search(review, bring):
    """Its strategy's text, its counts, the digest of the file, and the file itself as it came."""
    found = bring(RIS)
    [row] = read_log(review)
    kept = gzip.decompress((review / ".metaleak/searches/embase-2026-10-25/export.gz").read_bytes())

    assert (row["run"], row["source"], row["strategy"]) == ("embase-2026-10-25", "embase", "main")
    assert row["query"] == "'bone cement'/exp"
    assert (row["n_found"], row["n_articles"], row["n_held"], row["n_missing"]) == ("2", "2", "0", "0")
    assert kept.decode() == RIS
    assert len(found.added.new) == 2


def test_records_stand_in_the_sheet_without_abstracts_and_formulas(review, bring):
    """One row each, sorted; what a spreadsheet would run is quoted."""
    bring(RIS)
    text = (review / RECORDS).read_text(encoding="utf-8")

    assert "publisher" not in text.partition("\n")[2]
    assert len(held_records(review)) == 2
    assert not [line for line in text.splitlines() for cell in line.split(",") if cell.startswith("=")]


def test_the_same_file_adds_nothing(review, bring):
    """Not a row, not a byte."""
    bring(RIS)
    before = {path: path.read_bytes() for path in (review / "extraction").iterdir()}

    again = bring(RIS, name="other-name.ris")

    assert again.added is None
    assert "imported before, as embase-2026-10-25" in again.lines()[0]
    assert {path: path.read_bytes() for path in (review / "extraction").iterdir()} == before


def test_an_import_that_was_killed_before_its_row_is_done_again(review, bring, monkeypatch):
    """Also on the next day, under another name: its records are new, and the flow counts them once."""
    with monkeypatch.context() as killed:
        killed.setattr("metaleak.search.log.append", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            bring(RIS)
    again = bring(RIS, date="2026-10-26")

    assert (again.document()["new"], again.document()["held"]) == (2, 0)
    assert {origin.run for record in held_records(review).values() for origin in record.origins} == {
        again.run
    }
    assert review_flow(review).searched.identified == {"embase": 2}


def test_the_next_export_shows_what_is_new_and_what_is_retracted(bring):
    """It updates the last run of its source; a held record is counted as held."""
    bring(RIS)

    third = "TY  - JOUR\nTI  - Another one\nPY  - 2020\nDO  - 10.1000/three\nER  - \n"
    later = bring(RIS + third, date="2026-11-25")

    assert later.updates == "embase-2026-10-25"
    assert "1 new since embase-2026-10-25" in later.lines()[1]
    assert any(line.startswith("  retracted: ") for line in later.lines())


def test_the_same_record_from_another_source_keeps_both_origins(review, bring):
    """Counts per source stay right."""
    bring(RIS)
    other = bring(RIS.replace("A publisher", ""), name="scopus.ris", source="scopus", note="by hand")
    records = held_records(review).values()

    assert other.added is not None
    assert {source for record in records for source in record.sources} == {"embase", "scopus"}
    assert [row["source"] for row in read_log(review)] == ["embase", "scopus"]


def test_abstracts_are_kept_on_request(review, bring):
    """``keep_abstracts = true``."""
    path = review / "metaleak.toml"
    path.write_text(
        path.read_text().replace(
            "[search.strategies.main]", "[search]\nkeep_abstracts = true\n[search.strategies.main]"
        )
    )

    bring(RIS)

    assert "Some text of a publisher." in (review / RECORDS).read_text(encoding="utf-8")


CUT = RIS + "TY  - JOUR\nTI  - Cut in the mid"


@pytest.mark.parametrize(
    "hostile",
    [
        b"",
        b"\x00\x01\x02",
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><PubmedArticleSet>&a;</PubmedArticleSet>',
        b"just a letter to the editor",
    ],
)
def test_a_file_that_is_no_export_leaves_nothing_behind(review, bring, hostile):
    """A plain error; no run, no row, no sheet."""
    with pytest.raises(InputError):
        bring(hostile)

    assert read_log(review) == []
    assert not (review / RECORDS).exists()
    assert not (review / ".metaleak/searches").exists()


def test_a_file_that_is_cut_is_told_and_loses_nothing(review, bring):
    """Records before the cut are read; what is odd about the last one is said."""
    found = bring(CUT, accept_errors=True)

    assert len(found.records) >= 2
    assert found.records.problems
    assert len(held_records(review)) == len({record.record_id for record in found.records})


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"source": "google"}, "there is no source 'google'"),
        ({"strategy": "other"}, "there is no strategy 'other'"),
        ({"date": "yesterday"}, "the date is none"),
    ],
)
def test_what_is_unknown_is_refused(bring, options, said):
    """With what is allowed."""
    with pytest.raises(ConfigError, match=said):
        bring(RIS, **options)


def test_the_command_line_imports(review, tmp_path, capsys):
    """JSON for scripts, exit codes for mistakes, and the check still passes."""
    path = tmp_path / "x.ris"
    path.write_text(RIS)
    shutil.rmtree(review / ".metaleak", ignore_errors=True)

    assert main(["import", str(path), "--source", "embase", "--root", str(review), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["new"] == 2
    assert main(["check", "--root", str(review)]) == 0
    assert main(["import", str(path), "--source", "nowhere", "--root", str(review)]) == 1
    assert main(["import", str(tmp_path / "none.ris"), "--source", "embase", "--root", str(review)]) in (1, 2)
    assert "Traceback" not in capsys.readouterr().err


def test_records_of_another_review_come_from_that_file(review, bring, tmp_path):
    """Its searches are not logged here; the log and the flow count what the import brought."""
    bring(RIS)
    sheet = (review / RECORDS).read_text(encoding="utf-8")
    other = tmp_path / "other"
    new_review(other)
    (tmp_path / "records.csv").write_text(sheet, encoding="utf-8")
    import_file(other, tmp_path / "records.csv", source="contacts")

    assert {record.sources for record in held_records(other).values()} == {("contacts",)}
    assert review_flow(other).other.identified == {"contacts": 2}


@pytest.mark.parametrize(("delimiter", "encoding"), [(";", "utf-8-sig"), ("\t", "utf-8")])
def test_a_spreadsheet_program_may_save_the_records(review, bring, delimiter, encoding):
    """Other delimiters are read; the next import writes the sheet as it was."""
    bring(RIS.replace("Doe", "Müller"))
    path, before = review / RECORDS, (review / RECORDS).read_bytes()
    rows = list(csv.reader(before.decode().splitlines()))
    with path.open("w", newline="", encoding=encoding) as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)

    assert len(held_records(review)) == 2
    bring(CUT, name="again.ris", accept_errors=True)
    assert path.read_bytes().splitlines()[0] == before.splitlines()[0]


CNKI = "标题,Author-作者,Period-期,Summary-摘要\n骨水泥渗漏,王伟;李军,3,共八十例。\n"


def test_columns_that_are_declared_are_remembered(review, bring):
    """What comes later reads the export as the import did."""
    bring(CNKI, name="cnki.csv", source="cnki", columns={"title": "标题"})
    [record], _ = with_abstracts(review, held_records(review).values())

    assert (record.title, record.issue, len(record.authors)) == ("骨水泥渗漏", "3", 2)
    assert record.abstract_text == "共八十例。"


def test_columns_are_declared_on_the_command_line(review, tmp_path, capsys):
    """What the file does not have is told with what it has."""
    path = tmp_path / "cnki.csv"
    path.write_text(CNKI, encoding="utf-8")
    typed = ["import", str(path), "--source", "cnki", "--root", str(review)]

    assert main(typed) == 1
    assert "--column title=NAME" in capsys.readouterr().err
    assert main([*typed, "--column", "title"]) == 2
    assert main([*typed, "--column", "title=标题", "--column", "year=年份"]) == 1
    assert "one of 标题, Author-作者" in capsys.readouterr().err
    assert main([*typed, "--column", "title=标题"]) == 0
    assert "1 record, 1 publication" in capsys.readouterr().out


def test_a_damaged_export_is_named(review, bring):
    run = bring(RIS).run
    (review / ".metaleak/searches" / run / "export.gz").write_bytes(b"\x1f\x8b\x08 cut")

    with pytest.raises(InputError, match=f"{run}/export.gz: the packed file is damaged"):
        with_abstracts(review, held_records(review).values())


def test_the_limit_of_cells_stays_as_it_was(review, bring):
    """Reading the sheet takes cells of any length, and changes no setting of the process."""
    before = csv.field_size_limit()
    bring(RIS)
    bring(RIS.replace("Some text", "x" * 200_000), name="again.ris", source="scopus")
    held_records(review)

    assert csv.field_size_limit() == before
