"""Figures: ``metaleak.plots.NAME(result, ax=None)`` draws the figure of that name and returns its axes.

Importing the package loads nothing; matplotlib is loaded when something is drawn, pyplot never.

Examples
--------
>>> import metaleak as ml
>>> ml.plots.PRESETS["lancet"].width_mm
154.0
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

#: Public name -> the module that defines it.
_HOME = {
    "FigurePlan": "metaleak.plots.plan",
    "ForestData": "metaleak.plots.forest_data",
    "Options": "metaleak.plots.forest_frame",
    "PRESETS": "metaleak.plots.presets",
    "PLAIN": "metaleak.plots.style",
    "Style": "metaleak.plots.style",
    "draw": "metaleak.plots.drawn",
    "from_result_json": "metaleak.plots.forest_data",
    "plan_figure": "metaleak.plots.planners",
    "plan_forest": "metaleak.plots.figures",
    "plan_groups": "metaleak.plots.figures",
    "plan_prisma": "metaleak.plots.prisma_figure",
    "prisma": "metaleak.plots.prisma_figure",
    "risk_of_bias": "metaleak.plots.bias",
    "save_figure": "metaleak.plots.save",
    "style_named": "metaleak.plots.presets",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    """Load a public name (PEP 562)."""
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    # A module of the package is asked for here before it is imported; the planners import some of them.
    if find_spec(f"{__name__}.{name}") is None and name in _figures():
        return import_module("metaleak.plots.drawn").drawer(name)
    raise AttributeError(f"module 'metaleak.plots' has no attribute {name!r}")


def __dir__() -> list[str]:
    """List the public names and the figures."""
    return sorted({*__all__, *_figures()})


def _figures() -> tuple[str, ...]:
    return tuple(import_module("metaleak.plots.planners").PLANNERS)
