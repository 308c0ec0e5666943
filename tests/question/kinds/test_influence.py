"""Refits without single observations, from their file."""

import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest
from scipy import special

from metaleak.errors import ConfigError, SelectionError
from metaleak.pooling.binomial_normal import BinomialNormal
from metaleak.pooling.random_effects import RandomEffects
from metaleak.question.analyse import analyse
from metaleak.question.kinds.influence import CELLS
from metaleak.question.review import read_review
from metaleak.reporting.sections.influence import sentences
from metaleak.synthesis.gosh import gosh

ROOT = Path(__file__).parents[3]


@pytest.fixture
def kept():
    """Return the committed result, free to be changed."""
    return json.loads((ROOT / "analyses" / "robustness.result.json").read_text(encoding="utf-8"))


@pytest.fixture
def review(tmp_path):
    """Return a copy of this review after a change of the file."""
    shutil.copytree(ROOT / "extraction", tmp_path / "extraction")
    (tmp_path / "analyses").mkdir()
    shutil.copy(ROOT / "metaleak.toml", tmp_path)
    text = (ROOT / "analyses" / "robustness.toml").read_text(encoding="utf-8")

    def changed(*swaps):
        now = text
        for old, new in swaps:
            assert old in now
            now = now.replace(old, new)
        (tmp_path / "analyses" / "robustness.toml").write_text(now, encoding="utf-8")
        return read_review(tmp_path)

    return changed


def test_all_rows_are_the_group_of_the_main_analysis(kept):
    """The rate on CT, with its interval."""
    group = json.loads((ROOT / "analyses" / "modality.result.json").read_text())["groups"]["CT"]

    assert [kept[key] for key in ("estimate", "ci_low", "ci_high", "k")] == pytest.approx(
        [group[key] for key in ("estimate", "ci_low", "ci_high", "k")], rel=1e-7
    )


def test_a_refit_is_the_fit_of_the_others(review, kept):
    """Of the second row, by hand."""
    table = review().table("robustness")

    fit = BinomialNormal().fit(table.take([i for i in range(table.k) if i != 1])).natural()

    assert kept["without_row"][1]["estimate"] == pytest.approx(fit.estimate, rel=1e-7)
    assert kept["without_row"][1]["ci_high"] == pytest.approx(fit.ci.high, rel=1e-6)


def test_studies_of_several_rows_leave_as_a_whole(kept):
    """Each once, with the rows that stay."""
    assert [(item["name"], item["k"]) for item in kept["without_study"]] == [
        ("AJNR 2014", 19),
        ("La Maida 2012", 19),
        ("Weber 2006", 19),
    ]


def test_years_rise_and_the_undated_are_listed(kept):
    """The last fit holds all that are dated."""
    years = [item["year"] for item in kept["cumulative"]]

    assert years == sorted(years)
    assert kept["cumulative"][-1]["k"] == kept["k"] - len(kept["undated"])


def test_the_words_follow_the_numbers(kept):
    """Where a refit leaves the interval, the rate is said to hang on single ones."""
    short, told, *_ = sentences(kept)
    assert "no single one moves it out of its interval" in told
    assert short == (
        "The pooled rate of 56 % [45, 65] holds whichever single observation or study is left out, leans most on "
        "Mousavi 2003 (3.5 points between the subsets with and without it), and is not shown to go with the size of "
        "the studies."
    )
    kept["without_row"][0] |= {"estimate": 0.9}
    kept["small_study"]["tests"][0]["p_value"] = 0.1
    kept["subsets"] = None

    short, told, *_ = sentences(kept)
    assert "to 90 % (without Acta Radiol 2007): it hangs on single ones." in told
    assert short == (
        "The pooled rate of 56 % [45, 65] leaves its interval without Acta Radiol 2007, and goes with the size of the "
        "studies."
    )


def test_two_rows_have_nothing_to_leave_out(review):
    """The error says how many are needed."""
    with pytest.raises(SelectionError, match="nothing to leave out; required: 3 observations or more"):
        analyse(review(('modality = ["CT"]', 'modality = ["fluoroscopy"]')), "robustness")


def test_a_wrong_number_of_subsets_is_an_error(review):
    """With the key."""
    with pytest.raises(ConfigError, match=r"model.subsets"):
        analyse(review(("subsets = 100000", "subsets = -1")), "robustness")


@pytest.mark.parametrize("against", ["i2", "tau2"])
def test_the_density_counts_the_subsets_that_gosh_pools(review, against):
    """Cell by cell, by hand."""
    changed = review(("subsets = 100000", "subsets = 400"), ("seed = 1", f'seed = 1\nagainst = "{against}"'))
    found = analyse(changed, "robustness").result["subsets"]
    density = found["density"]
    frame = gosh(RandomEffects(measure="PLO", method="DL"), changed.table("robustness"), subsets=400, seed=1)
    frame = frame[frame["k"] >= 2]
    (x_low, x_high), (y_low, y_high) = density["x"], density["y"]
    counts = [[0] * CELLS[0] for _ in range(CELLS[1])]
    beyond = 0
    for estimate, spread in zip(frame["estimate"], frame[against], strict=True):
        rate = 1 / (1 + math.exp(-estimate))
        i = (rate - x_low) / (x_high - x_low) * CELLS[0]
        j = (spread - y_low) / (y_high - y_low) * CELLS[1]
        if 0 <= i <= CELLS[0] and 0 <= j <= CELLS[1]:
            counts[min(int(j), CELLS[1] - 1)][min(int(i), CELLS[0] - 1)] += 1
        else:
            beyond += 1

    assert [[int(n) for n in row.split()] for row in density["cells"]] == counts
    assert density["beyond"] == beyond > 0
    assert found["all"]["i2"] == pytest.approx(0.918, abs=0.002)


def test_the_exact_model_pools_some_of_the_subsets(review):
    """The same ones as inverse variance, as many as are asked for; none on request."""
    changed = review(("subsets = 100000", "subsets = 400"), ("exact_subsets = 2000", "exact_subsets = 60"))
    found = analyse(changed, "robustness").result
    table = changed.table("robustness")
    exact, inverse = (
        special.expit(gosh(model, table, subsets=60, seed=1)["estimate"].to_numpy(dtype=float))
        for model in (BinomialNormal(), RandomEffects(measure="PLO", method="DL"))
    )
    told = found["subsets"]["exact"]

    assert (told["subsets"], told["not_pooled"]) == (60, 0)
    assert [told["low"], told["median"], told["high"]] == pytest.approx(
        np.quantile(exact, (0.025, 0.5, 0.975))
    )
    assert told["inverse_variance"]["median"] == pytest.approx(np.median(inverse))
    assert told["gap_95"] == pytest.approx(np.quantile(abs(exact - inverse), 0.95))
    assert any(
        "Of 60 subsets that the binomial-normal model pooled from exact counts" in s for s in sentences(found)
    )

    found["subsets"]["exact"]["not_pooled"] = 2
    assert any("2 subsets of counts without spread are left out." in s for s in sentences(found))
    none = analyse(
        review(("\nsubsets = 100000", "\nsubsets = 400"), ("exact_subsets = 2000", "exact_subsets = 0")),
        "robustness",
    ).result
    assert none["subsets"]["exact"] is None
    assert not any("exact counts" in s for s in sentences(none))
