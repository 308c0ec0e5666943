"""Many choices of rows pooled as one batch."""

import pytest

from metaleak.effects.table import StudyTable
from metaleak.errors import ConvergenceError, TableError
from metaleak.pooling.binomial_normal import BinomialNormal
from metaleak.pooling.random_effects import RandomEffects
from metaleak.synthesis.subgroups import NotPooled
from metaleak.synthesis.subsets import NO_OPTIMUM, pool_subsets


@pytest.fixture(scope="module")
def table():
    return StudyTable.from_counts(
        [35, 29, 12, 44, 9, 0, 0], [56, 59, 48, 80, 30, 20, 12], study=list("aabcdef")
    )


@pytest.mark.parametrize("model", [BinomialNormal(), RandomEffects(measure="PLO")])
def test_each_choice_is_a_fit_of_its_own(table, model):
    """The batch gives what a single fit gives, in the order asked for."""
    subsets = [(0, 2), (0, 1, 2, 3, 4, 5, 6), (2, 3, 4), (0, 2)]
    found = pool_subsets(model, table, subsets)

    for rows, result in zip(subsets, found, strict=True):
        single = model.fit(table.take(list(rows)))
        assert result.k == len(rows)
        assert result.estimate == pytest.approx(single.estimate, abs=1e-8)
        assert (result.ci.low, result.ci.high) == pytest.approx((single.ci.low, single.ci.high), abs=1e-7)
        assert result.tau2 == pytest.approx(single.tau2, abs=1e-7)


def test_what_cannot_be_pooled_is_counted(table):
    """One row, one study, and no event at all: joined counts with an exact interval and the reason."""
    one, study, none = pool_subsets(BinomialNormal(), table, [(4,), (0, 1), (5, 6)])

    assert all(isinstance(found, NotPooled) for found in (one, study, none))
    assert (study.k, study.k_studies, study.events, study.total) == (2, 1, 64, 115)
    # R: binom.test(9, 30)$conf.int, binom.test(0, 32, alternative = "less")$conf.int
    assert (one.ci.low, one.ci.high) == pytest.approx((0.1473452, 0.4939590), abs=1e-7)
    assert none.ci.high == pytest.approx(0.08937, abs=1e-5)


def test_an_empty_choice_is_refused(table):
    """It has no counts to show."""
    with pytest.raises(TableError, match="no row"):
        pool_subsets(BinomialNormal(), table, [(0, 2), ()])


def test_one_failure_costs_only_itself(table, monkeypatch):
    """Where the batch finds no optimum, every choice is fitted alone and the failed one shows its counts."""
    real = BinomialNormal.fit

    def fails(self, tables):
        raise ConvergenceError("no optimum")

    def fit(self, part):
        if part.k == 3:
            raise ConvergenceError("no optimum")
        return real(self, part)

    whole = real(BinomialNormal(), table.take([0, 2]))
    monkeypatch.setattr(BinomialNormal, "fit_tables", fails)
    monkeypatch.setattr(BinomialNormal, "fit", lambda self, part: fit(self, part) if part.k == 3 else whole)
    pooled, failed = pool_subsets(BinomialNormal(), table, [(0, 2), (2, 3, 4)])

    assert pooled is whole
    assert (failed.reason, failed.events) == (NO_OPTIMUM, 65)
