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
    """The robust covariance (p, p) and the degrees of freedom of each coefficient (p,).

    ``parts`` (m, k, p), for CR2 alone: what each cluster's score is made of, row by row.
    """

    covariance: Floats
    df: Floats
    parts: Floats | None = None


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
    if kind != "CR2":
        return Robust(covariance, np.full(p, float(m - p)))
    keep = np.eye(len(x)) - x @ bread @ x.T @ weight
    parts = np.stack([keep[rows].T @ side @ bread for rows, side in zip(clusters, sides, strict=True)])
    return Robust(covariance, _satterthwaite(parts, working), parts)


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


def _satterthwaite(parts: Floats, working: Floats) -> Floats:
    df = np.empty(parts.shape[2])
    for j in range(parts.shape[2]):
        columns = parts[:, :, j]
        gram = columns @ working @ columns.T
        df[j] = np.trace(gram) ** 2 / (gram * gram).sum()
    return df


def joint_df(parts: Floats, working: Floats, columns: Sequence[int]) -> float:
    """Return the degrees of freedom of the covariance of several coefficients, for Hotelling's T-squared.

    Parameters
    ----------
    parts : array (m, k, p)
        From :func:`cluster_robust` with CR2.
    working : array (k, k)
        The working covariance.
    columns : sequence of int
        The coefficients that are tested together, q of them.

    Notes
    -----
    With the robust covariance D of the tested coefficients scaled to have mean I under the working model,
    ``eta = q (q + 1) / sum var(D_st)``. The Wald statistic times ``(eta - q + 1) / (eta q)`` is compared with F
    with q and ``eta - q + 1`` degrees of freedom (HTZ).

    References
    ----------
    Tipton E, Pustejovsky JE (2015). Small-sample adjustments for tests of moderators and model fit using robust
    variance estimation in meta-regression. doi:10.3102/1076998615606099
    """
    chosen = parts[:, :, list(columns)]
    q = chosen.shape[2]
    moved = np.einsum("kl,jlt->jkt", working, chosen)
    mean = np.einsum("jks,jkt->st", chosen, moved)
    values, axes = np.linalg.eigh(mean)
    scaled, turned = (part @ (axes / np.sqrt(values)) @ axes.T for part in (chosen, moved))
    across = np.einsum("iks,jkt->ijst", scaled, turned)
    own = np.einsum("ijss->ijs", across)
    spread = np.einsum("ijs,ijt->", own, own) + np.einsum("ijst,ijts->", across, across)
    return float(q * (q + 1) / spread)
