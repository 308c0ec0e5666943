"""Every study's rate, as it was observed and as CT would have shown it."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy import special

from metaleak.numerics.detection.rates import rate_quantiles
from metaleak.pooling.detection.assembly import Assembly
from metaleak.pooling.detection.detail import StudyRate
from metaleak.pooling.detection.observed import observed

Floats = npt.NDArray[np.float64]


def study_rates(
    assembly: Assembly, theta: Floats, weights: Floats, *, level: float, ct_sensitivity: float
) -> tuple[StudyRate, ...]:
    """Return observed and CT-equivalent rates of every study that informs the incidence.

    Parameters
    ----------
    assembly : Assembly
        The studies.
    theta, weights : arrays (n, P), (n,)
        Draws of the parameters.
    level : float
        Of the intervals, 0..1.
    ct_sensitivity : float
        The share of true leaks that CT shows.
    """
    shares = ((1 - level) / 2, 0.5, (1 + level) / 2)
    logits = rate_quantiles(assembly.units, assembly.layout, theta, weights, shares, assembly.owner)
    rates = ct_sensitivity * special.expit(logits)
    found = []
    for study, (low, middle, high) in enumerate(rates):
        if math.isnan(middle):
            continue
        events, total = observed(assembly.table, assembly.studies[study])
        found.append(
            StudyRate(
                study=assembly.table.study[assembly.studies[study][0]],
                labels="; ".join(assembly.table.label[row] for row in assembly.studies[study]),
                kind=" + ".join(kind.value for kind in assembly.kinds_of(study)),
                events=events,
                total=total,
                observed=events / total,
                ct_equivalent=float(middle),
                ci_low=float(low),
                ci_high=float(high),
            )
        )
    return tuple(found)
