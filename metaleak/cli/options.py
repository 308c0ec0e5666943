"""Options that all commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Root = Annotated[
    Path | None,
    typer.Option(
        "--root", metavar="DIR", help="The review's folder; otherwise it is looked for here and above."
    ),
]


def _address(value: str | None) -> str | None:
    if value is not None and "://" not in value:
        raise typer.BadParameter(f"{value!r} is no address such as tcp://10.0.0.1:8786")
    return value


Scheduler = Annotated[
    str | None,
    typer.Option(
        "--scheduler",
        metavar="ADDRESS",
        callback=_address,
        help="Let the workers of a Dask scheduler, such as tcp://10.0.0.1:8786, resample; otherwise all cores here.",
    ),
]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Say only errors.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of lines.")]


def examples(*lines: str) -> str:
    """Return the examples of a command as they stand below its help."""
    # The mark keeps the lines as they are.
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)
