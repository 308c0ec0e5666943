"""How leaks were looked for, as a reader says it: row by row, and how many series say it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from metaleak import numbers
from metaleak.reporting.links import anchor
from metaleak.reporting.tables import Column, Row, Table, of_count, of_text
from metaleak.reporting.words import capital, listed, plain
from metaleak.sheets.conduct import CONDUCT_WORDS

Json = Mapping[str, Any]

_HEADS = {
    "verification": "verification",
    "ct_timing": "CT",
    "leak_definition": "leak definition",
    "blinded": "blinded",
}

_QUESTIONS = {
    "verification": "whether all who were treated had the imaging",
    "ct_timing": "when CT was made",
    "leak_definition": "what counted as a leak",
    "blinded": "whether readers were blinded",
}

#: How a sentence goes on behind "3 of 31".
_SAYING = {
    "verification": "series that name their imaging say whether all who were treated had it",
    "ct_timing": "series read on CT say when it was made",
    "leak_definition": "series say what counted as a leak",
    "blinded": "series say whether readers were blinded",
}

_SILENT = "not reported"


def conduct_told(row: Json) -> str:
    """Return what a row of a result says of how leaks were looked for; nothing where it says nothing.

    Examples
    --------
    >>> conduct_told({"conduct": {"verification": ["selected"], "ct_timing": ["day 1", ""]}})
    'verification: selected; CT: day 1 or not reported'
    """
    return "; ".join(
        f"{_HEADS[name]}: {listed([plain(cell) or _SILENT for cell in cells], 'or')}"
        for name, cells in row.get("conduct", {}).items()
    )


@dataclass(frozen=True, slots=True)
class Said:
    """How many of ``series`` say something: each word with the studies that say it and the labels of their rows."""

    question: str
    series: int
    saying: int
    words: Mapping[str, Mapping[str, Sequence[str]]]


def said_by(rows: Sequence[Json]) -> tuple[Said, ...]:
    """Count the studies of a detection analysis by what they say; empty where none says anything.

    Who had the imaging is asked of series that name it, when CT was made of those read on it.
    """
    if not any(row.get("conduct") for row in rows):
        return ()
    named = [row for row in rows if row["kind"] != "unreported"]
    on_ct = [row for row in named if row["kind"] != "index"]
    asked = {"verification": named, "ct_timing": on_ct, "leak_definition": rows, "blinded": rows}
    return tuple(_said(name, _QUESTIONS[name], asked[name]) for name in _QUESTIONS)


def _said(name: str, question: str, rows: Sequence[Json]) -> Said:
    words: dict[str, dict[str, list[str]]] = {word: {} for word in CONDUCT_WORDS.get(name, ())}
    for row in rows:
        for cell in filter(None, row.get("conduct", {}).get(name, ())):
            words.setdefault(cell, {}).setdefault(row["study_id"], []).append(row["label"])
    saying = {study for studies in words.values() for study in studies}
    return Said(question, len({row["study_id"] for row in rows}), len(saying), words)


def said_sentences(rows: Sequence[Json]) -> Iterator[str]:
    """Say how many series say what."""
    told = [
        f"{numbers.count(each.saying)} of {numbers.count(each.series)} {going_on}"
        for each, going_on in zip(said_by(rows), _SAYING.values(), strict=False)
    ]
    if told:
        yield f"How leaks were looked for: {'; '.join(told)}."


def said_table(name: str, rows: Sequence[Json]) -> Table | None:
    """Return which series say what of how leaks were looked for; None where none says anything."""
    body = []
    for each in said_by(rows):
        for word, studies in each.words.items():
            labels = [listed(list(dict.fromkeys(several))) for several in studies.values()]
            body.append(_row(each.question, plain(word), len(studies), "; ".join(labels)))
        body.append(_row(each.question, _SILENT, each.series - each.saying, ""))
    if not body:
        return None
    return Table(
        id=anchor(name, "conduct"),
        caption=(
            "How leaks were looked for, as far as series say it. Who had the imaging is asked of series that name it, "
            "when CT was made of those read on it, the rest of all; a series with several rows counts once."
        ),
        columns=(Column("Asked"), Column("Said"), Column("Series", "number"), Column("Which", "long")),
        rows=tuple(body),
    )


def _row(question: str, word: str, series: int, which: str) -> Row:
    return Row((of_text(capital(question)), of_text(word), of_count(series), of_text(which)))
