"""A selection model: the mean if some p values were published more often than others."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from metaleak.effects.measures import measure
from metaleak.effects.table import StudyTable
from metaleak.errors import ConvergenceError, SettingError, UndefinedError
from metaleak.guards import one_of, within
from metaleak.numerics import selection as kernel
from metaleak.numerics.distributions import chi2_quantile, chi2_tail, two_sided_p, two_sided_quantile
from metaleak.numerics.newton import Optimum
from metaleak.numerics.roots import bracketed_root
from metaleak.pooling.random_effects import RandomEffects
from metaleak.pooling.result import Interval, MetaResult, Test
from metaleak.synthesis.small_study import FEWEST, row_effects

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

#: Logarithm of a weight beyond which the likelihood rises without end.
_RUNAWAY = 14.0

#: Starts of the climbs: standard deviations of the effects, logarithms of the weights.
_TAUS, _LOGS = (0.05, 0.3, 1.0), (0.0, -1.2, 1.2)

#: Limits of a profile are looked for within so many standard errors.
_REACH = 256.0


@dataclass(frozen=True, slots=True)
class StepWeight:
    """How often p values in (low, high] were published, beside those of the first interval.

    ``rows`` counts them; ``se`` is None where the weight was given, as 1 is for the first interval.
    """

    low: float
    high: float
    rows: int
    weight: float
    se: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectionModel:
    """What :func:`selection_model` found, on the scale of the effects (``measure``).

    Attributes
    ----------
    estimate, se, ci, p_value : float, float, Interval, float
        The mean before selection, and Wald's test of it.
    tau2, se_tau2 : float, float or None
        The variance between studies; no standard error at 0.
    weights : tuple of StepWeight
        One per interval of p values.
    test : Test or None
        Likelihood ratio against no selection; None where the weights were given.
    unadjusted : float
        The maximum-likelihood mean without selection.
    log_likelihood : float
        At the maximum.
    notes : tuple of str
        Sentences a reader must see beside the numbers.
    """

    measure: str
    k: int
    alternative: str
    estimate: float
    se: float
    ci: Interval
    p_value: float
    tau2: float
    se_tau2: float | None
    weights: tuple[StepWeight, ...]
    test: Test | None
    unadjusted: float
    log_likelihood: float
    notes: tuple[str, ...]


def selection_model(
    fitted: MetaResult | StudyTable,
    *,
    steps: Sequence[float] = (0.025,),
    alternative: str = "greater",
    weights: Sequence[float] | None = None,
    ci_method: str = "wald",
    level: float = 0.95,
    fewest: int = FEWEST,
) -> SelectionModel:
    """Fit mean, tau2 and the weights of intervals of p values by maximum likelihood (step function).

    Parameters
    ----------
    fitted : MetaResult or StudyTable
        An inverse-variance fit without moderators, whose effects are taken (CommonEffect holds tau2 at 0), or a table
        of two arms or of effects.
    steps : sequence of float
        Where p values are cut, rising, between 0 and 1: one-sided ones, so that 0.025 cuts at p = 0.05, two-sided.
    alternative : {"greater", "less", "two-sided"}
        What the p values test: effects above 0, below 0, or both.
    weights : sequence of float, optional
        Given instead of estimated, one more than steps, the first is 1 (Vevea and Woods 2005).
    ci_method : {"wald", "profile"}
        Of the mean.
    level : float
        Of its interval.
    fewest : int
        Fewer rows are refused; 3 or more.

    Raises
    ------
    UndefinedError
        With fewer rows than ``fewest``, for rates of one group, with moderators, or where an interval holds no p value.
    SettingError
        For steps that do not rise, or weights that are not positive.
    ConvergenceError
        When the likelihood has no maximum: a weight runs off.

    Notes
    -----
    With few studies the weights are hardly known, and the model assumes that nothing but the p value decided. It shows
    how far an answer depends on selection; it does not repair it.

    References
    ----------
    Vevea JL, Hedges LV (1995). A general linear model for estimating effect size in the presence of publication bias.
    doi:10.1007/BF02294384

    Vevea JL, Woods CM (2005). Publication bias in research synthesis: sensitivity analysis using a priori weight
    functions. doi:10.1037/1082-989X.10.4.428

    Examples
    --------
    >>> yi = [0.1, 0.4, 0.2, 0.7, 0.3, 0.9, 0.5, 0.05, 0.6, 0.8, -0.1, 0.35]
    >>> vi = [0.02, 0.03, 0.01, 0.09, 0.02, 0.15, 0.05, 0.02, 0.07, 0.12, 0.06, 0.04]
    >>> found = selection_model(StudyTable.from_effects(yi, vi, measure="GEN"))
    >>> [weight.rows for weight in found.weights], found.estimate < found.unadjusted
    ([8, 4], True)
    """
    one_of("alternative", alternative, ("greater", "less", "two-sided"))
    one_of("ci_method", ci_method, ("wald", "profile"))
    within("level", level, 0.5, 1)
    cuts = _cuts(steps)
    result = RandomEffects().fit(fitted) if isinstance(fitted, StudyTable) else fitted
    if measure(result.measure).kind == "counts":
        raise UndefinedError(
            "rates of one group have no p value that decides whether they are published",
            required="a contrast: a table of two arms or of effects",
            got=result.measure,
        )
    effects = row_effects(result, fewest)
    yi, vi = effects.yi, effects.vi
    if alternative == "two-sided":
        found = kernel.two_sided(yi, vi, cuts)
    else:
        found = kernel.one_sided(yi, vi, cuts, greater=alternative == "greater")
    counts = np.bincount(found.inside, minlength=found.intervals)
    logs = _logs(weights, found.intervals)
    if logs is None:
        _need_rows(counts, cuts)
    climb = _Climb(found, logs, common=result.model == "CommonEffect")
    best = climb.best()
    sign = -1.0 if alternative == "less" else 1.0
    cov = climb.covariance(best)
    tau = float(best.theta[0, 1])
    estimate, se = float(best.theta[0, 0]), math.sqrt(cov[0, 0])
    low, high, notes = climb.limits(best, se, ci_method, level)
    low, high = sorted((sign * low, sign * high))
    value, without = float(best.value[0]), climb.without_selection()
    weight = np.exp(best.theta[0, 2:])
    errors = weight * np.sqrt(np.diag(cov)[2:])
    edges = [0.0, *cuts.tolist(), 1.0]
    if tau == 0 and result.model != "CommonEffect":
        notes = [*notes, "tau2 is 0, at the edge of what it can be: no standard error"]
    return SelectionModel(
        measure=result.measure,
        k=len(yi),
        alternative=alternative,
        estimate=sign * estimate,
        se=se,
        ci=Interval(low, high, level, ci_method),
        p_value=float(two_sided_p(estimate / se, None)),
        tau2=tau * tau,
        se_tau2=2 * tau * math.sqrt(cov[1, 1]) if tau > 0 else None,
        weights=tuple(
            StepWeight(
                edges[j],
                edges[j + 1],
                int(counts[j]),
                float(weight[j]),
                float(errors[j]) if logs is None and j else None,
            )
            for j in range(found.intervals)
        ),
        test=_against_none(value, float(without.value[0]), len(cuts)) if logs is None else None,
        unadjusted=sign * float(without.theta[0, 0]),
        log_likelihood=value,
        notes=tuple(notes),
    )


def _cuts(steps: Sequence[float]) -> Floats:
    try:
        cuts = np.asarray(list(steps), dtype=np.float64)
    except (TypeError, ValueError):
        cuts = np.empty(0)
    if not cuts.size or not ((cuts > 0) & (cuts < 1)).all() or (np.diff(cuts) <= 0).any():
        raise SettingError("these are no steps", required="rising numbers between 0 and 1", got=str(steps))
    return cuts


def _logs(weights: Sequence[float] | None, intervals: int) -> Floats | None:
    if weights is None:
        return None
    given = np.asarray(list(weights), dtype=np.float64)
    if len(given) != intervals or not (np.isfinite(given) & (given > 0)).all() or given[0] != 1:
        raise SettingError(
            "these are no weights", required=f"{intervals} positive numbers, the first is 1", got=str(weights)
        )
    logs: Floats = np.log(given)
    return logs


def _need_rows(counts: npt.NDArray[np.intp], cuts: Floats) -> None:
    edges = [0.0, *cuts.tolist(), 1.0]
    empty = [f"({edges[j]:g}, {edges[j + 1]:g}]" for j in np.flatnonzero(counts == 0)]
    if empty:
        raise UndefinedError(
            "no p value lies in an interval: its weight cannot be estimated",
            required="a p value in every interval",
            got=", ".join(empty),
            todo="leave out a step, turn the alternative, or give the weights",
        )


def _against_none(value: float, without: float, df: int) -> Test:
    ratio = max(0.0, 2 * (value - without))
    return Test("no selection", ratio, df, float(chi2_tail(ratio, df)), "likelihood ratio")


class _Climb:
    """The likelihood with what is held in it."""

    def __init__(self, found: kernel.Selection, logs: Floats | None, *, common: bool) -> None:
        self._found, self._logs = found, logs
        self._frozen = np.zeros(2 + found.intervals, dtype=bool)
        self._frozen[1] = common
        self._frozen[2:] = True if logs is not None else np.arange(found.intervals) == 0
        self._common = common

    def best(self) -> Optimum:
        """Return the highest maximum, as arrays of one row."""
        spread = max(float(self._found.yi.std()), math.sqrt(float(self._found.vi.mean())))
        taus = (0.0,) if self._common else (0.0, *(share * spread for share in _TAUS))
        options: Sequence[Floats | float] = (self._logs,) if self._logs is not None else _LOGS
        starts = []
        for tau in taus:
            for logs in options:
                start = np.zeros(2 + self._found.intervals)
                start[0], start[1], start[2:] = self._found.yi.mean(), tau, logs
                if self._logs is None:
                    start[2] = 0.0
                starts.append(start)
        climbs = self._climbed(np.array(starts), self._frozen)
        found = _row(climbs, int(np.argmax(climbs.value)))
        # The edge of tau2 is a maximum of its own where nothing inside is higher.
        edge = found.theta.copy()
        edge[0, 1] = 0.0
        at_zero = kernel.fit(self._found, edge, self._frozen | (np.arange(edge.shape[1]) == 1))
        if at_zero.value[0] >= found.value[0] - 1e-9:
            found = at_zero
        found.theta[0, 1] = abs(found.theta[0, 1])
        if not found.converged[0] or (self._logs is None and np.abs(found.theta[0, 2:]).max() > _RUNAWAY):
            raise ConvergenceError(
                "the likelihood has no maximum: a weight runs off",
                todo="fewer steps, or give the weights",
                state={"theta": found.theta[0].tolist()},
            )
        return found

    def without_selection(self) -> Optimum:
        """Return the maximum with all weights 1."""
        plain = _Climb(self._found, np.zeros(self._found.intervals), common=self._common)
        return plain.best()

    def covariance(self, best: Optimum) -> Floats:
        """Return the inverse of the observed information, 0 where something is held."""
        free = np.flatnonzero(
            ~self._frozen & ~((np.arange(best.theta.shape[1]) == 1) & (best.theta[0, 1] == 0))
        )
        information = -best.hessian[0][np.ix_(free, free)]
        if np.linalg.eigvalsh(information)[0] <= 0:
            raise ConvergenceError(
                "the likelihood is flat at its maximum",
                todo="fewer steps",
                state={"theta": best.theta[0].tolist()},
            )
        cov = np.zeros((best.theta.shape[1],) * 2)
        cov[np.ix_(free, free)] = np.linalg.inv(information)
        return cov

    def limits(self, best: Optimum, se: float, method: str, level: float) -> tuple[float, float, list[str]]:
        """Return the limits of the mean, infinite where the profile does not fall far enough."""
        centre = float(best.theta[0, 0])
        if method == "wald":
            half = float(two_sided_quantile(level)) * se
            return centre - half, centre + half, []
        drop = float(chi2_quantile(level, 1)) / 2

        def above(distance: Floats, rows: npt.NDArray[np.intp]) -> Floats:
            side = np.where(rows == 0, -1.0, 1.0)
            return self._profile(centre + side * distance, best) - (float(best.value[0]) - drop)

        high, both = np.full(2, se), np.arange(2)
        waiting = above(high, both) > 0
        while waiting.any() and high.max() < _REACH * se:
            high[waiting] *= 2
            waiting = waiting & (above(high, both) > 0)
        ends = np.full(2, np.inf)
        closed = np.flatnonzero(~waiting)
        if closed.size:
            ends[closed] = bracketed_root(
                lambda x, rows: above(x, closed[rows]), np.zeros(closed.size), high[closed]
            )[0]
        notes = (
            ["the profile does not fall far enough: a limit of the mean is infinite"] if waiting.any() else []
        )
        return centre - float(ends[0]), centre + float(ends[1]), notes

    def _profile(self, means: Floats, best: Optimum) -> Floats:
        """Return the highest log-likelihood at given means."""
        frozen = self._frozen | (np.arange(best.theta.shape[1]) == 0)
        spread = float(self._found.yi.std())
        starts = []
        for tau in (best.theta[0, 1], *(() if self._common else (spread, spread / 4))):
            start = np.repeat(best.theta, len(means), axis=0)
            start[:, 0], start[:, 1] = means, tau
            starts.append(start)
        values: Floats = (
            self._climbed(np.concatenate(starts), frozen).value.reshape(-1, len(means)).max(axis=0)
        )
        return values

    def _climbed(self, starts: Floats, frozen: Bools) -> Optimum:
        return kernel.fit(self._found, starts, frozen)


def _row(climbs: Optimum, which: int) -> Optimum:
    part = slice(which, which + 1)
    return Optimum(
        climbs.theta[part].copy(),
        climbs.value[part],
        climbs.gradient[part],
        climbs.hessian[part],
        climbs.converged[part],
        climbs.iterations,
    )
