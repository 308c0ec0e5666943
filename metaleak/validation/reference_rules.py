"""Rules about keys and about references from one sheet to another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from metaleak.sheets.codebook import nearest
from metaleak.validation.rules import Broken, rule
from metaleak.validation.view import TypedRow, View

#: Looking for the name that was meant takes time, and after so many the sheet is another review's.
_HINTS = 20


@rule(
    "R42",
    "error",
    "A key occurs once: two rows with one key are one row typed twice, or two with a wrong word.",
)
def unique_keys(view: View) -> Iterator[Broken]:
    """Find keys that occur twice."""
    for name, rows in view.rows.items():
        columns = view.raw[name].sheet.key
        first: dict[tuple[object, ...], int] = {}
        for row in rows if columns else ():
            key = row.key(*columns)
            if key is None:
                continue
            if key in first:
                yield Broken(
                    sheet=name,
                    row=row.number,
                    column=columns[0],
                    value=" / ".join(str(part) for part in key),
                    text=f"row {first[key]} has the same {', '.join(columns)}",
                    todo="delete one of the two, or mend the word that should differ",
                )
            else:
                first[key] = row.number


@rule(
    "R43",
    "error",
    "Every row belongs to a study of studies.csv.",
    "leaks.study_id",
    "pairs.study_id",
    "risk_of_bias.study_id",
)
def known_studies(view: View) -> Iterator[Broken]:
    """Find rows whose study is not in studies.csv."""
    known = view.study_ids("studies")
    if not known:
        return
    hints: dict[str, str] = {}
    for name in ("leaks", "pairs", "risk_of_bias"):
        for row in view.rows[name]:
            study = row.get("study_id")
            if study is None or study in known:
                continue
            if study not in hints:
                hints[study] = nearest(study, tuple(sorted(known))) if len(hints) < _HINTS else ""
            yield Broken(
                sheet=name,
                row=row.number,
                column="study_id",
                value=study,
                text=f"studies.csv has no such study{hints[study]}",
                todo="mend the key, or add the study first: metaleak add",
            )


@rule("R59", "warning", "A study is here for its counts.", "studies.study_id")
def studies_with_rows(view: View) -> Iterator[Broken]:
    """Find studies without a row of leaks or pairs."""
    used = view.study_ids("leaks") | view.study_ids("pairs")
    if not used:
        return
    for row in view.rows["studies"]:
        study = row.get("study_id")
        if study is not None and study not in used:
            yield Broken(
                sheet="studies",
                row=row.number,
                column="study_id",
                value=study,
                text="neither leaks.csv nor pairs.csv has a row of this study",
                todo="add its counts, or move it to dropped.csv with the reason",
            )


@rule(
    "R73",
    "warning",
    "Names that differ only in capitals or spaces are two names to a program and one to a reader.",
    "studies.study_id",
    "leaks.arm",
)
def names_that_look_alike(view: View) -> Iterator[Broken]:
    """Find studies, and arms of a study, whose names differ only in capitals or spaces."""
    yield from _look_alike("studies", "study_id", view.rows["studies"])
    for rows in view.grouped("leaks", "study_id").values():
        yield from _look_alike("leaks", "arm", rows)


def _look_alike(sheet: str, column: str, rows: Iterable[TypedRow]) -> Iterator[Broken]:
    first: dict[str, TypedRow] = {}
    for row in rows:
        name = row.get(column)
        if name is None:
            continue
        twin = first.setdefault("".join(name.casefold().split()), row)
        if twin.get(column) != name:
            yield Broken(
                sheet=sheet,
                row=row.number,
                column=column,
                value=name,
                text=f"row {twin.number} writes {twin.get(column)!r}",
                todo="write both in one way, or give them names that differ",
            )
