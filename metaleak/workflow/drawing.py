"""The draw step: figures are redone when what they show changes, their provenance when anything does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from metaleak.plots.figures import PLANS, FigurePlan
from metaleak.plots.save import provenance, rendered
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
    plans = {f"{result['analysis']}-{kind}": PLANS[kind](result) for kind in result["settings"]["figures"]}
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


def drawn_figures(root: Path, result: Mapping[str, Any]) -> dict[str, Figure]:
    """Return the figures of a result as they lie on the disk, by name."""
    return {
        name: _figure(root, name)
        for name in (f"{result['analysis']}-{kind}" for kind in result["settings"]["figures"])
    }


def _path(name: str, suffix: str) -> str:
    return f"figures/{name}.{suffix}"


def _shows(plan: FigurePlan) -> str:
    seen = (plan.whole, plan.pages, plan.style, plan.title, plan.caption, plan.alt_text, plan.values_csv)
    return digest.of_bytes(repr(seen).encode("utf-8"))


def _saved(root: Path, name: str) -> dict[str, bytes]:
    return {suffix: (root / _path(name, suffix)).read_bytes() for suffix in _SHOWN}


def _figure(root: Path, name: str) -> Figure:
    told = json.loads((root / _path(name, "json")).read_bytes())
    svg = (root / _path(name, "svg")).read_text(encoding="utf-8")
    return Figure(svg=svg, alt=told["alt_text"], caption=f"{told['caption']} {told['caveat']}".strip())
