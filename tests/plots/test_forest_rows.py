"""The rows of a forest plot."""

import pytest

from metaleak.plots.forest_frame import Options, forest_frame
from metaleak.plots.forest_rows import group_strips, heading
from metaleak.plots.shapes import Text
from metaleak.plots.style import PLAIN


def frame_of(data, **options):
    return forest_frame(data, PLAIN, Options(**options))


def texts_of(strips):
    return [shape.text for strip in strips for shape in strip.shapes if isinstance(shape, Text)]


def test_a_study_says_everything(shown):
    """Label, procedure, unit, counts, rate with interval and information share stand in its row."""
    frame = frame_of(shown((2,)))
    study = list(group_strips(frame, 0, frame.groups[0]))[1]

    assert texts_of([study]) == [
        "Author A 1999",
        "PVP",
        "patient",
        "5/60",
        "\u20078.3 \u2007[0.0, 20.0]",
        "38.2",
    ]


def test_a_group_closes_with_its_pooled_values(shown):
    """Pooled rate, prediction interval, mean over studies and heterogeneity follow the studies."""
    frame = frame_of(shown((2,)))

    texts = texts_of(group_strips(frame, 0, frame.groups[0]))

    closing = ["Pooled: median study", "Prediction interval", "Mean over studies"]
    assert [text for text in texts if text in closing] == closing
    assert texts[-1].startswith("τ² = 0.64")


@pytest.mark.parametrize(
    ("data", "last"),
    [
        ({"rows": (1,)}, "One row: shown as it is"),
        ({"rows": (2,), "counts": [(0, 9), (0, 8)]}, "No event in any row"),
    ],
)
def test_a_group_that_is_not_pooled_has_no_diamond(shown, data, last):
    """It says why instead."""
    frame = frame_of(shown(**data))

    strips = list(group_strips(frame, 0, frame.groups[0]))

    assert texts_of(strips)[-1] == last
    assert not [
        shape for strip in strips for shape in strip.shapes if getattr(shape, "part", "") == "diamond"
    ]


def test_summed_counts_are_an_open_square_under_the_studies(shown):
    """Several rows without an event are joined, with their denominator."""
    frame = frame_of(shown((2,), counts=[(0, 9), (0, 8)]))

    texts = texts_of(group_strips(frame, 0, frame.groups[0]))

    assert texts[-4:-2] == ["All rows together", "0/17"]


def test_the_overall_group_is_called_a_mixture(shown):
    """An average over imaging methods is never just "overall"."""
    frame = frame_of(shown((3, 2), overall=True), overall=True)

    assert texts_of([heading(frame, 2, frame.groups[2])])[0] == "Overall: mixture of imaging methods"


def test_a_heading_overleaf_says_that_it_goes_on(shown):
    """A reader of the second page knows where the group began."""
    frame = frame_of(shown())

    assert texts_of([heading(frame, 0, frame.groups[0], more=True)]) == [
        "group A (continued)",
        "4 rows of 3 studies",
    ]
