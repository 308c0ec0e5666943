"""Likelihoods of 2x2 tables whose log odds ratios are normal between studies, with two derivatives, in batches.

Study i has ``a_i ~ Bin(n1_i, expit(alpha_i + theta_i / 2))`` and ``c_i ~ Bin(n2_i, expit(alpha_i - theta_i / 2))``
with ``theta_i = mu + tau z_i``, ``z_i ~ N(0, 1)``. The study effects ``alpha_i`` are parameters of their own
(maximised out), normal themselves, or removed by conditioning on ``a_i + c_i``
(:mod:`metaleak.numerics.hypergeometric`).

Nodes follow the mode and the curvature of each integrand; with the true integral's derivatives taken as means
over them, gradients are those of the integral up to the error of the quadrature.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from metaleak.numerics.binomial import log_kernel
from metaleak.numerics.quadrature import adaptive_rule

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

_MODE_STEPS = 60
_MODE_TOLERANCE = 1e-10
_ALPHA_STEPS = 60
_ALPHA_TOLERANCE = 1e-11
_HALF_LOG_2PI = float(np.log(2 * np.pi) / 2)

#: The furthest that one step of a study effect goes, in logits.
_LONGEST = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class Arms:
    """Events and units of both arms, arrays (b, k); rows without units fill shorter tables up."""

    a: Floats
    n1: Floats
    c: Floats
    n2: Floats

    def part(self, rows: Rows) -> Arms:
        """Return some of the tables."""
        return Arms(self.a[rows], self.n1[rows], self.c[rows], self.n2[rows])

    @property
    def used(self) -> npt.NDArray[np.bool_]:
        """Which rows are studies."""
        return self.n1 + self.n2 > 0


@dataclass(frozen=True, slots=True, eq=False)
class Studies:
    """Log-likelihood of each study (c, k) with gradient (c, k, 4) and Hessian in (mu, alpha, sigma, tau).

    ``latent`` (c, k, 2) are the modes of (w, z): alpha_i = alpha + sigma w_i, theta_i = mu + tau z_i.
    """

    value: Floats
    gradient: Floats
    hessian: Floats
    latent: Floats


def studies(
    alpha: Floats, mu: Floats, sigma: Floats | None, tau: Floats, arms: Arms, *, points: int
) -> Studies:
    """Integrate each study over its own log odds ratio, and over its own level where ``sigma`` is given.

    ``alpha`` broadcasts to (c, k); ``mu``, ``sigma`` and ``tau`` are (c, 1). Binomial coefficients are left out.
    """
    spread = np.zeros_like(tau) if sigma is None else sigma
    w, z, root = _modes(alpha, mu, spread, tau, arms)
    rule = adaptive_rule(points)
    if sigma is None:
        shift_w = np.zeros(points)
        shift_z, log_weights, dimensions = rule.nodes, rule.log_weights, 1
        log_size = np.log(root[..., 2])
    else:
        shift_w, shift_z = np.repeat(rule.nodes, points), np.tile(rule.nodes, points)
        log_weights = np.add.outer(rule.log_weights, rule.log_weights).ravel()
        log_size, dimensions = np.log(root[..., 0]) + np.log(root[..., 2]), 2
    at_w = w[..., None] + root[..., 0, None] * shift_w
    at_z = z[..., None] + root[..., 1, None] * shift_w + root[..., 2, None] * shift_z
    level = alpha[..., None] + spread[..., None] * at_w
    half = (mu[..., None] + tau[..., None] * at_z) / 2
    a, n1, c, n2 = (cell[..., None] for cell in (arms.a, arms.n1, arms.c, arms.n2))
    up, down = level + half, level - half
    height = log_kernel(up, a, n1) + log_kernel(down, c, n2) - (at_w * at_w + at_z * at_z) / 2 + log_weights
    top = height.max(axis=-1, keepdims=True)
    share = np.exp(height - top)
    total = share.sum(axis=-1, keepdims=True)
    share /= total
    value = top[..., 0] + np.log(total[..., 0]) + log_size - dimensions * _HALF_LOG_2PI
    p, q = special.expit(up), special.expit(down)
    rest_a, rest_c = a - n1 * p, c - n2 * q
    bend_a, bend_c = n1 * p * (1 - p), n2 * q * (1 - q)
    one = np.ones_like(at_z)
    in_ratio, in_level = np.stack([one, at_z], axis=-1) / 2, np.stack([one, at_w], axis=-1)
    # In the order (mu, alpha, sigma, tau): how each parameter moves the logits of the two arms.
    moves_a = np.stack([in_ratio[..., 0], in_level[..., 0], in_level[..., 1], in_ratio[..., 1]], axis=-1)
    moves_c = np.stack([-in_ratio[..., 0], in_level[..., 0], in_level[..., 1], -in_ratio[..., 1]], axis=-1)
    score = rest_a[..., None] * moves_a + rest_c[..., None] * moves_c
    gradient = np.einsum("ckq,ckqi->cki", share, score)
    hessian = np.einsum("ckq,ckqi,ckqj->ckij", share, score, score)
    hessian -= np.einsum("ckq,ckqi,ckqj->ckij", share * bend_a, moves_a, moves_a)
    hessian -= np.einsum("ckq,ckqi,ckqj->ckij", share * bend_c, moves_c, moves_c)
    hessian -= gradient[..., :, None] * gradient[..., None, :]
    return Studies(value, gradient, hessian, np.stack([w, z], axis=-1))


def _modes(
    alpha: Floats, mu: Floats, sigma: Floats, tau: Floats, arms: Arms
) -> tuple[Floats, Floats, Floats]:
    """Return the modes of (w, z) and the Cholesky root (l11, l21, l22) of the inverse curvature there.

    The integrand is log-concave, so Newton's steps, halved until they climb, find its top.
    """
    shape = np.broadcast_shapes(alpha.shape, arms.a.shape)
    w, z = np.zeros(shape), np.zeros(shape)
    height = _height(alpha, mu, sigma, tau, w, z, arms)
    for _ in range(_MODE_STEPS):
        g_w, g_z, ww, wz, zz = _slopes(alpha, mu, sigma, tau, w, z, arms)
        size = ww * zz - wz * wz
        step_w, step_z = (zz * g_w - wz * g_z) / size, (ww * g_z - wz * g_w) / size
        if max(np.abs(step_w).max(initial=0.0), np.abs(step_z).max(initial=0.0)) <= _MODE_TOLERANCE:
            break
        share = np.ones(shape)
        for _ in range(_MODE_STEPS):
            new = _height(alpha, mu, sigma, tau, w + share * step_w, z + share * step_z, arms)
            low = new < height - 1e-12 * (1 + np.abs(height))
            if not low.any():
                break
            share[low] /= 2
        w, z, height = w + share * step_w, z + share * step_z, new
    _, _, ww, wz, zz = _slopes(alpha, mu, sigma, tau, w, z, arms)
    size = ww * zz - wz * wz
    first = np.sqrt(zz / size)
    cross = -wz / size / first
    second = np.sqrt(ww / size - cross * cross)
    return w, z, np.stack([first, cross, second], axis=-1)


def _height(
    alpha: Floats, mu: Floats, sigma: Floats, tau: Floats, w: Floats, z: Floats, arms: Arms
) -> Floats:
    level, half = alpha + sigma * w, (mu + tau * z) / 2
    joined: Floats = log_kernel(level + half, arms.a, arms.n1) + log_kernel(level - half, arms.c, arms.n2)
    return joined - (w * w + z * z) / 2


def _slopes(
    alpha: Floats, mu: Floats, sigma: Floats, tau: Floats, w: Floats, z: Floats, arms: Arms
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Return the gradient in (w, z) and the curvatures ww, wz, zz, signs turned."""
    level, half = alpha + sigma * w, (mu + tau * z) / 2
    p, q = special.expit(level + half), special.expit(level - half)
    rest_a, rest_c = arms.a - arms.n1 * p, arms.c - arms.n2 * q
    bend_a, bend_c = arms.n1 * p * (1 - p), arms.n2 * q * (1 - q)
    both, apart = bend_a + bend_c, bend_a - bend_c
    return (
        sigma * (rest_a + rest_c) - w,
        tau / 2 * (rest_a - rest_c) - z,
        sigma * sigma * both + 1,
        sigma * tau / 2 * apart,
        tau * tau / 4 * both + 1,
    )


@dataclass(frozen=True, slots=True, eq=False)
class FixedLevels:
    """The likelihood in ``theta = (mu, tau)`` with one level per study, maximised out."""

    arms: Arms
    points: int

    def __call__(self, theta: Floats, rows: Rows) -> tuple[Floats, Floats, Floats]:
        """Return value, gradient and Hessian; see :data:`metaleak.numerics.newton.Objective`."""
        _, part = self.solved(theta, rows)
        ratio = [0, 3]
        alone = part.hessian[..., 1, 1]
        # A row without units has no level: nothing depends on it.
        alone = np.where(alone < 0, alone, -1.0)
        cross = part.hessian[..., ratio, 1]
        bent = part.hessian[..., ratio, :][..., ratio]
        bent = bent - cross[..., :, None] * cross[..., None, :] / alone[..., None, None]
        return part.value.sum(axis=1), part.gradient[..., ratio].sum(axis=1), bent.sum(axis=1)

    def solved(self, theta: Floats, rows: Rows) -> tuple[Floats, Studies]:
        """Return the levels (c, k) that maximise each study's likelihood, and the likelihoods there."""
        arms = self.arms.part(rows)
        mu, tau = theta[:, :1], theta[:, 1:]
        events, units = arms.a + arms.c, arms.n1 + arms.n2
        alpha = np.where(arms.used, special.logit((events + 0.25) / (units + 0.5)), 0.0)
        part = studies(alpha, mu, None, tau, arms, points=self.points)
        for _ in range(_ALPHA_STEPS):
            curvature = -part.hessian[..., 1, 1]
            step = part.gradient[..., 1] / np.where(curvature > 0, curvature, 1.0)
            if np.abs(step).max(initial=0.0) <= _ALPHA_TOLERANCE:
                break
            alpha = alpha + np.clip(step, -_LONGEST, _LONGEST)
            part = studies(alpha, mu, None, tau, arms, points=self.points)
        return alpha, part

    def value(self, theta: Floats, rows: Rows) -> Floats:
        """Return the log-likelihoods alone."""
        total: Floats = self.solved(theta, rows)[1].value.sum(axis=1)
        return total


@dataclass(frozen=True, slots=True, eq=False)
class NormalLevels:
    """The likelihood in ``theta = (mu, alpha, sigma, tau)`` with normal levels, independent of the ratios."""

    arms: Arms
    points: int

    def __call__(self, theta: Floats, rows: Rows) -> tuple[Floats, Floats, Floats]:
        """Return value, gradient and Hessian; see :data:`metaleak.numerics.newton.Objective`."""
        part = self.parts(theta, rows)
        return part.value.sum(axis=1), part.gradient.sum(axis=1), part.hessian.sum(axis=1)

    def parts(self, theta: Floats, rows: Rows) -> Studies:
        """Return the studies one by one."""
        mu, alpha, sigma, tau = (theta[:, i : i + 1] for i in range(4))
        return studies(alpha, mu, sigma, tau, self.arms.part(rows), points=self.points)

    def value(self, theta: Floats, rows: Rows) -> Floats:
        """Return the log-likelihoods alone."""
        total: Floats = self.parts(theta, rows).value.sum(axis=1)
        return total
