"""The grid of a specification curve, from the file to the numbers."""

import json
import math
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

import metaleak as ml
from metaleak.errors import ConfigError
from metaleak.question.kinds.specifications import prepare
from metaleak.question.specifications import specifications
from metaleak.reporting.sections.specifications import sentences
from metaleak.synthesis.specification import specification_curve

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def review():
    """Return the review of the repository."""
    return ml.read_review(ROOT)


@pytest.fixture(scope="module")
def asked(review):
    """Return all its specifications."""
    return specifications(review, review.question("specifications"))


@pytest.fixture(scope="module")
def result():
    """Return the stored result."""
    return json.loads((ROOT / "analyses/specifications.result.json").read_text(encoding="utf-8"))


def test_the_first_specification_is_the_answer_of_the_page(asked):
    """To the last digit that the result of the main question prints."""
    told = json.loads((ROOT / "analyses/modality.result.json").read_text(encoding="utf-8"))
    contrast = told["difference"][0]
    found = specification_curve(asked[:1], contrast=("X-ray", "CT")).iloc[0]
    values = [found[name] for name in ("log_or", "log_or_low", "log_or_high")]
    rates = [found[name] for name in ("rate", "rate_low", "rate_high")]
    average = told["groups"]["CT"]["population_average"]

    assert [math.exp(value) for value in values] == pytest.approx(
        [contrast["odds_ratio"], contrast["ci_low"], contrast["ci_high"]], rel=1e-8
    )
    assert rates == pytest.approx([average["value"], average["ci_low"], average["ci_high"]], rel=1e-8)


def test_every_combination_is_there_once(asked):
    """Fitted or refused: the choices tell each from every other one."""
    keys = {tuple(sorted(item.choices.items())) for item in asked}

    assert len(keys) == len(asked) >= 500


def test_every_refused_one_has_its_rule(asked, result):
    """And the stored counts are theirs."""
    refused = [item.refused for item in asked if item.refused]

    assert sum(result["refused"].values()) == len(refused)
    assert result["declared"] == result["fitted"] + len(refused)
    assert result["odds_ratio"]["k"] >= 500


def test_assumed_imaging_is_not_of_high_confidence(asked):
    """The rule that the file states."""
    found = [
        item.refused
        for item in asked
        if item.choices["Imaging not reported"] == "as X-ray"
        and item.choices["Confidence in the row"] == "high"
    ]

    assert found
    assert all(found)


def test_a_half_is_not_added_to_all_rows_where_no_count_is_zero(asked):
    """The numbers would be those of the other choice."""
    kept = [item for item in asked if item.choices.get("Zero counts") == "½ in all rows" and not item.refused]

    for item in kept:
        rows = [i for i, group in enumerate(item.groups) if group is not None]
        x, n = item.table.xi[rows], item.table.ni[rows]
        assert ((x == 0) | (x == n)).any()


def test_the_curve_is_sorted_and_whole(result):
    """As many intervals, numbers and choices as estimates."""
    curve = result["curve"]
    lengths = {len(curve[name]) for name in ("number", "odds_ratio", "low", "high")}
    lengths |= {len(chosen) for chosen in curve["chosen"].values()}

    assert lengths == {result["odds_ratio"]["k"]}
    assert curve["odds_ratio"] == sorted(curve["odds_ratio"])


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('CT = ["CT"]', 'CT = ["CTT"]', "unknown word 'CTT'"),
        ('drop = ["fluoroscopy"]', 'drop = ["flouroscopy"]', "did you mean|unknown word 'flouroscopy'"),
        ('unit = ["patient", "vertebra"]', 'unit = ["patients"]', "unknown word 'patients'"),
        ('where = { unit = ["vertebra"] }', 'where = { units = ["vertebra"] }', "unknown key 'units'"),
        ('of = "X-ray"', 'of = "Xray"', "contrast names no group"),
        ('when = { "Imaging not reported"', 'when = { "Imaging"', "a rule names no choice"),
        ('add = { CT = ["CT+xray"] }', 'add = { MRI = ["CT+xray"] }', "adds to no group"),
        ('methods = ["DL", "PM", "REML"]', 'methods = ["DL2"]', "methods"),
        ('within = "pairs"', 'within = "patients"', "compares nothing within patients"),
    ],
)
def test_a_wrong_file_is_told(tmp_path, old, new, said):
    """Before anything is fitted."""
    for folder in ("analyses", "extraction"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    path = tmp_path / "analyses/specifications.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    review = replace(ml.read_review(ROOT), root=tmp_path)

    with pytest.raises(ConfigError, match=said):
        _prepared(review)


def _prepared(review):
    return prepare(review, "specifications", review.question("specifications"))


def test_sentences_follow_the_numbers(result):
    """What depends on the imaging that is assumed is told so."""
    told = " ".join(sentences(result))

    assert "only with “Imaging not reported: as X-ray”" in told
    assert "keeps its direction in nearly all" in told


def test_other_numbers_give_other_sentences(result):
    """A curve on both sides of 1 with intervals that hold it."""
    changed = json.loads(json.dumps(result))
    changed["odds_ratio"]["below_one"] = 0.5
    for choice in changed["odds_ratio"]["by_axis"][0]["choices"]:
        choice["all_below"] = choice["all_above"] = 0.1
    told = " ".join(sentences(changed))

    assert "changes its direction with the decisions" in told
    assert "most intervals hold 1 whichever way" in told


def test_a_rare_curve_is_not_called_impossible(result):
    """One of 500 is 0.2 %: the observed curve is one of them."""
    changed = json.loads(json.dumps(result))
    changed["chance"][0]["median_p"] = 1 / 500

    assert "would come up in 0.2 % of curves" in " ".join(sentences(changed))
