"""The draw step: figures are redone when what they show changes, their provenance when anything does."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from metaleak.plots.forest_frame import Options
from metaleak.plots.plan import FigurePlan
from metaleak.plots.planners import plan_figure
from metaleak.plots.presets import greyed, style_named
from metaleak.plots.save import PICTURES, PRINT_DPI, provenance, rendered
from metaleak.plots.style import PLAIN, Style
from metaleak.plots.svg import svg
from metaleak.reporting.data import Figure
from metaleak.storage import atomic, digest, strict_json
from metaleak.workflow.steps import StepBook

#: Files of a figure that show something; the JSON beside them says where it comes from.
_SHOWN = ("svg", "pdf", "png", "csv")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A figure that is to be drawn, in this process or in another one.

    Attributes
    ----------
    name : str
        Of its files.
    planner : callable
        Plans it from ``style`` and ``options``; it can be pickled.
    kind : str
        Which figure it is.
    overall : bool
        Whether the pool of all groups is shown.
    on_page : str
        Its name on the page; empty where the page does not need it.
    """

    name: str
    planner: Callable[..., FigurePlan]
    kind: str = ""
    overall: bool = False
    on_page: str = ""

    def plan(
        self,
        *,
        caption: bool = True,
        style: Style = PLAIN,
        columns: tuple[str, ...] | None = None,
        sort: str | None = None,
    ) -> FigurePlan:
        """Plan it, with or without its caption below.

        Raises
        ------
        MetaleakError
            As planning raises it.
        """
        options = Options(overall=self.overall, caption=caption, columns=columns, sort=sort)
        return self.planner(style=style, options=options)

    def figure(self) -> Figure:
        """Draw it for the page, where its caption stands under it as text.

        Raises
        ------
        MetaleakError
            As planning raises it.
        """
        return page_figure(self.plan(caption=False), self.on_page)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A drawn figure: a digest of what it shows, its files by suffix, and how it stands on the page."""

    shows: str
    files: Mapping[str, bytes]
    figure: Figure | None = None


def orders(result: Mapping[str, Any], *, for_page: bool = False) -> list[Order]:
    """Return the figures that a result's analysis asks for."""
    return [
        Order(
            name=f"{result['analysis']}-{kind}",
            planner=partial(plan_figure, kind, result),
            kind=kind,
            overall="overall" in result,
            on_page=f"{result['analysis']}-{kind}" if for_page else "",
        )
        for kind in result["settings"]["figures"]
    ]


def drawn(_shared: object, order: Order) -> Drawn:
    """Draw a figure as every run does.

    Raises
    ------
    MetaleakError
        As planning raises it.
    """
    plan = order.plan()
    return Drawn(
        shows=_shows(plan),
        files=rendered(plan, order.name),
        figure=order.figure() if order.on_page else None,
    )


def is_shown(book: StepBook, step: str, ordered: Sequence[Order], *, made_from: str, software: str) -> bool:
    """Whether the pictures of a step are there and show what they should; their provenance is then made right.

    Raises
    ------
    MetaleakError
        As planning and writing raise it.
    """
    if book.is_untouched(step, made_from):
        return True
    if not book.is_whole(step):
        return False
    plans = {order.name: order.plan() for order in ordered}
    key = _key(software, {name: _shows(plan) for name, plan in plans.items()})
    if not book.is_current(step, key):
        return False
    outputs: dict[str, bytes] = {}
    for name, plan in plans.items():
        shown = {suffix: (book.root / _path(name, suffix)).read_bytes() for suffix in _SHOWN}
        outputs |= {_path(name, suffix): data for suffix, data in shown.items()}
        outputs[_path(name, "json")] = strict_json.dumps(provenance(plan, name, shown)).encode("utf-8")
    book.write(step, key, outputs, made_from=made_from)
    return True


def keep_drawn(
    book: StepBook, step: str, figures: Mapping[str, Drawn], *, made_from: str, software: str
) -> None:
    """Write the figures of a step, by their names.

    Raises
    ------
    MetaleakError
        As writing raises it.
    """
    key = _key(software, {name: figure.shows for name, figure in figures.items()})
    outputs = {
        _path(name, suffix): data for name, figure in figures.items() for suffix, data in figure.files.items()
    }
    book.write(step, key, outputs, made_from=made_from)


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

    def taken(self, ordered: Sequence[Order]) -> list[Order]:
        """Return the figures of an analysis that are wished for."""
        return [order for order in ordered if not self.kinds or order.kind in self.kinds]


def draw_as_wished(root: Path, result: Mapping[str, Any], wish: Wish) -> list[str]:
    """Draw figures of a result in a style of their own and return the files, relative to the review.

    Figures in the plain style keep their names, all others get the style's behind them.

    Raises
    ------
    MetaleakError
        As the style, planning and writing raise it.
    """
    return [
        path
        for order in wish.taken(orders(result))
        for path in keep_wished(root, order, wish, wished(wish, order))
    ]


def wished(wish: Wish, order: Order) -> dict[str, bytes]:
    """Draw a figure as it is wished for and return its files by suffix.

    Raises
    ------
    MetaleakError
        As the style and planning raise it.
    """
    plan = order.plan(style=wish.drawn_in, columns=wish.columns, sort=wish.sort)
    return rendered(plan, f"{order.name}{wish.suffix}", formats=wish.formats, dpi=wish.dpi)


def keep_wished(root: Path, order: Order, wish: Wish, files: Mapping[str, bytes]) -> list[str]:
    """Write the files of a figure that was drawn as wished, and return them.

    Raises
    ------
    StorageError
        When a file cannot be written.
    """
    name = f"{order.name}{wish.suffix}"
    for suffix, data in files.items():
        atomic.write_bytes(root / _path(name, suffix), data)
    return [_path(name, suffix) for suffix in files]


def page_figures(result: Mapping[str, Any]) -> dict[str, Figure]:
    """Return the figures of a result for the page, by name: their captions stand under them as text."""
    return {order.name: order.figure() for order in orders(result, for_page=True)}


def _path(name: str, suffix: str) -> str:
    return f"figures/{name}.{suffix}"


def _shows(plan: FigurePlan) -> str:
    seen = (plan.whole, plan.pages, plan.style, plan.title, plan.caption, plan.alt_text, plan.values_csv)
    return digest.of_bytes(repr(seen).encode("utf-8"))


def _key(software: str, shows: Mapping[str, str]) -> str:
    return digest.of_value([software, dict(shows)])


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
