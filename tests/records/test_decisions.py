"""Rows of decisions: the latest counts, persons before rules."""

import pytest

from metaleak.errors import InputError
from metaleak.records.compare import Verdict
from metaleak.records.decisions import Decision, decide, decision_of, latest, row_of, undo

ROW = Decision(left="b:2", right="a:1", verdict=Verdict.DUPLICATE, score=0.9, reason="same DOI")


def test_a_row_and_back():
    """What is written is read."""
    assert decision_of(row_of(ROW)) == ROW


def test_rules_never_overrule_a_person():
    """Even when they come later."""
    said = decide(ROW, Verdict.DISTINCT, by="WX", reason="two prints")

    assert latest([said, ROW])[("a:1", "b:2")] == said


def test_taking_the_only_decision_back_opens_the_pair():
    """It goes to the queue."""
    assert undo([ROW], "a:1", "b:2", by="WX").verdict is Verdict.MAYBE


def test_a_reason_that_counts_again_is_repeated_once():
    """Taken back twice, it says what was said first."""
    rows = [decide(ROW, Verdict.DISTINCT, by="WX", reason="two prints")]
    rows.append(decide(ROW, Verdict.DUPLICATE, by="QR", reason="one print"))
    rows.append(undo(rows, "a:1", "b:2", by="QR"))
    rows.append(decide(ROW, Verdict.MAYBE, by="QR", reason="not sure"))

    assert undo(rows, "a:1", "b:2", by="QR").reason == "as before: two prints"


def test_nothing_to_take_back():
    """An unknown pair is an error."""
    with pytest.raises(InputError, match="nothing was decided"):
        undo([ROW], "a:1", "c:3", by="WX")


@pytest.mark.parametrize("change", [{"verdict": "perhaps"}, {"score": "high"}])
def test_rows_that_are_no_decision(change):
    """Words outside of the vocabulary are refused."""
    with pytest.raises(InputError, match="no decision about two records"):
        decision_of({**row_of(ROW), **change})
