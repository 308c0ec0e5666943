"""Reporting checklists, each item with the place that answers it, or "not answered".

The items are data beside this module: number, what is asked in our own words, and places that can answer it. A
place counts only where the review has it: a section of the page, a file that holds something, a heading of
``extraction/PROTOCOL.md``, a sheet of judgements with rows. Whether it suffices is for authors and reviewers.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from metaleak.numbers import count
from metaleak.reporting.data import ReportInput
from metaleak.reporting.links import Link, anchor
from metaleak.reporting.tables import Cell, Column, Row, Table, of_text

#: File of a checklist -> its title and the key of its paper.
CHECKLISTS = {
    "prisma-2020": ("PRISMA 2020", "page2021"),
    "moose": ("MOOSE", "stroup2000"),
    "prisma-s": ("PRISMA-S", "rethlefsen2021"),
}

NOT_ANSWERED = "not answered"

#: Sections of the page -> what they are called.
_SECTIONS = {
    "answer": "The answer",
    "results": "Results",
    "rows": "Every pooled row",
    "left-out": "Rows left out",
    "others": "Other analyses",
    "reviews": "Earlier reviews",
    "studies": "Studies",
    "methods": "Methods",
    "prisma": "Flow of records",
    "findings": "What the checks found",
    "provenance": "Provenance",
}

_PROTOCOL = "extraction/PROTOCOL.md"


@dataclass(frozen=True, slots=True)
class Item:
    """One item: its number, its part of the article, what it asks, and the places that can answer it."""

    number: str
    section: str
    asks: str
    places: tuple[str, ...]


@cache
def items(name: str) -> tuple[Item, ...]:
    """Return the items of a checklist in order.

    Examples
    --------
    >>> len(items("prisma-2020")), len(items("moose")), len(items("prisma-s"))
    (42, 35, 16)
    """
    text = (files("metaleak.reporting.checklists") / f"{name}.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(io.StringIO(text))
    return tuple(
        Item(row["item"], row["section"], row["asks"], tuple(row["where"].split(";"))) for row in rows
    )


def answers(report: ReportInput, item: Item) -> tuple[Link, ...]:
    """Return the places of the review that answer an item; links into the page start with ``#``."""
    return tuple(link for place in item.places for link in _found(report, place))


def _found(report: ReportInput, place: str) -> Iterator[Link]:
    kind, _, what = place.partition(":")
    if place.startswith("#"):
        if _is_shown(report, place[1:]):
            yield Link(_SECTIONS[place[1:]], place)
    elif kind == "kind":
        for name, result in report.results.items():
            if result.get("kind") == what:
                yield Link(str(result["title"]), f"#{anchor(name)}")
    elif kind == "title":
        if what in report.title.casefold():
            yield Link(report.title, "#answer")
    elif kind == "sheet":
        if report.risk_of_bias if what == "risk_of_bias" else report.certainty:
            yield Link(f"extraction/{what}.csv", "")
    elif kind == "protocol":
        for heading in report.protocol:
            if what in heading.casefold():
                yield Link(f"{_PROTOCOL}: {heading}", "")
    elif place in report.files:
        yield Link(place, "")


def _is_shown(report: ReportInput, section: str) -> bool:
    needed = {
        "others": report.others,
        "reviews": report.reviews,
        "studies": report.studies,
        "prisma": report.flow is not None,
    }
    return bool(needed.get(section, True))


def checklist_tables(report: ReportInput) -> dict[str, Table]:
    """Return every checklist as a table, by name."""
    return {name: _table(report, name) for name in CHECKLISTS}


def _table(report: ReportInput, name: str) -> Table:
    found = [(item, answers(report, item)) for item in items(name)]
    answered = sum(bool(links) for _, links in found)
    return Table(
        id=anchor("checklist", name),
        caption=(
            f"{CHECKLISTS[name][0]}: a place for {count(answered)} of {count(len(found))} items; the others are not "
            "answered. Items in our own words; whether a place suffices is for authors and reviewers."
        ),
        columns=(Column("Item"), Column("Part"), Column("What it asks", "long"), Column("Where", "long")),
        rows=tuple(
            Row((of_text(item.number), of_text(item.section), of_text(item.asks), _where(links)))
            for item, links in found
        ),
    )


def _where(links: tuple[Link, ...]) -> Cell:
    """Return the places as text; those of the page as links where nothing else stands beside them."""
    if not links:
        return of_text(NOT_ANSWERED)
    inside = all(link.href for link in links)
    return Cell(text="; ".join(link.text for link in links), links=links if inside else ())
