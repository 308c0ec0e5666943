"""The draw step: figures are redone when what they show changes, their provenance when anything does."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from metaleak.plots.forest_frame import Options
from metaleak.plots.plan import FigurePlan
from metaleak.plots.planners import plan_figure
from metaleak.plots.presets import greyed, style_named
from metaleak.plots.save import PICTURES, PRINT_DPI, provenance, rendered
from metaleak.plots.style import Style
from metaleak.plots.svg import svg
from metaleak.reporting.data import Figure
from metaleak.storage import atomic, digest, strict_json
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
    return draw_plans(book, f"draw {result['analysis']}", _plans(result, caption=True), software=software)


def draw_plans(book: StepBook, step: str, plans: Mapping[str, FigurePlan], *, software: str) -> bool:
    """Draw planned figures under their names as one step; return whether all were found unchanged.

    Raises
    ------
    MetaleakError
        As writing raises it.
    """
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How figures are asked for by hand: which, in which style and as which files.

    Attributes
    ----------
    kinds : tuple of str
        Figures; empty means all that the analysis draws.
    style : str
        A preset or a TOML file.
    formats : tuple of str
        Of ``svg, pdf, png, tiff, eps``.
    dpi : int
        Of PNG and TIFF, dots per inch.
    grey : bool
        In greys.
    language : str or None
        Of the words; None leaves it to the style.
    columns : tuple of str or None
        Of a forest plot; None leaves them to the analysis and the style.
    sort : str or None
        What a forest plot's rows are sorted by; None leaves it to the analysis.
    """

    kinds: tuple[str, ...] = ()
    style: str = "plain"
    formats: tuple[str, ...] = PICTURES
    dpi: int = PRINT_DPI
    grey: bool = False
    language: str | None = None
    columns: tuple[str, ...] | None = None
    sort: str | None = None

    @property
    def is_plain(self) -> bool:
        """Whether nothing but what every run draws is asked for."""
        return self == Wish()

    @property
    def drawn_in(self) -> Style:
        """The style itself."""
        style = style_named(self.style)
        style = greyed(style) if self.grey else style
        return style if self.language is None else replace(style, language=self.language)

    @property
    def suffix(self) -> str:
        """What stands behind a figure's name, so that the files of every run are not written over."""
        named = [] if self.style == "plain" else [re.sub("[^A-Za-z0-9_-]+", "-", Path(self.style).stem)]
        named += ["grey"] if self.grey else []
        named += [] if self.language in (None, "en") else [self.language]
        named += [] if self.columns is None else ["with", *self.columns]
        named += (
            [] if self.sort is None else ["by", self.sort.strip("-") + "-down" * self.sort.startswith("-")]
        )
        return "".join(f"-{part}" for part in named)


def draw_as_wished(root: Path, result: Mapping[str, Any], wish: Wish) -> list[str]:
    """Draw figures of a result in a style of their own and return the files, relative to the review.

    Figures in the plain style keep their names, all others get the style's behind them.

    Raises
    ------
    MetaleakError
        As the style, planning and writing raise it.
    """
    options = Options(overall="overall" in result, columns=wish.columns, sort=wish.sort)
    written = []
    for kind in result["settings"]["figures"]:
        if wish.kinds and kind not in wish.kinds:
            continue
        plan = plan_figure(kind, result, style=wish.drawn_in, options=options)
        written += write_as_wished(root, plan, f"{result['analysis']}-{kind}", wish)
    return written


def write_as_wished(root: Path, plan: FigurePlan, name: str, wish: Wish) -> list[str]:
    """Write the files of a figure that was planned in the style of a wish, and return them."""
    name = f"{name}{wish.suffix}"
    files = rendered(plan, name, formats=wish.formats, dpi=wish.dpi)
    for suffix, data in files.items():
        atomic.write_bytes(root / _path(name, suffix), data)
    return [_path(name, suffix) for suffix in files]


def page_figures(result: Mapping[str, Any]) -> dict[str, Figure]:
    """Return the figures of a result for the page, by name: their captions stand under them as text."""
    return {name: page_figure(plan, name) for name, plan in _plans(result, caption=False).items()}


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


def page_figure(plan: FigurePlan, name: str) -> Figure:
    """Return a figure for the page; it was planned without its caption, which stands under it as text."""
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
