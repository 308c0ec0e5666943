"""The figures of an analysis that pools by group: planned as data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from metaleak.errors import InputError
from metaleak.plots.alt_text import forest_alt_text, groups_alt_text
from metaleak.plots.caption import forest_caption, groups_caption
from metaleak.plots.drawn_values import forest_values, groups_values
from metaleak.plots.forest_bias import blocks
from metaleak.plots.forest_data import ForestData, from_result_json
from metaleak.plots.forest_frame import Options, drawn_columns
from metaleak.plots.forest_layout import forest_layout, forest_pages
from metaleak.plots.forest_sort import sorted_rows
from metaleak.plots.groups_layout import groups_layout
from metaleak.plots.plan import FigurePlan
from metaleak.plots.style import PLAIN, Style

DEFAULT = Options()


def read_result(result: Any) -> ForestData:
    """Read what a figure shows from a result: the parsed JSON, its file, or an object that holds it.

    Raises
    ------
    InputError
        When it is none of these, or the file is no JSON.
    """
    return result if isinstance(result, ForestData) else from_result_json(result_values(result))


def result_values(result: Any) -> Mapping[str, Any]:
    """Return the values of ``NAME.result.json`` from themselves, their file, or an object that holds them.

    Raises
    ------
    InputError
        When it is none of these, or the file is no JSON.
    """
    if isinstance(result, str | Path):
        return _from_file(Path(result))
    values = result if isinstance(result, Mapping) else getattr(result, "result", None)
    if not isinstance(values, Mapping):
        raise InputError(
            "nothing to draw",
            required="the values of NAME.result.json, its path, or an analysis",
            got=type(result).__name__,
        )
    return values


def plan_forest(result: Any, *, style: Style = PLAIN, options: Options = DEFAULT) -> FigurePlan:
    """Plan the forest plot of a result.

    Parameters
    ----------
    result : mapping, path, analysis or ForestData
        See :func:`read_result`.
    style, options
        How it looks and what it shows.

    Raises
    ------
    InputError, SheetError, SettingError, UndefinedError
        As reading and laying out raise them.
    """
    data = sorted_rows(read_result(result), options.sort)
    told = blocks(drawn_columns(data, style, options))
    return FigurePlan(
        kind="forest",
        source=data.source,
        style=style,
        whole=forest_layout(data, style=style, options=options),
        pages=forest_pages(data, style=style, options=options),
        caption=forest_caption(data, overall=options.overall, bias=bool(told)),
        alt_text=forest_alt_text(data, overall=options.overall, blocks=told, language=style.language),
        values_csv=forest_values(data, overall=options.overall, blocks=told),
    )


def plan_groups(result: Any, *, style: Style = PLAIN, options: Options = DEFAULT) -> FigurePlan:
    """Plan the overview of a result: one line per group.

    Parameters and errors are those of :func:`plan_forest`.
    """
    data = read_result(result)
    layout = groups_layout(data, style=style, options=options)
    return FigurePlan(
        kind="groups",
        source=data.source,
        style=style,
        whole=layout,
        pages=(layout,),
        caption=groups_caption(data),
        alt_text=groups_alt_text(data, language=style.language),
        values_csv=groups_values(data),
    )


def _from_file(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError("cannot read the result", got=str(error), where=path.name) from error
    if not isinstance(values, dict):
        raise InputError("cannot read the result", required="a JSON object", where=path.name)
    return values
