"""The likelihood of normal effects of which those with some p values were published more often than others.

Hedges LV (1992). Modeling publication selection effects in meta-analysis. doi:10.1214/ss/1177011364
Vevea JL, Hedges LV (1995). A general linear model for estimating effect size in the presence of publication bias.
doi:10.1007/BF02294384
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from metaleak.numerics.newton import Optimum, maximise

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

_LOG_TWO_PI = float(np.log(2 * np.pi))


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """Effects, variances, the interval of each p value, and where the intervals are cut.

    ``yi``, ``vi`` (k,); ``inside`` (k,) numbers from 0; ``cuts`` (k, m) are effects, and ``signs`` (m, J) says how the
    normal distribution function at the cuts adds up to the chance of each interval; ``always`` (J,) is added to it.
    """

    yi: Floats
    vi: Floats
    inside: Rows
    cuts: Floats
    signs: Floats
    always: Floats

    @property
    def intervals(self) -> int:
        """The number of intervals of p values."""
        return len(self.always)

    def objective(self, theta: Floats, _rows: Rows) -> tuple[Floats, Floats, Floats]:
        """Return the log-likelihood, its gradient and Hessian at mean, tau and log weights ``theta`` (c, 2 + J)."""
        mu, tau, logs = theta[:, :1], theta[:, 1:2], theta[:, 2:]
        s2 = self.vi + tau * tau
        rest = self.yi - mu
        c, d = len(theta), theta.shape[1]
        weight = np.exp(logs)[:, None, :]
        derivatives = self._derivatives(mu, s2)
        chance, in_mu, in_u, mu_mu, mu_u, u_u = (
            (weight * (part @ self.signs + (self.always if n == 0 else 0.0)))
            for n, part in enumerate(derivatives)
        )
        total = chance.sum(axis=2)
        value = logs[:, self.inside] - (_LOG_TWO_PI + np.log(s2) + rest * rest / s2) / 2 - np.log(total)
        # First and second derivatives of the chance of being published, by mean, tau2 and log weights.
        first = np.concatenate([in_mu.sum(axis=2)[..., None], in_u.sum(axis=2)[..., None], chance], axis=2)
        second = np.zeros((c, len(self.yi), d, d))
        for (i, j), part in zip(((0, 0), (0, 1), (1, 1)), (mu_mu, mu_u, u_u), strict=True):
            second[..., i, j] = second[..., j, i] = part.sum(axis=2)
        for i, part in ((0, in_mu), (1, in_u)):
            second[..., i, 2:] = second[..., 2:, i] = part
        for j in range(self.intervals):
            second[..., 2 + j, 2 + j] = chance[..., j]
        share = first / total[..., None]
        gradient = -share
        hessian = share[..., :, None] * share[..., None, :] - second / total[..., None, None]
        gradient[..., 0] += rest / s2
        gradient[..., 1] += (rest * rest / s2 - 1) / (2 * s2)
        hessian[..., 0, 0] -= 1 / s2
        hessian[..., 0, 1] -= rest / s2**2
        hessian[..., 1, 0] -= rest / s2**2
        hessian[..., 1, 1] += (0.5 - rest * rest / s2) / s2**2
        slope, bend = gradient.sum(axis=1), hessian.sum(axis=1)
        slope[:, 2:] += np.bincount(self.inside, minlength=self.intervals)
        # From tau2 to tau.
        step = 2 * tau[:, 0]
        bend[:, 1, :] *= step[:, None]
        bend[:, :, 1] *= step[:, None]
        bend[:, 1, 1] += 2 * slope[:, 1]
        slope[:, 1] *= step
        return value.sum(axis=1), slope, bend

    def _derivatives(self, mu: Floats, s2: Floats) -> tuple[Floats, ...]:
        """Return the normal distribution function at the cuts and its derivatives by mean and variance (c, k, m)."""
        s = np.sqrt(s2)[..., None]
        t = (self.cuts - mu[..., None]) / s
        density = np.exp(-t * t / 2) / np.sqrt(2 * np.pi)
        one, two = -density / s, -t * density / s**2
        three, four = (1 - t * t) * density / s**3, (3 * t - t**3) * density / s**4
        # The heat equation: a derivative by the variance is half a second one by the mean.
        return special.ndtr(t), one, two / 2, two, three / 2, four / 4


def one_sided(yi: Floats, vi: Floats, steps: Floats, *, greater: bool) -> Selection:
    """Cut p values of effects above 0 (or below) at ``steps``, rising, less than 1."""
    sign = 1.0 if greater else -1.0
    p = special.ndtr(-sign * yi / np.sqrt(vi))
    # Mirrored effects turn one side into the other, and intervals go from large effects to small ones.
    cuts = np.sqrt(vi)[:, None] * special.ndtri(1 - steps)
    m = len(steps)
    signs = np.zeros((m, m + 1))
    signs[np.arange(m), np.arange(m)] = -1.0
    signs[np.arange(m), np.arange(1, m + 1)] = 1.0
    always = np.zeros(m + 1)
    always[0] = 1.0
    return Selection(sign * yi, vi, np.searchsorted(steps, p, side="left"), cuts, signs, always)


def two_sided(yi: Floats, vi: Floats, steps: Floats) -> Selection:
    """Cut two-sided p values at ``steps``, rising, less than 1."""
    p = 2 * special.ndtr(-np.abs(yi) / np.sqrt(vi))
    upper = np.sqrt(vi)[:, None] * special.ndtri(1 - steps / 2)
    m = len(steps)
    half = np.zeros((m, m + 1))
    half[np.arange(m), np.arange(m)] = -1.0
    half[np.arange(m), np.arange(1, m + 1)] = 1.0
    always = np.zeros(m + 1)
    always[0] = 1.0
    return Selection(
        yi,
        vi,
        np.searchsorted(steps, p, side="left"),
        np.concatenate([upper, -upper], axis=1),
        np.concatenate([half, -half]),
        always,
    )


def fit(found: Selection, start: Floats, frozen: npt.NDArray[np.bool_]) -> Optimum:
    """Climb from several starts (b, 2 + J); ``frozen`` (2 + J,) coordinates stay."""
    return maximise(found.objective, start, frozen=np.broadcast_to(frozen, start.shape), steps=200)
