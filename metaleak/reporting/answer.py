"""The answer on top of the page: numbered sentences, short lines, and the caveat beside them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from metaleak import numbers
from metaleak.reporting import text, words
from metaleak.reporting.data import ReportInput, Result
from metaleak.reporting.links import anchor
from metaleak.reporting.roles import Pairs, Roles, pairs_of, roles_of
from metaleak.reporting.spread import expected_range, fitted_groups

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
    """What the page says first; ``caveat`` is empty once the review is released."""

    leads: tuple[Lead, ...]
    lines: tuple[Line, ...]
    caveat: str


def answer(report: ReportInput) -> Answer:
    """Word the answer: pairs first, then the contrast between studies, then the silent rows."""
    result = report.results[report.main_name]
    roles = roles_of(result, no_modality=report.no_modality)
    pairs = pairs_of(report)
    return Answer(
        leads=tuple(_leads(report, result, roles, pairs)),
        lines=tuple(_lines(report, result, roles, pairs)),
        caveat=text.caveat(result["selection"]) if report.status == "rehearsal" else "",
    )


def _leads(report: ReportInput, result: Result, roles: Roles, pairs: Pairs | None) -> Iterator[Lead]:
    name = report.main_name
    if pairs is not None:
        yield Lead(
            figure=numbers.percent(pairs.group["estimate"], 0),
            label=f"of what {pairs.reference} showed, seen on {pairs.index}",
            sentence=text.share_in_pairs(
                pairs.group, index=pairs.index, reference=pairs.reference, unit=pairs.unit
            ),
            href="#" + anchor(report.paired),
        )
    if roles.contrast is not None:
        yield Lead(
            figure=numbers.fixed(roles.contrast["odds_ratio"]),
            label=f"odds ratio, {roles.contrast['of']} against {roles.contrast['against']}",
            sentence=text.between_studies(roles.contrast),
            href="#" + anchor(name, "contrasts"),
        )
    if roles.silent is not None:
        group = result["groups"][roles.silent]
        yield Lead(
            figure=numbers.percent(group["estimate"], 0),
            label="where the imaging is not reported",
            sentence=text.silent_rows(group, observations=result["selection"]["pooled_rows"]),
            href="#" + anchor(name, roles.silent),
        )
    if pairs is None and roles.contrast is None:
        yield from _group_leads(name, result, roles)


def _group_leads(name: str, result: Result, roles: Roles) -> Iterator[Lead]:
    others = [group for group in result["groups"] if group != roles.silent]
    for group in others[:FEW_GROUPS]:
        values = result["groups"][group]
        yield Lead(
            figure=numbers.percent(values["estimate"], 0),
            label=group,
            sentence=f"{group}: {text.pooled_rate(group, values)}",
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
        yield Line("A new study", text.prediction(roles.reference, reference, level=level))
    yield _range_line(result)
    for control in roles.controls:
        yield Line("Negative control", text.negative_control(control))
    if pairs is not None:
        yield Line("The pairs", text.upper_bound(pairs.margins_only, pairs.group["k"]))
    yield Line("What is counted", _what_is_counted(result))


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
    rows = text.one_observation(selection, arms=result["settings"]["several_rows"]["arms"])
    counted = words.units(selection["units"])
    mixed = (
        "; a patient with several vertebrae leaks at least as often as one of them"
        if len(selection["units"]) > 1
        else ""
    )
    return f"{words.capital(rows)}. {counted}{mixed}."
