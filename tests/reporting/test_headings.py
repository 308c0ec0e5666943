"""Headings beside cells are said once for all tables that share them."""

from metaleak.reporting.headings import Headings
from metaleak.reporting.tables import Column, Table


def table(name, *columns):
    return Table(id=name, caption="", columns=tuple(Column(*c) for c in columns), rows=())


def test_tables_with_equal_headings_share_a_class():
    """Equal headings are one set; another kind of column is another set with the same words."""
    held = Headings()
    names = [
        held.of(table("a", ("Study",), ("Rate", "number"))),
        held.of(table("b", ("Study",), ("Rate", "number"))),
        held.of(table("c", ("Group",), ("Rate",), ("0 to 100 %", "bar"))),
    ]

    assert names == ["h1", "h1", "h2"]
    assert held.style().count('content:"Rate"') == 1
    assert ".h1 td:nth-child(2)::before,.h2 td:nth-child(2)::before{" in held.style()
    assert "0 to 100" not in held.style()


def test_a_heading_cannot_leave_its_string():
    """Quotes and brackets of a heading are numbers in the style."""
    held = Headings()
    held.of(table("a", ("Study",), ('"}</style><script>\\',)))

    assert 'content:"\\22 }\\3c /style\\3e \\3c script\\3e \\5c "}' in held.style()
