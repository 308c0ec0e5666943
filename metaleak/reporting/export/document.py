"""The tables of a manuscript as an editable document: captions, aligned numbers, the caveat on every page."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from metaleak import numbers
from metaleak.reporting.export.extras import loaded
from metaleak.reporting.export.flat import FlatColumn, FlatTable, Value
from metaleak.reporting.export.sheets import without_clock
from metaleak.reporting.export.widths import column_widths
from metaleak.reporting.export.words import Manuscript
from metaleak.reporting.joined import joined_text
from metaleak.reporting.visible import visible
from metaleak.storage.normal_zip import normalised

#: Landscape A4 in millimetres, its margins, and the type size of the tables.
_PAGE_MM = (297, 210)
_MARGIN_MM = 15
_TABLE_PT = 8

#: Where the caveat stands, from the edge of the paper.
_HEADER_MM = 7

#: What belongs on the right: numbers with their units, intervals and brackets.
_NUMERIC = re.compile(r"[\d\s.,%/+\u2212\u2014∞\[\]()<=-]*")


def document(
    tables: Mapping[str, FlatTable],
    *,
    title: str,
    words: Manuscript,
    caveat: str,
) -> bytes:
    """Return a DOCX: paragraphs in words, then every table under its caption, then the references.

    Parameters
    ----------
    tables : mapping of str to FlatTable
        In the order of the document.
    title : str
        Of the review.
    words : Manuscript
        The text under its headings, and the literature behind it, numbered from 1.
    caveat : str
        Stands in the header of every page; empty once the review is released.

    Raises
    ------
    MissingExtraError
        When python-docx is not installed.
    """
    docx = loaded("docx")
    from docx.shared import Mm, Pt

    made = docx.Document()
    section = made.sections[0]
    section.page_width, section.page_height = (Mm(side) for side in _PAGE_MM)
    for side in ("left_margin", "right_margin", "top_margin", "bottom_margin"):
        setattr(section, side, Mm(_MARGIN_MM))
    made.styles["Normal"].font.name = "Liberation Sans"
    made.styles["Normal"].font.size = Pt(10)
    section.header_distance = Mm(_HEADER_MM)
    if caveat:
        section.header.paragraphs[0].text = visible(f"Rehearsal: {caveat}.")
    made.add_heading(visible(title), level=0)
    for heading, paragraphs in words.sections:
        made.add_heading(visible(heading), level=1)
        for paragraph in paragraphs:
            made.add_paragraph(_said(paragraph))
    for place, table in enumerate(tables.values(), start=1):
        _table(made, table, place)
    if words.references:
        made.add_heading("References", level=1)
    for place, reference in enumerate(words.references, start=1):
        made.add_paragraph(visible(f"{place}. {reference}"))
    out = io.BytesIO()
    made.save(out)
    return normalised(out.getvalue(), first="[Content_Types].xml", rewrite=without_clock)


def _table(made: Any, table: FlatTable, place: int) -> None:
    from docx.shared import Mm

    caption = made.add_paragraph(style="Caption")
    caption.add_run(f"Table {place}. ").bold = True
    caption.add_run(_said(table.caption))
    caption.paragraph_format.keep_with_next = True
    columns = list(_joined(table.columns))
    grid = made.add_table(rows=1 + len(table.rows), cols=len(columns))
    grid.autofit = False
    _ruled(grid)
    room = _PAGE_MM[0] - 2 * _MARGIN_MM
    widths = column_widths([[name, *cells] for name, cells, _ in columns], room=room, size=_TABLE_PT)
    rooms = [Mm(wide) for wide in widths]
    for column, room in zip(grid.columns, rooms, strict=True):
        column.width = room
    texts = zip(*([name, *cells] for name, cells, _ in columns), strict=True)
    for place_of_row, (row, shown) in enumerate(zip(grid.rows, texts, strict=True)):
        for cell, text, (_, _, right), room in zip(row.cells, shown, columns, rooms, strict=True):
            cell.width = room
            _write(cell, text, right=right, bold=place_of_row == 0)
        _mark(row, "w:cantSplit")
    _mark(grid.rows[0], "w:tblHeader")
    made.add_paragraph()


def _joined(columns: Sequence[FlatColumn]) -> Iterator[tuple[str, list[str], bool]]:
    """Return heading, cells and whether they stand on the right, an interval behind its value."""
    for place, column in enumerate(columns):
        if column.beside:
            continue
        cells = [_shown(value, column) for value in column.values]
        after = columns[place + 1] if place + 1 < len(columns) else column
        if after.beside:
            cells = [f"{cell} {more}".strip() for cell, more in zip(cells, after.values, strict=True)]
        cells = [_said(cell) for cell in cells]
        yield _said(column.name), cells, column.is_number or _is_numeric(cells)


def _is_numeric(cells: Sequence[str]) -> bool:
    return any(cells) and all(_NUMERIC.fullmatch(cell) for cell in cells)


def _said(text: str) -> str:
    return joined_text(visible(text))


def _write(cell: Any, text: str, *, right: bool, bold: bool = False) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.space_after = Pt(0)
    run = paragraph.add_run(text)
    run.font.size = Pt(_TABLE_PT)
    run.bold = bold
    if right:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _shown(value: Value, column: FlatColumn) -> str:
    """Return a value as the page shows it."""
    if isinstance(value, str):
        return value
    if value is None:
        return numbers.NONE
    decimals = len(column.format.rstrip("%").partition(".")[2])
    if column.format.endswith("%"):
        return numbers.percent(float(value), decimals)
    if isinstance(value, int):
        return numbers.count(value) if column.format == "#,##0" else str(value)
    return numbers.fixed(float(value), decimals)


def _ruled(grid: Any) -> None:
    """Give a table a rule above, one below and faint ones between its rows."""
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    lines = (("top", 8, "000000"), ("bottom", 8, "000000"), ("insideH", 2, "BFBFBF"))
    inside = "".join(
        f'<w:{side} w:val="single" w:sz="{size}" w:space="0" w:color="{colour}"/>'
        for side, size, colour in lines
    )
    grid._tbl.tblPr.append(parse_xml(f"<w:tblBorders {nsdecls('w')}>{inside}</w:tblBorders>"))


def _mark(row: Any, name: str) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    mark = OxmlElement(name)
    mark.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(mark)
