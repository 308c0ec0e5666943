"""The PRISMA 2020 flow on the page: its sentence, its figure, its boxes as a table."""

from __future__ import annotations

from collections.abc import Iterator

from metaleak.numbers import count
from metaleak.plots.prisma_boxes import PHASES, boxes_of, headings_of
from metaleak.reporting.agreement import agreement_sentence
from metaleak.reporting.data import ReportInput
from metaleak.reporting.links import anchor
from metaleak.reporting.pictures import picture
from metaleak.reporting.sections.section import Section
from metaleak.reporting.tables import Column, Row, Table, of_count, of_text
from metaleak.reporting.words import counted
from metaleak.screening.flow import WAITING, Fate, Flow
from metaleak.screening.flow import Column as Boxes

_NAME, _KIND = "prisma", "flow"

#: The name of its figure among those of the page.
FLOW_ON_PAGE = f"{_NAME}-{_KIND}"


def flow_sections(report: ReportInput) -> tuple[Section, ...]:
    """Return the section of the flow, or none when the page is made without it."""
    flow = report.flow
    if flow is None:
        return ()
    pictures = (
        (picture(report, _NAME, _KIND, summary="PRISMA 2020 flow"),) if FLOW_ON_PAGE in report.figures else ()
    )
    return (
        Section(
            name=_NAME,
            title="From records to studies",
            short="Flow",
            question="How many records did the searches bring, and what became of them?",
            sentences=tuple(flow_sentences(flow)),
            tables=(_table(flow),),
            pictures=pictures,
            methods=_METHODS_AND_AGREEMENT if flow.agreements else _METHODS,
        ),
    )


_METHOD = (
    "The flow of records was counted from the logs of searches, deduplication and screening, in the boxes of "
    "PRISMA 2020."
)


_AGREEMENT = (
    "Agreement of two reviewers is the share of publications about which their first judgements are the same, and "
    "Cohen's kappa with its large-sample interval."
)


_METHODS = ((_METHOD, ("page2021",)),)
_METHODS_AND_AGREEMENT = (*_METHODS, (_AGREEMENT, ("cohen1960", "fleiss1969")))


def flow_sentences(flow: Flow) -> Iterator[str]:
    """Say how many records were found, what became of them, and which studies came in without a log."""
    rows = "" if flow.rows is None else f" with {counted(flow.rows, 'row')} of counts"
    verb = "is" if flow.included_studies == 1 else "are"
    yield f"{counted(flow.included_studies, 'study')}{rows} {verb} in the review{_unlogged(flow)}."
    for boxes, where in ((flow.searched, "Databases and registers"), (flow.other, "Other ways")):
        if boxes.found:
            yield f"{where} brought {_path(boxes)}."
    waiting = sum(boxes.fates[fate] for boxes in (flow.searched, flow.other) for fate in WAITING)
    if waiting + flow.earlier_waiting:
        many = waiting + flow.earlier_waiting
        yield f"{counted(many, 'record')} still {'waits' if many == 1 else 'wait'} for a judgement."
    yield from map(agreement_sentence, flow.agreements)


def _unlogged(flow: Flow) -> str:
    if not flow.before_logging:
        return ""
    who = "all of them" if flow.before_logging == flow.included_studies else count(flow.before_logging)
    return (
        f"; {who} {'was' if flow.before_logging == 1 else 'were'} identified before searches were logged, and how many "
        "records were read for that was not kept"
    )


def _path(boxes: Boxes) -> str:
    return (
        f"{counted(boxes.found, 'record')} (duplicates: {count(boxes.fates[Fate.DUPLICATE])}; screened: "
        f"{count(boxes.screened)}; sought in full: {count(boxes.sought)}; assessed: {count(boxes.assessed)}; reports "
        f"of included studies: {count(boxes.included)})"
    )


def _table(flow: Flow) -> Table:
    headings = headings_of(flow)
    rows = tuple(
        Row(
            (
                of_text(item.text),
                of_text(PHASES[box.step]),
                of_text("" if PHASES[box.step] == "Included" else headings[box.column]),
                of_count(item.n),
            )
        )
        for box in boxes_of(flow)
        for item in box.items
        if item.n is not None
    )
    return Table(
        id=anchor(_NAME, "boxes"),
        caption="The boxes of the flow.",
        columns=(Column("Box"), Column("Phase"), Column("Column"), Column("n", "number")),
        rows=rows,
    )
