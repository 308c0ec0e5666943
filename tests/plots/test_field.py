"""Two numeric axes: places, ticks, labels beside points."""

import pytest

from metaleak.plots.field import Field, along, around, dot, labels, percents, plain, ticks
from metaleak.plots.shapes import Line
from metaleak.plots.style import PLAIN

FIELD = Field(left=10, right=110, top=20, bottom=220, x_low=-1, x_high=1, y_low=0, y_high=4)


def test_values_lie_between_the_axes():
    """Across from left to right, up the page."""
    assert (FIELD.x(-1), FIELD.x(0.5)) == (10, 85)
    assert (FIELD.y(0), FIELD.y(1), FIELD.y(4)) == (220, 170, 20)
    assert FIELD.holds(1, 4)
    assert not FIELD.holds(1.01, 4)


@pytest.mark.parametrize(
    ("low", "high", "found"),
    [
        (0.13, 0.62, [0.2, 0.3, 0.4, 0.5, 0.6]),
        (-3.0, 4.0, [-2, 0, 2, 4]),
        (0.0, 0.0031, [0, 0.0005, 0.001, 0.0015, 0.002, 0.0025, 0.003]),
        (12, 1900, [500, 1000, 1500]),
    ],
)
def test_ticks_are_round_and_few(low, high, found):
    """Within the ends, and never more than asked for."""
    assert ticks(low, high) == pytest.approx(found)
    assert all(1 <= len(ticks(low, high, most=n)) <= n for n in range(2, 9))


def test_ticks_of_one_axis_have_equal_decimals():
    """With a real minus sign."""
    assert [plain([-0.5, 0, 1])(v) for v in (-0.5, 0, 1)] == ["−0.5", "0.0", "1.0"]
    assert [percents([0.5, 0.525])(v) for v in (0.5, 0.525)] == ["50.0", "52.5"]


def test_labels_keep_apart_and_one_without_room_is_left_out():
    """Sixty at one point: as many as there are places around it."""
    found = list(labels([(60, 100, "Study 2001")] * 60, field=FIELD, style=PLAIN, gap=3))

    assert 2 <= len(found) <= 8
    boxes = [text.box for text in found]
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[i + 1 :])


def test_labels_avoid_marks():
    """A mark to the right sends the label to the left."""
    text = next(labels([(60, 100, "A")], field=FIELD, style=PLAIN, gap=3, taken=[around(66, 100, 4)]))

    assert text.box.right <= 57 + 1e-9


def test_labels_avoid_lines():
    """An upright line to the right sends the label to the left; marks have no box of a line."""
    line = Line(x1=70, y1=0, x2=70, y2=200, width=1, colour="rule")

    boxes = along([line, dot(5, 5, 2, fill="study", edge=None, width_pt=0, row="", part="")])
    text = next(labels([(60, 100, "Ab 1")], field=FIELD, style=PLAIN, gap=3, taken=boxes))

    assert [(box.left, box.right) for box in boxes] == [(69, 71)]
    assert text.box.right <= 57 + 1e-9
