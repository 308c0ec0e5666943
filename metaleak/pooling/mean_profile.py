"""The profile likelihood of a coefficient: tau2 and the other coefficients maximised out."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from metaleak.numerics.distributions import chi2_quantile
from metaleak.numerics.linear import Batch, at
from metaleak.numerics.roots import Rows, falling_root
from metaleak.numerics.tau2_likelihood import log_likelihood, maximise

Floats = npt.NDArray[np.float64]


def profile_limits(batch: Batch, beta: Floats, se: Floats, tau2: Floats, level: float) -> Floats:
    """Return the limits of every coefficient, array (b, p, 2).

    Parameters
    ----------
    batch : Batch
        Tables with a degree of freedom left.
    beta, se : arrays (b, p)
        The maximum and its standard errors.
    tau2 : array (b,)
        The maximum.
    level : float
        0..1.
    """
    b, p = beta.shape
    floor = log_likelihood(batch, at(batch, tau2), restricted=False) - float(chi2_quantile(level, 1)) / 2
    limits = np.empty((b, p, 2))
    for j in range(p):
        for side, sign in enumerate((-1.0, 1.0)):

            def height(distance: Floats, rows: Rows, j: int = j, sign: float = sign) -> Floats:
                return _profile(batch.part(rows), j, beta[rows, j] + sign * distance)

            distance, _ = falling_root(height, floor, 2 * se[:, j])
            limits[:, j, side] = beta[:, j] + sign * distance
    return limits


def signed_root(batch: Batch, beta: Floats, tau2: Floats) -> Floats:
    """Return the signed root of the likelihood ratio of every coefficient against 0, array (b, p)."""
    top = log_likelihood(batch, at(batch, tau2), restricted=False)
    roots = np.empty(beta.shape)
    for j in range(beta.shape[1]):
        drop = top - _profile(batch, j, np.zeros(len(beta)))
        roots[:, j] = np.sign(beta[:, j]) * np.sqrt(2 * np.maximum(drop, 0.0))
    return roots


def _profile(batch: Batch, j: int, value: Floats) -> Floats:
    """Return the likelihood with coefficient ``j`` held at ``value`` (b,)."""
    x = batch.used[..., None] if batch.design is None else batch.design
    rest = np.delete(x, j, axis=2)
    held = Batch(batch.yi - value[:, None] * x[..., j], batch.vi, batch.rows, rest)
    best = maximise(held, restricted=False).tau2
    return log_likelihood(held, at(held, best), restricted=False)
