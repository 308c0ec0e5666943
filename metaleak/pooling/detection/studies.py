"""From the rows of one study to the integrals of its likelihood."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from metaleak.effects.detection_table import PAIRED, DetectionTable, RowKind
from metaleak.errors import SettingError, TableError
from metaleak.numerics.detection.nodes import Seen
from metaleak.pooling.detection.alternatives import (
    ALONE,
    NOTHING,
    Alternative,
    Counts,
    added,
    choose,
    counts_of,
    on_either,
    product,
)
from metaleak.pooling.detection.settings import Assumptions


@dataclass(frozen=True, slots=True)
class Integral:
    """One integral over a study's own logits.

    ``index`` names the index imaging whose sensitivity enters, ``first`` that of the other one where two
    imagings saw the same leaks.
    """

    alternatives: tuple[Alternative, ...]
    index: str | None = None
    first: str | None = None


@dataclass(slots=True)
class _Study:
    """What the rows of one study add up to."""

    name: str
    ct: Counts = NOTHING
    constant: float = 0.0
    #: Per index: alternatives for the counts among CT positives.
    of_ct: dict[str, tuple[Alternative, ...]] = field(default_factory=dict)
    #: Per index: counts of the index alone.
    alone: dict[str, Counts] = field(default_factory=dict)
    #: Alternatives of rows whose imaging is not known.
    unknown: tuple[Alternative, ...] = ALONE


def integrals(
    table: DetectionTable, rows: Sequence[int], indexes: Sequence[str], assumed: Assumptions
) -> tuple[list[Integral], float]:
    """Return the integrals of one study and the part of its log-likelihood that no parameter moves.

    Parameters
    ----------
    table : DetectionTable
        Where the rows stand.
    rows : sequence of int
        The study's rows.
    indexes : sequence of str
        Index imagings that enter, the main one first; pairs with others count for their CT part alone.
    assumed : Assumptions
        What is declared.

    Raises
    ------
    TableError
        For counts that the declared specificity makes impossible, and for readings of one study that do not
        fit together; row or study is named.
    SettingError
        For a correlation where a study has two index imagings.
    """
    study = _Study(table.study[rows[0]])
    _add_ct(study, table, rows, assumed)
    for row in rows:
        kind, index = table.kind[row], table.index_modality[row]
        if index not in indexes:
            continue
        if kind is RowKind.INDEX:
            yes, no = _pair(table, "index", row)
            study.alone[index] = added(study.alone.get(index, NOTHING), counts_of(INDEX=yes, NOT_INDEX=no))
            study.constant += choose(yes, yes + no)
        elif kind in (*PAIRED, RowKind.SENSITIVITY):
            found = _of_ct(study, table, row, assumed)
            study.of_ct[index] = product(study.of_ct.get(index, ALONE), found)
    for name, share in (("unreported", assumed.unreported), ("joint", assumed.joint)):
        _add_unknown(study, table, rows, name, share)
    return _arranged(study, indexes[0], assumed), study.constant


def _add_ct(study: _Study, table: DetectionTable, rows: Sequence[int], assumed: Assumptions) -> None:
    """Add the CT counts: those of several index imagings on the same units once."""
    alone = [row for row in rows if table.kind[row] is RowKind.CT]
    paired: dict[str, list[int]] = {}
    for row in rows:
        if table.kind[row] in PAIRED:
            paired.setdefault(table.index_modality[row], []).append(row)
    listed = {index: sorted(_pair(table, "ct", row) for row in own) for index, own in paired.items()}
    for index, counts in listed.items():
        first = next(iter(listed))
        if counts != listed[first]:
            raise TableError(
                "two index imagings of one study need the same CT counts",
                required=f"those of {first}: {_told(listed[first])}",
                got=f"{index}: {_told(counts)}",
                where=f"study {study.name}",
                todo="give readings of different units as different studies",
            )
    _add(study, table, [*alone, *next(iter(paired.values()), [])], "ct")
    if assumed.joint == "ct":
        _add(study, table, [row for row in rows if table.kind[row] is RowKind.JOINT], "joint")


def _add(study: _Study, table: DetectionTable, rows: Sequence[int], name: str) -> None:
    for row in rows:
        yes, no = _pair(table, name, row)
        study.ct = added(study.ct, counts_of(CT=yes, NOT_CT=no))
        study.constant += choose(yes, yes + no)


def _add_unknown(
    study: _Study, table: DetectionTable, rows: Sequence[int], name: str, share: float | str
) -> None:
    """Add the counts of unknown imaging; rows of one study were all read on the same."""
    pairs = [_pair(table, name, row) for row in rows if not math.isnan(table.counts[name][row])]
    if not pairs or share in ("exclude", "ct"):
        return
    study.constant += sum(choose(yes, yes + no) for yes, no in pairs)
    yes, no = (sum(side) for side in zip(*pairs, strict=True))
    study.unknown = product(study.unknown, on_either(yes, no, share))


def _of_ct(study: _Study, table: DetectionTable, row: int, assumed: Assumptions) -> tuple[Alternative, ...]:
    """Return what the index showed among the CT positives, and outside them where that is possible."""
    kind, n = table.kind[row], float(table.ni[row])
    ct, index, both = (float(table.counts[name][row]) for name in ("ct", "index", "both"))
    if kind is RowKind.SENSITIVITY:
        ct = n
    if kind in (RowKind.OVERLAP, RowKind.SENSITIVITY):
        study.constant += choose(both, ct)
        return (Alternative(counts_of(INDEX_OF_CT=both, MISSED_OF_CT=ct - both)),)
    if not assumed.index_alone_is_possible:
        overlap = index if kind is RowKind.MARGINS else both
        _require_nested(table, row, index - (ct if kind is RowKind.MARGINS else both), n - ct)
        study.constant += choose(overlap, ct)
        return (Alternative(counts_of(INDEX_OF_CT=overlap, MISSED_OF_CT=ct - overlap)),)
    possible = [both] if kind is RowKind.TWO_BY_TWO else np.arange(max(0, ct + index - n), min(ct, index) + 1)
    return tuple(_split(ct, index, n, float(overlap), assumed) for overlap in possible)


def _split(ct: float, index: float, n: float, both: float, assumed: Assumptions) -> Alternative:
    """Return the counts of one overlap; extra positives of the index are errors, or leaks that CT missed."""
    alone, clean = index - both, n - ct - index + both
    weight = choose(both, ct) + choose(alone, n - ct)
    if assumed.misses_are_shared:
        # The two cells without a CT finding take the place of the CT negatives.
        cells = {"INDEX_WITHOUT_CT": alone, "NEITHER": clean, "NOT_CT": -(alone + clean)}
        return Alternative(counts_of(INDEX_OF_CT=both, MISSED_OF_CT=ct - both, **cells), weight)
    error = 1 - assumed.specificity
    chance = alone * math.log(error) + clean * math.log1p(-error)
    return Alternative(counts_of(INDEX_OF_CT=both, MISSED_OF_CT=ct - both), weight + chance)


def _arranged(study: _Study, main: str, assumed: Assumptions) -> list[Integral]:
    """Put counts that share a logit into one integral, and all others into integrals of their own."""
    names, tied = list(study.of_ct), _tied(study, main, assumed)
    _require_one_index(study, tied, assumed)
    if tied is not None:
        base = (Alternative(added(study.ct, study.alone.get(tied, NOTHING))),)
        both = product(base, study.of_ct.get(tied, ALONE))
        return [Integral(product(both, study.unknown), tied)]
    rate = product((Alternative(study.ct),), study.unknown)
    found = [Integral(rate)] if any(alternative.has(*Seen) for alternative in rate) else []
    if len(names) == 1:
        found.append(Integral(study.of_ct[names[0]], names[0]))
    elif names:
        first = [Alternative(_as_first(a.counts), a.log_weight) for a in study.of_ct[names[0]]]
        found.append(Integral(product(first, study.of_ct[names[1]]), names[1], names[0]))
    return found


def _tied(study: _Study, main: str, assumed: Assumptions) -> str | None:
    """Return the index whose sensitivity one integral holds together with the rate, if any."""
    if study.alone:
        return next(iter(study.alone))
    if any(alternative.has(Seen.INDEX, Seen.NOT_INDEX) for alternative in study.unknown):
        return next(iter(study.of_ct), main)
    cells = any(a.has(Seen.INDEX_WITHOUT_CT, Seen.NEITHER) for part in study.of_ct.values() for a in part)
    if study.of_ct and (cells or (assumed.correlation != 0 and any(study.ct))):
        return next(iter(study.of_ct))
    return None


def _require_one_index(study: _Study, tied: str | None, assumed: Assumptions) -> None:
    names = sorted({*study.of_ct, *study.alone, *([tied] if tied else [])})
    if len(names) <= 1 or (len(names) == 2 and tied is None):
        return
    if assumed.correlation != 0:
        raise SettingError(
            "correlation is not defined where a study has two index imagings",
            required="one index imaging per study, or correlation=0",
            got=f"study {study.name}: {', '.join(names)}",
        )
    raise TableError(
        "a study enters with one index imaging, or with two on the same CT positives",
        required="one index imaging in this study",
        got=", ".join(names),
        where=f"study {study.name}",
        todo="leave a reading out, or give it as a study of its own",
    )


def _require_nested(table: DetectionTable, row: int, alone: float, clean: float) -> None:
    """Refuse positives of the index without a leak on CT where its specificity is 1."""
    if alone > 0:
        raise TableError(
            f"{alone:g} of {clean:g} units without a leak on CT have one on the index: a specificity of 1 excludes it",
            required="specificity below 1",
            got="specificity=1",
            where=f"row {row + 1} ({table.label[row]})",
            todo=f"any specificity below 1 admits the row; the row itself shows {1 - alone / clean:.3g}",
        )


def _as_first(counts: Counts) -> Counts:
    """Move counts among CT positives to the places of the first of two logits."""
    return counts_of(CT=counts[Seen.INDEX_OF_CT], NOT_CT=counts[Seen.MISSED_OF_CT])


def _pair(table: DetectionTable, name: str, row: int) -> tuple[float, float]:
    yes = float(table.counts[name][row])
    return yes, float(table.ni[row]) - yes


def _told(pairs: Sequence[tuple[float, float]]) -> str:
    return ", ".join(f"{yes:g} of {yes + no:g}" for yes, no in pairs)
