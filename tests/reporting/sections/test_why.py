"""What ledgers and regressions say, with these and with other numbers."""

import copy
import json
from pathlib import Path

import pytest

from metaleak.reporting.data import ReportInput
from metaleak.reporting.sections import ledger, regression
from metaleak.reporting.sections.routes import routes_table

ANALYSES = Path(__file__).parents[3] / "analyses"


@pytest.fixture
def why_range():
    """Return the committed ledger, free to be changed."""
    return json.loads((ANALYSES / "why_range.result.json").read_text(encoding="utf-8"))


@pytest.fixture
def together():
    """Return the committed regression, free to be changed."""
    return json.loads((ANALYSES / "regression.result.json").read_text(encoding="utf-8"))


def test_the_headline_holds_every_part(why_range):
    """Chance, each moderator, the rest; and that nothing is caused."""
    told = ledger.sentences(why_range)

    assert told[0].count("%") == 5
    assert "35 observations of 31 studies" in told[0]
    assert told[-1] == "These are shares associated with moderators of studies, not caused by them."


def test_other_numbers_give_other_sentences(why_range):
    """A moderator below chance is said to be no more than chance."""
    before = ledger.sentences(why_range)
    for one in why_range["ledgers"]:
        one["parts"]["imaging"] |= {"share": -0.02, "low": -0.1, "high": 0.1, "chance_high": 0.11}

    after = ledger.sentences(why_range)

    assert "imaging goes with more than that" in before[1]
    assert "imaging, procedure and unit go with no more than chance" in after[1]
    assert "−2 % [−10, 10] goes with imaging" in after[0]


def test_a_share_that_a_coding_makes_is_said_to_come_from_it(why_range):
    """The second coding of the same rows joins the levels that made the first one's share."""
    told = ledger.sentences(why_range)

    assert "With this coding imaging goes with no more than chance" in told[2]
    assert "With this coding" not in told[3]


def test_a_wide_interval_is_never_read_as_agreement(together):
    """The sentence says what difference would have been seen."""
    told = regression.sentences(together)

    assert "no conflict shows, and only one of a factor of" in told[1]
    assert not [sentence for sentence in told if "agree" in sentence and "disagree" not in sentence]


def test_a_conflict_is_said(together):
    """Where the interval of the ratio leaves 1."""
    changed = copy.deepcopy(together)
    changed["routes"][1]["beside_within"] |= {"ratio": 4.0, "ci_low": 1.6, "ci_high": 10.0}

    assert "the two routes disagree" in regression.sentences(changed)[1]


def test_every_route_names_its_observations(together):
    """A reader can follow which rows made each."""
    table = routes_table("regression", together)

    assert [row.cells[0].text for row in table.rows] == [
        "Within the same patients or vertebrae",
        "Between studies",
        "Between studies, adjusted",
    ]
    assert "Martin 2012" in table.rows[0].cells[4].text
    assert table.rows[1].cells[4].text.startswith("X-ray or fluoroscopy: Double-balloon PKP n.d.")
    assert ". CT: Acta Radiol 2007;" in table.rows[1].cells[4].text


def test_what_else_stands_between_the_routes_is_said(together):
    """Shared studies, another index, and the rate at which the share was set."""
    before = regression.sentences(together)[3]
    for route in together["routes"][1:]:
        route["beside_within"]["shared_studies"] = []
        route["sides"][0]["modalities"] = ["xray"]
    after = regression.sentences(together)[3]

    assert "although they share 3 studies; the index is X-ray within patients, X-ray or fluoroscopy" in before
    assert after.startswith("The routes are compared as if independent. The route within patients is set at")


def test_a_share_from_totals_is_called_an_upper_bound(together):
    """Only where comparisons print totals only."""
    before = regression.sentences(together)[0]
    together["routes"][0]["bounds"] = 0

    assert "3 comparisons, 2 of them with totals only: an upper bound" in before
    assert "upper bound" not in regression.sentences(together)[0]


def test_adjusted_differences_stand_in_a_table(together):
    """Every declared one."""
    table = regression._contrasts_table("regression", together)

    assert [row.cells[0].text for row in table.rows] == [
        "X-ray or fluoroscopy against CT",
        "CT+xray against CT",
    ]


def test_what_detection_could_explain_stands_under_the_ledger(why_range):
    """As in the pairs, with half of the studies on X-ray: d squared over four, and its share of tau2."""
    names = ("modality", "pairs")
    results = {
        name: json.loads((ANALYSES / f"{name}.result.json").read_text(encoding="utf-8")) for name in names
    }
    results["pairs"]["groups"]["X-ray against CT"] |= {"estimate": 0.5, "ci_low": 0.4, "ci_high": 0.8}
    results["modality"]["groups"]["CT"]["estimate"] = 0.5
    report = ReportInput(
        title="", question="", status="rehearsal", results={**results, "why_range": why_range}
    )

    told = ledger.detection_bound(report, 1.21)

    # A rate of a half seen as a quarter: the logit falls by log 3, a quarter of its square is 0.30.
    assert "moves the logit of a rate of 50 % by −1.10" in told
    assert "this adds 0.30 [0.04, 0.48] to a variance between studies of 1.21, at most: 25 % of it." in told
    assert any(
        line.startswith("What detection could explain")
        for line in ledger.section(report, "why_range").all_sentences
    )
