"""Figures as Python functions: ``metaleak.plots.NAME(result, ax=None)`` for every name in ``PLANNERS``.

Nothing here touches pyplot or the settings of the process: figures are matplotlib's objects and belong to the caller.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from metaleak.errors import SettingError
from metaleak.plots.canvas import axes_size, draw_figure, draw_on
from metaleak.plots.forest_frame import Options
from metaleak.plots.planners import PLANNERS, plan_figure
from metaleak.plots.presets import style_named
from metaleak.plots.style import PLAIN, POINTS_PER_MM, Style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DEFAULT = Options()


def draw(
    kind: str,
    result: Any,
    ax: Axes | None = None,
    *,
    style: Style | str = PLAIN,
    language: str | None = None,
    options: Options = DEFAULT,
) -> Axes:
    """Draw a figure by its name and return its axes.

    Parameters
    ----------
    kind : str
        A name of :data:`metaleak.plots.planners.PLANNERS`.
    result : mapping, path or analysis
        The values of ``NAME.result.json``, its path, or an object that holds them.
    ax : Axes, optional
        Where to draw: the figure takes the width of the axes and stands in their upper left corner.
        Without it a new figure of the printed size is made, which pyplot does not know.
    style : Style or str
        A style, the name of a preset, or the path of a TOML file.
    language : str, optional
        Of the words, ``"en"`` or ``"zh"``; otherwise the style's.
    options : Options
        What it shows.

    Raises
    ------
    SettingError
        When there is no such figure, style or language, or the axes are too small.
    InputError
        When the result holds nothing that this figure shows.
    SheetError, UndefinedError
        As planning raises them.
    """
    if kind not in PLANNERS:
        raise SettingError(f"there is no figure {kind!r}", required="one of " + ", ".join(PLANNERS), got=kind)
    chosen = style_named(style) if isinstance(style, str) else style
    chosen = chosen if language is None else replace(chosen, language=language)
    if ax is None:
        plan = plan_figure(kind, result, style=chosen, options=options)
        return draw_figure(plan.whole, style=chosen).axes[0]
    fitted = replace(chosen, width_mm=axes_size(ax)[0] / POINTS_PER_MM)
    return draw_on(ax, plan_figure(kind, result, style=fitted, options=options).whole, style=fitted)


@cache
def drawer(kind: str) -> Callable[..., Axes]:
    """Return the function that draws the figures of a name."""

    def drawn(
        result: Any,
        ax: Axes | None = None,
        *,
        style: Style | str = PLAIN,
        language: str | None = None,
        options: Options = DEFAULT,
    ) -> Axes:
        return draw(kind, result, ax, style=style, language=language, options=options)

    drawn.__name__ = drawn.__qualname__ = kind
    drawn.__doc__ = (
        f'Draw the figure "{kind}" of a result and return its axes; see :func:`metaleak.plots.draw`.'
    )
    return drawn
