"""``metaleak search`` and ``metaleak import``: thin commands around the fetcher and the readers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

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


def search(
    name: Strategy = None,
    accept_missing: AcceptMissing = False,
    server: Server = None,
    root: Root = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Search PubMed for what is new.

    Runs the strategies of metaleak.toml, fetches what the review does not hold, and logs the run.

    Stopped at any moment, the same command goes on where it was.
    """
    import os

    from metaleak.search.client import NCBI
    from metaleak.workflow.project import find_root
    from metaleak.workflow.search import search_review

    console = Console(quiet, as_json)
    with console.meter() as meter:
        found = search_review(
            find_root(root),
            name,
            environment=os.environ,
            base_url=server or NCBI,
            accept_missing=accept_missing,
            tell=meter.start,
        )
    for each in found:
        console.lines(each.lines())
    console.document({"searches": [each.document() for each in found]})


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
    accept_errors: AcceptErrors = False,
    root: Root = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Add an export of another database to the records.

    Logs it as a search, keeps the file as it came, and shows what is new.

    The same file twice adds nothing.
    """
    from metaleak.workflow.imports import import_file
    from metaleak.workflow.project import find_root

    console = Console(quiet, as_json)
    with console.meter() as meter:
        found = import_file(
            find_root(root),
            file,
            source=source,
            strategy=strategy,
            date=date,
            note=note,
            accept_errors=accept_errors,
            tell=meter.start,
        )
    console.lines(found.lines())
    console.document(found.document())
