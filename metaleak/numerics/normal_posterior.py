"""Posterior of the normal-normal model: the mean integrated in closed form, tau on panels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from metaleak.numerics.panels import PanelDensity, mixture_breaks, panel_nodes

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class GivenTau:
    """The mean given tau, normal with ``centre`` and ``variance``, and the likelihood of tau; (b, t)."""

    log_likelihood: Floats
    centre: Floats
    variance: Floats


def given_tau(tau: Floats, yi: Floats, vi: Floats, prior: tuple[float, float]) -> GivenTau:
    """Integrate the mean out.

    Parameters
    ----------
    tau : array (b, t)
        Between-study standard deviations.
    yi, vi : arrays (b, k)
        Effects and sampling variances; rows with infinite variance fill shorter tables up.
    prior : (mean, precision)
        Of the normal prior of the mean; precision 0 is flat.
    """
    mean, precision = prior
    w = 1 / (vi[:, None] + (tau * tau)[..., None])
    total = w.sum(axis=2) + precision
    centre = ((w * yi[:, None]).sum(axis=2) + precision * mean) / total
    gap = yi[:, None] - centre[..., None]
    rest = (w * gap * gap).sum(axis=2) + precision * (centre - mean) ** 2
    there = np.isfinite(vi)[:, None]
    logs = np.where(there, np.log(np.where(there, w, 1.0) / (2 * np.pi)), 0.0).sum(axis=2)
    # A flat prior is 1 everywhere, so that its likelihood has the constant of one density less.
    prior_log = np.log(precision / (2 * np.pi)) if precision > 0 else 0.0
    log_likelihood = (logs + prior_log - np.log(total / (2 * np.pi)) - rest) / 2
    return GivenTau(log_likelihood, centre, 1 / total)


@dataclass(frozen=True, slots=True, eq=False)
class NormalPosterior:
    """Posteriors of tables (b, k) with equally many panels.

    ``tau`` is the density of the between-study standard deviation; ``weights``, ``centre``, ``variance``
    and ``spread`` (b, t) are the mean's normal components and the tau that belongs to each;
    ``log_evidence`` (b,) is the logarithm of the marginal likelihood.
    """

    tau: PanelDensity
    weights: Floats
    centre: Floats
    variance: Floats
    spread: Floats
    log_evidence: Floats
    yi: Floats
    vi: Floats

    def mu(self) -> PanelDensity:
        """Return the density of the mean."""
        return self._mixture(self.centre, self.variance)

    def new_study(self) -> PanelDensity:
        """Return the density of the true effect in a new study."""
        return self._mixture(self.centre, self.variance + self.spread**2)

    def study(self, i: int) -> PanelDensity:
        """Return the density of the true effect in study ``i``."""
        vi, yi = self.vi[:, i, None], self.yi[:, i, None]
        share = vi / (vi + self.spread**2)
        return self._mixture(
            share * self.centre + (1 - share) * yi, (1 - share) * vi + share * share * self.variance
        )

    def _mixture(self, centre: Floats, variance: Floats) -> PanelDensity:
        spread = np.sqrt(variance)
        breaks = mixture_breaks(self.weights, centre, spread)
        points = self.tau.values.shape[2]
        t = panel_nodes(breaks, points)[..., None]
        z = (t - centre[:, None, None]) / spread[:, None, None]
        curve = np.exp(-z * z / 2) @ (self.weights / spread)[:, None, :, None]
        return PanelDensity.normalised(breaks, curve[..., 0])


def posterior(
    yi: Floats,
    vi: Floats,
    *,
    breaks: Floats,
    points: int,
    log_tau_prior: Callable[[Floats], Floats],
    mu_prior: tuple[float, float],
) -> NormalPosterior:
    """Put tau on panels (b, P + 1) with ``points`` nodes each, and the mean beside it."""
    nodes = panel_nodes(breaks, points)
    spread = nodes.reshape(len(breaks), -1)
    given = given_tau(spread, yi, vi, mu_prior)
    log_density = given.log_likelihood + log_tau_prior(spread)
    top = log_density.max(axis=1, keepdims=True)
    tau = PanelDensity(breaks, np.exp(log_density - top).reshape(nodes.shape))
    mass = tau.masses.sum(axis=(1, 2))
    tau = PanelDensity.normalised(breaks, tau.values)
    return NormalPosterior(
        tau=tau,
        weights=tau.masses.reshape(spread.shape),
        centre=given.centre,
        variance=given.variance,
        spread=spread,
        log_evidence=top[:, 0] + np.log(mass),
        yi=yi,
        vi=vi,
    )
