"""The binomial-normal model with rows within studies."""

import shutil
import subprocess
from dataclasses import replace

import numpy as np
import pytest

from metaleak.effects.table import StudyTable
from metaleak.errors import TableError
from metaleak.numerics.nested import Nested
from metaleak.pooling.binomial_normal import BinomialNormal
from metaleak.pooling.result import MetaResult


def synthetic(seed=1, between=0.7, within=0.4):
    """Return synthetic counts of 12 studies with one to four rows each."""
    rng = np.random.default_rng(seed)
    study = np.repeat(np.arange(12), [1, 2, 3, 2, 1, 4, 2, 2, 3, 1, 2, 3])
    n = rng.integers(15, 120, study.size)
    eta = -0.5 + between * rng.normal(size=12)[study] + within * rng.normal(size=study.size)
    x = rng.binomial(n, 1 / (1 + np.exp(-eta)))
    arm = [("a", "b", "c")[i % 3] for i in range(study.size)]
    return StudyTable.from_counts(
        x,
        n,
        study=[f"s{i}" for i in study],
        label=[str(i) for i in range(study.size)],
        moderators={"arm": arm},
    )


TABLE = synthetic()


def test_without_a_variance_within_studies_rows_of_one_study_are_joined():
    """Every row of a study has the study's rate: the same as summed counts."""
    table = StudyTable.from_counts([6, 6, 20, 4, 8], [20, 20, 50, 25, 40], study=["a", "a", "b", "c", "d"])
    joined = StudyTable.from_counts([12, 20, 4, 8], [40, 50, 25, 40])

    ours = BinomialNormal(nested=True).fit(table)

    assert ours.detail.sigma2_within == 0
    assert ours.estimate == pytest.approx(BinomialNormal().fit(joined).estimate, abs=1e-7)
    assert ours.tau2 == pytest.approx(BinomialNormal().fit(joined).tau2, abs=1e-7)
    assert "the variance within studies is estimated as 0" in ours.notes


def test_profile_limits_lie_1_92_below_the_top():
    """Refits without a variance lie below, and every interval holds its estimate."""
    found = BinomialNormal(nested=True).fit(TABLE)
    detail = found.detail

    assert found.ci.low < found.estimate < found.ci.high
    assert detail.sigma2_between_ci.low < detail.sigma2_between < detail.sigma2_between_ci.high
    assert detail.sigma2_within_ci.low <= detail.sigma2_within < detail.sigma2_within_ci.high
    assert detail.tests[0].statistic > 3.84
    assert detail.sigma2_between_ci.low > 0


def test_one_variance_for_all_rows_is_the_model_without_a_variance_between():
    """The likelihood ratio of the variance between studies is against the plain model."""
    nested, plain = BinomialNormal(nested=True).fit(TABLE), BinomialNormal().fit(TABLE)
    gain = 2 * (nested.convergence.log_likelihood - plain.convergence.log_likelihood)

    assert nested.detail.tests[0].statistic == pytest.approx(gain, abs=1e-7)


def test_moderators_are_tested_by_likelihood_ratio():
    """With their coefficients on the rows."""
    found = BinomialNormal(nested=True, moderators="~ arm", ci_method="wald").fit(TABLE)

    assert [c.name for c in found.coefficients] == ["intercept", "arm = b", "arm = c"]
    assert found.regression.omnibus.method == "likelihood ratio"


def test_a_year_may_be_counted_from_0(monkeypatch):
    """The same slope and limits as from 2012 on, for as many climbs: the intercept is drawn along."""
    calls, evaluate = [], Nested.__call__
    monkeypatch.setattr(Nested, "__call__", lambda self, *at: calls.append(len(at[0])) or evaluate(self, *at))
    found, taken = [], []
    for start in (0, 2012):
        years = [int(name[1:]) * 2 + 2001 - start for name in TABLE.study]
        table = replace(TABLE, moderators={"year": years})
        found.append(BinomialNormal(nested=True, moderators="~ year").fit(table))
        taken.append(sum(calls))
        calls.clear()
    uncentred, centred = found

    slopes = [(c.value, c.ci.low, c.ci.high) for c in (f.coefficients[1] for f in found)]
    assert slopes[0] == pytest.approx(slopes[1], abs=1e-8)
    assert uncentred.detail.sigma2_between_ci.high == pytest.approx(
        centred.detail.sigma2_between_ci.high, abs=1e-8
    )
    low, high = uncentred.coefficients[0].ci.low, uncentred.coefficients[0].ci.high
    assert low < uncentred.coefficients[0].value < high
    assert taken[0] < 1.3 * taken[1]


def test_a_table_without_several_rows_per_study_is_refused():
    """With what to do."""
    with pytest.raises(TableError, match=r"no study has several rows.*nested=False"):
        BinomialNormal(nested=True).fit(StudyTable.from_counts([3, 5, 9], [20, 22, 30]))


def test_a_stored_result_comes_back():
    """With both variances."""
    found = BinomialNormal(nested=True, ci_method="t").fit(TABLE)

    back = MetaResult.from_dict(found.to_dict())

    assert back.digest == found.digest
    assert back.detail.sigma2_within == found.detail.sigma2_within


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed")
def test_lme4_finds_the_same_up_to_laplace_s_error(tmp_path):
    """Its Laplace approximation moves the standard deviations by a hundredth of their size."""
    rows = zip(TABLE.xi, TABLE.ni, TABLE.study, strict=True)
    lines = [f"{x:.0f},{n:.0f},{s},{i}" for i, (x, n, s) in enumerate(rows)]
    (tmp_path / "rows.csv").write_text("x,n,s,o\n" + "\n".join(lines), encoding="utf-8")
    script = (
        'suppressMessages(library(lme4)); d <- read.csv("rows.csv"); '
        "f <- glmer(cbind(x, n - x) ~ 1 + (1 | s) + (1 | o), d, binomial, "
        'control = glmerControl(optimizer = "bobyqa")); '
        "v <- as.data.frame(VarCorr(f)); "
        'cat(fixef(f), v$sdcor[v$grp == "s"], v$sdcor[v$grp == "o"], sqrt(diag(vcov(f))))'
    )
    done = subprocess.run(
        ["Rscript", "-e", script], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=120
    )
    mean, between, within, se = map(float, done.stdout.split())

    ours = BinomialNormal(nested=True, ci_method="wald").fit(TABLE)

    assert ours.estimate == pytest.approx(mean, abs=2e-3)
    assert np.sqrt(ours.detail.sigma2_between) == pytest.approx(between, rel=5e-3)
    assert np.sqrt(ours.detail.sigma2_within) == pytest.approx(within, rel=3e-2)
    assert ours.se == pytest.approx(se, rel=5e-3)
