"""Design effects: what alike units are worth, and where it matters."""

import math

import numpy as np
import pytest

from metaleak.effects.clustering import design_effect, effective_counts, effective_exposure
from metaleak.effects.proportions import study_intervals
from metaleak.effects.table import StudyTable
from metaleak.errors import SettingError, TableError
from metaleak.pooling.binomial_normal import BinomialNormal
from metaleak.pooling.common_effect import CommonEffect
from metaleak.pooling.random_effects import RandomEffects

TABLE = StudyTable.from_counts([20, 60, 45, 12, 90, 30], [60, 90, 120, 60, 150, 45])
M = [1.5, 2.5, 1.2, 1.0, 2.0, 4.0]


def width(fit):
    return fit.ci.high - fit.ci.low


def test_independent_units_are_worth_themselves():
    """An icc of 0 changes nothing."""
    assert design_effect(M, 0).tolist() == [1.0] * 6
    assert effective_exposure(M, 0, rate=0.4).tolist() == M
    assert effective_counts(TABLE, M, 0).ni.tolist() == TABLE.ni.tolist()


def test_units_that_are_one_are_worth_one_per_cluster():
    """An icc of 1: as many as there are patients."""
    assert effective_exposure(M, 1, rate=0.4).tolist() == [1.0] * 6
    assert effective_counts(TABLE, M, 1).ni == pytest.approx(TABLE.ni / np.array(M))


def test_one_unit_per_cluster_has_no_design_effect():
    """Whatever the icc."""
    assert design_effect([1.0], 0.3).tolist() == [1.0]


def test_rates_stay():
    """Events and units are divided alike."""
    found = effective_counts(TABLE, M, 0.3)

    assert found.xi / found.ni == pytest.approx(TABLE.xi / TABLE.ni)
    assert found.label == TABLE.label


def test_the_interval_of_one_study_widens_by_the_root_of_the_design_effect():
    """Clopper and Pearson's interval of effective counts; four vertebrae per patient, icc .3: a third wider."""
    plain, wide = (
        np.subtract(*reversed(study_intervals(t.xi, t.ni)))[-1]
        for t in (TABLE, effective_counts(TABLE, M, 0.3))
    )

    assert wide / plain == pytest.approx(np.sqrt(1.9), rel=0.03)


def test_a_common_effect_feels_it_and_random_effects_hardly():
    """Under the same design effects the common effect's interval widens by a tenth, random effects' by a tenth of that."""
    other = effective_counts(TABLE, M, 0.3)

    common = width(CommonEffect().fit(other)) / width(CommonEffect().fit(TABLE)) - 1
    random = width(RandomEffects().fit(other)) / width(RandomEffects().fit(TABLE)) - 1
    exact = width(BinomialNormal().fit(other)) / width(BinomialNormal().fit(TABLE)) - 1

    assert common > 1 / 10
    assert abs(random) < common / 10
    assert abs(exact) < common / 10


def test_variances_of_logits_are_multiplied():
    """Inverse variance on the logit sees the same effects with variances times the design effect."""
    found = RandomEffects().fit(effective_counts(TABLE, M, 0.3)).effects

    plain = RandomEffects().fit(TABLE).effects
    assert found.yi == pytest.approx(plain.yi)
    assert found.vi == pytest.approx(plain.vi * design_effect(M, 0.3))


@pytest.mark.parametrize("icc", [0.1, 0.3])
def test_effective_exposure_is_that_of_draws(icc):
    """Three alike vertebrae per patient: the share of patients with a leak among draws, within 3 standard errors."""
    rng = np.random.default_rng(27)
    a, b = 0.4 * (1 - icc) / icc, 0.6 * (1 - icc) / icc
    leaks = rng.binomial(3, rng.beta(a, b, 100_000)) > 0

    expected = 1 - 0.6 ** effective_exposure([3.0], icc, rate=0.4)[0]

    assert leaks.mean() == pytest.approx(expected, abs=3 * math.sqrt(0.25 / 100_000))


def test_effective_exposure_hardly_moves_with_the_rate():
    """Two vertebrae, icc .3: between 1.56 and 1.68 of them from a rate of 70 to one of 20 %."""
    found = [effective_exposure([2.0], 0.3, rate=rate)[0] for rate in (0.7, 0.2)]

    assert found == pytest.approx([1.56, 1.68], abs=0.01)


def test_fewer_vertebrae_than_patients_is_refused():
    """The row is named."""
    with pytest.raises(TableError, match="row 2"):
        design_effect([1.0, 0.8], 0.1)


def test_an_icc_is_a_share():
    """0..1."""
    with pytest.raises(SettingError, match="icc"):
        design_effect([1.0], 1.2)


@pytest.mark.parametrize(
    ("table", "m", "told"),
    [
        (TABLE, [1.0], "another length"),
        (StudyTable.from_effects([0.1], [0.2], measure="GEN"), [1.0], "table of counts"),
    ],
)
def test_only_tables_of_counts_with_one_number_per_row(table, m, told):
    """Anything else is refused."""
    with pytest.raises(TableError, match=told):
        effective_counts(table, m, 0.1)
