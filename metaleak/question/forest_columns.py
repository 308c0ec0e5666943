"""What a forest plot may show beside labels, counts and rates, by name, and how its rows may be sorted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from metaleak.sheets.codebook import nearest
from metaleak.sheets.instruments import INSTRUMENTS

#: Columns of words and numbers.
WORDS = ("procedure", "unit", "modality", "year", "share")

#: What rows can be sorted by within their group; ``-`` before it turns the order around.
SORTS = ("label", "procedure", "unit", "modality", "year", "events", "total", "rate", "share")


def bias_items(column: str) -> tuple[str, ...]:
    """Return the items of risk of bias that a column's name asks for: a checklist with its overall, or one item.

    Examples
    --------
    >>> bias_items("jbi_overall"), len(bias_items("jbi")), bias_items("year")
    (('jbi_overall',), 10, ())
    """
    for tool in INSTRUMENTS.values():
        items = (*(item.id for item in tool.items), tool.overall)
        if column == tool.name:
            return items
        if column in items:
            return (column,)
    return ()


def wrong_columns(columns: Sequence[str]) -> Iterator[str]:
    """Say which names no column has, and which stand twice, one sentence each.

    Examples
    --------
    >>> list(wrong_columns(["years", "unit", "unit"]))[1]
    "the column 'unit' is named twice"
    """
    known = (*WORDS, *INSTRUMENTS, *(i for tool in INSTRUMENTS for i in bias_items(tool)))
    for place, column in enumerate(columns):
        if column not in known:
            allowed = ", ".join((*WORDS, *INSTRUMENTS))
            yield (
                f"unknown column {column!r}{nearest(column, known)}; allowed: {allowed}, and single items of a "
                "checklist such as jbi_3 or jbi_overall"
            )
        elif column in columns[:place]:
            yield f"the column {column!r} is named twice"


def wrong_sort(sort: str) -> Iterator[str]:
    """Say that rows cannot be sorted so.

    Examples
    --------
    >>> list(wrong_sort("-rate")), len(list(wrong_sort("colour")))
    ([], 1)
    """
    if sort.removeprefix("-") not in SORTS:
        yield f"rows cannot be sorted by {sort!r}; allowed: {', '.join(SORTS)}, each with - before it for descending"
