"""The flow on the page: its sentences, its table, its place among the sections."""

from dataclasses import replace

import pytest

from metaleak.reporting.flow_section import flow_sections, flow_sentences
from metaleak.reporting.report import render_report
from metaleak.screening.flow import Fate, Sighting, count_flow
from tests.reporting.conftest import build

FOUND = [
    Sighting(source="pubmed", kind="database", fate=Fate.INCLUDED, study="A2020"),
    Sighting(source="embase", kind="database", fate=Fate.DUPLICATE),
    Sighting(source="embase", kind="database", fate=Fate.EXCLUDED, reason="No count"),
    Sighting(source="citations", kind="other", fate=Fate.AWAITING_SCREENING),
]


@pytest.mark.parametrize(
    ("found", "studies", "told"),
    [
        (
            [],
            ("A", "B"),
            [
                "2 studies with 5 rows of counts are in the review; all of them were identified before searches were "
                "logged, and how many records were read for that was not kept."
            ],
        ),
        (
            FOUND,
            ("A2020", "B"),
            [
                "2 studies with 5 rows of counts are in the review; 1 was identified before searches were logged, and "
                "how many records were read for that was not kept.",
                "Databases and registers brought 3 records (duplicates: 1; screened: 2; sought in full: 2; assessed: 2; "
                "reports of included studies: 1).",
                "Other ways brought 1 record (duplicates: 0; screened: 0; sought in full: 0; assessed: 0; reports of "
                "included studies: 0).",
                "1 record still waits for a judgement.",
            ],
        ),
        (FOUND[:1], ("A2020",), None),
    ],
)
def test_the_sentences_say_what_the_flow_counts(found, studies, told):
    """Counts come from the flow; nothing is said about what nobody kept."""
    said = list(flow_sentences(count_flow(found, studies, rows=5)))

    assert said == told if told else "before searches" not in " ".join(said)


def test_the_page_shows_the_flow():
    """As a section with a table, its method and its reference; without a flow there is none."""
    page = build()
    with_flow = replace(page, flow=count_flow(FOUND, ("A2020", "B"), rows=5))
    html = render_report(with_flow)

    assert flow_sections(page) == ()
    assert 'href="#prisma"' in html
    assert "PRISMA 2020 statement" in html
    (section,) = flow_sections(with_flow)
    cells = [(row.cells[0].text, row.cells[3].order) for row in section.tables[0].rows]
    assert ("Records screened", 2) in cells
    assert ("Not screened yet", 1) in cells
