"""The complementary log-log normal model: counts of larger units on the scale of the smaller ones within."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

from metaleak.effects.design import Design, intercept
from metaleak.effects.table import StudyTable
from metaleak.errors import SeparationError, TableError
from metaleak.guards import one_of, within
from metaleak.numerics.cloglog import corrected, information, modes, rates
from metaleak.numerics.distributions import chi2_tail, two_sided_p, two_sided_quantile
from metaleak.pooling import binomial_normal_kernel as limits
from metaleak.pooling import cloglog_normal_kernel as kernel
from metaleak.pooling.batches import batches, padded
from metaleak.pooling.binomial_normal import certificate, require_converged, seven_against_25
from metaleak.pooling.counts import require_both, require_counts, require_rows, require_spread
from metaleak.pooling.prediction import prediction_interval
from metaleak.pooling.regression import fit_with_moderators
from metaleak.pooling.result import Coefficient, Estimate, Heterogeneity, Interval, MetaResult, Test
from metaleak.pooling.storable import storable
from metaleak.pooling.units import even, in_units

Floats = npt.NDArray[np.float64]

#: Below this many rows the prediction interval, made with the ML tau2, is known to be too short.
_FEW_ROWS = 10

_METHODS = {"profile": "profile likelihood", "wald": "Wald, normal quantile"}
_TAU2_METHODS = {"profile": "profile likelihood", "wald": "Wald on the logarithm of tau"}


@storable
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CloglogNormalDetail:
    """What only the complementary log-log normal model knows.

    Attributes
    ----------
    events, total : int
        Sums of the counts.
    exposure : array (k,)
        How many of the smaller units each row's unit holds; 1 without an offset.
    population_average : Estimate
        The mean true rate over studies of a unit with exposure 1, 0..1; its value is None in a fit with several
        coefficients.
    shrunken : array (k,)
        Conditional modes: each study's own rate at exposure 1 drawn towards the others, 0..1.
    covariance : array (p + 1, p + 1)
        Of (coefficients, tau) at the maximum; the last row and column are 0 at the boundary.
    log_likelihood_saturated, log_likelihood_tau0 : float
        With one rate per row, and with tau = 0.
    tau_second_maximum : float or None
        Where the likelihood has a second, lower maximum.
    """

    events: int
    total: int
    exposure: Floats
    population_average: Estimate
    shrunken: Floats
    covariance: Floats
    log_likelihood_saturated: float
    log_likelihood_tau0: float
    tau_second_maximum: float | None = None


@dataclass(frozen=True, slots=True)
class CloglogNormal:
    """Random-intercept model for proportions with complementary log-log link and offset, by maximum likelihood.

    Every row has ``x ~ Bin(n, 1 - exp(-m exp(theta)))`` and ``theta ~ N(mu, tau2)``: a unit that holds m smaller
    ones has the event when one of them has it, ``1 - (1 - p)^m``, where they are independent given the study.
    Patients with m treated vertebrae each so stand on the scale of the vertebra, beside rows that count vertebrae.

    Parameters
    ----------
    exposure : str, optional
        The moderator that holds m, above 0; its logarithm is the offset. 1 everywhere when left out.
    ci_method : {"profile", "wald"}
        How the intervals of mu and tau2 are made.
    moderators : str, optional
        A formula such as ``"~ unit"``, see :mod:`metaleak.effects.formula`.
    level : float
        Level of all intervals, between 0 and 1.

    Notes
    -----
    The log-likelihood is exact up to adaptive Gauss-Hermite quadrature, whose points are raised until it holds to
    1e-9. ``natural()`` gives the median study's rate at exposure 1, ``detail.population_average`` the mean over
    studies (delta method on its complementary log-log). Where m differs between the patients of a row and its mean
    is taken, the rate is underestimated (Jensen's inequality); where vertebrae of one patient are alike, m is too
    large: :func:`metaleak.effective_exposure` says how many independent ones it is worth.

    References
    ----------
    McCullagh P, Nelder JA (1989). Generalized Linear Models, 2nd ed., sections 1.2.4 and 4.3.
    doi:10.1201/9780203753736

    Examples
    --------
    >>> m = [1.0, 1.0, 1.6, 1.0]
    >>> table = StudyTable.from_counts([35, 29, 22, 44], [56, 59, 48, 80], moderators={"m": m})
    >>> natural = CloglogNormal(exposure="m").fit(table).natural()
    >>> [round(value, 3) for value in (natural.estimate, natural.ci.low, natural.ci.high)]
    [0.491, 0.351, 0.642]
    """

    exposure: str | None = None
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
            For a table of another kind, or without a positive exposure in every row.
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
        return self._fit_many([table])[0]

    def fit_design(self, table: StudyTable, design: Design) -> MetaResult:
        """Fit one coefficient per column of the design, with one tau2 for all rows.

        Raises
        ------
        As :meth:`fit`; TableError when there are more coefficients than rows.
        """
        if design.is_intercept:
            return self._fit_many([table])[0]
        self._require_fit(table)
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
            self._require_fit(table)
        results: list[MetaResult | None] = [None] * len(tables)
        for part in batches([table.k for table in tables]):
            chosen = [tables[i] for i in part]
            x, n = padded(chosen)
            for i, result in zip(part, self._fit_arrays(chosen, x, n, None), strict=True):
                results[i] = result
        return [result for result in results if result is not None]

    def _require_fit(self, table: StudyTable) -> None:
        require_counts(table, "complementary log-log normal")
        require_both(table)
        if table.k > 1 and (table.ni > 1).any() and ((table.xi == 0) | (table.xi == table.ni)).all():
            raise SeparationError(
                "in every row none or all units have the event: tau2 grows without bound",
                required="a row with events and with units without",
                got=f"{table.k} rows of 0 or n",
                todo="show the joined counts with an exact interval instead (pool_by does)",
            )
        require_spread(table, "tau2")
        self._exposures(table)

    def _exposures(self, table: StudyTable) -> Floats:
        if self.exposure is None:
            return np.ones(table.k)
        if self.exposure not in table.moderators:
            raise TableError(
                f"the table has no moderator {self.exposure!r}",
                required="one with the exposure of every row",
                got=", ".join(table.moderators) or "no moderator",
            )
        held = np.array([_number(value) for value in table.moderators[self.exposure]])
        wrong = ~((held > 0) & np.isfinite(held))
        if wrong.any():
            i = int(np.flatnonzero(wrong)[0])
            raise TableError(
                f"{self.exposure} is no exposure",
                required="a number above 0",
                got=table.moderators[self.exposure][i],
                where=f"row {i + 1} ({table.label[i]})",
            )
        return held

    def _fit_arrays(
        self, tables: Sequence[StudyTable], x: Floats, n: Floats, design: Design | None
    ) -> list[MetaResult]:
        offset = np.zeros_like(x)
        for i, table in enumerate(tables):
            offset[i, : table.k] = np.log(self._exposures(table))
        fits = kernel.fit(x, n, offset, None if design is None else design.x[None])
        require_converged(fits.converged, fits)
        found = (
            limits.parameter_limits(fits, self.level)
            if self.ci_method == "profile"
            else limits.curvature_limits(fits, self.level, None)
        )
        require_converged(found.converged, fits)
        average = None
        if design is None:
            average = kernel.averaged(fits, np.asarray(two_sided_quantile(self.level)))
        every = np.arange(len(tables))
        latent = modes(fits.likelihood.predictors(fits.theta, every), fits.tau[:, None], x, n)
        parts = _Parts(
            fits,
            found,
            fits.covariance(),
            average,
            latent,
            offset,
            seven_against_25(fits),
            design or intercept(1),
        )
        return [self._result(table, i, parts) for i, table in enumerate(tables)]

    def _result(self, table: StudyTable, i: int, parts: _Parts) -> MetaResult:
        fits, p = parts.fits, len(parts.design.names)
        notes: list[str] = []
        coefficients = tuple(
            self._coefficient(name, j, i, parts, notes) for j, name in enumerate(parts.design.names)
        )
        heterogeneity = self._heterogeneity(table, i, parts, notes)
        prediction = None
        if p == 1 and heterogeneity.tau2 is not None:
            prediction = prediction_interval(
                coefficients[0].value,
                coefficients[0].se,
                heterogeneity.tau2,
                k=table.k,
                p=1,
                level=self.level,
                method="t",
            )
        if prediction is not None and table.k < _FEW_ROWS:
            notes.append(f"prediction interval from the ML tau2 of {table.k} rows: likely too short")
        detail = self._detail(table, i, parts)
        if detail.tau_second_maximum is not None:
            notes.append(
                f"the likelihood has a second, lower maximum at tau = {detail.tau_second_maximum:.4g}"
            )
        share = 1 / (fits.tau[i] ** 2 + 1 / information(parts.latent[i, : table.k], table.ni))
        return MetaResult(
            model="CloglogNormal",
            settings=asdict(self),
            measure="PCLL",
            level=self.level,
            k=table.k,
            k_studies=table.k_studies,
            labels=table.label,
            coefficients=coefficients,
            vcov=parts.covariance[i, :p, :p],
            heterogeneity=heterogeneity,
            prediction_interval=prediction,
            weights=share / share.sum(),
            weights_name="Information share",
            convergence=certificate(fits, parts.change, i),
            notes=tuple(notes),
            detail=detail,
            table_digest=table.digest,
        )

    def _coefficient(self, name: str, j: int, i: int, parts: _Parts, notes: list[str]) -> Coefficient:
        value, se = float(parts.fits.theta[i, j]), math.sqrt(parts.covariance[i, j, j])
        low, high = (float(limit) for limit in parts.limits.beta[i, j])
        if math.isinf(low) or math.isinf(high):
            notes.append(
                f"the profile of {name} does not fall to the cut-off on one side: that limit is infinite"
            )
        return Coefficient(
            name=name,
            value=value,
            se=se,
            statistic=value / se,
            df=None,
            p_value=float(two_sided_p(value / se, None)),
            ci=Interval(low, high, self.level, _METHODS[self.ci_method]),
        )

    def _heterogeneity(self, table: StudyTable, i: int, parts: _Parts, notes: list[str]) -> Heterogeneity:
        fits, k, p = parts.fits, table.k, len(parts.design.names)
        tau = float(fits.tau[i])
        if k <= p:
            notes.append(f"{k} rows for {p} coefficients: tau2 and the prediction interval are not defined")
            return Heterogeneity(tau2=None if k == 1 else tau * tau)
        low, high = (float(limit) for limit in parts.limits.tau[i])
        if math.isinf(high):
            notes.append(
                "the profile of tau does not fall to the cut-off above: the upper limit of tau2 is infinite"
            )
        if tau == 0:
            notes.append("tau2 is estimated as 0: the studies differ no more than chance lets them")
        q = max(2 * float(fits.saturated[i] - fits.at_zero[i]), 0.0)
        ratio = max(2 * float(fits.value[i] - fits.at_zero[i]), 0.0) if tau > 0 else 0.0
        vt = _typical_variance(table, np.ones((k, 1)) if parts.design.is_intercept else parts.design.x)
        return Heterogeneity(
            tau2=tau * tau,
            tau2_se=2 * tau * math.sqrt(parts.covariance[i, -1, -1]) if tau > 0 else None,
            tau2_ci=None
            if math.isnan(low)
            else Interval(low**2, high**2, self.level, _TAU2_METHODS[self.ci_method]),
            i2=tau * tau / (tau * tau + vt),
            h2=1 + tau * tau / vt,
            q=q,
            q_df=k - p,
            q_p=float(chi2_tail(q, k - p)),
            q_method="likelihood ratio against one rate per row",
            tau2_test=Test(
                name="tau2 = 0",
                statistic=ratio,
                df=1,
                p_value=float(chi2_tail(ratio, 1)) / 2 if tau > 0 else 1.0,
                method="likelihood ratio, half of the chi-squared tail",
            ),
        )

    def _detail(self, table: StudyTable, i: int, parts: _Parts) -> CloglogNormalDetail:
        fits, average = parts.fits, Estimate(None)
        if parts.average is not None:
            value, low, high = (float(rate) for rate in rates(parts.average[i]))
            told = "delta method on the complementary log-log"
            average = Estimate(value, Interval(low, high, self.level, told))
        offset, other = parts.offset[i, : table.k], float(fits.other[i])
        return CloglogNormalDetail(
            events=int(table.xi.sum()),
            total=int(table.ni.sum()),
            exposure=np.exp(offset),
            population_average=average,
            shrunken=rates(parts.latent[i, : table.k] - offset),
            covariance=parts.covariance[i],
            log_likelihood_saturated=float(fits.saturated[i] + fits.coefficients[i]),
            log_likelihood_tau0=float(fits.at_zero[i] + fits.coefficients[i]),
            tau_second_maximum=None if math.isnan(other) else other,
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Parts:
    """Arrays of one batch that the results are cut from."""

    fits: limits.Fits
    limits: limits.Intervals
    covariance: Floats
    average: Floats | None
    latent: Floats
    offset: Floats
    change: Floats
    design: Design


def _number(value: object) -> float:
    return (
        float(value)
        if isinstance(value, int | float | np.number) and not isinstance(value, bool)
        else math.nan
    )


def _typical_variance(table: StudyTable, x: Floats) -> float:
    """Return the typical within-study variance of complementary log-logs around a design x (k, p)."""
    w = 1 / corrected(table.xi, table.ni)[1]
    wx = w[:, None] * x
    trace = w.sum() - np.trace(np.linalg.solve(x.T @ wx, wx.T @ wx))
    return float((table.k - x.shape[1]) / trace)
