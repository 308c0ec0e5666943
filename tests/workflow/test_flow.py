"""The flow of a review comes from its log and its studies."""

import csv
from pathlib import Path

import pytest

from metaleak.errors import SheetError
from metaleak.screening.flow import Fate
from metaleak.search import log
from metaleak.workflow.flow import review_flow

ROOT = Path(__file__).parents[2]


def logged(root, run, source, **counts):
    row = {**dict.fromkeys(log.SEARCHES.names, ""), "run": run, "source": source}
    numbers = {name: "0" for name in row if name.startswith("n_")} | {k: str(v) for k, v in counts.items()}
    log.append(root, {**row, **numbers})


def test_a_review_without_a_log_was_identified_before_logging(starter):
    flow = review_flow(starter)

    assert flow.searched.found == flow.other.found == 0
    assert flow.before_logging == flow.included_studies == 6


def test_the_studies_of_this_review_stand_in_the_box_before_logging():
    """Empty cells of its sheets are no obstacle; studies are counted, none is made up."""
    with (ROOT / "extraction" / "studies.csv").open(newline="", encoding="utf-8") as file:
        studies = [row["study_id"] for row in csv.DictReader(file)]
    flow = review_flow(ROOT)

    assert flow.included_studies == len(studies)
    assert flow.before_logging + flow.previous_studies + flow.studies == len(studies)


def test_runs_add_up_by_source(starter):
    logged(starter, "a", "pubmed", n_found=10, n_articles=7, n_books=1, n_deleted=1, n_missing=1)
    logged(starter, "b", "pubmed", n_found=12, n_held=10, n_articles=2)
    logged(starter, "c", "citations", n_articles=3)
    flow = review_flow(starter)

    assert flow.searched.identified == {"pubmed": 12}
    assert flow.searched.fates[Fate.WITHDRAWN] == 2
    assert (flow.searched.to_screen, flow.searched.screened) == (10, 0)
    assert flow.other.identified == {"citations": 3}


@pytest.mark.parametrize(
    ("source", "count", "told"), [("pupmed", 1, "known word"), ("pubmed", "many", "no count")]
)
def test_a_log_that_was_changed_by_hand_is_told(starter, source, count, told):
    logged(starter, "a", source, n_articles=count)

    with pytest.raises(SheetError, match=told):
        review_flow(starter)
