"""The PRISMA 2020 flow as a figure: records, reports and studies, with what still waits."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from metaleak import numbers
from metaleak.errors import InputError
from metaleak.plots.canvas import axes_size, draw_figure, draw_on
from metaleak.plots.forest_frame import Options
from metaleak.plots.languages import said
from metaleak.plots.plan import FigurePlan
from metaleak.plots.planners import check_glyphs
from metaleak.plots.presets import style_named
from metaleak.plots.prisma_boxes import PHASES, FlowBox, boxes_of, headings_of, home_of, said_box
from metaleak.plots.prisma_pages import flow_pages
from metaleak.plots.source import Source
from metaleak.plots.style import PLAIN, POINTS_PER_MM, Style
from metaleak.screening.flow import Flow
from metaleak.storage.digest import of_value
from metaleak.storage.formulas import neutral

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DEFAULT = Options()

#: What the figure is called.
TITLE = "PRISMA 2020 flow of records and studies"

#: Columns of the drawn values.
COLUMNS = ("phase", "column", "box", "item", "n")


def flow_source(
    flow: Flow, *, question: str = "", status: str = "released", inputs: dict[str, str] | None = None
) -> Source:
    """Return what stands beside the figure: its title, its files, and the caveat while it is a rehearsal."""
    caveat = (
        "Rehearsal: abstract-level evidence, extracted once, not the yield of a systematic search."
        if status == "rehearsal"
        else ""
    )
    return Source(
        analysis="prisma",
        title=TITLE,
        question=question,
        status=status,
        key="",
        digest=of_value(asdict(flow)),
        inputs=inputs or {},
        software={},
        caveat=caveat,
    )


def plan_prisma(
    flow: Flow, *, source: Source | None = None, style: Style = PLAIN, options: Options = DEFAULT
) -> FigurePlan:
    """Plan the PRISMA 2020 flow diagram.

    Parameters
    ----------
    flow : Flow
        Counted by :func:`metaleak.screening.flow.count_flow`.
    source : Source, optional
        Where it comes from.
    style, options
        How it looks, and whether its caption is printed below.

    Raises
    ------
    InputError
        When it is no flow, or a flow without a record and without a study.
    SheetError
        When a text holds a character that the fonts cannot draw.
    SettingError
        When the style is too narrow.
    """
    if not isinstance(flow, Flow):
        raise InputError("nothing to draw", required="a flow", got=type(flow).__name__)
    source = source or flow_source(flow)
    boxes = boxes_of(flow)
    caption = flow_caption(flow)
    whole, pages = flow_pages(
        boxes,
        home=home_of(flow),
        headings=headings_of(flow),
        caption=caption if options.caption else "",
        caveat=source.caveat,
        style=style,
    )
    plan = FigurePlan(
        kind="prisma",
        source=source,
        style=style,
        whole=whole,
        pages=pages,
        caption=said(caption, style.language),
        alt_text=_alt_text(flow, boxes, source.caveat, style.language),
        values_csv=_values(boxes),
    )
    check_glyphs(plan)
    return plan


def prisma(
    flow: Flow,
    ax: Axes | None = None,
    *,
    style: Style | str = PLAIN,
    language: str | None = None,
    options: Options = DEFAULT,
) -> Axes:
    """Draw the PRISMA 2020 flow diagram and return its axes.

    Parameters
    ----------
    flow : Flow
        What became of the records: ``metaleak.review_flow(".")``.
    ax : Axes, optional
        Where to draw: the diagram takes the width of the axes and stands in their upper left corner.
        Without it a new figure of the printed size is made.
    style : Style or str
        A style, the name of a preset, or the path of a TOML file.
    language : str, optional
        Of the words, ``"en"`` or ``"zh"``; without it the style's.
    options : Options
        Whether its caption is printed below.

    Raises
    ------
    InputError, SettingError
        As :func:`plan_prisma`; and when the axes are too small.

    Examples
    --------
    >>> from metaleak.screening.flow import Fate, Sighting, count_flow
    >>> found = [Sighting(source="pubmed", kind="database", fate=Fate.SCREENED_OUT)]
    >>> axes = prisma(count_flow(found, ["A2020"]))
    >>> "Records screened (n = 1)" in [text.get_text() for text in axes.texts]
    True
    """
    chosen = style_named(style) if isinstance(style, str) else style
    chosen = chosen if language is None else replace(chosen, language=language)
    if ax is None:
        return draw_figure(plan_prisma(flow, style=chosen, options=options).whole, style=chosen).axes[0]
    fitted = replace(chosen, width_mm=axes_size(ax)[0] / POINTS_PER_MM)
    return draw_on(ax, plan_prisma(flow, style=fitted, options=options).whole, style=fitted)


def flow_caption(flow: Flow) -> str:
    """Return what the diagram counts, and what it does not."""
    sentences = [
        "Flow of records, reports and studies after PRISMA 2020, counted from the logs of the review."
    ]
    if flow.searched.found or flow.other.found:
        sentences.append(
            "A record is counted once for every source that held it; all but the first are duplicates."
        )
    else:
        sentences.append("No search has been logged yet.")
    if flow.before_logging:
        studies = (
            "1 study was"
            if flow.before_logging == 1
            else f"{numbers.count(flow.before_logging)} studies were"
        )
        sentences.append(
            f"{studies} identified before searches were logged: how many records were read for that was not kept, "
            "and no number stands in for it."
        )
    if any(box.waits for box in boxes_of(flow)):
        sentences.append("Dashed: records that still wait for a judgement.")
    if flow.earlier_waiting:
        sentences.append(
            f"Records of earlier searches that still wait: {numbers.count(flow.earlier_waiting)}."
        )
    return " ".join(sentences)


def _alt_text(flow: Flow, boxes: list[FlowBox], caveat: str, language: str) -> str:
    gap, colon, stop = (" ", ": ", ".") if language == "en" else ("", "：", "。")

    def held(heading: str, those: list[FlowBox]) -> str:
        between = f"{stop}{gap}"
        return (
            f"{said(heading, language)}{colon}{between.join(said_box(box, language) for box in those)}{stop}"
        )

    version = "updated review" if flow.is_update else "review"
    told = [said(f"PRISMA 2020 flow diagram of the {version}.", language)]
    for place, heading in headings_of(flow).items():
        those = [box for box in boxes if box.column == place and PHASES[box.step] != "Included"]
        if those:
            told.append(held(heading, those))
    told.append(held("Included", [box for box in boxes if PHASES[box.step] == "Included"]))
    if caveat:
        told.append(said(caveat, language))
    return gap.join(told)


def _values(boxes: list[FlowBox]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for box in boxes:
        for item in box.items:
            if item.n is not None:
                writer.writerow([PHASES[box.step], box.place, box.key, neutral(item.text), item.n])
    return out.getvalue()
