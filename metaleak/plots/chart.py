"""Intervals under each other: coefficients, contrasts, marginal means, sensitivities. Plain data in, layout out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from metaleak import numbers
from metaleak.plots import marks, words
from metaleak.plots.axis import axis_strip
from metaleak.plots.columns import PLOT, Column, Wanted, arranged, heading_strip, taller
from metaleak.plots.drawn_values import values_csv
from metaleak.plots.forest_data import Value
from metaleak.plots.forest_frame import INSET_MM, Options
from metaleak.plots.languages import said
from metaleak.plots.plan import FigurePlan
from metaleak.plots.scale import RatioScale, Scale
from metaleak.plots.shapes import Layout, Line, Shape
from metaleak.plots.source import Source
from metaleak.plots.strips import Stack, Strip, baseline, pages_of, paragraphs, rule, text_strip
from metaleak.plots.style import POINTS_PER_MM, Style
from metaleak.plots.text_metrics import FIGURE_SPACE, checked

#: Line distance as a multiple of the type size: charts have few rows.
LEADING = 1.7

MARKS = ("square", "diamond", "open", "circle")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartRow:
    """One line of a chart.

    Attributes
    ----------
    label : str
        What it is.
    value : Value
        Its estimate and interval; a value without an estimate prints a dash.
    cells : tuple of str
        Further columns, as many as the chart has headings.
    wide : Value or None
        A wider range behind the mark: a prediction interval, or what chance gives.
    mark : str
        ``"square"``, ``"diamond"`` (pooled), ``"open"`` (as it is), ``"circle"`` (a second estimate).
    also : float or None
        A second value without an interval, drawn as an open square.
    section : str
        The heading above this and the following rows of the same section.
    """

    label: str
    value: Value
    cells: tuple[str, ...] = ()
    wide: Value | None = None
    mark: str = "square"
    section: str = ""
    also: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """What a chart shows.

    Attributes
    ----------
    kind : str
        The figure's name.
    source : Source
        Where it comes from.
    rows : sequence of ChartRow
        From top to bottom.
    heading : str
        Of the labels.
    columns : tuple of tuple of str
        Headings of the further columns, one or two lines each.
    value_heading : tuple of str
        Of the printed estimates.
    axis_title : str
        What the axis counts, with its denominator.
    ratio : bool
        Whether values are ratios on a log axis; otherwise they are shares in percent.
    limits : (float, float)
        Ends of the axis; intervals that leave it end in an arrow.
    reference : float or None
        Where no difference is.
    caption : str
        What the marks mean and how the numbers were made.
    lines : tuple of str
        Sentences under the axis.
    digits : int
        Decimals of ratios.
    """

    kind: str
    source: Source
    rows: Sequence[ChartRow]
    heading: str
    value_heading: tuple[str, ...]
    axis_title: str
    caption: str
    columns: tuple[tuple[str, ...], ...] = ()
    ratio: bool = False
    limits: tuple[float, float] = (0.0, 1.0)
    reference: float | None = None
    lines: tuple[str, ...] = ()
    digits: int = 2


@dataclass(frozen=True, slots=True)
class _Placed:
    """A chart with its columns and axis placed."""

    chart: Chart
    style: Style
    columns: dict[str, Column]
    scale: Scale
    printed: list[str] = field(default_factory=list)


def chart_plan(chart: Chart, *, style: Style, options: Options) -> FigurePlan:
    """Plan the figure of a chart.

    Raises
    ------
    SettingError
        When the columns leave no room for the plot.
    SheetError
        When a text holds a character that the font cannot draw.
    """
    placed = _placed(_checked(chart), style)
    caption = chart.caption if options.caption else ""
    body = list(_body(placed))
    foot = paragraphs(
        [(line, "note") for line in chart.lines], warning=chart.source.caveat, caption=caption, style=style
    )
    whole = _page(placed, body, foot)
    page = style.page_mm * POINTS_PER_MM
    pages: tuple[Layout, ...] = (whole,)
    if whole.height > page:
        room = page - _page(placed, (), ()).height
        again = {row.section: _section(placed, f"{row.section} (continued)") for row in chart.rows}
        split = pages_of(body, foot, room=room, continued=again)
        pages = tuple(_page(placed, part, ending) for part, ending in split)
    return FigurePlan(
        kind=chart.kind,
        source=chart.source,
        style=style,
        whole=whole,
        pages=pages,
        caption=chart.caption,
        alt_text=alt_text(chart, style.language),
        values_csv=chart_values(chart),
    )


def _checked(chart: Chart) -> Chart:
    """Refuse texts that the font cannot draw, before anything is measured."""
    for row in chart.rows:
        for text in (row.label, row.section, *row.cells):
            checked(text, where=f"figure {chart.kind}")
    return chart


def printed_values(values: Sequence[Value], *, ratio: bool, digits: int = 2) -> list[str]:
    """Return estimates with intervals, digits under digits: percent, or ratios with ``digits`` decimals."""
    if not ratio:
        return words.rates(values)
    texts = [
        (numbers.fixed(value.value, digits), numbers.interval(value.low, value.high, digits))
        for value in values
    ]
    wide = max((len(text) for text, _ in texts), default=0)
    return [f"{text.rjust(wide, FIGURE_SPACE)} {limits}" for text, limits in texts]


def alt_text(chart: Chart, language: str = "en") -> str:
    """Return what a chart shows, in words, with every number."""
    printed = printed_values([row.value for row in chart.rows], ratio=chart.ratio, digits=chart.digits)
    between, stop = (", ", ".") if language == "en" else ("，", "。")
    told = [
        between.join(said(text, language) for text in (row.section, row.label) if text)
        + f": {' '.join(text.split())}"
        + ("" if chart.ratio else " %")
        for row, text in zip(chart.rows, printed, strict=True)
    ]
    first = f"{chart.source.title}: {said(chart.axis_title, language)}{stop}"
    last = (*chart.lines, chart.source.caveat)
    parts = [first, *(f"{line}{stop}" for line in told), *(said(line, language) for line in last if line)]
    return " ".join(parts) if language == "en" else "".join(parts)


def chart_values(chart: Chart) -> str:
    """Return the drawn values as CSV."""
    scale = "ratio" if chart.ratio else "share"
    rows = []
    for row in chart.rows:
        place = {"group": row.section, "label": row.label, "scale": scale}
        rows.append({"kind": row.mark, **place, **_limits(row.value)})
        if row.wide is not None:
            rows.append({"kind": "range", **place, **_limits(row.wide)})
        if row.also is not None:
            rows.append({"kind": "observed", **place, "value": row.also})
    return values_csv(rows)


def _limits(value: Value) -> dict[str, float | None]:
    return {"value": value.value, "low": value.low, "high": value.high}


def _placed(chart: Chart, style: Style) -> _Placed:
    printed = printed_values([row.value for row in chart.rows], ratio=chart.ratio, digits=chart.digits)
    wanted = [
        Wanted(
            name="label",
            heading=(chart.heading,),
            cells=[row.label for row in chart.rows],
            bold=[row.label for row in chart.rows if row.mark == "diamond"],
            widest=1.3 * style.label_mm * POINTS_PER_MM,
        ),
        *(
            Wanted(name=f"cell-{i}", heading=head, cells=[row.cells[i] for row in chart.rows], anchor="right")
            for i, head in enumerate(chart.columns)
        ),
        Wanted(name=PLOT, heading=()),
        Wanted(name="rate", heading=chart.value_heading, cells=printed, bold=printed[:1]),
    ]
    columns = arranged(wanted, style)
    plot, inset = columns[PLOT], INSET_MM * POINTS_PER_MM
    low, high = chart.limits
    kind = RatioScale if chart.ratio else Scale
    scale = kind(left=plot.left + inset, right=plot.right - inset, low=low, high=high)
    return _Placed(chart, style, columns, scale, printed)


def _body(placed: _Placed) -> Iterator[Strip]:
    section = ""
    for i, row in enumerate(placed.chart.rows):
        if row.section != section:
            if section:
                yield Strip(height=0.5 * placed.style.row_pt, group=section)
            section = row.section
            yield _section(placed, section)
        yield _row(placed, row, i)


def _section(placed: _Placed, text: str) -> Strip:
    style = placed.style
    left = placed.columns["label"].left
    return text_strip(
        text,
        left=left,
        room=style.width_pt - left - style.margin_mm * POINTS_PER_MM,
        style=style,
        column="label",
        row=f"section-{text}",
        weight="bold",
        keep=True,
        group=text,
    )


def _row(placed: _Placed, row: ChartRow, place: int) -> Strip:
    style, columns = placed.style, placed.columns
    height = style.text_pt * LEADING
    y, middle, key = baseline(0, height, style.text_pt), height / 2, f"row-{place + 1}"
    label = columns["label"].lines(row.label, y, style=style, row=key)
    shapes: list[Shape] = list(label)
    shapes += [
        columns[f"cell-{i}"].text(text, y, style=style, row=key) for i, text in enumerate(row.cells) if text
    ]
    shapes.append(columns["rate"].text(placed.printed[place], y, style=style, row=key))
    shapes += _marks(placed, row, middle, key)
    extra = taller([label], style)
    shapes += _reference(placed, height + extra)
    return Strip(height=height + extra, shapes=tuple(shapes), group=row.section, gridded=True)


def _reference(placed: _Placed, height: float) -> Iterator[Line]:
    """Return the line of no difference through one row."""
    at, scale = placed.chart.reference, placed.scale
    if at is not None and scale.holds(at):
        x = scale.x(at)
        yield Line(
            x1=x, y1=0, x2=x, y2=height, width=placed.style.line_pt, colour="rule", part="no difference"
        )


def _marks(placed: _Placed, row: ChartRow, y: float, key: str) -> Iterator[Shape]:
    scale, style = placed.scale, placed.style
    if row.wide is not None:
        yield from marks.bar(row.wide, y, scale=scale, style=style, row=key)
    if row.also is not None:
        yield from marks.joined(Value(row.also), y, scale=scale, style=style, row=key)
    if row.mark == "diamond":
        yield from marks.diamond(row.value, y, scale=scale, style=style, row=key)
    elif row.mark == "open":
        yield from marks.joined(row.value, y, scale=scale, style=style, row=key)
    elif row.mark == "circle":
        yield from marks.circle(row.value, y, scale=scale, style=style, row=key)
    else:
        yield from marks.study(row.value, y, scale=scale, style=style, size=0.8, row=key)


def _page(placed: _Placed, body: Sequence[Strip], foot: Sequence[Strip]) -> Layout:
    style, margin = placed.style, placed.style.margin_mm * POINTS_PER_MM
    stack = Stack(scale=placed.scale, style=style, height=margin)
    if body or not foot:
        stack.add([heading_strip(placed.columns, style), rule(style, after=0.3 * style.row_pt)])
        stack.add(body)
        stack.add([axis_strip(placed.scale, placed.chart.axis_title, style=style)])
    stack.add(foot)
    return Layout(width=style.width_pt, height=stack.height + margin, shapes=stack.drawn())
