"""Rules about counts: within a row, between the rows of one study, against the study itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from metaleak.validation.rules import Broken, rule
from metaleak.validation.view import TypedRow, View

#: From this rate on, and below this many units, a count is worth a second look.
HIGH_RATE = 0.95
FEW_UNITS = 5


@rule(
    "R41",
    "warning",
    "A row without its counts is open: it is kept and not pooled.",
    "leaks.n_leak",
    "leaks.n_total",
)
def open_rows(view: View) -> Iterator[Broken]:
    """Find rows of leaks whose counts are still empty."""
    for row in view.rows["leaks"]:
        empty = [name for name in ("n_leak", "n_total") if row.values[name] is None]
        if empty:
            yield Broken(
                sheet="leaks",
                row=row.number,
                column=empty[0],
                text=f"{' and '.join(empty)} still empty: the row is not pooled",
                todo="fill the counts in, or delete the row",
            )


@rule(
    "R44",
    "error",
    "Units with a leak are some of the units that were looked at.",
    "leaks.n_leak",
    "leaks.n_total",
)
def leaks_within_total(view: View) -> Iterator[Broken]:
    """Find n_leak above n_total, and totals of 0; units of leaks may exceed."""
    many = view.declared.units_of_leaks if view.declared else ()
    for row in view.rows["leaks"]:
        leak, total = row.get("n_leak"), row.get("n_total")
        if total == 0:
            yield Broken(
                sheet="leaks",
                row=row.number,
                column="n_total",
                value="0",
                text="nothing was looked at",
                todo="write how many units were looked at, or delete the row",
            )
        elif leak is not None and total is not None and leak > total and row.get("unit") not in many:
            yield Broken(
                sheet="leaks",
                row=row.number,
                column="n_leak",
                value=str(leak),
                text=f"{leak} of {total} is more than all",
                todo="look at the source again; leaks counted against vertebrae are unit "
                + (" or ".join(many) or "of their own"),
            )


@rule("R45", "warning", "The named arms of a study add up to the row of everybody.", "leaks.arm")
def arms_add_up(view: View) -> Iterator[Broken]:
    """Find rows of all arms that their arms do not add up to."""
    if view.declared is None:
        return
    everybody = view.declared.all_arms
    groups = _grouped(view, "study_id", "unit", "modality", "leak_site", "symptomatic")
    for rows in groups.values():
        whole = [row for row in rows if row.get("arm") == everybody]
        arms = [row for row in rows if row.get("arm") not in (everybody, None)]
        if len(whole) != 1 or len(arms) < 2:
            continue
        for column in ("n_leak", "n_total"):
            total, parts = whole[0].get(column), [row.get(column) for row in arms]
            if total is not None and None not in parts and sum(parts) != total:
                places = ", ".join(str(row.number) for row in arms)
                yield Broken(
                    sheet="leaks",
                    row=whole[0].number,
                    column=column,
                    value=str(total),
                    text=f"the arms in rows {places} add up to {sum(parts)}",
                    todo="look at the source again, or say in the note why they differ",
                )


@rule(
    "R48",
    "warning",
    "A study does not count more patients than it has.",
    "leaks.n_total",
    "studies.n_patients",
)
def patients_within_study(view: View) -> Iterator[Broken]:
    """Find counts of patients above the patients of the study."""
    if view.declared is None:
        return
    sizes = {row.get("study_id"): row.get("n_patients") for row in view.rows["studies"]}
    for row in view.rows["leaks"]:
        size, total = sizes.get(row.get("study_id")), row.get("n_total")
        if (
            row.get("unit") in view.declared.units_of_patients
            and size is not None
            and total is not None
            and total > size
        ):
            yield Broken(
                sheet="leaks",
                row=row.number,
                column="n_total",
                value=str(total),
                text=f"the study has {size} patients (studies, n_patients)",
                todo="look which unit is counted, or mend n_patients",
            )


@rule("R49", "warning", "A patient has at least one treated vertebra.", "leaks.n_total", "leaks.unit")
def vertebrae_cover_patients(view: View) -> Iterator[Broken]:
    """Find arms with fewer vertebrae than patients."""
    if view.declared is None:
        return
    for rows in _grouped(
        view, "study_id", "arm", "procedure", "modality", "leak_site", "symptomatic"
    ).values():
        patients = [row for row in rows if row.get("unit") in view.declared.units_of_patients]
        for row in rows:
            fewer = [
                other
                for other in patients
                if row.get("unit") in view.declared.units_of_vertebrae
                and None not in (row.get("n_total"), other.get("n_total"))
                and row.get("n_total") < other.get("n_total")
            ]
            if fewer:
                yield Broken(
                    sheet="leaks",
                    row=row.number,
                    column="n_total",
                    value=str(row.get("n_total")),
                    text=f"fewer vertebrae than the {fewer[0].get('n_total')} patients of row {fewer[0].number}",
                    todo="look which unit is counted in each of the two rows",
                )


@rule(
    "R50",
    "error",
    "Imaging that is not reported has no basis, and reported imaging has one.",
    "leaks.modality_basis",
)
def basis_fits_modality(view: View) -> Iterator[Broken]:
    """Find rows whose modality and its basis contradict each other."""
    if view.declared is None:
        return
    silent, none = view.declared.no_modality, view.declared.no_basis
    for row in view.rows["leaks"]:
        modality, basis = row.get("modality"), row.get("modality_basis")
        if None not in (modality, basis) and (modality == silent) != (basis == none):
            yield Broken(
                sheet="leaks",
                row=row.number,
                column="modality_basis",
                value=str(basis),
                text=f"this does not go with modality {modality}",
                todo=f"{silent} goes with {none}, and with nothing else",
            )


@rule(
    "R53", "warning", "Rates near 100 %, and totals of a few units, are worth a second look.", "leaks.n_leak"
)
def suspicious_rates(view: View) -> Iterator[Broken]:
    """Find rates of 95 % and more, and totals below five."""
    many = view.declared.units_of_leaks if view.declared else ()
    for row in view.rows["leaks"]:
        leak, total = row.get("n_leak"), row.get("n_total")
        if leak is None or not total or leak > total or row.get("unit") in many:
            continue
        if leak / total >= HIGH_RATE or total < FEW_UNITS:
            what = "of very few units" if total < FEW_UNITS else "leak"
            yield Broken(
                sheet="leaks",
                row=row.number,
                column="n_leak",
                value=str(leak),
                text=f"{leak} of {total} {what}",
                todo="look at the source again; if it is so, nothing needs to be done",
            )


@rule("R54", "warning", "Leaks with symptoms are some of the leaks.", "leaks.symptomatic", "leaks.n_leak")
def symptoms_within_leaks(view: View) -> Iterator[Broken]:
    """Find more leaks with symptoms than leaks."""
    yield from _parts_within_whole(view, "symptomatic", "any_symptom", "leaks with or without symptoms")


@rule(
    "R55", "warning", "Leaks at one site are some of the leaks anywhere.", "leaks.leak_site", "leaks.n_leak"
)
def sites_within_any(view: View) -> Iterator[Broken]:
    """Find more leaks at a site than leaks anywhere."""
    yield from _parts_within_whole(view, "leak_site", "any_site", "leaks anywhere")


def _parts_within_whole(view: View, column: str, whole_word: str, what: str) -> Iterator[Broken]:
    if view.declared is None:
        return
    whole_of = getattr(view.declared, whole_word)
    keys = [
        k
        for k in ("study_id", "arm", "procedure", "unit", "modality", "leak_site", "symptomatic")
        if k != column
    ]
    for rows in _grouped(view, *keys).values():
        whole = next((row for row in rows if row.get(column) == whole_of), None)
        for row in rows:
            part, total = row.get("n_leak"), whole.get("n_leak") if whole else None
            if row is not whole and None not in (part, total) and part > total:
                yield Broken(
                    sheet="leaks",
                    row=row.number,
                    column="n_leak",
                    value=str(part),
                    text=f"more than the {total} {what} (row {whole.number if whole else '?'})",
                    todo="look at the source again: one unit may leak at several places, but counts once",
                )


def _grouped(view: View, *columns: str) -> dict[tuple[Any, ...], list[TypedRow]]:
    groups: dict[tuple[Any, ...], list[TypedRow]] = defaultdict(list)
    for row in view.rows["leaks"]:
        key = row.key(*columns)
        if key is not None:
            groups[key].append(row)
    return groups
