"""Posterior of the binomial-normal model on a grid that follows it: tau on panels, mu in a window per tau."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from metaleak.numerics import tau_grid
from metaleak.numerics.binomial import log_kernel, log_marginal
from metaleak.numerics.binomial_normal import Likelihood, averaged_logit
from metaleak.numerics.chebyshev import chebyshev_nodes, evaluated, interpolation, series
from metaleak.numerics.newton import maximise
from metaleak.numerics.panels import PanelDensity, bell_breaks, mixture_breaks, panel_nodes
from metaleak.numerics.quadrature import normal_rule
from metaleak.numerics.wide_marginal import log_marginal_converged

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]
LogPrior = Callable[[Floats], Floats]

#: Points of the quadrature that only locates the posterior.
_LOCATING_POINTS = 7

#: From this many times the distance of the places of mu on, tau smooths them enough to be summed.
_SUM_FROM = 1.2
_HALF_FROM = 4.0
_SMOOTHING_POINTS = 11

#: Places at which a study's density is looked at before panels are laid.
_LOOKS = 61

#: Quantiles of the mean rate are known to this distance on the logit.
_AVERAGE_TOLERANCE = 1e-8
_AVERAGE_STEPS = 60
_INVERSIONS = 20

#: Places of mu with less probability are left out of sums.
_NEGLIGIBLE = 1e-13

#: The largest tau for which the mode of mu is looked for.
_INFORMATIVE = 30.0

#: A window of mu reaches to where the conditional density has fallen by about this much on the log scale.
_DROP = 32.0
_WINDOW_ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Grid:
    """How fine: nodes per panel of tau, Chebyshev nodes of mu, equally spaced places of mu."""

    tau: int
    mu: int
    places: int


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Where the posterior of each table lies: scans of tau (b, t), modes of mu and windows around them."""

    tau: Floats
    log_density: Floats
    mode: Floats
    left: Floats
    right: Floats
    floor: Floats


@dataclass(frozen=True, slots=True, eq=False)
class _LogPosterior:
    """Log-likelihood plus the log prior of mu, as an objective for the optimiser; tau stays."""

    likelihood: Likelihood
    mean: float
    precision: float

    def __call__(self, theta: Floats, rows: Rows) -> tuple[Floats, Floats, Floats]:
        """Return value, gradient and Hessian in (mu, tau)."""
        value, gradient, hessian = self.likelihood(theta, rows)
        gap = theta[:, 0] - self.mean
        value = value - self.precision * gap * gap / 2
        gradient[:, 0] -= self.precision * gap
        hessian[:, 0, 0] -= self.precision
        return value, gradient, hessian


def locate(
    x: Floats, n: Floats, *, mu_prior: tuple[float, float], log_tau_prior: LogPrior, upper: float
) -> Place:
    """Find modes and windows of mu along tau.

    Parameters
    ----------
    x, n : arrays (b, k)
        Events and units; rows with ``n = 0`` fill shorter tables up.
    mu_prior : (mean, precision)
        Of the normal prior of mu, precision > 0.
    log_tau_prior : callable
        Logarithm of the prior density of tau.
    upper : float
        The largest tau that the prior allows.
    """
    variance = np.where(n > 0, 1 / (x + 0.5) + 1 / (n - x + 0.5), np.inf)
    floor = np.sqrt(variance.min(axis=1))
    objective = _LogPosterior(Likelihood(x, n, _LOCATING_POINTS), *mu_prior)
    start = special.logit((x.sum(axis=1) + 0.5) / (n.sum(axis=1) + 1))
    found: dict[str, Floats] = {}

    def log_density(tau: Floats) -> Floats:
        b, t = tau.shape
        # Beyond this the data say nothing about mu: mode and window are those of its prior.
        theta = np.column_stack([np.repeat(start, t), np.minimum(tau, _INFORMATIVE).ravel()])
        frozen = np.zeros(theta.shape, dtype=bool)
        frozen[:, 1] = True
        tops = maximise(objective, theta, rows=np.repeat(np.arange(b), t), frozen=frozen)
        found["mode"] = tops.theta[:, 0].reshape(b, t)
        found["sd"] = 1 / np.sqrt(-tops.hessian[:, 0, 0].reshape(b, t))
        rows = log_marginal_converged(found["mode"], tau, x, n)
        log_mu = -mu_prior[1] * (found["mode"] - mu_prior[0]) ** 2 / 2
        density: Floats = rows.sum(axis=2) + log_mu + np.log(found["sd"]) + log_tau_prior(tau)
        return density

    tau, values = tau_grid.scan(log_density, floor, upper)
    left, right = _windows(x, n, np.minimum(tau, _INFORMATIVE), found["mode"], found["sd"], mu_prior)
    return Place(tau, values, found["mode"], left, right, floor)


def _windows(
    x: Floats, n: Floats, tau: Floats, mode: Floats, sd: Floats, mu_prior: tuple[float, float]
) -> tuple[Floats, Floats]:
    """Return how far the window reaches to the left and right of each mode, arrays (b, t)."""
    mean, precision = mu_prior

    def log_density(mu: Floats) -> Floats:
        rows = log_marginal(mu[..., None], tau[..., None], x[:, None], n[:, None], points=_LOCATING_POINTS)
        total: Floats = rows.sum(axis=2) - precision * (mu - mean) ** 2 / 2
        return total

    top = log_density(mode)
    widest = np.sqrt(2 * _DROP / precision)
    reaches = []
    for side in (-1.0, 1.0):
        reach = np.sqrt(2 * _DROP) * sd
        for _ in range(_WINDOW_ROUNDS):
            drop = np.maximum(top - log_density(mode + side * reach), 1.0)
            # The density is at least as concave as its prior, so that the widest reach is known.
            reach = np.minimum(reach * np.sqrt(_DROP / drop), widest)
        reaches.append(reach)
    return reaches[0], reaches[1]


@dataclass(frozen=True, slots=True, eq=False)
class BinomialPosterior:
    """The posterior of one table x, n (k,).

    ``tau`` is the density of the between-study standard deviation, a batch of one; ``spread`` and
    ``weights`` (t,) are its nodes and their probabilities. For each of them mu has a window ``centre`` +-
    ``half`` (t,), the logarithm of its conditional density at Chebyshev nodes ``log_density`` (t, M) and the
    rows' log-likelihoods ``log_rows`` (t, M, k) there. ``masses`` (t, F) are the joint probabilities of
    equally spaced places in the window. ``log_evidence`` is the logarithm of the marginal likelihood,
    without the binomial coefficients.
    """

    x: Floats
    n: Floats
    tau: PanelDensity
    spread: Floats
    weights: Floats
    centre: Floats
    half: Floats
    log_density: Floats
    log_rows: Floats
    masses: Floats
    log_evidence: float

    @property
    def places(self) -> Floats:
        """The equally spaced places of mu, array (t, F)."""
        at: Floats = self.centre[:, None] + self.half[:, None] * np.linspace(-1, 1, self.masses.shape[1])
        return at

    @property
    def step(self) -> Floats:
        """The distance between these places, array (t,)."""
        distance: Floats = 2 * self.half / (self.masses.shape[1] - 1)
        return distance

    def moments(self) -> tuple[Floats, Floats]:
        """Return conditional means and standard deviations of mu given tau, arrays (t,)."""
        share = self.masses / self.weights[:, None]
        mean = (share * self.places).sum(axis=1)
        gap = self.places - mean[:, None]
        return mean, np.sqrt((share * gap * gap).sum(axis=1))

    def mu(self) -> PanelDensity:
        """Return the density of mu."""
        mean, sd = self.moments()
        breaks = mixture_breaks(self.weights[None], mean[None], sd[None])
        t = panel_nodes(breaks, self.tau.values.shape[2])
        everywhere = np.ones(self.spread.size, dtype=bool)
        curve = self._conditional(t.reshape(-1, 1), everywhere, self.log_density) @ self.weights
        return PanelDensity.normalised(breaks, curve.reshape(t.shape))

    def new_study(self) -> PanelDensity:
        """Return the density of the true logit in a new study."""
        mean, sd = self.moments()
        breaks = mixture_breaks(self.weights[None], mean[None], np.hypot(sd, self.spread)[None])
        t = panel_nodes(breaks, self.tau.values.shape[2])
        curve = self._smoothed(t.ravel(), self.masses, self.log_density)
        return PanelDensity.normalised(breaks, curve.reshape(t.shape))

    def study(self, i: int) -> PanelDensity:
        """Return the density of the true logit in study ``i``.

        It is the likelihood of the study times the density that the others, and the priors, give it.
        """
        x, n = self.x[i], self.n[i]
        log_row = self.log_rows[..., i] - self.log_rows[..., i].max()
        masses = self.masses * np.exp(-log_row @ self._to_places())
        look = self._look(x, n)
        with np.errstate(divide="ignore"):
            rough = np.log(self._normal_mixture(look, masses)) + log_kernel(look, x, n)
        breaks = bell_breaks(look, rough)
        t = panel_nodes(breaks, self.tau.values.shape[2])
        others = self._smoothed(t.ravel(), masses, self.log_density - log_row).reshape(t.shape)
        kernel = log_kernel(t, x, n)
        return PanelDensity.normalised(breaks, others * np.exp(kernel - kernel.max()))

    def _look(self, x: float, n: float) -> Floats:
        """Return places around a study's logit, dense in the middle, wide enough for what the others say."""
        variance = 1 / (x + 0.5) + 1 / (n - x + 0.5)
        share = variance / (variance + self.spread**2)
        own = float(np.log((x + 0.5) / (n - x + 0.5)))
        middle = float(self.weights @ (share * self.moments()[0] + (1 - share) * own))
        low, high = self.centre - self.half - 8 * self.spread, self.centre + self.half + 8 * self.spread
        counted = self.weights > _NEGLIGIBLE
        reach = max(middle - low[counted].min(), high[counted].max() - middle, abs(own - middle))
        scale = float(np.sqrt(variance)) / 4
        places: Floats = middle + scale * np.sinh(np.linspace(-1, 1, _LOOKS) * np.arcsinh(reach / scale))
        return places

    def _normal_mixture(self, t: Floats, masses: Floats) -> Floats:
        """Return densities at logits ``t``, with mu given tau taken as normal."""
        total = masses.sum(axis=1)
        mean = (masses * self.places).sum(axis=1) / total
        gap = self.places - mean[:, None]
        spread = np.sqrt((masses * gap * gap).sum(axis=1) / total + self.spread**2)
        z = (t[:, None] - mean) / spread
        curve: Floats = np.exp(-z * z / 2) @ (total / spread)
        return curve

    def average_quantiles(self, shares: Floats) -> Floats:
        """Return quantiles of the logit of the mean rate over studies, ``E[expit(mu + tau Z)]``."""
        nodes = self.centre[:, None] + self.half[:, None] * chebyshev_nodes(self.log_density.shape[1])
        tau = np.broadcast_to(self.spread[:, None], nodes.shape)
        logit = averaged_logit(nodes.ravel(), tau.ravel()).value.reshape(nodes.shape)
        curve, slope = (logit @ matrix for matrix in series(nodes.shape[1]))
        counted = self.weights > _NEGLIGIBLE
        below, above = (np.full(shares.shape, end) for end in (logit[counted].min(), logit[counted].max()))
        at = np.full(shares.shape, float(self.weights @ evaluated(curve, np.zeros(len(nodes)))))
        for _ in range(_AVERAGE_STEPS):
            share, density = self._average(at, curve, slope)
            gap = share - shares
            below, above = np.where(gap < 0, at, below), np.where(gap >= 0, at, above)
            with np.errstate(divide="ignore", invalid="ignore"):
                new = at - gap / density
            done = np.abs(new - at) <= _AVERAGE_TOLERANCE
            new = np.where((new > below) & (new < above), new, (below + above) / 2)
            at = np.where(done, at, new)
            if done.all():
                break
        return at

    def _average(self, logits: Floats, curve: Floats, slope: Floats) -> tuple[Floats, Floats]:
        """Return probability below and density of the logit of the mean rate.

        For each tau that logit is a smooth increasing ``curve`` of mu, as Chebyshev coefficients over the
        window; it is inverted by Newton's method.
        """
        u = np.zeros((len(logits), len(curve)))
        for _ in range(_INVERSIONS):
            step = (evaluated(curve, u) - logits[:, None]) / evaluated(slope, u)
            u = np.clip(u - step, -1, 1)
            if np.abs(step[np.abs(u) < 1]).max(initial=0.0) <= 1e-13:
                break
        gap = (u[..., None] + 1) / 2 * (self.masses.shape[1] - 1) - np.arange(self.masses.shape[1])
        # The cardinal series through the masses, and its integral.
        density = (self.masses * np.sinc(gap)).sum(axis=2) * self.half / (self.step * evaluated(slope, u))
        steps = 0.5 + special.sici(np.pi * gap)[0] / np.pi
        return (self.masses * steps).sum(axis=(1, 2)), density.sum(axis=1)

    def _to_places(self) -> Floats:
        """Return the matrix (M, F) from values at the Chebyshev nodes to those at the equally spaced places."""
        return interpolation(self.log_density.shape[1], np.linspace(-1, 1, self.masses.shape[1])).T

    def _conditional(self, mu: Floats, rows: Bools, log_values: Floats) -> Floats:
        """Return exp of the interpolated logarithms of marked tau at ``mu`` (..., t), 0 outside the windows."""
        place = (mu - self.centre[rows]) / self.half[rows]
        weights = interpolation(log_values.shape[1], np.clip(place, -1, 1))
        found = np.exp(np.einsum("...tm,tm->...t", weights, log_values[rows]))
        return np.where(np.abs(place) <= 1, found, 0.0)

    def _smoothed(self, t: Floats, masses: Floats, log_values: Floats) -> Floats:
        """Return densities at logits ``t`` (q,): mu smoothed by a normal curve of each tau, then averaged.

        Where tau is large beside the places of mu they are summed; where it is small mu is interpolated
        around each logit.
        """
        wide = self.spread >= _SUM_FROM * self.step
        narrow = ~wide & (self.weights > _NEGLIGIBLE)
        kept = wide[:, None] & (self.masses > _NEGLIGIBLE)
        # Where tau is larger still every second place is enough.
        sparse = self.spread >= _HALF_FROM * self.step
        kept[sparse, 1::2] = False
        masses = np.where(sparse[:, None], 2 * masses, masses)
        spread = np.broadcast_to(self.spread[:, None], kept.shape)[kept]
        z = (t[:, None] - self.places[kept]) / spread
        curve: Floats = np.exp(-z * z / 2) @ (masses[kept] / spread) / np.sqrt(2 * np.pi)
        if narrow.any():
            nodes, weights = normal_rule(_SMOOTHING_POINTS)
            around = t[:, None, None] - nodes[:, None] * self.spread[narrow]
            curve += weights @ self._conditional(around, narrow, log_values) @ self.weights[narrow]
        return curve


def posteriors(
    x: Floats,
    n: Floats,
    place: Place,
    *,
    breaks: Floats,
    grid: Grid,
    mu_prior: tuple[float, float],
    log_tau_prior: LogPrior,
) -> list[BinomialPosterior]:
    """Put tau on panels and mu in a window for each of its nodes.

    Parameters
    ----------
    x, n : arrays (b, k)
        Events and units of tables with equally many panels.
    place : Place
        From :func:`locate`.
    breaks : array (b, P + 1)
        The panels of tau.
    grid : Grid
        How fine.
    mu_prior, log_tau_prior
        As for :func:`locate`.
    """
    mean, precision = mu_prior
    nodes = panel_nodes(breaks, grid.tau)
    spread = nodes.reshape(len(x), -1)
    mode, left, right = (_along(place, values, spread) for values in (place.mode, place.left, place.right))
    centre, half = mode + (right - left) / 2, (left + right) / 2
    mu = centre[..., None] + half[..., None] * chebyshev_nodes(grid.mu)
    b, t, m = mu.shape
    wide = np.repeat(spread, m, axis=1)
    log_rows = log_marginal_converged(mu.reshape(b, t * m), wide, x, n).reshape(b, t, m, -1)
    log_joint = log_rows.sum(axis=3) - precision * (mu - mean) ** 2 / 2 + np.log(precision / (2 * np.pi)) / 2
    fine = np.linspace(-1, 1, grid.places)
    log_fine = log_joint @ interpolation(m, fine).T
    top = log_fine.max(axis=2)
    shape = np.exp(log_fine - top[..., None])
    step = 2 * half / (grid.places - 1)
    log_total = top + np.log(shape.sum(axis=2) * step)
    log_tau = log_total + log_tau_prior(spread)
    highest = log_tau.max(axis=1, keepdims=True)
    raw = PanelDensity(breaks, np.exp(log_tau - highest).reshape(nodes.shape))
    evidence = highest[:, 0] + np.log(raw.masses.sum(axis=(1, 2)))
    found = []
    for i in range(b):
        tau = PanelDensity.normalised(breaks[i : i + 1], raw.values[i : i + 1])
        weights = tau.masses.ravel()
        found.append(
            BinomialPosterior(
                x=x[i],
                n=n[i],
                tau=tau,
                spread=spread[i],
                weights=weights,
                centre=centre[i],
                half=half[i],
                log_density=log_joint[i] - log_total[i, :, None],
                log_rows=log_rows[i],
                masses=weights[:, None] * shape[i] / shape[i].sum(axis=1, keepdims=True),
                log_evidence=float(evidence[i]),
            )
        )
    return found


def _along(place: Place, values: Floats, spread: Floats) -> Floats:
    """Interpolate what was found on the scan of tau to other spreads (b, t)."""
    return np.stack(
        [
            np.interp(np.arcsinh(s / f), np.arcsinh(tau / f), v)
            for s, f, tau, v in zip(spread, place.floor, place.tau, values, strict=True)
        ]
    )
