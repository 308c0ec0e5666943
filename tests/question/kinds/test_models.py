"""One rate under many models, from its file."""

import json
from pathlib import Path

import pytest

from metaleak.effects.proportions import study_intervals
from metaleak.pooling.beta_binomial import BetaBinomial
from metaleak.pooling.binomial_normal import BinomialNormal
from metaleak.pooling.random_effects import RandomEffects
from metaleak.question.kinds.models import P_VALUES, ModelsModel, _told
from metaleak.question.review import read_review
from metaleak.reporting.sections.models import sentences

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def kept():
    """Return the committed result."""
    return json.loads((ROOT / "analyses" / "models.result.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def table():
    """Return its rows."""
    return read_review(ROOT).table("models")


def test_the_headline_is_the_group_of_the_main_analysis(kept):
    """The rate on CT, its interval and tau2."""
    group = json.loads((ROOT / "analyses" / "modality.result.json").read_text())["groups"]["CT"]
    keys = ("estimate", "ci_low", "ci_high", "pi_low", "pi_high", "tau2", "k")

    assert [kept[key] for key in keys] == pytest.approx([group[key] for key in keys], rel=1e-7)
    assert [kept["models"][0][key] for key in keys[:-1]] == [kept[key] for key in keys[:-1]]


def test_models_are_fits_of_the_rows(kept, table):
    """Two of them by hand, and every estimator that the file names."""
    by_name = {(item["name"], item["of"]): item for item in kept["models"]}
    dl = RandomEffects(measure="PLO", method="DL", ci_method="hksj-adhoc").fit(table).natural()
    beta = BetaBinomial().fit(table).natural()

    assert by_name["inverse variance, DL", "median"]["ci_low"] == pytest.approx(dl.ci.low, rel=1e-8)
    assert by_name["beta-binomial, profile likelihood", "mean"]["estimate"] == pytest.approx(
        beta.estimate, rel=1e-8
    )
    assert {f"inverse variance, {code}" for code in ModelsModel().tau2} <= {name for name, _ in by_name}


def test_curves_are_limits_at_every_level(kept, table):
    """Of the pooled rate and of the first row; they are nested, and hold the interval at 0.05."""
    half = BinomialNormal(level=0.5).fit(table).natural()
    low, high = study_intervals(table.xi[:1], table.ni[:1], level=0.8)
    row = {p: limits for p, *limits in kept["rows"][0]["curve"]}
    pooled = {p: limits for p, *limits in kept["curve"]}

    assert list(pooled) == list(row) == list(P_VALUES)
    assert pooled[0.5] == pytest.approx([half.ci.low, half.ci.high], rel=1e-7)
    assert pooled[0.05] == pytest.approx([kept["ci_low"], kept["ci_high"]], rel=1e-9)
    assert row[0.2] == pytest.approx([low[0], high[0]], rel=1e-9)
    for curve in (kept["curve"], kept["prediction_curve"], *(row["curve"] for row in kept["rows"])):
        assert [low for _, low, _ in curve] == sorted((low for _, low, _ in curve), reverse=True)
        assert [high for _, _, high in curve] == sorted(high for _, _, high in curve)


def test_a_model_that_fails_says_why(table):
    """And does not stop the others."""

    class Broken(BinomialNormal):
        def fit(self, table):
            raise_it = RandomEffects(measure="PLO", method="nonsense")
            return raise_it.fit(table)

    found = _told("broken", "median", Broken(), table)

    assert found["estimate"] is None
    assert "method" in found["reason"]


def test_the_sentences_say_what_the_model_does(kept):
    """Range over models, the common effect, the mean, and who is drawn in most."""
    first, common, mean, last = sentences(kept)

    assert first.startswith("The same 21 observations give 56 % [45, 65]")
    assert "58 % [56, 60]" in common
    assert mean.endswith("is 55 % [46, 63].")
    assert last == "Drawn towards the others most is La Maida 2012 (PKP): from 21 % to 29 %."
