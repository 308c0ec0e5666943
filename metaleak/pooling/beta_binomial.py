"""The beta-binomial model: exact counts within studies, beta-distributed rates between them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from scipy import special

from metaleak.effects.design import Design, intercept
from metaleak.effects.table import StudyTable
from metaleak.guards import one_of, within
from metaleak.numerics.distributions import chi2_tail
from metaleak.pooling import beta_binomial_kernel as kernel
from metaleak.pooling.batches import fit_in_batches
from metaleak.pooling.beta_prediction import beta_prediction
from metaleak.pooling.counts import (
    require_both,
    require_counts,
    require_rows,
    require_spread,
    typical_variance,
)
from metaleak.pooling.likelihood_parts import boundary_test, coefficient, interval, require_converged
from metaleak.pooling.regression import fit_with_moderators
from metaleak.pooling.result import (
    Coefficient,
    Convergence,
    Estimate,
    Heterogeneity,
    Interval,
    MetaResult,
)
from metaleak.pooling.storable import storable
from metaleak.pooling.units import even, in_units

Floats = npt.NDArray[np.float64]

#: Below this many rows the fitted beta is too narrow more often than not.
_FEW_ROWS = 10

#: What is said at the ends of the intra-class correlation.
_ENDS = {
    0.0: "icc is estimated as 0: the fitted beta has no spread and gives no prediction interval",
    1.0: "icc is estimated as 1, none or all in every row: the fitted beta gives no prediction interval",
}

_METHODS = {
    "profile": "profile likelihood",
    "wald": "Wald, normal quantile",
    "t": "Wald, t quantile with k - p degrees of freedom",
}
_ICC_METHODS = {
    "profile": "profile likelihood",
    "wald": "Wald on the angle arcsin(sqrt(icc))",
    "t": "Wald on the angle arcsin(sqrt(icc))",
}


@storable
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BetaBinomialDetail:
    """What only the beta-binomial model knows.

    Attributes
    ----------
    events, total : int
        Sums of the counts.
    icc : Estimate
        The intra-class correlation 0..1: the variance of the true rates over ``m (1 - m)``, m their mean.
        None for one row.
    alpha, beta : float or None
        The fitted beta distribution of the true rates; infinite at ``icc = 0``, 0 at ``icc = 1``, None
        with several coefficients.
    population_average : Estimate
        The mean true proportion over studies, 0..1: the estimate itself on the reader's scale; its value
        is None in a fit with several coefficients.
    shrunken : array (k,)
        Each study's own rate drawn towards the mean, the mean of its beta given the counts, 0..1.
    covariance : array (p + 1, p + 1)
        Of (coefficients, arcsin(sqrt(icc))) at the maximum; the last row and column are 0 at the ends.
    log_likelihood_saturated, log_likelihood_icc0 : float
        With one rate per row, and with ``icc = 0``.
    icc_second_maximum : float or None
        Where the likelihood has a second, lower maximum.
    """

    #: What a reader calls the estimate.
    natural_scale: ClassVar[str] = "proportion (mean over studies)"

    events: int
    total: int
    icc: Estimate
    alpha: float | None
    beta: float | None
    population_average: Estimate
    shrunken: Floats
    covariance: Floats
    log_likelihood_saturated: float
    log_likelihood_icc0: float
    icc_second_maximum: float | None = None


@dataclass(frozen=True, slots=True)
class BetaBinomial:
    """Beta-binomial model for proportions, by maximum likelihood.

    Every row has ``x ~ Bin(n, p)`` and ``p ~ Beta(alpha, beta)`` with mean ``m = alpha / (alpha + beta)``
    and intra-class correlation ``1 / (alpha + beta + 1)``: the likelihood is in closed form, with analytic
    first and second derivatives.

    Parameters
    ----------
    ci_method : {"profile", "wald", "t"}
        How the intervals of the mean and of the intra-class correlation are made.
    moderators : str, optional
        A formula such as ``'~ C(modality, "CT") + procedure'``, see :mod:`metaleak.effects.formula`: the
        fit is then a meta-regression by the same model.
    level : float
        Level of all intervals, between 0 and 1.

    Notes
    -----
    ``estimate`` is the logit of the *mean* proportion over studies, where that of
    :class:`metaleak.BinomialNormal` is the logit of the *median* one. Moderators act on the logit of the
    mean, with one correlation for all rows. ``heterogeneity.tau2`` is the variance of the true logits under
    the fitted beta, ``psi1(alpha) + psi1(beta)``, and i2 goes with it; ``detail.icc`` is the model's own
    measure of spread. The prediction interval takes the fitted beta as known; there is none where its
    correlation is 0 or 1. Where in every row none or all units have the event, the correlation is 1 and the
    mean is the share of studies.

    References
    ----------
    Griffiths DA (1973). Maximum likelihood estimation for the beta-binomial distribution and an application
    to the household distribution of the total number of cases of a disease. doi:10.2307/2529131

    Kuss O (2015). Statistical methods for meta-analyses including information from studies without any
    events. doi:10.1002/sim.6383

    Examples
    --------
    >>> table = StudyTable.from_counts([35, 29, 12, 44], [56, 59, 48, 80])
    >>> result = BetaBinomial().fit(table)
    >>> natural = result.natural()
    >>> [round(value, 3) for value in (natural.estimate, natural.ci.low, natural.ci.high)]
    [0.481, 0.322, 0.64]
    """

    ci_method: str = "profile"
    moderators: str | None = None
    level: float = 0.95

    def __post_init__(self) -> None:
        """Refuse settings outside their range."""
        one_of("ci_method", self.ci_method, _METHODS)
        within("level", self.level, 0, 1)

    def fit(self, table: StudyTable) -> MetaResult:
        """Pool the rows of a table of counts.

        Raises
        ------
        TableError
            For a table of another kind.
        SeparationError
            When no row has an event, or all units have one: the logit of the mean is infinite.
        UndefinedError
            When every row has one unit: the correlation is not identified.
        ConvergenceError
            When the optimiser or a profile ends without an optimum; ``state`` holds where it stood.
        """
        if self.moderators is not None:
            return fit_with_moderators(self, table, self.moderators)
        return self._fit_many([table])[0]

    def fit_design(self, table: StudyTable, design: Design) -> MetaResult:
        """Fit one coefficient per column of the design, with one correlation for all rows.

        Raises
        ------
        As :meth:`fit`; TableError when there are more coefficients than rows.
        """
        if design.is_intercept:
            return self._fit_many([table])[0]
        _require_fit(table)
        require_rows(table, design)
        scaled, units = even(design)
        return in_units(self._fit_arrays([table], table.xi[None], table.ni[None], scaled)[0], units)

    def fit_tables(self, tables: Sequence[StudyTable]) -> list[MetaResult]:
        """Pool each of several tables, in batches of arrays; see :func:`metaleak.fit_many`."""
        if self.moderators is not None:
            return [self.fit(table) for table in tables]
        return self._fit_many(tables)

    def _fit_many(self, tables: Sequence[StudyTable]) -> list[MetaResult]:
        for table in tables:
            _require_fit(table)
        return fit_in_batches(tables, self._fit_arrays)

    def _fit_arrays(
        self, tables: Sequence[StudyTable], x: Floats, n: Floats, design: Design | None = None
    ) -> list[MetaResult]:
        fits = kernel.fit(x, n, None if design is None else design.x[None])
        require_converged(fits.converged, fits, "try ci_method='wald'")
        p = 1 if design is None else design.x.shape[1]
        if self.ci_method == "profile":
            intervals = kernel.profile_intervals(fits, self.level)
            require_converged(intervals.converged, fits, "try ci_method='wald'")
        else:
            df = np.array([max(table.k - p, 1) for table in tables], dtype=np.float64)
            intervals = kernel.wald_intervals(fits, self.level, df if self.ci_method == "t" else None)
        parts = _Parts(fits, intervals, fits.covariance(), design or intercept(1))
        return [self._result(table, i, parts) for i, table in enumerate(tables)]

    def _result(self, table: StudyTable, i: int, parts: _Parts) -> MetaResult:
        fits, names = parts.fits, parts.design.names
        p, icc = len(names), float(fits.icc[i])
        notes: list[str] = []
        coefficients = tuple(
            self._coefficient(name, j, i, table.k, parts, notes) for j, name in enumerate(names)
        )
        mean = special.expit(parts.design.x @ fits.theta[i, :-1])
        detail = self._detail(table, i, parts, mean)
        prediction = None
        if p == 1 and detail.alpha is not None and detail.beta is not None:
            prediction = beta_prediction(detail.alpha, detail.beta, k=table.k, level=self.level)
        if prediction is not None and table.k < _FEW_ROWS:
            notes.append(f"prediction interval from the fitted beta of {table.k} rows: likely too short")
        if table.k <= p:
            notes.append(f"{table.k} rows for {p} coefficients: the correlation is not defined")
        elif icc in _ENDS:
            notes.append(_ENDS[icc])
        if detail.icc_second_maximum is not None:
            notes.append(
                f"the likelihood has a second, lower maximum at icc = {detail.icc_second_maximum:.4g}"
            )
        information = table.ni / (1 + (table.ni - 1) * icc)
        return MetaResult(
            model="BetaBinomial",
            settings=asdict(self),
            measure="PLO",
            level=self.level,
            k=table.k,
            k_studies=table.k_studies,
            labels=table.label,
            coefficients=coefficients,
            vcov=parts.covariance[i, :p, :p],
            heterogeneity=self._heterogeneity(table, i, parts, detail),
            prediction_interval=prediction,
            weights=information / information.sum(),
            weights_name="Information share",
            convergence=_certificate(fits, i),
            notes=tuple(notes),
            detail=detail,
            table_digest=table.digest,
        )

    def _coefficient(self, name: str, j: int, i: int, k: int, parts: _Parts, notes: list[str]) -> Coefficient:
        p = len(parts.design.names)
        return coefficient(
            name,
            parts.fits.theta[i, j],
            parts.covariance[i, j, j],
            float(k - p) if self.ci_method == "t" and k > p else None,
            interval(parts.intervals.beta[i, j], self.level, _METHODS[self.ci_method]),
            notes,
        )

    def _heterogeneity(
        self, table: StudyTable, i: int, parts: _Parts, detail: BetaBinomialDetail
    ) -> Heterogeneity:
        fits, p = parts.fits, len(parts.design.names)
        if table.k <= p:
            return Heterogeneity(tau2=None)
        tau2 = i2 = h2 = None
        if detail.alpha is not None:
            spread = special.zeta(2, [detail.alpha, detail.beta]).sum()
            tau2 = 0.0 if math.isinf(detail.alpha) else float(spread)
            h2 = 1 + tau2 / typical_variance(table, parts.design.x[[0] * table.k])
            i2 = 1 - 1 / h2
        q = max(2 * float(fits.saturated[i] - fits.at_zero[i]), 0.0)
        gain = float(fits.value[i] - fits.at_zero[i])
        return Heterogeneity(
            tau2=tau2,
            i2=i2,
            h2=h2,
            q=q,
            q_df=table.k - p,
            q_p=float(chi2_tail(q, table.k - p)),
            q_method="likelihood ratio against one rate per row",
            tau2_test=boundary_test("icc = 0", gain, inside=bool(fits.angle[i] > 0)),
        )

    def _detail(self, table: StudyTable, i: int, parts: _Parts, mean: Floats) -> BetaBinomialDetail:
        fits, single = parts.fits, len(parts.design.names) == 1
        icc = float(fits.icc[i])
        low, high = (float(limit) for limit in parts.intervals.icc[i])
        defined = table.k > len(parts.design.names)
        ci = None if math.isnan(low) else Interval(low, high, self.level, _ICC_METHODS[self.ci_method])
        average, alpha, beta = Estimate(None), None, None
        if single:
            limits = special.expit(parts.intervals.beta[i, 0])
            method = _METHODS[self.ci_method]
            average = Estimate(
                float(mean[0]), Interval(float(limits[0]), float(limits[1]), self.level, method)
            )
            size = (1 - icc) / icc if icc > 0 else math.inf
            alpha, beta = float(mean[0]) * size, float(1 - mean[0]) * size
        other = float(fits.other[i])
        return BetaBinomialDetail(
            events=int(table.xi.sum()),
            total=int(table.ni.sum()),
            icc=Estimate(icc, ci) if defined else Estimate(None),
            alpha=alpha if defined else None,
            beta=beta if defined else None,
            population_average=average,
            shrunken=(mean * (1 - icc) + icc * table.xi) / (1 - icc + icc * table.ni),
            covariance=parts.covariance[i],
            log_likelihood_saturated=float(fits.saturated[i] + fits.coefficients[i]),
            log_likelihood_icc0=float(fits.at_zero[i] + fits.coefficients[i]),
            icc_second_maximum=None if math.isnan(other) else math.sin(other) ** 2,
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Parts:
    """Arrays of one batch that the results are cut from."""

    fits: kernel.Fits
    intervals: kernel.Intervals
    covariance: Floats
    design: Design


def _require_fit(table: StudyTable) -> None:
    require_counts(table, "beta-binomial")
    require_both(table)
    require_spread(table, "the intra-class correlation")


def _certificate(fits: kernel.Fits, i: int) -> Convergence:
    inside = not fits.at_end[i]
    gradient = fits.gradient[i] if inside else fits.gradient[i, :-1]
    return Convergence(
        converged=True,
        optimiser="Newton with analytic derivatives, correlation scanned first",
        iterations=fits.iterations,
        log_likelihood=float(fits.value[i] + fits.coefficients[i]),
        n_parameters=fits.theta.shape[1] if fits.free[i] else fits.theta.shape[1] - 1,
        gradient_norm=float(np.abs(gradient).max()),
    )
