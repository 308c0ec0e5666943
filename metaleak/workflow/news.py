"""What the page says about searches: the log, what the last runs brought, what was said about studies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from metaleak.question.analyse import Notices
from metaleak.records.notices import notices_of
from metaleak.records.record import Record
from metaleak.records.studies import IDENTIFIERS
from metaleak.search import log
from metaleak.workflow.library import Library
from metaleak.workflow.terminal import cited


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """Plain rows for the page; all empty while no search is logged.

    Attributes
    ----------
    searches : tuple of mapping
        The rows of searches.csv.
    arrivals : tuple of mapping
        One row per record that the last run of a strategy in a source brought first.
    notices : mapping
        Study -> ``retracted``, ``concern`` or ``corrected`` -> keys of the records that say so of its publications.
    """

    searches: tuple[Mapping[str, str], ...] = ()
    arrivals: tuple[Mapping[str, str], ...] = ()
    notices: Notices


def read_news(root: Path, library: Library, studies: Iterable[Mapping[str, str]]) -> News:
    """Return what the sheets of a review say about its searches.

    Parameters
    ----------
    root : Path
        The review.
    library : Library
        Its records.
    studies : iterable of mapping
        The rows of studies.csv.

    Raises
    ------
    SheetError
        When the log cannot be trusted.
    """
    rows = log.read_log(root)
    return News(
        searches=tuple(rows),
        arrivals=tuple(_arrivals(library, {row["run"]: row["source"] for row in log.last_runs(rows)})),
        notices=read_notices(library, studies),
    )


def read_notices(library: Library, studies: Iterable[Mapping[str, str]]) -> Notices:
    """Return what was said later about the publications of studies, with the keys of the records that say it."""
    found = notices_of(
        library.records,
        {study["study_id"]: {name: study.get(name) or "" for name in IDENTIFIERS} for study in studies},
        library.links,
        library.decisions,
    )
    return {
        study: {str(what): tuple(record.record_id for record in told) for what, told in said.items()}
        for study, said in found.items()
    }


def _arrivals(library: Library, last: Mapping[str, str]) -> Iterable[Mapping[str, str]]:
    spare = {key for keys in library.deduplicated.groups for key in keys[1:]}
    for record in library.records:
        run = _first_run(record, last)
        if run:
            yield {
                "record_id": record.record_id,
                "run": run,
                "cited": cited(record),
                "year": "" if record.year is None else str(record.year),
                "pmid": record.pmid,
                "doi": record.doi,
                "url": record.url,
                "is_duplicate": str(int(record.record_id in spare)),
            }


def _first_run(record: Record, last: Mapping[str, str]) -> str:
    """Return the last run that was the first of its source to bring the record, if there is one."""
    firsts: dict[str, str] = {}
    for origin in record.origins:
        firsts.setdefault(origin.source, origin.run)
    return next((run for source, run in firsts.items() if last.get(run) == source), "")
