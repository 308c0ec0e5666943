"""Typed tables of rows that hold no error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from metaleak.errors import SheetError
from metaleak.sheets.cells import CELLS, CellProblem, clean, typed
from metaleak.sheets.codebook import Codebook
from metaleak.sheets.problems import READING
from metaleak.sheets.reader import RawSheet

if TYPE_CHECKING:
    import pandas as pd

_DTYPES = {"count": "Int64", "year": "Int64", "number": "Float64", "share": "Float64", "flag": "boolean"}


def typed_frame(raw: RawSheet, codebook: Codebook) -> pd.DataFrame:
    """Return the rows of a sheet with typed columns, and ``sheet_row``, the row in the spreadsheet.

    Text, words and identifiers are strings ("" when empty), counts and years ``Int64``, numbers and
    shares ``Float64``, flags ``boolean``; an empty number is missing. A column that the sheet lacks is empty.

    Raises
    ------
    SheetError
        When the file or a cell has an error: rows are never left out.
    """
    import pandas as pd

    _refuse(raw)
    columns: dict[str, Any] = {}
    for column in raw.sheet.columns:
        values = [
            _value(
                raw, row.number, column.name, typed(column, clean(row.cells.get(column.name, "")), codebook)
            )
            for row in raw.rows
        ]
        dtype: Any = _DTYPES.get(column.kind)
        columns[column.name] = pd.array(values, dtype=dtype) if dtype else pd.Series(values, dtype="str")
    columns["sheet_row"] = pd.Series([row.number for row in raw.rows], dtype="int64")
    return pd.DataFrame(columns)


def _refuse(raw: RawSheet) -> None:
    errors = [problem for problem in raw.problems if READING[problem.rule].severity == "error"]
    if errors:
        first = errors[0]
        place = f"extraction/{raw.sheet.name}.csv" + (f", row {first.row}" if first.row else "")
        raise SheetError(first.text, where=place, todo=first.todo)


def _value(raw: RawSheet, row: int, column: str, value: Any) -> Any:
    if isinstance(value, CellProblem):
        place = f"extraction/{raw.sheet.name}.csv, row {row}, column {column}"
        raise SheetError(value.text, required=CELLS[value.rule].reason, where=place, todo=value.todo)
    return value
