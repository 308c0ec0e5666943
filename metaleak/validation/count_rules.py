"""Rules about the counts of one row of leaks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations

from metaleak.numbers import percent
from metaleak.validation.rules import Broken, rule
from metaleak.validation.view import TypedRow, View

#: From this rate on, and below this many units, a count is worth a second look.
HIGH_RATE = 0.95
FEW_UNITS = 5

#: A percentage further from the rate than this many points is about something else.
NEAR = 10.0

_PERCENTAGE = re.compile(r"(?<![0-9.])([0-9]{1,3}(?:\.[0-9]+)?) ?%")


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


@rule(
    "R50",
    "error",
    "Imaging that is not reported has no basis, and reported imaging has one.",
    "leaks.modality",
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
    "R53",
    "warning",
    "No leak at all, nearly every unit leaking, and totals of a few units are worth a second look.",
    "leaks.n_leak",
    "leaks.n_total",
)
def suspicious_rates(view: View) -> Iterator[Broken]:
    """Find rows for any leak with none, rates of 95 % and more, and totals below five."""
    for row in _rated(view):
        leak, total = row.get("n_leak"), row.get("n_total")
        if leak == 0 and _is_any(view, row):
            text = f"0 of {total}: no leak anywhere"
            todo = "look whether the source says so, or only mentions no leak"
        elif total < FEW_UNITS:
            text = f"{leak} of {total}: very few units"
            todo = "look whether n_total counts what the column unit says"
        elif leak / total >= HIGH_RATE:
            text = f"{leak} of {total}: {percent(leak / total)}"
            todo = "look whether these are units with a leak, or leaks set against units"
        else:
            continue
        yield Broken(
            sheet="leaks",
            row=row.number,
            column="n_leak",
            value=str(leak),
            text=text,
            todo=f"{todo}; say in the note what you found",
        )


@rule(
    "R65",
    "warning",
    "A percentage that the source prints is the one that its counts give.",
    "leaks.n_leak",
    "leaks.n_total",
    "leaks.note",
)
def percentages_fit_counts(view: View) -> Iterator[Broken]:
    """Find rows whose note gives a percentage near the rate, and none that the counts give."""
    for row in _rated(view):
        leak, total = row.get("n_leak"), row.get("n_total")
        printed = _PERCENTAGE.findall(row.get("note") or "")
        rate = 100 * leak / total
        near = [each for each in printed if abs(float(each) - rate) <= NEAR]
        if near and not _is_given(rate, printed):
            yield Broken(
                sheet="leaks",
                row=row.number,
                column="n_leak",
                value=str(leak),
                text=f"{leak} of {total} is {percent(leak / total)}, the note gives {near[0]} %",
                todo="read the counts in the source itself, or say in the note what the percentage is of",
            )


@rule(
    "R66",
    "warning",
    "A reading that is not of the highest confidence says in its note why.",
    "leaks.confidence",
    "pairs.confidence",
)
def doubts_are_explained(view: View) -> Iterator[Broken]:
    """Find rows below the codebook's first word of confidence without a note."""
    if view.codebook is None:
        return
    surest = view.codebook.words("confidence")[0]
    for name in ("leaks", "pairs"):
        for row in view.rows[name]:
            confidence, note = row.get("confidence"), row.key("note")
            if confidence not in (surest, None) and note == ("",):
                yield Broken(
                    sheet=name,
                    row=row.number,
                    column="note",
                    text=f"the confidence is {confidence}, and the note is empty",
                    todo=f"say what is doubtful, or write {surest}",
                )


def _rated(view: View) -> Iterator[TypedRow]:
    """Yield the rows whose counts are a rate."""
    many = view.declared.units_of_leaks if view.declared else ()
    for row in view.rows["leaks"]:
        leak, total = row.get("n_leak"), row.get("n_total")
        if leak is not None and total and leak <= total and row.get("unit") not in many:
            yield row


def _is_any(view: View, row: TypedRow) -> bool:
    declared = view.declared
    return declared is not None and row.key("leak_site", "symptomatic") == (
        declared.any_site,
        declared.any_symptom,
    )


def _is_given(rate: float, printed: list[str]) -> bool:
    """Whether the rate, rounded or cut off, is one of the percentages or the sum of two of them."""
    steps = [(float(text), 10.0 ** -len(text.partition(".")[2])) for text in printed]
    sums = [(a + b, max(x, y)) for (a, x), (b, y) in combinations(steps, 2)]
    return any(abs(value - rate) < step * 1.000001 for value, step in [*steps, *sums])
