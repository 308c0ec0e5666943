"""Every column, every rule and the guidance of every checklist, from the code, as sheets beside the data."""

from __future__ import annotations

from metaleak.sheets.codebook import Codebook
from metaleak.sheets.columns import KINDS, Column
from metaleak.sheets.instruments import INSTRUMENTS, allowed_answers
from metaleak.sheets.problems import Rule
from metaleak.sheets.writer import sheet_text
from metaleak.validation.all_sheets import ALL_SHEETS
from metaleak.validation.check import all_rules

#: The files inside a review.
DICTIONARY = "extraction/dictionary.csv"
RULES = "extraction/rules.csv"
GUIDANCE = "extraction/bias_guidance.csv"

_COLUMNS = ("sheet", "column", "type", "unit", "required", "allowed", "sentence", "rules")


def dictionary_csv(codebook: Codebook) -> str:
    """Return the dictionary of a review as CSV text."""
    rows = [
        (
            sheet.name,
            column.name,
            column.kind,
            column.unit,
            int(column.required),
            _allowed(column, codebook),
            column.sentence,
            " ".join(_rules(sheet.name, column)),
        )
        for sheet in ALL_SHEETS.values()
        for column in sheet.columns
    ]
    return sheet_text(_COLUMNS, rows)


def rules_csv() -> str:
    """Return every rule of the check as CSV text: its id, its severity, what it looks at, why it stands."""
    rows = [(rule.id, rule.severity, _looks_at(rule), rule.reason) for rule in all_rules().values()]
    return sheet_text(("rule", "severity", "looks_at", "reason"), rows)


def guidance_csv(codebook: Codebook) -> str:
    """Return how every question of the checklists of bias is answered in this review, as CSV text."""
    rows = [
        (each.title, id, short, " | ".join(allowed_answers(id)), codebook.sentence("bias_item", id))
        for each in INSTRUMENTS.values()
        for id, short in (*((item.id, item.short) for item in each.items), (each.overall, "Overall"))
    ]
    return sheet_text(("checklist", "item", "short", "answers", "guidance"), rows)


def _looks_at(rule: Rule) -> str:
    kinds = [f"cells of type {kind}" for kind in rule.kinds]
    return " | ".join([*kinds, *rule.columns]) or "whole sheets"


def _allowed(column: Column, codebook: Codebook) -> str:
    if column.choices:
        return " | ".join(column.choices)
    if column.vocabulary is None:
        low_high = f", {column.within[0]:g} to {column.within[1]:g}" if column.within else ""
        return KINDS[column.kind] + low_high
    return " | ".join(codebook.words(column.vocabulary))


def _rules(sheet: str, column: Column) -> list[str]:
    place = f"{sheet}.{column.name}"
    found = [id for id, rule in all_rules().items() if column.kind in rule.kinds or place in rule.columns]
    return sorted([*found, "R40"]) if column.required else found
