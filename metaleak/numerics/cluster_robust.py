"""Cluster-robust covariance of coefficients with small-sample corrections.

References
----------
Bell RM, McCaffrey DF (2002). Bias reduction in standard errors for linear regression with multi-stage
samples. Survey Methodology 28:169-181.

Pustejovsky JE, Tipton E (2018). Small-sample methods for cluster-robust variance estimation and hypothesis
testing in fixed effects models. doi:10.1080/07350015.2016.1247004
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Robust:
    """The robust covariance (p, p) and the degrees of freedom of each coefficient (p,)."""

    covariance: Floats
    df: Floats


def cluster_robust(
    residuals: Floats, x: Floats, working: Floats, clusters: Sequence[Rows], *, kind: str
) -> Robust:
    """Return CR0, CR1 or CR2 of a generalised least squares fit.

    Parameters
    ----------
    residuals : array (k,)
        ``y - X beta``.
    x : array (k, p)
        The design.
    working : array (k, k)
        The working covariance that the fit was weighted by, block-diagonal over clusters.
    clusters : sequence of integer arrays
        The rows of each cluster.
    kind : {"CR0", "CR1", "CR2"}
        Without a correction; times m / (m - p); with the bias-reducing adjustment, whose degrees of
        freedom follow Satterthwaite.
    """
    weight: Floats = np.linalg.inv(working).astype(np.float64, copy=False)
    bread: Floats = np.linalg.inv(x.T @ weight @ x).astype(np.float64, copy=False)
    m, p = len(clusters), x.shape[1]
    scores = np.empty((m, p))
    sides = []
    for i, rows in enumerate(clusters):
        w, xi = weight[np.ix_(rows, rows)], x[rows]
        side = w @ xi
        if kind == "CR2":
            side = _adjustment(working[np.ix_(rows, rows)], xi, bread).T @ side
        sides.append(side)
        scores[i] = side.T @ residuals[rows]
    factor = m / (m - p) if kind == "CR1" else 1.0
    covariance: Floats = factor * bread @ (scores.T @ scores) @ bread
    df = (
        _satterthwaite(x, working, weight, bread, clusters, sides)
        if kind == "CR2"
        else np.full(p, float(m - p))
    )
    return Robust(covariance, df)


def _adjustment(working: Floats, x: Floats, bread: Floats) -> Floats:
    """Return A with ``A cov(e) A' = working`` for the residuals of one cluster, as a symmetric root."""
    root = np.linalg.cholesky(working).T
    middle = root @ (working - x @ bread @ x.T) @ root.T
    values, axes = np.linalg.eigh(middle)
    # A cluster that alone determines a coefficient has residuals without variance along one axis.
    usable = values > 1e-12 * max(values.max(), 1e-300)
    powers = np.where(usable, values, 1.0) ** -0.5 * usable
    adjusted: Floats = root.T @ (axes * powers) @ axes.T @ root
    return adjusted


def _satterthwaite(
    x: Floats,
    working: Floats,
    weight: Floats,
    bread: Floats,
    clusters: Sequence[Rows],
    sides: Sequence[Floats],
) -> Floats:
    k, p = x.shape
    keep = np.eye(k) - x @ bread @ x.T @ weight
    # One column per cluster and coefficient: what its squared score is made of.
    parts = np.stack([keep[rows].T @ side @ bread for rows, side in zip(clusters, sides, strict=True)])
    df = np.empty(p)
    for j in range(p):
        columns = parts[:, :, j]
        gram = columns @ working @ columns.T
        df[j] = np.trace(gram) ** 2 / (gram * gram).sum()
    return df
