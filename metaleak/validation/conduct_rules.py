"""Rules about how leaks were looked for: who was read, and when."""

from __future__ import annotations

from collections.abc import Iterator

from metaleak.sheets.conduct import SELECTED
from metaleak.validation.rules import Broken, rule
from metaleak.validation.view import View


@rule(
    "R74",
    "warning",
    "Who had CT is the same in a comparison and in the counts of the same study and site.",
    "pairs.verification",
    "leaks.verification",
)
def sheets_agree_on_verification(view: View) -> Iterator[Broken]:
    """Find comparisons whose study says otherwise in leaks.csv, of the same site and imaging."""
    leaks = view.grouped("leaks", "study_id", "leak_site", "modality")
    for row in view.rows["pairs"]:
        key, here = row.key("study_id", "leak_site", "reference"), row.get("verification")
        for other in leaks.get(key, ()) if key and here else ():
            there = other.get("verification")
            if there not in (None, here):
                yield Broken(
                    sheet="pairs",
                    row=row.number,
                    column="verification",
                    value=here,
                    text=f"leaks.csv, row {other.number}, says {there}",
                    todo="look at the source again and write the same word in both sheets",
                )


@rule(
    "R75",
    "warning",
    "A selection of patients is explained: why they had the imaging bears on how often they leaked.",
    "leaks.verification",
    "pairs.verification",
)
def selections_are_explained(view: View) -> Iterator[Broken]:
    """Find rows of selected patients where neither their note nor that of the study says anything."""
    noted = {row.get("study_id") for row in view.rows["studies"] if row.get("note")}
    for name in ("leaks", "pairs"):
        for row in view.rows[name]:
            is_bare = row.key("note") == ("",) and row.get("study_id") not in noted
            if row.get("verification") == SELECTED and is_bare:
                yield Broken(
                    sheet=name,
                    row=row.number,
                    column="note",
                    text=f"the verification is {SELECTED}, and the note is empty",
                    todo="say in the note, or in that of the study, who had the imaging and why",
                )


@rule(
    "R76",
    "warning",
    "Who had the imaging, and when, is told of imaging that the text reports.",
    "leaks.modality",
    "leaks.verification",
    "leaks.ct_timing",
)
def told_imaging_is_reported(view: View) -> Iterator[Broken]:
    """Find rows without imaging that say who had it or when."""
    silent = view.declared.no_modality if view.declared else None
    for row in view.rows["leaks"]:
        for column in ("verification", "ct_timing"):
            value = row.get(column)
            if value is not None and silent is not None and row.get("modality") == silent:
                yield Broken(
                    sheet="leaks",
                    row=row.number,
                    column=column,
                    value=value,
                    text=f"the modality of the row is {silent}",
                    todo="name the imaging in modality, or leave this cell empty",
                )
