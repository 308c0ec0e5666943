"""The marginal log-likelihood of a binomial count whose complementary log-log is normal, with two derivatives.

Row i has ``x_i ~ Bin(n_i, 1 - exp(-exp(m_i + tau z_i)))`` and ``z_i ~ N(0, 1)``. The integral over z is done by
adaptive Gauss-Hermite quadrature around the mode of the integrand, which is log-concave; derivatives are those of
the quadrature sum itself, as in :mod:`metaleak.numerics.binomial`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from metaleak.numerics.binomial import Marginal, at_nodes, bracketed_root, placement
from metaleak.numerics.binomial_normal import Likelihood
from metaleak.numerics.quadrature import adaptive_rule, normal_rule

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

#: Beyond these predictors a rate is 0 or 1 to every digit, and squares of the hazard leave the range of numbers.
_FAR = 200.0

#: Below this hazard a difference of nearly equal numbers is taken by its series.
_SMALL = 1e-3

#: Beyond this hazard ``exp(-u)`` is 0 beside anything.
_LARGE = 700.0

_TOLERANCE = 1e-10
_HALF_LOG_2PI = float(np.log(2 * np.pi) / 2)
_MEAN_POINTS = 101


@dataclass(frozen=True, slots=True, eq=False)
class Kernel:
    """A row's log-likelihood at a predictor, its slope there, and its curvature turned positive."""

    value: Floats
    slope: Floats
    curvature: Floats


def rates(eta: Floats) -> Floats:
    """Return ``1 - exp(-exp(eta))``.

    Examples
    --------
    >>> rates(np.array([np.log(np.log(2))])).round(12).tolist()
    [0.5]
    """
    found: Floats = -np.expm1(-np.exp(np.clip(eta, -_FAR, _FAR)))
    return found


def predictors_of(rate: Floats) -> Floats:
    """Return ``log(-log(1 - rate))``, the inverse of :func:`rates`."""
    found: Floats = np.log(-np.log1p(-rate))
    return found


def log_kernel(eta: Floats, x: Floats, n: Floats) -> Floats:
    """Return ``x log(1 - exp(-u)) - (n - x) u`` with ``u = exp(eta)``, finite for any ``eta``."""
    u = np.exp(np.clip(eta, -_FAR, _FAR))
    found: Floats = x * np.log(-np.expm1(-u)) - (n - x) * u
    return found


def kernel(eta: Floats, x: Floats, n: Floats) -> Kernel:
    """Return :func:`log_kernel` with two derivatives.

    Notes
    -----
    With ``h = u / (exp(u) - 1)`` and ``b = h + u - 1`` the slope is ``x h - (n - x) u`` and the curvature
    ``x h b + (n - x) u``, both terms of it 0 or more.
    """
    u, h, b = _hazard(eta)
    y = n - x
    return Kernel(x * np.log(-np.expm1(-u)) - y * u, x * h - y * u, x * h * b + y * u)


def bends(eta: Floats, x: Floats, n: Floats) -> tuple[Floats, Floats]:
    """Return the first and second derivative of the curvature; see :func:`kernel`."""
    u, h, b = _hazard(eta)
    w, rest = np.minimum(u, _LARGE), (n - x) * u
    c = w - b * b - h * b
    # c' - b c, with h' = -h b and b' = w - h b.
    d = w - 2 * b * w - h * w + 3 * h * b * b + h * h * b - b * c
    return x * h * c + rest, x * h * d + rest


def _hazard(eta: Floats) -> tuple[Floats, Floats, Floats]:
    u = np.exp(np.clip(eta, -_FAR, _FAR))
    w = np.minimum(u, _LARGE)
    h = w / np.expm1(w)
    return u, h, np.where(w < _SMALL, w / 2 + w * w / 12, h + w - 1)


def information(eta: Floats, n: Floats) -> Floats:
    """Return Fisher's information of ``n`` units about the predictor, ``n u h``; see :func:`kernel`."""
    u, h, _ = _hazard(eta)
    found: Floats = n * np.minimum(u, _LARGE) * h
    return found


def corrected(x: Floats, n: Floats) -> tuple[Floats, Floats]:
    """Return complementary log-logs with half a unit added to both cells, and variances, infinite without units."""
    size = n + 1
    hazard = np.log(size) - np.log(n - x + 0.5)
    return np.log(hazard), np.where(n > 0, (x + 0.5) / (size * (n - x + 0.5) * hazard * hazard), np.inf)


def modes(m: Floats, tau: Floats, x: Floats, n: Floats) -> Floats:
    """Return the conditional mode of every row's predictor, the root of ``e = m + tau^2 slope(e)``.

    Parameters
    ----------
    m, tau, x, n : arrays that broadcast to (b, k)
        Predictor without the study's own part, between-study standard deviation, events, units.

    Notes
    -----
    The slope falls and lies between ``-(n - x) exp(m)`` and ``x`` on the mode's side of ``m``: Newton's method,
    guarded by that bracket and by the row's own predictor.
    """
    m, tau, x, n = np.broadcast_arrays(m, tau, x, n)
    v = tau * tau
    with np.errstate(divide="ignore", invalid="ignore"):
        own = np.log(np.log(n) - np.log(n - x))
    own = np.where(n > 0, own, m)
    low = np.maximum(np.minimum(m, own), m - v * (n - x) * np.exp(np.clip(m, -_FAR, _FAR)))
    high = np.minimum(np.maximum(m, own), m + v * x)
    y, spread = corrected(x, n)
    e = np.clip(m + v / (v + spread) * (y - m), low, high)

    def excess(e: Floats) -> tuple[Floats, Floats]:
        at = kernel(e, x, n)
        return e - m - v * at.slope, 1 + v * at.curvature

    return bracketed_root(excess, e, low, high, _TOLERANCE)


def log_marginals(m: Floats, tau: Floats, x: Floats, n: Floats, *, points: Sequence[int]) -> list[Floats]:
    """Return each row's log-likelihood for several numbers of points; the modes are found once."""
    e = modes(m, tau, x, n)
    at = kernel(e, x, n)
    # Two forms of one number: the slope cancels where tau is large, the distance where it is small.
    z = np.where(tau > 1, (e - m) / np.maximum(tau, 1), tau * at.slope)
    s = 1 / np.sqrt(1 + tau * tau * at.curvature)
    peak = at.value - z * z / 2
    found: list[Floats] = []
    for rule in map(adaptive_rule, points):
        zj = at_nodes(z, s, rule.nodes)
        g = log_kernel(m[..., None] + tau[..., None] * zj, x[..., None], n[..., None])
        g += rule.log_weights - zj * zj / 2 - peak[..., None]
        found.append(peak + np.log(np.exp(g).sum(axis=-1) * s) - _HALF_LOG_2PI)
    return found


def marginal(m: Floats, tau: Floats, x: Floats, n: Floats, *, points: int) -> Marginal:
    """Return each row's log-likelihood, without the binomial coefficient, and its derivatives.

    Parameters
    ----------
    m : array (b, k)
        Predictors, offset included.
    tau : array (b, 1) or (b, k)
        Between-study standard deviations; the function is even in ``tau``.
    x, n : arrays (b, k)
        Events and units; a row with ``n = 0`` contributes 0.
    points : int
        Quadrature points, 1 for Laplace's approximation.
    """
    rule = adaptive_rule(points)
    t = rule.nodes
    e = modes(m, tau, x, n)
    top = kernel(e, x, n)
    a2, a3 = bends(e, x, n)
    at = placement(tau, top.slope, top.curvature, a2, tau * tau * a3)
    z, s = at.z, at.s
    tau_j, zj = np.asarray(tau)[..., None], at_nodes(z.f, s.f, t)
    row = kernel(m[..., None] + tau_j * zj, x[..., None], n[..., None])
    peak = top.value - z.f * z.f / 2
    w = np.exp(row.value - zj * zj / 2 - peak[..., None] + rule.log_weights)
    total = w.sum(axis=-1)
    w /= total[..., None]
    zj_m, zj_t = at_nodes(z.m, s.m, t), at_nodes(z.t, s.t, t)
    ej_m, ej_t = 1 + tau_j * zj_m, zj + tau_j * zj_t
    r, a = row.slope, row.curvature
    slope = tau_j * r - zj
    g_m, g_t = r + slope * zj_m, r * zj + slope * zj_t
    mean_m, mean_t = (w * g_m).sum(axis=-1), (w * g_t).sum(axis=-1)
    # Second derivatives of the nodes are linear in the node: two means of the slope are all they need.
    lean = (w * slope) @ rule.powers
    mm = (w * (g_m * g_m - a * ej_m * ej_m - zj_m * zj_m)).sum(axis=-1)
    mt = (w * (g_m * g_t - a * ej_m * ej_t - zj_m * (zj_t - r))).sum(axis=-1)
    tt = (w * (g_t * g_t - a * ej_t * ej_t - zj_t * (zj_t - 2 * r))).sum(axis=-1)
    return Marginal(
        value=peak + np.log(total * s.f) - _HALF_LOG_2PI,
        d_m=at.h_m + mean_m,
        d_tau=at.h_t + mean_t,
        d_mm=at.h_mm + mm + z.mm * lean[..., 0] + s.mm * lean[..., 1] - mean_m * mean_m,
        d_mt=at.h_mt + mt + z.mt * lean[..., 0] + s.mt * lean[..., 1] - mean_m * mean_t,
        d_tt=at.h_tt + tt + z.tt * lean[..., 0] + s.tt * lean[..., 1] - mean_t * mean_t,
    )


@dataclass(frozen=True, slots=True, eq=False)
class CloglogLikelihood(Likelihood):
    """Log-likelihoods of b tables in ``theta = (beta, tau)``; ``offset`` (b, k) is added to every predictor."""

    offset: Floats | None = None

    def values(self, theta: Floats, rows: Rows, *, points: Sequence[int]) -> list[Floats]:
        """Return the log-likelihoods alone, for several numbers of points."""
        by_row = log_marginals(
            self.predictors(theta, rows), theta[:, -1:], self.x[rows], self.n[rows], points=points
        )
        return [values.sum(axis=1) for values in by_row]

    def predictors(self, theta: Floats, rows: Rows) -> Floats:
        """Return the predictors with their offsets, array (c, k)."""
        plain = Likelihood.predictors(self, theta, rows)
        added: Floats = plain + (np.zeros_like(self.x) if self.offset is None else self.offset)[rows]
        return added

    def _chunk(self, theta: Floats, rows: Rows) -> tuple[Floats, Floats, Floats]:
        row = marginal(
            self.predictors(theta, rows), theta[:, -1:], self.x[rows], self.n[rows], points=self.points
        )
        return row.summed(None if self.design is None else self.design[rows])


def averaged_rate(mu: Floats, tau: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the mean rate over studies, ``E[rates(mu + tau Z)]``, and its slopes in mu and tau, arrays (c,).

    Examples
    --------
    >>> value, _, _ = averaged_rate(np.array([-0.5]), np.array([0.0]))
    >>> bool(np.isclose(value[0], rates(np.array([-0.5]))[0]))
    True
    """
    nodes, weights = normal_rule(_MEAN_POINTS)
    eta = np.clip(mu[:, None] + tau[:, None] * nodes, -_FAR, _FAR)
    slope = np.exp(eta - np.exp(eta))
    return rates(eta) @ weights, slope @ weights, (slope * nodes) @ weights
