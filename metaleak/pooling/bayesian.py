"""What the Bayesian models share: their detail, and a result cut from posterior densities."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from metaleak.effects.design import Design
from metaleak.effects.table import StudyTable
from metaleak.errors import UndefinedError
from metaleak.numerics.panels import PanelDensity
from metaleak.pooling.density import Density, predicted
from metaleak.pooling.priors import TauPrior
from metaleak.pooling.result import (
    Coefficient,
    Convergence,
    Estimate,
    Heterogeneity,
    Interval,
    MetaResult,
)
from metaleak.pooling.storable import storable

Floats = npt.NDArray[np.float64]

#: A grid is fine enough when no limit moved by more than this.
MOVEMENT = 1e-7

#: Below this many rows the prior of tau decides much of the answer.
_FEW_ROWS = 5


@storable
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BayesianDetail:
    """What only a Bayesian model knows.

    Attributes
    ----------
    mu, tau, new_study : Density
        Posterior densities of the pooled value and of the between-study standard deviation, and the
        predictive density of the true value in a new study, on the model's scale.
    mean, sd : float
        Mean and standard deviation of ``mu``; with a heavy-tailed prior of tau and very few rows there may
        be no mean (None), or no finite standard deviation.
    shortest, tau_shortest, new_study_shortest : Interval
        The shortest credible intervals, on the model's scale.
    tau_estimate : Estimate
        Median of ``tau`` with its equal-tailed interval.
    population_average : Estimate
        The mean true proportion over studies, median and equal-tailed interval, 0..1; its value is None
        where the model knows none.
    shrunken, shrunken_low, shrunken_high : arrays (k,)
        Each study's true value given all of them, median and equal-tailed limits: 0..1 for counts, on the
        model's scale for effects.
    log_evidence : float
        Logarithm of the marginal likelihood; comparable between priors of one model.
    movement : float
        How far the limits moved when the grid was last refined: on the reader's scale for counts, in
        posterior standard deviations for effects.
    """

    mu: Density
    tau: Density
    new_study: Density
    mean: float | None
    sd: float
    shortest: Interval
    tau_shortest: Interval
    new_study_shortest: Interval
    tau_estimate: Estimate
    shrunken: Floats
    shrunken_low: Floats
    shrunken_high: Floats
    log_evidence: float
    movement: float
    population_average: Estimate


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Posterior:
    """The densities of one table, on the model's scale, and what was found on the way.

    ``studies`` (k, 3) are lower limit, median and upper limit of the true values of the rows; ``typical`` is
    the typical sampling variance, None for one row; ``tail`` is the power with which the posterior of tau
    falls.
    """

    mu: PanelDensity
    tau: PanelDensity
    new_study: PanelDensity
    studies: Floats
    precisions: Floats
    typical: float | None
    tail: float
    log_evidence: float
    movement: float
    refinements: int
    population_average: Estimate


def bayesian_result(
    posterior: Posterior,
    table: StudyTable,
    *,
    model: str,
    settings: Mapping[str, Any],
    measure: str,
    level: float,
    notes: tuple[str, ...],
) -> MetaResult:
    """Cut a result from posterior densities."""
    mu, tau, new_study = (Density.of(part) for part in (posterior.mu, posterior.tau, posterior.new_study))
    median, tau_median = mu.quantile(0.5), tau.quantile(0.5)
    sd = mu.sd if posterior.tail > 3 else math.inf
    tau_limits = tau.equal_tailed(level)
    below = mu.cdf(0.0)
    prediction = predicted(new_study, level)
    detail = BayesianDetail(
        mu=mu,
        tau=tau,
        new_study=new_study,
        mean=mu.mean if posterior.tail > 2 else None,
        sd=sd,
        shortest=mu.shortest(level),
        tau_shortest=tau.shortest(level),
        new_study_shortest=new_study.shortest(level),
        tau_estimate=Estimate(tau_median, tau_limits),
        shrunken=posterior.studies[:, 1],
        shrunken_low=posterior.studies[:, 0],
        shrunken_high=posterior.studies[:, 2],
        log_evidence=posterior.log_evidence,
        movement=posterior.movement,
        population_average=posterior.population_average,
    )
    return MetaResult(
        model=model,
        settings=settings,
        measure=measure,
        level=level,
        k=table.k,
        k_studies=table.k_studies,
        labels=table.label,
        coefficients=(
            Coefficient(
                name="intercept",
                value=median,
                se=sd,
                statistic=median / sd,
                df=None,
                p_value=2 * min(below, 1 - below),
                ci=mu.equal_tailed(level),
            ),
        ),
        vcov=np.array([[sd * sd]]),
        heterogeneity=_heterogeneity(posterior, tau_median, tau_limits),
        prediction_interval=prediction,
        weights=posterior.precisions / posterior.precisions.sum(),
        weights_name="Information share",
        convergence=Convergence(
            converged=True,
            optimiser=f"quadrature on a grid, limits move {posterior.movement:.1e}",
            iterations=posterior.refinements,
        ),
        notes=notes,
        detail=detail,
        table_digest=table.digest,
    )


def _heterogeneity(posterior: Posterior, median: float, limits: Interval) -> Heterogeneity:
    typical = posterior.typical
    return Heterogeneity(
        tau2=median**2,
        tau2_ci=Interval(limits.low**2, limits.high**2, limits.level, limits.method),
        i2=None if typical is None else median**2 / (median**2 + typical),
        h2=None if typical is None else 1 + median**2 / typical,
    )


def require_intercept(design: Design) -> None:
    """Refuse moderators: the grid has two dimensions.

    Raises
    ------
    UndefinedError
        Naming the coefficients.
    """
    if not design.is_intercept:
        raise UndefinedError(
            "the Bayesian models have no moderators",
            required="one common mean",
            got=", ".join(design.names),
            todo="take BinomialNormal or RandomEffects, or pool groups with separate tau2",
        )


def settings_of(model: Any) -> dict[str, Any]:
    """Return a model's settings as plain values: a stored result tells them in the same words."""
    return {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(model).items()}


def prior_note(k: int, prior: TauPrior) -> tuple[str, ...]:
    """Say where the prior of tau decides much."""
    if k >= _FEW_ROWS:
        return ()
    return (f"{k} rows say little about tau: its prior, {prior}, decides much; see prior_sensitivity",)
