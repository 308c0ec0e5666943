"""What all rows of a forest plot share."""

import pytest

from metaleak.plots.forest_frame import Options, aligned_values, drawn_groups, forest_frame
from metaleak.plots.style import PLAIN


def test_every_printed_rate_has_a_row(shown):
    """Studies, pooled values, prediction intervals and means are keyed; a lone row has no summary."""
    keys = [key for key, _ in aligned_values(shown((2, 1)), Options())]

    assert keys == ["study-1-1", "study-1-2", "pooled-1", "prediction-1", "average-1", "study-2-1"]


def test_summed_counts_are_aligned_with_the_rates(shown):
    """A group of several rows that no model pools shows its summed counts."""
    data = shown((2,), counts=[(0, 9), (0, 8)])

    assert [key for key, _ in aligned_values(data, Options())][-1] == "joined-1"


def test_the_overall_group_comes_last_and_only_on_request(shown):
    """No overall value is drawn unless asked for."""
    data = shown((3, 2), overall=True)

    assert drawn_groups(data, Options()) == data.groups
    assert drawn_groups(data, Options(overall=True))[-1] is data.overall


def test_the_axis_leaves_room_for_marks(shown):
    """Squares and arrow heads at the ends of the axis stay inside the plot column."""
    frame = forest_frame(shown(), PLAIN, Options())

    plot = frame.columns["plot"]
    largest = PLAIN.square_mm[1] / 2 * 72 / 25.4
    assert frame.scale.left - plot.left > largest
    assert plot.right - frame.scale.right > largest


@pytest.mark.parametrize("axis", [(0.0, 0.5), (0.2, 1.0)])
def test_the_axis_is_the_one_asked_for(shown, axis):
    """The ends of the axis are an option."""
    scale = forest_frame(shown(), PLAIN, Options(axis=axis)).scale

    assert (scale.low, scale.high) == axis
