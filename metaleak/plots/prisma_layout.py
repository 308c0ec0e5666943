"""Where the boxes of the PRISMA 2020 flow stand: text is measured first, boxes are made to fit it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from metaleak.errors import SettingError
from metaleak.plots.languages import said
from metaleak.plots.prisma_boxes import INCLUDED, PHASES, TOTAL, FlowBox, Item, Place, said_of
from metaleak.plots.shapes import Layout, Line, Polygon, Shape, Text, moved
from metaleak.plots.strips import baseline, paragraphs, rule
from metaleak.plots.style import POINTS_PER_MM, Style
from metaleak.plots.text_metrics import Weight, width, wrap

#: Columns from left to right; beside those that hold records stands what left them.
PLACES: tuple[Place, ...] = ("previous", "searched", "searched-out", "other", "other-out")
_OUT: dict[Place, Place] = {"searched": "searched-out", "other": "other-out"}

#: Widest and narrowest column: a lone box is not drawn across the page, a word needs its room.
_WIDEST_MM, _NARROWEST_MM = 58.0, 17.0

#: Inside a box, between columns, between boxes under each other, how far inner lines are set in (points).
_PAD, _GAP, _DROP, _INDENT = 3.5, 9.0, 12.0, 5.0
_HEAD = 2.4


@dataclass(frozen=True, slots=True, kw_only=True)
class _Placed:
    """A box on the page, with its broken lines, each with the item that it belongs to."""

    box: FlowBox
    left: float
    top: float
    right: float
    lines: tuple[tuple[str, Item], ...]
    step: float

    @property
    def bottom(self) -> float:
        return self.top + 2 * _PAD + len(self.lines) * self.step

    @property
    def middle(self) -> float:
        return (self.left + self.right) / 2


def flow_layout(
    boxes: Sequence[FlowBox],
    *,
    home: Place,
    headings: Mapping[Place, str],
    caption: str,
    caveat: str,
    style: Style,
    places: Sequence[Place] = (),
    goes_on: bool = False,
) -> Layout:
    """Place the boxes of a flow, join them by arrows, and put the caveat and the caption below.

    ``places`` are columns that keep their room although no box of this part stands in them;
    ``goes_on`` says that the flow does so overleaf.

    Raises
    ------
    SettingError
        When the style is too narrow for the columns.
    """
    margin = style.margin_mm * POINTS_PER_MM
    columns = _columns([*places, *(box.place for box in boxes)], style)
    heads, top = _headings(columns, headings, style, margin)
    placed = _placed(boxes, columns, top=top, style=style)
    phases = list(
        _phases(placed, left=min(left for left, _ in columns.values()) - _GAP - _strip(style), style=style)
    )
    bottom = max(
        shape.box.bottom if isinstance(shape, Text) else max(y for _, y in shape.points) for shape in phases
    )
    shapes: list[Shape] = [
        *heads,
        *phases,
        *_arrows(placed, home=home, style=style),
        *(_onward(placed, style) if goes_on else ()),
        *(shape for each in placed for shape in _drawn(each, style)),
    ]
    height = bottom + 0.6 * style.row_pt
    for strip in [
        rule(style, after=0.3 * style.row_pt),
        *paragraphs([], warning=caveat, caption=caption, style=style),
    ]:
        if caveat or caption:
            shapes += [moved(shape, height) for shape in strip.shapes]
            height += strip.height
    return Layout(width=style.width_pt, height=height + margin, shapes=tuple(shapes))


def _strip(style: Style) -> float:
    """Return the width of the strip that names the phase."""
    return style.text_pt * style.leading + 2


def _columns(places: Sequence[Place], style: Style) -> dict[Place, tuple[float, float]]:
    used = [place for place in PLACES if place in places]
    room = style.width_pt - 2 * style.margin_mm * POINTS_PER_MM - _strip(style) - len(used) * _GAP
    wide = min(room / len(used), _WIDEST_MM * POINTS_PER_MM)
    if wide < _NARROWEST_MM * POINTS_PER_MM:
        raise SettingError(
            "the figure is too narrow for the flow",
            required=f"{_NARROWEST_MM:g} mm for each of {len(used)} columns",
            got=f"{wide / POINTS_PER_MM:.1f} mm",
            todo="take a wider style",
        )
    start = (style.width_pt - len(used) * (wide + _GAP) - _strip(style)) / 2 + _strip(style) + _GAP
    return {
        place: (start + i * (wide + _GAP), start + i * (wide + _GAP) + wide) for i, place in enumerate(used)
    }


def _headings(
    columns: dict[Place, tuple[float, float]], headings: Mapping[Place, str], style: Style, margin: float
) -> tuple[list[Shape], float]:
    step = style.text_pt * style.leading
    spans = {
        place: (columns[place][0], columns.get(_OUT.get(place, place), columns[place])[1])
        for place in headings
        if place in columns
    }
    broken = {
        place: wrap(
            said(headings[place], style.language), right - left - 2 * _PAD, style.text_pt, weight="bold"
        )
        for place, (left, right) in spans.items()
    }
    high = max(len(lines) for lines in broken.values()) * step + 2 * _PAD
    shapes: list[Shape] = []
    for place, (left, right) in spans.items():
        shapes.append(
            _rectangle(left, margin, right, margin + high, row=f"head-{place}", part="head", fill="grid")
        )
        start = margin + (high - len(broken[place]) * step) / 2
        shapes += [
            Text(
                x=(left + right) / 2,
                y=baseline(start + i * step, step, style.text_pt),
                text=line,
                size=style.text_pt,
                row=f"head-{place}",
                column="head",
                anchor="center",
                weight="bold",
            )
            for i, line in enumerate(broken[place])
        ]
    return shapes, margin + high + 0.6 * _DROP


def _placed(
    boxes: Sequence[FlowBox], columns: dict[Place, tuple[float, float]], *, top: float, style: Style
) -> list[_Placed]:
    step = style.text_pt * style.leading
    found: list[_Placed] = []
    steps = sorted({box.step for box in boxes})
    last = {PHASES[at]: at for at in steps}
    starts: dict[str, float] = {}
    for at in steps:
        starts.setdefault(PHASES[at], top)
        ends = []
        for place in PLACES:
            y = top
            for box in boxes:
                if box.step == at and box.place == place:
                    left, right = columns[place]
                    lines = tuple(_lines(box.items, right - left - 2 * _PAD, style))
                    one = _Placed(box=box, left=left, top=y, right=right, lines=lines, step=step)
                    found.append(one)
                    ends.append(one.bottom)
                    y = one.bottom + 0.5 * _DROP
        bottom = max(ends)
        if at == last[PHASES[at]]:
            bottom = max(bottom, starts[PHASES[at]] + _phase_height(PHASES[at], style))
        top = bottom + _DROP
    return found


def _lines(items: Sequence[Item], room: float, style: Style) -> Iterator[tuple[str, Item]]:
    for item in items:
        printed = said_of(item, style.language)
        for line in wrap(printed, room - item.level * _INDENT, style.text_pt, weight=_weight(item)):
            yield line, item


def lines_of(item: Item, place: Place, places: Sequence[Place], style: Style) -> int:
    """Return how many lines an item takes in a box of a place, when boxes stand in ``places``."""
    left, right = _columns(places, style)[place]
    return len(list(_lines([item], right - left - 2 * _PAD, style)))


def _weight(item: Item) -> Weight:
    return "bold" if item.bold else "regular"


def _drawn(placed: _Placed, style: Style) -> Iterator[Shape]:
    key = placed.box.key
    if placed.box.waits:
        yield _rectangle(
            placed.left, placed.top, placed.right, placed.bottom, row=key, part="box", fill="paper"
        )
        yield from _dashed(placed, style)
    else:
        yield _rectangle(
            placed.left,
            placed.top,
            placed.right,
            placed.bottom,
            row=key,
            part="box",
            fill="paper",
            edge="rule",
            line=style.line_pt,
        )
    for i, (line, item) in enumerate(placed.lines):
        yield Text(
            x=placed.left + _PAD + item.level * _INDENT,
            y=baseline(placed.top + _PAD + i * placed.step, placed.step, style.text_pt),
            text=line,
            size=style.text_pt,
            row=key,
            column="box",
            weight=_weight(item),
            colour="quiet" if placed.box.waits else "text",
        )


def _dashed(placed: _Placed, style: Style) -> Iterator[Line]:
    corners = (
        (placed.left, placed.top),
        (placed.right, placed.top),
        (placed.right, placed.bottom),
        (placed.left, placed.bottom),
    )
    for (x1, y1), (x2, y2) in zip(corners, (*corners[1:], corners[0]), strict=True):
        yield _line(x1, y1, x2, y2, style, part="waits", row=placed.box.key, dashed=True)


def _phase_height(phase: str, style: Style) -> float:
    """Return how much room the name of a phase needs."""
    return width(said(phase, style.language), style.text_pt, "bold") + 2 * _PAD


def _phases(placed: Sequence[_Placed], *, left: float, style: Style) -> Iterator[Text | Polygon]:
    for phase in dict.fromkeys(PHASES.values()):
        held = [each for each in placed if PHASES[each.box.step] == phase]
        if not held:
            continue
        top = min(each.top for each in held)
        bottom = max(top + _phase_height(phase, style), *(each.bottom for each in held))
        row = f"phase-{phase.lower()}"
        yield _rectangle(left, top, left + _strip(style), bottom, row=row, part="head", fill="grid")
        yield Text(
            x=baseline(left, _strip(style), style.text_pt),
            y=(top + bottom) / 2,
            text=said(phase, style.language),
            size=style.text_pt,
            row=row,
            column="head",
            anchor="center",
            weight="bold",
            turned=True,
        )


def _arrows(placed: Sequence[_Placed], *, home: Place, style: Style) -> Iterator[Shape]:
    main: dict[Place, list[_Placed]] = {
        place: [each for each in placed if each.box.place == place and not each.box.waits] for place in PLACES
    }
    for place in dict.fromkeys((*_OUT, home)):
        for above, below in zip(main[place], main[place][1:], strict=False):
            yield from _down(above, below, style)
    for place, out in _OUT.items():
        for each in placed:
            if each.box.place == out:
                yield from _across(each, main[place], style)
    ends = {each.box.step: each for each in main[home] if each.box.step in (INCLUDED, TOTAL)}
    # On paper the end may stand overleaf.
    if home == "searched" and main["other"] and INCLUDED in ends:
        yield from _joins(main["other"][-1], ends[INCLUDED], style)
    if home != "previous" and main["previous"] and TOTAL in ends:
        yield from _joins(main["previous"][-1], ends[TOTAL], style)


def _onward(placed: Sequence[_Placed], style: Style) -> Iterator[Shape]:
    """Lead the columns to the foot of the page: the flow goes on overleaf."""
    foot = max(each.bottom for each in placed) + 0.5 * _DROP
    for place in _OUT:
        held = [each for each in placed if each.box.place == place and not each.box.waits]
        if held:
            yield _line(held[-1].middle, held[-1].bottom, held[-1].middle, foot, style, part="arrow")
            yield _point(held[-1].middle, foot, down=True)


def _down(above: _Placed, below: _Placed, style: Style) -> Iterator[Shape]:
    yield _line(above.middle, above.bottom, above.middle, below.top, style, part="arrow")
    yield _point(above.middle, below.top, down=True)


def _across(out: _Placed, main: Sequence[_Placed], style: Style) -> Iterator[Shape]:
    """Draw the arrow to a box beside the column; below its box it leaves the line that goes on down."""
    beside = next((each for each in main if each.box.step == out.box.step), None)
    if beside is None:
        return
    y = (out.top + min(out.bottom, max(beside.bottom, out.top + 2 * _PAD + out.step))) / 2
    inside = beside.top <= y <= beside.bottom
    start = beside.right if inside else beside.middle
    yield _line(start, y, out.left, y, style, part="arrow", dashed=out.box.waits)
    yield _point(out.left, y)


def _joins(start: _Placed, end: _Placed, style: Style) -> Iterator[Shape]:
    y = (end.top + end.bottom) / 2
    side = end.left if start.middle < end.left else end.right
    yield _line(start.middle, start.bottom, start.middle, y, style, part="arrow")
    yield _line(start.middle, y, side, y, style, part="arrow")
    yield _point(side, y, left=side == end.right)


def _point(x: float, y: float, *, down: bool = False, left: bool = False) -> Polygon:
    """Return an arrow head that ends at a place and points right, left or down."""
    if down:
        points = ((x, y), (x - 0.6 * _HEAD, y - 1.4 * _HEAD), (x + 0.6 * _HEAD, y - 1.4 * _HEAD))
    else:
        back = 1.4 * _HEAD if left else -1.4 * _HEAD
        points = ((x, y), (x + back, y - 0.6 * _HEAD), (x + back, y + 0.6 * _HEAD))
    return Polygon(points=points, fill="rule", part="point")


def _line(
    x1: float,
    y1: float,
    x2: float,
    y2: float,
    style: Style,
    *,
    part: str,
    row: str = "",
    dashed: bool = False,
) -> Line:
    return Line(
        x1=x1, y1=y1, x2=x2, y2=y2, width=style.line_pt, colour="rule", row=row, part=part, dashed=dashed
    )


def _rectangle(
    left: float,
    top: float,
    right: float,
    bottom: float,
    *,
    row: str,
    part: str,
    fill: str,
    edge: str | None = None,
    line: float = 0.0,
) -> Polygon:
    corners = ((left, top), (right, top), (right, bottom), (left, bottom))
    return Polygon(points=corners, fill=fill, edge=edge, width=line, row=row, part=part)
