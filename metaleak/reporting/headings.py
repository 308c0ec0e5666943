"""Headings of columns once more, beside each cell: what a phone shows where a table stands as cards."""

from __future__ import annotations

from metaleak.reporting.tables import Column, Table


class Headings:
    """The sets of headings that a page has used; a table gets the class of its set, the style says each once.

    A heading in every cell would be an eighth of the page.

    Examples
    --------
    >>> held = Headings()
    >>> held.of(Table(id="t", caption="", columns=(Column("Study"), Column("Rate", "number")), rows=()))
    'h1'
    >>> held.style()
    '@media screen and (max-width:45rem){.h1 td:nth-child(2)::before{content:"Rate"}}'
    """

    def __init__(self) -> None:
        self._sets: dict[tuple[Column, ...], str] = {}

    def of(self, table: Table) -> str:
        """Return the class of a table's set of headings."""
        return self._sets.setdefault(table.columns, f"h{len(self._sets) + 1}")

    def style(self) -> str:
        """Return the rules that put a heading in front of each cell on a narrow screen."""
        places: dict[tuple[int, str], list[str]] = {}
        for columns, name in self._sets.items():
            # The first cell heads its row, and a bar needs no words.
            for i, column in enumerate(columns[1:], start=2):
                if column.kind != "bar":
                    places.setdefault((i, column.name), []).append(name)
        rules = (
            f"{','.join(f'.{name} td:nth-child({i})::before' for name in names)}{{content:{_quoted(text)}}}"
            for (i, text), names in places.items()
        )
        return f"@media screen and (max-width:45rem){{{''.join(rules)}}}"


def _quoted(text: str) -> str:
    r"""Return text as a string of CSS that can also stand inside a style element."""
    return '"' + "".join(f"\\{ord(c):x} " if c in '"\\<>&\n' else c for c in text) + '"'
