"""The answer on top of the page: its order, its numbers, its silence about what was not shown."""

import copy
import re

from metaleak import numbers
from metaleak.reporting.answer import answer


def test_three_sentences_in_order(synthetic):
    """Pairs first, then the contrast between studies, then the rows that do not report the imaging."""
    starts = [lead.sentence.split(",")[0].split(";")[0] for lead in answer(synthetic).leads]

    assert starts == [
        "Within the same patients",
        "Between studies",
        "3 of the 10 observations do not report the imaging",
    ]


def test_numbers_come_from_the_results(synthetic):
    """The large figures are the estimates of the results."""
    modality, pairs = synthetic.results["modality"], synthetic.results["pairs"]

    figures = [lead.figure for lead in answer(synthetic).leads]

    assert figures == [
        numbers.percent(pairs["groups"]["X-ray against CT"]["estimate"], 0),
        numbers.fixed(modality["difference"][0]["odds_ratio"]),
        numbers.percent(modality["groups"]["not reported"]["estimate"], 0),
    ]


def test_other_numbers_give_other_sentences(synthetic, changed):
    """No number of the answer is written down."""
    other = copy.deepcopy(synthetic.results["modality"])
    other["difference"][0] |= {"odds_ratio": 3.0, "ci_low": 1.5, "ci_high": 6.0}

    said = answer(changed(results={**synthetic.results, "modality": other})).leads[1]

    assert said.figure == "3.00"
    assert "3.00 [1.50, 6.00]" in said.sentence
    assert "not compatible with no difference" in said.sentence


def test_no_group_stands_against_the_rest(synthetic):
    """No sentence sets CT against all others, or calls silent rows not CT."""
    found = answer(synthetic)
    said = " ".join([*(lead.sentence for lead in found.leads), *(line.says for line in found.lines)])

    assert re.search(r"\bthe rest\b|\bnot CT\b|\bnon-CT\b|\ball others?\b|\boverall\b", said, re.I) is None


def test_the_joint_reading_is_no_lead(synthetic):
    """The negative control stands among the lines under its name, never as an answer."""
    found = answer(synthetic)

    assert all("CT+xray" not in lead.sentence for lead in found.leads)
    assert [line.says[:18] for line in found.lines if line.term == "Negative control"] == [
        "CT+xray against CT"
    ]


def test_what_stands_behind_the_contrast_is_said(synthetic):
    """Imaging and units of both groups, the same contrast elsewhere, and studies that were read twice."""
    said = {line.term: line.says for line in answer(synthetic).lines}

    assert said["Who is compared"].startswith("X-ray: 1 fluoroscopy and 1 X-ray;")
    assert "“Patients alone”: 0.28 [0.03, 2.20]" in said["The same contrast in other analyses"]
    assert said["Read twice"].startswith("1 study was read by more than one imaging method")


def test_the_caveat_goes_with_the_rehearsal(synthetic, changed):
    """A rehearsal says what it is not; a released review does not."""
    assert "3 of 11 rows do not say how leaks were looked for" in answer(synthetic).caveat
    assert answer(changed(status="released")).caveat == ""


def test_without_pairs_and_contrast_groups_speak(synthetic, changed):
    """A review with neither gives the rates of its first groups."""
    alone = copy.deepcopy(synthetic.results["modality"]) | {"difference": []}

    found = answer(changed(results={"modality": alone}))

    assert [lead.label for lead in found.leads[1:]] == ["CT", "CT+xray", "X-ray"]


def test_every_lead_leads_somewhere(synthetic, page):
    """The way to the rows behind a sentence ends in the page."""
    ids = set(re.findall(r' id="([^"]+)"', page))

    assert {lead.href[1:] for lead in answer(synthetic).leads} <= ids
