"""Every figure by its one name: from Python, from the terminal, from TOML."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import matplotlib as mpl
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import metaleak as ml
from metaleak.cli.draw import draw_chosen
from metaleak.errors import SettingError
from metaleak.plots.planners import PLANNERS
from metaleak.question.kinds import KINDS, kind
from metaleak.workflow.drawing import draw_as_wished

ROOT = Path(__file__).parents[2]
RESULTS = {
    path.name.removesuffix(".result.json"): json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / "analyses").glob("*.result.json"))
}


def shown_in(figure):
    """Return a committed result that holds what a figure shows."""
    return next(r for r in RESULTS.values() if figure in r["settings"]["figures"])


@pytest.fixture(scope="module")
def table():
    """Return the documented table: figure -> kinds of analysis."""
    text = (ROOT / "docs" / "figures.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| .+ \| (\w+(?:, \w+)*) \|$", text, re.M)
    return {figure: names.split(", ") for figure, names in rows}


def allowed(name):
    """Return the figures that TOML files of a kind can ask for."""
    asked = kind(name, where="test").Question.model_fields["figures"].annotation
    words = get_args(asked.model_fields["draw"].annotation)
    return set(get_args(words[0])) if words else set()


def test_the_table_lists_every_figure(table):
    """With the kinds whose TOML can ask for it."""
    offered = {(figure, name) for name in KINDS for figure in allowed(name)}

    assert set(table) == set(PLANNERS)
    assert {(figure, name) for figure, names in table.items() for name in names} == offered


@pytest.mark.parametrize("figure", PLANNERS)
def test_a_figure_is_drawn_from_python(figure):
    """On a figure of its own, whose settings are nobody else's."""
    before = dict(mpl.rcParams)

    axes = getattr(ml.plots, figure)(shown_in(figure))

    assert isinstance(axes, Axes)
    assert axes.texts
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("figure", PLANNERS)
def test_a_figure_is_drawn_on_axes_of_the_caller(figure):
    """As wide as they are."""
    axes = Figure(figsize=(8, 60)).add_axes((0, 0, 1, 1))

    assert getattr(ml.plots, figure)(shown_in(figure), axes, style="bmc") is axes
    assert max(text.get_position()[0] for text in axes.texts) <= 8 * 72


class Review:
    """The committed results as the command finds them after pooling."""

    names = tuple(RESULTS)

    def __init__(self, root):
        self.root = root

    def chosen(self, name):
        # An analysis of the same name comes first, and draws this figure alone.
        return (name,)

    def draw_all_as(self, names, wish, *, flow):
        return [path for name in names for path in draw_as_wished(self.root, RESULTS[name], wish)]


@pytest.mark.parametrize("figure", PLANNERS)
def test_a_figure_is_drawn_from_the_terminal(figure, tmp_path):
    """``metaleak draw NAME`` draws it in every analysis that has it, and nothing else."""
    files = draw_chosen(Review(tmp_path), figure, style="jama", formats="svg", dpi=300, grey=False)

    having = [name for name, result in RESULTS.items() if figure in result["settings"]["figures"]]
    assert {Path(path).name for path in files if path.endswith(".svg")} == {
        f"{name}-{figure}-jama.svg" for name in having
    }
    assert all((tmp_path / path).stat().st_size for path in files)


def test_no_figure_is_hidden_by_a_module():
    """An imported module would take the name's place."""
    assert not [name for name in PLANNERS if (ROOT / "metaleak" / "plots" / f"{name}.py").exists()]


def test_pyplot_is_never_loaded():
    """Nor a backend chosen for the process."""
    code = (
        "import sys, metaleak as ml; ml.plots.groups('analyses/modality.result.json');"
        "sys.exit('matplotlib.pyplot' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_a_figure_that_is_none_is_refused():
    """By naming those that are."""
    with pytest.raises(SettingError, match="no figure 'pie'"):
        ml.plots.draw("pie", {})


@pytest.mark.parametrize("module", ["forest_frame", "chart", "bias"])
def test_modules_load_in_any_order(module):
    """Asking the package for one of its modules does not load what is being loaded."""
    code = f"import metaleak.plots.{module}"

    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
