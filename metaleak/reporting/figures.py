"""Figures as markup of the page: text stays text, and nothing but shapes and text comes in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from xml.etree import ElementTree

from metaleak.errors import InputError
from metaleak.reporting.links import anchor

_SVG = "{http://www.w3.org/2000/svg}"

#: Elements that draw or name something; none of them loads, links or runs.
_ELEMENTS = frozenset({"svg", "g", "rect", "path", "polygon", "text"})

#: Attributes that place, turn and paint; colours and numbers, no address.
_ATTRIBUTES = frozenset(
    {
        *(
            "id",
            "viewBox",
            "width",
            "height",
            "x",
            "y",
            "d",
            "points",
            "text-anchor",
            "transform",
            "font-size",
            "font-weight",
        ),
        *("fill", "stroke", "stroke-width", "stroke-dasharray"),
    }
)

#: Left behind: the page brings the typeface and says what the figure shows; its policy refuses other style.
_DROPPED_ELEMENTS = frozenset({"style", "title", "desc"})
_DROPPED_ATTRIBUTES = frozenset({"font-family", "role", "aria-labelledby"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """An SVG to stand in the page, and its size in its own units."""

    markup: str
    width: float
    height: float


def drawing(
    svg: str,
    *,
    name: str,
    alt: str,
    rows: Mapping[str, str] | None = None,
    views: Mapping[str, str] | None = None,
) -> Drawing:
    """Read an SVG and write it anew with nothing in it but shapes and text.

    Ids get ``name`` in front, so that they meet no other id of the page; ``alt`` says what it shows.
    ``rows`` leads from ids of the SVG to lines of the page that tell more of what they draw, ``views`` to the
    view of the section that shows them.

    Raises
    ------
    InputError
        When the SVG is no XML, or holds an element or attribute that does more than draw.
    """
    root = _parsed(svg, name)
    box = [float(part) for part in root.attrib["viewBox"].split()]
    # The page gives the size; the viewBox keeps the shape.
    for side in ("width", "height"):
        root.attrib.pop(side, None)
    marks = {"data-row": rows or {}, "data-view": views or {}}
    markup = "".join(_written(root, name, marks))
    named = markup.replace("<svg", f'<svg role="img" aria-label="{escape(alt)}"', 1)
    return Drawing(markup=named, width=box[2], height=box[3])


def _parsed(svg: str, name: str) -> ElementTree.Element:
    if "<!" in svg:
        raise InputError(
            "a figure holds a declaration", required="SVG of elements and text", got=svg[:80], where=name
        )
    try:
        root = ElementTree.fromstring(svg)
    except ElementTree.ParseError as error:
        raise InputError("a figure is no XML", required="SVG", got=str(error), where=name) from error
    if root.tag != _SVG + "svg" or not re.fullmatch(r"[\d.\s-]+", root.attrib.get("viewBox", "")):
        raise InputError(
            "a figure is no SVG with a viewBox", required="<svg viewBox=…>", got=root.tag, where=name
        )
    return root


def _written(
    element: ElementTree.Element, name: str, marks: Mapping[str, Mapping[str, str]]
) -> Iterator[str]:
    tag = element.tag.removeprefix(_SVG)
    if tag in _DROPPED_ELEMENTS:
        return
    if tag not in _ELEMENTS:
        _refuse("element", tag, _ELEMENTS, name)
    yield f"<{tag}"
    for key, value in element.attrib.items():
        if key in _DROPPED_ATTRIBUTES:
            continue
        if key not in _ATTRIBUTES:
            _refuse("attribute", key, _ATTRIBUTES, name)
        if key == "id":
            for mark, found in marks.items():
                if value in found:
                    yield f' {mark}="{escape(found[value])}"'
        yield f' {key}="{escape(anchor("drawing", name, value) if key == "id" else value)}"'
    yield ">" + escape((element.text or "").strip("\n"), quote=False)
    for child in element:
        yield from _written(child, name, marks)
    yield f"</{tag}>"


def _refuse(kind: str, got: str, allowed: frozenset[str], name: str) -> None:
    raise InputError(
        f"a figure holds the {kind} {got!r}", required=", ".join(sorted(allowed)), got=got, where=name
    )
