"""The specification curve: sorted odds ratios above, and below them where along the curve each choice lies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from metaleak import numbers
from metaleak.plots.drawn_values import values_csv
from metaleak.plots.figures import result_values
from metaleak.plots.forest_frame import Options
from metaleak.plots.languages import said
from metaleak.plots.plan import FigurePlan
from metaleak.plots.scale import RatioScale
from metaleak.plots.shapes import Layout, Line, Polygon, Shape, Text
from metaleak.plots.source import Source, source_of
from metaleak.plots.strips import Stack, Strip, baseline, pages_of, paragraphs, text_strip
from metaleak.plots.style import PLAIN, POINTS_PER_MM, Style
from metaleak.plots.text_metrics import checked, width, wrap
from metaleak.plots.why import DEFAULT
from metaleak.storage.strict_json import number

Json = Mapping[str, Any]

_PANEL_MM = 42.0
#: The curve is drawn through this many places, and a choice's share is told for as many stretches.
_PLACES = 160
_STRETCHES = 80
#: What the column of counts has to hold.
_COUNTS = " (0000)"
#: The ends of the axis of odds ratios lie no further out; what lies beyond is cut and told.
_FURTHEST = (0.02, 50.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """Where things stand: the plot from ``left`` to ``right``, the column of medians ending at ``end``."""

    style: Style
    left: float
    right: float
    end: float
    scale: RatioScale

    @property
    def margin(self) -> float:
        """The left edge."""
        return self.style.margin_mm * POINTS_PER_MM

    def x(self, share: float) -> float:
        """Return the place of a share of the specifications, in their order."""
        return self.left + share * (self.right - self.left)


def plan_specifications(result: Any, *, style: Style = PLAIN, options: Options = DEFAULT) -> FigurePlan:
    """Plan the curve of an analysis of kind ``"specifications"``.

    Parameters
    ----------
    result : mapping, path or analysis
        The result.
    style, options
        How it looks and what it shows.

    Raises
    ------
    InputError, SheetError, SettingError
        As reading and laying out raise them.
    """
    values = _with_numbers(result_values(result))
    source = source_of(values)
    for axis in values["odds_ratio"]["by_axis"]:
        for text in (axis["axis"], *(choice["choice"] for choice in axis["choices"])):
            checked(str(text), where="figure specifications")
    frame = _frame(values, style)
    body = [_panel(values, frame), *_choices(values, frame)]
    caption = _caption(values)
    foot = paragraphs([], warning=source.caveat, caption=caption if options.caption else "", style=style)
    whole = _page(body, foot, frame)
    page = style.page_mm * POINTS_PER_MM
    pages: tuple[Layout, ...] = (whole,)
    if whole.height > page:
        split = pages_of(body, foot, room=page - 2 * frame.margin, continued={})
        pages = tuple(_page(part, ending, frame) for part, ending in split)
    return FigurePlan(
        kind="specifications",
        source=source,
        style=style,
        whole=whole,
        pages=pages,
        caption=caption,
        alt_text=_alt_text(values, source, style.language),
        values_csv=_values(values),
    )


def _with_numbers(values: Json) -> Json:
    """Return a result whose limits of the curve are numbers: stored infinities are words."""
    limits = {name: [number(value) for value in values["curve"][name]] for name in ("low", "high")}
    return {**values, "curve": {**values["curve"], **limits}}


def _frame(values: Json, style: Style) -> _Frame:
    margin = style.margin_mm * POINTS_PER_MM
    labels = [
        said(choice["choice"], style.language)
        for axis in values["odds_ratio"]["by_axis"]
        for choice in axis["choices"]
    ]
    widest = min(max(width(text, style.text_pt) for text in labels), 0.32 * style.width_pt)
    medians = width("00.00", style.text_pt) + width(_COUNTS, style.text_pt)
    curve = values["curve"]
    low = max(_FURTHEST[0], min(x for x in (*curve["low"], *curve["odds_ratio"]) if x > 0))
    high = min(_FURTHEST[1], max((*curve["high"], *curve["odds_ratio"])))
    panel = _PANEL_MM * POINTS_PER_MM
    left = margin + widest + 1.2 * style.text_pt
    return _Frame(
        style=style,
        left=left,
        right=style.width_pt - margin - medians - 1.2 * style.text_pt,
        end=style.width_pt - margin,
        scale=RatioScale(left=panel, right=0.6 * style.text_pt, low=low / 1.05, high=max(high, 1.0) * 1.05),
    )


def _panel(values: Json, frame: _Frame) -> Strip:
    curve, style, scale = values["curve"], frame.style, frame.scale
    k = len(curve["odds_ratio"])
    drawn = np.unique(np.linspace(0, k - 1, min(k, _PLACES)).round().astype(int)).tolist()
    at = [frame.x((i + 0.5) / k) for i in drawn]
    shapes: list[Shape] = list(_axis(frame))
    ends = [_smooth(curve[name], drawn) for name in ("low", "high")]
    upper = [(x, scale.x(value)) for x, value in zip(at, ends[1], strict=True)]
    lower = [(x, scale.x(value)) for x, value in zip(at, ends[0], strict=True)]
    shapes.append(Polygon(points=tuple(upper + lower[::-1]), fill="grid", row="curve", part="intervals"))
    shapes += _reference(1.0, frame, colour="rule", dashed=False, part="no difference")
    within = values["within"]
    if within is not None:
        shapes += _reference(
            within["odds_ratio"], frame, colour="pooled", dashed=True, part="within patients"
        )
    line = [(x, scale.x(curve["odds_ratio"][i])) for x, i in zip(at, drawn, strict=True)]
    shapes.append(
        Polygon(
            points=tuple(line + line[::-1]),
            fill=None,
            edge="study",
            width=2 * style.line_pt,
            row="curve",
            part="estimates",
        )
    )
    headline = values["headline"]
    if headline is not None:
        shapes += _mark(headline, curve, k, frame)
    return Strip(height=scale.left + 0.9 * style.row_pt, shapes=tuple(shapes), keep=True)


def _smooth(values: Sequence[float], places: Sequence[int]) -> list[float]:
    """Return the median of the values around each place: intervals of neighbours differ by their model."""
    half = max(1, len(values) // (2 * _PLACES))
    return [float(np.median(values[max(0, i - half) : i + half + 1])) for i in places]


def _axis(frame: _Frame) -> Iterator[Shape]:
    style, scale = frame.style, frame.scale
    yield Line(
        x1=frame.left,
        y1=scale.right,
        x2=frame.left,
        y2=scale.left,
        width=style.thin_pt,
        colour="rule",
        part="axis",
    )
    for tick in scale.ticks:
        y = scale.x(tick)
        yield Line(x1=frame.left, y1=y, x2=frame.right, y2=y, width=style.thin_pt, colour="grid", part="grid")
        yield Text(
            x=frame.left - 0.4 * style.text_pt,
            y=baseline(y - style.text_pt / 2, style.text_pt, style.text_pt),
            text=scale.label(tick),
            size=style.text_pt,
            row="axis",
            column="axis",
            anchor="right",
        )
    room = frame.left - frame.margin - width("0.00", style.text_pt) - style.text_pt
    for i, line in enumerate(wrap(said("Odds ratio", style.language), room, style.text_pt)):
        yield Text(
            x=frame.margin,
            y=scale.right + (i + 1) * 1.25 * style.text_pt,
            text=line,
            size=style.text_pt,
            row="axis",
            column="title",
            weight="bold",
        )


def _reference(value: float, frame: _Frame, *, colour: str, dashed: bool, part: str) -> Iterator[Shape]:
    style, scale = frame.style, frame.scale
    if not scale.holds(value):
        return
    y = scale.x(value)
    yield Line(
        x1=frame.left,
        y1=y,
        x2=frame.right,
        y2=y,
        width=style.line_pt,
        colour=colour,
        part=part,
        dashed=dashed,
    )
    size = 0.9 * style.text_pt
    told = said(part, style.language)
    for i, line in enumerate(wrap(told, frame.end - frame.right - 0.6 * style.text_pt, size)):
        yield Text(
            x=frame.right + 0.5 * style.text_pt,
            y=baseline(y - size / 2, size, size) + 1.15 * i * size,
            text=line,
            size=size,
            row=part,
            column="reference",
            colour="quiet",
        )


def _mark(headline: Json, curve: Json, k: int, frame: _Frame) -> Iterator[Shape]:
    """Return the interval and diamond of the analysis that leads the page, at its place in the curve."""
    style, scale = frame.style, frame.scale
    place = curve["number"].index(0) if 0 in curve["number"] else None
    if place is None:
        return
    x, y = frame.x((place + 0.5) / k), scale.x(headline["odds_ratio"])
    half = 0.3 * style.row_pt
    yield Line(
        x1=x,
        y1=scale.x(number(headline["ci_low"]) or 0.0),
        x2=x,
        y2=scale.x(number(headline["ci_high"]) or 0.0),
        width=1.5 * style.line_pt,
        colour="rule",
        row="headline",
        part="interval",
    )
    yield Polygon(
        points=((x - half, y), (x, y - half), (x + half, y), (x, y + half)),
        fill="pooled",
        edge="rule",
        width=style.thin_pt,
        row="headline",
        part="diamond",
    )


def _choices(values: Json, frame: _Frame) -> Iterator[Strip]:
    style, curve = frame.style, values["curve"]
    yield _heading(frame)
    for axis in values["odds_ratio"]["by_axis"]:
        name = axis["axis"]
        share = numbers.percent(axis["share_of_spread"], 0)
        yield text_strip(
            f"{name}: {share} of the spread",
            left=frame.margin,
            room=frame.end - frame.margin,
            style=style,
            column="label",
            row=name,
            weight="bold",
            keep=True,
        )
        words = curve["words"][name]
        for choice in axis["choices"]:
            word = words.index(choice["choice"])
            yield _choice(
                choice, [own == word for own in curve["chosen"][name]], frame, row=f"{name}: {word}"
            )
        yield Strip(height=0.2 * style.row_pt)


def _heading(frame: _Frame) -> Strip:
    style = frame.style
    text = Text(
        x=frame.end,
        y=baseline(0, style.row_pt, style.text_pt),
        text="Median (k)",
        size=style.text_pt,
        row="heading",
        column="median",
        anchor="right",
        weight="bold",
    )
    told = Text(
        x=frame.left,
        y=baseline(0, style.row_pt, style.text_pt),
        text="Share that took the choice, along the curve",
        size=style.text_pt,
        row="heading",
        column="strip",
        weight="bold",
    )
    return Strip(height=style.row_pt, shapes=(told, text), keep=True)


def _choice(choice: Json, taken: Sequence[bool], frame: _Frame, *, row: str) -> Strip:
    style = frame.style
    told = said(choice["choice"], style.language)
    lines = wrap(told, frame.left - frame.margin - 0.6 * style.text_pt, style.text_pt)
    height = max(1.35 * style.text_pt, 1.2 * style.text_pt * len(lines))
    shapes: list[Shape] = [
        Text(
            x=frame.margin,
            y=baseline(1.2 * style.text_pt * i, 1.2 * style.text_pt, style.text_pt),
            text=line,
            size=style.text_pt,
            row=row,
            column="label",
        )
        for i, line in enumerate(lines)
    ]
    bottom = height - 0.12 * style.text_pt
    shapes.append(
        Line(
            x1=frame.left,
            y1=bottom,
            x2=frame.right,
            y2=bottom,
            width=style.thin_pt,
            colour="grid",
            part="base",
        )
    )
    shapes.append(_area(taken, bottom, bottom - 0.1 * style.text_pt, frame, row))
    y = baseline(0, 1.2 * style.text_pt, style.text_pt)
    cells = {
        "median": (frame.end - width(_COUNTS, style.text_pt), numbers.fixed(choice["median"], 2)),
        "k": (frame.end, f"({numbers.count(choice['k'])})"),
    }
    for column, (x, text) in cells.items():
        shapes.append(Text(x=x, y=y, text=text, size=style.text_pt, row=row, column=column, anchor="right"))
    return Strip(height=height + 0.15 * style.text_pt, shapes=tuple(shapes))


def _area(taken: Sequence[bool], bottom: float, tall: float, frame: _Frame, row: str) -> Polygon:
    """Return the share of neighbouring specifications that took a choice, as stairs along the curve."""
    parts = np.array_split(np.asarray(taken, dtype=np.float64), min(_STRETCHES, len(taken)))
    points = [(frame.left, bottom)]
    done = 0
    for part in parts:
        height = bottom - tall * float(part.mean())
        points += [
            (frame.x(done / len(taken)), height),
            (frame.x((done + len(part)) / len(taken)), height),
        ]
        done += len(part)
    return Polygon(points=(*points, (frame.right, bottom)), fill="study", row=row, part="share")


def _page(body: Sequence[Strip], foot: Sequence[Strip], frame: _Frame) -> Layout:
    # The scale of a stack draws the grid of gridded strips: there are none.
    stack = Stack(scale=frame.scale, style=frame.style, height=frame.margin)
    stack.add(body)
    stack.add(foot)
    return Layout(width=frame.style.width_pt, height=stack.height + frame.margin, shapes=stack.drawn())


def _caption(values: Json) -> str:
    told, contrast = values["odds_ratio"], values["settings"]["contrast"]
    headline = (
        "; the diamond is the analysis that leads the page, with its interval" if values["headline"] else ""
    )
    within = (
        " Dashed: the contrast within the same patients, which no specification between studies replaces."
        if values["within"] is not None
        else ""
    )
    return (
        f"{numbers.count(told['k'])} different specifications of the odds ratio of {contrast['of']} to "
        f"{contrast['against']}, in order of the estimate; the band is their intervals, smoothed{headline}.{within} "
        "Below, the share of neighbouring specifications that took each choice; the share of the spread that goes "
        "with a decision is its eta squared, alone. Specifications share studies: their number is no evidence."
    )


def _alt_text(values: Json, source: Source, language: str) -> str:
    told = values["odds_ratio"]
    between, stop, gap = ("; ", ".", " ") if language == "en" else ("；", "。", "")
    axes = [
        f"{said(axis['axis'], language)} ({numbers.percent(axis['share_of_spread'], 0)}): "
        + between.join(
            f"{said(choice['choice'], language)} {numbers.fixed(choice['median'], 2)}"
            for choice in axis["choices"]
        )
        + stop
        for axis in told["by_axis"]
    ]
    ends = [numbers.fixed(told[name], 2) for name in ("lowest", "median", "highest")]
    first = f"{source.title}: " + said(
        f"{numbers.count(told['k'])} odds ratios from {ends[0]} to {ends[2]}, median {ends[1]}.", language
    )
    parts = [first, said("Median by choice:", language), *axes, said(source.caveat, language)]
    return gap.join(part for part in parts if part)


def _values(values: Json) -> str:
    curve = values["curve"]
    rows: list[dict[str, Any]] = [
        {
            "kind": "specification",
            "label": "; ".join(
                f"{axis}: {curve['words'][axis][chosen[i]]}"
                for axis, chosen in curve["chosen"].items()
                if curve["words"][axis][chosen[i]]
            ),
            "scale": "odds ratio",
            "value": curve["odds_ratio"][i],
            "low": curve["low"][i],
            "high": curve["high"][i],
        }
        for i in range(len(curve["odds_ratio"]))
    ]
    rows += [
        {
            "kind": "choice",
            "group": axis["axis"],
            "label": choice["choice"],
            "scale": "odds ratio",
            "value": choice["median"],
            "low": choice["lowest"],
            "high": choice["highest"],
            "k": choice["k"],
        }
        for axis in values["odds_ratio"]["by_axis"]
        for choice in axis["choices"]
    ]
    return values_csv(rows)
