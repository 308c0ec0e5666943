"""The figures by name: what ``[figures] draw = [...]`` can ask for.

A planner takes a result, a style and options, and returns a :class:`metaleak.plots.plan.FigurePlan`:
layouts as plain data, caption, alt text and the drawn values. It reads ``NAME.result.json`` and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from typing import Any

from metaleak.errors import SheetError
from metaleak.plots.figures import result_values
from metaleak.plots.forest_data import ForestData
from metaleak.plots.forest_frame import Options
from metaleak.plots.languages import said
from metaleak.plots.notices import marked, without_marks
from metaleak.plots.plan import FigurePlan
from metaleak.plots.shapes import Layout, Text
from metaleak.plots.style import PLAIN, Style
from metaleak.plots.text_metrics import named, printable, runs, undrawable
from metaleak.storage.digest import of_value

#: Figure -> the module and function that plan it.
PLANNERS: Mapping[str, str] = {
    "groups": "metaleak.plots.figures:plan_groups",
    "forest": "metaleak.plots.figures:plan_forest",
    "parts": "metaleak.plots.parts_bars:plan_parts",
    "ledger": "metaleak.plots.why:plan_ledger",
    "coefficients": "metaleak.plots.why:plan_coefficients",
    "means": "metaleak.plots.why:plan_means",
    "routes": "metaleak.plots.why:plan_routes",
    "leave_out": "metaleak.plots.refits:plan_leave_out",
    "cumulative": "metaleak.plots.refits:plan_cumulative",
    "gosh": "metaleak.plots.gosh_density:plan_gosh",
    "baujat": "metaleak.plots.influence_set:plan_baujat",
    "influence": "metaleak.plots.influence_set:plan_influence",
    "funnel": "metaleak.plots.funnel_plot:plan_funnel",
    "estimators": "metaleak.plots.models_figures:plan_estimators",
    "caterpillar": "metaleak.plots.models_figures:plan_caterpillar",
    "drapery": "metaleak.plots.models_figures:plan_drapery",
    "arms": "metaleak.plots.two_arm:plan_arms",
    "adjusted": "metaleak.plots.detection:plan_adjusted",
    "sensitivity": "metaleak.plots.detection_sources:plan_sensitivity",
    "assumed": "metaleak.plots.detection_sources:plan_assumed",
    "guard_rails": "metaleak.plots.detection:plan_guard_rails",
    "unreported": "metaleak.plots.detection:plan_unreported",
    "bubble": "metaleak.plots.bubble_plot:plan_bubble",
    "bias_bars": "metaleak.plots.bias:plan_bias_bars",
    "traffic_lights": "metaleak.plots.bias:plan_traffic_lights",
    "specifications": "metaleak.plots.specification:plan_specifications",
    "precision": "metaleak.plots.future_figures:plan_precision",
    "extended_funnel": "metaleak.plots.future_figures:plan_extended_funnel",
}

DEFAULT = Options()


def plan_figure(kind: str, result: Any, *, style: Style = PLAIN, options: Options = DEFAULT) -> FigurePlan:
    """Plan a figure of a result by the figure's name.

    Raises
    ------
    SheetError
        When a text holds characters that the fonts cannot draw.
    InputError, SettingError, UndefinedError
        As its planner raises them.
    """
    module, _, name = PLANNERS[kind].partition(":")
    shown, notices = _noticed(result)
    plan: FigurePlan = getattr(import_module(module), name)(shown, style=style, options=options)
    if notices:
        plan = replace(
            plan,
            source=replace(plan.source, digest=of_value(result_values(result))),
            values_csv=without_marks(plan.values_csv, notices),
        )
    plan = replace(
        plan,
        whole=_said_layout(plan.whole, style.language),
        pages=tuple(_said_layout(page, style.language) for page in plan.pages),
        caption=printable(plan.caption),
        alt_text=printable(plan.alt_text),
        values_csv=printable(plan.values_csv),
    )
    check_glyphs(plan)
    alt_text = plan.alt_text
    if not any(second for second, _ in runs(alt_text)):
        # Planners that know where a title or a label begins have said it themselves.
        alt_text = said(alt_text, style.language)
    return replace(plan, caption=said(plan.caption, style.language), alt_text=alt_text)


def _noticed(result: Any) -> tuple[Any, Sequence[Mapping[str, Any]]]:
    """Return a result with marks on studies whose publications were withdrawn or doubted, and its notices."""
    if isinstance(result, ForestData):
        return result, ()
    values = result_values(result)
    return marked(values), values.get("notices", ())


def _said_layout(layout: Layout, language: str) -> Layout:
    """Say what a planner placed without saying it: words of one line, which stay where they are anchored.

    Characters that control or turn text have no place in a picture.
    """
    shapes = tuple(
        replace(shape, text=said(printable(shape.text), language)) if isinstance(shape, Text) else shape
        for shape in layout.shapes
    )
    return layout if shapes == layout.shapes else replace(layout, shapes=shapes)


def check_glyphs(plan: FigurePlan) -> None:
    """Refuse a figure with a box in it, whatever way the text took.

    Raises
    ------
    SheetError
        When a text holds characters that the fonts cannot draw.
    """
    missing = "".join(
        dict.fromkeys(
            char
            for page in (plan.whole, *plan.pages)
            for text in page.texts()
            for char in undrawable(text.text, text.weight)
        )
    )
    if missing:
        raise SheetError(
            f"the fonts of the figures have no glyph for {named(missing)}",
            got=missing.encode("ascii", "backslashreplace").decode(),
            where=f"figure {plan.kind}",
            todo="write it in Latin letters",
        )
