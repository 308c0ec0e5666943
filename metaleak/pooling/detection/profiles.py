"""Profile-likelihood limits of everything that has an interval, all in one batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from metaleak.numerics.binomial_normal import averaged_logit
from metaleak.numerics.detection.lattice import COARSE
from metaleak.numerics.detection.likelihood import Likelihood
from metaleak.numerics.detection.objectives import PLAIN, Jobs
from metaleak.numerics.distributions import chi2_quantile, two_sided_quantile
from metaleak.numerics.profile import Limits, profile_limits
from metaleak.numerics.quick_limits import quick_limits
from metaleak.pooling.detection.fits import AT_ONE, Fits

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]

#: How far profiles are followed: beyond these logits, logits of means, and spreads a limit is infinite.
_REACH, _REACH_OF_MEANS, _REACH_OF_SPREADS = 60.0, 15.0, 5.0

#: A limit may miss its cut-off by so much log-likelihood for want of a finer grid.
_GRID_TOLERANCE = 1e-6
_REFINEMENTS = 4


@dataclass(frozen=True, slots=True)
class Wanted:
    """One quantity to profile: a coordinate, or the mean over studies behind it and its spread."""

    place: int
    spread: int = PLAIN
    #: Whether the coordinate cannot fall below 0.
    is_spread: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Profiles:
    """Limits (b, wanted, 2), infinite where the profile does not fall to its cut-off."""

    limits: Floats
    converged: Bools


def profiles(fits: Fits, wanted: Sequence[Wanted], level: float) -> Profiles:
    """Return the limits of each quantity in every table.

    Parameters
    ----------
    fits : Fits
        Maxima of the likelihood or of the penalised one: the profiles are those of the same function.
    wanted : sequence of Wanted
        What to profile.
    level : float
        Of the intervals, 0..1.
    """
    search = _Search.of(fits, wanted, level)
    todo = np.flatnonzero(search.reach > 0)
    found = np.where(search.bounded & (search.direction < 0), 0.0, search.direction * np.inf)
    converged = np.ones(found.size, dtype=bool)
    likelihood = fits.likelihood.take(search.table[todo])
    likelihood = likelihood.fitted_to(search.ahead()[todo], COARSE)
    for attempt in range(_REFINEMENTS):
        jobs = search.jobs(likelihood, todo, fits.penalty)
        ends = search.run(jobs, todo, fits)
        at_zero = ends.reached & search.bounded[todo] & (search.direction[todo] < 0)
        found[todo] = np.where(at_zero, 0.0, ends.value)
        converged[todo] = ends.converged
        here = np.arange(todo.size)
        plain = jobs.plain(ends.theta, here)
        errors = likelihood.grid_errors(plain, here)
        rough = (errors.sum(axis=0) > _GRID_TOLERANCE) & (errors > _GRID_TOLERANCE / len(errors))
        rows = np.flatnonzero(rough.any(axis=0))
        if not rows.size:
            break
        likelihood = likelihood.refined(plain, rough, again=attempt > 0).take(rows)
        todo = todo[rows]
    shape = (len(fits.theta), len(wanted), 2)
    return Profiles(found.reshape(shape), converged.reshape(shape))


@dataclass(frozen=True, slots=True, eq=False)
class _Search:
    """One entry per limit: where it starts, where it goes, and how far."""

    table: Rows
    place: Rows
    spread: Rows
    bounded: Bools
    direction: Floats
    top: Floats
    hessian: Floats
    first: Floats
    reach: Floats
    drop: float

    @classmethod
    def of(cls, fits: Fits, wanted: Sequence[Wanted], level: float) -> _Search:
        b = len(fits.theta)
        table = np.repeat(np.arange(b), 2 * len(wanted))
        place, spread, bounded = (
            np.tile(np.repeat([getattr(one, name) for one in wanted], 2), b)
            for name in ("place", "spread", "is_spread")
        )
        direction = np.tile([-1.0, 1.0], b * len(wanted))
        top = fits.theta[table].copy()
        here = np.arange(table.size)
        means = np.flatnonzero(spread != PLAIN)
        slope = np.zeros(top.shape)
        slope[here, place] = 1.0
        hessian = fits.hessian[table].copy()
        if means.size:
            mean = averaged_logit(top[means, place[means]], top[means, spread[means]])
            top[means, place[means]] = mean.value
            slope[means, place[means]], slope[means, spread[means]] = mean.d_mu, mean.d_tau
        variance = np.einsum("mi,mij,mj->m", slope, fits.covariance()[table], slope)
        curvature = np.maximum(-fits.hessian[table, place, place], 1e-2)
        sd = np.where(variance > 0, np.sqrt(np.maximum(variance, 0)), 1 / np.sqrt(curvature))
        centre = top[here, place]
        furthest = np.select([bounded, spread != PLAIN], [_REACH_OF_SPREADS, _REACH_OF_MEANS], _REACH)
        reach = np.where(bounded & (direction < 0), centre, np.maximum(furthest - direction * centre, 0))
        first = np.minimum(two_sided_quantile(level) * sd, 4.0)
        drop = float(chi2_quantile(level, 1)) / 2
        return cls(table, place, spread, bounded, direction, top, hessian, first, reach, drop)

    def ahead(self) -> Floats:
        """Return parameters near which each limit may lie."""
        theta = self.top.copy()
        theta[np.arange(len(theta)), self.place] += np.minimum(self.first, self.reach) * self.direction
        return theta

    def jobs(self, likelihood: Likelihood, todo: Rows, penalty: float) -> Jobs:
        """Return the objectives of the limits ``todo``, whose tables ``likelihood`` holds."""
        spread = self.spread[todo]
        averaged = np.where(spread == PLAIN, PLAIN, self.place[todo])
        return Jobs(likelihood, np.full(todo.size, penalty), averaged, spread)

    def run(self, jobs: Jobs, todo: Rows, fits: Fits) -> Limits:
        """Find the limits: by the quick method, and where it fails by the guarded one."""
        table = self.table[todo]
        place, reach = self.place[todo], self.reach[todo]
        ends = quick_limits(
            jobs,
            theta=self.top[todo],
            value=fits.value[table],
            hessian=self.hessian[todo],
            coordinate=place,
            direction=self.direction[todo],
            first=np.minimum(self.first[todo], reach),
            drop=self.drop,
            held=fits.frozen[table] | fits.saturated[table],
        )
        inside = np.abs(ends.value - self.top[todo, place]) <= reach
        rest = np.flatnonzero(~(ends.converged & inside))
        self._guarded(ends, jobs, todo, rest, fits)
        omega = fits.layout.omega
        if not jobs.likelihood.is_even:
            # Where the best omega lies beyond 0, its edge is the best that there is.
            over = np.flatnonzero(
                (jobs.plain(ends.theta, np.arange(todo.size))[:, omega] < 0) & (place != omega)
            )
            self._guarded(ends, jobs, todo, over, fits, at_zero=omega)
        # Where a sensitivity may be 0 or 1 its likelihood levels off, and a climb along it has no end of its own.
        self._guarded(ends, replace(jobs, fenced=True), todo, np.flatnonzero(~ends.converged), fits)
        return ends

    def _guarded(
        self, ends: Limits, jobs: Jobs, todo: Rows, rest: Rows, fits: Fits, at_zero: int | None = None
    ) -> None:
        """Replace the limits ``rest``, with one parameter held at 0 if wanted."""
        if not rest.size:
            return
        chosen = todo[rest]
        top, held = self.top[chosen], fits.frozen[self.table[chosen]].copy()
        if at_zero is not None:
            top[:, at_zero], held[:, at_zero] = 0.0, True
        reach = self.reach[chosen]
        if jobs.fenced:
            gamma = fits.layout.gamma
            top[:, gamma] = np.clip(top[:, gamma], -AT_ONE, AT_ONE)
            own = (self.place[chosen] >= gamma.start) & (self.place[chosen] < gamma.stop)
            centre = top[np.arange(chosen.size), self.place[chosen]]
            reach = np.where(own, np.minimum(reach, AT_ONE - self.direction[chosen] * centre), reach)
        found = profile_limits(
            jobs,
            theta=top,
            value=fits.value[self.table[chosen]],
            rows=rest,
            coordinate=self.place[chosen],
            direction=self.direction[chosen],
            first=self.first[chosen],
            reach=reach,
            drop=self.drop,
            held=held,
        )
        for name in ("value", "theta", "reached", "converged"):
            getattr(ends, name)[rest] = getattr(found, name)
