"""``metaleak add``: a new study, with what is known filled in and its rows of counts opened."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from metaleak.errors import SheetError, UsageError
from metaleak.numbers import ranges
from metaleak.sheets.cells import CellProblem, clean, typed
from metaleak.sheets.codebook import CODEBOOK, Codebook, nearest, read_codebook
from metaleak.sheets.columns import LEAKS, SHEETS, STUDIES, Sheet
from metaleak.sheets.problems import READING
from metaleak.sheets.reader import RawSheet, read_sheet
from metaleak.sheets.writer import append_rows
from metaleak.storage.dialect import SPACES
from metaleak.storage.lock import review_lock
from metaleak.workflow.identify import Identifier, identify

Row = dict[str, str]

#: Columns of studies.csv that no two studies share.
_OWN = ("study_id", "pmid", "pmcid", "doi")

#: More rows than this at once are a slip of the keyboard.
_MAX_ROWS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """What was written.

    Attributes
    ----------
    study : mapping or None
        The new row of ``studies.csv``; None when the study was there and only its rows were opened.
    rows : tuple of mappings
        The new rows of ``leaks.csv``.
    open_words : mapping of str to mapping
        Columns of words that are still empty -> word -> its sentence.
    notices : tuple of str
        What the person should know, such as figures of the same record that were left out before.
    """

    study_id: str
    study: Mapping[str, str] | None
    rows: tuple[Mapping[str, str], ...]
    open_words: Mapping[str, Mapping[str, str]]
    notices: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """Return plain values for scripts."""
        return {
            "study_id": self.study_id,
            "study": None if self.study is None else dict(self.study),
            "rows": [dict(row) for row in self.rows],
            "open_words": {column: dict(words) for column, words in self.open_words.items()},
            "notices": list(self.notices),
        }

    def lines(self) -> list[str]:
        """Return what a person reads: what was written and which words may fill the rest."""
        lines = []
        if self.study is not None:
            lines += [f"extraction/studies.csv: {_told(self.study)}"]
        lines += [f"extraction/leaks.csv: {_told(row)}" for row in self.rows]
        lines += [f"note: {notice}" for notice in self.notices]
        if self.open_words:
            lines += ["", "Still empty, with the words that may stand there:"]
        for column, words in self.open_words.items():
            lines += [f"  {column}", *(f"      {word:<14}  {sentence}" for word, sentence in words.items())]
        return [*lines, "", "Fill the rows in a spreadsheet program or an editor, then: metaleak check"]


def add_study(root: Path, study: str, values: Sequence[str] = ()) -> Added:
    """Add a study to the review in ``root`` and open its rows in ``leaks.csv``.

    Parameters
    ----------
    root : Path
        The folder that holds ``metaleak.toml``.
    study : str
        A PubMed number, a DOI, a link to one of them, or a key.
    values : sequence of str
        ``column=value`` pairs. A column that both sheets have fills both; a column of ``leaks.csv`` that
        is given several times opens one row for each value.

    Raises
    ------
    UsageError
        When the study is there already, or a column or a value is not known.
    SheetError
        When a sheet cannot be extended because its file has errors.
    LockedError, StorageError
        When another process is writing, or the disk refuses.
    """
    who = identify(study)
    codebook = read_codebook(root / CODEBOOK)
    given = _given(values, codebook)
    with review_lock(root):
        studies = _read(root, STUDIES)
        known = _known_row(studies, who, given)
        study_id = known["study_id"] if known else given.get("study_id", [who.key])[0]
        leaks = _read(root, LEAKS)
        _refuse_second(known, study_id, leaks)
        row = None if known else _study_row(who, study_id, given)
        rows = _leak_rows(study_id, given, codebook, columns=_columns(leaks, given))
        # The study first: a cut between the two leaves a study without rows, which this command completes.
        if row is not None:
            append_rows(_path(root, STUDIES), STUDIES, [row])
        append_rows(_path(root, LEAKS), LEAKS, rows)
        notices = _left_out_before(_read(root, SHEETS["dropped"]), who)
    written = ([] if row is None else [(STUDIES, row)]) + [(LEAKS, each) for each in rows]
    return Added(
        study_id=study_id,
        study=row,
        rows=tuple(rows),
        open_words=_open_words(written, codebook),
        notices=notices,
    )


def _path(root: Path, sheet: Sheet) -> Path:
    return root / "extraction" / f"{sheet.name}.csv"


def _read(root: Path, sheet: Sheet) -> RawSheet:
    raw = read_sheet(_path(root, sheet), sheet)
    errors = [problem for problem in raw.problems if READING[problem.rule].severity == "error"]
    if errors:
        place = f"extraction/{sheet.name}.csv" + (f", row {errors[0].row}" if errors[0].row else "")
        raise SheetError(f"no row can be added: {errors[0].text}", where=place, todo=errors[0].todo)
    return raw


def _given(values: Sequence[str], codebook: Codebook) -> dict[str, list[str]]:
    names = tuple(dict.fromkeys(STUDIES.names + LEAKS.names))
    given: dict[str, list[str]] = {}
    for item in values:
        name, equals, value = item.partition("=")
        name = name.strip()
        if not equals or name not in names:
            raise UsageError(
                f"{item!r} sets no column{nearest(name, names)}",
                required="COLUMN=VALUE, with a column of studies.csv or leaks.csv: " + ", ".join(names),
            )
        for sheet in (STUDIES, LEAKS):
            if name in sheet.names:
                _refuse_wrong(sheet, name, value, codebook)
        if value not in given.setdefault(name, []):
            given[name].append(value)
    several = [name for name, held in given.items() if len(held) > 1 and name not in LEAKS.names]
    if several or len(given.get("study_id", ())) > 1:
        raise UsageError(
            f"a study has one {(several or ['study_id'])[0]}",
            got=", ".join(given[(several or ["study_id"])[0]]),
        )
    return given


def _refuse_wrong(sheet: Sheet, name: str, value: str, codebook: Codebook) -> None:
    if "\n" in value or "\r" in value or "\x00" in value:
        raise UsageError(f"the value of {name} has more than one line", got=value[:80])
    problem = typed(sheet.column(name), clean(value), codebook)
    if isinstance(problem, CellProblem):
        raise UsageError(f"{name}: {problem.text}", todo=problem.todo)


def _known_row(
    studies: RawSheet, who: Identifier, given: Mapping[str, Sequence[str]]
) -> Mapping[str, str] | None:
    names = {column: values[0] for column, values in given.items() if column in _OWN}
    names[who.column] = who.value
    names.setdefault("study_id", who.key)
    for row in studies.rows:
        for column, value in names.items():
            if value and clean(row.cells[column]).casefold() == value.casefold():
                return {**row.cells, "study_id": clean(row.cells["study_id"]), "row": str(row.number)}
    return None


def _refuse_second(known: Mapping[str, str] | None, study_id: str, leaks: RawSheet) -> None:
    rows = [row.number for row in leaks.rows if clean(row.cells["study_id"]) == study_id]
    if known is not None and rows:
        raise UsageError(
            f"the study is there already: {study_id}, {known['label'] or 'without a label'}",
            where=f"extraction/studies.csv, row {known['row']}; extraction/leaks.csv, rows {ranges(rows)}",
            todo="add further counts as rows of leaks.csv under the same study_id",
        )


def _study_row(who: Identifier, study_id: str, given: Mapping[str, Sequence[str]]) -> Row:
    row = dict.fromkeys(STUDIES.names, "")
    row |= {column: values[0] for column, values in given.items() if column in row}
    row |= {who.column: who.value, "study_id": study_id}
    row["url"] = row["url"] or who.url
    row["label"] = (
        row["label"] or " ".join(part for part in (row["first_author"], row["year"]) if part) or study_id
    )
    return row


def _columns(leaks: RawSheet, given: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the columns of ``leaks.csv`` that the file has; a value for one that it lacks is refused."""
    there = {cell.strip(SPACES) for cell in leaks.header}
    lacking = [name for name in given if name in LEAKS.names and name not in there]
    if lacking:
        raise SheetError(
            f"the sheet lacks the column {lacking[0]}",
            where="extraction/leaks.csv",
            todo="add it to the header, then run again",
        )
    return [name for name in LEAKS.names if name in there]


def _leak_rows(
    study_id: str, given: Mapping[str, Sequence[str]], codebook: Codebook, *, columns: Sequence[str]
) -> list[Row]:
    declared = codebook.declared
    start = {
        "study_id": [study_id],
        "arm": [declared.all_arms],
        "leak_site": [declared.any_site],
        "symptomatic": [declared.any_symptom],
        "derived": ["0"],
    }
    known: dict[str, Iterable[str]] = {
        **start,
        **{c: v for c, v in given.items() if c in LEAKS.names and c != "study_id"},
    }
    rows = [
        {**dict.fromkeys(columns, ""), **dict(zip(known, cells, strict=True))}
        for cells in itertools.product(*known.values())
    ]
    if len(rows) > _MAX_ROWS:
        raise UsageError("that opens too many rows at once", required=f"at most {_MAX_ROWS}", got=len(rows))
    return rows


def _left_out_before(dropped: RawSheet, who: Identifier) -> tuple[str, ...]:
    if who.column == "study_id":
        return ()
    return tuple(
        f"a figure of this record was left out before (dropped.csv, row {row.number}): {row.cells['reason']}"
        for row in dropped.rows
        if clean(row.cells[who.column]).casefold() == who.value.casefold()
    )


def _open_words(written: Iterable[tuple[Sheet, Row]], codebook: Codebook) -> dict[str, dict[str, str]]:
    return {
        column.name: {
            word: codebook.sentence(column.vocabulary, word) for word in codebook.words(column.vocabulary)
        }
        for sheet, row in written
        for column in sheet.columns
        if column.vocabulary is not None and column.name in row and not row[column.name]
    }


def _told(row: Mapping[str, str]) -> str:
    return ", ".join(f"{column}={value}" for column, value in row.items() if value)
