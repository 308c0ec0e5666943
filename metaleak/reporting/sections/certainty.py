"""Certainty on the page: the summary of findings, and each domain with what is suggested and decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from metaleak import numbers
from metaleak.reporting.data import ReportInput, Result
from metaleak.reporting.links import Link, anchor
from metaleak.reporting.sections.section import Section
from metaleak.reporting.tables import Cell, Column, Row, Table, of_count, of_share, of_text
from metaleak.reporting.words import capital, counted, plain

Json = Mapping[str, Any]

#: Levels taken off -> how GRADE calls the concern.
_CONCERN = {0: "not serious", 1: "serious", 2: "very serious"}

_UNDECIDED = "undecided"


def sentences(result: Result) -> tuple[str, ...]:
    """Say which rates have a level of certainty, and what the numbers leave of the others at most."""
    rates = result["rates"]
    decided = [f"{name}: {rate['level']}" for name, rate in rates.items() if rate["level"]]
    open_ = [name for name, rate in rates.items() if not rate["level"]]
    said = []
    if decided:
        said.append(f"Certainty of the evidence: {'; '.join(decided)}.")
    if open_:
        most = "; ".join(f"{name}: {rates[name]['at_most']}" for name in open_)
        said.append(
            f"The certainty of {len(open_)} of {counted(len(rates), 'rate')} is undecided: nobody has judged every "
            f"domain. The numbers suggest at most: {most}."
        )
    return tuple(said)


def section(report: ReportInput, name: str) -> Section:
    """Return the part of the page about certainty."""
    result = report.results[name]
    return Section(
        name=name,
        title=result["title"],
        short="Certainty",
        question=result["question"],
        sentences=sentences(result),
        tables=(_summary(name, result),),
        folded=(_domains(name, result),),
        fold="Every domain of every rate",
        notes=tuple(f"{capital(note)}." for note in result["notes"]),
        methods=(
            (
                "Certainty follows GRADE: evidence on a rate starts high and is rated down in five domains. The "
                "numbers suggest levels by bounds declared before; people decide, and what nobody decided stays "
                "undecided.",
                ("guyatt2008", "iorio2015"),
            ),
            (
                "Small-study effects were tested by weighted regression of the logit on 1/n where ten or more "
                "observations allow it.",
                ("peters2006",),
            ),
        ),
    )


def _summary(name: str, result: Result) -> Table:
    of = result["settings"]["of"]
    return Table(
        id=anchor(name, "summary"),
        caption=(
            "Summary of findings: pooled rates with their certainty. A suggestion of the numbers stands in brackets "
            "and decides nothing."
        ),
        columns=(
            Column("Outcome"),
            Column("Studies", "number"),
            Column("Units", "number"),
            Column("Rate", "number"),
            Column("A new study", "number"),
            *(Column(capital(plain(domain))) for domain in _names(result)),
            Column("Certainty"),
        ),
        rows=tuple(
            Row(
                (
                    Cell(text=group, links=(Link(group, "#" + anchor(of, group)),)),
                    of_count(rate["k_studies"]),
                    of_count(rate["total"]),
                    of_share(rate),
                    of_text(_range(rate)),
                    *(_domain(each) for each in rate["domains"].values()),
                    Cell(
                        text=capital(rate["level"] or _UNDECIDED),
                        small="" if rate["level"] else f"(suggested: {rate['at_most']} at most)",
                    ),
                )
            )
            for group, rate in result["rates"].items()
        ),
    )


def _names(result: Result) -> list[str]:
    return list(next(iter(result["rates"].values()))["domains"])


def _range(rate: Json) -> str:
    return numbers.percent_interval(rate["pi_low"], rate["pi_high"], 0)


def _domain(each: Json) -> Cell:
    if each["decided"] is None:
        return Cell(text=_UNDECIDED, small=f"({_suggested(each)})")
    return Cell(text=_CONCERN[each["decided"]])


def _suggested(each: Json) -> str:
    return "no suggestion" if each["suggested"] is None else f"suggested: {_CONCERN[each['suggested']]}"


def _domains(name: str, result: Result) -> Table:
    return Table(
        id=anchor(name, "domains"),
        caption="Every domain of every rate: what the numbers suggest and why, what was decided, by whom and why.",
        columns=(
            Column("Outcome"),
            Column("Domain"),
            Column("Suggested"),
            Column("Because", "long"),
            Column("Decided"),
            Column("Reason", "long"),
            Column("By"),
        ),
        rows=tuple(
            Row(
                (
                    of_text(group),
                    of_text(capital(plain(domain))),
                    of_text(capital(_suggested(each).removeprefix("suggested: "))),
                    of_text(each["why"]),
                    of_text(_UNDECIDED if each["decided"] is None else _CONCERN[each["decided"]]),
                    of_text(each["reason"]),
                    of_text(each["decided_by"]),
                )
            )
            for group, rate in result["rates"].items()
            for domain, each in rate["domains"].items()
        ),
    )
