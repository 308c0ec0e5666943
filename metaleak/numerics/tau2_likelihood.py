"""The (restricted) likelihood of the between-study variance, and its global maximum, in batches.

The coefficients are maximised out. With few precise studies among many vague ones the likelihood can have
two maxima, so its slope is scanned for every place where it turns from rising to falling, and each is climbed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from metaleak.errors import ConvergenceError
from metaleak.numerics.linear import Batch, Fit, Floats, Rows, at, cubic_form, dot, trace, trace_of_product

_STEPS = 100
#: Relative to the scale of the data: after a step of this size Newton's method is at its rounding.
_LAST_STEP = 1e-7
_HALVED = 1e-13
#: Cells of the scan besides 0, spaced by a factor between the smallest variance and the spread.
_CELLS = 12
_FRACTIONS = np.arange(_CELLS) / (_CELLS - 1)


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
    slopes = _slopes(batch, grid, restricted=restricted)
    rows, cells = np.nonzero(_turns(slopes))
    tops, steps = np.zeros(len(rows)), 0
    # A first cell from where the likelihood falls is a top itself.
    inner = slopes[rows, cells] > 0
    if inner.all():
        tops, steps = _climb(batch, grid, slopes, rows, cells, restricted)
    elif inner.any():
        tops[inner], steps = _climb(batch, grid, slopes, rows[inner], cells[inner], restricted)
    if len(rows) == len(grid):
        return Maximum(tops, np.full(len(tops), np.nan), steps)
    part = batch.part(rows)
    heights = log_likelihood(part, at(part, tops), restricted=restricted)
    return _highest(rows, tops, heights, len(grid), steps)


def _logs(batch: Batch, fit: Fit) -> Floats:
    """Return the logarithms of the variances behind the weights, 0 where a row does not count."""
    logs: Floats = np.log(np.where(fit.weights > 0, fit.weights, 1.0))
    return -logs


def _grid(batch: Batch) -> Floats:
    """Return values of tau2, array (b, cells): 0, from the smallest variance to the spread, beyond any top."""
    smallest = batch.vi.min(axis=1)
    top = 3 * np.maximum(batch.spread, smallest)
    bottom = 0.05 * np.minimum(smallest, batch.spread + 1e-3 * smallest)
    reach = np.maximum(2 * top, 4 * batch.rows * batch.spread)
    grid = np.empty((len(top), _CELLS + 2))
    grid[:, 0], grid[:, -1] = 0.0, reach
    grid[:, 1:-1] = bottom[:, None] * (top / bottom)[:, None] ** _FRACTIONS
    return grid


def _slopes(batch: Batch, grid: Floats, *, restricted: bool) -> Floats:
    """Return twice the slope of the likelihood at every cell, array (b, cells)."""
    if batch.design is None:
        wide = Batch(batch.yi[:, None], batch.vi[:, None], batch.rows[:, None])
        return _slope(wide, at(wide, grid), restricted=restricted)
    if batch.p == 0:
        many = batch.part(np.repeat(np.arange(len(grid)), grid.shape[1]))
        return _slope(many, at(many, grid.ravel()), restricted=restricted).reshape(grid.shape)
    return _slopes_of_design(batch, grid, restricted=restricted)


def _slopes_of_design(batch: Batch, grid: Floats, *, restricted: bool) -> Floats:
    """Return the same for designs: sums over the rows for all cells at once, by normal equations.

    The slope depends on the columns' span alone, so they are made orthonormal first, and on what the effects are
    beside it: the sums then lose no digits that matter for where the slope turns.
    """
    x = np.linalg.qr(batch.used[..., None] * np.asarray(batch.design))[0]
    y = batch.used * (batch.yi - (x @ (x.swapaxes(1, 2) @ (batch.used * batch.yi)[..., None]))[..., 0])
    p = x.shape[2]
    pairs = (x[..., :, None] * x[..., None, :]).reshape(*x.shape[:2], p * p)
    columns = np.concatenate([pairs, x * y[..., None], (y * y)[..., None], batch.used[..., None]], axis=2)
    w = 1 / (batch.vi[:, None] + grid[..., None])
    once, twice = w @ columns, (w * w) @ columns
    square = (*grid.shape, p, p)
    inverse = _inverse(once[..., : p * p].reshape(square))
    bent = twice[..., : p * p].reshape(square)
    beta = (inverse @ once[..., p * p : -2, None])[..., 0]
    fall = twice[..., -2] - 2 * dot(beta, twice[..., p * p : -2])
    fall = fall + dot((bent @ beta[..., None])[..., 0], beta)
    total: Floats = once[..., -1]
    if restricted:
        total = total - np.einsum("bcpq,bcqp->bc", inverse, bent)
    slopes: Floats = fall - total
    return slopes


def _inverse(matrices: Floats) -> Floats:
    """Return inverses of symmetric matrices (..., p, p); two columns are the rule, and go by their formula."""
    if matrices.shape[-1] != 2:
        return np.asarray(np.linalg.inv(matrices), dtype=np.float64)
    a, b, c = matrices[..., 0, 0], matrices[..., 0, 1], matrices[..., 1, 1]
    size = a * c - b * b
    return np.stack([np.stack([c, -b], axis=-1), np.stack([-b, a], axis=-1)], axis=-2) / size[..., None, None]


def _slope(batch: Batch, fit: Fit, *, restricted: bool) -> Floats:
    return fit.ypp - (trace(batch, fit) if restricted else dot(fit.weights, batch.used))


def _turns(slopes: Floats) -> npt.NDArray[np.bool_]:
    """Return after which cells the likelihood stops to rise; the first one also where it falls from 0."""
    rising = slopes > 0
    # At the last cell the likelihood falls, whatever rounding says.
    rising[:, -1] = False
    turns = np.zeros(slopes.shape, dtype=np.bool_)
    turns[:, :-1] = rising[:, :-1] & ~rising[:, 1:]
    turns[:, 0] |= ~rising[:, 0]
    return turns


def _between(low: Floats, high: Floats, rising: Floats, falling: Floats) -> Floats:
    """Return where the slope per unit of log tau2, taken as straight, is 0; the middle where ``low`` is 0."""
    left, right = rising * low, np.minimum(falling, 0.0) * high
    with np.errstate(divide="ignore", invalid="ignore"):
        inside = low * (high / low) ** (left / (left - right))
    found: Floats = np.where(low > 0, inside, high / 2)
    return found


def _climb(
    batch: Batch, grid: Floats, slopes: Floats, rows: Rows, cells: Rows, restricted: bool
) -> tuple[Floats, int]:
    """Find the zero of the slope after the given cells by Newton's method, halving where it fails."""
    # As many climbs as tables are not one of each where one table has two hills and another none.
    part = batch if np.array_equal(rows, np.arange(len(grid))) else batch.part(rows)
    low, high = grid[rows, cells], grid[rows, cells + 1]
    value = _between(low, high, slopes[rows, cells], slopes[rows, cells + 1])
    here, width = value, 1e-3 * part.spread
    active = np.arange(len(rows))
    for step in range(_STEPS):
        slope, curvature = _newton_parts(part, here, restricted)
        rising = slope > 0
        low, high = np.where(rising, here, low), np.where(rising, high, here)
        new = here + slope / curvature
        moving = np.abs(new - here) > _LAST_STEP * (new + width)
        outside = (new < low) | (new > high)
        if outside.any():
            new = np.where(outside, (low + high) / 2, new)
            moving |= outside & (high - low > _HALVED * (new + width))
        if not moving.any():
            value[active] = new
            return value, step + 1
        here = new
        if not moving.all():
            value[active] = new
            keep = np.flatnonzero(moving)
            active, part, here = active[keep], part.part(keep), new[keep]
            low, high, width = low[keep], high[keep], width[keep]
    raise ConvergenceError(
        "the likelihood of tau2 was not maximised", got=f"{_STEPS} steps", state={"tau2": here.tolist()}
    )


def _newton_parts(batch: Batch, tau2: Floats, restricted: bool) -> tuple[Floats, Floats]:
    fit = at(batch, tau2)
    bend = trace_of_product(batch, fit) if restricted else dot(fit.weights, fit.weights)
    observed = 2 * cubic_form(batch, fit) - bend
    # Where the likelihood is not curved down, the step leaves the bracket, which is then halved.
    return _slope(batch, fit, restricted=restricted), np.maximum(observed, 1e-6 * bend)


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
