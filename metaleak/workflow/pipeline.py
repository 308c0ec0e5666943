"""The steps of a review in order: check, pool, draw, report. Unchanged steps are not done again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from metaleak.compute.kept import forget
from metaleak.compute.local import Team
from metaleak.compute.place import Place, Progress, cores
from metaleak.errors import UsageError
from metaleak.plots.prisma_figure import flow_source, plan_prisma
from metaleak.question.analyse import Notices
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
from metaleak.workflow.answering import Answers
from metaleak.workflow.drawing import Order, Wish, orders
from metaleak.workflow.flow import flow_digests, review_flow
from metaleak.workflow.gallery import Gallery, Wall, WishedGallery
from metaleak.workflow.library import Library, read_library
from metaleak.workflow.news import read_notices
from metaleak.workflow.outcome import Outcome, in_step, result_path
from metaleak.workflow.page import (
    CHANGELOG,
    CITATION,
    answer_lines,
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
    place, team : Place, Team
        Where heavy resampling runs, and who works beside each other.
    gallery : Gallery
        What draws the figures.
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
    place: Place
    team: Team
    gallery: Gallery
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
        return self.pool_all([name])[name]

    def pool_all(self, names: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Answer analyses, beside each other where that pays, and return their results."""
        names = tuple(names)
        waiting = [name for name in names if name not in self.results]
        with closing(self._answers()) as answers:
            answers.look_ahead(waiting)
            for name in waiting:
                step = f"pool {name}"
                self.starting(step)
                with in_step(step):
                    unchanged, told = answers.answer(name)
                self._finish(Outcome(step, unchanged, told))
                self.results[name] = strict_json.loads((self.root / result_path(name)).read_text("utf-8"))
        return {name: self.results[name] for name in names}

    def draw(self, name: str) -> None:
        """Draw the figures of one analysis from its result."""
        self.draw_all([name])

    def draw_flow(self) -> None:
        """Draw the flow of records and studies from the logs."""
        self.draw_all([], flow=True)

    def draw_all(self, names: Iterable[str], *, flow: bool = False, for_page: bool = False) -> None:
        """Draw the figures of analyses, and the flow, beside each other where that pays."""
        walls = [wall for wall in self._walls(names, flow, for_page) if not self._is_finished(wall.step)]
        with closing(self.gallery):
            self.gallery.look_ahead(walls)
            for wall in walls:
                self.starting(wall.step)
                with in_step(wall.step):
                    unchanged = self.gallery.draw(wall)
                self._finish(Outcome(wall.step, unchanged))

    def draw_all_as(self, names: Iterable[str], wish: Wish, *, flow: bool = False) -> list[str]:
        """Draw figures of analyses, and the flow, as they are wished for, and return their files."""
        walls, files = self._walls(names, flow, for_page=False), []
        with closing(WishedGallery(self.root, self.team, wish, walls)) as gallery:
            for wall in walls:
                step = f"{wall.step}{wish.suffix}"
                self.starting(step)
                with in_step(step):
                    files += gallery.draw(wall)
                self._finish(Outcome(step, False))
        return files

    def report(self) -> Path:
        """Write the page from results, figures and sheets, and return its path."""
        self.draw_all(self.project.report.analyses, flow=True, for_page=True)
        path = f"reports/{self.project.report.name}.html"
        unchanged = self.book.is_current("report", self._report_key())
        if not unchanged:
            self.starting("report")
            with in_step("report"):
                html = render_report(with_filters(self.page()))
            self.book.write("report", self._report_key(), {path: html.encode("utf-8")})
        self._finish(Outcome("report", unchanged, path))
        return self.root / path

    def answer_lines(self, path: Path) -> list[str]:
        """Return the lines that say what the review found and where the page lies."""
        return answer_lines(self._shown({}, library=self.library), path.relative_to(self.root).as_posix())

    def page(self) -> ReportInput:
        """Return everything that the page shows; its analyses have to be pooled."""
        figures: dict[str, Figure] = {}
        ordered = [
            order
            for result in self.pool_all(self.project.report.analyses).values()
            for order in orders(result, for_page=True)
        ]
        for order in [*ordered, self._flow_order(for_page=True)]:
            figures[order.on_page] = self.gallery.on_page.get(order.on_page) or order.figure()
        return self._shown(figures, flow=self.flow, library=self.library)

    def _shown(
        self,
        figures: dict[str, Figure],
        *,
        flow: Flow | None = None,
        library: Library,
    ) -> ReportInput:
        return report_input(
            self.root,
            self.project,
            self.review,
            self.checked,
            results=self.results,
            figures=figures,
            flow=flow,
            library=library,
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

    def _answers(self) -> Answers:
        return Answers(
            review=self.review,
            status=self.project.status,
            notices=lambda: self.notices,
            noticed=flow_digests(self.root),
            book=self.book,
            software=self.software,
            place=self.place,
            team=self.team,
        )

    def _walls(self, names: Iterable[str], flow: bool, for_page: bool) -> list[Wall]:
        results = self.pool_all(names)
        walls = [
            Wall(
                step=f"draw {name}",
                ordered=tuple(orders(result, for_page=for_page)),
                made_from=digest.of_value([self.software, self.book.steps[f"pool {name}"].outputs]),
            )
            for name, result in results.items()
        ]
        return [*walls, self._flow_wall(for_page)] if flow else walls

    def _flow_wall(self, for_page: bool) -> Wall:
        step, told = f"draw {FLOW}", self.project.model_dump(mode="json")
        made_from = digest.of_value([self.software, told, flow_digests(self.root)])
        # Counting thousands of records takes a while; nobody does it to find the figure unchanged.
        untouched = self.book.is_untouched(step, made_from)
        return Wall(
            step=step, ordered=() if untouched else (self._flow_order(for_page),), made_from=made_from
        )

    def _flow_order(self, for_page: bool) -> Order:
        source = flow_source(
            self.flow,
            question=self.project.question,
            status=self.project.status,
            inputs=flow_digests(self.root),
        )
        return Order(
            name=FLOW,
            planner=partial(plan_prisma, self.flow, source=source),
            kind=FLOW,
            on_page=FLOW_ON_PAGE if for_page else "",
        )

    def written(self, step: str) -> list[str]:
        """Return the files that a step wrote, sorted."""
        return sorted(self.book.steps[step].outputs) if step in self.book.steps else []

    def run(self) -> Path:
        """Do every step, for every analysis."""
        self.pool_all(self.names)
        self.draw_all(self.names, flow=True, for_page=True)
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
    with ExitStack() as held:
        held.enter_context(review_lock(root))
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
        book = StepBook.open(root)
        team = held.enter_context(Team(cores()))
        pipeline = Pipeline(
            root=root,
            project=project,
            review=review,
            checked=checked,
            book=book,
            software=software,
            starting=starting,
            finished=finished,
            team=team,
            gallery=Gallery(book=book, software=software, team=team),
            place=Place(
                scheduler=scheduler, keep=root / CHUNKS, salt=software, release=False, progress=progress
            ),
        )
        count = len(checked.warnings)
        pipeline._finish(Outcome("check", False, f"no error, {count} warning{'' if count == 1 else 's'}"))
        yield pipeline
