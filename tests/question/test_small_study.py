"""What ``[small_study]`` asks for, from the file to the numbers and the words of the page."""

import json
import math
import shutil
from pathlib import Path

import pytest

from metaleak.effects.table import StudyTable
from metaleak.errors import ConfigError
from metaleak.plots import funnel_words
from metaleak.pooling.random_effects import RandomEffects
from metaleak.question.analyse import analyse
from metaleak.question.review import read_review
from metaleak.question.small_study import Selection, SmallStudy, of_contrasts, of_rates
from metaleak.reporting.sections import influence, two_arm
from metaleak.reporting.sections.small_study import small_study_methods, small_study_tables
from metaleak.synthesis.doi_plot import doi_plot
from metaleak.synthesis.selection import selection_model
from metaleak.synthesis.small_study import small_study_test, trim_and_fill

ROOT = Path(__file__).parents[2]

#: Twelve comparisons, small ones with the larger effects.
ARMS = StudyTable.from_two_arms(
    [4, 6, 5, 9, 12, 15, 20, 26, 30, 41, 50, 60],
    [9, 14, 15, 25, 33, 40, 61, 75, 90, 130, 160, 210],
    [1, 1, 2, 3, 7, 10, 16, 20, 28, 39, 49, 61],
    [10, 13, 16, 26, 35, 41, 60, 77, 91, 131, 158, 208],
    label=[f"Trial {i}" for i in range(1, 13)],
)


@pytest.fixture
def review(tmp_path):
    """Return a copy of this review after a change of one file."""
    shutil.copytree(ROOT / "extraction", tmp_path / "extraction")
    shutil.copytree(ROOT / "analyses", tmp_path / "analyses")
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


def test_contrasts_are_those_of_the_library():
    """Every test, the line's kind, the points and what is filled in."""
    model = RandomEffects(measure="OR")
    fit, filled = model.fit(ARMS), trim_and_fill(model, ARMS)

    found = of_contrasts(model, ARMS, SmallStudy(doi=True))

    assert [test["kind"] for test in found["tests"]] == ["egger", "begg", "peters"]
    for test in found["tests"]:
        wanted = small_study_test(fit, kind=test["kind"])
        assert (test["statistic"], test["p_value"]) == pytest.approx((wanted.statistic, wanted.p_value))
    assert found["line"]["kind"] == "egger"
    assert [point["label"] for point in found["points"]] == list(ARMS.label)
    assert [point["sei"] for point in found["points"]] == pytest.approx(
        [math.sqrt(v) for v in fit.effects.vi]
    )
    assert found["trim_and_fill"]["missing"] == filled.missing > 0
    assert [point["yi"] for point in found["trim_and_fill"]["points"]] == pytest.approx(
        filled.filled.tolist()
    )
    assert found["trim_and_fill"]["estimate"] == pytest.approx(math.exp(filled.result.estimate))
    assert found["doi"]["lfk"] == pytest.approx(doi_plot(fit).lfk)


def test_rows_without_events_have_no_point():
    """The labels stay with their effects."""
    arms = StudyTable.from_two_arms(
        [0, *range(2, 12)], [20] * 11, [0, *range(3, 13)], [25] * 11, label=list("abcdefghijk")
    )

    found = of_contrasts(RandomEffects(measure="OR"), arms, SmallStudy())

    assert found["k"] == len(found["points"]) == 10
    assert found["points"][0]["label"] == "b"


def test_rates_of_one_size_have_no_verdict():
    """The regression is not defined, and nothing fails."""
    table = StudyTable.from_counts(range(3, 15), [20] * 12)

    found = of_rates(RandomEffects(measure="PLO"), table, SmallStudy())

    assert found["line"] is None
    assert found["tests"][0]["reason"] == "all rows have the same predictor"


def test_few_are_refused_on_the_page_and_tested_on_request(review):
    """Eight comparisons."""
    kept = json.loads((ROOT / "analyses" / "procedure_within.result.json").read_text(encoding="utf-8"))
    assert not kept["small_study"]["enough"]
    assert kept["small_study"]["selection_model"] is None
    told = " ".join(two_arm.sentences(kept))
    assert "8 comparisons are too few" in told
    assert "For the same reason no selection model is fitted" in told
    assert small_study_tables("x", kept) == ()

    asked = analyse(review("procedure_within", ("fewest = 10", "fewest = 8")), "procedure_within").result

    assert len(asked["small_study"]["tests"]) == 3
    assert any(
        "Of 8 comparisons, regression on the standard error" in line for line in two_arm.sentences(asked)
    )
    table, *weights = small_study_tables("x", asked)
    assert len(table.rows) == 3
    model = asked["small_study"]["selection_model"]
    assert any(
        "A selection model (two-sided p values cut at 0.05)" in line for line in two_arm.sentences(asked)
    )
    assert len(weights) == (model["reason"] is None)


def test_the_page_says_what_the_test_of_rates_is_not(review):
    """The caveat always, the criticism of the Doi plot where it was asked for."""
    kept = json.loads((ROOT / "analyses" / "robustness.result.json").read_text(encoding="utf-8"))
    told = " ".join(influence.sentences(kept))
    assert "no test of publication bias" in told
    assert "LFK" not in told
    assert "schwarzer2024" not in str(small_study_methods(kept))

    swaps = (("fewest = 10", "doi = true"), ("subsets = 100000", "subsets = 0"), ('"gosh", ', ""))
    asked = analyse(review("robustness", *swaps), "robustness").result

    told = " ".join(influence.sentences(asked))
    assert "LFK index −0.93. The LFK index is shown because it was asked for." in told
    assert "schwarzer2024" in str(small_study_methods(asked))


def test_without_the_table_nothing_is_said_and_a_funnel_is_refused(review):
    """The file says what is missing."""
    with pytest.raises(ConfigError, match=r"funnel needs a table \[small_study\]"):
        analyse(review("robustness", ("[small_study]\nfewest = 10", "")), "robustness")
    none = json.loads((ROOT / "analyses" / "viscosity.result.json").read_text(encoding="utf-8"))
    assert "small_study" not in none
    assert not any("small" in line for line in two_arm.sentences(none))
    assert small_study_methods(none) == ()


def test_fewer_than_three_cannot_be_asked_for(review):
    """With the key."""
    with pytest.raises(ConfigError, match=r"small_study\.fewest"):
        analyse(review("robustness", ("fewest = 10", "fewest = 2")), "robustness")


@pytest.mark.parametrize(
    ("alternative", "steps", "words"),
    [
        ("greater", (0.025,), "p values for odds ratios above 1 cut at 0.025"),
        ("two-sided", (0.05, 0.3), "two-sided p values cut at 0.05, 0.3"),
    ],
)
def test_ten_comparisons_have_a_selection_model(alternative, steps, words):
    """The library's, taken back from logarithms; in words and with a table of its weights."""
    model = RandomEffects(measure="OR")
    asked = SmallStudy(selection=Selection(alternative=alternative, steps=steps))

    found = of_contrasts(model, ARMS, asked)

    wanted, told = (
        selection_model(model.fit(ARMS), steps=steps, alternative=alternative),
        found["selection_model"],
    )
    assert told["reason"] is None
    assert [told["estimate"], told["ci_low"], told["ci_high"], told["unadjusted"]] == pytest.approx(
        [math.exp(v) for v in (wanted.estimate, wanted.ci.low, wanted.ci.high, wanted.unadjusted)]
    )
    assert [w["rows"] for w in told["weights"]] == [w.rows for w in wanted.weights]
    assert sum(w["rows"] for w in told["weights"]) == 12
    assert told["p_value"] == pytest.approx(wanted.test.p_value)
    sentence = list(funnel_words.told(found, None))[-1]
    assert f"A selection model ({words}) puts the odds ratio at {math.exp(wanted.estimate):.2f}" in sentence
    _, weights = small_study_tables("x", {"small_study": found})
    assert len(weights.rows) == len(steps) + 1


def test_a_selection_model_that_cannot_be_fitted_says_why():
    """No p value between two steps."""
    asked = SmallStudy(selection=Selection(alternative="greater", steps=(0.9999,)))
    found = of_contrasts(RandomEffects(measure="OR"), ARMS, asked)["selection_model"]

    assert found["estimate"] is None
    assert funnel_words.selection_words(found) == (
        "A selection model (p values for odds ratios above 1 cut at 0.9999) is not fitted: no p value lies in an "
        "interval: its weight cannot be estimated."
    )


def test_steps_rise_and_rates_have_none(review):
    """The file says which key is wrong."""
    with pytest.raises(ConfigError, match="steps do not rise"):
        analyse(review("procedure_within", ("steps = [0.05]", "steps = [0.3, 0.05]")), "procedure_within")
    table = "[small_study]\nfewest = 10\n\n[small_study.selection]\nsteps = [0.05]\n"
    with pytest.raises(ConfigError, match="rates of one group have no p value"):
        analyse(review("robustness", ("[small_study]\nfewest = 10\n", table)), "robustness")
