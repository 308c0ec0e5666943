"""Likelihoods of 2x2 tables given their margins, with normal log odds ratios, in batches.

Given ``a + c = t`` the count ``a`` has Fisher's noncentral hypergeometric distribution: its probability is
``C(n1, a) C(n2, t - a) exp(a theta)`` over the sum of the same over the support. The study's level is gone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from metaleak.numerics.binomial import log_choose
from metaleak.numerics.quadrature import adaptive_rule
from metaleak.numerics.two_arms import Arms

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

_MODE_STEPS = 60
_MODE_TOLERANCE = 1e-10
_HALF_LOG_2PI = float(np.log(2 * np.pi) / 2)


@dataclass(frozen=True, slots=True, eq=False)
class Support:
    """The counts that a margin admits (b, k, u), their log weights, and the observed count (b, k)."""

    places: Floats
    log_weights: Floats
    a: Floats

    def part(self, rows: Rows) -> Support:
        """Return some of the tables."""
        return Support(self.places[rows], self.log_weights[rows], self.a[rows])

    def moments(self, theta: Floats) -> tuple[Floats, Floats, Floats]:
        """Return log-likelihood, mean and variance of the count at ``theta`` (c, k, q)."""
        height = self.log_weights[:, :, None] + self.places[:, :, None] * theta[..., None]
        top = height.max(axis=-1, keepdims=True)
        share = np.exp(height - top)
        total = share.sum(axis=-1, keepdims=True)
        share /= total
        mean = (share * self.places[:, :, None]).sum(axis=-1)
        away = self.places[:, :, None] - mean[..., None]
        variance = (share * away * away).sum(axis=-1)
        # Places are counted from the observed one, whose own log weight is 0.
        return -(top[..., 0] + np.log(total[..., 0])), mean, variance


def support_of(arms: Arms) -> Support:
    """Return the support of every study, counted from what was observed: place 0 with log weight 0."""
    t = arms.a + arms.c
    low, high = np.maximum(0.0, t - arms.n2), np.minimum(arms.n1, t)
    widest = int((high - low).max(initial=0.0)) + 1
    counts = low[..., None] + np.arange(widest, dtype=np.float64)
    inside = counts <= high[..., None]
    counts = np.where(inside, counts, high[..., None])
    n1, n2 = arms.n1[..., None], arms.n2[..., None]
    log_weights = log_choose(counts, n1) + log_choose(t[..., None] - counts, n2)
    observed = log_choose(arms.a, arms.n1) + log_choose(arms.c, arms.n2)
    return Support(
        places=counts - arms.a[..., None],
        log_weights=np.where(inside, log_weights - observed[..., None], -np.inf),
        a=arms.a,
    )


@dataclass(frozen=True, slots=True, eq=False)
class Conditional:
    """The log-likelihood in ``theta = (mu, tau)``, margins given; coefficients are part of it."""

    support: Support
    points: int

    def __call__(self, theta: Floats, rows: Rows) -> tuple[Floats, Floats, Floats]:
        """Return value, gradient and Hessian; see :data:`metaleak.numerics.newton.Objective`."""
        support = self.support.part(rows)
        mu, tau = theta[:, :1], theta[:, 1:]
        z, scale = _modes(support, mu, tau)
        rule = adaptive_rule(self.points)
        at = z[..., None] + scale[..., None] * rule.nodes
        likelihood, mean, variance = support.moments(mu[..., None] + tau[..., None] * at)
        height = likelihood - at * at / 2 + rule.log_weights
        top = height.max(axis=-1, keepdims=True)
        share = np.exp(height - top)
        total = share.sum(axis=-1, keepdims=True)
        share /= total
        value = top[..., 0] + np.log(total[..., 0]) + np.log(scale) - _HALF_LOG_2PI
        moves = np.stack([np.ones_like(at), at], axis=-1)
        score = -mean[..., None] * moves
        gradient = np.einsum("ckq,ckqi->cki", share, score)
        hessian = np.einsum("ckq,ckqi,ckqj->ckij", share, score, score)
        hessian -= np.einsum("ckq,ckqi,ckqj->ckij", share * variance, moves, moves)
        hessian -= gradient[..., :, None] * gradient[..., None, :]
        return value.sum(axis=1), gradient.sum(axis=1), hessian.sum(axis=1)

    def value(self, theta: Floats, rows: Rows) -> Floats:
        """Return the log-likelihoods alone."""
        return self(theta, rows)[0]

    def latent(self, theta: Floats) -> Floats:
        """Return the modes of z, array (b, k)."""
        return _modes(self.support, theta[:, :1], theta[:, 1:])[0]


def log_saturated(support: Support) -> Floats:
    """Return the log-likelihood of tables with one odds ratio per study, 0 for a study at an end of its support."""
    at_end = (support.places.min(axis=-1) == 0) | (support.places.max(axis=-1) == 0)
    theta = np.zeros(support.a.shape)
    for _ in range(200):
        likelihood, mean, variance = support.moments(theta[..., None])
        step = np.where(at_end, 0.0, -mean[..., 0] / np.maximum(variance[..., 0], 1e-12))
        if np.abs(step).max(initial=0.0) <= 1e-11:
            break
        theta = theta + np.clip(step, -1.0, 1.0)
    total: Floats = np.where(at_end, 0.0, likelihood[..., 0]).sum(axis=1)
    return total


def _modes(support: Support, mu: Floats, tau: Floats) -> tuple[Floats, Floats]:
    """Return the modes of z and the standard deviations there; the integrand is log-concave."""
    z = np.zeros(support.a.shape)
    likelihood, mean, variance = (part[..., 0] for part in support.moments((mu + tau * z)[..., None]))
    height = likelihood - z * z / 2
    for _ in range(_MODE_STEPS):
        step = (-tau * mean - z) / (tau * tau * variance + 1)
        if np.abs(step).max(initial=0.0) <= _MODE_TOLERANCE:
            break
        share = np.ones(z.shape)
        for _ in range(_MODE_STEPS):
            new = z + share * step
            likelihood, mean, variance = (
                part[..., 0] for part in support.moments((mu + tau * new)[..., None])
            )
            low = likelihood - new * new / 2 < height - 1e-12 * (1 + np.abs(height))
            if not low.any():
                break
            share[low] /= 2
        z, height = new, likelihood - new * new / 2
    return z, 1 / np.sqrt(tau * tau * variance + 1)
