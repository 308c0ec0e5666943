"""Hostile words in every text field of every figure: they stay words, the SVG stays XML, matplotlib parses none."""

import copy
import csv
import itertools
from xml.etree import ElementTree

import pytest

from metaleak.plots.canvas import draw_figure
from metaleak.plots.save import as_svg
from metaleak.plots.style import PLAIN
from tests.plots import cases
from tests.plots.test_figures import HOSTILE

#: Keys of a result under which words of people stand; words that planners look up stay.
WORDS = {"label", "title", "question", "study_id", "level", "source_location"}
ELEMENTS = {"svg", "title", "desc", "style", "rect", "g", "text", "path", "polygon"}

#: One case for each figure of an analysis, what it plans and the result behind it.
ONE = {cases.kind_of(case): case for case in reversed(cases.CASES) if not case.startswith("prisma")}


def poisoned(value, words):
    """Return a result with a hostile word in every field that people write."""
    if isinstance(value, dict):
        return {
            key: next(words) if key in WORDS and isinstance(item, str) else poisoned(item, words)
            for key, item in value.items()
        }
    return [poisoned(item, words) for item in value] if isinstance(value, list) else value


def checked(plan, name):
    """Look at everything that leaves the plan."""
    tree = ElementTree.fromstring(as_svg(plan, name))
    cells = [cell for row in csv.reader(plan.values_csv.splitlines()) for cell in row]

    assert {element.tag.rpartition("}")[2] for element in tree.iter()} <= ELEMENTS
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@"))]
    assert not {"\x00", "\x1b", "\u202e"} & {*plan.alt_text, *plan.caption, *plan.values_csv}
    figure = draw_figure(plan.whole, style=PLAIN)
    figure.draw_without_rendering()


@pytest.mark.parametrize("kind", ONE)
def test_hostile_words_stay_words(kind):
    """In SVG, CSV, caption, alternative text and canvas."""
    result = poisoned(copy.deepcopy(cases.RESULTS[ONE[kind]]), itertools.cycle(HOSTILE))

    plan = cases.of_result(kind, result)(PLAIN)

    checked(plan, kind)
    assert "script" in plan.alt_text + plan.values_csv + plan.title or "frac" in plan.title


def test_hostile_reasons_stay_words():
    """The flow of records has its reasons from people, too."""
    reasons = tuple(word for word in HOSTILE if word.strip("\x00"))

    plan = cases.of_flow(cases.flow_of(*cases.PLACES, reasons=reasons))(PLAIN)

    checked(plan, "prisma")
    assert "<script>" in plan.alt_text


def test_every_figure_is_poisoned():
    """None is left out."""
    assert {*ONE, "prisma"} == set(cases.KINDS)
