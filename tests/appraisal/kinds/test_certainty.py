"""The kind on this review, where nothing is decided, and on a copy with synthetic decisions."""

import json
import shutil
from pathlib import Path

import pytest

from metaleak.errors import ConfigError
from metaleak.question.analyse import analyse
from metaleak.question.review import read_review
from metaleak.reporting.data import ReportInput
from metaleak.reporting.sections.certainty import section, sentences
from metaleak.sheets.instruments import DOMAINS

ROOT = Path(__file__).parents[3]


def kept(name):
    return json.loads((ROOT / "analyses" / f"{name}.result.json").read_text(encoding="utf-8"))


@pytest.fixture
def review(tmp_path):
    """Return a function that copies this review, changes the file and adds synthetic decisions."""

    def made(swap=("", ""), decisions=""):
        shutil.copytree(ROOT / "extraction", tmp_path / "extraction")
        (tmp_path / "analyses").mkdir()
        for name in ("modality", "robustness", "certainty"):
            shutil.copy(ROOT / "analyses" / f"{name}.toml", tmp_path / "analyses")
        path = tmp_path / "analyses" / "certainty.toml"
        path.write_text(path.read_text().replace(*swap))
        sheet = tmp_path / "extraction" / "certainty.csv"
        sheet.write_text(sheet.read_text() + decisions)
        return read_review(tmp_path)

    return made


def test_the_rates_are_those_of_the_analysis():
    """One number in two files."""
    rates, groups = kept("certainty")["rates"], kept("modality")["groups"]

    assert list(rates) == list(groups)
    for name, rate in rates.items():
        for key in ("k", "events", "total", "estimate", "ci_low", "ci_high", "pi_low", "pi_high", "i2"):
            assert rate[key] == pytest.approx(groups[name][key], rel=1e-7)


def test_today_nothing_is_decided():
    """Every rate is undecided; unassessed studies are a concern, and unreported imaging is."""
    result = kept("certainty")
    suggested = {
        name: {domain: each["suggested"] for domain, each in rate["domains"].items()}
        for name, rate in result["rates"].items()
    }

    assert all(rate["level"] is None and rate["open"] == list(DOMAINS) for rate in result["rates"].values())
    assert all(each["risk_of_bias"] == 1 for each in suggested.values())
    assert suggested["CT"] == {
        "risk_of_bias": 1,
        "inconsistency": 2,
        "indirectness": 0,
        "imprecision": 1,
        "publication_bias": suggested["CT"]["publication_bias"],
    }
    assert suggested["not reported"]["indirectness"] == 2
    assert suggested["CT+xray"]["publication_bias"] is None
    assert "is undecided" in sentences(result)[0]


def test_decisions_give_a_level(review):
    """Five decisions on CT: one level for two domains is low; a group that is not there is named."""
    lines = [
        f"modality,CT,{domain},{int(domain in ('risk_of_bias', 'imprecision'))},synthetic,AB,\n"
        for domain in DOMAINS
    ]
    lines += ["modality,MRI,imprecision,1,synthetic,AB,\n", "patients,CT,imprecision,2,synthetic,AB,\n"]

    result = analyse(review(decisions="".join(lines)), "certainty").result

    assert result["rates"]["CT"]["level"] == "low"
    assert result["rates"]["CT+xray"]["level"] is None
    assert result["notes"] == ["certainty.csv decides about groups that modality does not have: MRI"]
    assert sentences(result)[0] == "Certainty of the evidence: CT: low."
    page = ReportInput(title="", question="", status="rehearsal", results={"certainty": result})
    rows = {
        row.cells[0].text: [cell.text for cell in row.cells]
        for row in section(page, "certainty").tables[0].rows
    }
    assert rows["CT"][-1] == "Low"
    assert rows["CT"][5:7] == ["serious", "not serious"]
    assert rows["not reported"][-1] == "Undecided"


@pytest.mark.parametrize(
    ("swap", "told"),
    [
        (('of = "modality"', 'of = "robustness"'), "certainty is that of pooled rates"),
        (("interval = [0.10, 0.30]", "interval = [0.40, 0.30]"), "serious comes before very serious"),
        (("p_value = 0.10", "p_value = 10"), "p_value"),
    ],
)
def test_what_the_file_cannot_say(review, swap, told):
    """Each with a sentence that names the mistake."""
    with pytest.raises(ConfigError, match=told):
        analyse(review(swap), "certainty")
