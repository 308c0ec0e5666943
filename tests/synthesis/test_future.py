"""What further studies would change."""

import numpy as np
import pytest

import metaleak as ml
from metaleak.errors import SettingError
from metaleak.synthesis.future import future_studies, next_study

MODEL = ml.BinomialNormal(ci_method="wald")


@pytest.fixture
def table():
    """Return six series."""
    return ml.StudyTable.from_counts([35, 29, 12, 44, 20, 9], [56, 59, 48, 80, 33, 31])


def test_a_further_study_is_one_more_row(table):
    """The same numbers as a table that has it."""
    found = next_study(MODEL, table, rates=[0.25], units=[40]).iloc[0]
    whole = ml.StudyTable.from_counts([*table.xi.tolist(), 10], [*table.ni.tolist(), 40])
    natural = MODEL.fit(whole).natural()

    assert found["events"] == 10
    assert [found["estimate"], found["ci_low"], found["ci_high"]] == pytest.approx(
        [natural.estimate, natural.ci.low, natural.ci.high], abs=1e-9
    )


def test_the_pooled_rate_follows_the_rate_of_the_next_study(table):
    """Higher with a higher one, at every size."""
    found = next_study(MODEL, table, rates=[0.2, 0.4, 0.6, 0.8], units=[30, 300])

    for _, part in found.groupby("units"):
        assert (np.diff(part["estimate"]) > 0).all()


def test_the_number_is_the_fewest_that_suffices(table):
    """One fewer was tried and did not suffice."""
    found = future_studies(MODEL, table, units=80, width=0.15, replicates=60)

    assert found.studies > 1
    assert found.reached[found.studies] >= 0.8
    assert found.reached[found.studies - 1] < 0.8


def test_a_narrower_interval_takes_more_studies(table):
    """With the same draws."""
    wide, narrow = (
        future_studies(MODEL, table, units=80, width=width, replicates=40).studies for width in (0.2, 0.14)
    )

    assert narrow > wide


def test_what_is_narrow_enough_takes_none(table):
    """Nothing is simulated."""
    found = future_studies(MODEL, table, units=80, width=0.9)

    assert (found.studies, found.reached) == (0, {})


def test_too_few_are_told(table):
    """None is no number."""
    found = future_studies(MODEL, table, units=5, width=0.01, most=4, replicates=10)

    assert found.studies is None
    assert list(found.reached) == [1, 2, 4]


def test_the_same_seed_gives_the_same_number(table):
    """To the last bit."""
    first, second = (future_studies(MODEL, table, units=50, width=0.2, replicates=30) for _ in range(2))

    assert first == second


@pytest.mark.parametrize(
    "wrong", [{"width": 0.0}, {"assurance": 1.0}, {"units": 0}, {"replicates": True}, {"most": 2.5}]
)
def test_settings_outside_their_range(table, wrong):
    """Are refused."""
    with pytest.raises(SettingError):
        future_studies(MODEL, table, **{"units": 10, **wrong})


@pytest.mark.parametrize("wrong", [{"rates": [1.2]}, {"units": [0]}])
def test_a_study_that_cannot_be(table, wrong):
    """Rates lie between 0 and 1, and studies have units."""
    with pytest.raises(SettingError):
        next_study(MODEL, table, **{"rates": [0.5], "units": [10], **wrong})
