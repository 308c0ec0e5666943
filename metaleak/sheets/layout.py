"""Which cell belongs to which column, and what is wrong with the grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from metaleak.sheets.codebook import nearest
from metaleak.sheets.columns import Sheet
from metaleak.sheets.problems import ReadProblem
from metaleak.storage.dialect import SPACES, Record, column_letter, is_conflict


@dataclass(frozen=True, slots=True)
class Layout:
    """Column name -> place in the row, the width of the header, and its problems."""

    places: Mapping[str, int]
    width: int
    problems: tuple[ReadProblem, ...]


def header_layout(header: Record, below: Sequence[Record], sheet: Sheet) -> Layout:
    """Tell where each column stands; unknown columns are kept under their own name."""
    places: dict[str, int] = {}
    problems: list[ReadProblem] = []
    for at, cell in enumerate(header.cells):
        name = cell.strip(SPACES)
        if not name:
            problems += _nameless(header, below, at)
        elif name in places:
            problems.append(_twice(header.number, name, places[name], at))
        else:
            places[name] = at
            problems += _untidy(header.number, cell, name, sheet)
    if header.broken:
        problems.append(_broken(header))
    problems += _missing(header.number, places, sheet)
    return Layout(places, len(header.cells), tuple(problems))


def row_problems(
    below: Sequence[Record], layout: Layout, sheet: Sheet
) -> tuple[list[tuple[Record, bool]], list[ReadProblem]]:
    """Return the rows that hold something, each with whether it is broken, and the problems."""
    rows: list[tuple[Record, bool]] = []
    problems: list[ReadProblem] = []
    blanks: list[int] = []
    trailing: list[int] = []
    for record in below:
        if record.is_blank and not record.broken:
            blanks.append(record.number)
            continue
        problem = _wrong_grid(record, layout)
        if problem is None and len(record.cells) > layout.width:
            trailing.append(record.number)
        if problem is not None:
            problems.append(problem)
        rows.append((record, problem is not None))
    problems += _blank_rows(blanks) + _trailing(trailing)
    if not rows and not sheet.may_be_empty:
        problems.append(_no_rows())
    return rows, problems


def _wrong_grid(record: Record, layout: Layout) -> ReadProblem | None:
    if is_conflict(record):
        return ReadProblem(
            rule="R12",
            row=record.number,
            value=record.cells[0],
            text="a merge is not finished: this line is a mark between two versions",
            todo="keep one version of the rows around it and delete the marks",
        )
    if record.broken:
        return _broken(record)
    have = len(record.cells)
    extra = [cell for cell in record.cells[layout.width :] if cell.strip(SPACES)]
    if have >= layout.width and not extra:
        return None
    return ReadProblem(
        rule="R11",
        row=record.number,
        value=extra[0][:80] if extra else record.cells[-1][:80],
        text=f"the row has {have} cells, the header has {layout.width}",
        todo="look for a delimiter too many or too few, or a cell with a comma that needs quotes",
    )


def _broken(record: Record) -> ReadProblem:
    return ReadProblem(
        rule="R10",
        row=record.number,
        value=",".join(record.cells)[:80],
        text=record.broken,
        todo='put the whole cell in quotes and write a quote inside it twice ("")',
    )


def _nameless(header: Record, below: Sequence[Record], at: int) -> list[ReadProblem]:
    letter = column_letter(at)
    held = [r for r in below if not r.broken and at < len(r.cells) and r.cells[at].strip(SPACES)]
    if held:
        return [
            ReadProblem(
                rule="R16",
                row=held[0].number,
                value=held[0].cells[at][:80],
                text=f"column {letter} has no name and holds {len(held)} value{'' if len(held) == 1 else 's'}",
                todo="name the column, or delete it",
            )
        ]
    return [
        ReadProblem(rule="R14", row=header.number, text=f"column {letter} is blank", todo="delete the column")
    ]


def _twice(row: int, name: str, first: int, second: int) -> ReadProblem:
    return ReadProblem(
        rule="R07",
        row=row,
        column=name,
        value=name,
        text=f"columns {column_letter(first)} and {column_letter(second)} have the same name",
        todo="rename or delete one of them",
    )


def _untidy(row: int, cell: str, name: str, sheet: Sheet) -> list[ReadProblem]:
    problems = []
    if cell != name:
        problems.append(
            ReadProblem(
                rule="R15",
                row=row,
                column=name,
                value=cell,
                text="spaces stand around the name",
                todo="delete them",
            )
        )
    if name not in sheet.names:
        problems.append(
            ReadProblem(
                rule="R09",
                row=row,
                column=name,
                value=name,
                text=f"the format has no column of this name{nearest(name, sheet.names)}; it is not read",
                todo=f"columns of {sheet.name}: {', '.join(sheet.names)}",
            )
        )
    return problems


def _missing(row: int, places: Mapping[str, int], sheet: Sheet) -> list[ReadProblem]:
    unknown = tuple(name for name in places if name not in sheet.names)
    return [
        ReadProblem(
            rule="R08",
            row=row,
            column=name,
            text=f"the column is missing{nearest(name, unknown)}",
            todo="add the column to the header, or write its name as it stands here",
        )
        for name in sheet.names
        if name not in places and not sheet.column(name).may_be_missing
    ]


def _blank_rows(numbers: Sequence[int]) -> list[ReadProblem]:
    if not numbers:
        return []
    text = "the row is blank" if len(numbers) == 1 else f"{len(numbers)} rows are blank, this one first"
    return [ReadProblem(rule="R13", row=numbers[0], text=text, todo="delete blank rows")]


def _trailing(numbers: Sequence[int]) -> list[ReadProblem]:
    if not numbers:
        return []
    which = "the row ends" if len(numbers) == 1 else f"{len(numbers)} rows end, this one first,"
    text = f"{which} in empty cells behind the last column"
    return [ReadProblem(rule="R14", row=numbers[0], text=text, todo="delete the empty cells")]


def _no_rows() -> ReadProblem:
    return ReadProblem(rule="R05", row=None, text="the sheet holds no row below its header", todo="add a row")
