"""Risk of bias: synthetic answers, one flaw at a time."""

import pytest

WHOLE = {f"jbi_{place}": "yes" for place in range(1, 10)} | {"jbi_overall": "low"}


@pytest.fixture
def answer(sheet):
    """Return a function that writes synthetic answers about the first study."""

    def written(answers, study="SYNTHETIC1"):
        path = sheet("risk_of_bias")
        lines = [f"{study},{item},{word},synthetic,AB,\n" for item, word in answers.items()]
        path.write_text(path.read_text() + "".join(lines))

    return written


def test_empty_sheets_are_sound(findings):
    """Nothing assessed is no finding: it shows as not assessed."""
    assert findings() == set()


def test_a_whole_assessment_is_sound(answer, findings):
    """Nine answers and a verdict."""
    answer(WHOLE)

    assert findings() == set()


def test_an_answer_of_the_other_checklist(answer, told):
    """MINORS counts, JBI says yes or no, a verdict is neither."""
    answer({**WHOLE, "jbi_3": "2", "jbi_overall": "yes"})

    assert told("R95") == ["jbi_3 takes no such answer", "jbi_overall takes no such answer"]


def test_an_assessment_that_stops_half_way(answer, told):
    """The missing questions are named; the checklist that nobody began is not missed."""
    answer({item: word for item, word in WHOLE.items() if item not in ("jbi_4", "jbi_overall")})

    assert told("R96") == ["JBI checklist for prevalence studies: no answer to jbi_4, jbi_overall"]


def test_low_despite_a_flaw(answer, told):
    """A verdict does not follow from a sum, but it has to be explained."""
    answer({**WHOLE, "jbi_6": "no"})

    assert told("R97") == ["the verdict is low, and jbi_6 is answered no"]


def test_an_unknown_study_and_an_unknown_word(answer, findings):
    """Reported once each."""
    answer(WHOLE, study="SYNTHETIC99")
    answer({"jbi_10": "yes"})

    rules = {rule for rule, sheet, *_ in findings() if sheet == "risk_of_bias"}

    assert rules == {"R43", "R22"}


def test_the_same_question_twice(answer, findings):
    """One agreed answer per study and question."""
    answer(WHOLE)
    answer({"jbi_1": "no"})

    assert ("R42", "risk_of_bias", 12, "study_id") in findings()


def test_a_decision_about_certainty(sheet, findings):
    """Known domains and 0, 1 or 2 levels; a reason is not optional."""
    path = sheet("certainty")
    path.write_text(path.read_text() + "synthetic_example,CT,imprecision,3,,AB,\n")

    assert findings() == {("R22", "certainty", 2, "downgrade"), ("R40", "certainty", 2, "reason")}
