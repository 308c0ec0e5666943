"""The marginal log-likelihood of a binomial count whose logit is normal, with two derivatives.

Row i has ``x_i ~ Bin(n_i, expit(m_i + tau z_i))`` and ``z_i ~ N(0, 1)``. The integral over z is done by
adaptive Gauss-Hermite quadrature: nodes are centred at the mode of the integrand and scaled by its
curvature. Derivatives are those of the quadrature sum itself, mode and scale included, so that an
optimum found with few points is the optimum of that approximation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from metaleak.numerics.quadrature import adaptive_rule

Floats = npt.NDArray[np.float64]

#: Newton's method doubles its digits each step: a step this small leaves an error near its square.
_MODE_STEPS = 60
_MODE_TOLERANCE = 1e-7


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
    kernel: Floats = x * eta - n * (np.maximum(eta, 0) + np.log1p(np.exp(-np.abs(eta))))
    return kernel


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
    """
    m, v, x, n = np.broadcast_arrays(m, tau * tau, x, n)
    with np.errstate(divide="ignore", invalid="ignore"):
        own = np.log(x) - np.log(n - x)
    own = np.where(n > 0, own, m)
    low, high = np.minimum(m, own), np.maximum(m, own)
    low, high = np.maximum(low, m - v * (n - x)), np.minimum(high, m + v * x)
    soft = np.log((x + 0.5) / (n - x + 0.5))
    weight = v * n * (x + 0.5) * (n - x + 0.5) / (n + 1) ** 2
    e = np.clip((m + weight * soft) / (1 + weight), low, high)
    for _ in range(_MODE_STEPS):
        p = special.expit(e)
        excess = e - m - v * (x - n * p)
        low, high = np.where(excess < 0, e, low), np.where(excess > 0, e, high)
        step = excess / (1 + v * n * p * (1 - p))
        new = e - step
        outside = ~((new >= low) & (new <= high))
        if outside.any():
            new = np.where(outside, (low + high) / 2, new)
        if np.abs(new - e).max(initial=0.0) <= _MODE_TOLERANCE * (1 + np.abs(e).max(initial=0.0)):
            e = new
            break
        e = new
    root: Floats = e
    return root


def log_marginal(m: Floats, tau: Floats, x: Floats, n: Floats, *, points: int) -> Floats:
    """Return each row's log-likelihood without the binomial coefficient; see :func:`marginal`."""
    rule = adaptive_rule(points)
    e = modes(m, tau, x, n)
    p = special.expit(e)
    z = tau * (x - n * p)
    s = 1 / np.sqrt(1 + tau * tau * n * p * (1 - p))
    zj = z[..., None] + s[..., None] * rule.nodes
    ej = m[..., None] + tau[..., None] * zj
    g = log_kernel(ej, x[..., None], n[..., None]) - zj * zj / 2 + rule.log_weights
    top = g.max(axis=-1)
    total: Floats = top + np.log(np.exp(g - top[..., None]).sum(axis=-1) * s) - np.log(2 * np.pi) / 2
    return total


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
