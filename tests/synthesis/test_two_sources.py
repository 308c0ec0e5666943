"""The sensitivity from pairs against that from the contrast between studies."""

import math

import pytest

from metaleak.effects.detection_table import DetectionTable
from metaleak.errors import UndefinedError
from metaleak.pooling.detection.model import DetectionAdjusted
from metaleak.synthesis.two_sources import two_sources

NAN = math.nan
MODEL = DetectionAdjusted(draws=0)


def table_with(index_rates):
    """Return a synthetic table whose pairs show six of ten, beside three X-ray series."""
    return DetectionTable.from_counts(
        [200] * 9,
        ct=[100, 90, 110, NAN, NAN, NAN, 100, 96, 104],
        index=[NAN, NAN, NAN, *index_rates, 60, 58, 62],
    )


def test_equal_sources_differ_by_nothing():
    """Six of ten in pairs, and 60 of 200 where CT shows 100 of 200."""
    found = two_sources(MODEL, table_with([60, 58, 62]))

    assert found.direct.value == pytest.approx(0.6, abs=0.02)
    assert found.indirect.value == pytest.approx(0.6, abs=0.03)
    assert found.p > 0.5
    assert found.detectable > 0


def test_unequal_sources_are_told_apart():
    """Two of ten between studies."""
    found = two_sources(MODEL, table_with([20, 21, 19]))

    assert found.indirect.value < 0.3 < found.direct.value
    assert found.p < 0.01


def test_without_pairs_there_is_no_comparison():
    """One source is missing."""
    table = DetectionTable.from_counts([80, 60, 90], ct=[44, 40, NAN], index=[NAN, NAN, 20])

    with pytest.raises(UndefinedError, match="one source only"):
        two_sources(MODEL, table)
