"""How wide the columns of a document are: room for every word, the rest for long texts."""

from __future__ import annotations

from collections.abc import Sequence

from metaleak.plots.text_metrics import Weight, width

_MM_PER_PT = 25.4 / 72

#: What a cell leaves free on both sides, in millimetres.
_CELL_MM = 4.4

#: Beyond these widths in millimetres a word, and a text in one line, ask for no more room.
_WORD_MM = 32.0
_TEXT_MM = 110.0


def column_widths(columns: Sequence[Sequence[str]], *, room: float, size: float) -> list[float]:
    """Return widths in millimetres that fill ``room``.

    Parameters
    ----------
    columns : sequence of sequence of str
        Heading, which is bold, and cells of each column; a no-break space joins words.
    room : float
        Width of the page between its margins, in millimetres.
    size : float
        Of the type, in points.

    Examples
    --------
    >>> columns = [["Study", "A long title of a study"], ["Year", "2012"]]
    >>> [round(wide) for wide in column_widths(columns, room=60, size=8)]
    [49, 11]
    """
    least = [_CELL_MM + min(_widest(cells, size, words=True), _WORD_MM) for cells in columns]
    wanted = [_CELL_MM + min(_widest(cells, size, words=False), _TEXT_MM) for cells in columns]
    more = [max(want - low, 0.0) for want, low in zip(wanted, least, strict=True)]
    spare = max(room - sum(least), 0.0)
    share = spare / sum(more) if sum(more) else 0.0
    widths = [low + share * extra for low, extra in zip(least, more, strict=True)]
    return [one * room / sum(widths) for one in widths]


def _widest(cells: Sequence[str], size: float, *, words: bool) -> float:
    widest = 0.0
    for place, cell in enumerate(cells):
        weight: Weight = "bold" if place == 0 else "regular"
        for part in cell.split(" ") if words else [cell]:
            widest = max(widest, width(part, size, weight))
    return widest * _MM_PER_PT
