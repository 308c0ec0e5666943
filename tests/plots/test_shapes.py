"""Shapes and their boxes."""

import pytest

from metaleak.plots.shapes import Box, Layout, Line, Polygon, Text, moved
from metaleak.plots.text_metrics import width

SQUARE = Polygon(points=((0, 0), (2, 0), (2, 2), (0, 2)), fill="study", row="a", part="square")
LINE = Line(x1=0, y1=1, x2=5, y2=1, width=1, colour="interval", row="a", part="interval")


@pytest.mark.parametrize(("anchor", "left"), [("left", 50), ("center", 50 - 5), ("right", 40)])
def test_a_text_stands_at_its_anchor(anchor, left):
    """The box begins where the anchor puts it."""
    size = 10 / width("0", 1)

    box = Text(x=50, y=20, text="0", size=size, anchor=anchor).box

    assert box.left == pytest.approx(left)
    assert box.right == pytest.approx(left + 10)


def test_boxes_that_share_a_border_do_not_overlap():
    """Only an area in common is an overlap."""
    one = Box(left=0, top=0, right=10, bottom=10)

    assert one.overlaps(Box(left=9, top=9, right=20, bottom=20))
    assert not one.overlaps(Box(left=10, top=0, right=20, bottom=10))
    assert not one.overlaps(Box(left=0, top=11, right=10, bottom=20))


def test_moving_changes_only_the_height():
    """Every kind of shape moves down by the same amount."""
    assert moved(Text(x=1, y=2, text="a", size=7), 10).y == 12
    assert (moved(LINE, 10).y1, moved(LINE, 10).x1) == (11, 0)
    assert moved(SQUARE, 10).centre == (1, 11)


def test_a_layout_finds_its_shapes():
    """Texts are found by column and row, marks by part and row."""
    text = Text(x=0, y=0, text="CT", size=7, row="a", column="label")
    layout = Layout(width=72, height=36, shapes=(text, LINE, SQUARE))

    assert list(layout.texts(column="label")) == [text]
    assert list(layout.texts(row="b")) == []
    assert layout.parts("square", row="a") == [SQUARE]
    assert layout.size_mm == pytest.approx((25.4, 12.7))
