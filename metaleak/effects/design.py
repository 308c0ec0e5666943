"""Design matrices: which coefficient each row of a table speaks for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from metaleak.effects.formula import Formula, parse_formula
from metaleak.errors import SettingError, TableError

if TYPE_CHECKING:
    from metaleak.effects.detection_table import DetectionTable
    from metaleak.effects.table import StudyTable

Floats = npt.NDArray[np.float64]

_LEVEL = re.compile(r"([A-Za-z_]\w*)\[(?:T\.)?(.*?)\](?=$|:)")
_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """A matrix ``x`` of shape (k, p) and the names of its columns.

    ``terms`` maps each term of the formula to its columns; ``values`` holds the moderators' values of the
    rows, from which new rows are coded in the same way; ``notes`` say what a reader has to know: reference
    levels, and rows that were left out.
    """

    x: Floats
    names: tuple[str, ...]
    formula: str | None = None
    terms: Mapping[str, tuple[int, ...]] = field(default_factory=lambda: _NOTHING)
    values: Mapping[str, tuple[Any, ...]] = field(default_factory=lambda: _NOTHING)
    notes: tuple[str, ...] = ()

    @property
    def is_intercept(self) -> bool:
        """Whether the design is one common mean."""
        return self.names == ("intercept",)


def intercept(k: int) -> Design:
    """Return the design of one common mean for ``k`` rows."""
    return Design(np.ones((k, 1)), ("intercept",))


def cell_means(groups: Sequence[str]) -> Design:
    """Return a design with one mean per group, the groups in order of first appearance."""
    names = tuple(dict.fromkeys(groups))
    x = np.array([[1.0 if group == name else 0.0 for name in names] for group in groups])
    return Design(x, names)


def design_of(moderators: str, table: StudyTable | DetectionTable) -> tuple[Design, npt.NDArray[np.intp]]:
    """Code a formula for the rows of a table.

    Parameters
    ----------
    moderators : str
        A formula, see :mod:`metaleak.effects.formula`. Words become 0/1 columns against a reference: the
        declared one, else the first in alphabetical order.
    table : StudyTable or DetectionTable
        Its moderators are the columns.

    Returns
    -------
    Design, array of int
        The design, and the numbers of the rows that have a value for every moderator.

    Raises
    ------
    SettingError
        For a formula outside the grammar, an unknown column or an unknown reference.
    TableError
        When no row is complete, or columns of the design cannot be told apart.

    Examples
    --------
    >>> from metaleak.effects.table import StudyTable
    >>> table = StudyTable.from_counts([3, 4, 5], [9, 9, 9], moderators={"modality": ["CT", "xray", "CT"]})
    >>> design, rows = design_of("~ modality", table)
    >>> design.names, design.x[:, 1].tolist()
    (('intercept', 'modality = xray'), [0.0, 1.0, 0.0])
    """
    formula = parse_formula(moderators, table.moderators)
    rows = np.array(
        [i for i in range(table.k) if not any(_missing(table.moderators[c][i]) for c in formula.columns)],
        dtype=np.intp,
    )
    if not rows.size:
        raise TableError(
            "no row has a value for every moderator", required=", ".join(formula.columns), got="0 rows"
        )
    values = {name: tuple(table.moderators[name][i] for i in rows) for name in formula.columns}
    x, names, terms, levels = _coded(formula, values, len(rows))
    notes = [f"reference: {name} = {words[0]}" for name, words in levels.items()]
    if rows.size < table.k:
        left = ", ".join(table.label[i] for i in sorted(set(range(table.k)) - set(rows.tolist())))
        notes.append(f"left out, a moderator is missing: {left}")
    _refuse_collinear(x, names)
    return Design(x, names, moderators, terms, MappingProxyType(values), tuple(notes)), rows


def encode(formula: str, values: Mapping[str, Sequence[Any]], at: Mapping[str, Sequence[Any]]) -> Floats:
    """Code new rows as the rows ``values`` were coded, array (m, p).

    Raises
    ------
    SettingError
        When a moderator is not given, or a word is none of the levels that were fitted.
    """
    parsed = parse_formula(formula, values)
    missing = [name for name in parsed.columns if name not in at]
    if missing:
        raise SettingError(
            "a moderator is not given", required=", ".join(parsed.columns), got=", ".join(at) or "nothing"
        )
    size = max((len(at[name]) for name in parsed.columns), default=1)
    k = max((len(column) for column in values.values()), default=1)
    spec = _matrix(parsed, _frame(parsed, values, k)).model_spec
    return np.asarray(spec.get_model_matrix(_frame(parsed, at, size, like=values)), dtype=np.float64)


def _coded(
    formula: Formula, values: Mapping[str, Sequence[Any]], k: int
) -> tuple[Floats, tuple[str, ...], Mapping[str, tuple[int, ...]], dict[str, tuple[str, ...]]]:
    matrix = _matrix(formula, _frame(formula, values, k))
    names = tuple(_readable(str(name)) for name in matrix.model_spec.column_names)
    terms = {
        str(term): tuple(range(part.start, part.stop))
        for term, part in matrix.model_spec.term_slices.items()
        if str(term) != "1"
    }
    levels = {
        name: _levels(formula, name, values[name])
        for name in formula.columns
        if _is_words(formula, name, values)
    }
    x = np.asarray(matrix, dtype=np.float64)
    return x, names, MappingProxyType(terms), levels


def _matrix(formula: Formula, frame: Any) -> Any:
    import formulaic

    return formulaic.model_matrix(f"~ {formula.text}", frame, ensure_full_rank=True)


def _frame(
    formula: Formula,
    values: Mapping[str, Sequence[Any]],
    k: int,
    *,
    like: Mapping[str, Sequence[Any]] | None = None,
) -> Any:
    import pandas as pd

    fitted = values if like is None else like
    columns: dict[str, Any] = {}
    for name in formula.columns:
        if _is_words(formula, name, fitted):
            levels = _levels(formula, name, fitted[name])
            words = [str(value) for value in values[name]]
            unknown = [word for word in words if word not in levels]
            if unknown:
                raise SettingError(
                    f"{name} has no such level", required="one of " + ", ".join(levels), got=unknown[0]
                )
            columns[name] = pd.Categorical(words, categories=list(levels))
        else:
            columns[name] = _numbers(formula, name, values[name])
    return pd.DataFrame(columns, index=range(k))


def _is_words(formula: Formula, name: str, values: Mapping[str, Sequence[Any]]) -> bool:
    if name in formula.words:
        return True
    return name not in formula.numeric and not all(_is_number(value) for value in values[name])


def _levels(formula: Formula, name: str, values: Sequence[Any]) -> tuple[str, ...]:
    words = sorted({str(value) for value in values})
    reference = formula.references.get(name, words[0])
    if reference not in words:
        raise SettingError(
            f"{name} has no level to be the reference", required="one of " + ", ".join(words), got=reference
        )
    return (reference, *(word for word in words if word != reference))


def _numbers(formula: Formula, name: str, values: Sequence[Any]) -> list[float]:
    for value in values:
        if not _is_number(value) or (name in formula.positive and value <= 0):
            wanted = "numbers above 0" if name in formula.positive else "numbers"
            raise SettingError(f"the formula needs {name} as {wanted}", required=wanted, got=value)
    return [float(value) for value in values]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)


def _missing(value: Any) -> bool:
    return value is None or value == "" or (isinstance(value, float) and np.isnan(value))


def _readable(name: str) -> str:
    return "intercept" if name == "Intercept" else _LEVEL.sub(r"\1 = \2", name).replace(":", " : ")


def _refuse_collinear(x: Floats, names: tuple[str, ...]) -> None:
    empty = [name for name, column in zip(names, x.T, strict=True) if not column.any()]
    if empty:
        raise TableError(
            "no row stands behind a coefficient", required="a row for every cell", got=", ".join(empty)
        )
    if x.shape[1] > x.shape[0]:
        raise TableError(
            "there are more coefficients than rows", required=f"at least {x.shape[1]} rows", got=x.shape[0]
        )
    scaled = x / np.sqrt((x * x).sum(axis=0))
    kept: list[int] = []
    for j in range(x.shape[1]):
        if np.linalg.matrix_rank(scaled[:, [*kept, j]], tol=1e-9) <= len(kept):
            others = ", ".join(names[i] for i in kept)
            raise TableError(
                "the moderators cannot be told apart: one column follows from the others",
                required="moderators that vary on their own",
                got=f"{names[j]} follows from {others}",
                todo="leave one of them out",
            )
        kept.append(j)
