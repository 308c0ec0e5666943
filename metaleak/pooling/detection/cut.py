"""Rows of unknown imaging that inform the rate but not what the index misses: the likelihood is cut between them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from metaleak.effects.detection_table import DetectionTable, RowKind
from metaleak.errors import ConvergenceError, TableError
from metaleak.numerics.binomial_normal import averaged_logit
from metaleak.numerics.detection.lattice import ROUGH
from metaleak.numerics.detection.layout import Layout
from metaleak.numerics.detection.objectives import Jobs
from metaleak.numerics.detection.start import crude
from metaleak.numerics.detection.units import likelihood_of
from metaleak.numerics.newton import maximise
from metaleak.numerics.normal_mixture import normal_mixture_quantile
from metaleak.pooling.detection.assembly import Assembly, assemble
from metaleak.pooling.detection.estimates import Fitted, Limits, Top, limits_of, top_of
from metaleak.pooling.detection.fits import Fits, fit
from metaleak.pooling.detection.priors import HALF_NORMAL, Priors, posterior
from metaleak.pooling.detection.settings import Assumptions
from metaleak.pooling.priors import tau_prior

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

#: How intervals of the rate are made.
CUT = "mixture over draws of the sensitivity, to which rows of unknown imaging add nothing"

#: Draws of the sensitivity's part, and how many of them stand for all.
_DRAWN, _KEPT = 1000, 40

#: Grids end eight standard deviations out. Rows of unknown imaging that hardly fit the held sensitivity reach that
#: far, and their log-likelihood stands to this.
_TOLERANCE = 1e-7

#: A spread of rates below this counts as 0 where its own uncertainty is asked for.
_LEAST_TAU = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """A fit in two parts: what the index shows from rows that say their imaging, the rate from all rows.

    Attributes
    ----------
    top : Top
        The maximum over the rate's part of the likelihood of all rows, the sensitivity's part held.
    informed : Top
        The maxima over the rows that say their imaging: where the sensitivity's part comes from.
    theta : array (n, P)
        Draws of the sensitivity's part, each with the rate's part at its maximum there.
    covariance : array (n, P, P)
        Of the rate's part at each draw; 0 elsewhere.
    """

    top: Top
    informed: Top
    theta: Floats
    covariance: Floats

    def fitted(self, assumed: Assumptions, ci_method: str, level: float) -> Fitted:
        """Return estimates with their limits and the covariance over both parts."""
        centre = self.theta.mean(axis=0)
        rest = self.theta - centre
        total = self.covariance.mean(axis=0) + rest.T @ rest / len(rest)
        held = self.top.fits.held[0]
        total[held], total[:, held] = 0.0, 0.0
        higher = self.informed.penalised
        top = replace(self.top, penalised=None if higher is None else _at(self.top.assembly, higher))
        return Fitted(top, self._limits(ci_method, level), assumed, level, self.informed, total)

    def draws(self, count: int, seed: int) -> Floats:
        """Return draws of all parameters, array (count, P); equal seeds, equal draws."""
        rng = np.random.default_rng(seed)
        which = np.arange(count) % len(self.theta)
        roots, axes = np.linalg.eigh(self.covariance)
        root = axes * np.sqrt(np.maximum(roots, 0))[:, None, :]
        normal = rng.standard_normal((count, self.theta.shape[1]))
        theta: Floats = self.theta[which] + np.einsum("nij,nj->ni", root[which], normal)
        tau = self.top.assembly.layout.tau
        theta[:, tau] = np.abs(theta[:, tau])
        return theta

    def limits(self, place: int, level: float) -> Floats:
        """Return the limits of a parameter of the rate's part, array (2,)."""
        return _both_quantiles(self.theta[:, place], np.sqrt(self.covariance[:, place, place]), level)

    def _limits(self, ci_method: str, level: float) -> Limits:
        layout = self.top.assembly.layout
        return replace(
            limits_of(self.informed, ci_method, level),
            rate_method=CUT,
            beta=np.array([self.limits(j, level) for j in range(layout.incidence)]),
            tau=np.maximum(self.limits(layout.tau, level), 0.0),
            mean_rate=self._mean_rate(level) if layout.incidence == 1 else np.full(2, np.nan),
        )

    def _mean_rate(self, level: float) -> Floats:
        tau = self.top.assembly.layout.tau
        mean = averaged_logit(self.theta[:, 0], self.theta[:, tau])
        slope = np.zeros(self.theta.shape)
        slope[:, 0], slope[:, tau] = mean.d_mu, mean.d_tau
        spread = np.sqrt(np.einsum("ni,nij,nj->n", slope, self.covariance, slope))
        return _both_quantiles(mean.value, spread, level)


def is_cut(table: DetectionTable, assumed: Assumptions) -> bool:
    """Whether rows of unknown imaging enter with a declared share and must not inform the sensitivity."""
    declared = not isinstance(assumed.unreported, str) and not assumed.unreported_informs
    return declared and table.rows_of(RowKind.UNREPORTED).size > 0


@dataclass(frozen=True, slots=True, eq=False)
class Informed:
    """What the rows that say their imaging tell: their maxima, and draws (n, P) with weights (n,)."""

    top: Top
    theta: Floats
    weights: Floats


def informed_of(table: DetectionTable, assumed: Assumptions, seed: int) -> Informed:
    """Fit the rows that say their imaging; ``seed`` is that of the draws.

    The weights of the draws are those of likelihood + log(omega), which few pairs leave without an end in omega: the
    prior of the studies' own rates bounds it.

    Raises
    ------
    UndefinedError, TableError, SeparationError, ConvergenceError
        As the model raises them.
    """
    top = top_of(assemble(table, replace(assumed, unreported="exclude")))
    draws, _ = posterior(top, Priors(), count=_DRAWN, seed=seed)
    omega = draws.theta[:, top.assembly.layout.omega]
    weights = draws.weights(np.log(omega) + tau_prior(HALF_NORMAL).log_density(omega))
    return Informed(top, draws.theta, weights)


def cut_of(table: DetectionTable, assumed: Assumptions, informed: Informed) -> Cut:
    """Fit the rate's part to all rows, with what the rows that say their imaging tell of the sensitivity.

    Raises
    ------
    TableError
        As the model raises it, and for a moderator of the sensitivity that only rows of unknown imaging have.
    ConvergenceError
        When the rate's part has no maximum.
    """
    assembly = assemble(table, assumed)
    _require_one_sensitivity(assembly, informed.top.assembly)
    top = Top(assembly, _at(assembly, informed.top.fits), None)
    theta, covariance = _at_draws(top, informed)
    return Cut(top, informed.top, theta, covariance)


def _at(assembly: Assembly, source: Fits) -> Fits:
    """Fit the rate's part to all rows, the sensitivity's part as ``source`` has it."""
    held = _sensitivity_part(assembly.layout)
    start = _start(assembly, source.theta, source.layout)
    found = fit(assembly.units, assembly.layout, frozen=held, at=start, tolerance=_TOLERANCE)
    if not found.converged[0]:
        raise ConvergenceError(
            "the rate has no maximum where the sensitivity is held",
            got=f"gradient {found.gradient[0].tolist()} at {found.theta[0].tolist()}",
            todo="look for rows of unknown imaging that contradict the others",
        )
    # What is held stands at the maximum of its own likelihood.
    gradient = found.gradient.copy()
    gradient[:, held] = source.gradient[:, _sensitivity_part(source.layout)]
    return replace(found, gradient=gradient, frozen=np.zeros_like(found.frozen), other=source.other)


def _at_draws(top: Top, informed: Informed) -> tuple[Floats, Floats]:
    """Return draws of the sensitivity's part with the rate's part at its maximum, and its covariance there."""
    assembly, layout = top.assembly, top.assembly.layout
    held = _sensitivity_part(layout)
    theta = _start(assembly, informed.theta, informed.top.assembly.layout)
    theta[:, ~held] = top.theta[~held]
    # Most of what the draws do to the rate is linear: along it few draws stand for all.
    moves = _covariance(top.fits.hessian, held)[0] @ top.fits.hessian[0]
    steps = theta - top.theta
    chosen = _evenly(steps[:, held] @ moves[0, held], informed.weights)
    theta[:, : layout.tau + 1] += (steps @ moves.T)[:, : layout.tau + 1]
    theta[:, layout.tau] = np.maximum(theta[:, layout.tau], 0.05)
    theta = theta[chosen]
    one = likelihood_of(assembly.units, layout).take(np.zeros(len(theta), dtype=np.intp))
    objective = Jobs.of(one.fitted_to(theta, ROUGH), penalty=0.0)
    found = maximise(objective, theta, frozen=np.broadcast_to(held, theta.shape))
    if not found.converged.all():
        raise ConvergenceError(
            "the rate has no maximum at a draw of the sensitivity",
            got=f"{int((~found.converged).sum())} of {len(theta)} draws without one",
            todo="look for rows of unknown imaging that contradict the others",
        )
    at_zero = np.abs(found.theta[:, layout.tau]) < _LEAST_TAU
    fixed = np.broadcast_to(held, theta.shape).copy()
    fixed[:, layout.tau] |= at_zero
    # The sign of a spread means nothing.
    sign = np.where(found.theta[:, layout.tau] < 0, -1.0, 1.0)
    found.theta[:, layout.tau] *= sign
    found.hessian[:, layout.tau, :] *= sign[:, None]
    found.hessian[:, :, layout.tau] *= sign[:, None]
    return found.theta, _covariance(found.hessian, fixed)


def _evenly(along: Floats, weights: Floats) -> npt.NDArray[np.intp]:
    """Return numbers of draws that stand for equal shares of the weights, in the order of ``along``."""
    order = np.argsort(along, kind="stable")
    reached = np.cumsum(weights[order])
    places = np.searchsorted(reached, (np.arange(_KEPT) + 0.5) / _KEPT)
    found: npt.NDArray[np.intp] = order[np.minimum(places, order.size - 1)]
    return found


def _covariance(hessian: Floats, held: Bools) -> Floats:
    """Return the covariance (n, P, P) of what is not held."""
    fixed = np.broadcast_to(held, hessian.shape[:2])
    information = np.where(fixed[:, :, None] | fixed[:, None, :], 0.0, -hessian)
    places = np.arange(hessian.shape[1])
    information[:, places, places] += fixed
    covariance: Floats = np.linalg.pinv(information, hermitian=True)
    covariance[:, places, places] -= fixed
    return covariance


def _start(assembly: Assembly, theta: Floats, source: Layout) -> Floats:
    """Return parameters (n, P) of all rows: the spreads and the sensitivity's part of ``theta``, crude rates."""
    layout = assembly.layout
    start = np.repeat(crude(assembly.units, layout), len(theta), axis=0)
    start[:, _sensitivity_part(layout)] = theta[:, _sensitivity_part(source)]
    start[:, layout.tau] = np.maximum(theta[:, source.tau], _LEAST_TAU)
    return start


def _sensitivity_part(layout: Layout) -> Bools:
    held = np.zeros(layout.size, dtype=bool)
    held[layout.gamma] = held[layout.omega] = True
    return held


def _require_one_sensitivity(assembly: Assembly, informed: Assembly) -> None:
    if assembly.sensitivity.names != informed.sensitivity.names:
        only = set(assembly.sensitivity.names) - set(informed.sensitivity.names)
        raise TableError(
            "rows of unknown imaging have a moderator of the sensitivity that no other row informs",
            required=", ".join(informed.sensitivity.names),
            got=", ".join(sorted(only)) or "fewer",
            todo="leave the moderator out, or unreported_informs=True",
        )


def _both_quantiles(centres: Floats, spreads: Floats, level: float) -> Floats:
    tail = (1 - level) / 2
    return np.array([normal_mixture_quantile(centres, spreads, p) for p in (tail, 1 - tail)])
