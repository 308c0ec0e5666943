"""Judgements: every finding at its row and column, and nothing about what the commands write."""

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest

from metaleak.records.compare import Verdict
from metaleak.records.decisions import Decision, row_of
from metaleak.screening.judgements import SCREENING
from metaleak.sheets.bibliography import DUPLICATES
from metaleak.sheets.logs import add_rows
from metaleak.workflow.imports import import_file
from metaleak.workflow.screening import decide, undo
from tests.search.clocks import FakeClock

PAYLOADS = Path(__file__).parents[1] / "records" / "payloads"
CLOCK = FakeClock(datetime(2026, 10, 25, 9, 0, tzinfo=UTC))


@pytest.fixture
def keys(review, sheet):
    """Return the keys of the records of a review with one import."""
    import_file(review, PAYLOADS / "pubmed_result2.nbib", source="pubmed", clock=CLOCK)
    with sheet("records").open(newline="", encoding="utf-8") as file:
        return [row["record_id"] for row in csv.DictReader(file)]


@pytest.fixture
def judge(review):
    """Return a function that adds a row: ``judge("a", "full-text", "exclude", "WX", reason="design")``."""

    def judge(record_id, stage, choice, by, *, reason="", settles="0"):
        cells = (record_id, stage, choice, reason, by, settles)
        add_rows(review, SCREENING, [dict(zip(SCREENING.names, cells, strict=False))])

    return judge


def test_what_the_commands_write_passes_the_check(review, keys, findings):
    """Two reviewers, both stages, undo."""
    for by in ("WX", "YZ"):
        decide(review, keys[0], "include", stage="title-abstract", by=by, clock=CLOCK)
        decide(review, keys[1], "exclude", stage="title-abstract", by=by, clock=CLOCK)
    for by in ("WX", "YZ"):
        decide(review, keys[0], "exclude", stage="full-text", by=by, reason="not-retrieved", clock=CLOCK)
    undo(review, keys[1], stage="title-abstract", by="WX", clock=CLOCK)

    assert findings() == set()


def test_words_and_keys_that_are_none(keys, judge, findings):
    """A stage, a choice, a flag, an empty reviewer, a record that is not there."""
    judge(keys[0], "title", "perhaps", "", settles="yes")
    judge("pubmed:0", "title-abstract", "include", "WX")

    assert findings() == {
        ("R21", "screening", 2, "stage"),
        ("R21", "screening", 2, "choice"),
        ("R40", "screening", 2, "by"),
        ("R25", "screening", 2, "settles"),
        ("R90", "screening", 3, "record_id"),
    }


def test_reasons_come_from_the_closed_list(review, keys, judge, findings):
    """Missing, unknown, misplaced; a review may declare its own list."""
    for by in ("WX", "YZ"):
        judge(keys[0], "title-abstract", "include", by)
    judge(keys[0], "full-text", "exclude", "WX")
    judge(keys[1], "title-abstract", "exclude", "WX", reason="not-retrieved")
    judge(keys[2], "title-abstract", "include", "WX", reason="design")
    judge(keys[3], "title-abstract", "exclude", "WX", reason="no-ct")

    assert findings() == {("R91", "screening", row, "reason") for row in (4, 5, 6, 7)}
    path = review / "metaleak.toml"
    path.write_text(
        path.read_text(encoding="utf-8") + '\n[screening.reasons]\nno-ct = "No CT"\n', encoding="utf-8"
    )
    assert findings() == {("R91", "screening", row, "reason") for row in (4, 5, 6)}


def test_conflicts_and_reports_that_come_too_early(keys, judge, findings):
    """The first of several; a settled one is none."""
    judge(keys[0], "title-abstract", "include", "WX")
    judge(keys[0], "title-abstract", "exclude", "YZ")
    judge(keys[1], "full-text", "include", "WX")

    assert findings() == {("R93", "screening", 3, "choice"), ("R92", "screening", 4, "stage")}
    judge(keys[0], "title-abstract", "exclude", "QR", settles="1")
    assert findings() == {("R92", "screening", 4, "stage")}


def test_duplicates_share_their_judgements(review, keys, judge, findings):
    """Reviewers who differ about two records of one publication differ about it; either record takes back."""
    judge(keys[0], "title-abstract", "include", "WX")
    judge(keys[1], "title-abstract", "exclude", "YZ")
    assert findings() == set()
    same = Decision(left=keys[0], right=keys[1], verdict=Verdict.DUPLICATE, score=1, reason="r", by="WX")
    add_rows(review, DUPLICATES, [row_of(same)])

    assert findings() == {("R93", "screening", 3, "choice")}
    judge(keys[0], "title-abstract", "taken-back", "YZ")
    assert findings() == set()


def test_taken_back_and_never_said(keys, judge, findings):
    """Once too often is a finding."""
    judge(keys[0], "title-abstract", "include", "WX")
    judge(keys[0], "title-abstract", "taken-back", "WX")
    judge(keys[0], "title-abstract", "taken-back", "WX")

    assert findings() == {("R94", "screening", 4, "choice")}
