"""Rows within studies: what the model becomes at its limits, and what it says."""

import pytest

from metaleak.effects.table import StudyTable
from metaleak.errors import SettingError, TableError
from metaleak.pooling.multilevel import Multilevel
from metaleak.pooling.random_effects import RandomEffects

X, N = [35, 29, 12, 44, 9, 20], [56, 59, 48, 80, 30, 60]


def test_one_row_per_study_is_the_random_effects_model():
    """With a row per study the two variances sum to tau2, and a note says that they cannot be told apart."""
    table = StudyTable.from_counts(X, N)

    ours = Multilevel(robust="none").fit(table)
    plain = RandomEffects(ci_method="wald").fit(table)

    assert ours.tau2 == pytest.approx(plain.tau2, rel=1e-6)
    assert ours.estimate == pytest.approx(plain.estimate, rel=1e-7)
    assert any("cannot be told apart" in note for note in ours.notes)


def test_splitting_a_study_does_not_narrow_its_interval():
    """Rows of one study are not independent: the interval is wider than the one that takes them for so."""
    table = StudyTable.from_counts(X * 2, N * 2, study=list("abcdef") * 2, label=[str(i) for i in range(12)])

    clustered, naive = Multilevel().fit(table), RandomEffects().fit(table)

    assert clustered.se > 1.2 * naive.se


def test_few_degrees_of_freedom_are_said():
    """A robust p value on three studies is not to be trusted, and the note says so."""
    table = StudyTable.from_counts(X, N, study=list("aabbcc"), label=list("123456"))

    assert any("fewer than four degrees of freedom" in note for note in Multilevel().fit(table).notes)


def test_too_few_studies():
    """One study has no variance between studies."""
    table = StudyTable.from_counts([3, 4], [9, 9], study=["a", "a"], label=["1", "2"])

    with pytest.raises(TableError, match="too few studies"):
        Multilevel().fit(table)


@pytest.mark.parametrize("settings", [{"robust": "HC3"}, {"rho": 1.0}, {"method": "DL"}])
def test_settings_outside_their_range(settings):
    """A wrong setting is named when the model is made."""
    with pytest.raises(SettingError):
        Multilevel(**settings)
