"""Profile-likelihood limits by Newton's method on all their equations at once: few evaluations, no bracket."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from metaleak.numerics.newton import Objective
from metaleak.numerics.profile import Limits

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]

_STEPS = 15
#: A limit is known when the log-likelihood is within this of its cut-off ...
_TOLERANCE = 1e-9
#: ... and no other parameter could raise it by more than this.
_DECREMENT = 1e-11
_LONGEST = 2.0


def quick_limits(
    objective: Objective,
    *,
    theta: Floats,
    value: Floats,
    hessian: Floats,
    coordinate: Rows,
    direction: Floats,
    first: Floats,
    drop: float,
    held: Bools,
) -> Limits:
    """Solve for the places where the log-likelihood is ``drop`` below its top and level in all other parameters.

    Parameters are those of :func:`metaleak.numerics.profile.profile_limits`, ``hessian`` (m, d, d) that at the
    maximum; ``held`` marks parameters that do not move. Where ``converged`` is False nothing was found, and the
    guarded search has to look.

    References
    ----------
    Venzon DJ, Moolgavkar SH (1988). A method for computing profile-likelihood-based confidence intervals.
    doi:10.2307/2347496
    """
    m, d = theta.shape
    here = np.arange(m)
    own = np.zeros((m, d), dtype=bool)
    own[here, coordinate] = True
    still = held & ~own
    current = theta + (direction * first)[:, None] * _tangent(hessian, own, still)
    target = value - drop
    converged, active = np.zeros(m, dtype=bool), here
    for _ in range(_STEPS):
        height, gradient, bend = objective(current[active], active)
        # Where the function has no finite value or bend, another search has to look.
        known = np.isfinite(height) & np.isfinite(gradient).all(axis=1) & np.isfinite(bend).all(axis=(1, 2))
        active, height, gradient, bend = active[known], height[known], gradient[known], bend[known]
        if not active.size:
            break
        step, decrement = _newton(height - target[active], gradient, bend, own[active], still[active])
        done = (np.abs(height - target[active]) <= _TOLERANCE) & (decrement >= 0) & (decrement <= _DECREMENT)
        converged[active[done]] = True
        on = ~done & np.isfinite(step).all(axis=1)
        active, step = active[on], step[on]
        if not active.size:
            break
        size = np.abs(step).max(axis=1, keepdims=True)
        current[active] += step * np.minimum(1.0, _LONGEST / np.maximum(size, _LONGEST))
        ahead = (
            direction[active] * (current[active, coordinate[active]] - theta[active, coordinate[active]]) > 0
        )
        active = active[ahead & np.isfinite(current[active]).all(axis=1)]
        if not active.size:
            break
    return Limits(
        value=current[here, coordinate], theta=current, reached=np.zeros(m, dtype=bool), converged=converged
    )


def _tangent(hessian: Floats, own: Bools, still: Bools) -> Floats:
    """Return how all parameters follow the profiled one near the top, 1 for that one itself."""
    loose = ~(own | still)
    system = np.where(loose[:, :, None] & loose[:, None, :], hessian, np.eye(own.shape[1]))
    right = np.where(loose, -(hessian * own[:, None, :]).sum(axis=2), own)
    return _solved(system, right)


def _newton(
    excess: Floats, gradient: Floats, hessian: Floats, own: Bools, still: Bools
) -> tuple[Floats, Floats]:
    """Return the step, and how much the loose parameters could still raise the value (< 0 at a saddle)."""
    loose = ~(own | still)
    eye = np.eye(own.shape[1])
    system = np.where(loose[:, :, None], hessian, eye)
    system = np.where(own[:, :, None], gradient[:, None, :], system)
    system = np.where(still[:, :, None], eye, system)
    right = np.where(own, -excess[:, None], np.where(loose, -gradient, 0.0))
    step = _solved(system, right)
    inner = np.where(loose[:, :, None] & loose[:, None, :], -hessian, eye)
    slope = np.where(loose, gradient, 0.0)
    definite = np.linalg.eigvalsh(inner)[:, 0] > 0
    rise = (slope * _solved(inner, slope)).sum(axis=1) / 2
    return step, np.where(definite, rise, -1.0)


def _solved(system: Floats, right: Floats) -> Floats:
    """Solve batches; a singular system gives NaN, which ends its search."""
    try:
        return np.asarray(np.linalg.solve(system, right[..., None])[..., 0], dtype=np.float64)
    except np.linalg.LinAlgError:
        solution = np.full(right.shape, np.nan)
    for i, (matrix, side) in enumerate(zip(system, right, strict=True)):
        if np.linalg.matrix_rank(matrix) == len(matrix):
            solution[i] = np.linalg.solve(matrix, side)
    return solution
