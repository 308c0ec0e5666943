"""What the comparison on the same units says, with these and with other numbers."""

import json
import math
from pathlib import Path

import pytest

from metaleak.reporting.data import ReportInput
from metaleak.reporting.export.tables import export_tables
from metaleak.reporting.sections.matched import section, sentences
from metaleak.reporting.sections.matched_beside import gap

ANALYSES = Path(__file__).parents[3] / "analyses"


def kept(name):
    return json.loads((ANALYSES / f"{name}.result.json").read_text(encoding="utf-8"))


@pytest.fixture
def result():
    """Return the committed result, free to be changed."""
    return kept("matched")


@pytest.fixture
def report(result):
    """Return a function that makes a report of the main analysis, the matched one and the regression."""

    def make(**changes):
        results = {
            "modality": kept("modality"),
            "matched": result,
            "regression": kept("regression"),
            **changes,
        }
        return ReportInput(title="", question="", status="rehearsal", results=results)

    return make


def test_both_ends_are_told_with_their_size(result):
    """Ratio and difference, and how many comparisons make them."""
    told = sentences(result)[0]

    assert told.startswith("X-ray against CT (3 comparisons of 3 studies): pooled, X-ray shows 60 % [39, 92]")
    assert "72 % [53, 99] if as much beside it as the counts allow" in told
    assert (
        "CT shows a leak in 21 [−18, 61] more units of 100 at the one end, 18 [0, 35] at the other." in told
    )


def test_other_numbers_give_other_sentences(result):
    """Every number is read from the result."""
    item = result["matched"][0]
    item["relative"]["apart"] |= {"value": 0.811, "ci_low": 0.7, "ci_high": 1.02}
    item["difference"]["nested"] |= {"value": 0.094, "ci_low": -0.01, "ci_high": 0.198}
    item["sensitivity"] |= {"value": 0.5, "ci_low": 0.4, "ci_high": 0.6, "k": 4}
    item |= {"k": 4, "k_totals": 0}

    told = sentences(result)

    assert "81 % [70, 102] if as much" in told[0]
    assert "9 [−1, 20] more units" in told[0]
    assert "4 comparisons" in told[0]
    assert "gives 50 % [40, 60] (k = 4)." in told[2]


def test_known_cells_have_one_end(result):
    """Where everything is printed nothing is told twice."""
    item = result["matched"][0]
    item["k_known"] = item["k"]

    assert "at the other" not in sentences(result)[0]
    assert "CT shows a leak in 21 [−18, 61] more units of 100." in sentences(result)[0]


def test_totals_make_the_sensitivity_an_upper_bound(result):
    """And the bounds of every comparison are told."""
    told = " ".join(sentences(result))

    assert "2 of 3 print totals only, which makes it an upper bound" in told
    assert "is 52 % in Martin 2012 (X-ray)" in told
    assert "between 0 % and 69 % in Wang 2017 (X-ray), where only totals are printed" in told


def test_an_empty_discordant_cell_has_a_one_sided_limit(result):
    """Below a tenth with three decimals; turned round, at least."""
    told = next(s for s in sentences(result) if "all four cells" in s)
    assert "87 patients with a leak on CT alone, 0 on fluoroscopy alone" in told
    assert "odds ratio 0.00, at most 0.035 (exact, one-sided), McNemar's exact p < 0.001" in told

    row = next(row for row in result["rows"] if row["odds_ratio"] is not None)
    row["odds_ratio"] |= {"value": "Inf", "ci_low": 3.456, "ci_high": "Inf"}
    told = next(s for s in sentences(result) if "all four cells" in s)
    assert "odds ratio ∞, at least 3.46 (exact, one-sided)" in told

    row["odds_ratio"] |= {"value": 0.5, "ci_low": 0.2, "ci_high": 1.25}
    row |= {"only_index": 6, "only_reference": 12, "p_value": 0.238, "mid_p": 0.167}
    told = next(s for s in sentences(result) if "all four cells" in s)
    assert "odds ratio 0.50 [0.20, 1.25] (exact), McNemar's exact p = 0.238 (mid-p = 0.167)" in told


def test_missing_odds_ratios_have_their_reason(result):
    """In plain words, each with its comparisons."""
    told = sentences(result)[-1]

    assert (
        "the overlap is not printed in J Korean Soc Spine Surg (148) n.d. (X-ray) and Wang 2017 (X-ray)"
        in told
    )
    assert "the total of the index is not printed in Martin 2012 (X-ray)" in told


def test_a_pooled_odds_ratio_is_told(result):
    """Given the units that differ."""
    result["matched"][0]["odds_ratio"] = {"value": 0.21, "ci_low": 0.1, "ci_high": 0.44, "k": 3, "tau2": 0.1}

    assert any("(k = 3): conditional odds ratio 0.21 [0.10, 0.44]." in told for told in sentences(result))


def test_without_a_pool_the_reason_stands(result):
    """Two comparisons without one."""
    result["matched"][0] |= {
        "relative": {"nested": None, "apart": None},
        "difference": {"nested": None, "apart": None},
        "reasons": {"relative": "no convergence", "difference": "no convergence"},
    }

    assert (
        sentences(result)[0] == "X-ray against CT (3 comparisons of 3 studies): not pooled, no convergence."
    )


def test_within_stands_beside_between(report):
    """Odds ratios by the regression's routes, differences by the main analysis, at both ends."""
    shown = section(report(), "matched")
    beside = next(table for table in shown.tables if table.id == "matched.beside")
    cells = [[cell.text for cell in row.cells] for row in beside.rows]

    assert [row[0] for row in cells] == [
        "Odds ratio",
        "Odds ratio, adjusted for what else differs",
        "Difference, least beside",
        "Difference, most beside",
    ]
    assert cells[0][1:3] == ["0.38 [0.28, 0.56]", "0.49 [0.20, 1.18]"]
    assert cells[2][2] == cells[3][2] == "15.1 [−4.7, 31.9]"
    assert all(row[4].endswith("no conflict shows") for row in cells)


def test_no_conflict_is_never_told_without_what_would_show(report):
    """Beside it stand the gap that would have been seen and the studies that both share."""
    ratio, difference = section(report(), "matched").all_sentences[-2:]

    assert "no conflict shows, and only one of a factor of 3.9 or more would show" in ratio
    assert "Between studies, CT shows a leak in 15 [−5, 32] more units of 100" in difference
    assert "although they share 3 studies" in difference
    assert "no conflict shows, and only a gap of" in difference


def test_a_conflict_is_told(report, result):
    """At both ends, or at one of them."""
    ends = result["matched"][0]["difference"]
    for end in ends.values():
        end |= {"value": 0.6, "ci_low": 0.55, "ci_high": 0.65}
    assert "the two contrasts disagree" in section(report(), "matched").all_sentences[-1]

    ends["apart"] |= {"value": 0.2, "ci_low": 0.1, "ci_high": 0.3}
    assert (
        "they disagree at one end (least beside) and not at the other"
        in section(report(), "matched").all_sentences[-1]
    )


def test_without_other_analyses_nothing_stands_beside(result):
    """No regression of these pairs, no difference between the same imaging: no table, no sentence."""
    main = kept("modality") | {"difference": []}
    regression = kept("regression")
    regression["routes"][0]["sides"][0]["studies"] = ["Another2020"]
    results = {"modality": main, "matched": result, "regression": regression}
    shown = section(ReportInput(title="", question="", status="rehearsal", results=results), "matched")

    assert [table.id for table in shown.tables] == ["matched.counts", "matched.ends"]
    assert shown.all_sentences == sentences(result)


def test_counts_that_are_not_printed_are_ranges(report):
    """With the least and the largest value; the order is that of the largest."""
    counts = section(report(), "matched").tables[0]
    korean, martin = counts.rows[0].cells, counts.rows[1].cells

    assert [cell.text for cell in korean[3:8]] == ["148", "56", "37", "0 to 37", "0 to 66 %"]
    assert [cell.text for cell in martin[5:8]] == ["77 to 109", "77", "52 %"]
    assert korean[8].text == "not told: the overlap is not printed"
    assert counts.rows[3].cells[8].text.startswith("0 against 87 units that differ: 0.00, at most 0.035")


def test_the_pool_stands_below_its_comparisons(report):
    """With its k; a single comparison has none."""
    ends = section(report(), "matched").tables[1]

    assert [row.cells[0].text for row in ends.rows][-2:] == [
        "Pooled: X-ray against CT (k = 3)",
        "Martin 2012 (fluoroscopy)",
    ]
    assert ends.rows[3].cells[1].small == "[39.3, 91.7]"


def test_the_tables_are_exported(report):
    """Under the names of the analysis."""
    names = set(export_tables(report()))

    assert {"matched-1", "matched-2", "matched-3"} <= names


@pytest.mark.parametrize("level", [0.9, 0.95])
def test_the_gap_of_symmetric_intervals_is_that_of_standard_errors(level):
    """Squares of half widths add; the gap seen in 80 of 100 repeats is 2.8 of their standard errors."""
    within = {"value": 0.3, "ci_low": 0.18, "ci_high": 0.42}
    between = {"value": 0.1, "ci_low": 0.01, "ci_high": 0.19}
    found = gap(within, between, level=level)
    half = math.hypot(0.12, 0.09)
    quantile = {0.9: 1.6448536, 0.95: 1.9599640}[level]

    assert (found.low, found.high) == pytest.approx((0.2 - half, 0.2 + half))
    assert found.detectable == pytest.approx(2.8 * half / quantile, rel=1e-6)
    assert found.conflicts
