"""Permutation tests: seeds, studies as units, one term given the others."""

import numpy as np
import pytest

from metaleak.effects.table import StudyTable
from metaleak.errors import SettingError, TableError
from metaleak.pooling.random_effects import RandomEffects
from metaleak.synthesis import permutation
from metaleak.synthesis.permutation import permutation_test

RNG = np.random.default_rng(3)
K = 16
X = RNG.normal(size=K)
Z = 0.8 * X + 0.6 * RNG.normal(size=K)
Y = 0.9 * X + 0.3 * RNG.normal(size=K)


@pytest.fixture(scope="module")
def table():
    return StudyTable.from_effects(Y, RNG.uniform(0.02, 0.1, K), measure="GEN", moderators={"x": X, "z": Z})


def test_a_seed_repeats_itself(table):
    """The same seed gives the same p value."""
    model = RandomEffects(method="DL", moderators="~ x")

    assert permutation_test(model, table, n=500, seed=4) == permutation_test(model, table, n=500, seed=4)


def test_a_real_moderator_is_found_and_its_shadow_is_not(table):
    """Given x, the residuals know nothing of z; given z, x still matters (Freedman and Lane)."""
    model = RandomEffects(method="DL", moderators="~ x + z")

    p = {
        t: permutation_test(model, table, n=2000, term=t, scheme="freedman-lane").p_value for t in ("x", "z")
    }

    assert p["x"] < 0.01
    assert p["z"] > 0.05


def test_rows_of_a_study_move_together():
    """With two rows per study the studies are permuted: 20 distinct ways for three against three."""
    ct = np.repeat([1, 1, 1, 0, 0, 0], 2)
    table = StudyTable.from_counts(
        [30, 28, 25, 33, 31, 27, 10, 12, 9, 8, 14, 11],
        [50] * 12,
        study=np.repeat(list("abcdef"), 2).tolist(),
        label=[str(i) for i in range(12)],
        moderators={"ct": ct.tolist()},
    )

    found = permutation_test(RandomEffects(method="DL", moderators="~ ct"), table)

    assert found.method == "all 20 distinct permutations"
    assert found.p_value == pytest.approx(0.1)


def test_a_moderator_that_varies_within_a_study_is_refused():
    """Rows of one study are not exchangeable with those of another."""
    table = StudyTable.from_counts(
        [3, 4, 5], [9, 9, 9], study=list("aab"), label=list("123"), moderators={"m": [0, 1, 1]}
    )

    with pytest.raises(TableError, match="varies within a study"):
        permutation_test(RandomEffects(method="DL", moderators="~ m"), table)


@pytest.mark.parametrize(
    "words", [{"scheme": "freedman-lane"}, {"term": "nothing"}, {"scheme": "rows"}, {"n": 1}]
)
def test_settings_outside_their_range(table, words):
    """An unknown term or scheme is named."""
    with pytest.raises(SettingError):
        permutation_test(RandomEffects(method="DL", moderators="~ x"), table, **words)


@pytest.mark.parametrize(
    ("moderators", "options"),
    [("~ x", {}), ("~ x + z", {"term": "z", "scheme": "freedman-lane"}), (None, {})],
    ids=["joint", "freedman-lane", "signs"],
)
def test_the_bits_do_not_depend_on_the_workers(table, moderators, options, monkeypatch, tmp_path):
    """Every statistic of 30,000 permutations: here, by two processes, with chunks kept on disk."""
    found, told = [], permutation._told
    monkeypatch.setattr(permutation, "_told", lambda *parts: found.append(parts[2].tobytes()) or told(*parts))
    monkeypatch.setattr(permutation, "_BATCHES", 1)
    model = RandomEffects(method="DL", moderators=moderators)

    tests = [
        permutation_test(model, table, n=30_000, **options, **place)
        for place in ({"workers": 1}, {"workers": 2}, {"keep": tmp_path / "kept"})
    ]

    assert tests[0] == tests[1] == tests[2]
    assert found[0] == found[1] == found[2]
    assert len(found[0]) == 8 * 30_000
    assert not (tmp_path / "kept").exists()
