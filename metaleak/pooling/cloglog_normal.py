"""The complementary log-log normal model: counts of larger units on the scale of the smaller ones within."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
import numpy.typing as npt

from metaleak.effects.design import Design, intercept
from metaleak.effects.table import StudyTable
from metaleak.errors import TableError
from metaleak.guards import one_of, within
from metaleak.numerics.cloglog import corrected, information, modes, rates
from metaleak.numerics.distributions import two_sided_quantile
from metaleak.pooling import binomial_normal_kernel as limits
from metaleak.pooling import cloglog_normal_kernel as kernel
from metaleak.pooling.batches import fit_in_batches
from metaleak.pooling.counts import require_normal_spread, require_rows, typical_of_weights
from metaleak.pooling.likelihood_parts import Batch, require_converged, seven_against_25
from metaleak.pooling.regression import fit_with_moderators
from metaleak.pooling.result import Estimate, Interval, MetaResult
from metaleak.pooling.storable import storable
from metaleak.pooling.units import even, in_units

Floats = npt.NDArray[np.float64]


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
        one_of("ci_method", self.ci_method, ("profile", "wald"))
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
        return fit_in_batches(tables, self._fit_arrays)

    def _require_fit(self, table: StudyTable) -> None:
        require_normal_spread(table, "complementary log-log normal")
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
        self, tables: Sequence[StudyTable], x: Floats, n: Floats, design: Design | None = None
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
        if design is None:
            average = kernel.averaged(fits, np.asarray(two_sided_quantile(self.level)))
            found = replace(found, average=average)
        every = np.arange(len(tables))
        batch = Batch(
            model="CloglogNormal",
            measure="PCLL",
            settings=asdict(self),
            fits=fits,
            intervals=found,
            covariance=fits.covariance(),
            latent=modes(fits.likelihood.predictors(fits.theta, every), fits.tau[:, None], x, n),
            change=seven_against_25(fits),
            design=design or intercept(1),
        )
        return [self._result(table, i, batch) for i, table in enumerate(tables)]

    def _result(self, table: StudyTable, i: int, batch: Batch) -> MetaResult:
        heterogeneity = batch.heterogeneity(table, i, _typical_variance)
        own = information(batch.latent[i, : table.k], table.ni)
        return batch.result(table, i, heterogeneity, own, self._detail(table, i, batch))

    def _detail(self, table: StudyTable, i: int, batch: Batch) -> CloglogNormalDetail:
        fits, average = batch.fits, Estimate(None)
        if batch.intervals.average is not None:
            value, low, high = (float(rate) for rate in rates(batch.intervals.average[i]))
            told = "delta method on the complementary log-log"
            average = Estimate(value, Interval(low, high, self.level, told))
        offset, other = np.log(self._exposures(table)), float(fits.other[i])
        return CloglogNormalDetail(
            events=int(table.xi.sum()),
            total=int(table.ni.sum()),
            exposure=np.exp(offset),
            population_average=average,
            shrunken=rates(batch.latent[i, : table.k] - offset),
            covariance=batch.covariance[i],
            log_likelihood_saturated=float(fits.saturated[i] + fits.coefficients[i]),
            log_likelihood_tau0=float(fits.at_zero[i] + fits.coefficients[i]),
            tau_second_maximum=None if math.isnan(other) else other,
        )


def _number(value: object) -> float:
    return (
        float(value)
        if isinstance(value, int | float | np.number) and not isinstance(value, bool)
        else math.nan
    )


def _typical_variance(table: StudyTable, x: Floats) -> float:
    """Return the typical within-study variance of complementary log-logs around a design x (k, p)."""
    return typical_of_weights(1 / corrected(table.xi, table.ni)[1], x)
