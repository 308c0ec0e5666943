"""``metaleak duplicates``: the pairs, the decisions about them, and links to studies."""

from __future__ import annotations

from typing import Annotated

import typer

from metaleak.cli.console import Console
from metaleak.cli.options import AsJson, Quiet, Root, examples
from metaleak.errors import UsageError

app = typer.Typer(rich_markup_mode=None, add_completion=False)

_Key = Annotated[str, typer.Argument(metavar="A", help="Key of a record, such as pubmed:17453503.")]
_Other = Annotated[str, typer.Argument(metavar="B", help="Key of the other record.")]
_Reason = Annotated[str, typer.Option("--reason", help="Why, in a few words; it stays beside the decision.")]
_By = Annotated[
    str,
    typer.Option("--by", metavar="NAME", envvar="METALEAK_BY", help="Initials or name of who says so."),
]


@app.callback(
    invoke_without_command=True,
    epilog=examples(
        "metaleak duplicates",
        'metaleak duplicates decide pubmed:17453503 embase:L46869130 duplicate --reason "same cohort, pages and year"',
        "metaleak duplicates undo pubmed:17453503 embase:L46869130",
        'metaleak duplicates link pubmed:17453503 ActaRadiol2007 --reason "the second report of it"',
    ),
)
def duplicates(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="List every pair, not the first 20.")] = False,
    root: Root = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Find records that are one publication.

    Compares all records, adds new verdicts to extraction/duplicates.csv, and lists the pairs with score and reason.

    Pairs about which the rules are not sure wait for a decision; records are never deleted.
    """
    if context.invoked_subcommand is not None:
        if everything or root or quiet or as_json:
            raise UsageError(
                "options stand behind the command that they belong to",
                todo=f"write: metaleak duplicates {context.invoked_subcommand} ... and the options behind it",
            )
        return
    from metaleak.workflow.duplicates import compare_records
    from metaleak.workflow.project import find_root

    console = Console(quiet, as_json)
    with console.meter() as meter:
        meter.start("comparing")
        found = compare_records(find_root(root))
    console.lines(found.lines(everything=everything))
    console.document(found.document())


@app.command()
def decide(
    left: _Key,
    right: _Other,
    verdict: Annotated[str, typer.Argument(metavar="VERDICT", help="duplicate, maybe or distinct.")],
    reason: _Reason,
    by: _By = "reviewer",
    root: Root = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Say what two records are to each other."""
    from metaleak.workflow.duplicates import decide_pair
    from metaleak.workflow.project import find_root

    _say(decide_pair(find_root(root), left, right, verdict, reason=reason, by=by), Console(quiet, as_json))


@app.command()
def undo(
    left: _Key,
    right: _Other,
    by: _By = "reviewer",
    root: Root = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Take the last decision about two records back."""
    from metaleak.workflow.duplicates import undo_pair
    from metaleak.workflow.project import find_root

    _say(undo_pair(find_root(root), left, right, by=by), Console(quiet, as_json))


@app.command()
def link(
    record: Annotated[str, typer.Argument(metavar="RECORD", help="Key of a record.")],
    study: Annotated[str, typer.Argument(metavar="STUDY", help="study_id of studies.csv.")],
    reason: _Reason,
    by: _By = "reviewer",
    root: Root = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Link a publication to the study that it reports.

    Several publications of one cohort are reports of one study; none of them is merged.
    """
    from metaleak.workflow.duplicates import link_study
    from metaleak.workflow.project import find_root

    _say(link_study(find_root(root), record, study, reason=reason, by=by), Console(quiet, as_json))


@app.command()
def unlink(
    record: Annotated[str, typer.Argument(metavar="RECORD", help="Key of a record.")],
    reason: _Reason,
    by: _By = "reviewer",
    root: Root = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Take the link of a publication to its study away."""
    from metaleak.workflow.duplicates import link_study
    from metaleak.workflow.project import find_root

    _say(link_study(find_root(root), record, "", reason=reason, by=by), Console(quiet, as_json))


def _say(lines: list[str], console: Console) -> None:
    console.lines(lines)
    console.document({"told": lines})
