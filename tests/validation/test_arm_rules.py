"""The rows of one study beside each other."""

import pytest


def arms(leak, *counts, **cells):
    """Add one row on X-ray for everybody (50 units, 20 leaks) and one for every arm."""
    leak(n_leak="20", n_total="50", **cells)
    for number, (n_leak, n_total) in enumerate(counts, 1):
        leak(arm=f"arm {number}", n_leak=n_leak, n_total=n_total, **cells)


@pytest.mark.parametrize(
    ("counts", "column", "message"),
    [
        ([("10", "20"), ("9", "30")], "n_leak", "the arms in rows 9-10 add up to 19"),
        ([("10", "20"), ("10", "40")], "n_total", "the arms in rows 9-10 add up to 60"),
        ([("21", "50")], "n_leak", "the arm in row 9 has 21"),
    ],
)
def test_arms_that_do_not_add_up(findings, told, leak, counts, column, message):
    """The row of everybody is compared with the sum of its arms, and with a single arm."""
    arms(leak, *counts)

    assert ("R45", "leaks", 8, column) in findings()
    assert told("R45") == [message]


@pytest.mark.parametrize("counts", [[("10", "20"), ("10", "30")], [("5", "20")], [("10", "20"), ("", "30")]])
def test_arms_that_add_up_or_are_not_all_there(told, leak, counts):
    """One arm may be less than everybody, and an open arm is not a number."""
    arms(leak, *counts)

    assert told("R45") == []


def test_everybody_may_be_a_mixture_of_procedures(told, leak):
    """PKP and PVP arms add up to a row of both."""
    leak(procedure="mixed", n_leak="20", n_total="50")
    leak(arm="PKP", procedure="PKP", n_leak="8", n_total="20")
    leak(arm="PVP", procedure="PVP", n_leak="13", n_total="30")

    assert told("R45") == ["the arms in rows 9-10 add up to 21"]


def test_a_row_with_more_patients_than_the_study(findings, leak, put):
    """Patients of a row cannot outnumber the patients of the study."""
    put("studies", n_patients="40")
    leak(unit="patient", n_total="45")

    assert ("R48", "leaks", 8, "n_total") in findings()


def test_arms_with_more_patients_than_the_study_together(told, leak, put):
    """Arms that overlap or are counted twice show in their sum."""
    put("studies", n_patients="40")
    leak(arm="a", unit="patient", n_total="25")
    leak(arm="b", unit="patient", n_total="25")

    assert told("R48") == [
        "the arms in rows 8-9 have 50 patients; the study has 40 patients (studies, n_patients)"
    ]


def test_a_row_may_count_every_patient_of_the_study(told, leak, put):
    """All of them is not too many, in one row or in two arms."""
    put("studies", n_patients="40")
    leak(unit="patient", n_total="40")
    leak(arm="a", unit="patient", leak_site="venous", n_total="15")
    leak(arm="b", unit="patient", leak_site="venous", n_total="25")

    assert told("R48") == []


def test_one_arm_above_the_study_is_named_alone(findings, leak, put):
    """The row that is too large is the place, not the last arm."""
    put("studies", n_patients="40")
    leak(arm="a", unit="patient", n_total="45")
    leak(arm="b", unit="patient", n_total="20")

    assert {place for place in findings() if place[0] == "R48"} == {("R48", "leaks", 8, "n_total")}


def test_vertebrae_may_outnumber_the_patients_of_the_study(told, leak, put):
    """The unit decides: several vertebrae are treated in one patient."""
    put("studies", n_patients="40")
    leak(unit="vertebra", n_total="90")

    assert told("R48") == []


def test_fewer_vertebrae_than_patients(told, leak):
    """Both units of one arm: the vertebrae are at least as many."""
    leak(modality="CT", unit="patient", n_total="60")

    assert told("R49") == ["fewer vertebrae than the 60 patients of row 8"]


def test_one_vertebra_per_patient(told, leak):
    """As many vertebrae as patients is one treated level each."""
    leak(modality="CT", unit="patient", n_total="50")

    assert told("R49") == []


def test_sites_without_a_row_for_any_site(told, leak):
    """Where nobody counted leaks anywhere there is no whole to compare with."""
    leak(leak_site="venous", n_leak="20")
    leak(leak_site="intradiscal", n_leak="10")

    assert told("R55") == []


@pytest.mark.parametrize(
    ("rule", "part"), [("R54", {"symptomatic": "symptomatic"}), ("R55", {"leak_site": "venous"})]
)
@pytest.mark.parametrize(("n_leak", "found"), [("28", 0), ("29", 1)])
def test_a_part_is_not_more_than_the_whole(told, leak, rule, part, n_leak, found):
    """Leaks with symptoms, and leaks at one site, are some of the 28 leaks."""
    leak(modality="CT", n_leak=n_leak, **part)

    assert len(told(rule)) == found


def test_another_imaging_is_another_whole(told, leak):
    """More leaks at a site on CT than anywhere on X-ray is what this review is about."""
    leak(modality="xray", leak_site="venous", n_leak="40")

    assert told("R55") == []


def test_one_arm_has_one_denominator_per_imaging(findings, told, leak):
    """Of three rows the odd one is named, with the rows that it differs from."""
    leak(modality="CT", leak_site="venous", n_leak="5", n_total="50")
    leak(modality="CT", leak_site="intradiscal", n_leak="5", n_total="55")

    assert ("R70", "leaks", 9, "n_total") in findings()
    assert told("R70") == ["rows 2, 8 of the same arm, unit and imaging: 50"]
