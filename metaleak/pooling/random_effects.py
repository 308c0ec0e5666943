"""The random-effects model by inverse variance, on any measure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from metaleak.effects.design import Design
from metaleak.effects.measures import Zero
from metaleak.effects.table import StudyTable
from metaleak.guards import one_of, within
from metaleak.pooling import inverse_variance as iv
from metaleak.pooling.result import MetaResult
from metaleak.pooling.tau2 import ESTIMATORS, Tau2
from metaleak.pooling.tau2_intervals import profile_likelihood, q_profile

_PI_METHODS = ("t", "t-k1", "wald", "metafor")
_TAU2_CI = {"q-profile": "Q-profile", "profile": "profile likelihood", "none": ""}

#: Rows of one batch, so that an array stays near 16 MB.
_BATCH_CELLS = 2_000_000


@dataclass(frozen=True, slots=True)
class RandomEffects:
    """Weights ``1 / (vi + tau2)`` on a measure's scale.

    Parameters
    ----------
    measure : str, optional
        The scale; None takes PLO for counts, OR for two arms, the table's own for effects.
    method : str
        The estimator of tau2: DL, HE, HS, HSk, SJ, ML, REML, EB or PM.
    ci_method : {"hksj-adhoc", "hksj", "wald", "t"}
        The interval of the mean; ``"hksj-adhoc"`` never lets the Hartung-Knapp factor fall below one.
    pi_method : {"t", "t-k1", "wald", "metafor"}
        The prediction interval; see :func:`metaleak.pooling.prediction.prediction_interval`.
    zero : Zero
        The correction for empty and full counts.
    tau2_ci : {"q-profile", "profile", "none"}
        The interval of tau2; ``"profile"`` needs ML or REML.
    level : float
        Level of all intervals, between 0 and 1.

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
    level: float = 0.95

    def __post_init__(self) -> None:
        """Refuse settings outside their range."""
        one_of("method", self.method, [code for code in ESTIMATORS if code != "EE"])
        one_of("ci_method", self.ci_method, iv.CI_METHODS)
        one_of("pi_method", self.pi_method, _PI_METHODS)
        one_of("tau2_ci", self.tau2_ci, _TAU2_CI if self.method in ("ML", "REML") else ("q-profile", "none"))
        within("level", self.level, 0, 1)

    def fit(self, table: StudyTable) -> MetaResult:
        """Pool the rows of a table.

        Raises
        ------
        TableError
            When the measure does not fit the table, or no row says anything on its scale.
        ConvergenceError
            When an iteration ends without an optimum.
        """
        return self._fit([table], None)[0]

    def fit_design(self, table: StudyTable, design: Design) -> MetaResult:
        """Fit one coefficient per column of the design, with one tau2 for all rows.

        Raises
        ------
        As :meth:`fit`; TableError also when there are more coefficients than rows.
        """
        return self._fit([table], design)[0]

    def fit_tables(self, tables: Sequence[StudyTable]) -> list[MetaResult]:
        """Pool each of several tables, in batches of arrays; see :func:`metaleak.fit_many`."""
        found: list[MetaResult] = []
        size = max(1, _BATCH_CELLS // max((table.k for table in tables), default=1))
        for start in range(0, len(tables), size):
            found += self._fit(tables[start : start + size], None)
        return found

    def _fit(self, tables: Sequence[StudyTable], design: Design | None) -> list[MetaResult]:
        prepared = iv.prepare(tables, self.measure, self.zero, design)
        batch = prepared.batch
        spare = np.flatnonzero(batch.df > 0)
        value, se = np.zeros(len(tables)), np.full(len(tables), np.nan)
        iterations = 0
        limits = None if self.tau2_ci == "none" else np.zeros((len(tables), 2))
        if spare.size:
            part = batch if spare.size == len(tables) else batch.part(spare)
            estimate = ESTIMATORS[self.method](part)
            value[spare], se[spare], iterations = estimate.value, estimate.se, estimate.iterations
            if self.tau2_ci == "q-profile" and limits is not None:
                limits[spare] = q_profile(part, self.level)
            elif limits is not None:
                limits[spare] = profile_likelihood(
                    part, estimate.value, self.level, restricted=self.method == "REML"
                )
        restricted = {"ML": False, "REML": True}.get(self.method)
        found = iv.fitted(prepared, Tau2(value, se, iterations), restricted=restricted, tau2_ci=limits)
        return iv.results(found, self._shape(), design)

    def _shape(self) -> iv.Shape:
        settings = {**asdict(self), "zero": asdict(self.zero)}
        iterative = self.method in ("ML", "REML", "EB", "PM")
        return iv.Shape(
            model="RandomEffects",
            settings=settings,
            level=self.level,
            ci_method=self.ci_method,
            pi_method=self.pi_method,
            tau2_ci_method=_TAU2_CI[self.tau2_ci],
            has_tau2=True,
            optimiser="Newton in tau2, bracketed" if iterative else "closed form",
        )
