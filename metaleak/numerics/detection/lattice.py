"""Product grids of two standard normal variables for the trapezoid rule, and how fine they must be."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

#: Nodes reach this many standard deviations to each side.
RANGE = 8.0

#: Steps that are chosen from, coarse to fine: a ladder, so that tables share grids.
STEPS: Floats = np.array([0.8 * 0.87**i for i in range(26)])

#: Logarithm of the relative error that the choice of steps aims at: for maxima, for searches, and for draws.
FINE, COARSE, ROUGH = -25.0, -17.0, -9.0

#: The directions in which neighbouring waves of the lattice lie, apart from the two axes.
_WAVES = np.array(
    [(i, sign * j) for i, j in ((1, 1), (2, 1), (1, 2), (3, 1), (1, 3)) for sign in (1.0, -1.0)]
)


@dataclass(frozen=True, slots=True, eq=False)
class Lattice:
    """Nodes ``u`` (n,) of the first and ``v`` (1, m) or (n, m) of the second variable, with log weights.

    ``powers`` (n m, 6) holds 1, u, v, u^2, u v, v^2 at every node.
    """

    u: Floats
    v: Floats
    log_weights: Floats
    powers: Floats


@lru_cache(maxsize=64)
def lattice(step_u: float, step_v: float, correlation: float = 0.0) -> Lattice:
    """Return the grid with these steps; an infinite ``step_v`` integrates over the first variable alone.

    Examples
    --------
    >>> grid = lattice(0.5, 0.8, -0.4)
    >>> means = np.exp(grid.log_weights) @ grid.powers
    >>> bool(np.allclose(means, [1, 0, 0, 1, -0.4, 1]))
    True
    """
    u, log_u = _line(step_u)
    v, log_v = _line(step_v) if np.isfinite(step_v) else (np.zeros(1), np.zeros(1))
    second = correlation * u[:, None] + np.sqrt(1 - correlation * correlation) * v
    wide = np.broadcast_to(u[:, None], second.shape).ravel()
    flat = second.ravel()
    powers = np.stack([np.ones(flat.size), wide, flat, wide * wide, wide * flat, flat * flat], axis=1)
    grid = Lattice(u, second if correlation else v[None, :], (log_u[:, None] + log_v).ravel(), powers)
    for array in (grid.u, grid.v, grid.log_weights, grid.powers):
        array.setflags(write=False)
    return grid


def _line(step: float) -> tuple[Floats, Floats]:
    half = int(np.ceil(RANGE / step))
    nodes: Floats = step * np.arange(-half, half + 1, dtype=np.float64)
    return nodes, -nodes * nodes / 2 + np.log(step / np.sqrt(2 * np.pi))


def coarsest(slopes: Floats, information: Floats, depth: Floats, log_error: float) -> Floats:
    """Return for every table the steps, array (b, 2), that integrate all of its counts with few nodes.

    Parameters
    ----------
    slopes : array (b, m, 2)
        By how many logits a count's rate moves per unit of each variable, at places on its ridge.
    information : array (b, m)
        What the count knows about its logit, ``n p (1 - p)``.
    depth : array (b, m)
        How far the integrand has fallen at the place, as a difference of logarithms >= 0, or infinite.
    log_error : float
        Logarithm of the relative error to aim at.

    Notes
    -----
    Near a place on the ridge the integrand is a normal curve with covariance ``inv(I + information g g')``, g
    the slopes. The trapezoid rule errs by its Fourier transform at the lattice's waves, the largest of which
    decides (Trefethen & Weideman 2014, doi:10.1137/130932132).
    """
    squares = slopes * slopes
    pull = information / (1 + information * squares.sum(axis=-1))
    need = np.maximum(-log_error - depth, 1e-9) / (2 * np.pi**2)
    along_axes = np.sqrt((1 - pull[..., None] * squares) / need[..., None]).min(axis=1)
    step = np.searchsorted(-STEPS, -along_axes).clip(max=STEPS.size - 1)
    for _ in range(STEPS.size):
        waves = _WAVES / STEPS[step][:, None, :]
        lean = np.einsum("bwd,bmd->bwm", waves, slopes)
        short = ((waves * waves).sum(axis=-1)[..., None] - pull[:, None] * lean * lean < need[:, None]).any(
            axis=(1, 2)
        )
        short &= (step < STEPS.size - 1).any(axis=1)
        if not short.any():
            break
        step[short] = np.minimum(step[short] + 1, STEPS.size - 1)
    chosen: Floats = STEPS[step]
    return chosen
