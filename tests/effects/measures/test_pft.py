"""The Freeman-Tukey double arcsine and its inverse."""

import numpy as np
import pytest

from metaleak.effects.measures import Zero, measure
from metaleak.errors import UndefinedError

PFT = measure("PFT")


@pytest.mark.parametrize("n", [1, 2, 7, 40])
def test_every_count_comes_back(n):
    """Miller's inverse with the study's own size returns the proportion exactly, the ends included."""
    counts = np.arange(n + 1.0)
    effects, _ = PFT.effect(counts, np.full(n + 1, float(n)), zero=Zero())

    np.testing.assert_allclose(PFT.inverse(effects, n=float(n)), counts / n, atol=1e-12)


def test_values_that_no_count_has_are_clipped():
    """Below the effect of no event the inverse is 0, above that of n events it is 1."""
    low, high = PFT.ends(n=10.0)

    assert PFT.inverse(low - 0.05, n=10.0) == 0
    assert PFT.inverse(high + 0.05, n=10.0) == 1


def test_another_size_gives_another_proportion():
    """The reason for the warning: one effect, 2 % or 6 %, by the size that is assumed."""
    effect = PFT.effect(np.array([3.0]), np.array([50.0]), zero=Zero())[0][0]

    assert PFT.inverse(effect, n=50.0) == pytest.approx(0.06)
    assert PFT.inverse(effect, n=9.0) < 0.03


def test_the_warning_names_the_size_and_its_source():
    """Whoever reads the proportion reads the size too."""
    note = PFT.size_note(12.5, "the harmonic mean")

    assert "the harmonic mean, 12.5" in note
    assert "doi:10.1002/jrsm.1348" in note


@pytest.mark.parametrize("direction", ["inverse", "forward"])
def test_without_a_size_there_is_no_answer(direction):
    """The error asks for n."""
    with pytest.raises(UndefinedError, match="n"):
        getattr(PFT, direction)(0.4)
