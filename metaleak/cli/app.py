"""The commands. Heavy modules load inside them: ``metaleak --help`` answers at once."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from metaleak.cli import failures
from metaleak.cli.console import Console
from metaleak.cli.draw import draw_chosen
from metaleak.cli.duplicates import app as duplicates
from metaleak.cli.options import AsJson, Quiet, Root, Scheduler, examples
from metaleak.cli.screen import app as screening
from metaleak.cli.search import import_, search

if TYPE_CHECKING:
    from metaleak.workflow.pipeline import Pipeline

app = typer.Typer(
    name="metaleak",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help="""From the sheet row to the pooled rate, and back.

A review is a folder: extraction/ holds the evidence, analyses/ the questions, reports/ the page.

\b
  metaleak new my-review      start a review with a synthetic example
  cd my-review
  metaleak run                check, pool, draw, write the page
  metaleak search             find what is new in PubMed
  metaleak duplicates         find records that are one publication
  metaleak screen list        judge records by title and abstract, then by their reports
  metaleak add 17453503       add a study by its PubMed number
  metaleak trace modality CT  every row behind a number

Exit codes: 0 done (warnings allowed), 1 the input has errors, 2 wrong use or the machine failed,
130 stopped by Ctrl-C. Every command knows -q (say only errors) and --json (for scripts).
""",
)


Name = Annotated[
    str | None, typer.Argument(metavar="NAME", help="One analysis of analyses/; all when left out.")
]


def run(argv: Sequence[str] | None = None) -> int:
    """Parse the arguments, run the command, return the exit code."""
    args = list(sys.argv[1:] if argv is None else argv)
    try:
        typer.main.get_command(app).main(args=args, prog_name="metaleak")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else failures.DONE
        return failures.tell(KeyboardInterrupt()) if code == failures.INTERRUPTED else code
    except BaseException as error:
        return failures.tell(error, as_json="--json" in args)
    return failures.DONE


def _version(wanted: bool) -> None:
    if wanted:
        import metaleak

        Console().lines([f"metaleak {metaleak.__version__}"])
        raise typer.Exit


@app.callback()
def _metaleak(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    pass


@app.command(epilog=examples("metaleak new hip-cement"))
def new(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.")],
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Start a review with an example that runs.

    Makes the folders, the codebook, one analysis and a few synthetic studies.
    """
    from metaleak.workflow.scaffold import new_review

    made = new_review(folder)
    console = Console(quiet, as_json)
    console.document({"root": str(folder), "files": made})
    console.lines([f"made {folder}:", *(f"  {name}" for name in made)])
    console.lines(["", "The studies in it are synthetic: delete their rows when yours come in. Next:"])
    console.lines([f"  cd {shlex.quote(str(folder))}", "  metaleak run"])


@app.command()
def check(root: Root = None, quiet: Quiet = False, as_json: AsJson = False) -> None:
    """Tell what is wrong with the sheets.

    Every finding comes with its rule, sheet, row, column and value, and with what to do.

    Errors stop the pooling (exit code 1); warnings are printed and land on the page.
    """
    from metaleak.validation.check import check_review
    from metaleak.workflow.findings import finding_dict, finding_lines
    from metaleak.workflow.project import find_root, load_project

    home = find_root(root)
    load_project(home)
    console = Console(quiet, as_json)
    with console.meter() as meter:
        meter.start("check")
        found = check_review(home)
    console.document(
        {
            "errors": len(found.errors),
            "warnings": len(found.warnings),
            "findings": [finding_dict(finding) for finding in found.findings],
        }
    )
    console.lines(finding_lines(found.findings, answered=len(found.answered)))
    if found.errors:
        raise typer.Exit(failures.INPUT_ERRORS)


@app.command(epilog=examples("metaleak pool modality"))
def pool(
    name: Name = None,
    scheduler: Scheduler = None,
    root: Root = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Pool an analysis and list its rows.

    Prints which rows were taken, which were left out and why, and the rate of every group.

    Writes analyses/NAME.result.json and analyses/NAME.rows.csv, one line for every row of the sheet.
    """
    from metaleak.workflow.summary import pool_lines, shown

    console = Console(quiet, as_json)
    with _opened(root, console, scheduler) as pipeline:
        results = pipeline.pool_all(pipeline.chosen(name))
    for result in results.values():
        console.lines(["", *pool_lines(result)])
    console.document(
        {
            **_steps(pipeline),
            "results": {
                each: {key: result[key] for key in shown(result)} for each, result in results.items()
            },
        }
    )


@app.command(
    epilog=examples(
        "metaleak draw modality",
        "metaleak draw forest --style jama --format pdf,tiff --dpi 600",
        "metaleak draw forest --language zh",
        "metaleak draw forest --columns procedure,year,jbi_overall --sort rate",
    )
)
def draw(
    name: Annotated[
        str | None,
        typer.Argument(metavar="[NAME]", help="An analysis, a figure, or prisma; without it: all."),
    ] = None,
    style: Annotated[
        str, typer.Option(help="plain, bmc, lancet, jama, bmj, revman, or a file that ends in .toml.")
    ] = "plain",
    formats: Annotated[str, typer.Option("--format", help="Of svg,pdf,png,tiff,eps.")] = "svg,pdf,png",
    dpi: Annotated[int, typer.Option(help="Dots per inch of PNG and TIFF.")] = 300,
    grey: Annotated[bool, typer.Option("--grey", help="In greys.")] = False,
    language: Annotated[
        str | None, typer.Option(help="Of the words: en or zh (Chinese); otherwise the style's.")
    ] = None,
    columns: Annotated[
        str | None,
        typer.Option(
            help="Of forest plots: procedure, unit, modality, year, share; jbi, minors, quadas2 or one item such as "
            "jbi_overall for risk of bias."
        ),
    ] = None,
    sort: Annotated[
        str | None,
        typer.Option(
            help="Rows of forest plots by label, year, rate, total, ...; with - before it from the largest on."
        ),
    ] = None,
    root: Root = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Draw the figures of an analysis, or one figure of all.

    Writes pictures and a CSV of the drawn values into figures/; another style adds its name to theirs.
    """
    console = Console(quiet, as_json)
    with _opened(root, console) as pipeline:
        files = draw_chosen(
            pipeline,
            name,
            style=style,
            formats=formats,
            dpi=dpi,
            grey=grey,
            language=language,
            columns=columns,
            sort=sort,
        )
    console.lines(["", *files])
    console.document({**_steps(pipeline), "files": files})


@app.command()
def report(root: Root = None, quiet: Quiet = False, as_json: AsJson = False) -> None:
    """Write the page of the review.

    It goes into reports/; what it needs and is not there yet is made first.
    """
    _page(root, Console(quiet, as_json), lambda pipeline: pipeline.report())


@app.command(epilog=examples("metaleak export xlsx", "metaleak export bundle", "metaleak export ris"))
def export(
    what: Annotated[
        str,
        typer.Argument(
            metavar="WHAT",
            help="r, revman, csv, xlsx, docx, references, checklists, bundle; ris or nbib of records.",
        ),
    ],
    root: Root = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Write tables, words or scripts for others.

    r is a script that computes the numbers again in R; bundle packs everything for a supplement.

    checklists are PRISMA 2020, MOOSE and PRISMA-S, each item with the place that answers it.

    ris and nbib hold what the searches found, each publication once, for reference managers and screening programs.

    Written beside the page, into reports/.
    """
    from metaleak.workflow.project import find_root
    from metaleak.workflow.record_export import RECORD_FORMATS, export_records

    console = Console(quiet, as_json)
    if what in RECORD_FORMATS:
        written = export_records(find_root(root), what)
        console.lines(written.lines())
        console.document(written.document())
        return
    from metaleak.workflow.export import export as write

    with _opened(root, console) as pipeline:
        files = write(pipeline, what)
    console.lines(["", *files])
    console.document({**_steps(pipeline), "files": files})


@app.command(name="run")
def run_all(
    scheduler: Scheduler = None, root: Root = None, quiet: Quiet = False, as_json: AsJson = False
) -> None:
    """Check, pool, draw and write the page.

    Steps whose input did not change are not done again, and it says so.

    Ends with ten lines that say what the review found.
    """
    _page(root, Console(quiet, as_json), lambda pipeline: pipeline.run(), scheduler)


@app.command(
    epilog=examples(
        'metaleak add 17453503 label="Acta Radiol 2007" year=2007',
        "metaleak add 10.1080/02841850601161554 procedure=PVP arm=high arm=low",
        "metaleak add Smith2024 procedure=PKP unit=vertebra modality=CT n_leak=12 n_total=80",
    )
)
def add(
    study: Annotated[
        str,
        typer.Argument(metavar="PMID|DOI|KEY", help="A PubMed number, a DOI, or a key such as Smith2024."),
    ],
    values: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="COLUMN=VALUE",
            help="Cells that are known; a column of leaks.csv given twice opens two rows.",
        ),
    ] = None,
    root: Root = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Add a study and open its rows.

    Fills what is known, opens rows in leaks.csv and shows the words that they may hold.
    """
    from metaleak.workflow.add import add_study
    from metaleak.workflow.project import find_root, load_project

    home = find_root(root)
    load_project(home)
    added = add_study(home, study, values or ())
    console = Console(quiet, as_json)
    console.document(added.document())
    console.lines(added.lines())


@app.command(
    epilog=examples("metaleak trace modality CT", 'metaleak trace modality "X-ray or fluoroscopy" --json')
)
def trace(
    analysis: Annotated[str, typer.Argument(metavar="ANALYSIS", help="An analysis, such as modality.")],
    group: Annotated[
        str | None,
        typer.Argument(
            metavar="GROUP", help='A group of it, such as CT or "not reported", where it pools by group.'
        ),
    ] = None,
    root: Root = None,
    as_json: AsJson = False,
) -> None:
    """Show what stands behind a number.

    Rows, sources, settings and the digests of the files, for one group of one analysis.
    """
    from metaleak.workflow.project import find_root
    from metaleak.workflow.trace import trace as find
    from metaleak.workflow.trace import trace_text

    found = find(find_root(root), analysis, group)
    console = Console(as_json=as_json)
    console.document(found)
    console.lines([trace_text(found)])


app.command(epilog=examples("metaleak search", "metaleak search cement-leakage"))(search)
app.command(name="import", epilog=examples("metaleak import embase.ris --source embase"))(import_)
app.add_typer(duplicates, name="duplicates")
app.add_typer(screening, name="screen")


def _page(
    root: Path | None, console: Console, make: Callable[[Pipeline], Path], scheduler: str | None = None
) -> None:
    with _opened(root, console, scheduler) as pipeline:
        made = make(pipeline)
        path = made.relative_to(pipeline.root).as_posix()
        answer = pipeline.answer_lines(made)
    console.lines(["", *answer])
    console.document({**_steps(pipeline), "page": path, "answer": answer})


def _steps(pipeline: Pipeline) -> dict[str, Any]:
    steps = [{"step": o.step, "unchanged": o.unchanged, "detail": o.detail} for o in pipeline.outcomes]
    return {"root": str(pipeline.root), "steps": steps}


@contextmanager
def _opened(root: Path | None, console: Console, scheduler: str | None = None) -> Iterator[Pipeline]:
    with console.meter() as meter:
        meter.start("reading")
        # The libraries behind the steps take most of a second to load.
        from metaleak.workflow.pipeline import open_review
        from metaleak.workflow.project import find_root

        with open_review(
            find_root(root),
            starting=meter.start,
            finished=lambda outcome: console.lines([str(outcome)]),
            progress=meter.advance,
            scheduler=scheduler,
        ) as pipeline:
            yield pipeline
