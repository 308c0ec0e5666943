"""The common-effect model: one true effect behind all rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from metaleak.effects.design import Design
from metaleak.effects.measures import Zero
from metaleak.effects.table import StudyTable
from metaleak.guards import one_of, within
from metaleak.pooling import inverse_variance as iv
from metaleak.pooling.effects_batch import prepare
from metaleak.pooling.result import MetaResult
from metaleak.pooling.tau2 import nothing

_CI_METHODS = ("wald", "t", "hksj", "hksj-adhoc")


@dataclass(frozen=True, slots=True)
class CommonEffect:
    """Inverse-variance weights ``1 / vi`` on a measure's scale, without a between-study variance.

    Parameters
    ----------
    measure : str, optional
        The scale; None takes PLO for counts, OR for two arms, the table's own for effects.
    ci_method : {"wald", "t", "hksj", "hksj-adhoc"}
        The interval of the mean; the last two rescale by the weighted residuals (Birge's ratio).
    zero : Zero
        The correction for empty and full counts.
    level : float
        Level of the interval, between 0 and 1.

    Notes
    -----
    There is no prediction interval: the model says that a new study has the same true effect. I2 and H2
    are those of Cochran's Q.

    References
    ----------
    Cochran WG (1954). The combination of estimates from different experiments. doi:10.2307/3001666

    Examples
    --------
    >>> table = StudyTable.from_counts([35, 29, 12, 44], [56, 59, 48, 80])
    >>> round(CommonEffect().fit(table).natural().estimate, 4)
    0.5013
    """

    measure: str | None = None
    ci_method: str = "wald"
    zero: Zero = Zero()
    level: float = 0.95

    def __post_init__(self) -> None:
        """Refuse settings outside their range."""
        one_of("ci_method", self.ci_method, _CI_METHODS)
        within("level", self.level, 0, 1)

    def fit(self, table: StudyTable) -> MetaResult:
        """Pool the rows of a table; raises as :meth:`metaleak.RandomEffects.fit`."""
        return self._fit([table], None)[0]

    def fit_design(self, table: StudyTable, design: Design) -> MetaResult:
        """Fit one coefficient per column of the design; raises as :meth:`metaleak.RandomEffects.fit_design`."""
        return self._fit([table], design)[0]

    def fit_tables(self, tables: Sequence[StudyTable]) -> list[MetaResult]:
        """Pool each of several tables, in one batch of arrays; see :func:`metaleak.fit_many`."""
        return self._fit(tables, None) if tables else []

    def _fit(self, tables: Sequence[StudyTable], design: Design | None) -> list[MetaResult]:
        prepared = prepare(tables, self.measure, self.zero, design)
        shape = self._shape()
        found = iv.pooled(prepared.batch, nothing(prepared.batch), None, shape)
        return iv.results(found, prepared, shape, design)

    def _shape(self) -> iv.Shape:
        return iv.Shape(
            model="CommonEffect",
            settings={**asdict(self), "zero": asdict(self.zero)},
            level=self.level,
            ci_method=self.ci_method,
            optimiser="closed form",
            restricted=False,
            has_tau2=False,
        )
