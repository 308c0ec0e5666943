"""The ledger of variances: parts that sum, orders that do not matter, brute-force Shapley values."""

import itertools

import numpy as np
import pytest

from metaleak.effects.table import StudyTable
from metaleak.errors import SettingError, TableError
from metaleak.pooling.binomial_normal import BinomialNormal
from metaleak.synthesis.explained import explained_variance

RNG = np.random.default_rng(8)
K = 30
N = RNG.integers(30, 150, K)
A, B, C = (RNG.integers(0, 2, K) for _ in range(3))
RATE = 1 / (1 + np.exp(0.4 - 1.2 * A - 0.6 * B - 0.4 * RNG.standard_normal(K)))
WORDS = {
    "modality": np.where(A, "CT", "xray"),
    "procedure": np.where(B, "PVP", "PKP"),
    "unit": np.where(C, "v", "p"),
}
PLAYERS = ["modality", "procedure", "unit"]


@pytest.fixture(scope="module")
def table():
    return StudyTable.from_counts(RNG.binomial(N, RATE).tolist(), N.tolist(), moderators=WORDS)


@pytest.fixture(scope="module")
def ledger(table):
    return explained_variance(table, PLAYERS, replicates=60)


def test_parts_sum_to_the_whole(ledger):
    """Players and the rest sum to tau2 without moderators; all shares sum to 1."""
    parts = [part.value for part in ledger.players.values()] + [ledger.unexplained.value]

    assert sum(parts) == pytest.approx(ledger.between, rel=1e-9)
    assert sum(share.value for share in ledger.shares.values()) == pytest.approx(1)


def test_the_ends_are_two_fits(table, ledger):
    """tau2 without moderators and with all of them are those of the model itself."""
    plain, full = (
        BinomialNormal().fit(table),
        BinomialNormal(moderators="~ modality + procedure + unit").fit(table),
    )

    assert ledger.between == pytest.approx(plain.tau2, rel=1e-5)
    assert ledger.unexplained.value == pytest.approx(full.tau2, rel=1e-5)


def test_players_by_brute_force(table, ledger):
    """The mean gain over all six orders in which three moderators can enter."""
    tau2 = {(): BinomialNormal(ci_method="wald").fit(table).tau2}
    for size in (1, 2, 3):
        for names in itertools.combinations(PLAYERS, size):
            tau2[names] = (
                BinomialNormal(ci_method="wald", moderators="~ " + " + ".join(names)).fit(table).tau2
            )

    def known(names):
        return tau2[tuple(name for name in PLAYERS if name in names)]

    for player in PLAYERS:
        gains = []
        for order in itertools.permutations(PLAYERS):
            before = order[: order.index(player)]
            gains.append(known(before) - known((*before, player)))
        assert ledger.players[player].value == pytest.approx(np.mean(gains), abs=1e-5)


def test_the_order_of_the_players_means_nothing(table, ledger):
    """Naming them in another order changes no part."""
    turned = explained_variance(table, PLAYERS[::-1], replicates=0)

    for player in PLAYERS:
        assert turned.players[player].value == pytest.approx(ledger.players[player].value, abs=1e-7)


def test_intervals_are_seeded_and_cover(table, ledger):
    """The bootstrap repeats itself and its interval holds what a strong moderator explains."""
    again = explained_variance(table, PLAYERS, replicates=60)

    ci = ledger.players["modality"].ci
    assert again == ledger
    assert ci.low < ledger.players["modality"].value < ci.high


def test_rows_without_a_value_are_named():
    """A row without a moderator leaves the ledger, and a note says which."""
    table = StudyTable.from_counts(
        [3, 9, 8, 20], [20, 22, 30, 40], label=list("abcd"), moderators={"m": ["x", "y", "", "x"]}
    )

    found = explained_variance(table, ["m"], replicates=0)

    assert found.k == 3
    assert "left out, a moderator is missing: c" in found.notes


def test_what_is_refused(table):
    """No player, a player twice, a table of effects."""
    with pytest.raises(SettingError, match="no players"):
        explained_variance(table, [])
    with pytest.raises(SettingError, match="no players"):
        explained_variance(table, ["unit", "unit"])
    with pytest.raises(TableError, match="needs counts"):
        explained_variance(StudyTable.from_effects([0.1], [0.2], measure="GEN"), ["unit"])


def test_shares_sum_to_one_in_every_interval_draw(ledger):
    """A share's interval is that of the share, not of the variance."""
    share, part = ledger.shares["modality"], ledger.players["modality"]

    assert share.value == pytest.approx(part.value / ledger.total)
    assert share.ci.low < share.value < share.ci.high < 1


def test_chance_explains_about_nothing(table):
    """Shuffled moderators explain nothing on average, and more than that one time in twenty."""
    found = explained_variance(table, PLAYERS, replicates=0, permutations=200)

    for player in PLAYERS:
        assert abs(found.chance[player].mean) < 0.05
        assert found.chance[player].high > 0.02
    assert found.shares["modality"].value > found.chance["modality"].high


def test_chance_by_brute_force(table):
    """One shuffle is the ledger of the shuffled table."""
    found = explained_variance(table, PLAYERS, replicates=0, permutations=1, seed=3)
    order = np.random.default_rng(3).permuted(np.arange(K)[None], axis=1)[0]
    shuffled = StudyTable.from_counts(
        table.xi.tolist(),
        table.ni.tolist(),
        moderators={name: np.asarray(WORDS[name])[order] for name in PLAYERS},
    )

    again = explained_variance(shuffled, PLAYERS, replicates=0)

    for player in PLAYERS:
        assert found.chance[player].mean == pytest.approx(again.shares[player].value, abs=1e-6)


def test_a_level_that_cannot_be_simulated_is_counted():
    """Data sets without an event behind a level have no fit; the note says how many."""
    table = StudyTable.from_counts(
        [1, 9, 8, 20, 12, 11], [30, 22, 30, 40, 33, 31], moderators={"m": ["x", *"yyyyy"]}
    )

    found = explained_variance(table, ["m"], replicates=100)

    assert any("of 100 simulated data sets have no fit" in note for note in found.notes)
