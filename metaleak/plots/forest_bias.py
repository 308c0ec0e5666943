"""Risk of bias beside a forest plot's rows: a block of marks per checklist, its heads, its legend, its words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from metaleak import numbers
from metaleak.plots.columns import CELL_LEADING, Column, Wanted
from metaleak.plots.languages import said
from metaleak.plots.shapes import Shape, Text
from metaleak.plots.strips import Strip, baseline, text_strip
from metaleak.plots.style import POINTS_PER_MM, Style
from metaleak.plots.verdicts import OF_ANSWER, VERDICTS, answer_words, legend, mark
from metaleak.question.forest_columns import bias_items
from metaleak.sheets.instruments import INSTRUMENTS

if TYPE_CHECKING:
    from metaleak.plots.forest_data import StudyRow

#: What stands for an answer that nobody gave.
_NOBODY = "not_assessed"

_OVERALL = "Overall"

#: Distance of marks from middle to middle as a multiple of the type size.
_STEP = 1.32


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """The items of one checklist that stand beside each other: their ids, heads and words."""

    tool: str
    title: str
    items: tuple[str, ...]
    heads: tuple[str, ...]
    names: tuple[str, ...]

    @property
    def column(self) -> str:
        """The name of its column."""
        return f"bias-{self.tool}"


def blocks(columns: Sequence[str]) -> tuple[Block, ...]:
    """Return a block for every checklist that columns name, in their order.

    Examples
    --------
    >>> [(block.tool, block.heads) for block in blocks(["unit", "minors_2", "jbi_overall", "minors_overall"])]
    [('minors', ('2', 'Overall')), ('jbi', ('Overall',))]
    """
    wanted = [item for column in columns for item in bias_items(column)]
    tools = dict.fromkeys(item.partition("_")[0] for item in wanted)
    return tuple(_block(tool, [i for i in wanted if i.partition("_")[0] == tool]) for tool in tools)


def _block(name: str, wanted: Sequence[str]) -> Block:
    tool = INSTRUMENTS[name]
    shown = list(dict.fromkeys(wanted))
    places = {item.id: (str(place), item.short) for place, item in enumerate(tool.items, start=1)}
    places[tool.overall] = (_OVERALL, _OVERALL)
    heads, names = zip(*(places[item] for item in shown), strict=True)
    return Block(tool=name, title=tool.title, items=tuple(shown), heads=heads, names=names)


def room_of(block: Block, style: Style) -> Wanted:
    """Return what a block asks for as a column: its heading, and room for its marks."""
    first = block.title.partition(" ")[0].rstrip(",")
    # A verdict alone says what it is; the numbers over a block's marks are placed by themselves.
    heading = (first, "overall" if block.heads == (_OVERALL,) else " ")
    least = len(block.items) * _STEP * style.text_pt
    return Wanted(name=block.column, heading=heading, anchor="center", least=least)


def _middles(block: Block, column: Column, style: Style) -> list[float]:
    step = _STEP * style.text_pt
    first = column.left + (column.room - len(block.items) * step) / 2 + step / 2
    return [first + place * step for place in range(len(block.items))]


def bias_heads(told: Sequence[Block], columns: Mapping[str, Column], headings: Strip, style: Style) -> Strip:
    """Return the strip of headings with the number of every question over its marks, and the overall's letter."""
    shapes: list[Shape] = []
    y = headings.height - 0.3 * style.text_pt - CELL_LEADING * style.text_pt
    for block in told:
        if block.heads == (_OVERALL,):
            continue
        for head, x in zip(block.heads, _middles(block, columns[block.column], style), strict=True):
            shapes.append(
                Text(
                    x=x,
                    y=baseline(y, CELL_LEADING * style.text_pt, style.text_pt),
                    text=said(head, style.language)[:2] if head != _OVERALL else _letter(style),
                    size=style.text_pt,
                    row="heading",
                    column="bias",
                    anchor="center",
                    weight="bold",
                )
            )
    kept = tuple(
        shape for shape in headings.shapes if not (isinstance(shape, Text) and not shape.text.strip())
    )
    return replace(headings, shapes=(*kept, *shapes))


def _letter(style: Style) -> str:
    """Return what stands over the verdicts on the whole."""
    return said(_OVERALL, style.language)[0]


def bias_marks(
    told: Sequence[Block],
    columns: Mapping[str, Column],
    answers: Mapping[str, str],
    y: float,
    *,
    style: Style,
    row: str,
) -> Iterator[Shape]:
    """Return the marks of a row; what nobody answered is hollow."""
    for block in told:
        places = _middles(block, columns[block.column], style)
        for item, x in zip(block.items, places, strict=True):
            yield from mark(OF_ANSWER[answers.get(item, _NOBODY)], x, y, style=style, row=row)


def bias_foot(told: Sequence[Block], rows: Sequence[StudyRow], style: Style) -> list[Strip]:
    """Return the legend of the marks that occur, and what the numbers over them stand for."""
    if not told:
        return []
    used = {OF_ANSWER[row.bias.get(item, _NOBODY)] for row in rows for block in told for item in block.items}
    margin = style.margin_mm * POINTS_PER_MM
    keys = [
        text_strip(
            _key(block, style),
            left=margin,
            room=style.width_pt - 2 * margin,
            style=style,
            column="note",
            row=f"key-{block.tool}",
            after=0.15 * style.row_pt,
        )
        for block in told
    ]
    return [legend(style, [verdict for verdict in VERDICTS if verdict in used]), *keys]


def _key(block: Block, style: Style) -> str:
    language = style.language
    named = [
        (_letter(style) if head == _OVERALL else head, name[:1].lower() + name[1:])
        for head, name in zip(block.heads, (said(name, language) for name in block.names), strict=True)
    ]
    between, colon, stop = ("; ", ": ", ".") if language == "en" else ("；", "：", "。")
    alone = block.heads == (_OVERALL,)
    listed = named[0][1] if alone else between.join(f"{head}\u00a0{name}" for head, name in named)
    return f"{said(block.title, language)}{colon}{listed}{stop}"


def bias_told(block: Block, rows: Sequence[StudyRow], language: str) -> str:
    """Return a block in words: for every question how many rows have which answer."""
    between, stop, gap = (", ", ".", " ") if language == "en" else ("，", "。", "")
    sentences = [said(f"Risk of bias of the rows, {block.title}.", language)]
    for item, name in zip(block.items, block.names, strict=True):
        counted = Counter(row.bias.get(item, _NOBODY) for row in rows)
        told = between.join(
            f"{said(answer_words(answer), language)} {numbers.count(counted[answer])}"
            for answer in OF_ANSWER
            if counted[answer]
        )
        sentences.append(f"{said(name, language)}: {told}{stop}")
    return gap.join(sentences)


def bias_values(told: Sequence[Block], rows: Sequence[StudyRow]) -> Iterator[dict[str, Any]]:
    """Return the answers as drawn values: the answer is the kind, the question the group."""
    for block in told:
        for row in rows:
            for item, name in zip(block.items, block.names, strict=True):
                yield {
                    "kind": row.bias.get(item, _NOBODY),
                    "group": f"{block.title}: {name}",
                    "label": row.label,
                    "study_id": row.study_id,
                    "total": row.total,
                    "sheet_rows": " ".join(str(place) for place in row.sheet_rows),
                }
