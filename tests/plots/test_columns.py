"""Columns: how wide, and where their texts stand."""

import pytest

from metaleak.errors import SettingError
from metaleak.plots.columns import PLOT, Wanted, arranged, counts, heading_strip, slash_at, taller
from metaleak.plots.style import PLAIN
from metaleak.plots.text_metrics import ELLIPSIS, width

GAP = PLAIN.column_gap_mm * 72 / 25.4


def columns_of(*cells, **wanted):
    label = Wanted(name="label", heading=("Study",), cells=cells, **wanted)
    return arranged([label, Wanted(name=PLOT, heading=())], PLAIN)


def test_the_plot_takes_what_the_others_leave():
    """Columns, gaps and margins fill the width of the figure."""
    columns = columns_of("Acta Radiol 2007")

    assert columns["label"].room == pytest.approx(width("Acta Radiol 2007", PLAIN.text_pt))
    assert columns[PLOT].left == pytest.approx(columns["label"].right + GAP)
    assert columns[PLOT].right == pytest.approx(PLAIN.width_pt - columns["label"].left)


def test_a_heading_is_never_cut():
    """A column is at least as wide as its bold heading, whatever its cells."""
    assert columns_of("x", widest=1.0)["label"].room == pytest.approx(width("Study", PLAIN.text_pt, "bold"))


def test_bold_cells_have_room():
    """A column is wide enough for the cells that are printed bold."""
    assert columns_of(bold=["[55.7]"] * 2)["label"].room >= width("[55.7]", PLAIN.text_pt, "bold")


def test_no_room_for_the_plot_is_an_error():
    """A figure that is too narrow says how wide it has to be."""
    with pytest.raises(SettingError, match=r"at least 2[0-9][0-9] mm wide"):
        columns_of("w" * 120)


def test_long_cells_are_broken_then_cut():
    """A cell takes two lines at most, the second ends in an ellipsis."""
    column = columns_of(*["word " * 40], widest=100.0)["label"]

    lines = column.lines("word " * 40, 10, style=PLAIN, row="a")

    assert [line.y for line in lines] == pytest.approx([10, 10 + 1.2 * PLAIN.text_pt])
    assert lines[-1].text.endswith(ELLIPSIS)
    assert taller([lines, lines[:1]], PLAIN) == pytest.approx(1.2 * PLAIN.text_pt)


def test_slashes_stand_under_each_other():
    """Events end and totals begin at one place in every row, bold or not."""
    cells = [("1\u2009201", "2\u2009013"), ("7", "9")]
    column = arranged(
        [Wanted(name="counts", heading=(), bold=["1\u2009201/2\u2009013"]), Wanted(name=PLOT, heading=())],
        PLAIN,
    )["counts"]
    slash = slash_at(column, cells, PLAIN)

    bold, plain = (
        counts(*cell, column, 0, style=PLAIN, row="", slash=slash, weight=weight)
        for cell, weight in zip(cells, ("bold", "regular"), strict=True)
    )

    assert plain.x + width("7", PLAIN.text_pt) == pytest.approx(slash)
    assert bold.x == pytest.approx(column.left)
    assert bold.box.right <= column.right + 1e-9


def test_headings_stand_on_one_line():
    """The last lines of all headings have one baseline."""
    columns = arranged(
        [
            Wanted(name="a", heading=("one",)),
            Wanted(name=PLOT, heading=()),
            Wanted(name="b", heading=("up", "down")),
        ],
        PLAIN,
    )

    up, down = (text for text in heading_strip(columns, PLAIN).shapes if text.column == "b")
    one = next(text for text in heading_strip(columns, PLAIN).shapes if text.column == "a")
    assert one.y == down.y > up.y
