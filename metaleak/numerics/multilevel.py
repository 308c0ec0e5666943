"""Likelihood of effects with a variance between clusters and one within them, with two derivatives.

One data set with k rows: ``y ~ N(X beta, V + a Z + b I)``, where V is the sampling covariance and Z joins
rows of one cluster.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Multilevel:
    """(Restricted) log-likelihood in ``theta = (sd between, sd within)``, maximised over the coefficients.

    Parameters
    ----------
    y : array (k,)
        Effects.
    sampling : array (k, k)
        Their sampling covariance.
    same : array (k, k)
        1 where two rows belong to one cluster, else 0.
    x : array (k, p)
        The design.
    restricted : bool
        REML, or ML.
    """

    y: Floats
    sampling: Floats
    same: Floats
    x: Floats
    restricted: bool

    def covariance(self, theta: Floats) -> Floats:
        """Return the marginal covariance of the effects, array (c, k, k)."""
        between, within = (theta[:, i, None, None] ** 2 for i in (0, 1))
        marginal: Floats = self.sampling + between * self.same + within * np.eye(len(self.y))
        return marginal

    def __call__(self, theta: Floats, rows: Rows) -> tuple[Floats, Floats, Floats]:
        """Return value, gradient and Hessian; see :data:`metaleak.numerics.newton.Objective`."""
        covariance = self.covariance(theta)
        inverse: Floats = np.linalg.inv(covariance).astype(np.float64, copy=False)
        wx = inverse @ self.x
        information = self.x.T @ wx
        spread = np.linalg.inv(information)
        p: Floats = inverse - wx @ spread @ wx.swapaxes(1, 2)
        py: Floats = p @ self.y
        value = -0.5 * (np.linalg.slogdet(covariance)[1] + py @ self.y)
        if self.restricted:
            gain = np.linalg.slogdet(self.x.T @ self.x)[1] - np.linalg.slogdet(information)[1]
            value = value + 0.5 * gain
        free = len(self.y) - (self.x.shape[1] if self.restricted else 0)
        value = value - 0.5 * free * np.log(2 * np.pi)
        weight: Floats = p if self.restricted else inverse
        joined = weight @ self.same
        moved = np.stack([py @ self.same, py], axis=1)
        slope = 0.5 * (moved @ py[..., None])[..., 0]
        slope[:, 0] -= 0.5 * np.einsum("cii->c", joined)
        slope[:, 1] -= 0.5 * np.einsum("cii->c", weight)
        across = np.empty((len(theta), 2, 2))
        across[:, 0, 0] = (joined * joined.swapaxes(1, 2)).sum(axis=(1, 2))
        across[:, 0, 1] = across[:, 1, 0] = (joined * weight).sum(axis=(1, 2))
        across[:, 1, 1] = (weight * weight).sum(axis=(1, 2))
        bend = 0.5 * across - moved @ p @ moved.swapaxes(1, 2)
        gradient = 2 * theta * slope
        hessian = 4 * theta[:, :, None] * theta[:, None, :] * bend
        hessian[:, [0, 1], [0, 1]] += 2 * slope
        return value, gradient, hessian

    def coefficients(self, theta: Floats) -> tuple[Floats, Floats, Floats]:
        """Return coefficients (p,), their covariance (p, p) and the marginal covariance (k, k) at theta (2,)."""
        covariance = self.covariance(theta[None])[0]
        wx = np.linalg.solve(covariance, self.x)
        spread: Floats = np.linalg.inv(self.x.T @ wx).astype(np.float64, copy=False)
        beta: Floats = spread @ (wx.T @ self.y)
        return beta, spread, covariance
