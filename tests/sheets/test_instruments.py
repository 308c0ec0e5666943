"""The checklists of bias: how many questions they have, and which answers each takes."""

import pytest

from metaleak.sheets.instruments import ANSWERS, FIXED, INSTRUMENTS, VERDICTS, allowed_answers


def test_the_checklists_have_the_questions_of_their_papers():
    """Nine of Munn 2015, eight and four of Slim 2003, four domains and three fits of Whiting 2011."""
    assert {name: len(each.items) for name, each in INSTRUMENTS.items()} == {
        "jbi": 9,
        "minors": 12,
        "quadas2": 7,
    }


@pytest.mark.parametrize("each", INSTRUMENTS.values(), ids=INSTRUMENTS)
def test_every_question_is_told(each):
    """A short name that fits a figure, a sentence of guidance, and answers that the sheet knows."""
    assert all(item.short and len(item.short) <= 18 and item.guidance.endswith(".") for item in each.items)
    assert len({item.guidance for item in each.items}) == len(each.items)
    assert {each.good, each.bad} <= set(each.answers) <= set(ANSWERS)
    assert allowed_answers(each.overall) == VERDICTS
    assert {item.id for item in each.items} | {each.overall} <= set(FIXED["bias_item"])
