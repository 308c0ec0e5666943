"""The random-effects model by inverse variance, on any measure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from metaleak.effects.design import Design
from metaleak.effects.measures import Zero
from metaleak.effects.table import StudyTable
from metaleak.errors import SettingError, TableError
from metaleak.guards import one_of, within
from metaleak.numerics.linear import Batch
from metaleak.pooling import inverse_variance as iv
from metaleak.pooling.effects_batch import BATCH_CELLS, batches_of, prepare
from metaleak.pooling.intervals import CI_METHODS
from metaleak.pooling.regression import fit_with_moderators
from metaleak.pooling.result import MetaResult
from metaleak.pooling.tau2 import ESTIMATORS, Tau2
from metaleak.pooling.tau2_intervals import INTERVALS, tau2_interval
from metaleak.pooling.units import even, in_units

Floats = npt.NDArray[np.float64]

_PI_METHODS = ("t", "t-k1", "wald", "metafor", "bootstrap")
_ITERATIVE = ("ML", "REML", "EB", "PM", "PMM", "GENQM")


@dataclass(frozen=True, slots=True, eq=False)
class PooledArrays:
    """What a model found in many data sets, arrays (b,) on the model's scale; ``i2`` is a share 0..1."""

    estimate: Floats
    se: Floats
    ci_low: Floats
    ci_high: Floats
    tau2: Floats
    q: Floats
    i2: Floats


@dataclass(frozen=True, slots=True)
class RandomEffects:
    """Weights ``1 / (vi + tau2)`` on a measure's scale.

    Parameters
    ----------
    measure : str, optional
        The scale; None takes PLO for counts, OR for two arms, MPRR for pairs, the table's own for effects.
    method : str
        The estimator of tau2: DL, HE, HS, HSk, SJ, ML, REML, EB or PM, or one of the median-unbiased PMM
        and GENQM (generalised Q with weights ``1 / sqrt(vi)``).
    ci_method : {"hksj-adhoc", "hksj", "wald", "t", "profile", "kenward-roger"}
        The interval of the mean; ``"hksj-adhoc"`` never lets the Hartung-Knapp factor fall below one,
        ``"profile"`` needs ML, ``"kenward-roger"`` needs REML.
    pi_method : {"t", "t-k1", "wald", "metafor", "bootstrap"}
        The prediction interval; see :func:`metaleak.pooling.prediction.prediction_interval` and
        :func:`metaleak.pooling.prediction_bootstrap.bootstrap_prediction`.
    zero : Zero
        The correction for empty and full counts.
    tau2_ci : {"q-profile", "profile", "biggerstaff-jackson", "jackson", "none"}
        The interval of tau2; ``"profile"`` needs ML or REML.
    moderators : str, optional
        A formula such as ``'~ C(modality, "CT") + procedure'``, see :mod:`metaleak.effects.formula`: the
        fit is then a meta-regression.
    level : float
        Level of all intervals, between 0 and 1.
    draws, seed : int
        Of the bootstrap prediction interval; other settings do not use them.

    Notes
    -----
    A fit computes the estimate of tau2, its interval, the mean with its interval and the prediction
    interval; nothing is left for later. ``tau2_ci="none"`` saves the interval of tau2. Estimates of tau2
    by likelihood are global maxima. I2 is ``tau2 / (tau2 + v)`` with v the typical sampling variance.

    References
    ----------
    Viechtbauer W (2005). Bias and efficiency of meta-analytic variance estimators in the random-effects
    model. doi:10.3102/10769986030003261

    Knapp G, Hartung J (2003). Improved tests for a random effects meta-regression with a single covariate.
    doi:10.1002/sim.1482 (the floor: Jackson D et al. 2017, doi:10.1002/sim.7411)

    Higgins JPT, Thompson SG (2002). Quantifying heterogeneity in a meta-analysis. doi:10.1002/sim.1186

    Examples
    --------
    >>> table = StudyTable.from_counts([35, 29, 12, 44], [56, 59, 48, 80])
    >>> result = RandomEffects().fit(table)
    >>> round(result.estimate, 4), round(result.tau2, 4)
    (-0.0821, 0.3673)
    """

    measure: str | None = None
    method: str = "REML"
    ci_method: str = "hksj-adhoc"
    pi_method: str = "t"
    zero: Zero = Zero()
    tau2_ci: str = "q-profile"
    moderators: str | None = None
    level: float = 0.95
    draws: int = 10_000
    seed: int = 1

    def __post_init__(self) -> None:
        """Refuse settings outside their range."""
        one_of("method", self.method, [code for code in ESTIMATORS if code != "EE"])
        one_of("ci_method", self.ci_method, CI_METHODS)
        one_of("pi_method", self.pi_method, _PI_METHODS)
        one_of("tau2_ci", self.tau2_ci, [*INTERVALS, "none"])
        within("level", self.level, 0, 1)
        within("draws", self.draws, 1000, 10_000_000, ends="[]")
        self._needs("ci_method", "profile", ("ML",))
        self._needs("ci_method", "kenward-roger", ("REML",))
        self._needs("tau2_ci", "profile", ("ML", "REML"))

    def _needs(self, setting: str, word: str, methods: tuple[str, ...]) -> None:
        if getattr(self, setting) == word and self.method not in methods:
            raise SettingError(
                f"{setting}={word!r} does not go with this estimator of tau2",
                required="method " + " or ".join(methods),
                got=self.method,
            )

    def fit(self, table: StudyTable) -> MetaResult:
        """Pool the rows of a table.

        Raises
        ------
        TableError
            When the measure does not fit the table, or no row says anything on its scale.
        ConvergenceError
            When an iteration ends without an optimum.
        """
        if self.moderators is not None:
            return fit_with_moderators(self, table, self.moderators)
        return self._fit([table], None)[0]

    def fit_design(self, table: StudyTable, design: Design) -> MetaResult:
        """Fit one coefficient per column of the design, with one tau2 for all rows.

        Raises
        ------
        As :meth:`fit`; TableError also when there are more coefficients than rows.
        """
        scaled, units = even(design)
        return in_units(self._fit([table], scaled)[0], units)

    def fit_tables(self, tables: Sequence[StudyTable]) -> list[MetaResult]:
        """Pool each of several tables, in batches of arrays; see :func:`metaleak.fit_many`."""
        if self.moderators is not None:
            return [self.fit(table) for table in tables]
        return [result for some in batches_of(tables) for result in self._fit(some, None)]

    def fit_arrays(self, yi: Floats, vi: Floats) -> PooledArrays:
        """Pool many sets of effects without making a result of each: for simulations and resampling.

        Parameters
        ----------
        yi, vi : arrays (b, k)
            Effects and sampling variances > 0; a row with an infinite variance does not count. The
            measure plays no part.

        Returns
        -------
        PooledArrays
            The numbers of :meth:`fit`; no interval of tau2 and no prediction interval is computed.

        Raises
        ------
        TableError
            For arrays of different shape or none, numbers outside their range, or fewer than two rows that
            count.
        SettingError
            With moderators, which arrays do not carry.

        Examples
        --------
        >>> found = RandomEffects().fit_arrays(np.array([[0.1, 0.9, 0.4]]), np.array([[0.1, 0.1, 0.1]]))
        >>> found.estimate.round(4).tolist(), found.tau2.round(4).tolist()
        ([0.4667], [0.0633])
        """
        if self.moderators is not None:
            raise SettingError("arrays carry no moderators", required="moderators=None", got=self.moderators)
        y, v = np.asarray(yi, dtype=np.float64), np.asarray(vi, dtype=np.float64)
        if y.ndim != 2 or y.shape != v.shape or not y.size:
            raise TableError("effects and variances do not match", required="two arrays (b, k)", got=y.shape)
        rows = np.isfinite(v).sum(axis=1).astype(np.float64)
        if not (np.isfinite(y).all() and (v > 0).all() and (rows > 1).all()):
            raise TableError(
                "effects or variances lie outside their range",
                required="finite effects, variances > 0, two rows or more that count in every set",
            )
        shape, parts = self._shape(), []
        size = max(1, BATCH_CELLS // y.shape[1])
        for start in range(0, len(y), size):
            part = slice(start, start + size)
            batch = Batch(y[part], v[part], rows[part])
            parts.append(iv.pooled(batch, ESTIMATORS[self.method](batch), None, shape))
        return PooledArrays(
            estimate=np.concatenate([part.fit.beta[:, 0] for part in parts]),
            se=np.concatenate([part.means.se[:, 0] for part in parts]),
            ci_low=np.concatenate([part.means.low[:, 0] for part in parts]),
            ci_high=np.concatenate([part.means.high[:, 0] for part in parts]),
            tau2=np.concatenate([part.tau2.value for part in parts]),
            q=np.concatenate([part.q for part in parts]),
            i2=np.concatenate([part.i2 for part in parts]),
        )

    def _fit(self, tables: Sequence[StudyTable], design: Design | None) -> list[MetaResult]:
        prepared = prepare(tables, self.measure, self.zero, design)
        tau2, limits = self._tau2(prepared.batch)
        shape = self._shape()
        return iv.results(iv.pooled(prepared.batch, tau2, limits, shape), prepared, shape, design)

    def _tau2(self, batch: Batch) -> tuple[Tau2, Floats | None]:
        """Estimate tau2 with its interval where there is a degree of freedom; elsewhere it is 0."""
        estimator = ESTIMATORS[self.method]
        spare = batch.df > 0
        if spare.all():
            found = estimator(batch)
            return found, self._limits(batch, found.value)
        b, rows = len(batch.yi), np.flatnonzero(spare)
        value, se, second = np.zeros(b), np.full(b, np.nan), np.full(b, np.nan)
        limits = None if self.tau2_ci == "none" else np.zeros((b, 2))
        iterations = 0
        if rows.size:
            part = batch.part(rows)
            found = estimator(part)
            value[rows], se[rows], iterations = found.value, found.se, found.iterations
            if found.second is not None:
                second[rows] = found.second
            if limits is not None:
                limits[rows] = self._limits(part, found.value)
        return Tau2(value, se, iterations, second), limits

    def _limits(self, batch: Batch, tau2: Floats) -> Floats | None:
        if self.tau2_ci == "none":
            return None
        return tau2_interval(
            batch, tau2, method=self.tau2_ci, level=self.level, restricted=self.method != "ML"
        )

    def _shape(self) -> iv.Shape:
        return iv.Shape(
            model="RandomEffects",
            settings=self._settings(),
            level=self.level,
            ci_method=self.ci_method,
            optimiser="Newton in tau2, bracketed" if self.method in _ITERATIVE else "closed form",
            restricted={"ML": False, "REML": True}.get(self.method),
            pi_method=self.pi_method,
            tau2_ci_method=INTERVALS.get(self.tau2_ci, ""),
            draws=self.draws,
            seed=self.seed,
        )

    def _settings(self) -> dict[str, Any]:
        zero = {"add": self.zero.add, "to": self.zero.to, "double": self.zero.double}
        return {
            "measure": self.measure,
            "method": self.method,
            "ci_method": self.ci_method,
            "pi_method": self.pi_method,
            "zero": zero,
            "tau2_ci": self.tau2_ci,
            "moderators": self.moderators,
            "level": self.level,
            **({"draws": self.draws, "seed": self.seed} if self.pi_method == "bootstrap" else {}),
        }
