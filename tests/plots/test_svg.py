"""Layouts as SVG."""

import re
from xml.etree import ElementTree

import pytest

from metaleak.plots.forest_layout import forest_layout
from metaleak.plots.shapes import Layout, Line, Polygon, Text
from metaleak.plots.style import PLAIN
from metaleak.plots.svg import svg

NS = "{http://www.w3.org/2000/svg}"


def document(*shapes, title="T", description="D", name="x"):
    layout = Layout(width=72, height=36, shapes=shapes)
    return svg(layout, style=PLAIN, name=name, title=title, description=description)


def test_text_is_text(shown):
    """Every text of the layout can be searched, copied and read aloud."""
    layout = forest_layout(shown())

    tree = ElementTree.fromstring(svg(layout, style=PLAIN, name="f", title="T", description="D"))

    assert [element.text for element in tree.iter(f"{NS}text")] == [text.text for text in layout.texts()]


def test_a_screen_reader_is_told():
    """Title and description are named by the picture, whose ids begin with its name."""
    tree = ElementTree.fromstring(document(title="a < b", description="c & d"))

    assert tree.get("aria-labelledby") == "x-title x-desc"
    assert [tree.find(f"{NS}{tag}").text for tag in ("title", "desc")] == ["a < b", "c & d"]


def test_ids_are_unique(shown):
    """Rows are groups with an id, each id occurs once."""
    ids = re.findall(
        r' id="([^"]+)"', svg(forest_layout(shown()), style=PLAIN, name="f", title="", description="")
    )

    assert len(ids) == len(set(ids))
    assert {"f-study-1-1", "f-pooled-2", "f-caption"} <= set(ids)


def test_it_has_its_printed_size():
    """Millimetres outside, points inside."""
    tree = ElementTree.fromstring(document())

    assert (tree.get("width"), tree.get("height"), tree.get("viewBox")) == ("25.4mm", "12.7mm", "0 0 72 36")


def test_it_brings_its_glyphs():
    """A picture in a viewer without the font does not fall apart."""
    assert "@font-face" in document(Text(x=0, y=9, text="CT", size=7))


@pytest.mark.parametrize(
    ("shape", "markup"),
    [
        (Text(x=1, y=2.5, text="a", size=7), '<text x="1" y="2.5">a</text>'),
        (
            Text(x=1, y=2, text="a", size=8, anchor="right", weight="bold", colour="quiet"),
            '<text x="1" y="2" text-anchor="end" font-size="8" font-weight="700" fill="#4d4d4d">a</text>',
        ),
        (
            Line(x1=0, y1=1 / 3, x2=5, y2=-0.0001, width=0.5, colour="rule", dashed=True),
            '<path d="M0 0.333L5 0" stroke="#1a1a1a" stroke-width="0.5" stroke-dasharray="1.5 1"/>',
        ),
        (
            Polygon(points=((0, 0), (1, 0), (1, 1)), fill=None, edge="rule", width=0.5),
            '<polygon points="0,0 1,0 1,1" fill="none" stroke="#1a1a1a" stroke-width="0.5"/>',
        ),
    ],
)
def test_markup(shape, markup):
    """Numbers have three decimals at most, what is usual is left out."""
    assert markup in document(shape)


def test_it_runs_and_loads_nothing():
    """No script, no link, no style from elsewhere."""
    text = document(Text(x=0, y=9, text="<script>alert(1)</script>", size=7))

    assert "<script" not in text
    assert re.findall(r"url\(.([^,]+),", text) == ["data:font/ttf;base64"]
