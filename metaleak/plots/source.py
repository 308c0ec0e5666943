"""Where a figure comes from: its analysis, what that was made from, and what the evidence is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from metaleak import numbers
from metaleak.errors import InputError
from metaleak.plots.notices import notice_sentences
from metaleak.plots.text_metrics import checked
from metaleak.question.rows import sheet_of
from metaleak.storage.digest import of_value


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What stands beside every figure of an analysis.

    Attributes
    ----------
    analysis, title, question, status, key : str
        As in ``NAME.result.json``.
    digest : str
        Of the result.
    inputs, software : mapping of str to str
        File -> SHA-256, package -> version.
    caveat : str
        What the evidence is not: a rehearsal, and studies with a withdrawn or doubted publication; else empty.
    """

    analysis: str
    title: str
    question: str
    status: str
    key: str
    digest: str
    inputs: Mapping[str, str]
    software: Mapping[str, str]
    caveat: str


def source_of(result: Mapping[str, Any]) -> Source:
    """Read the source of a figure from the values of ``NAME.result.json``.

    Raises
    ------
    InputError
        When the mapping is no result of an analysis.
    SheetError
        When a text holds a character that the font cannot draw.
    """
    try:
        return Source(
            analysis=checked(str(result["analysis"]), where="the name"),
            title=checked(str(result["title"]), where="the title"),
            question=checked(str(result["question"]), where="the question"),
            status=str(result["status"]),
            key=str(result.get("key", "")),
            digest=of_value(result),
            inputs=dict(result["inputs"]),
            software=dict(result["software"]),
            caveat=caveat(
                str(result["status"]),
                result["selection"],
                sheet=sheet_of(result),
                notices=result.get("notices", ()),
            ),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(
            "cannot read the result",
            required="the keys and types of NAME.result.json",
            got=f"{type(error).__name__}: {error}",
            where=str(result.get("analysis", "")) or None,
            todo="run metaleak pool again",
        ) from error


def caveat(
    status: str,
    selection: Mapping[str, Any],
    *,
    sheet: str = "leaks",
    notices: Sequence[Mapping[str, Any]] = (),
) -> str:
    """Return what the evidence is not: while the review is a rehearsal, and where publications were withdrawn."""
    withdrawn = notice_sentences(notices)
    if status != "rehearsal":
        return withdrawn
    silent = (
        f"; {numbers.count(selection['not_reported'])} of {numbers.count(selection['taken'])} rows do not say "
        "how leaks were looked for"
        if sheet != "pairs" and selection["not_reported"]
        else ""
    )
    told = (
        f"Rehearsal: abstract-level evidence, extracted once, not the yield of a systematic search{silent}."
    )
    return f"{told} {withdrawn}".strip()
