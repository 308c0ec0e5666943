"""Counts drawn from the detection model."""

import numpy as np
import pytest
from scipy import special

from metaleak.effects.detection_table import DetectionTable
from metaleak.pooling.detection.model import DetectionAdjusted
from metaleak.synthesis.detection_simulation import simulated

NAN = float("nan")
AT = {"mean": (0.2, 0.4), "spread": (0.0, 0.0)}


@pytest.fixture
def table():
    """Return one row of every kind; two index imagings of one study share its CT."""
    return DetectionTable.from_counts(
        [1000, 1000, 1000, 1000, 1000, 1000, 400, 500],
        ct=[1, NAN, 1, 1, 1, 1, NAN, NAN],
        index=[NAN, 1, 1, 1, NAN, NAN, NAN, NAN],
        both=[NAN, NAN, NAN, 1, 1, 1, 3, NAN],
        unreported=[NAN] * 7 + [44],
        index_modality=["xray"] * 5 + ["fluoroscopy"] + ["xray"] * 2,
        informs=["incidence"] * 6 + ["sensitivity", "incidence"],
        label=list("abcdefgh"),
        study=["a", "b", "c", "d", "e", "e", "g", "h"],
    )


def drawn(table, model, **at):
    """Return means over 300 drawn tables, by count."""
    found = list(simulated(table, model, count=300, seed=3, **(AT | at)))
    return {name: np.mean([one.counts[name] for one in found], axis=0) for name in table.counts}


def test_without_spread_the_means_are_those_of_the_model(table):
    """Rate on CT, the product on the index, the sensitivity among CT positives."""
    rate, seen = special.expit(0.2), special.expit(0.4)

    found = drawn(table, DetectionAdjusted())

    assert found["ct"][[0, 2, 3, 4]] == pytest.approx(1000 * rate, rel=0.01)
    assert found["index"][[1, 2, 3]] == pytest.approx(1000 * rate * seen, rel=0.01)
    assert found["both"][[3, 4]] == pytest.approx(1000 * rate * seen, rel=0.01)
    assert found["both"][6] == pytest.approx(400 * seen, rel=0.01)


def test_a_specificity_below_one_adds_positives_without_a_leak(table):
    """One in twenty of the units without one."""
    rate, seen = special.expit(0.2), special.expit(0.4)

    found = drawn(table, DetectionAdjusted(specificity=0.95))

    expected = 1000 * (rate * seen + (1 - rate) * 0.05)
    assert found["index"][[1, 2, 3]] == pytest.approx(expected, rel=0.01)
    assert found["both"][3] == pytest.approx(1000 * rate * seen, rel=0.01)


def test_what_was_not_counted_stays_empty_and_silent_rows_keep_their_counts(table):
    """The pattern of a row is its kind."""
    one = next(simulated(table, DetectionAdjusted(), count=1, seed=3, **AT))

    assert all((np.isnan(one.counts[n]) == np.isnan(table.counts[n])).all() for n in table.counts)
    assert one.counts["unreported"][7] == 44


def test_two_indexes_on_the_same_units_have_one_count_on_ct(table):
    """Fluoroscopy and X-ray of one study; both stay below it."""
    for one in simulated(table, DetectionAdjusted(), count=20, seed=5, mean=(0.2, 0.4), spread=(1.0, 1.0)):
        ct, both = one.counts["ct"], one.counts["both"]

        assert ct[4] == ct[5]
        assert (both[[3, 4, 5]] <= ct[[3, 4, 5]]).all()


def test_equal_seeds_draw_equal_tables(table):
    """And others draw others."""

    def counts(seed):
        return [
            one.counts["ct"].tolist()[0]
            for one in simulated(table, DetectionAdjusted(), count=5, seed=seed, **AT)
        ]

    assert counts(1) == counts(1) != counts(2)
