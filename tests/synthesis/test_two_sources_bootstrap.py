"""The test of equal sensitivities on tables drawn under equality."""

import math

import pytest

from metaleak.effects.detection_table import DetectionTable
from metaleak.errors import UndefinedError
from metaleak.pooling.detection.model import DetectionAdjusted
from metaleak.synthesis.two_sources import two_sources
from metaleak.synthesis.two_sources_bootstrap import bootstrapped

NAN = math.nan
MODEL = DetectionAdjusted(draws=0)


def table_with(index_rates):
    """Return a synthetic table whose pairs show six of ten, beside four X-ray series."""
    return DetectionTable.from_counts(
        [200] * 11,
        ct=[100, 80, 125, 70, NAN, NAN, NAN, NAN, 100, 90, 110],
        index=[NAN, NAN, NAN, NAN, *index_rates, 60, 50, 68],
    )


@pytest.fixture(scope="module")
def drawn():
    """Return the bootstrap of a statistic of 3."""
    return bootstrapped(MODEL, table_with([60, 45, 70, 55]), statistic=3.0, replicates=60, seed=1)


def test_the_plain_test_keeps_about_its_level(drawn):
    """Not far from one in twenty, and nearly every table has both maxima."""
    assert drawn.rejects < 0.2
    assert drawn.failed <= 3
    assert drawn.replicates == 60


def test_a_larger_statistic_has_a_smaller_p(drawn):
    """The observed statistic counts among the drawn ones, so that p is never 0."""
    table = table_with([60, 45, 70, 55])

    small, huge = (bootstrapped(MODEL, table, statistic=x, replicates=60, seed=1).p for x in (0.0, 1e9))

    assert small == 1
    assert 0 < huge <= 1 / (1 + 60 - drawn.failed) + 1e-12
    assert huge < drawn.p < small


def test_unequal_sources_are_told_apart_by_the_drawn_tables_too():
    """Two of ten between studies against six of ten in pairs."""
    table = table_with([20, 17, 23, 19])
    statistic = two_sources(MODEL, table).statistic

    assert bootstrapped(MODEL, table, statistic=statistic, replicates=60, seed=1).p < 0.05


def test_with_false_positives_tables_of_different_shape_are_drawn():
    """Below a specificity of 1 the possible overlaps depend on the totals."""
    model = DetectionAdjusted(draws=0, specificity=0.98)

    found = bootstrapped(model, table_with([60, 45, 70, 55]), statistic=3.0, replicates=6, seed=1)

    assert found.failed < 6


def test_one_source_alone_is_refused():
    """As the test itself does."""
    table = DetectionTable.from_counts([80, 60, 90], ct=[44, 40, NAN], index=[NAN, NAN, 20])

    with pytest.raises(UndefinedError, match="one source only"):
        bootstrapped(MODEL, table, statistic=1.0, replicates=5, seed=1)
