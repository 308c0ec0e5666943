"""The rate on CT over declared shares of unreported studies that read CT."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from metaleak.effects.detection_table import DetectionTable
from metaleak.guards import within
from metaleak.pooling.detection.cut import Informed, cut_of, informed_of
from metaleak.pooling.detection.model import DetectionAdjusted


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredShare:
    """The rate on CT if this share of the unreported studies read CT.

    Attributes
    ----------
    share : float
        Declared, 0 to 1.
    estimate, ci_low, ci_high : float
        The rate of the median study.
    """

    share: float
    estimate: float
    ci_low: float
    ci_high: float


def over_declared_shares(
    model: DetectionAdjusted, table: DetectionTable, shares: Sequence[float]
) -> tuple[DeclaredShare, ...]:
    """Return the rate on CT over declared shares of the unreported studies that read CT.

    Parameters
    ----------
    model : DetectionAdjusted
        Without moderators; its ``unreported`` is replaced.
    table : DetectionTable
        With unreported rows.
    shares : sequence of float
        Each 0 to 1.

    Raises
    ------
    SettingError
        When a share is outside 0 to 1.
    UndefinedError, TableError, SeparationError, ConvergenceError
        As fitting the model raises them.

    Notes
    -----
    Estimate and interval are those of ``DetectionAdjusted(unreported=share)``; what the other rows tell of the
    sensitivity is computed once.
    """
    for share in shares:
        within("share", share, 0, 1, ends="[]")
    informed = informed_of(table, model, model.seed)
    return tuple(_at_share(model, table, float(share), informed) for share in shares)


def _at_share(
    model: DetectionAdjusted, table: DetectionTable, share: float, informed: Informed
) -> DeclaredShare:
    cut = cut_of(table, replace(model, unreported=share), informed)
    logits = np.array([cut.top.theta[0], *cut.limits(0, model.level)])
    estimate, low, high = model.ct_sensitivity * special.expit(logits)
    return DeclaredShare(share=share, estimate=float(estimate), ci_low=float(low), ci_high=float(high))
