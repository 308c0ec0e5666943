"""Two arms inside studies."""

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from metaleak.errors import ConfigError, SelectionError
from metaleak.question.analyse import analyse
from metaleak.question.review import read_review
from metaleak.reporting.sections.two_arm import sentences

ROOT = Path(__file__).parents[3]


def kept(name):
    """Return a committed result."""
    return json.loads((ROOT / "analyses" / f"{name}.result.json").read_text(encoding="utf-8"))


@pytest.fixture
def review(tmp_path):
    """Return a copy of this review after a change of the file."""
    shutil.copytree(ROOT / "extraction", tmp_path / "extraction")
    (tmp_path / "analyses").mkdir()
    shutil.copy(ROOT / "metaleak.toml", tmp_path)
    text = (ROOT / "analyses" / "procedure_within.toml").read_text(encoding="utf-8")

    def changed(*swaps):
        now = text
        for old, new in swaps:
            assert old in now
            now = now.replace(old, new)
        (tmp_path / "analyses" / "procedure_within.toml").write_text(now, encoding="utf-8")
        return read_review(tmp_path)

    return changed


def test_the_pairs_by_hand():
    """Every comparison is what its spreadsheet rows hold."""
    with (ROOT / "extraction" / "leaks.csv").open(encoding="utf-8", newline="") as file:
        sheet = list(csv.DictReader(file))
    for row in kept("procedure_within")["rows"]:
        parts = [sheet[number - 2] for number in row["sheet_rows"]]
        for procedure, side in (("PKP", "treated"), ("PVP", "controls")):
            arms = [part for part in parts if part["procedure"] == procedure]
            assert row[side] == [sum(int(a[c]) for a in arms) for c in ("n_leak", "n_total")]
        assert len({(p["study_id"], p["unit"], p["modality"]) for p in parts}) == 1


def test_several_arms_of_one_side_are_summed():
    """Two cements of low viscosity against one of high."""
    row = next(r for r in kept("viscosity")["rows"] if r["study_id"] == "JOrthopSurgRes2020")

    assert (row["treated"], row["controls"]) == ([22, 107], [45, 202])


def test_mantel_haenszel_by_hand():
    """The sum of ad/n over the sum of bc/n."""
    result = kept("procedure_within")
    top = bottom = 0.0
    for row in result["rows"]:
        (a, n1), (c, n2) = row["treated"], row["controls"]
        top, bottom = top + a * (n2 - c) / (n1 + n2), bottom + (n1 - a) * c / (n1 + n2)

    found = next(m for m in result["models"] if m["name"] == "odds ratio, Mantel-Haenszel")
    assert found["estimate"] == pytest.approx(top / bottom, rel=1e-9)


def test_odds_ratios_of_studies_by_hand():
    """ad / bc; all cells of this evidence hold somebody."""
    for row in kept("procedure_within")["rows"]:
        (a, n1), (c, n2) = row["treated"], row["controls"]
        assert row["odds_ratio"] == pytest.approx(a * (n2 - c) / ((n1 - a) * c), rel=1e-9)


def test_rows_without_a_partner_are_listed():
    """Taken rows are those of the comparisons; each other row has its reason."""
    with (ROOT / "analyses" / "procedure_within.rows.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    used = {n for row in kept("procedure_within")["rows"] for n in row["sheet_rows"]}

    assert {int(row["sheet_row"]) for row in rows if row["taken"] == "1"} == used
    assert all(row["reason"] for row in rows if row["taken"] == "0")


def test_turning_the_sides_turns_the_ratio(review):
    """PVP against PKP is the inverse, its difference the negative."""
    swaps = (('treatment = ["PKP"]', 'treatment = ["PVP"]'), ('control = ["PVP"]', 'control = ["PKP"]'))
    turned = analyse(review(*swaps), "procedure_within").result["models"]
    models = kept("procedure_within")["models"]

    ratios = [
        a["estimate"] * b["estimate"]
        for a, b in zip(models, turned, strict=True)
        if a["name"].startswith("odds ratio")
    ]
    assert len(ratios) == 6
    assert np.allclose(ratios, 1, rtol=1e-6)
    assert turned[-1]["estimate"] == pytest.approx(-models[-1]["estimate"], rel=1e-6)


@pytest.mark.parametrize(
    ("swap", "said"),
    [
        (('treatment = ["PKP"]', 'treatment = ["PPK"]'), "unknown word 'PPK' for procedure in arms"),
        (('treatment = ["PKP"]', 'treatment = ["PVP"]'), "'PVP' stands on both sides"),
        (('column = "procedure"', 'column = "surgeon"'), "arms.column"),
    ],
)
def test_a_wrong_file_says_what_is_wrong(review, swap, said):
    """With the key."""
    with pytest.raises(ConfigError, match=said):
        analyse(review(swap), "procedure_within")


def test_no_study_with_both_arms_is_an_error_that_says_so(review):
    """Naming both sides."""
    with pytest.raises(SelectionError, match="no study has both arms; required: mixed and PVP in one study"):
        analyse(review(('treatment = ["PKP"]', 'treatment = ["mixed"]')), "procedure_within")


def test_an_interval_without_knowledge_says_so():
    """No ratio of hundreds of thousands is printed."""
    told = sentences(kept("viscosity"))

    assert "between less than 0.01 and more than 100" in told[1]


def test_a_comparison_that_is_not_pooled_says_why():
    """The reason stands in the place of the number."""
    result = kept("viscosity")
    result["models"][0] = {"name": "odds ratio, REML", "estimate": None, "reason": "one row"}

    assert sentences(result) == ("High against low, 3 comparisons inside 3 studies: not pooled, one row.",)
