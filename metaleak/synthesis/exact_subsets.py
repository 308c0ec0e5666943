"""Subsets of a table under the binomial-normal model, many at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from metaleak.pooling import binomial_normal_kernel as kernel
from metaleak.pooling.binomial_normal import BinomialNormal

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Masks = npt.NDArray[np.uint64]


def exact_subsets(shared: tuple[BinomialNormal, Floats, Floats], masks: Masks) -> Floats:
    """Return k, estimate, tau2, i2 and q of some subsets, array (5, b): no intervals, one batch of arrays.

    Parameters
    ----------
    shared : model, events (k,), units (k,)
        Of the whole table.
    masks : array (b,)
        Bit i of a mask says that row i is in.

    Notes
    -----
    All but k is NaN where the model refuses the rows, or its fit ends without an optimum.
    """
    model, xi, ni = shared
    inside = (masks[:, None] >> np.arange(len(xi), dtype=np.uint64) & np.uint64(1)).astype(bool)
    x, n = np.where(inside, xi, 0.0), np.where(inside, ni, 0.0)
    rows = inside.sum(axis=1).astype(np.float64)
    found = np.full((5, len(masks)), np.nan)
    found[0] = rows
    which = np.flatnonzero(_can_be_pooled(x, n, rows))
    if not which.size:
        return found
    fits = kernel.fit(x[which], n[which], None, None if model.quadrature == "auto" else int(model.quadrature))
    which, kept = which[fits.converged], fits.converged
    tau2 = fits.tau[kept] ** 2
    several = np.where(rows[which] > 1, 0.0, np.nan)
    found[1, which] = fits.theta[kept, 0]
    found[2, which] = tau2 + several
    found[3, which] = tau2 / (tau2 + _typical(xi, ni, inside[which], rows[which])) + several
    found[4, which] = np.maximum(2 * (fits.saturated - fits.at_zero)[kept], 0.0) + several
    return found


def _can_be_pooled(x: Floats, n: Floats, rows: Floats) -> Bools:
    """Say which subsets have events and units without, a row with both, and not only rows of one unit."""
    events, total = x.sum(axis=1), n.sum(axis=1)
    both = ((x > 0) & (x < n)).any(axis=1) | (rows == 1)
    found: Bools = (events > 0) & (events < total) & both & ((n > 1).any(axis=1) | (rows == 1))
    return found


def _typical(xi: Floats, ni: Floats, inside: Bools, rows: Floats) -> Floats:
    """Return the typical variance within studies of each subset; see ``pooling.counts.typical_variance``."""
    add = np.where((xi == 0) | (xi == ni), 0.5, 0.0)
    w = np.where(inside, 1 / (1 / (xi + add) + 1 / (ni - xi + add)), 0.0)
    total = w.sum(axis=1)
    # One row has no variance that is typical of several.
    rest = np.where(rows > 1, total - (w * w).sum(axis=1) / total, 1.0)
    typical: Floats = np.maximum(rows - 1, 1.0) / rest
    return typical
