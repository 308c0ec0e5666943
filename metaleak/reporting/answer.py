"""The answer on top of the page: numbered sentences, short lines, and the caveat beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from metaleak import numbers
from metaleak.reporting import text, words
from metaleak.reporting.data import ReportInput, Result
from metaleak.reporting.links import anchor
from metaleak.reporting.makeup import makeup_sentence
from metaleak.reporting.roles import Pairs, Roles, pairs_of, read_twice, roles_of, same_contrasts
from metaleak.reporting.spread import expected_range, fitted_groups
from metaleak.storage.strict_json import number

#: How many groups speak for themselves when a review has neither pairs nor a contrast.
FEW_GROUPS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """One sentence of the answer, with its number in large type and the way to its rows."""

    figure: str
    label: str
    sentence: str
    href: str


@dataclass(frozen=True, slots=True)
class Line:
    """A short line under the answer: what it is about, and what it says."""

    term: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the page says first; ``key`` explains the brackets, ``caveat`` is empty once released."""

    leads: tuple[Lead, ...]
    key: str
    lines: tuple[Line, ...]
    caveat: str


def answer(report: ReportInput, *, more: Sequence[Line] = ()) -> Answer:
    """Word the answer: pairs first, then the contrast between studies, then the silent rows.

    ``more`` are the lines of analyses of other kinds; they come last.
    """
    result = report.results[report.main_name]
    roles = roles_of(result, no_modality=report.no_modality)
    pairs = pairs_of(report)
    level = numbers.percent(result["settings"]["model"]["level"], 0)
    return Answer(
        leads=tuple(_leads(report, result, roles, pairs)),
        key=f"Brackets hold {level} intervals; k counts observations.",
        lines=(*_lines(report, result, roles, pairs), *more),
        caveat=text.caveat(result["selection"]) if report.status == "rehearsal" else "",
    )


def _leads(report: ReportInput, result: Result, roles: Roles, pairs: Pairs | None) -> Iterator[Lead]:
    if pairs is not None:
        yield _pairs_lead(report, pairs)
    if roles.contrast is not None:
        yield Lead(
            figure=numbers.fixed(number(roles.contrast["odds_ratio"])),
            label=f"odds ratio, {roles.contrast['of']} against {roles.contrast['against']}",
            sentence=text.between_studies(roles.contrast),
            href="#" + anchor(report.main_name, "contrasts"),
        )
    if roles.silent is not None:
        group = result["groups"][roles.silent]
        yield Lead(
            figure=numbers.percent(group["estimate"], 0),
            label="where the imaging is not reported",
            sentence=text.silent_rows(group, observations=result["selection"]["pooled_rows"]),
            href="#" + anchor(report.main_name, roles.silent),
        )
    if pairs is None and roles.contrast is None:
        yield from _group_leads(report.main_name, result, roles)


def _pairs_lead(report: ReportInput, pairs: Pairs) -> Lead:
    return Lead(
        figure=numbers.percent(pairs.group["estimate"], 0),
        label=f"of what {pairs.reference} showed, seen on {pairs.index}",
        sentence=text.share_in_pairs(
            pairs.group,
            index=pairs.index,
            reference=pairs.reference,
            unit=pairs.unit,
            bounds=pairs.bounds or 0,
        ),
        href="#" + anchor(report.paired),
    )


def _group_leads(name: str, result: Result, roles: Roles) -> Iterator[Lead]:
    others = [group for group in result["groups"] if group != roles.silent]
    for group in others[:FEW_GROUPS]:
        values = result["groups"][group]
        yield Lead(
            figure=numbers.percent(values["estimate"], 0),
            label=group,
            sentence=text.pooled_rate(group, values),
            href="#" + anchor(name, group),
        )


def _lines(report: ReportInput, result: Result, roles: Roles, pairs: Pairs | None) -> Iterator[Line]:
    level = result["settings"]["model"]["level"]
    told = [roles.reference] + ([roles.contrast["of"]] if roles.contrast is not None else [])
    for name in told:
        yield Line(
            f"Rate on {name}" if roles.contrast else f"Rate, {name}",
            text.pooled_rate(name, result["groups"][name]),
        )
    reference = result["groups"][roles.reference]
    if reference["estimate"] is not None:
        yield Line("Prediction", text.prediction(roles.reference, reference, level=level))
    yield _range_line(result)
    for control in roles.controls:
        yield Line("Negative control", text.negative_control(control))
    if pairs is not None and pairs.bounds is not None:
        parts = (
            text.upper_bound(pairs.bounds, pairs.group["k"]),
            text.low_confidence(pairs.low_confidence, pairs.group["k"]),
        )
        yield Line("The pairs", " ".join(part for part in parts if part))
    if roles.contrast is not None:
        yield from _contrast_lines(report, result, roles.contrast, pairs)
    yield Line("What is counted", _what_is_counted(result))


def _contrast_lines(
    report: ReportInput, result: Result, contrast: Mapping[str, Any], pairs: Pairs | None
) -> Iterator[Line]:
    """Say what stands behind the contrast between studies, and what it is in other selections."""
    compared = (contrast["of"], contrast["against"])
    yield Line("Who is compared", " ".join(makeup_sentence(result, group) for group in compared))
    elsewhere = same_contrasts(report, contrast)
    if elsewhere:
        said = "; ".join(text.same_contrast(title, difference) for title, difference in elsewhere)
        yield Line("The same contrast in other analyses", f"Odds ratio in {said}.")
    twice = read_twice(report)
    if twice:
        in_pairs = len(twice & pairs.studies) if pairs is not None else 0
        yield Line("Read twice", text.read_twice(len(twice), in_pairs=in_pairs))


def _range_line(result: Result) -> Line:
    groups = fitted_groups(result["groups"])
    says = text.range_of_rates(
        result["selection"]["range"],
        expected_range(groups),
        k=sum(k for k, _, _ in groups),
        taus=[tau for _, _, tau in groups],
    )
    return Line("The wide range", says)


def _what_is_counted(result: Result) -> str:
    selection = result["selection"]
    rows = text.one_observation(result)
    counted = words.units(selection["units"])
    mixed = (
        "; a patient with several vertebrae leaks at least as often as one of them"
        if len(selection["units"]) > 1
        else ""
    )
    return f"{words.capital(rows)}. {counted}{mixed}."
