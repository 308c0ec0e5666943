"""Which figures a command draws."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaleak.errors import SettingError, UsageError

if TYPE_CHECKING:
    from metaleak.workflow.pipeline import Pipeline


def draw_chosen(
    pipeline: Pipeline,
    name: str | None,
    *,
    style: str,
    formats: str,
    dpi: int,
    grey: bool,
    language: str | None = None,
    columns: str | None = None,
    sort: str | None = None,
) -> list[str]:
    """Draw an analysis, or the figure of that name of every analysis that has it; return the files.

    Raises
    ------
    UsageError
        When there is neither an analysis nor a figure of that name, no analysis draws it, or there is no
        such style, format, resolution, language or column.
    """
    from metaleak.plots.planners import PLANNERS
    from metaleak.workflow.drawing import Wish
    from metaleak.workflow.pipeline import FLOW

    is_flow = name == FLOW and name not in pipeline.names
    is_figure = name in PLANNERS and name not in pipeline.names
    if (columns is not None or sort is not None) and is_figure and name != "forest":
        raise UsageError(
            f"the figure {name!r} has no columns to choose and no rows to sort", required="the figure forest"
        )
    wish = Wish(
        kinds=(str(name),) if is_figure else (),
        style=style,
        formats=_parts(formats),
        dpi=dpi,
        grey=grey,
        language=language,
        columns=None if columns is None else _parts(columns),
        sort=sort,
    )
    analyses = pipeline.names if is_figure else () if is_flow else pipeline.chosen(name)
    with_flow = is_flow or name is None
    if wish.is_plain:
        pipeline.draw_all(analyses, flow=with_flow)
        steps = {f"draw {each}" for each in (*analyses, *((FLOW,) if with_flow else ()))}
        return sorted(p for step in steps for p in pipeline.written(step) if p.startswith("figures/"))
    try:
        files = pipeline.draw_all_as(analyses, wish, flow=with_flow)
    except SettingError as error:
        raise UsageError(str(error)) from None
    if not files:
        raise UsageError(
            f"no analysis draws {name!r}", todo='name it under [figures] draw = ["..."] of an analysis'
        )
    return sorted(files)


def _parts(text: str) -> tuple[str, ...]:
    """Return the words between commas."""
    return tuple(part.strip() for part in text.split(",") if part.strip())
