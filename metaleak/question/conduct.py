"""What the rows behind an observation say of how leaks were looked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from metaleak.sheets.conduct import CONDUCT, SELECTED

#: Column -> the different cells of the rows, "" where one does not say; a column that no row fills is left out.
Conduct = Mapping[str, tuple[str, ...]]


def conduct_of(rows: Sequence[Mapping[Any, Any]]) -> Conduct:
    """Return what rows of a sheet say, each column once.

    Examples
    --------
    >>> conduct_of([{"verification": "all", "blinded": ""}, {"verification": "", "blinded": ""}])
    {'verification': ('all', '')}
    """
    told = {name: tuple(dict.fromkeys(str(row.get(name, "")) for row in rows)) for name in CONDUCT}
    return {name: cells for name, cells in told.items() if any(cells)}


def is_selected(conduct: Conduct) -> bool:
    """Return whether some of the rows were read in a selection of the patients.

    Examples
    --------
    >>> is_selected({"verification": ("all", "selected")}), is_selected({})
    (True, False)
    """
    return SELECTED in conduct.get("verification", ())


def as_json(conduct: Conduct) -> dict[str, dict[str, list[str]]]:
    """Return the part of a result's row that tells it: nothing where nothing is said."""
    return {"conduct": {name: list(cells) for name, cells in conduct.items()}} if conduct else {}
