"""What can be known of one comparison of two readings: its cells at both ends, and every number from them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from metaleak.effects.detection_table import PAIRED, DetectionTable
from metaleak.effects.measures import Zero, measure
from metaleak.effects.proportions import study_intervals
from metaleak.effects.table import COLUMNS, StudyTable
from metaleak.errors import TableError
from metaleak.numerics.distributions import two_sided_quantile
from metaleak.numerics.matched import mcnemar, odds_limits, overlap_range
from metaleak.pooling.result import Estimate, Interval

Floats = npt.NDArray[np.float64]

#: Where a cell is not printed: the index shows as little, or as much, as it can beside the reference.
ENDS = ("nested", "apart")

#: Added to every cell of rows that would have no effect or no variance without.
HALF = 0.5

_EXACT = "Clopper-Pearson"
_ONE_SIDED = "Clopper-Pearson, one-sided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """The four counts of two readings at one end of what is printed."""

    both: float
    only_reference: float
    only_index: float
    neither: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchedRow:
    """What can be known of one comparison.

    Attributes
    ----------
    label, study : str
        As in the table.
    ni, reference : float
        Units, and those that the reference shows.
    index, both : float or None
        Units that the index shows, and that both show; None where they are not printed.
    cells : mapping of str to Cells
        The four counts at the ends ``nested`` and ``apart``; equal where they follow from what is printed.
    sensitivity : tuple of float, or None
        Least and largest share of the reference's positives that the index can have shown, 0..1.
    relative, difference : mapping of str to Estimate
        Positives of the index per positive of the reference, and rate of the index minus rate of the
        reference, at both ends; ``relative`` is empty where the reference shows nothing.
    odds_ratio : Estimate or None
        Conditional odds ratio of index to reference with its exact interval: where four cells are known.
    p_value, mid_p : float or None
        McNemar's exact test and its mid-p: where four cells are known.
    reason : str or None
        Why odds ratio and test are missing.
    """

    label: str
    study: str
    ni: float
    reference: float
    index: float | None
    both: float | None
    cells: Mapping[str, Cells]
    sensitivity: tuple[float, float] | None
    relative: Mapping[str, Estimate]
    difference: Mapping[str, Estimate]
    odds_ratio: Estimate | None
    p_value: float | None
    mid_p: float | None
    reason: str | None

    @property
    def is_known(self) -> bool:
        """Whether all four cells are printed, or follow from what is."""
        return self.cells["nested"] == self.cells["apart"]


@dataclass(frozen=True, slots=True, eq=False)
class Readings:
    """What is printed of every row, arrays (k,), NaN where it is not."""

    label: tuple[str, ...]
    study: tuple[str, ...]
    ni: Floats
    reference: Floats
    index: Floats
    both: Floats


def read_pairs(table: StudyTable | DetectionTable) -> Readings:
    """Return what a table holds of two readings.

    Raises
    ------
    TableError
        For a table of another kind, or a row that was read on one imaging only.
    """
    if isinstance(table, DetectionTable):
        for label, kind in zip(table.label, table.kind, strict=True):
            if kind not in PAIRED:
                raise TableError(
                    "a row compares nothing on the same units",
                    required="counts on CT and on the index",
                    got=kind.value,
                    where=label,
                )
        counts = table.counts
        return Readings(table.label, table.study, table.ni, counts["ct"], counts["index"], counts["both"])
    if table.kind != "pairs":
        raise TableError("a matched contrast needs two readings", required="a table of pairs", got=table.kind)
    both, only_reference, only_index, neither = table.columns.values()
    reference, index = both + only_reference, both + only_index
    return Readings(table.label, table.study, reference + only_index + neither, reference, index, both)


def cells_at_ends(read: Readings) -> dict[str, Floats]:
    """Return the four cells, arrays (k, 4) named as in a table of pairs, at both ends of what is printed."""
    totals = np.isnan(read.both)
    index = np.where(np.isnan(read.index), read.both, read.index)
    least, most = overlap_range(read.ni, read.reference, index)
    nested = _cells(read, np.where(totals, most, read.both), index)
    full = np.where(np.isnan(read.index), read.both + read.ni - read.reference, index)
    return {"nested": nested, "apart": _cells(read, np.where(totals, least, read.both), full)}


def _cells(read: Readings, both: Floats, index: Floats) -> Floats:
    """Return the cells (k, 4) that an overlap and a total of the index make."""
    return np.column_stack(_four(read, both, index))


def _four(read: Readings, both: Floats, index: Floats) -> tuple[Floats, ...]:
    return both, read.reference - both, index - both, read.ni - read.reference - index + both


def matched_row(read: Readings, ends: Mapping[str, Floats], i: int, level: float) -> MatchedRow:
    """Return what can be known of row ``i``, from its cells at both ends."""
    cells = {end: Cells(**dict(zip(COLUMNS["pairs"], map(float, ends[end][i]), strict=True))) for end in ENDS}
    known = cells["nested"] == cells["apart"]
    reference = float(read.reference[i])
    shares = None if reference == 0 else tuple(cells[end].both / reference for end in reversed(ENDS))
    odds_ratio = p_value = mid_p = reason = None
    if not known:
        reason = (
            "the overlap is not printed"
            if math.isnan(read.both[i])
            else "the total of the index is not printed"
        )
    else:
        b, c = cells["nested"].only_index, cells["nested"].only_reference
        p_value, mid_p = (float(p) for p in mcnemar(np.array(b), np.array(c)))
        odds_ratio = _odds_ratio(b, c, level)
        reason = "the two readings never differ" if odds_ratio is None else None
    return MatchedRow(
        label=read.label[i],
        study=read.study[i],
        ni=float(read.ni[i]),
        reference=reference,
        index=_printed(read.index[i]),
        both=_printed(read.both[i]),
        cells=MappingProxyType(cells),
        sensitivity=None if shares is None else (shares[0], shares[1]),
        relative=MappingProxyType(
            {} if reference == 0 else {end: _relative(ends[end][i], level) for end in ENDS}
        ),
        difference=MappingProxyType({end: _difference(ends[end][i], level) for end in ENDS}),
        odds_ratio=odds_ratio,
        p_value=p_value,
        mid_p=mid_p,
        reason=reason,
    )


def _printed(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _odds_ratio(b: float, c: float, level: float) -> Estimate | None:
    if b + c == 0:
        return None
    low, high = odds_limits(np.array(b), np.array(c), level)
    value = math.inf if c == 0 else b / c
    return Estimate(value, Interval(float(low), float(high), level, _ONE_SIDED if b * c == 0 else _EXACT))


def _relative(cells: Floats, level: float) -> Estimate:
    """Return positives of the index per positive of the reference, with its interval."""
    both, only_reference, only_index, _ = cells
    index, reference = both + only_index, both + only_reference
    ratio = float(index / reference)
    if only_index == 0:
        low, high = study_intervals([both], [reference], level=level)
        return Estimate(ratio, Interval(float(low[0]), float(high[0]), level, _EXACT))
    yi, vi = measure("MPRR").effect(*cells, zero=Zero(to="none"))
    half = float(two_sided_quantile(level)) * math.sqrt(float(vi))
    return Estimate(
        ratio, Interval(math.exp(float(yi) - half), math.exp(float(yi) + half), level, "Wald, log scale")
    )


def _difference(cells: Floats, level: float) -> Estimate:
    """Return rate of the index minus rate of the reference; a variance of 0 is that after a half in each cell."""
    scale = measure("MPRD")
    value, vi = (float(part) for part in scale.effect(*cells, zero=Zero(to="none")))
    if vi <= 0:
        vi = float(scale.effect(*(cells + HALF), zero=Zero(to="none"))[1])
    half = float(two_sided_quantile(level)) * math.sqrt(vi)
    return Estimate(value, Interval(max(-1.0, value - half), min(1.0, value + half), level, "Wald"))


def flat(row: MatchedRow) -> dict[str, Any]:
    """Return a row as plain values, one name each."""
    found: dict[str, Any] = {
        name: getattr(row, name) for name in ("label", "study", "ni", "reference", "index", "both")
    }
    found["sensitivity_low"], found["sensitivity_high"] = row.sensitivity or (None, None)
    for name in ("relative", "difference"):
        for end in ENDS:
            item = getattr(row, name).get(end)
            found |= _limits(f"{name}_{end}", item)
    found |= _limits("odds_ratio", row.odds_ratio)
    return found | {"p_value": row.p_value, "mid_p": row.mid_p, "reason": row.reason}


def _limits(name: str, item: Estimate | None) -> dict[str, float | None]:
    ci = None if item is None else item.ci
    return {
        name: None if item is None else item.value,
        f"{name}_low": None if ci is None else ci.low,
        f"{name}_high": None if ci is None else ci.high,
    }
