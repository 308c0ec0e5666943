"""What the page says about vertebrae and patients, with these and with other numbers."""

import json
from pathlib import Path

import pytest

from metaleak.reporting.data import ReportInput
from metaleak.reporting.export.tables import export_tables
from metaleak.reporting.sections.units import section, sentences

ANALYSES = Path(__file__).parents[3] / "analyses"


@pytest.fixture
def result():
    """Return the committed result, free to be changed."""
    return json.loads((ANALYSES / "units.result.json").read_text(encoding="utf-8"))


def shown(result):
    return section(ReportInput(title="", question="", status="rehearsal", results={"units": result}), "units")


def test_units_alone_and_together_are_told(result):
    """How many count what, and the three rates."""
    assert sentences(result)[0] == (
        "CT: 18 of 21 observations count vertebrae, 3 count patients. Vertebrae alone give 56 % [46, 66] (k = 18), patients "
        "alone 51 % [15, 86] (k = 3), both pooled as one unit 56 % [45, 65]."
    )


def test_who_says_it_and_who_is_left_out_are_named(result):
    """One row of patients on CT says how many vertebrae, two do not."""
    on_scale, left_out = sentences(result)[1:3]

    assert on_scale.startswith(
        "1 of the 3 observations of patients says how many vertebrae stand behind the patients (Martin 2012)."
    )
    assert "19 observations give 56 % [46, 65] if vertebrae of one patient leak independently" in on_scale
    assert left_out.startswith("Left out on that scale: Takamiya 2022 and Wang 2017, which do not say")
    assert left_out.endswith("all 21 observations give 53 %, 52 % or 50 %.")


def test_design_effects_are_told_where_they_matter(result):
    """One study, a common effect, random effects."""
    worth, widths = sentences(result)[3:5]

    assert "the 1\u2009716 vertebrae are worth 1\u2009518 independent ones" in worth
    assert "J Vasc Interv Radiol 2011 (2.3 vertebrae per patient) from 19.6 to 23.1" in widths
    assert "a common effect from 5.0 to 5.3" in widths


def test_cohorts_that_count_both_units_are_told(result):
    """What was counted beside what the vertebrae let expect."""
    assert (
        "Bhatia 2006 counts both: 16 of 61 vertebrae and 12 of 31 patients, 39 % [22, 58]; from the vertebrae 45 % of "
        "the patients are expected if theirs are independent, 39 % at a correlation of 0.3."
    ) in sentences(result)


def test_other_numbers_give_other_sentences(result):
    """Every number is read from the result."""
    item = result["units"][0]
    item |= {"vertebrae": 9, "patients": 12, "k": 21, "one_level": 2, "known": ["a", "b", "c", "d"]}
    item["rates"][1] |= {"estimate": 0.4, "ci_low": 0.3, "ci_high": 0.5, "k": 11}
    item["left_out"] = ["e", "f", "g", "h"]

    told = " ".join(sentences(result)[:3])

    assert "9 of 21 observations count vertebrae, 12 count patients" in told
    assert "Vertebrae alone give 40 % [30, 50] (k = 11, 2 of them patients with one treated level)" in told
    assert "4 of the 12 observations of patients say how many" in told
    assert "Left out on that scale: 4 observations, which do not say" in told


def test_groups_of_one_unit_have_nothing_to_compare(result):
    """The sentence says which."""
    for item in result["units"]:
        item |= {"patients": 0, "vertebrae": item["k"], "left_out": [], "design": []}
    result["both"] = []

    assert sentences(result) == tuple(
        f"{name}: all {k} observations count vertebrae."
        for name, k in (("CT", 21), ("CT+xray", 8), ("X-ray or fluoroscopy", 6), ("Not reported", 45))
    )


def test_a_rate_that_was_not_pooled_says_so(result):
    """With the reason in the table."""
    nothing = dict.fromkeys(("estimate", "ci_low", "ci_high", "pi_low", "pi_high", "tau2"))
    for item in result["units"]:
        for line in item["rates"]:
            line |= {**nothing, "reason": "no row"}

    found = shown(result)

    assert "patients alone not pooled (k = 3)" in found.sentences[0]
    assert found.tables[0].rows[0].cells[-1].text == "not pooled: no row"


def test_tables_hold_every_rate_and_every_observation(result):
    """Ten rates on CT, three correlations, and eighty observations behind the fold."""
    found = shown(result)

    assert [len(table.rows) for table in found.tables] == [10, 3]
    assert len(found.folded[-1].rows) == 80
    assert found.tables[0].rows[2].cells[2].text == "51.1 %"
    assert found.tables[0].rows[0].cells[3].text == "[16.6, 88.8]"


def test_every_table_can_be_exported(result):
    """Under its own name."""
    report = ReportInput(title="", question="", status="rehearsal", results={"units": result})

    assert len({table.id for table in (*shown(result).tables, *shown(result).folded)}) == 9
    assert export_tables(report)
