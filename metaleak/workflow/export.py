"""What leaves the review: ``metaleak export WHAT`` writes it beside the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from metaleak.errors import UsageError
from metaleak.reporting import text
from metaleak.reporting.checklists import checklist_tables
from metaleak.reporting.checklists.page import checklists_page
from metaleak.reporting.data import ReportInput
from metaleak.reporting.export.bibliography import bibtex, csl_json
from metaleak.reporting.export.document import document
from metaleak.reporting.export.flat import FlatTable, flat
from metaleak.reporting.export.revman import revman_csv
from metaleak.reporting.export.rscript import rscript
from metaleak.reporting.export.sheets import as_csv, workbook
from metaleak.reporting.export.tables import export_tables
from metaleak.reporting.export.words import Manuscript, manuscript
from metaleak.sheets.codebook import nearest
from metaleak.storage import atomic, digest, strict_json
from metaleak.storage.normal_zip import packed
from metaleak.workflow.outcome import result_path, rows_path
from metaleak.workflow.pipeline import Pipeline
from metaleak.workflow.project import PROJECT
from metaleak.workflow.record_export import RECORD_FORMATS

#: Tables of the manuscript: the others are for spreadsheets.
_FOR_PRINT = ("studies", "-results", "-contrasts", "-models", "-summary-of-findings", "reviews")

Files = dict[str, bytes]


def export(pipeline: Pipeline, what: str) -> list[str]:
    """Write an export of a review that was pooled and drawn; return its files, relative to the review.

    Parameters
    ----------
    pipeline : Pipeline
        Opened; what the export needs and is not there yet is made first.
    what : str
        One of :data:`EXPORTS`.

    Raises
    ------
    UsageError
        When there is no such export.
    MissingExtraError
        When the export needs a library that is not installed.
    """
    if what not in EXPORTS:
        known = (*EXPORTS, *RECORD_FORMATS)
        raise UsageError(
            f"there is no export {what!r}{nearest(what, known)}",
            required="one of " + ", ".join(known),
        )
    pipeline.report()
    files = EXPORTS[what](pipeline, pipeline.page())
    for path, data in files.items():
        atomic.write_bytes(pipeline.root / path, data)
    return sorted(files)


def _stem(pipeline: Pipeline) -> str:
    return f"reports/{pipeline.project.report.name}"


def _caveat(page: ReportInput) -> str:
    selection = page.results[page.main_name]["selection"]
    return text.caveat(selection) if page.status == "rehearsal" else ""


def _r(pipeline: Pipeline, page: ReportInput) -> Files:
    stem = _stem(pipeline)
    return {f"{stem}.R": rscript(page, file=f"{stem}.R").encode("ascii")}


def _revman(pipeline: Pipeline, page: ReportInput) -> Files:
    return {f"{_stem(pipeline)}-revman.csv": revman_csv(page)}


def _csv(pipeline: Pipeline, page: ReportInput) -> Files:
    tables = export_tables(page)
    return {f"{_stem(pipeline)}-tables/{name}.csv": as_csv(table) for name, table in tables.items()}


def _xlsx(pipeline: Pipeline, page: ReportInput) -> Files:
    made = workbook(export_tables(page), title=page.title, caveat=_caveat(page))
    return {f"{_stem(pipeline)}.xlsx": made}


def _docx(pipeline: Pipeline, page: ReportInput) -> Files:
    made = document(
        _for_print(export_tables(page)),
        title=page.title,
        words=manuscript(page),
        caveat=_caveat(page),
    )
    return {f"{_stem(pipeline)}.docx": made}


def _for_print(tables: Mapping[str, FlatTable]) -> dict[str, FlatTable]:
    return {name: table for name, table in tables.items() if name.endswith(_FOR_PRINT)}


def _references(pipeline: Pipeline, page: ReportInput) -> Files:
    stem = _stem(pipeline)
    return {f"{stem}.bib": bibtex(page), f"{stem}.csl.json": csl_json(page)}


def _checklists(pipeline: Pipeline, page: ReportInput) -> Files:
    """Write the reporting checklists as one page, one document and a CSV each."""
    stem = f"{_stem(pipeline)}-checklists"
    found = checklist_tables(page)
    flats = {name: flat(table) for name, table in found.items()}
    made: Files = {f"{stem}/{name}.csv": as_csv(table) for name, table in flats.items()}
    made[f"{stem}.html"] = checklists_page(
        found, title=page.title, caveat=_caveat(page), page=f"{pipeline.project.report.name}.html"
    ).encode("utf-8")
    made[f"{stem}.docx"] = document(
        flats, title=page.title, words=Manuscript(sections=(), references=()), caveat=_caveat(page)
    )
    return made


def _bundle(pipeline: Pipeline, page: ReportInput) -> Files:
    """Pack everything for a submission's supplement, with a manifest of digests."""
    files: Files = {}
    for part in (_r, _revman, _csv, _xlsx, _docx, _references, _checklists):
        files |= part(pipeline, page)
    root = pipeline.root
    for path in _committed(pipeline, page):
        files[path] = (root / path).read_bytes()
    for name in page.results:
        for path in pipeline.written(f"draw {name}"):
            files[path] = (root / path).read_bytes()
    manifest = {"format": 1, "title": page.title, "status": page.status, "caveat": _caveat(page)}
    listed = {path: digest.of_bytes(data) for path, data in sorted(files.items())}
    files["manifest.json"] = strict_json.dumps({**manifest, "sha256": listed}).encode("utf-8")
    return {f"{_stem(pipeline)}.zip": packed(files)}


def _committed(pipeline: Pipeline, page: ReportInput) -> list[str]:
    root = pipeline.root
    sheets = sorted(p.relative_to(root).as_posix() for p in (root / "extraction").iterdir() if p.is_file())
    analyses = [path for n in page.results for path in (f"analyses/{n}.toml", result_path(n), rows_path(n))]
    others = [path for path in (PROJECT, "constraints.txt") if Path(root / path).is_file()]
    return [*sheets, *analyses, *others, f"{_stem(pipeline)}.html"]


#: What can be exported.
EXPORTS: Mapping[str, Callable[[Pipeline, ReportInput], Files]] = {
    "r": _r,
    "revman": _revman,
    "csv": _csv,
    "xlsx": _xlsx,
    "docx": _docx,
    "references": _references,
    "checklists": _checklists,
    "bundle": _bundle,
}
