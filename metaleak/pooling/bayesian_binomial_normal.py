"""The Bayesian binomial-normal model: exact counts, proper priors, no sampling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

from metaleak.effects.design import Design
from metaleak.effects.table import StudyTable
from metaleak.guards import within
from metaleak.numerics import tau_grid
from metaleak.numerics.binomial import log_choose
from metaleak.numerics.binomial_posterior import BinomialPosterior, Grid, Place, locate, posteriors
from metaleak.pooling.bayesian import (
    MOVEMENT,
    Posterior,
    bayesian_result,
    prior_note,
    require_intercept,
    settings_of,
)
from metaleak.pooling.counts import require_counts, typical_variance
from metaleak.pooling.priors import MuPrior, TauPrior, mu_prior, tau_prior
from metaleak.pooling.result import Estimate, Interval, MetaResult

Floats = npt.NDArray[np.float64]

#: Grids from coarse to fine; the first one whose limits moved by less than MOVEMENT is the answer.
_GRIDS = (Grid(12, 21, 41), Grid(16, 27, 51), Grid(22, 37, 71), Grid(30, 51, 101))


@dataclass(frozen=True, slots=True)
class BayesianBinomialNormal:
    """Random-intercept logistic model for proportions with priors on mean and spread.

    The model is that of :class:`metaleak.BinomialNormal`. Its posterior is integrated, not sampled: tau on
    panels of Legendre nodes, mu in a window for each tau, refined until no limit moves by more than 1e-7.
    The same call gives the same digits.

    Parameters
    ----------
    mu_prior : ("normal", mean, sd)
        Of the mean logit; ``("normal", 0, 1.5)`` is nearly flat on the proportion.
    tau_prior : tuple
        Of the between-study standard deviation of the logits: ``("half-normal", scale)``,
        ``("half-cauchy", scale)``, ``("half-t", scale, df)``, ``("exponential", mean)`` or
        ``("uniform", upper)``.
    level : float
        Level of all intervals, between 0 and 1.

    Notes
    -----
    ``estimate`` is the posterior median of mu, so that ``natural()`` gives posterior median and equal-tailed
    limits of the *median* study's proportion; ``detail.population_average`` gives those of the *mean* over
    studies. ``tau2`` is the square of the posterior median of tau. The p value is twice the smaller
    posterior probability on one side of a proportion of one half. Everything is eager: the predictive
    density of a new study, every study's own rate with its interval, and the shortest intervals, which are
    shortest on the logit. A table without events has an answer too: the priors bound it.

    References
    ----------
    Gelman A (2006). Prior distributions for variance parameters in hierarchical models.
    doi:10.1214/06-BA117A

    Röver C (2020). Bayesian random-effects meta-analysis using the bayesmeta R package.
    doi:10.18637/jss.v093.i06

    Examples
    --------
    >>> table = StudyTable.from_counts([35, 29, 12, 44], [56, 59, 48, 80])
    >>> result = BayesianBinomialNormal().fit(table)
    >>> natural = result.natural()
    >>> [round(value, 3) for value in (natural.estimate, natural.ci.low, natural.ci.high)]
    [0.481, 0.282, 0.682]
    """

    mu_prior: tuple[Any, ...] = ("normal", 0.0, 1.5)
    tau_prior: tuple[Any, ...] = ("half-normal", 1.0)
    level: float = 0.95

    def __post_init__(self) -> None:
        """Refuse settings outside their range."""
        self._priors()
        within("level", self.level, 0, 1)

    def fit(self, table: StudyTable) -> MetaResult:
        """Pool the rows of a table of counts.

        Raises
        ------
        TableError
            For a table of another kind.
        """
        return self.fit_tables([table])[0]

    def fit_design(self, table: StudyTable, design: Design) -> MetaResult:
        """Fit a design that is one common mean.

        Raises
        ------
        UndefinedError
            For any other design: the grid has two dimensions.
        """
        require_intercept(design)
        return self.fit(table)

    def fit_tables(self, tables: Sequence[StudyTable]) -> list[MetaResult]:
        """Pool each of several tables; see :func:`metaleak.fit_many`."""
        for table in tables:
            require_counts(table, "binomial-normal")
        return [self._result(table, self._posterior(table)) for table in tables]

    def _priors(self) -> tuple[MuPrior, TauPrior]:
        return mu_prior(self.mu_prior, proper=True), tau_prior(self.tau_prior)

    def _posterior(self, table: StudyTable) -> Posterior:
        mu, tau = self._priors()
        x, n = table.xi[None], table.ni[None]
        place = locate(x, n, mu_prior=(mu.mean, mu.precision), log_tau_prior=tau.log_density, upper=tau.upper)
        breaks = tau_grid.breaks(place.tau, place.log_density, place.floor)[0]
        shares = np.array([(1 - self.level) / 2, 0.5, (1 + self.level) / 2])
        before: Floats | None = None
        refinements = -1
        for grid in _GRIDS:
            refinements += 1
            found = self._on(grid, x, n, place, breaks)
            limits = _limits(found, shares)
            movement = np.inf if before is None else float(np.abs(limits - before).max())
            if movement <= MOVEMENT:
                break
            before = limits
        rates = special.expit(np.array([found.study(i).quantile(shares)[0] for i in range(table.k)]))
        own = 1 / (table.ni * rates[:, 1] * (1 - rates[:, 1]))
        average = special.expit(found.average_quantiles(shares))
        return Posterior(
            mu=found.mu(),
            tau=found.tau,
            new_study=found.new_study(),
            studies=rates,
            precisions=1 / (found.tau.quantile([0.5])[0, 0] ** 2 + own),
            typical=typical_variance(table, np.ones((table.k, 1))) if table.k > 1 else None,
            tail=np.inf,
            log_evidence=found.log_evidence + float(log_choose(x, n).sum()),
            movement=movement,
            refinements=refinements,
            population_average=Estimate(
                float(average[1]),
                Interval(float(average[0]), float(average[2]), self.level, "equal-tailed credible"),
            ),
        )

    def _on(self, grid: Grid, x: Floats, n: Floats, place: Place, breaks: Floats) -> BinomialPosterior:
        mu, tau = self._priors()
        return posteriors(
            x,
            n,
            place,
            breaks=breaks[None],
            grid=grid,
            mu_prior=(mu.mean, mu.precision),
            log_tau_prior=tau.log_density,
        )[0]

    def _result(self, table: StudyTable, posterior: Posterior) -> MetaResult:
        return bayesian_result(
            posterior,
            table,
            model="BayesianBinomialNormal",
            settings=settings_of(self),
            measure="PLO",
            level=self.level,
            notes=prior_note(table.k, self._priors()[1]),
        )


def _limits(found: BinomialPosterior, shares: Floats) -> Floats:
    """Return quantiles of mu, tau and a new study, on scales where a reader sees their movement."""
    mu, new_study = (special.expit(part.quantile(shares)[0]) for part in (found.mu(), found.new_study()))
    tau = found.tau.quantile(shares)[0]
    return np.concatenate([mu, new_study, tau / (1 + tau)])
