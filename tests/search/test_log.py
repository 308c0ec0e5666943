"""The log: one row per search, that answers what PRISMA-S asks."""

import csv
from dataclasses import replace

import pytest

from metaleak.errors import SheetError
from metaleak.search import log
from metaleak.search.log import SEARCHES, append, pubmed_row, read_log
from metaleak.search.plan import Order
from metaleak.search.run import Result
from metaleak.sheets.writer import sheet_text


@pytest.fixture
def review(tmp_path):
    """Return a review without a log."""
    (tmp_path / "extraction").mkdir()
    return tmp_path


@pytest.fixture
def result():
    """Return a second search: twelve match, seven were held, one each is a book, deleted and missing."""
    return Result(
        order=Order(
            run="main-2026-11-25",
            strategy="main",
            query='"bone cement"[tiab] OR leak*[tiab]',
            started="2026-11-25T09:00:00Z",
            previous="main-2026-10-25",
            since="2026-10-25T09:00:00Z",
        ),
        build="2026/11/24 03:35",
        translation='"bone cement"[Title/Abstract] OR "leak*"[Title/Abstract]',
        warnings=("PhraseNotFound: xyz", "PhraseIgnored: the"),
        parts=(("a", 12),),
        found=12,
        late=(5,),
        retracted=(1, 2),
        articles=(5, 6),
        books=(7,),
        deleted=(8,),
        missing=(9,),
        revised=(1, 3),
        withdrawn=(),
        stale=(),
        payload="ab" * 32,
    )


def test_a_row_adds_up(result):
    row = pubmed_row(result, "0.1.0")
    parts = ("n_held", "n_articles", "n_books", "n_deleted", "n_missing")

    assert int(row["n_found"]) == sum(int(row[name]) for name in parts) == 12


def test_a_row_answers_what_prisma_s_asks(result):
    row = pubmed_row(result, "0.1.0")

    assert (row["source"], row["platform"]) == ("pubmed", "E-utilities")
    assert row["query"] == result.order.query
    assert (row["date"], row["database_date"]) == ("2026-11-25T09:00:00Z", "2026/11/24 03:35")
    assert (row["updates"], row["warnings"]) == ("main-2026-10-25", "PhraseNotFound: xyz; PhraseIgnored: the")
    assert (row["missing"], row["retracted"]) == ("9", "1; 2")


def test_every_column_of_a_row_is_in_the_sheet(result):
    assert list(pubmed_row(result, "0.1.0")) == list(SEARCHES.names)


def test_what_is_written_is_read_again(review, result):
    row = pubmed_row(result, "0.1.0")

    assert append(review, row) is True
    assert read_log(review) == [row]


def test_a_run_is_logged_once(review, result):
    row = pubmed_row(result, "0.1.0")
    append(review, row)

    assert append(review, row) is False
    assert len(read_log(review)) == 1


def test_a_log_that_a_spreadsheet_program_saved_keeps_its_dialect(review, result):
    path = review / log.LOG
    path.write_bytes(b"\xef\xbb\xbf" + ";".join(SEARCHES.names).encode() + b"\r\n")
    append(review, pubmed_row(result, "0.1.0"))

    assert path.read_bytes().startswith(b"\xef\xbb\xbfrun;source;")
    assert path.read_bytes().endswith(b"\r\n")
    assert read_log(review)[0]["run"] == "main-2026-11-25"


def test_a_text_that_a_spreadsheet_program_would_run_is_neutral(review, result):
    asked = replace(result, order=replace(result.order, query="=HYPERLINK(0)"))
    append(review, pubmed_row(asked, "0.1.0"))
    with (review / log.LOG).open(newline="") as file:
        raw = next(csv.DictReader(file))

    assert raw["query"] == "'=HYPERLINK(0)"
    assert read_log(review)[0]["query"] == "=HYPERLINK(0)"


def test_a_log_of_an_earlier_version_gets_the_later_columns(review, result):
    """Its rows keep every cell; what they did not count stays empty."""
    path = review / log.LOG
    earlier = [column.name for column in SEARCHES.columns if not column.may_be_missing]
    row = pubmed_row(result, "0.1.0")
    path.write_text(sheet_text(earlier, [[row[name] for name in earlier]]), encoding="utf-8")
    second = pubmed_row(replace(result, order=replace(result.order, run="b"), gone=(3,)), "0.1.0")
    append(review, second)
    [first, last] = read_log(review)

    assert {name: first[name] for name in earlier} == {name: row[name] for name in earlier}
    assert (first["n_gone"], first["gone"]) == ("", "")
    assert last == second


def test_very_many_numbers_are_cut(review, result):
    row = pubmed_row(replace(result, unmatched=tuple(range(1, 2_500))), "0.1.0")

    assert row["n_unmatched"] == "2499"
    assert row["unmatched"].endswith("; 2000; and 499 more in the folder of the run")


def test_a_damaged_log_is_not_written_to(review, result):
    (review / log.LOG).write_text("run,source\nx\n")

    with pytest.raises(SheetError, match="searches"):
        append(review, pubmed_row(result, "0.1.0"))


def test_a_review_without_a_log_has_no_rows(review):
    assert read_log(review) == []
