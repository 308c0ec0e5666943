"""The draw step: figures are redone when what they show changes, their provenance when anything does."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from metaleak.plots.forest_frame import Options
from metaleak.plots.plan import FigurePlan
from metaleak.plots.planners import plan_figure
from metaleak.plots.save import provenance, rendered
from metaleak.plots.svg import svg
from metaleak.reporting.data import Figure
from metaleak.storage import digest, strict_json
from metaleak.workflow.steps import StepBook

#: Files of a figure that show something; the JSON beside them says where it comes from.
_SHOWN = ("svg", "pdf", "png", "csv")


def draw_figures(book: StepBook, result: Mapping[str, Any], *, software: str) -> bool:
    """Draw the figures that a result's analysis asks for; return whether all were found unchanged.

    Raises
    ------
    MetaleakError
        As planning and writing raise it.
    """
    step = f"draw {result['analysis']}"
    plans = _plans(result, caption=True)
    key = digest.of_value([software, {name: _shows(plan) for name, plan in plans.items()}])
    unchanged = book.is_current(step, key)
    outputs: dict[str, bytes] = {}
    for name, plan in plans.items():
        files = _saved(book.root, name) if unchanged else rendered(plan, name)
        shown = {suffix: files[suffix] for suffix in _SHOWN}
        outputs |= {_path(name, suffix): data for suffix, data in shown.items()}
        outputs[_path(name, "json")] = strict_json.dumps(provenance(plan, name, shown)).encode("utf-8")
    book.write(step, key, outputs)
    return unchanged


def page_figures(result: Mapping[str, Any]) -> dict[str, Figure]:
    """Return the figures of a result for the page, by name: their captions stand under them as text."""
    return {name: _figure(plan, name) for name, plan in _plans(result, caption=False).items()}


def _plans(result: Mapping[str, Any], *, caption: bool) -> dict[str, FigurePlan]:
    options = Options(overall="overall" in result, caption=caption)
    return {
        f"{result['analysis']}-{kind}": plan_figure(kind, result, options=options)
        for kind in result["settings"]["figures"]
    }


def _path(name: str, suffix: str) -> str:
    return f"figures/{name}.{suffix}"


def _shows(plan: FigurePlan) -> str:
    seen = (plan.whole, plan.pages, plan.style, plan.title, plan.caption, plan.alt_text, plan.values_csv)
    return digest.of_bytes(repr(seen).encode("utf-8"))


def _saved(root: Path, name: str) -> dict[str, bytes]:
    return {suffix: (root / _path(name, suffix)).read_bytes() for suffix in _SHOWN}


def _figure(plan: FigurePlan, name: str) -> Figure:
    caption = f"{plan.caption} {plan.caveat}".strip()
    sheets = tuple(
        svg(
            sheet,
            style=plan.style,
            name=f"{name}-{i}",
            title=plan.title,
            description=plan.alt_text,
            typeface=False,
        )
        for i, sheet in enumerate(plan.pages, start=1)
    )
    return Figure(sheets=sheets, alt=plan.alt_text, caption=caption)
