"""Rules about comparisons of imaging and about figures of earlier reviews."""

from __future__ import annotations

from collections.abc import Iterator

from metaleak.numbers import fixed
from metaleak.validation.rules import Broken, rule
from metaleak.validation.view import View

#: A printed share has two or three digits: further from the counts than this it is another share.
PRINTED = 0.0065


@rule(
    "R51",
    "error",
    "What both methods show is part of what each shows.",
    "pairs.reference_positive",
    "pairs.index_positive",
    "pairs.both_positive",
    "pairs.n_total",
)
def pairs_nest(view: View) -> Iterator[Broken]:
    """Find positives that exceed what they are part of."""
    nests = (
        ("both_positive", "reference_positive"),
        ("both_positive", "index_positive"),
        ("reference_positive", "n_total"),
        ("index_positive", "n_total"),
        ("both_positive", "n_total"),
    )
    for row in view.rows["pairs"]:
        for part, whole in nests:
            inner, outer = row.get(part), row.get(whole)
            if inner is not None and outer is not None and inner > outer:
                yield Broken(
                    sheet="pairs",
                    row=row.number,
                    column=part,
                    value=str(inner),
                    text=f"more than {whole}, {outer}",
                    todo="look at the source again",
                )


@rule("R52", "warning", "A printed sensitivity is the share that the counts give.", "pairs.index_sensitivity")
def sensitivity_fits_counts(view: View) -> Iterator[Broken]:
    """Find sensitivities that the counts of the same row do not give."""
    for row in view.rows["pairs"]:
        share, both, reference = (
            row.get(c) for c in ("index_sensitivity", "both_positive", "reference_positive")
        )
        if None not in (share, both) and reference and abs(share - both / reference) > PRINTED:
            yield Broken(
                sheet="pairs",
                row=row.number,
                column="index_sensitivity",
                value=f"{share:g}",
                text=f"{both} of {reference} is {fixed(both / reference, 3)}",
                todo="look at the source again, or say in the note which one is printed",
            )


@rule(
    "R71",
    "warning",
    "A comparison and the counts of the same study, unit, site and imaging are one reading.",
    "pairs.n_total",
    "pairs.reference_positive",
    "pairs.index_positive",
    "leaks.n_leak",
)
def pairs_fit_leaks(view: View) -> Iterator[Broken]:
    """Find positives of a comparison that leaks.csv counts differently, of the same total."""
    if view.declared is None:
        return
    everybody, whole = view.declared.all_arms, view.declared.any_symptom
    leaks = view.grouped("leaks", "study_id", "procedure", "unit", "leak_site", "modality")
    for row in view.rows["pairs"]:
        for imaging, count in (("reference", "reference_positive"), ("index", "index_positive")):
            key = row.key("study_id", "procedure", "unit", "leak_site", imaging)
            for other in leaks.get(key, ()) if key else ():
                same = (everybody, whole, row.get("n_total"))
                there, here = other.get("n_leak"), row.get(count)
                differ = None not in (there, here) and there != here
                if differ and other.key("arm", "symptomatic", "n_total") == same:
                    yield Broken(
                        sheet="pairs",
                        row=row.number,
                        column=count,
                        value=str(here),
                        text=f"leaks.csv, row {other.number}, has {there} of {other.get('n_total')}",
                        todo="look at the source again and write the same number in both sheets",
                    )


@rule(
    "R56",
    "error",
    "An estimate lies inside its interval.",
    "reviews.estimate",
    "reviews.ci_low",
    "reviews.ci_high",
)
def estimates_inside(view: View) -> Iterator[Broken]:
    """Find figures of earlier reviews outside their interval."""
    for row in view.rows["reviews"]:
        low, value, high = (row.get(column) for column in ("ci_low", "estimate", "ci_high"))
        ordered = [limit for limit in (low, value, high) if limit is not None]
        if ordered != sorted(ordered):
            yield Broken(
                sheet="reviews",
                row=row.number,
                column="estimate",
                value=f"{value:g}" if value is not None else "",
                text=f"the interval runs from {low} to {high}",
                todo="look at the source again",
            )
