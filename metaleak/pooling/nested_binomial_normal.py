"""The binomial-normal model with rows within studies: random intercepts on both levels."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

from metaleak.effects.design import Design
from metaleak.effects.table import StudyTable
from metaleak.errors import ConvergenceError, TableError
from metaleak.numerics.binomial import log_choose, log_saturated, modes
from metaleak.numerics.binomial_normal import averaged_logit
from metaleak.numerics.distributions import chi2_quantile, chi2_tail, two_sided_p, two_sided_quantile
from metaleak.numerics.nested import Nested
from metaleak.numerics.newton import Optimum, maximise
from metaleak.numerics.profile import off_centre, profile_limits
from metaleak.numerics.scan import corrected_logits, least_squares
from metaleak.pooling.counts import typical_variance
from metaleak.pooling.likelihood_parts import CI_METHODS
from metaleak.pooling.prediction import prediction_interval
from metaleak.pooling.result import (
    Coefficient,
    Convergence,
    Estimate,
    Heterogeneity,
    Interval,
    MetaResult,
    Test,
)
from metaleak.pooling.storable import storable

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

#: Points on either level; more are taken until the log-likelihood moves by less than this.
_LADDER = (15, 31, 63)
_TOLERANCE = 1e-9

#: Standard deviations between and within studies at which the climb starts.
_STARTS = ((0.7, 0.3), (0.3, 0.7), (1.2, 1.2))

#: A standard deviation below this share of its own standard error is the boundary.
_BOUNDARY = 1e-4
_REACH = 60.0


@storable
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NestedDetail:
    """What the binomial-normal model with rows within studies knows beside its coefficients.

    Attributes
    ----------
    events, total : int
        Sums of the counts.
    population_average : Estimate
        The mean true proportion over rows of new studies, 0..1; None with several coefficients.
    shrunken : array (k,)
        Each row's rate at the conditional modes, 0..1.
    sigma2_between, sigma2_within : float
        Variances of logits between studies, and between the rows of one study.
    sigma2_between_ci, sigma2_within_ci : Interval
        Profile likelihood, or Wald on the logarithm of the standard deviation; None at the boundary for Wald.
    tests : tuple of Test
        Likelihood ratios against the models that lack one variance.
    covariance : array (p + 2, p + 2)
        Of (coefficients, sd between, sd within); 0 for what lies at its boundary.
    """

    events: int
    total: int
    population_average: Estimate
    shrunken: Floats
    sigma2_between: float
    sigma2_between_ci: Interval | None
    sigma2_within: float
    sigma2_within_ci: Interval | None
    tests: tuple[Test, ...]
    covariance: Floats


@dataclass(frozen=True, slots=True, eq=False)
class _Fit:
    """A maximum: the likelihood with enough points, theta (1, p + 2), what is held at 0."""

    likelihood: Nested
    best: Optimum
    held: npt.NDArray[np.bool_]

    @property
    def theta(self) -> Floats:
        """The parameters (p + 2,)."""
        row: Floats = self.best.theta[0]
        return row

    def covariance(self) -> Floats:
        """Return the covariance of theta, 0 for what is held."""
        information = np.where(self.held[:, None] | self.held, 0.0, -self.best.hessian[0])
        inverse = np.linalg.inv(information + np.diag(self.held.astype(np.float64)))
        covariance: Floats = np.where(self.held[:, None] | self.held, 0.0, inverse)
        return covariance


def fit_nested(
    table: StudyTable,
    design: Design,
    *,
    points: int | None,
    ci_method: str,
    level: float,
    settings: Mapping[str, Any],
) -> MetaResult:
    """Fit rows within studies.

    Parameters
    ----------
    table : StudyTable
        Counts; ``study`` names the study of each row.
    design : Design
        One column per coefficient, of even size.
    points : int or None
        Quadrature points on either level; None takes enough.
    ci_method, level, settings
        As :class:`metaleak.pooling.binomial_normal.BinomialNormal` has them.

    Raises
    ------
    TableError
        When no study has several rows, or there are too few studies.
    ConvergenceError
        When the likelihood or a profile was not maximised.
    """
    names = list(dict.fromkeys(table.study))
    study = np.array([names.index(s) for s in table.study], dtype=np.intp)
    p = design.x.shape[1]
    if len(names) == table.k:
        raise TableError(
            "no study has several rows: their variance cannot be told from that between studies",
            required="a study with two rows or more",
            got=f"{table.k} rows of {table.k} studies",
            todo="nested=False fits one variance",
        )
    if len(names) <= p:
        raise TableError("there are too few studies", required=f"at least {p + 1} studies", got=len(names))
    fit = _maximised(table, study, design.x, points, frozen=())
    covariance = fit.covariance()
    limits = (
        _profiles(fit, level)
        if ci_method == "profile"
        else _wald(fit, covariance, ci_method, level, len(names))
    )
    return _result(table, design, fit, covariance, limits, len(names), ci_method, level, settings)


def _maximised(
    table: StudyTable, study: Rows, x: Floats, points: int | None, *, frozen: Sequence[int]
) -> _Fit:
    """Climb from several spreads; ``frozen`` names spreads (-2 between, -1 within) that are held at 0."""
    rungs = _LADDER if points is None else (points, 2 * points + 1)
    likelihood = Nested(table.xi, table.ni, study, x, rungs[0])
    start = _start(table, x)
    held = np.zeros(start.shape, dtype=bool)
    for j in frozen:
        start[:, j], held[:, j] = 0.0, True
    climbs = maximise(likelihood, start, frozen=held)
    if not climbs.converged.any():
        raise _not_maximised(climbs, 0)
    top = int(np.where(climbs.converged, climbs.value, -np.inf).argmax())
    theta, still = climbs.theta[top : top + 1].copy(), held[top].copy()
    for j in (-2, -1):
        theta[0, j] = abs(theta[0, j])
        if theta[0, j] * math.sqrt(max(-climbs.hessian[top, j, j], 1e-12)) < _BOUNDARY:
            theta[0, j], still[j] = 0.0, True
    best = maximise(likelihood, theta, frozen=still[None])
    change = _moved(table, study, x, rungs[1], best)
    for place, rung in enumerate(rungs[1:], start=1):
        if points is not None or change <= _TOLERANCE:
            break
        likelihood = replace(likelihood, points=rung)
        best = maximise(likelihood, best.theta, frozen=still[None])
        finer = rungs[place + 1] if place + 1 < len(rungs) else 2 * rung - 1
        change = _moved(table, study, x, finer, best)
    if not best.converged.all():
        raise _not_maximised(best, 0)
    return _Fit(likelihood, best, still)


def _moved(table: StudyTable, study: Rows, x: Floats, points: int, best: Optimum) -> float:
    finer = Nested(table.xi, table.ni, study, x, points)
    return abs(float(finer.value(best.theta)[0] - best.value[0]))


def _start(table: StudyTable, x: Floats) -> Floats:
    y, v = corrected_logits(table.xi, table.ni)
    starts = np.array(_STARTS)
    w = 1 / (v + (starts * starts).sum(axis=1)[:, None])
    beta = least_squares(y[None, None], w[None], x[None])[0]
    return np.column_stack([beta, starts])


def _not_maximised(climbs: Optimum, i: int) -> ConvergenceError:
    return ConvergenceError(
        "the likelihood of rows within studies was not maximised",
        got=f"gradient {climbs.gradient[i].tolist()} at {climbs.theta[i].tolist()}",
        todo="try another number of quadrature points, or nested=False",
        state={"theta": climbs.theta[i].tolist(), "gradient": climbs.gradient[i].tolist()},
    )


def _profiles(fit: _Fit, level: float) -> Floats:
    """Return profile limits of every parameter (p + 2, 2); a lower limit of a spread is 0 where it is not left."""
    d, theta = len(fit.theta), fit.theta
    p = d - 2
    coordinate = np.repeat(np.arange(d), 2)
    direction = np.tile([-1.0, 1.0], d)
    spread = coordinate >= p
    quantile = float(two_sided_quantile(level))
    covariance = fit.covariance()
    variance = np.diagonal(covariance)
    se = np.sqrt(variance)
    curvature = 1 / np.sqrt(np.maximum(-np.diagonal(fit.best.hessian[0]), 1e-4))
    first = quantile * np.where(se > 0, se, curvature)[coordinate]
    wide = np.append(off_centre(fit.likelihood.design[None], p, 1)[0], [1.0, 1.0])
    down = spread & (direction < 0)
    reach = np.where(down, theta[coordinate], _REACH * wide[coordinate])
    jobs = np.flatnonzero(reach > 0)
    limits = np.zeros(2 * d)
    # Coefficients draw each other along; a spread at its boundary moves alone.
    along = (covariance / np.where(variance > 0, variance, 1.0))[:, coordinate[jobs]].T
    found = profile_limits(
        fit.likelihood,
        theta=np.repeat(fit.best.theta, jobs.size, axis=0),
        value=np.repeat(fit.best.value, jobs.size),
        rows=np.zeros(jobs.size, dtype=np.intp),
        coordinate=coordinate[jobs],
        direction=direction[jobs],
        first=first[jobs],
        reach=reach[jobs],
        drop=float(chi2_quantile(level, 1)) / 2,
        along=along,
    )
    if not found.converged.all():
        raise ConvergenceError("a profile ended without its limit", todo="try ci_method='wald'")
    limits[jobs] = np.where(found.reached & down[jobs], 0.0, found.value)
    return limits.reshape(d, 2)


def _wald(fit: _Fit, covariance: Floats, ci_method: str, level: float, m: int) -> Floats:
    """Return limits from the curvature; spreads on their logarithm, NaN at the boundary."""
    p = len(fit.theta) - 2
    df = np.array(float(m - p)) if ci_method == "t" else None
    quantile = float(two_sided_quantile(level, df))
    se = np.sqrt(np.diagonal(covariance))
    limits = fit.theta[:, None] + np.array([-1.0, 1.0]) * quantile * se[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.exp(float(two_sided_quantile(level)) * se[p:] / fit.theta[p:])
        limits[p:] = np.stack([fit.theta[p:] / ratio, fit.theta[p:] * ratio], axis=1)
    limits[p:][fit.held[p:]] = np.nan
    return limits


def _result(
    table: StudyTable,
    design: Design,
    fit: _Fit,
    covariance: Floats,
    limits: Floats,
    m: int,
    ci_method: str,
    level: float,
    settings: Mapping[str, Any],
) -> MetaResult:
    p = design.x.shape[1]
    df = float(m - p) if ci_method == "t" else None
    constant = float(log_choose(table.xi, table.ni).sum())
    coefficients = tuple(
        _coefficient(name, fit.theta[j], covariance[j, j], df, limits[j], CI_METHODS[ci_method], level)
        for j, name in enumerate(design.names)
    )
    between, within = (float(value) ** 2 for value in fit.theta[p:])
    total = between + within
    notes = [
        f"the variance {name} is estimated as 0"
        for name, value in (("between studies", between), ("within studies", within))
        if value == 0
    ]
    prediction = None
    if p == 1:
        prediction = prediction_interval(
            coefficients[0].value, coefficients[0].se, total, k=m, p=1, level=level, method="t"
        )
    u = fit.likelihood.modes(fit.best.theta)[0][fit.likelihood.study]
    centre = design.x @ fit.theta[:p] + fit.theta[p] * u
    latent = modes(centre[None], np.array([[fit.theta[-1]]]), table.xi[None], table.ni[None])[0]
    rate = special.expit(latent)
    information = 1 / (total + 1 / (table.ni * rate * (1 - rate)))
    nothing = _maximised(table, fit.likelihood.study, design.x, fit.likelihood.points, frozen=(-2, -1))
    q = max(2 * float(log_saturated(table.xi[None], table.ni[None])[0] - nothing.best.value[0]), 0.0)
    typical = typical_variance(table, design.x)
    return MetaResult(
        model="BinomialNormal",
        settings=settings,
        measure="PLO",
        level=level,
        k=table.k,
        k_studies=m,
        labels=table.label,
        coefficients=coefficients,
        vcov=covariance[:p, :p],
        heterogeneity=Heterogeneity(
            tau2=total,
            i2=total / (total + typical),
            h2=1 + total / typical,
            q=q,
            q_df=table.k - p,
            q_p=float(chi2_tail(q, table.k - p)),
            q_method="likelihood ratio against one rate per row",
        ),
        prediction_interval=prediction,
        weights=information / information.sum(),
        weights_name="Information share",
        convergence=Convergence(
            converged=True,
            optimiser="Newton with analytic derivatives, nested adaptive Gauss-Hermite quadrature",
            iterations=fit.best.iterations,
            log_likelihood=float(fit.best.value[0]) + constant,
            n_parameters=p + 2,
            gradient_norm=float(np.abs(np.where(fit.held, 0.0, fit.best.gradient[0])).max()),
            quadrature_points=fit.likelihood.points,
            quadrature_change=_seven_against_25(fit),
        ),
        notes=tuple(notes),
        detail=NestedDetail(
            events=int(table.xi.sum()),
            total=int(table.ni.sum()),
            population_average=_average(fit, covariance, level) if p == 1 else Estimate(None),
            shrunken=rate,
            sigma2_between=between,
            sigma2_between_ci=_squared(limits[p], ci_method, level),
            sigma2_within=within,
            sigma2_within_ci=_squared(limits[p + 1], ci_method, level),
            tests=tuple(_without(table, fit, design.x, j) for j in (-2, -1)),
            covariance=covariance,
        ),
        table_digest=table.digest,
    )


def _coefficient(
    name: str, value: float, variance: float, df: float | None, limits: Floats, method: str, level: float
) -> Coefficient:
    se = math.sqrt(variance)
    return Coefficient(
        name=name,
        value=float(value),
        se=se,
        statistic=float(value) / se,
        df=df,
        p_value=float(two_sided_p(value / se, df)),
        ci=Interval(float(limits[0]), float(limits[1]), level, method),
    )


def _squared(limits: Floats, ci_method: str, level: float) -> Interval | None:
    if np.isnan(limits).any():
        return None
    method = "profile likelihood" if ci_method == "profile" else "Wald on the logarithm of the spread"
    return Interval(float(limits[0]) ** 2, float(limits[1]) ** 2, level, method)


def _seven_against_25(fit: _Fit) -> float:
    seven, fine = (replace(fit.likelihood, points=points).value(fit.best.theta)[0] for points in (7, 25))
    return abs(float(seven - fine))


def _average(fit: _Fit, covariance: Floats, level: float) -> Estimate:
    """Return the mean rate over rows of new studies, its interval by the delta method on the logit."""
    mu, between, within = fit.theta
    spread = math.hypot(between, within)
    mean = averaged_logit(np.array([mu]), np.array([spread]))
    along = float(mean.d_tau[0]) / spread if spread > 0 else 0.0
    slope = np.array([float(mean.d_mu[0]), along * between, along * within])
    half = float(two_sided_quantile(level)) * math.sqrt(slope @ covariance @ slope)
    value, low, high = (float(special.expit(mean.value[0] + shift)) for shift in (0.0, -half, half))
    return Estimate(value, Interval(low, high, level, "delta method on the logit"))


def _without(table: StudyTable, fit: _Fit, x: Floats, which: int) -> Test:
    null = _maximised(table, fit.likelihood.study, x, fit.likelihood.points, frozen=(which,))
    statistic = max(2 * float(fit.best.value[0] - null.best.value[0]), 0.0)
    inside = fit.theta[which] > 0
    return Test(
        name="sigma2_between = 0" if which == -2 else "sigma2_within = 0",
        statistic=statistic,
        df=1,
        p_value=float(chi2_tail(statistic, 1)) / 2 if inside else 1.0,
        method="likelihood ratio, half of the chi-squared tail",
    )
