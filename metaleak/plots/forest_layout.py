"""The forest plot by group, laid out as plain data: every text measured, every mark placed, no canvas."""

from __future__ import annotations

from collections.abc import Sequence

from metaleak.errors import UndefinedError
from metaleak.plots import words
from metaleak.plots.axis import axis_strip, top_axis_strip
from metaleak.plots.caption import forest_caption
from metaleak.plots.columns import heading_strip
from metaleak.plots.forest_bias import bias_foot, bias_heads
from metaleak.plots.forest_data import ForestData
from metaleak.plots.forest_frame import Frame, Options, forest_frame
from metaleak.plots.forest_rows import group_strips, heading
from metaleak.plots.shapes import Layout
from metaleak.plots.strips import Stack, Strip, pages_of, paragraphs, rule
from metaleak.plots.style import PLAIN, POINTS_PER_MM, Style

#: From this many points on the percents stand above the plot, too.
TALL = 120.0 * POINTS_PER_MM

DEFAULT = Options()


def forest_layout(data: ForestData, *, style: Style = PLAIN, options: Options = DEFAULT) -> Layout:
    """Lay the whole plot out on one sheet, as tall as it needs to be.

    Raises
    ------
    UndefinedError
        When the overall value is asked for and the result holds none.
    SettingError
        When the axis has no room.

    See Also
    --------
    forest_pages : the same plot, split into pages.
    """
    frame = _frame(data, style, options)
    body = _body(frame)
    return _page(frame, body, _foot(frame), tall=_height(body) > TALL)


def forest_pages(data: ForestData, *, style: Style = PLAIN, options: Options = DEFAULT) -> tuple[Layout, ...]:
    """Lay the plot out on pages no taller than the style's; a group that goes on repeats its heading.

    Raises
    ------
    UndefinedError, SettingError
        As :func:`forest_layout`.
    """
    frame = _frame(data, style, options)
    body, foot = _body(frame), _foot(frame)
    whole = forest_layout(data, style=style, options=options)
    page = style.page_mm * POINTS_PER_MM
    if whole.height <= page:
        return (whole,)
    room = page - _page(frame, (), (), tall=True).height
    again = {group.name: heading(frame, i, group, more=True) for i, group in enumerate(frame.groups)}
    pages = pages_of(body, foot, room=room, continued=again)
    return tuple(
        _page(frame, part, ending, tall=True) if part else _last_page(frame, ending) for part, ending in pages
    )


def _frame(data: ForestData, style: Style, options: Options) -> Frame:
    if options.overall and data.overall is None:
        raise UndefinedError(
            "the result holds no overall value",
            required="a result pooled over all groups, under the key overall",
            where=data.analysis,
            todo="leave overall out: an average over imaging methods is a property of the collection",
        )
    return forest_frame(data, style, options)


def _body(frame: Frame) -> list[Strip]:
    return [strip for i, group in enumerate(frame.groups) for strip in group_strips(frame, i, group)]


def _foot(frame: Frame) -> list[Strip]:
    """Return what stands under the axis: tests, contrasts, caveat, caption."""
    data, style = frame.data, frame.style
    lines = [(line, "test") for line in words.tests(data)]
    lines += [(words.contrast(item), "contrast") for item in data.contrasts]
    caption = forest_caption(data, overall=frame.options.overall, bias=bool(frame.blocks))
    caption = caption if frame.options.caption else ""
    found = bias_foot(frame.blocks, frame.data.rows, style)
    return [*found, *paragraphs(lines, warning=data.source.caveat, caption=caption, style=style)]


def _page(frame: Frame, body: Sequence[Strip], foot: Sequence[Strip], *, tall: bool) -> Layout:
    style = frame.style
    stack = Stack(scale=frame.scale, style=style, height=frame.margin)
    stack.add([bias_heads(frame.blocks, frame.columns, heading_strip(dict(frame.columns), style), style)])
    if tall:
        stack.add([top_axis_strip(frame.scale, style=style)])
    stack.add([rule(style, after=0.4 * style.row_pt)])
    stack.add(body)
    stack.add([axis_strip(frame.scale, words.axis_title(frame.data), style=style)])
    stack.add(foot)
    return Layout(width=style.width_pt, height=stack.height + frame.margin, shapes=stack.drawn())


def _last_page(frame: Frame, foot: Sequence[Strip]) -> Layout:
    stack = Stack(scale=frame.scale, style=frame.style, height=frame.margin)
    stack.add(foot)
    return Layout(width=frame.style.width_pt, height=stack.height + frame.margin, shapes=stack.drawn())


def _height(strips: Sequence[Strip]) -> float:
    return sum(strip.height for strip in strips)
