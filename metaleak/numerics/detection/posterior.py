"""Draws from the posterior of the parameters: Laplace's normal curve with heavy tails, then importance weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from metaleak.numerics.detection.lattice import COARSE
from metaleak.numerics.detection.likelihood import Likelihood
from metaleak.numerics.newton import maximise

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]

#: Degrees of freedom of the curve that is drawn from: its tails cover those of the posterior.
_DF = 5.0

#: Scale of the half-normal prior of the spreads behind the curve.
_SPREAD = 1.0

_ROUNDS = 3
#: Share of the draws that count as independent beyond which the curve is good enough.
_GOOD = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Draws:
    """Parameters (n, P) with log-likelihoods (n,) and log-densities (n,) of the curve that they came from."""

    theta: Floats
    log_likelihood: Floats
    log_proposal: Floats

    def weights(self, log_prior: Floats) -> Floats:
        """Return weights (n,) that sum to 1 under a prior with these log-densities, which may be unnormalised."""
        height = self.log_likelihood + log_prior - self.log_proposal
        weights = np.exp(height - height.max())
        shares: Floats = weights / weights.sum()
        return shares


def effective_size(weights: Floats) -> float:
    """Return how many independent draws the weighted ones are worth."""
    return float(1 / (weights * weights).sum())


def draw(
    likelihood: Likelihood,
    start: Floats,
    *,
    precision: Floats,
    count: int,
    seed: int,
    log_prior: Callable[[Floats], Floats],
) -> Draws:
    """Draw from the posterior of the first table.

    Parameters
    ----------
    likelihood : Likelihood
        Its first table is used.
    start : array (P,)
        Parameters near the top.
    precision : array (P,)
        Of normal priors around 0 that steady the first curve; 0 is none. Those of the spreads are not used.
    count : int
        How many draws.
    seed : int
        Shifts the sequence behind the draws; equal seeds, equal draws.
    log_prior : callable
        Log-density of parameters (n, P), flat up to a constant where it is improper.

    Notes
    -----
    The curve is a t distribution in (coefficients, logarithms of spreads): first around the top of likelihood
    and a normal and half-normal prior, then around mean and covariance of the weighted draws while that helps.
    Points come from an additive recurrence, which fills the space more evenly than random ones.
    """
    one = likelihood.take(np.zeros(1, dtype=np.intp)).fitted_to(start[None])
    spreads = [one.layout.tau, one.layout.omega]
    phi = start.copy()
    phi[spreads] = np.log(np.maximum(start[spreads], 0.05))
    top = maximise(_Regular(one, precision), phi[None])
    centre, covariance = top.theta[0], np.linalg.pinv(-top.hessian[0], hermitian=True)
    best, size = _round(likelihood, centre, covariance, count, seed, spreads), 0.0
    for _ in range(_ROUNDS):
        weights = best.weights(log_prior(best.theta))
        size = effective_size(weights)
        if size > _GOOD * count:
            break
        phi_all = best.theta.copy()
        phi_all[:, spreads] = np.log(phi_all[:, spreads])
        centre = weights @ phi_all
        rest = phi_all - centre
        covariance = (weights[:, None] * rest).T @ rest
        other = _round(likelihood, centre, covariance, count, seed, spreads)
        if effective_size(other.weights(log_prior(other.theta))) <= size:
            break
        best = other
    return best


@dataclass(frozen=True, slots=True, eq=False)
class _Regular:
    """Log-posterior in (coefficients, logarithms of spreads) under normal and half-normal priors."""

    likelihood: Likelihood
    precision: Floats

    def __call__(self, phi: Floats, rows: Rows) -> tuple[Floats, Floats, Floats]:
        layout = self.likelihood.layout
        spreads = [layout.tau, layout.omega]
        plain = np.setdiff1d(np.arange(layout.size), spreads)
        theta = phi.copy()
        theta[:, spreads] = np.exp(np.clip(phi[:, spreads], -20, 1.9))
        value, gradient, hessian = self.likelihood(theta, rows)
        size = theta[:, spreads]
        # The logarithm's own density adds one to the slope.
        value = value - theta[:, plain] ** 2 @ self.precision[plain] / 2
        value += (phi[:, spreads] - size * size / (2 * _SPREAD**2)).sum(axis=1)
        gradient[:, plain] -= theta[:, plain] * self.precision[plain]
        hessian[:, plain, plain] -= self.precision[plain]
        slope = gradient[:, spreads] * size
        gradient[:, spreads] = slope + 1 - size * size / _SPREAD**2
        hessian[:, spreads, :] *= size[:, :, None]
        hessian[:, :, spreads] *= size[:, None, :]
        hessian[:, spreads, spreads] += slope - 2 * size * size / _SPREAD**2
        return value, gradient, hessian


def _round(
    likelihood: Likelihood, centre: Floats, covariance: Floats, count: int, seed: int, spreads: list[int]
) -> Draws:
    d = centre.size
    points = _even_points(count, d + 1, seed)
    normal = special.ndtri(points[:, :d])
    stretch = np.sqrt(_DF / (2 * special.gammaincinv(_DF / 2, points[:, d])))
    roots, axes = np.linalg.eigh(covariance)
    root = axes * np.sqrt(np.maximum(roots, 1e-8 * roots.max()))
    t = normal * stretch[:, None]
    theta = centre + t @ root.T
    # Beyond these logits and spreads no posterior has weight, and grids would be endless.
    theta[:, spreads] = np.exp(np.clip(theta[:, spreads], -12, 1.6))
    log_proposal = -(_DF + d) / 2 * np.log1p((t * t).sum(axis=1) / _DF) - np.log(theta[:, spreads]).sum(
        axis=1
    )
    everything = likelihood.take(np.zeros(count, dtype=np.intp)).fitted_to(theta, COARSE)
    return Draws(theta, everything.value(theta, np.arange(count)), log_proposal)


def _even_points(count: int, dimensions: int, seed: int) -> Floats:
    """Return points in the open unit cube by the additive recurrence of the generalised golden ratio."""
    ratio = 2.0
    for _ in range(40):
        ratio = (1 + ratio) ** (1 / (dimensions + 1))
    steps = ratio ** -np.arange(1.0, dimensions + 1)
    shift = np.random.default_rng(seed).random(dimensions)
    points: Floats = (shift + np.arange(1, count + 1)[:, None] * steps) % 1
    return np.clip(points, 1e-12, 1 - 1e-12)
