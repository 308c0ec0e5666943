"""``metaleak search`` and ``metaleak import``: thin commands around the fetcher and the readers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from metaleak.cli.console import Console
from metaleak.cli.options import AsJson, Quiet, Root

Strategy = Annotated[
    str | None,
    typer.Argument(
        metavar="NAME", help="One strategy of metaleak.toml; all that PubMed can be asked when left out."
    ),
]
AcceptMissing = Annotated[
    bool,
    typer.Option(
        "--accept-missing", help="Close a run although PubMed does not deliver some of its records."
    ),
]
Server = Annotated[
    str | None,
    typer.Option("--server", metavar="URL", help="Another server that speaks NCBI's E-utilities."),
]


NoCompare = Annotated[
    bool,
    typer.Option(
        "--no-compare",
        help="Do not compare the records with those that are there: metaleak duplicates does it later.",
    ),
]


def search(
    name: Strategy = None,
    accept_missing: AcceptMissing = False,
    server: Server = None,
    no_compare: NoCompare = False,
    root: Root = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Search PubMed for what is new.

    Runs the strategies of metaleak.toml, fetches what the review does not hold, logs the run, and compares the records.

    Stopped at any moment, the same command goes on where it was.
    """
    import os

    from metaleak.search.client import NCBI
    from metaleak.workflow.project import find_root
    from metaleak.workflow.search import search_review

    console, home = Console(quiet, as_json), find_root(root)
    with console.meter() as meter:
        found = search_review(
            home,
            name,
            environment=os.environ,
            base_url=server or NCBI,
            accept_missing=accept_missing,
            tell=meter.start,
        )
    for each in found:
        console.lines(each.lines())
    console.document(
        {"searches": [each.document() for each in found], **_compared(home, console, skip=no_compare)}
    )


def _compared(home: Path, console: Console, *, skip: bool) -> dict[str, Any]:
    """Compare what came with what is there, say it, and return it for scripts.

    What was searched or imported is stored and told before: a sheet that stops the comparison takes nothing of it.
    """
    if skip:
        console.lines(["next: metaleak duplicates compares the records"])
        return {}
    from metaleak.workflow.duplicates import compare_records

    with console.meter() as meter:
        meter.start("comparing")
        found = compare_records(home)
    console.lines(found.brief())
    return {"compared": found.brief_document()}


def _parted(values: list[str] | None) -> list[str] | None:
    for value in values or ():
        if "=" not in value:
            raise typer.BadParameter(f"{value!r} does not say what a column holds, as title=Titel does")
    return values


Export = Annotated[
    Path,
    typer.Argument(metavar="FILE", help="NBIB, PubMed XML, RIS, BibTeX or CSV; packed with gzip or not."),
]
From = Annotated[
    str, typer.Option("--source", help="Where it was exported: embase, cochrane, scopus, cnki, ...")
]
Named = Annotated[
    str | None, typer.Option("--strategy", metavar="NAME", help="The strategy in metaleak.toml.")
]
Day = Annotated[
    str | None, typer.Option("--date", metavar="YYYY-MM-DD", help="The day of the export; else today.")
]
Note = Annotated[str, typer.Option("--note", help="What a later reader has to know.")]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        metavar="WHAT=NAME",
        callback=_parted,
        help="For CSV: which column holds what, as title=Titel; repeat it. The others are guessed from their names.",
    ),
]
AcceptErrors = Annotated[
    bool,
    typer.Option("--accept-errors", help="Import what can be read of a damaged export; the rest is counted."),
]


def import_(
    file: Export,
    source: From,
    strategy: Named = None,
    date: Day = None,
    note: Note = "",
    column: Columns = None,
    accept_errors: AcceptErrors = False,
    no_compare: NoCompare = False,
    root: Root = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Add an export of another database to the records.

    Logs it as a search, keeps the file as it came, shows what is new, and compares the records.

    The same file twice adds nothing.
    """
    from metaleak.workflow.imports import import_file
    from metaleak.workflow.project import find_root

    console, home = Console(quiet, as_json), find_root(root)
    with console.meter() as meter:
        found = import_file(
            home,
            file,
            source=source,
            strategy=strategy,
            date=date,
            note=note,
            columns=dict(each.split("=", 1) for each in column or ()),
            accept_errors=accept_errors,
            tell=meter.start,
        )
    console.lines(found.lines())
    console.document({**found.document(), **_compared(home, console, skip=no_compare)})
