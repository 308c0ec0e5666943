"""Records for reference managers and screening programs: ``metaleak export ris`` and ``nbib``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from metaleak.errors import InputError
from metaleak.numbers import count
from metaleak.records.duplicates import deduplicate
from metaleak.records.write import write_records
from metaleak.storage.lock import review_lock
from metaleak.workflow.library import read_library, with_abstracts
from metaleak.workflow.project import load_project
from metaleak.workflow.records import RECORDS

#: Formats of records.
RECORD_FORMATS = ("ris", "nbib")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A file of records: where it lies in the review, how many there are, whether all abstracts were at hand."""

    file: str
    records: int
    publications: int
    with_abstract: int
    is_whole: bool

    def document(self) -> dict[str, Any]:
        """Return plain values for scripts."""
        return {
            "files": [self.file],
            "records": self.records,
            "publications": self.publications,
            "with_abstract": self.with_abstract,
            "all_payloads_at_hand": self.is_whole,
        }

    def lines(self) -> list[str]:
        """Return what a person reads."""
        lines = [
            f"{count(self.publications)} publications of {count(self.records)} records, duplicates merged; "
            f"{count(self.with_abstract)} with an abstract",
            f"  {self.file}",
        ]
        if not self.is_whole:
            lines.append("  what some searches brought is not on this machine: their abstracts are missing")
        return lines


def export_records(root: Path, what: str) -> Exported:
    """Write every publication once, with its abstract where the payloads of the searches are at hand.

    Parameters
    ----------
    root : Path
        The review.
    what : str
        One of :data:`RECORD_FORMATS`.

    Raises
    ------
    InputError
        When there are no records yet.
    SheetError, LockedError, StorageError
        When the sheets cannot be read, or the file cannot be written.
    """
    file = f"reports/{load_project(root).report.name}-records.{what}"
    with review_lock(root):
        library = read_library(root)
        if not library.records:
            raise InputError(
                "there are no records to export",
                where=RECORDS,
                todo="metaleak search or metaleak import bring some",
            )
        records, whole = with_abstracts(root, library.records)
        found = deduplicate(records, library.decisions).records
        write_records(found, root / file)
    return Exported(
        file=file,
        records=len(library.records),
        publications=len(found),
        with_abstract=sum(bool(record.abstract) for record in found),
        is_whole=whole,
    )
