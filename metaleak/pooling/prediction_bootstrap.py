"""Nagashima's prediction interval: draws from the confidence distribution of tau2."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from metaleak.numerics.distributions import quantile
from metaleak.numerics.linear import Batch, at, weighted
from metaleak.numerics.quadratic_forms import residual_form_cdf
from metaleak.numerics.roots import falling_root
from metaleak.pooling.result import Prediction
from metaleak.pooling.storable import storable

Floats = npt.NDArray[np.float64]

#: Values of tau2 between which the confidence distribution is interpolated.
_KNOTS = 400
#: Draws held at a time, times rows.
_CELLS = 1_000_000
#: Steps of the quantiles that a result keeps.
_SHARES = 200


@storable
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SimulatedPrediction(Prediction):
    """A prediction interval from simulated true values; ``quantiles`` are evenly spaced from 0 to 1.

    ``centre`` and ``se`` are mean and standard deviation of the simulated values.
    """

    quantiles: Floats

    def above(self, cut: float) -> float:
        """Return the share of simulated true values above ``cut``, on the model's scale."""
        return float(1 - np.interp(cut, self.quantiles, np.linspace(0, 1, len(self.quantiles))))


def bootstrap_prediction(
    yi: Floats, vi: Floats, *, level: float, draws: int, seed: int
) -> SimulatedPrediction:
    """Return the quantiles of simulated true values in a new study.

    Parameters
    ----------
    yi, vi : arrays (k,)
        Effects and sampling variances, k >= 3.
    level : float
        0..1.
    draws, seed : int
        The number of draws, and what makes them repeatable.

    Notes
    -----
    Each draw takes tau2 from the confidence distribution of DerSimonian and Laird's statistic (the
    probability that Q exceeds the observed one, as a function of tau2, with its mass at 0), the mean and its
    Hartung-Knapp variance H with that tau2, and gives ``mean + z tau - t sqrt(H)`` with z normal and t with
    k - 1 degrees of freedom.

    References
    ----------
    Nagashima K, Noma H, Furukawa TA (2019). Prediction intervals for random-effects meta-analysis: a
    confidence distribution approach. doi:10.1177/0962280218773520
    """
    k = len(yi)
    batch = Batch(yi[None], vi[None], np.array([float(k)]))
    uniform = np.random.default_rng(seed).random((3, draws))
    tau2 = _tau2_draws(batch, uniform[0])
    z, t = quantile(uniform[1]), quantile(uniform[2], k - 1.0)
    values = np.empty(draws)
    size = max(1, _CELLS // k)
    for start in range(0, draws, size):
        part = slice(start, start + size)
        many = batch.part(np.zeros(len(tau2[part]), dtype=np.intp))
        fit = at(many, tau2[part])
        error = np.sqrt(fit.q / (k - 1) * fit.cov[:, 0, 0])
        values[part] = fit.beta[:, 0] + z[part] * np.sqrt(tau2[part]) - t[part] * error
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return SimulatedPrediction(
        low=float(low),
        high=float(high),
        level=level,
        method="parametric bootstrap (Nagashima, Noma and Furukawa)",
        centre=float(values.mean()),
        se=float(values.std()),
        df=None,
        quantiles=np.quantile(values, np.linspace(0, 1, _SHARES + 1)),
    )


def _tau2_draws(batch: Batch, uniform: Floats) -> Floats:
    """Return tau2 at which Q exceeds the observed one with each of the given probabilities."""
    weights = 1 / batch.vi
    q = weighted(batch, weights).q

    def below(tau2: Floats) -> Floats:
        rows = np.zeros(len(tau2), dtype=np.intp)
        return residual_form_cdf(batch.part(rows), weights[rows], tau2, q[rows])

    size = batch.spread + batch.vi.min(axis=1)
    top, _ = falling_root(lambda tau2, rows: below(tau2), np.array([0.5 * (1 - uniform.max())]), size)
    # Evenly spaced in tau near 0, by factors far from it.
    knots = (np.sinh(np.linspace(0, np.arcsinh(np.sqrt(top[0] / size[0]) * 30), _KNOTS)) / 30) ** 2 * size[0]
    exceeds = np.maximum.accumulate(1 - below(knots))
    return np.asarray(np.interp(uniform, exceeds, knots), dtype=np.float64)
