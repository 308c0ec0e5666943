"""Study tables: the data of a synthesis, on no scale until a model's measure puts them on one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence, Sized
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from metaleak.errors import TableError

Floats = npt.NDArray[np.float64]

#: The columns that each kind of table holds.
COLUMNS = {
    "counts": ("xi", "ni"),
    "two_arms": ("ai", "n1i", "ci", "n2i"),
    "pairs": ("both", "only_reference", "only_index", "neither"),
    "effects": ("yi", "vi"),
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StudyTable:
    """One row per study (or arm), as read-only arrays.

    Make one with :meth:`from_counts`, :meth:`from_two_arms`, :meth:`from_pairs` or
    :meth:`from_effects`; these check every value and name the row that is wrong.

    Attributes
    ----------
    kind : str
        ``"counts"``, ``"two_arms"``, ``"pairs"`` or ``"effects"``.
    columns : mapping of str to array (k,)
        The numbers, named as in the literature (:data:`COLUMNS`).
    label, study : tuple of str
        What a row is called, and the study (cluster) that it belongs to; ``(study, label)`` is unique.
    moderators : mapping of str to tuple
        One value per row.
    measure : str or None
        The scale of ``yi`` for ``kind == "effects"``, else None.

    Examples
    --------
    >>> table = StudyTable.from_counts([35, 12], [56, 48], label=["a", "b"])
    >>> table.k, table.xi.tolist()
    (2, [35.0, 12.0])
    """

    kind: str
    columns: Mapping[str, Floats]
    label: tuple[str, ...]
    study: tuple[str, ...]
    moderators: Mapping[str, tuple[Any, ...]] = field(default_factory=lambda: MappingProxyType({}))
    measure: str | None = None

    def __getattr__(self, name: str) -> Floats:
        """Return a column of numbers by its name."""
        if name in object.__getattribute__(self, "columns"):
            column: Floats = self.columns[name]
            return column
        raise AttributeError(
            f"a table of {self.kind} has no column {name!r}; it has {', '.join(self.columns)}"
        )

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle plain values: tables go to other processes."""
        parts = (dict(self.columns), self.label, self.study, dict(self.moderators), self.measure)
        return _restored, (self.kind, *parts)

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
        words = repr((self.kind, self.measure, self.label, self.study, tuple(self.moderators.items())))
        state = hashlib.sha256(words.encode("utf-8"))
        for name, column in self.columns.items():
            state.update(name.encode("ascii"))
            state.update(column.astype("<f8").tobytes())
        return state.hexdigest()

    @classmethod
    def from_counts(
        cls,
        xi: Sequence[float],
        ni: Sequence[float],
        *,
        label: Sequence[str] | None = None,
        study: Sequence[str] | None = None,
        moderators: Mapping[str, Sequence[Any]] | None = None,
    ) -> StudyTable:
        """Make a table of events ``xi`` among ``ni``, whole numbers with 0 <= xi <= ni and ni >= 1.

        Raises
        ------
        TableError
            For an empty table, unequal lengths, or a row outside the ranges (the row is named).
        """
        table = cls._make("counts", {"xi": xi, "ni": ni}, label, study, moderators)
        table._require_whole()
        table._refuse((table.xi > table.ni) | (table.ni < 1), "0 <= xi <= ni and ni >= 1")
        return table

    @classmethod
    def from_two_arms(
        cls,
        ai: Sequence[float],
        n1i: Sequence[float],
        ci: Sequence[float],
        n2i: Sequence[float],
        *,
        label: Sequence[str] | None = None,
        study: Sequence[str] | None = None,
        moderators: Mapping[str, Sequence[Any]] | None = None,
    ) -> StudyTable:
        """Make a table of ``ai`` of ``n1i`` events in the first arm and ``ci`` of ``n2i`` in the second.

        Raises
        ------
        TableError
            For an empty table, unequal lengths, or a row outside the ranges (the row is named).
        """
        table = cls._make("two_arms", {"ai": ai, "n1i": n1i, "ci": ci, "n2i": n2i}, label, study, moderators)
        table._require_whole()
        wrong = (table.ai > table.n1i) | (table.ci > table.n2i) | (table.n1i < 1) | (table.n2i < 1)
        table._refuse(wrong, "0 <= ai <= n1i, 0 <= ci <= n2i, n1i >= 1 and n2i >= 1")
        return table

    @classmethod
    def from_pairs(
        cls,
        both: Sequence[float],
        only_reference: Sequence[float],
        only_index: Sequence[float],
        neither: Sequence[float],
        *,
        label: Sequence[str] | None = None,
        study: Sequence[str] | None = None,
        moderators: Mapping[str, Sequence[Any]] | None = None,
    ) -> StudyTable:
        """Make a table of two readings of the same units, four counts per row.

        Raises
        ------
        TableError
            For an empty table, unequal lengths, or a row without a single unit (the row is named).
        """
        counts = {
            "both": both,
            "only_reference": only_reference,
            "only_index": only_index,
            "neither": neither,
        }
        table = cls._make("pairs", counts, label, study, moderators)
        table._require_whole()
        table._refuse(np.sum(list(table.columns.values()), axis=0) < 1, "at least one unit in the four cells")
        return table

    @classmethod
    def from_effects(
        cls,
        yi: Sequence[float],
        vi: Sequence[float],
        *,
        measure: str,
        label: Sequence[str] | None = None,
        study: Sequence[str] | None = None,
        moderators: Mapping[str, Sequence[Any]] | None = None,
    ) -> StudyTable:
        """Make a table of effects ``yi`` with sampling variances ``vi`` > 0 on the scale ``measure``.

        Raises
        ------
        TableError
            For an empty table, unequal lengths, or a row outside the ranges (the row is named).
        """
        table = cls._make("effects", {"yi": yi, "vi": vi}, label, study, moderators, measure=measure)
        table._refuse(table.vi <= 0, "vi > 0")
        return table

    def take(self, rows: Sequence[int] | npt.NDArray[np.intp]) -> StudyTable:
        """Return the table of the given row numbers (from 0), in their order."""
        index = np.asarray(rows, dtype=np.intp)
        numbers = index.tolist()

        def taken(values: tuple[Any, ...]) -> tuple[Any, ...]:
            return tuple(map(values.__getitem__, numbers))

        return StudyTable(
            kind=self.kind,
            columns=MappingProxyType({name: _frozen(column[index]) for name, column in self.columns.items()}),
            label=taken(self.label),
            study=taken(self.study),
            moderators=MappingProxyType({name: taken(values) for name, values in self.moderators.items()}),
            measure=self.measure,
        )

    @classmethod
    def _make(
        cls,
        kind: str,
        columns: Mapping[str, Sequence[float]],
        label: Sequence[str] | None,
        study: Sequence[str] | None,
        moderators: Mapping[str, Sequence[Any]] | None,
        measure: str | None = None,
    ) -> StudyTable:
        arrays = {name: _numbers(name, values) for name, values in columns.items()}
        k = len(next(iter(arrays.values())))
        if k == 0:
            raise TableError("a study table needs at least one row", got="0 rows")
        labels = tuple(str(i + 1) for i in range(k)) if label is None else tuple(map(str, label))
        studies = labels if study is None else tuple(map(str, study))
        extra = {str(name): tuple(values) for name, values in (moderators or {}).items()}
        held: dict[str, Sized] = {**arrays, "label": labels, "study": studies, **extra}
        for name, values in held.items():
            if len(values) != k:
                raise TableError(f"column {name} has another length", required=f"{k} values", got=len(values))
        table = cls(
            kind=kind,
            columns=MappingProxyType(arrays),
            label=labels,
            study=studies,
            moderators=MappingProxyType(extra),
            measure=measure,
        )
        if len(set(zip(studies, labels, strict=True))) < k:
            seen: set[tuple[str, str]] = set()
            twice = next(p for p in zip(studies, labels, strict=True) if p in seen or seen.add(p))  # type: ignore[func-returns-value]
            raise TableError(
                "study and label name two rows", required="each pair once", got=" / ".join(twice)
            )
        return table

    def _require_whole(self) -> None:
        for name, column in self.columns.items():
            self._refuse((column < 0) | (column != np.floor(column)), f"{name} a whole number >= 0")

    def _refuse(self, wrong: npt.NDArray[np.bool_], required: str) -> None:
        if wrong.any():
            i = int(np.flatnonzero(wrong)[0])
            got = ", ".join(f"{name}={column[i]:g}" for name, column in self.columns.items())
            raise TableError(
                "a row lies outside its range",
                required=required,
                got=got,
                where=f"row {i + 1} ({self.label[i]})",
            )


def _numbers(name: str, values: Sequence[float]) -> Floats:
    try:
        array = np.array(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise TableError(f"column {name} holds something that is no number", got=str(error)) from None
    if array.ndim != 1:
        raise TableError(f"column {name} is no list of numbers", required="one dimension", got=array.ndim)
    if not np.isfinite(array).all():
        i = int(np.flatnonzero(~np.isfinite(array))[0])
        raise TableError(
            f"column {name} holds no number", required="finite numbers", got=values[i], where=f"row {i + 1}"
        )
    return _frozen(array)


def _restored(
    kind: str,
    columns: dict[str, Floats],
    label: tuple[str, ...],
    study: tuple[str, ...],
    moderators: dict[str, tuple[Any, ...]],
    measure: str | None,
) -> StudyTable:
    return StudyTable(
        kind=kind,
        columns=MappingProxyType({name: _frozen(column) for name, column in columns.items()}),
        label=label,
        study=study,
        moderators=MappingProxyType(moderators),
        measure=measure,
    )


def _frozen(array: Floats) -> Floats:
    array.setflags(write=False)
    return array
