"""Figures as images that carry their own typeface."""

from __future__ import annotations

import re

from metaleak.plots.style import FONT_FAMILY
from metaleak.reporting.fonts import font_faces

_ROOT = re.compile(r"<svg\b[^>]*>")
_TAGS = re.compile(r"<[^>]*>")


def with_font(svg: str) -> str:
    """Return an SVG whose text brings the glyphs it needs; one that draws its text as shapes stays as it is.

    A picture in a page sees only the fonts of the machine, and its columns stand where the shipped
    typeface puts them.
    """
    root = _ROOT.search(svg)
    if root is None or "<text" not in svg:
        return svg
    from html import unescape

    letters = unescape(_TAGS.sub("", svg[root.end() :]))
    style = f'<style type="text/css">{font_faces(letters, family=FONT_FAMILY[0])}</style>'
    return svg[: root.end()] + style + svg[root.end() :]
