"""``metaleak search``: the thin command around the fetcher."""

from __future__ import annotations

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
