"""The order of a forest plot's rows within their groups."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from metaleak.errors import SettingError
from metaleak.plots.forest_data import ForestData, StudyRow
from metaleak.question.forest_columns import wrong_sort

#: What is compared; None comes last whatever the direction.
_KEYS: Mapping[str, Callable[[StudyRow], Any]] = {
    "label": lambda row: row.label.casefold(),
    "procedure": lambda row: row.procedure or None,
    "unit": lambda row: row.unit or None,
    "modality": lambda row: row.modality or None,
    "year": lambda row: row.year or None,
    "events": lambda row: row.events,
    "total": lambda row: row.total,
    "rate": lambda row: row.rate.value,
    "share": lambda row: row.share,
}


def sorted_rows(data: ForestData, sort: str | None) -> ForestData:
    """Return the data with the rows of each group sorted; equal ones keep their order.

    Parameters
    ----------
    data : ForestData
        What the plot shows.
    sort : str or None
        A name of :data:`metaleak.question.forest_columns.SORTS`, with ``-`` before it for descending; None
        leaves it to the analysis, and the result's order where that says nothing.

    Raises
    ------
    SettingError
        When rows cannot be sorted so.
    """
    sort = sort or data.settings.get("sort")
    if sort is None:
        return data
    for told in wrong_sort(sort):
        raise SettingError(told, got=sort)
    key, down = _KEYS[sort.removeprefix("-")], sort.startswith("-")

    def in_order(rows: tuple[StudyRow, ...]) -> tuple[StudyRow, ...]:
        known = [row for row in rows if key(row) is not None]
        return (*sorted(known, key=key, reverse=down), *(row for row in rows if key(row) is None))

    groups = tuple(replace(group, rows=in_order(group.rows)) for group in data.groups)
    return replace(data, groups=groups)
