"""Weighted least squares of many tables at once, and the traces that estimators of tau2 are made of.

Every array has a leading batch axis. Rows with an infinite variance have weight 0 and fill shorter
tables up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Tables of effects: ``yi``, ``vi`` (b, k), ``rows`` (b,) rows that count, ``design`` (b, k, p) or None."""

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

    def part(self, which: npt.NDArray[np.intp]) -> Batch:
        """Return the tables with the given numbers."""
        design = None if self.design is None else self.design[which]
        return Batch(self.yi[which], self.vi[which], self.rows[which], design)


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A weighted fit, with ``P = W - W X (X'WX)^-1 X'W``.

    ``beta`` (b, p), ``cov`` (b, p, p) the inverse of X'WX, ``wr`` (b, k) = P y, and arrays (b,): ``q`` =
    y'Py, ``ypp`` = y'PPy, ``sum_w``, ``sum_w2``, ``tr_p`` = tr P, ``tr_pp`` = tr PP.
    """

    weights: Floats
    beta: Floats
    cov: Floats
    wr: Floats
    q: Floats
    ypp: Floats
    sum_w: Floats
    sum_w2: Floats
    tr_p: Floats
    tr_pp: Floats


def weighted(batch: Batch, weights: Floats) -> Fit:
    """Fit every table with its weights (b, k)."""
    w = weights
    w2 = w * w
    s0, s2, s3 = w.sum(axis=1), w2.sum(axis=1), (w2 * w).sum(axis=1)
    if batch.design is None:
        mean = (w * batch.yi).sum(axis=1) / s0
        r = batch.yi - mean[:, None]
        wr = w * r
        share = s2 / s0
        tr_p = s0 - share
        tr_pp = s2 - 2 * s3 / s0 + share * share
        beta, cov = mean[:, None], (1 / s0)[:, None, None]
    else:
        x = batch.design
        wx = w[..., None] * x
        cov = np.linalg.inv(np.einsum("bkp,bkq->bpq", wx, x))
        beta = np.einsum("bpq,bkq,bk->bp", cov, wx, batch.yi)
        r = batch.yi - np.einsum("bkp,bp->bk", x, beta)
        wr = w * r
        one = np.einsum("bpq,bkq,bk,bkr->bpr", cov, wx, w, x)
        two = np.einsum("bpq,bkq,bk,bkr->bpr", cov, wx, w2, x)
        tr_p = s0 - np.einsum("bpp->b", one)
        tr_pp = s2 - 2 * np.einsum("bpp->b", two) + np.einsum("bpq,bqp->b", one, one)
    return Fit(
        weights=w,
        beta=beta,
        cov=cov,
        wr=wr,
        q=(wr * r).sum(axis=1),
        ypp=(wr * wr).sum(axis=1),
        sum_w=s0,
        sum_w2=s2,
        tr_p=tr_p,
        tr_pp=tr_pp,
    )


def random_weights(batch: Batch, tau2: Floats) -> Floats:
    """Return ``1 / (vi + tau2)``, 0 in rows that do not count."""
    weights: Floats = 1 / (batch.vi + tau2[:, None])
    return weights


def at(batch: Batch, tau2: Floats) -> Fit:
    """Fit every table with the weights of its tau2 (b,)."""
    return weighted(batch, random_weights(batch, tau2))


def quadratic_form(batch: Batch, fit: Fit) -> Floats:
    """Return y'PPPy, array (b,)."""
    total = (fit.weights * fit.wr * fit.wr).sum(axis=1)
    if batch.design is None:
        small: Floats = total - (fit.weights * fit.wr).sum(axis=1) ** 2 * fit.cov[:, 0, 0]
        return small
    across = np.einsum("bkp,bk->bp", batch.design, fit.weights * fit.wr)
    rest: Floats = total - np.einsum("bp,bpq,bq->b", across, fit.cov, across)
    return rest


def traces_with_variance(batch: Batch, fit: Fit) -> tuple[Floats, Floats]:
    """Return tr(PVPV) and tr(PVP), V the sampling variances, arrays (b,)."""
    w, v = fit.weights, np.where(np.isfinite(batch.vi), batch.vi, 0.0)
    x = np.ones((*w.shape, 1)) if batch.design is None else batch.design
    wx = w[..., None] * x
    wv = w * v

    def cross(factor: Floats) -> Floats:
        matrix: Floats = np.einsum("bpq,bkq,bk,bkr->bpr", fit.cov, wx, factor, wx)
        return matrix

    one, two, plain = cross(v), cross(v * wv), cross(np.ones_like(v))
    pvpv = (wv * wv).sum(axis=1) - 2 * np.einsum("bpp->b", two) + np.einsum("bpq,bqp->b", one, one)
    pvp = (wv * w).sum(axis=1) - 2 * np.einsum("bpp->b", cross(wv)) + np.einsum("bpq,bqp->b", one, plain)
    return pvpv, pvp


def log_likelihood(batch: Batch, fit: Fit, *, restricted: bool) -> Floats:
    """Return the (restricted) log-likelihood of effects, maximised over the coefficients, array (b,)."""
    with np.errstate(divide="ignore"):
        logs = np.where(fit.weights > 0, np.log(fit.weights), 0.0).sum(axis=1)
    n = batch.df if restricted else batch.rows
    value = 0.5 * (logs - fit.q - n * np.log(2 * np.pi))
    if restricted:
        value = value + 0.5 * (_log_det(fit.cov) + _log_det_design(batch))
    result: Floats = value
    return result


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
    used = np.isfinite(batch.vi)[..., None] * batch.design
    return np.asarray(np.linalg.slogdet(np.einsum("bkp,bkq->bpq", used, used))[1], dtype=np.float64)
