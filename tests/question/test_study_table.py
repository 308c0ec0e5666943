"""What counts as one observation, and what it is called."""

from metaleak.question.select import select_rows
from metaleak.question.study_table import pooled_rows, table_of


def rows_of(question, frame):
    return pooled_rows(question, select_rows(question, frame, name="test"), {"A": "Ahn 2020"})


def arm(name, x, n, procedure="PVP", modality="CT"):
    return ("A", name, procedure, "vertebra", modality, "any", "any", x, n)


def test_arms_with_equal_words_are_one_observation(question, leaks):
    [row] = rows_of(question(), leaks(arm("a", 3, 10), arm("b", 4, 20)))

    assert (row.xi, row.ni, row.arms, row.sheet_rows) == (7, 30, ("a", "b"), (2, 3))


def test_arms_of_two_procedures_stay_apart_and_say_which(question, leaks):
    rows = rows_of(question(), leaks(arm("a", 3, 10), arm("b", 4, 20, procedure="PKP")))

    assert [row.label for row in rows] == ["Ahn 2020 (PKP)", "Ahn 2020 (PVP)"]


def test_arms_stay_rows_when_declared(question, leaks):
    rows = rows_of(question(several_rows={"arms": "rows"}), leaks(arm("a", 3, 10), arm("b", 4, 20)))

    assert [row.label for row in rows] == ["Ahn 2020 (a)", "Ahn 2020 (b)"]


def test_a_sum_is_as_sure_as_its_least_sure_part(question, leaks):
    frame = leaks(arm("a", 3, 10), arm("b", 4, 20)).assign(confidence=["high", "low"])

    assert rows_of(question(), frame)[0].confidence == "low"


def test_rows_stand_in_the_order_of_the_groups(question, leaks):
    rows = rows_of(question(), leaks(arm("a", 3, 10, modality="xray"), arm("b", 4, 20)))

    assert [row.group for row in rows] == ["CT", "X-ray"]


def test_the_table_knows_group_and_words(question, leaks):
    table = table_of(rows_of(question(), leaks(arm("a", 3, 10), arm("b", 4, 20, modality="xray"))))

    assert table.moderators["group"] == ("CT", "X-ray")
    assert table.k_studies == 1


def test_a_sum_says_what_each_part_says(question, leaks):
    """An arm that says nothing does not borrow the word of the other."""
    frame = leaks(arm("a", 3, 10), arm("b", 4, 20)).assign(verification=["all", ""], blinded="")

    assert rows_of(question(), frame)[0].conduct == {"verification": ("all", "")}


def test_a_sheet_without_these_columns_says_nothing(question, leaks):
    """As older sheets are."""
    assert rows_of(question(), leaks(arm("a", 3, 10)))[0].conduct == {}
