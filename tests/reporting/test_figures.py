"""Figures come into the page as shapes and text, and as nothing else."""

import pytest

from metaleak.errors import InputError
from metaleak.reporting.figures import drawing

FRAME = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 100">{}</svg>'


def test_shapes_and_text_stay():
    """What draws is kept, ids are made the page's own, and the picture says what it shows."""
    found = drawing(FRAME.format('<g id="row"><text x="1">a &lt; b</text></g>'), name="plot", alt='Says "so"')

    assert (found.width, found.height) == (200, 100)
    assert found.markup == (
        '<svg role="img" aria-label="Says &quot;so&quot;" viewBox="0 0 200 100">'
        '<g id="drawing.plot.row"><text x="1">a &lt; b</text></g></svg>'
    )


def test_foreign_style_and_names_are_left_behind():
    """The page brings its typeface and its own words."""
    found = drawing(FRAME.format("<title>T</title><style>text{fill:red}</style>"), name="plot", alt="A")

    assert "style" not in found.markup
    assert "title" not in found.markup


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        '<image href="https://example.org/x.png"/>',
        '<text onclick="alert(1)">a</text>',
        '<a href="javascript:alert(1)"><text>a</text></a>',
        '<rect style="background:url(https://example.org)"/>',
        "<foreignObject><p>a</p></foreignObject>",
        '<use href="#x"/>',
    ],
)
def test_what_runs_loads_or_links_is_refused(inside):
    """Such an element or attribute is an error that names it."""
    with pytest.raises(InputError, match=r"a figure holds the (element|attribute)"):
        drawing(FRAME.format(inside), name="plot", alt="A")


@pytest.mark.parametrize(
    "svg",
    [
        "no markup",
        '<!DOCTYPE svg [<!ENTITY a "b">]>' + FRAME.format("&a;"),
        '<svg xmlns="http://www.w3.org/2000/svg"/>',
        "<html/>",
    ],
)
def test_what_is_no_svg_is_refused(svg):
    """No declaration, no other document, no picture without a size."""
    with pytest.raises(InputError, match="a figure"):
        drawing(svg, name="plot", alt="A")
