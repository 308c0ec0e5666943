"""From a detection table and what is declared to arrays for the likelihood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from metaleak.effects.design import Design, design_of, intercept
from metaleak.effects.detection_table import PAIRED, DetectionTable, RowKind
from metaleak.errors import TableError, UndefinedError
from metaleak.numerics.detection.layout import Layout
from metaleak.numerics.detection.units import Units
from metaleak.pooling.detection.settings import Assumptions
from metaleak.pooling.detection.studies import Integral, integrals
from metaleak.pooling.storable import storable

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

#: Index imagings beside the main one get a sensitivity of their own from so many informative studies.
FEW_STUDIES = 3

#: The main index imaging where a table has it.
_MAIN = "xray"

_COMPARES = (*PAIRED, RowKind.SENSITIVITY)


@storable
@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row, or a reading of a row, that does not enter the likelihood, and why."""

    label: str
    kind: str
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Assembly:
    """A table as the likelihood sees it.

    Attributes
    ----------
    table : DetectionTable
        The rows that enter.
    units, layout : Units, Layout
        The likelihood's arrays and parameters.
    studies : tuple of tuple of int
        The rows of each study.
    owner : array (units,)
        The study behind each unit.
    indexes : tuple of str
        Index imagings with a sensitivity, the main one first.
    shared : bool
        Whether they have one sensitivity in common.
    incidence, sensitivity : Design
        One row per study, and one per study and index imaging that it was read on.
    left_out : tuple of LeftOut
        What does not enter.
    """

    table: DetectionTable
    units: Units
    layout: Layout
    studies: tuple[tuple[int, ...], ...]
    owner: Rows
    indexes: tuple[str, ...]
    shared: bool
    incidence: Design
    sensitivity: Design
    left_out: tuple[LeftOut, ...]

    def kinds_of(self, study: int) -> tuple[RowKind, ...]:
        """Return the different kinds of rows of a study."""
        return tuple(dict.fromkeys(self.table.kind[row] for row in self.studies[study]))


def assemble(table: DetectionTable, assumed: Assumptions) -> Assembly:
    """Return the arrays of a table.

    Raises
    ------
    UndefinedError
        When nothing identifies the incidence, or nothing tells what the index misses.
    TableError
        As :func:`metaleak.pooling.detection.studies.integrals` raises it, or when moderators differ within a
        study.
    """
    indexes, beside = _indexes(table, assumed)
    kept, left_out = _kept(table, indexes, beside, assumed)
    complete, designs, missing = _complete(table, kept, indexes, assumed)
    part = table.take(complete)
    _require_identified(part, indexes, assumed)
    studies = _studies(part)
    found, constant = [], 0.0
    for number, rows in enumerate(studies):
        parts, own = integrals(part, rows, indexes or ("",), assumed)
        found += [(number, integral) for integral in parts]
        constant += own
    incidence, sensitivity = designs
    places = _places(part, studies, indexes)
    units = _units(found, incidence.x, (sensitivity.x, places), assumed, constant)
    has_share = bool((units.share != 0).any())
    return Assembly(
        table=part,
        units=units,
        layout=Layout(incidence.x.shape[1], sensitivity.x.shape[1], has_share),
        studies=studies,
        owner=np.array([number for number, integral in found for _ in integral.alternatives], dtype=np.intp),
        indexes=indexes,
        shared=assumed.indexes == "shared",
        incidence=incidence,
        sensitivity=sensitivity,
        left_out=(*left_out, *missing),
    )


def _indexes(table: DetectionTable, assumed: Assumptions) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return index imagings that enter, the main one first, and those that do not."""
    informative: dict[str, set[str]] = {}
    for row in table.rows_of(*_COMPARES, RowKind.INDEX):
        informative.setdefault(table.index_modality[row], set()).add(table.study[row])
    names = sorted(informative, key=lambda name: (name != _MAIN, -len(informative[name]), name))
    if assumed.indexes != "auto":
        return tuple(names), ()
    enters = [name for i, name in enumerate(names) if i == 0 or len(informative[name]) >= FEW_STUDIES]
    return tuple(enters), tuple(name for name in names if name not in enters)


def _kept(
    table: DetectionTable, indexes: Sequence[str], beside: Sequence[str], assumed: Assumptions
) -> tuple[list[int], list[LeftOut]]:
    """Return the rows that enter, and what is left out."""
    kept, left_out = [], []
    for row, kind in enumerate(table.kind):
        index, reason = table.index_modality[row], ""
        if kind is RowKind.UNREPORTED and assumed.unreported == "exclude":
            reason = "the imaging is not said"
        elif kind is RowKind.JOINT and assumed.joint == "exclude":
            reason = "one reading on CT and the index together sees more than either"
        elif kind in (*_COMPARES, RowKind.INDEX) and index in beside:
            reason = f"fewer than {FEW_STUDIES} studies inform the sensitivity of {index}"
        if reason:
            left_out.append(LeftOut(table.label[row], kind.value, reason))
        if not reason or kind in PAIRED:
            kept.append(row)
    return kept, left_out


def _complete(
    table: DetectionTable, kept: Sequence[int], indexes: Sequence[str], assumed: Assumptions
) -> tuple[list[int], tuple[Design, Design], list[LeftOut]]:
    """Return rows with all moderators, the designs of incidence and sensitivity, and rows without."""
    rows, missing = list(kept), []
    for formula in (assumed.moderators, assumed.detection_moderators):
        if formula is not None:
            _, complete = design_of(formula, table.take(rows))
            gone = sorted(set(range(len(rows))) - set(complete.tolist()))
            missing += [
                LeftOut(table.label[rows[i]], table.kind[rows[i]].value, "a moderator is missing")
                for i in gone
            ]
            rows = [rows[i] for i in complete]
    part = table.take(rows)
    studies = _studies(part)
    first = part.take([own[0] for own in studies])
    _require_constant(part, studies, assumed.moderators, first)
    incidence = (
        intercept(len(studies)) if assumed.moderators is None else design_of(assumed.moderators, first)[0]
    )
    return rows, (incidence, _sensitivity(part, studies, indexes, assumed)), missing


def _sensitivity(
    table: DetectionTable, studies: Sequence[Sequence[int]], indexes: Sequence[str], assumed: Assumptions
) -> Design:
    """Return one row per study and index imaging: an own mean for each imaging, then the moderators."""
    readings = [(rows[0], index) for rows in studies for index in indexes]
    names = ("sensitivity",) if assumed.indexes == "shared" or len(indexes) == 1 else tuple(indexes)
    x = np.array([[float(len(names) == 1 or index == name) for name in names] for _, index in readings])
    if assumed.detection_moderators is None:
        return Design(x, names)
    rows = [row for row, _ in readings]
    own = table.take(rows)
    coded, _ = design_of(assumed.detection_moderators, own)
    further = [j for j, name in enumerate(coded.names) if name != "intercept"]
    return Design(
        np.concatenate([x, coded.x[:, further]], axis=1),
        (*names, *(coded.names[j] for j in further)),
        coded.formula,
        coded.terms,
        coded.values,
        coded.notes,
    )


def _require_constant(
    table: DetectionTable, studies: Sequence[Sequence[int]], formula: str | None, first: DetectionTable
) -> None:
    """Refuse moderators that differ between rows that share one rate."""
    if formula is None:
        return
    design, _ = design_of(formula, table)
    for rows in studies:
        x = design.x[list(rows)]
        if (x != x[0]).any():
            raise TableError(
                "rows of one study share its rate, so that its moderators are the same in all of them",
                required="equal moderators",
                got=", ".join(table.label[row] for row in rows),
                where=f"study {table.study[rows[0]]}",
                todo="give arms that differ as studies of their own",
            )


def _require_identified(table: DetectionTable, indexes: Sequence[str], assumed: Assumptions) -> None:
    on_ct = [RowKind.CT, *PAIRED, *([RowKind.JOINT] if assumed.joint == "ct" else [])]
    has_ct = table.rows_of(*on_ct).size > 0
    kinds = ", ".join(sorted({kind.value for kind in table.kind})) or "no row"
    if not has_ct and not table.rows_of(RowKind.SENSITIVITY).size:
        raise UndefinedError(
            "nothing tells a low rate from a low sensitivity: no study was read on CT",
            required="a row read on CT, or a pair",
            got=f"rows of kind {kinds}",
        )
    if not indexes:
        raise UndefinedError(
            "no row was read on an index imaging: there is nothing to adjust",
            required="a pair, or a row read on the index",
            got=f"rows of kind {kinds}",
            todo="pool the CT counts with BinomialNormal",
        )


def _studies(table: DetectionTable) -> tuple[tuple[int, ...], ...]:
    rows: dict[str, list[int]] = {}
    for row, name in enumerate(table.study):
        rows.setdefault(name, []).append(row)
    return tuple(tuple(own) for own in rows.values())


def _places(
    table: DetectionTable, studies: Sequence[Sequence[int]], indexes: Sequence[str]
) -> dict[tuple[int, str], int]:
    """Return the row of the sensitivity design for each study and index imaging."""
    return {
        (i, index): i * len(indexes) + j for i, _ in enumerate(studies) for j, index in enumerate(indexes)
    }


def _units(
    found: Sequence[tuple[int, Integral]],
    x: Floats,
    sensitivity: tuple[Floats, dict[tuple[int, str], int]],
    assumed: Assumptions,
    constant: float,
) -> Units:
    w, places = sensitivity
    counts, owner, group, log_weights, share, own, first = [], [], [], [], [], [], []
    for number, (study, integral) in enumerate(found):
        # A weight that stands alone moves no parameter.
        lone = len(integral.alternatives) == 1 and integral.alternatives[0].share == 0
        constant += integral.alternatives[0].log_weight if lone else 0.0
        for alternative in integral.alternatives:
            counts.append(alternative.counts)
            owner.append(study)
            group.append(number)
            log_weights.append(0.0 if lone else alternative.log_weight)
            share.append(alternative.share)
            own.append(w[places[study, integral.index]] if integral.index else np.zeros(w.shape[1]))
            first.append(w[places[study, integral.first]] if integral.first else np.full(w.shape[1], np.nan))
    return Units(
        counts=np.array(counts, dtype=np.float64)[None],
        x=x[owner],
        w=np.array(own),
        group=np.array(group, dtype=np.intp),
        log_weights=np.array(log_weights)[None],
        share=np.array(share, dtype=np.float64),
        constant=np.array([constant]),
        first=np.array(first),
        imaging=assumed.imaging,
        correlation=assumed.correlation,
        twin_correlation=assumed.index_correlation,
    )
