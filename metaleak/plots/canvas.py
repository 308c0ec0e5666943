"""Draws layouts with matplotlib's objects: no pyplot, no global setting changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from metaleak.errors import SettingError
from metaleak.plots.shapes import Layout, Line, Polygon, Shape, Text
from metaleak.plots.style import FONT_FILES, FONT_FOLDER, PLAIN, SECOND_FILES, Style
from metaleak.plots.text_metrics import Weight, runs, width

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Settings under which figures are drawn and saved: text stays text, fonts go into the PDF, ids repeat.
SETTINGS: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "metaleak",
    "pdf.fonttype": 42,
    "ps.fonttype": 42,
    "text.hinting": "none",
    "text.usetex": False,
    "axes.unicode_minus": False,
    "path.simplify": False,
}


@contextmanager
def settings() -> Iterator[None]:
    """Draw under our own settings and leave those of the process as they were."""
    import matplotlib.style

    with matplotlib.rc_context(), matplotlib.style.context("default"):
        matplotlib.rcParams.update(SETTINGS)
        yield


def draw_figure(layout: Layout, *, style: Style = PLAIN) -> Figure:
    """Draw a layout on a new figure of its printed size."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with settings():
        figure = Figure(figsize=(layout.width / 72, layout.height / 72), facecolor=style.palette.paper)
        FigureCanvasAgg(figure)
        draw_on(figure.add_axes((0, 0, 1, 1)), layout, style=style)
    return figure


def draw_on(axes: Axes, layout: Layout, *, style: Style = PLAIN) -> Axes:
    """Draw a layout on axes that somebody else made, one to one from their upper left corner.

    Raises
    ------
    SettingError
        When the axes are smaller than the layout: text cannot be squeezed.
    """
    wide, high = axes_size(axes)
    if layout.width > wide + 0.5 or layout.height > high + 0.5:
        raise SettingError(
            "the axes are too small for the plot",
            required=f"{layout.width / 72:.2f} x {layout.height / 72:.2f} inches",
            got=f"{wide / 72:.2f} x {high / 72:.2f} inches",
            todo="make the figure larger, or leave ax out",
        )
    with settings():
        axes.set_xlim(0, wide)
        axes.set_ylim(high, 0)
        axes.set_axis_off()
        for order, shape in enumerate(layout.shapes):
            for artist in _artists(shape, style):
                artist.set_zorder(2 + order / 10_000)
                artist.set_clip_on(False)
                axes.add_artist(artist)
    return axes


def axes_size(axes: Axes) -> tuple[float, float]:
    """Return width and height of axes in points."""
    figure = axes.get_figure(root=True)
    place = axes.get_position()
    wide, high = figure.get_size_inches() if figure is not None else (0.0, 0.0)
    return float(place.width * wide * 72), float(place.height * high * 72)


def _artists(shape: Shape, style: Style) -> Iterator[Any]:
    if isinstance(shape, Text):
        yield from _texts(shape, style)
    elif isinstance(shape, Line):
        yield _line(shape, style)
    else:
        yield _polygon(shape, style)


def _texts(shape: Text, style: Style) -> Iterator[Any]:
    """Yield a text, or its pieces one behind the other where it needs both fonts."""
    pieces = runs(shape.text, shape.weight)
    if len(pieces) < 2:
        yield _text(shape, style, second=any(other for other, _ in pieces))
        return
    x = shape.box.left
    for other, piece in pieces:
        yield _text(replace(shape, x=x, text=piece, anchor="left"), style, second=other)
        x += width(piece, shape.size, shape.weight)


def _text(shape: Text, style: Style, *, second: bool) -> Any:
    from matplotlib.text import Text as Drawn

    return Drawn(
        shape.x,
        shape.y,
        shape.text,
        fontproperties=_font(shape.weight, shape.size, second),
        color=style.palette.colour(shape.colour),
        ha=shape.anchor,
        va="baseline",
        rotation=90 if shape.turned else 0,
        rotation_mode="anchor",
        parse_math=False,
    )


@lru_cache(maxsize=64)
def _font(weight: Weight, size: float, second: bool) -> Any:
    from matplotlib.font_manager import FontProperties

    file = (SECOND_FILES if second else FONT_FILES)[weight]
    # One family only: matplotlib looks the file up once more for every further name.
    return FontProperties(family="sans-serif", size=size, fname=str(FONT_FOLDER / file))


def _line(shape: Line, style: Style) -> Any:
    from matplotlib.lines import Line2D

    return Line2D(
        (shape.x1, shape.x2),
        (shape.y1, shape.y2),
        linewidth=shape.width,
        color=style.palette.colour(shape.colour),
        linestyle=(0, (3, 2)) if shape.dashed else "-",
        solid_capstyle="butt",
        dash_capstyle="butt",
    )


def _polygon(shape: Polygon, style: Style) -> Any:
    from matplotlib.patches import Polygon as Drawn

    return Drawn(
        shape.points,
        closed=True,
        facecolor="none" if shape.fill is None else style.palette.colour(shape.fill),
        edgecolor="none" if shape.edge is None else style.palette.colour(shape.edge),
        linewidth=shape.width,
        joinstyle="miter",
    )
