"""Ledgers and regressions from their files."""

import json
import math
import shutil
from pathlib import Path

import pytest

from metaleak.cli import main
from metaleak.errors import ConfigError
from metaleak.pooling.binomial_normal import BinomialNormal
from metaleak.question.analyse import analyse
from metaleak.question.kinds.routes import implied_ratio
from metaleak.question.moderators import _summed
from metaleak.question.review import read_review

ROOT = Path(__file__).parents[3]


@pytest.fixture
def review(tmp_path):
    """Return a copy of this review whose analysis files may be changed."""
    shutil.copytree(ROOT / "extraction", tmp_path / "extraction")
    (tmp_path / "analyses").mkdir()
    for path in (ROOT / "analyses").glob("*.toml"):
        shutil.copy(path, tmp_path / "analyses")
    shutil.copy(ROOT / "metaleak.toml", tmp_path)

    def changed(name, *swaps):
        path = tmp_path / "analyses" / f"{name}.toml"
        text = path.read_text(encoding="utf-8")
        for old, new in swaps:
            assert old in text
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8")
        return read_review(tmp_path)

    return changed


def kept(name):
    """Return a committed result."""
    return json.loads((ROOT / "analyses" / f"{name}.result.json").read_text(encoding="utf-8"))


def test_shares_of_every_ledger_sum_to_one():
    """Negative ones included, nothing clipped."""
    for ledger in kept("why_range")["ledgers"]:
        assert sum(part["share"] for part in ledger["parts"].values()) == pytest.approx(1, abs=1e-9)


def test_a_ledger_takes_rows_that_have_a_level():
    """A row whose word stands in no level is listed, and the others are those of the pool."""
    head = kept("why_range")["ledgers"][0]
    silent = [row for row in kept("modality")["rows"] if row["group"] == "not reported"]

    assert head["k"] == 80 - len(silent)
    assert len(head["left_out"]) == len(silent)


def test_the_ends_of_the_ledger_are_fits_of_the_model(review):
    """The variance between studies is tau2 of the pool of the same rows."""
    found = kept("why_range")["ledgers"][2]

    table = review("why_range").table("why_range")

    assert found["between"] == pytest.approx(BinomialNormal(ci_method="wald").fit(table).tau2, rel=1e-5)


def test_the_route_between_studies_is_the_contrast_of_the_main_analysis():
    """The same rows, the same number."""
    route = next(r for r in kept("regression")["routes"] if r["route"] == "between")
    contrast = kept("modality")["difference"][0]

    assert route["odds_ratio"] == pytest.approx(contrast["odds_ratio"], rel=1e-8)
    assert [side["k"] for side in route["sides"]] == contrast["k"]


def test_the_route_within_patients_is_the_share_of_the_pairs():
    """Turned into odds at the rate that the reference shows."""
    route = next(r for r in kept("regression")["routes"] if r["route"] == "within")
    pooled = kept("pairs")["groups"]["X-ray against CT"]
    at = kept("modality")["groups"]["CT"]["estimate"]

    assert route["share"] == pytest.approx(pooled["estimate"], rel=1e-8)
    assert route["odds_ratio"] == pytest.approx(implied_ratio(pooled["estimate"], at), rel=1e-7)
    assert len(route["sides"][0]["labels"]) == pooled["k"]


def test_rows_without_a_moderator_are_listed():
    """Each with what it lacks; the others are counted."""
    result = kept("regression")

    assert all(item["missing"] == ["year"] for item in result["left_out"])
    assert result["k"] + len(result["left_out"]) == len(result["rows"])
    assert sum(row["entered"] for row in result["rows"]) == result["k"]


def test_the_contrast_is_its_coefficient():
    """The adjusted odds ratio is the coefficient against the reference."""
    result = kept("regression")
    coefficient = next(c for c in result["coefficients"] if c["name"] == "group = X-ray or fluoroscopy")

    assert result["contrasts"][0]["odds_ratio"] == pytest.approx(math.exp(coefficient["value"]), rel=1e-8)


@pytest.mark.parametrize(
    ("swap", "said"),
    [
        (("+ procedure + unit", "+ {open(1)} + unit"), r"(?s)regression.toml: moderators: .*\^"),
        (("+ procedure + unit", "+ prozedure + unit"), "prozedure"),
        (('means = ["group"', 'means = ["country"'), "means names no moderator of the formula: 'country'"),
        (('bubble = "year"', 'bubble = "n_patients"'), "bubble names no moderator of the formula"),
        (('bubble = "year"', ""), "bubble needs the name of a numeric moderator"),
        (('of = "CT+xray"', 'of = "MRI"'), "contrast names no group: 'MRI'"),
        (('analysis = "pairs"', 'analysis = "modality"'), "compares nothing within patients: 'modality'"),
        (('analysis = "pairs"', 'analysis = "regression"'), "compares nothing within patients: 'regression'"),
    ],
)
def test_a_wrong_regression_says_what_is_wrong(review, swap, said):
    """The file, the place and what is known; nothing in it is run."""
    with pytest.raises(ConfigError, match=said):
        analyse(review("regression", swap), "regression")


@pytest.mark.parametrize(
    "formula",
    ["~ {open('PLACE', 'w')}", "~ open('PLACE', 'w')", "~ group + I(open('PLACE', 'w'))"],
)
def test_the_command_line_runs_nothing_of_a_formula(review, tmp_path, capsys, formula):
    """Exit code 1, the place below the formula, no traceback, and no file made."""
    made = tmp_path / "made"
    hostile = formula.replace("PLACE", made.as_posix())
    shipped = """moderators = '~ C(group, "CT") + procedure + unit + year'"""
    review("regression", (shipped, f'moderators = "{hostile}"'))

    code = main(["pool", "regression", "--root", str(tmp_path)])
    err = capsys.readouterr().err

    assert code == 1
    assert "analyses/regression.toml: moderators: formula" in err
    assert "^" in err
    assert "Traceback" not in err
    assert not made.exists()


@pytest.mark.parametrize(
    ("swap", "said"),
    [
        (
            ('players = ["imaging", "procedure"', 'players = ["imaging", "surgeon"'),
            "unknown player 'surgeon'",
        ),
        (('"CT" = ["CT"]', '"CT" = ["MRI"]'), "unknown word 'MRI' for modality"),
        (('name = "all rows"', 'name = "rows that report the imaging"'), "two ledgers are called"),
        (("replicates = 200", "replicates = -1"), "replicates"),
    ],
)
def test_a_wrong_ledger_says_what_is_wrong(review, swap, said):
    """All findings with the file's name."""
    with pytest.raises(ConfigError, match=said):
        analyse(review("why_range", swap), "why_range")


def test_a_ledger_without_simulation_has_no_intervals(review):
    """Shares stand alone, and the words say that chance was not simulated."""
    from metaleak.reporting.sections.ledger import sentences

    swaps = (("replicates = 200", "replicates = 0"), ("permutations = 200", "permutations = 0"))
    result = analyse(review("why_range", *swaps), "why_range").result

    assert result["ledgers"][0]["parts"]["imaging"]["low"] is None
    assert "What chance alone would give was not simulated." in sentences(result)


def test_a_route_counts_the_comparisons_that_print_totals_only():
    """And the studies that it shares with the first."""
    within, between, _ = kept("regression")["routes"]
    overlap = [row["sheet_rows"] for row in kept("pairs")["rows"] if row["group"] == "X-ray against CT"]

    assert within["bounds"] == 2 < len(overlap)
    assert between["beside_within"]["shared_studies"] == ["KoreanSpine148", "Martin2012", "Wang2017"]


def test_what_an_arm_says_can_be_a_moderator(review):
    """Volume is a number; rows whose arm does not print it are listed."""
    found = review(
        "regression",
        ("+ procedure + unit + year", "+ cement_volume_ml"),
        ('bubble = "year"', 'bubble = "cement_volume_ml"'),
        ('means = ["group", "procedure", "unit"]', 'means = ["cement_volume_ml"]'),
    )

    result = analyse(found, "regression").result

    assert [c["name"] for c in result["coefficients"]][-1] == "cement_volume_ml"
    assert {item["missing"][0] for item in result["left_out"]} == {"cement_volume_ml"}
    assert not [item["level"] for item in result["means"]["cement_volume_ml"] if item["level"].endswith(".0")]


def test_arms_that_are_summed_have_what_they_share():
    """A word when all have it, the mean of a number weighted by their totals, else nothing."""
    low, high = ("low", 10), ("high", 30)

    assert _summed([low, low]) == "low"
    assert _summed([low, high]) is None
    assert _summed([(2.0, 10), (4.0, 30)]) == pytest.approx(3.5)
    assert _summed([(2.0, 10), (None, 30)]) is None
    assert _summed([]) is None
