"""The marginal log-likelihood of a binomial count whose logit is normal, with two derivatives.

Row i has ``x_i ~ Bin(n_i, expit(m_i + tau z_i))`` and ``z_i ~ N(0, 1)``. The integral over z is done by
adaptive Gauss-Hermite quadrature: nodes are centred at the mode of the integrand and scaled by its
curvature. Derivatives are those of the quadrature sum itself, mode and scale included, so that an
optimum found with few points is the optimum of that approximation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from metaleak.numerics.quadrature import adaptive_rule

Floats = npt.NDArray[np.float64]

#: Halley's method triples its digits each step: a step this small leaves an error below rounding.
_HALLEY_STEPS = 8
_HALLEY_TOLERANCE = 1e-5

#: Newton's method doubles them.
_NEWTON_STEPS = 200
_NEWTON_TOLERANCE = 1e-9

_HALF_LOG_2PI = float(np.log(2 * np.pi) / 2)


@dataclass(frozen=True, slots=True, eq=False)
class Marginal:
    """Log-likelihood of each row with derivatives in its mean ``m`` and in ``tau``, arrays (b, k)."""

    value: Floats
    d_m: Floats
    d_tau: Floats
    d_mm: Floats
    d_mt: Floats
    d_tt: Floats


def log_choose(x: Floats, n: Floats) -> Floats:
    """Return the logarithm of the binomial coefficients."""
    coefficients: Floats = special.gammaln(n + 1) - special.gammaln(x + 1) - special.gammaln(n - x + 1)
    return coefficients


def log_kernel(eta: Floats, x: Floats, n: Floats) -> Floats:
    """Return ``x eta - n log(1 + exp(eta))``, finite for any ``eta``."""
    # log(1 + exp(eta)) = max(eta, 0) + log(1 + exp(-|eta|)); numpy's log is many times faster than its log1p.
    soft = np.abs(eta)
    np.negative(soft, out=soft)
    np.exp(soft, out=soft)
    soft += 1
    np.log(soft, out=soft)
    soft += np.maximum(eta, 0)
    kernel = n * soft
    return np.subtract(x * eta, kernel, out=kernel)


def modes(m: Floats, tau: Floats, x: Floats, n: Floats) -> Floats:
    """Return the conditional mode of every row's logit, the root of ``e = m + tau^2 (x - n expit(e))``.

    Parameters
    ----------
    m, tau, x, n : arrays that broadcast to (b, k)
        Linear predictor, between-study standard deviation >= 0, events, units.

    Returns
    -------
    array (b, k)
        The mode lies between ``m`` and the row's own logit.

    Notes
    -----
    Halley's method from a weighted mean of ``m`` and the row's logit: two or three steps. Rows that it
    leaves unsolved are bracketed.
    """
    v = tau * tau
    a, b = x + 0.5, n - x + 0.5
    weight = v * n * a * b / ((n + 1) * (n + 1))
    e = (m + weight * np.log(a / b)) / (1 + weight)
    vn, target = v * n, m + v * x
    step = e
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        for _ in range(_HALLEY_STEPS):
            p = 1 / (1 + np.exp(-e))
            pull = vn * p
            slope = pull * (1 - p)
            step = (e - target + pull) / (1 + slope)
            step /= 1 - step * slope * (0.5 - p) / (1 + slope)
            e = e - step
            if np.abs(step).max(initial=0.0) <= _HALLEY_TOLERANCE:
                return e
    unsolved = ~(np.abs(step) <= _HALLEY_TOLERANCE)
    e[unsolved] = _bracketed_modes(*(np.broadcast_to(part, e.shape)[unsolved] for part in (m, v, x, n)))
    return e


def _bracketed_modes(m: Floats, v: Floats, x: Floats, n: Floats) -> Floats:
    """Solve for the modes of flat arrays by Newton's method inside a bracket."""
    with np.errstate(divide="ignore", invalid="ignore"):
        own = np.log(x) - np.log(n - x)
    own = np.where(n > 0, own, m)
    low, high = np.minimum(m, own), np.maximum(m, own)
    low, high = np.maximum(low, m - v * (n - x)), np.minimum(high, m + v * x)
    e = (low + high) / 2
    for _ in range(_NEWTON_STEPS):
        p = special.expit(e)
        excess = e - m - v * (x - n * p)
        low, high = np.where(excess < 0, e, low), np.where(excess > 0, e, high)
        new = e - excess / (1 + v * n * p * (1 - p))
        new = np.where((new >= low) & (new <= high), new, (low + high) / 2)
        done = np.abs(new - e) <= _NEWTON_TOLERANCE * (1 + np.abs(e))
        e = new
        if done.all():
            break
    return e


def log_marginal(m: Floats, tau: Floats, x: Floats, n: Floats, *, points: int) -> Floats:
    """Return each row's log-likelihood without the binomial coefficient; see :func:`marginal`."""
    return log_marginals(m, tau, x, n, points=(points,))[0]


def log_marginals(m: Floats, tau: Floats, x: Floats, n: Floats, *, points: Sequence[int]) -> list[Floats]:
    """Return each row's log-likelihood for several numbers of points; the modes are found once."""
    e = modes(m, tau, x, n)
    p = special.expit(e)
    z = tau * (x - n * p)
    s = 1 / np.sqrt(1 + tau * tau * n * p * (1 - p))
    peak = log_kernel(e, x, n) - z * z / 2
    found: list[Floats] = []
    for rule in map(adaptive_rule, points):
        zj = s[..., None] * rule.nodes
        zj += z[..., None]
        ej = tau[..., None] * zj
        ej += m[..., None]
        g = log_kernel(ej, x[..., None], n[..., None])
        zj *= zj
        zj /= 2
        g -= zj
        g += rule.log_weights
        # The mode is the highest point of the integrand, so no exponent is large.
        g -= peak[..., None]
        found.append(peak + np.log(np.exp(g, out=g).sum(axis=-1) * s) - _HALF_LOG_2PI)
    return found


def marginal(m: Floats, tau: Floats, x: Floats, n: Floats, *, points: int) -> Marginal:
    """Return each row's log-likelihood, without the binomial coefficient, and its derivatives.

    Parameters
    ----------
    m : array (b, k)
        Linear predictors.
    tau : array (b, 1) or (b, k)
        Between-study standard deviations; the function is even in ``tau`` and smooth at 0.
    x, n : arrays (b, k)
        Events and units; a row with ``n = 0`` contributes 0.
    points : int
        Quadrature points, 1 for Laplace's approximation.

    Notes
    -----
    With the mode ``e``, ``z = tau r(e)``, ``c = 1 + tau^2 n p q`` and ``s = c^(-1/2)``, nodes stand at
    ``z_j = z + s t_j``. First and second derivatives of ``e, z, s`` follow from the mode's equation by
    implicit differentiation.
    """
    rule = adaptive_rule(points)
    e = modes(m, tau, x, n)
    p = special.expit(e)
    q = 1 - p
    a1 = n * p * q
    a2 = a1 * (q - p)
    a3 = a1 * (1 - 6 * p * q)
    r = x - n * p
    v = tau * tau
    z = tau * r
    c = 1 + v * a1

    # The mode and its latent z.
    e_m = 1 / c
    e_t = 2 * z * e_m
    z_m = -tau * a1 * e_m
    z_t = r - tau * a1 * e_t
    c_m = v * a2 * e_m
    c_t = 2 * tau * a1 + v * a2 * e_t
    e_mm = -c_m * e_m * e_m
    e_mt = -c_t * e_m * e_m
    e_tt = 2 * e_m * (z_t - z * c_t * e_m)
    z_mm = -tau * (a2 * e_m * e_m + a1 * e_mm)
    z_mt = -a1 * e_m - tau * (a2 * e_m * e_t + a1 * e_mt)
    z_tt = -2 * a1 * e_t - tau * (a2 * e_t * e_t + a1 * e_tt)

    # The scale s and its logarithm.
    c_mm = v * (a3 * e_m * e_m + a2 * e_mm)
    c_mt = 2 * tau * a2 * e_m + v * (a3 * e_m * e_t + a2 * e_mt)
    c_tt = 2 * a1 + 4 * tau * a2 * e_t + v * (a3 * e_t * e_t + a2 * e_tt)
    h_m, h_t = -0.5 * c_m * e_m, -0.5 * c_t * e_m
    h_mm = 0.5 * (c_m * c_m * e_m - c_mm) * e_m
    h_mt = 0.5 * (c_m * c_t * e_m - c_mt) * e_m
    h_tt = 0.5 * (c_t * c_t * e_m - c_tt) * e_m
    s = np.sqrt(e_m)
    s_m, s_t = s * h_m, s * h_t
    s_mm = s * (h_mm + h_m * h_m)
    s_mt = s * (h_mt + h_m * h_t)
    s_tt = s * (h_tt + h_t * h_t)

    # The nodes.
    def at_nodes(centre: Floats, scale: Floats) -> Floats:
        return centre[..., None] + scale[..., None] * rule.nodes

    t = np.broadcast_to(tau, m.shape)[..., None]
    zj, zj_m, zj_t = at_nodes(z, s), at_nodes(z_m, s_m), at_nodes(z_t, s_t)
    ej = m[..., None] + t * zj
    ej_m, ej_t = 1 + t * zj_m, zj + t * zj_t
    xj, nj = x[..., None], n[..., None]
    decay = np.exp(-np.abs(ej))
    pj = np.where(ej >= 0, 1.0, decay) / (1 + decay)
    kernel = xj * ej - nj * (np.maximum(ej, 0) + np.log1p(decay))
    rj, aj = xj - nj * pj, nj * pj * (1 - pj)
    g_m = rj * ej_m - zj * zj_m
    g_t = rj * ej_t - zj * zj_t
    # Second derivatives of the nodes are linear in the node, so only these three combinations are needed.
    slope = rj * t - zj
    g_mm = -aj * ej_m * ej_m - zj_m * zj_m + slope * at_nodes(z_mm, s_mm)
    g_mt = -aj * ej_m * ej_t - zj_m * zj_t + rj * zj_m + slope * at_nodes(z_mt, s_mt)
    g_tt = -aj * ej_t * ej_t - zj_t * zj_t + 2 * rj * zj_t + slope * at_nodes(z_tt, s_tt)

    log_terms = kernel - zj * zj / 2 + rule.log_weights
    top = log_terms.max(axis=-1, keepdims=True)
    terms = np.exp(log_terms - top)
    total = terms.sum(axis=-1)
    w = terms / total[..., None]

    def mean(values: Floats) -> Floats:
        average: Floats = np.einsum("...j,...j->...", w, values)
        return average

    mean_m, mean_t = mean(g_m), mean(g_t)
    return Marginal(
        value=top[..., 0] + np.log(total * s) - np.log(2 * np.pi) / 2,
        d_m=h_m + mean_m,
        d_tau=h_t + mean_t,
        d_mm=h_mm + mean(g_mm + g_m * g_m) - mean_m * mean_m,
        d_mt=h_mt + mean(g_mt + g_m * g_t) - mean_m * mean_t,
        d_tt=h_tt + mean(g_tt + g_t * g_t) - mean_t * mean_t,
    )
