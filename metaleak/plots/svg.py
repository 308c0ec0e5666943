"""Layouts as SVG: text stays text, every row is a group of its own, the same layout gives the same bytes.

The picture brings the glyphs that it needs: with another typeface its columns would run into each other.
Written directly, because matplotlib's SVG names no row and is three times as long.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from xml.sax.saxutils import escape, quoteattr

from metaleak.plots.font_faces import font_faces
from metaleak.plots.shapes import Layout, Line, Polygon, Shape, Text
from metaleak.plots.style import FONT_FAMILY, SECOND_FAMILY, Style
from metaleak.plots.text_metrics import printable, runs

ANCHORS = {"left": "start", "center": "middle", "right": "end"}


def svg(
    layout: Layout, *, style: Style, name: str, title: str, description: str, typeface: bool = True
) -> str:
    """Return a layout as an SVG document of its printed size.

    Parameters
    ----------
    layout : Layout
        What is drawn.
    style : Style
        Its colours.
    name : str
        Begins every id, so that several figures can stand in one page.
    title, description : str
        What a screen reader says.
    typeface : bool
        Whether it brings its glyphs; not needed inside a page that brings them.

    Examples
    --------
    >>> from metaleak.plots.style import PLAIN
    >>> layout = Layout(width=72, height=36, shapes=(Text(x=0, y=9, text="a < b", size=7),))
    >>> "a &lt; b</text>" in svg(layout, style=PLAIN, name="x", title="T", description="D")
    True
    """
    wide, high = layout.size_mm
    mark = quoteattr(f"{name}-title {name}-desc")
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" id={quoteattr(name)} width="{_number(wide)}mm" '
        f'height="{_number(high)}mm" viewBox="0 0 {_number(layout.width)} {_number(layout.height)}" '
        f'role="img" aria-labelledby={mark} font-family={quoteattr(_family(layout))} '
        f'font-size="{_number(style.text_pt)}" fill="{style.palette.text}">',
        f"<title id={quoteattr(f'{name}-title')}>{escape(title)}</title>",
        f"<desc id={quoteattr(f'{name}-desc')}>{escape(description)}</desc>",
        *([f"<style>{_fonts(layout)}</style>"] if typeface else []),
        f'<rect width="{_number(layout.width)}" height="{_number(layout.height)}" fill="{style.palette.paper}"/>',
        *_rows(layout, style, name),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _rows(layout: Layout, style: Style, name: str) -> Iterator[str]:
    seen: set[str] = set()
    for row, shapes in groupby(layout.shapes, key=lambda shape: shape.row):
        ident = f" id={quoteattr(printable(f'{name}-{row}'))}" if row and row not in seen else ""
        seen.add(row)
        yield f"<g{ident}>" if ident else "<g>"
        yield from (_element(shape, style) for shape in shapes)
        yield "</g>"


def _element(shape: Shape, style: Style) -> str:
    if isinstance(shape, Text):
        return _text(shape, style)
    if isinstance(shape, Line):
        return _line(shape, style)
    return _polygon(shape, style)


def _text(shape: Text, style: Style) -> str:
    parts = [f'x="{_number(shape.x)}" y="{_number(shape.y)}"']
    if shape.turned:
        parts.append(f'transform="rotate(-90 {_number(shape.x)} {_number(shape.y)})"')
    if shape.anchor != "left":
        parts.append(f'text-anchor="{ANCHORS[shape.anchor]}"')
    if shape.size != style.text_pt:
        parts.append(f'font-size="{_number(shape.size)}"')
    if shape.weight == "bold":
        parts.append('font-weight="700"')
    if shape.colour != "text":
        parts.append(f'fill="{style.palette.colour(shape.colour)}"')
    return f"<text {' '.join(parts)}>{escape(shape.text)}</text>"


def _line(shape: Line, style: Style) -> str:
    dash = ' stroke-dasharray="1.5 1"' if shape.dashed else ""
    return (
        f'<path d="M{_number(shape.x1)} {_number(shape.y1)}L{_number(shape.x2)} {_number(shape.y2)}" '
        f'stroke="{style.palette.colour(shape.colour)}" stroke-width="{_number(shape.width)}"{dash}/>'
    )


def _polygon(shape: Polygon, style: Style) -> str:
    points = " ".join(f"{_number(x)},{_number(y)}" for x, y in shape.points)
    fill = "none" if shape.fill is None else style.palette.colour(shape.fill)
    edge = ""
    if shape.edge is not None:
        edge = f' stroke="{style.palette.colour(shape.edge)}" stroke-width="{_number(shape.width)}"'
    return f'<polygon points="{points}" fill="{fill}"{edge}/>'


def _fonts(layout: Layout) -> str:
    letters = {
        weight: "".join(text.text for text in layout.texts() if text.weight == weight)
        for weight in ("regular", "bold")
    }
    return font_faces(letters["regular"], letters["bold"], family=FONT_FAMILY[0])


def _family(layout: Layout) -> str:
    both = any(other for text in layout.texts() for other, _ in runs(text.text, text.weight))
    families = (FONT_FAMILY[0], SECOND_FAMILY, *FONT_FAMILY[1:]) if both else FONT_FAMILY
    return ", ".join(f"'{family}'" if " " in family else family for family in families)


def _number(value: float) -> str:
    """Return points to a thousandth, without trailing zeros."""
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
