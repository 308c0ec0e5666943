"""What the simulation of the detection-adjusted intervals draws and fits, one data set at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

import metaleak as ml
from metaleak.errors import MetaleakError

MU, TAU, S, OMEGA = -0.3, 0.8, 0.2, 0.5
METHODS = ("profile", "profile-plain")
NAIVE = "naive pool of all counts"


@dataclass(frozen=True)
class Setting:
    """How many studies are read on CT, on the index, on both, and on what is not said; and what is not as assumed.

    ``target`` is the range that the coverage has to meet, ``replicates`` how many there are. Half of the silent
    studies read CT, the others the index; their mean logit lies ``shift`` beside that of the others.
    """

    name: str
    ct: int
    index: int
    pairs: int
    replicates: int = 2000
    target: tuple[float, float] | None = None
    specificity: float = 1.0
    correlation: float = 0.0
    silent: int = 0
    shift: float = 0.0
    shares: tuple[float, ...] = ()

    @property
    def studies(self) -> int:
        """All of them."""
        return self.ct + self.index + self.pairs + self.silent


EVIDENCE_LIKE = (0.925, 0.98)

#: New ones go to the end: the number of a setting is part of its seeds.
SETTINGS = (
    Setting("first", 15, 20, 5, replicates=4000, target=(0.935, 0.97)),
    Setting("evidence-like 25, 5, 6", 25, 5, 6, target=EVIDENCE_LIKE),
    Setting("evidence-like 20, 5, 3", 20, 5, 3, target=EVIDENCE_LIKE),
    Setting("evidence-like 37, 4, 3", 37, 4, 3, target=EVIDENCE_LIKE),
    Setting("specificity 0.97 fitted as 1", 15, 20, 5, replicates=500, specificity=0.97),
    Setting("u and v correlated by -0.5, fitted as 0", 15, 20, 5, replicates=500, correlation=-0.5),
    Setting("two pairs", 15, 20, 2, replicates=500),
    Setting("ten pairs", 15, 20, 10, replicates=500),
    Setting("no pair", 15, 20, 0, replicates=500),
    Setting("40 % unreported, half read CT", 12, 7, 5, replicates=200, silent=16, shares=(0.25, 0.5, 0.75)),
    Setting(
        "40 % unreported, half read CT, 0.8 lower for other reasons",
        12,
        7,
        5,
        replicates=200,
        silent=16,
        shift=-0.8,
        shares=(0.5,),
    ),
)


def draw(setting: Setting, rng: np.random.Generator) -> tuple[ml.DetectionTable, ml.StudyTable]:
    """Return one synthetic data set, and the same counts as if CT had made all of them."""
    k = setting.studies
    n = rng.integers(30, 201, k)
    u, w = rng.standard_normal((2, k))
    v = setting.correlation * u + np.sqrt(1 - setting.correlation**2) * w
    kind = np.repeat([0, 1, 2, 3], [setting.ct, setting.index, setting.pairs, setting.silent])
    centre = MU + setting.shift * (kind == 3)
    rate, seen = (1 / (1 + np.exp(-x)) for x in (centre + TAU * u, S + OMEGA * v))
    ct = rng.binomial(n, rate)
    index = rng.binomial(ct, seen) + rng.binomial(n - ct, 1 - setting.specificity)
    on_ct = np.where(np.isin(kind, [0, 2]), ct.astype(float), np.nan)
    on_index = np.where(np.isin(kind, [1, 2]), index.astype(float), np.nan)
    # Totals of a pair whose index shows more than CT have no likelihood at specificity 1: they are cut to CT's.
    on_index = np.where((kind == 2) & (on_index > on_ct), on_ct, on_index)
    counted = np.where(kind == 1, index, ct)
    silent = np.full(k, np.nan)
    if setting.silent:
        read_ct = rng.random(k) < 0.5
        counted = np.where(kind == 3, np.where(read_ct, ct, index), counted)
        silent = np.where(kind == 3, counted.astype(float), np.nan)
    table = ml.DetectionTable.from_counts(
        n.tolist(), ct=on_ct.tolist(), index=on_index.tolist(), unreported=silent.tolist()
    )
    return table, ml.StudyTable.from_counts(counted.tolist(), n.tolist())


def replicate(setting: Setting, rng: np.random.Generator) -> dict[str, object]:
    """Fit one data set by every method; failures are kept by their name."""
    table, naive = draw(setting, rng)
    found: dict[str, object] = {
        method: fitted(table, ml.DetectionAdjusted(draws=0, ci_method=method)) for method in METHODS
    }
    for share in setting.shares:
        model = ml.DetectionAdjusted(draws=0, unreported=share)
        found[f"unreported, declared {share:g}"] = fitted(table, model)
    pooled = ml.BinomialNormal().fit(naive)
    found["naive"] = [pooled.estimate, pooled.ci.low, pooled.ci.high]
    return found


def fitted(table: ml.DetectionTable, model: ml.DetectionAdjusted) -> list[float] | str:
    """Return estimates and limits of mu and s, or the name of what went wrong."""
    try:
        fit = model.fit(table)
    except MetaleakError as error:
        return type(error).__name__
    seen = fit.detail.detection_coefficients
    # A sensitivity that is estimated as 1 has no coefficient.
    s = [seen[0].value, seen[0].ci.low, seen[0].ci.high] if seen else [float("inf")] * 3
    return [fit.estimate, fit.ci.low, fit.ci.high, *s]
