"""The marginal log-likelihood of a binomial count whose logit is normal, with two derivatives.

Row i has ``x_i ~ Bin(n_i, expit(m_i + tau z_i))`` and ``z_i ~ N(0, 1)``. The integral over z is done by
adaptive Gauss-Hermite quadrature: nodes are centred at the mode of the integrand and scaled by its
curvature. Derivatives are those of the quadrature sum itself, mode and scale included, so that an
optimum found with few points is the optimum of that approximation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from metaleak.numerics.quadrature import adaptive_rule

Floats = npt.NDArray[np.float64]

#: Halley's method triples its digits each step: a step this small leaves an error below rounding.
_HALLEY_STEPS = 8
_HALLEY_TOLERANCE = 1e-4

#: Newton's method doubles them.
_NEWTON_STEPS = 200
_NEWTON_TOLERANCE = 1e-9

_HALF_LOG_2PI = float(np.log(2 * np.pi) / 2)


@dataclass(frozen=True, slots=True, eq=False)
class Marginal:
    """Log-likelihood of each row with derivatives in its mean ``m`` and its spread ``tau``, arrays (b, k)."""

    value: Floats
    d_m: Floats
    d_tau: Floats
    d_mm: Floats
    d_mt: Floats
    d_tt: Floats

    def summed(self, design: Floats | None) -> tuple[Floats, Floats, Floats]:
        """Return value, gradient and Hessian of each table in ``theta = (beta, tau)``.

        ``design`` is an array (b, k, p), or None where all rows of a table have one mean.
        """
        b, p = len(self.value), 1 if design is None else design.shape[2]
        gradient, hessian = np.empty((b, p + 1)), np.empty((b, p + 1, p + 1))
        if design is None:
            gradient[:, 0], hessian[:, 0, 0] = self.d_m.sum(axis=1), self.d_mm.sum(axis=1)
            hessian[:, 0, 1] = self.d_mt.sum(axis=1)
        else:
            gradient[:, :p] = np.einsum("bkp,bk->bp", design, self.d_m)
            hessian[:, :p, :p] = np.einsum("bkp,bk,bkq->bpq", design, self.d_mm, design)
            hessian[:, :p, p] = np.einsum("bkp,bk->bp", design, self.d_mt)
        gradient[:, p], hessian[:, p, p] = self.d_tau.sum(axis=1), self.d_tt.sum(axis=1)
        hessian[:, p, :p] = hessian[:, :p, p]
        return self.value.sum(axis=1), gradient, hessian


def log_choose(x: Floats, n: Floats) -> Floats:
    """Return the logarithm of the binomial coefficients."""
    coefficients: Floats = special.gammaln(n + 1) - special.gammaln(x + 1) - special.gammaln(n - x + 1)
    return coefficients


def log_kernel(eta: Floats, x: Floats, n: Floats) -> Floats:
    """Return ``x eta - n log(1 + exp(eta))``, finite for any ``eta``."""
    # x eta - n max(eta, 0), without cancellation; numpy's log is many times faster than its log1p.
    straight = np.minimum(x * eta, (x - n) * eta)
    soft = np.abs(eta)
    np.negative(soft, out=soft)
    np.exp(soft, out=soft)
    soft += 1
    np.log(soft, out=soft)
    kernel = n * soft
    return np.subtract(straight, kernel, out=kernel)


def log_saturated(x: Floats, n: Floats) -> Floats:
    """Return the log-likelihood of tables (b, k) with one rate per row, without the coefficients."""
    inside = (x > 0) & (x < n)
    own = np.where(inside, special.logit(np.where(inside, x / np.maximum(n, 1), 0.5)), 0.0)
    total: Floats = np.where(inside, log_kernel(own, x, n), 0.0).sum(axis=1)
    return total


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
    y = n - x
    weight = v * n * (x + 0.5) * (y + 0.5) / ((n + 1) * (n + 1))
    e: Floats = (m + weight * np.log((x + 0.5) / (y + 0.5))) / (1 + weight)
    vx, vy = v * x, v * y
    step = e
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        for _ in range(_HALLEY_STEPS):
            odds = np.exp(-e)
            p = 1 / (1 + odds)
            q = odds * p
            slope = (vx + vy) * p * q
            step = (e - m - vx * q + vy * p) / (1 + slope)
            e -= step / (1 - step * slope * (0.5 - p) / (1 + slope))
            if np.abs(step).max(initial=0.0) <= _HALLEY_TOLERANCE:
                break
    unsolved = ~(np.abs(step) <= _HALLEY_TOLERANCE)
    if unsolved.any():
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

    def excess(e: Floats) -> tuple[Floats, Floats]:
        p, q = special.expit(e), special.expit(-e)
        return e - m - v * (x * q - (n - x) * p), 1 + v * n * p * q

    return bracketed_root(excess, e, low, high, _NEWTON_TOLERANCE)


def bracketed_root(
    excess: Callable[[Floats], tuple[Floats, Floats]], e: Floats, low: Floats, high: Floats, tolerance: float
) -> Floats:
    """Return where a rising function, given with its slope, is 0: Newton's method from e inside a bracket."""
    for _ in range(_NEWTON_STEPS):
        value, slope = excess(e)
        low, high = np.where(value < 0, e, low), np.where(value > 0, e, high)
        new = e - value / slope
        new = np.where((new >= low) & (new <= high), new, (low + high) / 2)
        done = np.abs(new - e) <= tolerance * (1 + np.abs(e))
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
    p, q = special.expit(e), special.expit(-e)
    # Two forms of one number: the residual cancels where tau is large, the distance where it is small.
    z = np.where(tau > 1, (e - m) / np.maximum(tau, 1), tau * (x * q - (n - x) * p))
    s = 1 / np.sqrt(1 + tau * tau * n * p * q)
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
    at = _placement(e, tau, x, n)
    z, s = at.z, at.s
    # The nodes and the log-integrand there, less its height at the mode.
    t = rule.nodes
    tau_j, xj, nj = np.asarray(tau)[..., None], x[..., None], n[..., None]
    zj = s.f[..., None] * t
    zj += z.f[..., None]
    ej = tau_j * zj
    ej += m[..., None]
    decay = np.abs(ej)
    np.negative(decay, out=decay)
    np.exp(decay, out=decay)
    whole = 1 + decay
    peak = log_kernel(e, x, n) - z.f * z.f / 2
    g = np.minimum(xj * ej, (xj - nj) * ej)
    g -= nj * np.log(whole)
    g -= zj * zj / 2
    g -= peak[..., None]
    g += rule.log_weights
    w = np.exp(g, out=g)
    # Residuals r, their slopes a, and the first derivatives of the log-integrand.
    decay /= whole
    a = nj * decay
    a /= whole
    np.subtract(0.5, decay, out=decay)
    np.copysign(decay, ej, out=decay)
    r = (xj - nj / 2) - nj * decay
    zj_m, zj_t = at_nodes(z.m, s.m, t), at_nodes(z.t, s.t, t)
    slope = tau_j * r
    slope -= zj
    g_m = slope * zj_m
    g_m += r
    g_t = slope * zj_t
    g_t += r * zj
    # Second derivatives of the nodes are linear in the node: two means of the slope are all they need.
    powers, ones = rule.powers, rule.powers[:, 0]
    total = w @ ones
    w /= total[..., None]
    lean = (w * slope) @ powers
    ej_m, ej_t = 1 + tau_j * zj_m, zj + tau_j * zj_t
    r *= 2
    wg_m, wg_t = w * g_m, w * g_t
    mean_m, mean_t = wg_m @ ones, wg_t @ ones
    mm = (w * (g_m * g_m - a * ej_m * ej_m - zj_m * zj_m)) @ ones
    mt = (w * (g_m * g_t - a * ej_m * ej_t - zj_m * (zj_t - r / 2))) @ ones
    tt = (w * (g_t * g_t - a * ej_t * ej_t - zj_t * (zj_t - r))) @ ones
    return Marginal(
        value=peak + np.log(total * s.f) - _HALF_LOG_2PI,
        d_m=at.h_m + mean_m,
        d_tau=at.h_t + mean_t,
        d_mm=at.h_mm + mm + z.mm * lean[..., 0] + s.mm * lean[..., 1] - mean_m * mean_m,
        d_mt=at.h_mt + mt + z.mt * lean[..., 0] + s.mt * lean[..., 1] - mean_m * mean_t,
        d_tt=at.h_tt + tt + z.tt * lean[..., 0] + s.tt * lean[..., 1] - mean_t * mean_t,
    )


@dataclass(frozen=True, slots=True, eq=False)
class Jet:
    """A function of (m, tau) with its first and second derivatives, arrays (b, k)."""

    f: Floats
    m: Floats
    t: Floats
    mm: Floats
    mt: Floats
    tt: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Placement:
    """Where the nodes stand: centre z and scale s of the latent variable, and derivatives h of log s."""

    z: Jet
    s: Jet
    h_m: Floats
    h_t: Floats
    h_mm: Floats
    h_mt: Floats
    h_tt: Floats


def _placement(e: Floats, tau: Floats, x: Floats, n: Floats) -> Placement:
    p, q = special.expit(e), special.expit(-e)
    y = n - x
    a1 = n * p * q
    v = tau * tau
    return placement(tau, x * q - y * p, a1, a1 * (q - p), v * a1 * (1 - 6 * p * q))


def placement(tau: Floats, r: Floats, a1: Floats, a2: Floats, va3: Floats) -> Placement:
    """Differentiate mode and scale of the latent variable by the mode's equation ``e = m + tau^2 r(e)``.

    ``r`` is the slope of the row's log-likelihood at its mode, ``a1 = -r'``, ``a2 = a1'``, and ``va3`` is
    ``tau^2 a2'``, arrays (b, k).
    """
    v = tau * tau
    va2 = v * a2
    e_m = 1 / (1 + v * a1)
    z = tau * r
    e_t = 2 * z * e_m
    z_m = -tau * a1 * e_m
    z_t = r - tau * a1 * e_t
    c_m = va2 * e_m
    twice = 2 * tau
    c_t = twice * a1 + va2 * e_t
    e_mm = -c_m * e_m * e_m
    e_mt = -c_t * e_m * e_m
    e_tt = 2 * e_m * (z_t - z * c_t * e_m)
    z_mm = -tau * (a2 * e_m * e_m + a1 * e_mm)
    z_mt = -a1 * e_m - tau * (a2 * e_m * e_t + a1 * e_mt)
    z_tt = -2 * a1 * e_t - tau * (a2 * e_t * e_t + a1 * e_tt)
    c_mm = va3 * e_m * e_m + va2 * e_mm
    c_mt = twice * a2 * e_m + va3 * e_m * e_t + va2 * e_mt
    c_tt = 2 * a1 + 2 * twice * a2 * e_t + va3 * e_t * e_t + va2 * e_tt
    half = 0.5 * e_m
    h_m, h_t = -half * c_m, -half * c_t
    h_mm = half * (c_m * c_m * e_m - c_mm)
    h_mt = half * (c_m * c_t * e_m - c_mt)
    h_tt = half * (c_t * c_t * e_m - c_tt)
    s = np.sqrt(e_m)
    return Placement(
        z=Jet(z, z_m, z_t, z_mm, z_mt, z_tt),
        s=Jet(s, s * h_m, s * h_t, s * (h_mm + h_m * h_m), s * (h_mt + h_m * h_t), s * (h_tt + h_t * h_t)),
        h_m=h_m,
        h_t=h_t,
        h_mm=h_mm,
        h_mt=h_mt,
        h_tt=h_tt,
    )


def at_nodes(centre: Floats, scale: Floats, nodes: Floats) -> Floats:
    """Return ``centre + scale * nodes``, arrays (b, k) to (b, k, points)."""
    places = scale[..., None] * nodes
    places += centre[..., None]
    return places
