"""Results on the reader's scale."""

import numpy as np
import pytest

from metaleak.effects.table import StudyTable
from metaleak.errors import SettingError, UndefinedError
from metaleak.pooling.common_effect import CommonEffect
from metaleak.pooling.random_effects import RandomEffects

COUNTS = StudyTable.from_counts([1, 9, 28, 2], [4, 30, 40, 50])


def test_the_two_sizes_of_freeman_tukey():
    """The harmonic mean by default, the inverse variance on request; each names itself."""
    result = RandomEffects(measure="PFT").fit(COUNTS)

    harmonic, by_variance = result.natural(), result.natural(size="inverse-variance")

    assert harmonic.estimate != by_variance.estimate
    assert "harmonic mean" in harmonic.notes[0]
    assert "inverse variance" in by_variance.notes[0]


def test_other_scales_need_no_size():
    """The word changes nothing, and no warning stands there."""
    result = RandomEffects(measure="PLO").fit(COUNTS)

    assert result.natural(size="inverse-variance") == result.natural()
    assert result.natural().notes == ()


def test_an_unknown_size_is_refused():
    """The error names both."""
    with pytest.raises(SettingError, match="harmonic, inverse-variance"):
        RandomEffects(measure="PFT").fit(COUNTS).natural(size="arithmetic")


def test_effects_without_counts_have_no_size():
    """Double arcsines that were given have no n to go back with."""
    table = StudyTable.from_effects([0.4, 0.5, 0.6], [0.01, 0.02, 0.01], measure="PFT")

    with pytest.raises(UndefinedError, match="no sample size"):
        RandomEffects().fit(table).natural()


@pytest.mark.parametrize("code", ["PR", "PLN"])
def test_limits_beyond_0_and_1_are_printed_with_a_note(code):
    """As metafor prints them: raw proportions and their logarithms know no end."""
    natural = RandomEffects(measure=code).fit(COUNTS).natural()

    limits = np.array([natural.prediction.low, natural.prediction.high])
    assert ((limits < 0) | (limits > 1)).any()
    assert any(code in note and "printed as they are" in note for note in natural.notes)


def test_limits_beyond_the_scale_are_set_to_its_end_with_a_note():
    """An arcsine below 0 has no proportion."""
    rare = StudyTable.from_counts([0, 0, 1, 6], [20, 30, 40, 50])

    natural = RandomEffects(measure="PAS").fit(rare).natural()

    assert natural.prediction.low == 0
    assert any("beyond the end" in note for note in natural.notes)


def test_ratios_are_exponentials():
    """Log odds ratios come back as odds ratios, with their name."""
    result = CommonEffect().fit(StudyTable.from_two_arms([5, 9], [50, 60], [12, 10], [52, 61]))

    natural = result.natural()

    assert natural.estimate == pytest.approx(np.exp(result.estimate))
    assert natural.scale == "odds ratio"
