"""Marks of a forest plot as shapes."""

from itertools import pairwise

import pytest

from metaleak.plots import marks
from metaleak.plots.forest_data import Value
from metaleak.plots.scale import Scale
from metaleak.plots.style import PLAIN

WHOLE = Scale(left=0, right=100)
ZOOM = Scale(left=0, right=100, low=0.2, high=0.6)


def drawn(kind, value, scale=WHOLE, **settings):
    shapes = getattr(marks, kind)(value, 10, scale=scale, style=PLAIN, row="r", **settings)
    return {shape.part: shape for shape in shapes}


def area(polygon):
    points = [*polygon.points, polygon.points[0]]
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairwise(points))) / 2


def test_a_study_is_a_square_on_its_interval():
    """The square stands at the rate, the line runs between the limits."""
    found = drawn("study", Value(0.3, 0.1, 0.6), size=1)

    assert found["square"].centre == pytest.approx((30, 10))
    assert (found["interval"].x1, found["interval"].x2) == (10, 60)


def test_the_area_of_a_square_is_the_information_share():
    """Half the share is half the area, down to a size that can be seen."""
    whole, half, tiny = (drawn("study", Value(0.3, 0.1, 0.6), size=size)["square"] for size in (1, 0.5, 0))

    assert area(half) == pytest.approx(area(whole) / 2)
    assert area(tiny) > 0


def test_an_interval_behind_its_square_is_drawn_on_it():
    """An interval narrower than the square is seen as a line of paper inside it."""
    found = drawn("study", Value(0.3, 0.295, 0.306), size=1)

    assert ends(found["inside"]) == pytest.approx([29.5, 30.6])
    assert found["inside"].colour == "paper"
    assert "inside" not in drawn("study", Value(0.3, 0.1, 0.306), size=1)


@pytest.mark.parametrize(
    ("kind", "settings"),
    [("study", {"size": 1}), ("diamond", {}), ("bar", {}), ("circle", {}), ("joined", {})],
)
@pytest.mark.parametrize(
    ("low", "high", "reach"), [(0.1, 0.5, -1), (0.3, 0.9, 101), (0.3, float("inf"), 101)]
)
def test_an_interval_that_leaves_the_axis_ends_in_an_arrow(kind, settings, low, high, reach):
    """Every kind of interval is cut at the axis, and its arrow head points outwards."""
    found = drawn(kind, Value(0.4, low, high), ZOOM, **settings)

    tip = found["arrow"].points[1][0]
    assert tip < reach if reach < 0 else tip > reach
    assert all(0 <= x <= 100 for name, mark in found.items() if name != "arrow" for x in ends(mark))


def ends(mark):
    return [x for x, _ in mark.points] if hasattr(mark, "points") else [mark.x1, mark.x2]


@pytest.mark.parametrize("kind", ["diamond", "bar", "circle"])
def test_an_interval_inside_the_axis_has_no_arrow(kind):
    """Limits at the very ends of the axis are not cut."""
    assert "arrow" not in drawn(kind, Value(0.4, 0.0, 1.0))


def test_a_diamond_ends_at_its_limits():
    """Left and right tips are the limits, the upper one is the value."""
    points = drawn("diamond", Value(0.4, 0.2, 0.9))["diamond"].points

    assert [x for x, _ in points] == pytest.approx([20, 40, 90, 40])


def test_a_value_outside_of_the_axis_has_no_square():
    """What cannot be placed is not drawn at the wrong place; its interval is."""
    found = drawn("study", Value(0.05, 0.0, 0.3), ZOOM, size=1)

    assert set(found) == {"interval", "arrow"}


@pytest.mark.parametrize("kind", ["diamond", "bar", "interval"])
def test_no_interval_no_mark(kind):
    """What is not defined is not drawn."""
    assert drawn(kind, Value(0.4)) == {}


def test_summed_counts_are_an_open_square():
    """What no model pooled does not look like a study."""
    found = drawn("joined", Value(0.0, 0.0, 0.2))["open square"]

    assert (found.fill, found.edge) == ("paper", "study")
    assert found.centre == pytest.approx((0, 10))
