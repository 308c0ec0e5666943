"""Rules about the rows of one study beside each other: arms, sites, symptoms, units, denominators."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from metaleak.numbers import ranges
from metaleak.validation.rules import Broken, rule
from metaleak.validation.view import TypedRow, View

_KEY = ("study_id", "arm", "procedure", "unit", "modality", "leak_site", "symptomatic")


@rule("R45", "warning", "The named arms of a study add up to the row of everybody.", "leaks.arm")
def arms_add_up(view: View) -> Iterator[Broken]:
    """Find rows of everybody that the named arms do not add up to, or that one arm exceeds."""
    if view.declared is None:
        return
    everybody = view.declared.all_arms
    # Without procedure: everybody may be "mixed" where the arms are PKP and PVP.
    for rows in view.grouped("leaks", "study_id", "unit", "modality", "leak_site", "symptomatic").values():
        whole = [row for row in rows if row.get("arm") == everybody]
        arms = [row for row in rows if row.get("arm") not in (everybody, None)]
        if len(whole) != 1 or not arms:
            continue
        for column in ("n_leak", "n_total"):
            total, parts = whole[0].get(column), [row.get(column) for row in arms]
            if total is None or None in parts:
                continue
            if sum(parts) > total or (len(parts) > 1 and sum(parts) < total):
                is_one = len(arms) == 1
                yield Broken(
                    sheet="leaks",
                    row=whole[0].number,
                    column=column,
                    value=str(total),
                    text=f"the arm{'' if is_one else 's'} in {_places(arms)} "
                    + (f"has {sum(parts)}" if is_one else f"add up to {sum(parts)}"),
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
    """Find arms, alone or together, with more patients than the study."""
    if view.declared is None:
        return
    sizes = {row.get("study_id"): row.get("n_patients") for row in view.rows["studies"]}
    groups = view.grouped("leaks", "study_id", "unit", "procedure", "modality", "leak_site", "symptomatic")
    for (study, unit, *_), rows in groups.items():
        size = sizes.get(study)
        if size is None or unit not in view.declared.units_of_patients:
            continue
        arms = [row for row in rows if row.get("arm") != view.declared.all_arms]
        parts = [row.get("n_total") or 0 for row in arms]
        large = [row for row in rows if (row.get("n_total") or 0) > size]
        if not large and sum(parts) > size:
            large = arms[-1:]
        for row in large:
            beside = len(arms) > 1 and row.get("n_total") <= size
            yield Broken(
                sheet="leaks",
                row=row.number,
                column="n_total",
                value=str(row.get("n_total")),
                text=(f"the arms in {_places(arms)} have {sum(parts)} patients; " if beside else "")
                + f"the study has {size} patients (studies, n_patients)",
                todo="look which unit is counted and whether arms overlap, or mend n_patients",
            )


@rule("R49", "warning", "A patient has at least one treated vertebra.", "leaks.n_total", "leaks.unit")
def vertebrae_cover_patients(view: View) -> Iterator[Broken]:
    """Find arms with fewer vertebrae than patients."""
    if view.declared is None:
        return
    keys = ("study_id", "arm", "procedure", "modality", "leak_site", "symptomatic")
    for rows in view.grouped("leaks", *keys).values():
        counted = [row for row in rows if row.get("n_total") is not None]
        patients = [row for row in counted if row.get("unit") in view.declared.units_of_patients]
        vertebrae = [row for row in counted if row.get("unit") in view.declared.units_of_vertebrae]
        for row in vertebrae:
            more = [other for other in patients if other.get("n_total") > row.get("n_total")]
            if more:
                yield Broken(
                    sheet="leaks",
                    row=row.number,
                    column="n_total",
                    value=str(row.get("n_total")),
                    text=f"fewer vertebrae than the {more[0].get('n_total')} patients of row {more[0].number}",
                    todo="look which unit is counted in each of the two rows",
                )


@rule("R54", "warning", "Leaks with symptoms are some of the leaks.", "leaks.symptomatic", "leaks.n_leak")
def symptoms_within_leaks(view: View) -> Iterator[Broken]:
    """Find more leaks with symptoms than leaks."""
    if view.declared is not None:
        told = "leaks with or without symptoms"
        yield from _parts_within_whole(view, "symptomatic", view.declared.any_symptom, told)


@rule(
    "R55", "warning", "Leaks at one site are some of the leaks anywhere.", "leaks.leak_site", "leaks.n_leak"
)
def sites_within_any(view: View) -> Iterator[Broken]:
    """Find more leaks at a site than leaks anywhere."""
    if view.declared is not None:
        yield from _parts_within_whole(view, "leak_site", view.declared.any_site, "leaks anywhere")


@rule(
    "R70",
    "warning",
    "The same units of an arm were looked at with one imaging, whatever the site.",
    "leaks.n_total",
)
def one_denominator(view: View) -> Iterator[Broken]:
    """Find rows of one arm, unit and imaging that count of different totals."""
    for rows in view.grouped("leaks", "study_id", "arm", "procedure", "unit", "modality").values():
        totals: dict[int, list[TypedRow]] = defaultdict(list)
        for row in rows:
            if row.get("n_total") is not None:
                totals[row.get("n_total")].append(row)
        if len(totals) < 2:
            continue
        usual = Counter({total: len(held) for total, held in totals.items()}).most_common(1)[0][0]
        for total, held in totals.items():
            for row in held if total != usual else ():
                yield Broken(
                    sheet="leaks",
                    row=row.number,
                    column="n_total",
                    value=str(total),
                    text=f"{_places(totals[usual])} of the same arm, unit and imaging: {usual}",
                    todo="look at the source again, or say in the note who was left out",
                )


def _parts_within_whole(view: View, column: str, whole_word: str, told: str) -> Iterator[Broken]:
    for rows in view.grouped("leaks", *(name for name in _KEY if name != column)).values():
        whole = [row for row in rows if row.get(column) == whole_word and row.get("n_leak") is not None]
        for row in rows if whole else ():
            part, total = row.get("n_leak"), whole[0].get("n_leak")
            if row.get(column) != whole_word and part is not None and part > total:
                yield Broken(
                    sheet="leaks",
                    row=row.number,
                    column="n_leak",
                    value=str(part),
                    text=f"more than the {total} {told} (row {whole[0].number})",
                    todo="look at the source again: one unit may leak at several places, but counts once",
                )


def _places(rows: Sequence[TypedRow]) -> str:
    return f"row{'' if len(rows) == 1 else 's'} {ranges(row.number for row in rows)}"
