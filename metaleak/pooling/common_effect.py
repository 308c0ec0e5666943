"""The common-effect model: one true effect behind all rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from metaleak.effects.design import Design
from metaleak.effects.measures import Zero
from metaleak.effects.table import StudyTable
from metaleak.errors import SettingError
from metaleak.guards import one_of, within
from metaleak.pooling import inverse_variance as iv
from metaleak.pooling.effects_batch import batches_of, prepare
from metaleak.pooling.result import MetaResult
from metaleak.pooling.tau2 import nothing
from metaleak.pooling.two_by_two import Sums, sum_tables

_CI_METHODS = ("wald", "t", "hksj", "hksj-adhoc")


@dataclass(frozen=True, slots=True)
class CommonEffect:
    """One true effect: inverse-variance weights ``1 / vi``, or sums over 2x2 tables.

    Parameters
    ----------
    measure : str, optional
        The scale; None takes PLO for counts, OR for two arms, MPRR for pairs, the table's own for effects.
        Mantel-Haenszel knows OR, RR and RD, Peto the odds ratio.
    method : {"inverse", "mantel-haenszel", "peto"}
        The last two are for two arms and need no correction of empty cells.
    ci_method : {"wald", "t", "hksj", "hksj-adhoc"}
        The interval of the mean; the last two rescale by the weighted residuals (Birge's ratio). Sums over
        tables know only ``"wald"``.
    zero : Zero
        The correction for empty and full counts; for sums over tables, of the effects behind Q.
    level : float
        Level of the interval, between 0 and 1.
    exact : bool
        Whether Mantel-Haenszel and Peto sum the cells as they are; False corrects empty cells first.
    continuity : bool
        Whether the Cochran-Mantel-Haenszel statistic is corrected by a half.

    Notes
    -----
    There is no prediction interval: the model says that a new study has the same true effect. I2 and H2
    are those of Cochran's Q. With Mantel-Haenszel odds ratios ``detail`` holds the Cochran-Mantel-Haenszel
    test and Tarone's.

    References
    ----------
    Cochran WG (1954). The combination of estimates from different experiments. doi:10.2307/3001666

    Mantel N, Haenszel W (1959). Statistical aspects of the analysis of data from retrospective studies of
    disease. doi:10.1093/jnci/22.4.719 (variance: Robins J, Breslow N, Greenland S 1986, doi:10.2307/2531052)

    Yusuf S et al. (1985). Beta blockade during and after myocardial infarction.
    doi:10.1016/S0033-0620(85)80003-7

    Examples
    --------
    >>> table = StudyTable.from_counts([35, 29, 12, 44], [56, 59, 48, 80])
    >>> round(CommonEffect().fit(table).natural().estimate, 4)
    0.5013
    >>> arms = StudyTable.from_two_arms([5, 9], [50, 60], [12, 10], [52, 61])
    >>> round(CommonEffect(method="mantel-haenszel").fit(arms).natural().estimate, 4)
    0.6051
    """

    measure: str | None = None
    method: str = "inverse"
    ci_method: str = "wald"
    zero: Zero = Zero()
    level: float = 0.95
    exact: bool = True
    continuity: bool = True

    def __post_init__(self) -> None:
        """Refuse settings outside their range."""
        one_of("method", self.method, ("inverse", "mantel-haenszel", "peto"))
        one_of("ci_method", self.ci_method, _CI_METHODS if self.method == "inverse" else ("wald",))
        within("level", self.level, 0, 1)

    def fit(self, table: StudyTable) -> MetaResult:
        """Pool the rows of a table.

        Raises
        ------
        TableError
            When the measure or the method does not fit the table, or no row says anything on its scale.
        UndefinedError
            From sums over 2x2 tables in which an outcome never occurs.
        """
        return self.fit_tables([table])[0]

    def fit_design(self, table: StudyTable, design: Design) -> MetaResult:
        """Fit one coefficient per column of the design.

        Raises
        ------
        As :meth:`fit`; SettingError for sums over 2x2 tables, which know no design.
        """
        if self.method != "inverse" and not design.is_intercept:
            raise SettingError("sums over 2x2 tables know no design", required='"inverse"', got=self.method)
        return self._fit([table], design)[0]

    def fit_tables(self, tables: Sequence[StudyTable]) -> list[MetaResult]:
        """Pool each of several tables, in batches of arrays; see :func:`metaleak.fit_many`."""
        return [result for some in batches_of(tables) for result in self._fit(some, None)]

    def _fit(self, tables: Sequence[StudyTable], design: Design | None) -> list[MetaResult]:
        if self.method != "inverse":
            return sum_tables(tables, self._sums())
        prepared = prepare(tables, self.measure, self.zero, design)
        shape = self._shape()
        found = iv.pooled(prepared.batch, nothing(prepared.batch), None, shape)
        return iv.results(found, prepared, shape, design)

    def _sums(self) -> Sums:
        return Sums(
            method=self.method,
            measure=self.measure,
            zero=self.zero,
            exact=self.exact,
            continuity=self.continuity,
            level=self.level,
            settings=self._settings(),
        )

    def _shape(self) -> iv.Shape:
        return iv.Shape(
            model="CommonEffect",
            settings=self._settings(),
            level=self.level,
            ci_method=self.ci_method,
            optimiser="closed form",
            restricted=False,
            has_tau2=False,
        )

    def _settings(self) -> dict[str, Any]:
        settings = asdict(self)
        if self.method == "inverse":
            del settings["exact"], settings["continuity"]
        return settings
