"""Subsets: all of them for few rows, different seeded ones for many; each is a fit of its rows."""

import numpy as np
import pytest

from metaleak.effects.table import StudyTable
from metaleak.errors import MetaleakError, SettingError, TableError, UndefinedError
from metaleak.pooling.binomial_normal import BinomialNormal
from metaleak.pooling.common_effect import CommonEffect
from metaleak.pooling.random_effects import RandomEffects
from metaleak.synthesis.gosh import gosh

X, N = [35, 29, 12, 44, 21, 3], [56, 59, 48, 80, 30, 31]


@pytest.fixture
def table():
    return StudyTable.from_counts(X, N)


@pytest.mark.parametrize(
    "model",
    [
        CommonEffect(),
        RandomEffects(method="DL"),
        RandomEffects(method="REML"),
        RandomEffects(method="PM"),
        BinomialNormal(ci_method="wald"),
    ],
    ids=lambda model: f"{type(model).__name__} {getattr(model, 'method', '')}",
)
def test_every_subset_is_the_fit_of_its_rows(table, model):
    """All 63 of six rows: estimate, tau2, I2 and Q."""
    found = gosh(model, table)

    assert found["subset"].tolist() == list(range(1, 64))
    for row in found.to_dict("records"):
        rows = [i for i in range(table.k) if row["subset"] >> i & 1]
        fit = model.fit(table.take(rows))
        assert row["k"] == len(rows)
        assert row["estimate"] == pytest.approx(fit.estimate, rel=1e-7, abs=1e-9)
        if len(rows) > 1:
            het = fit.heterogeneity
            assert [row["tau2"], row["i2"], row["q"]] == pytest.approx(
                [het.tau2, het.i2, het.q], rel=1e-6, abs=1e-7
            )
        else:
            assert np.isnan([row["tau2"], row["i2"], row["q"]]).all()


def test_drawn_subsets_differ_and_repeat_with_their_seed():
    """Of 2^25 subsets, as many as asked for, none twice; another seed draws others."""
    rng = np.random.default_rng(2)
    table = StudyTable.from_counts(rng.integers(5, 20, 25).tolist(), [40] * 25)

    first, again, other = (gosh(CommonEffect(), table, subsets=3000, seed=seed) for seed in (1, 1, 2))

    assert first.equals(again)
    assert first["subset"].is_unique
    assert len(first) == len(other) == 3000
    assert not first["subset"].equals(other["subset"])
    assert first["k"].mean() == pytest.approx(12.5, abs=0.3)


def test_chunks_change_nothing(table, monkeypatch):
    """Small chunks give the same numbers."""
    whole = gosh(RandomEffects(), table)
    monkeypatch.setattr("metaleak.synthesis.gosh._CELLS", 30)

    parts = gosh(RandomEffects(), table)

    assert np.allclose(whole.to_numpy(dtype=float), parts.to_numpy(dtype=float), rtol=1e-9, equal_nan=True)


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda t: gosh(CommonEffect(), t.take([0])), TableError, "2 to 63 rows"),
        (lambda t: gosh(CommonEffect(), t, subsets=0), SettingError, "whole number >= 1"),
        (lambda t: gosh(RandomEffects(moderators="~ 1 + x"), t), UndefinedError, "without moderators"),
    ],
)
def test_what_is_refused(table, call, error, said):
    """One row, no subset, moderators."""
    with pytest.raises(error, match=said):
        call(table)


def test_exact_subsets_are_single_fits():
    """Of twelve rows, two of them empty or full: every number as the fit of its rows has it, or none where that refuses."""
    table = StudyTable.from_counts(
        [0, 29, 12, 44, 21, 31, 4, 1, 5, 9, 0, 2], [30, 59, 48, 80, 30, 31, 8, 1, 9, 20, 1, 5]
    )
    model = BinomialNormal(ci_method="wald")
    found = gosh(model, table, subsets=400, seed=4)
    for row in found.iloc[::9].to_dict("records"):
        part = table.take([i for i in range(table.k) if row["subset"] >> i & 1])
        try:
            fit = model.fit(part)
        except MetaleakError:
            assert np.isnan([row["estimate"], row["tau2"], row["i2"], row["q"]]).all()
            continue
        het = fit.heterogeneity
        assert row["estimate"] == pytest.approx(fit.estimate, rel=1e-6, abs=1e-8)
        if part.k > 1:
            assert [row["tau2"], row["i2"], row["q"]] == pytest.approx(
                [het.tau2, het.i2, het.q], rel=1e-5, abs=1e-6
            )
    few = gosh(model, table.take([0, 10, 5, 7]))
    assert np.isnan(few.set_index("subset").loc[[0b0001, 0b0011, 0b0101, 0b1010], "estimate"]).all()
    assert np.isfinite(found["estimate"]).any()


def test_exact_subsets_are_the_same_on_two_workers():
    """To the last bit, in chunks."""
    rng = np.random.default_rng(3)
    table = StudyTable.from_counts(rng.integers(5, 20, 16).tolist(), rng.integers(20, 60, 16).tolist())

    alone, shared = (gosh(BinomialNormal(), table, subsets=1200, workers=workers) for workers in (1, 2))

    assert alone.equals(shared)


def test_exact_counts_are_asked_for():
    """Effects have none."""
    with pytest.raises(TableError, match="pools counts"):
        gosh(BinomialNormal(), StudyTable.from_effects([0.1, 0.2], [0.1, 0.1], measure="GEN"))
