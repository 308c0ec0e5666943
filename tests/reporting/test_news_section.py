"""What is new since the last search, in words."""

from dataclasses import replace

import pytest
from markupsafe import escape

from metaleak.reporting.news_section import news_section
from metaleak.reporting.report import render_report
from tests.reporting.conftest import build

EARLIER = {"run": "main-2026-09-25", "source": "pubmed", "strategy": "main", "date": "2026-09-25T08:00:00Z"}
LATER = {"run": "main-2026-10-25", "source": "pubmed", "strategy": "main", "date": "2026-10-25T08:00:00Z"}


def run(row, updates="", **counts):
    names = ("n_articles", "n_books", "n_revised", "n_retracted", "n_missing")
    return {**row, "updates": updates, **{name: str(counts.get(name, 0)) for name in names}}


def arrival(key, run=LATER["run"], duplicate=False, **cells):
    return {
        **dict.fromkeys(("year", "pmid", "doi", "url"), ""),
        "record_id": key,
        "run": run,
        "cited": f"Cited {key}",
        "is_duplicate": str(int(duplicate)),
        **cells,
    }


def section(*searches, arrivals=()):
    return news_section(replace(build(), searches=searches, arrivals=arrivals))


def test_without_a_log_it_says_so():
    """No number is made up."""
    found = news_section(build())

    assert found.sentences == (
        "No search is logged yet, so nothing can be called new: "
        f"{len(build().studies)} studies were identified before the first logged search.",
    )
    assert found.folded == ()


def test_a_first_search_has_nothing_before_it():
    """It is told as such, and its records are not called new."""
    found = section(run(EARLIER, n_articles=600, n_books=1), arrivals=[arrival("pubmed:1", EARLIER["run"])])

    assert found.sentences == (
        "PubMed was first searched on 2026-09-25 (main): 601 records, 1 of them a book.",
    )
    assert found.folded == ()


def test_what_a_search_brought_since_the_one_before():
    """New records, books, duplicates of other searches, what became of held ones; the new are listed."""
    counts = {"n_articles": 3, "n_books": 2, "n_revised": 1, "n_retracted": 2, "n_missing": 1}
    found = section(
        run(EARLIER, n_articles=600),
        run(LATER, updates=EARLIER["run"], **counts),
        arrivals=[arrival("pubmed:7", year="2026", pmid="7"), arrival("pubmed:8", duplicate=True)],
    )

    assert found.sentences == (
        "PubMed was searched again on 2026-10-25 (main): 5 new records since the search of 2026-09-25, "
        "2 of them books, 1 a duplicate of a record of another search.",
        "1 record held before was revised since.",
        "2 records held before are retracted.",
        "1 record that it lists was not delivered.",
    )
    [table] = found.folded
    assert [row.cells[0].text for row in table.rows] == ["Cited pubmed:7"]
    assert table.rows[0].cells[2].links[0].href == "https://pubmed.ncbi.nlm.nih.gov/7/"


def test_records_that_no_longer_match_or_are_deleted_are_named():
    """The numbers of the first ten; a deleted record is one that no longer matches, too."""
    gone = {"n_unmatched": "12", "unmatched": "; ".join(map(str, range(1, 13))), "n_gone": "1", "gone": "4"}
    found = section(run(EARLIER), {**run(LATER, updates=EARLIER["run"]), **gone})

    assert found.sentences[1:] == (
        "12 records that the strategy matched before no longer match (1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 2 more), "
        "1 of them no longer in the database.",
        "1 record held before is no longer in the database (4); it stays in the review.",
    )


def test_a_search_that_found_nothing_new():
    """That is news too."""
    found = section(run(EARLIER, n_articles=600), run(LATER, updates=EARLIER["run"]))

    assert found.sentences == (
        "PubMed was searched again on 2026-10-25 (main): no new record since the search of 2026-09-25.",
    )


def test_each_database_speaks_for_itself():
    """The latest first; a word that is no source is shown as it stands."""
    embase = {**LATER, "run": "embase-2026-10-26", "source": "embase", "date": "2026-10-26"}
    other = {**LATER, "run": "x", "source": "x\u202ey", "date": "2026-01-01"}
    found = section(run(EARLIER), run(embase, n_articles=1), run(other, n_articles=2))

    assert [sentence.split(" was ")[0] for sentence in found.sentences] == ["Embase", "PubMed", "x\u202ey"]


def test_a_hundred_records_are_listed():
    """The caption says how many there are."""
    arrivals = [arrival(f"pubmed:{n}") for n in range(1, 151)]
    found = section(run(EARLIER), run(LATER, updates=EARLIER["run"], n_articles=150), arrivals=arrivals)

    assert len(found.folded[0].rows) == 100
    assert found.folded[0].caption.endswith("150 publications; the first 100 are listed.")


@pytest.mark.parametrize(
    "title", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7*7 }}"]
)
def test_titles_of_others_are_text(title):
    """Nothing that a database sends runs in the page."""
    page = replace(
        build(),
        searches=(run(EARLIER), run(LATER, updates=EARLIER["run"], n_articles=1)),
        arrivals=[arrival("embase:1", cited=title, url="javascript:alert(1)")],
    )
    html = render_report(page)

    assert str(escape(title)) in html
    assert "javascript:alert" not in html
    assert "<img" not in html
    assert "What is new" in html


def test_a_retracted_study_is_flagged_wherever_it_stands():
    """In the answer, in the list of studies, and in the rows that are pooled."""
    study = build().results["modality"]["rows"][0]["study_id"]
    found = news_section(replace(build(), notices={study: {"retracted": ("pubmed:1",)}}))
    html = render_report(replace(build(), notices={study: {"retracted": ("pubmed:1",)}}))
    label = next(row["label"] for row in build().studies if row["study_id"] == study)

    assert found.lines[0].term == "Retracted"
    assert found.lines[0].says == f"{label} has a publication that was withdrawn; pooled here all the same."
    assert f"{label} (retracted)" in html
    assert "a publication was withdrawn: pubmed:1" in html
    assert "<small>retracted</small>" in html


def test_a_retracted_study_that_is_not_pooled():
    """The page says that it does not count."""
    pooled = {row["study_id"] for row in build().results["modality"]["rows"]}
    spare = {**dict.fromkeys(build().studies[0], ""), "study_id": "Gone", "label": "Gone 1999"}
    assert "Gone" not in pooled
    page = replace(build(), studies=[*build().studies, spare], notices={"Gone": {"retracted": ("pubmed:1",)}})

    assert news_section(page).lines[0].says == (
        "Gone 1999 has a publication that was withdrawn; not pooled here."
    )


def test_of_several_retracted_studies_those_that_are_pooled_are_named():
    """Not one of them is lost among the others."""
    study = build().results["modality"]["rows"][0]["study_id"]
    label = next(row["label"] for row in build().studies if row["study_id"] == study)
    spare = {**dict.fromkeys(build().studies[0], ""), "study_id": "Gone", "label": "Gone 1999"}
    told = {study: "pubmed:1", "Gone": "pubmed:2", "Unknown": "pubmed:3"}
    notices = {key: {"retracted": (record,)} for key, record in told.items()}
    page = replace(build(), studies=[*build().studies, spare], notices=notices)

    assert news_section(page).lines[0].says == (
        f"{label} and Gone 1999 have a publication that was withdrawn; pooled here all the same: {label}."
    )
