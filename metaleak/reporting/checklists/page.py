"""The checklists as a page of their own, for a submission's supplement."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from metaleak.reporting.tables import Cell, Table
from metaleak.reporting.visible import visible

_STYLE = (
    "body{font:15px/1.5 'Liberation Sans',Arial,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%;margin:0 0 2rem}"
    "th,td{border-bottom:1px solid #ccc;padding:.3rem .6rem;text-align:left;vertical-align:top}"
    "caption{text-align:left;font-weight:bold;padding:.5rem 0}"
)


def checklists_page(tables: Mapping[str, Table], *, title: str, caveat: str, page: str) -> str:
    """Return the checklists as an HTML file that needs no other; places of the page link into ``page``.

    Parameters
    ----------
    tables : mapping of str to Table
        Checklist -> its table.
    title, caveat : str
        Of the review; the caveat is empty once it is released.
    page : str
        The file of the review's page, in the same folder.
    """
    named = _text(title)
    warning = f"<p><strong>Rehearsal: {_text(caveat)}.</strong></p>\n" if caveat else ""
    body = "\n".join(_table(table, page) for table in tables.values())
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{named}: checklists</title>\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{named}: reporting checklists</h1>\n{warning}{body}\n"
        "</main>\n</body>\n</html>\n"
    )


def _table(table: Table, page: str) -> str:
    heads = "".join(f'<th scope="col">{_text(column.name)}</th>' for column in table.columns)
    rows = "\n".join(
        "<tr>" + "".join(f"<td>{_cell(cell, page)}</td>" for cell in row.cells) + "</tr>"
        for row in table.rows
    )
    return (
        f'<table id="{escape(table.id)}">\n<caption>{_text(table.caption)}</caption>\n'
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>"
    )


def _cell(cell: Cell, page: str) -> str:
    if not cell.links:
        return _text(cell.text)
    return ", ".join(f'<a href="{escape(page + link.href)}">{_text(link.text)}</a>' for link in cell.links)


def _text(text: str) -> str:
    return escape(visible(text))
