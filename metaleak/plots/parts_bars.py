"""The ledger at a glance: one bar per ledger, cut into the parts of the variance."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from metaleak import numbers
from metaleak.plots.axis import axis_strip
from metaleak.plots.drawn_values import values_csv
from metaleak.plots.figures import result_values
from metaleak.plots.forest_frame import Options
from metaleak.plots.languages import said
from metaleak.plots.plan import FigurePlan
from metaleak.plots.scale import Scale
from metaleak.plots.shapes import Layout, Polygon, Shape, Text
from metaleak.plots.source import source_of
from metaleak.plots.strips import Stack, Strip, baseline, pages_of, paragraphs, text_strip
from metaleak.plots.style import PLAIN, POINTS_PER_MM, Palette, Style
from metaleak.plots.text_metrics import checked, width
from metaleak.plots.why import DEFAULT, called
from metaleak.plots.words import capital, rows_of_studies
from metaleak.storage.strict_json import number

Json = Mapping[str, Any]

_BAR_MM = 7.0

#: Space left and right of a text inside its part, in type sizes.
_PADDING = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A part of a bar: from ``low`` to ``high``, as shares of the whole; negative parts lie left of 0."""

    name: str
    share: float
    low: float
    high: float
    colour: str


def colours_of(ledgers: Sequence[Json]) -> dict[str, str]:
    """Give every part its colour, the same in all ledgers."""
    names = dict.fromkeys(name for ledger in ledgers for name in ledger["parts"] if name not in _COLOURS)
    return {**_COLOURS, **{name: f"series-{i + 1}" for i, name in enumerate(names)}}


def segments(ledger: Json, colours: Mapping[str, str]) -> list[Segment]:
    """Put the parts of one ledger end to end, the positive ones to the right of 0, the negative ones to its left.

    Examples
    --------
    >>> parts = {"sampling error": 0.1, "imaging": -0.05, "unexplained": 0.95}
    >>> ledger = {"parts": {name: {"share": share} for name, share in parts.items()}}
    >>> [(part.name, part.low, part.high) for part in segments(ledger, colours_of([ledger]))]
    [('sampling error', 0.0, 0.1), ('imaging', -0.05, 0.0), ('unexplained', 0.1, 1.05)]
    """
    placed, left, right = [], 0.0, 0.0
    for name, part in ledger["parts"].items():
        share = float(number(part["share"]) or 0.0)
        start = right if share >= 0 else left
        low, high = sorted((start, start + share))
        placed.append(Segment(name=name, share=share, low=low, high=high, colour=colours[name]))
        left, right = min(left, low), max(right, high)
    return placed


#: Parts that are no moderators keep their colour in every ledger.
_COLOURS = {"sampling error": "grid", "unexplained": "prediction"}


def plan_parts(result: Any, *, style: Style = PLAIN, options: Options = DEFAULT) -> FigurePlan:
    """Plan the ledger as bars that are cut into its parts.

    Parameters
    ----------
    result : mapping, path or analysis
        A result of kind ``"ledger"``.
    style, options
        How it looks and what it shows.

    Raises
    ------
    InputError, SheetError, SettingError
        As reading and laying out raise them.
    """
    values = result_values(result)
    source = source_of(values)
    colours = colours_of(values["ledgers"])
    bars = [(ledger, segments(ledger, colours)) for ledger in values["ledgers"]]
    for ledger, _ in bars:
        for text in (ledger["name"], *ledger["parts"]):
            checked(str(text), where="figure parts")
    margin = style.margin_mm * POINTS_PER_MM
    reach = [x for _, parts in bars for part in parts for x in (part.low, part.high)]
    scale = Scale(
        left=margin + 0.8 * style.text_pt,
        right=style.width_pt - margin - 1.2 * style.text_pt,
        low=math.floor(10 * min([0.0, *reach]) + 1e-9) / 10,
        high=math.ceil(10 * max([1.0, *reach]) - 1e-9) / 10,
    )
    caption = (
        "Each bar is the variance of the rates of one ledger, on the logit scale of the binomial-normal model, and "
        "sums to 100 %. Sampling error: chance within studies; the shares of moderators are averaged over all orders "
        "in which moderators can enter; a negative share lies left of 0. Intervals, and what chance alone gives the "
        "same moderators, stand in the other figure of this ledger. Associated with, not caused by."
    )
    body = [strip for ledger, parts in bars for strip in _bar(ledger, parts, scale, style)]
    foot = paragraphs([], warning=source.caveat, caption=caption if options.caption else "", style=style)
    whole = _page(body, foot, scale, style)
    pages: tuple[Layout, ...] = (whole,)
    page = style.page_mm * POINTS_PER_MM
    if whole.height > page:
        split = pages_of(body, foot, room=page - _page([], [], scale, style).height, continued={})
        pages = tuple(_page(part, ending, scale, style) for part, ending in split)
    return FigurePlan(
        kind="parts",
        source=source,
        style=style,
        whole=whole,
        pages=pages,
        caption=caption,
        alt_text=_alt_text(source.title, bars, source.caveat),
        values_csv=_values(bars),
    )


def _page(body: Sequence[Strip], foot: Sequence[Strip], scale: Scale, style: Style) -> Layout:
    margin = style.margin_mm * POINTS_PER_MM
    stack = Stack(scale=scale, style=style, height=margin)
    if body or not foot:
        stack.add(body)
        stack.add([axis_strip(scale, "Share of the variance of rates, %", style=style)])
    stack.add(foot)
    return Layout(width=style.width_pt, height=stack.height + margin, shapes=stack.drawn())


def _bar(ledger: Json, parts: Sequence[Segment], scale: Scale, style: Style) -> Iterator[Strip]:
    left = style.margin_mm * POINTS_PER_MM
    room = style.width_pt - 2 * left
    name = f"{capital(ledger['name'])}: {rows_of_studies(ledger['k'], ledger['k_studies'])}"
    yield text_strip(
        name, left=left, room=room, style=style, column="label", row=name, weight="bold", keep=True
    )
    tall = _BAR_MM * POINTS_PER_MM
    shapes = [shape for part in parts for shape in _segment(part, tall, scale, style, name)]
    yield Strip(height=tall + 0.25 * style.row_pt, shapes=tuple(shapes), gridded=True, keep=True)
    told = "; ".join(f"{called(part.name)} {numbers.percent(part.share, 0)}" for part in parts)
    yield text_strip(
        told,
        left=left,
        room=room,
        style=style,
        column="shares",
        row=name,
        colour="quiet",
        after=0.9 * style.row_pt,
    )


def _segment(part: Segment, tall: float, scale: Scale, style: Style, row: str) -> Iterator[Shape]:
    x1, x2 = scale.x(part.low), scale.x(part.high)
    yield Polygon(
        points=((x1, 0), (x2, 0), (x2, tall), (x1, tall)),
        fill=part.colour,
        edge="paper",
        width=style.line_pt,
        row=row,
        part="segment",
    )
    room = x2 - x1 - 2 * _PADDING * style.text_pt
    share = numbers.percent(part.share, 0)
    for text in (said(f"{called(part.name)} {share}", style.language), share):
        if width(text, style.text_pt, "bold") <= room:
            yield Text(
                x=(x1 + x2) / 2,
                y=baseline(0, tall, style.text_pt),
                text=text,
                size=style.text_pt,
                row=row,
                column="segment",
                anchor="center",
                weight="bold",
                colour=_readable(part.colour, style.palette),
            )
            return


def _readable(colour: str, palette: Palette) -> str:
    """Return which of text and paper stands out more on a colour (WCAG 2 contrast)."""
    ground = _luminance(palette.colour(colour))
    text, paper = (_luminance(palette.colour(role)) for role in ("text", "paper"))
    on_text = (max(ground, text) + 0.05) / (min(ground, text) + 0.05)
    on_paper = (max(ground, paper) + 0.05) / (min(ground, paper) + 0.05)
    return "text" if on_text >= on_paper else "paper"


def _luminance(colour: str) -> float:
    shares = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _alt_text(title: str, bars: Sequence[tuple[Json, Sequence[Segment]]], caveat: str) -> str:
    told = [
        f"{capital(ledger['name'])}: "
        + ", ".join(f"{called(part.name).lower()} {numbers.percent(part.share, 0)}" for part in parts)
        + "."
        for ledger, parts in bars
    ]
    return " ".join([f"{title}: bars cut into parts of the variance.", *told, caveat]).strip()


def _values(bars: Sequence[tuple[Json, Sequence[Segment]]]) -> str:
    return values_csv(
        [
            {
                "kind": "part",
                "group": ledger["name"],
                "label": called(part.name),
                "scale": "share",
                "value": part.share,
                "low": part.low,
                "high": part.high,
                "k": ledger["k"],
                "k_studies": ledger["k_studies"],
            }
            for ledger, parts in bars
            for part in parts
        ]
    )
