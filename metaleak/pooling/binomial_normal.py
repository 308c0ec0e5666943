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
from metaleak.errors import ConvergenceError, SeparationError, SettingError
from metaleak.guards import one_of, within
from metaleak.numerics.binomial import modes
from metaleak.numerics.distributions import chi2_tail, two_sided_p
from metaleak.pooling import binomial_normal_kernel as kernel
from metaleak.pooling.batches import batches, padded
from metaleak.pooling.counts import (
    require_both,
    require_counts,
    require_rows,
    require_spread,
    typical_variance,
)
from metaleak.pooling.nested_binomial_normal import fit_nested
from metaleak.pooling.prediction import prediction_interval
from metaleak.pooling.regression import fit_with_moderators
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
from metaleak.pooling.units import even, in_units

Floats = npt.NDArray[np.float64]

#: Below this many rows the prediction interval, made with the ML tau2, is known to be too short.
_FEW_ROWS = 10

#: The numbers of points that the certificate compares.
_SEVEN, _FINE = 7, 25

_METHODS = {
    "profile": "profile likelihood",
    "wald": "Wald, normal quantile",
    "t": "Wald, t quantile with k − p degrees of freedom",
}


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
        one_of("ci_method", self.ci_method, _METHODS)
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
        self._require_fit(table)
        require_rows(table, design)
        scaled, units = even(design)
        return in_units(self._fit_arrays([table], table.xi[None], table.ni[None], scaled)[0], units)

    def fit_tables(self, tables: Sequence[StudyTable]) -> list[MetaResult]:
        """Pool each of several tables, in batches of arrays; see :func:`metaleak.fit_many`."""
        if self.moderators is not None or self.nested:
            return [self.fit(table) for table in tables]
        return self._fit_many(tables)

    def _fit_nested(self, table: StudyTable, design: Design) -> MetaResult:
        self._require_fit(table)
        require_rows(table, design)
        scaled, units = even(design)
        found = fit_nested(
            table,
            scaled,
            points=None if self.quadrature == "auto" else int(self.quadrature),
            ci_method=self.ci_method,
            level=self.level,
            settings=asdict(self),
            told=_METHODS,
        )
        return in_units(found, units)

    def _fit_many(self, tables: Sequence[StudyTable]) -> list[MetaResult]:
        for table in tables:
            self._require_fit(table)
        results: list[MetaResult | None] = [None] * len(tables)
        for part in batches([table.k for table in tables]):
            chosen = [tables[i] for i in part]
            x, n = padded(chosen)
            for i, result in zip(part, self._fit_arrays(chosen, x, n, None), strict=True):
                results[i] = result
        return [result for result in results if result is not None]

    def _require_fit(self, table: StudyTable) -> None:
        require_counts(table, "binomial-normal")
        require_both(table)
        if table.k > 1 and (table.ni > 1).any() and ((table.xi == 0) | (table.xi == table.ni)).all():
            raise SeparationError(
                "in every row none or all units have the event: tau2 grows without bound",
                required="a row with events and with units without",
                got=f"{table.k} rows of 0 or n",
                todo="show the joined counts with an exact interval instead (pool_by does)",
            )
        require_spread(table, "tau2")

    def _fit_arrays(
        self, tables: Sequence[StudyTable], x: Floats, n: Floats, design: Design | None
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
        change = seven_against_25(fits)
        parts = _Parts(fits, intervals, fits.covariance(), latent, change, design or intercept(1))
        return [self._result(table, i, parts) for i, table in enumerate(tables)]

    def _result(self, table: StudyTable, i: int, parts: _Parts) -> MetaResult:
        fits, design = parts.fits, parts.design
        p = len(design.names)
        notes: list[str] = []
        coefficients = tuple(
            self._coefficient(name, j, i, table.k, parts, notes) for j, name in enumerate(design.names)
        )
        heterogeneity = self._heterogeneity(table, i, parts, notes)
        tau2 = heterogeneity.tau2
        prediction = None
        if p == 1 and tau2 is not None:
            prediction = prediction_interval(
                coefficients[0].value, coefficients[0].se, tau2, k=table.k, p=1, level=self.level, method="t"
            )
        if prediction is not None and table.k < _FEW_ROWS:
            notes.append(f"prediction interval from the ML tau2 of {table.k} rows: likely too short")
        other = fits.other[i]
        if not math.isnan(other):
            notes.append(f"the likelihood has a second, lower maximum at tau = {other:.4g}")
        rate = special.expit(parts.latent[i, : table.k])
        information = 1 / (fits.tau[i] ** 2 + 1 / (table.ni * rate * (1 - rate)))
        return MetaResult(
            model="BinomialNormal",
            settings=asdict(self),
            measure="PLO",
            level=self.level,
            k=table.k,
            k_studies=table.k_studies,
            labels=table.label,
            coefficients=coefficients,
            vcov=parts.covariance[i, :p, :p],
            heterogeneity=heterogeneity,
            prediction_interval=prediction,
            weights=information / information.sum(),
            weights_name="Information share",
            convergence=certificate(fits, parts.change, i),
            notes=tuple(notes),
            detail=self._detail(table, i, parts, rate),
            table_digest=table.digest,
        )

    def _coefficient(self, name: str, j: int, i: int, k: int, parts: _Parts, notes: list[str]) -> Coefficient:
        value = float(parts.fits.theta[i, j])
        se = math.sqrt(parts.covariance[i, j, j])
        df = (
            float(k - len(parts.design.names))
            if self.ci_method == "t" and k > len(parts.design.names)
            else None
        )
        low, high = (float(limit) for limit in parts.intervals.beta[i, j])
        if math.isinf(low) or math.isinf(high):
            notes.append(
                f"the profile of {name} does not fall to the cut-off on one side: that limit is infinite"
            )
        return Coefficient(
            name=name,
            value=value,
            se=se,
            statistic=value / se,
            df=df,
            p_value=float(two_sided_p(value / se, df)),
            ci=Interval(low, high, self.level, _METHODS[self.ci_method]),
        )

    def _heterogeneity(self, table: StudyTable, i: int, parts: _Parts, notes: list[str]) -> Heterogeneity:
        fits = parts.fits
        k, p = table.k, len(parts.design.names)
        if k <= p:
            notes.append(f"{k} rows for {p} coefficients: tau2 and the prediction interval are not defined")
            return Heterogeneity(tau2=None if k == 1 else float(fits.tau[i] ** 2))
        tau = float(fits.tau[i])
        variance = parts.covariance[i, -1, -1]
        low, high = (float(limit) for limit in parts.intervals.tau[i])
        ci = None if math.isnan(low) else Interval(low**2, high**2, self.level, _TAU2_METHODS[self.ci_method])
        if math.isinf(high):
            notes.append(
                "the profile of tau does not fall to the cut-off above: the upper limit of tau2 is infinite"
            )
        q = 2 * float(fits.saturated[i] - fits.at_zero[i])
        ratio = max(2 * float(fits.value[i] - fits.at_zero[i]), 0.0) if tau > 0 else 0.0
        test = Test(
            name="tau2 = 0",
            statistic=ratio,
            df=1,
            p_value=float(chi2_tail(ratio, 1)) / 2 if tau > 0 else 1.0,
            method="likelihood ratio, half of the chi-squared tail",
        )
        if tau == 0:
            notes.append("tau2 is estimated as 0: the studies differ no more than chance lets them")
        elif test.p_value < 1 - self.level and low == 0:
            notes.append(
                "the test of tau2 = 0 halves its tail, the interval of tau2 does not: it may still reach 0"
            )
        vt = typical_variance(table, np.ones((k, 1)) if parts.design.is_intercept else parts.design.x)
        return Heterogeneity(
            tau2=tau * tau,
            tau2_se=2 * tau * math.sqrt(variance) if tau > 0 else None,
            tau2_ci=ci,
            i2=tau * tau / (tau * tau + vt),
            h2=1 + tau * tau / vt,
            q=max(q, 0.0),
            q_df=k - p,
            q_p=float(chi2_tail(max(q, 0.0), k - p)),
            q_method="likelihood ratio against one rate per row",
            tau2_test=test,
        )

    def _detail(self, table: StudyTable, i: int, parts: _Parts, rate: Floats) -> BinomialNormalDetail:
        fits = parts.fits
        average = Estimate(None)
        if parts.intervals.average is not None:
            value, low, high = (float(rate) for rate in special.expit(parts.intervals.average[i]))
            method = "profile likelihood" if self.ci_method == "profile" else "delta method on the logit"
            average = Estimate(value, Interval(low, high, self.level, method))
        other = float(fits.other[i])
        return BinomialNormalDetail(
            events=int(table.xi.sum()),
            total=int(table.ni.sum()),
            population_average=average,
            shrunken=rate,
            tau_se=math.sqrt(parts.covariance[i, -1, -1]) if fits.tau[i] > 0 else None,
            covariance=parts.covariance[i],
            log_likelihood_saturated=float(fits.saturated[i] + fits.coefficients[i]),
            log_likelihood_tau0=float(fits.at_zero[i] + fits.coefficients[i]),
            tau_second_maximum=None if math.isnan(other) else other,
        )


_TAU2_METHODS = {
    "profile": "profile likelihood",
    "wald": "Wald on the logarithm of tau",
    "t": "Wald on the logarithm of tau",
}


@dataclass(frozen=True, slots=True, eq=False)
class _Parts:
    """Arrays of one batch that the results are cut from."""

    fits: kernel.Fits
    intervals: kernel.Intervals
    covariance: Floats
    latent: Floats
    change: Floats
    design: Design


def seven_against_25(fits: kernel.Fits) -> Floats:
    """Return by how much the log-likelihoods (b,) differ between 7 and 25 points."""
    rows = np.arange(len(fits.theta))
    if fits.likelihood.points == _SEVEN:
        seven, fine = fits.value, fits.likelihood.value(fits.theta, rows, points=_FINE)
    else:
        seven, fine = fits.likelihood.values(fits.theta, rows, points=(_SEVEN, _FINE))
    change: Floats = np.abs(seven - fine)
    return change


def certificate(fits: kernel.Fits, change: Floats, i: int) -> Convergence:
    """Return what is known about the optimum of table i; ``change`` (b,) is that of :func:`seven_against_25`."""
    gradient = fits.gradient[i] if fits.tau[i] > 0 else fits.gradient[i, :-1]
    return Convergence(
        converged=True,
        optimiser="Newton with analytic derivatives, tau scanned first",
        iterations=fits.iterations,
        log_likelihood=float(fits.value[i] + fits.coefficients[i]),
        n_parameters=fits.theta.shape[1] if fits.free[i] else fits.theta.shape[1] - 1,
        gradient_norm=float(np.abs(gradient).max()),
        quadrature_points=int(fits.points[i]),
        quadrature_change=float(change[i]),
    )


def require_converged(converged: npt.NDArray[np.bool_], fits: kernel.Fits) -> None:
    """Raise a ConvergenceError where a fit ended without an optimum."""
    if converged.all():
        return
    i = int(np.flatnonzero(~converged)[0])
    raise ConvergenceError(
        "the likelihood was not maximised",
        got=f"gradient {fits.gradient[i].tolist()} at {fits.theta[i].tolist()}",
        todo="try ci_method='wald', or another number of quadrature points",
        state={"theta": fits.theta[i].tolist(), "gradient": fits.gradient[i].tolist()},
    )
