"""The likelihood of counts in rows within studies, with normal intercepts on both levels and two derivatives.

Row j of study i has ``x ~ Bin(n, expit(eta_ij + a u_i + b w_ij))`` with independent standard normal ``u_i`` and
``w_ij``. Given ``u_i`` a row is a binomial-normal marginal (:mod:`metaleak.numerics.binomial`); the product over
the rows of a study is integrated over ``u_i`` by adaptive Gauss-Hermite quadrature once more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from metaleak.numerics.binomial import Marginal, marginal
from metaleak.numerics.quadrature import adaptive_rule

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

_MODE_STEPS = 60
_MODE_TOLERANCE = 1e-10
_HALF_LOG_2PI = float(np.log(2 * np.pi) / 2)


@dataclass(frozen=True, slots=True, eq=False)
class Nested:
    """Log-likelihood of one table in ``theta = (beta, a, b)``, without the binomial coefficients.

    Parameters
    ----------
    x, n : arrays (k,)
        Events and units.
    study : array (k,) of int
        The number of each row's study, 0 .. m - 1.
    design : array (k, p)
        One column per coefficient.
    points : int
        Quadrature points on either level.
    """

    x: Floats
    n: Floats
    study: Rows
    design: Floats
    points: int

    @property
    def members(self) -> Floats:
        """1 where a row belongs to a study, array (m, k)."""
        belongs: Floats = (np.arange(self.study.max() + 1)[:, None] == self.study).astype(np.float64)
        return belongs

    def __call__(self, theta: Floats, rows: Rows) -> tuple[Floats, Floats, Floats]:
        """Return value, gradient and Hessian at theta (c, p + 2); ``rows`` mean nothing here."""
        value, share, z, at = self._integrated(theta)
        c, _, q = share.shape
        p = self.design.shape[1]
        moves = np.zeros((c, q, len(self.x), p + 1))
        moves[..., :p] = self.design
        moves[..., p] = z.transpose(0, 2, 1)[:, :, self.study]
        score = np.concatenate([at.d_m[..., None] * moves, at.d_tau[..., None]], axis=-1)
        bend = np.empty((*score.shape, p + 2))
        bend[..., : p + 1, : p + 1] = at.d_mm[..., None, None] * moves[..., :, None] * moves[..., None, :]
        bend[..., : p + 1, p + 1] = bend[..., p + 1, : p + 1] = at.d_mt[..., None] * moves
        bend[..., p + 1, p + 1] = at.d_tt
        # Sums over the rows of each study, arrays (c, q, m, ...).
        parts = np.einsum("mk,cqki->cqmi", self.members, score)
        bends = np.einsum("mk,cqkij->cqmij", self.members, bend)
        weight = share.transpose(0, 2, 1)
        gradient = np.einsum("cqm,cqmi->cmi", weight, parts)
        hessian = np.einsum("cqm,cqmi,cqmj->cij", weight, parts, parts)
        hessian += np.einsum("cqm,cqmij->cij", weight, bends)
        hessian -= np.einsum("cmi,cmj->cij", gradient, gradient)
        return value, gradient.sum(axis=1), hessian

    def value(self, theta: Floats) -> Floats:
        """Return the log-likelihoods alone."""
        return self._integrated(theta)[0]

    def modes(self, theta: Floats) -> Floats:
        """Return the modes of ``u`` (c, m)."""
        return self._modes(theta)[0]

    def _integrated(self, theta: Floats) -> tuple[Floats, Floats, Floats, Marginal]:
        """Return values (c,), shares and places of the outer nodes (c, m, q), and the rows there (c, q, k)."""
        z, scale = self._modes(theta)
        rule = adaptive_rule(self.points)
        places = z[..., None] + scale[..., None] * rule.nodes
        at = self._rows(theta, places)
        joined = at.value @ self.members.T
        height = joined.transpose(0, 2, 1) - places * places / 2 + rule.log_weights
        top = height.max(axis=-1, keepdims=True)
        share = np.exp(height - top)
        total = share.sum(axis=-1, keepdims=True)
        values = top[..., 0] + np.log(total[..., 0]) + np.log(scale) - _HALF_LOG_2PI
        return values.sum(axis=1), share / total, places, at

    def _modes(self, theta: Floats) -> tuple[Floats, Floats]:
        """Return modes and standard deviations of ``u`` (c, m); each study's integrand is log-concave."""
        a = theta[:, -2:-1]
        z = np.zeros((len(theta), len(self.members)))
        for _ in range(_MODE_STEPS):
            at = self._rows(theta, z[..., None])
            slope, bend = at.d_m[:, 0] @ self.members.T, at.d_mm[:, 0] @ self.members.T
            curvature = 1 - a * a * bend
            step = (a * slope - z) / curvature
            if np.abs(step).max(initial=0.0) <= _MODE_TOLERANCE:
                break
            z = z + np.clip(step, -1.0, 1.0)
        return z, 1 / np.sqrt(curvature)

    def _rows(self, theta: Floats, places: Floats) -> Marginal:
        """Return every row given ``u`` at places (c, m, q): arrays (c, q, k)."""
        c, _, q = places.shape
        k = len(self.x)
        eta = theta[:, :-2] @ self.design.T
        means = eta[:, None] + theta[:, -2, None, None] * places.transpose(0, 2, 1)[:, :, self.study]
        spread = np.repeat(theta[:, -1], q)[:, None]
        wide = (c * q, k)
        found = marginal(
            means.reshape(wide),
            spread,
            np.broadcast_to(self.x, wide),
            np.broadcast_to(self.n, wide),
            points=self.points,
        )
        shape = (c, q, k)
        return Marginal(
            found.value.reshape(shape),
            found.d_m.reshape(shape),
            found.d_tau.reshape(shape),
            found.d_mm.reshape(shape),
            found.d_mt.reshape(shape),
            found.d_tt.reshape(shape),
        )
