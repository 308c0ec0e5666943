"""The rows behind "what is new", from real imports."""

import csv
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from metaleak.reporting.answer import answer
from metaleak.workflow.duplicates import compare_records, link_study
from metaleak.workflow.export import export
from metaleak.workflow.imports import import_file
from metaleak.workflow.library import read_library
from metaleak.workflow.news import read_news
from metaleak.workflow.page import answer_lines
from metaleak.workflow.pipeline import open_review
from metaleak.workflow.summary import pool_lines
from metaleak.workflow.trace import trace, trace_text
from tests.search.clocks import FakeClock
from tests.workflow.test_duplicates import copy_of

PAYLOADS = Path(__file__).parents[1] / "records" / "payloads"
GONE = (
    "TY  - JOUR\nTI  - RETRACTED: A synthetic series\nAU  - Doe, J.\nPY  - 2015\nDO  - 10.1000/gone\nER  - \n"
)


@pytest.fixture
def review(starter, tmp_path):
    """Return a review whose PubMed export was repeated a month later, with one new record and two copies elsewhere."""
    september, october = (FakeClock(datetime(2026, month, 25, 9, 0, tzinfo=UTC)) for month in (9, 10))
    first = (PAYLOADS / "pubmed_result2.nbib").read_text(encoding="utf-8")
    (tmp_path / "first.nbib").write_text(first.partition("\n\nPMID")[0] + "\n", encoding="utf-8")
    import_file(starter, tmp_path / "first.nbib", source="pubmed", clock=september)
    copies = [copy_of(record, doi=record.doi) for record in read_library(starter).records[:1]]
    (tmp_path / "embase.ris").write_text("".join(copies) + GONE, encoding="utf-8")
    import_file(starter, tmp_path / "embase.ris", source="embase", clock=september)
    import_file(starter, PAYLOADS / "pubmed_result2.nbib", source="pubmed", clock=october)
    compare_records(starter)
    return starter


def test_arrivals_are_what_the_last_run_brought_first(review):
    """Not what the same source had before; a copy of another search's record is a duplicate."""
    news = read_news(review, read_library(review), [])
    last = [row for row in news.arrivals if row["run"] == "pubmed-2026-10-25"]
    embase = [row for row in news.arrivals if row["run"] == "embase-2026-09-25"]

    assert [row["run"] for row in news.searches] == [
        "pubmed-2026-09-25",
        "embase-2026-09-25",
        "pubmed-2026-10-25",
    ]
    assert len(last) == len(read_library(review).records) - 3
    assert [row["is_duplicate"] for row in embase] == ["1", "0"]
    assert {row["is_duplicate"] for row in last} == {"0"}


def test_the_page_tells_it_and_follows_the_sheets(review):
    """News, a flag for a retracted study, one finding; the page is written anew when a decision is."""
    with open_review(review) as pipeline:
        html = pipeline.run().read_text(encoding="utf-8")
    assert "3 new records since the search of 2026-09-25" in html
    assert "(retracted)" not in html

    [gone] = [record.record_id for record in read_library(review).records if record.is_retracted]
    link_study(review, gone, "SYNTHETIC1", reason="its report", by="WX")
    with open_review(review) as pipeline:
        html = pipeline.run().read_text(encoding="utf-8")
        assert [f.rule for f in pipeline.checked.findings if f.rule == "R86"] == ["R86"]
    assert "(retracted)" in html
    assert f"a publication of the study was withdrawn: {gone}" in html

    with open_review(review) as pipeline:
        pipeline.run()
        steps = {outcome.step: outcome.unchanged for outcome in pipeline.outcomes}
    assert steps["report"]
    assert all(unchanged for step, unchanged in steps.items() if step != "check")


def test_the_digests_of_what_was_searched_stand_on_the_page(review):
    """Records and decisions are inputs like the other sheets."""
    with open_review(review) as pipeline:
        pipeline.run()
        page = pipeline.page()

    assert {f"extraction/{name}.csv" for name in ("searches", "records", "duplicates")} <= set(page.digests)
    assert json.dumps(dict(page.notices)) == "{}"


def test_a_retraction_is_told_wherever_the_study_appears(review):
    """In results, figures, exports and in the terminal; all of them are made anew, and no model is fitted again."""
    with open_review(review) as pipeline:
        pipeline.run()
    [gone] = [record.record_id for record in read_library(review).records if record.is_retracted]
    link_study(review, gone, "SYNTHETIC1", reason="its report", by="WX")
    with open_review(review) as pipeline:
        path = pipeline.run()
        steps = {outcome.step: outcome.unchanged for outcome in pipeline.outcomes}
        result = pipeline.results["synthetic_example"]
        files = [name for what in ("csv", "revman", "references", "docx") for name in export(pipeline, what)]
        ten = answer_lines(pipeline.page(), str(path))
    told = {name: (review / name).read_text(encoding="utf-8") for name in files if not name.endswith("docx")}
    label = result["notices"][0]["label"]
    group = next(row["group"] for row in result["rows"] if row["study_id"] == "SYNTHETIC1")

    assert result["notices"] == [
        {"study_id": "SYNTHETIC1", "label": label, "kind": "retracted", "records": [gone]}
    ]
    assert steps["pool synthetic_example"]
    assert not steps["draw synthetic_example"]
    assert f"  retracted: {label} ({gone})" in pool_lines(result)
    assert (
        f"      retracted: {label} ({gone})"
        in trace_text(trace(review, "synthetic_example", group)).splitlines()
    )
    assert ten[1 + len(answer(pipeline.page()).leads)].startswith(f"Retracted: {label} has")
    assert "retracted" in (review / "figures" / "synthetic_example-forest.csv").read_text(encoding="utf-8")
    svg = (review / "figures" / "synthetic_example-forest.svg").read_text(encoding="utf-8")
    assert f"† {label}" in svg
    assert f"{label} (retracted)" in told["reports/review-tables/studies.csv"]
    assert any(",retracted," in text for name, text in told.items() if "synthetic_example-rows" in name)
    assert f"{label} (retracted)" in told["reports/review-revman.csv"]
    assert f"note = {{A publication was withdrawn: {gone}}}" in told["reports/review.bib"]
    with zipfile.ZipFile(review / "reports" / "review.docx") as archive:
        assert b"(retracted)" in archive.read("word/document.xml")


def test_an_erratum_is_no_retraction(review):
    """It stands in the tables as what it is."""
    path = review / "extraction" / "records.csv"
    [gone] = [record.record_id for record in read_library(review).records if record.is_retracted]
    link_study(review, gone, "SYNTHETIC1", reason="its report", by="WX")
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        if row["record_id"] == gone:
            row |= {"title": "A synthetic series", "is_retracted": "0", "links": "ErratumIn | J 2016 | 9"}
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    with open_review(review) as pipeline:
        html = pipeline.run().read_text(encoding="utf-8")
        found = [finding.rule for finding in pipeline.checked.findings]

    assert "(corrected by an erratum)" in html
    assert "(retracted)" not in html
    assert "R89" in found
    assert "R86" not in found
