"""``extraction/dictionary.csv``: every column of every sheet, from the code and the codebook."""

from __future__ import annotations

import csv
import io

from metaleak.sheets.codebook import Codebook
from metaleak.sheets.columns import KINDS, SHEETS, Column
from metaleak.validation.check import all_rules

#: The file inside a review.
DICTIONARY = "extraction/dictionary.csv"

HEADER = ("sheet", "column", "type", "unit", "required", "allowed", "sentence", "rules")


def dictionary_csv(codebook: Codebook) -> str:
    """Return the dictionary of a review as CSV text."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    for sheet in SHEETS.values():
        for column in sheet.columns:
            writer.writerow(
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
            )
    return out.getvalue()


def _allowed(column: Column, codebook: Codebook) -> str:
    if column.vocabulary is None:
        return KINDS[column.kind]
    return " | ".join(codebook.words(column.vocabulary))


def _rules(sheet: str, column: Column) -> list[str]:
    place = f"{sheet}.{column.name}"
    found = [id for id, rule in all_rules().items() if column.kind in rule.kinds or place in rule.columns]
    return sorted([*found, "R40"]) if column.required else found
