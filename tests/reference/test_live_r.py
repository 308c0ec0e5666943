"""Debian's metafor beside metaleak, on the real rows and on random tables."""

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from metaleak.effects.table import StudyTable
from metaleak.pooling.binomial_normal import BinomialNormal
from metaleak.pooling.random_effects import RandomEffects
from metaleak.question.review import read_review

ROOT = Path(__file__).parents[2]
pytestmark = [
    pytest.mark.r,
    pytest.mark.skipif(shutil.which("Rscript") is None, reason="Rscript is not installed"),
]

#: Reads one table per line (x and n, comma-separated), prints what metafor finds, one line each.
SCRIPT = r"""
suppressMessages(library(metafor))
lines <- readLines(file("stdin"))
for (line in lines) {
  parts <- lapply(strsplit(strsplit(line, ";")[[1]], ","), as.numeric)
  x <- parts[[1]]; n <- parts[[2]]
  g <- rma.glmm(xi = x, ni = n, measure = "PLO", nAGQ = 7)
  tight <- list(threshold = 1e-12, tol = 1e-14, maxiter = 10000, tau2.max = 1e6)
  r <- rma.uni(xi = x, ni = n, measure = "PLO", method = "REML", test = "adhoc", control = tight)
  q <- confint(r, control = tight[c("tol", "maxiter", "tau2.max")])$random["tau^2", c("ci.lb", "ci.ub")]
  cat(format(c(g$beta, g$se, g$tau2, r$beta, r$se, r$tau2, r$ci.lb, r$ci.ub, q), digits = 17), "\n")
}
"""


def by_r(tables):
    """Return R's numbers, one row per table."""
    lines = [
        ";".join(",".join(f"{value:.0f}" for value in column) for column in (table.xi, table.ni))
        for table in tables
    ]
    out = subprocess.run(
        ["Rscript", "-e", SCRIPT],
        input="\n".join(lines) + "\n",
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert out.returncode == 0, out.stderr
    return np.array([[float(word) for word in line.split()] for line in out.stdout.splitlines()])


def require_agreement(tables):
    """Compare both models with metafor; lme4's own tolerance bounds the first three numbers."""
    theirs = by_r(tables)
    mixed = BinomialNormal(quadrature=7, ci_method="wald").fit_tables(tables)
    inverse = RandomEffects(ci_method="hksj-adhoc").fit_tables(tables)
    for r, a, b in zip(theirs, mixed, inverse, strict=True):
        se = r[1]
        assert a.estimate == pytest.approx(r[0], abs=2e-3 * se)
        assert a.se == pytest.approx(r[1], rel=5e-3)
        assert a.tau2 == pytest.approx(r[2], abs=2e-3 * (1 + r[2]))
        assert [b.estimate, b.se, b.ci.low, b.ci.high] == pytest.approx(
            [r[3], r[4], r[6], r[7]], rel=1e-6, abs=1e-8
        )
        assert b.tau2 == pytest.approx(r[5], rel=1e-6, abs=1e-8)
        limits = b.heterogeneity.tau2_ci
        assert [limits.low, limits.high] == pytest.approx([r[8], r[9]], rel=1e-5, abs=1e-7)


def test_headline_groups_on_the_real_rows():
    """Each group of the main analysis: rma.glmm and rma.uni find the same, and the page prints it."""
    table = read_review(ROOT).table("modality")
    names = table.moderators["group"]
    parts = {g: table.take([i for i, name in enumerate(names) if name == g]) for g in dict.fromkeys(names)}

    require_agreement(list(parts.values()))

    theirs = by_r(list(parts.values()))
    result = json.loads((ROOT / "analyses" / "modality.result.json").read_text())
    for name, r in zip(parts, theirs, strict=True):
        group = result["groups"][name]
        assert group["estimate"] == pytest.approx(1 / (1 + np.exp(-r[0])), abs=5e-4)
        assert group["tau2"] == pytest.approx(r[2], rel=2e-2)


@st.composite
def tables(draw):
    """A table that both sides can fit: in no row all or nothing, and rates that differ (lme4 fails on equal ones)."""
    n = draw(st.lists(st.integers(10, 400), min_size=3, max_size=30))
    x = [draw(st.integers(1, total - 1)) for total in n]
    rates = [events / total for events, total in zip(x, n, strict=True)]
    assume(max(rates) - min(rates) > 0.2)
    return StudyTable.from_counts(x, n)


@settings(max_examples=2, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(st.lists(tables(), min_size=15, max_size=15))
def test_random_tables(made):
    """Thirty tables made by hypothesis, sparse and dense: metafor finds the same."""
    require_agreement(made)
