"""The sheets as the rules see them."""

from metaleak.sheets.columns import LEAKS
from metaleak.sheets.reader import read_bytes
from metaleak.validation.view import WRONG, make_view

HEADER = ",".join(LEAKS.names) + "\n"


def seen(*lines):
    raw = read_bytes((HEADER + "\n".join(lines) + "\n").encode(), LEAKS)
    return make_view({"leaks": raw}, None)


def test_a_wrong_cell_is_reported_once_and_seen_by_no_rule():
    """Its value is neither a number nor empty, and its row is in no group by it."""
    view, wrong = seen("A,all,,,,,,,,NA,50" + "," * 11)

    row = view.rows["leaks"][0]
    assert [(w.row, w.column, w.value, w.problem.rule) for w in wrong] == [(2, "n_leak", "NA", "R20")]
    assert row.values["n_leak"] is WRONG
    assert row.get("n_leak") is None
    assert view.grouped("leaks", "study_id", "n_leak") == {}
    assert list(view.grouped("leaks", "study_id", "n_total")) == [("A", 50)]


def test_a_broken_row_is_seen_by_no_rule_but_by_name():
    """Its cells may stand under wrong names; its study still exists."""
    view, _ = seen("A,all", "B,all" + "," * 20)

    assert [row.number for row in view.rows["leaks"]] == [3]
    assert view.study_ids("leaks") == {"A", "B"}


def test_without_a_codebook_words_pass_as_they_are():
    """Nothing is declared, and no word is wrong."""
    view, wrong = seen("A,all,whatever" + "," * 19)

    assert (view.declared, wrong) == (None, [])


def test_a_column_that_a_sheet_lacks_is_seen_by_no_rule():
    """An older sheet has nothing to say there, and nothing is wrong with it."""
    names = [column.name for column in LEAKS.columns if not column.may_be_missing]
    raw = read_bytes((",".join(names) + "\nA,all" + "," * (len(names) - 2) + "\n").encode(), LEAKS)

    view, wrong = make_view({"leaks": raw}, None)

    assert (raw.problems, wrong) == ((), [])
    assert view.rows["leaks"][0].get("verification") is None
