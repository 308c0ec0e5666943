"""A result in a dozen lines."""

import pytest

from metaleak.effects.table import StudyTable
from metaleak.pooling.common_effect import CommonEffect
from metaleak.pooling.random_effects import RandomEffects


@pytest.fixture(scope="module")
def lines():
    table = StudyTable.from_counts([35, 29, 12, 44], [56, 59, 48, 80])
    return str(RandomEffects().fit(table)).splitlines()


def line(lines, term):
    """Return what stands behind a term."""
    return [text.removeprefix(term).strip() for text in lines if text.startswith(term)]


def test_estimate_and_interval_stand_on_both_scales(lines):
    """The proportion first, then the model's scale with test and method."""
    assert line(lines, "Proportion") == ["0.4795, 95 % interval [0.2374, 0.7316]"]
    assert line(lines, "Estimate")[0].startswith("−0.0821 (PLO), se 0.3408")


def test_plain_intervals_stand_beside_few_rows(lines):
    """Wald and the plain Hartung-Knapp interval, on the model's scale."""
    assert line(lines, "Beside") == [
        "[−0.7341, 0.5699], Wald, normal quantile",
        "[−1.1668, 1.0025], Hartung-Knapp-Sidik-Jonkman",
    ]


def test_the_prediction_interval_names_its_convention(lines):
    """A reader sees which of several was taken."""
    assert "Higgins" in line(lines, "New study")[0]


def test_sums_over_tables_print_their_tests():
    """Association and equal odds ratios, one line each."""
    arms = StudyTable.from_two_arms([5, 9], [50, 60], [12, 10], [52, 61])

    printed = line(str(CommonEffect(method="mantel-haenszel").fit(arms)).splitlines(), "Test")

    assert [text.split(":")[0] for text in printed] == ["no association in any table", "equal odds ratios"]


def test_notes_come_last_but_one(lines):
    """Sentences a reader must see, then the digest of the table."""
    assert lines[-1].startswith("Table")
    assert lines[-2].startswith("Note")
