"""Weighted least squares of many tables at once, and the traces that estimators of tau2 are made of.

Every array has a leading batch axis, or several where there is no design. Rows with an infinite variance have
weight 0 and fill shorter tables up. A design may have no column at all: the effects are then residuals as they
stand.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]


def dot(left: Floats, right: Floats) -> Floats:
    """Return the sums of products along the last axis."""
    sums: Floats = np.vecdot(left, right)
    return sums


@dataclass(frozen=True, eq=False)
class Batch:
    """Tables of effects: ``yi``, ``vi`` (b, k), ``rows`` (b,) rows that count, ``design`` (b, k, p) or None.

    A design of None is one common mean.
    """

    yi: Floats
    vi: Floats
    rows: Floats
    design: Floats | None = None

    @property
    def p(self) -> int:
        """The number of coefficients."""
        return 1 if self.design is None else self.design.shape[2]

    @property
    def df(self) -> Floats:
        """Rows less coefficients, array (b,)."""
        return self.rows - self.p

    @cached_property
    def used(self) -> Floats:
        """1 in rows that count, 0 in those that fill up, array (b, k)."""
        return np.isfinite(self.vi).astype(np.float64)

    @cached_property
    def spread(self) -> Floats:
        """The variance of the effects with divisor k, array (b,): the scale of tau2.

        Around 0 where no coefficient is fitted.
        """
        if self.p == 0:
            return dot(self.used * self.yi, self.yi) / self.rows
        mean = dot(self.used, self.yi) / self.rows
        from_mean = self.used * (self.yi - mean[:, None])
        return dot(from_mean, from_mean) / self.rows

    def part(self, which: Rows) -> Batch:
        """Return the tables with the given numbers, which may repeat."""
        design = None if self.design is None else self.design[which]
        return Batch(self.yi[which], self.vi[which], self.rows[which], design)


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A weighted fit, with ``P = W - W X (X'WX)^-1 X'W``.

    ``beta`` (b, p), ``cov`` (b, p, p) the inverse of X'WX, ``residuals`` (b, k), ``wr`` (b, k) = P y.
    """

    weights: Floats
    beta: Floats
    cov: Floats
    residuals: Floats
    wr: Floats

    @property
    def q(self) -> Floats:
        """y'Py, array (b,): the weighted sum of squared residuals."""
        return dot(self.wr, self.residuals)

    @property
    def ypp(self) -> Floats:
        """y'PPy, array (b,): the fall of ``q`` per unit of tau2 where weights are 1 / (vi + tau2)."""
        return dot(self.wr, self.wr)


def weighted(batch: Batch, weights: Floats) -> Fit:
    """Fit every table with its weights (b, k)."""
    if batch.design is None:
        total = dot(weights, batch.used)
        mean = dot(weights, batch.yi) / total
        residuals = batch.yi - mean[..., None]
        return Fit(weights, mean[..., None], (1 / total)[..., None, None], residuals, weights * residuals)
    x, root = batch.design, np.sqrt(weights)
    # X'WX would square the condition of a design such as an intercept beside years.
    q, r = np.linalg.qr(root[..., None] * x)
    inverse = np.linalg.inv(r)
    cov = inverse @ inverse.swapaxes(1, 2)
    beta = (inverse @ (q.swapaxes(1, 2) @ (root * batch.yi)[..., None]))[..., 0]
    residuals = batch.yi - (x @ beta[..., None])[..., 0]
    return Fit(weights, beta, cov, residuals, weights * residuals)


def at(batch: Batch, tau2: Floats) -> Fit:
    """Fit every table with weights ``1 / (vi + tau2)``, tau2 (b,)."""
    return weighted(batch, 1 / (batch.vi + tau2[..., None]))


def trace(batch: Batch, fit: Fit, factor: Floats | None = None) -> Floats:
    """Return tr(P D), D the diagonal ``factor`` (b, k) or the identity, array (b,)."""
    w = fit.weights
    wf = w * batch.used if factor is None else w * factor
    if batch.design is None:
        return dot(wf, batch.used) - dot(wf, w) * fit.cov[..., 0, 0]
    inside: Floats = np.einsum("bpq,bqp->b", fit.cov, crossed(batch.design, w * wf))
    return dot(wf, batch.used) - inside


def crossed(x: Floats, factor: Floats) -> Floats:
    """Return X' D X, D the diagonal ``factor`` (b, k), array (b, p, p)."""
    product: Floats = (factor[..., None] * x).swapaxes(-1, -2) @ x
    return product


def trace_of_product(
    batch: Batch, fit: Fit, left: Floats | None = None, right: Floats | None = None
) -> Floats:
    """Return tr(P D P E), D and E the diagonals ``left`` and ``right`` (b, k) or the identity, array (b,)."""
    w = fit.weights
    a = w if left is None else w * left
    c = w if right is None else w * right
    if batch.design is None:
        share = fit.cov[..., 0, 0]
        ac = a * c
        once = dot(ac, batch.used) - 2 * share * dot(ac, w)
        return once + dot(a, w) * dot(c, w) * share * share
    x = batch.design

    def cross(factor: Floats) -> Floats:
        matrix: Floats = fit.cov @ crossed(x, factor)
        return matrix

    twice = np.einsum("bpp->b", cross(a * w * c))
    total: Floats = dot(a, c) - 2 * twice + np.einsum("bpq,bqp->b", cross(a * w), cross(c * w))
    return total


def trace_of_squares(
    batch: Batch, fit: Fit, left: Floats | None = None, right: Floats | None = None
) -> Floats:
    """Return what :func:`trace_of_product` returns, for one common mean as a sum without a difference.

    Where one row outweighs all others ten thousandfold, the short form keeps eight digits; this one keeps them
    all and takes a few times as long.
    """
    if batch.design is not None:
        return trace_of_product(batch, fit, left, right)
    w, share = fit.weights, fit.cov[..., 0, 0]
    ones = batch.used
    d, e = (ones if each is None else each for each in (left, right))
    others = 1 - w * share[..., None]
    on, off = w * w * d, w * w * e
    # The sums of the rows before each row: subtracting the row itself would bring the rounding back.
    aside = dot(on[..., 1:], np.cumsum(off, axis=-1)[..., :-1]) + dot(
        off[..., 1:], np.cumsum(on, axis=-1)[..., :-1]
    )
    return dot(on * e, others * others) + aside * share * share


def cubic_form(batch: Batch, fit: Fit) -> Floats:
    """Return y'PPPy, array (b,)."""
    bent = fit.weights * fit.wr
    total = dot(bent, fit.wr)
    if batch.design is None:
        return total - dot(bent, batch.used) ** 2 * fit.cov[..., 0, 0]
    across = batch.design.swapaxes(1, 2) @ bent[..., None]
    rest: Floats = total - (across.swapaxes(1, 2) @ fit.cov @ across)[:, 0, 0]
    return rest
