"""Rules about risk of bias: answers that their questions take, whole assessments, verdicts that follow."""

from __future__ import annotations

from collections.abc import Iterator

from metaleak.sheets.instruments import INSTRUMENTS, Instrument, allowed_answers, instrument_of
from metaleak.validation.rules import Broken, rule
from metaleak.validation.view import TypedRow, View


def _answers(view: View) -> Iterator[tuple[Instrument, dict[str, TypedRow]]]:
    """Return the answers about each study under each checklist, by item."""
    found: dict[tuple[str, str], dict[str, TypedRow]] = {}
    for row in view.rows["risk_of_bias"]:
        study, item = row.get("study_id"), row.get("item")
        if study is not None and item is not None and _known(item):
            found.setdefault((study, instrument_of(item).name), {})[item] = row
    for (_, name), answers in found.items():
        yield INSTRUMENTS[name], answers


def _known(item: str) -> bool:
    return item.partition("_")[0] in INSTRUMENTS


@rule(
    "R95",
    "error",
    "An answer is one that its checklist gives for this question.",
    "risk_of_bias.item",
    "risk_of_bias.answer",
)
def answers_fit(view: View) -> Iterator[Broken]:
    """Find answers of another checklist, and verdicts where single questions stand."""
    for row in view.rows["risk_of_bias"]:
        item, answer = row.get("item"), row.get("answer")
        if item is None or answer is None or not _known(item):
            continue
        allowed = allowed_answers(item)
        if answer not in allowed:
            yield Broken(
                sheet="risk_of_bias",
                row=row.number,
                column="answer",
                value=answer,
                text=f"{item} takes no such answer",
                todo=f"write one of {', '.join(allowed)}",
            )


@rule(
    "R96",
    "warning",
    "An assessment that was begun answers every question: what is missing shows as not assessed.",
    "risk_of_bias.item",
)
def whole_assessments(view: View) -> Iterator[Broken]:
    """Find studies for which some questions of a checklist have an answer and others have none."""
    for tool, answers in _answers(view):
        wanted = [*(item.id for item in tool.items), tool.overall]
        missing = [item for item in wanted if item not in answers]
        if missing:
            first = next(iter(answers.values()))
            yield Broken(
                sheet="risk_of_bias",
                row=first.number,
                column="item",
                value=first.get("study_id") or "",
                text=f"{tool.title}: no answer to {', '.join(missing)}",
                todo="answer them; a question that does not fit is not_applicable, a silent text is unclear or 0",
            )


@rule(
    "R97",
    "warning",
    "A study with a question that is not met is called low risk only for a reason.",
    "risk_of_bias.answer",
)
def low_despite_flaws(view: View) -> Iterator[Broken]:
    """Find verdicts of low risk beside answers that are not free of concern."""
    for tool, answers in _answers(view):
        verdict = answers.get(tool.overall)
        if verdict is None or verdict.get("answer") != "low":
            continue
        flaws = [item for item, row in answers.items() if row.get("answer") == tool.bad]
        if flaws:
            yield Broken(
                sheet="risk_of_bias",
                row=verdict.number,
                column="answer",
                value="low",
                text=f"the verdict is low, and {', '.join(flaws)} is answered {tool.bad}",
                todo="look again, or say in the note why it does not matter, with the words R97",
            )
