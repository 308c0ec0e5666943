"""The sheets that the check reads: the evidence, and what searches brought as far as there is any."""

from __future__ import annotations

from pathlib import Path

from metaleak.screening.judgements import SCREENING
from metaleak.search.log import SEARCHES
from metaleak.sheets.bibliography import DUPLICATES, RECORDS, REPORTS
from metaleak.sheets.columns import SHEETS
from metaleak.sheets.logs import sheet_path
from metaleak.sheets.reader import RawSheet, read_sheet
from metaleak.storage.dialect import cells_of_any_length

#: Sheets that searching begins; a review without a search lacks them.
BIBLIOGRAPHY = {sheet.name: sheet for sheet in (SEARCHES, RECORDS, DUPLICATES, REPORTS, SCREENING)}

#: Every sheet by name, in the order in which they are checked.
ALL_SHEETS = {**SHEETS, **BIBLIOGRAPHY}


def read_all(root: Path) -> dict[str, RawSheet]:
    """Return every sheet of the review in ``root`` as text; one that was not begun holds nothing."""
    found = {name: read_sheet(root / sheet_path(sheet), sheet) for name, sheet in SHEETS.items()}
    for name, sheet in BIBLIOGRAPHY.items():
        path = root / sheet_path(sheet)
        with cells_of_any_length():
            found[name] = read_sheet(path, sheet) if path.exists() else RawSheet(sheet=sheet)
    return found
