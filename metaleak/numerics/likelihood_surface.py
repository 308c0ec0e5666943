"""The binomial-normal likelihood as a polynomial in mean and spread, for many data sets made of few kinds of rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from metaleak.numerics.binomial import log_marginal
from metaleak.numerics.chebyshev import chebyshev_nodes, series
from metaleak.numerics.newton import Objective

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]

#: Points of the polynomials on either axis, climbed until what is left out is small.
LADDER = (20, 28, 36, 48, 64, 80)

#: Above every log-likelihood.
_ABOVE = 1e9

#: Problems that are worked on at a time: their coefficients stay near the processor.
_CHUNK = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """Where a surface holds: logits of the mean, and standard deviations up to ``tau_high``.

    ``soft`` is added to tau2 before its logarithm is taken as the second axis: a little less than the sampling
    variances of the rows, so that the likelihood is as smooth at tau = 0 as elsewhere.
    """

    mu_low: float
    mu_high: float
    tau_high: float
    soft: float

    def inside(self, theta: Floats) -> Bools:
        """Say which parameters (b, 2) lie in the region."""
        mu, tau = theta[:, 0], np.abs(theta[:, 1])
        found: Bools = (mu >= self.mu_low) & (mu <= self.mu_high) & (tau <= self.tau_high)
        return found

    def nodes(self, points: int) -> tuple[Floats, Floats]:
        """Return the places of mu and of tau whose products are the nodes."""
        place = (chebyshev_nodes(points) + 1) / 2
        mu = self.mu_low + place * (self.mu_high - self.mu_low)
        low, high = self._ends()
        return mu, np.sqrt(np.maximum(np.exp(low + place * (high - low)) - self.soft, 0.0))

    def on_axes(self, theta: Floats) -> tuple[Floats, Floats, tuple[float, Floats, Floats]]:
        """Return both places on -1 .. 1, and the slopes u' of the first, v' and v'' of the second."""
        low, high = self._ends()
        mu, tau = theta[:, 0], theta[:, 1]
        u = 2 * (mu - self.mu_low) / (self.mu_high - self.mu_low) - 1
        total = tau * tau + self.soft
        v = 2 * (np.log(total) - low) / (high - low) - 1
        scale = 2 / (high - low)
        slope = scale * 2 * tau / total
        bend = scale * (2 / total - 4 * tau * tau / (total * total))
        return u, v, (2 / (self.mu_high - self.mu_low), slope, bend)

    def _ends(self) -> tuple[float, float]:
        return math.log(self.soft), math.log(self.tau_high**2 + self.soft)


def tabulated(x: Floats, n: Floats, region: Region, *, points: int, quadrature: int) -> Floats:
    """Return the Chebyshev coefficients of each row's log-likelihood, array (r, points, points).

    Parameters
    ----------
    x, n : arrays (r,)
        Events and units of each row.
    region : Region
        Where the polynomials hold.
    points : int
        Of the polynomials on either axis.
    quadrature : int
        Points of the integral over the logit of a row.
    """
    mu, tau = region.nodes(points)
    curve, _ = series(points)
    found = np.empty((len(x), points, points))
    for i in range(len(x)):
        value = log_marginal(mu[:, None], tau[None, :], x[i], n[i], points=quadrature)
        found[i] = np.einsum("mi,mt,tj->ij", curve, value, curve, optimize=["einsum_path", (0, 1), (0, 1)])
    return found


def left_out(coefficients: Floats) -> float:
    """Return the size of the last coefficients on either axis: what the next ones would add is less."""
    ends = [
        np.abs(coefficients[..., -2:, :]).sum(axis=(-2, -1)),
        np.abs(coefficients[..., -2:]).sum(axis=(-2, -1)),
    ]
    return float(np.max(ends))


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """Log-likelihoods of b data sets in ``theta = (mu, tau)``: an objective for the optimiser.

    ``coefficients`` are (b, points, points), or (1, points, points) where all data sets have the same; outside of the
    region stands a level plain above all: a climb that leaves ends there at once, and can be told by where it ended.
    """

    coefficients: Floats
    region: Region

    def __call__(self, theta: Floats, rows: Rows) -> tuple[Floats, Floats, Floats]:
        """Return value, gradient and Hessian; see :data:`metaleak.numerics.newton.Objective`."""
        parts = [slice(start, start + _CHUNK) for start in range(0, len(rows), _CHUNK)] or [slice(0, 0)]
        found = [self._chunk(theta[part], rows[part]) for part in parts]
        value, gradient, hessian = (np.concatenate(arrays) for arrays in zip(*found, strict=True))
        return value, gradient, hessian

    def _chunk(self, theta: Floats, rows: Rows) -> tuple[Floats, Floats, Floats]:
        points = self.coefficients.shape[1]
        u, v, (du, dv, dvv) = self.region.on_axes(theta)
        across, up = (_basis(np.clip(place, -1.0, 1.0), points) for place in (u, v))
        if len(self.coefficients) == 1:
            inner = up @ self.coefficients[0].T
        else:
            inner = up @ self.coefficients[rows].swapaxes(1, 2)
        both = inner @ across.swapaxes(1, 2)
        value, v_, vv = both[:, 0, 0], both[:, 1, 0], both[:, 2, 0]
        gradient = np.stack([both[:, 0, 1] * du, v_ * dv], axis=1)
        hessian = np.empty((len(rows), 2, 2))
        hessian[:, 0, 0] = both[:, 0, 2] * du * du
        hessian[:, 0, 1] = hessian[:, 1, 0] = both[:, 1, 1] * du * dv
        hessian[:, 1, 1] = vv * dv * dv + v_ * dvv
        outside = ~self.region.inside(theta)
        value[outside], gradient[outside], hessian[outside] = _ABOVE, 0.0, -np.eye(2)
        return value, gradient, hessian


@dataclass(frozen=True, slots=True, eq=False)
class Summed:
    """The sum of several objectives in the same parameters."""

    parts: Sequence[Objective]

    def __call__(self, theta: Floats, rows: Rows) -> tuple[Floats, Floats, Floats]:
        """Return value, gradient and Hessian; see :data:`metaleak.numerics.newton.Objective`."""
        found = [part(theta, rows) for part in self.parts]
        value, gradient, hessian = (sum(arrays[1:], arrays[0]) for arrays in zip(*found, strict=True))
        return value, gradient, hessian


def _basis(place: Floats, points: int) -> Floats:
    """Return Chebyshev polynomials and their first two derivatives, array (b, 3, points)."""
    curve = np.ones((points, len(place)))
    curve[1] = place
    twice = 2 * place
    for i in range(2, points):
        np.multiply(twice, curve[i - 1], out=curve[i])
        curve[i] -= curve[i - 2]
    slope = _derivative(points)
    found = np.empty((len(place), 3, points))
    found[:, 0] = curve.T
    np.matmul(found[:, 0], slope, out=found[:, 1])
    np.matmul(found[:, 1], slope, out=found[:, 2])
    return found


@lru_cache(maxsize=8)
def _derivative(points: int) -> Floats:
    """Return the matrix that makes Chebyshev polynomials (..., points) into their derivatives."""
    units = np.eye(points)
    found: Floats = np.stack(
        [np.append(np.polynomial.chebyshev.chebder(unit), 0.0) for unit in units], axis=1
    )
    return found
