"""The PRISMA flow of a review, from its log of searches and its studies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from metaleak.errors import SheetError
from metaleak.screening.flow import Fate, Flow, Sighting, count_flow
from metaleak.search import log
from metaleak.search.sources import Source
from metaleak.sheets.load import Sheets, load_sheets
from metaleak.storage.digest import of_file
from metaleak.workflow.library import Library, read_library

#: Counts of the log -> what the new records behind them are, before anybody has screened.
_FATES = {
    "n_articles": Fate.AWAITING_SCREENING,
    "n_books": Fate.AWAITING_SCREENING,
    "n_deleted": Fate.WITHDRAWN,
    "n_missing": Fate.WITHDRAWN,
}


#: Sheets that the flow is counted from.
FLOW_SHEETS = ("searches", "records", "duplicates", "reports", "screening", "studies", "leaks")


def flow_digests(root: Path) -> dict[str, str]:
    """Return the SHA-256 of every sheet that is there and that the flow is counted from, by its path."""
    paths = [f"extraction/{name}.csv" for name in FLOW_SHEETS]
    return {path: of_file(root / path) for path in paths if (root / path).is_file()}


def review_flow(root: Path, *, sheets: Sheets | None = None, library: Library | None = None) -> Flow:
    """Return the flow of the review in ``root``: what became of the records that its searches brought.

    Studies that no logged record reports are counted as identified before logging. A record that an earlier search
    brought already is a duplicate of the later one, as the decisions have it.

    Parameters
    ----------
    root : Path
        The review.
    sheets : Sheets, optional
        Its sheets, where they are read already.
    library : Library, optional
        Its records, where they are read already.

    Raises
    ------
    SheetError
        When the log holds a source or a count that is none, or fewer new records than records.csv has duplicates.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from metaleak.workflow.scaffold import new_review
    >>> with TemporaryDirectory() as folder:
    ...     _ = new_review(Path(folder) / "review")
    ...     review_flow(Path(folder) / "review").before_logging
    6
    """
    root = Path(root)
    sheets = sheets or load_sheets(root)
    studies = sheets.frame("studies")["study_id"]
    duplicates = {each.source: each.duplicates for each in (library or read_library(root)).sources}
    return count_flow(_sightings(log.read_log(root), duplicates), studies, rows=len(sheets.raw["leaks"].rows))


def _sightings(rows: list[log.Row], duplicates: Mapping[str, int]) -> Iterator[Sighting]:
    spare = dict(duplicates)
    for row in rows:
        source = _source(row)
        for name, fate in _FATES.items():
            for _ in range(_number(row, name)):
                is_spare = fate is Fate.AWAITING_SCREENING and spare.get(source, 0) > 0
                if is_spare:
                    spare[source] -= 1
                yield Sighting(source=source, kind=source.kind, fate=Fate.DUPLICATE if is_spare else fate)
    left = {source: many for source, many in spare.items() if many > 0}
    if left:
        raise SheetError(
            "the log counts fewer new records than records.csv has duplicates",
            got=", ".join(f"{source}: {many} more" for source, many in left.items()),
            where=log.LOG,
            todo="take searches.csv and records.csv back from git together",
        )


def _source(row: log.Row) -> Source:
    try:
        return Source(row["source"])
    except ValueError:
        raise SheetError(
            "the source is not a known word",
            required="one of " + ", ".join(Source),
            got=row["source"],
            where=f"{log.LOG}, run {row['run']}",
        ) from None


def _number(row: log.Row, name: str) -> int:
    if row[name].isdecimal():
        return int(row[name])
    raise SheetError(
        f"{name} is no count", required="a whole number", got=row[name], where=f"{log.LOG}, run {row['run']}"
    )
