"""Distributions of true rates for the coverage simulation, with everything an interval may claim to hold.

Each is made for a rate p and a spread tau; ``binomial-normal`` is the model that our likelihood assumes, the
others are not. Estimands: ``median`` and ``mean`` of the rates, and the means of their logits and arcsines.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special, stats

Floats = npt.NDArray[np.float64]

#: A share of 0.3 of the studies lies above: mean and standard deviation of the logits are mu and tau.
UPPER_CLASS = 0.3
#: Shape of the gamma variable behind the skewed logits: a skewness of 1.4.
SHAPE = 2.0

_POINTS = (np.arange(40_000) + 0.5) / 40_000


@dataclass(frozen=True)
class Truth:
    """``quantile`` maps shares to rates, ``below`` gives the probability of a rate below one."""

    quantile: Callable[[Floats], Floats]
    below: Callable[[Floats], Floats]

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
        """Draw true rates."""
        return self.quantile(rng.random(shape))

    def estimands(self) -> dict[str, float]:
        """Return what intervals are judged against, on the scale of each."""
        rates = self.quantile(_POINTS)
        return {
            "median": float(special.logit(self.quantile(np.array([0.5]))[0])),
            "mean": float(special.logit(rates.mean())),
            "mean rate": float(rates.mean()),
            "mean logit": float(special.logit(rates).mean()),
            "mean arcsine": float(np.arcsin(np.sqrt(rates)).mean()),
        }


def truth(kind: str, p: float, tau: float) -> Truth:
    """Return the distribution of a kind; without spread all kinds are one."""
    mu = float(special.logit(p))
    if tau == 0:
        return Truth(lambda u: np.full(np.shape(u), p), lambda rate: (rate > p).astype(float))
    return {"binomial-normal": _normal, "beta": _beta, "two classes": _classes, "skewed": _skewed}[kind](
        mu, tau
    )


def _normal(mu: float, tau: float) -> Truth:
    return Truth(
        lambda u: special.expit(mu + tau * special.ndtri(u)),
        lambda rate: special.ndtr((special.logit(rate) - mu) / tau),
    )


def _beta(mu: float, tau: float) -> Truth:
    """Mean and variance of the rates are those of the normal logits."""
    rates = _normal(mu, tau).quantile(_POINTS)
    mean, variance = rates.mean(), rates.var()
    size = mean * (1 - mean) / variance - 1
    beta = stats.beta(mean * size, (1 - mean) * size)
    return Truth(lambda u: np.clip(beta.ppf(u), 1e-12, 1 - 1e-12), beta.cdf)


def _classes(mu: float, tau: float) -> Truth:
    w = UPPER_CLASS
    low = special.expit(mu - tau * np.sqrt(w / (1 - w)))
    high = special.expit(mu + tau * np.sqrt((1 - w) / w))
    return Truth(
        lambda u: np.where(u < 1 - w, low, high),
        lambda rate: (1 - w) * (np.asarray(rate) > low) + w * (np.asarray(rate) > high),
    )


def _skewed(mu: float, tau: float) -> Truth:
    def standard(gamma: Floats) -> Floats:
        return (gamma - SHAPE) / np.sqrt(SHAPE)

    return Truth(
        lambda u: special.expit(mu + tau * standard(special.gammaincinv(SHAPE, u))),
        lambda rate: special.gammainc(
            SHAPE, np.maximum(SHAPE + np.sqrt(SHAPE) * (special.logit(rate) - mu) / tau, 0)
        ),
    )


#: Studies have between 8 and 400 units, equally many on each factor of size.
FEWEST, MOST = 8, 400


def draw_counts(truth: Truth, rng: np.random.Generator, shape: tuple[int, int]) -> tuple[Floats, Floats]:
    """Draw events and units of ``shape`` (replicates, studies)."""
    n = np.floor(FEWEST * (MOST / FEWEST) ** rng.random(shape))
    x = rng.binomial(n.astype(np.int64), truth.draw(rng, shape)).astype(np.float64)
    return x, n
