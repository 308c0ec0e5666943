"""Tables of leaks by the imaging that looked for them: CT, an index imaging, both, or not said."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence, Sized
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from metaleak.errors import TableError
from metaleak.vocab import Word

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

#: The counts of a row, all of ``ni``.
COUNTS = ("ct", "index", "both", "unreported", "joint")


class RowKind(Word):
    """What a row was read on; it follows from the counts that are filled."""

    CT = "ct", "read on CT alone"
    INDEX = "index", "read on the index imaging alone"
    MARGINS = "margins", "read on CT and on the index, each total printed, the overlap not"
    TWO_BY_TWO = "two-by-two", "read on CT and on the index, with the overlap"
    OVERLAP = (
        "overlap",
        "read on CT, with the CT positives that the index showed; the index total is not printed",
    )
    SENSITIVITY = "sensitivity", "CT-visible leaks, and how many of them the index showed"
    UNREPORTED = "unreported", "the imaging is not said"
    JOINT = "joint", "one reading on CT and the index together"


_INCIDENCE = {
    frozenset({"ct"}): RowKind.CT,
    frozenset({"index"}): RowKind.INDEX,
    frozenset({"ct", "index"}): RowKind.MARGINS,
    frozenset({"ct", "index", "both"}): RowKind.TWO_BY_TWO,
    frozenset({"ct", "both"}): RowKind.OVERLAP,
    frozenset({"unreported"}): RowKind.UNREPORTED,
    frozenset({"joint"}): RowKind.JOINT,
}
_SENSITIVITY = {frozenset({"both"}): RowKind.SENSITIVITY}

#: The kinds that compare both imagings on the same units.
PAIRED = (RowKind.MARGINS, RowKind.TWO_BY_TWO, RowKind.OVERLAP)

_INFORMS = ("incidence", "sensitivity")
_VERIFICATION = ("all", "selected", "unclear")


#: The columns of words that every table has.
_WORDS = ("kind", "index_modality", "verification", "label", "study")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DetectionTable:
    """One row per study (or arm) with what CT and an index imaging showed, as read-only arrays.

    Make one with :meth:`from_counts`, which checks every value and names the row that is wrong.

    Attributes
    ----------
    ni : array (k,)
        Units looked at; CT-visible leaks in rows of kind ``sensitivity``.
    counts : mapping of str to array (k,)
        ``ct``, ``index``, ``both``, ``unreported``, ``joint``: counts of ``ni``, NaN where not read or not
        printed.
    kind : tuple of RowKind
        What each row was read on.
    index_modality : tuple of str
        The index imaging of each row.
    verification : tuple of str
        Whether CT was made in all units, in selected ones, or this is unclear.
    label, study : tuple of str
        What a row is called, and the study that it belongs to; rows of one study share its own logits.
    moderators : mapping of str to tuple
        One value per row.

    Examples
    --------
    >>> nan = float("nan")
    >>> table = DetectionTable.from_counts(
    ...     [80, 102, 148], ct=[44, nan, 56], index=[nan, 7, 37], label=["a", "b", "c"]
    ... )
    >>> [str(kind) for kind in table.kind]
    ['ct', 'index', 'margins']
    """

    ni: Floats
    counts: Mapping[str, Floats]
    kind: tuple[RowKind, ...]
    index_modality: tuple[str, ...]
    verification: tuple[str, ...]
    label: tuple[str, ...]
    study: tuple[str, ...]
    moderators: Mapping[str, tuple[Any, ...]] = field(default_factory=lambda: MappingProxyType({}))

    @classmethod
    def from_counts(
        cls,
        ni: Sequence[float],
        *,
        ct: Sequence[float] | None = None,
        index: Sequence[float] | None = None,
        both: Sequence[float] | None = None,
        unreported: Sequence[float] | None = None,
        joint: Sequence[float] | None = None,
        index_modality: str | Sequence[str] = "xray",
        informs: str | Sequence[str] = "incidence",
        verification: str | Sequence[str] = "all",
        label: Sequence[str] | None = None,
        study: Sequence[str] | None = None,
        moderators: Mapping[str, Sequence[Any]] | None = None,
    ) -> DetectionTable:
        """Make a table of leaks among ``ni`` units; NaN (or None) stands where an imaging was not read.

        Parameters
        ----------
        ni : sequence of k whole numbers >= 1
            Units looked at. In rows that inform the sensitivity: leaks that CT shows.
        ct, index : sequences of k whole numbers or NaN
            Units with a leak on CT, and on the index imaging.
        both : sequence
            Units with a leak on CT that the index imaging shows too.
        unreported : sequence
            Units with a leak where the imaging is not said.
        joint : sequence
            Units with a leak on a reading of CT and index imaging together.
        index_modality : str, or one per row
            What the index imaging is: ``"xray"``, ``"fluoroscopy"``, ...
        informs : {"incidence", "sensitivity"}, or one per row
            Rows that inform the sensitivity hold only ``both`` and never enter the incidence.
        verification : {"all", "selected", "unclear"}, or one per row
            In which of the units CT was made.
        label : sequence of str, optional
            "1" .. "k" when left out; ``(study, label)`` is unique.
        study : sequence of str, optional
            Rows of one study share its rate; those that also share the index share its sensitivity. The labels
            when left out.
        moderators : mapping of str to sequence, optional
            One value per row.

        Raises
        ------
        TableError
            For an empty table, unequal lengths, counts outside their range, or a pattern of counts that is no
            kind of row (the row is named).
        """
        given = {"ct": ct, "index": index, "both": both, "unreported": unreported, "joint": joint}
        units = _numbers("ni", ni)
        k = len(units)
        if k == 0:
            raise TableError("a detection table needs at least one row", got="0 rows")
        counts = {
            name: np.full(k, np.nan) if values is None else _numbers(name, values)
            for name, values in given.items()
        }
        labels = tuple(str(i + 1) for i in range(k)) if label is None else tuple(map(str, label))
        words = {
            "index_modality": _per_row(index_modality, k),
            "informs": _per_row(informs, k),
            "verification": _per_row(verification, k),
        }
        studies = labels if study is None else tuple(map(str, study))
        extra = {str(name): tuple(values) for name, values in (moderators or {}).items()}
        held: dict[str, Sized] = {**counts, **words, "label": labels, "study": studies, **extra}
        for name, values in held.items():
            if len(values) != k:
                raise TableError(f"column {name} has another length", required=f"{k} values", got=len(values))
        places = [f"row {i + 1} ({name})" for i, name in enumerate(labels)]
        _require_words(words, places)
        _require_unique(studies, labels)
        kinds = tuple(_kind(counts, i, words["informs"][i], places[i]) for i in range(k))
        _require_ranges(units, counts, places)
        for array in (units, *counts.values()):
            array.setflags(write=False)
        return cls(
            ni=units,
            counts=MappingProxyType(counts),
            kind=kinds,
            index_modality=words["index_modality"],
            verification=words["verification"],
            label=labels,
            study=studies,
            moderators=MappingProxyType(extra),
        )

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle plain values: tables go to other processes."""
        words = {name: getattr(self, name) for name in _WORDS}
        return _restored, (self.ni, dict(self.counts), words, dict(self.moderators))

    @property
    def k(self) -> int:
        """The number of rows."""
        return len(self.label)

    @property
    def k_studies(self) -> int:
        """The number of different studies."""
        return len(set(self.study))

    @property
    def digest(self) -> str:
        """SHA-256 of everything in the table: equal digests, equal tables."""
        words = (self.kind, self.index_modality, self.verification, self.label, self.study)
        state = hashlib.sha256(repr((words, tuple(self.moderators.items()))).encode("utf-8"))
        for name, column in {"ni": self.ni, **self.counts}.items():
            state.update(name.encode("ascii"))
            state.update(column.astype("<f8").tobytes())
        return state.hexdigest()

    def rows_of(self, *kinds: RowKind) -> npt.NDArray[np.intp]:
        """Return the numbers of the rows of the given kinds."""
        return np.array([i for i, kind in enumerate(self.kind) if kind in kinds], dtype=np.intp)

    def take(self, rows: Sequence[int] | npt.NDArray[np.intp]) -> DetectionTable:
        """Return the table of the given row numbers (from 0), in their order."""
        index = np.asarray(rows, dtype=np.intp)
        picked = {name: _frozen(column[index]) for name, column in self.counts.items()}
        words = {name: tuple(getattr(self, name)[i] for i in index) for name in _WORDS}
        return DetectionTable(
            ni=_frozen(self.ni[index]),
            counts=MappingProxyType(picked),
            moderators=MappingProxyType({n: tuple(v[i] for i in index) for n, v in self.moderators.items()}),
            **words,
        )

    def overlap_bounds(self) -> tuple[Floats, Floats]:
        """Return the least and most CT positives that the index can have shown, arrays (k,); NaN without a pair.

        Notes
        -----
        ``max(0, ct + index - ni)`` and ``min(ct, index)`` where only the margins are printed; the overlap
        itself where it is printed.
        """
        ct, index, both = (self.counts[name] for name in ("ct", "index", "both"))
        low = np.where(np.isfinite(both), both, np.maximum(0, ct + index - self.ni))
        return low, np.where(np.isfinite(both), both, np.minimum(ct, index))


def _kind(counts: Mapping[str, Floats], i: int, informs: str, place: str) -> RowKind:
    filled = frozenset(name for name in COUNTS if np.isfinite(counts[name][i]))
    kinds = _INCIDENCE if informs == "incidence" else _SENSITIVITY
    if filled not in kinds:
        allowed = ", or ".join(" + ".join(name for name in COUNTS if name in pattern) for pattern in kinds)
        got = " + ".join(name for name in COUNTS if name in filled) or "no count"
        raise TableError(
            f"these counts make no kind of row that informs the {informs}",
            required=allowed,
            got=got,
            where=place,
        )
    return kinds[filled]


def _require_ranges(units: Floats, counts: Mapping[str, Floats], places: Sequence[str]) -> None:
    held = {"ni": units, **counts}
    ct, index, both = counts["ct"], counts["index"], counts["both"]
    with np.errstate(invalid="ignore"):
        checks: list[tuple[str, Bools]] = [("ni >= 1", ~(units >= 1))]
        checks += [
            (f"{name} a whole number >= 0", (c < 0) | (c != np.floor(c)) & ~np.isnan(c))
            for name, c in held.items()
        ]
        checks += [(f"{name} <= ni", c > units) for name, c in counts.items()]
        checks += [("both <= ct", both > ct), ("both <= index", both > index)]
        checks += [("ct + index - both <= ni", ct + index - both > units)]
    for required, wrong in checks:
        if wrong.any():
            i = int(np.flatnonzero(wrong)[0])
            got = ", ".join(
                f"{name}={column[i]:g}" for name, column in held.items() if np.isfinite(column[i])
            )
            raise TableError("a row lies outside its range", required=required, got=got, where=places[i])


def _require_words(words: Mapping[str, tuple[str, ...]], places: Sequence[str]) -> None:
    for name, allowed in (("informs", _INFORMS), ("verification", _VERIFICATION)):
        for word, place in zip(words[name], places, strict=True):
            if word not in allowed:
                raise TableError(
                    f"{name} is not a known word", required=" or ".join(allowed), got=word, where=place
                )


def _require_unique(studies: Sequence[str], labels: Sequence[str]) -> None:
    seen: set[tuple[str, str]] = set()
    for pair in zip(studies, labels, strict=True):
        if pair in seen:
            raise TableError("study and label name two rows", required="each pair once", got=" / ".join(pair))
        seen.add(pair)


def _per_row(words: str | Sequence[str], k: int) -> tuple[str, ...]:
    return (words,) * k if isinstance(words, str) else tuple(map(str, words))


def _restored(
    ni: Floats, counts: dict[str, Floats], words: dict[str, Any], moderators: dict[str, tuple[Any, ...]]
) -> DetectionTable:
    return DetectionTable(
        ni=_frozen(ni),
        counts=MappingProxyType({name: _frozen(column) for name, column in counts.items()}),
        moderators=MappingProxyType(moderators),
        **words,
    )


def _numbers(name: str, values: Sequence[float]) -> Floats:
    try:
        array = np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise TableError(f"column {name} holds something that is no number", got=str(error)) from None
    if array.ndim != 1 or np.isinf(array).any():
        raise TableError(
            f"column {name} is no list of numbers",
            required="one dimension, finite or NaN",
            got=array.tolist(),
        )
    return array


def _frozen(array: Floats) -> Floats:
    array.setflags(write=False)
    return array
