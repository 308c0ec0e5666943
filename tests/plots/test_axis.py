"""The percent axis."""

import pytest

from metaleak.plots.axis import axis_strip, top_axis_strip
from metaleak.plots.scale import Scale
from metaleak.plots.shapes import Line, Text
from metaleak.plots.style import PLAIN

SCALE = Scale(left=200, right=400)


def texts_of(strip):
    return [shape for shape in strip.shapes if isinstance(shape, Text)]


def test_a_number_stands_at_every_tick():
    """Percents are centred under their ticks, without a sign."""
    numbers = texts_of(axis_strip(SCALE, "Rate, %", style=PLAIN))[:-1]

    assert [text.text for text in numbers] == ["0", "20", "40", "60", "80", "100"]
    assert [text.x for text in numbers] == pytest.approx([200, 240, 280, 320, 360, 400])


def test_ticks_are_lines_at_round_shares():
    """The axis is a line with one tick per number."""
    lines = [shape for shape in axis_strip(SCALE, "Rate, %", style=PLAIN).shapes if isinstance(shape, Line)]

    assert (lines[0].x1, lines[0].x2) == (200, 400)
    assert [line.x1 for line in lines[1:]] == pytest.approx([200, 240, 280, 320, 360, 400])


def test_a_title_wider_than_the_axis_stays_on_the_page():
    """Beside an edge the title is moved inwards, a long one is broken."""
    narrow = Scale(left=PLAIN.width_pt - 60, right=PLAIN.width_pt - 10)

    strip = axis_strip(narrow, "Share of CT positives that X-ray shows, % " * 4, style=PLAIN)

    titles = [text for text in texts_of(strip) if "CT" in text.text]
    assert len(titles) > 1
    assert all(text.box.left > 0 and text.box.right < PLAIN.width_pt for text in titles)
    assert max(text.box.bottom for text in titles) <= strip.height


def test_the_top_repeats_the_percents():
    """A tall plot carries its percents at the top, too."""
    assert [text.text for text in texts_of(top_axis_strip(SCALE, style=PLAIN))][-1] == "100"


def test_a_short_axis_numbers_every_second_tick():
    """Its lines stay; numbers never touch."""
    long, short = (axis_strip(Scale(left=60, right=right), "Rate, %", style=PLAIN) for right in (300, 105))

    assert [
        len([s for s in strip.shapes if getattr(s, "text", "").isdigit()]) for strip in (long, short)
    ] == [
        6,
        3,
    ]
    assert len([s for s in short.shapes if not hasattr(s, "text")]) == 7
