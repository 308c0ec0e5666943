"""Strips: stacked, gridded, split into pages."""

import pytest

from metaleak.plots.scale import Scale
from metaleak.plots.shapes import Text
from metaleak.plots.strips import Stack, Strip, pages_of, paragraphs, text_strip
from metaleak.plots.style import PLAIN
from metaleak.plots.text_metrics import width


def strip(height=10.0, **parts):
    return Strip(height=height, shapes=(Text(x=0, y=5, text="x", size=7),), **parts)


@pytest.fixture
def stack():
    return Stack(scale=Scale(left=0, right=100), style=PLAIN, height=3)


def grid_of(stack):
    return [(line.y1, line.y2) for line in stack.drawn() if getattr(line, "part", "") == "grid"]


def test_strips_stand_under_each_other(stack):
    """Each strip begins where the one before ends."""
    stack.add([strip(10), strip(20)])

    assert [shape.y for shape in stack.drawn()] == [8, 18]
    assert stack.height == 33


def test_the_grid_runs_through_neighbours(stack):
    """Neighbouring gridded strips share one grid; a strip without grid ends it."""
    stack.add([strip(gridded=True), strip(gridded=True), strip(), strip(gridded=True)])

    assert sorted(set(grid_of(stack))) == [(3, 23), (33, 43)]


def test_every_group_has_its_own_reference_line(stack):
    """The dashed line stands at the pooled rate of the group that it runs through."""
    stack.add([strip(gridded=True, reference=0.5), strip(gridded=True, reference=0.2), strip(gridded=True)])

    dashed = [line for line in stack.drawn() if getattr(line, "part", "") == "reference"]
    assert [(line.x1, line.y1, line.y2) for line in dashed] == [(50, 3, 13), (20, 13, 23)]


def test_a_reference_outside_of_the_axis_is_not_drawn():
    """A pooled rate that leaves the axis has no line."""
    stack = Stack(scale=Scale(left=0, right=100, low=0.4, high=1), style=PLAIN)

    stack.add([strip(gridded=True, reference=0.2)])

    assert [line.part for line in stack.drawn() if getattr(line, "part", "")] == ["grid"] * 4


def test_what_is_kept_together_is_not_split():
    """A block that does not fit goes to the next page as a whole."""
    body = [strip(), strip(keep=True), strip()]

    pages = pages_of(body, [], room=25, continued={})

    assert [len(part) for part, _ in pages] == [1, 2]


def test_a_group_that_goes_on_repeats_its_heading():
    """The next page begins with the heading of the group that it continues."""
    again = strip(group="CT")

    pages = pages_of([strip(group="CT"), strip(group="CT")], [], room=15, continued={"CT": again})

    assert pages[1][0][0] is again
    assert len(pages[1][0]) == 2


def test_a_new_group_on_a_new_page_repeats_nothing():
    """Only a group that was begun before is continued."""
    pages = pages_of(
        [strip(group="CT"), strip(group="xray")], [], room=15, continued={"xray": strip(), "CT": strip()}
    )

    assert [len(part) for part, _ in pages] == [1, 1]


@pytest.mark.parametrize(("room", "pages"), [(30, 1), (29, 2)])
def test_the_foot_stands_under_the_body_or_alone(room, pages):
    """Tests and caption go to a page of their own where the last page has no room."""
    found = pages_of([strip(), strip()], [strip()], room=room, continued={})

    assert len(found) == pages
    assert len(found[-1][1]) == 1


def test_a_paragraph_is_broken_to_its_room():
    """Every line fits, and the strip is as high as its lines."""
    found = text_strip("one two three four", left=5, room=40, style=PLAIN, column="caption")

    assert all(width(shape.text, shape.size) <= 40 for shape in found.shapes)
    assert found.height == pytest.approx(len(found.shapes) * PLAIN.text_pt * PLAIN.leading)


def test_the_caveat_is_bold_and_before_the_caption():
    """What the evidence is not comes first."""
    strips = paragraphs([("a test", "test")], warning="Rehearsal.", caption="Squares.", style=PLAIN)

    texts = [shape for part in strips for shape in part.shapes if isinstance(shape, Text)]
    assert [(text.column, text.weight) for text in texts] == [
        ("test", "regular"),
        ("caveat", "bold"),
        ("caption", "regular"),
    ]
