"""``metaleak screen``: what waits for a judgement, judgements, and taking them back."""

from __future__ import annotations

from typing import Annotated

import typer

from metaleak.cli.console import Console
from metaleak.cli.options import AsJson, Quiet, Root, examples

app = typer.Typer(
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
    help="""Judge records by title and abstract, then by their reports.

Every judgement is a row of extraction/screening.csv; where reviewers differ, somebody settles it.
""",
    epilog=examples(
        "metaleak screen list",
        "metaleak screen decide pubmed:17453503 include --by WX",
        "metaleak screen decide pubmed:17453503 exclude --stage full-text --reason no-counts --by WX",
        "metaleak screen list --show conflicts",
    ),
)

_Key = Annotated[str, typer.Argument(metavar="RECORD", help="Key of a record, such as pubmed:17453503.")]
_Stage = Annotated[str, typer.Option("--stage", help="title-abstract or full-text.")]
_By = Annotated[
    str, typer.Option("--by", metavar="WHO", envvar="METALEAK_BY", help="Initials or name of the reviewer.")
]


@app.command(name="list")
def list_(
    show: Annotated[
        str, typer.Option("--show", help="title-abstract, full-text, conflicts or extraction.")
    ] = "title-abstract",
    by: Annotated[
        str, typer.Option("--by", metavar="WHO", help="Leave out what this reviewer has judged.")
    ] = "",
    everything: Annotated[bool, typer.Option("--all", help="List all, not the first 20.")] = False,
    root: Root = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """List what waits for a judgement."""
    from metaleak.workflow.project import find_root
    from metaleak.workflow.screening import list_screening

    console = Console(quiet, as_json)
    found = list_screening(find_root(root), show, by=by)
    console.lines(found.lines(everything=everything))
    console.document(found.document())


@app.command()
def decide(
    record: _Key,
    choice: Annotated[str, typer.Argument(metavar="CHOICE", help="include, exclude or maybe.")],
    by: _By,
    stage: _Stage = "title-abstract",
    reason: Annotated[
        str, typer.Option("--reason", help="Why a report is left out: a code of [screening.reasons].")
    ] = "",
    settle: Annotated[
        bool, typer.Option("--settle", help="Settle a conflict: this judgement decides.")
    ] = False,
    note: Annotated[str, typer.Option("--note", help="What a later reader has to know.")] = "",
    root: Root = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Say whether a publication goes on or is left out."""
    from metaleak.workflow.project import find_root
    from metaleak.workflow.screening import decide as say

    told = say(find_root(root), record, choice, stage=stage, by=by, reason=reason, settles=settle, note=note)
    console = Console(quiet, as_json)
    console.lines(told)
    console.document({"told": told})


@app.command()
def undo(
    record: _Key,
    by: _By,
    stage: _Stage = "title-abstract",
    settle: Annotated[
        bool, typer.Option("--settle", help="Take the judgement back that settled it.")
    ] = False,
    root: Root = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Take a reviewer's last judgement back; the one before counts again."""
    from metaleak.workflow.project import find_root
    from metaleak.workflow.screening import undo as take_back

    told = take_back(find_root(root), record, stage=stage, by=by, settles=settle)
    console = Console(quiet, as_json)
    console.lines(told)
    console.document({"told": told})
