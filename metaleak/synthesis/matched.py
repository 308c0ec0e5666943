"""Two readings of the same units, whatever is printed of them: four cells, totals, or the overlap alone.

Where a cell is not printed every number stands at two ends. ``nested``: the index shows as little as possible
beside what the reference shows. ``apart``: it shows as much beside it as the printed counts allow.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from metaleak.effects.detection_table import DetectionTable
from metaleak.effects.measures import Zero, measure
from metaleak.effects.table import StudyTable
from metaleak.errors import MetaleakError
from metaleak.guards import within
from metaleak.pooling.binomial_normal import BinomialNormal
from metaleak.pooling.random_effects import RandomEffects
from metaleak.pooling.result import Estimate, Interval, MetaResult
from metaleak.synthesis.matched_rows import (
    ENDS,
    HALF,
    MatchedRow,
    Readings,
    cells_at_ends,
    flat,
    matched_row,
    read_pairs,
)

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]

_TOO_FEW = "one comparison is no pool"
#: What a comparison needs for a pool of counts.
_HAS = {
    "sensitivity": "the reference shows something",
    "conditional": "all four cells are known and the readings differ",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MatchedContrast:
    """Two readings of the same units, row by row and pooled.

    Attributes
    ----------
    rows : tuple of MatchedRow
        One per row of the table.
    sensitivity : MetaResult or None
        Binomial-normal pool of the overlap among the reference's positives, at the end ``nested``: an upper
        bound where rows print totals only.
    relative, difference : mapping of str to MetaResult or None
        Pools by inverse variance at both ends, on the scales MPRR and MPRD.
    conditional : MetaResult or None
        Exact pool of conditional odds ratios: given how many units differ, those on the index alone are
        binomial with a logit that varies normally between studies. ``estimate`` is the log odds ratio.
    reasons : mapping of str to str
        Why a pool is None: ``sensitivity``, ``relative``, ``difference``, ``conditional``.
    notes : tuple of str
        What to mind.
    """

    rows: tuple[MatchedRow, ...]
    sensitivity: MetaResult | None
    relative: Mapping[str, MetaResult | None]
    difference: Mapping[str, MetaResult | None]
    conditional: MetaResult | None
    reasons: Mapping[str, str]
    notes: tuple[str, ...]

    @property
    def odds_ratio(self) -> Estimate | None:
        """The pooled conditional odds ratio of the median study, None where none can be pooled."""
        if self.conditional is None:
            return None
        ci = self.conditional.ci
        return Estimate(
            math.exp(self.conditional.estimate),
            Interval(_exp(ci.low), _exp(ci.high), ci.level, ci.method),
        )

    def to_frame(self) -> pd.DataFrame:
        """Return one row per comparison: counts, bounds, and every number at both ends; None where unknown."""
        import pandas as pd

        return pd.DataFrame([flat(row) for row in self.rows]).astype(object)


def matched_contrast(
    table: StudyTable | DetectionTable,
    *,
    method: str = "REML",
    ci_method: str = "hksj-adhoc",
    level: float = 0.95,
) -> MatchedContrast:
    """Compare two readings of the same units, each number at both ends of what the printed counts allow.

    Parameters
    ----------
    table : StudyTable or DetectionTable
        Pairs with four cells (:meth:`StudyTable.from_pairs`), or a detection table whose rows were all read on
        CT and on the index, some of them with totals only or without the index total.
    method, ci_method : str
        Of the inverse-variance pools, as :class:`metaleak.RandomEffects`.
    level : float
        Level of all intervals.

    Returns
    -------
    MatchedContrast
        Per row and pooled: sensitivity, relative detection, risk difference, conditional odds ratio.

    Raises
    ------
    TableError
        For a table of another kind, or a row that was read on one imaging only (the row is named).

    Notes
    -----
    Relative detection is x / r, with x positives of the index and r of the reference; it is the sensitivity when
    the index shows nothing that the reference does not. Its interval is exact where no unit is on the index
    alone (x of r is then binomial), else from ``var(log) = 1/x + 1/r - 2 both / (x r)``. Totals of n units leave
    ``max(0, r + x - n) <= both <= min(r, x)``. Odds ratio and McNemar's test need the units on which the
    readings differ and are never given from totals. The pools take a half in every cell of rows that have
    no effect or no variance otherwise; the conditional odds ratio needs no correction.

    References
    ----------
    Takwoingi Y et al. (2013). Empirical evidence of the importance of comparative studies of diagnostic test
    accuracy. doi:10.7326/0003-4819-158-7-201304020-00006

    Fagerland MW et al. (2013). The McNemar test for binary matched-pairs data. doi:10.1186/1471-2288-13-91

    Zou GY (2007). One relative risk versus two odds ratios. doi:10.1177/1740774506075667

    Examples
    --------
    >>> nan = float("nan")
    >>> table = DetectionTable.from_counts(
    ...     [148, 181, 181], ct=[56, 149, 149], index=[37, nan, 62], both=[nan, 77, 62], label=["a", "b", "c"]
    ... )
    >>> found = matched_contrast(table)
    >>> [row.is_known for row in found.rows]
    [False, False, True]
    >>> found.rows[0].sensitivity
    (0.0, 0.6607142857142857)
    >>> found.rows[2].odds_ratio.value, round(found.rows[2].odds_ratio.ci.high, 3)
    (0.0, 0.035)
    >>> round(found.relative["nested"].natural().estimate, 3), round(found.difference["apart"].estimate, 3)
    (0.522, -0.282)
    """
    within("level", level, 0, 1)
    read = read_pairs(table)
    ends = cells_at_ends(read)
    rows = tuple(matched_row(read, ends, i, level) for i in range(len(read.label)))
    inverse = RandomEffects(method=method, ci_method=ci_method, level=level)
    reasons: dict[str, str] = {}
    notes: list[str] = []
    pooled: dict[str, dict[str, MetaResult | None]] = {}
    for name, code in (("relative", "MPRR"), ("difference", "MPRD")):
        pooled[name] = {end: _inverse(inverse, read, ends[end], code, reasons, name, notes) for end in ENDS}
    studies = list(read.study)
    shared = sorted({study for study in studies if studies.count(study) > 1})
    if shared:
        notes.append(f"rows of one study are pooled as if independent: {', '.join(shared)}")
    return MatchedContrast(
        rows=rows,
        sensitivity=_sensitivity(read, ends["nested"], level, reasons),
        relative=MappingProxyType(pooled["relative"]),
        difference=MappingProxyType(pooled["difference"]),
        conditional=_conditional(read, rows, level, reasons),
        reasons=MappingProxyType(reasons),
        notes=tuple(dict.fromkeys(notes)),
    )


def _inverse(
    model: RandomEffects,
    read: Readings,
    cells: Floats,
    code: str,
    reasons: dict[str, str],
    name: str,
    notes: list[str],
) -> MetaResult | None:
    """Pool one measure at one end; None for a single row, with the reason."""
    if len(read.label) < 2:
        reasons[name] = _TOO_FEW
        return None
    scale, without = measure(code), Zero(to="none")
    with np.errstate(divide="ignore", invalid="ignore"):
        yi, vi = scale.effect(*cells.T, zero=without)
    bare = ~(np.isfinite(yi) & (vi > 0) & (vi < np.inf))
    corrected = scale.effect(*(cells + HALF).T, zero=without)
    if bare.any():
        named = ", ".join(read.label[i] for i in np.flatnonzero(bare))
        notes.append(f"0.5 is added to every cell, for the pool of {scale.scale}: {named}")
    table = StudyTable.from_effects(
        np.where(bare, corrected[0], yi).tolist(),
        np.where(bare, corrected[1], vi).tolist(),
        measure=code,
        label=read.label,
        study=read.study,
    )
    try:
        return model.fit(table)
    except MetaleakError as error:
        reasons[name] = str(error)
        return None


def _sensitivity(read: Readings, nested: Floats, level: float, reasons: dict[str, str]) -> MetaResult | None:
    taken = np.flatnonzero(read.reference > 0)
    return _counts(read, nested[:, 0], read.reference, taken, level, reasons, "sensitivity")


def _conditional(
    read: Readings, rows: Sequence[MatchedRow], level: float, reasons: dict[str, str]
) -> MetaResult | None:
    b = np.array([row.cells["nested"].only_index for row in rows])
    differ = b + np.array([row.cells["nested"].only_reference for row in rows])
    taken = np.flatnonzero(np.array([row.odds_ratio is not None for row in rows]))
    return _counts(read, b, differ, taken, level, reasons, "conditional")


def _counts(
    read: Readings,
    xi: Floats,
    ni: Floats,
    taken: npt.NDArray[np.intp],
    level: float,
    reasons: dict[str, str],
    name: str,
) -> MetaResult | None:
    """Pool counts by the binomial-normal model; None for fewer than two rows or no optimum, with the reason."""
    if taken.size < 2:
        reasons[name] = (
            _TOO_FEW if len(read.label) < 2 else f"{_HAS[name]} in {taken.size} of {len(read.label)}"
        )
        return None
    table = StudyTable.from_counts(
        xi[taken].tolist(),
        ni[taken].tolist(),
        label=[read.label[i] for i in taken],
        study=[read.study[i] for i in taken],
    )
    try:
        return BinomialNormal(level=level).fit(table)
    except MetaleakError as error:
        reasons[name] = str(error)
        return None


def _exp(value: float) -> float:
    return math.exp(value) if value < 700 else math.inf
