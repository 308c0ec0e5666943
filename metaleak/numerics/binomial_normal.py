"""The binomial-normal likelihood of whole tables: objective functions for the optimiser, in batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from metaleak.numerics.binomial import log_marginals, marginal
from metaleak.numerics.quadrature import normal_rule

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

#: Elements of one array in a chunk: a dozen such arrays stay near the processor.
_CHUNK = 16_000


@dataclass(frozen=True, slots=True, eq=False)
class Likelihood:
    """Log-likelihoods of b tables in ``theta = (beta, tau)``, without the binomial coefficients.

    Parameters
    ----------
    x, n : arrays (b, k)
        Events and units; rows with ``n = 0`` fill shorter tables up.
    design : array (b, k, p) or None
        None means one common mean.
    points : int
        Quadrature points.
    """

    x: Floats
    n: Floats
    points: int
    design: Floats | None = None

    def __call__(self, theta: Floats, rows: Rows) -> tuple[Floats, Floats, Floats]:
        """Return value, gradient and Hessian; see :data:`metaleak.numerics.newton.Objective`."""
        parts = [self._chunk(theta[part], rows[part]) for part in self._parts(len(rows))]
        if len(parts) == 1:
            return parts[0]
        value, gradient, hessian = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
        return value, gradient, hessian

    def value(self, theta: Floats, rows: Rows, *, points: int) -> Floats:
        """Return the log-likelihoods alone, with another number of points."""
        return self.values(theta, rows, points=(points,))[0]

    def values(self, theta: Floats, rows: Rows, *, points: Sequence[int]) -> list[Floats]:
        """Return the log-likelihoods alone, for several numbers of points."""
        predictors, tau = self.predictors(theta, rows), theta[:, -1:]
        by_row = log_marginals(predictors, tau, self.x[rows], self.n[rows], points=points)
        return [values.sum(axis=1) for values in by_row]

    def predictors(self, theta: Floats, rows: Rows) -> Floats:
        """Return the linear predictors, array (c, k), or (c, 1) without a design."""
        if self.design is None:
            return theta[:, :1]
        predictors: Floats = np.einsum("ckp,cp->ck", self.design[rows], theta[:, :-1])
        return predictors

    def _parts(self, count: int) -> list[slice]:
        size = max(1, _CHUNK // (self.x.shape[1] * self.points))
        return [slice(start, start + size) for start in range(0, count, size)]

    def _chunk(self, theta: Floats, rows: Rows) -> tuple[Floats, Floats, Floats]:
        row = marginal(
            self.predictors(theta, rows), theta[:, -1:], self.x[rows], self.n[rows], points=self.points
        )
        return row.summed(None if self.design is None else self.design[rows])


#: The mean of a logistic curve over a normal one converges slowly where tau is large ...
_MEAN_POINTS = 101

#: ... and from here on it is taken by parts, with the trapezoid rule over the logistic density.
_WIDE = 1.5
_LOGISTIC_STEP = 0.5
_LOGISTIC_PLACES = _LOGISTIC_STEP * np.arange(-76, 77)


@dataclass(frozen=True, slots=True, eq=False)
class AveragedMean:
    """The logit of the mean rate over studies, ``E[expit(mu + tau Z)]``, with derivatives, arrays (c,)."""

    value: Floats
    d_mu: Floats
    d_tau: Floats
    d_mm: Floats
    d_mt: Floats
    d_tt: Floats


def averaged_logit(mu: Floats, tau: Floats) -> AveragedMean:
    """Return the logit of the population-averaged proportion and its derivatives.

    References
    ----------
    Lin L, Chu H (2020). Meta-analysis of proportions using generalized linear mixed models.
    doi:10.1097/EDE.0000000000001232
    """
    wide = np.abs(tau) > _WIDE
    if wide.any():
        parts = np.empty((7, mu.size))
        parts[:, wide] = _by_parts(mu[wide], tau[wide])
        parts[:, ~wide] = _by_quadrature(mu[~wide], tau[~wide])
    else:
        parts = _by_quadrature(mu, tau)
    m, rest, m_m, m_t, m_mm, m_mt, m_tt = parts
    scale = m * rest
    bent = (rest - m) / scale
    d_mu, d_tau = m_m / scale, m_t / scale
    return AveragedMean(
        value=np.log(m) - np.log(rest),
        d_mu=d_mu,
        d_tau=d_tau,
        d_mm=m_mm / scale - d_mu * d_mu * scale * bent,
        d_mt=m_mt / scale - d_mu * d_tau * scale * bent,
        d_tt=m_tt / scale - d_tau * d_tau * scale * bent,
    )


def _by_quadrature(mu: Floats, tau: Floats) -> Floats:
    """Return the mean rate, its complement and derivatives m, t, mm, mt, tt by Gauss-Hermite quadrature."""
    nodes, weights = normal_rule(_MEAN_POINTS)
    eta = mu[:, None] + tau[:, None] * nodes
    p, q = special.expit(eta), special.expit(-eta)
    slope = p * q
    bend = slope * (q - p)
    return np.stack(
        [
            p @ weights,
            q @ weights,
            slope @ weights,
            (slope * nodes) @ weights,
            bend @ weights,
            (bend * nodes) @ weights,
            (bend * nodes * nodes) @ weights,
        ]
    )


def _by_parts(mu: Floats, tau: Floats) -> Floats:
    """Return the same for wide spreads: the mean of normal probabilities over a logistic variable."""
    # Far from 0 the logistic variable counts where the normal curve, tilted by its tail, has its top.
    centre = np.clip(mu + np.clip(-np.sign(mu) * tau * tau, -np.abs(mu), np.abs(mu)), -60, 60)
    place = centre[:, None] + _LOGISTIC_PLACES
    size = np.abs(place)
    weights = _LOGISTIC_STEP * np.exp(-size - 2 * np.log1p(np.exp(-size)))
    t = np.abs(tau)[:, None]
    z = (mu[:, None] - place) / t
    curve = weights * np.exp(-z * z / 2) / (np.sqrt(2 * np.pi) * t)
    sign = np.where(tau < 0, -1.0, 1.0)
    # The places hold what makes the smaller share; the larger one is the rest.
    low = (mu < 0)[:, None]
    smaller = (weights * special.ndtr(np.where(low, z, -z))).sum(axis=1)
    return np.stack(
        [
            np.where(low[:, 0], smaller, 1 - smaller),
            np.where(low[:, 0], 1 - smaller, smaller),
            curve.sum(axis=1),
            -sign * (curve * z).sum(axis=1),
            -(curve * z / t).sum(axis=1),
            sign * (curve * (z * z - 1) / t).sum(axis=1),
            (curve * (2 * z - z**3) / t).sum(axis=1),
        ]
    )


@dataclass(frozen=True, slots=True, eq=False)
class AveragedLikelihood:
    """The log-likelihood of tables with one common mean in ``theta = (logit of the mean rate, tau)``."""

    likelihood: Likelihood

    def __call__(self, theta: Floats, rows: Rows) -> tuple[Floats, Floats, Floats]:
        """Return value, gradient and Hessian by the chain rule; ``mu`` is solved for."""
        level, tau = theta[:, 0], theta[:, 1]
        mu = solve_mu(level, tau)
        mean = averaged_logit(mu, tau)
        value, gradient, hessian = self.likelihood(np.stack([mu, tau], axis=1), rows)
        # mu as a function of (level, tau), by implicit differentiation.
        u_l = 1 / mean.d_mu
        u_t = -mean.d_tau * u_l
        u_ll = -mean.d_mm * u_l * u_l * u_l
        u_lt = -(mean.d_mm * u_t + mean.d_mt) * u_l * u_l
        u_tt = -(mean.d_mm * u_t * u_t + 2 * mean.d_mt * u_t + mean.d_tt) * u_l
        g_m, g_t = gradient[:, 0], gradient[:, 1]
        h_mm, h_mt, h_tt = hessian[:, 0, 0], hessian[:, 0, 1], hessian[:, 1, 1]
        bent = np.empty_like(hessian)
        bent[:, 0, 0] = h_mm * u_l * u_l + g_m * u_ll
        bent[:, 0, 1] = bent[:, 1, 0] = h_mm * u_l * u_t + h_mt * u_l + g_m * u_lt
        bent[:, 1, 1] = h_mm * u_t * u_t + 2 * h_mt * u_t + h_tt + g_m * u_tt
        return value, np.stack([g_m * u_l, g_t + g_m * u_t], axis=1), bent


def solve_mu(level: Floats, tau: Floats) -> Floats:
    """Return the ``mu`` whose population-averaged proportion has the logit ``level``."""
    mu = level * np.sqrt(1 + 0.346 * tau * tau)
    for _ in range(50):
        mean = averaged_logit(mu, tau)
        step = (mean.value - level) / mean.d_mu
        mu = mu - step
        if np.abs(step).max(initial=0.0) <= 1e-13 * (1 + np.abs(mu).max(initial=0.0)):
            break
    return mu
