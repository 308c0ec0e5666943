"""What further studies would change."""

import numpy as np
import pytest

import metaleak as ml
from metaleak.errors import SettingError, UndefinedError
from metaleak.synthesis.difference import group_difference
from metaleak.synthesis.future import Simulation, _fewest, fewest, future_studies, precision_curve
from metaleak.synthesis.next_study import next_study

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
    assert list(found.reached) == [4]


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


@pytest.mark.parametrize("ci_method", ["wald", "t", "profile"])
@pytest.mark.parametrize(
    "counts", [([35, 29, 12, 44, 20, 9], [56, 59, 48, 80, 33, 31]), ([5, 5, 6], [40, 41, 50])]
)
def test_widths_are_those_of_whole_refits(ci_method, counts):
    """Polynomials in the place of likelihoods change the eighth digit at most, also where tau2 is 0."""
    table, model = ml.StudyTable.from_counts(*counts), ml.BinomialNormal(ci_method=ci_method)
    drawn = Simulation(model, table, units=45, replicates=6, seed=3)
    for m in (1, 9):
        events = drawn._draw(m)
        whole = [
            model.fit(ml.StudyTable.from_counts([*table.xi, *events[:, i]], [*table.ni, *[45] * m])).natural()
            for i in range(6)
        ]

        assert drawn.widths(m) == pytest.approx([fit.ci.high - fit.ci.low for fit in whole], abs=1e-8)


def test_what_leaves_the_polynomials_is_refitted_by_the_model(table, monkeypatch):
    """The same widths when nothing is trusted."""
    wanted = Simulation(MODEL, table, units=30, replicates=4, seed=2).widths(5)
    monkeypatch.setattr("metaleak.synthesis.future.polynomials", lambda *_: None)

    assert Simulation(MODEL, table, units=30, replicates=4, seed=2).widths(5) == pytest.approx(
        wanted, abs=1e-8
    )


def test_the_first_further_study_is_the_same_for_every_number(table):
    """Draws do not depend on how many are asked for."""
    drawn = Simulation(MODEL, table, units=30, replicates=5, seed=2)
    first = drawn._draw(2).copy()

    assert (drawn._draw(40)[:2] == first).all()


def test_many_replicates_are_few_at_a_time(table, monkeypatch):
    """To the last bit."""
    whole = Simulation(MODEL, table, units=30, replicates=9, seed=2).widths(3)
    monkeypatch.setattr("metaleak.synthesis.future._TOGETHER", 4)

    assert Simulation(MODEL, table, units=30, replicates=9, seed=2).widths(3).tolist() == whole.tolist()


def test_a_wider_spread_takes_more_studies(table):
    """Drawn with the tau2 that is asked for."""
    near = future_studies(MODEL, table, units=80, width=0.15, replicates=60, tau2=0.1).studies
    far = future_studies(MODEL, table, units=80, width=0.15, replicates=60, tau2=1.0)
    drawn = Simulation(MODEL, table, units=80, replicates=60, seed=1).with_tau2(1.0)

    assert near < far.studies
    assert fewest(drawn, width=0.15, assurance=0.8, most=128) == far


def test_the_curve_is_the_mean_of_the_widths(table):
    """With its Monte Carlo error; no further study leaves today's width."""
    widths = Simulation(MODEL, table, units=30, replicates=50, seed=1).widths(7)
    curve = precision_curve(MODEL, table, units=30, studies=[0, 7], replicates=50)
    now = MODEL.fit(table).natural().ci

    assert curve["width"].tolist() == pytest.approx([now.high - now.low, widths.mean()])
    assert curve["width_se"].tolist() == pytest.approx([0, np.std(widths, ddof=1) / np.sqrt(50)])
    assert curve["low"][1] == pytest.approx(np.quantile(widths, 0.1))


def test_a_nested_model_refits_whole():
    """Studies of several rows, and further ones of one row."""
    table = ml.StudyTable.from_counts(
        [35, 29, 12, 44, 20], [56, 59, 48, 80, 33], study=["a", "a", "b", "c", "c"]
    )
    model = ml.BinomialNormal(nested=True, ci_method="wald")
    drawn = Simulation(model, table, units=30, replicates=2, seed=1)
    events = drawn._draw(1)
    whole = ml.StudyTable.from_counts([*table.xi, events[0, 1]], [*table.ni, 30], study=[*table.study, "new"])
    natural = model.fit(whole).natural()

    assert drawn.widths(1)[1] == pytest.approx(natural.ci.high - natural.ci.low, abs=1e-6)


def test_the_contrast_is_that_of_the_groups(table):
    """Odds ratio and likelihood ratio as between any two groups."""
    others = ml.StudyTable.from_counts([4, 9, 10], [40, 30, 55])
    found = next_study(ml.BinomialNormal(), table, rates=[0.25, 0.9], units=[40], others=others).iloc[0]
    both = ml.StudyTable.from_counts(
        [*table.xi, 10, *others.xi],
        [*table.ni, 40, *others.ni],
        moderators={"group": ["this"] * 7 + ["other"] * 3},
    )
    wanted = group_difference(ml.BinomialNormal(), both, by="group", of="other", against="this")

    assert found["odds_ratio"] == pytest.approx(wanted.odds_ratio.value, rel=1e-6)
    assert found["p_value"] == pytest.approx(wanted.p_value, rel=1e-6)


def test_moderators_are_refused(table):
    """Nobody knows those of a study to come."""
    model = ml.BinomialNormal(moderators="~ year")
    with pytest.raises(UndefinedError):
        future_studies(model, table, units=10)
    with pytest.raises(UndefinedError):
        next_study(model, table, rates=[0.5], units=[10])


@pytest.mark.parametrize("guess", [0, 1, 5, 17, 18, 40, 99])
@pytest.mark.parametrize("least", [1, 2, 17, 63, 64])
def test_the_search_finds_the_fewest_from_any_guess(least, guess):
    """And asks for less than all numbers; too few at most are None."""
    asked = []

    def enough(m):
        asked.append(m)
        return m >= least

    assert _fewest(enough, 64, guess) == least
    assert len(asked) <= 16
    assert _fewest(lambda m: m > 64, 64, guess) is None
