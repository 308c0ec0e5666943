"""The draw step: what an analysis asks for, for paper and for the page."""

import json

import pytest

from metaleak.workflow.drawing import page_figures
from metaleak.workflow.pipeline import open_review


@pytest.fixture
def drawn(starter):
    """Return a function that draws the starter's analysis with more lines in its TOML."""

    def draw(lines=""):
        path = next((starter / "analyses").glob("*.toml"))
        path.write_text(f"{path.read_text()}\n{lines}\n")
        with open_review(starter) as pipeline:
            pipeline.draw(path.stem)
            return pipeline.results[path.stem], starter / "figures"

    return draw


def test_every_figure_lies_in_five_files(drawn):
    """SVG, PDF, PNG, the drawn values and the provenance, for each figure."""
    result, folder = drawn()

    kinds = [f"{result['analysis']}-{kind}" for kind in ("forest", "groups")]
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        f"{kind}.{suffix}" for kind in kinds for suffix in ("svg", "pdf", "png", "csv", "json")
    )


def test_no_overall_value_unless_the_analysis_asks_for_it(drawn):
    """Neither in the result nor in the figure."""
    result, folder = drawn()

    assert "overall" not in result
    assert "Overall" not in (folder / f"{result['analysis']}-forest.svg").read_text()


def test_the_overall_value_on_request(drawn):
    """``overall = true`` pools all rows and draws them as the mixture that they are."""
    result, folder = drawn("[figures]\noverall = true")

    told = json.loads((folder / f"{result['analysis']}-forest.json").read_text())
    assert result["overall"]["k"] == len(result["rows"])
    assert "Overall: mixture of imaging methods" in told["alt_text"]
    assert "a property of this collection of studies" in told["caption"]


def test_captions_stand_under_the_figures_of_the_page(drawn):
    """The drawings of the page leave the caption to the page and keep the caveat."""
    result, _ = drawn("[figures]\ndraw = ['groups']")

    (figure,) = page_figures(result).values()
    drawing = "".join(figure.sheets)
    assert "Diamonds:" in figure.caption
    assert "Diamonds:" not in drawing
    assert ">Rehearsal:" in drawing
