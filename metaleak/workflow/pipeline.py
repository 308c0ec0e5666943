"""The steps of a review in order: check, pool, draw, report. Unchanged steps are not done again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from metaleak.compute.kept import forget
from metaleak.compute.place import Place, Progress, using
from metaleak.errors import MetaleakError, UsageError
from metaleak.plots.forest_frame import Options
from metaleak.plots.plan import FigurePlan
from metaleak.plots.prisma_figure import flow_source, plan_prisma
from metaleak.plots.style import PLAIN, Style
from metaleak.question.analyse import Notices, analyse
from metaleak.question.review import Review
from metaleak.records.studies import IDENTIFIERS
from metaleak.reporting.data import Figure, ReportInput
from metaleak.reporting.flow_section import FLOW_ON_PAGE
from metaleak.reporting.report import render_report
from metaleak.screening.flow import Flow
from metaleak.sheets.cells import clean
from metaleak.sheets.codebook import nearest
from metaleak.sheets.load import load_sheets
from metaleak.storage import atomic, digest, strict_json
from metaleak.storage.lock import review_lock
from metaleak.validation.check import CheckReport, check_review
from metaleak.validation.dictionary import (
    DICTIONARY,
    GUIDANCE,
    RULES,
    dictionary_csv,
    guidance_csv,
    rules_csv,
)
from metaleak.workflow.drawing import (
    Wish,
    draw_as_wished,
    draw_figures,
    draw_plans,
    page_figure,
    page_figures,
    write_as_wished,
)
from metaleak.workflow.flow import flow_digests, review_flow
from metaleak.workflow.library import Library, read_library
from metaleak.workflow.news import read_notices
from metaleak.workflow.page import (
    CHANGELOG,
    CITATION,
    held_files,
    protocol_headings,
    report_input,
    with_filters,
)
from metaleak.workflow.project import Project, analysis_names, load_project
from metaleak.workflow.steps import StepBook, software_key

#: The figure of the flow: its name for the command and its files.
FLOW = "prisma"

#: Folders that metaleak writes to.
FOLDERS = (".metaleak", "analyses", "extraction", "figures", "reports")

#: Where finished chunks of heavy resampling wait for the end of their analysis.
CHUNKS = ".metaleak/chunks"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a step: its name, whether it was done or found unchanged, and a few words."""

    step: str
    unchanged: bool
    detail: str = ""

    def __str__(self) -> str:
        """Return one line for the terminal."""
        state = "unchanged" if self.unchanged else "done"
        return f"{self.step}: {state}" + (f" ({self.detail})" if self.detail else "")


def _ignore(*_: Any) -> None:
    return None


@dataclass(slots=True, kw_only=True)
class Pipeline:
    """One review with everything that its steps need; make one with :func:`open_review`.

    Attributes
    ----------
    root, project, review : Path, Project, Review
        Where it lies, what it is called, its sheets and questions.
    checked : CheckReport
        What the check found; errors have already stopped us, warnings go on the page.
    outcomes : list of Outcome
        Every step so far.
    starting, finished : callables
        Called with a step's name before it, and with its :class:`Outcome` after it.
    place : Place
        Where heavy resampling runs.
    """

    root: Path
    project: Project
    review: Review
    checked: CheckReport
    book: StepBook
    software: str
    starting: Callable[[str], None] = _ignore
    finished: Callable[[Outcome], None] = _ignore
    outcomes: list[Outcome] = field(default_factory=list)
    results: dict[str, dict[str, Any]] = field(default_factory=dict)
    place: Place = field(default_factory=Place)
    _flow: Flow | None = None
    _library: Library | None = None
    _notices: Notices | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The analyses: those of the report in its order, then the others."""
        shown = self.project.report.analyses
        return (*shown, *(name for name in analysis_names(self.root) if name not in shown))

    def pool(self, name: str) -> dict[str, Any]:
        """Answer one analysis, write ``NAME.result.json`` and ``NAME.rows.csv``, return the result."""
        if name in self.results:
            return self.results[name]
        step = f"pool {name}"
        self.starting(step)
        previous = self._previous(name) if self._made_by_this_software(step) else None
        with _named(step), using(self.place):
            found = analyse(
                self.review, name, status=self.project.status, previous=previous, notices=self.notices
            )
        outputs = {
            result_path(name): strict_json.dumps(found.result).encode("utf-8"),
            rows_path(name): found.rows_csv.encode("utf-8"),
        }
        changed = self.book.write(step, self.software, outputs)
        self.place.forget()
        told = "same observations; what describes the sheets is new" if changed and not found.fitted else ""
        self._finish(Outcome(step, not found.fitted, told))
        self.results[name] = strict_json.loads(outputs[result_path(name)].decode("utf-8"))
        return self.results[name]

    def draw(self, name: str) -> None:
        """Draw the figures of one analysis from its result."""
        result = self.pool(name)
        step = f"draw {name}"
        if self._is_finished(step):
            return
        self.starting(step)
        with _named(step):
            unchanged = draw_figures(self.book, result, software=self.software)
        self._finish(Outcome(step, unchanged))

    def draw_flow(self) -> None:
        """Draw the flow of records and studies from the logs."""
        step = f"draw {FLOW}"
        if self._is_finished(step):
            return
        self.starting(step)
        with _named(step):
            unchanged = draw_plans(self.book, step, {FLOW: self._flow_plan()}, software=self.software)
        self._finish(Outcome(step, unchanged))

    def draw_flow_as(self, wish: Wish) -> list[str]:
        """Draw the flow as it is wished for, and return its files."""
        step = f"draw {FLOW}{wish.suffix}"
        self.starting(step)
        with _named(step):
            files = write_as_wished(self.root, self._flow_plan(style=wish.drawn_in), FLOW, wish)
        self._finish(Outcome(step, False))
        return files

    def draw_as(self, name: str, wish: Wish) -> list[str]:
        """Draw figures of one analysis as they are wished for, and return their files."""
        result = self.pool(name)
        step = f"draw {name}{wish.suffix}"
        self.starting(step)
        with _named(step):
            files = draw_as_wished(self.root, result, wish)
        self._finish(Outcome(step, False))
        return files

    def report(self) -> Path:
        """Write the page from results, figures and sheets, and return its path."""
        shown = self.project.report.analyses
        for name in shown:
            self.draw(name)
        self.draw_flow()
        path = f"reports/{self.project.report.name}.html"
        unchanged = self.book.is_current("report", self._report_key())
        if not unchanged:
            self.starting("report")
            with _named("report"):
                html = render_report(with_filters(self.page()))
            self.book.write("report", self._report_key(), {path: html.encode("utf-8")})
        self._finish(Outcome("report", unchanged, path))
        return self.root / path

    def page(self) -> ReportInput:
        """Return everything that the page shows; its analyses have to be pooled and drawn."""
        figures: dict[str, Figure] = {}
        for name in self.project.report.analyses:
            figures |= page_figures(self.results[name])
        figures[FLOW_ON_PAGE] = page_figure(self._flow_plan(caption=False), FLOW_ON_PAGE)
        return report_input(
            self.root,
            self.project,
            self.review,
            self.checked,
            results=self.results,
            figures=figures,
            flow=self.flow,
            library=self.library,
        )

    @property
    def flow(self) -> Flow:
        """What became of the records that searches brought, counted once."""
        if self._flow is None:
            self._flow = review_flow(self.root, sheets=self.review.sheets, library=self.library)
        return self._flow

    @property
    def library(self) -> Library:
        """The records that searches brought, read once."""
        if self._library is None:
            self._library = read_library(self.root)
        return self._library

    @property
    def notices(self) -> Notices:
        """What was said later about publications of the studies, read once."""
        if self._notices is None:
            studies = self.review.sheets.raw["studies"]
            named = [
                {name: clean(row.cells.get(name, "")) for name in ("study_id", *IDENTIFIERS)}
                for row in studies.rows
            ]
            self._notices = read_notices(self.library, named)
        return self._notices

    def _flow_plan(self, *, style: Style = PLAIN, caption: bool = True) -> FigurePlan:
        source = flow_source(
            self.flow,
            question=self.project.question,
            status=self.project.status,
            inputs=flow_digests(self.root),
        )
        return plan_prisma(self.flow, source=source, style=style, options=Options(caption=caption))

    def written(self, step: str) -> list[str]:
        """Return the files that a step wrote, sorted."""
        return sorted(self.book.steps[step].outputs) if step in self.book.steps else []

    def run(self) -> Path:
        """Do every step, for every analysis."""
        for name in self.names:
            self.pool(name)
        for name in self.names:
            self.draw(name)
        self.draw_flow()
        path = self.report()
        steps = [f"{verb} {name}" for verb in ("pool", "draw") for name in self.names]
        steps.append(f"draw {FLOW}")
        self.book.forget_all_but([*steps, "report"])
        # What is left belongs to jobs that nobody asks for any more.
        forget(self.root / CHUNKS)
        return path

    def chosen(self, name: str | None) -> tuple[str, ...]:
        """Return the analyses that a command names: one, or all of them.

        Raises
        ------
        UsageError
            When there is none of that name.
        """
        if name is None:
            return self.names
        if name in self.names:
            return (name,)
        raise UsageError(
            f"there is no analysis {name!r}{nearest(name, self.names)}",
            required="one of " + ", ".join(self.names),
            where="analyses",
        )

    def _report_key(self) -> str:
        shown = self.project.report.analyses
        made = [*(f"{verb} {name}" for verb in ("pool", "draw") for name in shown), f"draw {FLOW}"]
        return digest.of_value(
            [
                self.software,
                self.project.model_dump(),
                {step: dict(self.book.steps[step].outputs) for step in made},
                dict(self.review.sheets.digests),
                flow_digests(self.root),
                [protocol_headings(self.root), held_files(self.root)],
                [
                    digest.of_file(self.root / name)
                    for name in (CITATION, CHANGELOG)
                    if (self.root / name).is_file()
                ],
            ]
        )

    def _made_by_this_software(self, step: str) -> bool:
        done = self.book.steps.get(step)
        return done is not None and done.key == self.software and self.book.is_whole(step)

    def _previous(self, name: str) -> dict[str, Any]:
        previous: dict[str, Any] = json.loads((self.root / result_path(name)).read_bytes())
        return previous

    def _finish(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
        self.finished(outcome)

    def _is_finished(self, step: str) -> bool:
        return any(outcome.step == step for outcome in self.outcomes)


@contextmanager
def open_review(
    root: Path,
    *,
    starting: Callable[[str], None] = _ignore,
    finished: Callable[[Outcome], None] = _ignore,
    progress: Progress = _ignore,
    scheduler: str | None = None,
) -> Iterator[Pipeline]:
    """Hold the review for writing, check it, and give its steps.

    Heavy resampling runs on the cores of this machine, or on the cluster of a Dask ``scheduler``; ``progress`` is
    called with the chunks that are done and all of them.

    Raises
    ------
    SheetError, ConfigError
        When a sheet, the codebook or ``metaleak.toml`` has errors.
    LockedError, StorageError
        When another process is writing, or the folder cannot be written.
    """
    project = load_project(root)
    with review_lock(root):
        for folder in FOLDERS:
            atomic.sweep(root / folder)
        starting("check")
        checked = check_review(root)
        checked.raise_if_errors()
        review = Review(root, load_sheets(root))
        atomic.write_text(root / DICTIONARY, dictionary_csv(review.codebook))
        atomic.write_text(root / RULES, rules_csv())
        software = software_key()
        atomic.write_text(root / GUIDANCE, guidance_csv(review.codebook))
        pipeline = Pipeline(
            root=root,
            project=project,
            review=review,
            checked=checked,
            book=StepBook.open(root),
            software=software,
            starting=starting,
            finished=finished,
            place=Place(
                scheduler=scheduler, keep=root / CHUNKS, salt=software, release=False, progress=progress
            ),
        )
        count = len(checked.warnings)
        pipeline._finish(Outcome("check", False, f"no error, {count} warning{'' if count == 1 else 's'}"))
        yield pipeline


def result_path(name: str) -> str:
    """Return where an analysis writes its result."""
    return f"analyses/{name}.result.json"


def rows_path(name: str) -> str:
    """Return where an analysis writes every candidate row with its verdict."""
    return f"analyses/{name}.rows.csv"


@contextmanager
def _named(step: str) -> Iterator[None]:
    """Say in which step an error arose that does not name its place."""
    try:
        yield
    except MetaleakError as error:
        if error.where is None:
            error.where = step
            error.args = (f"{step}: {error.args[0]}",)
        raise
