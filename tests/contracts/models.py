"""The models and tables that every law is tried on: a new model registers here, once."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from metaleak.effects.table import StudyTable
from metaleak.pooling.bayesian_binomial_normal import BayesianBinomialNormal
from metaleak.pooling.bayesian_normal_normal import BayesianNormalNormal
from metaleak.pooling.beta_binomial import BetaBinomial
from metaleak.pooling.binomial_normal import BinomialNormal
from metaleak.pooling.cloglog_normal import CloglogNormal
from metaleak.pooling.common_effect import CommonEffect
from metaleak.pooling.random_effects import RandomEffects
from metaleak.pooling.two_arm_binomial_normal import TwoArmBinomialNormal


@dataclass(frozen=True)
class Entry:
    """A model, the kinds of table it reads, and how exactly its numbers repeat.

    ``doubling`` says that every row twice leaves estimate and tau2 and divides the standard error by the
    root of 2; ``gaussian`` that it pools effects, so that shift and scale carry over; ``priors`` that it
    knows something before the first row.
    """

    model: Any
    kinds: tuple[str, ...]
    iterative: bool = False
    doubling: bool = False
    gaussian: bool = False
    priors: bool = False

    @property
    def tolerance(self):
        """How far a batch may be from single fits, relative to a standard error."""
        return 1e-9 if self.iterative else 1e-12


ANY = ("counts", "two_arms", "pairs", "effects")
ITERATIVE = ("ML", "REML", "EB", "PM", "PMM", "GENQM")

MODELS = {
    **{
        f"RandomEffects-{method}": Entry(
            RandomEffects(method=method), ANY, iterative=method in ITERATIVE, gaussian=True
        )
        for method in ("DL", "HE", "HS", "HSk", "SJ", "REML", "EB", "PM", "PMM", "GENQM")
    },
    "RandomEffects-ML": Entry(
        RandomEffects(method="ML", ci_method="wald"), ANY, iterative=True, doubling=True, gaussian=True
    ),
    "RandomEffects-profile": Entry(
        RandomEffects(method="ML", ci_method="profile", tau2_ci="profile"), ANY, iterative=True, gaussian=True
    ),
    "RandomEffects-kenward-roger": Entry(
        RandomEffects(ci_method="kenward-roger", tau2_ci="jackson"), ANY, iterative=True, gaussian=True
    ),
    "RandomEffects-bootstrap": Entry(
        RandomEffects(method="DL", pi_method="bootstrap", tau2_ci="biggerstaff-jackson", draws=1000),
        ANY,
        iterative=True,
        gaussian=True,
    ),
    "CommonEffect": Entry(CommonEffect(), ANY, doubling=True, gaussian=True),
    "CommonEffect-hksj": Entry(CommonEffect(ci_method="hksj"), ANY, gaussian=True),
    "CommonEffect-mantel-haenszel": Entry(
        CommonEffect(method="mantel-haenszel"), ("two_arms",), doubling=True
    ),
    "CommonEffect-peto": Entry(CommonEffect(method="peto"), ("two_arms",), doubling=True),
    "BinomialNormal": Entry(BinomialNormal(), ("counts",), iterative=True, doubling=True),
    "BinomialNormal-wald": Entry(
        BinomialNormal(ci_method="wald"), ("counts",), iterative=True, doubling=True
    ),
    "TwoArmBinomialNormal": Entry(TwoArmBinomialNormal(), ("two_arms",), iterative=True, doubling=True),
    "TwoArmBinomialNormal-random": Entry(
        TwoArmBinomialNormal(study_effects="random", ci_method="wald"),
        ("two_arms",),
        iterative=True,
        doubling=True,
    ),
    "TwoArmBinomialNormal-conditional": Entry(
        TwoArmBinomialNormal(conditional=True, ci_method="t"), ("two_arms",), iterative=True, doubling=True
    ),
    "BetaBinomial": Entry(BetaBinomial(), ("counts",), iterative=True, doubling=True),
    "CloglogNormal": Entry(CloglogNormal(), ("counts",), iterative=True, doubling=True),
    "CloglogNormal-wald": Entry(CloglogNormal(ci_method="wald"), ("counts",), iterative=True, doubling=True),
    "BayesianBinomialNormal": Entry(BayesianBinomialNormal(), ("counts",), iterative=True, priors=True),
    "BayesianNormalNormal": Entry(BayesianNormalNormal(), ANY, iterative=True, priors=True),
}

#: Scales of proportions, with what x -> n - x does to a pooled value (PLN has no mirror).
MIRRORS = {
    "PR": lambda value: 1 - value,
    "PLO": lambda value: -value,
    "PAS": lambda value: np.pi / 2 - value,
    "PFT": lambda value: np.pi / 2 - value,
}


def counts(k, seed, *, tau=0.8):
    """Return synthetic counts with rates that differ."""
    rng = np.random.default_rng(seed)
    ni = rng.integers(8, 200, k)
    return StudyTable.from_counts(rng.binomial(ni, 1 / (1 + np.exp(-rng.normal(-0.5, tau, k)))), ni)


def two_arms(k, seed):
    """Return synthetic 2x2 tables, none of them without an event."""
    rng = np.random.default_rng(seed)
    n1i, n2i = rng.integers(20, 200, (2, k))
    ai, ci = rng.binomial(n1i - 2, 0.35) + 1, rng.binomial(n2i - 2, 0.25) + 1
    return StudyTable.from_two_arms(ai, n1i, ci, n2i)


def pairs(k, seed):
    """Return two synthetic readings of the same units; in every cell is somebody."""
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet([8, 7, 3, 10], k)
    cells = (
        np.array(
            [rng.multinomial(n, share) for n, share in zip(rng.integers(30, 200, k), shares, strict=True)]
        )
        + 1
    )
    return StudyTable.from_pairs(*cells.T)


def effects(k, seed, *, tau=0.5):
    """Return synthetic effects with their variances."""
    rng = np.random.default_rng(seed)
    vi = np.exp(rng.normal(-2.5, 0.8, k))
    return StudyTable.from_effects(rng.normal(0.3, np.sqrt(vi + tau**2)), vi, measure="GEN")


MAKERS = {"counts": counts, "two_arms": two_arms, "pairs": pairs, "effects": effects}

#: Rows that a model may refuse, but only by an error that names the reason.
EDGES = {
    "counts": {
        "one row": ([7], [30]),
        "one row without events": ([0], [30]),
        "two rows": ([7, 3], [30, 40]),
        "no events": ([0, 0, 0, 0], [12, 30, 8, 55]),
        "only events": ([12, 30, 8, 55], [12, 30, 8, 55]),
        "identical rows": ([5, 5, 5], [20, 20, 20]),
        "one unit each": ([0, 1, 1, 0], [1, 1, 1, 1]),
        "one huge row": ([3, 60_000, 2], [20, 100_000, 15]),
    },
    "two_arms": {
        "one row": ([7], [30], [4], [28]),
        "two rows": ([5, 9], [50, 60], [12, 10], [52, 61]),
        "no events": ([0, 0], [20, 30], [0, 0], [25, 30]),
        "only events": ([20, 30], [20, 30], [25, 30], [25, 30]),
        "some rows without events": ([0, 3, 0], [20, 40, 15], [0, 5, 2], [20, 38, 15]),
        "no event in one arm": ([0, 0, 0], [20, 40, 15], [1, 5, 2], [20, 38, 15]),
    },
    "pairs": {
        "one row": ([30], [12], [4], [50]),
        "two rows": ([30, 20], [12, 8], [4, 5], [50, 41]),
        "never differing": ([10, 20], [0, 0], [0, 0], [15, 12]),
        "nothing on the index alone": ([30, 9], [12, 4], [0, 0], [50, 22]),
        "nothing on both": ([0, 0], [12, 4], [3, 5], [50, 22]),
        "nothing on the index": ([0, 0], [12, 4], [0, 0], [50, 22]),
        "one unit each": ([1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]),
    },
    "effects": {
        "one row": ([0.3], [0.1]),
        "two rows": ([0.3, -0.2], [0.1, 0.2]),
        "identical rows": ([0.3, 0.3, 0.3], [0.1, 0.1, 0.1]),
        "far apart": ([-50.0, 50.0, 3.0], [1e-4, 1e-4, 10.0]),
    },
}


def edge(kind, name):
    """Return an edge case as a table."""
    columns = EDGES[kind][name]
    if kind == "effects":
        return StudyTable.from_effects(*columns, measure="GEN")
    makers = {
        "counts": StudyTable.from_counts,
        "two_arms": StudyTable.from_two_arms,
        "pairs": StudyTable.from_pairs,
    }
    return makers[kind](*columns)


def every(condition=lambda entry: True):
    """Return name and kind of table of every entry that meets a condition."""
    return [(name, kind) for name, entry in MODELS.items() if condition(entry) for kind in entry.kinds]


def with_settings(model, **settings):
    """Return a model with other settings."""
    return replace(model, **settings)
