"""The Bayesian normal-normal model: effects with known variances, no sampling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from metaleak.effects.design import Design
from metaleak.effects.measures import Zero
from metaleak.effects.table import StudyTable
from metaleak.guards import within
from metaleak.numerics import tau_grid
from metaleak.numerics.normal_posterior import NormalPosterior, given_tau, posterior
from metaleak.pooling.bayesian import (
    MOVEMENT,
    Posterior,
    bayesian_result,
    prior_note,
    require_intercept,
    settings_of,
)
from metaleak.pooling.effects_batch import prepare
from metaleak.pooling.priors import MuPrior, TauPrior, mu_prior, tau_prior
from metaleak.pooling.result import Estimate, MetaResult

Floats = npt.NDArray[np.float64]

#: Nodes per panel, from coarse to fine; the first one whose limits moved by less than MOVEMENT is the answer.
_POINTS = (12, 18, 26, 40)


@dataclass(frozen=True, slots=True)
class BayesianNormalNormal:
    """Random-effects model for effects with priors on mean and spread.

    Every effect is ``y ~ N(theta, v)`` with ``theta ~ N(mu, tau2)``. Given tau everything is normal and in
    closed form; tau lies on panels of Legendre nodes, refined until no limit moves by more than 1e-7
    posterior standard deviations. The same call gives the same digits.

    Parameters
    ----------
    measure : str, optional
        Code of the scale; PLO for counts and OR for two arms when left out.
    mu_prior : ("flat",) or ("normal", mean, sd)
        Of the pooled value on that scale.
    tau_prior : tuple
        Of the between-study standard deviation: ``("half-normal", scale)``, ``("half-cauchy", scale)``,
        ``("half-t", scale, df)``, ``("exponential", mean)`` or ``("uniform", upper)``. A scale of 0.5 is
        made for log odds ratios; logits of rates vary more.
    zero : Zero
        The correction for empty and full counts.
    level : float
        Level of all intervals, between 0 and 1.

    Notes
    -----
    ``estimate`` is the posterior median of mu with its equal-tailed interval, ``se`` the posterior standard
    deviation; ``tau2`` is the square of the posterior median of tau. The p value is twice the smaller
    posterior probability on one side of 0. Everything is eager: the predictive density of a new study,
    every study's own value with its interval, and the shortest intervals.

    References
    ----------
    Röver C (2020). Bayesian random-effects meta-analysis using the bayesmeta R package.
    doi:10.18637/jss.v093.i06

    Friede T, Röver C, Wandel S, Neuenschwander B (2017). Meta-analysis of few small studies in orphan
    diseases. doi:10.1002/jrsm.1217

    Examples
    --------
    >>> table = StudyTable.from_effects([0.1, 0.9, 0.4], [0.1, 0.1, 0.1], measure="GEN")
    >>> result = BayesianNormalNormal().fit(table)
    >>> [round(value, 3) for value in (result.estimate, result.ci.low, result.ci.high)]
    [0.467, -0.135, 1.069]
    """

    measure: str | None = None
    mu_prior: tuple[Any, ...] = ("flat",)
    tau_prior: tuple[Any, ...] = ("half-normal", 0.5)
    zero: Zero = Zero()
    level: float = 0.95

    def __post_init__(self) -> None:
        """Refuse settings outside their range."""
        self._priors()
        within("level", self.level, 0, 1)

    def fit(self, table: StudyTable) -> MetaResult:
        """Pool the rows of a table.

        Raises
        ------
        TableError
            When the measure does not fit the table, or no row says anything on its scale.
        """
        return self.fit_tables([table])[0]

    def fit_design(self, table: StudyTable, design: Design) -> MetaResult:
        """Fit a design that is one common mean.

        Raises
        ------
        UndefinedError
            For any other design.
        """
        require_intercept(design)
        return self.fit(table)

    def fit_tables(self, tables: Sequence[StudyTable]) -> list[MetaResult]:
        """Pool each of several tables; see :func:`metaleak.fit_many`."""
        return [self._fit(table) for table in tables]

    def _priors(self) -> tuple[MuPrior, TauPrior]:
        return mu_prior(self.mu_prior, proper=False), tau_prior(self.tau_prior)

    def _fit(self, table: StudyTable) -> MetaResult:
        prepared = prepare([table], self.measure, self.zero, None)
        taken = prepared.tables[0]
        found, movement, refinements = self._refined(prepared.batch.yi, prepared.batch.vi)
        shares = self._shares()
        vi = prepared.batch.vi[0]
        mu, tau = self._priors()
        w = 1 / vi
        return bayesian_result(
            Posterior(
                mu=found.mu(),
                tau=found.tau,
                new_study=found.new_study(),
                studies=np.array([found.study(i).quantile(shares)[0] for i in range(taken.k)]),
                precisions=1 / (float(found.tau.quantile([0.5])[0, 0]) ** 2 + vi),
                typical=float((taken.k - 1) / (w.sum() - (w * w).sum() / w.sum())) if taken.k > 1 else None,
                # A flat prior leaves mu the tail of tau, thinned by all rows but the one that places it.
                tail=tau.tail + taken.k - 1 if mu.precision == 0 else np.inf,
                log_evidence=float(found.log_evidence[0]),
                movement=movement,
                refinements=refinements,
                population_average=Estimate(None),
            ),
            taken,
            model="BayesianNormalNormal",
            settings=settings_of(self),
            measure=prepared.code,
            level=self.level,
            notes=(*prepared.notes[0], *prior_note(taken.k, tau)),
        )

    def _shares(self) -> Floats:
        return np.array([(1 - self.level) / 2, 0.5, (1 + self.level) / 2])

    def _refined(self, yi: Floats, vi: Floats) -> tuple[NormalPosterior, float, int]:
        """Return the posterior of one table, how far its limits moved at last, and how often it was refined."""
        mu, tau = self._priors()
        normal = (mu.mean, mu.precision)
        floor = np.sqrt(vi.min(axis=1))
        grid, values = tau_grid.scan(
            lambda spread: given_tau(spread, yi, vi, normal).log_likelihood + tau.log_density(spread),
            floor,
            tau.upper,
        )
        breaks = tau_grid.breaks(grid, values, floor)[0][None]
        before: Floats | None = None
        refinements = -1
        for points in _POINTS:
            refinements += 1
            found = posterior(
                yi, vi, breaks=breaks, points=points, log_tau_prior=tau.log_density, mu_prior=normal
            )
            limits, scale = self._limits(found)
            movement = np.inf if before is None else float(np.abs(limits - before).max() / scale)
            if movement <= MOVEMENT:
                break
            before = limits
        return found, movement, refinements

    def _limits(self, found: NormalPosterior) -> tuple[Floats, float]:
        """Return quantiles of mu, tau and a new study, and the distance that makes their movement one."""
        mu = found.mu().quantile(self._shares())[0]
        parts = [mu, found.tau.quantile(self._shares())[0], found.new_study().quantile(self._shares())[0]]
        return np.concatenate(parts), float(mu[2] - mu[0]) / 4
