"""Figures: planned as data, drawn on request, whatever the sheets hold."""

import csv
import io
import json
from xml.etree import ElementTree

import pytest
from matplotlib.figure import Figure

from metaleak import plots
from metaleak.errors import InputError, SettingError
from metaleak.plots import forest, groups
from metaleak.plots.figures import plan_forest, plan_groups, read_result
from metaleak.plots.planners import PLANNERS, plan_figure
from metaleak.plots.save import as_svg

HOSTILE = [
    r"$\frac{1$",
    "$5 and $10",
    "a\x00b\x07c\x1b[31m",
    "\u202eright to left\u200f",
    "<script>alert(1)</script>",
    "]]><!-- & \"'",
    "=HYPERLINK(1)",
    "../../etc/passwd",
    "%s {0} \\",
    "\x00",
]


@pytest.fixture(scope="module")
def hostile(synthetic):
    """Return a result with hostile text in every field that a figure shows."""
    result = synthetic((len(HOSTILE), 1), labels=HOSTILE, names=HOSTILE[4:6])
    result |= {"title": HOSTILE[4], "question": HOSTILE[2], "notes": HOSTILE}
    for row, text in zip(result["rows"], HOSTILE, strict=False):
        row |= {"procedure": text, "unit": text, "study_id": text, "modality": text}
    return result


@pytest.mark.parametrize("kind", ["groups", "forest"])
def test_hostile_text_stays_text(hostile, kind):
    """The SVG is well-formed, holds no element of the sheets, and the CSV no live formula."""
    plan = plan_figure(kind, hostile)

    tree = ElementTree.fromstring(as_svg(plan, "hostile"))
    cells = [cell for row in csv.reader(io.StringIO(plan.values_csv)) for cell in row]

    assert {element.tag.rpartition("}")[2] for element in tree.iter()} <= {
        "svg", "title", "desc", "style", "rect", "g", "text", "path", "polygon"
    }  # fmt: skip
    assert any("<script>alert(1)</script>" in (element.text or "") for element in tree.iter())
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]


def test_hostile_text_is_drawn_inside_the_figure(hostile, collisions, outside):
    """Nothing overlaps and nothing is cut, and matplotlib parses none of it."""
    layout = plan_forest(hostile).whole

    axes = forest(hostile)
    axes.figure.canvas.draw()

    assert collisions(layout) == outside(layout) == []
    assert [text.get_text() for text in axes.texts] == [text.text for text in layout.texts()]


def test_a_result_is_read_from_everything_that_holds_it(synthetic, tmp_path):
    """Values, a file, an object with values, or what was read before."""
    result = synthetic()
    path = tmp_path / "synthetic.result.json"
    path.write_text(json.dumps(result), encoding="utf-8")

    class Analysed:
        def __init__(self):
            self.result = result

    data = read_result(result)
    assert read_result(path) == read_result(str(path)) == read_result(Analysed()) == read_result(data) == data


@pytest.mark.parametrize("nothing", [None, 7, ["a"]])
def test_what_is_no_result_is_refused(nothing):
    """The error says what can be drawn."""
    with pytest.raises(InputError, match="nothing to draw"):
        read_result(nothing)


@pytest.mark.parametrize("content", [b"[1]", b"{", b"\xff"])
def test_a_file_that_is_no_result_is_refused(tmp_path, content):
    """Broken JSON is an input error with the file's name, not a traceback."""
    path = tmp_path / "broken.result.json"
    path.write_bytes(content)

    with pytest.raises(InputError, match=r"^broken.result.json: cannot read the result"):
        read_result(path)


def test_a_missing_file_is_refused(tmp_path):
    """So is a file that is not there."""
    with pytest.raises(InputError, match="cannot read the result"):
        read_result(tmp_path / "missing.result.json")


@pytest.mark.parametrize(("plan", "kind"), [(plan_forest, "forest"), (plan_groups, "groups")])
def test_a_plan_carries_everything(synthetic, plan, kind):
    """Layouts, caption, caveat, alt text and drawn values of one figure."""
    found = plan(synthetic())

    assert (found.kind, found.title) == (kind, "Synthetic rates")
    assert len(found.pages) == 1
    assert found.caveat in found.alt_text
    assert found.values_csv.startswith("kind,group,label")
    assert found.caption in " ".join(text.text for text in found.whole.texts(column="caption"))


@pytest.mark.parametrize("draw", [forest, groups])
def test_a_figure_is_drawn_on_request(synthetic, draw):
    """Without axes a new figure of the printed size is made; its axes are returned."""
    axes = draw(synthetic())

    assert axes.figure.get_size_inches()[0] == pytest.approx(180 / 25.4)
    assert "Rate, %" in " ".join(text.get_text() for text in axes.texts)


@pytest.mark.parametrize("draw", [forest, groups])
def test_a_figure_takes_the_width_of_the_axes(synthetic, draw):
    """On axes of the caller the plot is as wide as they are."""
    axes = Figure(figsize=(9, 8)).add_axes((0, 0, 1, 1))

    draw(synthetic(), axes)

    assert max(line.get_xdata()[1] for line in axes.lines) == pytest.approx(9 * 72 - 2 / 25.4 * 72)


def test_axes_without_room_are_refused(synthetic):
    """A forest plot is not squeezed into a corner."""
    axes = Figure(figsize=(6, 1)).add_axes((0, 0, 1, 1))

    with pytest.raises(SettingError, match="the axes are too small for the plot"):
        forest(synthetic(), axes)


def test_public_names_can_be_had():
    """Every name that the package lists is there; others are an attribute error."""
    assert all(getattr(plots, name) is not None for name in plots.__all__)
    assert {*plots.__all__, *PLANNERS} == set(dir(plots))
    with pytest.raises(AttributeError, match="no attribute 'pie'"):
        _ = plots.pie


@pytest.mark.parametrize("kind", ["forest", "groups"])
def test_a_prediction_interval_of_few_rows_is_pale(synthetic, kind):
    """Below five rows, and the caption says what that means."""
    plan = plan_figure(kind, synthetic((6, 4)))

    assert [bar.fill for bar in plan.whole.parts("prediction")] == ["prediction", "grid"]
    assert "Pale bars rest on fewer than 5 rows" in plan.caption
    assert "Pale bars" not in plan_figure(kind, synthetic((6, 5))).caption
