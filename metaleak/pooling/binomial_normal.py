"""The binomial-normal model: exact counts within studies, normal logits between them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import special

from metaleak.effects.design import Design, intercept
from metaleak.effects.table import StudyTable
from metaleak.errors import SettingError
from metaleak.guards import one_of, within
from metaleak.numerics.binomial import modes
from metaleak.pooling import binomial_normal_kernel as kernel
from metaleak.pooling.batches import fit_in_batches
from metaleak.pooling.counts import require_normal_spread, require_rows, typical_variance
from metaleak.pooling.likelihood_parts import CI_METHODS, Batch, require_converged, seven_against_25
from metaleak.pooling.nested_binomial_normal import fit_nested
from metaleak.pooling.regression import fit_with_moderators
from metaleak.pooling.result import Estimate, Interval, MetaResult
from metaleak.pooling.storable import storable
from metaleak.pooling.units import even, in_units

Floats = npt.NDArray[np.float64]


@storable
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BinomialNormalDetail:
    """What only the binomial-normal model knows.

    Attributes
    ----------
    events, total : int
        Sums of the counts.
    population_average : Estimate
        The mean true proportion over studies, ``E[expit(mu + tau Z)]``, 0..1; its value is None in a fit
        with several coefficients.
    shrunken : array (k,)
        Conditional modes: each study's own rate drawn towards the others, 0..1.
    tau_se : float or None
        Standard error of tau; None at the boundary.
    covariance : array (p + 1, p + 1)
        Of (coefficients, tau) at the maximum; the last row and column are 0 at the boundary.
    log_likelihood_saturated, log_likelihood_tau0 : float
        With one rate per row, and with tau = 0.
    tau_second_maximum : float or None
        Where the likelihood has a second, lower maximum.
    """

    events: int
    total: int
    population_average: Estimate
    shrunken: Floats
    tau_se: float | None
    covariance: Floats
    log_likelihood_saturated: float
    log_likelihood_tau0: float
    tau_second_maximum: float | None = None


@dataclass(frozen=True, slots=True)
class BinomialNormal:
    """Random-intercept logistic model for proportions, by maximum likelihood.

    Every row has ``x ~ Bin(n, expit(theta))`` and ``theta ~ N(mu, tau2)``: no continuity correction, no
    transformed counts. The log-likelihood is exact up to adaptive Gauss-Hermite quadrature with analytic
    first and second derivatives.

    Parameters
    ----------
    quadrature : "auto" or int
        ``"auto"`` takes as many points as keep the log-likelihood within 1e-9; a number fixes them
        (1 is Laplace's approximation, 7 metafor's default).
    nested : bool
        Rows within studies: a second normal intercept for the study of each row, by nested adaptive quadrature.
        ``tau2`` is then the sum of the variances between and within studies, ``detail`` a
        :class:`~metaleak.pooling.nested_binomial_normal.NestedDetail` with either.
    ci_method : {"profile", "wald", "t"}
        How the intervals of mu, tau2 and the population-averaged proportion are made.
    moderators : str, optional
        A formula such as ``'~ C(modality, "CT") + procedure'``, see :mod:`metaleak.effects.formula`: the
        fit is then a meta-regression by the same model.
    level : float
        Level of all intervals, between 0 and 1.

    Notes
    -----
    ``estimate`` is the mean logit mu; its inverse is the proportion of the *median* study.
    ``detail.population_average`` is the *mean* proportion over studies, with its own interval. Profile
    intervals are eager; ``ci_method="wald"`` replaces all of them by intervals from the curvature (tau2
    on its logarithm, the mean proportion by the delta method on its logit), which takes a tenth of the
    time. The heterogeneity test compares tau = 0 with one rate per row; the test of tau2 = 0 halves the
    chi-squared tail, because tau2 cannot be negative. There is no Hartung-Knapp method for this model.

    References
    ----------
    Stijnen T, Hamza TH, Ozdemir P (2010). Random effects meta-analysis of event outcome in the framework
    of the generalized linear mixed model. doi:10.1002/sim.4040

    Lin L, Chu H (2020). Meta-analysis of proportions using generalized linear mixed models.
    doi:10.1097/EDE.0000000000001232

    Examples
    --------
    >>> table = StudyTable.from_counts([35, 29, 12, 44], [56, 59, 48, 80])
    >>> result = BinomialNormal().fit(table)
    >>> natural = result.natural()
    >>> [round(value, 3) for value in (natural.estimate, natural.ci.low, natural.ci.high)]
    [0.48, 0.3, 0.658]
    """

    quadrature: Literal["auto"] | int = "auto"
    nested: bool = False
    ci_method: str = "profile"
    moderators: str | None = None
    level: float = 0.95

    def __post_init__(self) -> None:
        """Refuse settings outside their range."""
        one_of("ci_method", self.ci_method, CI_METHODS)
        within("level", self.level, 0, 1)
        points = self.quadrature
        if points != "auto" and (
            not isinstance(points, int) or isinstance(points, bool) or not 1 <= points <= 128
        ):
            raise SettingError(
                "quadrature is no number of points", required='"auto", or 1 to 128', got=points
            )

    def fit(self, table: StudyTable) -> MetaResult:
        """Pool the rows of a table of counts.

        Raises
        ------
        TableError
            For a table of another kind, or without a study of several rows when ``nested``.
        SeparationError
            When no row has an event, all units have one (mu is infinite), or every row has none or all
            (tau2 is).
        UndefinedError
            When every row has one unit: tau2 is not identified.
        ConvergenceError
            When the optimiser or a profile ends without an optimum; ``state`` holds where it stood.
        """
        if self.moderators is not None:
            return fit_with_moderators(self, table, self.moderators)
        if self.nested:
            return self._fit_nested(table, intercept(table.k))
        return self._fit_many([table])[0]

    def fit_design(self, table: StudyTable, design: Design) -> MetaResult:
        """Fit one coefficient per column of the design, with one tau2 for all rows.

        Raises
        ------
        As :meth:`fit`; TableError when there are more coefficients than rows.
        """
        if self.nested:
            return self._fit_nested(table, design)
        if design.is_intercept:
            return self._fit_many([table])[0]
        require_normal_spread(table, "binomial-normal")
        require_rows(table, design)
        scaled, units = even(design)
        return in_units(self._fit_arrays([table], table.xi[None], table.ni[None], scaled)[0], units)

    def fit_tables(self, tables: Sequence[StudyTable]) -> list[MetaResult]:
        """Pool each of several tables, in batches of arrays; see :func:`metaleak.fit_many`."""
        if self.moderators is not None or self.nested:
            return [self.fit(table) for table in tables]
        return self._fit_many(tables)

    def _fit_nested(self, table: StudyTable, design: Design) -> MetaResult:
        require_normal_spread(table, "binomial-normal")
        require_rows(table, design)
        scaled, units = even(design)
        found = fit_nested(
            table,
            scaled,
            points=None if self.quadrature == "auto" else int(self.quadrature),
            ci_method=self.ci_method,
            level=self.level,
            settings=asdict(self),
        )
        return in_units(found, units)

    def _fit_many(self, tables: Sequence[StudyTable]) -> list[MetaResult]:
        for table in tables:
            require_normal_spread(table, "binomial-normal")
        return fit_in_batches(tables, self._fit_arrays)

    def _fit_arrays(
        self, tables: Sequence[StudyTable], x: Floats, n: Floats, design: Design | None = None
    ) -> list[MetaResult]:
        points = None if self.quadrature == "auto" else int(self.quadrature)
        fits = kernel.fit(x, n, None if design is None else design.x[None], points)
        require_converged(fits.converged, fits)
        p = 1 if design is None else design.x.shape[1]
        df = np.array([max(table.k - p, 1) for table in tables], dtype=np.float64)
        if self.ci_method == "profile":
            intervals = kernel.profile_intervals(fits, self.level)
            require_converged(intervals.converged, fits)
        else:
            intervals = kernel.wald_intervals(fits, self.level, df if self.ci_method == "t" else None)
        predictors = fits.likelihood.predictors(fits.theta, np.arange(len(tables)))
        latent = modes(predictors, fits.tau[:, None], x, n)
        batch = Batch(
            model="BinomialNormal",
            measure="PLO",
            settings=asdict(self),
            fits=fits,
            intervals=intervals,
            covariance=fits.covariance(),
            latent=latent,
            change=seven_against_25(fits),
            design=design or intercept(1),
        )
        return [self._result(table, i, batch) for i, table in enumerate(tables)]

    def _result(self, table: StudyTable, i: int, batch: Batch) -> MetaResult:
        heterogeneity, notes = batch.heterogeneity(table, i, typical_variance)
        test, ci = heterogeneity.tau2_test, heterogeneity.tau2_ci
        if test is not None and test.p_value < 1 - self.level and ci is not None and ci.low == 0:
            notes.append(
                "the test of tau2 = 0 halves its tail, the interval of tau2 does not: it may still reach 0"
            )
        rate = special.expit(batch.latent[i, : table.k])
        information = table.ni * rate * (1 - rate)
        detail = self._detail(table, i, batch, rate)
        return batch.result(table, i, (heterogeneity, notes), information, detail)

    def _detail(self, table: StudyTable, i: int, batch: Batch, rate: Floats) -> BinomialNormalDetail:
        fits = batch.fits
        average = Estimate(None)
        if batch.intervals.average is not None:
            value, low, high = (float(rate) for rate in special.expit(batch.intervals.average[i]))
            method = "profile likelihood" if self.ci_method == "profile" else "delta method on the logit"
            average = Estimate(value, Interval(low, high, self.level, method))
        other = float(fits.other[i])
        return BinomialNormalDetail(
            events=int(table.xi.sum()),
            total=int(table.ni.sum()),
            population_average=average,
            shrunken=rate,
            tau_se=math.sqrt(batch.covariance[i, -1, -1]) if fits.tau[i] > 0 else None,
            covariance=batch.covariance[i],
            log_likelihood_saturated=float(fits.saturated[i] + fits.coefficients[i]),
            log_likelihood_tau0=float(fits.at_zero[i] + fits.coefficients[i]),
            tau_second_maximum=None if math.isnan(other) else other,
        )
