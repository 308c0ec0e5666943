"""A fit and its limits as arrays: what the result is cut from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from metaleak.effects.detection_table import PAIRED, RowKind
from metaleak.errors import ConvergenceError, SeparationError, UndefinedError
from metaleak.numerics.binomial_normal import averaged_logit
from metaleak.numerics.detection.nodes import Seen
from metaleak.numerics.detection.objectives import SHARE_FENCE
from metaleak.numerics.distributions import two_sided_quantile
from metaleak.pooling.detection.assembly import Assembly
from metaleak.pooling.detection.fits import Fits, fit, penalised
from metaleak.pooling.detection.profiles import Wanted, profiles
from metaleak.pooling.detection.settings import Assumptions
from metaleak.pooling.result import Interval

Floats = npt.NDArray[np.float64]

#: Names of the ways intervals are made.
CALIBRATED = "calibrated profile likelihood (likelihood + log(omega))"
PLAIN = "profile likelihood"
WALD = "Wald, normal quantile"


@dataclass(frozen=True, slots=True, eq=False)
class Top:
    """The maxima of one table.

    Attributes
    ----------
    assembly : Assembly
        What was fitted.
    fits : Fits
        The maximum of the likelihood: the point estimates.
    penalised : Fits or None
        The maximum of likelihood + log(omega); None where there is none.
    """

    assembly: Assembly
    fits: Fits
    penalised: Fits | None

    @property
    def theta(self) -> Floats:
        """The parameters at the maximum of the likelihood, array (P,)."""
        theta: Floats = self.fits.theta[0]
        return theta

    @property
    def direct_rows(self) -> int:
        """How many rows compare both imagings on the same units."""
        table, indexes = self.assembly.table, self.assembly.indexes
        rows = table.rows_of(*PAIRED, RowKind.SENSITIVITY)
        return sum(table.index_modality[row] in indexes for row in rows)


@dataclass(frozen=True, slots=True, eq=False)
class Limits:
    """Limits of one table on the scale of the likelihood.

    Attributes
    ----------
    method : str
        How the limits of coefficients and means are made.
    beta, gamma : arrays (p, 2), (m, 2)
        Of the coefficients of incidence and sensitivity.
    mean_rate : array (2,)
        Of the logit of the mean rate over studies; NaN with moderators.
    mean_sensitivity : array (m, 2)
        Of the logit of the mean sensitivity over studies, for each coefficient of its own.
    tau, omega : arrays (2,)
        Of the two spreads.
    share : array (2,) or None
        Of the logit of the estimated share.
    """

    method: str
    beta: Floats
    gamma: Floats
    mean_rate: Floats
    mean_sensitivity: Floats
    tau: Floats
    omega: Floats
    share: Floats | None
    #: How those of the rate are made where it is not ``method``.
    rate_method: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """A fit, its limits, and what was declared.

    ``informed`` is the fit that the sensitivity is taken from where some rows must not inform it, and ``total`` the
    covariance over both; see :mod:`metaleak.pooling.detection.cut`.
    """

    top: Top
    limits: Limits
    assumed: Assumptions
    level: float
    informed: Top | None = None
    total: Floats | None = None

    @property
    def covariance(self) -> Floats:
        """Return the covariance of the parameters at the maximum of the likelihood, array (P, P)."""
        covariance: Floats = self.top.fits.covariance()[0] if self.total is None else self.total
        return covariance

    @property
    def source(self) -> Top:
        """The fit behind the sensitivity."""
        return self.top if self.informed is None else self.informed

    @property
    def has_one_rate(self) -> bool:
        """Whether all studies have one mean rate."""
        return self.top.assembly.layout.incidence == 1

    def interval(self, low: float, high: float) -> Interval:
        """Return limits with level and method of the fit."""
        return Interval(float(low), float(high), self.level, self.limits.method)

    def rate_interval(self, low: float, high: float) -> Interval:
        """Return limits of the rate with their level and method."""
        return Interval(float(low), float(high), self.level, self.limits.rate_method or self.limits.method)


def top_of(assembly: Assembly) -> Top:
    """Fit one table.

    Raises
    ------
    SeparationError
        When no unit read on CT leaks, or all do; when the spread of rates grows without bound.
    UndefinedError
        When the rows that compare both hold no leak on CT, and none was read on the index alone.
    ConvergenceError
        When the optimiser ends without an optimum.
    """
    _require_both(assembly)
    _require_seen(assembly)
    fits = fit(assembly.units, assembly.layout)
    _require_converged(fits)
    higher = penalised(fits)
    # Without pairs nothing bounds omega, and the penalty may pull it to infinity.
    return Top(assembly, fits, higher if higher.converged[0] and not higher.unbounded[0] else None)


def limits_of(top: Top, ci_method: str, level: float) -> Limits:
    """Return the limits of a fit by one of the methods of :class:`metaleak.DetectionAdjusted`.

    Raises
    ------
    ConvergenceError
        When a profile ends without a limit.
    """
    if ci_method == "wald":
        return _wald(top, level)
    calibrated = ci_method == "profile" and top.direct_rows > 0
    return _profiled(top, level, top.penalised if calibrated and top.penalised is not None else top.fits)


def _profiled(top: Top, level: float, of: Fits) -> Limits:
    layout = top.assembly.layout
    p, m = layout.incidence, layout.sensitivity
    wanted = [Wanted(j) for j in range(p)]
    wanted += [Wanted(j) for j in range(layout.gamma.start, layout.gamma.stop)]
    wanted += [Wanted(0, layout.tau)] if p == 1 else []
    wanted += [Wanted(j, layout.omega) for j in range(layout.gamma.start, layout.gamma.stop)]
    wanted += [] if layout.share is None else [Wanted(layout.share)]
    found = profiles(of, wanted, level)
    spreads = profiles(
        top.fits, [Wanted(layout.tau, is_spread=True), Wanted(layout.omega, is_spread=True)], level
    )
    _require_profiles(found.converged, top)
    _require_profiles(spreads.converged, top)
    limits, q = found.limits[0], int(p == 1)
    return Limits(
        CALIBRATED if of.penalty else PLAIN,
        beta=limits[:p],
        gamma=limits[p : p + m],
        mean_rate=limits[p + m] if q else np.full(2, np.nan),
        mean_sensitivity=limits[p + m + q : p + 2 * m + q],
        tau=spreads.limits[0, 0],
        omega=spreads.limits[0, 1],
        share=None if layout.share is None else _open(limits[-1]),
    )


def _open(limits: Floats) -> Floats:
    """Return limits of a share's logit, without an end where the share counts as 0 or 1."""
    found: Floats = np.where(np.abs(limits) > SHARE_FENCE - 1, np.sign(limits) * np.inf, limits)
    return found


def _wald(top: Top, level: float) -> Limits:
    layout, theta = top.assembly.layout, top.theta
    covariance = top.fits.covariance()[0]
    half = float(two_sided_quantile(level))
    both = half * np.array([-1.0, 1.0])
    own = theta[:, None] + both * np.sqrt(np.diagonal(covariance))[:, None]
    # A sensitivity of 0 or 1 has no curvature.
    own[top.fits.saturated[0]] = [-np.inf, np.inf]
    means = []
    for place, spread in [
        (0, layout.tau),
        *((j, layout.omega) for j in range(layout.gamma.start, layout.gamma.stop)),
    ]:
        mean = averaged_logit(theta[place : place + 1], theta[spread : spread + 1])
        slope = np.zeros(theta.size)
        slope[place], slope[spread] = mean.d_mu[0], mean.d_tau[0]
        means.append(mean.value[0] + both * np.sqrt(slope @ covariance @ slope))
    spreads = []
    for place in (layout.tau, layout.omega):
        with np.errstate(divide="ignore", invalid="ignore"):
            spreads.append(theta[place] * np.exp(both * np.sqrt(covariance[place, place]) / theta[place]))
    return Limits(
        WALD,
        beta=own[: layout.incidence],
        gamma=own[layout.gamma],
        mean_rate=means[0] if layout.incidence == 1 else np.full(2, np.nan),
        mean_sensitivity=np.array(means[1:]),
        tau=spreads[0],
        omega=spreads[1],
        share=None if layout.share is None else own[layout.share],
    )


def mean_over_studies(centre: float, spread: float) -> float:
    """Return ``E[expit(centre + spread Z)]``."""
    return float(special.expit(averaged_logit(np.array([centre]), np.array([spread])).value[0]))


def _require_both(assembly: Assembly) -> None:
    total = assembly.units.counts[0, ~assembly.units.twin].sum(axis=0)
    yes, no = total[Seen.CT], total[Seen.NOT_CT] + total[Seen.NEITHER] + total[Seen.INDEX_WITHOUT_CT]
    if yes + no > 0 and 0 in (yes, no):
        raise SeparationError(
            "no unit read on CT leaks" if yes == 0 else "every unit read on CT leaks",
            required="at least one leak on CT and one unit without",
            got=f"{yes:g} of {yes + no:g}",
        )


def _require_seen(assembly: Assembly) -> None:
    every = assembly.units.counts[0].sum(axis=0)
    of_leaks, alone = (Seen.INDEX_OF_CT, Seen.MISSED_OF_CT), (Seen.INDEX, Seen.NOT_INDEX)
    if not every[[*of_leaks, *alone]].sum():
        raise UndefinedError(
            "nothing tells what the index misses: the rows that compare both hold no leak on CT",
            required="a pair with a leak on CT, or a row read on the index alone",
            got="0 leaks on CT among the compared units",
            todo="add pairs, or pool the CT counts with BinomialNormal",
        )


def _require_converged(fits: Fits) -> None:
    if fits.endless[0]:
        raise SeparationError(
            "studies leak in none or in all of their units: tau grows without bound",
            required="a study with leaks and with units without",
            got=f"tau beyond {fits.theta[0, fits.layout.tau]:.0f}",
            todo="show the joined counts with an exact interval instead",
        )
    if not fits.converged[0]:
        raise ConvergenceError(
            "the likelihood was not maximised",
            got=f"gradient {fits.gradient[0].tolist()} at {fits.theta[0].tolist()}",
            todo="look for rows that contradict each other, or declare a specificity below 1; count numeric"
            " moderators from a value near their middle",
            state={"theta": fits.theta[0].tolist(), "gradient": fits.gradient[0].tolist()},
        )


def _require_profiles(converged: npt.NDArray[np.bool_], top: Top) -> None:
    if converged.all():
        return
    direct = top.direct_rows
    raise ConvergenceError(
        "a profile ended without a limit"
        if direct
        else "a profile ended without a limit: no row compares both imagings on the same units (no pair), and nothing"
        " else bounds the spread of the sensitivity",
        required=None if direct else "pairs: rows with the counts of CT and of the index",
        got=f"limits found: {converged[0].tolist()}",
        todo='try ci_method="wald"' if direct else 'add pairs, or try ci_method="wald"',
        state={"theta": top.theta.tolist()},
    )
