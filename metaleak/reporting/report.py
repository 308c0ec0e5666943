"""The page: one file that needs no other, made from plain data."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import lru_cache
from typing import Any

from metaleak.errors import InputError
from metaleak.plots.font_faces import font_faces
from metaleak.reporting import evidence_tables, provenance_tables, source_tables
from metaleak.reporting.answer import answer
from metaleak.reporting.changes import changes
from metaleak.reporting.checklists.section import checklists_section
from metaleak.reporting.citation import citation
from metaleak.reporting.data import ReportInput
from metaleak.reporting.filters import filter_view
from metaleak.reporting.flow_section import flow_sections
from metaleak.reporting.headings import Headings
from metaleak.reporting.joined import joined
from metaleak.reporting.methods import methods, pairs_sentence
from metaleak.reporting.news_section import news_section
from metaleak.reporting.sections import section_of
from metaleak.reporting.views import analysis_view, overview
from metaleak.reporting.visible import visible

#: A word that begins with one letter and a hyphen.
_ONE_LETTER = re.compile(r"(?<![\w&])(\w-\w+)")

#: The family's name inside the page: not that of an installed font, which would be taken first.
FAMILY = "Metaleak Sans"


def render_report(report: ReportInput) -> str:
    """Return the page as the text of one HTML file.

    The page loads nothing, reads without scripts, and holds no clock, path or user name: the same
    input gives the same text.

    Parameters
    ----------
    report : ReportInput
        Results, sheets, figures and findings as plain data.

    Returns
    -------
    str
        HTML, to be written as UTF-8.

    Raises
    ------
    InputError
        When there is no result to show.
    """
    if not report.pooled:
        raise InputError(
            "there is nothing to report", required="at least one result", got=0, todo="pool an analysis first"
        )
    templates = _templates()
    headings = Headings()
    drawn = templates.get_template("body.html").render(_sections(report), headings=headings)
    body = joined(visible(drawn))
    faces = font_faces(body, body, family=FAMILY)
    style = faces + _asset("style.css").replace("PAGE FONT", FAMILY) + visible(headings.style())
    early, late = _asset("early.js"), _asset("page.js")
    page: str = templates.get_template("page.html").render(
        title=visible(report.title),
        question=visible(report.question),
        body=body,
        style=style,
        early=early,
        late=late,
        policy=_policy(style, early, late),
    )
    return page


def _sections(report: ReportInput) -> dict[str, Any]:
    main = report.main_name
    sections = [
        *(section_of(report, name) for name in report.sections),
        *flow_sections(report),
        news_section(report),
        checklists_section(report),
    ]
    lines = [line for section in sections for line in section.lines]
    return {
        "report": report,
        "answer": answer(report, more=lines),
        "overview": overview(report),
        "filters": filter_view(report),
        "citation": citation(report),
        "changes": changes(report.changelog),
        "main": analysis_view(report, main),
        "others": [analysis_view(report, name) for name in report.others],
        "sections": sections,
        "left_out": evidence_tables.left_out_table(report, main),
        "dropped": evidence_tables.dropped_table(report),
        "reviews": source_tables.reviews_table(report),
        "studies": source_tables.studies_table(report),
        "studies_in_words": source_tables.studies_sentence(report),
        "findings": provenance_tables.findings_table(report.findings),
        "methods": methods(report, more=[section.methods for section in sections]),
        "pairs": pairs_sentence(report),
        "digests": provenance_tables.digests_table(report.digests),
        "software": provenance_tables.software_table(report.software),
        "fits": [provenance_tables.fits_table(name, report.results[name]) for name in report.pooled],
        "facts": _facts(report),
    }


def _facts(report: ReportInput) -> list[tuple[str, str]]:
    from metaleak.numbers import count

    selection = report.results[report.main_name]["selection"]
    return [
        ("studies in the sheets", count(len(report.studies) or selection["sheet_studies"])),
        ("counts extracted", count(selection["candidates"])),
        ("counts pooled here", count(selection["taken"])),
        ("studies pooled here", count(selection["studies"])),
    ]


def _policy(style: str, *scripts: str) -> str:
    """Return a policy that lets the page's own style and scripts run and nothing else load."""
    allowed = " ".join(_source(script) for script in scripts)
    return (
        f"default-src 'none'; img-src data:; font-src data:; style-src {_source(style)}; script-src {allowed}; "
        "connect-src 'none'; base-uri 'none'; form-action 'none'"
    )


def _source(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode('ascii')}'"


@lru_cache(maxsize=1)
def _templates() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("metaleak.reporting", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["whole"] = _whole
    return environment


def _whole(text: str) -> Any:
    """Keep words such as X-ray in one piece at the end of a line."""
    from markupsafe import Markup, escape

    return Markup(_ONE_LETTER.sub(r'<span class="whole">\1</span>', str(escape(text))))


def _asset(name: str) -> str:
    from importlib.resources import files

    return (files("metaleak.reporting") / "templates" / name).read_text(encoding="utf-8")
