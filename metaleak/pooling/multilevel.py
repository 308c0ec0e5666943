"""Rows within studies: a three-level model with cluster-robust intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace

import numpy as np
import numpy.typing as npt

from metaleak.effects.design import Design, intercept
from metaleak.effects.measures import Zero
from metaleak.effects.table import StudyTable
from metaleak.errors import ConvergenceError, TableError
from metaleak.guards import one_of, within
from metaleak.numerics.cluster_robust import cluster_robust, joint_df
from metaleak.numerics.distributions import chi2_quantile, chi2_tail, two_sided_p, two_sided_quantile
from metaleak.numerics.multilevel import Multilevel as Likelihood
from metaleak.numerics.newton import Optimum, maximise
from metaleak.numerics.profile import profile_limits
from metaleak.pooling.effects_batch import Prepared, prepare
from metaleak.pooling.prediction import prediction_interval
from metaleak.pooling.regression import ALL, fit_with_moderators
from metaleak.pooling.result import Coefficient, Convergence, Heterogeneity, Interval, MetaResult, Test
from metaleak.pooling.storable import storable
from metaleak.pooling.units import even, in_units

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

_ROBUST = ("CR0", "CR1", "CR2", "none")

#: A standard deviation below this share of the spread of the effects is the boundary.
_BOUNDARY = 1e-5
#: Starts: shares of the spread of the effects between and within studies.
_STARTS = ((0.7, 0.7), (1.0, 0.1), (0.1, 1.0))


@storable
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MultilevelDetail:
    """Variance components of a three-level fit, on the squared model scale.

    ``sigma2_between`` is the variance between studies, ``sigma2_within`` that between rows of one study;
    their intervals are profile-likelihood, None where not asked for. ``i2_between`` and ``i2_within`` are
    shares 0..1 of the typical total variance. ``tests`` compare with the models that lack one component.
    ``covariance_model`` is the covariance of the coefficients before the robust correction. ``test_df`` holds,
    for CR2, the degrees of freedom of the covariance of each term's coefficients, and of all of them.
    """

    sigma2_between: float
    sigma2_between_ci: Interval | None
    sigma2_within: float
    sigma2_within_ci: Interval | None
    i2_between: float
    i2_within: float
    tests: tuple[Test, ...]
    robust: str
    covariance_model: Floats
    test_df: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Multilevel:
    """Three levels: sampling error, rows within studies, studies.

    Parameters
    ----------
    measure : str, optional
        The scale; None takes PLO for counts, OR for two arms, the table's own for effects.
    robust : {"CR2", "CR1", "CR0", "none"}
        Cluster-robust covariance of the coefficients with studies as clusters; ``"CR2"`` has t intervals
        with Satterthwaite's degrees of freedom, ``"none"`` normal ones from the model.
    method : {"REML", "ML"}
        The likelihood that is maximised.
    tau2_ci : {"profile", "none"}
        Whether the variance components get profile intervals and are tested against 0.
    rho : float
        Working correlation, 0..1 (1 excluded), of the sampling errors of rows of one study, such as sites
        that were counted in the same vertebrae; 0 where rows are other people.
    zero : Zero
        The correction for empty and full counts.
    moderators : str, optional
        A formula, see :mod:`metaleak.effects.formula`.
    level : float
        Level of all intervals, between 0 and 1.

    Notes
    -----
    ``y_ij = x_ij' beta + u_i + w_ij + e_ij`` with ``u ~ N(0, sigma2_between)`` for studies and
    ``w ~ N(0, sigma2_within)`` for their rows. ``tau2`` of the result is the sum of both: the variance of
    the true value of one row of a new study.

    References
    ----------
    Konstantopoulos S (2011). Fixed effects and variance components estimation in three-level meta-analysis.
    doi:10.1002/jrsm.35

    Pustejovsky JE, Tipton E (2022). Meta-analysis with robust variance estimation: expanding the range of
    working models. doi:10.1007/s11121-021-01246-3 (correlated and hierarchical effects)

    Examples
    --------
    >>> table = StudyTable.from_counts(
    ...     [35, 29, 12, 44, 9], [56, 59, 48, 80, 30], study=["a", "a", "b", "b", "c"])
    >>> result = Multilevel().fit(table)
    >>> round(result.estimate, 3), result.coefficients[0].df is not None
    (-0.215, True)
    """

    measure: str | None = None
    robust: str = "CR2"
    method: str = "REML"
    tau2_ci: str = "profile"
    rho: float = 0.0
    zero: Zero = Zero()
    moderators: str | None = None
    level: float = 0.95

    def __post_init__(self) -> None:
        """Refuse settings outside their range."""
        one_of("robust", self.robust, _ROBUST)
        one_of("method", self.method, ("REML", "ML"))
        one_of("tau2_ci", self.tau2_ci, ("profile", "none"))
        within("rho", self.rho, 0, 1, ends="[)")
        within("level", self.level, 0, 1)

    def fit(self, table: StudyTable) -> MetaResult:
        """Pool the rows of a table, ``table.study`` naming the clusters.

        Raises
        ------
        TableError
            When the measure does not fit the table, or fewer than two studies have rows.
        ConvergenceError
            When the likelihood was not maximised.
        """
        if self.moderators is not None:
            return fit_with_moderators(self, table, self.moderators)
        return self.fit_design(table, intercept(table.k))

    def fit_tables(self, tables: Sequence[StudyTable]) -> list[MetaResult]:
        """Pool each of several tables; clusters differ in shape, so one after the other."""
        return [self.fit(table) for table in tables]

    def fit_design(self, table: StudyTable, design: Design) -> MetaResult:
        """Fit one coefficient per column of the design; raises as :meth:`fit`."""
        scaled, units = even(design)
        return in_units(self._fit(table, scaled), units)

    def _fit(self, table: StudyTable, design: Design) -> MetaResult:
        prepared = prepare([table], self.measure, self.zero, None)
        taken, batch = prepared.tables[0], prepared.batch
        kept = (
            [table.label.index(label) for label in taken.label] if taken.k < table.k else list(range(table.k))
        )
        x = design.x[kept]
        y, v = batch.yi[0], batch.vi[0]
        clusters = _clusters(taken.study)
        if len(clusters) <= x.shape[1]:
            raise TableError(
                "there are too few studies", required=f"at least {x.shape[1] + 1} studies", got=len(clusters)
            )
        same = np.zeros((taken.k, taken.k))
        for rows in clusters:
            same[np.ix_(rows, rows)] = 1.0
        sampling = np.outer(np.sqrt(v), np.sqrt(v)) * same * self.rho
        sampling[np.diag_indices(taken.k)] = v
        likelihood = Likelihood(y, sampling, same, x, self.method == "REML")
        best = _climb(likelihood, y, frozen=None)
        return self._result(prepared, design, likelihood, best, clusters)

    def _result(
        self,
        prepared: Prepared,
        design: Design,
        likelihood: Likelihood,
        best: Optimum,
        clusters: list[Rows],
    ) -> MetaResult:
        table = prepared.tables[0]
        theta = best.theta[0]
        beta, spread, working = likelihood.coefficients(theta)
        residuals = likelihood.y - likelihood.x @ beta
        covariance, df = spread, np.full(len(beta), np.inf)
        test_df: dict[str, float] = {}
        if self.robust != "none":
            found = cluster_robust(residuals, likelihood.x, working, clusters, kind=self.robust)
            covariance, df = found.covariance, found.df
            if found.parts is not None:
                tested = {name: columns for name, columns in _tested(design).items() if len(columns) > 1}
                test_df = {name: joint_df(found.parts, working, c) for name, c in tested.items()}
        total = float(theta[0] ** 2 + theta[1] ** 2)
        coefficients = tuple(
            _coefficient(name, float(value), float(variance), float(free), self)
            for name, value, variance, free in zip(
                design.names, beta, np.diagonal(covariance), df, strict=True
            )
        )
        k, p = table.k, len(beta)
        q, typical = _cochran(likelihood)
        prediction = None
        if p == 1:
            prediction = prediction_interval(
                float(beta[0]),
                math.sqrt(spread[0, 0]),
                total,
                k=len(clusters),
                p=1,
                level=self.level,
                method="t",
            )
        weights = np.linalg.inv(working).sum(axis=1)
        n = table.columns.get("ni")
        return MetaResult(
            model="Multilevel",
            settings={**asdict(self), "zero": asdict(self.zero)},
            measure=prepared.code,
            level=self.level,
            k=k,
            k_studies=len(clusters),
            labels=table.label,
            coefficients=coefficients,
            vcov=covariance,
            heterogeneity=Heterogeneity(
                tau2=total,
                i2=total / (total + typical),
                h2=1 + total / typical,
                q=q,
                q_df=k - p,
                q_p=float(chi2_tail(q, k - p)),
            ),
            prediction_interval=prediction,
            weights=weights / weights.sum(),
            weights_name="Weight",
            convergence=Convergence(
                converged=True,
                optimiser="Newton with analytic derivatives, three starts",
                iterations=best.iterations,
                log_likelihood=float(best.value[0]),
                n_parameters=p + 2,
                gradient_norm=float(np.abs(best.gradient[0]).max()),
            ),
            notes=(*prepared.notes[0], *_notes(theta, clusters, df)),
            detail=replace(self._detail(likelihood, best, total, typical, spread), test_df=test_df),
            n_harmonic=None if n is None else float(k / (1 / n).sum()),
            table_digest=table.digest,
        )

    def _detail(
        self, likelihood: Likelihood, best: Optimum, total: float, typical: float, spread: Floats
    ) -> MultilevelDetail:
        between, within_ = (float(value) ** 2 for value in best.theta[0])
        intervals: list[Interval | None] = [None, None]
        tests: tuple[Test, ...] = ()
        if self.tau2_ci == "profile":
            limits = _profiles(likelihood, best, self.level)
            intervals = [Interval(*pair, self.level, "profile likelihood") for pair in limits]
            tests = tuple(_without(likelihood, best, i) for i in (0, 1))
        return MultilevelDetail(
            sigma2_between=between,
            sigma2_between_ci=intervals[0],
            sigma2_within=within_,
            sigma2_within_ci=intervals[1],
            i2_between=between / (total + typical),
            i2_within=within_ / (total + typical),
            tests=tests,
            robust=self.robust,
            covariance_model=spread,
        )


def _tested(design: Design) -> dict[str, list[int]]:
    """Return the coefficients that are tested together, by the test's name."""
    ordinary = [j for j, name in enumerate(design.names) if name != "intercept"]
    return {ALL: ordinary, **{term: list(columns) for term, columns in design.terms.items()}}


def _clusters(study: Sequence[str]) -> list[Rows]:
    return [
        np.array([i for i, name in enumerate(study) if name == s], dtype=np.intp)
        for s in dict.fromkeys(study)
    ]


def _climb(likelihood: Likelihood, y: Floats, *, frozen: int | None) -> Optimum:
    """Climb from several starts; ``frozen`` names a standard deviation that is held at 0."""
    spread = max(float(np.std(y)), 1e-8)
    start = spread * np.array(_STARTS)
    held = np.zeros(start.shape, dtype=bool)
    if frozen is not None:
        start[:, frozen] = 0.0
        held[:, frozen] = True
    # With one row per study both parts are one: any split of their sum is as good.
    found = maximise(likelihood, start, frozen=held, longest=3 * spread)
    if not found.converged.any():
        raise ConvergenceError(
            "the likelihood of the variance components was not maximised",
            got=f"gradient {found.gradient[0].tolist()}",
            state={"theta": found.theta[0].tolist()},
        )
    best = int(np.where(found.converged, found.value, -np.inf).argmax())
    theta = np.abs(found.theta[best : best + 1])
    theta[theta < _BOUNDARY * spread] = 0.0
    value, gradient, hessian = likelihood(theta, np.zeros(1, dtype=np.intp))
    return Optimum(theta, value, gradient, hessian, found.converged[best : best + 1], found.iterations)


def _profiles(likelihood: Likelihood, best: Optimum, level: float) -> list[tuple[float, float]]:
    """Return profile limits of both variances; 0 below where the profile does not fall so far."""
    theta = best.theta[0]
    scale = max(float(np.std(likelihood.y)), 1e-8)
    coordinate, direction = np.array([0, 0, 1, 1]), np.array([-1.0, 1.0, -1.0, 1.0])
    reach = np.where(direction < 0, theta[coordinate], 100 * scale)
    wanted = np.flatnonzero(reach > 0)
    found = profile_limits(
        likelihood,
        theta=np.repeat(best.theta, wanted.size, axis=0),
        value=np.repeat(best.value, wanted.size),
        rows=np.zeros(wanted.size, dtype=np.intp),
        coordinate=coordinate[wanted],
        direction=direction[wanted],
        first=np.full(wanted.size, 0.3 * scale),
        reach=reach[wanted],
        drop=float(chi2_quantile(level, 1)) / 2,
    )
    limits = np.zeros(4)
    limits[wanted] = np.where(found.reached & (direction[wanted] < 0), 0.0, found.value)
    return [(float(limits[0]) ** 2, float(limits[1]) ** 2), (float(limits[2]) ** 2, float(limits[3]) ** 2)]


def _without(likelihood: Likelihood, best: Optimum, which: int) -> Test:
    null = _climb(likelihood, likelihood.y, frozen=which)
    statistic = max(2 * float(best.value[0] - null.value[0]), 0.0)
    name = ("sigma2_between = 0", "sigma2_within = 0")[which]
    p = float(chi2_tail(statistic, 1)) / 2 if best.theta[0, which] > 0 else 1.0
    return Test(name, statistic, 1, p, "likelihood ratio, half of the chi-squared tail")


def _cochran(likelihood: Likelihood) -> tuple[float, float]:
    """Return Cochran's Q and the typical sampling variance."""
    weight = np.linalg.inv(likelihood.sampling)
    wx = weight @ likelihood.x
    p = weight - wx @ np.linalg.solve(likelihood.x.T @ wx, wx.T)
    q = float(likelihood.y @ p @ likelihood.y)
    df = len(likelihood.y) - likelihood.x.shape[1]
    plain = 1 / np.diagonal(likelihood.sampling)
    x = likelihood.x
    hat = x @ np.linalg.solve(x.T @ (plain[:, None] * x), x.T * plain)
    return q, df / float((plain * (1 - np.diagonal(hat))).sum())


def _coefficient(name: str, value: float, variance: float, df: float, model: Multilevel) -> Coefficient:
    free = None if math.isinf(df) else df
    se = math.sqrt(variance)
    half = float(two_sided_quantile(model.level, free)) * se
    told = "normal quantile" if free is None else f"t, cluster-robust {model.robust}"
    if model.robust == "CR2":
        told += " with Satterthwaite's degrees of freedom"
    return Coefficient(
        name=name,
        value=value,
        se=se,
        statistic=value / se,
        df=free,
        p_value=float(two_sided_p(value / se, free)),
        ci=Interval(value - half, value + half, model.level, told),
    )


def _notes(theta: Floats, clusters: Sequence[Rows], df: Floats) -> list[str]:
    notes = []
    if all(len(rows) == 1 for rows in clusters):
        notes.append("one row per study: the variances between and within studies cannot be told apart")
    for value, name in zip(theta, ("between studies", "within studies"), strict=True):
        if value == 0:
            notes.append(f"the variance {name} is estimated as 0")
    if np.isfinite(df).any() and df.min() < 4:
        notes.append("fewer than four degrees of freedom: the robust p value is not to be trusted")
    return notes
