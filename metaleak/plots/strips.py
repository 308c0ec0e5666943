"""Strips of a figure, stacked from the top and split into pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from metaleak.plots.languages import said
from metaleak.plots.scale import Scale
from metaleak.plots.shapes import Line, Shape, Text, moved
from metaleak.plots.style import POINTS_PER_MM, Style
from metaleak.plots.text_metrics import CAP_HEIGHT, Weight, wrap


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """A band across the figure: its height, and its shapes with y measured from its top.

    Attributes
    ----------
    group : str
        The group it belongs to; repeated as a heading where a page continues the group.
    gridded : bool
        Whether the grid of the plot runs through it.
    reference : float or None
        A share to mark by a dashed line through the gridded strips of the group.
    keep : bool
        Whether it stays on one page with the next strip.
    """

    height: float
    shapes: tuple[Shape, ...] = ()
    group: str = ""
    gridded: bool = False
    reference: float | None = None
    keep: bool = False


@dataclass(slots=True)
class _Run:
    top: float
    bottom: float
    reference: float | None


@dataclass(slots=True)
class Stack:
    """Strips put one under the other; ``height`` is how far they reach."""

    scale: Scale
    style: Style
    height: float = 0.0
    shapes: list[Shape] = field(default_factory=list)
    _runs: list[_Run] = field(default_factory=list)
    _open: bool = False

    def add(self, strips: Iterable[Strip]) -> None:
        """Put strips under what is there."""
        for strip in strips:
            self.shapes += [moved(shape, self.height) for shape in strip.shapes]
            self._grid(strip)
            self.height += strip.height

    def _grid(self, strip: Strip) -> None:
        last = self._runs[-1] if self._runs else None
        bottom = self.height + strip.height
        if strip.gridded and self._open and last is not None and last.reference == strip.reference:
            last.bottom = bottom
        elif strip.gridded:
            self._runs.append(_Run(self.height, bottom, strip.reference))
        self._open = strip.gridded

    def drawn(self) -> tuple[Shape, ...]:
        """Return all shapes, the grid behind the marks."""
        return (*self._grid_lines(), *self.shapes)

    def _grid_lines(self) -> Iterable[Line]:
        for run in self._runs:
            for tick in self.scale.ticks:
                yield self._vertical(self.scale.x(tick), run, colour="grid", part="grid")
            if run.reference is not None and self.scale.holds(run.reference):
                x = self.scale.x(run.reference)
                yield self._vertical(x, run, colour="pooled", part="reference", dashed=True)

    def _vertical(self, x: float, run: _Run, *, colour: str, part: str, dashed: bool = False) -> Line:
        return Line(
            x1=x,
            y1=run.top,
            x2=x,
            y2=run.bottom,
            width=self.style.thin_pt,
            colour=colour,
            part=part,
            dashed=dashed,
        )


def pages_of(
    body: Sequence[Strip], foot: Sequence[Strip], *, room: float, continued: dict[str, Strip]
) -> list[tuple[list[Strip], list[Strip]]]:
    """Split the body into pages no taller than ``room``, the foot on the last or on one of its own.

    Parameters
    ----------
    body, foot : strips
        What is split between strips that need not stay together, and what ends the figure.
    room : float
        The height that a page has for its body, and for the foot behind it.
    continued : mapping
        The heading to repeat when a group goes on overleaf.

    Returns
    -------
    list of (body strips, foot strips)
        One entry per page; a block taller than a page gets a page of its own.
    """
    pages: list[list[Strip]] = [[]]
    for block in _blocks(body):
        height = sum(strip.height for strip in block)
        used = sum(strip.height for strip in pages[-1])
        if pages[-1] and used + height > room:
            going_on = block[0].group and block[0].group == pages[-1][-1].group
            pages.append([continued[block[0].group]] if going_on else [])
        pages[-1] += block
    used = sum(strip.height for strip in pages[-1])
    result: list[tuple[list[Strip], list[Strip]]] = [(page, []) for page in pages]
    if used + sum(strip.height for strip in foot) <= room:
        result[-1] = (pages[-1], list(foot))
    else:
        result.append(([], list(foot)))
    return result


def _blocks(strips: Sequence[Strip]) -> Iterable[list[Strip]]:
    block: list[Strip] = []
    for strip in strips:
        block.append(strip)
        if not strip.keep:
            yield block
            block = []
    if block:
        yield block


def text_strip(
    text: str,
    *,
    left: float,
    room: float,
    style: Style,
    column: str,
    row: str = "",
    weight: Weight = "regular",
    size: float | None = None,
    colour: str = "text",
    group: str = "",
    keep: bool = False,
    after: float = 0.0,
) -> Strip:
    """Return a paragraph, broken to ``room``, with ``after`` points of space behind it."""
    size = size or style.text_pt
    lines = wrap(said(text, style.language), room, size, weight=weight)
    step = size * style.leading
    shapes = tuple(
        Text(
            x=left,
            y=baseline(i * step, step, size),
            text=line,
            size=size,
            row=row,
            column=column,
            weight=weight,
            colour=colour,
        )
        for i, line in enumerate(lines)
    )
    return Strip(height=len(lines) * step + after, shapes=shapes, group=group, keep=keep)


def baseline(top: float, height: float, size: float) -> float:
    """Return where a line of text stands so that its capitals are in the middle of a band."""
    return top + height / 2 + CAP_HEIGHT * size / 2


def paragraphs(lines: Sequence[tuple[str, str]], *, warning: str, caption: str, style: Style) -> list[Strip]:
    """Return what stands under an axis: lines with their column names, a rule, the caveat, the caption."""
    margin = style.margin_mm * POINTS_PER_MM
    room = style.width_pt - 2 * margin
    gap = 0.15 * style.row_pt
    strips = [
        text_strip(text, left=margin, room=room, style=style, column=column, row=column, after=gap)
        for text, column in lines
    ]
    if strips and (warning or caption):
        strips.append(rule(style, before=0.4 * style.row_pt, after=0.3 * style.row_pt))
    if warning:
        strips.append(
            text_strip(
                warning,
                left=margin,
                room=room,
                style=style,
                column="caveat",
                row="caveat",
                weight="bold",
                after=gap,
            )
        )
    if caption:
        strips.append(
            text_strip(caption, left=margin, room=room, style=style, column="caption", row="caption")
        )
    return strips


def rule(style: Style, *, before: float = 0.0, after: float = 0.0) -> Strip:
    """Return a line across the figure with space before and after it."""
    margin = style.margin_mm * POINTS_PER_MM
    line = Line(
        x1=margin,
        y1=before,
        x2=style.width_pt - margin,
        y2=before,
        width=style.thin_pt,
        colour="rule",
        part="rule",
    )
    return Strip(height=before + after, shapes=(line,), keep=True)
