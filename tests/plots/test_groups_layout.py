"""The overview: one line per group."""

import pytest

from metaleak.plots.forest_frame import Options
from metaleak.plots.groups_layout import groups_layout


def column(layout, name):
    return [text.text for text in layout.texts(column=name)]


def test_nothing_overlaps_or_leaves_the_page(any_data, collisions, outside):
    """No text touches a text, a mark or a rule, and nothing is cut."""
    layout = groups_layout(any_data)

    assert collisions(layout) == outside(layout) == []


def test_one_line_per_group(shown):
    """Name, studies, rows, counts, median study and prediction interval."""
    layout = groups_layout(shown((4, 3)))

    assert column(layout, "label") == ["Group", "group A", "group B"]
    assert column(layout, "studies")[1:] == ["3", "2"]
    assert column(layout, "rows")[1:] == ["4", "3"]
    assert column(layout, "counts")[1:] == ["98/462", "69/524"]
    assert column(layout, "rate")[2:] == ["21.2 [14.8, 44.8]", "13.2 \u2007[9.2, 39.2]"]


def test_a_group_that_is_not_pooled_is_an_open_square_with_a_reason(shown):
    """It has no diamond and no prediction interval, and says why."""
    layout = groups_layout(shown((4, 1)))

    assert len(layout.parts("diamond")) == len(layout.parts("open square")) == 1
    assert column(layout, "prediction")[-1] == "—"
    assert column(layout, "note") == ["Not pooled (one row: shown as it is): group B"]


@pytest.mark.parametrize("caption", [True, False])
def test_the_caveat_is_always_there(shown, caption):
    """With or without caption."""
    layout = groups_layout(shown(), options=Options(caption=caption))

    assert bool(column(layout, "caption")) is caption
    assert column(layout, "caveat")


def test_intervals_that_leave_the_axis_end_in_arrows(shown):
    """The overview cuts as the forest plot does."""
    assert groups_layout(shown(), options=Options(axis=(0.1, 0.3))).parts("arrow")
