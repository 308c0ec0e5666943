"""Every figure with a row per study, for few rows and many: nothing overlaps, nothing is cut."""

import copy
from dataclasses import replace

import pytest

from metaleak.plots.planners import plan_figure
from metaleak.plots.presets import PRESETS
from tests.plots.cases import KINDS, judged, kept, small_contrasts
from tests.plots.conftest import LONG, synthetic

#: Figure -> a result that draws it. Their rows are repeated, relabelled, and reach from 0 to 100 %.
BY_ROW = {
    "leave_out": kept("robustness"),
    "cumulative": kept("robustness"),
    "influence": kept("robustness"),
    "baujat": kept("robustness"),
    "funnel": kept("robustness"),
    "extended_funnel": kept("what_next"),
    "caterpillar": kept("models"),
    "drapery": kept("models"),
    "arms": kept("procedure_within"),
    "adjusted": kept("detection"),
    "sensitivity": kept("detection"),
    "bubble": kept("regression"),
    "means": kept("regression"),
}

#: Figures whose rows are built by synthetic results, and are tested with these elsewhere or below.
BUILT = {"forest", "groups", "traffic_lights", "bias_bars"}

#: Figures whose lines are named by methods, parts or decisions: their number does not grow with the studies.
FIXED = {
    *(
        "parts",
        "ledger",
        "coefficients",
        "routes",
        "gosh",
        "estimators",
        "precision",
        "assumed",
        "guard_rails",
        "unreported",
    ),
    *("specifications", "prisma"),
}

#: Lists of a result with one entry per study or level, and what names an entry.
NAMES = {"rows": "label", "without_row": "name", "without_study": "name", "cumulative": "name"}


def stretched(result, k):
    """Return a result with ``k`` entries wherever it has one per row."""
    result = copy.deepcopy(result)
    for part, name in NAMES.items():
        if result.get(part):
            result[part] = _repeated(result[part], k, name)
    for column, levels in result.get("means", {}).items():
        result["means"][column] = _repeated(levels, k, "level")
    if result.get("line"):
        # The fitted line reaches from the first to the last observation.
        for place, end in ((0, 0), (1, -1)):
            result["rows"][place] |= {"at": result["line"][end][0], "entered": True}
    small = result.get("small_study") or {}
    if small.get("points"):
        small["points"] = _repeated(small["points"], k, "label")
    return result


def _repeated(items, k, name):
    made = [copy.deepcopy(items[i % len(items)]) for i in range(k)]
    for i, item in enumerate(made):
        item[name] = LONG if i % 3 == 0 else f"{item[name]} {i}"
        if i < 2 and "treated" not in item:
            _extreme(item, float(i))
            if item.get("seen"):
                _extreme(item["seen"], float(i))
    return made


def _extreme(item, rate):
    """Put every share of an entry to 0 or to 1."""
    for key in ("rate", "estimate", "value"):
        if item.get(key) is not None:
            item |= {key: rate, "ci_low": 0.9 * rate, "ci_high": 0.1 + 0.9 * rate}
    if "events" in item:
        item["events"] = round(rate * item["total"])


def test_every_figure_is_sorted_out():
    """A new one with a row per study has to stand above."""
    assert {*BY_ROW, *BUILT, *FIXED} == set(KINDS)


@pytest.mark.parametrize("kind", BY_ROW)
@pytest.mark.parametrize("k", [3, 12, 40, 120])
def test_few_rows_and_many_fit(collisions, outside, kind, k):
    """Long labels, 0 and 100 %, both languages, and every page."""
    result = stretched(BY_ROW[kind], k)
    for style in (PRESETS["plain"], replace(PRESETS["lancet"], language="zh")):
        plan = plan_figure(kind, result, style=style)

        assert collisions(plan.whole) == outside(plan.whole) == []
        assert all(collisions(page) == outside(page) == [] for page in plan.pages)
        assert max(page.size_mm[1] for page in plan.pages) <= style.page_mm


@pytest.mark.parametrize("k", [3, 12, 40, 120])
def test_funnels_of_contrasts_fit(collisions, outside, k):
    """With what trim and fill adds."""
    plan = plan_figure("funnel", stretched(small_contrasts(), k))

    assert collisions(plan.whole) == outside(plan.whole) == []


@pytest.mark.parametrize("kind", ["traffic_lights", "bias_bars"])
@pytest.mark.parametrize("k", [3, 12, 40, 120])
def test_many_judged_studies_fit(collisions, outside, kind, k):
    """In both languages."""
    for style in (PRESETS["plain"], replace(PRESETS["lancet"], language="zh")):
        plan = plan_figure(kind, judged(k, k, LONG + " {}"), style=style)

        assert collisions(plan.whole) == outside(plan.whole) == []


@pytest.mark.parametrize("k", [3, 12, 40])
def test_many_groups_fit(collisions, outside, k):
    """A line per group, in both languages."""
    result = synthetic((3,) * k, names=[LONG, *(f"group {i}" for i in range(1, k))])
    for style in (PRESETS["plain"], replace(PRESETS["lancet"], language="zh")):
        plan = plan_figure("groups", result, style=style)

        assert collisions(plan.whole) == outside(plan.whole) == []
