"""Priors of the detection model, and draws from its posterior."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from metaleak.numerics.detection.layout import Layout
from metaleak.numerics.detection.posterior import Draws, draw
from metaleak.pooling.detection.estimates import Top
from metaleak.pooling.priors import mu_prior, tau_prior

Floats = npt.NDArray[np.float64]

Setting = tuple[Any, ...]

#: Nearly flat on 0..1 for the median rate and the median sensitivity.
NEARLY_FLAT: Setting = ("normal", 0.0, 1.5)

#: Scale of the spread of one-arm logits in this literature (0.9 to 1.1).
HALF_NORMAL: Setting = ("half-normal", 1.0)

#: The least omega around which draws are laid out.
_LEAST = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Priors:
    """Independent priors of mean logits and spreads; coefficients of moderators have none.

    Attributes
    ----------
    mu, sensitivity : ("normal", mean, sd)
        Of the logit of the median rate, and of each index imaging's median sensitivity.
    tau, omega : such as ("half-normal", scale)
        Of the two spreads.
    """

    mu: Setting = NEARLY_FLAT
    sensitivity: Setting = NEARLY_FLAT
    tau: Setting = HALF_NORMAL
    omega: Setting = HALF_NORMAL

    def log_density(self, theta: Floats, layout: Layout, means: int) -> Floats:
        """Return log-densities (n,) of parameters (n, P); the first ``means`` coefficients are mean sensitivities."""
        first = layout.gamma.start
        found: Floats = tau_prior(self.tau).log_density(theta[:, layout.tau])
        found = found + tau_prior(self.omega).log_density(theta[:, layout.omega])
        sensitivity = mu_prior(self.sensitivity, proper=True)
        for place in range(first, first + means):
            found = found + sensitivity.log_density(theta[:, place])
        if layout.incidence == 1:
            found = found + mu_prior(self.mu, proper=True).log_density(theta[:, 0])
        return found


def posterior(top: Top, priors: Priors, *, count: int, seed: int) -> tuple[Draws, Floats]:
    """Return draws of the parameters and their weights.

    Parameters
    ----------
    top : Top
        Whose likelihood is meant.
    priors : Priors
        What is assumed beforehand.
    count, seed : int
        How many draws, and which.
    """
    layout = top.assembly.layout
    means = mean_sensitivities(top)
    start = top.theta.copy() if top.penalised is None else top.penalised.theta[0].copy()
    start[layout.omega] = min(max(start[layout.omega], _LEAST), 2.0)
    start[layout.tau] = max(start[layout.tau], _LEAST)
    start[layout.gamma] = np.clip(start[layout.gamma], -3, 3)
    precision = np.zeros(layout.size)
    precision[layout.gamma.start : layout.gamma.start + means] = 1 / 1.5**2
    if layout.incidence == 1:
        precision[0] = 1 / 1.5**2
    if layout.share is not None:
        # A share near 0 or 1 has no curvature: a uniform prior on it is this one on its logit, nearly.
        precision[layout.share] = 1 / 1.5**2

    def log_prior(theta: Floats) -> Floats:
        found = priors.log_density(theta, layout, means)
        if layout.share is not None:
            logit = theta[:, layout.share]
            found = found - np.logaddexp(0, logit) - np.logaddexp(0, -logit)
        return found

    draws = draw(top.fits.likelihood, start, precision=precision, count=count, seed=seed, log_prior=log_prior)
    return draws, draws.weights(log_prior(draws.theta))


def mean_sensitivities(top: Top) -> int:
    """Return how many of the sensitivity's coefficients are means of index imagings."""
    return 1 if top.assembly.shared or len(top.assembly.indexes) == 1 else len(top.assembly.indexes)
