"""The PRISMA 2020 flow on paper: closer lines, then smaller text, then several pages; nothing is cut off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from metaleak.plots.prisma_boxes import FlowBox, Item, Place
from metaleak.plots.prisma_layout import flow_layout, lines_of
from metaleak.plots.shapes import Layout
from metaleak.plots.style import POINTS_PER_MM, Style

#: Line distances and, in points, sizes of text that are tried where a flow is taller than a page.
_CLOSER, _SMALLER = (1.25, 1.15), (7.0, 6.5, 6.0)

#: Line distance of what takes several pages.
_SPACIOUS = 1.25


def flow_pages(
    boxes: Sequence[FlowBox],
    *,
    home: Place,
    headings: Mapping[Place, str],
    caption: str,
    caveat: str,
    style: Style,
) -> tuple[Layout, tuple[Layout, ...]]:
    """Return a flow on one sheet, and on pages no taller than the style's.

    A flow that fits a page with closer lines or with text of at least 6 pt is the same on both. One that does not is
    as tall as it needs on the sheet, and is cut between its steps on paper; a box that is taller than a page goes on
    overleaf. The caption stands on the last page.

    Parameters
    ----------
    boxes, home, headings, caption, caveat, style
        As :func:`metaleak.plots.prisma_layout.flow_layout` takes them.

    Raises
    ------
    SettingError
        When the style is too narrow for the columns.
    """
    room = style.page_mm * POINTS_PER_MM

    def laid(shown: Sequence[FlowBox], drawn_in: Style, *, last: bool = True) -> Layout:
        return flow_layout(
            shown,
            home=home,
            headings=headings,
            caption=caption if last else "",
            caveat=caveat if last else "",
            style=drawn_in,
            places=[box.place for box in boxes],
            goes_on=not last,
        )

    for drawn_in in _tighter(style):
        whole = laid(boxes, drawn_in)
        if whole.height <= room:
            return whole, (whole,)
    spacious = replace(style, leading=min(style.leading, _SPACIOUS))
    pages: list[list[FlowBox]] = [[]]
    for part in _parts(boxes, style=spacious, room=0.6 * room):
        if pages[-1] and laid([*pages[-1], *part], spacious, last=False).height > room:
            pages.append([])
        pages[-1] += part
    drawn = [laid(page, spacious, last=False) for page in pages[:-1]]
    last = laid(pages[-1], spacious)
    if last.height > room and pages[-1]:
        foot = laid(pages[-1][-1:], spacious)
        drawn.append(laid(pages[-1][:-1] or pages[-1], spacious, last=False))
        last = foot
    return laid(boxes, spacious), (*drawn, last)


def _tighter(style: Style) -> Iterator[Style]:
    yield style
    for leading in _CLOSER:
        if leading < style.leading:
            yield replace(style, leading=leading)
    for size in _SMALLER:
        if size < style.text_pt:
            yield replace(style, leading=min(style.leading, _CLOSER[-1]), text_pt=size)


def _parts(boxes: Sequence[FlowBox], *, style: Style, room: float) -> Iterator[list[FlowBox]]:
    """Return the boxes of each step; a box that is taller than ``room`` in parts, one behind the other."""
    most = max(3, int(room / (style.text_pt * style.leading)))
    places = [box.place for box in boxes]
    for step in sorted({box.step for box in boxes}):
        rest = [box for box in boxes if box.step == step]
        while rest:
            now, later = [], []
            for box in rest:
                held = _held(box, most, places, style)
                now.append(replace(box, items=box.items[:held]))
                if held < len(box.items):
                    again = Item(f"{box.items[0].text} (continued)", bold=box.items[0].bold)
                    later.append(replace(box, items=(again, *box.items[held:])))
            yield now
            rest = later


def _held(box: FlowBox, most: int, places: Sequence[Place], style: Style) -> int:
    """Return how many items of a box stand in so many lines, its head and at least one more."""
    used = 0
    for at, item in enumerate(box.items):
        used += lines_of(item, box.place, places, style)
        if used > most and at > 1:
            return at
    return len(box.items)
