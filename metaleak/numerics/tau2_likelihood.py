"""The (restricted) likelihood of the between-study variance, and its global maximum, in batches.

The coefficients are maximised out. With few precise studies among many vague ones the likelihood can have
two maxima, so tau2 is scanned before it is climbed, and every hill of the scan is climbed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from metaleak.errors import ConvergenceError
from metaleak.numerics.linear import Batch, Fit, Floats, Rows, at, cubic_form, dot, trace, trace_of_product

_STEPS = 100
#: Relative to the scale of the data: after a step of this size Newton's method is at its rounding.
_LAST_STEP = 1e-8
_HALVED = 1e-13
#: Cells of the scan besides 0, spaced by a factor between the smallest variance and the spread.
_CELLS = 12


@dataclass(frozen=True, slots=True, eq=False)
class Maximum:
    """``tau2`` (b,) at the highest hill, the ``second`` hill's (NaN where there is one), and the steps."""

    tau2: Floats
    second: Floats
    iterations: int


def log_likelihood(batch: Batch, fit: Fit, *, restricted: bool) -> Floats:
    """Return the (restricted) log-likelihood at a fit, maximised over the coefficients, array (b,)."""
    n = batch.df if restricted else batch.rows
    value = -0.5 * (dot(_logs(batch, fit), batch.used) + fit.q + n * np.log(2 * np.pi))
    if restricted:
        value = value + 0.5 * (_log_det(fit.cov) + _log_det_design(batch))
    result: Floats = value
    return result


def maximise(batch: Batch, *, restricted: bool) -> Maximum:
    """Return the global maximum over tau2 >= 0; exactly 0 where the likelihood falls from there.

    Raises
    ------
    ConvergenceError
        When a climb does not end.
    """
    grid = _grid(batch)
    rows, cells = np.nonzero(_hills(batch, grid, restricted=restricted))
    reach = np.maximum(grid[:, -1] * 2, 4 * batch.rows * batch.spread)
    edges = np.concatenate([np.zeros((len(grid), 1)), grid, reach[:, None]], axis=1)
    part = batch if len(rows) == len(batch.yi) else batch.part(rows)
    tops, steps = _climb(part, edges[rows, cells], edges[rows, cells + 1], edges[rows, cells + 2], restricted)
    if len(rows) == len(batch.yi):
        return Maximum(tops, np.full(len(tops), np.nan), steps)
    heights = log_likelihood(part, at(part, tops), restricted=restricted)
    return _highest(rows, tops, heights, len(batch.yi), steps)


def _logs(batch: Batch, fit: Fit) -> Floats:
    """Return the logarithms of the variances behind the weights, 0 where a row does not count."""
    logs: Floats = np.log(np.where(fit.weights > 0, fit.weights, 1.0))
    return -logs


def _grid(batch: Batch) -> Floats:
    """Return values of tau2 to compare, array (b, cells): 0, then from the smallest variance to the spread."""
    smallest = batch.vi.min(axis=1)
    top = 3 * np.maximum(batch.spread, smallest)
    bottom = 0.05 * np.minimum(smallest, batch.spread + 1e-3 * smallest)
    steps = np.arange(_CELLS) / (_CELLS - 1)
    values = bottom[:, None] * (top / bottom)[:, None] ** steps
    return np.concatenate([np.zeros((len(values), 1)), values], axis=1)


def _hills(
    batch: Batch, grid: Floats, *, restricted: bool
) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """Return which cells of the scan stand at least as high as their neighbours, array (b, cells)."""
    cells = grid.shape[1]
    many = batch.part(np.repeat(np.arange(len(grid)), cells))
    heights = log_likelihood(many, at(many, grid.ravel()), restricted=restricted).reshape(grid.shape)
    low = np.full((len(grid), 1), -np.inf)
    left = np.concatenate([low, heights[:, :-1]], axis=1)
    right = np.concatenate([heights[:, 1:], low], axis=1)
    # Equal neighbours make one hill, not two.
    return (heights > left) & (heights >= right)


def _climb(batch: Batch, low: Floats, start: Floats, high: Floats, restricted: bool) -> tuple[Floats, int]:
    """Find the zero of the slope between ``low`` and ``high`` by Newton's method, halving where it fails."""
    value, low, high = start.copy(), low.copy(), high.copy()
    width, floor = 1e-3 * np.maximum(batch.spread, start), 1e-10 * start
    active: Rows | None = None
    part = batch
    for step in range(_STEPS):
        here = value if active is None else value[active]
        slope, curvature = _newton_parts(part, here, restricted)
        rising = slope > 0
        low, high = np.where(rising, here, low), np.where(rising, high, here)
        new = here + slope / curvature
        outside = (new < low) | (new > high)
        new = np.where(outside, (low + high) / 2, new)
        # At 0 with a falling likelihood the bracket has closed: the boundary is the maximum.
        new[(here == 0) & ~rising] = 0.0
        moving = np.abs(new - here) > np.where(outside, _HALVED, _LAST_STEP) * (new + width)
        # The way down to 0 would be halved without end.
        new[new < floor] = 0.0
        if active is None:
            value = new
        else:
            value[active] = new
        if not moving.any():
            return value, step + 1
        if not moving.all():
            keep = np.flatnonzero(moving)
            active = keep if active is None else active[keep]
            part, low, high = part.part(keep), low[keep], high[keep]
            width, floor = width[keep], floor[keep]
    state = {} if active is None else {"tau2": value[active].tolist()}
    raise ConvergenceError("the likelihood of tau2 was not maximised", got=f"{_STEPS} steps", state=state)


def _newton_parts(batch: Batch, tau2: Floats, restricted: bool) -> tuple[Floats, Floats]:
    fit = at(batch, tau2)
    if restricted:
        slope, bend = fit.ypp - trace(batch, fit), trace_of_product(batch, fit)
    else:
        slope, bend = fit.ypp - dot(fit.weights, batch.used), dot(fit.weights, fit.weights)
    observed = 2 * cubic_form(batch, fit) - bend
    # Where the likelihood is not curved down, the step leaves the bracket, which is then halved.
    return slope, np.maximum(observed, 1e-6 * bend)


def _highest(rows: Rows, tops: Floats, heights: Floats, count: int, steps: int) -> Maximum:
    """Keep the highest hill of every table and remember the next one."""
    order = np.lexsort((-heights, rows))
    rows, tops = rows[order], tops[order]
    first = np.searchsorted(rows, np.arange(count))
    second = np.full(count, np.nan)
    after = first + 1
    there = after < len(rows)
    there[there] = rows[after[there]] == np.flatnonzero(there)
    second[there] = tops[after[there]]
    best = tops[first]
    # Two cells can lead to one top.
    second[np.abs(second - best) <= 1e-6 * best] = np.nan
    return Maximum(best, second, steps)


def _log_det(cov: Floats) -> Floats:
    if cov.shape[1] == 1:
        small: Floats = np.log(cov[:, 0, 0])
        return small
    return np.asarray(np.linalg.slogdet(cov)[1], dtype=np.float64)


def _log_det_design(batch: Batch) -> Floats:
    # metafor's constant: with it, restricted likelihoods do not depend on how the design is scaled.
    if batch.design is None:
        rows: Floats = np.log(batch.rows)
        return rows
    used = batch.used[..., None] * batch.design
    return np.asarray(np.linalg.slogdet(np.einsum("bkp,bkq->bpq", used, used))[1], dtype=np.float64)
