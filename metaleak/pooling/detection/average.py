"""Means over studies of what CT shows and the index misses."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import special

from metaleak.numerics.detection.lattice import lattice
from metaleak.numerics.distributions import two_sided_quantile
from metaleak.pooling.detection.estimates import Fitted, mean_over_studies
from metaleak.pooling.result import Estimate, Interval

Floats = npt.NDArray[np.float64]

#: Step of numeric derivatives, in parameters of size one.
_STEP = 1e-4


def share_missed(of: Fitted) -> Estimate:
    """Return ``1 - E[pi Se] / E[pi]`` of the main index over studies.

    Without correlation this is one minus the mean sensitivity, whose profile gives the interval. With one, the
    interval is by the delta method on the logit.
    """
    layout = of.top.assembly.layout
    place = layout.gamma.start
    if of.top.assembly.units.correlation == 0:
        low, high = special.expit(of.limits.mean_sensitivity[0])
        mean = mean_over_studies(of.top.theta[place], of.top.theta[layout.omega])
        return Estimate(1 - mean, of.interval(1 - high, 1 - low))
    top = of.top.fits if of.top.penalised is None else of.top.penalised
    covariance = top.covariance()[0] if of.total is None else of.total
    slope = np.zeros(layout.size)
    for j in (0, layout.tau, place, layout.omega):
        ahead, behind = top.theta[0].copy(), top.theta[0].copy()
        ahead[j] += _STEP
        behind[j] -= _STEP
        slope[j] = (_logit_missed(of, ahead) - _logit_missed(of, behind)) / (2 * _STEP)
    middle, spread = _logit_missed(of, of.top.theta), float(np.sqrt(slope @ covariance @ slope))
    half = float(two_sided_quantile(of.level)) * spread
    limits = special.expit([middle - half, middle + half])
    return Estimate(
        float(special.expit(middle)),
        Interval(float(limits[0]), float(limits[1]), of.level, "delta method on the logit"),
    )


def _logit_missed(of: Fitted, theta: Floats) -> float:
    """Return the logit of the share missed, the mean over studies taken on a grid of both logits."""
    layout, grid = of.top.assembly.layout, lattice(0.1, 0.1, of.top.assembly.units.correlation)
    _, u, v, *_ = grid.powers.T
    rate = special.expit(theta[0] + theta[layout.tau] * u)
    seen = special.expit(theta[layout.gamma.start] + theta[layout.omega] * v)
    weight = np.exp(grid.log_weights) * rate
    return float(np.log(weight @ (1 - seen)) - np.log(weight @ seen))
