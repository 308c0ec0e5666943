"""Risk of bias on the page: what was assessed, question by question, and what was not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from metaleak import numbers
from metaleak.reporting.data import ReportInput, Result
from metaleak.reporting.links import Link, anchor
from metaleak.reporting.sections.section import Section, pictures_of
from metaleak.reporting.tables import Cell, Column, Row, Table, of_count, of_text
from metaleak.reporting.words import capital, counted, plain
from metaleak.sheets.instruments import INSTRUMENTS

Json = Mapping[str, Any]


def sentences(result: Result) -> tuple[str, ...]:
    """Say for each checklist how many studies were assessed, and what people made of them."""
    return tuple(_sentence(tool, result) for tool in result["tools"])


def _sentence(tool: Json, result: Json) -> str:
    total = result["studies"]
    if not tool["begun"]:
        return (
            f"{tool['title']}: none of {counted(total, 'study')} is assessed. Not assessed is not low risk: how far "
            "these rates can be trusted is open."
        )
    shares = tool["shares"][tool["overall"]]
    said = ", ".join(
        f"{word} {numbers.percent(shares.get(word, 0.0), 0)}" for word in ("low", "unclear", "high")
    )
    return (
        f"{tool['title']}: {numbers.count(tool['begun'])} of {counted(total, 'study')} assessed; of the units counted, "
        f"risk of bias {said}, and without a verdict {numbers.percent(shares.get('not_assessed', 0.0), 0)}, which is "
        "not low risk."
    )


def section(report: ReportInput, name: str) -> Section:
    """Return the part of the page about risk of bias."""
    result = report.results[name]
    known = {study["study_id"] for study in report.studies}
    support = {(row["study_id"], row["item"]): row["support"] for row in report.risk_of_bias}
    return Section(
        name=name,
        title=result["title"],
        short="Bias of pairs" if result["settings"]["tools"] == ["quadas2"] else "Bias",
        question=result["question"],
        sentences=sentences(result),
        tables=(),
        folded=tuple(
            table for tool in result["tools"] for table in _tables(name, tool, known=known, support=support)
        ),
        fold="Questions, answers with their sources, studies not assessed",
        pictures=pictures_of(
            report, name, summaries={"traffic_lights": "Study by study", "bias_bars": "Question by question"}
        ),
        notes=tuple(f"{capital(note)}." for note in result["notes"]),
        methods=(_methods(result),),
    )


def _methods(result: Result) -> tuple[str, tuple[str, ...]]:
    named = " and the ".join(tool["title"] for tool in result["tools"])
    done = any(tool["begun"] for tool in result["tools"])
    told = (
        f"Risk of bias was assessed with the {named}; verdicts on whole studies are judgements, not sums."
        if done
        else f"Risk of bias is to be assessed with the {named}; no study has been assessed so far."
    )
    return told, tuple(INSTRUMENTS[tool["tool"]].source for tool in result["tools"])


def _tables(
    name: str, tool: Json, *, known: set[str], support: Mapping[tuple[str, str], str]
) -> Iterator[Table]:
    yield _questions(name, tool)
    if tool["begun"]:
        yield _answers(name, tool, known=known, support=support)
    if tool["not_assessed"]:
        yield _open(name, tool, known=known)


def _questions(name: str, tool: Json) -> Table:
    return Table(
        id=anchor(name, tool["tool"], "questions"),
        caption=f"{tool['title']}: how its questions are read in this review.",
        columns=(Column("Number", "number"), Column("Question"), Column("How it is answered", "long")),
        rows=tuple(
            Row((of_count(place), of_text(item["short"]), of_text(item["guidance"])))
            for place, item in enumerate(tool["items"], start=1)
        ),
    )


def _answers(name: str, tool: Json, *, known: set[str], support: Mapping[tuple[str, str], str]) -> Table:
    names = [(item["id"], item["short"]) for item in tool["items"]] + [(tool["overall"], "Overall")]
    return Table(
        id=anchor(name, tool["tool"], "answers"),
        caption=f"{tool['title']}: every answer with what the source says.",
        columns=(Column("Study"), Column("Question"), Column("Answer"), Column("In the source", "long")),
        rows=tuple(
            Row(
                (
                    _study(study, known),
                    of_text(short),
                    of_text(plain(study["answers"][item])),
                    of_text(support.get((study["study_id"], item), "")),
                )
            )
            for study in tool["studies"]
            for item, short in names
        ),
    )


def _open(name: str, tool: Json, *, known: set[str]) -> Table:
    studies = tool["not_assessed"]
    return Table(
        id=anchor(name, tool["tool"], "open"),
        caption=f"{tool['title']}: {counted(len(studies), 'study')} not assessed.",
        columns=(Column("Study"), Column("Units", "number"), Column("Risk of bias")),
        rows=tuple(
            Row((_study(study, known), of_count(study["units"]), of_text("not assessed")))
            for study in studies
        ),
    )


def _study(study: Json, known: set[str]) -> Cell:
    there = study["study_id"] in known
    links = (Link(study["label"], "#" + anchor("study", study["study_id"])),) if there else ()
    return Cell(text=study["label"], links=links)
