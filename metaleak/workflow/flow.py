"""The PRISMA flow of a review, from its searches, records, judgements and studies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from metaleak.errors import SheetError
from metaleak.screening.flow import Fate, Flow, Sighting, count_flow
from metaleak.search import log
from metaleak.search.sources import Source
from metaleak.sheets.load import Sheets, load_sheets
from metaleak.storage.digest import of_file
from metaleak.workflow.library import Library
from metaleak.workflow.records import RECORDS
from metaleak.workflow.screened import Screening, read_screening

#: Counts of the log: new records that came, and those that never did.
_CAME, _GONE = ("n_articles", "n_books"), ("n_deleted", "n_missing")


#: Sheets that the flow is counted from.
FLOW_SHEETS = ("searches", "records", "duplicates", "reports", "screening", "studies", "leaks")


def flow_digests(root: Path) -> dict[str, str]:
    """Return the SHA-256 of every sheet that is there and that the flow is counted from, by its path."""
    paths = [f"extraction/{name}.csv" for name in FLOW_SHEETS]
    return {path: of_file(root / path) for path in paths if (root / path).is_file()}


def review_flow(root: Path, *, sheets: Sheets | None = None, library: Library | None = None) -> Flow:
    """Return the flow of the review in ``root``: what became of the records that its searches brought.

    Every record counts once for each source that holds it. The first of a publication has the fate that the judgements
    of screening.csv give it, the others are duplicates, as duplicates.csv has it. A record that waits and is linked to
    a study of the review by reports.csv is included; one that was judged to be in leads to its study by an identifier
    that both have, too. Studies that no logged record reports are counted as
    identified before logging.

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
        When the log holds a source or a count that is none, or fewer new records than records.csv holds.

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
    screening = read_screening(root, library=library)
    rows = log.read_log(root)
    since = screening.section.update_since
    dates = {row["run"]: row["date"][:10] for row in rows}

    def is_earlier(run: str) -> bool:
        return since is not None and dates.get(run, "") < since

    found = [*_held(screening, is_earlier), *_unheld(rows, screening, is_earlier)]
    return count_flow(
        found,
        sheets.frame("studies")["study_id"].astype(str),
        is_update=since is not None,
        rows=len(sheets.raw["leaks"].rows),
        agreements=screening.agreements,
    )


def _held(screening: Screening, is_earlier: Callable[[str], bool]) -> Iterator[Sighting]:
    """Return the sightings of the records that are there: publication by publication, the first search first."""
    records = {record.record_id: record for record in screening.library.records}
    for keys in screening.library.deduplicated.groups:
        fate = screening.fate(keys[0])
        reason = screening.reason(keys[0]) if fate is Fate.EXCLUDED else ""
        study = screening.reports[keys[0]].study_id if fate is Fate.INCLUDED else ""
        sights = [(records[key], source) for key in keys for source in records[key].sources]
        for place, (record, source) in enumerate(sights):
            word = _source(source, where=f"{RECORDS}, {record.record_id}")
            run = next(origin.run for origin in record.origins if origin.source == source)
            if place:
                yield Sighting(source=word, kind=word.kind, fate=Fate.DUPLICATE, is_earlier=is_earlier(run))
            else:
                yield Sighting(
                    source=word,
                    kind=word.kind,
                    fate=fate,
                    reason=reason,
                    study=study,
                    is_earlier=is_earlier(run),
                )


def _unheld(
    rows: list[log.Row], screening: Screening, is_earlier: Callable[[str], bool]
) -> Iterator[Sighting]:
    """Return what the log counts and records.csv does not hold: numbers that never came, records that are gone.

    A number that run after run lists and does not deliver, or that came with a later one, counts once.
    """
    held = Counter(source for record in screening.library.records for source in record.sources)
    told = {(source, record.pmid) for record in screening.library.records for source in record.sources}
    for row in rows:
        source = _source(row["source"], where=f"{log.LOG}, run {row['run']}")
        missing = {(source, number) for number in row["missing"].split("; ") if number}
        counted = {Fate.WITHDRAWN: sum(_number(row, name) for name in _GONE) - len(missing & told)}
        told |= missing
        came = sum(_number(row, name) for name in _CAME)
        known = min(came, held[source])
        held[source] -= known
        counted[Fate.AWAITING_SCREENING] = came - known
        for fate, many in counted.items():
            for _ in range(many):
                yield Sighting(source=source, kind=source.kind, fate=fate, is_earlier=is_earlier(row["run"]))
    left = {source: many for source, many in held.items() if many > 0}
    if left:
        raise SheetError(
            "the log counts fewer new records than records.csv holds",
            got=", ".join(f"{source}: {many} more" for source, many in left.items()),
            where=log.LOG,
            todo="take searches.csv and records.csv back from git together",
        )


def _source(word: str, *, where: str) -> Source:
    try:
        return Source(word)
    except ValueError:
        raise SheetError(
            "the source is not a known word", required="one of " + ", ".join(Source), got=word, where=where
        ) from None


def _number(row: log.Row, name: str) -> int:
    if row[name].isdecimal():
        return int(row[name])
    raise SheetError(
        f"{name} is no count", required="a whole number", got=row[name], where=f"{log.LOG}, run {row['run']}"
    )
