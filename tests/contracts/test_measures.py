"""Laws that every measure keeps."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metaleak.effects.measures import Zero, measure, measures
from metaleak.effects.table import StudyTable
from metaleak.errors import TableError, UndefinedError
from metaleak.pooling.common_effect import CommonEffect
from metaleak.pooling.random_effects import RandomEffects
from metaleak.vocab import Measure
from tests.contracts.models import MIRRORS, counts, pairs, two_arms

PROPORTIONS = [code for code, item in measures().items() if item.kind == "counts"]
CONTRASTS = [code for code, item in measures().items() if item.kind == "two_arms"]
MATCHED = [code for code, item in measures().items() if item.kind == "pairs"]


def test_every_word_has_its_measure():
    """The vocabulary and the registry name the same scales."""
    assert set(measures()) == {word.value for word in Measure}


@pytest.mark.parametrize("code", PROPORTIONS + CONTRASTS + MATCHED)
def test_the_inverse_undoes_the_scale(code):
    """A value of the reader's scale comes back, for proportions of a sample of 40."""
    scale = measure(code)
    values = np.array([0.1, 0.25, 0.5, 0.9])

    back = scale.inverse(scale.forward(values, n=40.0), n=40.0)

    np.testing.assert_allclose(back, values, rtol=1e-10)


@pytest.mark.parametrize("code", PROPORTIONS)
@given(rows=st.lists(st.tuples(st.integers(0, 50), st.integers(1, 50)), min_size=1, max_size=6))
def test_effects_of_any_counts_are_finite(code, rows):
    """With the default correction every count has an effect and a positive variance."""
    table = StudyTable.from_counts([min(x, n) for x, n in rows], [n for _, n in rows])

    effects = measure(code).effects(table, Zero())

    assert np.isfinite(effects.yi).all()
    assert (effects.vi > 0).all()
    assert effects.kept.tolist() == list(range(table.k))


@pytest.mark.parametrize("code", PROPORTIONS)
def test_a_rate_inside_a_study_comes_back(code):
    """The effect of one large study, taken back, is its proportion."""
    table = StudyTable.from_counts([400], [1000])
    effect = measure(code).effects(table, Zero()).yi[0]

    assert measure(code).inverse(effect, n=1000.0) == pytest.approx(0.4, abs=1e-9)


@pytest.mark.parametrize("code", MIRRORS)
@pytest.mark.parametrize("model", [CommonEffect, RandomEffects])
def test_events_and_their_absence_mirror(code, model):
    """x -> n - x mirrors the pooled value and leaves tau2."""
    table = counts(8, 3)
    other = StudyTable.from_counts(table.ni - table.xi, table.ni)

    plain, mirrored = model(measure=code).fit(table), model(measure=code).fit(other)

    assert mirrored.estimate == pytest.approx(MIRRORS[code](plain.estimate), rel=1e-9)
    assert mirrored.tau2 == pytest.approx(plain.tau2, rel=1e-7, abs=1e-12)


@pytest.mark.parametrize("code", CONTRASTS)
def test_arms_that_change_places_turn_the_sign(code):
    """On a log or difference scale the contrast of the second arm with the first is the negative."""
    table = two_arms(6, 4)
    other = StudyTable.from_two_arms(table.ci, table.n2i, table.ai, table.n1i)

    plain, turned = (measure(code).effects(t, Zero()) for t in (table, other))

    np.testing.assert_allclose(turned.yi, -plain.yi, rtol=1e-10)
    np.testing.assert_allclose(turned.vi, plain.vi, rtol=1e-10)


@pytest.mark.parametrize("code", MATCHED)
def test_readings_that_change_places_turn_the_sign(code):
    """Reference against index is the negative of index against reference."""
    table = pairs(6, 4)
    other = StudyTable.from_pairs(table.both, table.only_index, table.only_reference, table.neither)

    plain, turned = (measure(code).effects(t, Zero()) for t in (table, other))

    np.testing.assert_allclose(turned.yi, -plain.yi, rtol=1e-10, atol=1e-15)
    np.testing.assert_allclose(turned.vi, plain.vi, rtol=1e-10)


@pytest.mark.parametrize("code", MATCHED)
def test_variances_are_those_of_many_draws(code):
    """The delta method holds where every cell is large."""
    rng = np.random.default_rng(2)
    shares = np.array([0.35, 0.25, 0.1, 0.3])
    drawn = StudyTable.from_pairs(*rng.multinomial(2000, shares, 40_000).T)
    expected = StudyTable.from_pairs(*(2000 * shares).round()[:, None])

    found = measure(code).effects(drawn, Zero()).yi.var()
    # Peto's step stops short of a large odds ratio, and so does its spread.
    shorter = 1 - (0.15 / 0.35) ** 2 if code == "MPPETO" else 1.0

    assert found == pytest.approx(measure(code).effects(expected, Zero()).vi[0] * shorter, rel=0.05)


@pytest.mark.parametrize("code", ["MPORC", "MPPETO"])
def test_readings_that_never_differ_are_dropped(code):
    """They say nothing about a conditional odds ratio; a table without any other row is an error."""
    some = StudyTable.from_pairs([9, 10], [3, 0], [2, 0], [8, 5], label=["a", "b"])

    found = measure(code).effects(some, Zero())

    assert found.kept.tolist() == [0]
    assert found.notes == ("rows on which the two readings never differ are left out: b",)
    with pytest.raises(TableError, match="a unit on which the two readings differ"):
        measure(code).effects(some.take([1]), Zero())


@pytest.mark.parametrize("code", PROPORTIONS + CONTRASTS + MATCHED)
def test_a_table_of_another_kind_is_refused(code):
    """The error names the kind that the measure reads."""
    table = two_arms(3, 1) if measure(code).kind == "counts" else counts(3, 1)

    with pytest.raises(TableError, match=f"a table of {measure(code).kind}"):
        measure(code).effects(table, Zero())


@pytest.mark.parametrize("code", PROPORTIONS + CONTRASTS + MATCHED)
def test_a_measure_says_what_it_is(code):
    """A sentence with the formula, a name for readers and bounds of their scale."""
    scale = measure(code)

    assert scale.__doc__.split("\n")[0].endswith((".", ";", ","))
    assert "``" in scale.__doc__
    assert scale.bounds[0] < scale.bounds[1]


def test_given_effects_have_no_readers_scale():
    """Nobody said what scale effects are on that come as they are."""
    with pytest.raises(UndefinedError, match="no scale that a reader knows"):
        measure("GEN").inverse(0.5)
