"""The forest plot as plain data: nothing overlaps, nothing is cut, everything is there."""

import pytest

from metaleak.errors import SettingError, UndefinedError
from metaleak.plots.forest_frame import Options, forest_frame
from metaleak.plots.forest_layout import forest_layout, forest_pages
from metaleak.plots.style import PLAIN, Style


def all_text(layouts, **place):
    return [text.text for layout in layouts for text in layout.texts(**place)]


def test_nothing_overlaps(any_data, collisions):
    """No text touches a text, a mark or a rule, for 3 to 120 rows, long labels, 0 % and 100 %."""
    assert collisions(forest_layout(any_data)) == []


def test_nothing_leaves_the_page(any_data, outside):
    """Every text and mark stands inside the figure."""
    assert outside(forest_layout(any_data)) == []


def test_pages_are_as_clean_as_the_whole(any_data, collisions, outside):
    """Nothing overlaps or is cut on any page, and none is taller than paper."""
    pages = forest_pages(any_data)

    assert [shape for page in pages for shape in collisions(page) + outside(page)] == []
    assert max(page.size_mm[1] for page in pages) <= PLAIN.page_mm


def test_pages_hold_every_study_once(any_data):
    """Splitting loses no row and doubles none."""
    rows = [text.row for page in forest_pages(any_data) for text in page.texts(column="rate")]

    studies = [row for row in rows if row.startswith("study")]
    assert len(studies) == len(set(studies)) == len(any_data.rows)


def test_every_denominator_is_shown(any_data):
    """Each study and each group stands with its events and total."""
    texts = [text.replace("\u2009", "") for text in all_text([forest_layout(any_data)], column="counts")]

    studies = [f"{row.events}/{row.total}" for row in any_data.rows]
    groups = [f"{group.events}/{group.total}" for group in any_data.groups if group.k > 1]
    assert sorted(texts) == sorted([*studies, *groups, "Events/total"])


def test_marks_stand_where_their_values_are(any_data):
    """Squares are centred at the rates, diamonds begin and end at the limits."""
    layout, scale = forest_layout(any_data), forest_frame(any_data, PLAIN, Options()).scale
    pooled = [group.pooled for group in any_data.groups if group.pooled]

    squares = [square.centre[0] for square in layout.parts("square")]
    diamonds = [(d.points[0][0], d.points[2][0]) for d in layout.parts("diamond")]

    assert squares == pytest.approx([scale.x(row.rate.value) for row in any_data.rows])
    assert diamonds == [(scale.x(value.low), scale.x(value.high)) for value in pooled]


def test_no_overall_diamond_unless_asked_for(shown):
    """One diamond per group; the overall one is drawn on request, as the mixture that it is."""
    data = shown((3, 3), overall=True)

    assert len(forest_layout(data).parts("diamond")) == 2
    assert len(forest_layout(data, options=Options(overall=True)).parts("diamond")) == 3
    assert "Overall: mixture of imaging methods" in all_text(
        [forest_layout(data, options=Options(overall=True))]
    )


def test_an_overall_value_that_is_not_there_is_an_error(shown):
    """Figures compute nothing: what the result does not hold cannot be drawn."""
    with pytest.raises(UndefinedError, match="the result holds no overall value"):
        forest_layout(shown(), options=Options(overall=True))


def test_an_axis_that_cuts_intervals_shows_arrows(shown, collisions, outside):
    """Arrow heads stand inside the figure and touch no text."""
    layout = forest_layout(shown((9, 1)), options=Options(axis=(0.1, 0.3)))

    assert layout.parts("arrow")
    assert collisions(layout) == outside(layout) == []


def test_the_caveat_stands_even_without_caption(shown):
    """The caption may be left to the manuscript, the caveat may not."""
    layout = forest_layout(shown(), options=Options(caption=False))

    assert all_text([layout], column="caption") == []
    assert all_text([layout], column="caveat")[0].startswith("Rehearsal: abstract-level evidence")


def test_a_tall_plot_has_its_percents_at_the_top_too(shown):
    """The eye does not have to go down a page to read an axis."""
    low, tall = forest_layout(shown((3,))), forest_layout(shown((60,)))

    assert all_text([low], column="axis").count("100") == 1
    assert all_text([tall], column="axis").count("100") == 2


def test_a_figure_too_narrow_is_refused(shown):
    """Columns are never squeezed into each other."""
    with pytest.raises(SettingError, match="the columns leave no room for the plot"):
        forest_layout(shown(), style=Style(width_mm=90))
