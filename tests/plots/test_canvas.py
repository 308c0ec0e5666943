"""Drawing with matplotlib, which is left as it was found."""

import subprocess
import sys

import matplotlib
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from metaleak.errors import SettingError
from metaleak.plots.canvas import draw_figure, draw_on, settings
from metaleak.plots.forest_layout import forest_layout
from metaleak.plots.shapes import Layout, Text

LAYOUT = Layout(width=72, height=36, shapes=(Text(x=0, y=9, text=r"$\frac{1$ $5 and $10", size=7),))

#: Fine enough that whole pixels, to which matplotlib rounds its extents, hardly count.
FINE_DPI = 720

#: Two pixels, in points.
SLACK_PT = 0.2


@pytest.fixture
def settings_before():
    """Return matplotlib's settings with a change of the user's own, and take it back afterwards."""
    with matplotlib.rc_context({"font.size": 33.0, "pdf.fonttype": 3}):
        yield dict(matplotlib.rcParams)


def test_the_users_settings_are_not_touched(settings_before):
    """Drawing leaves every setting as it was."""
    draw_figure(LAYOUT)

    assert dict(matplotlib.rcParams) == settings_before


def test_the_users_settings_survive_an_error(settings_before):
    """A drawing that fails leaves them as they were, too."""
    with pytest.raises(AttributeError):
        draw_figure(Layout(width=72, height=36, shapes=(Text(x=0, y=9, text="a", size=7, colour="none"),)))

    assert dict(matplotlib.rcParams) == settings_before


def test_the_users_settings_do_not_matter():
    """The same layout gives the same picture whatever the process had set."""
    with matplotlib.rc_context({"font.size": 33.0, "axes.facecolor": "red", "lines.antialiased": False}):
        there = pixels(draw_figure(LAYOUT))

    assert there == pixels(draw_figure(LAYOUT))


def pixels(figure):
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return bytes(canvas.buffer_rgba())


def test_no_backend_is_chosen_and_no_font_added():
    """Neither pyplot nor a window system is loaded, and the list of fonts stays as it was."""
    code = (
        "import sys, matplotlib.font_manager as f; before = len(f.fontManager.ttflist)\n"
        "from tests_layout import LAYOUT\nfrom metaleak.plots.canvas import draw_figure\n"
        "draw_figure(LAYOUT).canvas.draw()\n"
        "print('matplotlib.pyplot' in sys.modules, len(f.fontManager.ttflist) - before)"
    ).replace(
        "from tests_layout import LAYOUT",
        "from metaleak.plots.shapes import Layout, Text\n"
        "LAYOUT = Layout(width=72, height=36, shapes=(Text(x=0, y=9, text='CT', size=7),))",
    )

    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert found.stdout.split() == ["False", "0"]


def test_dollar_signs_are_dollar_signs():
    """Text from sheets is never read as a formula."""
    drawn = draw_figure(LAYOUT).axes[0].texts[0]

    assert drawn.get_text() == r"$\frac{1$ $5 and $10"
    assert drawn.get_parse_math() is False


def test_text_is_as_wide_as_measured(any_data):
    """Matplotlib's own extents of every text lie inside the box that the layout gave it."""
    layout = forest_layout(any_data)
    figure = draw_figure(layout)
    figure.set_dpi(FINE_DPI)
    renderer = FigureCanvasAgg(figure).get_renderer()

    with settings():
        extents = [drawn.get_window_extent(renderer).extents for drawn in figure.axes[0].texts]

    for extent, text in zip(extents, layout.texts(), strict=True):
        left, low, right, high = extent * 72 / FINE_DPI
        assert left >= text.box.left - SLACK_PT
        assert right <= text.box.right + SLACK_PT
        assert 0 <= low < high <= layout.height


def test_foreign_axes_are_drawn_on():
    """A plot stands one to one in the upper left corner of axes that somebody else made."""
    axes = Figure(figsize=(2, 1)).add_axes((0, 0, 1, 1))

    assert draw_on(axes, LAYOUT) is axes
    assert axes.get_ylim() == (72, 0)
    assert len(axes.texts) == 1


def test_axes_that_are_too_small_are_refused():
    """Text cannot be squeezed: the error says how large the axes have to be."""
    axes = Figure(figsize=(0.5, 1)).add_axes((0, 0, 1, 1))

    with pytest.raises(SettingError, match=r"required: 1.00 x 0.50 inches; got: '0.50 x 1.00 inches"):
        draw_on(axes, LAYOUT)
