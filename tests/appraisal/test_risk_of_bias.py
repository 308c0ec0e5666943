"""Answers counted by hand: synthetic studies of 30, 10 and 60 units."""

import pytest

from metaleak.appraisal.risk_of_bias import (
    NOT_ASSESSED,
    as_json,
    assessed_studies,
    minors_score,
    shares,
)
from metaleak.sheets.instruments import INSTRUMENTS

STUDIES = [("S1", "Synthetic 1", 30), ("S2", "Synthetic 2", 10), ("S3", "Synthetic 3", 60)]
JBI, MINORS = INSTRUMENTS["jbi"], INSTRUMENTS["minors"]


def test_nothing_assessed_is_never_low():
    """Every question of every study is not assessed, and no unit stands under another answer."""
    found = assessed_studies(JBI, STUDIES, {})

    assert all(share == {NOT_ASSESSED: 1.0} for share in shares(JBI, found).values())
    assert [study.is_begun for study in found] == [False] * 3
    values = as_json(JBI, found)
    assert (values["begun"], values["judged"], values["studies"]) == (0, 0, [])
    assert [study["label"] for study in values["not_assessed"]] == [
        "Synthetic 1",
        "Synthetic 2",
        "Synthetic 3",
    ]


def test_bars_weigh_by_units():
    """30 of 100 units yes, 10 no, 60 without an answer."""
    found = assessed_studies(JBI, STUDIES, {("S1", "jbi_2"): "yes", ("S2", "jbi_2"): "no"})

    assert shares(JBI, found)["jbi_2"] == pytest.approx({"yes": 0.3, "no": 0.1, NOT_ASSESSED: 0.6})
    assert all(sum(each.values()) == pytest.approx(1) for each in shares(JBI, found).values())


def test_answers_of_one_checklist_are_none_of_the_other():
    """A study assessed by MINORS is not assessed by JBI."""
    answers = {("S1", "minors_1"): "2"}

    assert not any(study.is_begun for study in assessed_studies(JBI, STUDIES, answers))
    assert [study.is_begun for study in assessed_studies(MINORS, STUDIES, answers)] == [True, False, False]


def test_a_score_only_of_whole_assessments():
    """Eight questions of 2, 1 for the ninth, three that do not fit: 17 of 18; with one missing none."""
    points = {
        ("S1", f"minors_{i}"): "2" if i < 9 else "1" if i == 9 else "not_applicable" for i in range(1, 13)
    }
    whole = assessed_studies(MINORS, STUDIES, points)[0]
    del points[("S1", "minors_4")]
    begun = assessed_studies(MINORS, STUDIES, points)[0]

    assert minors_score(whole) == (17, 18)
    assert minors_score(begun) is None


def test_a_verdict_alone_is_a_beginning():
    """It is shown, and its questions as not assessed."""
    study = assessed_studies(JBI, STUDIES, {("S2", "jbi_overall"): "high"})[1]

    assert study.is_begun
    assert study.verdict == "high"
    assert set(study.answers.values()) == {NOT_ASSESSED}
