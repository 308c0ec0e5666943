"""Every interval method of every model, on batches of simulated tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from metaleak.effects.measures import Zero, measure
from metaleak.numerics import tau_grid
from metaleak.numerics.binomial_posterior import Grid, locate, posteriors
from metaleak.numerics.distributions import two_sided_quantile
from metaleak.numerics.normal_posterior import given_tau, posterior
from metaleak.pooling import beta_binomial_kernel, binomial_normal_kernel
from metaleak.pooling.priors import mu_prior, tau_prior
from metaleak.pooling.random_effects import RandomEffects

Floats = npt.NDArray[np.float64]
LEVEL = 0.95

#: Scale of inverse-variance models -> the estimand that its mean claims.
SCALES = {"PLO": "mean logit", "PR": "mean rate", "PAS": "mean arcsine", "PFT": "mean arcsine"}
TAU2 = ("REML", "PM", "DL")
CI = ("wald", "t", "hksj", "hksj-adhoc")


@dataclass(frozen=True)
class Interval:
    """Estimates with limits of a batch, on the scale of the estimand; NaN where the method gives none."""

    model: str
    method: str
    estimand: str
    value: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class Prediction:
    """Limits for the true rate of a new study, 0..1; NaN where the method gives none."""

    model: str
    method: str
    low: Floats
    high: Floats


Found = Iterator[Interval | Prediction]


def _spread(b: int, kept: npt.NDArray[np.bool_], values: Floats) -> Floats:
    """Put the values of the tables that were fitted in their places, NaN elsewhere."""
    out = np.full((b, *values.shape[1:]), np.nan)
    out[kept] = values
    return out


def _with_both(x: Floats, n: Floats) -> npt.NDArray[np.bool_]:
    total = x.sum(axis=1)
    return (total > 0) & (total < n.sum(axis=1))


def binomial_normal(x: Floats, n: Floats) -> Found:
    """Median and mean by profile, Wald and t; prediction by three quantiles."""
    b, k = x.shape
    kept = _with_both(x, n) & ((x > 0) & (x < n)).any(axis=1)
    if not kept.any():
        return
    fits = binomial_normal_kernel.fit(x[kept], n[kept], None, None)
    df = np.full(len(fits.theta), k - 1.0)
    for method in ("profile", "wald", "t"):
        if method == "profile":
            found = binomial_normal_kernel.profile_intervals(fits, LEVEL)
        else:
            found = binomial_normal_kernel.wald_intervals(fits, LEVEL, df if method == "t" else None)
        fine = (fits.converged & found.converged)[:, None]
        beta, average = np.where(fine, found.beta[:, 0], np.nan), np.where(fine, found.average[:, 1:], np.nan)
        for estimand, value, limits in (
            ("median", fits.theta[:, 0], beta),
            ("mean", found.average[:, 0], average),
        ):
            spread = _spread(b, kept, np.column_stack([value, limits]))
            yield Interval("BinomialNormal", method, estimand, *spread.T)
    se = np.sqrt(fits.covariance()[:, 0, 0])
    yield from _predictions("BinomialNormal", b, k, kept, fits.theta[:, 0], se, fits.tau**2)


def _predictions(
    model: str, b: int, k: int, kept: npt.NDArray[np.bool_], centre: Floats, se: Floats, tau2: Floats
) -> Iterator[Prediction]:
    for method, df in (("t", k - 2.0), ("t-k1", k - 1.0), ("wald", None)):
        half = two_sided_quantile(LEVEL, df) * np.sqrt(tau2 + se * se)
        limits = _spread(b, kept, special.expit(np.column_stack([centre - half, centre + half])))
        yield Prediction(model, method, *limits.T)


def beta_binomial(x: Floats, n: Floats) -> Found:
    """The mean by profile, Wald and t; the fitted beta for a new study."""
    b, k = x.shape
    kept = _with_both(x, n)
    if not kept.any():
        return
    fits = beta_binomial_kernel.fit(x[kept], n[kept], None)
    for method in ("profile", "wald", "t"):
        if method == "profile":
            found = beta_binomial_kernel.profile_intervals(fits, LEVEL)
        else:
            df = np.full(len(fits.theta), k - 1.0)
            found = beta_binomial_kernel.wald_intervals(fits, LEVEL, df if method == "t" else None)
        limits = np.where((fits.converged & found.converged)[:, None], found.beta[:, 0], np.nan)
        spread = _spread(b, kept, np.column_stack([fits.theta[:, 0], limits]))
        yield Interval("BetaBinomial", method, "mean", *spread.T)
    inside = ~fits.at_end
    size = np.where(inside, 1 / np.where(inside, fits.icc, 0.5) - 1, np.nan)
    alpha, beta = special.expit(fits.theta[:, 0]) * size, special.expit(-fits.theta[:, 0]) * size
    tail = (1 - LEVEL) / 2
    limits = np.column_stack(
        [special.betaincinv(alpha, beta, tail), 1 - special.betaincinv(beta, alpha, tail)]
    )
    yield Prediction("BetaBinomial", "fitted beta", *_spread(b, kept, limits).T)


def random_effects(x: Floats, n: Floats) -> Found:
    """Four scales, three estimators of tau2, four intervals; prediction on the logit with REML."""
    b, k = x.shape
    everything = np.ones(b, dtype=bool)
    for scale, estimand in SCALES.items():
        yi, vi = measure(scale).effect(x, n, zero=Zero())
        for method in TAU2:
            for ci in CI:
                found = RandomEffects(method=method, ci_method=ci, tau2_ci="none").fit_arrays(yi, vi)
                model = f"RandomEffects {scale} {method}"
                yield Interval(model, ci, estimand, found.estimate, found.ci_low, found.ci_high)
                if (scale, method, ci) == ("PLO", "REML", "wald"):
                    yield from _predictions(model, b, k, everything, found.estimate, found.se, found.tau2)
                if (scale, method, ci) == ("PLO", "REML", "hksj-adhoc"):
                    half = two_sided_quantile(LEVEL, k - 1.0) * np.sqrt(found.tau2 + found.se**2)
                    limits = special.expit([found.estimate - half, found.estimate + half])
                    yield Prediction(model, "metafor", *limits)


#: Limits on this grid are within 1e-6 of those of the models, which refine further.
_GRID = Grid(8, 15, 33)
_NODES = 12
_SHARES = np.array([(1 - LEVEL) / 2, 0.5, (1 + LEVEL) / 2])


def bayesian(x: Floats, n: Floats) -> Found:
    """Both Bayesian models, mu normal (0, 1.5) or flat, tau half-normal with scale 1."""
    exact = np.array([_exact(xi[None], ni[None]) for xi, ni in zip(x, n, strict=True)])
    yi, vi = measure("PLO").effect(x, n, zero=Zero())
    normal = np.array([_normal(y[None], v[None]) for y, v in zip(yi, vi, strict=True)])
    for model, method, estimand, columns in (
        ("BayesianBinomialNormal", "equal-tailed", "median", exact[:, 0]),
        ("BayesianBinomialNormal", "equal-tailed", "mean", exact[:, 1]),
        ("BayesianNormalNormal", "equal-tailed", "mean logit", normal[:, 0]),
    ):
        yield Interval(model, method, estimand, columns[:, 1], columns[:, 0], columns[:, 2])
    yield Prediction("BayesianBinomialNormal", "predictive", *special.expit(exact[:, 2, [0, 2]]).T)
    yield Prediction("BayesianNormalNormal", "predictive", *special.expit(normal[:, 1, [0, 2]]).T)


def _exact(x: Floats, n: Floats) -> Floats:
    """Return quantiles of mu, of the logit of the mean rate and of a new study's logit."""
    mu, tau = mu_prior(("normal", 0.0, 1.5), proper=True), tau_prior(("half-normal", 1.0))
    priors = {"mu_prior": (mu.mean, mu.precision), "log_tau_prior": tau.log_density}
    place = locate(x, n, upper=tau.upper, **priors)
    breaks = tau_grid.breaks(place.tau, place.log_density, place.floor)[0][None]
    found = posteriors(x, n, place, breaks=breaks, grid=_GRID, **priors)[0]
    new_study = found.new_study().quantile(_SHARES)[0]
    return np.array([found.mu().quantile(_SHARES)[0], found.average_quantiles(_SHARES), new_study])


def _normal(yi: Floats, vi: Floats) -> Floats:
    """Return quantiles of mu and of a new study's logit."""
    prior, floor = tau_prior(("half-normal", 1.0)), np.sqrt(vi.min(axis=1))

    def log_density(spread: Floats) -> Floats:
        return given_tau(spread, yi, vi, (0.0, 0.0)).log_likelihood + prior.log_density(spread)

    breaks = tau_grid.breaks(*tau_grid.scan(log_density, floor, prior.upper), floor)[0][None]
    found = posterior(
        yi, vi, breaks=breaks, points=_NODES, log_tau_prior=prior.log_density, mu_prior=(0.0, 0.0)
    )
    return np.array([found.mu().quantile(_SHARES)[0], found.new_study().quantile(_SHARES)[0]])


#: Family -> its function and the share of the replicates that it gets.
FAMILIES = {
    "BinomialNormal": (binomial_normal, 1.0),
    "BetaBinomial": (beta_binomial, 1.0),
    "RandomEffects": (random_effects, 1.0),
    "Bayesian": (bayesian, 0.2),
}
