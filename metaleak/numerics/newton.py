"""Maximise many smooth functions at once by damped Newton steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

#: ``objective(theta, rows)`` gives value (c,), gradient (c, d) and Hessian (c, d, d) of the functions
#: numbered ``rows`` (c,) at ``theta`` (c, d).
Objective = Callable[[Floats, Rows], tuple[Floats, Floats, Floats]]

#: Half the squared distance to the optimum in standard errors: 1e-16 is 1e-8 of a standard error.
DECREMENT = 1e-16

#: A direction that bends upwards by this share of the largest curvature makes a level point a saddle.
_SADDLE = 1e-6
_HALVINGS = 40

#: Values are known to this share: a step that lowers one by less has not lowered it.
_NOISE = 1e-13


@dataclass(frozen=True, slots=True, eq=False)
class Optimum:
    """Where the steps ended: one row per function, arrays (b, ...)."""

    theta: Floats
    value: Floats
    gradient: Floats
    hessian: Floats
    converged: npt.NDArray[np.bool_]
    iterations: int


def maximise(
    objective: Objective,
    start: Floats,
    *,
    rows: Rows | None = None,
    frozen: npt.NDArray[np.bool_] | None = None,
    steps: int = 100,
    longest: float = 3.0,
) -> Optimum:
    """Climb from ``start`` (b, d) to a local maximum of each function.

    Parameters
    ----------
    objective : callable
        See :data:`Objective`; it is called only for the functions that have not converged.
    start : array (b, d)
        Where to begin.
    rows : array (b,), optional
        The number of the function behind each row; 0 .. b - 1 when left out.
    frozen : array (b, d) of bool, optional
        Coordinates that keep their starting value.
    steps : int
        The most steps that are taken.
    longest : float
        No coordinate moves further than this in one step.

    Returns
    -------
    Optimum
        ``converged`` is False where the steps ran out or no step led upwards.

    Notes
    -----
    The step is the gradient over the absolute eigenvalues of the Hessian, so that it leads upwards where
    the function is not concave; it is halved until the value does not fall. From a saddle, such as tau = 0
    of a function that is even in tau, it leads along the direction that bends upwards most. Each row takes
    the steps that it would take alone.
    """
    theta = np.array(start, dtype=np.float64)
    b, d = theta.shape
    numbers = np.arange(b) if rows is None else rows
    held = np.zeros((b, d), dtype=bool) if frozen is None else frozen
    value, gradient, hessian = objective(theta, numbers)
    converged = np.zeros(b, dtype=bool)
    active = np.arange(b)
    taken = 0
    while taken < steps:
        step, decrement = _step(gradient[active], hessian[active], held[active])
        # At this distance a step changes no digit that counts, and rounding decides whether it leads upwards.
        near = decrement <= DECREMENT
        converged[active[near]] = True
        active, step = active[~near], step[~near]
        if not active.size:
            break
        size = np.abs(step).max(axis=1, keepdims=True)
        step *= np.minimum(1.0, longest / np.maximum(size, longest))
        moved = _climb(objective, theta, step, active, numbers, (value, gradient, hessian))
        taken += 1
        active = active[moved]
        if not active.size:
            break
    return Optimum(theta, value, gradient, hessian, converged, taken)


def _step(gradient: Floats, hessian: Floats, held: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
    gradient = np.where(held, 0.0, gradient)
    curvature = -hessian
    if held.any():
        curvature = np.where(held[:, :, None] | held[:, None, :], 0.0, curvature)
        curvature = curvature + np.where(held, 1.0, 0.0)[:, :, None] * np.eye(held.shape[1])
    roots, axes = np.linalg.eigh(curvature)
    largest = np.abs(roots).max(axis=1, keepdims=True)
    size = np.maximum(np.abs(roots), 1e-10 * largest + 1e-300)
    along = (gradient[:, None] @ axes)[:, 0]
    step = (axes @ (along / size)[:, :, None])[:, :, 0]
    decrement = (along * along / size).sum(axis=1) / 2
    saddle = (decrement <= DECREMENT) & (roots[:, 0] < -_SADDLE * largest[:, 0])
    if saddle.any():
        step[saddle] = axes[saddle, :, 0] / np.sqrt(size[saddle, :1])
        decrement[saddle] = np.inf
    return step, decrement


def _climb(
    objective: Objective,
    theta: Floats,
    step: Floats,
    active: Rows,
    numbers: Rows,
    at: tuple[Floats, Floats, Floats],
) -> npt.NDArray[np.bool_]:
    """Take each step, halved until the value does not fall; say which rows moved."""
    value, gradient, hessian = at
    moved = np.zeros(active.size, dtype=bool)
    waiting = np.arange(active.size)
    share = 1.0
    for _ in range(_HALVINGS):
        which = active[waiting]
        new = theta[which] + share * step[waiting]
        new_value, new_gradient, new_hessian = objective(new, numbers[which])
        noise = _NOISE * (1 + np.abs(value[which]))
        good = new_value >= value[which] - noise
        taken = which[good]
        theta[taken], value[taken] = new[good], new_value[good]
        gradient[taken], hessian[taken] = new_gradient[good], new_hessian[good]
        moved[waiting[good]] = True
        waiting = waiting[~good]
        if not waiting.size:
            break
        share /= 2
    return moved
