"""One-stage models of two arms: what they return, refuse and say."""

from dataclasses import replace

import numpy as np
import pytest

from metaleak.effects.table import StudyTable
from metaleak.errors import SeparationError, SettingError, TableError
from metaleak.pooling.model import fit_many
from metaleak.pooling.result import MetaResult
from metaleak.pooling.two_arm_binomial_normal import TwoArmBinomialNormal

TABLE = StudyTable.from_two_arms([12, 30, 8, 25], [50, 80, 40, 60], [18, 41, 15, 22], [48, 82, 42, 61])
MODELS = [
    TwoArmBinomialNormal(),
    TwoArmBinomialNormal(study_effects="random"),
    TwoArmBinomialNormal(conditional=True),
]


@pytest.mark.parametrize("model", MODELS)
def test_swapping_the_arms_turns_the_sign(model):
    """Estimate and limits; tau2 stays."""
    swapped = StudyTable.from_two_arms(TABLE.ci, TABLE.n2i, TABLE.ai, TABLE.n1i)

    ours, turned = model.fit(TABLE), model.fit(swapped)

    assert turned.estimate == pytest.approx(-ours.estimate, abs=1e-7)
    assert (turned.ci.low, turned.ci.high) == pytest.approx((-ours.ci.high, -ours.ci.low), abs=1e-6)
    assert turned.tau2 == pytest.approx(ours.tau2, abs=1e-7)


@pytest.mark.parametrize("model", MODELS)
def test_profile_limits_lie_where_the_likelihood_has_fallen(model):
    """At the limit of the odds ratio 1.92 below the top, the rest maximised."""
    wide = replace(model, level=0.9)

    ours, wider = wide.fit(TABLE), model.fit(TABLE)

    assert wider.ci.low < ours.ci.low < ours.estimate < ours.ci.high < wider.ci.high
    assert wider.heterogeneity.tau2_ci.high > ours.heterogeneity.tau2_ci.high


@pytest.mark.parametrize("model", MODELS)
def test_a_batch_gives_what_single_fits_give(model):
    """Tables of different length."""
    tables = [TABLE, TABLE.take([0, 1, 2]), TABLE.take([1, 3])]

    together = fit_many(model, tables)

    for table, result in zip(tables, together, strict=True):
        alone = model.fit(table)
        assert result.estimate == pytest.approx(alone.estimate, abs=1e-8)
        assert result.se == pytest.approx(alone.se, rel=1e-7)


@pytest.mark.parametrize("model", MODELS)
def test_one_study_is_itself(model):
    """Without tau2 and without a prediction."""
    result = model.fit(TABLE.take([0]))

    assert result.tau2 is None
    assert result.prediction_interval is None
    if model.study_effects == "fixed" and not model.conditional:
        assert result.estimate == pytest.approx(np.log(12 / 38 / (18 / 30)), abs=1e-8)


def test_studies_that_say_nothing_are_left_out_by_name():
    """No event in either arm."""
    table = StudyTable.from_two_arms(
        [12, 0, 30], [50, 20, 80], [18, 0, 41], [48, 25, 82], label=["a", "b", "c"]
    )

    result = TwoArmBinomialNormal().fit(table)

    assert result.k == 2
    assert result.labels == ("a", "c")
    assert "left out: b" in result.notes[0]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (([0, 0], [20, 30], [3, 4], [20, 30]), "the odds ratio is infinite"),
        (([0, 3], [20, 30], [3, 0], [20, 30]), "the spread of the odds ratios is infinite"),
    ],
)
def test_separation_is_said(model, cells, said):
    """In words, with what to do."""
    with pytest.raises(SeparationError, match=said):
        model.fit(StudyTable.from_two_arms(*cells))


def test_what_it_cannot_pool_is_refused():
    """Counts of one arm, tables without an event, settings that exclude each other."""
    with pytest.raises(TableError, match="pools 2x2 tables"):
        TwoArmBinomialNormal().fit(StudyTable.from_counts([1, 2], [5, 6]))
    with pytest.raises(TableError, match="no row says anything"):
        TwoArmBinomialNormal().fit(StudyTable.from_two_arms([0], [5], [0], [6]))
    with pytest.raises(SettingError, match="no study effects"):
        TwoArmBinomialNormal(study_effects="random", conditional=True)
    with pytest.raises(SettingError, match="quadrature"):
        TwoArmBinomialNormal(quadrature=1)


def test_a_stored_result_comes_back():
    """With its detail."""
    result = TwoArmBinomialNormal(study_effects="random").fit(TABLE)

    back = MetaResult.from_dict(result.to_dict())

    assert back.digest == result.digest
    assert back.detail.level_sd == result.detail.level_sd
