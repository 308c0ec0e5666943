"""Where the generalised Q statistic, as a function of tau2, takes a given value."""

from __future__ import annotations

import numpy as np

from metaleak.errors import ConvergenceError
from metaleak.numerics.linear import Batch, Floats, at

_STEPS = 100
#: Relative to the scale of the data: after a step of this size Newton's method is at its rounding.
_LAST_STEP = 1e-8


def q_root(batch: Batch, target: Floats) -> tuple[Floats, int]:
    """Return the tau2 >= 0 at which ``Q(tau2) = sum (yi - mean)^2 / (vi + tau2)`` falls to ``target`` (b,).

    It is 0 where Q starts below the target. The second value is the number of steps.

    Raises
    ------
    ConvergenceError
        When the search does not end.

    Notes
    -----
    Q is convex and falls, and 1 / Q is nearly straight (exactly, for equal variances). Newton's method goes
    right on 1 / Q, and comes back on Q, from where it never overshoots.
    """
    value = np.zeros(len(batch.yi))
    width = 1e-3 * batch.spread
    active = np.arange(len(value))
    part, aim = batch, target
    for step in range(_STEPS):
        here = value[active]
        fit = at(part, here)
        q, fall = fit.q, fit.ypp
        gap = (q - aim) / np.where(fall > 0, fall, 1.0)
        new = np.maximum(here + np.where(gap > 0, gap * q / aim, gap), 0.0)
        value[active] = new
        moving = np.abs(new - here) > _LAST_STEP * (new + width)
        if not moving.any():
            return value, step + 1
        if not moving.all():
            active, width, aim, part = (
                active[moving],
                width[moving],
                aim[moving],
                part.part(np.flatnonzero(moving)),
            )
    raise ConvergenceError(
        "tau2 was not found", got=f"{_STEPS} steps", state={"tau2": value[active].tolist()}
    )
